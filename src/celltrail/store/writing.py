"""Records into rows: the INSERT statements of executions, in transactions of their own."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

from celltrail.core.errors import CelltrailError
from celltrail.core.records import (
    ExecutionRecord,
    NotebookRecord,
    ProblemRecord,
    Record,
    RunRecord,
    SessionRecord,
    StartRecord,
    decode,
    encode,
)
from celltrail.store.call_rows import INSERT_CALL, call_values
from celltrail.store.columns import metric_values, param_values, to_json, uuid_bytes
from celltrail.store.database import roll_back
from celltrail.store.expressions import NOT_REPRODUCED
from celltrail.store.results import project
from celltrail.store.shared_rows import SharedRows, bind_notebook, remember

# A constraint, a type, a number that is too big, a mistake in our own SQL.
_STATEMENT_FAULTS = {
    sqlite3.SQLITE_ERROR,
    sqlite3.SQLITE_CONSTRAINT,
    sqlite3.SQLITE_MISMATCH,
    sqlite3.SQLITE_TOOBIG,
    sqlite3.SQLITE_MISUSE,
    sqlite3.SQLITE_RANGE,
}


class Rows(SharedRows):
    """Writes records through one connection, inside transactions that it opens.

    Parameters
    ----------
    connection, store, own
        As `SharedRows`.

    Attributes
    ----------
    problems : list of ProblemRecord
        What had to be left out of a record, each also a row.
    """

    def __init__(
        self, connection: sqlite3.Connection, store: Path, own: SessionRecord | None = None
    ) -> None:
        super().__init__(connection, store, own)
        self.problems: list[ProblemRecord] = []
        self._generation = -1
        # The execution that runs: identifier, notebook, cell and run as `start` wrote them.
        self._begun: tuple[str, int | None, int | None, str | None] | None = None

    def begin(self) -> None:
        """Take the write lock; forget cached ids if rows were deleted since the last time."""
        self._execute("BEGIN IMMEDIATE")
        # `forget` and `gc` add one here with every deletion. A row id that was freed
        # may belong to another row by now, and an edge would point at the wrong thing.
        (generation,) = self._execute("PRAGMA user_version").fetchone()
        if generation != self._generation:
            self.forget_ids()
            self._generation = generation

    def commit(self) -> None:
        """Make what was written since `begin` durable."""
        self._execute("COMMIT")

    def roll_back(self) -> None:
        """Undo what was written since `begin`, the ids it learnt included."""
        roll_back(self.connection)
        self.forget_ids()

    def write(self, record: Record) -> None:
        """Write a record of any kind."""
        match record:
            case ExecutionRecord():
                self.finish(record)
            case StartRecord():
                self.start(record)
            case SessionRecord():
                self.session(record)
            case RunRecord():
                self.run(record)
            case ProblemRecord():
                self.problem(record)
            case NotebookRecord():
                self.notebook(record, self.own.started_at if self.own else 0)

    def write_surely(self, record: Record) -> None:
        """Write a record of any kind, or as much of it as can be written.

        A record that cannot be stored as it is (half a surrogate pair in an output)
        is cleaned; if that is not enough its bare execution is kept. What was left
        out becomes a problem. The store's own faults are raised.
        """
        attempts: tuple[Callable[[Record], Record | None], ...] = (_as_is, _cleaned, _bare)
        fault: Exception | None = None
        for attempt in attempts:
            self._execute("SAVEPOINT record")
            try:
                candidate = attempt(record)
                if candidate is not None:
                    self.write(candidate)
            except Exception as error:
                if _is_store_fault(error):
                    raise
                self._execute("ROLLBACK TO record")
                self._execute("RELEASE record")
                self.forget_ids()
                fault = error
                continue
            if fault is not None:
                reason = f"{type(fault).__name__}: {fault}"
                self._note(record, "record", f"a record was kept in part ({reason})")
            self._execute("RELEASE record")
            return
        if fault is not None:
            raise fault  # not even the bare row: then it is the store after all

    def end_session(self, session: str, at: int) -> None:
        """Write when a session ended."""
        row_id, _ = self._session_row(session, at)
        self._execute("UPDATE session SET ended_at = ? WHERE id = ?", (at, row_id))
        self._changed("session", row_id)

    def problem(self, record: ProblemRecord) -> None:
        """Write a problem once, however often its record is merged."""
        values = (record.at, record.where, record.message, record.session, record.execution)
        row_id = self._execute(
            "INSERT INTO problem (at, place, message, session, execution)"
            " SELECT ?1, ?2, ?3, ?4, ?5 WHERE NOT EXISTS (SELECT 1 FROM problem WHERE at = ?1"
            " AND place = ?2 AND message = ?3 AND session IS ?4 AND execution IS ?5)",
            values,
        ).lastrowid
        self._changed("problem", row_id or 0)

    def start(self, record: StartRecord) -> None:
        """Write an execution that is about to run; nothing if it is there already."""
        session, notebook = self._session_row(record.session, record.started_at)
        cell = self._cell_row(notebook, record.cell_id)
        cursor = self._execute(
            "INSERT INTO execution (uuid, session_id, notebook_id, cell_id, code_id, count,"
            " status, started_at) VALUES (?, ?, ?, ?, ?, ?, 'running', ?)"
            " ON CONFLICT (uuid) DO NOTHING",
            (
                uuid_bytes(record.id),
                session,
                notebook,
                cell,
                self._code_row(record.code),
                record.count,
                record.started_at,
            ),
        )
        if cursor.rowcount == 0:
            return
        row_id = cursor.lastrowid or 0
        remember(self._executions, record.id, row_id)
        self._begun = (record.id, notebook, cell, record.run)
        if record.run is not None:
            self._join_run(record.run, row_id, record.started_at)
        if record.tags:
            self._tags(record.id, ((tag, "") for tag in record.tags))
        self._changed("execution", row_id)

    def finish(self, record: ExecutionRecord) -> bool:
        """Write everything an execution did; return False if it was written before."""
        row_id = self._execution_row(record)
        if row_id is None:
            return False
        key = (row_id,)
        if record.entities:
            entities = [self._entity_row(entity) for entity in record.entities]
            self._edges(record, row_id, entities)
        if record.deleted:
            self._many(
                "INSERT OR IGNORE INTO invalidated (execution_id, name) VALUES (?, ?)",
                [(row_id, name) for name in record.deleted],
            )
        if record.steps:
            self._many(
                "INSERT OR REPLACE INTO step (execution_id, n, variables) VALUES (?, ?, ?)",
                [(row_id, step.n, to_json(step.variables)) for step in record.steps],
            )
        if record.params:
            self._many(
                "INSERT INTO param (execution_id, step, owner, name, type, value, number, origin,"
                " reaches) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [key + param_values(param) for param in record.params],
            )
        if record.metrics:
            self._many(
                "INSERT INTO metric (execution_id, step, name, kind, value, origin, function,"
                " model, is_value) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [key + metric_values(metric) for metric in record.metrics],
            )
        if record.outputs:
            self._many(
                "INSERT INTO output (execution_id, position, kind, mime, name, text, blob, size,"
                " note) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (row_id, n, o.kind, o.mime, o.name, o.text, o.blob, o.size, o.note)
                    for n, o in enumerate(record.outputs)
                ],
            )
        if record.artifacts:
            self._many(
                "INSERT OR REPLACE INTO artifact (execution_id, name, blob, size, mime)"
                " VALUES (?, ?, ?, ?, ?)",
                [(row_id, a.name, a.blob, a.size, a.mime) for a in record.artifacts],
            )
        if record.calls:
            self._many(INSERT_CALL, [key + call_values(call) for call in record.calls])
        if record.tags:
            self._tags(record.id, record.tags.items())
        for problem in record.problems:
            self.problem(problem)
        if record.metrics:
            self._project(row_id, record)
        self._changed("execution", row_id)
        return True

    def _execution_row(self, record: ExecutionRecord) -> int | None:
        """Return the row of an execution, made or filled in; None if it is finished."""
        session, notebook = self._session_row(record.session, record.started_at)
        if record.notebook is not None:
            known_notebook, notebook = notebook, self.notebook(record.notebook, record.started_at)
            if known_notebook is None:
                bind_notebook(self.connection, session, notebook)
                self._sessions[record.session] = (session, notebook)
        uuid = uuid_bytes(record.id)
        cell = self._cell_row(notebook, record.cell_id)
        environment = record.environment and self._environment_row(record.environment)
        outcome = (
            self._code_row(record.code),
            environment,
            record.count,
            record.status,
            record.started_at,
            record.ended_at,
            record.error,
            to_json(record.unseeded) if record.unseeded else None,
            to_json(record.opaque) if record.opaque else None,
        )
        known = self._executions.get(record.id)
        if known is not None and self._begun == (record.id, notebook, cell, record.run):
            # The usual way. Columns that an index holds are not named: SQLite rewrites
            # the index pages of every column in SET, changed or not (12 µs a cell).
            # `ended_at` stands for "finished"; a row marked `aborted` by another
            # process that took this session for dead has none and is filled in.
            cursor = self._execute(
                "UPDATE execution SET code_id = ?, environment_id = ?, count = ?, status = ?,"
                " started_at = ?, ended_at = ?, error = ?, unseeded = ?, opaque = ?"
                " WHERE id = ? AND uuid = ? AND ended_at IS NULL",
                (*outcome, known, uuid),
            )
            if cursor.rowcount == 1:
                return known
        row = self._execute(
            "INSERT INTO execution (uuid, session_id, notebook_id, cell_id, code_id,"
            " environment_id, count, status, started_at, ended_at, error, unseeded, opaque)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (uuid) DO UPDATE SET"
            " notebook_id = coalesce(excluded.notebook_id, notebook_id),"
            " cell_id = coalesce(excluded.cell_id, cell_id), code_id = excluded.code_id,"
            " environment_id = excluded.environment_id, count = excluded.count,"
            " status = excluded.status, started_at = excluded.started_at,"
            " ended_at = excluded.ended_at, error = excluded.error,"
            " unseeded = excluded.unseeded, opaque = excluded.opaque"
            " WHERE ended_at IS NULL RETURNING id",
            (uuid, session, notebook, cell, *outcome),
        ).fetchone()
        if row is None:
            return None
        row_id = int(row[0])
        remember(self._executions, record.id, row_id)
        if record.run is not None:
            self._join_run(record.run, row_id, record.started_at)
        return row_id

    def _edges(self, record: ExecutionRecord, row_id: int, entities: list[int]) -> None:
        if record.used:
            self._many(
                "INSERT OR IGNORE INTO used"
                ' (execution_id, name, entity_id, source_id, evidence, "check")'
                " VALUES (?, ?, ?, ?, ?, ?)",
                [
                    (
                        row_id,
                        used.name,
                        entities[used.entity],
                        self._source_row(used.source)
                        or self._file_source(used.name, entities[used.entity], row_id),
                        used.evidence,
                        used.check,
                    )
                    for used in record.used
                ],
            )
        if record.generated:
            # The last word on a name is what stands for it after the cell.
            self._many(
                "INSERT OR REPLACE INTO generated (execution_id, name, entity_id, change, evidence)"
                " VALUES (?, ?, ?, ?, ?)",
                [
                    (row_id, g.name, entities[g.entity], g.change, g.evidence)
                    for g in record.generated
                ],
            )
        if record.derived:
            self._many(
                "INSERT OR IGNORE INTO derived (execution_id, entity_id, source_entity_id)"
                " VALUES (?, ?, ?)",
                [(row_id, entities[d.entity], entities[d.source_entity]) for d in record.derived],
            )

    def _file_source(self, name: str, entity: int, row_id: int) -> int | None:
        """The last execution, of any session, that wrote a file of this name and content.

        No other edge crosses a restart: a variable ends with its session.
        """
        if not name.startswith("file:"):
            return None
        base = name.rpartition("/")[2].removeprefix("file:")
        for source, written in self._execute(
            "SELECT e.id, name FROM generated JOIN execution AS e ON e.id = execution_id"
            f" WHERE entity_id = ? AND e.id <> ? AND change = 'written' AND {NOT_REPRODUCED}"
            " ORDER BY e.id DESC LIMIT 100",
            (entity, row_id),
        ):
            if written.rpartition("/")[2].removeprefix("file:") == base:
                return int(source)
        return None

    def _project(self, row_id: int, record: ExecutionRecord) -> None:
        self._execute("SAVEPOINT projection")
        try:
            project(self.connection, row_id, record)
        except Exception as error:
            if _is_store_fault(error):
                raise
            # A result that could not be computed is a reading lost, which can be made
            # again; the facts must not go with it.
            self._execute("ROLLBACK TO projection")
            self._note(record, "result", f"{type(error).__name__}: {error}")
        self._execute("RELEASE projection")

    def _note(self, record: Record, where: str, message: str) -> None:
        match record:
            case ExecutionRecord():
                at, session, execution = record.ended_at, record.session, record.id
            case StartRecord():
                at, session, execution = record.started_at, record.session, record.id
            case _:
                own = self.own
                at, session, execution = own.started_at if own else 0, own.id if own else "", ""
        text = message.encode("utf-8", "replace").decode()
        problem = ProblemRecord(where, text, at, session or None, execution or None)
        self.problems.append(problem)
        self.problem(problem)

    def forget_ids(self) -> None:
        """Forget every remembered row id (they may be gone, or never committed)."""
        super().forget_ids()
        self._begun = None


def _is_store_fault(error: Exception) -> bool:
    """Return whether a statement failed because of the store, not because of its values."""
    if not isinstance(error, sqlite3.Error):
        return isinstance(error, CelltrailError)
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    return code not in _STATEMENT_FAULTS


def _as_is(record: Record) -> Record:
    return record


def _cleaned(record: Record) -> Record | None:
    text = json.dumps(encode(record), ensure_ascii=False, default=str)
    cleaned: Record = decode(json.loads(text.encode("utf-8", "replace")))
    return cleaned


def _bare(record: Record) -> Record | None:
    """Return the execution without what it did; None for a record that is nothing without."""

    def plain(text: str) -> str:
        return str(text).encode("utf-8", "replace").decode()

    if isinstance(record, StartRecord):
        return StartRecord(record.id, record.session, record.started_at, plain(record.code))
    if isinstance(record, ExecutionRecord):
        return ExecutionRecord(
            record.id,
            record.session,
            record.status,
            record.started_at,
            record.ended_at,
            plain(record.code),
        )
    return None
