"""Is the store sound, what waits outside it, and how to save what a damaged one holds."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from celltrail.core.errors import CelltrailError, StoreCorrupt, StoreMissing
from celltrail.store import blobs
from celltrail.store.database import (
    LOCK_SECONDS,
    connect,
    create_tables,
    fault_of,
    faults,
    transaction,
)
from celltrail.store.location import database_file
from celltrail.store.sessions import dead_sessions, is_locked
from celltrail.store.spool import waiting_files

Verdict = Literal["ok", "warning", "failed", "unknown"]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at, and what was found."""

    name: str
    verdict: Verdict
    sentence: str
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Salvage:
    """What was saved of a damaged database.

    Attributes
    ----------
    kept : Path
        The damaged file, beside the new one.
    rows : dict of str to int
        Rows copied, by table.
    damaged : tuple of str
        Tables that could not be read to their end.
    """

    kept: Path
    rows: dict[str, int]
    damaged: tuple[str, ...]


def examine(store: Path, *, environ: Mapping[str, str] = os.environ) -> list[Check]:
    """Return what there is to say about a store; changes nothing.

    Parameters
    ----------
    store : Path
        The ``.celltrail`` folder.
    environ : mapping
        Where records may wait outside the store.
    """
    checks = [_folder(store), _spool(store, environ)]
    try:
        connection = connect(store, role="reader")
    except CelltrailError as fault:
        verdict: Verdict = "unknown" if isinstance(fault, StoreMissing) else "failed"
        checks.append(Check("database", verdict, fault.fact, fault.hint))
        return checks
    with closing(connection):
        for look in (_integrity, _foreign_keys, _dead, _blobs, _snapshots):
            try:
                checks.append(look(connection, store, environ))
            except (sqlite3.Error, OSError) as error:
                found = fault_of(error, database_file(store), LOCK_SECONDS["reader"])
                name = look.__name__.lstrip("_").replace("_", " ")
                checks.append(_not_looked_at(name, error, found))
    return checks


def _not_looked_at(name: str, error: Exception, found: CelltrailError | None) -> Check:
    if found is not None:
        damaged = isinstance(found, StoreCorrupt)
        return Check(name, "failed" if damaged else "unknown", found.fact, found.hint)
    sentence = f"This could not be looked at ({error})."
    if str(error).startswith("no such table"):
        # The applied migrations promise every table, so somebody took it out.
        hint = "`celltrail doctor --repair` copies the rest into a new file."
        return Check(name, "failed", sentence, hint)
    return Check(name, "unknown", sentence, "please report this.")


def salvage(store: Path) -> Salvage:
    """Copy every row that can be read into a new database; keep the damaged file.

    Stop every kernel that writes to the store first; one that does not stop notices
    the new file at its next cell.

    Returns
    -------
    Salvage
        What was copied, and where the damaged file is now.

    Raises
    ------
    StoreMissing, StoreFull, StoreReadOnly
        The damaged file is then where it was.
    """
    file = database_file(store)
    if not file.exists():
        raise StoreMissing.at(store)
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    kept = file.with_name(f"trail-damaged-{stamp}.db")
    fresh = file.with_name(f".{file.name}.{stamp}.{os.getpid()}")
    with faults(file, LOCK_SECONDS["tool"]):
        try:
            rows, damaged = _copy_rows(file, fresh)
            for suffix in ("-wal", "-shm"):
                with suppress(FileNotFoundError):
                    Path(f"{file}{suffix}").replace(f"{kept}{suffix}")
            file.replace(kept)
            fresh.replace(file)
        finally:
            for suffix in ("", "-wal", "-shm"):
                Path(f"{fresh}{suffix}").unlink(missing_ok=True)
    return Salvage(kept, rows, damaged)


