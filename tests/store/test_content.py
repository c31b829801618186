"""What is kept comes back the same, or is refused with the reason."""

from __future__ import annotations

import datetime as dt
import decimal
import io
import uuid
from typing import Any

import hypothesis
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris, load_wine
from sklearn.linear_model import LinearRegression

from celltrail.core.digest import digest, digest_report
from celltrail.core.errors import UsageFault
from celltrail.store.content import decode, encode

DAYS = pd.date_range("2020-01-01", periods=3)
MIXED = [
    1, "1", 1.0, True, None, np.nan, pd.NaT, pd.NA, b"x", decimal.Decimal("1.10"), 2**80, 1 + 2j,
    dt.date(2020, 1, 1), dt.datetime(2020, 1, 1, tzinfo=dt.UTC), dt.time(1, 2), dt.timedelta(1),
    uuid.UUID(int=3), (1, 2), [1, [2]], {"a": 1}, {1: 2}, {"$": 1}, {2}, frozenset({1}), range(3),
    np.int8(3), np.datetime64("2020"), pd.Timestamp("2020", tz="Europe/Berlin"), float("inf"),
    pd.Timedelta("1s"), pd.Period("2020", freq="M"), pd.Interval(0, 1), "\ud800", bytearray(b"x"),
]  # fmt: skip


def back(obj: object) -> Any:
    encoded = encode(obj, digest_report(obj))
    return decode(encoded.data, encoded.format)


FRAMES = {
    "numbers": pd.DataFrame({"a": [1, 2], "b": [1.5, np.nan], "c": [True, False]}),
    "small numbers": pd.DataFrame({"a": np.array([1], "i1"), "b": np.array([1], "f2")}),
    "complex and long": pd.DataFrame({"a": np.array([1j]), "b": np.array([1], np.longdouble)}),
    "minus zero": pd.DataFrame({"a": [0.0, -0.0]}),
    "text": pd.DataFrame({"a": ["x", None], "b": pd.array(["x", None], dtype="string")}),
    "text that is no unicode": pd.DataFrame(
        {"a": pd.array(["\ud800", None], dtype=pd.StringDtype("python"))}
    ),
    "objects of one type": pd.DataFrame({"a": pd.Series(["x", None], dtype=object)}),
    "objects of all types": pd.DataFrame({"a": pd.Series(MIXED, dtype=object)}),
    "lists of one length": pd.DataFrame({"a": [[1, 2], [3, 4]]}),
    "dicts with other keys": pd.DataFrame({"a": [{"a": 1}, {"b": 2}]}),
    "decimals of other scales": pd.DataFrame({"a": [decimal.Decimal("1.0"), decimal.Decimal(1)]}),
    "dates": pd.DataFrame({"a": [dt.date(2020, 1, 1), None]}),
    "times": pd.DataFrame({"s": DAYS.as_unit("s"), "ns": DAYS.as_unit("ns")}),
    "missing times": pd.DataFrame({"a": pd.to_datetime(["2020", None])}),
    "zones": pd.DataFrame({"a": DAYS.tz_localize("Asia/Kolkata"), "b": DAYS.tz_localize("+05:30")}),
    "durations": pd.DataFrame({"a": pd.to_timedelta([1, None], unit="s")}),
    "periods": pd.DataFrame({"a": pd.array(["2020-01", None], dtype="period[M]")}),
    "intervals": pd.DataFrame({"a": pd.arrays.IntervalArray.from_tuples([(0, 1), (1, 2)])}),
    "categories": pd.DataFrame(
        {"a": pd.Categorical(["x", None], categories=["z", "x"], ordered=True)}
    ),
    "categories of numbers": pd.DataFrame({"a": pd.Categorical([3, 1])}),
    "bins": pd.DataFrame({"a": pd.cut([1, 2, 9], 3)}),
    "nullable": pd.DataFrame(
        {"a": pd.array([1, None], dtype="Int64"), "b": pd.array([None, True], dtype="boolean")}
    ),
    "arrow types": pd.DataFrame(
        {
            "a": pd.array([1, None], dtype="int64[pyarrow]"),
            "b": pd.array([pd.Timestamp("2020-01-01"), None], dtype="timestamp[s][pyarrow]"),
            "c": pd.array([[1], None], dtype=pd.ArrowDtype(pa.list_(pa.int8()))),
        }
    ),
    "sparse": pd.DataFrame({"a": pd.arrays.SparseArray([5, 5, 1], fill_value=5)}),
    "nothing": pd.DataFrame(),
    "no rows": pd.DataFrame({"a": pd.Series([], dtype="int64"), "b": pd.Series([], dtype=object)}),
    "no columns": pd.DataFrame(index=[3, 4]),
    "labels twice": pd.DataFrame([[1, 2.0]], columns=["a", "a"]),
    "labels of several types": pd.DataFrame([[1, 2, 3]], columns=[1, "1", (1, 2)]),
    "labels that are counted": pd.DataFrame(np.eye(2)),
    "labels in levels": pd.DataFrame(
        np.eye(4), columns=pd.MultiIndex.from_product([["a", "b"], [1, 2]], names=["x", None])
    ),
    "a label that is no unicode": pd.DataFrame([[1]], columns=pd.Index(["\ud800"], dtype=object)),
    "index of text": pd.DataFrame({"a": [1, 2]}, index=pd.Index(["x", "y"], name="k")),
    "index of objects": pd.DataFrame({"a": [1, 2]}, index=pd.Index(["x", "y"], dtype=object)),
    "index in levels": pd.DataFrame(
        {"a": range(6)}, index=pd.MultiIndex.from_product([["a", "b"], DAYS], names=["k", "t"])
    ),
    "index of days": pd.DataFrame({"a": range(3)}, index=DAYS.tz_localize("UTC")),
    "index of categories": pd.DataFrame({"a": [1, 2]}, index=pd.CategoricalIndex(["x", "y"])),
    "index twice": pd.DataFrame({"a": [1, 2]}, index=[1, 1]),
    "every third row": pd.DataFrame({"a": np.arange(9)})[::3],
    "labels that must differ": pd.DataFrame({"a": [1]}).set_flags(allows_duplicate_labels=False),
}


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
def test_a_frame_comes_back_the_same(frame: pd.DataFrame) -> None:
    found = back(frame)

    assert digest(found) == digest(frame)
    pd.testing.assert_frame_equal(found, frame, check_exact=True, check_freq=True)


