"""What staleness says: the state of every cell and result, and what to run in which order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from celltrail.core.identifiers import short
from celltrail.core.report import Part, Report, Table, When
from celltrail.core.wording import counted, cut

# The first of a cell's states in this order is the one that a mark shows.
STATES = (
    "running",  # has not ended yet, and has not run before
    "never run",
    "other session",  # last ran in an earlier session: nothing of it lives in the kernel
    "failed",  # raised, was interrupted, or its kernel died
    "edited",  # the saved source is not what ran
    "stale",  # an input has newer content
    "orphan",  # its cell is gone, or that of something it used
    "unseeded",  # drew random numbers with no seed upstream
    "overtaken",  # a cell below has changed an input since, as in every run in order
    "current",
)
_LINE_WIDTH = 60


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a cell has a state.

    Attributes
    ----------
    state : str
        One of `STATES`, or unknown: what could not be compared and is taken as current.
    sentence : str
    name : str or None
        The variable, file or other name that it is about, as the trail has it.
    cause : str or None
        Identifier of the execution that brought it about.
    """

    state: str
    sentence: str
    name: str | None = None
    cause: str | None = None


@dataclass(frozen=True, slots=True)
class CellState:
    """One cell with its states.

    Attributes
    ----------
    cell : str or None
        Its id in the notebook.
    place : int or None
        Counts the code cells of the saved notebook from 1; None where it is gone or unknown.
    execution : str or None
        Identifier of its newest execution.
    count : int or None
        Of ``In [count]``.
    line : str
        The first line of code, as saved, else as it ran.
    state : str
        The first of `states` in the order of `STATES`.
    states : tuple of str
    reasons : tuple of Reason
    code : str or None
        As it ran, without secrets; None where it never did, or is too long for a row.
    """

    cell: str | None
    place: int | None
    execution: str | None
    count: int | None
    line: str
    state: str
    states: tuple[str, ...]
    reasons: tuple[Reason, ...] = ()
    code: str | None = None


@dataclass(frozen=True, slots=True)
class ResultState:
    """One result of the session with its states, by the same rules as a cell's."""

    result: str
    execution: str
    cell: str | None
    count: int | None
    state: str
    states: tuple[str, ...]
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanStep:
    """One cell to run.

    Attributes
    ----------
    cell, place, execution, count, line
        As in `CellState`.
    why : str
    warning : str or None
        What running it again does that a run in order does not.
    """

    cell: str | None
    place: int | None
    execution: str | None
    count: int | None
    line: str
    why: str
    warning: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StaleReport(Report):
    """The state of every cell and result of a notebook.

    Attributes
    ----------
    notebook : str or None
    session : str or None
        Identifier of the session that the states are about.
    is_order_known : bool
        Whether the saved notebook is known; else what a later cell did counts as newer.
    cells : tuple of CellState
        In the order of the notebook, then cells that are gone; in the order in which they ran
        where the notebook is not known.
    results : tuple of ResultState
        Newest first.
    plan : tuple of PlanStep
        What to run, in order, so that everything stale is current.
    blocked : tuple of str
        What no plan can refresh, and why.
    unknown : tuple of str
        What was not observed or could not be compared.
    """

    kind: ClassVar[str] = "stale"

    notebook: str | None = None
    session: str | None = None
    is_order_known: bool = False
    cells: tuple[CellState, ...] = ()
    results: tuple[ResultState, ...] = ()
    plan: tuple[PlanStep, ...] = ()
    blocked: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    def body(self, when: When) -> Iterator[Part]:  # noqa: ARG002 - no time is shown
        """Yield the cells with their states, the results that are not current, the plan."""
        if self.cells:
            yield _cell_table(self.cells)
        if old := [result for result in self.results if result.state != "current"]:
            yield "results"
            yield _result_table(old)
        if self.plan:
            yield "run in order: " + ", ".join(cell_label(step) for step in self.plan)
            yield Table(
                ("run", "code", "why"),
                tuple(
                    (
                        cell_label(step),
                        cut(step.line, _LINE_WIDTH),
                        f"{step.why} — {step.warning}" if step.warning else step.why,
                    )
                    for step in self.plan
                ),
                keep=3,
            )
        yield from self.blocked
        for sentence in self.unknown:
            yield f"unknown: {sentence}"

    def records(self) -> list[dict[str, Any]]:
        """Return a row for each cell."""
        return [
            {
                "cell": cell.cell,
                "place": cell.place,
                "count": cell.count,
                "execution": cell.execution,
                "state": cell.state,
                "states": ", ".join(cell.states),
                "reasons": "; ".join(reason.sentence for reason in cell.reasons),
                "line": cell.line,
            }
            for cell in self.cells
        ]


def cell_label(cell: CellState | ResultState | PlanStep) -> str:
    """Return how a cell is called in a sentence: ``In [3]``, else its place or id."""
    if cell.count is not None:
        return f"In [{cell.count}]"
    place = getattr(cell, "place", None)
    if place is not None:
        return f"cell {place}"
    return f"cell {cell.cell}" if cell.cell else "a cell"


def _cell_table(cells: tuple[CellState, ...]) -> Table:
    headings = ("cell", "state", "code", "why")
    rows = tuple(
        (
            cell_label(cell) + (f" {short(cell.execution)}" if cell.execution else ""),
            ", ".join(cell.states),
            cut(cell.line, _LINE_WIDTH),
            "; ".join(reason.sentence for reason in cell.reasons),
        )
        for cell in cells
    )
    return Table(headings, rows, keep=4)


def _result_table(results: list[ResultState]) -> Table:
    rows = tuple(
        (
            _short_result(result.result),
            ", ".join(result.states),
            cell_label(result),
            "; ".join(reason.sentence for reason in result.reasons),
        )
        for result in results
    )
    return Table(("result", "state", "cell", "why"), rows, keep=4)


def _short_result(result: str) -> str:
    execution, dot, step = result.partition(".")
    return short(execution) + dot + step


def first_code_line(code: str | None) -> str:
    """Return the first line of a cell that is code; empty where there is none."""
    lines = [line.strip() for line in (code or "").splitlines() if line.strip()]
    found = (line for line in lines if not line.startswith(("#", "%%")))
    return next(found, lines[0] if lines else "")


def summary_of(cells: tuple[CellState, ...], plan: tuple[PlanStep, ...]) -> str:
    """Return how many cells have which mark, in one sentence."""
    if not cells:
        return "no cell of this notebook is known"
    found = {state: sum(cell.state == state for cell in cells) for state in STATES}
    parts = [f"{count:,} {state}" for state, count in found.items() if count]
    steps = f"; {counted(len(plan), 'cell')} to run" if plan else ""
    return f"{counted(len(cells), 'cell')}: {', '.join(parts)}{steps}"