def referenced_blobs(connection: sqlite3.Connection) -> set[str]:
    """Return the addresses that rows refer to, in whatever table has a column `blob`."""
    tables = connection.execute(
        "SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c"
        " WHERE m.type = 'table' AND c.name = 'blob'"
    ).fetchall()
    found: set[str] = set()
    for (table,) in tables:
        rows = connection.execute(f'SELECT blob FROM "{table}" WHERE blob IS NOT NULL')
        found.update(address for (address,) in rows)
    return found


def _folder(store: Path, /) -> Check:
    try:
        mode = stat.S_IMODE(store.stat().st_mode)
    except OSError as error:
        return Check("folder", "unknown", f"{store} cannot be looked at ({error.strerror}).")
    if mode & 0o077:
        return Check(
            "folder",
            "warning",
            f"Others can look into {store} (mode {mode:o}); it holds code and outputs.",
            f"`chmod 700 {store}`.",
        )
    if not os.access(store, os.W_OK, effective_ids=True):
        return Check(
            "folder",
            "warning",
            f"{store} cannot be written by you.",
            "records of your cells wait outside it until it can.",
        )
    return Check("folder", "ok", f"{store} is private and can be written.")


def _spool(store: Path, environ: Mapping[str, str]) -> Check:
    files = list(waiting_files(store, environ))
    dead = [file for file in files if not is_locked(file)]
    size = 0
    for file in files:
        with suppress(OSError):
            size += file.stat().st_size
    if dead:
        return Check(
            "waiting records",
            "warning",
            f"{len(dead)} ended sessions left {size:,} bytes of records outside the database.",
            "they are merged by the next cell or command that writes.",
        )
    if files:
        return Check(
            "waiting records",
            "warning",
            f"{len(files)} living sessions keep {size:,} bytes of records outside the database.",
            "`%mlops status` in their notebooks says why; they merge them themselves.",
        )
    return Check("waiting records", "ok", "No records wait outside the database.")


def _integrity(connection: sqlite3.Connection, store: Path, _: Mapping[str, str]) -> Check:
    found = [text for (text,) in connection.execute("PRAGMA quick_check(5)")]
    if found == ["ok"]:
        return Check("integrity", "ok", "The database is sound.")
    fault = StoreCorrupt.at(database_file(store), "; ".join(found))
    return Check("integrity", "failed", fault.fact, fault.hint)


def _foreign_keys(connection: sqlite3.Connection, _: Path, __: Mapping[str, str]) -> Check:
    found = connection.execute("PRAGMA foreign_key_check").fetchall()
    if not found:
        return Check("references", "ok", "Every row that is referred to is there.")
    tables = ", ".join(sorted({table for table, *_ in found}))
    return Check(
        "references",
        "failed",
        f"{len(found)} rows refer to rows that are not there (in {tables}).",
        "`celltrail doctor --repair` copies the rest into a new file.",
    )


def _dead(connection: sqlite3.Connection, store: Path, _: Mapping[str, str]) -> Check:
    dead = dead_sessions(connection, store)
    if not dead:
        return Check("sessions", "ok", "No dead session has a cell that is said to run.")
    return Check(
        "sessions",
        "warning",
        f"{len(dead)} sessions ended in the middle of a cell.",
        "the next cell or command that writes marks those cells as aborted.",
    )


def _blobs(connection: sqlite3.Connection, store: Path, _: Mapping[str, str]) -> Check:
    wanted, kept = referenced_blobs(connection), set(blobs.addresses(store))
    if missing := wanted - kept:
        return Check(
            "kept files",
            "failed",
            f"{len(missing)} of {len(wanted)} kept contents are gone from the blobs folder.",
            "restore it from a backup; the rows that refer to them stay readable.",
        )
    if orphans := kept - wanted:
        return Check(
            "kept files",
            "warning",
            f"{len(orphans)} kept contents belong to no row.",
            "`celltrail gc` removes them.",
        )
    return Check("kept files", "ok", f"Every kept content is there ({len(wanted):,}).")


