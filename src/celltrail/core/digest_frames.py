"""Pandas frames, Series and Index.

Two are *equal* when ``assert_frame_equal(check_exact=True,
check_index_type="equiv")`` says so, with these differences, all on purpose:
-0.0 is not 0.0; cells of object columns also differ by type (None, NaN and
NaT; 1, 1.0 and True); ``str`` columns agree with and without pyarrow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from xxhash import xxh3_128, xxh3_128_digest

from celltrail.core import digest_types as types
from celltrail.core.digest_arrow import arrow_columns, arrow_digest, polars_column
from celltrail.core.digest_buffers import column_values_digests, dtype_name, feed, values_digest
from celltrail.core.digest_facts import Unreadable
from celltrail.core.digest_text import object_cells_digest
from celltrail.core.digest_walk import TABLE, Walk, text_token

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]

_MASKED_BLOCK = 1 << 16


class ColumnFacts(NamedTuple):
    """One column, before it is made a record."""

    name: str
    dtype: str
    digest: bytes


class FrameFacts(NamedTuple):
    """A frame or Series, taken apart."""

    digest: bytes
    schema: bytes
    columns: list[ColumnFacts]
    shape: tuple[int, ...]


def dtype_text(dtype: Any) -> str:
    """Exact type as text; storage of strings left out."""
    kind = type(dtype).__name__
    if hasattr(dtype, "newbyteorder"):
        return dtype_name(dtype)
    if kind == "StringDtype":
        missing = dtype.na_value
        return "str" if type(missing) is float else "string"
    if kind == "CategoricalDtype":
        order = "ordered " if dtype.ordered else ""
        inner = "none" if dtype.categories is None else dtype_text(dtype.categories.dtype)
        return f"category[{order}{inner}]"
    if kind == "ArrowDtype":
        return f"{dtype.pyarrow_dtype}[pyarrow]"
    return str(dtype)


def column_token(dtype: str, values: bytes) -> bytes:
    """16 bytes over type and values of a column."""
    return xxh3_128_digest(b"column" + text_token(dtype) + values)


def extension_digest(walk: Walk, values: Any) -> bytes:
    """16 bytes over the values of a pandas array that is not a plain ndarray."""
    cls = type(values)
    if types.module_name(cls).partition(".")[0] != "pandas" or not types.is_library_class(cls):
        raise Unreadable(f"a column of {types.short_name(cls)}")
    name = types.qualname(cls)
    if name in ("DatetimeArray", "TimedeltaArray", "PeriodArray", "NumpyExtensionArray"):
        return values_digest(walk, values._ndarray)
    if name in ("IntegerArray", "FloatingArray", "BooleanArray"):
        return _masked_digest(walk, values._data, values._mask)
    if name == "Categorical":
        return _categorical_digest(walk, values)
    if name.startswith("StringArray"):
        return object_cells_digest(walk, values._ndarray, missing_alike=True)
    if name.startswith("Arrow"):
        arrow = values._pa_array
        return arrow_digest(walk, arrow.type, arrow.chunks)
    if name == "IntervalArray":
        parts = [any_digest(walk, values._left), any_digest(walk, values._right)]
        return xxh3_128_digest(b"interval" + b"".join(parts))
    if name == "SparseArray":
        import numpy as np

        return values_digest(walk, np.asarray(values))
    raise Unreadable(f"a column of {types.short_name(cls)}")


def any_digest(walk: Walk, values: Any) -> bytes:
    """16 bytes over the values of an ndarray, pandas array or Index."""
    import numpy as np

    if type(values) is np.ndarray:
        return values_digest(walk, values)
    if types.qualname(type(values)).endswith("Index") and types.is_library_class(type(values)):
        return any_digest(walk, values._values)
    return extension_digest(walk, values)


def _masked_digest(walk: Walk, data: Array, mask: Array) -> bytes:
    """Values with a separate mask; what lies under the mask leaves no trace."""
    import numpy as np

    stream, marks = xxh3_128(), xxh3_128()
    feed(walk, marks.update, mask)
    if not mask.any():
        feed(walk, stream.update, data)
        return xxh3_128_digest(b"masked" + marks.digest() + stream.digest())
    for start in range(0, len(data), _MASKED_BLOCK):
        block = data[start : start + _MASKED_BLOCK].copy()
        np.putmask(block, mask[start : start + _MASKED_BLOCK], np.zeros((), dtype=data.dtype))
        feed(walk, stream.update, block)
    return xxh3_128_digest(b"masked" + marks.digest() + stream.digest())


def _categorical_digest(walk: Walk, values: Any) -> bytes:
    import numpy as np

    categories = values.dtype.categories
    number = len(categories)
    # Width by the number of categories, as pandas does, whatever this one was built with.
    width = np.int8 if number < 128 else np.int16 if number < 32768 else np.int32
    codes = values._codes
    if codes.dtype != width:
        codes = codes.astype(width)
    ordered = b"ordered" if values.dtype.ordered else b"unordered"
    inner = _level_token(walk, categories)
    return xxh3_128_digest(b"category" + ordered + inner + values_digest(walk, codes))


def _level_token(walk: Walk, index: Any) -> bytes:
    """16 bytes over the values of one flat Index, its name left out."""
    name = types.qualname(type(index))
    if name == "RangeIndex":
        return _progression_token(len(index), index.start, index.step)
    values = index._values
    dtype = dtype_text(values.dtype)
    if dtype == "int64":
        steps = _progression(values)
        if steps is not None:
            return _progression_token(len(values), *steps)
    return column_token(dtype, any_digest(walk, values))


def _progression_token(number: int, start: int, step: int) -> bytes:
    """The token shared by RangeIndex and the int64 Index of the same values."""
    start, step = (start if number else 0), (step if number > 1 else 0)
    return xxh3_128_digest(b"range:%d:%d:%d" % (number, start, step))


def _progression(values: Array) -> tuple[int, int] | None:
    """Start and step when the values are evenly spaced, else None."""
    import numpy as np

    if len(values) < 2:
        return (int(values[0]) if len(values) else 0, 0)
    start, step = int(values[0]), int(values[1]) - int(values[0])
    if start + step * (len(values) - 1) != int(values[-1]) or abs(step) >= 1 << 62:
        return None
    # Sums and differences wrap alike, so this is exact given the test of the ends above.
    for at in range(0, len(values) - 1, _MASKED_BLOCK):
        part = values[at : at + _MASKED_BLOCK + 1]
        if (np.subtract(part[1:], part[:-1]) != step).any():
            return None
    return start, step


def index_token(walk: Walk, index: Any) -> bytes:
    """16 bytes over values, types and names of an Index."""
    names = b"".join(walk.token(name) for name in index.names)
    if types.qualname(type(index)) == "MultiIndex":
        levels = [_level_token(walk, index.get_level_values(at)) for at in range(index.nlevels)]
        return xxh3_128_digest(b"multi:%d;" % len(levels) + names + b"".join(levels))
    return xxh3_128_digest(b"index:" + names + _level_token(walk, index))


def index_type(index: Any) -> str:
    """Types of an Index as text, one for each level."""
    if types.qualname(type(index)) == "MultiIndex":
        return "multi[" + ",".join(dtype_text(level.dtype) for level in index.levels) + "]"
    return dtype_text(index.dtype)


def _row_index_token(walk: Walk, index: Any) -> bytes:
    timed = types.qualname(type(index)) in ("DatetimeIndex", "TimedeltaIndex")
    frequency = index.freq if timed else None
    text = "" if frequency is None else str(frequency.freqstr)
    return index_token(walk, index) + text_token(text)


def label_text(label: object) -> str:
    """A column's label as text; labels of unknown types are named by type."""
    if type(label) is str:
        return label
    if type(label) is tuple:
        return "(" + ", ".join(label_text(one) for one in label) + ")"
    entry = TABLE.get(id(type(label)))
    if entry is not None and entry.scalar:
        return str(label)
    return f"<{types.short_name(type(label))}>"


