"""One column of a frame as an Arrow array and a few words that say how to get it back.

Arrow and pandas do not mean the same by "null", "object" or "category", so nothing is left
to what either guesses: the words (a dict of JSON values under ``as``) name the pandas type.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from celltrail.core.digest import digest
from celltrail.store.plain_values import NotPlain, from_text, tagged, to_text, untagged

Words = dict[str, Any]
# Parquet has no seconds and no days; times in such units are kept as their bytes.
_PARQUET_UNITS = ("ms", "us", "ns")


class NotKept(Exception):
    """A column whose values have no form here; the message says which type they are of."""


def encode_column(values: Any) -> tuple[Any, Words]:
    """Return an Arrow array of a column's values, and the words to read it back with.

    Parameters
    ----------
    values : ndarray of one dimension, or pandas array

    Raises
    ------
    NotKept
        If the type of the column, or of a value in it, is not among those kept.
    """
    import numpy as np
    import pyarrow as pa

    if type(values) is np.ndarray:
        return _encode_numpy(values)
    name = type(values).__name__
    if name in ("DatetimeArray", "TimedeltaArray"):
        inner, words = _encode_numpy(values.asi8.view(_time_type(values.dtype)))
        return inner, {"as": "times", "dtype": str(values.dtype), "inner": words}
    if name == "PeriodArray":
        return pa.array(values.asi8), {"as": "period", "dtype": str(values.dtype)}
    if name == "IntervalArray":
        left, left_words = encode_column(plain_array(values.left))
        right, right_words = encode_column(plain_array(values.right))
        words = {"as": "interval", "left": left_words, "right": right_words}
        both = pa.StructArray.from_arrays([left, right], ["left", "right"])
        return both, {**words, "closed": values.closed}
    if name == "Categorical":
        packed = pack(plain_array(values.categories))
        words = {"as": "category", "categories": packed, "ordered": bool(values.ordered)}
        return pa.array(values.codes), words
    if name == "SparseArray":
        inner, words = encode_column(np.asarray(values))
        fill = tagged(values.dtype.fill_value)
        subtype = str(values.dtype.subtype)
        return inner, {"as": "sparse", "subtype": subtype, "fill": fill, "inner": words}
    if name.startswith(("StringArray", "ArrowStringArray")):
        return _encode_strings(values)
    if name in ("IntegerArray", "FloatingArray", "BooleanArray"):
        return pa.array(values), {"as": "masked", "dtype": str(values.dtype)}
    if name == "ArrowExtensionArray":
        found = values.__arrow_array__()
        return found.combine_chunks(), {"as": "arrow", "type": _type_text(found.type)}
    raise NotKept(f"a column of type {values.dtype}")


def decode_column(found: Any, words: Words) -> Any:
    """Return the values of `encode_column`, from an Arrow (chunked) array of them.

    Raises
    ------
    ValueError
        If a newer version has written the words.
    """
    kind = words["as"]
    if kind not in _DECODERS:
        raise ValueError(f"a column kept as {kind!r} was found, which this version does not know")
    return _DECODERS[kind](found, words)


def plain_array(column: Any) -> Any:
    """Return the values of a Series or flat Index: an ndarray where NumPy holds them."""
    found = column.array
    return column.to_numpy() if type(found).__name__ == "NumpyExtensionArray" else found


def pack(values: Any) -> Words:
    """Return a short column (categories, labels) as JSON values.

    Raises
    ------
    NotKept
        As `encode_column`.
    """
    import pyarrow as pa

    found, words = encode_column(values)
    table = pa.table({"values": found})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    data = base64.b64encode(sink.getvalue().to_pybytes()).decode("ascii")
    return {"words": words, "data": data}


def unpack(packed: Words) -> Any:
    """Undo `pack`."""
    import pyarrow as pa

    with pa.ipc.open_stream(base64.b64decode(packed["data"])) as stream:
        table = stream.read_all()
    return decode_column(table.column("values"), packed["words"])


def _encode_numpy(values: Any) -> tuple[Any, Words]:
    import numpy as np
    import pyarrow as pa

    dtype = values.dtype
    if dtype.kind == "O":
        return _encode_objects(values)
    is_number = dtype.kind in "biuf" and dtype.itemsize <= 8
    is_time = dtype.kind in "mM" and np.datetime_data(dtype) in [(u, 1) for u in _PARQUET_UNITS]
    if dtype.isnative and (is_number or is_time):
        return pa.array(values), {"as": "numpy", "dtype": dtype.str}
    if dtype.hasobject or dtype.kind not in "biufcmMSUV":
        raise NotKept(f"a column of type {dtype}")
    plain = np.ascontiguousarray(values)
    size = dtype.itemsize
    data = plain.tobytes()
    cells = [data[at : at + size] for at in range(0, len(data), size)]
    return pa.array(cells, type=pa.binary(size)), {"as": "raw", "dtype": dtype.str}


def _encode_objects(values: Any) -> tuple[Any, Words]:
    """Keep cells as Arrow's own values where they come back the same, else as tagged text."""
    import pyarrow as pa

    cells = values.tolist()
    try:
        found = pa.array(cells)
        if digest(_objects(found.to_pylist())) == digest(values):
            return found, {"as": "object"}
    except (pa.ArrowException, ValueError, TypeError, OverflowError):
        pass  # cells of several types, or of one that Arrow has not
    return _encode_tagged(cells)


def _encode_tagged(cells: list[Any]) -> tuple[Any, Words]:
    import pyarrow as pa

    texts = []
    for row, cell in enumerate(cells):
        try:
            texts.append(to_text(cell))
        except NotPlain as fault:
            raise NotKept(f"{fault} (in row {row})") from None
    return pa.array(texts, type=pa.string()), {"as": "tagged"}


