"""Rows of the `call` table, and what a reading of them needs beside them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from celltrail.core.records import ArgumentRecord, CallRecord, decode_value
from celltrail.store.columns import to_json
from celltrail.store.database import Connection
from celltrail.store.expressions import NOT_REPRODUCED

INSERT_CALL = (
    "INSERT OR REPLACE INTO call (execution_id, n, kind, line, function, count, is_loop, classes,"
    " inside, value, arguments, targets, labels, metrics)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


def call_values(call: CallRecord) -> tuple[Any, ...]:
    """Return the columns of a call, in the order of `INSERT_CALL` after the execution."""
    arguments = [[argument.keyword, argument.value] for argument in call.arguments]
    return (
        call.n,
        call.kind,
        call.line,
        call.function,
        call.count,
        int(call.loop),
        _json(call.classes),
        _json(call.inside),
        _json(call.value),
        _json(arguments),
        _json(call.targets),
        _json(call.labels),
        _json(call.metrics),
    )


def _json(value: Any) -> str | None:
    return to_json(value) if value else None


@dataclass(frozen=True, slots=True)
class Content:
    """What a name stood for, before an execution (`used`) or after it (`generated`).

    Attributes
    ----------
    name : str
    entity : int
        Row id.
    kind : str
    digest : str or None
        Only of a whole content; None when it was sampled or is unknown.
    shape : tuple of int
        () where unknown.
    change : str or None
        created, rebound, mutated; None for what was used.
    """

    name: str
    entity: int
    kind: str
    digest: str | None
    shape: tuple[int, ...]
    change: str | None = None


@dataclass(frozen=True, slots=True)
class CallHistory:
    """One execution with its steps.

    Attributes
    ----------
    row : int
    code : int
        Row id of its code.
    cell : int or None
        Row id of its cell.
    session : int
    calls : tuple of CallRecord
    used, generated : tuple of Content
    deleted : tuple of str
    metrics : dict of str to float or None
        Name -> last value; None for NaN and infinities.
    """

    row: int
    code: int
    cell: int | None
    session: int
    calls: tuple[CallRecord, ...]
    used: tuple[Content, ...]
    generated: tuple[Content, ...]
    deleted: tuple[str, ...]
    metrics: dict[str, float | None]


def sessions_of(
    connection: Connection,
    *,
    result: int | None = None,
    notebook: str | None = None,
    session: str | None = None,
) -> list[int]:
    """Return the row ids of sessions, oldest first: of a result, a notebook, or by identifier.

    Without any of them, the session of the newest result; else the newest session.
    """
    if result is not None:
        sql = (
            "SELECT e.session_id FROM result AS r JOIN execution AS e ON e.id = r.execution_id"
            " WHERE r.id = ?"
        )
        rows = connection.execute(sql, (result,)).fetchall()
    elif notebook is not None:
        sql = (
            "SELECT DISTINCT e.session_id FROM execution AS e JOIN notebook ON"
            " notebook.id = e.notebook_id WHERE notebook.path = ? ORDER BY e.session_id"
        )
        rows = connection.execute(sql, (notebook,)).fetchall()
    elif session is not None:
        sql = "SELECT id FROM session WHERE lower(hex(uuid)) LIKE ? OR lower(hex(uuid)) LIKE ?"
        digits = session.lower().replace("-", "").replace("%", "")
        rows = connection.execute(sql, (f"{digits}%", f"%{digits}")).fetchall()
    else:
        rows = connection.execute(
            "SELECT e.session_id FROM result AS r JOIN execution AS e ON e.id = r.execution_id"
            f" WHERE {NOT_REPRODUCED} ORDER BY r.at DESC, r.id DESC LIMIT 1"
        ).fetchall()
        if not rows:
            rows = connection.execute("SELECT max(id) FROM session HAVING max(id)").fetchall()
    return [int(row[0]) for row in rows]


def call_histories(connection: Connection, sessions: Iterable[int]) -> list[CallHistory]:
    """Return the executions of sessions with their steps, in the order in which they ran."""
    wanted = json.dumps(list(sessions))
    rows = connection.execute(
        "SELECT e.id, e.code_id, e.cell_id, e.session_id FROM json_each(?) AS s"
        " JOIN execution AS e ON e.session_id = s.value"
        f" WHERE {NOT_REPRODUCED} ORDER BY e.started_at, e.id",
        (wanted,),
    ).fetchall()
    ids = json.dumps([row[0] for row in rows])
    calls: dict[int, list[CallRecord]] = defaultdict(list)
    for row in connection.execute(
        "SELECT execution_id, n, kind, line, function, count, is_loop, classes, inside, call.value,"
        " arguments, targets, labels, metrics FROM json_each(?) AS x"
        " JOIN call ON call.execution_id = x.value ORDER BY execution_id, n",
        (ids,),
    ):
        calls[row[0]].append(_call_record(row[1:]))
    used = _contents(connection, "used", "NULL", ids)
    generated = _contents(connection, "generated", "edge.change", ids)
    deleted: dict[int, list[str]] = defaultdict(list)
    for execution, name in connection.execute(
        "SELECT execution_id, name FROM json_each(?) AS x"
        " JOIN invalidated ON invalidated.execution_id = x.value",
        (ids,),
    ):
        deleted[execution].append(name)
    metrics: dict[int, dict[str, float | None]] = defaultdict(dict)
    for execution, name, value in connection.execute(
        "SELECT execution_id, name, metric.value FROM json_each(?) AS x"
        " JOIN metric ON metric.execution_id = x.value ORDER BY metric.id",
        (ids,),
    ):
        metrics[execution][name] = value
    return [
        CallHistory(
            row,
            code,
            cell,
            session,
            tuple(calls.get(row, ())),
            tuple(used.get(row, ())),
            tuple(generated.get(row, ())),
            tuple(deleted.get(row, ())),
            metrics.get(row, {}),
        )
        for row, code, cell, session in rows
    ]


def result_members(connection: Connection, result: int) -> set[int]:
    """Return the row ids of the executions that belong to a result itself."""
    rows = connection.execute(
        "SELECT execution_id FROM result_execution WHERE result_id = ?1"
        " UNION SELECT execution_id FROM result WHERE id = ?1",
        (result,),
    )
    return {int(row[0]) for row in rows}


def _contents(
    connection: Connection, table: str, change: str, ids: str
) -> dict[int, list[Content]]:
    found: dict[int, list[Content]] = defaultdict(list)
    for execution, name, entity, kind, digest, scope, shape, how in connection.execute(
        "SELECT edge.execution_id, edge.name, entity.id, entity.kind, lower(hex(entity.digest)),"
        f" entity.scope, json_extract(entity.summary, '$.shape'), {change} FROM json_each(?) AS x"
        f" JOIN {table} AS edge ON edge.execution_id = x.value"
        " JOIN entity ON entity.id = edge.entity_id"
        " WHERE entity.kind NOT IN ('module', 'class', 'function', 'scalar', 'text')",
        (ids,),
    ):
        sides = tuple(int(side) for side in json.loads(shape)) if shape else ()
        whole = digest if digest and scope == "full" else None
        found[execution].append(Content(name, entity, kind, whole, sides, how))
    return found


def _call_record(row: tuple[Any, ...]) -> CallRecord:
    n, kind, line, function, count, is_loop, classes, inside, value, arguments, *rest = row
    targets, labels, metrics = rest
    return CallRecord(
        n,
        kind,
        line,
        function,
        tuple(_read(classes) or ()),
        tuple(_read(inside) or ()),
        count,
        bool(is_loop),
        _read(value),
        tuple(ArgumentRecord(word, given) for word, given in _read(arguments) or ()),
        tuple(_read(targets) or ()),
        tuple(_read(labels) or ()),
        tuple(_read(metrics) or ()),
    )


def _read(text: str | None) -> Any:
    return None if text is None else decode_value(json.loads(text))
