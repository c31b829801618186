"""Records into rows: the INSERT statements, and the row ids that many records share."""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

import xxhash

from celltrail.core.errors import CelltrailError
from celltrail.core.records import (
    EntityRecord,
    EnvironmentRecord,
    ExecutionRecord,
    MetricRecord,
    NotebookRecord,
    ParamRecord,
    ProblemRecord,
    Record,
    RunRecord,
    SessionRecord,
    StartRecord,
    decode,
    encode,
    encode_value,
)
from celltrail.store import blobs
from celltrail.store.database import roll_back

DIGEST_PREFIX = "ct1:"
_UUID_BYTES = 16
# Longer code is kept as a file: rows that spill over pages make every scan read them.
CODE_ROW_BYTES = 64 << 10
# Shared rows (code, entities, sessions) whose ids are remembered; then all are forgotten.
CACHE_ROWS = 8192
# SQLite integers are 64 bits; a size or count beyond is nonsense, not a reason to fail.
_INTEGER_LIMIT = 1 << 63

# A constraint, a type, a number that is too big, a mistake in our own SQL.
_STATEMENT_FAULTS = {
    sqlite3.SQLITE_ERROR,
    sqlite3.SQLITE_CONSTRAINT,
    sqlite3.SQLITE_MISMATCH,
    sqlite3.SQLITE_TOOBIG,
    sqlite3.SQLITE_MISUSE,
    sqlite3.SQLITE_RANGE,
}

_Cache = dict[Any, int]


