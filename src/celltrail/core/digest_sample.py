"""Fixed samples of frames: sizes, types, and evenly spaced rows and columns.

The positions depend on the shape alone. Cost does not grow with the data: no
column is copied, and Arrow columns are sliced row by row.
"""

from __future__ import annotations

from typing import Any

from xxhash import xxh3_128_digest

from celltrail.core import digest_types as types
from celltrail.core.digest_buffers import values_digest
from celltrail.core.digest_frames import dtype_text, extension_digest, index_type
from celltrail.core.digest_text import object_cells_digest
from celltrail.core.digest_walk import Walk, sample_positions, text_token

SAMPLE_COLUMNS = 24
SAMPLE_ROWS = 32


def frame_sample(walk: Walk, manager: Any) -> bytes:
    """16 bytes over a sample of a pandas frame, from its block manager."""
    labels, rows = manager.axes
    at_rows = sample_positions(len(rows), SAMPLE_ROWS)
    parts = [b"frame:%d:%d;" % (len(rows), len(labels))]
    parts += [_index_sample(walk, labels), _index_sample(walk, rows)]
    for at in sample_positions(len(labels), SAMPLE_COLUMNS):
        values = manager.blocks[manager.blknos[at]].values
        row = int(manager.blklocs[at])
        if values.ndim == 2:
            values = values[row]
        parts.append(text_token(dtype_text(values.dtype)) + _values_sample(walk, values, at_rows))
    return xxh3_128_digest(b"".join(parts))


def series_sample(walk: Walk, manager: Any, name: object) -> bytes:
    """16 bytes over a sample of a pandas Series."""
    rows, values = manager.axes[0], manager.blocks[0].values
    at_rows = sample_positions(len(rows), SAMPLE_ROWS)
    return xxh3_128_digest(
        b"series:%d;" % len(rows)
        + walk.token(name)
        + text_token(dtype_text(values.dtype))
        + _index_sample(walk, rows)
        + _values_sample(walk, values, at_rows)
    )


def index_sample(walk: Walk, index: Any) -> bytes:
    """16 bytes over a sample of a pandas Index."""
    return xxh3_128_digest(b"index:%d;" % len(index) + _index_sample(walk, index))


def _index_sample(walk: Walk, index: Any) -> bytes:
    head = text_token(index_type(index)) + b"".join(walk.token(name) for name in index.names)
    at = sample_positions(len(index), SAMPLE_ROWS)
    name = types.qualname(type(index))
    if name == "RangeIndex":
        return head + b"%d,%d;" % (index.start if at else 0, index.step if len(at) > 1 else 0)
    if name == "MultiIndex":
        for level, codes in zip(index.levels, index.codes, strict=True):
            head += b"%d;" % len(level) + values_digest(walk, codes[at])
        return head
    values = index._values
    if dtype_text(values.dtype) == "int64" and len(values):
        # As RangeIndex above when evenly spaced at the ends.
        step = int(values[1]) - int(values[0]) if len(values) > 1 else 0
        if int(values[0]) + step * (len(values) - 1) == int(values[-1]):
            return head + b"%d,%d;" % (int(values[0]), step)
    return head + _values_sample(walk, values, at)


def _values_sample(walk: Walk, values: Any, at: list[int]) -> bytes:
    import numpy as np

    if not at:
        return b"-"
    if type(values) is np.ndarray:
        part = values[at]
        if part.dtype.kind == "O":
            return object_cells_digest(walk, part)
        return values_digest(walk, part)
    name = types.qualname(type(values))
    if name == "Categorical":
        return values_digest(walk, values._codes[at])
    if name.startswith("Arrow"):
        return xxh3_128_digest(walk.token(arrow_rows(values._pa_array.chunks, at)))
    return extension_digest(walk, values.take(np.array(at)))


def arrow_rows(chunks: list[Any], at: list[int]) -> list[Any]:
    """Values of an Arrow column at ascending positions, as Python objects."""
    found: list[Any] = []
    start, chunk_at = 0, 0
    for position in at:
        while position - start >= len(chunks[chunk_at]):
            start += len(chunks[chunk_at])
            chunk_at += 1
        found.append(chunks[chunk_at][position - start].as_py())
    return found


def table_sample(walk: Walk, table: Any, library: str) -> bytes:
    """16 bytes over a sample of an Arrow table or polars frame."""
    number = int(table.height if library == "polars" else table.num_rows)
    names = list(table.columns if library == "polars" else table.schema.names)
    at_rows = sample_positions(number, SAMPLE_ROWS)
    parts = [b"table:%d:%d;" % (number, len(names))]
    for at in sample_positions(len(names), SAMPLE_COLUMNS):
        column = table.to_series(at) if library == "polars" else table.column(at)
        of = column.dtype if library == "polars" else column.type
        parts.append(walk.token(names[at]) + text_token(str(of)))
        if not at_rows:
            continue
        if library == "polars":
            cells = [column[row] for row in at_rows]
        else:
            cells = arrow_rows(getattr(column, "chunks", None) or [column], at_rows)
        parts.append(walk.token(cells))
    return xxh3_128_digest(b"".join(parts))
