"""Deletion that deletes: rows, kept files, and the bytes they were made of."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from celltrail.core.errors import NotFound, UsageFault
from celltrail.store import blobs
from celltrail.store.columns import uuid_bytes
from celltrail.store.contents import data_names
from celltrail.store.database import LOCK_SECONDS, connect, faults, transaction
from celltrail.store.doctor import referenced_blobs
from celltrail.store.forget_reports import delete_loose_reports, delete_reports, repeated
from celltrail.store.forget_snapshots import (
    delete_snapshots,
    let_go_of_snapshots,
    snapshots_about,
    snapshots_named,
)
from celltrail.store.location import database_file
from celltrail.store.sessions import close_dead, is_alive
from celltrail.store.snapshots import snapshot_names
from celltrail.store.spool import merge_spools, waiting_files

# A kept file whose row is not written yet (a cell that still runs) is younger than this.
_FRESH_SECONDS = 3600
# Names looked up in one statement (SQLite takes 32,766 variables; this is plenty).
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Targets:
    """What to forget; several of these together forget all that any of them names.

    Attributes
    ----------
    executions : tuple of str
        Identifiers, as 32 digits.
    notebook : str or None
        A notebook's identifier or path.
    name : str or None
        A variable or file (with or without ``file:``): every execution that made or used
        it. A snapshot: all its versions, or the one of ``name@version``.
    older_than : int or None
        Microseconds since 1970: every execution that started before. Snapshots taken
        then stay, since somebody named them to be kept; the other targets delete the
        snapshots that their executions took.
    """

    executions: tuple[str, ...] = ()
    notebook: str | None = None
    name: str | None = None
    older_than: int | None = None


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How much was deleted.

    Attributes
    ----------
    executions, entities, codes, blobs : int
        Rows and files that are gone.
    backups : tuple of Path
        Copies of the database from upgrades, deleted as well because they hold the same.
    waiting : tuple of Path
        Files in which living sessions keep records that are not merged yet; what they
        hold is not deleted.
    snapshots : tuple of str
        ``name@version`` of those that are gone.
    kept_snapshots : tuple of str
        Those that still hold a content which the deleted executions made, used or took.
    """

    executions: int
    entities: int
    codes: int
    blobs: int
    backups: tuple[Path, ...] = ()
    waiting: tuple[Path, ...] = ()
    snapshots: tuple[str, ...] = ()
    kept_snapshots: tuple[str, ...] = ()


def forget(store: Path, targets: Targets, *, environ: Mapping[str, str] = os.environ) -> Forgotten:
    """Delete executions and all that nothing else refers to, from every file of the store.

    Parameters
    ----------
    store : Path
        The ``.celltrail`` folder.
    targets : Targets
        What to forget.
    environ : mapping
        Where records may wait outside the store; those of dead sessions are merged
        first, so that none comes back.

    Raises
    ------
    UsageFault
        If no target is given.
    NotFound
        If nothing has the name, with near matches.
    StoreMissing, StoreLocked, StoreFull, StoreReadOnly, StoreCorrupt, StoreTooNew
        Nothing is deleted then, or all of it (the bytes may stay until `gc` succeeds).
    """
    if targets == Targets():
        raise UsageFault(
            "Nothing to forget was named.", "name executions, a notebook, a variable or an age."
        )
    merge_spools(store, environ=environ)
    with (
        faults(database_file(store), LOCK_SECONDS["tool"]),
        closing(connect(store, role="tool")) as connection,
    ):
        before = referenced_blobs(connection)
        if targets.name is not None:
            _check_known(connection, targets.name)
        chosen = _chosen(connection, replace(targets, older_than=None))
        aged = _chosen(connection, Targets(older_than=targets.older_than)) - chosen
        connection.execute("PRAGMA secure_delete = ON")
        # Children are deleted by us: a check per deleted parent would read whole
        # tables that have no index on it (tests hold that nothing dangles).
        connection.execute("PRAGMA foreign_keys = OFF")
        with transaction(connection):
            touched = snapshots_about(connection, chosen | aged)
            snapshots = delete_snapshots(connection, chosen, targets.name)
            let_go_of_snapshots(connection, aged)
            chosen |= aged
            chosen |= repeated(connection, chosen)
            delete_reports(connection, chosen)
            _delete_executions(connection, chosen)
            if targets.notebook is not None:
                _delete_notebook(connection, targets.notebook)
            entities, codes = _delete_orphans(connection, store)
            _count_deletion(connection)
        # Under the lock: a snapshot of the same content may have been taken meanwhile.
        with transaction(connection):
            removed = _delete_blobs(store, before - referenced_blobs(connection))
        backups = tuple(_delete_backups(store))
        _shrink(connection)
    waiting = tuple(waiting_files(store, environ))
    kept = tuple(label for label in touched if label not in snapshots)
    return Forgotten(
        len(chosen), entities, codes, removed, backups, waiting, snapshots, kept_snapshots=kept
    )


