"""The cells of a notebook, each with the execution that is its newest.

The saved notebook is matched with what ran: by cell id where the client sends it, else by
equal code in the order of the notebook (nbclient, papermill, shells; and notebooks whose
ids do not survive saving).
"""

from __future__ import annotations

import difflib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from celltrail.core.redaction import redact_code
from celltrail.lineage.freshness.present_source import PresentCell, is_code_of
from celltrail.store import staleness_rows as rows
from celltrail.store.database import Connection
from celltrail.store.staleness_rows import HeadRow, SessionFacts

# Without cell ids a changed cell is known by where it stands and by being alike.
_ALIKE = 0.5


@dataclass(slots=True, eq=False)
class Cell:
    """A cell of the notebook, or what is left of one that is gone.

    Attributes
    ----------
    present : PresentCell or None
        As saved; None where it is gone, or the saved notebook is not known.
    place : int or None
        Counts the code cells of the saved notebook from 0.
    head : HeadRow or None
        Its newest execution that has ended.
    lives : bool
        Whether `head` ran in the session that is asked about.
    is_gone : bool
        The saved notebook is known and does not hold it.
    is_own : bool
        False for a cell of another notebook that ran in the same kernel, and for the
        parameters that a batch runner puts in.
    running : str or None
        Its execution that has not ended, where it has no other.
    is_edited : bool
        What is saved is not what ran.
    """

    present: PresentCell | None = None
    place: int | None = None
    head: HeadRow | None = None
    lives: bool = False
    is_gone: bool = False
    is_own: bool = True
    running: str | None = None
    is_edited: bool = False


@dataclass(slots=True)
class Layout:
    """Every cell, those of the saved notebook in its order, then the others as they ran."""

    cells: list[Cell] = field(default_factory=list)
    owners: dict[int, Cell] = field(default_factory=dict)  # by key (see `staleness_rows`)
    repeated: list[int] = field(default_factory=list)  # codes that stand in several cells
    is_known: bool = False  # whether the saved notebook is
    switched_off: int = 0

    def is_below(self, cell: Cell, other: Cell) -> bool:
        """Whether `cell` stands below `other` in the saved notebook; False where unknown."""
        return cell.place is not None and other.place is not None and cell.place > other.place


def lay_out(
    connection: Connection, scope: SessionFacts, present: Sequence[PresentCell] | None
) -> Layout:
    """Return the cells of a notebook with their newest executions.

    Parameters
    ----------
    connection : Connection
    scope : SessionFacts
    present : sequence of PresentCell or None
        The code cells as saved, in order; None where they are not known.
    """
    layout = Layout(is_known=present is not None)
    recorded = [cell for cell in present or () if cell.is_recorded]
    layout.switched_off = sum(bool(c.source.strip()) for c in present or ()) - len(recorded)
    layout.repeated = _repeated(connection, recorded)
    heads: list[HeadRow] = []
    if scope.row is not None:
        heads = rows.newest_executions(connection, scope.row, layout.repeated)
    shown = [Cell(cell, place) for place, cell in enumerate(recorded)]
    rest = _match(layout, shown, heads, scope)
    layout.cells = [*shown, *_others(connection, layout, rest, scope)]
    _add_running(connection, layout, scope)
    _add_earlier(connection, layout, scope)
    return layout


def _repeated(connection: Connection, present: Sequence[PresentCell]) -> list[int]:
    counted = Counter(cell.source for cell in present)
    twice = [redact_code(source).text for source, count in counted.items() if count > 1]
    return rows.code_rows(connection, [rows.code_digest(code) for code in twice]) if twice else []


def _match(
    layout: Layout, shown: list[Cell], heads: list[HeadRow], scope: SessionFacts
) -> list[HeadRow]:
    """Give the shown cells their executions; return those that belong to none of them."""
    named = {head.cell: head for head in heads if head.cell is not None and _is_own(head, scope)}
    has_ids = False
    for cell in shown:
        assert cell.present is not None
        head = named.pop(cell.present.id, None) if cell.present.id is not None else None
        if head is not None:
            has_ids = True
            _give(layout, cell, head, is_edited=not is_code_of(cell.present, head))
    left = [head for head in heads if head.key not in layout.owners]
    left = _match_codes(layout, [cell for cell in shown if cell.head is None], left, scope)
    return left if has_ids else _match_edited(layout, shown, heads, left)


def _is_own(head: HeadRow, scope: SessionFacts) -> bool:
    return head.notebook is None or head.notebook in scope.notebooks or not scope.notebooks


def _give(layout: Layout, cell: Cell, head: HeadRow, *, is_edited: bool) -> None:
    layout.owners[head.key] = cell
    if cell.head is None or cell.head.at < head.at:
        cell.head, cell.lives, cell.is_edited = head, True, is_edited


