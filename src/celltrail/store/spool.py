"""Records that the store cannot take now: one line each in a file, merged later.

Each session appends to files of its own and holds their locks, so whoever gets such
a lock knows that the owner is dead and that the file is complete (but for a last
line that a kill has torn).
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import xxhash

from celltrail.core.records import ProblemRecord, Record, decode, encode
from celltrail.store import blobs
from celltrail.store.database import connect
from celltrail.store.location import SPOOL, create_store
from celltrail.store.sessions import close_dead, lock_new_file
from celltrail.store.writing import Rows

SUFFIX = ".jsonl"
# Lines merged in one transaction: others wait for the lock meanwhile (about 5 ms).
BATCH_LINES = 50
_READ_BYTES = 1 << 20


@dataclass
class _Segment:
    """One spool file of this process: appended at its end, merged from `offset` on."""

    file: Path
    descriptor: int
    size: int = 0
    offset: int = 0


class Spool:
    """What one session could not write, in order, on disk where that is possible.

    Parameters
    ----------
    store : Path
        The ``.celltrail`` folder.
    session : str
        The session's identifier, which names the file.
    environ : mapping
        ``XDG_STATE_HOME`` and ``HOME`` name the place used when the store's own
        folder cannot be written.

    Attributes
    ----------
    waiting : int
        Lines that are not merged yet.
    """

    def __init__(self, store: Path, session: str, environ: Mapping[str, str]) -> None:
        self.waiting = 0
        self._store = store
        self._session = session
        self._environ = environ
        self._segments: list[_Segment] = []
        self._memory: list[bytes] = []

    @property
    def place(self) -> str:
        """Where records wait, in words for a message."""
        if self._memory or not self._segments:
            return "memory"
        return str(self._segments[-1].file)

    def append(self, record: Record) -> None:
        """Keep a record: in the last file, else in the next place, else in memory."""
        document = json.dumps(encode(record), separators=(",", ":"), default=str)
        self._memory.append(document.encode("ascii") + b"\n")
        self.waiting += 1
        self.flush()

    def flush(self) -> bool:
        """Write what is held in memory to disk; return whether nothing is left there."""
        if not self._memory:
            return True
        data = b"".join(self._memory)
        if self._segments and _append(self._segments[-1], data):
            self._memory.clear()
            return True
        for folder in folders(self._store, self._environ):
            segment = self._new_segment(folder)
            if segment is None:
                continue
            if _append(segment, data):
                self._segments.append(segment)
                self._memory.clear()
                return True
            _discard(segment)
        return False

    def peek(self) -> list[bytes]:
        """Return the next lines to merge, at most `BATCH_LINES`; empty at the end."""
        for segment in self._segments:
            if segment.offset < segment.size:
                length = min(_READ_BYTES, segment.size - segment.offset)
                data = os.pread(segment.descriptor, length, segment.offset)
                if b"\n" not in data:  # one record longer than what is read at once
                    data = os.pread(
                        segment.descriptor, segment.size - segment.offset, segment.offset
                    )
                lines = data.splitlines(keepends=True)
                whole = [line for line in lines if line.endswith(b"\n")]
                return whole[:BATCH_LINES]
        return self._memory[:BATCH_LINES]

    def advance(self, lines: list[bytes]) -> None:
        """Count lines that `peek` gave as merged; remove what is empty then."""
        self.waiting -= len(lines)
        for segment in self._segments:
            if segment.offset < segment.size:
                segment.offset += sum(map(len, lines))
                break
        else:
            del self._memory[: len(lines)]
        while self._segments and self._segments[0].offset >= self._segments[0].size:
            _discard(self._segments.pop(0))

    def close(self) -> None:
        """Let go of the files; the next writer, of any process, merges what is in them."""
        for segment in self._segments:
            with suppress(OSError):
                # Merged lines are cut off, so that nobody needs to look at them again.
                _keep_rest(segment)
            os.close(segment.descriptor)
        self._segments.clear()

    def abandon(self) -> None:
        """Close our ends and forget everything (for a forked child)."""
        for segment in self._segments:
            with suppress(OSError):
                os.close(segment.descriptor)
        self._segments.clear()
        self._memory.clear()
        self.waiting = 0

    def _new_segment(self, folder: Path) -> _Segment | None:
        with suppress(OSError):
            if folder.parent == self._store and not self._store.is_dir():
                create_store(self._store)
            _make_folder(folder, self._store)
            number = 0
            # A file of that name may be left from before, by a writer that was closed.
            while (file := folder / f"{self._session}{_ordinal(number)}{SUFFIX}").exists():
                number += 1
            return _Segment(file, lock_new_file(file))
        return None


def folders(store: Path, environ: Mapping[str, str]) -> list[Path]:
    """Return where the records of a store may wait, the best place first.

    A store on a read-only or full disk still has its records kept: under the user's
    state folder, else under the temporary folder, by a hash of the store's path.
    """
    name = xxhash.xxh3_64_hexdigest(os.path.realpath(store).encode("utf-8", "surrogateescape"))
    home = Path(environ.get("HOME") or "~").expanduser()
    state = Path(environ.get("XDG_STATE_HOME") or home / ".local" / "state")
    # Shared with others; `_make_folder` checks that the folder in it is ours.
    temporary = Path(environ.get("TMPDIR") or "/tmp")  # noqa: S108
    return [
        store / SPOOL,
        state / "celltrail" / "spool" / name,
        temporary / f"celltrail-{os.geteuid()}" / name,
    ]


def put_blob(store: Path, data: bytes, environ: Mapping[str, str]) -> str | None:
    """Keep bytes beside a spool until they can be moved to the store; None if nowhere."""
    for folder in folders(store, environ):
        with suppress(OSError):
            _make_folder(folder, store)
            return blobs.put(folder, data)
    return None


def adopt_blobs(store: Path, environ: Mapping[str, str]) -> None:
    """Move the blobs that wait beside spools into the store."""
    for folder in folders(store, environ):
        for address in list(blobs.addresses(folder)):
            file = blobs.path_of(folder, address)
            with suppress(FileNotFoundError):  # another process was here first
                blobs.put(store, file.read_bytes())
                file.unlink()


def merge_spools(store: Path, *, environ: Mapping[str, str] = os.environ) -> int:
    """Merge what dead sessions left waiting, and close their running executions.

    Returns
    -------
    int
        The number of lines that were merged.

    Raises
    ------
    CelltrailError
        If the store cannot be opened or written; nothing is lost then.
    """
    connection = connect(store, role="tool")
    try:
        merged = merge_dead(Rows(connection, store), store, environ)
        close_dead(connection, store)
        return merged
    finally:
        connection.close()


def merge_dead(
    rows: Rows, store: Path, environ: Mapping[str, str], *, seconds: float = float("inf")
) -> int:
    """Merge the spools whose owners are dead, for at most about `seconds`.

    Returns
    -------
    int
        The number of lines that were merged; 0 when there is nothing left to merge.
    """
    deadline = time.monotonic() + seconds
    merged = 0
    adopt_blobs(store, environ)
    for file in sorted(waiting_files(store, environ), key=lambda file: file.name):
        with suppress(FileNotFoundError, PermissionError):
            merged += _merge_file(rows, file, deadline)
        if merged and time.monotonic() > deadline:
            break
    return merged


def waiting_files(store: Path, environ: Mapping[str, str]) -> Iterator[Path]:
    """Yield the spool files of a store, the living sessions' too."""
    for folder in folders(store, environ):
        with suppress(OSError):
            yield from [
                file
                for file in folder.iterdir()
                if file.suffix == SUFFIX and not file.name.startswith(".")
            ]


