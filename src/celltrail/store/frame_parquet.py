"""Pandas frames and Series as Parquet that gives back the same frame.

Columns lie in the file under their labels as text (numbered where two are alike), index
levels after them, so any reader of Parquet sees the values. What pandas knows beyond that
(labels of other types, index, exact types) is in the file's metadata under ``celltrail``.
"""

from __future__ import annotations

import json
from typing import Any

from celltrail.core.digest_frames import label_text
from celltrail.store.column_arrow import (
    NotKept,
    Words,
    decode_column,
    encode_column,
    pack,
    plain_array,
    unpack,
)
from celltrail.store.plain_values import NotPlain, tagged, untagged

_METADATA = b"celltrail"


class _Columns:
    """Arrow arrays under names that differ."""

    def __init__(self) -> None:
        self.arrays: list[Any] = []
        self.names: list[str] = []
        self._taken: set[str] = set()

    def add(self, label: str, values: Any) -> Words:
        found, words = encode_column(values)
        # A lone surrogate cannot stand in a schema; the true label is in the metadata.
        name = first = label.encode("utf-8", "replace").decode("utf-8")
        number = 1
        while name in self._taken:
            number += 1
            name = f"{first} ({number})"
        self._taken.add(name)
        self.arrays.append(found)
        self.names.append(name)
        return words


def encode_frame(frame: Any) -> bytes:
    """Return a pandas DataFrame as Parquet.

    Raises
    ------
    NotKept
        If a column or the index holds what has no form here; the message names it.
    """
    columns = _Columns()
    kept: list[Words] = []
    for position, label in enumerate(frame.columns):
        text = label_text(label)
        try:
            kept.append(columns.add(text, plain_array(frame.iloc[:, position])))
        except NotKept as fault:
            raise NotKept(f"column {text!r} holds {fault}") from None
    about = {
        "kind": "frame",
        "columns": kept,
        "labels": _pack_index(frame.columns, "the column labels hold"),
        "index": _encode_index(columns, frame.index),
        "unique_labels": not frame.flags.allows_duplicate_labels,
    }
    return _write(columns, about)


def encode_series(series: Any) -> bytes:
    """Return a pandas Series as Parquet.

    Raises
    ------
    NotKept
        As `encode_frame`.
    """
    columns = _Columns()
    words = columns.add(label_text(series.name) or "0", plain_array(series))
    about = {
        "kind": "series",
        "columns": [words],
        "name": _plain("the name", series.name),
        "index": _encode_index(columns, series.index),
        "unique_labels": not series.flags.allows_duplicate_labels,
    }
    return _write(columns, about)


def encode_objects(array: Any) -> bytes:
    """Return a NumPy array of Python objects, of any shape, as Parquet.

    Raises
    ------
    NotKept
        As `encode_frame`.
    """
    columns = _Columns()
    words = columns.add("0", array.reshape(-1))
    return _write(columns, {"kind": "array", "columns": [words], "shape": list(array.shape)})


def decode_parquet(data: bytes) -> Any:
    """Return the frame, Series or array that was encoded.

    Raises
    ------
    ValueError
        If these are no such bytes.
    """
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.ParquetFile(pa.BufferReader(data)).read()
    text = (table.schema.metadata or {}).get(_METADATA)
    if text is None:
        raise ValueError("this Parquet was not written by celltrail")
    about = json.loads(text)
    kept = [decode_column(table.column(n), words) for n, words in enumerate(about["columns"])]
    if about["kind"] == "array":
        return kept[0].reshape(about["shape"])
    index = _decode_index(table, len(kept), about["index"])
    # The type said outright: objects that are all text would else become `str`.
    parts: list[Any] = [pd.Series(one, index=index, dtype=one.dtype, copy=False) for one in kept]
    if about["kind"] == "series":
        found: Any = parts[0]
        found.name = untagged(about["name"])
    else:
        found = pd.DataFrame(dict(enumerate(parts)), index=index, copy=False)
        found.columns = _unpack_index(about["labels"])
    if about["unique_labels"]:
        found = found.set_flags(allows_duplicate_labels=False)
    return found


def _write(columns: _Columns, about: Words) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.Table.from_arrays(columns.arrays, names=columns.names)
    table = table.replace_schema_metadata({_METADATA: json.dumps(about)})
    sink = pa.BufferOutputStream()
    try:
        pq.write_table(table, sink, compression="zstd")
    except pa.ArrowException as error:
        raise NotKept(f"something that Parquet has no form for ({error})") from None
    written: bytes = sink.getvalue().to_pybytes()
    return written


def _encode_index(columns: _Columns, index: Any) -> Words:
    names = [_plain("the name of the index", name) for name in index.names]
    if type(index).__name__ == "RangeIndex":
        return {"names": names, "range": [index.start, index.stop, index.step]}
    levels = [index.get_level_values(at) for at in range(index.nlevels)]
    words = []
    for at, level in enumerate(levels):
        label = f"index {at}" if level.name is None else label_text(level.name)
        try:
            words.append(columns.add(label, plain_array(level)))
        except NotKept as fault:
            raise NotKept(f"the index holds {fault}") from None
    return {"names": names, "levels": words, **_about_index(index)}


def _decode_index(table: Any, first: int, about: Words) -> Any:
    import pandas as pd

    names = [untagged(name) for name in about["names"]]
    if "range" in about:
        start, stop, step = about["range"]
        return pd.RangeIndex(start, stop, step, name=names[0])
    levels = [
        decode_column(table.column(first + at), words) for at, words in enumerate(about["levels"])
    ]
    return _make_index(levels, names, about)


def _pack_index(index: Any, what: str) -> Words:
    names = [_plain("the name of the column labels", name) for name in index.names]
    if type(index).__name__ == "RangeIndex":
        return {"names": names, "range": [index.start, index.stop, index.step]}
    try:
        levels = [pack(plain_array(index.get_level_values(at))) for at in range(index.nlevels)]
    except NotKept as fault:
        raise NotKept(f"{what} {fault}") from None
    return {"names": names, "levels": levels, **_about_index(index)}


def _unpack_index(about: Words) -> Any:
    import pandas as pd

    names = [untagged(name) for name in about["names"]]
    if "range" in about:
        start, stop, step = about["range"]
        return pd.RangeIndex(start, stop, step, name=names[0])
    return _make_index([unpack(level) for level in about["levels"]], names, about)


def _about_index(index: Any) -> Words:
    frequency = getattr(index, "freq", None)
    is_timed = type(index).__name__ in ("DatetimeIndex", "TimedeltaIndex")
    return {
        "multi": type(index).__name__ == "MultiIndex",
        "freq": frequency.freqstr if is_timed and frequency is not None else None,
    }


def _make_index(levels: list[Any], names: list[Any], about: Words) -> Any:
    import pandas as pd

    if about["multi"]:
        if levels:
            return pd.MultiIndex.from_arrays(levels, names=names)
        return pd.MultiIndex(levels=[], codes=[], names=names)
    # Said outright, or objects that are all text would become an index of `str`.
    dtype = object if levels[0].dtype == object else None
    index: Any = pd.Index(levels[0], name=names[0], dtype=dtype, copy=False)
    if about["freq"] is not None:
        index.freq = pd.tseries.frequencies.to_offset(about["freq"])
    return index


def _plain(what: str, value: object) -> Any:
    try:
        return tagged(value)
    except NotPlain as fault:
        raise NotKept(f"{what} is {fault}") from None
