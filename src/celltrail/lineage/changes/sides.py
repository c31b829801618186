"""Two results side by side: what their closures do not share, and what stands for what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from celltrail.core.errors import NotFound
from celltrail.core.wording import cut_code
from celltrail.lineage.changes.alignment import align
from celltrail.lineage.changes.reach import Reach
from celltrail.store import blobs, trail, why_rows
from celltrail.store.trail import Connection, ResultRow
from celltrail.store.upstream import upstream_rows
from celltrail.store.why_rows import ParamRow, Ran, Use

GENERATORS = ("ambient:random", "ambient:numpy.random")
_LINE_WIDTH = 100


@dataclass
class Side:
    """One result, its closure, and everything about the executions the other does not have.

    `flows` holds, for each execution, the content that others used of it by name.
    """

    row: ResultRow
    closure: frozenset[int]
    members: frozenset[int]
    step: int
    own: frozenset[int]
    ran: dict[int, Ran] = field(default_factory=dict)
    used: dict[int, dict[str, Use]] = field(default_factory=dict)
    flows: dict[int, dict[str, Use]] = field(default_factory=dict)
    readers: dict[int, set[int]] = field(default_factory=dict)
    params: dict[int, list[ParamRow]] = field(default_factory=dict)
    distances: dict[int, int] = field(default_factory=dict)

    @cached_property
    def reach(self) -> Reach:
        """What stands below each of its executions."""
        return Reach(self.ran, self.closure, readers=self.readers)


class Comparison:
    """Two sides, and which execution of one stands for which of the other.

    Attributes
    ----------
    pairs : list of (int, int)
        In the order in which b ran them.
    only_a, only_b : frozenset of int
        What nothing on the other side stands for.
    ids : dict of int to str
        Identifiers of the executions by row id.
    again : set of int
        Executions of one side that ran a cell of the shared part once more; their
        partner is that shared execution.
    """

    def __init__(self, connection: Connection, a: int, b: int, *, store: Path) -> None:
        self._connection = connection
        self._store = store
        self._codes: dict[int, str] = {}
        rows = _result_rows(connection, a, b)
        members = [why_rows.result_members(connection, row.row) for row in rows]
        closures = [frozenset(upstream_rows(connection, found)) for found, _ in members]
        self.shared = closures[0] & closures[1]
        self.sides = tuple(
            Side(row, closure, *one, closure - self.shared)
            for row, closure, one in zip(rows, closures, members, strict=True)
        )
        self.a, self.b = self.sides
        self._load()
        self._align()
        self.ids = {row: one.id for side in self.sides for row, one in side.ran.items()}

    def text(self, code: int) -> str:
        """Return a code as executed; a comment where its file is gone."""
        if code not in self._codes:
            self.read_codes([code])
        return self._codes.get(code, "")

    def read_codes(self, codes: Iterable[int]) -> None:
        """Read several codes at once."""
        wanted = set(codes) - self._codes.keys()
        for row, (source, blob) in why_rows.codes(self._connection, wanted).items():
            self._codes[row] = source if source is not None else self._long_code(blob)

    def _long_code(self, blob: str | None) -> str:
        try:
            return "" if blob is None else blobs.get(self._store, blob).decode("utf-8", "replace")
        except NotFound as fault:
            return f"# {fault.fact}"

    def environments(self, ids: Iterable[int]) -> dict[int, why_rows.EnvironmentRow]:
        """Return environments by row id."""
        return why_rows.environments(self._connection, ids)

    def uses_of(self, executions: Iterable[int]) -> Iterable[Use]:
        """Return what any executions used, those that both sides share included."""
        return why_rows.uses(self._connection, executions)

    def label(self, side: Side, execution: int) -> str:
        """Return ``In [4]``, and the cell's id where it has no count."""
        one = side.ran[execution]
        if one.number is not None:
            return f"In [{one.number}]"
        return f"cell {one.cell}" if one.cell else f"execution {one.id[-8:]}"

    def line(self, side: Side, execution: int) -> str:
        """Return the label with the first line of the cell that is code, as ``In [4] `x = 1```."""
        lines = (line.strip() for line in self.text(side.ran[execution].code).splitlines())
        first = next((line for line in lines if line and not line.startswith(("#", "%%"))), "")
        shown = f" `{cut_code(first, _LINE_WIDTH)}`" if first else ""
        return self.label(side, execution) + shown

    def runs_like(self, side: Side, execution: int) -> int:
        """Return how often the closure of a side ran the cell or the code of an execution."""
        one = next(s.ran[execution] for s in self.sides if execution in s.ran)
        return sum(
            row in side.closure
            and (other.code == one.code or (one.cell is not None and other.cell == one.cell))
            for row, other in side.ran.items()
        )

    def _load(self) -> None:
        every = self.a.own | self.b.own
        members = self.a.members | self.b.members
        ran = {one.row: one for one in why_rows.ran(self._connection, every | members)}
        uses = why_rows.uses(self._connection, every)
        params = why_rows.params(self._connection, every | members)
        for side in self.sides:
            known = side.own | side.members
            side.ran = {row: one for row, one in ran.items() if row in known}
            _connect(side, uses)
            for param in params:
                if param.execution in known:
                    side.params.setdefault(param.execution, []).append(param)
            side.distances = _distances(side)

    def _align(self) -> None:
        made: Mapping[int, frozenset[str]] = {
            row: frozenset(flow) for side in self.sides for row, flow in side.flows.items()
        }
        found = align(
            [one for row, one in self.a.ran.items() if row in self.a.own],
            [one for row, one in self.b.ran.items() if row in self.b.own],
            text=self.text,
            made=made,
            owners=(self.a.members, self.b.members),
        )
        self.pairs = list(found.pairs)
        self.again: set[int] = set()
        only = {0: set(found.only_a), 1: set(found.only_b)}
        if (only[0] or only[1]) and self.shared:
            self._match_shared(only)
        order = {row: at for at, row in enumerate(self.b.ran)}
        self.pairs.sort(key=lambda pair: order.get(pair[1], -1))
        self.only_a, self.only_b = frozenset(only[0]), frozenset(only[1])
        self.partner = dict(self.pairs)  # of an execution of a: the one of b

    def _match_shared(self, only: dict[int, set[int]]) -> None:
        """Let what ran a shared cell once more stand for that cell's last shared execution."""
        like = why_rows.like(self._connection, self.shared, only[0] | only[1])
        again = why_rows.ran(self._connection, like)
        flows: dict[int, dict[str, Use]] = defaultdict(dict)
        for made in why_rows.mades(self._connection, like):
            flows[made.execution][made.name] = Use(*made, None, None)
        for side in self.sides:
            side.ran = {one.row: one for one in again} | side.ran
            side.flows |= flows
        for use in why_rows.uses(self._connection, like):
            for side in self.sides:
                side.used.setdefault(use.execution, {})[use.name] = use
        for param in why_rows.params(self._connection, like):
            for side in self.sides:
                side.params.setdefault(param.execution, []).append(param)
        by_cell = {one.cell: one.row for one in again if one.cell}  # the last of each
        by_code = {one.code: one.row for one in again}
        for at, side in enumerate(self.sides):
            for row in sorted(only[at], reverse=True):
                one = side.ran[row]
                twin = by_cell.get(one.cell or "") or by_code.get(one.code)
                if twin is not None:
                    self.pairs.append((twin, row) if at else (row, twin))
                    self.again.add(row)
                    only[at].discard(row)


