"""Why each cell has its states: by itself, by its inputs, and by what they hang on."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from celltrail.lineage.freshness.inputs import (
    Facts,
    Newer,
    entities_of,
    judge,
    label,
    made_name,
    newer_of,
    shown,
)
from celltrail.lineage.freshness.notebook_cells import Cell
from celltrail.lineage.freshness.present_files import file_reason
from celltrail.lineage.freshness.reloaded import compare_reloaded, is_read_anew
from celltrail.lineage.freshness.stale_report import STATES, Reason
from celltrail.store import staleness_rows as rows
from celltrail.store.database import Connection
from celltrail.store.staleness_rows import HeadRow, UseRow

_FAILED = {
    "error": "raised",
    "interrupted": "was interrupted",
    "aborted": "never ended: its kernel died",
}


class Judged(dict[Cell, list[Reason]]):
    """Reasons of each cell, and those of the executions of results."""

    def __init__(self) -> None:
        super().__init__()
        self.others: dict[int, list[Reason]] = {}


def judge_cells(connection: Connection, facts: Facts, home: Path | None) -> Judged:
    """Judge every cell's newest execution, and those of older results; then what hangs on them."""
    owners = {cell.head.row: cell for cell in facts.layout.cells if cell.head is not None}
    pairs: list[tuple[Cell, HeadRow]] = []
    for head in facts.heads.values():
        cell = owners.get(head.row) or facts.cell_of(head.key)
        if cell is not None:
            pairs.append((cell, head))
    newer = {
        head.row: [_as_reloaded(facts, head, found) for found in newer_of(facts, cell, head)]
        for cell, head in pairs
        if cell.lives or head.row not in owners
    }
    files = [] if home is None else list(_untouched_files(facts, pairs, newer))
    wanted = entities_of(found for founds in newer.values() for found in founds)
    wanted |= {use.entity for _, _, use in files}
    contents = rows.contents(connection, wanted) if wanted else {}
    compare_reloaded(
        connection, facts, (one for founds in newer.values() for one in founds), contents
    )
    judged = Judged()
    for cell in facts.layout.cells:
        judged[cell] = []
    for cell, head in pairs:
        reasons = judged[cell] if head.row in owners else judged.others.setdefault(head.row, [])
        found = (judge(facts, item, contents) for item in newer.get(head.row, ()))
        reasons.extend(reason for reason in found if reason is not None)
        reasons.extend(_orphaned(facts, cell, head))
        reasons.extend(_of_itself(cell, head) if head.row in owners else ())
    for cell, head, use in files:
        assert home is not None
        reason = file_reason(use, head, contents[use.entity], home=home)
        judged[cell] += () if reason is None else (reason,)
    for reasons in (*judged.values(), *judged.others.values()):
        reasons.sort(key=lambda reason: rank_of(reason.state))
    _pass_on(facts, judged)
    return judged


def _as_reloaded(facts: Facts, head: HeadRow, found: Newer) -> Newer:
    """Leave out that a file was read later, where that is told of the module it holds."""
    is_told = found.read is not None and is_read_anew(facts, head, found.use.name)
    return found._replace(read=None) if is_told else found


def _untouched_files(
    facts: Facts, pairs: Iterable[tuple[Cell, HeadRow]], newer: Mapping[int, Sequence[Newer]]
) -> Iterator[tuple[Cell, HeadRow, UseRow]]:
    """Yield the files that newest executions read, and that no cell is known to have changed."""
    for cell, head in pairs:
        if not cell.lives or cell.head is not head:
            continue
        touched = {found.use.name for found in newer.get(head.row, ())}
        for use in facts.uses.get(head.row, ()):
            if (
                use.name.startswith("file:")
                and use.name not in touched
                and (head.row, use.name) not in facts.own
                and not is_read_anew(facts, head, use.name)
            ):
                yield cell, head, use


