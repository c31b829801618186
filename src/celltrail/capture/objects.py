"""What a live object shares with others: identity of its parts, memory of its buffers."""

from __future__ import annotations

import functools
import itertools
import types
import weakref
from typing import Any

from celltrail.core.digest import memory_spans
from celltrail.core.digest_types import inherits, members, module_name, mro

# Enough for a pipeline or a dict of models; a list of a million numbers shares nothing.
_MAX_NODES = 2000
_MAX_DEPTH = 5
# Looking into a frame takes as long as looking at this many plain objects (0.1 ms).
_FRAME_NODES = 10
IMMUTABLE = frozenset(
    {int, float, str, bool, type(None), bytes, complex, range, type(...), type(NotImplemented)}
)
_ATOMS = IMMUTABLE | {types.ModuleType, types.BuiltinFunctionType}
CONTAINERS = frozenset({list, tuple, dict, set, frozenset})
# Modules whose classes may stand on memory that others share, or have bases that do.
_WITH_BUFFERS = frozenset({"numpy", "pandas", "polars", "pyarrow", "builtins", "array", "mmap"})
_CACHED = type(functools.lru_cache(len))
_OPAQUE = frozenset({"numpy", "pandas", "polars", "pyarrow", "matplotlib", "plotly"})

Spans = tuple[tuple[int, int], ...]


def is_one_of(kind: type, kinds: frozenset[Any]) -> bool:
    """Whether a type is among plain ones; a metaclass of the user's is never asked to compare."""
    return type(kind) is type and kind in kinds


def plain_scalar(value: Any) -> Any:
    """A NumPy number, bool or text as Python's own; every other value as it is."""
    kind = type(value)
    if is_one_of(kind, _ATOMS) or module_name(kind) != "numpy":
        return value
    is_scalar = kind.__name__.startswith(("float", "int", "uint", "bool", "str_"))
    return value.item() if is_scalar else value


def is_settled(value: Any) -> bool:
    """Whether the content of `value` cannot change while it keeps its identity."""
    kind = type(value)
    if is_one_of(kind, _ATOMS):
        return True
    if kind is types.FunctionType:
        defaults = (*(value.__defaults__ or ()), *(value.__kwdefaults__ or {}).values())
        plain = value.__closure__ is None and not value.__dict__
        return plain and all(is_settled(default) for default in defaults)
    return False


def parts(value: Any) -> tuple[frozenset[int], Spans]:
    """Identities of the changeable objects inside `value`, and the memory they stand on."""
    inside: set[int] = set()
    spans: list[tuple[int, int]] = []
    pending: list[tuple[Any, int]] = [(value, 0)]
    nodes = 0
    plain: dict[int, bool] = {}  # by the type's id: a thousand objects have few types
    while pending and nodes < _MAX_NODES:
        item, depth = pending.pop()
        nodes += 1
        kind = type(item)
        if is_one_of(kind, _ATOMS):
            continue
        if depth:
            if id(item) in inside:
                continue
            inside.add(id(item))
        if depth > _MAX_DEPTH:
            continue
        if is_one_of(kind, CONTAINERS):
            elements = itertools.islice(item.values() if kind is dict else item, _MAX_NODES - nodes)
            pending.extend([(element, depth + 1) for element in elements])
        elif kind is types.FunctionType:
            for cell in item.__closure__ or ():
                try:
                    pending.append((cell.cell_contents, depth + 1))
                except ValueError:
                    continue
            defaults = (*(item.__defaults__ or ()), *(item.__kwdefaults__ or {}).values())
            pending.extend([(default, depth + 1) for default in defaults])
        elif kind is types.MethodType:
            pending.append((item.__self__, depth + 1))
        else:
            key = id(kind)
            if key not in plain:
                plain[key] = _is_plain(kind)
            found = () if plain[key] else memory_spans(item)
            if found:
                nodes += _FRAME_NODES
                spans.extend(found)
            else:
                pending.extend((part, depth + 1) for part in attributes(item).values())
    return frozenset(inside), tuple(spans)


def _is_plain(kind: type) -> bool:
    """Whether neither a class nor any base of it may hold buffers of data."""
    roots = {module_name(base).partition(".")[0] for base in mro(kind) if base is not object}
    return roots.isdisjoint(_WITH_BUFFERS)


def attributes(item: Any) -> dict[str, Any]:
    """Attributes of a plain instance, read without running its class's code."""
    root = module_name(type(item)).partition(".")[0]
    if root in _OPAQUE:
        return {}
    return dict(itertools.islice(instance_dict(item).items(), 200))


_DICT_DESCRIPTORS = frozenset({types.GetSetDescriptorType, types.MemberDescriptorType})


def instance_dict(item: Any) -> dict[str, Any]:
    """The dictionary of an instance; empty where its class says otherwise.

    Plain attribute access, even `object.__getattribute__`, would run a ``__dict__``
    that the class defines as a property.
    """
    for base in mro(type(item)):
        entry = members(base).get("__dict__")
        if entry is not None:
            # A member descriptor is how a class in C has it (types.SimpleNamespace).
            if is_one_of(type(entry), _DICT_DESCRIPTORS):
                found = entry.__get__(item)
                return found if type(found) is dict else {}
            return {}
    return {}


def answers_kept(value: Any) -> int | None:
    """How many answers an `lru_cache` has worked out so far; None for anything else."""
    return value.cache_info().misses if type(value) is _CACHED else None


def properties_kept(value: Any) -> int:
    """How many cached properties an instance of the user's class has worked out so far."""
    kind = type(value)
    if module_name(kind) != "__main__" or inherits(kind, type):
        return 0
    known = instance_dict(value)
    return sum(
        name in known
        for base in mro(kind)
        for name, entry in list(members(base).items())
        if type(entry) is functools.cached_property
    )


def overlap(first: Spans, second: Spans) -> bool:
    """Whether any two spans of memory share a byte."""
    return any(a < d and c < b for a, b in first for c, d in second)


def reference(value: Any) -> weakref.ref[Any] | None:
    """A weak reference where the exact type allows one without running user code."""
    kind = type(value)
    if is_one_of(kind, IMMUTABLE) or is_one_of(kind, CONTAINERS):
        return None
    try:
        return weakref.ref(value)
    except TypeError:
        return None
