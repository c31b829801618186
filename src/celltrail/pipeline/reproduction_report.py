"""What a second run of a recipe gave, put together from the store."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from celltrail.lineage.recipes.recipe_redactions import restored
from celltrail.lineage.reproducing.departure import Comparison, Departure, MetricPair, compare
from celltrail.lineage.reproducing.reproduction import ReproduceReport
from celltrail.lineage.reproducing.reproduction_facts import (
    VERDICT_OF,
    ChangedFile,
    Halt,
    PackageChange,
)
from celltrail.lineage.reproducing.reproduction_verdict import outcome_of
from celltrail.pipeline.reproduction_folder import Layout, NeededFile
from celltrail.pipeline.reproduction_run import Rerun, trace_of_rerun
from celltrail.store import trail
from celltrail.store.database import Connection
from celltrail.store.traces import Trace, rows_of_run, traces


@dataclass(frozen=True, slots=True)
class Wanted:
    """A result, and the recorded executions that make it.

    Attributes
    ----------
    result : str
        Identifier.
    metrics : frozenset of str
        Names of its metrics.
    step : int or None
        Of a result that is one step of a loop.
    own : frozenset of int
        Row ids of its own executions.
    recipe : tuple of Trace
        What has to run, in order.
    needed : dict of int to frozenset of str
        For each of them, by row id, the names that others used of it.
    """

    result: str
    metrics: frozenset[str]
    step: int | None
    own: frozenset[int]
    recipe: tuple[Trace, ...]
    needed: dict[int, frozenset[str]]


def report_of(
    connection: Connection,
    wanted: Wanted,
    layout: Layout,
    files: Sequence[NeededFile],
    rerun: Rerun,
    store: Path,
    tolerance: float,
) -> ReproduceReport:
    """Return the report of a run, without its sentences.

    Parameters
    ----------
    connection : Connection
    wanted : Wanted
    layout : Layout
    files : sequence of NeededFile
        What the recipe reads.
    rerun : Rerun
    store : Path
        Where long code is kept.
    tolerance : float
        Relative difference up to which two metrics are close.
    """
    present = _present(connection, wanted, layout, rerun, store)
    comparison = compare(
        wanted.recipe,
        present,
        needed=wanted.needed,
        own=wanted.own,
        tolerance=tolerance,
        recorded_text=layout.recorded_text,
    )
    metrics = _result_metrics(wanted, comparison)
    changed = tuple(
        ChangedFile(
            _shown(file.path, layout),
            file.trace.id,
            file.trace.count,
            file.recorded.digest,
            file.present,
        )
        for file in files
        if file.is_changed
    )
    redacted = _redacted(wanted.recipe)
    halt = _recorded_halt(rerun, present)
    departure = comparison.departure
    if departure is None and halt is not None and halt.why in {"timeout", "died"}:
        departure = Departure(
            "error", halt.execution, halt.count, None, None, "no error", halt.message
        )
    outcome = outcome_of(
        comparison,
        metrics,
        halt=halt,
        is_redacted=bool(redacted),
        is_input_changed=bool(changed),
    )
    return ReproduceReport(
        verdict=VERDICT_OF[outcome],
        result=wanted.result,
        outcome=outcome,
        departure=departure,
        files=changed,
        halt=halt,
        metrics=_worst_of_each(metrics),
        packages=tuple(_package_changes(connection, wanted.recipe, present)),
        unseeded=_gathered(trace.unseeded for trace in wanted.recipe),
        redacted=redacted,
        aside=comparison.aside,
        sampled=comparison.sampled,
        unknown=comparison.unknown,
        compared=comparison.compared,
        ran=len(rerun.ran),
        asked=len(wanted.recipe),
        tolerance=tolerance,
        run=rerun.run,
        executions=tuple(trace.id for trace in wanted.recipe),
    )


def _present(
    connection: Connection, wanted: Wanted, layout: Layout, rerun: Rerun, store: Path
) -> list[Trace | None]:
    """Return what was recorded of each execution that ran; None where nothing was."""
    rows = rows_of_run(connection, rerun.run)
    found = {(one.kernel, one.count): one for one in traces(connection, rows, store=store)}
    present: list[Trace | None] = []
    for recorded, ran in zip(wanted.recipe, rerun.ran, strict=False):
        trace = found.get((ran.kernel, ran.reply.count))
        if trace is not None:
            working = layout.working(recorded.session)
            trace = trace_of_rerun(recorded, trace, ran.reply, layout, working=working)
        present.append(trace)
    return present


def _recorded_halt(rerun: Rerun, present: Sequence[Trace | None]) -> Halt | None:
    """Return why the run stopped, with the error as it was recorded: without secrets."""
    halt = rerun.halt
    if halt is None or halt.why != "error":
        return halt
    last = present[-1] if present else None
    kind = halt.message.partition(":")[0]
    said = last.error if last is not None and last.error else f"{kind}: (not recorded)"
    return replace(halt, message=said)


def _result_metrics(wanted: Wanted, comparison: Comparison) -> tuple[MetricPair, ...]:
    """Return the result's own metrics; those of executions that did not run are missing."""
    own = {trace.id for trace in wanted.recipe if trace.row in wanted.own}
    pairs = [pair for pair in comparison.metrics if pair.execution in own]
    seen = {pair.execution for pair in pairs}
    pairs += [
        MetricPair(one.name, trace.id, one.step, one.value, None, "missing")
        for trace in wanted.recipe
        if trace.id in own - seen
        for one in trace.measured
        if not one.is_value
    ]
    return tuple(
        pair
        for pair in pairs
        if pair.name in wanted.metrics and (wanted.step is None or pair.step in {wanted.step, None})
    )


def _worst_of_each(metrics: Iterable[MetricPair]) -> tuple[MetricPair, ...]:
    """Return one pair a name: the first that is not the same, else the last."""
    found: dict[str, MetricPair] = {}
    for pair in metrics:
        known = found.get(pair.name)
        if known is None or known.agreement == "same":
            found[pair.name] = pair
    return tuple(found.values())


def _package_changes(
    connection: Connection, recipe: Sequence[Trace], present: Sequence[Trace | None]
) -> Iterator[PackageChange]:
    """Yield what both runs loaded in different versions."""
    before = _environment(connection, recipe)
    after = _environment(connection, [trace for trace in present if trace is not None])
    for name in sorted(before.keys() & after.keys()):
        if before[name] != after[name]:
            yield PackageChange(name, before[name], after[name])


def _environment(connection: Connection, ran: Sequence[Trace]) -> dict[str, str]:
    found: dict[str, str] = {}
    for trace in ran:
        environment = trail.environment_of(connection, trace.environment)
        if environment is not None:
            found |= environment["packages"]
            found |= {"Python": environment["python"], "platform": environment["platform"]}
    return found


def causes_of(report: ReproduceReport, wanted: Wanted) -> tuple[str, ...]:
    """Return the generators that the departing execution drew from without a seed."""
    if report.departure is None:
        return ()
    return _gathered(
        trace.unseeded for trace in wanted.recipe if trace.id == report.departure.execution
    )


def _redacted(recipe: Iterable[Trace]) -> tuple[str, ...]:
    return _gathered(restored(trace.code).names for trace in recipe)


def _gathered(groups: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for group in groups for word in group))


def _shown(path: str, layout: Layout) -> str:
    return os.path.relpath(path, layout.root) if layout.inside(path) is not None else path
