"""A root cause as it is found, before it is ranked and said."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from celltrail.lineage.changes.reach import Bits
from celltrail.lineage.changes.sides import Side


@dataclass(slots=True)
class Root:
    """One root cause; `starts` are the executions of `side` that it stands in.

    `contents` holds (name, entity of a, entity of b) of what differs there; `reaches` are
    the names of its cell that depend on it, where that is known.
    """

    kind: str
    name: str
    sentence: str
    certainty: str
    side: Side
    starts: set[int]
    executions: list[int] = field(default_factory=list)
    a: Any = None
    b: Any = None
    diff: str | None = None
    contents: list[tuple[str, int, int]] = field(default_factory=list)
    reaches: frozenset[str] = frozenset()

    def touched(self) -> Bits:
        """Return the executions of the closure that it stands in, or that come from there.

        From its own cell the way leads through what differs; another product of the cell
        is another matter.
        """
        side = self.side
        names = {name for name, _, _ in self.contents}
        names = (names & self.reaches) or set(self.reaches) or names
        found = side.reach.at(self.starts)
        for start in self.starts & side.own:
            below = side.readers.get(start, set())
            if names & side.flows.get(start, {}).keys():
                below = {
                    reader
                    for reader in below
                    if any(
                        use.source == start and name in names
                        for name, use in side.used[reader].items()
                    )
                }
            found |= side.reach.below(below)
        return found


@dataclass(slots=True)
class Found:
    """What visiting all pairs found.

    Attributes
    ----------
    roots : list of Root
    unexplained : list of Root
        Differences that nothing observed explains.
    tainted : set of int
        Executions of b that differ, or that stand below one that does.
    causes : set of int
        Those of b with a root of their own.
    modules : set of (int, str)
        Names that executions of b imported from files of the project that changed.
    consequences : set of int
        Those of b whose products differ only because of what stands above them.
    changed_code : set of int
        Those of either side whose code changed.
    unknown : list of str
        What was not observed.
    """

    roots: list[Root] = field(default_factory=list)
    unexplained: list[Root] = field(default_factory=list)
    tainted: set[int] = field(default_factory=set)
    causes: set[int] = field(default_factory=set)
    modules: set[tuple[int, str]] = field(default_factory=set)
    consequences: set[int] = field(default_factory=set)
    changed_code: set[int] = field(default_factory=set)
    unknown: list[str] = field(default_factory=list)
