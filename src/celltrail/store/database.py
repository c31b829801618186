"""Connections to the trail: how it is opened, created, checked, and what its faults mean."""

from __future__ import annotations

import errno
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from celltrail.core.errors import (
    CelltrailError,
    StoreCorrupt,
    StoreFull,
    StoreLocked,
    StoreMissing,
    StoreReadOnly,
    StoreTooNew,
)
from celltrail.store.location import create_store, database_file
from celltrail.store.schema import SCRIPTS

# For the layers above, which name the type but never SQLite itself.
Connection = sqlite3.Connection
Role = Literal["kernel", "tool", "reader"]
# A cell may not wait for another process; a command may.
LOCK_SECONDS: dict[Role, float] = {"kernel": 0.05, "tool": 30.0, "reader": 30.0}
# A WAL that grew in one long merge is cut back to this at the next checkpoint.
WAL_LIMIT_BYTES = 16 << 20
# Folding the log into the file costs two fsyncs in the middle of a cell: every 250
# cells (16 MB) rather than SQLite's default of every 60 (4 MB).
CHECKPOINT_PAGES = 4000
MIGRATION_SET = "celltrail"

# To the letter what sqlite-utils 4.2 `Migrations.ensure_migrations_table` makes, so
# that a store made here without importing it (2 s beside pandas) is the same file.
_MIGRATIONS_TABLE = (
    """CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
)""",
    """CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name")""",
)

# Primary result codes, https://www.sqlite.org/rescode.html
_LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL}
_FULL = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}
_READ_ONLY = {
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_AUTH,
    sqlite3.SQLITE_CANTOPEN,
}
# Not SQLITE_ERROR: a statement of ours that is wrong says nothing about the file.
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_DAMAGED_EXTENDED = {
    sqlite3.SQLITE_IOERR_READ,
    sqlite3.SQLITE_IOERR_SHORT_READ,
    sqlite3.SQLITE_IOERR_CORRUPTFS,
}
_DISK_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}

# File systems that several machines mount. SQLite's log needs memory that all its users
# share (https://www.sqlite.org/wal.html, "all processes must be on the same host");
# most of these let it be made all the same, and the file is damaged later.
_NETWORK_DISKS = frozenset(
    "9p afs beegfs ceph cifs fuse.glusterfs fuse.juicefs fuse.s3fs fuse.sshfs gpfs lustre ncpfs"
    " nfs nfs4 pvfs2 smb3 smbfs vboxsf".split()
)
_MOUNTS = Path("/proc/self/mountinfo")

_said_delete_journal: set[Path] = set()


def connect(
    store: Path,
    *,
    role: Role,
    say: Callable[[str], None] | None = None,
    lock_wait_seconds: float | None = None,
    vfs: str | None = None,
) -> sqlite3.Connection:
    """Return a connection to a store whose schema is the one this version knows.

    Parameters
    ----------
    store : Path
        The ``.celltrail`` folder.
    role : {"kernel", "tool", "reader"}
        A kernel waits 50 ms for a lock and creates what is missing; a tool waits
        30 s; a reader cannot write. The caller opens transactions itself.
    say : callable or None
        Gets a sentence when the disk refuses a write-ahead log.
    lock_wait_seconds : float or None
        Another wait than the role's.
    vfs : str or None
        SQLite's name of another file layer (tests use one without shared memory).

    Raises
    ------
    StoreMissing
        If there is no database and the role is not to create it.
    StoreTooNew, StoreLocked, StoreFull, StoreReadOnly, StoreCorrupt
        What the database or its disk answered.
    """
    file = database_file(store)
    wait = LOCK_SECONDS[role] if lock_wait_seconds is None else lock_wait_seconds
    with faults(file, wait):
        if role == "kernel":
            create_store(store)
        elif not file.exists():
            raise StoreMissing.at(store)
        connection = _open(file, wait, "ro" if role == "reader" else "rwc", vfs)
        try:
            if role != "reader":
                _choose_journal(connection, file, wait, say)
            connection = _up_to_date(connection, store, role, wait, vfs)
        except BaseException:
            connection.close()
            raise
        return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Hold the write lock for a block; commit at its end, roll back if it raises.

    Reading first and writing then, in a plain BEGIN, fails with a lock error that no
    waiting helps against, so the lock is taken at the start.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        roll_back(connection)
        raise


