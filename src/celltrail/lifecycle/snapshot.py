"""``%mlops snapshot``: keep what a name stands for now, under a name and a version."""

from __future__ import annotations

import os
import time
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from celltrail.capture.redactor import Redactor
from celltrail.core.digest import Digest, digest_report
from celltrail.core.errors import NotFound, UsageFault
from celltrail.core.identifiers import new_id
from celltrail.core.profile import profile
from celltrail.core.records import EntityRecord
from celltrail.core.report import Part, Report, When
from celltrail.core.wording import counted
from celltrail.store import blobs
from celltrail.store.content import FILE_FORMAT, encode
from celltrail.store.files import hash_file
from celltrail.store.snapshots import Taken, Taking, add_snapshot, check_name

_LONGEST_ENDING = 10  # what is longer says no format, and may be a secret
_SHELL_NAMES = frozenset({"In", "Out", "exit", "quit", "get_ipython"})


@dataclass(frozen=True, slots=True)
class Where:
    """Where a snapshot is kept, and what takes it.

    Attributes
    ----------
    store : Path
        The ``.celltrail`` folder.
    execution : str or None
        The running cell; None outside of one.
    redactor : Redactor
        Takes secrets out of names and of what is said about the content; the content
        itself is kept as it is.
    """

    store: Path
    execution: str | None = None
    redactor: Redactor = field(default_factory=lambda: Redactor(os.environ))


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotReport(Report):
    """What a snapshot kept.

    Attributes
    ----------
    name, version : str, int
    is_new : bool
        False when the newest version holds the same content, and nothing was written.
    digest, type : str
        Of the content.
    shape : tuple of int or None
    format, size : str, int
        Of the kept file; bytes.
    notes : tuple of str
        What is not kept.
    """

    kind: ClassVar[str] = "snapshot"

    name: str
    version: int
    is_new: bool
    digest: str
    type: str
    shape: tuple[int, ...] | None
    format: str
    size: int
    notes: tuple[str, ...] = ()

    def body(self, when: When) -> Iterator[Part]:  # noqa: ARG002 - it was taken now
        """Yield what is not kept."""
        yield from (f"not kept: {note}" for note in self.notes)


def snapshot(
    target: str, *, name: str | None, namespace: Mapping[str, Any], folder: Path, where: Where
) -> SnapshotReport:
    """Keep what a text stands for: a variable, else a file.

    Parameters
    ----------
    target : str
        A variable's name, or a path.
    name : str or None
        None means the variable's own name, or that of the file without its ending.
    namespace : mapping
        The user's variables.
    folder : Path
        What a path is relative to.
    where : Where

    Raises
    ------
    NotFound
        If there is neither such a variable nor such a file.
    UsageFault, StoreLocked, StoreFull, StoreReadOnly
        As `take_snapshot`.
    """
    where.redactor.look(namespace, tuple(namespace))  # the running cell made some of it
    if target in namespace:
        called = target if name is None else where.redactor.text(name)
        return take_snapshot(namespace[target], name=called, source=target, where=where)
    file = folder / Path(target).expanduser()
    if file.is_file():
        called = where.redactor.text(file.stem if name is None else name)
        return take_file_snapshot(file, name=called, folder=folder, where=where)
    if file.is_dir():
        raise UsageFault(
            f"{target} is a folder; a snapshot is taken of one file.",
            "name the file, or put the folder into an archive first.",
        )
    if any(mark in target for mark in "[(+*"):
        raise NotFound(
            f"There is no variable or file {target!r}.",
            "an expression is given a name first: `kept = ...` in a line of its own,"
            " then `%mlops snapshot kept`.",
        )
    known = [key for key, value in namespace.items() if _is_content(key, value)]
    if file.parent.is_dir():
        entries = (entry.name for entry in file.parent.iterdir() if entry.is_file())
        known += map(where.redactor.text, entries)
    raise NotFound.named("variable or file", target, known)


