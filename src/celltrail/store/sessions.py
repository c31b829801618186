"""Which sessions are alive: each holds an OS lock that ends with its process."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from contextlib import suppress
from pathlib import Path

from celltrail.store.database import transaction
from celltrail.store.location import SESSIONS

# A lock file is born under a hidden name; one this old was left by a kill in between.
_BIRTH_SECONDS = 3600


class SessionLock:
    """The lock that says a session is alive; held until `release` or the process ends.

    Parameters
    ----------
    store : Path
        The ``.celltrail`` folder.
    session : str
        The session's identifier.

    Raises
    ------
    OSError
        If the lock file cannot be made (the session then looks dead to others, and
        its rows are put right when it finishes them).
    """

    def __init__(self, store: Path, session: str) -> None:
        folder = store / SESSIONS
        folder.mkdir(mode=0o700, exist_ok=True)
        self._file = folder / session
        self._descriptor: int | None = lock_new_file(self._file)

    @property
    def is_in_place(self) -> bool:
        """Whether others can see the lock (its folder may have been removed)."""
        return self._descriptor is not None and self._file.exists()

    def release(self) -> None:
        """Give the lock back and remove its file."""
        if self._descriptor is not None:
            with suppress(OSError):
                self._file.unlink(missing_ok=True)
            self.abandon()

    def abandon(self) -> None:
        """Close our end without removing the file (for a forked child)."""
        if self._descriptor is not None:
            with suppress(OSError):
                os.close(self._descriptor)
            self._descriptor = None


def lock_new_file(file: Path) -> int:
    """Make a file that is locked from the moment it can be seen; return its descriptor.

    It is born under another name: whoever looks for dead owners between the making
    and the locking would take it for one.
    """
    birth = file.with_name(f".{file.name}.{os.getpid()}")
    descriptor = os.open(birth, os.O_CREAT | os.O_RDWR | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        # Some network disks know no locks; then every session looks alive (`is_locked`).
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        birth.rename(file)
    except BaseException:
        os.close(descriptor)
        with suppress(OSError):
            birth.unlink()
        raise
    return descriptor


def is_alive(store: Path, session: str) -> bool:
    """Return whether the process of a session still holds its lock."""
    return is_locked(store / SESSIONS / session)


def is_locked(file: Path) -> bool:
    """Return whether a living process holds a file's lock; True if that cannot be told."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:  # held, or no locks on this disk: nobody alive is ever called dead
        return True
    finally:
        os.close(descriptor)
    return False


def close_dead(connection: sqlite3.Connection, store: Path) -> int:
    """Mark what dead sessions left running as `aborted`; remove their lock files.

    `ended_at` stays NULL: nobody knows when it ended, and a finish that is found in a
    spool later still fills the row.

    Returns
    -------
    int
        The number of executions that were marked.
    """
    _remove_dead_locks(store)
    dead = [
        (row_id,)
        for row_id, uuid in connection.execute(
            "SELECT id, uuid FROM session WHERE id IN"
            " (SELECT session_id FROM execution WHERE status = 'running')"
        ).fetchall()
        if not is_alive(store, uuid.hex())
    ]
    if not dead:
        return 0
    with transaction(connection):
        marked = 0
        for key in dead:
            marked += connection.execute(
                "UPDATE execution SET status = 'aborted'"
                " WHERE session_id = ? AND status = 'running'",
                key,
            ).rowcount
            connection.execute("INSERT INTO changes (kind, row_id) VALUES ('session', ?)", key)
    return marked


def dead_sessions(connection: sqlite3.Connection, store: Path) -> list[str]:
    """Return the identifiers of sessions that died in the middle of a cell."""
    rows = connection.execute(
        "SELECT uuid FROM session WHERE id IN"
        " (SELECT session_id FROM execution WHERE status = 'running')"
    )
    return [uuid.hex() for (uuid,) in rows if not is_alive(store, uuid.hex())]


def _remove_dead_locks(store: Path) -> None:
    with suppress(OSError):
        for entry in os.scandir(store / SESSIONS):
            file = Path(entry.path)
            if entry.name.startswith("."):
                if time.time() - entry.stat().st_mtime < _BIRTH_SECONDS:
                    continue
            elif is_locked(file):
                continue
            with suppress(OSError):
                file.unlink()