def merge_lines(rows: Rows, lines: list[bytes]) -> None:
    """Merge lines in one transaction; what is there already stays as it is."""
    rows.begin()
    try:
        for line in lines:
            try:
                record = decode(json.loads(line))
            except (ValueError, TypeError, KeyError) as error:
                rows.write_surely(_unreadable(line, error))
                continue
            rows.write_surely(record)
        rows.commit()
    except BaseException:
        rows.roll_back()
        raise


def _merge_file(rows: Rows, file: Path, deadline: float) -> int:
    descriptor = os.open(file, os.O_RDWR | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return 0  # its owner lives, or another process merges it
        if os.fstat(descriptor).st_nlink == 0:
            return 0  # merged and removed between our open and our lock
        with open(descriptor, "rb", closefd=False) as stream:
            lines = stream.read().splitlines(keepends=True)
        if lines and not lines[-1].endswith(b"\n"):
            lines.pop()  # cut by a kill: it was never acknowledged
        for first in range(0, len(lines), BATCH_LINES):
            after = first + BATCH_LINES
            merge_lines(rows, lines[first:after])
            if after < len(lines) and time.monotonic() > deadline:
                _replace(file, b"".join(lines[after:]))
                return after
        file.unlink()
        return len(lines)
    finally:
        os.close(descriptor)


def _unreadable(line: bytes, error: Exception) -> ProblemRecord:
    head = line[:80].decode("ascii", "replace")
    # No clock: the same line merged twice must make the same problem.
    return ProblemRecord("spool", f"a line could not be read ({error}): {head}", 0)


def _append(segment: _Segment, data: bytes) -> bool:
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(segment.descriptor, view) :]
    except OSError:
        with suppress(OSError):  # a full disk takes half a line; the next one starts clean
            os.ftruncate(segment.descriptor, segment.size)
        return False
    segment.size += len(data)
    return True


def _keep_rest(segment: _Segment) -> None:
    if segment.offset == 0:
        return
    rest = os.pread(segment.descriptor, segment.size - segment.offset, segment.offset)
    _replace(segment.file, rest)


def _replace(file: Path, data: bytes) -> None:
    """Put another content under a file's name (who waits for its lock sees that it is gone)."""
    birth = file.with_name(f".{file.name}.{os.getpid()}")
    birth.write_bytes(data)
    birth.replace(file)


def _discard(segment: _Segment) -> None:
    with suppress(OSError):
        segment.file.unlink()
    os.close(segment.descriptor)


def _ordinal(number: int) -> str:
    return f".{number}" if number else ""


def _make_folder(folder: Path, store: Path) -> None:
    """Make a place for records; refuse one that another user put in our way.

    The store's own folder is as private as its owner made it (a team may share it).
    """
    parent = folder.parent
    if not parent.is_dir():
        parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if parent != store:
        found = parent.lstat()
        if found.st_uid != os.geteuid() or found.st_mode & 0o022:
            raise PermissionError(errno.EPERM, "belongs to somebody else", str(parent))
    folder.mkdir(mode=0o700, exist_ok=True)
