"""Results as rows with their metrics, params, data, run and tags."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from celltrail.core.errors import NotFound, UsageFault
from celltrail.core.records import decode_value
from celltrail.store.columns import digest_text, number_of, shape_of
from celltrail.store.database import Connection
from celltrail.store.executions import ExecutionRow, execution_rows
from celltrail.store.expressions import (
    NOT_REPRODUCED,
    RUN_OF_RESULT,
    prepare,
)
from celltrail.store.filter import Filter, compile_filter, compile_order
from celltrail.store.labels import notes, tags_of
from celltrail.store.paging import LIMIT_MAX, newest_page, sorted_page
from celltrail.store.results import WHOLE


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
class ResultDetail:
    """One result with its executions, series, environment and notes."""

    result: ResultRow
    executions: tuple[ExecutionRow, ...]
    series: dict[str, tuple[tuple[int, float], ...]]
    environment: dict[str, Any] | None
    notes: tuple[str, ...]


def list_results(
    connection: Connection,
    *,
    where: str | Filter = "",
    order_by: str | Sequence[str] = (),
    limit: int = 50,
    cursor: str | None = None,
    notebook: str | None = None,
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
    notebook : str or None
        Path of a notebook: only its results.
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
    if notebook is not None:
        sql = f"{sql} AND e.notebook_id IN (SELECT id FROM notebook WHERE path = ?)"
        values.append(notebook)
    if not with_reproduced and _has_reproduced(connection):
        sql = f"{sql} AND {NOT_REPRODUCED}"
    if not orders:
        ids, following = newest_page(connection, sql, values, limit, cursor)
    else:
        ids, following = sorted_page(connection, sql, values, orders, limit, cursor)
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
        metrics[result][name] = value if value is not None else number_of(kind, value)
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
        data[result].append(DataItem(name, digest_text(digest), kind, scope, shape_of(summary)))
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
    tags = tags_of(connection, {target for group in targets.values() for target in group})
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
                series[name].append((its_step, number_of(kind, value)))
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


def _has_reproduced(connection: Connection) -> bool:
    return (
        connection.execute("SELECT 1 FROM run WHERE kind = 'reproduce' LIMIT 1").fetchone()
        is not None
    )


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
            name: number_of(kind, value)
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
