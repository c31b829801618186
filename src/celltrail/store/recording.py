"""The kernel's writer: every record ends in the store, or waits until it can."""

from __future__ import annotations

import os
import sqlite3
import sys
import threading
import time
import weakref
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from celltrail.core.errors import CelltrailError, StoreLocked
from celltrail.core.records import (
    ExecutionRecord,
    ProblemRecord,
    Record,
    SessionRecord,
    StartRecord,
)
from celltrail.store import blobs, spool
from celltrail.store.database import connect, fault_of, roll_back, unexpected
from celltrail.store.location import create_store, database_file
from celltrail.store.sessions import SessionLock, close_dead
from celltrail.store.spool import Spool, merge_dead, merge_lines, merge_spools
from celltrail.store.writing import Rows

__all__ = ["TrailWriter", "merge_spools"]

# While records wait, a lock is waited for (and a store opened again) this often only.
PROBE_SECONDS = 1.0
# Kernels that share a store meet at its lock all the time; records that wait for it are
# worth a message only when none of them got through for so long.
LOCK_TOLD_SECONDS = 3.0
# How long one cell may be held up by merging; the rest follows with the next cells.
MERGE_SECONDS = 0.03
CLOSE_SECONDS = 2.0


def say_on_stderr(message: str) -> None:
    """Show a message below the running cell."""
    sys.stderr.write(f"{message}\n")


