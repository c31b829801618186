"""Tokens of plain values, and containers of the standard library."""

from __future__ import annotations

import array
import collections
import datetime as dt
import decimal
import fractions
import functools
import gc
import operator
import pathlib
import random
import re
import types
import uuid
import zoneinfo
from collections.abc import Callable
from itertools import islice
from typing import Any

from xxhash import xxh3_128_digest

from celltrail.core.digest_facts import Unreadable
from celltrail.core.digest_walk import (
    SAMPLE_ITEMS,
    Walk,
    bytes_token,
    float_token,
    register,
    sample_positions,
    text_token,
)

_Pair = collections.namedtuple("_Pair", "first second")  # noqa: PYI024  (only its getters are used)


def _int(walk: Walk, value: int) -> bytes:
    return b"i%x;" % value


def _bool(walk: Walk, value: bool) -> bytes:  # noqa: FBT001  (the value to digest)
    return b"T" if value else b"F"


def _constant(token: bytes) -> Callable[[Walk, Any], bytes]:
    return lambda walk, value: token


def _text(walk: Walk, value: str) -> bytes:
    if len(value) > 64:
        if walk.sampled and len(value) > 65536:
            edges = value[:1024] + value[len(value) // 2 :][:1024] + value[-1024:]
            return b"~%d;" % len(value) + text_token(edges)
        walk.cover(len(value))
    return text_token(value)


def _bytes(walk: Walk, value: bytes | bytearray, tag: bytes = b"b") -> bytes:
    if len(value) > 64:
        if walk.sampled and len(value) > 65536:
            middle = len(value) // 2
            edges = bytes(value[:1024] + value[middle : middle + 1024] + value[-1024:])
            return b"~%d;" % len(value) + bytes_token(edges, tag)
        walk.cover(len(value))
    return bytes_token(bytes(value) if len(value) <= 4096 else value, tag)  # type: ignore[arg-type]


def _bytearray(walk: Walk, value: bytearray) -> bytes:
    return _bytes(walk, value, b"B")


def _memoryview(walk: Walk, value: memoryview) -> bytes:
    return xxh3_128_digest(b"view" + str(value.format).encode() + _bytes(walk, value.tobytes()))


def _complex(walk: Walk, value: complex) -> bytes:
    return b"c" + float_token(value.real) + float_token(value.imag)


def _zone(walk: Walk, zone: dt.tzinfo | None) -> bytes:
    """Token of a time zone; the methods of unknown ones are not called."""
    if zone is None:
        return b"N"
    if type(zone) is dt.timezone:
        return b"z" + text_token(str(zone))
    if type(zone) is zoneinfo.ZoneInfo:
        return b"Z" + text_token(str(zone.key))
    return walk.token(zone)


def _datetime(walk: Walk, value: dt.datetime) -> bytes:
    plain = value.replace(tzinfo=None)
    return b"d%d" % value.fold + text_token(plain.isoformat()) + _zone(walk, value.tzinfo)


def _time(walk: Walk, value: dt.time) -> bytes:
    plain = value.replace(tzinfo=None)
    return b"t%d" % value.fold + text_token(plain.isoformat()) + _zone(walk, value.tzinfo)


def _date(walk: Walk, value: dt.date) -> bytes:
    return b"y" + text_token(value.isoformat())


def _timedelta(walk: Walk, value: dt.timedelta) -> bytes:
    return b"e%d,%d,%d;" % (value.days, value.seconds, value.microseconds)


def _printed(tag: bytes) -> Callable[[Walk, Any], bytes]:
    """For types whose text says all there is to say."""
    return lambda walk, value: tag + text_token(str(value))


def _range(walk: Walk, value: range) -> bytes:
    return b"r%x,%x,%x;" % (value.start, value.stop, value.step)


def _slice(walk: Walk, value: slice) -> bytes:
    return b"l" + walk.token(value.start) + walk.token(value.stop) + walk.token(value.step)


def _fraction(walk: Walk, value: fractions.Fraction) -> bytes:
    return b"q%x/%x;" % (value.numerator, value.denominator)


def _pattern(walk: Walk, value: re.Pattern[Any]) -> bytes:
    return xxh3_128_digest(b"pattern%d;" % value.flags + walk.token(value.pattern))


def sequence(tag: bytes) -> Callable[[Walk, Any], bytes]:
    """Reader of a list or tuple, exact type."""

    def read(walk: Walk, value: Any) -> bytes:
        number = len(value)
        if walk.sampled and number > SAMPLE_ITEMS:
            part = [value[at] for at in sample_positions(number, SAMPLE_ITEMS)]
            return xxh3_128_digest(tag + b"sample:%d;" % number + walk.items(part))
        return xxh3_128_digest(tag + walk.items(list(value)))

    return read


def mapping_digest(walk: Walk, tag: bytes, value: dict[Any, Any]) -> bytes:
    """16 bytes for a dictionary in its own order; no key is hashed or compared."""
    number = dict.__len__(value)
    if walk.sampled and number > SAMPLE_ITEMS:
        view = dict.items(value)
        pairs = [*islice(view, SAMPLE_ITEMS - 1), *islice(reversed(view), 1)]
        keys, values = [one[0] for one in pairs], [one[1] for one in pairs]
        return xxh3_128_digest(tag + b"%d;" % number + walk.items(keys) + walk.items(values))
    keys, values = list(dict.keys(value)), list(dict.values(value))
    return xxh3_128_digest(tag + walk.items(keys) + walk.items(values))


def _dict(walk: Walk, value: dict[Any, Any]) -> bytes:
    return mapping_digest(walk, b"dict", value)


def _ordered(walk: Walk, value: collections.OrderedDict[Any, Any]) -> bytes:
    pairs = list(value.items())
    keys, values = [one[0] for one in pairs], [one[1] for one in pairs]
    return xxh3_128_digest(b"ordered" + walk.items(keys) + walk.items(values))


def _defaultdict(walk: Walk, value: collections.defaultdict[Any, Any]) -> bytes:
    inner = mapping_digest(walk, b"defaultdict", value)
    return xxh3_128_digest(inner + walk.token(value.default_factory))


def _counter(walk: Walk, value: Any) -> bytes:
    return mapping_digest(walk, b"Counter", value)


def set_digest(walk: Walk, tag: bytes, elements: list[Any]) -> bytes:
    """16 bytes for elements in any order."""
    if walk.sampled and len(elements) > SAMPLE_ITEMS:
        raise Unreadable("a large set has no fixed order to sample by", "container")
    walk.count(len(elements))
    tokens = sorted(walk.token(one) for one in elements)
    return xxh3_128_digest(tag + b"%d;" % len(tokens) + b"".join(tokens))


def _set(walk: Walk, value: set[Any]) -> bytes:
    return set_digest(walk, b"set", list(value))


def _frozenset(walk: Walk, value: frozenset[Any]) -> bytes:
    return set_digest(walk, b"frozenset", list(value))


def _deque(walk: Walk, value: collections.deque[Any]) -> bytes:
    return xxh3_128_digest(b"deque" + walk.token(value.maxlen) + walk.items(list(value)))


def _random(walk: Walk, value: random.Random) -> bytes:
    return xxh3_128_digest(b"Random" + walk.token(value.getstate()))


def _proxy(walk: Walk, value: types.MappingProxyType[Any, Any]) -> bytes:
    # A proxy asks the mapping behind it, which may be the user's; the collector only points to it.
    return xxh3_128_digest(b"proxy" + walk.items(gc.get_referents(value)))


def _partial(walk: Walk, value: functools.partial[Any]) -> bytes:
    parts = [walk.token(value.func), walk.token(value.args), walk.token(value.keywords)]
    state = vars(value)
    return walk.state(b"partial" + b"".join(parts), "functools.partial", dict(state))


def _array(walk: Walk, value: array.array[Any]) -> bytes:
    code = value.typecode.encode()
    if code in b"fd":
        return xxh3_128_digest(b"array" + code + walk.items(list(value)))
    return xxh3_128_digest(b"array" + code + _bytes(walk, value.tobytes()))


def _getter(walk: Walk, value: Any) -> bytes:
    """``operator.itemgetter`` and friends, from what they would pickle."""
    made_by, arguments = value.__reduce__()
    return xxh3_128_digest(b"getter" + walk.token(made_by) + walk.token(arguments))


def _namespace(walk: Walk, value: types.SimpleNamespace) -> bytes:
    return walk.state(b"namespace", "types.SimpleNamespace", dict(vars(value)))


def _plain_int(value: int) -> tuple[bytes, dict[str, object]] | None:
    if -(1 << 63) <= value < 1 << 63:
        return b"i%x;" % value, {"repr": repr(value), "value": value}
    return None


def _plain_float(value: float) -> tuple[bytes, dict[str, object]] | None:
    if value - value == 0.0:  # finite: NaN and infinities are not JSON
        return float_token(value), {"repr": repr(value), "value": value}
    return None


def _plain_text(value: str) -> tuple[bytes, dict[str, object]] | None:
    if len(value) <= 64:
        return text_token(value), {"length": len(value), "repr": repr(value)[:200]}
    return None


def _plain_bool(value: bool | None) -> tuple[bytes, dict[str, object]]:  # noqa: FBT001
    token = b"N" if value is None else b"T" if value else b"F"
    return token, {"repr": repr(value), "value": value}


def register_standard() -> None:
    """Set how values of the standard library are read."""
    for cls, read in (
        (complex, _complex), (type(Ellipsis), _constant(b"...")),
        (type(NotImplemented), _constant(b"NI")), (range, _range), (slice, _slice),
        (dt.datetime, _datetime), (dt.date, _date), (dt.time, _time),
        (dt.timedelta, _timedelta), (fractions.Fraction, _fraction),
        (decimal.Decimal, _printed(b"D")), (uuid.UUID, _printed(b"u")),
        (pathlib.PosixPath, _printed(b"p")), (pathlib.WindowsPath, _printed(b"p")),
        (pathlib.PurePosixPath, _printed(b"pp")), (pathlib.PureWindowsPath, _printed(b"pw")),
        (dt.timezone, _zone), (zoneinfo.ZoneInfo, _zone),
    ):  # fmt: skip
        register(cls, "scalar", read, scalar=True)
    register(int, "scalar", _int, scalar=True, plain=_plain_int)
    register(
        float, "scalar", lambda walk, value: float_token(value), scalar=True, plain=_plain_float
    )
    register(bool, "scalar", _bool, scalar=True, plain=_plain_bool)
    register(type(None), "scalar", _constant(b"N"), scalar=True, plain=_plain_bool)
    register(str, "text", _text, scalar=True, plain=_plain_text)
    register(bytes, "bytes", _bytes, scalar=True)
    register(bytearray, "bytes", _bytearray, scalar=True)
    register(memoryview, "bytes", _memoryview)
    register(re.Pattern, "object", _pattern)
    for container, reader in (
        (list, sequence(b"list")), (tuple, sequence(b"tuple")), (dict, _dict),
        (collections.OrderedDict, _ordered), (collections.defaultdict, _defaultdict),
        (collections.Counter, _counter), (set, _set), (frozenset, _frozenset),
        (collections.deque, _deque), (types.SimpleNamespace, _namespace),
        (types.MappingProxyType, _proxy),
    ):  # fmt: skip
        register(container, "container", reader)
    register(array.array, "array", _array)
    for getter in (operator.itemgetter, operator.attrgetter, operator.methodcaller):
        register(getter, "function", _getter)
    # What namedtuple makes for each field.
    register(type(_Pair.__dict__["first"]), "function", _getter)
    register(random.Random, "generator", _random)
    register(functools.partial, "function", _partial)
