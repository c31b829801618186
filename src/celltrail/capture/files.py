"""Files that a cell reads and writes, seen by an audit hook and by reader hooks.

The audit hook cannot be removed, so it is installed once and its first test is a
plain flag. It sees opens, not closes: written files are hashed after the cell.
"""

from __future__ import annotations

import os
import site
import sys
import sysconfig
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import xxhash

from celltrail.capture.budget import Account
from celltrail.capture.variables import Effects
from celltrail.core.records import EntityRecord, GeneratedRecord, UsedRecord
from celltrail.store.files import FileDigests

_MAX_TOUCHED = 1000
# Reading and hashing a file that the page cache holds runs at about this rate.
_BYTES_PER_SECOND = 4e9
# File systems stamp with a clock of some milliseconds' grain.
_CLOCK_GRAIN_SECONDS = 0.01
_WRITE_FLAGS = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


@dataclass(slots=True)
class Touched:
    """What one path went through during a cell."""

    read: bool = False
    written: bool = False
    evidence: str = "audit"
    database: bool = False  # it is written without being opened for it


@dataclass(frozen=True, slots=True)
class Written:
    """What a path held when an execution had written it."""

    execution: str
    entity: EntityRecord
    stamp: tuple[int, int, int]  # inode, size, time of change


@dataclass(slots=True)
class _Listening:
    armed: bool = False
    asks: bool = False  # celltrail answers a question: what it reads is no input of the cell
    thread: int = 0
    ignored: tuple[str, ...] = ()  # imports open thousands of files there
    paths: dict[str, Touched] = field(default_factory=dict)
    folders: dict[str, None] = field(default_factory=dict)  # made, or asked to be there
    processes: int = 0


_listening = _Listening()
_installed = False


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    if not _listening.armed:
        return
    if event == "open":
        _note_open(arguments)
    elif event == "os.rename":
        _note_rename(arguments)
    elif _listening.asks:
        return
    elif event in {"subprocess.Popen", "os.system"}:
        _listening.processes += 1
    elif event == "os.mkdir":
        _note_folder(arguments[0])
    elif event == "sqlite3.connect":
        path = arguments[0]
        if isinstance(path, (str, bytes, os.PathLike)):
            name = os.fsdecode(path)
            if name not in {":memory:", ""}:
                note(name, read=True, written=False, evidence="audit", database=True)


def _note_open(arguments: tuple[object, ...]) -> None:
    if threading.get_ident() != _listening.thread:
        return
    path, mode, flags = arguments
    if not isinstance(path, (str, bytes)):
        return  # a file descriptor: its own open was seen
    if isinstance(mode, str):
        written = any(letter in mode for letter in "wax+")
        read = "r" in mode or "a" in mode  # what is appended to stays, what is opened by w goes
    else:
        bits = flags if isinstance(flags, int) else 0
        written = bool(bits & _WRITE_FLAGS)
        kept = not bits & os.O_TRUNC
        read = not written or (kept and bool(bits & (os.O_RDWR | os.O_APPEND)))
    note(path, read=read, written=written)


def _note_folder(path: object) -> None:
    if threading.get_ident() != _listening.thread:
        return
    # Asked for, whether or not it is there already: elsewhere it may not be.
    if isinstance(path, (str, bytes, os.PathLike)) and len(_listening.folders) < _MAX_TOUCHED:
        text = os.path.abspath(os.fsdecode(path))
        if os.path.basename(text) != "__pycache__":
            _listening.folders[text] = None


def _note_rename(arguments: tuple[object, ...]) -> None:
    if threading.get_ident() != _listening.thread:
        return
    source, target = arguments[:2]
    if not isinstance(source, (str, bytes, os.PathLike)):
        return
    if not isinstance(target, (str, bytes, os.PathLike)):
        return
    if os.fsdecode(target).endswith(".pyc"):
        return  # the import system puts its cache in place
    note(os.fsdecode(source), read=True, written=False)
    note(os.fsdecode(target), read=False, written=True)