def _of_itself(cell: Cell, head: HeadRow) -> Iterable[Reason]:
    if head.status != "ok":
        yield Reason("failed", f"{label(head.number)} {_FAILED.get(head.status, head.status)}")
    if not cell.lives:
        yield Reason("other session", "it last ran in an earlier session")
    if cell.is_edited:
        yield Reason("edited", "its code is not what ran")
    if cell.is_gone:
        yield Reason("orphan", "its cell is no longer in the notebook")
    if head.unseeded:
        sources = ", ".join(head.unseeded)
        yield Reason("unseeded", f"it drew from {sources} with no seed upstream")


def _orphaned(facts: Facts, cell: Cell, head: HeadRow) -> Iterable[Reason]:
    """Inputs that only code which is no longer in the notebook has made."""
    if not cell.lives:
        return
    for use, source in facts.sources(head):
        if source is cell or use.source_session != facts.session:
            continue
        name = made_name(use.name)
        newest = source.head
        if not source.is_gone and (
            newest is None
            or newest.code == use.source_code
            or newest.row == use.source
            or newest.status != "ok"
            or use.name.startswith("Out[")
            or (newest.row, name) in facts.own
            or (newest.row, name) in facts.builds_on
        ):
            continue
        if _is_made_since(facts, cell, name, use.source_at or 0):
            continue
        sentence = f"{shown(use.name)} was made by {label(use.source_count)}"
        if source.is_gone or newest is None:
            sentence += ", whose cell is gone"
        else:
            sentence += (
                "; that cell has run with other code since"
                f" ({label(newest.number)}) and makes it no more"
            )
        yield Reason("orphan", sentence, use.name, newest.id if newest else None)


def _is_made_since(facts: Facts, cell: Cell, name: str, at: int) -> bool:
    """Whether another cell that is still there, and not below, has made a name since."""
    for made in facts.makers.get(name, ()):
        maker = facts.cell_of(made.key)
        if made.at <= at or made.entity is None or maker is cell:
            continue
        if maker is None or not (maker.is_gone or facts.layout.is_below(maker, cell)):
            return True
    return False


def _pass_on(facts: Facts, judged: Judged) -> None:
    """What uses something of a stale cell is stale; the nearest cause is named."""
    readers: dict[Cell, list[tuple[Cell | int, str]]] = defaultdict(list)
    for cell in facts.layout.cells:
        if cell.head is not None and cell.lives:
            for use, source in facts.sources(cell.head):
                if _still_makes(facts, source, use):
                    readers[source].append((cell, use.name))
    for row in judged.others:
        for use, source in facts.sources(facts.heads[row]):
            if _still_makes(facts, source, use):
                readers[source].append((row, use.name))
    pending = deque(cell for cell in judged if _is_stale(judged[cell]))
    while pending:
        source = pending.popleft()
        for reader, name in readers[source]:
            reasons = judged.others[reader] if isinstance(reader, int) else judged[reader]
            if reader is source or _is_stale(reasons):
                continue
            cause = source.head
            sentence = (
                f"{shown(name)} comes from {label(cause.number if cause else None)}, which is stale"
            )
            reasons.append(Reason("stale", sentence, name, cause.id if cause else None))
            reasons.sort(key=lambda reason: rank_of(reason.state))
            if not isinstance(reader, int):
                pending.append(reader)


def _still_makes(facts: Facts, source: Cell, use: UseRow) -> bool:
    """Whether running the source cell again, as it ran last, makes what was used of it."""
    newest = source.head
    return newest is not None and (
        newest.row == use.source
        or newest.code == use.source_code
        or (newest.row, made_name(use.name)) in facts.own
    )


def _is_stale(reasons: Iterable[Reason]) -> bool:
    return any(reason.state == "stale" for reason in reasons)


def rank_of(state: str) -> int:
    """Return where a state stands in `STATES`; what is unknown comes last."""
    return STATES.index(state) if state in STATES else len(STATES)
