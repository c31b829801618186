"""Readers of the trail: executions, results, runs, labels, and what an identifier means."""

from __future__ import annotations

import base64
import binascii
import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from celltrail.core.errors import NotFound, UsageFault
from celltrail.core.identifiers import short
from celltrail.core.records import decode_value
from celltrail.store.database import transaction
from celltrail.store.filter import Filter, Order, compile_filter, compile_order
from celltrail.store.results import WHOLE
from celltrail.store.run_of_result import RUN_OF_RESULT, prepare

# For the layers above, which name the type but never SQLite itself.
Connection = sqlite3.Connection
# Fewer digits than this say too little to be an identifier.
SHORTEST_ID = 4
_ID_DIGITS = 32
LIMIT_MAX = 1_000
# What reproducing a result runs is no result of the user's own work.
_NOT_REPRODUCED = (
    "NOT EXISTS (SELECT 1 FROM run_execution AS repeated JOIN run ON run.id = repeated.run_id"
    " WHERE repeated.execution_id = e.id AND run.kind = 'reproduce')"
)
# From a run down to the results of what it fitted: an index holds their models.
_FITTED_IN_RUN = (
    "run_execution AS x CROSS JOIN execution AS f ON f.id = x.execution_id"
    " CROSS JOIN result AS r ON r.model >= lower(hex(f.uuid)) || ':'"
    " AND r.model < lower(hex(f.uuid)) || ';'"
)
_RESULT_ID = "lower(hex(e.uuid)) || CASE WHEN r.step >= 0 THEN '.' || r.step ELSE '' END"