def content_relation(a: Use, b: Use) -> str:
    """Return same, sampled (equal as far as a sample says), differs or unknown."""
    if a.entity == b.entity and (a.digest is not None or a.scope == "full"):
        return "same" if a.scope in ("full", "metadata") else "sampled"
    if a.digest is None or b.digest is None:
        return "unknown"
    if a.digest != b.digest:
        return "differs"
    return "same" if "sampled" not in (a.scope, b.scope) else "sampled"


def same_value(a: Any, b: Any) -> bool:
    """Whether two values of a param are the same: 7 and 7.0 are, 7 and "7" are not."""
    if isinstance(a, bool) is not isinstance(b, bool):
        return False
    if isinstance(a, float) and isinstance(b, float) and a != a and b != b:
        return True
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(map(same_value, a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same_value(a[key], b[key]) for key in a)
    return bool(a == b)


def _result_rows(connection: Connection, a: int, b: int) -> tuple[ResultRow, ResultRow]:
    rows = {row.row: row for row in trail.result_rows(connection, [a, b])}
    for wanted in (a, b):
        if wanted not in rows:
            raise NotFound.named("result", str(wanted))
    return rows[a], rows[b]


def _connect(side: Side, uses: Iterable[Use]) -> None:
    for use in uses:
        if use.execution not in side.own:
            continue
        side.used.setdefault(use.execution, {})[use.name] = use
        if use.source is None or use.source == use.execution or use.name in GENERATORS:
            continue
        if use.source in side.own:
            side.flows.setdefault(use.source, {})[use.name] = use
            side.readers.setdefault(use.source, set()).add(use.execution)


def _distances(side: Side) -> dict[int, int]:
    """Return how many steps of the lineage each execution is from the metric."""
    found = dict.fromkeys(side.members & side.own, 0)
    front = list(found)
    while front:
        depth = found[front[0]] + 1
        below, front = front, []
        for row in below:
            for use in side.used.get(row, {}).values():
                source = use.source
                if source in side.own and source not in found and use.name not in GENERATORS:
                    found[source] = depth
                    front.append(source)
    return found
