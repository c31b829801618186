"""Canonical bytes of NumPy buffers, block by block.

Values are hashed in C order, little-endian, every NaN with the same bits. A
buffer that already looks like that is hashed in place; otherwise blocks that
fit the cache are copied to a scratch buffer. xxh3 streams, so the digest does
not depend on where blocks begin.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from xxhash import xxh3_128, xxh3_128_digest

from celltrail.core.digest_facts import Unreadable
from celltrail.core.digest_walk import SAMPLE_ITEMS, Walk, sample_positions, text_token

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[Any]

# Half of a typical L2 cache: the second reading of a block (NaN test, then hash) is from cache.
_BLOCK_BYTES = 1 << 19
# Time is looked at between pieces of this size, about a millisecond of hashing.
_PIECE_BYTES = 1 << 24
# Columns gathered at a time from a row-major block: four cache lines of every row.
_GATHER_COLUMNS = 32
_GATHER_BYTES = 1 << 18
# x87 long doubles: ten bytes of value, the rest of the slot is left over from other data.
_X87_BYTES = 10

Update = Callable[[Any], Any]


def array_digest(walk: Walk, array: Array) -> bytes:
    """16 bytes over type, shape and values of a plain ``ndarray``."""
    header = text_token(dtype_name(array.dtype)) + b"%r;" % (array.shape,)
    walk.count(1 + len(array.dtype.names or ()))
    if walk.sampled and array.size > SAMPLE_ITEMS:
        array = _sample(array)
    return xxh3_128_digest(b"array" + header + values_digest(walk, array))


def _sample(array: Array) -> Array:
    import numpy as np

    at = np.array(sample_positions(array.size, SAMPLE_ITEMS), dtype=np.int64)
    return array[np.unravel_index(at, array.shape)]


def dtype_name(dtype: np.dtype[Any]) -> str:
    """Exact type as text, the same on machines of both byte orders."""
    if dtype.names is not None:
        fields: Any = dtype.fields or {}
        return (
            "{" + ",".join(f"{name!r}:{dtype_name(fields[name][0])}" for name in dtype.names) + "}"
        )
    if dtype.kind == "T":
        return "StringDType"
    if dtype.subdtype is not None:
        return f"{dtype_name(dtype.subdtype[0])}{dtype.subdtype[1]}"
    return _plain_name(dtype)


@lru_cache(maxsize=256)  # NumPy takes longer to name a dtype than xxh3 to read 50,000 numbers
def _plain_name(dtype: np.dtype[Any]) -> str:
    name = str(dtype.newbyteorder("="))
    if dtype.kind in "USV":
        name = f"{dtype.kind}{dtype.itemsize}"
    name = name.lstrip("<>=|")
    return name if dtype.isnative else f"{name} swapped"


def values_digest(walk: Walk, array: Array) -> bytes:
    """16 bytes over the values alone, in C order."""
    dtype = array.dtype
    if dtype.kind == "O":
        from celltrail.core.digest_text import object_cells_digest

        return object_cells_digest(walk, array.reshape(-1))
    if dtype.kind == "T":  # NumPy's variable-width strings
        from celltrail.core.digest_text import object_cells_digest

        return object_cells_digest(walk, array.astype(object).reshape(-1))
    if dtype.names is not None:
        # Field by field: the padding between fields is left over from other data.
        parts = [values_digest(walk, array[name]) for name in dtype.names]
        return xxh3_128_digest(b"".join(parts))
    if dtype.subdtype is not None:
        raise Unreadable(f"an array of {dtype}", "array")
    stream = xxh3_128()
    feed(walk, stream.update, array)
    return stream.digest()


def feed(walk: Walk, update: Update, array: Array) -> None:
    """Pass the canonical bytes of an array to `update`."""
    import numpy as np

    if array.dtype.kind not in "biufcmMSUV":
        raise Unreadable(f"an array of {array.dtype}", "array")
    if not array.flags.c_contiguous:
        _feed_strided(walk, update, array)
        return
    flat = array.reshape(-1)
    if not flat.size:
        return
    if not flat.dtype.isnative:
        for block in _blocks(flat, _BLOCK_BYTES):
            feed(walk, update, block.astype(block.dtype.newbyteorder("=")))
        return
    if flat.dtype.kind not in "fc" and sys.byteorder == "little":
        raw = flat.view(np.uint8) if flat.dtype.itemsize else flat.view("V1")[:0]
        for piece in _blocks(raw, _PIECE_BYTES):
            walk.cover(piece.nbytes)
            update(piece)
        return
    if flat.dtype.kind not in "fc":  # pragma: no cover - big-endian machines
        for block in _blocks(flat, _BLOCK_BYTES):
            walk.cover(block.nbytes)
            update(block.byteswap().tobytes())
        return
    with np.errstate(all="ignore"):
        holes = False
        plain = flat.dtype.kind == "f" and flat.dtype.itemsize in (4, 8)
        plain = plain and sys.byteorder == "little"
        for piece in _blocks(flat, _PIECE_BYTES):
            walk.cover(piece.nbytes)
            for block in _blocks(piece, _BLOCK_BYTES):
                # Where one block has a NaN the next has, so the test that finds none is left out.
                if plain and holes and _nans_are_canonical(block):
                    update(block)
                    continue
                holes = plain and not _has_no_nan(block)
                update(canonical_floats(block) if holes or not plain else block)


def canonical_floats(block: Array) -> Array:
    """The block itself when it holds no NaN, else a copy with canonical ones."""
    import numpy as np

    kind, itemsize = block.dtype.kind, block.dtype.itemsize
    if not block.size:
        return block
    if (itemsize > 8 and kind == "f") or itemsize > 16:
        return _long_floats(block)
    if sys.byteorder == "big":  # pragma: no cover - copied whatever it holds
        pass
    elif kind == "f" and itemsize == 2:
        # NumPy has no fast float16 arithmetic; the bits tell as well.
        if not ((block.view(np.uint16) & 0x7FFF) > 0x7C00).any():
            return block
    else:
        numbers = block.view(block.real.dtype) if kind == "c" else block
        if (_is_canonical if kind == "f" else _has_no_nan)(numbers):
            return block
    block = block.copy()
    block[np.isnan(block)] = np.nan if kind == "f" else complex(float("nan"), float("nan"))
    return block if sys.byteorder == "little" else block.byteswap()


def _has_no_nan(block: Array) -> bool:
    """Whether no value is NaN: the largest is, exactly when there is one."""
    import numpy as np

    top = np.maximum.reduce(block, axis=None)
    return bool(top == top)


def _is_canonical(block: Array) -> bool:
    """Whether every NaN already has the bits of ``np.nan``, as nearly all have.

    Both tests cost one reading of a block that is in the cache anyway.
    """
    if sys.byteorder == "big":  # pragma: no cover
        return False
    if _has_no_nan(block):
        return True
    return _nans_are_canonical(block)


def _nans_are_canonical(block: Array) -> bool:
    import numpy as np

    bits = np.array(np.nan, dtype=block.dtype).view(f"i{block.dtype.itemsize}")
    holes = block != block
    found = np.count_nonzero(holes)
    if block.ndim == 1 and found < block.size // 8:  # looking at the few is cheaper
        return bool((block.view(bits.dtype)[np.flatnonzero(holes)] == bits).all())
    return bool(found == np.count_nonzero(block.view(bits.dtype) == bits))


def _long_floats(block: Array) -> Array:
    import numpy as np

    block = block.copy()
    block[np.isnan(block)] = np.nan
    parts = block.view(block.real.dtype) if block.dtype.kind == "c" else block
    if np.finfo(parts.dtype).nmant == 63:
        slots = parts.view(np.uint8).reshape(parts.size, parts.dtype.itemsize)
        return np.ascontiguousarray(slots[:, :_X87_BYTES])
    return parts  # quad precision fills its slot


def _blocks(flat: Array, size: int) -> list[Array]:
    step = max(1, size // max(1, flat.dtype.itemsize))
    if len(flat) <= step:
        return [flat]
    return [flat[start : start + step] for start in range(0, len(flat), step)]


def _feed_strided(walk: Walk, update: Update, array: Array) -> None:
    """Rows of a non-contiguous array, copied into C order a block at a time."""
    import numpy as np

    row_bytes = array.dtype.itemsize * int(np.prod(array.shape[1:], dtype=np.int64))
    if row_bytes > _BLOCK_BYTES:
        for row in array:
            feed(walk, update, row)
        return
    rows = max(1, _BLOCK_BYTES // max(1, row_bytes))
    for start in range(0, len(array), rows):
        feed(walk, update, np.ascontiguousarray(array[start : start + rows]))


def column_values_digests(walk: Walk, values: Array) -> list[bytes]:
    """`values_digest` of every row of a two-dimensional array.

    Pandas keeps columns of one type as the rows of one array. When the array
    is Fortran-ordered (a frame made from a matrix), reading it column by
    column would load every cache line once per column; here a block of rows
    is turned once and fed to all columns.
    """
    import numpy as np

    if values.dtype.kind in "mM" and values.dtype.isnative:
        values = values.view(np.int64)  # dates export no buffer
    number, length = values.shape
    item = values.dtype.itemsize
    plain = values.dtype.kind in "biufcmM" and values.dtype.isnative and item <= 8
    if number < 2 or length < 2 or not plain or values.strides[1] == item:
        return [values_digest(walk, values[at]) for at in range(number)]
    floats = values.dtype.kind in "fc"
    digests: list[bytes] = []
    for first in range(0, number, _GATHER_COLUMNS):
        group = values[first : first + _GATHER_COLUMNS]
        streams = [xxh3_128() for _ in range(len(group))]
        updates: list[Update] = [stream.update for stream in streams]
        rows = max(256, _GATHER_BYTES // (item * len(group)))
        scratch = np.empty((len(group), rows), dtype=values.dtype)
        walk.cover(group.nbytes)
        with np.errstate(all="ignore"):
            for start in range(0, length, rows):
                part = group[:, start : start + rows]
                block = scratch[:, : part.shape[1]]
                np.copyto(block, part)
                clean = not floats
                if floats and values.dtype.kind == "f" and item >= 4:
                    clean = _is_canonical(block)
                for update, column in zip(updates, block, strict=True):
                    update(column if clean else canonical_floats(column))
                walk.check_time()
        digests += [stream.digest() for stream in streams]
    return digests
