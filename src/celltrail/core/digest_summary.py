"""Small facts about an object, for people to read; all of them JSON."""

from __future__ import annotations

import math
from typing import Any

from celltrail.core import digest_types as types
from celltrail.core.digest_walk import TABLE

_TEXT_CHARACTERS = 200
_MAX_INT_BITS = 600  # about 180 digits; Python refuses to print very long integers


def summarize(obj: Any, kind: str) -> dict[str, object]:
    """Facts that cost little to know.

    Parameters
    ----------
    obj : object
        Already read without trouble.
    kind : str
        As in `Digest`.

    Returns
    -------
    dict of str to object
        {} for kinds that have none.
    """
    known = id(type(obj)) in TABLE
    if kind == "scalar":
        return _scalar(obj) if known else {}
    if kind == "text":
        text = obj if type(obj) is str else str.__getitem__(obj, slice(None))
        return {"length": len(text), "repr": repr(text[:_TEXT_CHARACTERS])[:_TEXT_CHARACTERS]}
    if kind == "bytes":
        return {"length": len(obj) if known else bytes.__len__(obj)}
    if kind == "container":
        return {"length": _length(obj)}
    if kind == "array":
        return _array(obj)
    if kind == "estimator":
        names = types.instance_state(obj)
        return {
            "fitted": any(name.endswith("_") and not name.startswith("__") for name in names),
            "module": types.module_name(type(obj)),
        }
    if kind in ("function", "class"):
        name = types.qualname(obj) if kind == "class" and types.inherits(type(obj), type) else None
        if name is None and known:
            name = getattr(obj, "__qualname__", None)
        return {"name": name} if type(name) is str else {}
    if kind == "object":
        return {"attributes": len(types.instance_state(obj))} if not known else {}
    return {}


def _scalar(value: Any) -> dict[str, object]:
    cls = type(value)
    if cls is int:
        if value.bit_length() > _MAX_INT_BITS:
            return {"bits": value.bit_length()}
        return {"repr": repr(value), "value": value}
    if cls is float:
        # NaN and infinities are not JSON.
        if not math.isfinite(value):
            return {"repr": repr(value)}
        return {"repr": repr(value), "value": value}
    if cls is bool or value is None:
        return {"repr": repr(value), "value": value}
    return {"repr": repr(value)[:_TEXT_CHARACTERS]}


def _length(obj: Any) -> int:
    for base in (list, tuple, dict, set, frozenset):
        if types.inherits(type(obj), base):
            return int(base.__len__(obj))
    return len(obj) if id(type(obj)) in TABLE and hasattr(obj, "__len__") else 0


def _array(obj: Any) -> dict[str, object]:
    if id(type(obj)) not in TABLE:
        return {}
    shape, dtype = getattr(obj, "shape", None), getattr(obj, "dtype", None)
    if type(shape) is not tuple:
        return {"length": len(obj)}
    return {"shape": [int(side) for side in shape], "dtype": str(dtype)[:_TEXT_CHARACTERS]}