class Rows:
    """Writes records through one connection, inside transactions that it opens.

    Parameters
    ----------
    connection : sqlite3.Connection
        As `database.connect` returns it for a writer.
    store : Path
        The ``.celltrail`` folder, for code that is kept as a blob.
    own : SessionRecord or None
        The session that writes; its row is made when the first record needs it.

    Attributes
    ----------
    problems : list of ProblemRecord
        What had to be left out of a record, each also a row.
    """

    def __init__(
        self, connection: sqlite3.Connection, store: Path, own: SessionRecord | None = None
    ) -> None:
        self.connection = connection
        self.own = own
        self.problems: list[ProblemRecord] = []
        self._execute: Final = connection.execute
        self._many: Final = connection.executemany
        self._store = store
        self._generation = -1
        self._codes: _Cache = {}
        self._entities: _Cache = {}
        self._sessions: dict[str, tuple[int, int | None]] = {}
        self._notebooks: _Cache = {}
        self._cells: _Cache = {}
        self._environments: _Cache = {}
        self._runs: _Cache = {}
        self._executions: _Cache = {}
        self._begun: tuple[str, int | None, int | None, str | None] | None = None

    def begin(self) -> None:
        """Take the write lock; forget cached ids if rows were deleted since the last time."""
        self._execute("BEGIN IMMEDIATE")
        # `forget` and `gc` add one here with every deletion. A row id that was freed
        # may belong to another row by now, and an edge would point at the wrong thing.
        (generation,) = self._execute("PRAGMA user_version").fetchone()
        if generation != self._generation:
            self._forget_ids()
            self._generation = generation

    def commit(self) -> None:
        """Make what was written since `begin` durable."""
        self._execute("COMMIT")

    def roll_back(self) -> None:
        """Undo what was written since `begin`, the ids it learnt included."""
        roll_back(self.connection)
        self._forget_ids()

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
                self._forget_ids()
                fault = error
                continue
            if fault is not None:
                reason = f"{type(fault).__name__}: {fault}"
                self._note(record, "record", f"a record was kept in part ({reason})")
            self._execute("RELEASE record")
            return
        if fault is not None:
            raise fault  # not even the bare row: then it is the store after all

    def session(self, record: SessionRecord) -> int:
        """Write a session, or what has become known about it; return its row id."""
        at = record.started_at
        notebook = None if record.notebook is None else self.notebook(record.notebook, at)
        (row_id,) = self._execute(
            "INSERT INTO session (uuid, kind, pid, kernel_id, client, notebook_id, started_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (uuid) DO UPDATE SET"
            " kind = excluded.kind, pid = excluded.pid, started_at = excluded.started_at,"
            " kernel_id = coalesce(excluded.kernel_id, kernel_id),"
            " client = coalesce(excluded.client, client),"
            " notebook_id = coalesce(excluded.notebook_id, notebook_id) RETURNING id",
            (
                uuid_bytes(record.id),
                record.kind,
                record.pid,
                record.kernel_id,
                record.client,
                notebook,
                at,
            ),
        ).fetchone()
        if notebook is not None:
            bind_notebook(self.connection, row_id, notebook)
        self._sessions[record.id] = (row_id, notebook)
        self._changed("session", row_id)
        return int(row_id)

    def end_session(self, session: str, at: int) -> None:
        """Write when a session ended."""
        row_id, _ = self._session_row(session, at)
        self._execute("UPDATE session SET ended_at = ? WHERE id = ?", (at, row_id))
        self._changed("session", row_id)

    def notebook(self, record: NotebookRecord, at: int) -> int:
        """Write a notebook, or its new path; return its row id."""
        known = self._notebooks.get(record)
        if known is not None:
            return known
        (row_id,) = self._execute(
            "INSERT INTO notebook (uuid, path, created_at) VALUES (?, ?, ?)"
            " ON CONFLICT (uuid) DO UPDATE SET path = coalesce(excluded.path, path) RETURNING id",
            (uuid_bytes(record.id), record.path, at),
        ).fetchone()
        self._changed("notebook", row_id)
        _remember(self._notebooks, record, row_id)
        return int(row_id)

    def run(self, record: RunRecord) -> int:
        """Write a run, or its new state; return its row id."""
        parent = None if record.parent is None else self._run_row(record.parent, record.started_at)
        (row_id,) = self._execute(
            "INSERT INTO run (uuid, name, kind, status, started_at, ended_at, parent_id, params)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (uuid) DO UPDATE SET"
            " name = coalesce(excluded.name, name), kind = excluded.kind,"
            " status = excluded.status, started_at = excluded.started_at,"
            " ended_at = coalesce(excluded.ended_at, ended_at),"
            " parent_id = coalesce(excluded.parent_id, parent_id),"
            " params = excluded.params RETURNING id",
            (
                uuid_bytes(record.id),
                record.name,
                record.kind,
                record.status,
                record.started_at,
                record.ended_at,
                parent,
                to_json(record.params),
            ),
        ).fetchone()
        self._tags(record.id, record.tags.items())
        _remember(self._runs, record.id, row_id)
        self._changed("run", row_id)
        return int(row_id)

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
        _remember(self._executions, record.id, row_id)
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
                [key + _param_values(param) for param in record.params],
            )
        if record.metrics:
            self._many(
                "INSERT INTO metric (execution_id, step, name, kind, value, origin, function,"
                " model, is_value) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [key + _metric_values(metric) for metric in record.metrics],
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
        _remember(self._executions, record.id, row_id)
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
                        self._source_row(used.source),
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

    def _entity_row(self, record: EntityRecord) -> int:
        key = (record.digest or record.lineage_digest, record.scope, record.type)
        known = self._entities.get(key)
        if known is not None:
            return known
        digest, lineage = digest_bytes(record.digest), digest_bytes(record.lineage_digest)
        cursor = self._execute(
            "INSERT INTO entity (kind, type, digest, scope, lineage_digest, size, summary, reason)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (coalesce(digest, lineage_digest), scope, type) DO NOTHING",
            (
                record.kind,
                record.type,
                digest,
                record.scope,
                lineage,
                _bounded(record.size),
                to_json(record.summary) if record.summary else None,
                record.reason,
            ),
        )
        if cursor.rowcount == 1:
            row_id = cursor.lastrowid or 0
            if record.columns:
                self._many(
                    "INSERT INTO column_digest (entity_id, position, name, dtype, digest)"
                    " VALUES (?, ?, ?, ?, ?)",
                    [
                        (row_id, n, name, dtype, digest_bytes(column))
                        for n, (name, dtype, column) in enumerate(record.columns)
                    ],
                )
        else:
            (row_id,) = self._execute(
                "SELECT id FROM entity WHERE coalesce(digest, lineage_digest) = ?"
                " AND scope = ? AND type = ?",
                (digest or lineage, record.scope, record.type),
            ).fetchone()
        if key[0] is not None:  # two unknowns are never the same thing
            _remember(self._entities, key, row_id)
        return row_id

    def _session_row(self, session: str, at: int) -> tuple[int, int | None]:
        known = self._sessions.get(session)
        if known is None and self.own is not None and session == self.own.id:
            self.session(self.own)
            known = self._sessions[session]
        if known is None:
            # Its own record may be missing (a torn spool line): a stand-in keeps the rest.
            known = self._execute(
                "INSERT INTO session (uuid, kind, pid, started_at) VALUES (?, 'unknown', 0, ?)"
                " ON CONFLICT (uuid) DO UPDATE SET uuid = uuid RETURNING id, notebook_id",
                (uuid_bytes(session), at),
            ).fetchone()
            self._sessions[session] = known
        return known

    def _source_row(self, source: str | None) -> int | None:
        if source is None:
            return None
        known = self._executions.get(source)
        if known is None:
            row = self._execute(
                "SELECT id FROM execution WHERE uuid = ?", (uuid_bytes(source),)
            ).fetchone()
            if row is None:
                return None
            known = int(row[0])
            _remember(self._executions, source, known)
        return known

    def _code_row(self, source: str) -> int:
        data = source.encode("utf-8")
        digest = xxhash.xxh3_128_digest(data)
        known = self._codes.get(digest)
        if known is not None:
            return known
        row = self._execute("SELECT id FROM code WHERE digest = ?", (digest,)).fetchone()
        if row is not None:
            row_id = int(row[0])
        else:
            blob = None
            if len(data) > CODE_ROW_BYTES:
                try:
                    blob = blobs.put(self._store, data)
                except OSError:
                    blob = None  # then it is kept in the row after all
            row_id = (
                self._execute(
                    "INSERT INTO code (digest, source, blob) VALUES (?, ?, ?)",
                    (digest, None if blob else source, blob),
                ).lastrowid
                or 0
            )
        _remember(self._codes, digest, row_id)
        return row_id

    def _cell_row(self, notebook: int | None, name: str | None) -> int | None:
        if name is None:
            return None
        key = (notebook, name)
        known = self._cells.get(key)
        if known is None:
            known = cell_row(self.connection, notebook, name)
            _remember(self._cells, key, known)
        return known

    def _environment_row(self, record: EnvironmentRecord) -> int:
        known = self._environments.get(record.digest)
        if known is None:
            (known,) = self._execute(
                "INSERT INTO environment (digest, python, platform, packages, git_commit, hardware)"
                " VALUES (?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (digest) DO UPDATE SET digest = digest RETURNING id",
                (
                    record.digest,
                    record.python,
                    record.platform,
                    to_json(record.packages),
                    record.git_commit,
                    to_json(record.hardware),
                ),
            ).fetchone()
            _remember(self._environments, record.digest, known)
        return known

    def _run_row(self, run: str, at: int) -> int:
        known = self._runs.get(run)
        if known is None:
            # Its own record may come later, out of a spool, and then fills this one in.
            (known,) = self._execute(
                "INSERT INTO run (uuid, kind, status, started_at)"
                " VALUES (?, 'interactive', 'running', ?)"
                " ON CONFLICT (uuid) DO UPDATE SET uuid = uuid RETURNING id",
                (uuid_bytes(run), at),
            ).fetchone()
            _remember(self._runs, run, known)
        return known

    def _join_run(self, run: str, row_id: int, at: int) -> None:
        self._execute(
            "INSERT OR IGNORE INTO run_execution (run_id, execution_id) VALUES (?, ?)",
            (self._run_row(run, at), row_id),
        )

    def _tags(self, target: str, tags: Iterable[tuple[str, str]]) -> None:
        self._many(
            "INSERT INTO tag (target, key, value) VALUES (?, ?, ?)"
            " ON CONFLICT (target, key) DO UPDATE SET value = excluded.value",
            [(target, key, str(value)) for key, value in tags],
        )

    def _project(self, row_id: int, record: ExecutionRecord) -> None:
        from celltrail.store.results import project

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

    def _changed(self, kind: str, row_id: int) -> None:
        self._execute("INSERT INTO changes (kind, row_id) VALUES (?, ?)", (kind, row_id))

    def _forget_ids(self) -> None:
        for cache in (
            self._codes,
            self._entities,
            self._sessions,
            self._notebooks,
            self._cells,
            self._environments,
            self._runs,
            self._executions,
        ):
            cache.clear()
        self._begun = None


def bind_notebook(connection: sqlite3.Connection, session_id: int, notebook_id: int) -> None:
    """Give a session, and its executions and cells that have none, their notebook.

    The front end knows the notebook some time after the first cells have run.
    """
    connection.execute(
        "UPDATE session SET notebook_id = ? WHERE id = ? AND notebook_id IS NOT ?",
        (notebook_id, session_id, notebook_id),
    )
    cells = connection.execute(
        "SELECT DISTINCT cell.id, cell.name FROM execution JOIN cell ON cell.id = cell_id"
        " WHERE session_id = ? AND execution.notebook_id IS NULL",
        (session_id,),
    ).fetchall()
    for cell_id, name in cells:
        connection.execute(
            "UPDATE execution SET cell_id = ? WHERE session_id = ? AND cell_id = ?"
            " AND notebook_id IS NULL",
            (cell_row(connection, notebook_id, name), session_id, cell_id),
        )
    connection.execute(
        "UPDATE execution SET notebook_id = ? WHERE session_id = ? AND notebook_id IS NULL",
        (notebook_id, session_id),
    )


def cell_row(connection: sqlite3.Connection, notebook_id: int | None, name: str) -> int:
    """Return the row id of a notebook's cell, made if it is new."""
    (row_id,) = connection.execute(
        "INSERT INTO cell (notebook_id, name) VALUES (?, ?)"
        " ON CONFLICT (coalesce(notebook_id, 0), name) DO UPDATE SET name = name RETURNING id",
        (notebook_id, name),
    ).fetchone()
    return int(row_id)


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


def uuid_bytes(identifier: str) -> bytes:
    """Return the 16 bytes of an identifier (a hash of it, if it is no UUID)."""
    try:
        data = bytes.fromhex(identifier.replace("-", ""))
    except ValueError:
        data = b""
    return data if len(data) == _UUID_BYTES else xxhash.xxh3_128_digest(identifier.encode())


def digest_bytes(digest: str | None) -> bytes | None:
    """Return the 16 bytes behind ``ct1:`` (a hash of it, if it is another text)."""
    return None if digest is None else uuid_bytes(digest.removeprefix(DIGEST_PREFIX))


def to_json(value: Any) -> str:
    """Return the text of a JSON column."""
    return json.dumps(encode_value(value), separators=(",", ":"), ensure_ascii=False, default=str)


def _param_values(param: ParamRecord) -> tuple[Any, ...]:
    return (
        param.step,
        param.owner,
        param.name,
        param.type,
        to_json(param.value),
        _number(param.value),
        param.origin,
        to_json(param.reaches) if param.reaches else None,
    )


def _metric_values(metric: MetricRecord) -> tuple[Any, ...]:
    value = float(metric.value)
    finite = math.isfinite(value)
    return (
        metric.step,
        metric.name,
        "finite" if finite else repr(value),
        value if finite else None,
        metric.origin,
        metric.function,
        metric.model,
        int(metric.is_value),
    )


def _number(value: Any) -> float | None:
    """Return the number to sort and filter by; None for a bool or a text."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        number = float(value)
    except OverflowError:  # an integer beyond floats; its digits are in the JSON
        return None
    return number if math.isfinite(number) else None


def _bounded(size: int | None) -> int | None:
    return None if size is None or not 0 <= size < _INTEGER_LIMIT else size


def _remember(cache: _Cache, key: Any, row_id: int) -> None:
    if len(cache) >= CACHE_ROWS:
        cache.clear()  # rarer and cheaper than keeping order; a miss costs one SELECT
    cache[key] = row_id
