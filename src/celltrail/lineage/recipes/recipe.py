"""The recipe of a result: the recorded executions that make it again, in true order.

The trail's edges say most of it. What no edge says (options of libraries, variables of
the environment, folders, shell lines, code in texts) is decided by the rules of
`recipe_rules`. A missing execution is a bug, an extra one an annoyance.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from celltrail.core.report import Finding
from celltrail.core.wording import counted
from celltrail.lineage.recipes.recipe_known import Known
from celltrail.lineage.recipes.recipe_reasons import names_needed, reason_of
from celltrail.lineage.recipes.recipe_redactions import restored
from celltrail.lineage.recipes.recipe_report import RecipeReport, RecipeStep
from celltrail.lineage.recipes.recipe_rules import RULES
from celltrail.store import recipe_rows, trail
from celltrail.store.database import Connection
from celltrail.store.finding import short_result
from celltrail.store.recipe_rows import Ran

_NOTHING = "dropped: nothing the result needs"
_INSTALLS = "dropped: installs packages, which the environment names"


def recipe(
    connection: Connection,
    members: Sequence[int],
    *,
    result: str,
    store: Path,
    with_dropped: bool = False,
) -> RecipeReport:
    """Return what has to run for some executions to give again what they gave.

    Parameters
    ----------
    connection : Connection
    members : sequence of int
        Row ids of the executions whose outcome is wanted.
    result : str
        Identifier under which the report speaks of them.
    store : Path
        Where long code is kept.
    with_dropped : bool
        Whether to list the other executions of their sessions, not only count them.

    Returns
    -------
    RecipeReport
        Kept executions in true order, each with a reason.

    Raises
    ------
    NotFound
        If the file of a kept execution's long code is gone.
    """
    known = Known(connection, store)
    reasons = dict.fromkeys(members, "result")
    known.keep(recipe_rows.needed(connection, members))
    while True:
        found: dict[int, str] = {}
        for rule in RULES:
            for row, reason in rule(known):
                if row not in known.kept:
                    found.setdefault(row, reason)
        if not found:
            break
        for row, reason in found.items():
            reasons.setdefault(row, reason)
        known.keep(recipe_rows.needed(connection, found))
    return _report(known, members, reasons, result=result, with_dropped=with_dropped)


def recipe_of_result(
    connection: Connection, result_row_id: int, *, store: Path, with_dropped: bool = False
) -> RecipeReport:
    """Return the recipe of a result, given by row id; the rest is as in `recipe`.

    Raises
    ------
    NotFound
        If there is no such result, or the file of a kept execution's long code is gone.
    """
    detail = trail.result_detail(connection, result_row_id)
    members = [execution.row for execution in detail.executions]
    return recipe(
        connection, members, result=detail.result.id, store=store, with_dropped=with_dropped
    )


def _report(
    known: Known,
    members: Sequence[int],
    reasons: dict[int, str],
    *,
    result: str,
    with_dropped: bool,
) -> RecipeReport:
    needs = names_needed(known)
    steps = tuple(
        _step(
            known,
            run,
            reasons.get(run.row) or reason_of(known, run.row, needs.get(run.row, {})),
            needs,
        )
        for run in _ordered(known)
    )
    others = _others(known, members)
    if with_dropped:
        known.load(others)
    unseeded = _gathered(run.unseeded for run in known.kept_runs())
    opaque = _gathered(run.opaque for run in known.kept_runs())
    redacted = tuple(dict.fromkeys(name for step in steps for name in restored(step.code).names))
    outside = tuple(
        sorted(
            {
                use.name
                for use in known.uses
                if use.source is None and ":" not in use.name and use.execution in known.kept
            }
        )
    )
    ran = counted(len(steps) + len(others), "execution")
    verb = "makes" if len(steps) == 1 else "make"
    return RecipeReport(
        summary=f"{len(steps):,} of {ran} {verb} {short_result(result)} again",
        findings=tuple(_findings(unseeded, opaque, redacted, outside)),
        result=result,
        steps=steps,
        dropped=tuple(_dropped(known, row) for row in others) if with_dropped else (),
        dropped_count=len(others),
        unseeded=unseeded,
        opaque=opaque,
        redacted=redacted,
        outside=outside,
    )


def _others(known: Known, members: Sequence[int]) -> list[int]:
    """What is not kept of the sessions of what is, up to the last that is kept or asked for."""
    ends = {known.session(row): known.place[row] for row in sorted(known.kept, key=known.at)}
    if members:
        last = max(members, key=known.at)
        ends[known.session(last)] = known.place[last]
    return [
        row
        for session, end in ends.items()
        for row in known.sessions[session][: end + 1]
        if row not in known.kept
    ]


def _step(
    known: Known, run: Ran, reason: str, needs: dict[int, dict[str, list[int]]]
) -> RecipeStep:
    return RecipeStep(
        run.id,
        run.row,
        run.notebook,
        run.cell,
        run.number,
        run.status,
        run.started_at,
        known.code(run.row),
        reason,
        True,
        tuple(sorted(needs.get(run.row, ()))),
    )


def _dropped(known: Known, row: int) -> RecipeStep:
    run = known.run(row)
    return RecipeStep(
        run.id,
        run.row,
        run.notebook,
        run.cell,
        run.number,
        run.status,
        run.started_at,
        known.short_code(row),
        _INSTALLS if known.installs(row) else _NOTHING,
        False,
        (),
    )


def _ordered(known: Known) -> list[Ran]:
    """Kept executions in true order; of sessions that ran side by side, the writer's first."""
    waits: dict[int, set[int]] = defaultdict(set)
    for reader, writer, _ in known.file_edges:
        first, second = known.session(writer), known.session(reader)
        if first != second:
            waits[second].add(first)
    by_session: dict[int, list[Ran]] = defaultdict(list)
    for run in known.kept_runs():
        by_session[run.session].append(run)
    pending = sorted(by_session, key=lambda session: by_session[session][0].started_at)
    ordered: list[Ran] = []
    done: set[int] = set()
    while pending:
        ready = next((s for s in pending if not (waits[s] & set(pending)) - {s}), None)
        if ready is None:  # they wrote for each other: only the clock can tell
            rest = [run for session in pending for run in by_session[session]]
            return ordered + sorted(rest, key=lambda run: (run.started_at, run.row))
        ordered += by_session[ready]
        done.add(ready)
        pending.remove(ready)
    return ordered


def _gathered(texts: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for text in texts if text for word in json.loads(text)))


def _findings(
    unseeded: tuple[str, ...],
    opaque: tuple[str, ...],
    redacted: tuple[str, ...],
    outside: tuple[str, ...],
) -> Iterable[Finding]:
    if unseeded:
        yield Finding(
            "warning",
            f"random numbers without a seed: {', '.join(unseeded)}; another run gives others",
            "seed the generator in a cell before",
        )
    if outside:
        yield Finding(
            "unknown",
            f"{', '.join(outside)} came from outside the recorded cells",
            "define them in a cell while recording is on",
        )
    if redacted:
        yield Finding(
            "unknown",
            f"secrets are not kept; an exported recipe reads {', '.join(redacted)}"
            " from the environment",
            "set these variables before running it",
        )
    if opaque:
        yield Finding(
            "unknown", f"kept cells did what the trail cannot look into: {', '.join(opaque)}"
        )