def _encode_strings(values: Any) -> tuple[Any, Words]:
    import pyarrow as pa

    missing = "nan" if type(values.dtype.na_value) is float else "NA"
    inner = None
    try:
        found = pa.array(values)
        found = found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found
    except (pa.ArrowException, UnicodeError):  # half a surrogate pair
        cells = [None if cell is values.dtype.na_value else cell for cell in values.tolist()]
        cells = [cell if type(cell) is str else None for cell in cells]
        found, inner = _encode_tagged(cells)
    return found, {"as": "string", "missing": missing, "inner": inner}


def _objects(cells: list[Any]) -> Any:
    import numpy as np

    # `np.array` would make two dimensions of lists of one length.
    return np.fromiter(cells, dtype=object, count=len(cells))


def _field(found: Any, name: str) -> Any:
    import pyarrow as pa

    whole = found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found
    if isinstance(whole, pa.ChunkedArray):
        whole = pa.concat_arrays(whole.chunks)
    return pa.chunked_array([whole.field(name)])


def _type_text(of: Any) -> str:
    import pyarrow as pa

    return base64.b64encode(pa.schema([("x", of)]).serialize().to_pybytes()).decode("ascii")


def _type_of(text: str) -> Any:
    import pyarrow as pa

    return pa.ipc.read_schema(pa.BufferReader(base64.b64decode(text))).field(0).type


def _time_type(dtype: Any) -> str:
    """Return NumPy's type of times: ``M8[ns]`` for ``datetime64[ns, UTC]``."""
    return f"{'m8' if dtype.kind == 'm' else 'M8'}[{getattr(dtype, 'unit', None) or _unit(dtype)}]"


def _unit(dtype: Any) -> str:
    import numpy as np

    return str(np.datetime_data(dtype)[0])


def _decode_numpy(found: Any, words: Words) -> Any:
    import numpy as np

    return found.to_numpy(zero_copy_only=False).astype(np.dtype(words["dtype"]), copy=True)


def _decode_raw(found: Any, words: Words) -> Any:
    import numpy as np

    return np.frombuffer(b"".join(found.to_pylist()), dtype=np.dtype(words["dtype"])).copy()


def _decode_object(found: Any, _: Words) -> Any:
    return _objects(found.to_pylist())


def _decode_tagged(found: Any, _: Words) -> Any:
    return _objects([from_text(text) for text in found.to_pylist()])


def _decode_times(found: Any, words: Words) -> Any:
    import pandas as pd

    dtype: Any = pd.api.types.pandas_dtype(words["dtype"])
    inner = decode_column(found, words["inner"])
    if isinstance(dtype, pd.DatetimeTZDtype):
        return pd.DatetimeIndex(inner).tz_localize("UTC").tz_convert(dtype.tz).array
    return pd.Series(inner).array


def _decode_period(found: Any, words: Words) -> Any:
    import pandas as pd

    dtype: Any = pd.api.types.pandas_dtype(words["dtype"])
    return pd.arrays.PeriodArray(found.to_numpy(zero_copy_only=False).copy(), dtype=dtype)


def _decode_interval(found: Any, words: Words) -> Any:
    import pandas as pd

    left, right = (
        pd.Index(decode_column(_field(found, side), words[side])) for side in ("left", "right")
    )
    return pd.arrays.IntervalArray.from_arrays(left, right, closed=words["closed"])


def _decode_category(found: Any, words: Words) -> Any:
    import pandas as pd

    packed = unpack(words["categories"])
    categories = pd.Index(packed, dtype=object if packed.dtype == object else None)
    dtype: Any = pd.CategoricalDtype(categories, ordered=words["ordered"])
    return pd.Categorical.from_codes(found.to_numpy(zero_copy_only=False), dtype=dtype)


def _decode_sparse(found: Any, words: Words) -> Any:
    import pandas as pd

    dtype: Any = pd.SparseDtype(words["subtype"], untagged(words["fill"]))
    return pd.arrays.SparseArray(decode_column(found, words["inner"]), dtype=dtype)


def _decode_string(found: Any, words: Words) -> Any:
    import numpy as np
    import pandas as pd

    missing = pd.NA if words["missing"] == "NA" else np.nan
    if words["inner"] is None:
        text: Any = pd.StringDtype(na_value=missing)
        return text.__from_arrow__(found)
    # Arrow's own storage refuses what is no UTF-8, so pandas keeps these itself.
    text = pd.StringDtype("python", na_value=missing)
    return pd.array(list(decode_column(found, words["inner"])), dtype=text)


def _decode_masked(found: Any, words: Words) -> Any:
    import pandas as pd

    dtype: Any = pd.api.types.pandas_dtype(words["dtype"])
    return dtype.__from_arrow__(found)


def _decode_arrow(found: Any, words: Words) -> Any:
    import pandas as pd

    wanted = _type_of(words["type"])
    # Types that differ in the names of inner fields are "equal", so their text is compared.
    is_same = str(found.type) == str(wanted)
    return pd.arrays.ArrowExtensionArray(found if is_same else found.cast(wanted))


_DECODERS: dict[str, Callable[[Any, Words], Any]] = {
    "numpy": _decode_numpy,
    "raw": _decode_raw,
    "object": _decode_object,
    "tagged": _decode_tagged,
    "times": _decode_times,
    "period": _decode_period,
    "interval": _decode_interval,
    "category": _decode_category,
    "sparse": _decode_sparse,
    "string": _decode_string,
    "masked": _decode_masked,
    "arrow": _decode_arrow,
}