def note(
    path: str | bytes,
    *,
    read: bool,
    written: bool,
    evidence: str = "audit",
    database: bool = False,
) -> None:
    """Remember that the running cell touched `path`."""
    if not _listening.armed or len(_listening.paths) >= _MAX_TOUCHED:
        return
    read = read and not _listening.asks
    if not read and not written:
        return
    text = os.path.abspath(os.fsdecode(path))
    if text.startswith(_listening.ignored):
        return
    touched = _listening.paths.get(text)
    if touched is None:
        touched = _listening.paths[text] = Touched(evidence=evidence)
    touched.read = touched.read or read
    touched.written = touched.written or written
    touched.database = touched.database or database


@contextmanager
def asking() -> Iterator[None]:
    """Within it the running cell asks celltrail: only files that it writes are the cell's."""
    before, _listening.asks = _listening.asks, True
    try:
        yield
    finally:
        _listening.asks = before


def install_audit_hook() -> None:
    """Install the process's audit hook, once."""
    global _installed
    if not _installed:
        _installed = True
        sys.addaudithook(_hook)


class FileWatch:
    """Files of one session: what each cell touched, and who wrote what."""

    def __init__(self, store: Path, home: Path, account: Account) -> None:
        self.home = str(home)
        self.account = account
        self.digests = FileDigests()
        self.writers: dict[str, Written] = {}  # by path
        self._ignored = _ignored_folders(store)
        self._temporary = os.path.realpath(tempfile.gettempdir()) + os.sep
        self._started = 0.0

    def before(self) -> None:
        """Start listening, on this thread."""
        _listening.paths = {}
        _listening.folders = {}
        _listening.processes = 0
        _listening.thread = threading.get_ident()
        _listening.ignored = self._ignored
        self._started = time.time()
        _listening.armed = True

    @staticmethod
    def stop() -> None:
        """Stop listening: what capture itself opens is nobody's business."""
        _listening.armed = False

    def settle(
        self, execution: str, effects: Effects, *, shell: bool, redact: Callable[[str], str]
    ) -> bool:
        """Add edges for the files of the cell; True if it started other processes."""
        touched = {path: what for path, what in _listening.paths.items() if self._counts(path)}
        if shell or _listening.processes:
            for path in self._modified_since():
                if self._counts(path) and not self._is_as_written(path):
                    touched.setdefault(path, Touched(written=True))
        for path, what in touched.items():
            source = _source_of_bytecode(path)
            name = redact(f"file:{self._relative(source)}")
            earlier = self.writers.get(source)
            if not os.path.isfile(source):
                if what.read and earlier is not None:  # it was read and is gone
                    self._used(effects, name, earlier.entity, earlier.execution, what.evidence)
                continue
            entity, stamp = self._entity(source)
            is_written = what.written or (
                what.database and stamp[2] >= (self._started - _CLOCK_GRAIN_SECONDS) * 1e9
            )
            if what.read and is_written:
                if earlier is not None:  # what it held before; nobody looked at it since
                    self._used(effects, name, earlier.entity, earlier.execution, what.evidence)
            elif what.read:
                same = earlier is not None and (
                    earlier.stamp == stamp or earlier.entity.digest == entity.digest
                )
                maker = earlier.execution if same and earlier is not None else None
                self._used(effects, name, entity, maker, what.evidence)
            if is_written:
                self.writers[source] = Written(execution, entity, stamp)
                position = effects.add(entity)
                effects.generated.append(GeneratedRecord(name, position, "written", what.evidence))
        for path in _listening.folders:
            if os.path.isdir(path) and self._is_watched(path + os.sep):
                self._made_folder(effects, redact(f"folder:{self._relative(path)}"))
        return bool(_listening.processes)

    def _is_as_written(self, path: str) -> bool:
        """Whether a file is as an earlier cell left it, moments ago."""
        earlier = self.writers.get(path)
        if earlier is None:
            return False
        found = os.stat(path)
        return earlier.stamp == (found.st_ino, found.st_size, found.st_mtime_ns)

    @staticmethod
    def _made_folder(effects: Effects, name: str) -> None:
        digest = f"ct1:{xxhash.xxh3_128_hexdigest(name.encode())}"
        position = effects.add(EntityRecord("folder", "folder", digest, "full"))
        effects.generated.append(GeneratedRecord(name, position, "written", "audit"))

    @staticmethod
    def _used(
        effects: Effects, name: str, entity: EntityRecord, maker: str | None, evidence: str
    ) -> None:
        effects.used.append(UsedRecord(name, effects.add(entity), maker, evidence))

    def _entity(self, path: str) -> tuple[EntityRecord, tuple[int, int, int]]:
        """The file's content now, and the stamp by which it is known to be the same later."""
        found = os.stat(path)
        stamp = (found.st_ino, found.st_size, found.st_mtime_ns)
        summary = {"bytes": found.st_size}
        if self.account.affords(found.st_size / _BYTES_PER_SECOND):
            started = time.perf_counter()
            digest = self.digests.hash_file(path, now_ns=time.time_ns())
            self.account.pay(time.perf_counter() - started)
            return EntityRecord("file", "file", digest, "full", found.st_size, summary), stamp
        text = f"{path}:{found.st_size}:{found.st_mtime_ns}:{found.st_ino}"
        digest = f"ct1:{xxhash.xxh3_128_hexdigest(text.encode())}"
        reason = "too large for the time that capture may take; known by size and time"
        entity = EntityRecord(
            "file", "file", digest, "metadata", found.st_size, summary, reason=reason
        )
        return entity, stamp

    def _counts(self, path: str) -> bool:
        return self._is_watched(path) and not os.path.isdir(path)

    def _is_watched(self, path: str) -> bool:
        if path.startswith(self._ignored):  # a folder, or a file that a shell changed
            return False
        if path.startswith(self._temporary):
            folder = os.getcwd()
            return path.startswith((self.home + os.sep, folder + os.sep))
        return True

    def _relative(self, path: str) -> str:
        prefix = self.home + os.sep
        return path.removeprefix(prefix) if path.startswith(prefix) else path

    def _modified_since(self) -> list[str]:
        """Files of the working folder, and of those in it, that changed while a shell ran."""
        found: list[str] = []
        looked_at = 0
        for folder, folders, files in os.walk(os.path.abspath("")):
            folders[:] = [name for name in folders if not name.startswith((".", "__"))]
            for name in files[:_MAX_TOUCHED]:
                path = os.path.join(folder, name)
                try:
                    changed = os.stat(path).st_mtime
                except OSError:
                    continue  # gone meanwhile, or a link to nothing
                if changed >= self._started - _CLOCK_GRAIN_SECONDS:
                    found.append(path)
            looked_at += len(files) + 1
            if looked_at > _MAX_TOUCHED:
                break
        return found


def _ignored_folders(store: Path) -> tuple[str, ...]:
    folders = {sys.prefix, sys.base_prefix, sys.exec_prefix, *sysconfig.get_paths().values()}
    folders.update(site.getsitepackages() if hasattr(site, "getsitepackages") else [])
    folders.add(site.getusersitepackages())
    home = os.path.expanduser("~")
    for name in (".cache", ".config", ".ipython", ".jupyter", ".local", ".matplotlib"):
        folders.add(os.path.join(home, name))
    for variable in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "MPLCONFIGDIR"):
        if os.environ.get(variable):
            folders.add(os.environ[variable])
    package = str(Path(__file__).resolve().parents[1])
    folders.update((str(store), package, "/proc", "/dev", "/sys", "/etc", "/usr/share"))
    return tuple(os.path.abspath(folder) + os.sep for folder in folders if folder)


def _source_of_bytecode(path: str) -> str:
    """``module.py`` for ``__pycache__/module.cpython-311.pyc``: what the user edits."""
    folder, name = os.path.split(path)
    if name.endswith(".pyc") and os.path.basename(folder) == "__pycache__":
        return os.path.join(os.path.dirname(folder), name.partition(".")[0] + ".py")
    return path
