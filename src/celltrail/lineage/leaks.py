"""Leaks and reuse: whether test rows reached a fit, and how often they were judged."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

from celltrail.core.errors import NotFound
from celltrail.core.report import Finding, Part, Report, Table, When
from celltrail.core.wording import counted, number
from celltrail.lineage import leak_wording
from celltrail.lineage.call_replay import Replay
from celltrail.lineage.call_values import Step
from celltrail.lineage.leak_rules import JudgedRows, judged_rows, leaks
from celltrail.store import trail
from celltrail.store.call_rows import CallHistory, call_histories, result_members, sessions_of
from celltrail.store.trail import Connection

_ORDER = ("failed", "warning", "unknown", "ok")


@dataclass(frozen=True, slots=True)
class Judged:
    """One score of a model on some test rows.

    Attributes
    ----------
    model : str
        Its class.
    metric : str
    value : float or None
        None for NaN, infinities and what is not known.
    times : int
        Models or settings that a loop made of it.
    fitted, scored : str
        Identifiers of the executions.
    """

    model: str
    metric: str
    value: float | None
    times: int
    fitted: str
    scored: str


@dataclass(frozen=True, slots=True)
class TestSet:
    """Rows that models were judged on and not fitted on.

    Attributes
    ----------
    name : str
    rows : int or None
    is_validation : bool
        They are there to choose by.
    models : int
        How many were judged, baselines left out.
    optimism : float or None
        How far the best of so many equally good models is expected above its true value,
        in standard errors; None for one model.
    judged : tuple of Judged
    """

    name: str
    rows: int | None
    is_validation: bool
    models: int
    optimism: float | None
    judged: tuple[Judged, ...]


@dataclass(frozen=True, slots=True)
class Unseen:
    """A function of the notebook that calls what is not seen there."""

    name: str
    calls: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport(Report):
    """Leaks found in the recorded calls.

    Attributes
    ----------
    executions, fits, transforms, splits, scores, cross_validations : int
        How many were looked at.
    test_sets : tuple of TestSet
        Which rows models were judged on, and how often.
    unseen : tuple of Unseen
        The user's functions that fit, split or score: what happens in them is not seen.
    """

    kind: ClassVar[str] = "check"

    executions: int = 0
    fits: int = 0
    transforms: int = 0
    splits: int = 0
    scores: int = 0
    cross_validations: int = 0
    test_sets: tuple[TestSet, ...] = ()
    unseen: tuple[Unseen, ...] = ()

    def body(self, when: When) -> Iterator[Part]:  # noqa: ARG002 - no time is shown
        """Yield what was looked at, the test sets, and what was not seen."""
        looked = (
            counted(self.fits, "fit"),
            counted(self.transforms, "transform"),
            counted(self.splits, "split"),
            counted(self.scores, "score"),
            counted(self.cross_validations, "cross-validation"),
        )
        yield f"looked at {', '.join(looked)} in {counted(self.executions, 'execution')}"
        if self.test_sets:
            yield Table(
                ("test rows", "rows", "models", "judged by"),
                tuple(_row(item) for item in self.test_sets),
                right=frozenset({1, 2}),
            )
        if self.unseen:
            names = ", ".join(f"{item.name} ({item.calls})" for item in self.unseen)
            count = counted(len(self.unseen), "function")
            verb = "calls" if len(self.unseen) == 1 else "call"
            yield f"not seen: {count} of yours {verb} fit, split or score: {names}"


def _row(item: TestSet) -> tuple[str, str, str, str]:
    shown = [
        f"{judged.model} {judged.metric}"
        + (f" {number(judged.value)}" if judged.value is not None else "")
        for judged in item.judged[:3]
    ]
    more = len(item.judged) - len(shown)
    return (
        item.name + (" (validation)" if item.is_validation else ""),
        "" if item.rows is None else f"{item.rows:,}",
        str(item.models),
        ", ".join(shown) + (f" and {more} more" if more > 0 else ""),
    )


def check(
    connection: Connection,
    *,
    result: int | None = None,
    notebook: str | None = None,
    session: str | None = None,
) -> CheckReport:
    """Look for leaks in what was recorded.

    Parameters
    ----------
    connection : Connection
    result : int or None
        Row id: only what concerns this result.
    notebook : str or None
        Path: all sessions of a notebook.
    session : str or None
        Identifier of a session, or its first or last digits. Without any of the three,
        the session of the newest result.

    Returns
    -------
    CheckReport
        The verdict is ``warning`` for a leak that lineage proves, ``unknown`` where one
        could not be ruled out or nothing was judged in sight, else ``ok``.

    Raises
    ------
    NotFound
        If there is no such session or notebook.

    Notes
    -----
    Calls are seen in top-level code only. Rows are followed through splits, columns,
    transformers and plain methods; what went through anything else has rows of its own,
    so a leak may be missed, and none is made up.
    """
    sessions = sessions_of(connection, result=result, notebook=notebook, session=session)
    if not sessions and (notebook is not None or session is not None):
        what = "notebook" if notebook is not None else "session"
        known = trail.notebook_paths(connection) if notebook is not None else []
        raise NotFound.named(what, notebook or session or "", known)
    histories = call_histories(connection, sessions)
    replay = Replay().run(histories)
    members = result_members(connection, result) if result is not None else None
    counts = _counts(histories, members)
    shown = {step.execution for step in (*replay.fits, *replay.scores, *replay.splits)}
    shown |= {step.execution for step in replay.folds}
    cells = leak_wording.Cells(trail.execution_rows(connection, shown), replay)
    sets = [
        item
        for item in judged_rows(replay)
        if members is None or any(s.execution in members for k in item.looks for s in k.scores)
    ]
    found = [*leak_wording.leak_findings(leaks(replay, counts), cells)]
    found += leak_wording.reuse_findings(sets, cells)
    return _report(histories, replay, found, sets, cells)


def _counts(histories: list[CallHistory], members: set[int] | None) -> Callable[[Step], bool]:
    """Whether a step is to be reported: of the result asked for, and not run again since."""
    latest = {
        (history.session, history.cell): history.row
        for history in histories
        if history.cell is not None
    }
    again = {
        history.row
        for history in histories
        if history.cell is not None and latest[history.session, history.cell] != history.row
    }

    def counts(step: Step) -> bool:
        if members is not None:
            return step.execution in members
        return step.execution not in again

    return counts


def _report(
    histories: list[CallHistory],
    replay: Replay,
    found: list[Finding],
    sets: Iterable[JudgedRows],
    cells: leak_wording.Cells,
) -> CheckReport:
    findings = tuple(sorted(found, key=lambda finding: _ORDER.index(finding.verdict)))
    verdicts = [finding.verdict for finding in findings]
    is_blind = not replay.scores and not replay.folds
    if "warning" in verdicts:
        verdict, summary = "warning", f"{counted(verdicts.count('warning'), 'leak')} found"
    elif "unknown" in verdicts:
        verdict, summary = "unknown", "a leak could not be ruled out"
    elif is_blind:
        verdict, summary = "unknown", "nothing was judged where it could be seen"
    else:
        verdict, summary = "ok", "no leak found"
        summary += " in what was seen" if replay.functions else ""
    return CheckReport(
        verdict=verdict,  # type: ignore[arg-type]  # mypy widens the literals
        summary=summary,
        findings=findings,
        executions=len(histories),
        fits=len(replay.fits),
        transforms=replay.transforms,
        splits=len(replay.splits),
        scores=len(replay.scores),
        cross_validations=len(replay.folds),
        test_sets=tuple(_test_set(item, cells) for item in sets),
        unseen=tuple(Unseen(name, calls) for name, calls in sorted(replay.functions.items())),
    )


def _test_set(item: JudgedRows, cells: leak_wording.Cells) -> TestSet:
    judged = tuple(
        Judged(
            " + ".join(dict.fromkeys(fit.class_name for fit in look.fits)),
            score.names[0],
            score.value,
            look.times,
            cells.identifier(look.fits[-1]),
            cells.identifier(score),
        )
        for look in item.looks
        for score in look.scores
    )
    times = item.times
    return TestSet(
        item.names[0],
        item.rows.count,
        item.is_validation,
        times,
        leak_wording.expected_best(times) if times > 1 else None,
        judged,
    )