def _snapshots(connection: sqlite3.Connection, store: Path, _: Mapping[str, str]) -> Check:
    """Look at sizes only: to read every snapshot may take minutes, and `data get` does."""
    rows = connection.execute("SELECT name, version, blob, size FROM snapshot").fetchall()
    wrong = [
        f"{name}@{version}"
        for name, version, blob, size in rows
        if blobs.size_of(store, blob) not in (size, None)
    ]
    if wrong:
        return Check(
            "snapshots",
            "failed",
            f"{len(wrong)} of {len(rows)} snapshots have another size than they were written"
            f" with ({', '.join(wrong[:5])}).",
            "restore the blobs folder from a backup; the other snapshots are whole.",
        )
    return Check("snapshots", "ok", f"Every snapshot has its size ({len(rows):,}).")


def _copy_rows(file: Path, fresh: Path) -> tuple[dict[str, int], tuple[str, ...]]:
    rows: dict[str, int] = {}
    damaged: list[str] = []
    with closing(sqlite3.connect(fresh, isolation_level=None)) as target:
        target.execute("PRAGMA journal_mode = WAL")
        create_tables(target)
        tables = [
            name
            for (name,) in target.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table'"
                " AND name NOT LIKE 'sqlite!_%' ESCAPE '!' AND name <> '_sqlite_migrations'"
            )
        ]
        # Read-only: closing a writer would fold the log into the damaged file.
        address = f"file:{quote(str(file))}?mode=ro"
        with closing(sqlite3.connect(address, uri=True, isolation_level=None)) as source:
            # Text with broken bytes must not end the reading of its table.
            source.text_factory = lambda data: data.decode("utf-8", "replace")
            with transaction(target):
                for table in tables:
                    rows[table], whole = _copy_table(source, target, table)
                    if not whole:
                        damaged.append(table)
        _remove_dangling(target)
        target.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return rows, tuple(damaged)


def _copy_table(
    source: sqlite3.Connection, target: sqlite3.Connection, table: str
) -> tuple[int, bool]:
    columns = [name for _, name, *_ in target.execute(f'PRAGMA table_info("{table}")')]
    listed = ", ".join(f'"{name}"' for name in columns)
    marks = ", ".join("?" * len(columns))
    insert = f'INSERT OR IGNORE INTO "{table}" ({listed}) VALUES ({marks})'
    # Read forward to the first bad page, then backward from the end to the last one.
    has_rowid = "id" in columns or table == "changes"
    orders = ("", " ORDER BY rowid DESC") if has_rowid else ("",)
    count, whole = 0, True
    for order in orders:
        whole = True
        try:
            for row in source.execute(f'SELECT {listed} FROM "{table}" NOT INDEXED{order}'):
                with suppress(sqlite3.IntegrityError, sqlite3.InterfaceError):
                    count += target.execute(insert, row).rowcount
        except sqlite3.DatabaseError:
            whole = False
        if whole:
            break
    return count, whole


def _remove_dangling(target: sqlite3.Connection) -> None:
    """Delete rows that refer to rows which were lost, until none is left."""
    while found := target.execute("PRAGMA foreign_key_check").fetchall():
        with transaction(target):
            for table, rowid, *_ in found:
                if rowid is not None:
                    target.execute(f'DELETE FROM "{table}" WHERE rowid = ?', (rowid,))
                else:
                    _delete_dangling_keys(target, table)


def _delete_dangling_keys(target: sqlite3.Connection, table: str) -> None:
    """The same for a table without row ids, whose rows the check cannot name."""
    for key in target.execute(f'PRAGMA foreign_key_list("{table}")').fetchall():
        parent, column, other = key[2], key[3], key[4] or "id"
        target.execute(
            f'DELETE FROM "{table}" WHERE "{column}" IS NOT NULL AND "{column}" NOT IN'
            f' (SELECT "{other}" FROM "{parent}")'
        )
