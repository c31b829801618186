"""What a digest would cost, and where the data of an object lies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from celltrail.core import digest_types as types
from celltrail.core.digest_libraries import raw_array
from celltrail.core.digest_objects import resolve
from celltrail.core.digest_walk import TABLE

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Rates measured on a slow laptop core, so that the budget errs on the safe side.
_SECONDS_PER_BYTE = 2.5e-10
_SECONDS_PER_FLOAT_BYTE = 3.5e-10
_SECONDS_PER_TEXT_CELL = 1.2e-7
_SECONDS_PER_OBJECT = 1.5e-6
_SECONDS_PER_PLAIN_ITEM = 8e-8
_FIXED_SECONDS = 1e-5
_SECONDS_PER_COLUMN = 1e-5
_SECONDS_PER_INSTANCE = 4e-5
_SECONDS_PER_COMPILED = 4e-4  # a decision tree, say
_SECONDS_PER_FIELD = 3e-5
_SECONDS_UNSEEN = 3e-5
_LOOKS = 64  # objects other than scalars looked at for one estimate
_SOME_ITEMS = 4
_MAX_ATTRIBUTES = 60
_PLAIN = frozenset(map(id, (int, float, bool, str)))
_MAX_BLOCKS = 200

Spans = tuple[tuple[int, int], ...]


def estimate_seconds(obj: object) -> float:
    """Seconds that `digest_report` would take, rather more than less.

    Parameters
    ----------
    obj : object
        Anything; a few dozen objects inside are looked at, no content is read.

    Returns
    -------
    float
        A guess for a slow laptop. Below the truth when sizes inside a
        container vary a lot, since the first items stand for all.
    """
    try:
        return _FIXED_SECONDS + _cost(obj, [_LOOKS])
    except Exception:
        return _FIXED_SECONDS


def _cost(obj: Any, looks: list[int]) -> float:
    entry = TABLE.get(id(type(obj))) or resolve(type(obj))
    kind = entry.kind
    if entry.scalar:
        if kind in ("text", "bytes"):
            return _SECONDS_PER_OBJECT + len(obj) * _SECONDS_PER_BYTE
        return _SECONDS_PER_OBJECT
    looks[0] -= 1
    if kind in ("frame", "series", "index", "array"):
        return _data_cost(obj, looks)
    if looks[0] <= 0:
        return _SECONDS_UNSEEN
    if kind == "container":
        return _container_cost(obj, looks)
    if kind in ("object", "estimator") and id(type(obj)) not in TABLE:
        if types.is_tame(type(obj)) is not None:
            return _SECONDS_PER_COMPILED
        state = types.instance_state(obj)
        return _SECONDS_PER_INSTANCE + sum(
            _cost(one, looks)
            for _, one in zip(range(_MAX_ATTRIBUTES), state.values(), strict=False)
        )
    return _SECONDS_UNSEEN


def _container_cost(obj: Any, looks: list[int]) -> float:
    number = 0
    some: list[Any] = []
    for base in (list, tuple, dict, set, frozenset):
        if types.inherits(type(obj), base):
            number = base.__len__(obj) * (2 if base is dict else 1)  # keys are read as well
            source = dict.values(obj) if base is dict else base.__iter__(obj)
            some = [one for one, _ in zip(source, range(_SOME_ITEMS), strict=False)]
            if base in (list, tuple) and number > _SOME_ITEMS:
                some[1:] = [base.__getitem__(obj, number // 2), base.__getitem__(obj, -1)]
            break
    if not some:
        return _SECONDS_PER_OBJECT
    kinds = {id(type(one)) for one in some}
    if number > _SOME_ITEMS and len(kinds) == 1 and kinds <= _PLAIN:
        return number * _SECONDS_PER_PLAIN_ITEM
    seen = [_cost(one, looks) for one in some]
    return _SECONDS_PER_OBJECT + number * sum(seen) / len(seen)


def _data_cost(obj: Any, looks: list[int]) -> float:
    pieces = _pieces(obj)
    if not pieces and id(type(obj)) in TABLE:
        size = getattr(obj, "nbytes", None)
        if size is None and hasattr(obj, "estimated_size"):  # polars
            size = obj.estimated_size()
        return (int(size) if isinstance(size, int) else 0) * _SECONDS_PER_FLOAT_BYTE * 3
    several = len(pieces) > 1
    seen = sum(_piece_cost(piece, looks, blocks=several) for piece in pieces[:_MAX_BLOCKS])
    return seen * max(1.0, len(pieces) / _MAX_BLOCKS)


def _piece_cost(values: Any, looks: list[int], *, blocks: bool) -> float:
    dtype = getattr(values, "dtype", None)
    kind = getattr(dtype, "kind", "O")
    size = int(getattr(values, "size", 0))
    name = types.qualname(type(values))
    columns = values.shape[0] if blocks and getattr(values, "ndim", 1) == 2 else 1
    fixed: float = columns * _SECONDS_PER_COLUMN
    if name == "RangeIndex":
        return fixed
    if name.startswith("Arrow"):
        return float(fixed + int(values.nbytes) * _SECONDS_PER_FLOAT_BYTE + size * 4e-9)
    if name == "MultiIndex":
        return float(fixed + len(values) * values.nlevels * _SECONDS_PER_TEXT_CELL)
    if kind == "O" and not hasattr(values, "_codes"):
        flat = getattr(values, "flat", None)  # of an ndarray; pandas arrays have none
        some = [flat[0], flat[size // 2]] if size and flat is not None else []
        if all(type(one) is str or one is None for one in some):
            return fixed + size * _SECONDS_PER_TEXT_CELL
        return fixed + size * max(_cost(one, looks) for one in some)
    if kind == "V":  # field by field, in strides
        fixed += len(getattr(dtype, "names", None) or ()) * _SECONDS_PER_FIELD
    rate = _SECONDS_PER_FLOAT_BYTE if kind in "fc" else _SECONDS_PER_BYTE
    if getattr(values, "strides", None) and not _is_contiguous(values):
        rate *= 3
    return float(fixed + int(getattr(values, "nbytes", 0)) * rate)


def _is_contiguous(values: Any) -> bool:
    flags = getattr(values, "flags", None)
    return flags is None or bool(flags.c_contiguous)


def _pieces(obj: Any) -> list[Any]:
    """Arrays that make up pandas and NumPy objects: blocks, values, Index."""
    cls = type(obj)
    if _is_array(cls):
        return [raw_array(obj)]
    if types.module_name(cls).partition(".")[0] in ("pyarrow", "polars", "scipy"):
        return []
    manager = types.instance_state(obj).get("_mgr")
    if manager is not None:
        return [block.values for block in manager.blocks] + [manager.axes[-1]]
    return [obj] if id(cls) in TABLE else []


def _is_array(cls: type) -> bool:
    ndarray = types.loaded("numpy").get("ndarray")
    return ndarray is not None and types.inherits(cls, ndarray)


def memory_spans(obj: object) -> Spans:
    """Addresses of the data buffers, to find objects that share memory.

    Parameters
    ----------
    obj : object
        Array, Series, Index or frame; others have none.

    Returns
    -------
    tuple of (int, int)
        Start and end of every buffer, as far as the object's own elements
        reach: a view overlaps what it is a view of, two halves of an array do
        not overlap each other. Columns in strides of one another overlap
        although no element is shared: overlap means *may share*.
    """
    try:
        entry = TABLE.get(id(type(obj))) or resolve(type(obj))
        if entry.kind not in ("array", "series", "index", "frame"):
            return ()
        return tuple(span for piece in _pieces(obj) for span in _spans(piece))
    except Exception:
        return ()


def _spans(values: Any) -> list[tuple[int, int]]:
    cls = type(values)
    name = types.qualname(cls)
    if name in ("RangeIndex", "MultiIndex"):
        return []
    if _is_array(cls):
        return _array_span(values)
    if name.startswith("Arrow"):
        # Arrow buffers are never written to; copies share them. The holder itself can change.
        return [(id(values), id(values) + 1)]
    state = types.instance_state(values)
    for inner in ("_ndarray", "_codes", "_data"):
        if inner in state and state[inner] is not values:
            spans = _spans(state[inner])
            mask = state.get("_mask")
            return spans + (_array_span(mask) if mask is not None else [])
    if "_left" in state and "_right" in state:
        return _spans(state["_left"]) + _spans(state["_right"])
    for inner in ("_ndarray", "_codes"):  # held in C on some pandas types
        if (found := getattr(values, inner, None)) is not None:
            return _array_span(found)
    return []


def _array_span(values: NDArray[Any]) -> list[tuple[int, int]]:
    import numpy as np

    plain = raw_array(values)
    if not plain.size:
        return []
    low, high = np.lib.array_utils.byte_bounds(plain)
    return [(int(low), int(high))]
