"""Types of NumPy, pandas, Arrow, polars and SciPy, once they are imported.

Each library is looked up among the modules already loaded and never imported.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from xxhash import xxh3_128_digest

from celltrail.core import digest_types as types
from celltrail.core.digest_arrow import arrow_digest, polars_column
from celltrail.core.digest_buffers import array_digest, dtype_name, values_digest
from celltrail.core.digest_facts import Unreadable
from celltrail.core.digest_frames import (
    column_token,
    dtype_text,
    extension_digest,
    frame_facts,
    index_token,
    series_facts,
    table_facts,
)
from celltrail.core.digest_sample import (
    frame_sample,
    index_sample,
    series_sample,
    table_sample,
)
from celltrail.core.digest_walk import Walk, register, text_token

_done: set[str] = set()


def register_library(root: str) -> bool:
    """Register a library's types when it is imported; True when it was just done."""
    if root in _done or root not in _LIBRARIES:
        return False
    marker, add = _LIBRARIES[root]
    names = types.loaded(root)
    if marker not in names:  # not imported, or still importing
        return False
    add(names)
    if root != "numpy" or types.loaded("numpy.random"):  # which numpy imports when first used
        _done.add(root)
    return True


def raw_array(obj: Any) -> Any:
    """The plain ``ndarray`` over the same memory; no method of a subclass runs."""
    import numpy as np

    return obj if type(obj) is np.ndarray else np.ndarray.view(obj, np.ndarray)


def _array(walk: Walk, obj: Any) -> bytes:
    return array_digest(walk, raw_array(obj))


def _masked(walk: Walk, obj: Any) -> bytes:
    import numpy as np

    mask = types.instance_state(obj).get("_mask")
    data = raw_array(obj)
    if mask is None or mask is np.ma.nomask or not np.any(mask):
        return xxh3_128_digest(b"masked" + array_digest(walk, data))
    if mask.dtype.names is not None:
        raise Unreadable("a structured array with masks", "array")
    data = data.copy()
    data[mask] = np.zeros((), dtype=data.dtype) if data.dtype.kind != "O" else None
    return xxh3_128_digest(b"masked" + array_digest(walk, data) + array_digest(walk, mask))


def _numpy_scalar(walk: Walk, value: Any) -> bytes:
    import numpy as np

    return b"n" + text_token(dtype_name(value.dtype)) + values_digest(walk, np.asarray(value))


def _bit_generator(walk: Walk, value: Any) -> bytes:
    return xxh3_128_digest(b"bits" + walk.token(value.state))


def _numpy_generator(walk: Walk, value: Any) -> bytes:
    return xxh3_128_digest(b"Generator" + walk.token(value.bit_generator.state))


def _random_state(walk: Walk, value: Any) -> bytes:
    return xxh3_128_digest(b"RandomState" + walk.token(value.get_state(legacy=False)))


def _dtype(walk: Walk, value: Any) -> bytes:
    return b"k" + text_token(dtype_name(value))


def _ufunc(walk: Walk, value: Any) -> bytes:
    return xxh3_128_digest(b"ufunc" + text_token(value.__name__))


def _add_numpy(names: dict[str, Any]) -> None:
    for name in ("ndarray", "matrix", "memmap", "recarray"):
        register(names.get(name), "array", _array)
    register(types.loaded("numpy.ma").get("MaskedArray"), "array", _masked)
    for scalar in dict.fromkeys(names["sctypeDict"].values()):
        if scalar is not names["object_"]:
            register(scalar, "scalar", _numpy_scalar, scalar=True)
    register(names["ufunc"], "function", _ufunc)
    register(names["dtype"], "scalar", _dtype, scalar=True)
    for dtype in {type(names["dtype"](code)) for code in "?bhilqBHILQefdgFDGSUVOMm"}:
        register(dtype, "scalar", _dtype, scalar=True)
    random = types.loaded("numpy.random")
    register(random.get("Generator"), "generator", _numpy_generator)
    register(random.get("RandomState"), "generator", _random_state)
    for name in ("PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64"):
        register(random.get(name), "generator", _bit_generator)


def _frame(walk: Walk, frame: Any) -> bytes:
    state = types.instance_state(frame)
    if walk.sampled:
        return frame_sample(walk, state["_mgr"])
    facts = frame_facts(walk, state["_mgr"], duplicates_allowed=_duplicates(state))
    walk.note(facts)
    return facts.digest


def _series(walk: Walk, series: Any) -> bytes:
    state = types.instance_state(series)
    manager, name = state["_mgr"], state.get("_name")
    if walk.sampled:
        return series_sample(walk, manager, name)
    facts = series_facts(walk, manager, name, duplicates_allowed=_duplicates(state))
    walk.note(facts)
    return facts.digest


def _duplicates(state: dict[str, Any]) -> bool:
    flags = state.get("_flags")
    return flags is None or bool(flags.allows_duplicate_labels)


def _index(walk: Walk, index: Any) -> bytes:
    if walk.sampled:
        return index_sample(walk, index)
    return index_token(walk, index)


