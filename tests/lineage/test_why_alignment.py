"""Which execution of one result stands for which of another."""

from __future__ import annotations

from collections.abc import Mapping

from celltrail.lineage.changes.alignment import MAX_COMPARED, Alignment, align
from celltrail.store.why_rows import Ran

FIT = "model = Ridge(alpha=1)\nmodel.fit(X, y)"
CODES = {
    1: "df = load()",
    2: FIT,
    3: "model = Ridge(alpha=2.5)\nmodel.fit(X, y)",
    4: "plot(history)",
    5: "frame = totally_other(1, 2, 3)",
    6: "for item in things:\n    consume(item)",
}


def ran(row: int, code: int, cell: str | None = None) -> Ran:
    return Ran(row, f"{row:032x}", None, cell, 1, row, "ok", row, code, None, (), ())


def aligned(
    ones: list[Ran], others: list[Ran], made: Mapping[int, frozenset[str]] | None = None
) -> Alignment:
    return align(ones, others, text=CODES.__getitem__, made=made or {})


def test_an_edited_cell_stands_for_itself() -> None:
    found = aligned([ran(1, 1, "a"), ran(2, 2, "b")], [ran(11, 4, "b"), ran(12, 1, "a")])

    assert set(found.pairs) == {(1, 12), (2, 11)}
    assert (found.only_a, found.only_b) == ((), ())


def test_pairs_stand_in_the_order_in_which_b_ran() -> None:
    found = aligned([ran(1, 1, "a"), ran(2, 2, "b")], [ran(11, 2, "b"), ran(12, 1, "a")])

    assert found.pairs == ((2, 11), (1, 12))


def test_of_a_cell_that_ran_twice_on_one_side_the_last_run_counts() -> None:
    found = aligned([ran(1, 1, "a")], [ran(11, 1, "a"), ran(12, 1, "a")])

    assert found.pairs == ((1, 12),)
    assert found.only_b == (11,)


def test_of_a_cell_that_ran_twice_the_run_with_the_same_code_comes_first() -> None:
    found = aligned([ran(1, 2, "a")], [ran(11, 2, "a"), ran(12, 3, "a")])

    assert found.pairs == ((1, 11),)


def test_without_cells_equal_code_stands_for_itself_in_order() -> None:
    found = aligned([ran(1, 1), ran(2, 1), ran(3, 4)], [ran(11, 1), ran(12, 1), ran(13, 4)])

    assert found.pairs == ((1, 11), (2, 12), (3, 13))


def test_without_cells_edited_code_stands_for_what_is_most_like_it() -> None:
    found = aligned([ran(1, 2), ran(2, 4)], [ran(11, 4), ran(12, 3)])

    assert set(found.pairs) == {(1, 12), (2, 11)}


def test_cells_that_make_the_same_names_stand_for_each_other_whatever_their_code() -> None:
    made = {1: frozenset({"df"}), 11: frozenset({"df"})}

    found = aligned([ran(1, 1)], [ran(11, 5)], made)

    assert found.pairs == ((1, 11),)


def test_cells_that_share_nothing_stand_alone() -> None:
    found = aligned([ran(1, 1)], [ran(11, 6)])

    assert found == Alignment((), (1,), (11,))


def test_the_cells_with_the_metric_stand_for_each_other_in_any_case() -> None:
    found = align([ran(1, 1)], [ran(11, 6)], text=CODES.__getitem__, made={},
                  owners=(frozenset({1}), frozenset({11})))  # fmt: skip

    assert found.pairs == ((1, 11),)


def test_too_many_cells_to_compare_are_matched_by_the_names_they_make() -> None:
    count = MAX_COMPARED // 10
    ones = [ran(row, 1000 + row) for row in range(count)]
    others = [ran(5000 + row, 2000 + row) for row in range(count)]
    made = {one.row: frozenset({f"n{one.row % 5000}"}) for one in [*ones, *others]}

    found = align(ones, others, text=CODES.__getitem__, made=made)  # no text is asked for

    assert found.pairs == tuple((row, 5000 + row) for row in range(count))
