"""Cursors: where a page ended, as a text that means nothing to who passes it on."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence

from celltrail.core.errors import UsageFault

# What a sort key can be in SQLite, blobs aside.
Key = str | int | float | None
# SQLite integers are 64 bits.
_INTEGER_LIMIT = 1 << 63


def write_cursor(of: str, keys: Sequence[Key]) -> str:
    """Return the cursor of a list (`of` says which, its order included) behind a row's keys."""
    text = json.dumps([of, *keys], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(cursor: str, of: str, *, size: int | None = None) -> list[Key]:
    """Return the keys behind which the next page begins, `size` of them; None: at least one.

    Raises
    ------
    UsageFault
        If the cursor was not written for this list in this order.
    """
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        document = json.loads(base64.urlsafe_b64decode(padded.encode("ascii")))
    except (ValueError, binascii.Error, RecursionError):
        document = None
    word, *keys = document if isinstance(document, list) and document else [None]
    if word != of or not keys or not all(map(_is_key, keys)):
        raise foreign()
    if size is not None and len(keys) != size:
        raise foreign()
    return keys


def foreign() -> UsageFault:
    """Return what to say of a cursor of another list."""
    return UsageFault("The cursor belongs to another list.", "start again without a cursor.")


def _is_key(value: object) -> bool:
    if type(value) is int:
        return -_INTEGER_LIMIT <= value < _INTEGER_LIMIT
    return value is None or type(value) in (str, float)
