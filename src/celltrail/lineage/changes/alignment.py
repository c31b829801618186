"""Which execution of one closure stands for which of another."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass

from celltrail.lineage.changes.code_change import similarity
from celltrail.store.why_rows import Ran

# Two codes less alike than this are other cells, unless they make the same names.
SIMILAR = 0.6
# Half as alike is enough for cells that make the same names.
SIMILAR_WITH_NAMES = 0.3
# Comparing the text of every pair is slow; this many take some 20 ms.
MAX_COMPARED = 400


@dataclass(frozen=True, slots=True)
class Alignment:
    """Pairs of row ids (one of a, one of b), and what stands alone on each side."""

    pairs: tuple[tuple[int, int], ...]
    only_a: tuple[int, ...]
    only_b: tuple[int, ...]


def align(
    ones: Sequence[Ran],
    others: Sequence[Ran],
    *,
    text: Callable[[int], str],
    made: Mapping[int, frozenset[str]],
    owners: tuple[frozenset[int], frozenset[int]] = (frozenset(), frozenset()),
) -> Alignment:
    """Return which executions stand for each other.

    Parameters
    ----------
    ones, others : sequence of Ran
        The executions of the two closures, in the order in which they ran.
    text : callable
        Gives the code of a code row.
    made : mapping of int to frozenset of str
        Names that other executions of its closure used from each execution.
    owners : pair of frozenset of int
        The executions that hold the results' metrics; the last of each stand for each
        other when nothing else does.

    Notes
    -----
    By cell first (an edited cell keeps its id, a copied notebook keeps its cells' ids),
    then by equal code in order, then by the names made and the likeness of the code.
    """
    state = _State(list(ones), list(others))
    state.match(lambda one: (one.cell, one.code) if one.cell else None)
    state.match(lambda one: one.cell)
    state.match(lambda one: one.code)
    _match_similar(state, text, made)
    left = [
        [one.row for one in side if one.row in owned]
        for side, owned in zip((state.ones, state.others), owners, strict=True)
    ]
    if left[0] and left[1]:
        state.pair((left[0][-1], left[1][-1]))
    return Alignment(
        tuple(sorted(state.pairs, key=lambda pair: state.order[pair[1]])),
        tuple(one.row for one in state.ones),
        tuple(one.row for one in state.others),
    )


class _State:
    """What is paired so far, and what is left on each side in order."""

    def __init__(self, ones: list[Ran], others: list[Ran]) -> None:
        self.ones = ones
        self.others = others
        self.order = {one.row: at for at, one in enumerate(others)}
        self.pairs: list[tuple[int, int]] = []

    def pair(self, *found: tuple[int, int]) -> None:
        self.pairs += found
        done = {row for pair in found for row in pair}
        self.ones = [one for one in self.ones if one.row not in done]
        self.others = [one for one in self.others if one.row not in done]

    def match(self, key: Callable[[Ran], Hashable]) -> None:
        """Pair what has the same key: the last with the last, since it made what is in force."""
        groups: dict[Hashable, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
        for side, runs in enumerate((self.ones, self.others)):
            for one in runs:
                if key(one) is not None:
                    groups[key(one)][side].append(one.row)
        found: list[tuple[int, int]] = []
        for ours, theirs in groups.values():
            found += zip(reversed(ours), reversed(theirs), strict=False)
        self.pair(*found)


def _match_similar(
    state: _State, text: Callable[[int], str], made: Mapping[int, frozenset[str]]
) -> None:
    """Pair what is left by likeness, the most alike first."""
    if len(state.ones) * len(state.others) > MAX_COMPARED:
        _match_in_order(state, made)
        return
    scores: list[tuple[float, int, int, int]] = []
    for at, one in enumerate(state.ones):
        for to, other in enumerate(state.others):
            alike = similarity(text(one.code), text(other.code))
            names = made.get(one.row, frozenset()), made.get(other.row, frozenset())
            shared = len(names[0] & names[1]) / (len(names[0] | names[1]) or 1)
            if alike >= SIMILAR or (shared and alike + shared >= 1 + SIMILAR_WITH_NAMES / 2):
                scores.append((alike + shared, -abs(at - to), one.row, other.row))
            elif shared == 1:
                scores.append((shared, -abs(at - to), one.row, other.row))
    taken: set[int] = set()
    found: list[tuple[int, int]] = []
    for _, _, a, b in sorted(scores, reverse=True):
        if a not in taken and b not in taken:
            taken |= {a, b}
            found.append((a, b))
    state.pair(*found)


def _match_in_order(state: _State, made: Mapping[int, frozenset[str]]) -> None:
    """Pair many executions by the names they make, in the order in which they ran."""
    keys = [
        [tuple(sorted(made.get(one.row, ()))) or one.code for one in side]
        for side in (state.ones, state.others)
    ]
    matcher = difflib.SequenceMatcher(None, keys[0], keys[1], autojunk=False)
    found = [
        (state.ones[block.a + at].row, state.others[block.b + at].row)
        for block in matcher.get_matching_blocks()
        for at in range(block.size)
    ]
    state.pair(*found)
