"""Whether what an execution used has newer content: one verdict for each of its inputs."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from celltrail.core.wording import counted, cut
from celltrail.lineage.freshness.notebook_cells import Cell, Layout
from celltrail.lineage.freshness.stale_report import Reason
from celltrail.store import staleness_rows as rows
from celltrail.store.database import Connection
from celltrail.store.staleness_rows import ContentRow, HeadRow, MadeRow, SessionFacts, UseRow

# A cell that changes what a name stands for builds on what was there; these make it afresh.
_FRESH = ("created", "rebound", "written")
_VALUE_WIDTH = 24


class Newer(NamedTuple):
    """What was made after an execution of a name that it used."""

    use: UseRow
    made: MadeRow | None  # the last of what counts
    below: MadeRow | None  # the last of what cells below made, as in every run in order
    read: UseRow | None  # the last read of a file that came from outside
    is_own: bool  # the execution itself changes the name


@dataclass(slots=True)
class Timeline:
    """Who made one name, in the order in which they did."""

    makers: list[MadeRow]
    times: list[int]
    highest: list[int]  # from each maker on, the place nearest to the top; -1: unknown
    top: int | None  # of all makers whose place is known


@dataclass(slots=True)
class Facts:
    """Everything that was read of a session, ready to be asked."""

    layout: Layout
    session: int | None
    heads: dict[int, HeadRow] = field(default_factory=dict)  # every judged execution, by row
    uses: dict[int, list[UseRow]] = field(default_factory=lambda: defaultdict(list))
    makers: dict[str, list[MadeRow]] = field(default_factory=lambda: defaultdict(list))
    own: set[tuple[int, str]] = field(default_factory=set)  # (execution, name) it generated
    reads: dict[str, list[UseRow]] = field(default_factory=lambda: defaultdict(list))  # of files
    builds_on: set[tuple[int, str]] = field(default_factory=set)  # (execution, name) it used
    live: dict[str, MadeRow] = field(default_factory=dict)  # who made a name last
    # (source, maker) of a module that was reloaded: same or newer
    reloads: dict[tuple[int, int], str] = field(default_factory=dict)
    _timelines: dict[str, Timeline] = field(default_factory=dict)

    def cell_of(self, key: int | None) -> Cell | None:
        """The cell behind a key; None for one that did not run in this session."""
        return None if key is None else self.layout.owners.get(key)

    def timeline(self, name: str) -> Timeline:
        """Who made what a name stands for."""
        found = self._timelines.get(name)
        if found is None:
            makers = sorted(_makers(self, name), key=lambda made: made.at)
            cells = [self.cell_of(made.key) for made in makers]
            places = [None if cell is None else cell.place for cell in cells]
            highest = [-1 if place is None else place for place in places]
            for at in range(len(highest) - 2, -1, -1):
                highest[at] = min(highest[at], highest[at + 1])
            found = self._timelines[name] = Timeline(
                makers,
                [made.at for made in makers],
                highest,
                min((place for place in places if place is not None), default=None),
            )
        return found

    def is_fresh(self, made: MadeRow) -> bool:
        """Whether it was made without what the name held before."""
        return made.change in _FRESH and (made.execution, made.name) not in self.builds_on

    def sources(self, head: HeadRow) -> Iterator[tuple[UseRow, Cell]]:
        """What the execution used, with the cell that made it."""
        for use in self.uses.get(head.row, ()):
            source = self.cell_of(use.source_key)
            if source is not None:
                yield use, source


def read_facts(
    connection: Connection, scope: SessionFacts, layout: Layout, others: Iterable[HeadRow]
) -> Facts:
    """Return the facts about the cells' newest executions, and about `others` of the session."""
    facts = Facts(layout, scope.row)
    heads = [cell.head for cell in layout.cells if cell.head is not None]
    facts.heads = {head.row: head for head in (*heads, *others)}
    if scope.row is None:
        return facts
    for use in rows.uses(connection, facts.heads, layout.repeated):
        facts.uses[use.execution].append(use)
        facts.builds_on.add((use.execution, use.name))
        if use.source is None and use.name.startswith("file:"):
            facts.reads[use.name].append(use)
    for made in rows.last_made(connection, scope.row, layout.repeated):
        facts.makers[made.name].append(made)
        last = facts.live.get(made.name)
        if last is None or last.at < made.at:
            facts.live[made.name] = made
        if made.execution in facts.heads and made.entity is not None:
            facts.own.add((made.execution, made.name))
    newest = {head.row for head in heads}
    facts.own |= rows.names_made(connection, [row for row in facts.heads if row not in newest])
    changed = {name for row, name in facts.own if (row, name) in facts.builds_on}
    unseen = [
        (made.execution, name)
        for name in changed
        for made in facts.makers[name]
        if made.execution not in facts.heads and made.change in _FRESH
    ]
    if unseen:
        facts.builds_on |= rows.names_used(connection, unseen)
    return facts


