"""Rows of the `call` table, and what a reading of them needs beside them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from celltrail.core.records import ArgumentRecord, CallRecord, decode_value
from celltrail.store.columns import to_json
from celltrail.store.database import Connection
from celltrail.store.expressions import NOT_REPRODUCED
from celltrail.store.upstream import upstream_rows

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


class Content(NamedTuple):  # a tuple: ten thousands are made for a long session
    """What a name stood for, before an execution (`used`) or after it (`generated`)."""

    name: str
    entity: int
    kind: str
    digest: str | None  # of a whole content; None when it was sampled or is unknown
    shape: tuple[int, ...]  # () where unknown
    change: str | None = None  # created, rebound, mutated; None for what was used


class CallHistory(NamedTuple):
    """One execution with its steps."""

    row: int
    code: int  # row id
    session: int
    calls: tuple[CallRecord, ...]
    used: tuple[Content, ...]  # only what no execution at hand made
    generated: tuple[Content, ...]
    deleted: tuple[str, ...]
    metrics: dict[str, float | None]  # name -> last value; None for NaN and infinities


@dataclass(frozen=True, slots=True)
class CallSessions:
    """The steps of sessions, as far as they can matter to what was fitted, split or judged.

    Attributes
    ----------
    histories : tuple of CallHistory
        The executions that did so and those upstream of them, in the order in which they ran.
    executions : int
        How many ran in all.
    repeated : frozenset of int
        Those whose cell ran again later in the same session.
    """

    histories: tuple[CallHistory, ...]
    executions: int
    repeated: frozenset[int]


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


def call_sessions(connection: Connection, sessions: Iterable[int]) -> CallSessions:
    """Return the steps of sessions that can matter to a leak."""
    rows = connection.execute(
        "SELECT e.id, e.code_id, e.cell_id, e.session_id FROM json_each(?) AS s"
        " JOIN execution AS e ON e.session_id = s.value"
        f" WHERE {NOT_REPRODUCED} ORDER BY e.started_at, e.id",
        (json.dumps(list(sessions)),),
    ).fetchall()
    ids = json.dumps([row[0] for row in rows])
    needed = _needed(connection, ids)
    wanted = json.dumps([row[0] for row in rows if row[0] in needed])
    calls = _calls(connection, wanted)
    contents = _Contents(connection)
    generated = contents.generated(wanted)
    used = contents.used(wanted)
    deleted = _deleted(connection, wanted)
    metrics = _metrics(connection, wanted)
    histories = tuple(
        CallHistory(
            row,
            code,
            session,
            tuple(calls.get(row, ())),
            tuple(used.get(row, ())),
            tuple(generated.get(row, ())),
            tuple(deleted.get(row, ())),
            metrics.get(row, {}),
        )
        for row, code, _, session in rows
        if row in needed
    )
    latest = {(session, cell): row for row, _, cell, session in rows}
    repeated = frozenset(
        row for row, _, cell, session in rows if cell and latest[session, cell] != row
    )
    return CallSessions(histories, len(rows), repeated)


def _needed(connection: Connection, ids: str) -> set[int]:
    """The executions that fitted, split or judged, and all upstream of them."""
    rows = connection.execute(
        "SELECT DISTINCT execution_id FROM json_each(?) AS x"
        " JOIN call ON call.execution_id = x.value"
        " WHERE call.kind NOT IN ('assign', 'each', 'store')",
        (ids,),
    )
    return upstream_rows(connection, [row for (row,) in rows])


def _calls(connection: Connection, ids: str) -> dict[int, list[CallRecord]]:
    found: dict[int, list[CallRecord]] = defaultdict(list)
    read: dict[tuple[Any, ...], CallRecord] = {}  # a cell that runs again takes the same steps
    for execution, *columns in connection.execute(
        "SELECT execution_id, n, kind, line, function, count, is_loop, classes, inside, call.value,"
        " arguments, targets, labels, metrics FROM json_each(?) AS x"
        " JOIN call ON call.execution_id = x.value ORDER BY execution_id, n",
        (ids,),
    ):
        key = tuple(columns)
        if key not in read:
            read[key] = _call_record(key)
        found[execution].append(read[key])
    return found


def _deleted(connection: Connection, ids: str) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for execution, name in connection.execute(
        "SELECT execution_id, name FROM json_each(?) AS x"
        " JOIN invalidated ON invalidated.execution_id = x.value",
        (ids,),
    ):
        found[execution].append(name)
    return found


def _metrics(connection: Connection, ids: str) -> dict[int, dict[str, float | None]]:
    found: dict[int, dict[str, float | None]] = defaultdict(dict)
    for execution, name, value in connection.execute(
        "SELECT execution_id, name, metric.value FROM json_each(?) AS x"
        " JOIN metric ON metric.execution_id = x.value ORDER BY metric.id",
        (ids,),
    ):
        found[execution][name] = value
    return found


def result_members(connection: Connection, result: int) -> set[int]:
    """Return the row ids of the executions that belong to a result itself."""
    rows = connection.execute(
        "SELECT execution_id FROM result_execution WHERE result_id = ?1"
        " UNION SELECT execution_id FROM result WHERE id = ?1",
        (result,),
    )
    return {int(row[0]) for row in rows}


class _Contents:
    """What names stood for; a content that many names had is read once."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[int, tuple[str, str | None, tuple[int, ...]]] = {}

    def generated(self, ids: str) -> dict[int, list[Content]]:
        """Return what executions made."""
        return self._read(
            "SELECT g.execution_id, g.name, g.entity_id, g.change FROM json_each(?) AS x"
            " JOIN generated AS g ON g.execution_id = x.value",
            ids,
        )

    def used(self, ids: str) -> dict[int, list[Content]]:
        """Return what executions used and none of them made."""
        return self._read(
            "WITH own(id) AS MATERIALIZED (SELECT value FROM json_each(?))"
            " SELECT used.execution_id, used.name, used.entity_id, NULL FROM own"
            " JOIN used ON used.execution_id = own.id"
            " WHERE used.source_id IS NULL OR used.source_id NOT IN (SELECT id FROM own)",
            ids,
        )

    def _read(self, sql: str, ids: str) -> dict[int, list[Content]]:
        edges = self._connection.execute(sql, (ids,)).fetchall()
        self._learn({entity for _, _, entity, _ in edges} - self._known.keys())
        found: dict[int, list[Content]] = defaultdict(list)
        for execution, name, entity, change in edges:
            if entity in self._known:
                found[execution].append(Content(name, entity, *self._known[entity], change))
        return found

    def _learn(self, entities: set[int]) -> None:
        for entity, kind, digest, shape in self._connection.execute(
            "SELECT entity.id, kind, CASE WHEN scope = 'full' THEN digest END,"
            " json_extract(summary, '$.shape') FROM json_each(?) AS x"
            " JOIN entity ON entity.id = x.value"
            " WHERE kind NOT IN ('module', 'class', 'function', 'scalar', 'text')",
            (json.dumps(list(entities)),),
        ):
            self._known[entity] = (kind, digest.hex() if digest else None, _sides(shape))


@lru_cache(maxsize=4096)
def _sides(shape: str | None) -> tuple[int, ...]:
    return tuple(int(side) for side in json.loads(shape)) if shape else ()


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