def roll_back(connection: sqlite3.Connection) -> None:
    """End a transaction that failed; some faults (disk full) have ended it already."""
    with suppress(sqlite3.Error):
        if connection.in_transaction:
            connection.execute("ROLLBACK")


@contextmanager
def faults(file: Path, wait_seconds: float) -> Iterator[None]:
    """Turn what SQLite and the disk raise in a block into celltrail's errors."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise (fault_of(error, file, wait_seconds) or unexpected(error)) from error


def unexpected(error: Exception) -> CelltrailError:
    """Return what to say of an error that is not the store's: most likely our own mistake."""
    return CelltrailError(
        f"The trail could not be used ({error}).",
        "`celltrail doctor` checks the store; if it finds nothing, please report this.",
    )


def fault_of(error: BaseException, file: Path, wait_seconds: float) -> CelltrailError | None:
    """Return the celltrail error that an error of SQLite or the disk amounts to.

    Returns
    -------
    CelltrailError or None
        None when the error is about the statement or its values, not about the store.
    """
    if isinstance(error, CelltrailError):
        return error
    if isinstance(error, OSError):
        reason = error.strerror or str(error)
        place = error.filename or file
        if error.errno in _DISK_FULL:
            return StoreFull.at(place, reason)
        return StoreReadOnly.at(place, reason)
    if not isinstance(error, sqlite3.Error):
        return None
    extended: int | None = getattr(error, "sqlite_errorcode", None)
    if extended is None:  # raised by the sqlite3 module itself
        return None
    primary = extended & 0xFF
    if primary in _LOCKED:
        return StoreLocked.waited(file, wait_seconds)
    if primary in _DAMAGED or extended in _DAMAGED_EXTENDED:
        return StoreCorrupt.at(file, str(error))
    if primary in _FULL:
        return StoreFull.at(file, str(error))
    if primary in _READ_ONLY:
        return StoreReadOnly.at(file, str(error))
    return None


def applied_migrations(connection: sqlite3.Connection) -> tuple[str, ...] | None:
    """Return the names of the migrations a database has had; None for an empty one."""
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    if not tables:
        return None
    if "_sqlite_migrations" not in tables:
        return ()
    rows = connection.execute(
        "SELECT name FROM _sqlite_migrations WHERE migration_set = ? ORDER BY id", (MIGRATION_SET,)
    )
    return tuple(name for (name,) in rows)


def create_tables(
    connection: sqlite3.Connection, scripts: tuple[tuple[str, str], ...] = SCRIPTS
) -> None:
    """Make every table in an empty database, as sqlite-utils' migrations would.

    One transaction: of two kernels that start at once the second finds the work done,
    and a kernel killed in the middle leaves an empty file.
    """
    with transaction(connection):
        if applied_migrations(connection) is not None:
            return
        for statement in _MIGRATIONS_TABLE:
            connection.execute(statement)
        for name, script in scripts:
            for statement in statements(script):
                connection.execute(statement)
            connection.execute(
                "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES (?, ?, ?)",
                (MIGRATION_SET, name, str(datetime.now(UTC))),
            )


def statements(script: str) -> Iterator[str]:
    """Yield a script's statements; `executescript` would commit the transaction first."""
    statement = ""
    for part in script.split(";")[:-1]:
        statement += part + ";"
        if sqlite3.complete_statement(statement):
            yield statement.strip()
            statement = ""


