"""Rows that differ; the expected counts are made with masks, or by hand."""

from __future__ import annotations

from collections import Counter

import hypothesis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import strategies as st
from sklearn.datasets import load_breast_cancer, load_wine

from celltrail.core.errors import NotFound, UsageFault
from celltrail.lineage.datasets.data_rows import rows_between
from celltrail.lineage.datasets.data_tables import as_table

ROWS = pd.DataFrame({"id": [1, 2, 3], "x": [1.0, np.nan, 3.0], "t": ["a", None, "c"]})


def counts(before: pd.DataFrame, after: pd.DataFrame, **options: object) -> tuple[object, ...]:
    found = rows_between(before, after, **options)  # type: ignore[arg-type]
    return found.matched_by, found.added, found.removed, found.changed, found.same


def test_equal_tables_have_no_difference_and_missing_equals_missing() -> None:
    found = rows_between(ROWS, ROWS.copy())

    assert (found.added, found.removed, found.changed, found.same) == (0, 0, 0, 3)
    assert (found.cells, found.examples, found.is_moved) == ((), (), False)


@pytest.mark.parametrize("load", [load_wine, load_breast_cancer])
def test_changed_cells_of_bundled_data_are_those_of_a_mask(load) -> None:
    frame = load(as_frame=True).frame
    rng = np.random.default_rng(0)
    mask = rng.random(frame.shape) < 0.01
    changed = frame.mask(mask, frame + 1)

    found = rows_between(frame, changed)

    assert found.matched_by == "position"
    assert found.changed == int(mask.any(axis=1).sum())
    expected = mask.sum(axis=0)
    assert dict(found.cells) == {
        name: int(count) for name, count in zip(frame.columns, expected, strict=True) if count
    }


def test_rows_are_matched_by_an_index_that_tells_them_apart() -> None:
    before = ROWS.set_index(pd.Index(["p", "q", "r"]))
    after = before.iloc[[2, 0]].copy()
    after.loc["s"] = [9, 9.0, "z"]
    after.loc["p", "x"] = 7.0

    found = rows_between(before, after)

    assert (found.matched_by, found.added, found.removed, found.changed) == ("index", 1, 1, 1)
    assert (found.same, found.is_moved, found.cells) == (1, True, (("x", 1),))
    examples = [(one.change, one.row) for one in found.examples]
    assert examples == [("changed", "p"), ("removed", "q"), ("added", "s")]
    assert found.examples[0].cells == (("x", "1", "7"),)


def test_filtered_rows_are_found_by_what_is_left_of_a_plain_index() -> None:
    frame = load_wine(as_frame=True).frame
    kept = frame["alcohol"] > 13

    assert counts(frame, frame[kept]) == ("index", 0, int((~kept).sum()), 0, int(kept.sum()))


def test_rows_added_at_the_end_keep_the_others_in_place() -> None:
    longer = pd.concat([ROWS, ROWS.iloc[:1]], ignore_index=True)

    assert counts(ROWS, longer) == ("position", 1, 0, 0, 3)
    assert counts(longer, ROWS) == ("position", 0, 1, 0, 3)


def test_a_row_lost_in_the_middle_is_one_row_not_all_after_it() -> None:
    shorter = ROWS.drop(1).reset_index(drop=True)

    found = rows_between(ROWS, shorter)

    assert (found.matched_by, found.added, found.removed, found.same) == ("whole rows", 0, 1, 2)
    assert found.examples[0].cells == (
        ("id", "2", None), ("x", "missing", None), ("t", "missing", None)
    )  # fmt: skip


def test_shuffled_rows_are_the_same_rows_in_another_order() -> None:
    found = rows_between(ROWS, ROWS.iloc[::-1].reset_index(drop=True))

    assert (found.matched_by, found.same, found.is_moved) == ("whole rows", 3, True)


def test_rows_are_matched_by_key_columns() -> None:
    after = pd.DataFrame({"t": ["c", "b", "z"], "id": [3, 2, 9], "x": [3.0, np.nan, 1.0]})

    found = rows_between(ROWS, after, key=["id"])

    assert (found.matched_by, found.added, found.removed, found.changed) == ("key id", 1, 1, 1)
    assert found.cells == (("t", 1),)
    assert [one.row for one in found.examples] == ["2", "1", "9"]


def test_a_key_must_be_a_column_of_both_and_tell_rows_apart() -> None:
    twice = ROWS.assign(id=[1, 1, 3])

    with pytest.raises(NotFound, match="column of both 'idd'") as unknown:
        rows_between(ROWS, ROWS, key=["idd"])
    with pytest.raises(UsageFault, match="in the second content, 1 of 3 rows"):
        rows_between(ROWS, twice, key=["id"])

    assert "did you mean id?" in str(unknown.value)


