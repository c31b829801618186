"""What differs between two contents of data, by column digests and profiles."""

from __future__ import annotations

from typing import Any

from celltrail.lineage.changes.data_change import (
    ColumnChange,
    FactChange,
    change_between,
    sentence_of,
    with_profiles,
)
from celltrail.store.contents import Content


def content(kind: str = "frame", **facts: Any) -> Content:
    given: dict[str, Any] = {
        "entity": 1,
        "kind": kind,
        "type": kind,
        "digest": "d",
        "scope": "full",
        "shape": None,
        "size": None,
        "reason": None,
        "columns": (),
        "profile": (),
        "dtype": None,
    }
    return Content(**given | facts)


def frame(*columns: tuple[str, str, str], rows: int | None = 3, **profile: Any) -> Content:
    return content(
        shape=None if rows is None else (rows, len(columns)),
        columns=columns,
        profile=tuple({"name": key, **facts} for key, facts in profile.items()),
    )


A, B, C = ("a", "int64", "1"), ("b", "float64", "2"), ("c", "str", "3")


def changes(one: Content, other: Content) -> list[tuple[str, str]]:
    return [(column.name, column.change) for column in change_between(one, other).columns]


def test_only_the_column_that_differs_is_named() -> None:
    found = change_between(frame(A, B), frame(A, ("b", "float64", "9")))

    assert [(one.name, one.change) for one in found.columns] == [("b", "values")]
    assert found.same_columns == 1
    assert sentence_of(found) == "other values in b"


def test_a_dropped_and_an_added_column_are_told_apart_from_a_renamed_one() -> None:
    renamed = change_between(frame(A, B), frame(A, ("z", "float64", "2")))

    assert changes(frame(A, B), frame(A)) == [("b", "removed")]
    assert changes(frame(A), frame(A, B)) == [("b", "added")]
    assert changes(frame(A, B), frame(A, ("z", "float64", "2"))) == [("z", "renamed")]
    assert sentence_of(renamed) == "renamed b -> z"


def test_the_second_of_two_columns_with_one_name_is_compared_with_the_second() -> None:
    one, other = frame(A, ("a", "int64", "2")), frame(A, ("a", "int64", "3"))

    assert changes(one, other) == [("a", "values")]
    assert changes(one, one) == []


def test_another_type_is_said_with_both() -> None:
    found = change_between(frame(A), frame(("a", "float64", "1x")))

    assert sentence_of(found) == "types: a int64 -> float64"


def test_rows_are_counted_where_both_shapes_are_known() -> None:
    more = change_between(frame(A, rows=3), frame(("a", "int64", "9"), rows=5))
    unknown = change_between(frame(A, rows=None), frame(A, rows=5))

    assert sentence_of(more) == "rows 3 -> 5 (+2)"
    assert not unknown.is_known


def test_with_other_rows_only_columns_that_moved_are_named() -> None:
    one = frame(A, B, rows=3, b={"mean": 1.0})
    other = frame(("a", "int64", "8"), ("b", "float64", "9"), rows=5, b={"mean": 2.5})

    found = change_between(one, other)

    assert [column.name for column in found.columns] == ["a", "b"]
    assert sentence_of(found) == "rows 3 -> 5 (+2); other values in b (mean 1 -> 2.5)"


def test_the_profile_says_which_numbers_moved() -> None:
    one = frame(A, a={"count": 3, "mean": 1.0, "nulls": 0, "top": [[1, 2]]})
    other = frame(("a", "int64", "9"), a={"count": 3, "mean": float("inf"), "nulls": 1})

    (column,) = change_between(one, other).columns

    assert column.facts == (FactChange("nulls", 0, 1), FactChange("mean", 1.0, float("inf")))
    assert (column.mean_before, column.mean_after) == (1.0, None)


def test_means_that_are_close_are_said_with_the_digits_that_differ() -> None:
    one = frame(A, a={"mean": 0.123456781})
    other = frame(("a", "int64", "9"), a={"mean": 0.123456789})

    assert sentence_of(change_between(one, other)) == (
        "other values in a (mean 0.12345678 -> 0.12345679)"
    )


def test_top_values_are_compared_where_there_is_no_mean() -> None:
    one = frame(C, c={"count": 3, "top": [["x", 2], ["y", 1]]})
    other = frame(("c", "str", "9"), c={"count": 3, "top": [["y", 3]]})

    (column,) = change_between(one, other).columns

    assert column.facts == (FactChange("top", "x: 2, y: 1", "y: 3"),)


def test_columns_of_an_array_are_compared_by_their_profiles() -> None:
    profile = {"name": "0", "dtype": "float64", "mean": 1.0}, {"name": "1", "dtype": "float64"}
    one = content("array", profile=profile)
    other = content("array", digest="e", profile=({**profile[0], "mean": 2.0}, profile[1]))

    assert changes(one, other) == [("0", "values")]
    assert not change_between(one, other).by_column


def test_an_array_without_a_profile_has_one_column_of_its_type() -> None:
    one, other = content("array", dtype="int64"), content("array", digest="e", dtype="float64")

    assert sentence_of(change_between(one, other)) == "types: values int64 -> float64"


def test_a_column_without_a_profile_borrows_that_of_the_same_column_further_down() -> None:
    bare = ColumnChange("a", "values", "int64", "int64")
    own = ColumnChange("b", "values", "int64", "int64", (FactChange("mean", 3.0, 4.0),))
    lent = ColumnChange("a", "values", "int64", "int64", (FactChange("mean", 1.0, 2.0),))

    found = with_profiles([bare, own], [("X_train", lent), ("X_test", own)])

    assert [one.profiled for one in found] == ["X_train", None]
    assert found[0].facts == lent.facts


def test_contents_that_say_nothing_have_no_columns() -> None:
    found = change_between(content("file"), content("file", digest="e"))

    assert (found.columns, found.is_known) == ((), False)
    assert sentence_of(found) == "the content differs (columns were not recorded)"
