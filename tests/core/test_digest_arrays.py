"""Digests of arrays, Arrow, polars and sparse matrices, samples, costs and addresses."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis.extra import numpy as hnp
from scipy import sparse

from celltrail.core.digest import (
    digest,
    digest_report,
    estimate_seconds,
    memory_spans,
    sample_digest,
)

DTYPES = (
    hnp.integer_dtypes() | hnp.floating_dtypes() | hnp.complex_number_dtypes()
    | hnp.boolean_dtypes() | hnp.datetime64_dtypes() | hnp.timedelta64_dtypes()
    | hnp.unicode_string_dtypes() | hnp.byte_string_dtypes()
)  # fmt: skip
ARRAYS = DTYPES.flatmap(lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=0, min_side=0)))


@settings(max_examples=300, deadline=None)
@given(ARRAYS)
def test_layout_does_not_matter(values: np.ndarray[Any, Any]) -> None:
    expected = digest(values)
    padded = np.empty((*values.shape, 2), dtype=values.dtype)
    padded[..., 0] = values
    reversed_twice = values[::-1].copy()[::-1] if values.ndim else values

    assert expected is not None
    assert digest(values.copy(order="F")) == expected
    assert digest(padded[..., 0]) == expected
    assert digest(reversed_twice) == expected
    assert digest(values.copy()) == expected


@settings(max_examples=200, deadline=None)
@given(hnp.arrays(np.float64, 6), hnp.arrays(np.float64, 6))
def test_floats_agree_exactly_when_bits_do_but_for_nan(left: Any, right: Any) -> None:
    def bits(values: Any) -> list[bytes]:
        return [b"nan" if one != one else one.tobytes() for one in values]

    assert (digest(left) == digest(right)) is (bits(left) == bits(right))


def payload_nan(dtype: str, bits: int, at: int, size: int) -> np.ndarray[Any, Any]:
    values = np.ones(size, dtype=dtype)
    values.view(f"u{values.itemsize}")[at] = bits
    return values


@pytest.mark.parametrize("size", [1, 1_000, 300_000])
@pytest.mark.parametrize(
    ("dtype", "bits"), [("f2", 0xFE01), ("f4", 0xFFC00001), ("f8", 0xFFF8000000000001)]
)
def test_every_nan_is_the_same(dtype: str, bits: int, size: int) -> None:
    plain = np.ones(size, dtype=dtype)
    plain[-1] = np.nan

    assert digest(payload_nan(dtype, bits, size - 1, size)) == digest(plain)
    assert digest(plain) != digest(np.ones(size, dtype=dtype))


def test_long_doubles_ignore_their_padding() -> None:
    left = np.zeros(8, dtype=np.longdouble)
    right = np.frombuffer(bytearray(b"\xff" * left.nbytes), dtype=np.longdouble).copy()
    right[:] = 0

    assert digest(left) == digest(right) is not None
    assert digest(left) != digest(left + 1)


def test_structured_arrays_ignore_their_padding() -> None:
    dtype = np.dtype([("a", "i1"), ("b", "f8")], align=True)
    left = np.zeros(4, dtype)
    right = np.frombuffer(bytearray(b"\xff" * left.nbytes), dtype).copy()
    right["a"], right["b"] = 0, 0

    assert digest(left) == digest(right) is not None


ONES = np.arange(6)
DIFFERENT: dict[str, Any] = {
    "shape": ONES.reshape(2, 3), "other shape": ONES.reshape(3, 2), "flat": ONES,
    "int32": ONES.astype("i4"), "big endian": ONES.astype(">i8"), "float": ONES.astype("f8"),
    "unsigned": ONES.astype("u8"), "dates": ONES.view("M8[s]"), "other unit": ONES.view("M8[ms]"),
    "delta": ONES.view("m8[s]"), "object": ONES.astype(object), "complex": ONES.astype("c16"),
    "masked": np.ma.array(ONES, mask=ONES > 3), "masked other": np.ma.array(ONES, mask=ONES > 2),
    "no mask": np.ma.array(ONES), "zero rows": np.zeros((0, 2)), "zero columns": np.zeros((2, 0)),
    "scalar array": np.array(1), "scalar": np.int64(1), "float scalar": np.float64(1),
    "text": np.array(["a"]), "bytes": np.array([b"a"]), "wide text": np.array(["a"], "U2"),
    "string dtype": np.array(["a"], dtype=np.dtypes.StringDType()),
    "record": np.array([(1, 2)], dtype=[("a", "i8"), ("b", "i8")]),
    "record renamed": np.array([(1, 2)], dtype=[("a", "i8"), ("c", "i8")]),
    "matrix": np.asmatrix(ONES), "csr": sparse.csr_array(np.eye(2)),
    "csc": sparse.csc_array(np.eye(2)), "coo": sparse.coo_array(np.eye(2)),
    "csr matrix": sparse.csr_matrix(np.eye(2)), "csr other": sparse.csr_array(np.eye(2) * 2),
    "index": pd.Index(ONES), "series": pd.Series(ONES), "pandas array": pd.array(ONES),
    "arrow": pa.array(ONES), "arrow chunked": pa.chunked_array([ONES]),
    "polars": pl.Series(ONES), "table": pa.table({"a": ONES}), "polars frame": pl.DataFrame(
        {"a": ONES}), "frame": pd.DataFrame({"a": ONES}), "list": ONES.tolist(),
}  # fmt: skip


def test_different_arrays_have_different_digests() -> None:
    seen: dict[str, str] = {}
    for name, value in DIFFERENT.items():
        report = digest_report(value)
        assert report.scope == "full", (name, report.reason)
        assert str(report.value) not in seen, (name, seen[str(report.value)])
        seen[str(report.value)] = name


def test_what_a_mask_hides_does_not_count() -> None:
    left = np.ma.array([1, 2], mask=[True, False])
    right = np.ma.array([9, 2], mask=[True, False])

    assert digest(left) == digest(right)
    assert digest(np.ma.array([1])) == digest(np.ma.array([1], mask=[False]))


def test_subclass_of_array_is_read_without_its_methods() -> None:
    class Loud(np.ndarray):
        def __array_finalize__(self, obj: Any) -> None:
            if getattr(self, "armed", False):
                raise RuntimeError

        def view(self, *args: Any) -> Any:
            raise RuntimeError

    loud = np.ndarray.view(np.arange(3), Loud)

    assert digest_report(loud).scope == "full"
    assert digest(loud) != digest(np.arange(3))


TYPES = [
    pa.int32(), pa.float64(), pa.bool_(), pa.string(), pa.large_string(), pa.string_view(),
    pa.binary(), pa.date32(), pa.timestamp("us", "UTC"), pa.decimal128(5, 1), pa.list_(pa.int8()),
    pa.list_(pa.string()), pa.struct([("a", pa.int8()), ("b", pa.string())]), pa.null(),
    pa.dictionary(pa.int8(), pa.string()), pa.map_(pa.string(), pa.int8()), pa.list_(pa.int8(), 2),
]  # fmt: skip


def arrow_values(of: pa.DataType) -> list[Any]:
    if pa.types.is_null(of):
        return [None] * 5
    one: Any = {
        "int32": 1, "double": 1.5, "bool": True, "string": "é", "large_string": "a",
        "string_view": "a", "binary": b"a", "list<item: int8>": [1, None],
        "list<item: string>": ["a", None], "struct<a: int8, b: string>": {"a": 1, "b": None},
        "map<string, int8>": [("a", 1)], "fixed_size_list<item: int8>[2]": [1, 2],
        "dictionary<values=string, indices=int8, ordered=0>": "x",
    }.get(str(of), 5)  # fmt: skip
    return [one, None, one, one, None]


@pytest.mark.parametrize("of", TYPES, ids=str)
def test_arrow_chunks_and_offsets_leave_no_trace(of: pa.DataType) -> None:
    values = arrow_values(of)
    whole = pa.chunked_array([pa.array(values, of)])
    longer = pa.array([None, values[0], *values, None], of)
    parts = pa.chunked_array([longer.slice(2, 2), longer.slice(4, 0), longer.slice(4, 3)], type=of)
    other = pa.chunked_array([pa.array([values[0], *values[:-1]], of)])

    assert digest(whole) is not None, digest_report(whole).reason
    assert digest(parts) == digest(whole)
    if not pa.types.is_null(of):
        assert digest(other) != digest(whole)


def test_polars_columns_are_read() -> None:
    frame = pl.DataFrame(
        {"a": [1, None], "s": ["x", "y"], "c": pl.Series(["p", "q"], dtype=pl.Categorical),
         "l": [[1], []]}
    )  # fmt: skip
    report = digest_report(frame)

    assert report.scope == "full", report.reason
    assert [one.name for one in report.columns] == ["a", "s", "c", "l"]
    assert report.value == digest(pl.concat([frame[:1], frame[1:]]))
    assert report.value != digest(frame.with_columns(a=pl.lit(1)))


LARGE = 2_000_000
BIG: dict[str, Any] = {
    "array": np.arange(LARGE),
    "matrix": np.zeros((LARGE // 20, 20)),
    "frame": pd.DataFrame({"a": np.arange(LARGE), "s": ["x"] * LARGE}),
    "wide": pd.DataFrame(np.zeros((100, 20_000))),
    "list": list(range(LARGE)),
    "dict": dict.fromkeys(range(LARGE)),
    "nested": [[[one] * 50 for one in range(50)] for _ in range(50)],
    "text": "x" * LARGE,
    "bytes": b"x" * LARGE,
    "arrow": pa.table({"a": np.arange(LARGE)}),
    "polars": pl.DataFrame({"a": np.arange(LARGE)}),
    "category": pd.Series(pd.Categorical.from_codes(np.zeros(LARGE, int), ["a"])),
}


@pytest.mark.parametrize("name", BIG)
def test_samples_take_little_time_whatever_the_size(name: str) -> None:
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        report = sample_digest(BIG[name])
        seconds.append(time.perf_counter() - start)

    assert report.scope == "sampled", report.reason
    assert report.value == sample_digest(BIG[name]).value
    # A millisecond on a quiet machine; wide, so that a busy one does not fail.
    assert min(seconds) < 0.03


def test_samples_see_the_first_and_the_last_row() -> None:
    frame = pd.DataFrame({"a": np.arange(10_000), "s": "x"})
    before = sample_digest(frame).value
    for at in (0, 9_999):
        for column, value in (("a", -1), ("s", "new")):
            changed = frame.copy()
            changed.loc[at, column] = value
            assert sample_digest(changed).value != before


@pytest.mark.parametrize("name", BIG)
def test_estimates_are_of_the_right_order(name: str) -> None:
    start = time.perf_counter()
    digest_report(BIG[name])
    seconds = time.perf_counter() - start

    # Far apart on purpose: the estimate is for a quiet laptop, this may be a busy server.
    assert seconds / 100 < estimate_seconds(BIG[name]) < max(seconds * 100, 0.02)


def overlap(left: object, right: object) -> bool:
    return any(a < d and c < b for a, b in memory_spans(left) for c, d in memory_spans(right))


def test_views_overlap_and_copies_do_not() -> None:
    base = np.arange(100)
    frame = pd.DataFrame({"a": np.arange(50.0), "s": ["x"] * 50})
    series = frame["a"]

    assert overlap(base, base[10:20])
    assert overlap(base[::2], base[10:20])
    assert not overlap(base[:50], base[50:])
    assert not overlap(base, base.copy())
    assert overlap(frame, series)
    assert overlap(frame, frame["a"].to_numpy())
    assert overlap(frame, frame["s"])
    assert not overlap(frame, frame.copy())
    assert memory_spans([1]) == ()
    assert memory_spans(pd.RangeIndex(5)) == ()


def test_mutation_through_a_view_is_seen() -> None:
    """The trap in the design: a view taken with to_numpy shares, a Series does not."""
    frame = pd.DataFrame({"x": np.arange(5.0)})
    series = frame["x"]
    before = digest(series)
    frame.loc[0, "x"] = 99

    assert digest(series) == before
    values = np.arange(5.0)
    view = values[1:]
    before = digest(view)
    values[2] = 7
    assert digest(view) != before


@pytest.mark.parametrize(
    "make", [np.random.default_rng, np.random.RandomState], ids=["Generator", "RandomState"]
)
def test_random_states_agree_until_used(make: Any) -> None:
    left, right = make(1), make(1)
    assert digest(left) == digest(right) is not None

    right.normal()
    assert digest(left) != digest(right)


def test_digest_does_not_touch_the_global_random_state() -> None:
    before = np.random.get_state(legacy=False)  # noqa: NPY002  (the global state is the subject)
    digest(np.random.default_rng(0))
    digest(pd.DataFrame({"a": [1.0]}))

    assert str(np.random.get_state(legacy=False)) == str(before)  # noqa: NPY002  (the global state is the subject)