def gc(store: Path, *, environ: Mapping[str, str] = os.environ) -> Forgotten:
    """Delete what nothing refers to: contents, code, kept files, empty spools.

    Parameters
    ----------
    store : Path
        The ``.celltrail`` folder.
    environ : mapping
        Where records may wait outside the store.

    Raises
    ------
    StoreMissing, StoreLocked, StoreFull, StoreReadOnly, StoreCorrupt, StoreTooNew
        As `forget`.
    """
    merge_spools(store, environ=environ)
    with (
        faults(database_file(store), LOCK_SECONDS["tool"]),
        closing(connect(store, role="tool")) as connection,
    ):
        close_dead(connection, store)
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("PRAGMA foreign_keys = OFF")
        with transaction(connection):
            delete_loose_reports(connection)
            entities, codes = _delete_orphans(connection, store)
            if entities or codes:
                _count_deletion(connection)
        with transaction(connection):
            orphans = set(blobs.addresses(store)) - referenced_blobs(connection)
            orphans -= _waiting_blobs(store, environ)
            removed = _delete_blobs(store, orphans, older_than=time.time() - _FRESH_SECONDS)
        for file in blobs.leftovers(store):
            with suppress(OSError):
                if file.stat().st_mtime < time.time() - _FRESH_SECONDS:
                    file.unlink()
        _shrink(connection)
    return Forgotten(0, entities, codes, removed)


def _chosen(connection: sqlite3.Connection, targets: Targets) -> set[int]:
    chosen: set[int] = set()
    uuids = [uuid_bytes(text) for text in targets.executions]
    for first in range(0, len(uuids), _BATCH):
        batch = uuids[first : first + _BATCH]
        marks = ", ".join("?" * len(batch))
        chosen.update(_ids(connection, f"SELECT id FROM execution WHERE uuid IN ({marks})", batch))
    if targets.notebook is not None:
        chosen.update(
            _ids(
                connection,
                "SELECT id FROM execution WHERE notebook_id IN"
                " (SELECT id FROM notebook WHERE path = ?1 OR uuid = ?2)",
                (targets.notebook, uuid_bytes(targets.notebook)),
            )
        )
    if targets.name is not None:
        chosen.update(
            _ids(
                connection,
                "SELECT execution_id FROM generated WHERE name IN (?1, ?2)"
                " UNION SELECT execution_id FROM used WHERE name IN (?1, ?2)"
                " UNION SELECT execution_id FROM invalidated WHERE name IN (?1, ?2)",
                (targets.name, f"file:{targets.name}"),
            )
        )
    if targets.older_than is not None:
        # A running cell would write its finish into a row that is gone, and come back.
        chosen.update(
            _ids(
                connection,
                "SELECT id FROM execution WHERE started_at < ? AND status <> 'running'",
                (targets.older_than,),
            )
        )
    return chosen


def _check_known(connection: sqlite3.Connection, name: str) -> None:
    if _chosen(connection, Targets(name=name)) or snapshots_named(connection, name):
        return
    known = {one.removeprefix("file:") for one in data_names(connection)}
    raise NotFound.named(
        "variable, file or snapshot", name, known | set(snapshot_names(connection))
    )


def _ids(connection: sqlite3.Connection, query: str, values: Sequence[Any]) -> list[int]:
    return [row_id for (row_id,) in connection.execute(query, values)]


def _delete_executions(connection: sqlite3.Connection, chosen: set[int]) -> None:
    connection.execute("CREATE TEMP TABLE IF NOT EXISTS gone (id INTEGER PRIMARY KEY, uuid TEXT)")
    connection.execute("DELETE FROM gone")
    connection.executemany("INSERT INTO gone (id) VALUES (?)", [(row,) for row in chosen])
    connection.execute(
        "UPDATE gone SET uuid = (SELECT lower(hex(uuid)) FROM execution WHERE id = gone.id)"
    )
    results = "SELECT id FROM result WHERE execution_id IN (SELECT id FROM gone)"
    for table in ("result_execution", "result_param", "result_metric", "result_data"):
        connection.execute(f"DELETE FROM {table} WHERE result_id IN ({results})")
    connection.execute("DELETE FROM result WHERE execution_id IN (SELECT id FROM gone)")
    for table in _tables_with(connection, "execution_id"):
        connection.execute(f'DELETE FROM "{table}" WHERE execution_id IN (SELECT id FROM gone)')
    connection.execute("UPDATE used SET source_id = NULL WHERE source_id IN (SELECT id FROM gone)")
    for table in ("tag", "note"):  # labels of the execution and of its steps (`ID.3`)
        connection.execute(
            f"DELETE FROM {table} WHERE target IN (SELECT uuid FROM gone)"
            " OR (instr(target, '.') AND substr(target, 1, instr(target, '.') - 1)"
            " IN (SELECT uuid FROM gone))"
        )
    connection.execute("DELETE FROM problem WHERE execution IN (SELECT uuid FROM gone)")
    connection.execute("DELETE FROM execution WHERE id IN (SELECT id FROM gone)")


