"""Values as the columns of the trail hold them."""

from __future__ import annotations

import json
import math
from typing import Any

import xxhash

from celltrail.core.records import MetricRecord, ParamRecord, encode_value

DIGEST_PREFIX = "ct1:"
_UUID_BYTES = 16
# SQLite integers are 64 bits; a size or count beyond is nonsense, not a reason to fail.
_INTEGER_LIMIT = 1 << 63


def uuid_bytes(identifier: str) -> bytes:
    """Return the 16 bytes of an identifier (a hash of it, if it is no UUID)."""
    try:
        data = bytes.fromhex(identifier.replace("-", ""))
    except ValueError:
        data = b""
    return data if len(data) == _UUID_BYTES else xxhash.xxh3_128_digest(identifier.encode())


def digest_bytes(digest: str | None) -> bytes | None:
    """Return the 16 bytes behind ``ct1:`` (a hash of it, if it is another text)."""
    return None if digest is None else uuid_bytes(digest.removeprefix(DIGEST_PREFIX))


def to_json(value: Any) -> str:
    """Return the text of a JSON column."""
    return json.dumps(encode_value(value), separators=(",", ":"), ensure_ascii=False, default=str)


def param_values(param: ParamRecord) -> tuple[Any, ...]:
    """Return step, owner, name, type, value, number, origin and reaches."""
    return (
        param.step,
        param.owner,
        param.name,
        param.type,
        to_json(param.value),
        _number(param.value),
        param.origin,
        to_json(param.reaches) if param.reaches else None,
    )


def metric_values(metric: MetricRecord) -> tuple[Any, ...]:
    """Return step, name, kind, value, origin, function, model and is_value."""
    value = float(metric.value)
    finite = math.isfinite(value)
    return (
        metric.step,
        metric.name,
        "finite" if finite else repr(value),
        value if finite else None,
        metric.origin,
        metric.function,
        metric.model,
        int(metric.is_value),
    )


def bounded(size: int | None) -> int | None:
    """Return a size that an integer column can hold; None for nonsense."""
    return None if size is None or not 0 <= size < _INTEGER_LIMIT else size


def _number(value: Any) -> float | None:
    """Return the number to sort and filter by; None for a bool or a text."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        number = float(value)
    except OverflowError:  # an integer beyond floats; its digits are in the JSON
        return None
    return number if math.isfinite(number) else None


def number_of(kind: str, value: float | None) -> float:
    """Return a metric's number from its two columns; what is not finite is only a kind."""
    return value if value is not None else float(kind if kind != "finite" else "nan")


def digest_text(digest: bytes | None) -> str | None:
    """Return a digest as people see it, with its prefix; None for unknown content."""
    return None if digest is None else "ct1:" + digest.hex()


def shape_of(summary: str | None) -> tuple[int, ...] | None:
    """Return the shape in an entity's summary; None where it has none."""
    if not summary or '"shape"' not in summary:
        return None
    shape = json.loads(summary).get("shape")
    is_shape = isinstance(shape, list) and all(isinstance(n, int) for n in shape)
    return tuple(shape) if is_shape else None