@dataclass(frozen=True, slots=True)
class DataItem:
    """One data content of a result: `digest` is None when the content is unknown."""

    name: str
    digest: str | None
    kind: str
    scope: str
    shape: tuple[int, ...] | None


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One result, pivoted; `row` is its row id in this store."""

    row: int
    id: str
    notebook: str | None
    cell: str | None
    started_at: int
    status: str
    metrics: dict[str, float]
    params: dict[str, Any]
    data: tuple[DataItem, ...]
    environment: str | None
    run: str | None
    tags: dict[str, str]
    execution: int = 0  # row id of the (first) execution
    is_unseeded: bool = False


@dataclass(frozen=True, slots=True)
class ResultPage:
    """Some results in order; `cursor` asks for those after them, None at the end."""

    rows: tuple[ResultRow, ...]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class ExecutionRow:
    """One execution without its edges."""

    row: int
    id: str
    notebook: str | None
    cell: str | None
    session: str
    count: int | None
    status: str
    started_at: int
    ended_at: int | None
    error: str | None
    code: str | None
    code_blob: str | None  # where longer code is kept
    environment: str | None
    unseeded: tuple[str, ...]
    opaque: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Edge:
    """A name that an execution used or generated, and its content."""

    name: str
    entity: int
    kind: str
    type: str
    digest: str | None
    scope: str
    shape: tuple[int, ...] | None
    evidence: str
    detail: str | None  # used: "sampled-equal" or None; generated: how it changed
    source: str | None  # used: the execution that made it


@dataclass(frozen=True, slots=True)
class ExecutionDetail:
    """One execution with everything it did."""

    execution: ExecutionRow
    used: tuple[Edge, ...]
    generated: tuple[Edge, ...]
    params: tuple[dict[str, Any], ...]
    metrics: tuple[dict[str, Any], ...]
    outputs: tuple[dict[str, Any], ...]
    artifacts: tuple[dict[str, Any], ...]
    deleted: tuple[str, ...]
    runs: tuple[str, ...]
    tags: dict[str, str]
    notes: tuple[str, ...]
    results: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ResultDetail:
    """One result with its executions, series, environment and notes."""

    result: ResultRow
    executions: tuple[ExecutionRow, ...]
    series: dict[str, tuple[tuple[int, float], ...]]
    environment: dict[str, Any] | None
    notes: tuple[str, ...]


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


def list_executions(
    connection: Connection,
    *,
    limit: int = 50,
    notebook: str | None = None,
    before: int | None = None,
    with_reproduced: bool = False,
) -> list[ExecutionRow]:
    """Return executions, newest first.

    Parameters
    ----------
    connection : Connection
    limit : int
        At most `LIMIT_MAX`.
    notebook : str or None
        Path of a notebook; None means all.
    before : int or None
        Row id: only executions written before it (the next page).
    with_reproduced : bool
        Also those that reproducing a result ran.
    """
    conditions, values = ["1"], list[Any]()
    if notebook is not None:
        conditions.append("e.notebook_id IN (SELECT id FROM notebook WHERE path = ?)")
        values.append(notebook)
    if before is not None:
        conditions.append("e.id < ?")
        values.append(before)
    if not with_reproduced:
        conditions.append(_NOT_REPRODUCED)
    ids = [
        row[0]
        for row in connection.execute(
            f"SELECT e.id FROM execution AS e WHERE {' AND '.join(conditions)}"
            " ORDER BY e.id DESC LIMIT ?",
            (*values, min(limit, LIMIT_MAX)),
        )
    ]
    found = {row.row: row for row in execution_rows(connection, ids)}
    return [found[row_id] for row_id in ids]


def execution_rows(connection: Connection, ids: Iterable[int]) -> list[ExecutionRow]:
    """Return executions by row id, in the order in which they ran."""
    rows = connection.execute(
        "SELECT e.id, lower(hex(e.uuid)), notebook.path, cell.name, lower(hex(session.uuid)),"
        " e.count, e.status, e.started_at, e.ended_at, e.error, code.source, code.blob,"
        " environment.digest, e.unseeded, e.opaque"
        " FROM json_each(?) AS wanted JOIN execution AS e ON e.id = wanted.value"
        " JOIN session ON session.id = e.session_id JOIN code ON code.id = e.code_id"
        " LEFT JOIN notebook ON notebook.id = e.notebook_id"
        " LEFT JOIN cell ON cell.id = e.cell_id"
        " LEFT JOIN environment ON environment.id = e.environment_id"
        " ORDER BY e.started_at, e.id",
        (json.dumps(list(ids)),),
    )
    return [_execution_row(row) for row in rows]


def execution_detail(connection: Connection, row_id: int) -> ExecutionDetail:
    """Return one execution with everything it did.

    Raises
    ------
    NotFound
        If there is no such row.
    """
    rows = execution_rows(connection, [row_id])
    if not rows:
        raise NotFound.named("execution", str(row_id))
    execution = rows[0]
    key = (row_id,)
    params = [
        {
            "name": name,
            "owner": owner,
            "value": decode_value(json.loads(value)),
            "type": kind,
            "origin": origin,
            "step": step,
        }
        for name, owner, value, kind, origin, step in connection.execute(
            "SELECT name, owner, value, type, origin, step FROM param WHERE execution_id = ?"
            " ORDER BY id",
            key,
        )
    ]
    metrics = [
        {
            "name": name,
            "value": _number(kind, value),
            "step": step,
            "origin": origin,
            "function": function,
            "model": model,
            "is_value": bool(is_value),
        }
        for name, kind, value, step, origin, function, model, is_value in connection.execute(
            "SELECT name, kind, value, step, origin, function, model, is_value FROM metric"
            " WHERE execution_id = ? ORDER BY id",
            key,
        )
    ]
    return ExecutionDetail(
        execution=execution,
        used=tuple(_edges(connection, row_id, is_used=True)),
        generated=tuple(_edges(connection, row_id, is_used=False)),
        params=tuple(params),
        metrics=tuple(metrics),
        outputs=_dicts(
            connection.execute(
                "SELECT kind, mime, name, text, blob, size, note FROM output"
                " WHERE execution_id = ? ORDER BY position",
                key,
            )
        ),
        artifacts=_dicts(
            connection.execute(
                "SELECT name, blob, size, mime FROM artifact WHERE execution_id = ? ORDER BY name",
                key,
            )
        ),
        deleted=tuple(
            name
            for (name,) in connection.execute(
                "SELECT name FROM invalidated WHERE execution_id = ? ORDER BY name", key
            )
        ),
        runs=tuple(
            name or uuid.hex()
            for name, uuid in connection.execute(
                "SELECT run.name, run.uuid FROM run_execution JOIN run ON run.id = run_id"
                " WHERE execution_id = ? ORDER BY run.id",
                key,
            )
        ),
        tags=_tags(connection, [execution.id])[execution.id],
        notes=tuple(notes(connection, execution.id)),
        results=tuple(
            row[0]
            for row in connection.execute(
                f"SELECT {_RESULT_ID} FROM result_execution JOIN result AS r ON r.id = result_id"
                " JOIN execution AS e ON e.id = r.execution_id"
                " WHERE result_execution.execution_id = ? ORDER BY r.id",
                key,
            )
        ),
    )


def list_results(
    connection: Connection,
    *,
    where: str | Filter = "",
    order_by: str | Sequence[str] = (),
    limit: int = 50,
    cursor: str | None = None,
    split: bool = False,
    with_reproduced: bool = False,
) -> ResultPage:
    """Return a page of results with their metrics, params, data and tags.

    Parameters
    ----------
    connection : Connection
    where : str or Filter
        See `celltrail.store.filter`; empty means every result.
    order_by : str or sequence of str
        Such as ``"metrics.auc DESC"``; empty means newest first. Results without the
        column come last.
    limit : int
        From 1 to `LIMIT_MAX`.
    cursor : str or None
        `ResultPage.cursor` of the page before, asked for with the same filter and order.
    split : bool
        Show each execution of a joined result on a line of its own.
    with_reproduced : bool
        Also results that reproducing another one made.

    Raises
    ------
    UsageFault
        If the filter, the order, the limit or the cursor cannot be read.
    """
    if limit < 1:
        raise UsageFault(f"A limit of {limit} was asked for; at least 1 is expected.")
    limit = min(limit, LIMIT_MAX)
    condition = where if isinstance(where, Filter) else compile_filter(connection, where)
    orders = compile_order(connection, order_by) if order_by else ()
    prepare(connection)
    sql, values = condition.sql, list(condition.values)
    if not with_reproduced and _has_reproduced(connection):
        sql = f"{sql} AND {_NOT_REPRODUCED}"
    if not orders:
        ids, following = _newest(connection, sql, values, limit, cursor)
    else:
        ids, following = _sorted(connection, sql, values, orders, limit, cursor)
    rows = result_rows(connection, ids)
    if split:
        rows = [part for row in rows for part in _split(connection, row)]
    return ResultPage(tuple(rows), following)


def result_rows(connection: Connection, ids: Sequence[int]) -> list[ResultRow]:
    """Return results by row id, in the order given."""
    wanted = (json.dumps(list(ids)),)
    metrics: dict[int, dict[str, float]] = defaultdict(dict)
    for result, name, value, kind in connection.execute(
        "SELECT m.result_id, m.name, m.value, CASE WHEN m.value IS NULL THEN m.kind END"
        " FROM json_each(?) AS wanted JOIN result_metric AS m ON m.result_id = wanted.value",
        wanted,
    ):
        metrics[result][name] = value if value is not None else _number(kind, value)
    params: dict[int, dict[str, Any]] = defaultdict(dict)
    scalars: dict[str, Any] = {}  # values repeat down a list, and JSON costs a microsecond each
    for result, name, text in connection.execute(
        "SELECT p.result_id, p.name, p.value FROM json_each(?) AS wanted"
        " JOIN result_param AS p ON p.result_id = wanted.value",
        wanted,
    ):
        if text in scalars:
            params[result][name] = scalars[text]
            continue
        value = params[result][name] = decode_value(json.loads(text))
        if not isinstance(value, (list, dict)):
            scalars[text] = value
    data: dict[int, list[DataItem]] = defaultdict(list)
    for result, name, digest, kind, scope, summary in connection.execute(
        "SELECT d.result_id, d.name, entity.digest, entity.kind, entity.scope, entity.summary"
        " FROM json_each(?) AS wanted JOIN result_data AS d ON d.result_id = wanted.value"
        " JOIN entity ON entity.id = d.entity_id",
        wanted,
    ):
        data[result].append(DataItem(name, _digest(digest), kind, scope, _shape(summary)))
    prepare(connection)
    heads = {
        row[0]: row
        for row in connection.execute(
            "SELECT r.id, e.uuid, r.step, notebook.path, cell.name, e.started_at, e.status,"
            f" environment.digest, e.id, e.unseeded IS NOT NULL, {RUN_OF_RESULT}"
            " FROM json_each(?) AS wanted JOIN result AS r ON r.id = wanted.value"
            " JOIN execution AS e ON e.id = r.execution_id"
            " LEFT JOIN notebook ON notebook.id = e.notebook_id"
            " LEFT JOIN cell ON cell.id = e.cell_id"
            " LEFT JOIN environment ON environment.id = e.environment_id",
            wanted,
        )
    }
    runs: dict[int, tuple[str, str | None]] = {
        run: (uuid.hex(), name)
        for run, uuid, name in connection.execute(
            "SELECT run.id, run.uuid, run.name FROM json_each(?) AS wanted"
            " JOIN run ON run.id = wanted.value",
            (json.dumps(list({head[10] for head in heads.values()})),),
        )
    }
    targets: dict[int, list[str]] = {}
    for row_id, head in heads.items():
        own = head[1].hex()
        outer = [runs[head[10]][0]] if head[10] in runs else []
        targets[row_id] = [*outer, own, *([f"{own}.{head[2]}"] if head[2] != WHOLE else [])]
    tags = _tags(connection, {target for group in targets.values() for target in group})
    found = []
    for row_id in ids:
        if row_id not in heads:
            continue
        (
            _,
            uuid,
            step,
            notebook,
            cell,
            started,
            status,
            environment,
            execution,
            unseeded,
            run_id,
        ) = heads[row_id]
        run = runs.get(run_id)
        merged: dict[str, str] = {}
        for target in targets[row_id]:  # the run's, then the execution's, then the step's
            merged.update(tags[target])
        found.append(
            ResultRow(
                row=row_id,
                id=uuid.hex() + (f".{step}" if step != WHOLE else ""),
                notebook=notebook,
                cell=cell,
                started_at=started,
                status=status,
                metrics=metrics[row_id],
                params=params[row_id],
                data=tuple(data[row_id]),
                environment=environment,
                run=None if run is None else run[1] or run[0],
                tags=merged,
                execution=execution,
                is_unseeded=bool(unseeded),
            )
        )
    return found


def result_detail(connection: Connection, row_id: int) -> ResultDetail:
    """Return one result with its executions, series, environment and notes.

    Raises
    ------
    NotFound
        If there is no such row.
    """
    rows = result_rows(connection, [row_id])
    if not rows:
        raise NotFound.named("result", str(row_id))
    row = rows[0]
    members = [
        execution
        for (execution,) in connection.execute(
            "SELECT execution_id FROM result_execution WHERE result_id = ?", (row_id,)
        )
    ]
    _, _, step = row.id.partition(".")
    series: dict[str, list[tuple[int, float]]] = defaultdict(list)
    if not step:
        for name, its_step, kind, value in connection.execute(
            "SELECT metric.name, metric.step, metric.kind, metric.value FROM json_each(?) AS own"
            " JOIN metric ON metric.execution_id = own.value"
            " WHERE metric.step IS NOT NULL AND NOT metric.is_value"
            " ORDER BY metric.name, metric.step, metric.id",
            (json.dumps(members),),
        ):
            if name in row.metrics:
                series[name].append((its_step, _number(kind, value)))
    return ResultDetail(
        result=row,
        executions=tuple(execution_rows(connection, members)),
        series={name: tuple(points) for name, points in series.items()},
        environment=environment_of(connection, row.environment),
        notes=tuple(notes(connection, row.id)),
    )


def environment_of(connection: Connection, digest: str | None) -> dict[str, Any] | None:
    """Return an environment by its digest; None when there is none."""
    row = connection.execute(
        "SELECT python, platform, packages, git_commit, hardware FROM environment WHERE digest = ?",
        (digest,),
    ).fetchone()
    if row is None:
        return None
    return {
        "digest": digest,
        "python": row[0],
        "platform": row[1],
        "packages": json.loads(row[2]),
        "git_commit": row[3],
        "hardware": json.loads(row[4]),
    }


def result_data_entities(connection: Connection, row_id: int) -> list[tuple[str, int]]:
    """Return (name, entity row id) of a result's root data."""
    return connection.execute(
        "SELECT name, entity_id FROM result_data WHERE result_id = ? ORDER BY name", (row_id,)
    ).fetchall()


