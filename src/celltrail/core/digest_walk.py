"""The walk through an object: tokens, cycles, caps.

Every object becomes a *token*, a short self-delimiting byte string. Scalars are
written out; everything else is ``#`` and the 16 bytes of its own hash, so an
object that is shared is read once. A reference back into an object that is
still open becomes ``^n;``, n levels up, which makes cyclic structures finite.

The table of handlers is keyed by ``id(type)``: a metaclass may define
``__hash__``, and looking a type up must not run it. The table keeps its types
alive, so an id cannot be taken over.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Callable
from struct import pack
from typing import Any, NamedTuple

from xxhash import xxh3_128, xxh3_128_digest

from celltrail.core.digest_facts import Limits, Unreadable
from celltrail.core.digest_types import short_name

NAN_BYTES = pack("<d", float("nan"))
_FAR = 1 << 30
# Shorter lists are written item by item; part of the format.
_UNIFORM_FROM = 16
# Subtrees smaller than this are read again when shared, which costs less than remembering them.
_REMEMBER_FROM = 8
# Longer text is hashed on its own, so that tokens stay short. Part of the format.
_LONG_TEXT_BYTES = 4096
_STREAM_ITEMS = 8192
_CLOCK_EVERY_NODES = 4096
# A sampled walk looks at this many items of a container and stops at this many in all.
SAMPLE_ITEMS = 64
SAMPLE_NODES = 120


class Entry(NamedTuple):
    """How one exact type is read."""

    kind: str
    encode: Callable[[Walk, Any], bytes]
    scalar: bool  # `encode` gives the token itself, not 16 bytes
    of: type  # kept so that its id stays taken
    name: str = ""
    # Token and summary of a small value without a walk; None when it needs one.
    plain: Callable[[Any], tuple[bytes, dict[str, object]] | None] | None = None


TABLE: dict[int, Entry] = {}
_NOTHING = Limits()


def register(
    of: object,
    kind: str,
    encode: Callable[[Walk, Any], bytes],
    *,
    scalar: bool = False,
    plain: Callable[[Any], tuple[bytes, dict[str, object]] | None] | None = None,
) -> None:
    """Set how an exact type is read; what is not a type is ignored."""
    if isinstance(of, type):
        TABLE[id(of)] = Entry(kind, encode, scalar, of, short_name(of), plain)


class Walk:
    """One pass over one object.

    Parameters
    ----------
    limits : Limits
        Caps; `Unreadable` is raised when one is passed.
    resolve : callable
        Gives the entry for a type that is not in the table.
    sampled : bool
        Look at a fixed part of long things instead of all.
    """

    __slots__ = (
        "_active", "_clock_at", "_depth", "_entries", "_floor", "_keep", "_memo", "_resolve",
        "facts", "limits", "metadata_reason", "nodes", "sampled", "size",
    )  # fmt: skip

    def __init__(
        self, limits: Limits, resolve: Callable[[type], Entry], *, sampled: bool = False
    ) -> None:
        self.limits = limits
        self.sampled = sampled
        self.size = 0
        self.nodes = 0
        self.metadata_reason: str | None = None
        # What the handler of a frame found besides its token; set by the outermost object only.
        self.facts: object = None
        self._resolve = resolve
        self._entries: dict[int, Entry] = {}
        self._memo: dict[int, bytes] = {}
        self._keep: list[object] = []
        self._active: dict[int, int] = {}
        self._depth = 0
        self._floor = _FAR
        self._clock_at = _CLOCK_EVERY_NODES

    def count(self, nodes: int) -> None:
        """Account for objects visited."""
        self.nodes += nodes
        if self.nodes > self.limits.max_nodes:
            raise Unreadable(f"more than {self.limits.max_nodes} objects")
        if self.nodes >= self._clock_at:
            self._clock_at = self.nodes + _CLOCK_EVERY_NODES
            self.check_time()

    def cover(self, size: int) -> None:
        """Account for bytes about to be read."""
        self.size += size
        if self.size > self.limits.max_bytes:
            raise Unreadable(f"more than {self.limits.max_bytes} bytes")
        self.check_time()

    def check_time(self) -> None:
        """Stop when the deadline has passed."""
        clock, deadline = self.limits.clock, self.limits.deadline
        if clock is not None and deadline is not None and clock() > deadline:
            raise Unreadable("no time left")

    def entry(self, cls: type) -> Entry:
        """How a type is read; asked once for each type that is not in the table."""
        found = TABLE.get(id(cls)) or self._entries.get(id(cls))
        if found is None:
            found = self._entries[id(cls)] = self._resolve(cls)
        return found

    def note(self, facts: object) -> None:
        """Keep what a handler found besides the token, when its object is the outermost."""
        if self._depth == 1:
            self.facts = facts

    def token(self, obj: object) -> bytes:
        """The token of any object."""
        cls = type(obj)
        found = TABLE.get(id(cls)) or self.entry(cls)
        if found.scalar:
            return found.encode(self, obj)
        return self._compose(obj, found.encode)

    def _compose(self, obj: object, encode: Callable[[Walk, Any], bytes]) -> bytes:
        key = id(obj)
        known = self._memo.get(key)
        if known is not None:
            return known
        opened = self._active.get(key)
        if opened is not None:
            self._floor = min(self._floor, opened)
            return b"^%d;" % (self._depth - opened)
        if self._depth >= self.limits.max_depth:
            raise Unreadable(f"nested deeper than {self.limits.max_depth}")
        if self.sampled and self.nodes > SAMPLE_NODES:
            return b"~"
        self.count(1)
        before, outer_floor = self.nodes, self._floor
        self._floor = _FAR
        self._depth = level = self._depth + 1
        self._active[key] = level
        try:
            token = b"#" + encode(self, obj)
        finally:
            del self._active[key]
            self._depth -= 1
        if self._floor >= level:
            # Nothing inside points above this object: its token holds wherever it stands.
            if self.nodes - before >= _REMEMBER_FROM:
                self._memo[key] = token
                self._keep.append(obj)  # the id must stay taken while it is remembered
            self._floor = outer_floor
        else:
            self._floor = min(outer_floor, self._floor)
        return token

    def items(self, items: list[Any]) -> bytes:
        """16 bytes for a list of objects in order; the list must be private to the walk."""
        number = len(items)
        if self.sampled and number > SAMPLE_ITEMS:
            items = [items[at] for at in sample_positions(number, SAMPLE_ITEMS)]
            return xxh3_128_digest(b"sample:%d;" % number + self.items(items))
        self.count(number)
        if number > _UNIFORM_FROM:
            first = type(items[0])
            if (first is int or first is str or first is float or first is bool) and len(
                set(map(id, map(type, items)))
            ) == 1:
                uniform = self._uniform(items, first)
                if uniform is not None:
                    return uniform
        token = self.token
        if number <= _STREAM_ITEMS:
            return xxh3_128_digest(b"items:%d;" % number + b"".join([token(one) for one in items]))
        stream = xxh3_128(b"items:%d;" % number)
        for start in range(0, number, _STREAM_ITEMS):
            part = items[start : start + _STREAM_ITEMS]
            stream.update(b"".join([token(one) for one in part]))
        return stream.digest()

    def _uniform(self, items: list[Any], of: type) -> bytes | None:
        """Hash of many plain values of one type at once; None when they do not fit.

        Whether they fit depends on the values alone, so the digest does not
        depend on the way it was reached.
        """
        if of is str:
            text = "".join(items).encode("utf-8", "surrogatepass")
            self.cover(len(text))
            # Lengths in characters: with the text they fix every boundary.
            return xxh3_128_digest(
                b"str*" + xxh3_128_digest(text) + _little(array("q", map(len, items)))
            )
        if of is bool:
            return xxh3_128_digest(b"bool*" + bytes(items))
        if of is int:
            try:
                numbers = array("q", items)
            except OverflowError:
                return None
            self.cover(8 * len(items))
            return xxh3_128_digest(b"int*" + _little(numbers))
        self.cover(8 * len(items))
        if sum(items) != sum(items):  # a NaN, or infinities of both signs
            nan = float("nan")
            items = [nan if one != one else one for one in items]
        return xxh3_128_digest(b"float*" + _little(array("d", items)))

    def state(self, tag: bytes, name: str, state: dict[str, Any]) -> bytes:
        """16 bytes for attributes by name; the order they were set in does not count."""
        keys = sorted(key for key in state if type(key) is str)
        if len(keys) != len(state):
            raise Unreadable("it has attributes whose names are not text")
        parts = [tag, text_token(name), self.items(list(keys))]
        parts.append(self.items([state[key] for key in keys]))
        return xxh3_128_digest(b"".join(parts))


def sample_positions(number: int, wanted: int) -> list[int]:
    """Fixed positions, evenly spread, with the first and the last."""
    if number <= wanted:
        return list(range(number))
    return [at * (number - 1) // (wanted - 1) for at in range(wanted)]


def text_token(text: str) -> bytes:
    """The token of a string."""
    data = text.encode("utf-8", "surrogatepass")
    if len(data) <= _LONG_TEXT_BYTES:
        return b"s%d;" % len(data) + data
    return b"S%d;" % len(data) + xxh3_128_digest(data)


def bytes_token(data: bytes, tag: bytes = b"b") -> bytes:
    """The token of a byte string."""
    if len(data) <= _LONG_TEXT_BYTES:
        return tag + b"%d;" % len(data) + data
    return tag + b"!%d;" % len(data) + xxh3_128_digest(data)


def float_token(value: float) -> bytes:
    """The token of a float; every NaN is the same."""
    return b"f" + (NAN_BYTES if value != value else pack("<d", value))


def _little(numbers: array[Any]) -> bytes:
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tobytes()