@pytest.mark.parametrize("load", [load_iris, load_wine, load_breast_cancer, load_diabetes])
def test_bundled_data_comes_back_the_same(load: Any) -> None:
    frame, target = load(as_frame=True).frame, load(as_frame=True).target

    pd.testing.assert_frame_equal(back(frame), frame, check_exact=True)
    pd.testing.assert_series_equal(back(target), target, check_exact=True)


SERIES = {
    "a name that is a tuple": pd.Series([1, 2], name=("a", 1)),
    "no name": pd.Series(["a", None], index=[1.5, 2.5]),
    "no rows": pd.Series([], dtype="datetime64[ns]"),
}


@pytest.mark.parametrize("series", SERIES.values(), ids=SERIES)
def test_a_series_comes_back_the_same(series: Any) -> None:
    found = back(series)

    pd.testing.assert_series_equal(found, series, check_exact=True)
    assert type(found.name) is type(series.name)


ARRAYS = {
    "numbers": np.arange(3.0),
    "columns first": np.asfortranarray(np.arange(6).reshape(2, 3)),
    "three dimensions": np.zeros((2, 3, 4), dtype="c16"),
    "none": np.array(3),
    "no rows": np.empty((0, 3)),
    "other byte order": np.arange(3, dtype=">i4"),
    "records": np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]),
    "text": np.array(["a", "bb"]),
    "days": np.array(["2020"], dtype="M8[D]"),
    "objects": np.array([["a", None], [1, (2,)]], dtype=object),
}


@pytest.mark.parametrize("array", ARRAYS.values(), ids=ARRAYS)
def test_an_array_comes_back_the_same(array: Any) -> None:
    found = back(array)

    assert (found.dtype, found.shape) == (array.dtype, array.shape)
    np.testing.assert_array_equal(found, array)


OTHERS = {
    "arrow": pa.table({"a": [1, None], "t": pa.array([1, 2], pa.timestamp("s"))}),
    "polars": pl.DataFrame({"a": [1, None], "b": [[1], [2]], "c": [dt.date(2020, 1, 1), None]}),
    "polars series": pl.Series("s", [1.5, None]),
    "records": [{"a": 1, "b": 2.0}, {"a": None, "b": "x"}],
    "columns": {"a": [1, 2], "b": (1, 2), 3: {4}},
    "tuple": (1, "x", float("nan")),
}


@pytest.mark.parametrize("obj", OTHERS.values(), ids=OTHERS)
def test_other_data_comes_back_with_type_and_content(obj: Any) -> None:
    found = back(obj)

    assert type(found) is type(obj)
    assert digest(found) == digest(obj)


CELLS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.binary(), st.dates(),
    st.datetimes(timezones=st.sampled_from([dt.UTC])), st.timedeltas(),
    st.decimals(allow_nan=False), st.lists(st.integers(), max_size=2),
    st.tuples(st.text(max_size=2)),
)  # fmt: skip
DTYPES = st.one_of(
    hnp.integer_dtypes(endianness="<"),
    hnp.floating_dtypes(endianness="<", sizes=(32, 64)),
    hnp.boolean_dtypes(),
    st.sampled_from(["M8[ns]", "M8[s]", "m8[us]"]).map(np.dtype),
)