def generated_edges(
    connection: Connection, ids: Iterable[int]
) -> list[tuple[int, str, int, str, str]]:
    """Return (execution, name, entity, change, evidence) of what executions generated."""
    return connection.execute(
        "SELECT g.execution_id, g.name, g.entity_id, g.change, g.evidence FROM json_each(?) AS own"
        " JOIN generated AS g ON g.execution_id = own.value ORDER BY g.execution_id, g.name",
        (json.dumps(list(ids)),),
    ).fetchall()


def derived_edges(connection: Connection, ids: Iterable[int]) -> list[tuple[int, int, int]]:
    """Return (execution, entity, source entity) of what executions derived."""
    return connection.execute(
        "SELECT d.execution_id, d.entity_id, d.source_entity_id FROM json_each(?) AS own"
        " JOIN derived AS d ON d.execution_id = own.value",
        (json.dumps(list(ids)),),
    ).fetchall()


def entities(connection: Connection, ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Return entities by row id: kind, type, digest, scope, shape, size, reason."""
    return {
        row_id: {
            "kind": kind,
            "type": type_name,
            "digest": _digest(digest),
            "lineage_digest": _digest(lineage),
            "scope": scope,
            "shape": _shape(summary),
            "size": size,
            "reason": reason,
        }
        for row_id, kind, type_name, digest, lineage, scope, summary, size, reason in (
            connection.execute(
                "SELECT entity.id, kind, entity.type, digest, lineage_digest, scope, summary, size,"
                " reason FROM json_each(?) AS wanted JOIN entity ON entity.id = wanted.value",
                (json.dumps(sorted(set(ids))),),
            )
        )
    }


def list_runs(
    connection: Connection, *, limit: int = 50, with_reproduced: bool = False
) -> list[RunRow]:
    """Return runs, newest first."""
    prepare(connection)
    rows = connection.execute(
        "SELECT run.id, lower(hex(run.uuid)), run.name, run.kind, run.status, run.started_at,"
        " run.ended_at, lower(hex(parent.uuid)), run.params,"
        " (SELECT count(*) FROM run_execution WHERE run_id = run.id),"
        " (SELECT count(*) FROM (SELECT result.id FROM run_execution"
        "  JOIN result USING (execution_id) WHERE run_id = run.id UNION SELECT r.id"
        f"  FROM {_FITTED_IN_RUN} JOIN execution AS e ON e.id = r.execution_id"
        f"  WHERE x.run_id = run.id AND {RUN_OF_RESULT} = run.id))"
        " FROM run LEFT JOIN run AS parent ON parent.id = run.parent_id"
        f" WHERE {'1' if with_reproduced else 'run.kind <> ?'}"
        " ORDER BY run.started_at DESC, run.id DESC LIMIT ?",
        (*(() if with_reproduced else ("reproduce",)), min(limit, LIMIT_MAX)),
    ).fetchall()
    tags = _tags(connection, [row[1] for row in rows])
    return [_run_row(row, tags[row[1]]) for row in rows]


def find_result(connection: Connection, text: str) -> int:
    """Return the row id of the result that a text stands for.

    Parameters
    ----------
    connection : Connection
    text : str
        ``latest`` or ``-1`` (``-2`` is the one before), an identifier, its first or
        last four digits or more, with ``.n`` for a step, or the name of a run (its
        newest result).

    Raises
    ------
    NotFound
        If nothing is called so, with near matches.
    UsageFault
        If several results are.
    """
    text = text.strip()
    nth = _nth(text)
    if nth is not None:
        row = connection.execute(
            "SELECT r.id FROM result AS r JOIN execution AS e ON e.id = r.execution_id"
            f" WHERE {_NOT_REPRODUCED} ORDER BY r.at DESC, r.id DESC LIMIT 1 OFFSET ?",
            (nth - 1,),
        ).fetchone()
        if row is None:
            (known,) = connection.execute("SELECT count(*) FROM result").fetchone()
            raise NotFound(
                f"There is no result {text}; the store holds {known}.",
                "run a cell that computes a metric." if not known else None,
            )
        return int(row[0])
    digits, step = _split_step(text)
    if _is_digits(digits):
        found = _result_matches(connection, digits, step)
        if len(found) > 1 and len({row[1] for row in found}) == 1 and step is None:
            whole = [row for row in found if row[2] == WHOLE]
            if whole:
                return int(whole[0][0])
            steps = sorted(row[2] for row in found)
            raise UsageFault(
                f"Execution {short(found[0][1])} has {len(steps)} results, one per step.",
                f"add the step: {short(found[0][1])}.{steps[0]} to .{steps[-1]}",
            )
        if len(found) == 1:
            return int(found[0][0])
        if found:
            raise _several("result", text, [row[1] for row in found])
    row = connection.execute(
        "SELECT result.id FROM run JOIN run_execution ON run_id = run.id"
        " JOIN result_execution USING (execution_id) JOIN result ON result.id = result_id"
        " WHERE run.name = ? ORDER BY result.at DESC, result.id DESC LIMIT 1",
        (text,),
    ).fetchone()
    if row is None:
        row = _result_fitted_in(connection, "run.name = ?", text)
    if row is None and _is_digits(digits):
        row = _result_of_run(connection, digits)
    if row is None:
        raise NotFound.named("result", text, _known_results(connection))
    return int(row[0])


def find_execution(connection: Connection, text: str) -> int:
    """Return the row id of the execution that a text stands for.

    Parameters
    ----------
    connection : Connection
    text : str
        As for `find_result`, a result standing for its (first) execution; identifiers
        of executions without results are found as well.

    Raises
    ------
    NotFound, UsageFault
        As `find_result`.
    """
    digits, _ = _split_step(text.strip())
    if _is_digits(digits) and _nth(text.strip()) is None:
        found = _uuid_matches(connection, "execution", digits)
        with_results = {row[1] for row in _result_matches(connection, digits, None)}
        if len(found) > 1 and len(with_results) == 1:
            found = [row for row in found if row[1] in with_results]
        if len(found) == 1:
            return int(found[0][0])
        if found:
            raise _several("execution", text, [row[1] for row in found])
    result = find_result(connection, text)
    row = connection.execute("SELECT execution_id FROM result WHERE id = ?", (result,)).fetchone()
    return int(row[0])


def find_target(connection: Connection, text: str) -> str:
    """Return the full identifier of the result, run or execution that a text stands for.

    Raises
    ------
    NotFound, UsageFault
        As `find_result`.
    """
    text = text.strip()
    runs = connection.execute(
        "SELECT uuid FROM run WHERE name = ? ORDER BY id DESC LIMIT 1", (text,)
    ).fetchall()
    if runs:
        return str(runs[0][0].hex())
    try:
        result = find_result(connection, text)
    except NotFound:
        digits, step = _split_step(text)
        if _is_digits(digits) and step is None:
            for table in ("run", "execution"):
                found = _uuid_matches(connection, table, digits)
                if len(found) == 1:
                    return str(found[0][1])
                if found:
                    raise _several(table, text, [row[1] for row in found]) from None
        raise
    digits, step = _split_step(text)
    if _is_digits(digits) and step is None:
        found = _uuid_matches(connection, "run", digits)
        if len(found) == 1:
            return str(found[0][1])
    row = connection.execute(
        f"SELECT {_RESULT_ID} FROM result AS r JOIN execution AS e ON e.id = r.execution_id"
        " WHERE r.id = ?",
        (result,),
    ).fetchone()
    return str(row[0])


def set_tag(connection: Connection, target: str, key: str, value: str | None) -> None:
    """Label a result, run or execution; None removes the label.

    Parameters
    ----------
    connection : Connection
        Opened with the role ``tool``.
    target : str
        As `find_target` returns it.
    key, value : str
    """
    with transaction(connection):
        if value is None:
            connection.execute("DELETE FROM tag WHERE target = ? AND key = ?", (target, key))
        else:
            connection.execute(
                "INSERT INTO tag(target, key, value) VALUES (?, ?, ?)"
                " ON CONFLICT(target, key) DO UPDATE SET value = excluded.value",
                (target, key, value),
            )
        _labelled(connection, target)


def add_note(connection: Connection, target: str, text: str, *, at: int) -> None:
    """Write a note beside a result, run or execution (`at` in microseconds)."""
    with transaction(connection):
        connection.execute(
            "INSERT INTO note(target, at, text) VALUES (?, ?, ?)", (target, at, text)
        )
        _labelled(connection, target)


def notes(connection: Connection, target: str) -> list[str]:
    """Return the notes beside something, oldest first."""
    return [
        text
        for (text,) in connection.execute(
            "SELECT text FROM note WHERE target = ? ORDER BY id", (target,)
        )
    ]


def executions_of(connection: Connection, target: str) -> list[str]:
    """Return the identifiers of the executions behind a result, run or execution.

    Parameters
    ----------
    connection : Connection
    target : str
        As `find_target` returns it; a step stands for its whole execution.
    """
    uuid = bytes.fromhex(target.partition(".")[0])
    rows = connection.execute(
        "SELECT member.uuid FROM execution AS e JOIN result AS r ON r.execution_id = e.id"
        " JOIN result_execution AS m ON m.result_id = r.id"
        " JOIN execution AS member ON member.id = m.execution_id WHERE e.uuid = ?1"
        " UNION SELECT e.uuid FROM run JOIN run_execution AS m ON m.run_id = run.id"
        " JOIN execution AS e ON e.id = m.execution_id WHERE run.uuid = ?1"
        " UNION SELECT uuid FROM execution WHERE uuid = ?1",
        (uuid,),
    )
    return [row[0].hex() for row in rows]


def notebook_paths(connection: Connection) -> list[str]:
    """Return the paths of every notebook that has one."""
    return [
        path
        for (path,) in connection.execute(
            "SELECT DISTINCT path FROM notebook WHERE path IS NOT NULL ORDER BY path"
        )
    ]


def known_words(connection: Connection, *, limit: int = 200) -> dict[str, list[str]]:
    """Return what can be completed: result ids, run names, columns of results."""
    metrics = connection.execute("SELECT DISTINCT name FROM result_metric").fetchall()
    params = connection.execute("SELECT DISTINCT name FROM result_param").fetchall()
    return {
        "results": [
            short_result(row[0])
            for row in connection.execute(
                f"SELECT {_RESULT_ID} FROM result AS r JOIN execution AS e ON e.id = r.execution_id"
                " ORDER BY r.at DESC, r.id DESC LIMIT ?",
                (limit,),
            )
        ],
        "runs": [
            row[0]
            for row in connection.execute(
                "SELECT DISTINCT name FROM run WHERE name IS NOT NULL LIMIT ?", (limit,)
            )
        ],
        "metrics": sorted(name for (name,) in metrics),
        "params": sorted(name for (name,) in params),
    }


def short_result(identifier: str) -> str:
    """Return the digits of a result's identifier that people see, its step included."""
    digits, dot, step = identifier.partition(".")
    return short(digits) + dot + step


def code_text(store: Path, execution: ExecutionRow) -> str:
    """Return the code of an execution, from its file where it is long.

    Raises
    ------
    NotFound
        If the file is gone.
    """
    if execution.code is not None:
        return execution.code
    if execution.code_blob is None:
        return ""
    from celltrail.store import blobs

    return blobs.get(store, execution.code_blob).decode("utf-8", "replace")


def _execution_row(row: Any) -> ExecutionRow:
    *plain, unseeded, opaque = row
    words = [tuple(_json(unseeded) or ()), tuple(_json(opaque) or ())]
    return ExecutionRow(*[*plain, *words])


def _run_row(row: Any, tags: dict[str, str]) -> RunRow:
    _, *plain, params, executions, results = row
    rest = [decode_value(json.loads(params)), executions, results, tags]
    return RunRow(*[*plain, *rest])


def _has_reproduced(connection: Connection) -> bool:
    return (
        connection.execute("SELECT 1 FROM run WHERE kind = 'reproduce' LIMIT 1").fetchone()
        is not None
    )


def _newest(
    connection: Connection, sql: str, values: list[Any], limit: int, cursor: str | None
) -> tuple[list[int], str | None]:
    after = ""
    if cursor is not None:
        at, row_id = _read_cursor(cursor, "n")
        after = " AND (r.at, r.id) < (?, ?)"
        values = [*values, at, row_id]
    rows = connection.execute(
        "SELECT r.id, r.at FROM result AS r JOIN execution AS e ON e.id = r.execution_id"
        f" WHERE {sql}{after} ORDER BY r.at DESC, r.id DESC LIMIT ?",
        (*values, limit + 1),
    ).fetchall()
    page = rows[:limit]
    following = _write_cursor("n", page[-1][1], page[-1][0]) if len(rows) > limit else None
    return [row[0] for row in page], following


def _sorted(
    connection: Connection,
    sql: str,
    values: list[Any],
    orders: tuple[Order, ...],
    limit: int,
    cursor: str | None,
) -> tuple[list[int], str | None]:
    """Return a page by the first order's index: its groups in turn, those without it last."""
    offset = _read_cursor(cursor, "o")[0] if cursor is not None else 0
    left = limit + 1
    skip = offset
    ids: list[int] = []
    later = [_expression(order) for order in orders[1:]]
    tail_values = [value for _, bound in later for value in bound]
    # Ties go the way of the key, by row: then the index is in order to the end, and a
    # page stops early however many share a value.
    ties = f", {{}}{' DESC' if orders[0].is_descending else ''}"
    tail = "".join(f", {text}" for text, _ in later)
    for source, bound, condition, first in _groups(orders[0]):
        has_key = "k.result_id" in source
        # The key's own row id: tested before the result and its execution are looked up.
        # The plus keeps the key's index in front; else SQLite collects and sorts all.
        test = sql.replace("r.id IN (SELECT", "+k.result_id IN (SELECT") if has_key else sql
        statement = (
            f" FROM {source} JOIN execution AS e ON e.id = r.execution_id"
            f" WHERE {condition} AND {test}"
        )
        inner = [*bound, *values]
        tie = ties.format("k.result_id" if has_key else "r.id")
        rows = connection.execute(
            f"SELECT r.id{statement} ORDER BY {first}{tail}{tie} LIMIT ? OFFSET ?",
            (*inner, *tail_values, left, skip),
        ).fetchall()
        ids.extend(row[0] for row in rows)
        left -= len(rows)
        if left <= 0:
            break
        if skip and not rows:
            (size,) = connection.execute(f"SELECT count(*){statement}", inner).fetchone()
            skip -= min(skip, size)
        else:
            skip = 0
    following = _write_cursor("o", offset + limit) if len(ids) > limit else None
    return ids[:limit], following


def _groups(order: Order) -> list[tuple[str, list[Any], str, str]]:
    """Return (tables, values, condition, sort expression) of each group of a sort key."""
    way = "DESC" if order.is_descending else "ASC"
    plain = "result AS r"
    if order.namespace in ("metrics", "params"):
        table, number = (
            ("result_metric", "value")
            if order.namespace == "metrics"
            else ("result_param", "number")
        )
        # CROSS JOIN keeps the index on (name, number) in front, so a page stops early.
        joined = f"{table} AS k CROSS JOIN result AS r ON r.id = k.result_id"
        groups = [
            (joined, [order.name], f"k.name = ? AND k.{number} IS NOT NULL", f"k.{number} {way}")
        ]
        if order.namespace == "params":
            groups.append(
                (joined, [order.name], "k.name = ? AND k.number IS NULL", f"k.value {way}")
            )
            missing = (
                "NOT EXISTS (SELECT 1 FROM result_param AS k WHERE k.result_id = r.id"
                " AND k.name = ?)"
            )
        else:
            missing = (
                "NOT EXISTS (SELECT 1 FROM result_metric AS k WHERE k.result_id = r.id"
                " AND k.name = ? AND k.value IS NOT NULL)"
            )
        return [*groups, (plain, [order.name], missing, "1")]
    if (order.namespace, order.name) == ("attributes", "started_at"):
        return [(plain, [], "1", f"r.at {way}")]
    text, bound = _expression(order)
    # The sort expression's values stand behind the condition's, so they go in as a column.
    if bound:
        source = (
            "(SELECT target AS t, value AS v FROM tag WHERE key = ?) AS k JOIN result AS r"
            " JOIN execution AS x ON x.id = r.execution_id AND k.t = lower(hex(x.uuid))"
            " || CASE WHEN r.step >= 0 AND instr(k.t, '.') THEN '.' || r.step ELSE '' END"
        )
        missing = (
            "NOT EXISTS (SELECT 1 FROM tag WHERE key = ? AND target IN"
            " (lower(hex(e.uuid)), lower(hex(e.uuid)) || '.' || r.step))"
        )
        return [(source, [order.name], "1", f"k.v {way}"), (plain, [order.name], missing, "1")]
    return [(plain, [], "1", text)]


def _expression(order: Order) -> tuple[str, list[Any]]:
    """Return a sort expression over ``r`` and ``e``, missing values last, and its values."""
    way = "DESC" if order.is_descending else "ASC"
    if order.namespace == "metrics":
        text = "(SELECT value FROM result_metric WHERE result_id = r.id AND name = ?)"
        return f"{text} {way} NULLS LAST", [order.name]
    if order.namespace == "params":
        text = (
            "(SELECT coalesce(number, value) FROM result_param WHERE result_id = r.id AND name = ?)"
        )
        return f"{text} {way} NULLS LAST", [order.name]
    if order.namespace == "tags":
        text = (
            "(SELECT value FROM tag WHERE key = ? AND target IN (lower(hex(e.uuid)),"
            " lower(hex(e.uuid)) || '.' || r.step) ORDER BY length(target) DESC LIMIT 1)"
        )
        return f"{text} {way} NULLS LAST", [order.name]
    text = {
        "id": "e.uuid",
        "status": "e.status",
        "notebook": "(SELECT path FROM notebook WHERE notebook.id = e.notebook_id)",
        "cell": "(SELECT name FROM cell WHERE cell.id = e.cell_id)",
        "run": "(SELECT coalesce(run.name, lower(hex(run.uuid))) FROM run"
        f" WHERE run.id = {RUN_OF_RESULT})",
        "started_at": "r.at",
        "ended_at": "e.ended_at",
        "duration": "(e.ended_at - e.started_at)",
        "environment": "e.environment_id",
        "session": "e.session_id",
        "unseeded": "(e.unseeded IS NOT NULL)",
    }[order.name]
    return f"{text} {way} NULLS LAST", []


def _split(connection: Connection, row: ResultRow) -> list[ResultRow]:
    """Return a line for each execution of a joined result; the result itself if it has one."""
    members = [
        execution
        for (execution,) in connection.execute(
            "SELECT execution_id FROM result_execution WHERE result_id = ?", (row.row,)
        )
    ]
    if len(members) < 2:
        return [row]
    parts = []
    for execution in execution_rows(connection, members):
        metrics = {
            name: _number(kind, value)
            for name, kind, value in connection.execute(
                "SELECT name, kind, value FROM metric WHERE execution_id = ? AND NOT is_value"
                " ORDER BY id",
                (execution.row,),
            )
        }
        own = execution.row == row.execution
        parts.append(
            replace(
                row,
                id=row.id if own else execution.id,
                notebook=execution.notebook,
                cell=execution.cell,
                started_at=execution.started_at,
                status=execution.status,
                environment=execution.environment,
                execution=execution.row,
                is_unseeded=bool(execution.unseeded),
                # A step's own line keeps the step's metrics.
                metrics={k: v for k, v in row.metrics.items() if k in metrics}
                if own and "." in row.id
                else metrics,
            )
        )
    return parts[::-1]


def _edges(connection: Connection, row_id: int, *, is_used: bool) -> list[Edge]:
    table, detail, source = (
        ("used", '"check"', "(SELECT lower(hex(uuid)) FROM execution WHERE id = x.source_id)")
        if is_used
        else ("generated", "change", "NULL")
    )
    return [
        Edge(name, entity, kind, type_name, _digest(digest), scope, _shape(summary), *rest)
        for name, entity, kind, type_name, digest, scope, summary, *rest in connection.execute(
            "SELECT x.name, entity.id, entity.kind, entity.type, entity.digest, entity.scope,"
            f" entity.summary, x.evidence, x.{detail}, {source}"
            f" FROM {table} AS x JOIN entity ON entity.id = x.entity_id"
            " WHERE x.execution_id = ? ORDER BY x.name",
            (row_id,),
        )
    ]


def _tags(connection: Connection, targets: Iterable[str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for target, key, value in connection.execute(
        "SELECT tag.target, tag.key, tag.value FROM json_each(?) AS wanted"
        " JOIN tag ON tag.target = wanted.value ORDER BY tag.target, tag.key",
        (json.dumps(list(targets)),),
    ):
        found[target][key] = value
    return found


def _labelled(connection: Connection, target: str) -> None:
    """Tell readers of `changes` that a label changed."""
    digits, step = _split_step(target)
    uuid = bytes.fromhex(digits)
    row = connection.execute(
        "SELECT r.id FROM result AS r JOIN execution AS e ON e.id = r.execution_id"
        " WHERE e.uuid = ? AND r.step = ?",
        (uuid, WHOLE if step is None else step),
    ).fetchone()
    kind = "result"
    for table in ("run", "execution"):
        if row is None:
            kind = table
            row = connection.execute(f"SELECT id FROM {table} WHERE uuid = ?", (uuid,)).fetchone()
    if row is not None:
        connection.execute("INSERT INTO changes(kind, row_id) VALUES (?, ?)", (kind, row[0]))


def _nth(text: str) -> int | None:
    """Return n for ``-n`` (1 for ``latest``); None for other texts."""
    if text.lower() in ("latest", "last"):
        return 1
    if text.startswith("-") and text[1:].isdecimal() and 0 < len(text) < 9 and int(text[1:]):
        return int(text[1:])
    return None


def _split_step(text: str) -> tuple[str, int | None]:
    digits, dot, step = text.partition(".")
    if dot and step.isdecimal() and len(step) < 10:
        return digits.lower(), int(step)
    return text.lower().replace("-", ""), None


def _is_digits(text: str) -> bool:
    return SHORTEST_ID <= len(text) <= _ID_DIGITS and set(text) <= set("0123456789abcdef")


def _uuid_matches(connection: Connection, table: str, digits: str) -> list[tuple[int, str]]:
    """Return (row id, identifier) of rows whose identifier is, starts or ends with digits."""
    if len(digits) == _ID_DIGITS:
        sql, values = "uuid = ?", [bytes.fromhex(digits)]
    else:
        low = bytes.fromhex(digits.ljust(_ID_DIGITS, "0"))
        high = bytes.fromhex(digits.ljust(_ID_DIGITS, "f"))
        rows = connection.execute(
            f"SELECT id, lower(hex(uuid)) FROM {table} WHERE uuid BETWEEN ? AND ? LIMIT 9",
            (low, high),
        ).fetchall()
        if rows and len(digits) > SHORTEST_ID * 2:
            return rows  # that many digits are not the end of another one by chance
        # People see the last digits; whole bytes are compared without making text.
        tail = bytes.fromhex(digits[len(digits) % 2 :])
        ends = connection.execute(
            f"SELECT id, lower(hex(uuid)) AS digits FROM {table}"
            " WHERE substr(uuid, -?) = ? AND substr(digits, -?) = ? LIMIT 9",
            (len(tail), tail, len(digits), digits),
        ).fetchall()
        return rows + [row for row in ends if row not in rows]
    return connection.execute(
        f"SELECT id, lower(hex(uuid)) FROM {table} WHERE {sql}", values
    ).fetchall()


def _result_matches(
    connection: Connection, digits: str, step: int | None
) -> list[tuple[int, str, int]]:
    if len(digits) == _ID_DIGITS:
        sql, values = "e.uuid = ?", list[Any]([bytes.fromhex(digits)])
    else:
        sql = (
            "(e.uuid BETWEEN ? AND ? OR (substr(e.uuid, -?) = ?"
            " AND substr(lower(hex(e.uuid)), -?) = ?))"
        )
        tail = bytes.fromhex(digits[len(digits) % 2 :])
        values = [
            bytes.fromhex(digits.ljust(_ID_DIGITS, "0")),
            bytes.fromhex(digits.ljust(_ID_DIGITS, "f")),
            len(tail),
            tail,
            len(digits),
            digits,
        ]
    if step is not None:
        sql += " AND r.step = ?"
        values.append(step)
    found = connection.execute(
        "SELECT r.id, lower(hex(e.uuid)), r.step FROM result AS r"
        f" JOIN execution AS e ON e.id = r.execution_id WHERE {sql} ORDER BY r.id LIMIT 2000",
        values,
    ).fetchall()
    if not found and step is None and len(digits) == _ID_DIGITS:
        # An execution that joined an earlier result stands for that one.
        found = connection.execute(
            "SELECT r.id, lower(hex(e.uuid)), r.step FROM execution AS e"
            " JOIN result_execution AS m ON m.execution_id = e.id"
            " JOIN result AS r ON r.id = m.result_id WHERE e.uuid = ?",
            values,
        ).fetchall()
    return found


def _result_of_run(connection: Connection, digits: str) -> tuple[int] | None:
    runs = _uuid_matches(connection, "run", digits)
    if len(runs) != 1:
        return None
    found: tuple[int] | None = connection.execute(
        "SELECT result.id FROM run_execution JOIN result_execution USING (execution_id)"
        " JOIN result ON result.id = result_id WHERE run_id = ?"
        " ORDER BY result.at DESC, result.id DESC LIMIT 1",
        (runs[0][0],),
    ).fetchone()
    return found or _result_fitted_in(connection, "run.id = ?", runs[0][0])


def _result_fitted_in(
    connection: Connection, condition: str, value: str | int
) -> tuple[int] | None:
    """Return the newest result of a model that an execution of a run fitted."""
    found: tuple[int] | None = connection.execute(
        f"SELECT r.id FROM {_FITTED_IN_RUN} JOIN run ON run.id = x.run_id"
        f" WHERE {condition} ORDER BY r.at DESC, r.id DESC LIMIT 1",
        (value,),
    ).fetchone()
    return found


def _known_results(connection: Connection) -> list[str]:
    words = known_words(connection)
    return [*words["runs"], *words["results"], "latest"]


def _several(what: str, text: str, identifiers: list[str]) -> UsageFault:
    shown = ", ".join(sorted({short(identifier) for identifier in identifiers})[:8])
    return UsageFault(f"{text!r} fits more than one {what}: {shown}.", "write more digits.")


def _read_cursor(cursor: str, kind: str) -> tuple[int, ...]:
    try:
        word, *numbers = json.loads(base64.urlsafe_b64decode(cursor.encode("ascii")))
    except (ValueError, TypeError, binascii.Error, RecursionError):
        word, numbers = None, []
    expected = {"n": 2, "o": 1}[kind]
    are_numbers = all(type(n) is int and 0 <= n < 1 << 62 for n in numbers)
    if word != kind or len(numbers) != expected or not are_numbers:
        raise UsageFault("The cursor belongs to another list.", "start again without a cursor.")
    return tuple(numbers)


def _write_cursor(kind: str, *numbers: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([kind, *numbers]).encode()).decode()


def _json(text: str | None) -> Any:
    return None if text is None else json.loads(text)


def _number(kind: str, value: float | None) -> float:
    return value if value is not None else float(kind if kind != "finite" else "nan")


def _digest(digest: bytes | None) -> str | None:
    return None if digest is None else "ct1:" + digest.hex()


def _shape(summary: str | None) -> tuple[int, ...] | None:
    if not summary or '"shape"' not in summary:
        return None
    shape = json.loads(summary).get("shape")
    is_shape = isinstance(shape, list) and all(isinstance(n, int) for n in shape)
    return tuple(shape) if is_shape else None


def _dicts(cursor: sqlite3.Cursor) -> tuple[dict[str, Any], ...]:
    names = [column[0] for column in cursor.description]
    return tuple(dict(zip(names, row, strict=True)) for row in cursor)
