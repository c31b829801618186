"""What the leaks say: one sentence for each fit that saw test rows, with the cells named."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import NormalDist

from celltrail.core.report import Finding
from celltrail.core.wording import counted, number
from celltrail.lineage.leakage.call_replay import Replay
from celltrail.lineage.leakage.call_values import Fit, FoldScore, Score, Step
from celltrail.lineage.leakage.leak_rules import JudgedRows, Leak, Look
from celltrail.lineage.leakage.row_sets import RowSet, Split
from celltrail.store.trail import ExecutionRow

_SPLIT_FIRST = (
    "split first and fit {name} on the training rows alone, or make it a step of the model's "
    "Pipeline."
)
# Shares of right answers: their standard error follows from the number of rows.
_SHARES = frozenset({"accuracy_score", "balanced_accuracy_score", "zero_one_loss"})
_MODELS_NAMED = 5  # each with its cell; beyond that models of a class are counted


class Cells:
    """How the executions that a report is about are called."""

    def __init__(self, rows: Iterable[ExecutionRow], replay: Replay) -> None:
        self._rows = {row.row: row for row in rows}
        self._splits = {(step.execution, step.call.n): step for step in replay.splits}

    def identifier(self, step: Step) -> str:
        """Return the identifier of a step's execution."""
        return self._rows[step.execution].id

    def label(self, step: Step) -> str:
        """Return ``In [3]``; the cell's id or "a cell" where it has no number."""
        row = self._rows[step.execution]
        if row.count is not None:
            return f"In [{row.count}]"
        return f"cell {row.cell}" if row.cell else "a cell"

    def split(self, split: Split) -> Step | None:
        """Return the call that split."""
        return self._splits.get((split.execution, split.n))


@dataclass(frozen=True, slots=True)
class Told:
    """A leak as it is told: a fit and the rows that it saw, with all scores on them.

    Attributes
    ----------
    finding : Finding
    is_early : bool
        A transformer was fitted before the test rows or the folds were taken.
    """

    finding: Finding
    is_early: bool


def told_leaks(found: Iterable[Leak], cells: Cells) -> Iterator[Told]:
    """Yield each fit and the rows that it saw, with all scores on them."""
    groups: dict[tuple[object, ...], list[Leak]] = {}
    for leak in found:
        rows = frozenset(rows.known() for rows in leak.test)
        groups.setdefault((leak.kind, leak.fit, rows), []).append(leak)
    for group in groups.values():
        yield Told(_finding(group, cells), _is_early(group[0], cells))


def summary(told: Iterable[Told], reused: Sequence[JudgedRows]) -> str:
    """Return what was proven, leaks apart from test rows that were judged on again and again.

    Parameters
    ----------
    told : iterable of Told
        Those that are warnings.
    reused : sequence of JudgedRows
    """
    early = [leak.is_early for leak in told]
    parts = []
    if not all(early):
        parts.append(f"test rows reached {counted(early.count(False), 'fit')}")
    if any(early):
        parts.append(f"{counted(early.count(True), 'transformer')} fitted before the split")
    leaks = f"{counted(len(early), 'leak')}: {', '.join(parts)}" if parts else "no leak found"
    if len(reused) == 1:
        (item,) = reused
        return f"{leaks}; {item.names[0]} was used to judge {counted(item.times, 'model')}"
    more = f"; {len(reused)} test sets were used to judge several models each" if reused else ""
    return leaks + more


def _is_early(leak: Leak, cells: Cells) -> bool:
    if leak.kind != "transformer":
        return False
    step = _split_below(leak.fit, leak.test, cells)
    return isinstance(leak.judged, FoldScore) or (step is not None and _is_later(step, leak.fit))


def _finding(group: list[Leak], cells: Cells) -> Finding:
    leak = group[0]
    fit = leak.fit
    scores = list(dict.fromkeys(item.judged for item in group if item.judged is not None))
    executions = [cells.identifier(fit), *(cells.identifier(score) for score in scores)]
    who = f"{fit.class_name} ({cells.label(fit)})"
    measured = _measured(scores, cells)
    if leak.kind == "train":
        sentence = f"{measured} is a training score: {who} was fitted on {fit.text}."
        return Finding("ok", sentence, None, _unique(executions))
    if leak.kind == "watched":
        sentence = (
            f"{leak.text} was handed to the fit of {who}; if that stopped early by it, {measured} "
            "was measured on rows that the model was chosen by."
        )
        hint = "stop early by a validation set of its own."
        return Finding("unknown", sentence, hint, _unique(executions))
    if leak.kind == "rows":
        sentence = _rows_sentence(leak, who, measured)
        hint = "fit on the training rows alone, and measure on rows kept out of every fit."
        return Finding("warning", sentence, hint, _unique(executions))
    step = _split_below(fit, leak.test, cells)
    if step is not None:
        executions.insert(1, cells.identifier(step))
    sentence = _transformer_sentence(leak, who, step, measured, cells)
    hint = _SPLIT_FIRST.format(name=fit.class_name)
    if leak.kind == "validation":
        return Finding("ok", f"{sentence} Test rows that it never saw are left.", None,
                       _unique(executions))  # fmt: skip
    if not leak.sure:
        sentence += " Whether it learns from rows is not known."
        return Finding("unknown", sentence, hint, _unique(executions))
    return Finding("warning", sentence, hint, _unique(executions))