@st.composite
def frames(draw: Any) -> pd.DataFrame:
    rows = draw(st.integers(0, 5))
    columns = {}
    for n in range(draw(st.integers(0, 4))):
        if draw(st.booleans()):
            values = draw(hnp.arrays(draw(DTYPES), rows))
        else:
            values = draw(st.lists(CELLS, min_size=rows, max_size=rows))
            values = pd.Series(np.fromiter(values, dtype=object, count=rows), dtype=object)
        columns[n] = values
    frame = pd.DataFrame(columns, index=range(rows))
    labels = st.one_of(st.text(max_size=3), st.integers(0, 3), st.none())
    names = draw(st.lists(labels, min_size=len(columns), max_size=len(columns)))
    frame.columns = pd.Index(np.fromiter(names, dtype=object, count=len(names)), dtype=object)
    index = draw(st.lists(st.integers(-3, 3), min_size=rows, max_size=rows))
    frame.index = pd.Index(index, dtype="int64", name=draw(labels))
    return frame


@hypothesis.given(frames())
def test_any_frame_comes_back_the_same(frame: pd.DataFrame) -> None:
    found = back(frame)

    assert digest(found) == digest(frame)
    pd.testing.assert_frame_equal(found, frame, check_exact=True)


class Mine:
    pass


def torch_like() -> object:
    """An object of a class that is called as torch's is."""
    return type("Tensor", (), {"__module__": "torch"})()


REFUSED = {
    "a column of own objects": (
        pd.DataFrame({"ok": [1], "bad": pd.Series([Mine()], dtype=object)}),
        "column 'bad' holds a .*Mine",
        "leave it out",
    ),
    "an index of own objects": (
        pd.DataFrame({"ok": [1]}, index=pd.Index([Mine()], dtype=object)),
        "the index holds a",
        "nothing was written",
    ),
    "a model": (LinearRegression(), "LinearRegression cannot be kept .* pickle", "skops"),
    "an own object": (Mine(), "Mine cannot be kept .* pickle", "write it to a file"),
    "a function": (lambda: 1, "A function cannot be kept .* code", "returns"),
    "a class": (Mine, "A class cannot be kept", "data"),
    "an open file": (io.StringIO("a"), r"An open file \(.*StringIO\)", "%mlops snapshot PATH"),
    "a set": ({1, 2}, "A set cannot be kept", "sorted"),
    "a tensor": (torch_like(), "torch.Tensor cannot be kept", "numpy()"),
    "a number": (3.0, "A float cannot be kept .*: it is a single value", "log_param"),
    "a generator": ((n for n in ()), "generator cannot be kept", "a list"),
    "an index": (pd.Index([1]), "pandas.Index cannot be kept", "to_frame"),
    "a masked array": (np.ma.array([1]), "MaskedArray cannot be kept", "filled"),
    "a lazy frame": (pl.LazyFrame({"a": [1]}), "LazyFrame cannot be kept", "collect"),
    "frames in a dict": (
        {"train": pd.DataFrame({"a": [1]})},
        r"holds a pandas.DataFrame at \['train'\]",
        "each frame",
    ),
}


@pytest.mark.parametrize(("obj", "fact", "hint"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_kept_says_why_and_what_is_possible(
    obj: object, fact: str, hint: str
) -> None:
    with pytest.raises(UsageFault, match=fact) as fault:
        encode(obj, digest_report(obj))

    assert hint in str(fault.value.hint)


def test_a_list_that_holds_itself_is_refused() -> None:
    cyclic: list[Any] = []
    cyclic.append(cyclic)

    with pytest.raises(UsageFault, match="holds itself"):
        encode(cyclic, digest_report(cyclic))


def test_attrs_are_said_not_to_be_kept() -> None:
    frame = pd.DataFrame({"a": [1]})
    frame.attrs["unit"] = "cm"

    assert encode(frame, digest_report(frame)).notes == ("its attrs (unit) are not kept",)


def test_another_reader_of_parquet_sees_the_values() -> None:
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}, index=pd.Index([5, 6], name="k"))

    table = pa.parquet.read_table(pa.BufferReader(encode(frame, digest_report(frame)).data))

    assert table.to_pydict() == {"a": [1, 2], "b": ["x", "y"], "k": [5, 6]}


def test_bytes_of_another_format_are_refused() -> None:
    with pytest.raises(ValueError, match="none that this version knows"):
        decode(b"", "tape")
