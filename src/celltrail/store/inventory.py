"""How much a store holds: counts, problems and runs."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from celltrail.core.errors import NotFound, UsageFault
from celltrail.core.identifiers import short
from celltrail.core.records import decode_value
from celltrail.store.database import Connection
from celltrail.store.expressions import (
    FITTED_IN_RUN,
    RUN_OF_RESULT,
    prepare,
)
from celltrail.store.finding import uuid_matches
from celltrail.store.labels import tags_of
from celltrail.store.paging import LIMIT_MAX

_RUNS = (
    "SELECT run.id, lower(hex(run.uuid)), run.name, run.kind, run.status, run.started_at,"
    " run.ended_at, nullif(lower(hex(parent.uuid)), ''), run.params,"
    " (SELECT count(*) FROM run_execution WHERE run_id = run.id),"
    " (SELECT count(*) FROM (SELECT result.id FROM run_execution"
    "  JOIN result USING (execution_id) WHERE run_id = run.id UNION SELECT r.id"
    f"  FROM {FITTED_IN_RUN} JOIN execution AS e ON e.id = r.execution_id"
    f"  WHERE x.run_id = run.id AND {RUN_OF_RESULT} = run.id))"
    " FROM run LEFT JOIN run AS parent ON parent.id = run.parent_id"
)


@dataclass(frozen=True, slots=True)
class RunRow:
    """One named group of executions."""

    id: str
    name: str | None
    kind: str
    status: str
    started_at: int
    ended_at: int | None
    parent: str | None
    params: dict[str, Any]
    executions: int
    results: int
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Counts:
    """How much a store holds."""

    executions: int
    executions_ok: int
    results: int
    runs: int
    notebooks: int
    problems: int
    running: int = 0  # begun and not ended, the asking cell among them


def counts(connection: Connection) -> Counts:
    """Return how much the store holds."""
    row = connection.execute(
        "SELECT (SELECT count(*) FROM execution),"
        " (SELECT count(*) FROM execution WHERE status = 'ok'), (SELECT count(*) FROM result),"
        " (SELECT count(*) FROM run), (SELECT count(*) FROM notebook),"
        " (SELECT count(*) FROM problem),"
        " (SELECT count(*) FROM execution WHERE status = 'running')"
    ).fetchone()
    return Counts(*row)


def list_problems(connection: Connection, *, limit: int = 5) -> list[dict[str, Any]]:
    """Return the newest things that capture could not do."""
    return [
        {"at": at, "where": place, "message": message, "execution": execution}
        for at, place, message, execution in connection.execute(
            "SELECT at, place, message, execution FROM problem ORDER BY id DESC LIMIT ?", (limit,)
        )
    ]


def list_runs(
    connection: Connection,
    *,
    limit: int = 50,
    before: tuple[int, str] | None = None,
    with_reproduced: bool = False,
) -> list[RunRow]:
    """Return runs, newest first.

    Parameters
    ----------
    connection : Connection
    limit : int
        At most `LIMIT_MAX`.
    before : (int, str) or None
        `started_at` and `id` of a run: only those that stand behind it (the next page).
    with_reproduced : bool
        Also those that reproducing a result made.
    """
    conditions, values = ["1"], list[Any]()
    if before is not None:
        conditions.append("(run.started_at, run.uuid) < (?, ?)")
        values += [before[0], bytes.fromhex(before[1])]
    if not with_reproduced:
        conditions.append("run.kind <> 'reproduce'")
    return _runs(
        connection,
        f"{' AND '.join(conditions)} ORDER BY run.started_at DESC, run.uuid DESC LIMIT ?",
        (*values, min(limit, LIMIT_MAX)),
    )


def find_run(connection: Connection, text: str) -> RunRow:
    """Return the run that a text stands for: its name (the newest one), or digits of it.

    Raises
    ------
    NotFound
        If no run is called so, with near matches.
    UsageFault
        If digits fit several runs.
    """
    named = _runs(connection, "run.name = ? ORDER BY run.id DESC LIMIT 1", (text.strip(),))
    if named:
        return named[0]
    found = uuid_matches(connection, "run", text)
    if len(found) > 1:
        shown = ", ".join(short(identifier) for _, identifier in found)
        raise UsageFault(f"{text!r} fits more than one run: {shown}.", "write more digits.")
    if not found:
        newest = list_runs(connection, limit=200)
        raise NotFound.named("run", text, [run.name or short(run.id) for run in newest])
    return _runs(connection, "run.id = ?", (found[0][0],))[0]


def _runs(connection: Connection, condition: str, values: tuple[Any, ...]) -> list[RunRow]:
    prepare(connection)
    rows = connection.execute(f"{_RUNS} WHERE {condition}", values).fetchall()
    tags = tags_of(connection, [row[1] for row in rows])
    return [_run_row(row, tags[row[1]]) for row in rows]


def _run_row(row: Any, tags: dict[str, str]) -> RunRow:
    _, *plain, params, executions, results = row
    rest = [decode_value(json.loads(params)), executions, results, tags]
    return RunRow(*[*plain, *rest])