def _extension(walk: Walk, values: Any) -> bytes:
    return column_token("array " + dtype_text(values.dtype), extension_digest(walk, values))


def _timestamp(walk: Walk, value: Any) -> bytes:
    zone = b"N" if value.tz is None else text_token(str(value.tz))
    return b"ts%d;%d;" % (value.fold, value._value) + text_token(value.unit) + zone


def _pandas_delta(walk: Walk, value: Any) -> bytes:
    return b"td%d;" % value._value + text_token(value.unit)


def _period(walk: Walk, value: Any) -> bytes:
    return b"pe%d;" % value.ordinal + text_token(value.freqstr)


def _interval(walk: Walk, value: Any) -> bytes:
    edges = walk.token(value.left) + walk.token(value.right)
    return b"iv" + edges + text_token(value.closed)


def _add_pandas(names: dict[str, Any]) -> None:
    register_library("numpy")
    register(names["DataFrame"], "frame", _frame)
    register(names["Series"], "series", _series)
    for name in (
        "Index", "RangeIndex", "DatetimeIndex", "TimedeltaIndex", "PeriodIndex", "IntervalIndex",
        "CategoricalIndex", "MultiIndex",
    ):  # fmt: skip
        register(names[name], "index", _index)
    arrays = vars(names["arrays"])
    for name in names["arrays"].__all__:
        register(arrays[name], "array", _extension)
    register(names["Categorical"], "array", _extension)
    register(names["Timestamp"], "scalar", _timestamp, scalar=True)
    register(names["Timedelta"], "scalar", _pandas_delta, scalar=True)
    register(names["Period"], "scalar", _period, scalar=True)
    register(names["Interval"], "scalar", _interval, scalar=True)
    register(type(names["NaT"]), "scalar", lambda walk, value: b"NaT", scalar=True)
    register(type(names["NA"]), "scalar", lambda walk, value: b"NA", scalar=True)


def _table(library: str) -> Callable[[Walk, Any], bytes]:
    def read(walk: Walk, table: Any) -> bytes:
        if walk.sampled:
            return table_sample(walk, table, library)
        facts = table_facts(walk, table, library)
        walk.note(facts)
        return facts.digest

    return read


def _arrow_array(walk: Walk, values: Any) -> bytes:
    chunked = hasattr(values, "chunks")
    chunks = values.chunks if chunked else [values]
    holder = "arrow chunks " if chunked else "arrow "
    return column_token(holder + str(values.type), arrow_digest(walk, values.type, chunks))


def _add_arrow(names: dict[str, Any]) -> None:
    for name in ("Table", "RecordBatch"):
        register(names[name], "frame", _table("pyarrow"))
    register(names["ChunkedArray"], "series", _arrow_array)
    for value in names.values():
        if type(value) is type and types.inherits(value, names["Array"]):
            register(value, "array", _arrow_array)
        elif type(value) is type and types.inherits(value, names["DataType"]):
            register(value, "scalar", lambda walk, of: b"k" + text_token(str(of)), scalar=True)


def _polars_series(walk: Walk, series: Any) -> bytes:
    dtype, of, chunks = polars_column(series)
    inner = column_token("polars " + dtype, arrow_digest(walk, of, chunks))
    return xxh3_128_digest(b"polars series" + text_token(series.name) + inner)


def _add_polars(names: dict[str, Any]) -> None:
    register(names["DataFrame"], "frame", _table("polars"))
    register(names["Series"], "series", _polars_series)


# Arrays that make up each sparse format, in the order they are hashed.
_SPARSE_PARTS = {
    "csr": ("data", "indices", "indptr"),
    "csc": ("data", "indices", "indptr"),
    "bsr": ("data", "indices", "indptr"),
    "dia": ("data", "offsets"),
    "coo": ("data", "coords"),
    "lil": ("data", "rows"),
}


def _sparse(walk: Walk, matrix: Any) -> bytes:
    """Shape and parts as stored: the same values stored otherwise differ."""
    name, shape = types.qualname(type(matrix)), matrix.shape
    parts = [walk.token(getattr(matrix, part)) for part in _SPARSE_PARTS[matrix.format]]
    return xxh3_128_digest(b"sparse" + text_token(name) + walk.token(shape) + b"".join(parts))


def add_sparse() -> None:
    """Register the formats of ``scipy.sparse`` when it is imported."""
    names = types.loaded("scipy.sparse")
    for format_name in _SPARSE_PARTS:
        for ending in ("_array", "_matrix"):
            register(names.get(format_name + ending), "array", _sparse)


def _add_scipy(names: dict[str, Any]) -> None:
    add_sparse()


_LIBRARIES: dict[str, tuple[str, Callable[[dict[str, Any]], None]]] = {
    "numpy": ("sctypeDict", _add_numpy),
    "pandas": ("DataFrame", _add_pandas),
    "pyarrow": ("Table", _add_arrow),
    "polars": ("DataFrame", _add_polars),
    "scipy": ("__version__", _add_scipy),
}
