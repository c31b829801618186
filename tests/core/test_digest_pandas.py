"""Equal digests mean equal frames, by pandas' own strict comparison."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from celltrail.core.digest import digest, digest_report

WORDS = st.sampled_from(["", "a", "b", "ab", "é", "日本", "a\x00b", "nan", "None"])
FLOATS = st.sampled_from([0.0, 1.0, 1.5, float("nan"), float("inf"), float("-inf"), 1e30])
INTEGERS = st.sampled_from([0, 1, 2, -1, 127])


def equal(left: pd.DataFrame, right: pd.DataFrame) -> bool:
    """The oracle."""
    try:
        assert_frame_equal(left, right, check_exact=True, check_index_type="equiv")
    except AssertionError:
        return False
    return True


@st.composite
def column(draw: Any, rows: int) -> Any:
    """A column of one of the types, from few values so that equal ones meet."""
    kind = draw(st.integers(0, 15))
    floats = draw(st.lists(FLOATS, min_size=rows, max_size=rows))
    whole = draw(st.lists(INTEGERS, min_size=rows, max_size=rows))
    words = draw(st.lists(WORDS, min_size=rows, max_size=rows))
    holes = draw(st.lists(st.booleans(), min_size=rows, max_size=rows))
    gappy = [None if hole else word for hole, word in zip(holes, words, strict=True)]
    numbers = [None if hole else one for hole, one in zip(holes, whole, strict=True)]
    days = [pd.NaT if hole else pd.Timestamp(2020, 1, 1 + one % 28)
            for hole, one in zip(holes, whole, strict=True)]  # fmt: skip
    return [
        lambda: pd.Series(floats, dtype="float64"),
        lambda: pd.Series(floats, dtype="float32"),
        lambda: pd.Series(whole, dtype="int64"),
        lambda: pd.Series(whole, dtype="int8"),
        lambda: pd.Series([one > 0 for one in whole], dtype="bool"),
        lambda: pd.Series(gappy, dtype="str"),
        lambda: pd.Series(gappy, dtype="string"),
        lambda: pd.Series(words, dtype=object),
        lambda: pd.Series(numbers, dtype="Int64"),
        lambda: pd.Series(numbers, dtype="Float64"),
        lambda: pd.Series(days, dtype="datetime64[ns]"),
        lambda: pd.Series(days, dtype="datetime64[s]"),
        lambda: pd.Series(days, dtype="datetime64[ns, Europe/Berlin]"),
        lambda: pd.Series(pd.Categorical(gappy, categories=sorted(set(words)))),
        lambda: pd.Series(numbers, dtype="int64[pyarrow]"),
        lambda: pd.Series(whole, dtype="complex128"),
    ][kind]()


@st.composite
def frame(draw: Any) -> pd.DataFrame:
    """A small frame with one of several kinds of index and labels."""
    rows, columns = draw(st.integers(0, 3)), draw(st.integers(0, 2))
    parts = [draw(column(rows)) for _ in range(columns)]
    made = pd.concat(parts, axis=1) if parts else pd.DataFrame(index=pd.RangeIndex(rows))
    made.columns = [draw(st.sampled_from(["a", "b"])) for _ in parts] if parts else pd.Index([])
    index = draw(st.integers(0, 5))
    if index == 1:
        made.index = pd.Index(range(rows), dtype="int64")
    elif index == 2:
        made.index = pd.Index([draw(WORDS) for _ in range(rows)], dtype="str")
    elif index == 3:
        made.index = pd.date_range("2020", periods=rows)
    elif index == 4:
        made.index = pd.MultiIndex.from_arrays([["x"] * rows, list(range(rows))])
    elif index == 5:
        made.index = pd.RangeIndex(0, rows * 2, 2, name=draw(st.sampled_from([None, "n"])))
    return made


@settings(max_examples=400, deadline=None)
@given(frame(), frame())
def test_digests_of_two_frames_are_equal_exactly_when_pandas_says_so(
    left: pd.DataFrame, right: pd.DataFrame
) -> None:
    assert (digest(left) == digest(right)) is equal(left, right)


@settings(max_examples=200, deadline=None)
@given(frame(), st.integers(0, 6))
def test_digest_follows_pandas_through_a_change(made: pd.DataFrame, change: int) -> None:
    other = made.copy()
    if change == 1:
        other = other.iloc[::-1]
    elif change == 2 and other.shape[1]:
        other = other.iloc[:, ::-1]
    elif change == 3:
        other.columns = [f"{label}" for label in other.columns] if other.shape[1] else other.columns
    elif change == 4:
        other = pd.concat([other.iloc[:1], other.iloc[1:]])
    elif change == 5:
        other = other.convert_dtypes()
    elif change == 6 and len(other) and other.shape[1]:
        other.iloc[0, 0] = other.iloc[-1, 0]

    assert (digest(made) == digest(other)) is equal(made, other)


def f(values: Any, dtype: Any = None, **more: Any) -> pd.DataFrame:
    return pd.DataFrame({"x": pd.Series(values, dtype=dtype)}, **more)


MUST_DIFFER = {
    "int64 and int32": (f([1], "int64"), f([1], "int32")),
    "int64 and bool": (f([1], "int64"), f([True], "bool")),
    "int64 and float64": (f([1], "int64"), f([1.0], "float64")),
    "int64 and Int64": (f([1], "int64"), f([1], "Int64")),
    "datetime and its integers": (f([5], "datetime64[ns]"), f([5], "int64")),
    "datetime and timedelta": (f([5], "datetime64[ns]"), f([5], "timedelta64[ns]")),
    "datetime units": (f(["2020"], "datetime64[ns]"), f(["2020"], "datetime64[s]")),
    "datetime with and without zone": (
        f(["2020"], "datetime64[ns]"), f(["2020"], "datetime64[ns, UTC]"),
    ),
    "str and category": (f(["a"], "str"), f(["a"], "category")),
    "str and object": (f(["a"], "str"), f(["a"], object)),
    "str and string": (f(["a"], "str"), f(["a"], "string")),
    "None and NaN in object": (f([None], object), f([np.nan], object)),
    "NaT and NaN in object": (f([pd.NaT], object), f([np.nan], object)),
    "NA and None in object": (f([pd.NA], object), f([None], object)),
    "1 and '1' in object": (f([1], object), f(["1"], object)),
    "1 and True in object": (f([1], object), f([True], object)),
    "list and tuple in object": (f([[1]], object), f([(1,)], object)),
    "renamed column": (f([1]), f([1]).rename(columns={"x": "y"})),
    "label 0 and '0'": (pd.DataFrame({0: [1]}), pd.DataFrame({"0": [1]})),
    "swapped columns": (
        pd.DataFrame({"a": [1], "b": [1]}), pd.DataFrame({"b": [1], "a": [1]}),
    ),
    "swapped values": (pd.DataFrame({"a": [1], "b": [2]}), pd.DataFrame({"a": [2], "b": [1]})),
    "string boundaries": (f(["ab", "c"], "str"), f(["a", "bc"], "str")),
    "empty and missing string": (f(["", "a"], "str"), f([None, "a"], "str")),
    "index values": (f([1]), f([1], None).set_axis([5])),
    "index name": (f([1]), f([1]).rename_axis("n")),
    "columns name": (f([1]), f([1]).rename_axis(columns="n")),
    "index frequency": (
        f([1, 2]).set_axis(pd.date_range("2020", periods=2)),
        f([1, 2]).set_axis(pd.DatetimeIndex(["2020-01-01", "2020-01-02"])),
    ),
    "category order": (
        f(pd.Categorical(["a"], ["a", "b"])), f(pd.Categorical(["a"], ["b", "a"])),
    ),
    "ordered category": (
        f(pd.Categorical(["a"])), f(pd.Categorical(["a"], ordered=True)),
    ),
    "unused category": (f(pd.Categorical(["a"])), f(pd.Categorical(["a"], ["a", "b"]))),
    "minus zero": (f([0.0]), f([-0.0])),
    "NaN and NA in Float64": (
        f(pd.arrays.FloatingArray(np.array([np.nan]), np.array([False]))), f([None], "Float64"),
    ),
    "closed side of intervals": (
        f(pd.interval_range(0, 2, closed="left")), f(pd.interval_range(0, 2)),
    ),
    "period frequency": (
        f(pd.period_range("2020", periods=1, freq="D")),
        f(pd.period_range("2020", periods=1, freq="h")),
    ),
    "zero rows, other type": (f([], "int64"), f([], "float64")),
    "no columns, other length": (pd.DataFrame(index=[0]), pd.DataFrame(index=[0, 1])),
    "duplicate names swapped": (
        pd.DataFrame([[1, 2]], columns=["a", "a"]), pd.DataFrame([[2, 1]], columns=["a", "a"]),
    ),
    "flags": (f([1]), f([1]).set_flags(allows_duplicate_labels=False)),
    "arrow int and int": (f([1], "int64[pyarrow]"), f([1], "int64")),
    "frame and series": (f([1]), f([1])["x"]),
}  # fmt: skip


@pytest.mark.parametrize("pair", MUST_DIFFER.values(), ids=MUST_DIFFER.keys())
def test_digests_differ(pair: tuple[Any, Any]) -> None:
    left, right = digest(pair[0]), digest(pair[1])

    assert left is not None
    assert right is not None
    assert left != right


def _sliced_arrow() -> pd.DataFrame:
    whole = pa.chunked_array([["zz", "a"], [], [None, "bb", "c"]], type=pa.string())
    return f(whole.slice(1).to_pandas().astype("str"))


def _other_nan() -> np.ndarray[Any, Any]:
    return np.array([0xFFF8000000000001, 0x7FF0000000000001], dtype=np.uint64).view(np.float64)


BASE = pd.DataFrame({"n": [1, 2, 3], "x": [0.5, np.nan, 2.0], "s": ["a", None, "é"]})
PYTHON_STR = pd.StringDtype("python", na_value=np.nan)
MUST_AGREE = {
    "copy": (BASE, BASE.copy()),
    "slice": (BASE, pd.concat([BASE, BASE]).iloc[:3]),
    "strided slice": (BASE, BASE.loc[[0, 0, 1, 1, 2, 2]].iloc[::2]),
    "concat": (BASE, pd.concat([BASE.iloc[:1], BASE.iloc[1:]])),
    "columns joined": (BASE, pd.concat([BASE[["n"]], BASE[["x", "s"]]], axis=1)),
    "csv": (BASE, pd.read_csv(io.StringIO(BASE.to_csv(index=False)))),
    "drop_duplicates": (BASE, pd.concat([BASE, BASE]).drop_duplicates()),
    "range and integers": (BASE, BASE.set_axis(pd.Index([0, 1, 2], dtype="int64"))),
    "row-major and column-major": (
        pd.DataFrame(np.arange(6.0).reshape(3, 2)),
        pd.DataFrame(np.asfortranarray(np.arange(6.0).reshape(3, 2))),
    ),
    "str with and without pyarrow": (f(["a", None], "str"), f(["a", None], PYTHON_STR)),
    "string with and without pyarrow": (
        f(["a", None], "string[pyarrow]"), f(["a", None], "string[python]"),
    ),
    "chunks and offsets": (f(["a", None, "bb", "c"], "str"), _sliced_arrow()),
    "NaN of any bits": (f([np.nan, np.nan]), f(_other_nan())),
    "NaN of any bits, float32": (
        f(np.array([np.nan], "f4")), f(np.array([0xFFC00001], "u4").view("f4")),
    ),
    "under the mask": (
        f(pd.arrays.IntegerArray(np.array([7, 2]), np.array([True, False]))),
        f(pd.arrays.IntegerArray(np.array([1, 2]), np.array([True, False]))),
    ),
    "levels in another order": (
        BASE.set_axis(pd.MultiIndex.from_tuples([("a", 1), ("b", 2), ("a", 2)])),
        BASE.set_axis(pd.MultiIndex(
            levels=[["b", "a", "z"], [2, 1]], codes=[[1, 0, 1], [1, 0, 0]])),
    ),
    "int64 and range categories": (
        f(pd.Categorical([0, 1], pd.RangeIndex(2))), f(pd.Categorical([0, 1], pd.Index([0, 1]))),
    ),
}  # fmt: skip


@pytest.mark.parametrize("pair", MUST_AGREE.values(), ids=MUST_AGREE.keys())
def test_digests_agree(pair: tuple[Any, Any]) -> None:
    assert digest(pair[0]) is not None
    assert digest(pair[0]) == digest(pair[1])


def test_parquet_round_trip_agrees() -> None:
    buffer = io.BytesIO()
    BASE.to_parquet(buffer)
    buffer.seek(0)

    assert digest(pd.read_parquet(buffer)) == digest(BASE)


@pytest.mark.parametrize("column", ["n", "x", "s", "o", "c"])
def test_a_change_in_row_10001_is_seen(column: str) -> None:
    rows = 20_000
    made = pd.DataFrame(
        {
            "n": np.arange(rows),
            "x": np.linspace(0, 1, rows),
            "s": [f"row {at}" for at in range(rows)],
            "o": pd.Series([f"row {at}" for at in range(rows)], dtype=object),
            "c": pd.Categorical(["a"] * rows, ["a", "b"]),
        }
    )
    before = digest_report(made)
    made.loc[10_001, column] = {"n": 7, "x": 0.5, "s": "new", "o": "new", "c": "b"}[column]
    after = digest_report(made)

    changed = [
        old.name
        for old, new in zip(before.columns, after.columns, strict=True)
        if old.digest != new.digest
    ]
    assert changed == [column]
    assert before.value != after.value
    assert before.schema == after.schema


def test_column_digests_ignore_names_and_schema_ignores_values() -> None:
    left = digest_report(pd.DataFrame({"a": [1, 2], "b": [1.0, 2.0]}))
    right = digest_report(pd.DataFrame({"c": [1, 2], "b": [5.0, 2.0]}))

    assert left.columns[0].digest == right.columns[0].digest
    assert left.columns[1].digest != right.columns[1].digest
    assert left.schema != right.schema
    assert [one.dtype for one in left.columns] == ["int64", "float64"]
    assert left.schema == digest_report(pd.DataFrame({"a": [9], "b": [9.0]})).schema


def test_tuple_labels_and_odd_labels_have_text() -> None:
    labels = pd.MultiIndex.from_tuples([("a", 1), ("b", 2)])
    report = digest_report(pd.DataFrame([[1, 2]], columns=labels))

    assert [one.name for one in report.columns] == ["(a, 1)", "(b, 2)"]


@pytest.mark.parametrize("rows", [1, 255, 4097, 70_001])
@pytest.mark.parametrize("columns", [2, 33, 70])
def test_row_major_frames_agree_with_column_major_ones(rows: int, columns: int) -> None:
    rows = rows if columns < 40 else min(rows, 5_000)
    values = np.random.default_rng(0).normal(size=(rows, columns))
    values[rows // 2, 1] = np.nan

    row_major = digest_report(pd.DataFrame(values))
    column_major = digest_report(pd.DataFrame({at: values[:, at] for at in range(columns)}))

    assert row_major.value == column_major.value


@pytest.mark.parametrize("missing", [False, True], ids=["full", "missing"])
@pytest.mark.parametrize("text", ["plain {}", "é {}", "\ud800 {}"], ids=["ascii", "wide", "lone"])
def test_text_digest_does_not_depend_on_the_way_to_it(
    text: str, missing: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells: list[Any] = [text.format(at) for at in range(1_000)]
    if missing:
        cells[5], cells[7] = None, float("nan")
    series = pd.Series(np.array(cells, dtype=object), dtype=object)
    with_arrow = digest(series)
    monkeypatch.setattr("celltrail.core.digest_text._ARROW_FROM", 10**9)

    assert digest(series) == with_arrow
    assert with_arrow is not None


def test_large_and_small_offsets_agree() -> None:
    small = pd.Series(["a", None, "bc"], dtype="str")
    other = small.copy()
    other.array._pa_array = pa.chunked_array([pa.array(["a", None, "bc"], pa.string())])

    assert digest(small) == digest(other)


def test_subclass_of_frame_is_read_without_its_methods() -> None:
    class Loud(pd.DataFrame):
        def __getattr__(self, name: str) -> Any:
            raise RuntimeError(name)

        @property
        def columns(self) -> Any:  # type: ignore[override]
            raise RuntimeError

    report = digest_report(Loud({"a": [1, 2]}))

    assert report.scope == "full"
    assert report.kind == "frame"
    assert report.value != digest(pd.DataFrame({"a": [1, 2]}))
