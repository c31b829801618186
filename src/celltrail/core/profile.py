"""Profiles: what each column of a frame holds, in a few numbers.

Rules, the same for every type:

- NaN, None, NaT and NA are nulls. `count` and `nulls` add up to the rows.
- Infinities are counted in `infinite` and left out of min, max, mean, std and
  quantiles, so every number is finite and JSON.
- `count`, `nulls`, `infinite`, `min`, `max`, `mean` and `std` (n - 1 below the
  line) look at all rows. Distinct values, top values and quantiles look at no
  more than `max_rows` rows, evenly spaced, and `sampled_rows` says how many.
- A dates' mean, quantiles, min and max are ISO text, its std is in seconds;
  durations are in seconds throughout; of booleans the mean is the share of True.
- What does not apply is absent.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

from celltrail.core import digest_types as types
from celltrail.core.digest_frames import dtype_text, label_text
from celltrail.core.digest_libraries import register_library
from celltrail.core.digest_walk import TABLE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]

QUANTILES = 21  # 0, 0.05, … 1
TOP_VALUES = 10
_TEXT_CHARACTERS = 100
_BLOCK_ROWS = 1 << 16
_LARGEST_EXACT = 1 << 53  # integers beyond are not exact as JSON numbers in every reader


def profile(data: object, *, max_rows: int = 10_000) -> dict[str, object]:
    """Counts, extremes, moments, distinct values and quantiles of each column.

    Parameters
    ----------
    data : DataFrame, Series, ndarray, Arrow table or polars frame
        Arrays of two dimensions have a column per position along the second.
    max_rows : int
        Rows looked at for distinct values, top values and quantiles.

    Returns
    -------
    dict of str to object
        ``rows``, ``columns`` (a list of dicts) and ``sampled_rows`` when that
        is fewer than all. A column whose type is not understood has its name,
        type and what could be counted. ``{"rows": None, "columns": [],
        "reason": ...}`` for what is no table.

    Notes
    -----
    Distinct values of a sample of r out of n rows are estimated by the GEE
    of Charikar et al. (2000, "Towards estimation error guarantees for distinct
    values"): sqrt(n / r) f1 + (d - f1), with d values seen, f1 of them once.
    Its ratio error can reach sqrt(n / r), and an evenly spaced sample of
    periodic data can mislead it.

    Examples
    --------
    >>> import numpy as np
    >>> column = profile(np.array([1.0, 2.0, np.nan]))["columns"][0]
    >>> column["count"], column["nulls"], column["mean"]
    (2, 1, 1.5)
    """
    try:
        rows, columns = _columns(data)
    except Exception as error:
        reason = f"no profile of {types.short_name(type(data))}: {type(error).__name__}"
        return {"rows": None, "columns": [], "reason": reason}
    found: dict[str, object] = {
        "rows": rows,
        "columns": [_column(*one, max_rows=max(2, max_rows)) for one in columns],
    }
    if rows > max_rows:
        found["sampled_rows"] = max(2, max_rows)
    return found


def _column(name: str, dtype: str, values: Any, *, max_rows: int) -> dict[str, object]:
    facts: dict[str, object] = {"name": name, "dtype": dtype}
    try:
        facts.update(_facts(values, max_rows))
    except Exception as error:
        facts["reason"] = f"not understood: {type(error).__name__}"
    return facts


def _columns(data: Any) -> tuple[int, Iterator[tuple[str, str, Any]]]:
    """Rows, and name, type and values of each column."""
    for library in ("numpy", "pandas", "pyarrow", "polars"):
        register_library(library)
    ndarray = types.loaded("numpy").get("ndarray")
    if ndarray is not None and types.inherits(type(data), ndarray):
        return _array_columns(data)
    entry = TABLE.get(id(type(data)))
    root = "" if entry is None else types.module_name(type(data)).partition(".")[0]
    if root == "pyarrow" and entry is not None and entry.kind == "frame":
        columns = zip(data.schema.names, data.schema.types, data.columns, strict=True)
        return data.num_rows, ((name, str(of), column) for name, of, column in columns)
    if root == "pyarrow":
        return len(data), iter([("0", str(data.type), data)])
    if root == "polars":
        many = data.get_columns() if entry is not None and entry.kind == "frame" else [data]
        return len(data), ((one.name, str(one.dtype), one.to_arrow()) for one in many)
    # Frames and Series of pandas, and subclasses of theirs, have a manager; nothing else has.
    manager = types.instance_state(data)["_mgr"]
    if len(manager.axes) == 1:
        values = manager.blocks[0].values
        label = types.instance_state(data).get("_name")
        return len(values), iter([(label_text(label), dtype_text(values.dtype), values)])
    return len(manager.axes[1]), _frame_columns(manager)


def _frame_columns(manager: Any) -> Iterator[tuple[str, str, Any]]:
    for at, label in enumerate(manager.axes[0]):
        values = manager.blocks[manager.blknos[at]].values
        if values.ndim == 2:
            values = values[int(manager.blklocs[at])]
        yield label_text(label), dtype_text(values.dtype), values


def _array_columns(data: Any) -> tuple[int, Iterator[tuple[str, str, Any]]]:
    import numpy as np

    plain = data if type(data) is np.ndarray else np.ndarray.view(data, np.ndarray)
    names = plain.dtype.names
    if names is not None and plain.ndim == 1:
        return len(plain), ((one, str(plain.dtype[one]), plain[one]) for one in names)
    if plain.ndim == 0:
        plain = plain.reshape(1)
    if plain.ndim == 1:
        return len(plain), iter([("0", str(plain.dtype), plain)])
    if plain.ndim == 2:
        dtype = str(plain.dtype)
        return len(plain), ((str(at), dtype, plain[:, at]) for at in range(plain.shape[1]))
    raise TypeError("more than two dimensions")


def _facts(values: Any, max_rows: int) -> dict[str, object]:
    """Facts about one column, by what holds it."""
    import numpy as np

    name = types.qualname(type(values))
    if name == "ChunkedArray" or types.module_name(type(values)).startswith("pyarrow"):
        return _arrow_facts(values, max_rows)
    if name.startswith("Arrow"):
        return _arrow_facts(values._pa_array, max_rows)
    if name in ("IntegerArray", "FloatingArray", "BooleanArray"):
        keep = ~values._mask
        kept = values._data if keep.all() else values._data[keep]
        return _plain_facts(kept, len(keep) - len(kept), max_rows)
    if name == "Categorical":
        return _category_facts(values)
    if name.startswith("StringArray") or name == "NumpyExtensionArray":
        return _plain_facts(values._ndarray, 0, max_rows)
    if name in ("DatetimeArray", "TimedeltaArray"):
        return _plain_facts(values._ndarray, 0, max_rows)
    if type(values) is np.ndarray:
        return _plain_facts(values, 0, max_rows)
    if name == "SparseArray":
        return _plain_facts(np.asarray(values), 0, max_rows)
    missing = np.asarray(values.isna())  # periods and intervals
    return {"count": int((~missing).sum()), "nulls": int(missing.sum())}


def _plain_facts(values: Array, nulls: int, max_rows: int) -> dict[str, object]:
    """Facts about a NumPy array; `nulls` have been taken out of it already."""
    import numpy as np

    kind = values.dtype.kind
    if kind == "O":
        return _object_facts(values, nulls, max_rows)
    if kind in "US":
        texts = [one if type(one) is str else one.decode("latin-1") for one in values.tolist()]
        return {"count": len(texts), "nulls": nulls} | _text_facts(texts, max_rows)
    if kind in "mM":
        keep = ~np.isnat(values)
        kept = values if keep.all() else values[keep]
        counts: dict[str, object] = {
            "count": len(kept),
            "nulls": nulls + len(values) - len(kept),
        }
        return counts | _time_facts(kept, max_rows)
    if kind == "c":
        missing = int(np.isnan(values).sum())
        return {"count": len(values) - missing, "nulls": nulls + missing}
    if kind not in "biuf":
        return {"count": len(values), "nulls": nulls}
    counts = {"count": len(values), "nulls": nulls}
    if kind == "f":
        finite = np.isfinite(values)
        if not finite.all():
            missing = int(np.isnan(values).sum())
            infinite = len(values) - missing - int(finite.sum())
            counts = {"count": len(values) - missing, "nulls": nulls + missing}
            if infinite:
                counts["infinite"] = infinite
            values = values[finite]
    return counts | _number_facts(values, max_rows)


def _number_facts(values: Array, max_rows: int) -> dict[str, object]:
    """Facts about finite numbers or booleans without nulls, (n,)."""
    import numpy as np

    if not len(values):
        return {"distinct": 0, "exact": True}
    low, high = values.min().item(), values.max().item()
    mean, std = _moments(values)
    facts: dict[str, object] = {"min": _number(low), "max": _number(high), "mean": mean}
    if std is not None:
        facts["std"] = std
    sample = _evenly(values, max_rows)
    unique, counts = np.unique(sample, return_counts=True)
    facts |= _distinct(counts.tolist(), len(sample), len(values))
    if values.dtype.kind == "b" and low != high:
        facts |= {"distinct": 2, "exact": True}
    most = np.argsort(-counts, kind="stable")[:TOP_VALUES]  # ties in the order of the values
    facts["top"] = _top([_number(one) for one in unique[most].tolist()], counts[most].tolist())
    if values.dtype.kind != "b":
        with np.errstate(all="ignore"):
            shares = np.linspace(0, 1, QUANTILES)
            points = np.quantile(sample.astype(np.float64), shares).tolist()
        points[0], points[-1] = float(low), float(high)
        facts["quantiles"] = [_number(one) for one in points]
    return facts


def _moments(values: Array) -> tuple[float | None, float | None]:
    """Mean and standard deviation (n - 1) in two passes over blocks."""
    import numpy as np

    number = len(values)
    blocks = [values[at : at + _BLOCK_ROWS] for at in range(0, number, _BLOCK_ROWS)]
    with np.errstate(all="ignore"):
        mean = math.fsum(float(one.sum(dtype=np.float64)) for one in blocks) / number
        if not math.isfinite(mean):  # the sum overflows
            return None, None
        squares = 0.0
        for block in blocks:
            away = block.astype(np.float64) - mean
            squares += float(np.dot(away, away))
    if number < 2 or not math.isfinite(squares):
        return mean, None
    return mean, math.sqrt(squares / (number - 1))


def _time_facts(values: Array, max_rows: int) -> dict[str, object]:
    """Facts about dates or durations without NaT, (n,)."""
    import numpy as np

    if not len(values):
        return {"distinct": 0, "exact": True}
    unit, step = np.datetime_data(values.dtype)
    ticks = values.view("i8") if values.flags.c_contiguous else values.copy().view("i8")
    base = int(ticks[0])
    # Around the first value: nanoseconds since 1970 do not fit a double.
    facts = _number_facts(ticks, max_rows)
    mean, std = _moments(ticks - base)
    facts["mean"] = base + mean if mean is not None else None
    second = _seconds(unit, step)
    if std is not None and second is not None:
        facts["std"] = std * second
    dates = values.dtype.kind == "M"

    def show(tick: Any) -> object:
        if tick is None:
            return None
        if not dates:
            return float(tick) * second if second is not None else float(tick)
        return str(np.datetime64(round(tick), cast("Any", (unit, step))))

    whole = {"min": int(ticks.min()), "max": int(ticks.max())}
    facts |= {"min": show(whole["min"]), "max": show(whole["max"])}
    facts["mean"] = show(base + round(mean)) if mean is not None else None
    sample = _evenly(ticks, max_rows)
    unique, counts = np.unique(sample, return_counts=True)
    facts["top"] = _top([show(one) for one in unique.tolist()], counts.tolist())
    points = np.quantile(
        sample, np.linspace(0, 1, QUANTILES), method="closest_observation"
    ).tolist()
    points[0], points[-1] = whole["min"], whole["max"]
    facts["quantiles"] = [show(one) for one in points]
    return facts


def _seconds(unit: str, step: int) -> float | None:
    """Seconds in one tick; None for months and years."""
    sizes = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "D": 86400.0,
             "W": 604800.0}  # fmt: skip
    return sizes[unit] * step if unit in sizes else None


def _category_facts(values: Any) -> dict[str, object]:
    """Facts about a categorical, exact: codes are counted over all rows."""
    import numpy as np

    categories, codes = values.dtype.categories, values._codes
    found = np.bincount(codes.astype(np.int64) + 1, minlength=len(categories) + 1)
    nulls, counts = int(found[0]), found[1:]
    used = np.flatnonzero(counts)
    facts: dict[str, object] = {
        "count": len(codes) - nulls,
        "nulls": nulls,
        "distinct": len(used),
        "exact": True,
    }
    shown = {int(at): _shown(categories[int(at)]) for at in _largest(counts, used)}
    facts["top"] = _top(list(shown.values()), [int(counts[at]) for at in shown])
    if values.dtype.ordered and len(used):
        facts |= {
            "min": _shown(categories[int(used[0])]),
            "max": _shown(categories[int(used[-1])]),
        }
    return facts


def _largest(counts: Array, used: Array) -> list[int]:
    import numpy as np

    order = used[np.argsort(-counts[used], kind="stable")]
    return [int(at) for at in order[:TOP_VALUES]]


def _object_facts(values: Array, nulls: int, max_rows: int) -> dict[str, object]:
    """Facts about Python objects; only plain values are compared or hashed."""
    cells = values.reshape(-1).tolist()
    kept = [one for one in cells if not _is_null(one)]
    facts: dict[str, object] = {"count": len(kept), "nulls": nulls + len(cells) - len(kept)}
    kinds = {id(type(one)) for one in kept}
    if not kept:
        return facts | {"distinct": 0, "exact": True}
    if kinds == {id(str)}:
        return facts | _text_facts(kept, max_rows)
    if kinds <= {id(int), id(float), id(bool)}:
        import numpy as np

        numbers = np.array([float(one) for one in kept])
        finite = np.isfinite(numbers)
        if not finite.all():
            facts["infinite"] = int((~finite).sum())
        return facts | _number_facts(numbers[finite], max_rows)
    return facts


def _is_null(cell: object) -> bool:
    if cell is None:
        return True
    if type(cell) is float:
        return cell != cell
    cls = type(cell)
    if id(cls) in TABLE and types.qualname(cls) in ("NaTType", "NAType"):
        return True
    return id(cls) in TABLE and types.qualname(cls) == "float64" and cell != cell


def _text_facts(texts: list[str], max_rows: int) -> dict[str, object]:
    """Facts about strings without nulls."""
    if not texts:
        return {"distinct": 0, "exact": True}
    lengths = list(map(len, texts))
    facts: dict[str, object] = {
        "min": min(texts)[:_TEXT_CHARACTERS],
        "max": max(texts)[:_TEXT_CHARACTERS],
        "min_length": min(lengths),
        "max_length": max(lengths),
    }
    sample = [texts[at] for at in _positions(len(texts), max_rows)]
    return facts | _counted(sample, len(texts))


def _counted(sample: list[str], rows: int) -> dict[str, object]:
    counts: dict[str, int] = {}
    for one in sample:
        counts[one] = counts.get(one, 0) + 1
    names = sorted(counts)
    facts = _distinct(list(counts.values()), len(sample), rows)
    facts["top"] = _top([one[:_TEXT_CHARACTERS] for one in names], [counts[one] for one in names])
    return facts


def _arrow_facts(values: Any, max_rows: int) -> dict[str, object]:
    """Facts about an Arrow column; text is not turned into Python strings but for the sample."""
    import numpy as np
    import pyarrow as pa
    from pyarrow import compute

    of, nulls = values.type, int(values.null_count)
    is_ = pa.types
    if is_.is_dictionary(of):
        return _arrow_facts(values.cast(of.value_type), max_rows)
    facts: dict[str, object] = {"count": len(values) - nulls, "nulls": nulls}
    if is_.is_string(of) or is_.is_large_string(of) or is_.is_string_view(of):
        kept = values.drop_null() if nulls else values
        if not len(kept):
            return facts | {"distinct": 0, "exact": True}
        if is_.is_string_view(of):
            kept = kept.cast(pa.large_string())
        ends, lengths = compute.min_max(kept).as_py(), compute.min_max(compute.utf8_length(kept))
        facts |= {"min": ends["min"][:_TEXT_CHARACTERS], "max": ends["max"][:_TEXT_CHARACTERS]}
        facts |= {"min_length": lengths["min"].as_py(), "max_length": lengths["max"].as_py()}
        sample = kept.take(pa.array(_positions(len(kept), max_rows))).to_pylist()
        return facts | _counted(sample, len(kept))
    if is_.is_decimal(of):
        values, of = values.cast(pa.float64()), pa.float64()
    if is_.is_date(of):
        values, of = values.cast(pa.timestamp("s")), pa.timestamp("s")
    if is_.is_integer(of) or is_.is_floating(of) or is_.is_boolean(of) or is_.is_temporal(of):
        kept = values.drop_null() if nulls else values
        plain = np.asarray(
            kept.to_numpy() if isinstance(kept, pa.ChunkedArray) else kept.to_numpy(False)
        )
        if plain.dtype.kind != "O":
            return _plain_facts(plain, nulls, max_rows)
    return facts


def _positions(number: int, wanted: int) -> list[int]:
    if number <= wanted:
        return list(range(number))
    return [at * (number - 1) // (wanted - 1) for at in range(wanted)]


def _evenly(values: Array, max_rows: int) -> Array:
    return values if len(values) <= max_rows else values[_positions(len(values), max_rows)]


def _distinct(counts: list[int], sampled: int, rows: int) -> dict[str, object]:
    """Number of distinct values, exact when every row was looked at."""
    if sampled >= rows:
        return {"distinct": len(counts), "exact": True}
    once = counts.count(1)
    estimate = math.sqrt(rows / sampled) * once + (len(counts) - once)
    return {"distinct": min(rows, round(estimate)), "exact": False}


def _top(values: list[Any], counts: list[int]) -> list[list[object]]:
    """Most frequent values with their counts; ties in the order of the values."""
    order = sorted(range(len(values)), key=lambda at: -counts[at])[:TOP_VALUES]
    return [[values[at], counts[at]] for at in order]


def _number(value: Any) -> object:
    """A number for JSON: integers too long for a double as text."""
    if type(value) is int and abs(value) > _LARGEST_EXACT:
        return str(value)
    return value


def _shown(value: Any) -> object:
    if type(value) in (bool, str):
        return value[:_TEXT_CHARACTERS] if type(value) is str else value
    if type(value) is int or (type(value) is float and math.isfinite(value)):
        return _number(value)
    return label_text(value)[:_TEXT_CHARACTERS]
