"""Which cells to run, and in which order, so that everything stale is current.

The plan holds what is stale or edited, what hangs on edited cells, and no more than has to
run besides: a cell gets its inputs from the nearest cell above that makes them (where the
notebook is not known, from whoever made them last), so that one runs again where another
has changed them since; and what that takes away from cells further down is made again.
What edited code uses and makes anew is known only after it has run.
"""

from __future__ import annotations

import heapq
import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from celltrail.lineage.freshness.inputs import Facts, label, shown
from celltrail.lineage.freshness.notebook_cells import Cell
from celltrail.lineage.freshness.stale_report import PlanStep, Reason, first_code_line

_AMBIENT = ("seed:", "ambient:", "Out[")


@dataclass(frozen=True, slots=True)
class Refresh:
    """Steps in order, and sentences about what cannot be refreshed."""

    steps: tuple[PlanStep, ...] = ()
    blocked: tuple[str, ...] = ()


@dataclass(slots=True)
class _Flow:
    """Who needs what of whom, among the cells whose newest run lives in the session."""

    facts: Facts
    cells: list[Cell]
    needs: dict[Cell, dict[str, Cell | None]] = field(default_factory=dict)  # None: from outside
    makes: dict[Cell, set[str]] = field(default_factory=dict)
    makers: dict[str, list[Cell]] = field(default_factory=lambda: defaultdict(list))
    readers: dict[tuple[Cell, str], list[Cell]] = field(default_factory=lambda: defaultdict(list))
    users: dict[Cell, list[tuple[Cell, str]]] = field(default_factory=lambda: defaultdict(list))
    positions: dict[str, list[tuple[int, int]]] = field(default_factory=dict)  # of the makers
    lost: dict[str, int] = field(default_factory=dict)  # makers from here on were looked at

    def position(self, cell: Cell) -> tuple[int, int]:
        """Where the cell stands: in the notebook, else in the order in which cells ran."""
        if cell.place is not None:
            return (0, cell.place)
        return (1, cell.head.at if cell.head is not None else 0)

    def changes(self, cell: Cell, name: str) -> bool:
        """Whether a cell makes a name out of what it held before."""
        return name in self.makes[cell] and name in self.needs[cell]

    def holder(self, name: str) -> Cell | None:
        """The cell whose work a name now holds; None where it is deleted."""
        made = self.facts.live.get(name)
        return None if made is None or made.entity is None else self.facts.cell_of(made.key)


def refresh(
    facts: Facts, cells: Sequence[Cell], judged: Mapping[Cell, Sequence[Reason]]
) -> Refresh:
    """Return what to run, in order, for the cells that were judged.

    Parameters
    ----------
    facts : Facts
    cells : sequence of Cell
    judged : mapping of Cell to reasons
    """
    flow = _read_flow(facts, cells)
    states = {cell: {reason.state for reason in judged[cell]} for cell in cells}
    planned: dict[Cell, str] = {}
    for cell in flow.cells:
        if not cell.is_gone and states[cell] & {"stale", "edited"}:
            first = next(r for r in judged[cell] if r.state in ("edited", "stale"))
            planned[cell] = first.sentence
    seeds = [cell for cell in planned if "edited" in states[cell]]
    _add_readers(flow, planned, seeds, "which is edited")
    blocked = _close(flow, planned, states)
    steps = [_step(flow, cell, planned) for cell in _ordered(flow, planned)]
    gone = [
        f"{label(cell.head.number)} cannot be refreshed: its cell is gone"
        for cell in cells
        if cell.is_gone and cell.head is not None
    ]
    return Refresh(tuple(steps), (*gone, *blocked))


def _read_flow(facts: Facts, cells: Sequence[Cell]) -> _Flow:
    flow = _Flow(facts, [cell for cell in cells if cell.head is not None and cell.lives])
    for cell in flow.cells:
        assert cell.head is not None
        flow.makes[cell] = set()
        flow.needs[cell] = {}
    for name, makers in facts.makers.items():
        if name.startswith(_AMBIENT):
            continue
        for made in makers:
            maker = facts.cell_of(made.key)
            if maker is None or maker.head is None or maker not in flow.makes:
                continue
            head = maker.head
            is_present = made.execution == head.row or made.code == head.code
            is_present = is_present or (head.row, name) in facts.builds_on
            if made.entity is not None and is_present and _may_make(maker, name):
                flow.makes[maker].add(name)
                flow.makers[name].append(maker)
    for name in flow.makers:
        flow.makers[name].sort(key=flow.position)
        flow.positions[name] = [flow.position(maker) for maker in flow.makers[name]]
    for cell in flow.cells:
        _read_needs(flow, cell)
    return flow


def _may_make(cell: Cell, name: str) -> bool:
    """Whether the code that is to run may make a name: edited code that does not hold it cannot."""
    if not cell.is_edited or cell.present is None or not name.isidentifier():
        return True
    return re.search(rf"\b{re.escape(name)}\b", cell.present.source) is not None


def _read_needs(flow: _Flow, cell: Cell) -> None:
    assert cell.head is not None
    for use in flow.facts.uses.get(cell.head.row, ()):
        if use.name.startswith(_AMBIENT):
            continue
        source = flow.facts.cell_of(use.source_key)
        if source is not None and not source.lives:
            continue  # a file of an earlier session
        if source is not None and source is not cell:
            flow.users[source].append((cell, use.name))
        maker = _maker_for(flow, cell, use.name, source)
        if maker is not cell:
            flow.needs[cell][use.name] = maker
            if maker is not None:
                flow.readers[maker, use.name].append(cell)