def _rows_sentence(leak: Leak, who: str, measured: str) -> str:
    text = leak.fit.text
    match leak.relation:
        case "same":
            return f"{who} was fitted on {text}, and {measured} was measured on the same rows."
        case "around":
            return (
                f"{who} was fitted on {text}, which holds the rows of {leak.text}; {measured} "
                "was measured on them."
            )
        case "inside":
            return (
                f"{who} was fitted on {text}; {measured} was measured on {leak.text}, which "
                "holds those rows too."
            )
    return (
        f"{who} was fitted on {text}, which shares rows with {leak.text}; {measured} was "
        "measured on them."
    )


def _transformer_sentence(
    leak: Leak, who: str, step: Step | None, measured: str, cells: Cells
) -> str:
    fit = leak.fit
    if isinstance(leak.judged, FoldScore):
        return (
            f"{who} was fitted on all rows of {fit.text} before {leak.judged.call.function} "
            f"({cells.label(leak.judged)}) took its folds from them: {measured}."
        )
    after = f"; {measured} was measured on them." if measured else "; no score was seen yet."
    if step is not None and _is_later(step, fit):
        return (
            f"{who} was fitted on all rows of {fit.text} before {step.call.function} "
            f"({cells.label(step)}) took the test rows from it{after}"
        )
    if leak.relation == "same":
        return f"{who} was fitted on the test rows, {fit.text}{after}"
    return f"{who} was fitted on {fit.text}, which holds the rows of {leak.text}{after}"


def _is_later(step: Step, than: Step) -> bool:
    return (step.execution, step.call.n) > (than.execution, than.call.n)


def _split_below(fit: Fit, test: Sequence[RowSet], cells: Cells) -> Step | None:
    """The split that took `test` from what `fit` saw."""
    seen = {rows.known() for rows in fit.rows}
    for rows in test:
        path = rows.path()
        below = next((n for n, item in enumerate(path) if item in seen), None)
        for item in path[below + 1 :] if below is not None else ():
            if item.split is not None:
                return cells.split(item.split)
    return None


def _measured(scores: Sequence[Score | FoldScore], cells: Cells) -> str:
    """``accuracy 0.97 and f1 0.9 (In [6])``."""
    by_cell: dict[str, list[str]] = {}
    for score in scores:
        name = ", ".join(score.call.metrics[:1]) or score.call.function or "a score"
        value = "" if score.value is None else f" {number(score.value)}"
        times = f" (the last of {score.call.count})" if score.call.count > 1 else ""
        texts = by_cell.setdefault(cells.label(score), [])
        if name + value + times not in texts:
            texts.append(name + value + times)
    return ", ".join(f"{' and '.join(texts)} ({label})" for label, texts in by_cell.items())


def _unique(executions: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(executions))


def expected_best(count: int) -> float:
    """Return how far the best of `count` equally good models is expected above the truth.

    Parameters
    ----------
    count : int
        At least 1.

    Returns
    -------
    float
        In standard errors of one score; 0 for one model.

    Notes
    -----
    Blom's approximation of the expected largest of `count` independent normal values (Blom
    1958, Statistical Estimates and Transformed Beta-Variables). Models judged on the same
    rows are not independent, so it is an upper bound.

    Examples
    --------
    >>> [round(expected_best(n), 2) for n in (1, 3, 10)]
    [0.0, 0.87, 1.55]
    """
    return NormalDist().inv_cdf((count - 0.375) / (count + 0.25))


def reuse_findings(reused: Iterable[JudgedRows], cells: Cells) -> Iterator[Finding]:
    """Yield a warning for each test set that more than one model was judged on."""
    for item in reused:
        scores = [score for look in item.looks for score in look.scores]
        best = expected_best(item.times)
        about = f"up to {best:.2g} standard errors{_in_points(item, best)}"
        sentence = (
            f"{item.names[0]} was used to judge {counted(item.times, 'model')}: "
            f"{_models(item.looks, cells)}. The best of {item.times} looks better than it is, "
            f"by {about} if all are equally good."
        )
        hint = (
            "choose by cross-validation or on a validation set, and judge the one chosen on "
            "test rows once."
        )
        executions = _unique(cells.identifier(score) for score in scores)
        yield Finding("warning", sentence, hint, executions)


def _in_points(item: JudgedRows, best: float) -> str:
    """What that is for a share of right answers on so many rows."""
    shares = [
        score.value
        for look in item.looks
        for score in look.scores
        if score.call.function in _SHARES and score.value is not None and 0 < score.value < 1
    ]
    if not shares or not item.rows.count:
        return ""
    top = max(shares)
    points = best * math.sqrt(top * (1 - top) / item.rows.count)
    return f" ({points:.2g} for {number(top)} on {counted(item.rows.count, 'row')})"


def _models(looks: Sequence[Look], cells: Cells) -> str:
    if len(looks) > _MODELS_NAMED:
        times = Counter[str]()
        for look in looks:
            times[look.model] += look.times
        names = (f"{name} {count} times" if count > 1 else name for name, count in times.items())
        first, last = (cells.label(look.scores[-1]) for look in (looks[0], looks[-1]))
        return f"{', '.join(names)} ({first} to {last})"
    return ", ".join(
        f"{look.model}{f' {look.times} times' if look.times > 1 else ''}"
        f" ({cells.label(look.scores[-1])})"
        for look in looks
    )
