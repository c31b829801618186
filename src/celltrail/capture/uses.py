"""Which names a cell may read, once its functions are closed over in the namespace."""

from __future__ import annotations

import itertools
import types
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any

from celltrail.capture.objects import CONTAINERS, attributes, is_one_of
from celltrail.capture.recognised import METRIC_FUNCTIONS, PREDICTION_METHODS, SCORE_METHODS
from celltrail.core.digest_types import inherits, members, module_name, mro
from celltrail.core.functions import code_names
from celltrail.core.source import CellSource
from celltrail.core.walker import query_names

# Elements of a container looked at for functions; more are rare in a notebook.
_MAX_ELEMENTS = 50
# A pipeline's list of pairs of a name and a transformer that holds a function is five deep.
_MAX_DEPTH = 5
_MAX_LOOKED_AT = 500
_CODE_TYPES = (types.FunctionType, types.BuiltinFunctionType, types.ModuleType, type,
               type(lru_cache(len)))  # fmt: skip
_JUDGING = PREDICTION_METHODS | SCORE_METHODS

# Names that IPython keeps in the namespace for itself.
HOST_NAMES = frozenset(
    {"In", "Out", "exit", "quit", "get_ipython", "open", "_", "__", "___", "_i", "_ii", "_iii",
     "_ih", "_oh", "_dh", "_sh", "_exit_code", "__name__", "__doc__", "__package__", "__loader__",
     "__spec__", "__builtin__", "__builtins__", "__file__", "__session__", "_VSCODE_types"}
)  # fmt: skip


@lru_cache(maxsize=65_536)  # asked for every name, twice a cell
def is_user_name(name: str) -> bool:
    """Whether `name` is the user's, not IPython's history (``_7``, ``_i7``)."""
    if name in HOST_NAMES or (name.startswith("__") and name.endswith("__")):
        return False
    if name.startswith("_"):
        return not name.lstrip("_").removeprefix("i").isdigit()
    return True


@dataclass(slots=True)
class Uses:
    """What the cell may read and rebind beyond its own top-level code."""

    names: dict[str, int] = field(default_factory=dict)  # name -> earliest top-level statement
    rebinds: set[str] = field(default_factory=set)  # `global` stores inside loaded functions
    inside: set[str] = field(default_factory=set)  # names that loaded functions read
    words: set[str] = field(default_factory=set)  # every name and attribute in loaded functions


def close_over(cell: CellSource, namespace: Mapping[str, Any]) -> Uses:
    """Close the static reads of a cell over the user's functions in `namespace`.

    Parameters
    ----------
    cell : CellSource
        The static analysis.
    namespace : mapping
        The user's namespace before the cell.

    Returns
    -------
    Uses
        Names that exist and may be read as they were before the cell.
    """
    uses = Uses()
    for name, read in cell.reads.items():
        if name in namespace and is_user_name(name):
            _note(uses, name, read.top)
            _follow(cell, namespace, uses, name, read.top, read.assigned)
    for word in _deferred(cell, namespace):
        if word in namespace and is_user_name(word):
            _note(uses, word, 0)
    return uses


def _deferred(cell: CellSource, namespace: Mapping[str, Any]) -> set[str]:
    """Names in texts, whose meaning depends on what the namespace holds."""
    names = set(cell.mentioned)
    for root, inside in cell.evaluated.items():
        if type(namespace.get(root)) is types.ModuleType:
            names |= inside
    for name in cell.queries:
        text = namespace.get(name)
        if type(text) is str:
            names.update(query_names(text))
    return names


def _note(uses: Uses, name: str, top: int) -> None:
    known = uses.names.get(name)
    uses.names[name] = top if known is None else min(known, top)


def _class_names(value: Any, namespace: Mapping[str, Any]) -> set[str]:
    """The last names by which the namespace knows the user's classes behind a value."""
    kind = value if inherits(type(value), type) else type(value)
    if module_name(kind) != "__main__":
        return set()
    wanted = {id(base) for base in mro(kind) if module_name(base) == "__main__"}
    # A later name for the same class takes the place of an earlier one.
    names = {id(value): name for name, value in namespace.items() if id(value) in wanted}
    return set(names.values())


def _follow(
    cell: CellSource,
    namespace: Mapping[str, Any],
    uses: Uses,
    name: str,
    top: int,
    assigned: frozenset[str],
) -> None:
    pending = [name]
    seen: set[str] = set()
    while pending:
        current = pending.pop()
        if current in seen:
            continue
        seen.add(current)
        if current in assigned and current in cell.functions:
            found = cell.functions[current].loads
        else:
            found = set()
            for code in codes_in(namespace.get(current), namespace):
                names = code_names(code)
                found |= names.loads
                uses.rebinds |= names.stores
                uses.words |= names.loads | names.attributes
        found = {*found, *_class_names(namespace.get(current), namespace)}
        for free in found:
            if free in assigned:
                if free in cell.functions:
                    pending.append(free)
            elif free in namespace and is_user_name(free):
                _note(uses, free, top)
                uses.inside.add(free)
                pending.append(free)