def _match_codes(
    layout: Layout, shown: list[Cell], heads: list[HeadRow], scope: SessionFacts
) -> list[HeadRow]:
    """By equal code; of several cells alike, the last ones to run are the last to stand."""
    by_code: dict[bytes, list[HeadRow]] = defaultdict(list)
    marked: list[HeadRow] = []
    for head in heads:
        if _is_own(head, scope):
            by_code[head.digest].append(head)
            marked.append(head)
    alike: dict[bytes, list[Cell]] = defaultdict(list)
    for cell in shown:
        assert cell.present is not None
        digest = rows.code_digest(cell.present.source)
        if digest not in by_code:
            found = (head for head in marked if is_code_of(cell.present, head))
            digest = next((head.digest for head in found), digest)
        alike[digest].append(cell)
    given: set[int] = set()
    for digest, cells in alike.items():
        found_heads = by_code.get(digest, [])
        shift = max(0, len(cells) - len(found_heads))
        for back, head in enumerate(reversed(found_heads)):
            cell = cells[-1 - shift - back % (len(cells) - shift)]
            _give(layout, cell, head, is_edited=False)
            given.add(head.key)
    return [head for head in heads if head.key not in given]


def _match_edited(
    layout: Layout, shown: list[Cell], heads: list[HeadRow], left: list[HeadRow]
) -> list[HeadRow]:
    """Without ids: a cell that ran nothing, after the same cell as code that is nowhere now."""
    free = {head.key for head in left}
    before: dict[int | None, list[HeadRow]] = defaultdict(list)
    neighbour: int | None = None
    for head in heads:
        if head.key in free:
            before[neighbour].append(head)
        else:
            neighbour = head.key
    neighbour = None
    taken: set[int] = set()
    for cell in shown:
        if cell.head is not None:
            neighbour = cell.head.key
            continue
        assert cell.present is not None
        for head in before[neighbour]:
            ratio = difflib.SequenceMatcher(None, head.source or "", cell.present.source).ratio
            if head.key not in taken and ratio() >= _ALIKE:
                taken.add(head.key)
                _give(layout, cell, head, is_edited=True)
                break
    return [head for head in left if head.key not in taken]


def _others(
    connection: Connection, layout: Layout, left: Sequence[HeadRow], scope: SessionFacts
) -> list[Cell]:
    """What ran and is no cell of the saved notebook."""
    found: list[Cell] = []
    for head in left:
        cell = Cell(head=head, lives=True, is_own=_is_own(head, scope), is_gone=layout.is_known)
        layout.owners[head.key] = cell
        found.append(cell)
    if layout.is_known and found:
        given = rows.injected(connection, [head.id for head in left])
        for cell in found:
            assert cell.head is not None
            cell.is_own = cell.is_own and cell.head.id not in given
            cell.is_gone = cell.is_own
    return found


def _add_running(connection: Connection, layout: Layout, scope: SessionFacts) -> None:
    if scope.row is None:
        return
    ids = {cell.present.id: cell for cell in layout.cells if cell.present is not None}
    for head in rows.running_executions(connection, scope.row):
        cell = layout.owners.get(head.key)
        if cell is None and head.cell is not None:
            cell = ids.get(head.cell)
        if cell is None:
            cell = next(
                (c for c in layout.cells if c.present is not None and is_code_of(c.present, head)),
                None,
            )
        if cell is not None and cell.head is None:
            cell.running = head.id


def _add_earlier(connection: Connection, layout: Layout, scope: SessionFacts) -> None:
    """Cells that last ran in an earlier session."""
    if not layout.is_known:
        live = {cell.head.cell for cell in layout.cells if cell.head is not None}
        for head in rows.earlier_cells(connection, scope, None):
            if head.cell not in live:
                layout.cells.append(Cell(head=head))
                layout.owners.setdefault(head.key, layout.cells[-1])
        return
    missing = [cell for cell in layout.cells if cell.head is None and cell.running is None]
    if not missing or not scope.notebooks:
        return
    by_id = {cell.present.id: cell for cell in missing if cell.present and cell.present.id}
    for head in rows.earlier_cells(connection, scope, list(by_id)) if by_id else ():
        cell = by_id[str(head.cell)]
        assert cell.present is not None
        cell.head, cell.is_edited = head, not is_code_of(cell.present, head)
        layout.owners.setdefault(head.key, cell)
    _add_earlier_codes(connection, scope, [cell for cell in missing if cell.head is None])


def _add_earlier_codes(
    connection: Connection, scope: SessionFacts, missing: Iterable[Cell]
) -> None:
    by_digest: dict[bytes, Cell] = {}
    for cell in missing:
        assert cell.present is not None
        for code in (cell.present.source, redact_code(cell.present.source).text):
            by_digest.setdefault(rows.code_digest(code), cell)
    codes = rows.code_rows(connection, list(by_digest)) if by_digest else []
    for head in rows.earlier_codes(connection, scope, codes) if codes else ():
        by_digest[head.digest].head = head
