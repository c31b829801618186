"""Plain Python values as JSON that gives back the same values, types included.

Text, booleans, None, integers, finite floats, lists and dicts with text keys are JSON as
they are; everything else is ``{"$": TYPE, "v": …}``. Types are told apart exactly: what is
a subclass of a known type is not plain, since its class could not be made again.
"""

from __future__ import annotations

import base64
import datetime as dt
import decimal
import json
import math
import uuid
import zoneinfo
from collections.abc import Callable
from typing import Any

from celltrail.core.digest_types import short_name

TAG = "$"
_AS_IT_IS = frozenset({str, bool, int, type(None)})


class NotPlain(Exception):
    """A value that has no such text; the message names its type and place."""


def to_text(value: object) -> str:
    """Return the JSON text of a plain value.

    Raises
    ------
    NotPlain
        If the value, or one inside it, is of another type.
    """
    try:
        # Half a surrogate pair has no UTF-8, so what is not ASCII is escaped.
        return json.dumps(tagged(value), ensure_ascii=True, separators=(",", ":"))
    except RecursionError:
        raise NotPlain("a container that holds itself, or too many in each other") from None


def from_text(text: str) -> Any:
    """Undo `to_text`."""
    return untagged(json.loads(text))


def tagged(value: Any, *, place: str = "") -> Any:
    """Return a plain value as JSON values.

    Raises
    ------
    NotPlain
        As `to_text`.
    """
    kind = type(value)
    if kind in _AS_IT_IS:
        return value
    if kind is float:
        return value if math.isfinite(value) else {TAG: "float", "v": repr(value)}
    if kind is list:
        return [tagged(item, place=f"{place}[{n}]") for n, item in enumerate(value)]
    if kind is dict:
        pairs = [
            (tagged(key, place=f"{place} key"), tagged(item, place=f"{place}[{key!r}]"))
            for key, item in value.items()
        ]
        if TAG not in value and all(type(key) is str for key in value):
            return dict(pairs)
        return {TAG: "dict", "v": [list(pair) for pair in pairs]}
    if kind in _CONTAINERS:
        items = [tagged(item, place=f"{place}[{n}]") for n, item in enumerate(value)]
        return {TAG: _CONTAINERS[kind], "v": items}
    if kind in _SCALARS:
        name, write = _SCALARS[kind]
        return {TAG: name, "v": write(value)}
    found = _library_scalar(value)
    if found is None:
        where = f" at {place}" if place else ""
        raise NotPlain(f"a {short_name(kind)}{where}")
    return {TAG: found[0], "v": found[1]}


def untagged(value: Any) -> Any:
    """Undo `tagged`."""
    if type(value) is list:
        return [untagged(item) for item in value]
    if type(value) is not dict:
        return value
    if TAG not in value:
        return {key: untagged(item) for key, item in value.items()}
    kind, inner = value[TAG], value["v"]
    if kind == "dict":
        return {untagged(key): untagged(item) for key, item in inner}
    if kind in _MAKE_CONTAINER:
        return _MAKE_CONTAINER[kind](untagged(inner))
    if kind in _READ:
        return _READ[kind](inner)
    return _make_library_scalar(kind, inner)


def _zone(zone: dt.tzinfo | None) -> Any:
    if zone is None:
        return None
    if type(zone) is dt.timezone:
        offset = zone.utcoffset(None)
        return [offset.days, offset.seconds, offset.microseconds]
    if type(zone) is zoneinfo.ZoneInfo and zone.key is not None:
        return zone.key
    raise NotPlain(f"a time zone of type {short_name(type(zone))}")


def _make_zone(zone: Any) -> dt.tzinfo | None:
    if zone is None:
        return None
    if isinstance(zone, str):
        return zoneinfo.ZoneInfo(zone)
    offset = dt.timedelta(*zone)
    return dt.timezone(offset) if offset else dt.UTC


def _datetime(value: dt.datetime) -> Any:
    return [value.replace(tzinfo=None).isoformat(), value.fold, _zone(value.tzinfo)]


def _make_datetime(parts: Any) -> dt.datetime:
    text, fold, zone = parts
    naive = dt.datetime.fromisoformat(text)
    return naive.replace(tzinfo=_make_zone(zone), fold=fold)