def frame_facts(walk: Walk, manager: Any, *, duplicates_allowed: bool = True) -> FrameFacts:
    """Digest a frame from its block manager, which is plain pandas in subclasses too."""
    labels, rows = manager.axes
    values: dict[int, tuple[str, bytes]] = {}
    for block in manager.blocks:
        dtype = dtype_text(block.values.dtype)
        for at, one in zip(
            block.mgr_locs.as_array.tolist(), _block_digests(walk, block.values), strict=True
        ):
            values[at] = (dtype, one)
    columns = [
        ColumnFacts(label_text(label), values[at][0], column_token(*values[at]))
        for at, label in enumerate(labels)
    ]
    walk.count(len(columns))
    head = index_token(walk, labels)
    dtypes = b"".join(text_token(column.dtype) for column in columns)
    schema = xxh3_128_digest(b"schema" + head + dtypes + text_token(index_type(rows)))
    flags = b"" if duplicates_allowed else b"unique labels"
    digest = xxh3_128_digest(
        b"frame:%d:%d;" % (len(rows), len(columns))
        + flags
        + head
        + _row_index_token(walk, rows)
        + b"".join(column.digest for column in columns)
    )
    return FrameFacts(digest, schema, columns, (len(rows), len(columns)))


def _block_digests(walk: Walk, values: Any) -> list[bytes]:
    import numpy as np

    if type(values) is np.ndarray:
        return column_values_digests(walk, values)
    inner = getattr(values, "_ndarray", None)
    if inner is not None and inner.ndim == 2:
        return column_values_digests(walk, inner)
    return [extension_digest(walk, values)]


def series_facts(
    walk: Walk, manager: Any, name: object, *, duplicates_allowed: bool = True
) -> FrameFacts:
    """Digest a Series from its block manager."""
    rows, values = manager.axes[0], manager.blocks[0].values
    dtype = dtype_text(values.dtype)
    column = column_token(dtype, any_digest(walk, values))
    flags = b"" if duplicates_allowed else b"unique labels"
    digest = xxh3_128_digest(
        b"series" + flags + walk.token(name) + _row_index_token(walk, rows) + column
    )
    schema = xxh3_128_digest(
        b"schema" + walk.token(name) + text_token(dtype) + text_token(index_type(rows))
    )
    return FrameFacts(digest, schema, [ColumnFacts(label_text(name), dtype, column)], (len(rows),))


def table_facts(walk: Walk, table: Any, library: str) -> FrameFacts:
    """Digest an Arrow table or a polars frame."""
    if library == "polars":
        found = [(series.name, *polars_column(series)) for series in table.get_columns()]
    else:
        found = [(name, str(of), of, chunks) for name, of, chunks in arrow_columns(table)]
    columns = [
        ColumnFacts(name, dtype, column_token(dtype, arrow_digest(walk, of, chunks)))
        for name, dtype, of, chunks in found
    ]
    head = b"".join(text_token(one.name) + text_token(one.dtype) for one in columns)
    rows = int(table.height if library == "polars" else table.num_rows)
    digest = xxh3_128_digest(
        b"%s table:%d;" % (library.encode(), rows)
        + head
        + b"".join(column.digest for column in columns)
    )
    schema = xxh3_128_digest(b"schema" + head)
    return FrameFacts(digest, schema, columns, (rows, len(columns)))
