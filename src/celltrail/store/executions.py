"""Readers of executions, and of the edges between them and their contents."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from celltrail.core.errors import NotFound
from celltrail.core.records import decode_value
from celltrail.store import blobs
from celltrail.store.columns import digest_text, number_of, shape_of
from celltrail.store.database import Connection
from celltrail.store.expressions import (
    NOT_REPRODUCED,
    RESULT_ID,
)
from celltrail.store.labels import notes, tags_of
from celltrail.store.paging import LIMIT_MAX


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
        conditions.append(NOT_REPRODUCED)
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
            "value": number_of(kind, value),
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
        tags=tags_of(connection, [execution.id])[execution.id],
        notes=tuple(notes(connection, execution.id)),
        results=tuple(
            row[0]
            for row in connection.execute(
                f"SELECT {RESULT_ID} FROM result_execution JOIN result AS r ON r.id = result_id"
                " JOIN execution AS e ON e.id = r.execution_id"
                " WHERE result_execution.execution_id = ? ORDER BY r.id",
                key,
            )
        ),
    )


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
            "digest": digest_text(digest),
            "lineage_digest": digest_text(lineage),
            "scope": scope,
            "shape": shape_of(summary),
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

    return blobs.get(store, execution.code_blob).decode("utf-8", "replace")


def _execution_row(row: Any) -> ExecutionRow:
    *plain, unseeded, opaque = row
    words = [tuple(_json(unseeded) or ()), tuple(_json(opaque) or ())]
    return ExecutionRow(*[*plain, *words])


def _edges(connection: Connection, row_id: int, *, is_used: bool) -> list[Edge]:
    table, detail, source = (
        ("used", '"check"', "(SELECT lower(hex(uuid)) FROM execution WHERE id = x.source_id)")
        if is_used
        else ("generated", "change", "NULL")
    )
    return [
        Edge(name, entity, kind, type_name, digest_text(digest), scope, shape_of(summary), *rest)
        for name, entity, kind, type_name, digest, scope, summary, *rest in connection.execute(
            "SELECT x.name, entity.id, entity.kind, entity.type, entity.digest, entity.scope,"
            f" entity.summary, x.evidence, x.{detail}, {source}"
            f" FROM {table} AS x JOIN entity ON entity.id = x.entity_id"
            " WHERE x.execution_id = ? ORDER BY x.name",
            (row_id,),
        )
    ]


def _json(text: str | None) -> Any:
    return None if text is None else json.loads(text)


def _dicts(cursor: sqlite3.Cursor) -> tuple[dict[str, Any], ...]:
    names = [column[0] for column in cursor.description]
    return tuple(dict(zip(names, row, strict=True)) for row in cursor)