class TrailWriter:
    """Writes what a session does; takes every record and raises no `Exception`.

    Parameters
    ----------
    store : Path
        The ``.celltrail`` folder; made, with its database, by the first record.
    session : SessionRecord
        Who writes.
    say : callable
        Gets one message per cause when records have to wait.
    lock_wait_seconds : float
        The longest that one record waits for another process' lock.
    environ : mapping
        Where records may wait outside the store (`spool.folders`).

    Attributes
    ----------
    state : str
        ``"ok"``, or ``"spooling"`` while records wait outside the store.
    reason : CelltrailError or None
        Why records wait.
    problems : list of ProblemRecord
        What had to be left out.
    """

    def __init__(
        self,
        store: Path,
        session: SessionRecord,
        *,
        say: Callable[[str], None] = say_on_stderr,
        lock_wait_seconds: float = 0.05,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self.store = store
        self.state = "ok"
        self.reason: CelltrailError | None = None
        self.problems: list[ProblemRecord] = []
        self._session = session
        self._say = say
        self._wait = lock_wait_seconds
        self._environ = environ
        self._file = database_file(store)
        self._pid = os.getpid()
        self._guard = threading.RLock()
        self._rows: Rows | None = None
        self._inode: tuple[int, int] | None = None
        self._lock: SessionLock | None = None
        self._spool = Spool(store, session.id, environ)
        self._said: set[str] = set()
        self._spooling_since = 0.0
        self._next_probe = 0.0
        self._others_wait = False  # dead sessions' records, after a first helping of them
        self._closed = False
        _writers.add(self)

    @property
    def spooled(self) -> int:
        """The number of records that wait outside the store."""
        return self._spool.waiting

    def begin(self, start: StartRecord) -> None:
        """Write that an execution is about to run."""
        self._take(start)

    def finish(self, record: ExecutionRecord) -> None:
        """Write all that an execution did, in one transaction."""
        self._take(record)

    def write(self, record: Record) -> None:
        """Write a session, run, problem or notebook."""
        if isinstance(record, SessionRecord) and record.id == self._session.id:
            self.know(record)
        self._take(record)

    def know(self, session: SessionRecord) -> None:
        """Take what has become known of the own session; its first record will write it."""
        self._session = session
        if self._rows is not None:
            self._rows.own = session

    def put_blob(self, data: bytes) -> str | None:
        """Keep bytes and return their address; None if no disk takes them."""
        if self._foreign():
            return None
        try:
            if self.state == "ok":
                with suppress(OSError):
                    create_store(self.store)
                    return blobs.put(self.store, data)
            address = spool.put_blob(self.store, data, self._environ)
        except Exception as error:  # noqa: BLE001 - a cell must not feel it
            self._file_problem("blob", f"{type(error).__name__}: {error}")
            return None
        if address is None:
            self._say_once("blob", "celltrail: no disk takes an output, so it is kept in part.")
        return address

    def close(self) -> None:
        """End the session; what still waits is left for the next writer to merge."""
        if self._foreign() or self._closed:
            return
        with self._guard:
            try:
                self._close()
            except Exception as error:  # noqa: BLE001 - a cell must not feel it
                self._file_problem("close", f"{type(error).__name__}: {error}")

    def _take(self, record: Record) -> None:
        if self._foreign():
            return
        with self._guard:
            try:
                if self.state == "ok":
                    if isinstance(record, (StartRecord, ExecutionRecord)):
                        self._drop_if_replaced()
                    if not self._stored(record):
                        self._keep(record)
                    elif self._others_wait and isinstance(record, ExecutionRecord):
                        self._merge_others(self._open())
                else:
                    self._keep(record)
                    if isinstance(record, ExecutionRecord):
                        self._probe()
            except Exception as error:  # noqa: BLE001 - a cell must not feel it
                self._file_problem("store", f"{type(error).__name__}: {error}")

    def _stored(self, record: Record) -> bool:
        """Try the store; return False, with the state set, if it does not take the record."""
        rows = None
        try:
            rows = self._open()
            try:
                rows.begin()
                rows.write(record)
                rows.commit()
            except Exception as error:
                rows.roll_back()
                if fault_of(error, self._file, self._wait) is not None:
                    raise
                # The record's fault, not the store's: keep as much of it as can be.
                rows.begin()
                rows.write_surely(record)
                rows.commit()
        except Exception as error:  # noqa: BLE001 - a cell must not feel it
            if rows is not None:
                rows.roll_back()
            self._fail(error)
            return False
        except BaseException:
            # The user's interrupt: it is theirs to see, the record is ours to keep.
            if rows is not None:
                rows.roll_back()
            self._spooling(None)
            self._keep(record)
            raise
        self._collect_problems(rows)
        return True

    def _keep(self, record: Record) -> None:
        if self._spool.waiting == 0 and not isinstance(record, SessionRecord):
            self._spool.append(self._session)  # a spool can be merged without us
        self._spool.append(record)
        self._announce()

    def _probe(self) -> None:
        """Try to merge what waits; cheaply, unless a second has passed."""
        now = time.monotonic()
        due = now >= self._next_probe
        if self._rows is None and not due:
            return
        try:
            if due:
                self._next_probe = now + PROBE_SECONDS
            rows = self._open(wait=self._wait if due else 0.0)
            self._drain(rows, now + MERGE_SECONDS)
        except Exception as error:  # noqa: BLE001 - a cell must not feel it
            self._fail(error)

    def _merge_others(self, rows: Rows) -> None:
        """Merge a helping of what dead sessions left; our own records do not depend on it."""
        try:
            merged = merge_dead(rows, self.store, self._environ, seconds=MERGE_SECONDS)
            self._others_wait = merged > 0
        except Exception as error:  # noqa: BLE001 - a cell must not feel it
            fault = fault_of(error, self._file, self._wait)
            self._others_wait = isinstance(fault, StoreLocked)
            if not self._others_wait:
                self._file_problem("spool", f"{type(error).__name__}: {error}")

    def _drain(self, rows: Rows, deadline: float) -> None:
        while lines := self._spool.peek():
            merge_lines(rows, lines)
            self._spool.advance(lines)
            self._spooling_since = time.monotonic()
            if time.monotonic() > deadline:
                return
        self._collect_problems(rows)
        rows.connection.execute(f"PRAGMA busy_timeout = {int(self._wait * 1000)}")
        spool.adopt_blobs(self.store, self._environ)
        self.state, self.reason = "ok", None

    def _open(self, *, wait: float | None = None) -> Rows:
        """Return the open store, opening it if need be."""
        if self._rows is not None:
            if wait is not None:
                self._rows.connection.execute(f"PRAGMA busy_timeout = {int(wait * 1000)}")
            return self._rows
        connection = connect(
            self.store,
            role="kernel",
            say=lambda text: self._say_once("journal", text),
            lock_wait_seconds=self._wait,
        )
        rows = Rows(connection, self.store, self._session)
        try:
            found = self._file.stat()
            self._inode = (found.st_dev, found.st_ino)
            if self._lock is None or not self._lock.is_in_place:
                if self._lock is not None:
                    self._lock.abandon()
                with suppress(OSError):
                    self._lock = SessionLock(self.store, self._session.id)
            _prepare_for_fork()
            self._rows = rows
            self._merge_others(rows)
            close_dead(connection, self.store)
            self._collect_problems(rows)
        except BaseException:
            self._drop()
            raise
        return rows

    def _drop_if_replaced(self) -> None:
        """Close the database if it is no longer the file on disk (asked before and after a cell).

        A user who removes `.celltrail`, or repairs it, must not have the rest of the
        session written into a file that has no name any more.
        """
        if self._rows is not None:
            with suppress(OSError):
                found = self._file.stat()
                if (found.st_dev, found.st_ino) == self._inode:
                    return
            self._drop()

    def _fail(self, error: Exception) -> None:
        fault = fault_of(error, self._file, self._wait)
        if fault is None:
            fault = unexpected(error)
            self._file_problem("store", f"{type(error).__name__}: {error}")
        if not isinstance(fault, StoreLocked):
            self._drop()  # what is wrong with a file is seen anew when it is opened anew
        self._spooling(fault)

    def _spooling(self, fault: CelltrailError | None) -> None:
        if self.state == "ok":
            self._spooling_since = time.monotonic()
            self._next_probe = self._spooling_since + PROBE_SECONDS
        self.state, self.reason = "spooling", fault

    def _announce(self) -> None:
        """Say once per cause that records wait; a short lock is not worth a message."""
        fault = self.reason
        if fault is None:
            return
        waited = time.monotonic() - self._spooling_since
        if isinstance(fault, StoreLocked) and (waited < LOCK_TOLD_SECONDS or self._others_write()):
            return
        self._say_once(
            fault.code,
            f"celltrail: {fault.fact} Cells go on as usual; their records wait in "
            f"{self._spool.place} and are merged when the trail can be written."
            + (f"\nHint: {fault.hint}" if fault.hint else ""),
        )

    def _others_write(self) -> bool:
        """Return whether the log has just grown: then many write, and nobody keeps the lock."""
        log = self._file.with_name(self._file.name + "-wal")
        with suppress(OSError):
            return time.time() - log.stat().st_mtime < LOCK_TOLD_SECONDS
        return False

    def _say_once(self, cause: str, message: str) -> None:
        if cause not in self._said:
            self._said.add(cause)
            self._say(message)

    def _file_problem(self, where: str, message: str) -> None:
        at = time.time_ns() // 1000
        self.problems.append(ProblemRecord(where, message, at, self._session.id))

    def _collect_problems(self, rows: Rows) -> None:
        if rows.problems:
            self.problems.extend(rows.problems)
            rows.problems.clear()

    def _drop(self) -> None:
        if self._rows is not None:
            rows, self._rows = self._rows, None
            roll_back(rows.connection)
            with suppress(sqlite3.Error):
                rows.connection.close()

    def _close(self) -> None:
        self._closed = True
        if self._spool.waiting:
            self._next_probe = 0.0
            with suppress(Exception):
                self._drain(self._open(wait=self._wait), time.monotonic() + CLOSE_SECONDS)
        if self._rows is not None and self.state == "ok":
            try:
                self._rows.begin()
                self._rows.end_session(self._session.id, time.time_ns() // 1000)
                self._rows.commit()
            except Exception:  # noqa: BLE001 - a cell must not feel it
                self._rows.roll_back()  # an end that is not written reads as unknown
        if not self._spool.flush():
            self._say_once(
                "lost",
                f"celltrail: {self._spool.waiting} records could not be written anywhere "
                "and are lost with this session.",
            )
        self._spool.close()
        self._drop()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _foreign(self) -> bool:
        """Return whether this is a forked child, which records nothing."""
        return os.getpid() != self._pid

    def abandon(self) -> None:
        """Let go of everything inherited by a forked child, without closing the database.

        `sqlite3_close` in the child would treat the parent's locks as its own, could
        fold the parent's log into the file and remove it. So the connection object is
        given a reference that is never returned: it is not even freed at exit.
        """
        self._guard = threading.RLock()  # another thread of the parent may hold it
        if self._rows is not None:
            import ctypes

            ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._rows.connection))
            self._rows = None
        # An inherited descriptor keeps a lock alive after the parent's death.
        if self._lock is not None:
            self._lock.abandon()
            self._lock = None
        self._spool.abandon()


_writers: weakref.WeakSet[TrailWriter] = weakref.WeakSet()


def _abandon_in_child() -> None:
    for writer in list(_writers):
        with suppress(Exception):
            writer.abandon()


def _prepare_for_fork() -> None:
    # Imported by the parent: a fork may find the import lock held by another thread.
    import ctypes  # noqa: F401


os.register_at_fork(after_in_child=_abandon_in_child)
