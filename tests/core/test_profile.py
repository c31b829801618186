"""Profiles; expected numbers by hand or from pandas and NumPy."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from celltrail.core.profile import profile


def only(data: Any, **more: Any) -> dict[str, Any]:
    """The single column of a profile, after a trip through JSON."""
    found: Any = json.loads(json.dumps(profile(data, **more), allow_nan=False))
    assert len(found["columns"]) == 1
    column: dict[str, Any] = found["columns"][0]
    assert "reason" not in column
    return column


def test_floats_by_hand() -> None:
    column = only(pd.Series([1.0, 2.0, 2.0, np.nan, np.inf], name="x"))

    assert column["name"] == "x"
    assert (column["count"], column["nulls"], column["infinite"]) == (4, 1, 1)
    assert (column["min"], column["max"]) == (1.0, 2.0)
    assert column["mean"] == pytest.approx(5 / 3)
    assert column["std"] == pytest.approx((1 / 3) ** 0.5)
    assert (column["distinct"], column["exact"]) == (2, True)
    assert column["top"] == [[2.0, 2], [1.0, 1]]
    assert column["quantiles"][0] == 1.0
    assert column["quantiles"][10] == 2.0
    assert len(column["quantiles"]) == 21


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6) | st.just(float("nan")), max_size=30))
def test_floats_agree_with_pandas(numbers: list[float]) -> None:
    series = pd.Series(numbers, dtype="float64")
    column = only(series)

    assert column["count"] == series.count()
    assert column["distinct"] == series.nunique()
    if series.count():
        assert column["min"] == series.min()
        assert column["max"] == series.max()
        assert column["mean"] == pytest.approx(series.mean(), abs=1e-6)
    if series.count() > 1:
        assert column["std"] == pytest.approx(series.std(), rel=1e-6, abs=1e-6)
        expected = series.dropna().quantile(np.linspace(0, 1, 21)).tolist()
        assert column["quantiles"] == pytest.approx(expected)


@pytest.mark.parametrize("dtype", ["int64", "Int64", "int64[pyarrow]", "float32", object])
def test_numbers_in_any_holder_say_the_same(dtype: Any) -> None:
    column = only(pd.Series([3, 1, 2, 2], dtype=dtype))

    assert (column["count"], column["nulls"]) == (4, 0)
    assert (column["min"], column["max"], column["mean"]) == (1, 3, 2)
    assert column["top"][0] == [2, 2]


@pytest.mark.parametrize("dtype", ["str", "string", "string[python]", "string[pyarrow]", object])
def test_text_in_any_holder_says_the_same(dtype: Any) -> None:
    column = only(pd.Series(["b", None, "a", "b", "long"], dtype=dtype))

    assert (column["count"], column["nulls"]) == (4, 1)
    assert (column["min"], column["max"]) == ("a", "long")
    assert (column["min_length"], column["max_length"]) == (1, 4)
    assert (column["distinct"], column["exact"]) == (3, True)
    assert column["top"] == [["b", 2], ["a", 1], ["long", 1]]


def test_moments_look_at_all_rows_and_the_rest_at_a_sample() -> None:
    values = np.arange(100_000, dtype=np.int64)
    values[12_345] = -5_000_000
    whole: Any = profile(pd.DataFrame({"n": values}), max_rows=1_000)
    column = whole["columns"][0]

    assert whole["rows"] == 100_000
    assert whole["sampled_rows"] == 1_000
    assert column["min"] == -5_000_000
    assert column["mean"] == pytest.approx(values.mean())
    assert column["std"] == pytest.approx(values.std(ddof=1))
    assert column["exact"] is False
    # 1,000 values seen once each: sqrt(100) * 1,000.
    assert column["distinct"] == 10_000
    assert column["quantiles"][10] == pytest.approx(50_000, rel=0.01)


def test_few_values_in_a_large_column_are_estimated_well() -> None:
    column = only(np.arange(50_000) % 7, max_rows=1_000)

    assert (column["distinct"], column["exact"]) == (7, False)


def test_profile_is_the_same_twice() -> None:
    frame = pd.DataFrame({"x": np.random.default_rng(0).normal(size=30_000)})

    assert profile(frame) == profile(frame.copy())


def test_mean_of_large_numbers_near_each_other_is_exact() -> None:
    column = only(np.array([1e15 + 1, 1e15 + 2, 1e15 + 3]))

    assert column["mean"] == 1e15 + 2
    assert column["std"] == pytest.approx(1.0)


def test_dates_are_text_and_their_std_is_in_seconds() -> None:
    column = only(pd.Series(pd.to_datetime(["2020-01-01", None, "2020-01-03"])))

    assert (column["count"], column["nulls"]) == (2, 1)
    assert column["min"].startswith("2020-01-01")
    assert column["max"].startswith("2020-01-03")
    assert column["mean"].startswith("2020-01-02")
    assert column["std"] == pytest.approx(86_400 * 2**0.5)


def test_durations_are_seconds() -> None:
    column = only(pd.Series(pd.to_timedelta([60, 120], unit="s")))

    assert (column["min"], column["max"]) == (60, 120)
    assert column["quantiles"][-1] == 120


def test_booleans_have_a_share() -> None:
    column = only(np.array([True, False, True, True]))

    assert column["mean"] == 0.75
    assert column["distinct"] == 2
    assert "quantiles" not in column


def test_categories_are_counted_over_all_rows() -> None:
    values = pd.Categorical(["b", "a", "b", None], ["a", "b", "c"], ordered=True)
    column = only(pd.Series(values))

    assert (column["count"], column["nulls"], column["distinct"]) == (3, 1, 2)
    assert column["top"] == [["b", 2], ["a", 1]]
    assert (column["min"], column["max"]) == ("a", "b")


def test_unhashable_cells_are_counted_only() -> None:
    class Loud:
        def __eq__(self, other: object) -> bool:
            raise RuntimeError

        __hash__ = None  # type: ignore[assignment]

    column = only(pd.Series([[1], {2: 3}, None, Loud()], dtype=object))

    assert (column["count"], column["nulls"]) == (3, 1)
    assert "distinct" not in column


EMPTY = [
    pd.DataFrame({"x": pd.Series([], dtype=dtype)})
    for dtype in ("float64", "str", object, "datetime64[ns]", "category", "Int64", "bool")
]


@pytest.mark.parametrize("frame", EMPTY, ids=lambda one: str(one.dtypes.iloc[0]))
def test_no_rows(frame: pd.DataFrame) -> None:
    column = only(frame)

    assert (column["count"], column["nulls"]) == (0, 0)
    assert "mean" not in column


def test_one_row_has_no_deviation() -> None:
    column = only(np.array([5.0]))

    assert column["mean"] == 5.0
    assert "std" not in column


def test_all_missing() -> None:
    column = only(np.array([np.nan, np.nan]))

    assert (column["count"], column["nulls"], column["distinct"]) == (0, 2, 0)


def test_sum_that_overflows_has_no_mean() -> None:
    column = only(np.array([1.7e308, 1.7e308]))

    assert column["max"] == 1.7e308
    assert column["mean"] is None


ODD: dict[str, Any] = {
    "complex": np.array([1j]),
    "interval": pd.Series(pd.interval_range(0, 3)),
    "period": pd.Series(pd.period_range("2020", periods=3)),
    "sparse": pd.Series(pd.arrays.SparseArray([0.0, 1.0])),
    "time zone": pd.Series(pd.date_range("2020", periods=2, tz="UTC")),
    "big integers": np.array([2**63 - 1, 0]),
    "unsigned": np.array([2**64 - 1], dtype=np.uint64),
    "half": np.array([1, 2], dtype=np.float16),
    "structured": np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]),
    "matrix": np.eye(3),
    "bytes": np.array([b"a"]),
    "scalar": np.array(3),
    "arrow list": pa.table({"a": [[1], None]}),
    "arrow dates": pa.table({"a": pa.array([1, None], pa.date32())}),
    "arrow dictionary": pa.table({"a": pa.array(["x", "y"]).dictionary_encode()}),
    "polars": pl.DataFrame({"a": [1, None], "b": ["x", "y"]}),
    "duplicate names": pd.DataFrame([[1, 2]], columns=["a", "a"]),
    "no columns": pd.DataFrame(index=[1, 2]),
}


@pytest.mark.parametrize("data", ODD.values(), ids=ODD.keys())
def test_odd_types_give_json_without_trouble(data: Any) -> None:
    found: Any = profile(data)

    json.dumps(found, allow_nan=False)
    assert found["rows"] is not None
    for column in found["columns"]:
        assert "reason" not in column, column
        assert column["count"] + column["nulls"] == found["rows"]


@pytest.mark.parametrize("data", [None, 3, "text", object(), np.zeros((2, 2, 2)), [1, 2]])
def test_what_is_no_table_has_a_reason(data: Any) -> None:
    found = profile(data)

    assert found["rows"] is None
    assert found["reason"]
