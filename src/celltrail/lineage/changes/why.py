"""Why two results differ: root causes, ranked by how much of the metric they touch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from celltrail.core.redaction import redact_cell
from celltrail.core.wording import counted, number, numbers_apart
from celltrail.lineage.changes.differences import find_roots
from celltrail.lineage.changes.differences_environment import environment_roots
from celltrail.lineage.changes.roots import Root
from celltrail.lineage.changes.sides import Comparison, Side, same_value
from celltrail.lineage.changes.why_data import DataAtRoots
from celltrail.lineage.changes.why_report import Difference, MetricChange, ResultFacts, WhyReport
from celltrail.lineage.datasets.row_matching import Redact
from celltrail.store import why_rows
from celltrail.store.trail import Connection

# What is certain to matter comes before what may, and before what does not.
CERTAINTIES = ("effective", "possible", "indirect", "without effect", "cosmetic")
# Of causes that reach the same cells from the same distance, the more specific one first.
KINDS = ("seed", "param", "data", "code", "order", "environment", "unseeded", "unknown")


def why(
    connection: Connection,
    a: int,
    b: int,
    *,
    store: Path,
    redact: Redact = redact_cell,
    reads_rows: bool = True,
) -> WhyReport:
    """Return why result b is not result a: root causes, the one that touches most first.

    Parameters
    ----------
    connection : Connection
    a, b : int
        Row ids of results, as `trail.find_result` returns them; b is the newer one.
    store : Path
        The ``.celltrail`` folder, where long codes and snapshots are kept.
    redact : callable
        Makes of a column's name and a cell's text what may be shown.
    reads_rows : bool
        Whether snapshots are loaded, to compare their rows.

    Returns
    -------
    WhyReport

    Raises
    ------
    NotFound
        If there is no such result.
    """
    comparison = Comparison(connection, a, b, store=store)
    found = find_roots(comparison)
    around = environment_roots(comparison, found)
    roots = [*found.roots, *around]
    data = DataAtRoots(
        connection, comparison, roots, store=store, redact=redact, reads_rows=reads_rows
    )
    differences = _ranked([_difference(comparison, root, data) for root in roots])
    metrics = metric_changes(comparison.a.row.metrics, comparison.b.row.metrics)
    likely = [one for one in differences if one.certainty in ("effective", "possible")]
    is_sufficient = len(likely) == 1 and any(_differs(one) for one in metrics)
    report = WhyReport(
        a=result_facts(comparison.a, store),
        b=result_facts(comparison.b, store),
        metrics=metrics,
        differences=differences,
        is_sufficient=is_sufficient,
        consequences=len(found.consequences),
        executions=len(comparison.b.closure),
        not_observed=tuple(dict.fromkeys([*found.unknown, *_unseen(comparison), *data.unread])),
    )
    return replace(report, summary=_summary(report))


def previous_result(connection: Connection, result: int) -> int:
    """Return the row id of the result before this one with a metric of the same name.

    Those of the same notebook come first; what a reproduction ran is left out.

    Raises
    ------
    NotFound
        If there is none, with what to do instead.
    """
    return why_rows.previous_result(connection, result)


def metric_changes(a: dict[str, float], b: dict[str, float]) -> tuple[MetricChange, ...]:
    """Return every metric of two results side by side, those that differ first."""
    found = [
        MetricChange(
            name,
            a.get(name),
            b.get(name),
            b[name] - a[name] if name in a and name in b else None,
        )
        for name in dict.fromkeys([*a, *b])
    ]
    return tuple(sorted(found, key=lambda one: not _differs(one)))


def result_facts(side: Side, store: Path) -> ResultFacts:
    """Return what is said of a result above its differences; paths as seen from the project."""
    row = side.row
    notebook = row.notebook
    if notebook is not None and Path(notebook).is_relative_to(store.parent):
        notebook = str(Path(notebook).relative_to(store.parent))
    count = side.ran[row.execution].number if row.execution in side.ran else None
    return ResultFacts(
        row.id, notebook, row.cell, count, row.started_at, row.status, row.run, row.metrics
    )


def _differs(one: MetricChange) -> bool:
    if one.a is None or one.b is None:
        return one.a is not one.b
    return not same_value(one.a, one.b)


def _difference(comparison: Comparison, root: Root, data: DataAtRoots) -> Difference:
    side = root.side
    reached = root.touched().bit_count()
    distances = [side.distances[row] for row in root.starts if row in side.distances]
    contents = data.of(root)
    is_told = root.kind == "data" and bool(contents)
    start = min(root.starts & side.ran.keys(), default=None)
    return Difference(
        kind=root.kind,
        name=root.name,
        sentence=f"{root.sentence}: {contents[0].words}" if is_told else root.sentence,
        certainty=root.certainty,
        reached=0 if root.certainty == "cosmetic" else reached,
        share=reached / len(side.closure) if side.closure else 0.0,
        distance=min(distances, default=0),
        cell="" if start is None else comparison.label(side, start),
        executions=tuple(dict.fromkeys(map(comparison.ids.__getitem__, root.executions))),
        a=root.a,
        b=root.b,
        diff=root.diff,
        contents=contents,
    )


def _ranked(differences: list[Difference]) -> tuple[Difference, ...]:
    ordered = sorted(
        differences,
        key=lambda one: (
            CERTAINTIES.index(one.certainty),
            -one.share,
            one.distance,
            KINDS.index(one.kind),
            one.name,
        ),
    )
    return tuple(replace(one, rank=at) for at, one in enumerate(ordered, start=1))


def _unseen(comparison: Comparison) -> Iterator[str]:
    """Yield what the observers could not see into, anywhere the two results differ."""
    for side, letter in zip(comparison.sides, "ab", strict=True):
        for row in sorted(side.own):
            one = side.ran[row]
            if one.opaque:
                yield f"{', '.join(one.opaque)} in {comparison.label(side, row)} of {letter}"


def _summary(report: WhyReport) -> str:
    if report.a.id == report.b.id:
        return "The same result was given twice; nothing differs."
    effect = _effect(report.metrics)
    differences = [one for one in report.differences if one.certainty != "cosmetic"]
    causes = [one for one in differences if one.certainty == "effective"] or [
        one for one in differences if one.certainty == "possible"
    ]
    count = counted(len(differences), "difference")
    if not differences:
        cosmetic = " but comments and blanks" if report.differences else ""
        return f"{effect}; nothing that was observed differs{cosmetic}."
    if not any(_differs(one) for one in report.metrics):
        first = _clause(differences[0])
        return f"{effect}, although {first}" + _others(len(differences)) + "."
    if not causes:
        return f"{effect}; {count}, none of which is seen to matter: {_clause(differences[0])}."
    if report.is_sufficient:
        return f"{effect} because {_clause(causes[0])} ({count}; it alone suffices)."
    top, *more = causes[:2]
    is_joint = any(one.contents == top.contents for one in more)  # two changes of one cell
    said = "; and ".join([top.sentence if is_joint else _clause(top), *map(_clause, more)])
    return f"{effect}, probably because {said} ({count})."


def _effect(metrics: tuple[MetricChange, ...]) -> str:
    differing = [one for one in metrics if _differs(one)]
    shared = [one for one in metrics if one.difference is not None]
    if not shared:
        return "The results have no metric in common"
    one = next((one for one in differing if one.difference is not None), shared[0])
    a, b = one.a, one.b
    if a is None or b is None or not _differs(one):
        return f"{one.name} is {number(a if a is not None else 0.0)} in both"
    verb = "rose" if b > a else "fell" if b < a else "changed"
    texts = numbers_apart(a, b)
    return f"{one.name} {verb} from {texts[0]} to {texts[1]}"


def _clause(one: Difference) -> str:
    """Return a difference with what became of the data right below it."""
    if one.kind == "data":
        return one.sentence
    for content in one.contents:
        change = content.change
        if change.has_other_rows:
            counts = f"{change.rows_after:,} rows instead of {change.rows_before:,}"
            return f"{one.sentence}, so {content.name} has {counts}"
        for word, verb in (("removed", "lost"), ("added", "gained")):
            names = [column.name for column in change.columns if column.change == word]
            if names:
                more = f" and {len(names) - 1} more" if len(names) > 1 else ""
                return f"{one.sentence}, so {content.name} {verb} {names[0]}{more}"
    return one.sentence


def _others(count: int) -> str:
    return "" if count == 1 else f" and {counted(count - 1, 'more difference')}"
