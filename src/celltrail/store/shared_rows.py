"""Rows that many records share, written once and found again by their remembered ids."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import xxhash

from celltrail.core.identifiers import path_identifier
from celltrail.core.records import (
    EntityRecord,
    EnvironmentRecord,
    NotebookRecord,
    RunRecord,
    SessionRecord,
)
from celltrail.store import blobs
from celltrail.store.columns import bounded, digest_bytes, to_json, uuid_bytes

# Longer code is kept as a file: rows that spill over pages make every scan read them.
CODE_ROW_BYTES = 64 << 10
# Shared rows (code, entities, sessions) whose ids are remembered; then all are forgotten.
CACHE_ROWS = 8192

Cache = dict[Any, int]


class SharedRows:
    """Sessions, notebooks, cells, code, environments, entities and runs of one connection.

    Parameters
    ----------
    connection : sqlite3.Connection
        As `database.connect` returns it for a writer.
    store : Path
        The ``.celltrail`` folder, for code that is kept as a blob.
    own : SessionRecord or None
        The session that writes; its row is made when the first record needs it.
    """

    def __init__(
        self, connection: sqlite3.Connection, store: Path, own: SessionRecord | None = None
    ) -> None:
        self.connection = connection
        self.own = own
        self._execute: Final = connection.execute
        self._many: Final = connection.executemany
        self._store = store
        self._codes: Cache = {}
        self._entities: Cache = {}
        self._sessions: dict[str, tuple[int, int | None]] = {}
        self._notebooks: Cache = {}
        self._cells: Cache = {}
        self._environments: Cache = {}
        self._runs: Cache = {}
        self._executions: Cache = {}

    def forget_ids(self) -> None:
        """Forget every remembered row id (they may be gone, or never committed)."""
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

    def session(self, record: SessionRecord) -> int:
        """Write a session, or what has become known about it; return its row id."""
        at = record.started_at
        notebook = None if record.notebook is None else self.notebook(record.notebook, at)
        row_id, known = self._execute(
            "INSERT INTO session (uuid, kind, pid, kernel_id, client, notebook_id, started_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (uuid) DO UPDATE SET"
            " kind = excluded.kind, pid = excluded.pid, started_at = excluded.started_at,"
            " kernel_id = coalesce(excluded.kernel_id, kernel_id),"
            " client = coalesce(excluded.client, client),"
            " notebook_id = coalesce(excluded.notebook_id, notebook_id) RETURNING id, notebook_id",
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
        self._sessions[record.id] = (row_id, known)
        self._changed("session", row_id)
        return int(row_id)

    def notebook(self, record: NotebookRecord, at: int) -> int:
        """Write a notebook, or its new path; return its row id."""
        known = self._notebooks.get(record)
        if known is not None:
            return known
        row_id = self._named_notebook(record) or self._notebook_row(record, at)
        self._changed("notebook", row_id)
        remember(self._notebooks, record, row_id)
        return int(row_id)

    def _notebook_row(self, record: NotebookRecord, at: int) -> int:
        (row_id,) = self._execute(
            "INSERT INTO notebook (uuid, path, created_at) VALUES (?, ?, ?)"
            " ON CONFLICT (uuid) DO UPDATE SET path = coalesce(excluded.path, path) RETURNING id",
            (uuid_bytes(record.id), record.path, at),
        ).fetchone()
        return int(row_id)

    def _named_notebook(self, record: NotebookRecord) -> int | None:
        """The row of the notebook that a path stands for, given its own identifier if it has one.

        Cells may run before the front end has said which notebook they are in, and kernels
        without a front end know the path only.
        """
        if record.path is None:
            return None
        if record.is_bound:
            found = self._execute(
                "UPDATE OR IGNORE notebook SET uuid = ? WHERE uuid = ? RETURNING id",
                (uuid_bytes(record.id), uuid_bytes(path_identifier(record.path))),
            ).fetchone()
        else:
            found = self._execute(
                "SELECT id FROM notebook WHERE path = ? ORDER BY id DESC LIMIT 1", (record.path,)
            ).fetchone()
        return None if found is None else int(found[0])

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
        remember(self._runs, record.id, row_id)
        self._changed("run", row_id)
        return int(row_id)

    def _tags(self, target: str, tags: Iterable[tuple[str, str]]) -> None:
        self._many(
            "INSERT INTO tag (target, key, value) VALUES (?, ?, ?)"
            " ON CONFLICT (target, key) DO UPDATE SET value = excluded.value",
            [(target, key, str(value)) for key, value in tags],
        )

    def _changed(self, kind: str, row_id: int) -> None:
        self._execute("INSERT INTO changes (kind, row_id) VALUES (?, ?)", (kind, row_id))

    def _entity_row(self, record: EntityRecord) -> int:
        key = (record.digest or record.lineage_digest, record.scope, record.type)
        profiled = "profile" in record.summary
        known = self._entities.get(key)
        if known is not None and not profiled:
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
                bounded(record.size),
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
            if profiled:  # made when the data reached a model, after the entity was written
                self._execute(
                    "UPDATE entity SET summary = ?"
                    " WHERE id = ? AND summary ->> '$.profile' IS NULL",
                    (to_json(record.summary), row_id),
                )
        if key[0] is not None:  # two unknowns are never the same thing
            remember(self._entities, key, row_id)
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
            remember(self._executions, source, known)
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
        remember(self._codes, digest, row_id)
        return row_id

    def _cell_row(self, notebook: int | None, name: str | None) -> int | None:
        if name is None:
            return None
        key = (notebook, name)
        known = self._cells.get(key)
        if known is None:
            known = cell_row(self.connection, notebook, name)
            remember(self._cells, key, known)
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
            remember(self._environments, record.digest, known)
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
            remember(self._runs, run, known)
        return known

    def _join_run(self, run: str, row_id: int, at: int) -> None:
        self._execute(
            "INSERT OR IGNORE INTO run_execution (run_id, execution_id) VALUES (?, ?)",
            (self._run_row(run, at), row_id),
        )


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


def remember(cache: Cache, key: Any, row_id: int) -> None:
    """Keep a row id, forgetting all others when there are too many."""
    if len(cache) >= CACHE_ROWS:
        cache.clear()  # rarer and cheaper than keeping order; a miss costs one SELECT
    cache[key] = row_id