def _maker_for(flow: _Flow, cell: Cell, name: str, source: Cell | None) -> Cell | None:
    """The cell from which `cell` is to have `name`."""
    if cell.place is not None:
        above = bisect_left(flow.positions.get(name, []), flow.position(cell))
        return flow.makers[name][above - 1] if above else source
    if name not in flow.makes[cell]:
        holder = flow.holder(name)
        if holder is not None and holder in flow.makes:
            return holder
    return source


def _add_readers(
    flow: _Flow, planned: dict[Cell, str], seeds: Iterable[Cell], what: str
) -> list[Cell]:
    """Add what uses something of the seeds, directly or not; return it."""
    pending = list(seeds)
    added: list[Cell] = []
    while pending:
        source = pending.pop()
        assert source.head is not None
        readers = [(r, name) for name in flow.makes[source] for r in flow.readers[source, name]]
        # Both who had it of this cell, and who is to have it.
        for reader, name in sorted((*flow.users[source], *readers), key=lambda pair: pair[1]):
            if reader not in planned and not reader.is_gone:
                planned[reader] = f"uses {shown(name)} of {label(source.head.number)}, {what}"
                pending.append(reader)
                added.append(reader)
    return added


def _close(flow: _Flow, planned: dict[Cell, str], states: Mapping[Cell, set[str]]) -> list[str]:
    """Add the cells that have to run besides; return what no cell can give."""
    blocked: dict[str, None] = {}
    pending = list(planned)
    while pending:
        cell = pending.pop()
        for maker, why in (*_wanted(flow, cell, blocked), *_taken_away(flow, cell, planned)):
            if maker in planned:
                continue
            planned[maker] = why
            pending.append(maker)
            if "unseeded" in states[maker]:
                pending += _add_readers(flow, planned, [maker], "which draws anew")
    return list(blocked)


def _wanted(flow: _Flow, cell: Cell, blocked: dict[str, None]) -> Iterator[tuple[Cell, str]]:
    """Cells that make an input which the kernel does not hold as this cell needs it."""
    assert cell.head is not None
    for name, maker in flow.needs[cell].items():
        if maker is None or flow.holder(name) is maker:
            continue
        assert maker.head is not None
        if maker not in flow.makes or maker.is_gone:
            blocked[
                f"{label(cell.head.number)} needs {shown(name)} as {label(maker.head.number)}"
                " made it, whose cell is gone"
            ] = None
            continue
        if name in flow.makes[maker]:
            yield maker, f"{label(cell.head.number)} needs {shown(name)} as it makes it"


def _taken_away(flow: _Flow, cell: Cell, planned: Mapping[Cell, str]) -> Iterator[tuple[Cell, str]]:
    """Cells further down whose work on a name is lost when this one makes it anew."""
    assert cell.head is not None
    for name in sorted(flow.makes[cell]):
        first = bisect_right(flow.positions[name], flow.position(cell))
        last = flow.lost.get(name, len(flow.makers[name]))
        flow.lost[name] = min(first, last)
        for maker in flow.makers[name][first:last]:
            if maker in planned or maker.is_gone:
                continue
            if flow.changes(maker, name) or flow.readers.get((maker, name)):
                yield maker, f"{label(cell.head.number)} makes {shown(name)} anew above it"


def _ordered(flow: _Flow, planned: Mapping[Cell, str]) -> list[Cell]:
    """In the order of the notebook where nobody uses what comes later, else by what is used."""
    cells = sorted(planned, key=flow.position)
    numbers = {cell: n for n, cell in enumerate(cells)}
    waits = [
        {numbers[m] for m in flow.needs[cell].values() if m is not None and m in numbers}
        for cell in cells
    ]
    followers: dict[int, list[int]] = defaultdict(list)
    for n, makers in enumerate(waits):
        for maker in makers:
            followers[maker].append(n)
    ready = [n for n, makers in enumerate(waits) if not makers]
    done: dict[int, None] = {}
    pending = iter(range(len(cells)))
    while len(done) < len(cells):
        # In a circle the notebook's order decides.
        at = heapq.heappop(ready) if ready else next(n for n in pending if n not in done)
        if at in done:
            continue
        done[at] = None
        for n in followers[at]:
            waits[n].discard(at)
            if not waits[n] and n not in done:
                heapq.heappush(ready, n)
    return [cells[n] for n in done]


def _step(flow: _Flow, cell: Cell, planned: Mapping[Cell, str]) -> PlanStep:
    head, present = cell.head, cell.present
    assert head is not None
    return PlanStep(
        cell=(present.id if present is not None else None) or head.cell,
        place=None if cell.place is None else cell.place + 1,
        execution=head.id,
        count=head.number,
        line=first_code_line(present.source if present is not None else head.source),
        why=planned[cell],
        warning=_warning(flow, cell, planned),
    )


def _warning(flow: _Flow, cell: Cell, planned: Mapping[Cell, str]) -> str | None:
    assert cell.head is not None
    twice = [
        shown(name)
        for name, maker in flow.needs[cell].items()
        if flow.changes(cell, name)
        and (maker is None or maker not in planned)
        and flow.holder(name) is not maker
    ]
    if twice:
        return f"not repeatable: it has changed {', '.join(sorted(twice))} already"
    for use, source in flow.facts.sources(cell.head):
        if use.name.startswith("seed:") and source not in planned and source is not cell:
            return f"draws on from where {use.name[5:]} stands, not from its seed"
    return None
