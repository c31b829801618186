"""Columns of text and of Python objects.

One format for all of them, whatever holds the cells: the length in bytes of
each string (int64, -1 where there is none), the UTF-8 bytes end to end, and
the tokens of the cells that are not strings. So NumPy object arrays, Arrow
strings of both offset widths and Python-backed pandas strings agree.
"""

from __future__ import annotations

import sys
from array import array
from typing import TYPE_CHECKING, Any

from xxhash import xxh3_128, xxh3_128_digest

from celltrail.core.digest_facts import Unreadable
from celltrail.core.digest_walk import Walk

if TYPE_CHECKING:
    from numpy.typing import NDArray

_CHUNK_CELLS = 1 << 15
_OFFSET_BLOCK = 1 << 15
_NOT_TEXT = -1
_ARROW_FROM = 256  # cells; below, the conversion costs more than it saves


class TextStream:
    """Receives the cells of one column in order.

    Parameters
    ----------
    walk : Walk
        Accounts for what is read.
    """

    __slots__ = ("_bytes", "_lengths", "_others", "_walk")

    def __init__(self, walk: Walk) -> None:
        self._walk = walk
        self._lengths = xxh3_128()
        self._bytes = xxh3_128()
        self._others = xxh3_128()

    def digest(self) -> bytes:
        """16 bytes over everything received."""
        return xxh3_128_digest(
            b"text" + self._lengths.digest() + self._bytes.digest() + self._others.digest()
        )

    def add_cells(self, cells: list[Any], *, missing_alike: bool = False) -> None:
        """Add Python objects.

        Parameters
        ----------
        cells : list
            A private list.
        missing_alike : bool
            Treat what is not a string as one and the same missing value.
        """
        self._walk.check_time()
        kinds = set(map(id, map(type, cells)))
        others: list[Any] = []
        if kinds != {id(str)}:
            others = [one for one in cells if type(one) is not str]
            cells = [one if type(one) is str else None for one in cells]
        if len(others) == len(cells):
            self._add(array("q", [_NOT_TEXT]) * len(cells), b"")
        elif not self._add_by_arrow(cells):
            self._add(*_encoded(cells))
        if others and not missing_alike:
            self._walk.count(len(others))
            token = self._walk.token
            self._others.update(b"".join([token(one) for one in others]))

    def _add_by_arrow(self, cells: list[str | None]) -> bool:
        """Encode many strings at once when pyarrow is there anyway."""
        pyarrow = sys.modules.get("pyarrow")
        if pyarrow is None or len(cells) < _ARROW_FROM:
            return False
        try:
            chunk = pyarrow.array(cells, type=pyarrow.large_string())
        except Exception:  # lone surrogates, or pyarrow half imported
            return False
        self.add_arrow(chunk)
        return True

    def _add(self, lengths: array[int], text: bytes) -> None:
        self._walk.cover(len(text) + 8 * len(lengths))
        if sys.byteorder == "big":  # pragma: no cover
            lengths.byteswap()
        self._lengths.update(lengths)
        self._bytes.update(text)

    def add_arrow(self, chunk: Any) -> None:
        """Add one Arrow array of (large) strings or binary; nulls are missing values."""
        import numpy as np

        length = len(chunk)
        if not length:
            return
        nulls = chunk.null_count
        valid: NDArray[Any] | None = None
        if nulls == length:
            self._lengths.update(np.full(length, _NOT_TEXT, dtype="<i8").data)
            return
        if nulls:
            valid = validity(chunk)
        offsets = _offsets(chunk)
        if nulls and (np.diff(offsets)[valid == 0] != 0).any():
            # Bytes under a null are left over; this copy has none.
            chunk = _emptied(chunk)
            offsets = _offsets(chunk)
        first, last = int(offsets[0]), int(offsets[-1])
        self._walk.cover(last - first + 8 * length)
        for start in range(0, length, _OFFSET_BLOCK):
            part = offsets[start : start + _OFFSET_BLOCK + 1]
            lengths = np.empty(len(part) - 1, dtype="<i8")
            np.subtract(part[1:], part[:-1], out=lengths)
            if valid is not None:
                lengths[valid[start : start + len(lengths)] == 0] = _NOT_TEXT
            self._lengths.update(lengths.data)
        if last > first:
            self._bytes.update(memoryview(chunk.buffers()[2])[first:last])


def _encoded(cells: list[str | None]) -> tuple[array[int], bytes]:
    """Lengths in bytes and the text of many strings."""
    strings = cells if None not in cells else [one for one in cells if one is not None]
    joined = "".join(strings)  # type: ignore[arg-type]
    text = joined.encode("utf-8", "surrogatepass")
    if len(text) == len(joined) and len(strings) == len(cells):
        return array("q", map(len, cells)), text  # type: ignore[arg-type]
    lengths = [
        _NOT_TEXT if one is None else len(one.encode("utf-8", "surrogatepass")) for one in cells
    ]
    return array("q", lengths), text


def _offsets(chunk: Any) -> NDArray[Any]:
    import numpy as np
    import pyarrow as pa

    wide = pa.types.is_large_string(chunk.type) or pa.types.is_large_binary(chunk.type)
    dtype = np.dtype(np.int64 if wide else np.int32)
    return np.frombuffer(
        chunk.buffers()[1], dtype=dtype, count=len(chunk) + 1, offset=chunk.offset * dtype.itemsize
    )


def validity(chunk: Any) -> NDArray[Any]:
    """One byte per value of an Arrow array: 1 where there is one, (n,) of uint8."""
    import numpy as np

    bitmap = chunk.buffers()[0]
    if bitmap is None:
        return np.ones(len(chunk), dtype=np.uint8)
    first = chunk.offset // 8
    skip = chunk.offset % 8
    bits = np.frombuffer(bitmap, dtype=np.uint8, offset=first)[: (skip + len(chunk) + 7) // 8]
    return np.unpackbits(bits, bitorder="little")[skip : skip + len(chunk)]


def _emptied(chunk: Any) -> Any:
    import pyarrow as pa

    text = pa.types.is_string(chunk.type) or pa.types.is_large_string(chunk.type)
    return chunk.fill_null("" if text else b"")


def object_cells_digest(walk: Walk, cells: NDArray[Any], *, missing_alike: bool = False) -> bytes:
    """16 bytes over a one-dimensional array of Python objects.

    Parameters
    ----------
    walk : Walk
        Accounts for what is read.
    cells : ndarray, shape (n_cells,)
        Of object type.
    missing_alike : bool
        Treat what is not a string as one and the same missing value.
    """
    if cells.dtype.kind != "O":
        raise Unreadable(f"cells of {cells.dtype}")
    stream = TextStream(walk)
    for start in range(0, len(cells), _CHUNK_CELLS):
        stream.add_cells(cells[start : start + _CHUNK_CELLS].tolist(), missing_alike=missing_alike)
    return stream.digest()
