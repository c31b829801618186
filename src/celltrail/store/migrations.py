"""Upgrades of the schema; imported only when one is due, for sqlite-utils' sake."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlite_utils import Database, Migrations

from celltrail.core.errors import StoreLocked, StoreMissing, StoreTooNew
from celltrail.store.database import (
    LOCK_SECONDS,
    MIGRATION_SET,
    applied_migrations,
    faults,
    statements,
)
from celltrail.store.location import database_file
from celltrail.store.schema import SCRIPTS

Scripts = tuple[tuple[str, str], ...]
_LOCK = "migrating.lock"
_RETRY_SECONDS = 0.05


def migrate(store: Path, scripts: Scripts = SCRIPTS) -> Path | None:
    """Bring a store's schema up to date, after copying its database.

    Parameters
    ----------
    store : Path
        The ``.celltrail`` folder.
    scripts : tuple of (str, str)
        Names and SQL, in order; the default is every migration of this version.

    Returns
    -------
    Path or None
        The copy, ``trail-before-NAME.db``; None when nothing was due or the database
        was empty.

    Raises
    ------
    StoreMissing, StoreTooNew, StoreLocked, StoreFull, StoreReadOnly, StoreCorrupt
        The database is then as it was.
    """
    file = database_file(store)
    if not file.exists():
        raise StoreMissing.at(store)
    wait = LOCK_SECONDS["tool"]
    with (
        faults(file, wait),
        _one_at_a_time(store, wait),
        closing(sqlite3.connect(file, timeout=wait, isolation_level=None)) as connection,
    ):
        applied = applied_migrations(connection)
        known = [name for name, _ in scripts]
        if unknown := set(applied or ()) - set(known):
            raise StoreTooNew.at(file, unknown)
        pending = [name for name in known if name not in (applied or ())]
        if not pending:
            return None  # the other process was faster
        copy = None
        if applied is not None:
            copy = _copy(connection, file, file.with_name(f"trail-before-{pending[0]}.db"))
        migrations_of(scripts).apply(Database(connection))
        return copy


def migrations_of(scripts: Scripts = SCRIPTS) -> Migrations:
    """Return scripts as sqlite-utils' set of migrations, for ``sqlite-utils migrate`` too."""
    migrations = Migrations(MIGRATION_SET)
    for name, script in scripts:
        _register(migrations, name, script)
    return migrations


def _register(migrations: Migrations, name: str, script: str) -> None:
    @migrations(name=name)
    def run(db: Database) -> None:
        for statement in statements(script):
            db.conn.execute(statement)


def _copy(connection: sqlite3.Connection, file: Path, copy: Path) -> Path:
    birth = copy.with_name(f".{copy.name}.{os.getpid()}")
    try:
        with closing(sqlite3.connect(birth)) as target:
            connection.backup(target)
        birth.chmod(file.stat().st_mode & 0o777)
        birth.replace(copy)
    finally:
        birth.unlink(missing_ok=True)
    return copy


@contextmanager
def _one_at_a_time(store: Path, wait: float) -> Iterator[None]:
    """Hold the migration lock; sqlite-utils looks for what is due outside a transaction."""
    file = store / _LOCK
    descriptor = os.open(file, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        deadline = time.monotonic() + wait
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise StoreLocked.waited(file, wait) from None
                time.sleep(_RETRY_SECONDS)
        yield
    finally:
        os.close(descriptor)