def _delete_notebook(connection: sqlite3.Connection, notebook: str) -> None:
    found = _ids(
        connection,
        "SELECT id FROM notebook WHERE path = ?1 OR uuid = ?2",
        (notebook, uuid_bytes(notebook)),
    )
    for row_id in found:
        connection.execute("DELETE FROM cell WHERE notebook_id = ?", (row_id,))
        connection.execute("UPDATE session SET notebook_id = NULL WHERE notebook_id = ?", (row_id,))
        connection.execute("DELETE FROM notebook WHERE id = ?", (row_id,))


def _delete_orphans(connection: sqlite3.Connection, store: Path) -> tuple[int, int]:
    """Delete what no execution needs any more; return the numbers of entities and codes."""
    wanted = " UNION ALL ".join(
        f'SELECT "{column}" FROM "{table}"'
        for table, column in _references(connection, "entity")
        if table != "column_digest"
    )
    entities = connection.execute(f"DELETE FROM entity WHERE id NOT IN ({wanted})").rowcount
    connection.execute("DELETE FROM column_digest WHERE entity_id NOT IN (SELECT id FROM entity)")
    codes = connection.execute(
        "DELETE FROM code WHERE id NOT IN (SELECT code_id FROM execution)"
    ).rowcount
    for table in ("cell", "environment"):
        connection.execute(
            f"DELETE FROM {table} WHERE id NOT IN"
            f" (SELECT {table}_id FROM execution WHERE {table}_id IS NOT NULL)"
        )
    empty = connection.execute(
        "SELECT id, uuid FROM session WHERE id NOT IN (SELECT session_id FROM execution)"
    ).fetchall()
    for row_id, uuid in empty:
        if not is_alive(store, uuid.hex()):
            connection.execute("DELETE FROM session WHERE id = ?", (row_id,))
            connection.execute("DELETE FROM problem WHERE session = ?", (uuid.hex(),))
    return entities, codes


def _count_deletion(connection: sqlite3.Connection) -> None:
    """Tell writers that row ids were freed (`Rows.begin`), and readers that rows are gone."""
    (generation,) = connection.execute("PRAGMA user_version").fetchone()
    connection.execute(f"PRAGMA user_version = {(generation + 1) % (1 << 31)}")
    connection.execute("INSERT INTO changes (kind, row_id) VALUES ('forget', 0)")


def _tables_with(connection: sqlite3.Connection, column: str) -> list[str]:
    return [
        name
        for (name,) in connection.execute(
            "SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c"
            " WHERE m.type = 'table' AND c.name = ?",
            (column,),
        )
    ]


def _references(connection: sqlite3.Connection, parent: str) -> list[tuple[str, str]]:
    return connection.execute(
        'SELECT m.name, k."from" FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) k'
        " WHERE m.type = 'table' AND k.\"table\" = ?",
        (parent,),
    ).fetchall()


def _delete_blobs(store: Path, orphans: set[str], *, older_than: float = float("inf")) -> int:
    removed = 0
    for address in orphans:
        file = blobs.path_of(store, address)
        with suppress(FileNotFoundError):
            if file.stat().st_mtime < older_than:
                file.unlink()
                removed += 1
    return removed


def _waiting_blobs(store: Path, environ: Mapping[str, str]) -> set[str]:
    """Return every text in a waiting record that could be an address of a kept file."""
    kept = set(blobs.addresses(store))
    found: set[str] = set()
    for file in waiting_files(store, environ):
        with suppress(OSError):
            text = file.read_text("ascii", "replace")
            found.update(address for address in kept if address in text)
    return found


def _delete_backups(store: Path) -> list[Path]:
    found = [*store.glob("trail-before-*.db*"), *store.glob("trail-damaged-*.db*")]
    for file in found:
        file.unlink(missing_ok=True)
    return found


def _shrink(connection: sqlite3.Connection) -> None:
    """Rewrite the file without its free pages, and empty the log that held the old ones."""
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.execute("VACUUM")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
