"""What is out of date in a notebook, why, and what to run to have it current again.

A cell is judged by its newest execution: content that others have since made of what it
used, by digest. A run from top to bottom leaves nothing stale: what a cell *below* made of
an input afterwards is as every run in order makes it (*overtaken*), where the saved
notebook is known. Where it is not, all that came later counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from celltrail.core.errors import NotFound
from celltrail.core.redaction import redact_code
from celltrail.core.report import Finding, Verdict
from celltrail.core.wording import counted
from celltrail.lineage.freshness.cell_reasons import Judged, judge_cells, rank_of
from celltrail.lineage.freshness.inputs import Facts, label, read_facts
from celltrail.lineage.freshness.notebook_cells import Cell, Layout, lay_out
from celltrail.lineage.freshness.present_source import PresentCell, is_code_of
from celltrail.lineage.freshness.refresh import Refresh, refresh
from celltrail.lineage.freshness.stale_report import (
    STATES,
    CellState,
    PlanStep,
    Reason,
    ResultState,
    StaleReport,
    first_code_line,
    summary_of,
)
from celltrail.store import staleness_rows as rows
from celltrail.store.database import Connection
from celltrail.store.finding import notebook_paths
from celltrail.store.staleness_rows import HeadRow, ResultOfSession, SessionFacts

# Results of a session that are judged; a sweep by hand can leave thousands.
RESULTS = 200
_NOT_CURRENT = frozenset(STATES[: STATES.index("unseeded")])


def staleness(
    connection: Connection,
    *,
    notebook: str | None,
    cells: Sequence[PresentCell] | None,
    session: str | None = None,
    problem: str | None = None,
    home: Path | None = None,
    asking: str | None = None,
) -> StaleReport:
    """Return the state of every cell and result of a notebook, and a plan to refresh them.

    Parameters
    ----------
    connection : Connection
    notebook : str or None
        Its path as the trail has it; None means that of the session.
    cells : sequence of PresentCell or None
        The code cells as saved, in order; None where they are not known. Then nobody can say
        whether a cell was edited or is gone.
    session : str or None
        Identifier of the session whose kernel is asked about; None means the one in which the
        notebook ran last.
    problem : str or None
        Why the saved notebook is not known (`present_notebook` says so).
    home : Path or None
        The notebook's folder, where files that cells read are looked at as they are now; None
        means that only what cells have seen of them counts.
    asking : str or None
        Identifier of the running execution that asks; its cell is left out if it has no other.

    Raises
    ------
    NotFound
        If the trail knows neither the notebook nor its cells.
    """
    scope = rows.session_facts(connection, notebook, session)
    if scope is None:
        if cells is None:
            what, wanted = ("notebook", notebook) if notebook else ("session", session or "")
            raise NotFound.named(what, wanted, notebook_paths(connection))
        scope = SessionFacts(None, session, None, notebook, ())
    layout = lay_out(connection, scope, cells)
    layout.cells = [cell for cell in layout.cells if asking is None or cell.running != asking]
    results: list[ResultOfSession] = []
    if scope.row is not None:
        results = rows.results_of_session(connection, scope.row, limit=RESULTS + 1)
    heads = {cell.head.row for cell in layout.cells if cell.head is not None}
    others = rows.executions_of_results(connection, {found.execution for found in results} - heads)
    facts = read_facts(connection, scope, layout, others)
    return _report(connection, scope, facts, results, problem, home)


def _report(
    connection: Connection,
    scope: SessionFacts,
    facts: Facts,
    results: list[ResultOfSession],
    problem: str | None,
    home: Path | None,
) -> StaleReport:
    layout = facts.layout
    judged = judge_cells(connection, facts, home)
    shown_cells = _listed(facts, judged)
    plan = refresh(facts, shown_cells, judged)
    states = tuple(_cell_state(cell, judged[cell]) for cell in shown_cells)
    found = _result_states(facts, results[:RESULTS], judged)
    unknown = tuple(_unknown(layout, states, results, problem))
    return StaleReport(
        summary=summary_of(states, plan.steps),
        verdict=_verdict(states),
        findings=tuple(_findings(plan)),
        notebook=scope.notebook,
        session=scope.id,
        is_order_known=layout.is_known,
        cells=states,
        results=found,
        plan=plan.steps,
        blocked=plan.blocked,
        unknown=unknown,
    )


def _listed(facts: Facts, judged: Judged) -> list[Cell]:
    """Every cell; one that is gone as long as something that it made lives or is used."""
    needed = {
        facts.cell_of(made.key)
        for made in facts.live.values()
        if made.entity is not None and ":" not in made.name
    }
    causes = {
        reason.cause
        for reasons in judged.values()
        for reason in reasons
        if reason.state == "orphan"
    }
    needed |= {cell for cell in facts.layout.cells if cell.head and cell.head.id in causes}
    return [
        cell for cell in facts.layout.cells if cell.is_own and (not cell.is_gone or cell in needed)
    ]


def _cell_state(cell: Cell, reasons: list[Reason]) -> CellState:
    states = _states(reasons)
    if cell.head is None:
        states = ("running",) if cell.running else ("never run",)
    head, present = cell.head, cell.present
    return CellState(
        cell=(present.id if present is not None else None) or (head.cell if head else None),
        place=None if cell.place is None else cell.place + 1,
        execution=head.id if head else None,
        count=head.number if head else None,
        # What is typed and has not run went through no recorder.
        line=first_code_line(redact_code(present.source).text if present else head and head.source),
        state=states[0],
        states=states,
        reasons=tuple(reasons),
        code=head.source if head else None,
    )


def _states(reasons: Iterable[Reason]) -> tuple[str, ...]:
    found = {reason.state for reason in reasons} & set(STATES)
    if not found & _NOT_CURRENT:
        found.add("current")
    return tuple(sorted(found, key=rank_of))


def _result_states(
    facts: Facts, results: Sequence[ResultOfSession], judged: Judged
) -> tuple[ResultState, ...]:
    owners = {cell.head.row: cell for cell in facts.layout.cells if cell.head is not None}
    states = []
    for result in results:
        head = facts.heads[result.execution]
        cell = owners.get(head.row)
        reasons = judged[cell] if cell is not None else list(judged.others.get(head.row, ()))
        if cell is None:
            reasons = sorted(
                [*reasons, *_of_older_run(facts, head)], key=lambda reason: rank_of(reason.state)
            )
        found = _states(reasons)
        states.append(
            ResultState(result.id, head.id, head.cell, head.number, found[0], found, tuple(reasons))
        )
    return tuple(states)


def _of_older_run(facts: Facts, head: HeadRow) -> Iterable[Reason]:
    """What an execution that is no longer the newest of its cell is by itself."""
    cell = facts.cell_of(head.key)
    if head.unseeded:
        sources = ", ".join(head.unseeded)
        yield Reason("unseeded", f"it drew from {sources} with no seed upstream")
    if cell is None or cell.is_gone:
        yield Reason("orphan", "its cell is no longer in the notebook")
    elif cell.present is not None:
        if not is_code_of(cell.present, head):
            yield Reason("edited", "its cell's code is not what ran")
    elif cell.head is not None and cell.head.code != head.code:
        sentence = f"its cell has run with other code since ({label(cell.head.number)})"
        yield Reason("edited", sentence, cause=cell.head.id)


def _verdict(states: Sequence[CellState]) -> Verdict:
    found = {state for cell in states for state in cell.states}
    if found & {"stale", "edited", "orphan", "failed"}:
        return "warning"
    return "ok" if "current" in found else "unknown"


def _findings(plan: Refresh) -> Iterable[Finding]:
    """One for each step that cannot be repeated: the rest stands in the tables."""
    for step in plan.steps:
        if step.warning:
            executions = (step.execution,) if step.execution else ()
            yield Finding("warning", f"{_called(step)}: {step.warning}", executions=executions)


def _called(step: PlanStep) -> str:
    return label(step.count) if step.count is not None else f"cell {step.place}"


def _unknown(
    layout: Layout,
    states: Sequence[CellState],
    results: Sequence[ResultOfSession],
    problem: str | None,
) -> Iterable[str]:
    if not layout.is_known:
        why = problem or "the notebook as saved is not known"
        yield f"whether cells were edited or are gone, and in which order they stand: {why}"
    if layout.switched_off:
        yield (f"what {counted(layout.switched_off, 'cell')} did: recording is switched off there")
    unsure = sum(any(r.state == "unknown" for r in cell.reasons) for cell in states)
    if unsure:
        yield (
            f"{counted(unsure, 'cell')} used what could not be compared in full, and count as"
            " current for that"
        )
    if len(results) > RESULTS:
        yield f"the results of this session beyond the newest {RESULTS}"