def test_columns_of_another_type_or_name_are_compared_by_value() -> None:
    after = ROWS.astype({"id": "float64"}).rename(columns={"x": "y"}).assign(new=1)

    assert counts(ROWS, after, renamed=[("x", "y")]) == ("position", 0, 0, 0, 3)


def test_two_columns_of_one_name_are_told_apart() -> None:
    before = pd.DataFrame([[1, 2], [3, 4]], columns=["a", "a"])
    after = pd.DataFrame([[1, 2], [3, 5]], columns=["a", "a"])

    assert counts(before, after) == ("position", 0, 0, 1, 1)


def test_cells_without_a_hash_are_compared_by_content() -> None:
    before = pd.DataFrame({"a": [[1, 2], {"k": 1}, [3]]})
    after = pd.DataFrame({"a": [[1, 2], {"k": 2}, [3]]})

    assert counts(before, after) == ("position", 0, 0, 1, 2)


def test_an_index_in_levels_matches_rows() -> None:
    index = pd.MultiIndex.from_tuples([("a", 1), ("a", 2), ("b", 1)])
    before = ROWS.set_index(index)

    assert counts(before, before.iloc[[2, 1]]) == ("index", 0, 1, 0, 2)


def test_empty_tables_have_no_rows_to_match() -> None:
    assert counts(ROWS.iloc[:0], ROWS) == ("position", 3, 0, 0, 0)
    assert counts(ROWS, ROWS.iloc[:0])[1:] == (0, 3, 0, 0)
    assert counts(pd.DataFrame(), pd.DataFrame())[1:] == (0, 0, 0, 0)


def test_examples_are_no_more_than_asked_for() -> None:
    found = rows_between(ROWS, ROWS.assign(x=5.0), examples=2)

    assert (found.changed, len(found.examples)) == (3, 2)


@hypothesis.given(
    st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["a", None])), max_size=8),
    st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["a", None])), max_size=8),
)
def test_bags_of_rows_are_counted_exactly(before, after) -> None:
    first, second = Counter(before), Counter(after)
    columns = ["n", "t"]
    one = pd.DataFrame(before, columns=columns, index=[0] * len(before))
    two = pd.DataFrame(after, columns=columns, index=[0] * len(after))
    hypothesis.assume(len(before) > 1 and len(after) > 1)

    found = rows_between(one, two)

    assert found.matched_by == "whole rows"
    assert found.added == (second - first).total()
    assert found.removed == (first - second).total()
    assert found.same == (first & second).total()


def test_what_has_rows_is_read_as_a_table() -> None:
    assert as_table(pd.Series([1], name="s")).columns.tolist() == ["s"]
    assert as_table(np.zeros((2, 3, 4))).shape == (2, 12)
    assert as_table(np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")])).shape == (1, 2)
    assert as_table(pa.table({"a": [1]})).shape == (1, 1)
    assert as_table([{"a": 1}, {"a": 2}]).shape == (2, 1)
    assert as_table({"a": [1, 2]}).shape == (2, 1)
    assert as_table(np.array(3)) is None
    assert as_table({"a": [1, 2], "b": [1]}) is None
    assert as_table([1, 2]) is None


TOKEN = f"ghp_{'aB1c' * 9}"
PASSWORDS = pd.DataFrame({"password": ["opensesame1", "b"], "note": [TOKEN, "c"]})


def test_cells_that_are_secret_by_column_or_by_format_are_marks() -> None:
    [example] = rows_between(PASSWORDS, PASSWORDS.iloc[1:].reset_index(drop=True)).examples

    assert example.change == "removed"
    assert [before for _, before, _ in example.cells] == [
        "‹redacted:password›",
        "‹redacted:token›",
    ]


def test_a_row_is_not_called_by_a_secret_of_its_key_or_its_index() -> None:
    after = PASSWORDS.assign(note=["x", "c"])

    [keyed] = rows_between(PASSWORDS, after, key=["password"]).examples
    [labelled] = rows_between(PASSWORDS.set_index("password"), after.set_index("password")).examples

    assert (keyed.row, labelled.row) == ("‹redacted:password›", "‹redacted:password›")


def test_of_a_column_called_token_plain_words_are_shown() -> None:
    words = pd.DataFrame({"token": ["the", "cat"]})

    [example] = rows_between(words, pd.DataFrame({"token": ["the", "dog"]})).examples

    assert example.cells == (("token", "cat", "dog"),)