def take_snapshot(
    obj: object, *, name: str, source: str | None = None, where: Where
) -> SnapshotReport:
    """Keep an object's content under a name, whole or not at all.

    Parameters
    ----------
    obj : object
        A pandas or polars frame or Series, a NumPy array, an Arrow table, or a list, tuple
        or dict of plain values.
    name : str
    source : str or None
        The variable that it is the value of.
    where : Where

    Returns
    -------
    SnapshotReport

    Raises
    ------
    UsageFault
        If the name cannot be one, or the object would not come back as it is; the
        message says which part, and what is possible.
    StoreLocked, StoreFull, StoreReadOnly, StoreCorrupt, StoreTooNew
        What the store answered; nothing has the name then.
    """
    check_name(name)
    found = digest_report(obj)
    notes: list[str] = []

    def write() -> tuple[str, str, int]:
        encoded = encode(obj, found)
        notes.extend(encoded.notes)
        return blobs.put(where.store, encoded.data), encoded.format, len(encoded.data)

    entity = _entity(obj, found)
    taking = _taking(name, entity, write, source, where)
    if found.value is None or found.scope != "full":
        write()  # raises, and says why
    return _report(add_snapshot(where.store, taking), tuple(notes))


def take_file_snapshot(file: Path, *, name: str, folder: Path, where: Where) -> SnapshotReport:
    """Keep a file's bytes under a name.

    Parameters
    ----------
    file : Path
    name : str
    folder : Path
        What the file's path is recorded relative to, where it lies in it.
    where : Where

    Raises
    ------
    NotFound, UsageFault
        If the file cannot be read, or changes meanwhile.
    StoreLocked, StoreFull, StoreReadOnly, StoreCorrupt, StoreTooNew
        As `take_snapshot`.
    """
    check_name(name)
    try:
        digest = hash_file(file, now_ns=time.time_ns())
        size = file.stat().st_size
    except OSError as error:
        raise NotFound(f"{file} could not be read ({error.strerror or error}).") from error
    is_format = file.suffix.isascii() and len(file.suffix) <= _LONGEST_ENDING
    ending = file.suffix.lower() if is_format else ""

    def write() -> tuple[str, str, int]:
        address, written = blobs.put_file(where.store, file)
        if digest != f"ct1:{address}":
            raise UsageFault(
                f"{file} changed while it was read.",
                "take the snapshot when what writes it has finished.",
            )
        return address, FILE_FORMAT + ending, written

    path = os.path.abspath(file)
    within = os.path.abspath(folder) + os.sep
    source = where.redactor.text(f"file:{path.removeprefix(within)}")
    entity = EntityRecord("file", "file", digest, "full", size, {"bytes": size})
    return _report(add_snapshot(where.store, _taking(name, entity, write, source, where)), ())


def _is_content(name: str, value: object) -> bool:
    """Whether a variable may be meant: no code, and none of IPython's own."""
    is_code = isinstance(value, (types.ModuleType, types.FunctionType, type))
    return not (is_code or name.startswith("_") or name in _SHELL_NAMES)


def _entity(obj: object, found: Digest) -> EntityRecord:
    summary = dict(found.summary)
    if found.kind in ("frame", "series", "array"):
        about = profile(obj)
        if about["rows"] is not None:
            summary["profile"] = about
    columns = tuple((one.name, one.dtype, one.digest) for one in found.columns)
    return EntityRecord(
        found.kind, found.type, found.value, found.scope, found.size, summary, columns=columns
    )


def _taking(
    name: str,
    entity: EntityRecord,
    write: Callable[[], tuple[str, str, int]],
    source: str | None,
    where: Where,
) -> Taking:
    now_us = time.time_ns() // 1000
    return Taking(
        name,
        where.redactor.entity(entity),
        write,
        new_id(now_us, os.urandom(10)),
        now_us,
        source,
        where.execution,
    )


def _report(taken: Taken, notes: tuple[str, ...]) -> SnapshotReport:
    kept = taken.snapshot
    rows = ""
    if kept.shape:
        rows = f", {' x '.join(f'{side:,}' for side in kept.shape)}"
    if taken.is_new:
        summary = f"{kept.label} keeps {_a(kept.type)}{rows}, in {counted(kept.size, 'byte')}."
    else:
        summary = f"Unchanged: {kept.label} holds this content already; nothing was written."
    return SnapshotReport(
        summary=summary,
        name=kept.name,
        version=kept.version,
        is_new=taken.is_new,
        digest=kept.digest,
        type=kept.type,
        shape=kept.shape,
        format=kept.format,
        size=kept.size,
        notes=notes,
    )


def _a(type_name: str) -> str:
    return f"{'an' if type_name[:1] in 'aeiou' else 'a'} {type_name}"
