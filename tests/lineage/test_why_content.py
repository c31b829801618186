"""What differs between two contents of data."""

from __future__ import annotations

from typing import Any

from celltrail.lineage.content_change import content_change, content_words, with_facts
from celltrail.lineage.why_report import ColumnChange, FactChange
from celltrail.store.why_rows import Content


def frame(*columns: tuple[str, str, bytes], rows: int | None = 3, **profile: Any) -> Content:
    summary: dict[str, Any] = {} if rows is None else {"shape": [rows, len(columns)]}
    if profile:
        summary["profile"] = {"columns": [{"name": key, **facts} for key, facts in profile.items()]}
    return Content(1, "frame", "pandas.DataFrame", b"d", "full", summary, columns)


A, B, C = ("a", "int64", b"1"), ("b", "float64", b"2"), ("c", "str", b"3")


def changes(one: Content, other: Content) -> list[tuple[str, str]]:
    return [(column.name, column.change) for column in content_change("df", one, other).columns]


def test_only_the_column_that_differs_is_named() -> None:
    found = content_change("df", frame(A, B), frame(A, ("b", "float64", b"9")))

    assert [(one.name, one.change) for one in found.columns] == [("b", "changed")]
    assert content_words(found) == "column b changed"


def test_a_dropped_and_an_added_column_are_told_apart_from_a_renamed_one() -> None:
    assert changes(frame(A, B), frame(A)) == [("b", "removed")]
    assert changes(frame(A), frame(A, B)) == [("b", "added")]
    assert changes(frame(A, B), frame(A, ("z", "float64", b"2"))) == [("b → z", "renamed")]


def test_another_type_is_said_with_both() -> None:
    found = content_change("df", frame(A), frame(("a", "float64", b"1x")))

    assert content_words(found) == "column a is float64 instead of int64"


def test_rows_are_counted_where_both_shapes_are_known() -> None:
    more = content_change("df", frame(A, rows=3), frame(("a", "int64", b"9"), rows=5))
    unknown = content_change("df", frame(A, rows=None), frame(A, rows=5))

    assert content_words(more) == "2 rows added (3 → 5)"
    assert content_words(unknown) == ""


def test_the_profile_says_which_numbers_moved() -> None:
    one = frame(A, a={"count": 3, "mean": 1.0, "nulls": 0, "top": [[1, 2]]})
    other = frame(("a", "int64", b"9"), a={"count": 3, "mean": float("inf"), "nulls": 1})

    (column,) = content_change("df", one, other).columns

    assert column.facts == (FactChange("nulls", 0, 1), FactChange("mean", 1.0, float("inf")))


def test_top_values_are_compared_where_there_is_no_mean() -> None:
    one = frame(C, c={"count": 3, "top": [["x", 2], ["y", 1]]})
    other = frame(("c", "str", b"9"), c={"count": 3, "top": [["y", 3]]})

    (column,) = content_change("df", one, other).columns

    assert column.facts == (FactChange("top", "x: 2, y: 1", "y: 3"),)


def test_a_column_without_a_profile_borrows_that_of_the_same_column_further_down() -> None:
    bare = ColumnChange("raw", "a", "changed", "int64", "int64")
    fact = FactChange("mean", 1, 2)
    lent = ColumnChange("X_train", "a", "changed", "int64", "int64", (fact,))

    (found,) = with_facts([bare], [lent])

    assert found.content == "raw"
    assert found.facts == (FactChange("mean in X_train", 1, 2),)


def test_contents_that_say_nothing_have_no_columns() -> None:
    one = Content(1, "file", "csv", b"1", "full", {}, ())
    other = Content(2, "file", "csv", b"2", "full", {}, ())

    found = content_change("x.csv", one, other)

    assert (found.rows, found.columns, content_words(found)) == (None, (), "")
