"""Which rows a value holds, as far as lineage proves it: a tree of sets of rows.

The root of a tree is data that came from somewhere. Below a set stand its parts: the two
sides of a split, which share no row, and rows chosen in other ways, of which only
``inside`` is known. Two sets overlap for certain where one stands above the other.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from typing import Literal

# How the rows of one value lie to those of another.
Relation = Literal["same", "inside", "around", "overlap", "disjoint", "unknown"]


@dataclass(slots=True, eq=False)
class Split:
    """One run of a split."""

    execution: int
    n: int
    source: str | None = None  # digest of what was split
    digests: tuple[str, ...] = ()  # of its outcomes, where all are known


@dataclass(slots=True, eq=False)
class RowSet:
    """Some rows.

    Attributes
    ----------
    parent : RowSet or None
    split, side : Split or None, str or None
        Of the sides of a split: ``train`` or ``test``.
    count : int or None
        Rows, where known.
    name : str or None
        The first variable that held them.
    varying : bool
        Other rows at each turn of a loop.
    same_as : RowSet or None
        The earlier set that turned out to hold the same rows.
    """

    parent: RowSet | None = None
    split: Split | None = None
    side: str | None = None
    count: int | None = None
    name: str | None = None
    varying: bool = False
    same_as: RowSet | None = None
    parts: dict[Hashable, RowSet] = field(default_factory=dict)

    def known(self) -> RowSet:
        """Return the set that stands for this one."""
        found = self
        while found.same_as is not None:
            found = found.same_as
        return found

    def merge(self, other: RowSet) -> None:
        """Say that this set and an earlier one hold the same rows."""
        mine, theirs = self.known(), other.known()
        if mine is not theirs:
            mine.same_as = theirs

    def part(self, key: Hashable | None, *, varying: bool = False) -> RowSet:
        """Return the rows chosen by `key`; None is another choice each time."""
        if key is not None and key in self.parts:
            return self.parts[key]
        made = RowSet(self, varying=varying or self.varying)
        if key is not None:
            self.parts[key] = made
        return made

    def path(self) -> list[RowSet]:
        """Return the sets from the root down to this one."""
        found = [self.known()]
        while (parent := found[-1].parent) is not None:
            found.append(parent.known())
        return found[::-1]


def relation(first: RowSet, second: RowSet) -> Relation:
    """Return how the rows of `first` lie to those of `second`."""
    one, other = first.path(), second.path()
    if one[0] is not other[0]:
        return "unknown"
    shared = 0
    while shared < min(len(one), len(other)) and one[shared] is other[shared]:
        shared += 1
    if shared == len(one) == len(other):
        return "same"
    if shared == len(other):
        return "inside"
    if shared == len(one):
        return "around"
    left, right = one[shared], other[shared]
    if left.split is None or right.split is None:
        return "unknown"
    if left.split is right.split:
        return "disjoint"
    ends = shared == len(one) - 1 and shared == len(other) - 1
    return "overlap" if ends and _drawn_anew(left, right) else "unknown"


def _drawn_anew(left: RowSet, right: RowSet) -> bool:
    """Whether a test side of one split must hold rows of the train side of another.

    The same content was split twice with different outcomes. A test side that is no
    smaller than the other split's, and not the same, holds a row that was not in the
    other's test side, so it was in its train side.
    """
    assert left.split is not None
    assert right.split is not None
    if {left.side, right.side} != {"train", "test"} or left.split.source != right.split.source:
        return False
    if left.split.source is None or not left.split.digests or not right.split.digests:
        return False
    test, train = (left, right) if left.side == "test" else (right, left)
    assert train.parent is not None
    whole = train.parent.known().count
    if test.count is None or train.count is None or whole is None:
        return False
    return test.count >= whole - train.count


def relation_of(first: Iterable[RowSet], second: Iterable[RowSet]) -> Relation:
    """Return how the rows of one value lie to those of another, each the union of sets."""
    mine, others = list(first), list(second)
    if not mine or not others:
        return "unknown"
    table = [[relation(one, other) for other in others] for one in mine]
    inside = [any(found in ("same", "inside") for found in row) for row in table]
    around = [any(row[n] in ("same", "around") for row in table) for n in range(len(others))]
    if all(inside) and all(around):
        return "same"
    if all(inside):
        return "inside"
    if all(around):
        return "around"
    flat = [found for row in table for found in row]
    if any(found in ("same", "inside", "around", "overlap") for found in flat):
        return "overlap"
    return "disjoint" if all(found == "disjoint" for found in flat) else "unknown"