def newer_of(facts: Facts, cell: Cell, head: HeadRow) -> Iterator[Newer]:
    """Yield what was made after an execution of each name that it used.

    In a run in order, a cell gets what the cells above it make. So what a cell below made
    since counts only if the execution had used what a cell below made, too.
    """
    for use in facts.uses.get(head.row, ()):
        is_own = (head.row, use.name) in facts.own
        counts, below = _made_since(facts, use, cell, head.at, is_own=is_own)
        read = _last_read(facts, use, head) if facts.reads else None
        if counts is not None or below is not None or read is not None or use.check:
            yield Newer(use, counts, below, read, is_own)


def _made_since(
    facts: Facts, use: UseRow, cell: Cell, at: int, *, is_own: bool
) -> tuple[MadeRow | None, MadeRow | None]:
    """Return who made a name last, of those that count, and whether a cell below did since."""
    timeline = facts.timeline(use.name)
    first = bisect_right(timeline.times, at)
    if first == len(timeline.makers):
        return None, None
    any_order = cell.place is None or _is_out_of_order(facts, use, cell, timeline)
    # What a cell below seeds is for itself.
    keeps_below = not use.name.startswith("seed:")
    only_below = not any_order and timeline.highest[first] > (cell.place or 0)
    below: MadeRow | None = None
    for made in reversed(timeline.makers[first:] if not only_below else timeline.makers[-1:]):
        maker = facts.cell_of(made.key)
        if maker is cell or (is_own and not facts.is_fresh(made)):
            continue
        if any_order or maker is None or not facts.layout.is_below(maker, cell):
            return made, below
        if below is None and keeps_below:
            below = made
    return None, below


def _is_out_of_order(facts: Facts, use: UseRow, cell: Cell, timeline: Timeline) -> bool:
    """Whether the cell had its input from below, or there is nothing above to have it from."""
    source = facts.cell_of(use.source_key) if use.source_session == facts.session else None
    if source is None:
        return False
    if source.place is not None:
        return facts.layout.is_below(source, cell)
    return timeline.top is None or timeline.top >= (cell.place or 0)


def made_name(name: str) -> str:
    """Return the name under which what is used as `name` is made.

    Seeding is seen as a change of the generator's state.
    """
    return f"ambient:{name.removeprefix('seed:')}" if name.startswith("seed:") else name


def _makers(facts: Facts, name: str) -> list[MadeRow]:
    """Who made what the name stands for; of a seed, who set it."""
    if not name.startswith("seed:"):
        return [made for made in facts.makers.get(name, ()) if made.entity is not None]
    generator = name.removeprefix("seed:")
    # What sets a seed uses none; a draw does.
    return [
        made
        for made in facts.makers.get(made_name(name), ())
        if (head := facts.heads.get(made.execution)) is not None
        and (made.execution, name) not in facts.builds_on
        and generator not in head.unseeded
    ]


def _last_read(facts: Facts, use: UseRow, head: HeadRow) -> UseRow | None:
    """The newest read of a file that nobody here wrote, with another content."""
    later = [
        read
        for read in facts.reads.get(use.name, ())
        if facts.heads[read.execution].at > head.at and read.entity != use.entity
    ]
    return max(later, key=lambda read: facts.heads[read.execution].at, default=None)


def entities_of(found: Iterable[Newer]) -> set[int]:
    """Return the contents that have to be compared."""
    wanted: set[int] = set()
    for newer in found:
        wanted.add(newer.use.entity)
        wanted |= {m.entity for m in (newer.made, newer.below) if m is not None and m.entity}
        wanted |= {newer.read.entity} if newer.read is not None else set()
    return wanted


