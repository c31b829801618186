"""Arrow arrays and tables, and polars through Arrow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xxhash import xxh3_128, xxh3_128_digest

from celltrail.core.digest_buffers import feed
from celltrail.core.digest_facts import Unreadable
from celltrail.core.digest_text import TextStream, validity
from celltrail.core.digest_walk import Walk

if TYPE_CHECKING:
    from numpy.typing import NDArray


def arrow_digest(walk: Walk, of: Any, chunks: list[Any]) -> bytes:
    """16 bytes over the values of a chunked Arrow array.

    Chunk boundaries, offsets into larger buffers, bytes under nulls and
    absent validity bitmaps leave no trace.

    Parameters
    ----------
    walk : Walk
        Accounts for what is read.
    of : pyarrow.DataType
        Type of every chunk.
    chunks : list of pyarrow.Array
        In order.
    """
    import pyarrow as pa

    is_ = pa.types
    if isinstance(of, pa.BaseExtensionType):
        return arrow_digest(walk, of.storage_type, [chunk.storage for chunk in chunks])
    if is_.is_string_view(of) or is_.is_binary_view(of):
        wide = pa.large_string() if is_.is_string_view(of) else pa.large_binary()
        return arrow_digest(walk, wide, [chunk.cast(wide) for chunk in chunks])
    if is_.is_string(of) or is_.is_large_string(of) or is_.is_binary(of) or is_.is_large_binary(of):
        stream = TextStream(walk)
        for chunk in chunks:
            stream.add_arrow(chunk)
        return stream.digest()
    if is_.is_dictionary(of):
        decoded = [chunk.dictionary_decode() for chunk in chunks]
        return arrow_digest(walk, of.value_type, decoded)
    if is_.is_null(of):
        return xxh3_128_digest(b"null:%d;" % sum(map(len, chunks)))
    marks = _validity_digest(walk, chunks)
    if is_.is_boolean(of) or is_.is_primitive(of) or is_.is_decimal(of) or _is_fixed_binary(of):
        return _fixed_digest(walk, of, chunks, marks)
    if is_.is_struct(of):
        parts = [marks]
        for at in range(of.num_fields):
            children = [chunk.flatten()[at] for chunk in chunks]
            parts.append(arrow_digest(walk, of.field(at).type, children))
        return xxh3_128_digest(b"struct" + b"".join(parts))
    if is_.is_list(of) or is_.is_large_list(of) or is_.is_fixed_size_list(of):
        return _list_digest(walk, of, chunks, marks)
    # Maps, unions, run-end encoding: rare enough to go through Python objects.
    stream = TextStream(walk)
    for chunk in chunks:
        stream.add_cells(chunk.to_pylist())
    return stream.digest()


def _is_fixed_binary(of: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_fixed_size_binary(of))


def _validity_digest(walk: Walk, chunks: list[Any]) -> bytes:
    """16 bytes over which values there are; the same for all when none is null."""
    import numpy as np

    if not any(chunk.null_count for chunk in chunks):
        return xxh3_128_digest(b"all:%d;" % sum(map(len, chunks)))
    stream = xxh3_128()
    for chunk in chunks:
        marks = validity(chunk) if chunk.null_count else np.ones(len(chunk), dtype=np.uint8)
        stream.update(marks.data)
    walk.check_time()
    return stream.digest()


def _fixed_digest(walk: Walk, of: Any, chunks: list[Any], marks: bytes) -> bytes:
    stream = xxh3_128(marks)
    for chunk in chunks:
        if len(chunk):
            feed(walk, stream.update, _fixed_values(of, chunk))
    return stream.digest()


def _fixed_values(of: Any, chunk: Any) -> NDArray[Any]:
    """Values of a fixed-width array, zero where null."""
    import numpy as np
    import pyarrow as pa

    number, buffer = len(chunk), chunk.buffers()[1]
    if pa.types.is_boolean(of):
        first, skip = chunk.offset // 8, chunk.offset % 8
        bits = np.frombuffer(buffer, dtype=np.uint8, offset=first)[: (skip + number + 7) // 8]
        values = np.unpackbits(bits, bitorder="little")[skip : skip + number]
    else:
        width = of.bit_width // 8
        if pa.types.is_floating(of):
            dtype = np.dtype(f"f{width}")
        else:
            dtype = np.dtype(f"u{width}") if width in (1, 2, 4, 8) else np.dtype(f"V{width}")
        values = np.frombuffer(buffer, dtype=dtype, count=number, offset=chunk.offset * width)
    if chunk.null_count:
        values = values.copy()
        values[validity(chunk) == 0] = np.zeros((), dtype=values.dtype)
    return values


def _list_digest(walk: Walk, of: Any, chunks: list[Any], marks: bytes) -> bytes:
    import numpy as np
    from pyarrow import compute

    lengths = xxh3_128(marks)
    for chunk in chunks:
        sizes = compute.list_value_length(chunk).fill_null(0).to_numpy(zero_copy_only=False)
        lengths.update(np.ascontiguousarray(sizes, dtype="<i8").data)
    inner = arrow_digest(walk, of.value_type, [chunk.flatten() for chunk in chunks])
    return xxh3_128_digest(b"list" + lengths.digest() + inner)


def arrow_columns(table: Any) -> list[tuple[str, Any, list[Any]]]:
    """Name, type and chunks of every column of a Table or RecordBatch."""
    found = []
    for name, field_type, column in zip(
        table.schema.names, table.schema.types, table.columns, strict=True
    ):
        found.append((name, field_type, getattr(column, "chunks", None) or _one(column)))
    return found


def _one(column: Any) -> list[Any]:
    return [] if hasattr(column, "chunks") else [column]


def polars_column(series: Any) -> tuple[str, Any, list[Any]]:
    """Type as polars says it, Arrow type and chunks of a polars Series."""
    try:
        arrow = series.to_arrow()
    except Exception as error:  # no pyarrow, or Python objects in the column
        raise Unreadable(
            f"polars gives no Arrow for {series.dtype}: {type(error).__name__}"
        ) from None
    return str(series.dtype), arrow.type, [arrow]