def _time(value: dt.time) -> Any:
    return [value.replace(tzinfo=None).isoformat(), value.fold, _zone(value.tzinfo)]


def _make_time(parts: Any) -> dt.time:
    text, fold, zone = parts
    return dt.time.fromisoformat(text).replace(tzinfo=_make_zone(zone), fold=fold)


def _bytes(value: bytes | bytearray) -> str:
    return base64.b64encode(value).decode("ascii")


_CONTAINERS: dict[type, str] = {tuple: "tuple", set: "set", frozenset: "frozenset"}
_MAKE_CONTAINER: dict[str, Callable[[Any], Any]] = {
    "tuple": tuple,
    "set": set,
    "frozenset": frozenset,
}
_SCALARS: dict[type, tuple[str, Callable[[Any], Any]]] = {
    bytes: ("bytes", _bytes),
    bytearray: ("bytearray", _bytes),
    complex: ("complex", lambda value: [repr(value.real), repr(value.imag)]),
    range: ("range", lambda value: [value.start, value.stop, value.step]),
    decimal.Decimal: ("decimal", str),
    uuid.UUID: ("uuid", lambda value: value.hex),
    dt.date: ("date", dt.date.isoformat),
    dt.datetime: ("datetime", _datetime),
    dt.time: ("time", _time),
    dt.timedelta: (
        "timedelta",
        lambda value: [value.days, value.seconds, value.microseconds],
    ),
}
_READ: dict[str, Callable[[Any], Any]] = {
    "float": float,
    "bytes": base64.b64decode,
    "bytearray": lambda text: bytearray(base64.b64decode(text)),
    "complex": lambda parts: complex(float(parts[0]), float(parts[1])),
    "range": lambda parts: range(*parts),
    "decimal": decimal.Decimal,
    "uuid": lambda text: uuid.UUID(hex=text),
    "date": dt.date.fromisoformat,
    "datetime": _make_datetime,
    "time": _make_time,
    "timedelta": lambda parts: dt.timedelta(*parts),
}


def _library_scalar(value: Any) -> tuple[str, Any] | None:
    """Return tag and JSON values of a scalar of NumPy or pandas; None for others."""
    root = type(value).__module__.partition(".")[0]
    if root == "numpy":
        import numpy as np

        if isinstance(value, np.generic) and value.dtype.kind in "biufcmMSU":
            if type(value) is not value.dtype.type:
                return None
            return "numpy", [value.dtype.str, _bytes(value.tobytes())]
    if root == "pandas":
        import pandas as pd

        if value is pd.NaT:
            return "NaT", None
        if value is pd.NA:
            return "NA", None
        if type(value) is pd.Timestamp:
            zone = None if value.tz is None else str(pd.DatetimeTZDtype(value.unit, value.tz))
            plain = value.tz_convert("UTC").tz_localize(None) if value.tz is not None else value
            return "timestamp", [int(plain.to_datetime64().view("i8")), value.unit, zone]
        if type(value) is pd.Timedelta:
            return "duration", [int(value.to_timedelta64().view("i8")), value.unit]
        if type(value) is pd.Period:
            return "period", [value.ordinal, value.freqstr]
        if type(value) is pd.Interval:
            return "interval", [tagged(value.left), tagged(value.right), value.closed]
    return None


def _make_library_scalar(kind: str, inner: Any) -> Any:
    import numpy as np
    import pandas as pd

    if kind == "numpy":
        return np.frombuffer(base64.b64decode(inner[1]), dtype=np.dtype(inner[0]))[0]
    if kind == "NaT":
        return pd.NaT
    if kind == "NA":
        return pd.NA
    if kind == "timestamp":
        number, unit, zone = inner
        found = pd.Timestamp(np.datetime64(number, unit))
        if zone is None:
            return found
        dtype = pd.api.types.pandas_dtype(zone)
        return found.tz_localize("UTC").tz_convert(getattr(dtype, "tz", None))
    if kind == "duration":
        return pd.Timedelta(np.timedelta64(inner[0], inner[1]))
    if kind == "period":
        return pd.Period(ordinal=inner[0], freq=inner[1])
    if kind == "interval":
        return pd.Interval(untagged(inner[0]), untagged(inner[1]), closed=inner[2])
    raise ValueError(f"a value of kind {kind!r} was found, which this version does not know")