def judge(facts: Facts, newer: Newer, contents: dict[int, ContentRow]) -> Reason | None:
    """Return what the newer content of one input means for the execution that used it."""
    use = newer.use
    old = contents[use.entity]
    if newer.read is not None and compare(old, contents[newer.read.entity]) == "newer":
        reader = facts.heads[newer.read.execution]
        sentence = f"{shown(use.name)} has changed: {label(reader.number)} read other content"
        return Reason("stale", sentence, use.name, reader.id)
    verdict = "same"
    if newer.made is not None and newer.made.entity is not None:
        new = contents[newer.made.entity]
        verdict = compare(old, new, is_same_row=newer.made.entity == use.entity)
        if use.source is not None:
            verdict = facts.reloads.get((use.source, newer.made.execution), verdict)
        if verdict == "newer":
            return Reason(
                "stale", _made_sentence(newer.made, use) + difference(old, new), use.name,
                newer.made.id,
            )  # fmt: skip
        if newer.is_own:
            sentence = f"{_made_sentence(newer.made, use)}, without what this cell did to it"
            return Reason("stale", sentence, use.name, newer.made.id)
    if newer.below is not None and newer.below.entity is not None:
        new = contents[newer.below.entity]
        if compare(old, new, is_same_row=newer.below.entity == use.entity) == "newer":
            sentence = (
                f"{_made_sentence(newer.below, use)}, which stands below{difference(old, new)}"
            )
            return Reason("overtaken", sentence, use.name, newer.below.id)
    if verdict == "unknown" and newer.made is not None:
        sentence = f"{_made_sentence(newer.made, use)}; the contents cannot be compared"
        return Reason("unknown", sentence, use.name, newer.made.id)
    if use.check == "sampled-equal":
        sentence = f"of {shown(use.name)} only a sample was compared before the cell ran"
        return Reason("unknown", sentence, use.name)
    return None


def compare(old: ContentRow, new: ContentRow, *, is_same_row: bool = False) -> str:
    """Return same, newer or unknown, by digests; times do not count."""
    if old.digest is None or new.digest is None:
        # The same row: one object that nobody changed, under whatever name.
        return "same" if is_same_row and old.scope == "unknown" else "unknown"
    is_equal = old.digest == new.digest
    if old.scope == new.scope == "full" or old.kind == new.kind == "module":
        return "same" if is_equal else "newer"
    if old.scope == new.scope == "sampled" and not is_equal:
        return "newer"
    return "unknown"


def _made_sentence(made: MadeRow, use: UseRow) -> str:
    verb = {"mutated": "was changed in place by", "written": "was written by"}.get(
        made.change, "was made anew by"
    )
    if use.name.startswith(("seed:", "environ:", "ambient:")):
        verb = "was set anew by"
    return f"{shown(use.name)} {verb} {label(made.number)}"


def shown(name: str) -> str:
    """Return a name of the trail in words.

    Examples
    --------
    >>> [shown(name) for name in ("df", "file:data/train.csv", "seed:numpy.random")]
    ['df', 'data/train.csv', 'the seed of numpy.random']
    """
    kind, colon, rest = name.partition(":")
    if not colon:
        return name
    words = {"seed": f"the seed of {rest}", "environ": f"environment variable {rest}", "file": rest}
    return words.get(kind, rest)


def label(count: int | None) -> str:
    """Return ``In [3]``; "a cell" where the number is not known."""
    return "a cell" if count is None else f"In [{count}]"


def difference(old: ContentRow, new: ContentRow) -> str:
    """Return in brackets what two contents differ in, as far as that is a short text."""
    before, after = _facts(old), _facts(new)
    if not before or not after or before == after:
        return ""
    return f" ({after}, was {before})"


def _facts(content: ContentRow) -> str:
    shape = content.summary.get("shape")
    if shape:
        return " x ".join(f"{side:,}" for side in shape)
    if content.kind == "container" and "length" in content.summary:
        return counted(int(content.summary["length"]), "element")
    text = content.summary.get("repr")
    return cut(str(text), _VALUE_WIDTH) if text is not None else ""
