"""What a live object shares with others: identity of its parts, memory of its buffers."""

from __future__ import annotations

import itertools
import types
import weakref
from typing import Any

from celltrail.core.digest import memory_spans

# Enough for a pipeline or a dict of models; a list of a million numbers shares nothing.
_MAX_NODES = 2000
_MAX_DEPTH = 5
IMMUTABLE = frozenset(
    {int, float, str, bool, type(None), bytes, complex, range, type(...), type(NotImplemented)}
)
_ATOMS = IMMUTABLE | {types.ModuleType, types.BuiltinFunctionType}
_CONTAINERS = (list, tuple, dict, set, frozenset)

Spans = tuple[tuple[int, int], ...]


def is_settled(value: Any) -> bool:
    """Whether the content of `value` cannot change while it keeps its identity."""
    kind = type(value)
    if kind in _ATOMS:
        return True
    if kind is types.FunctionType:
        return value.__closure__ is None and not value.__dict__
    return False


def parts(value: Any) -> tuple[frozenset[int], Spans]:
    """Identities of the changeable objects inside `value`, and the memory they stand on."""
    inside: set[int] = set()
    spans: list[tuple[int, int]] = []
    pending: list[tuple[Any, int]] = [(value, 0)]
    nodes = 0
    while pending and nodes < _MAX_NODES:
        item, depth = pending.pop()
        nodes += 1
        kind = type(item)
        if kind in _ATOMS:
            continue
        if depth:
            if id(item) in inside:
                continue
            inside.add(id(item))
        if depth > _MAX_DEPTH:
            continue
        if kind in _CONTAINERS:
            elements = list(item.values() if kind is dict else item)
            pending.extend((element, depth + 1) for element in elements[: _MAX_NODES - nodes])
        elif kind is types.FunctionType:
            for cell in item.__closure__ or ():
                try:
                    pending.append((cell.cell_contents, depth + 1))
                except ValueError:
                    continue
        elif kind is types.MethodType:
            pending.append((item.__self__, depth + 1))
        else:
            found = memory_spans(item)
            if found:
                spans.extend(found)
            else:
                pending.extend((part, depth + 1) for part in attributes(item).values())
    return frozenset(inside), tuple(spans)


def attributes(item: Any) -> dict[str, Any]:
    """Attributes of a plain instance, read without running its class's code."""
    module = type.__getattribute__(type(item), "__module__")
    root = module.partition(".")[0] if isinstance(module, str) else ""
    if root in {"numpy", "pandas", "polars", "pyarrow", "matplotlib", "plotly"}:
        return {}
    try:
        values = object.__getattribute__(item, "__dict__")
    except (AttributeError, TypeError):
        return {}
    return dict(itertools.islice(values.items(), 200)) if type(values) is dict else {}


def overlap(first: Spans, second: Spans) -> bool:
    """Whether any two spans of memory share a byte."""
    return any(a < d and c < b for a, b in first for c, d in second)


def reference(value: Any) -> weakref.ref[Any] | None:
    """A weak reference where the exact type allows one without running user code."""
    kind = type(value)
    if kind in IMMUTABLE or kind in _CONTAINERS:
        return None
    try:
        return weakref.ref(value)
    except TypeError:
        return None
