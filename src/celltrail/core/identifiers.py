"""Identifiers of rows that leave the store: time-ordered UUIDs (RFC 9562, version 7)."""

from __future__ import annotations

import xxhash

# Digits that people see and type; the last ones, because the first are the time.
SHORT_DIGITS = 8
ENTROPY_BYTES = 10


def new_id(now_us: int, entropy: bytes) -> str:
    """Return a UUID version 7 as 32 hexadecimal digits.

    Parameters
    ----------
    now_us : int
        Microseconds since 1970 in UTC.
    entropy : bytes
        At least ten bytes from the operating system (``os.urandom(10)``), never
        from the user's `random`, whose stream recording must not move.

    Returns
    -------
    str
        Digits that sort by time: 48 bits of milliseconds, 12 bits of the fraction
        of the millisecond (RFC 9562, section 6.2, method 3), 62 random bits.

    Examples
    --------
    >>> new_id(1_700_000_000_000_500, bytes(10))
    '018bcfe5680078008000000000000000'
    """
    milliseconds, microseconds = divmod(now_us, 1000)
    fraction = microseconds * 4096 // 1000
    tail = int.from_bytes(entropy[:ENTROPY_BYTES], "big") & ((1 << 62) - 1)
    value = (milliseconds & ((1 << 48) - 1)) << 80
    value |= 0x7 << 76 | fraction << 64 | 0b10 << 62 | tail
    return f"{value:032x}"


def path_identifier(path: str) -> str:
    """Return the identifier of the notebook at an absolute path, until it has its own."""
    return xxhash.xxh3_128_hexdigest(path.encode("utf-8", "surrogatepass"))


def short(identifier: str) -> str:
    """Return the digits of an identifier that people see.

    Examples
    --------
    >>> short("018bcfe5680078008000000000abcdef")
    '00abcdef'
    """
    return identifier[-SHORT_DIGITS:]