def _open(file: Path, wait: float, mode: str, vfs: str | None) -> sqlite3.Connection:
    address = f"file:{quote(str(file))}?mode={mode}" + (f"&vfs={vfs}" if vfs else "")
    try:
        connection = _plain_open(address, wait)
        if mode == "ro":
            connection.execute("SELECT 1 FROM sqlite_master").fetchone()
    except sqlite3.OperationalError as error:
        # A WAL file in a folder that nobody can write needs shared memory that cannot
        # be made; without a log the file is complete and can be read as it stands.
        log = file.with_name(file.name + "-wal")
        writable = os.access(file.parent, os.W_OK, effective_ids=True)
        if mode != "ro" or writable or (log.exists() and log.stat().st_size):
            raise
        if error.sqlite_errorcode & 0xFF not in _READ_ONLY:
            raise
        connection = _plain_open(f"{address}&immutable=1", wait)
    connection.execute("PRAGMA foreign_keys = ON")
    if mode == "ro":
        connection.execute("PRAGMA query_only = ON")
    return connection


def _plain_open(address: str, wait: float) -> sqlite3.Connection:
    return sqlite3.connect(
        address,
        timeout=wait,
        isolation_level=None,  # transactions are written out
        check_same_thread=False,  # the writer has its own lock
        cached_statements=256,
        uri=True,
    )


def _choose_journal(
    connection: sqlite3.Connection, file: Path, wait: float, say: Callable[[str], None] | None
) -> None:
    (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
    if mode != "wal":
        if not is_network_disk(file, _mounts()):
            mode = _try_wal(connection, wait)
        if mode != "wal" and say is not None and file not in _said_delete_journal:
            _said_delete_journal.add(file)
            say(
                f"celltrail: {file} is on a network disk, or one that does not take a "
                "write-ahead log, so the trail uses a rollback journal there; a cell costs a "
                "few milliseconds more."
            )
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
    connection.execute(f"PRAGMA journal_size_limit = {WAL_LIMIT_BYTES}")


def is_network_disk(file: Path, mounts: str) -> bool:
    """Return whether a file lies on a disk that other machines may have mounted as well.

    Parameters
    ----------
    file : Path
        The file, which need not exist.
    mounts : str
        Text in the form of Linux's ``/proc/self/mountinfo``; empty where that is unknown.
    """
    place = os.path.realpath(file)
    best, kind = "", ""
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        fields = before.split()
        if len(fields) < 5 or not after:
            continue
        point = fields[4].replace("\\040", " ")
        inside = place == point or place.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):  # of two at one point the later one is seen
            best, kind = point, after.split()[0]
    return kind in _NETWORK_DISKS


def _mounts() -> str:
    try:
        return _MOUNTS.read_text("utf-8", "surrogateescape")
    except OSError:  # not Linux
        return ""


def _try_wal(connection: sqlite3.Connection, wait: float) -> str:
    deadline = time.monotonic() + wait
    while True:
        try:
            (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
            return str(mode)
        except sqlite3.OperationalError as error:
            # SQLite does not call its busy handler while the mode changes.
            locked = error.sqlite_errorcode & 0xFF in _LOCKED
            if not locked or time.monotonic() >= deadline:
                raise
            time.sleep(0.002)


def _up_to_date(
    connection: sqlite3.Connection, store: Path, role: Role, wait: float, vfs: str | None
) -> sqlite3.Connection:
    file = database_file(store)
    applied = applied_migrations(connection)
    known = [name for name, _ in SCRIPTS]
    if applied is None:
        if role == "reader":
            raise StoreMissing.at(store)
        create_tables(connection)
        applied = applied_migrations(connection) or ()
    if unknown := set(applied) - set(known):
        raise StoreTooNew.at(file, unknown)
    if set(known) - set(applied):
        from celltrail.store.migrations import migrate  # sqlite-utils, seconds to import

        connection.close()
        migrate(store)
        connection = _open(file, wait, "ro" if role == "reader" else "rwc", vfs)
        if role != "reader":
            _choose_journal(connection, file, wait, None)
    return connection