def codes_in(value: Any, namespace: Mapping[str, Any]) -> Iterator[types.CodeType]:
    """The notebook's own code that calling or using `value` may run."""
    pending: deque[tuple[Any, int]] = deque([(value, 0)])
    seen: set[int] = set()
    while pending and len(seen) < _MAX_LOOKED_AT:
        item, depth = pending.popleft()
        if id(item) in seen or depth > _MAX_DEPTH:
            continue
        seen.add(id(item))
        kind = type(item)
        if kind is types.FunctionType:
            if item.__globals__ is namespace:
                yield item.__code__
            cells = item.__closure__ or ()
            pending.extend((content, depth + 1) for content in _contents(cells))
            pending.extend((default, depth + 1) for default in item.__defaults__ or ())
            named = (item.__kwdefaults__ or {}).values()
            pending.extend((default, depth + 1) for default in named)
            wrapped = item.__dict__.get("__wrapped__")
            if wrapped is not None:
                pending.append((wrapped, depth + 1))
        elif kind is types.GeneratorType:
            frame = item.gi_frame
            if frame is not None and frame.f_globals is namespace:
                yield item.gi_code
        elif kind is types.CoroutineType:
            frame = item.cr_frame
            if frame is not None and frame.f_globals is namespace:
                yield item.cr_code
        elif kind is types.MethodType:
            pending.extend([(item.__func__, depth), (item.__self__, depth + 1)])
        elif kind is partial:
            pending.append((item.func, depth))
            given = (*item.args, *item.keywords.values())
            pending.extend((argument, depth + 1) for argument in given)
        elif is_one_of(kind, CONTAINERS):
            elements = item.values() if kind is dict else item
            for count, element in enumerate(elements):
                if count >= _MAX_ELEMENTS:
                    break
                pending.append((element, depth + 1))
        elif inherits(kind, type):  # a class, whatever its metaclass
            pending.extend((part, depth + 1) for part in _class_parts(item))
        elif kind is not types.ModuleType:
            if module_name(kind) == "__main__":
                pending.append((kind, depth))
                pending.extend((base, depth) for base in type.mro(kind)[1:-1])
            held = itertools.islice(attributes(item).items(), _MAX_ELEMENTS)
            # What was fitted (``trees_``, not ``__wrapped__``) holds no code of the user's.
            pending.extend(
                (part, depth + 1)
                for name, part in held
                if not name.endswith("_") or name.endswith("__")
            )


def depends_on_data(value: Any, namespace: Mapping[str, Any]) -> bool:
    """Whether a function reads names of the notebook that hold more than code."""
    pending, seen = [value], set[int]()
    while pending:
        for code in codes_in(pending.pop(), namespace):
            if id(code) in seen:
                continue
            seen.add(id(code))
            for name in code_names(code).loads:
                if name in namespace and is_user_name(name):
                    found = namespace[name]
                    if not isinstance(found, _CODE_TYPES):
                        return True
                    pending.append(found)
    return False


def _contents(cells: tuple[types.CellType, ...]) -> Iterator[Any]:
    for cell in cells:
        try:
            yield cell.cell_contents
        except ValueError:  # a cell that is not filled yet
            continue


def _class_parts(kind: type) -> Iterator[Any]:
    if module_name(kind) != "__main__":
        return
    for part in list(members(kind).values()):
        if inherits(type(part), staticmethod) or inherits(type(part), classmethod):
            yield part.__func__
        elif inherits(type(part), property):
            yield from (f for f in (part.fget, part.fset, part.fdel) if f is not None)
        else:
            yield part


def is_judging(name: str, cell: CellSource, namespace: Mapping[str, Any]) -> bool:
    """Whether the user's function `name` predicts or measures, itself or by what it calls."""
    pending, seen = [name], set[str]()
    while pending:
        current = pending.pop()
        if current in seen:
            continue
        seen.add(current)
        local = cell.functions.get(current)
        if local is not None:
            if local.attributes & _JUDGING or local.loads & METRIC_FUNCTIONS:
                return True
            if local.attributes & METRIC_FUNCTIONS:
                return True
            pending.extend(local.loads)
            continue
        for code in codes_in(namespace.get(current), namespace):
            names = code_names(code)
            if names.attributes & _JUDGING or (names.loads | names.attributes) & METRIC_FUNCTIONS:
                return True
            pending.extend(names.loads)
    return False
