"""What stands below executions, against a walk by hand."""

from __future__ import annotations

from celltrail.lineage.changes.reach import Reach

# 1 → 2 → 4, 1 → 3 → 4, 5 alone
READERS = {1: {2, 3}, 2: {4}, 3: {4}}
CLOSURE = frozenset({1, 2, 3, 4, 5})


def test_what_is_below_holds_the_execution_itself_and_every_path_once() -> None:
    reach = Reach([1, 2, 3, 4, 5], CLOSURE, readers=READERS)

    assert reach.rows(reach.below([1])) == {1, 2, 3, 4}
    assert reach.below([2]).bit_count() == 2
    assert reach.rows(reach.below([2, 5])) == {2, 4, 5}


def test_executions_alone_are_told_without_what_is_below_them() -> None:
    reach = Reach([1, 2, 3, 4, 5], CLOSURE, readers=READERS)

    assert reach.rows(reach.at([1, 5, 99])) == {1, 5}


def test_what_read_of_an_execution_that_began_after_it_is_below_it_all_the_same() -> None:
    """Two cells that run at once may begin the other way round."""
    reach = Reach([4, 2, 3, 1], CLOSURE, readers=READERS)

    assert reach.rows(reach.below([1])) == {1, 2, 3, 4}


def test_what_is_outside_of_the_closure_does_not_count() -> None:
    reach = Reach([1, 2, 3, 4, 5], frozenset({1, 3, 4}), readers=READERS)

    assert reach.rows(reach.below([1])) == {1, 3, 4}
    assert reach.below([2]).bit_count() == 1
