"""How the rows of two values lie to each other."""

from __future__ import annotations

import pytest

from celltrail.lineage.leakage.row_sets import RowSet, Split, relation, relation_of


def sides(whole: RowSet, split: Split, test: int | None = None) -> tuple[RowSet, RowSet]:
    """The train and test side of a split that took `test` rows."""
    left = None if test is None or whole.count is None else whole.count - test
    return RowSet(whole, split, "train", left), RowSet(whole, split, "test", test)


def test_what_comes_from_elsewhere_is_unknown():
    assert relation(RowSet(), RowSet()) == "unknown"


def test_a_part_is_inside_and_its_whole_is_around():
    whole = RowSet()
    part = whole.part("mask")

    assert relation(part, whole) == "inside"
    assert relation(whole, part) == "around"
    assert relation(part, whole.part("mask")) == "same"


def test_two_choices_of_rows_may_or_may_not_share_some():
    whole = RowSet()

    assert relation(whole.part("a"), whole.part("b")) == "unknown"
    assert relation(whole.part(None), whole.part(None)) == "unknown"


def test_the_sides_of_a_split_and_their_parts_share_no_row():
    train, test = sides(RowSet(), Split(1, 0))
    again = sides(train, Split(2, 0))

    assert relation(train, test) == "disjoint"
    assert relation(again[1], test) == "disjoint"
    assert relation(again[1], train) == "inside"
    assert relation(again[0], again[1]) == "disjoint"


@pytest.mark.parametrize(
    ("source", "size", "expected"),
    [("x", 25, "overlap"), ("x", 30, "overlap"), ("x", 10, "unknown"), ("other", 25, "unknown")],
)
def test_a_second_draw_of_the_same_rows_shares_some_unless_it_may_be_smaller(
    source, size, expected
):
    """A smaller test side may lie within the first one, as with one seed and two sizes."""
    whole = RowSet(count=100)
    train, _ = sides(whole, Split(1, 0, "x", ("p", "q")), 25)
    _, test = sides(whole, Split(2, 0, source, ("r", "s")), size)

    assert relation(test, train) == expected


def test_a_split_without_known_contents_proves_nothing():
    whole = RowSet(count=100)
    train, _ = sides(whole, Split(1, 0, "x"), 25)
    _, test = sides(whole, Split(2, 0, "x"), 25)

    assert relation(test, train) == "unknown"


def test_a_set_found_to_be_an_earlier_one_stands_where_that_stands():
    first, again = sides(RowSet(), Split(1, 0)), sides(RowSet(), Split(2, 0))
    for new, old in zip(again, first, strict=True):
        new.merge(old)

    assert relation(again[0], first[0]) == "same"
    assert relation(again[1], first[0]) == "disjoint"


def test_a_union_is_around_each_of_its_sets():
    train, test = sides(RowSet(), Split(1, 0))

    assert relation_of([train, test], [test]) == "around"
    assert relation_of([test], [train, test]) == "inside"
    assert relation_of([train], [test]) == "disjoint"
    assert relation_of([train, RowSet()], [test]) == "unknown"
    assert relation_of([], [test]) == "unknown"
