"""Leaks and reuse: whether test rows reached a fit, and how often they were judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import ClassVar

from celltrail.core.errors import NotFound
from celltrail.core.report import Part, Report, Table, When
from celltrail.core.wording import counted, number
from celltrail.lineage.leakage import leak_wording
from celltrail.lineage.leakage.call_replay import Replay
from celltrail.lineage.leakage.call_values import Step
from celltrail.lineage.leakage.leak_rules import JudgedRows, judged_rows, leaks
from celltrail.store import trail
from celltrail.store.call_rows import CallSessions, call_sessions, result_members, sessions_of
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
    leaks : int
        Fits that lineage proves to have seen test rows.
    reused : int
        Test sets that several models were judged on.
    executions, fits, transforms, splits, scores, cross_validations : int
        How many were looked at.
    test_sets : tuple of TestSet
        Which rows models were judged on, and how often.
    unseen : tuple of Unseen
        The user's functions that fit, split or score: what happens in them is not seen.
    """

    kind: ClassVar[str] = "check"

    leaks: int = 0
    reused: int = 0
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
        counts = {
            "fit": self.fits,
            "transform": self.transforms,
            "split": self.splits,
            "score": self.scores,
            "cross-validation": self.cross_validations,
        }
        looked = ", ".join(counted(count, word) for word, count in counts.items() if count)
        yield f"looked at {looked or 'nothing'} in {counted(self.executions, 'execution')}"
        if self.test_sets:
            yield Table(
                ("test rows", "rows", "model", "score"),
                tuple(row for item in self.test_sets for row in _rows(item)),
                right=frozenset({1}),
            )
        if self.unseen:
            names = ", ".join(f"{item.name} ({item.calls})" for item in self.unseen)
            count = counted(len(self.unseen), "function")
            verb = "calls" if len(self.unseen) == 1 else "call"
            yield f"not seen: {count} of yours {verb} fit, split or score: {names}"


def _rows(item: TestSet) -> Iterator[tuple[str, str, str, str]]:
    """A line for each score; the test set is named in the first."""
    name = item.name + (" (validation)" if item.is_validation else "")
    count = "" if item.rows is None else f"{item.rows:,}"
    for judged in item.judged:
        times = f" {judged.times} times" if judged.times > 1 else ""
        value = "" if judged.value is None else f" {number(judged.value)}"
        yield name, count, f"{judged.model}{times}", f"{judged.metric}{value}"
        name = count = ""


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
        The verdict is ``warning`` for a leak that lineage proves or test rows that were
        reused, ``unknown`` where a leak could not be ruled out or nothing was judged in
        sight, else ``ok``.

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
    rows = sessions_of(connection, result=result, notebook=notebook, session=session)
    if not rows and (notebook is not None or session is not None):
        what = "notebook" if notebook is not None else "session"
        known = trail.notebook_paths(connection) if notebook is not None else []
        raise NotFound.named(what, notebook or session or "", known)
    sessions = call_sessions(connection, rows)
    replay = Replay().run(sessions.histories)
    members = result_members(connection, result) if result is not None else None
    counts = _counts(sessions, members)
    shown = {step.execution for step in (*replay.fits, *replay.scores, *replay.splits)}
    shown |= {step.execution for step in replay.folds}
    cells = leak_wording.Cells(trail.execution_rows(connection, shown), replay)
    sets = [
        item
        for item in judged_rows(replay)
        if members is None or any(s.execution in members for k in item.looks for s in k.scores)
    ]
    told = list(leak_wording.told_leaks(leaks(replay, counts), cells))
    return _report(sessions.executions, replay, told, sets, cells)


def _counts(sessions: CallSessions, members: set[int] | None) -> Callable[[Step], bool]:
    """Whether a step is to be reported: of the result asked for, and not run again since."""

    def counts(step: Step) -> bool:
        if members is not None:
            return step.execution in members
        return step.execution not in sessions.repeated

    return counts


def _report(
    executions: int,
    replay: Replay,
    told: list[leak_wording.Told],
    sets: list[JudgedRows],
    cells: leak_wording.Cells,
) -> CheckReport:
    reused = [item for item in sets if item.is_reused]
    proven = [leak for leak in told if leak.finding.verdict == "warning"]
    found = [leak.finding for leak in told]
    found += leak_wording.reuse_findings(reused, cells)
    findings = tuple(sorted(found, key=lambda finding: _ORDER.index(finding.verdict)))
    is_blind = not replay.scores and not replay.folds
    if proven or reused:
        verdict, summary = "warning", leak_wording.summary(proven, reused)
    elif any(finding.verdict == "unknown" for finding in findings):
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
        leaks=len(proven),
        reused=len(reused),
        executions=executions,
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
            look.model,
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
