"""Named snapshots: rows that give a content a name and a version, and the file that holds it.

The file is named by its content, so a second name for the same content costs one row. A
snapshot holds the data as it is, secrets in it included; like every kept file it can be
read by its owner alone.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xxhash

from celltrail.core.digest import digest
from celltrail.core.errors import NotFound, UsageFault
from celltrail.core.records import EntityRecord
from celltrail.store import blobs
from celltrail.store.columns import digest_bytes, digest_text, shape_of, uuid_bytes
from celltrail.store.content import decode, is_file
from celltrail.store.database import LOCK_SECONDS, Connection, connect, faults, transaction
from celltrail.store.location import database_file
from celltrail.store.shared_rows import SharedRows

VERSION_MARK = "@"
_LONGEST_NAME = 200

_COLUMNS = (
    "s.id, lower(hex(s.uuid)), s.name, s.version, s.at, s.source, s.execution_id,"
    " (SELECT lower(hex(uuid)) FROM execution WHERE id = s.execution_id), s.entity_id,"
    " entity.digest, entity.kind, entity.type, entity.summary, s.blob, s.format, s.size"
)
_FROM = "FROM snapshot AS s JOIN entity ON entity.id = s.entity_id"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One version of a name.

    Attributes
    ----------
    row, id : int, str
        Row id in this store, and the identifier that leaves it.
    name, version : str, int
    at : int
        Microseconds since 1970.
    source : str or None
        What it was taken of: a variable, or ``file:PATH``.
    execution_row, execution : int, str, or None
        The cell that took it; None where there was none, or where it was forgotten.
    entity : int
        Row id of the content.
    digest, kind, type, shape
        Of the content.
    blob, format, size : str, str, int
        The kept file: its address, how it is read, its bytes.
    """

    row: int
    id: str
    name: str
    version: int
    at: int
    source: str | None
    execution_row: int | None
    execution: str | None
    entity: int
    digest: str
    kind: str
    type: str
    shape: tuple[int, ...] | None
    blob: str
    format: str
    size: int

    @property
    def label(self) -> str:
        """``name@version``."""
        return f"{self.name}{VERSION_MARK}{self.version}"


@dataclass(frozen=True, slots=True)
class Taking:
    """What is to be kept, and under which name.

    Attributes
    ----------
    name : str
    entity : EntityRecord
        The content, with a digest of all of it.
    write : callable
        Puts the bytes into the store and returns address, format and size. It is not
        called for a content that is kept already.
    id : str
        A new identifier (`celltrail.core.identifiers.new_id`).
    at : int
        Microseconds since 1970.
    source, execution : str or None
        As in `Snapshot`.
    """

    name: str
    entity: EntityRecord
    write: Callable[[], tuple[str, str, int]]
    id: str
    at: int
    source: str | None = None
    execution: str | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """A snapshot, and whether it is a new version or was there (`is_new`)."""

    snapshot: Snapshot
    is_new: bool


def add_snapshot(store: Path, taking: Taking) -> Taken:
    """Keep a content under a name; nothing is written when its newest version is the same.

    The file is written first and whole, the rows in one transaction after it: a kill in
    between leaves a file without a row, which `celltrail gc` removes.

    Parameters
    ----------
    store : Path
        The ``.celltrail`` folder, made if it is not there.
    taking : Taking

    Raises
    ------
    UsageFault
        If the name cannot be one.
    StoreLocked, StoreFull, StoreReadOnly, StoreCorrupt, StoreTooNew
        Nothing has a name then.
    """
    check_name(taking.name)
    wait = LOCK_SECONDS["tool"]  # somebody asked for it and waits, unlike for a record
    with (
        faults(database_file(store), wait),
        closing(connect(store, role="kernel", lock_wait_seconds=wait)) as connection,
    ):
        newest = _newest(connection, taking.name)
        if newest is not None and _is_same(newest, taking) and _is_whole(store, newest):
            return Taken(newest, is_new=False)
        if newest is not None and _is_same(newest, taking):
            blobs.path_of(store, newest.blob).unlink(missing_ok=True)  # it is damaged
        kept = _kept(connection, store, taking) or taking.write()
        with transaction(connection):
            newest = _newest(connection, taking.name)  # another process may have been faster
            if newest is not None and _is_same(newest, taking):
                return Taken(newest, is_new=False)
            if blobs.size_of(store, kept[0]) != kept[2]:  # forgotten in the meantime
                kept = taking.write()
            row = _Rows(connection, store).add(taking, kept, 1 + (newest.version if newest else 0))
        return Taken(_one(connection, "s.id = ?", row), is_new=True)


def check_name(name: str) -> None:
    """Refuse what cannot be the name of a snapshot.

    Raises
    ------
    UsageFault
        If it is empty or long, holds ``@`` or what cannot be printed, or reads as a digest.
    """
    is_name = (
        0 < len(name) <= _LONGEST_NAME
        and VERSION_MARK not in name
        and name.isprintable()
        and name == name.strip()
        and not name.startswith(("-", "ct1:", "file:"))
    )
    if not is_name:
        raise UsageFault(
            f"A snapshot cannot be called {name!r}.",
            f"choose up to {_LONGEST_NAME} letters, digits, dots and dashes; {VERSION_MARK} is for"
            f" versions (train{VERSION_MARK}2).",
        )


def list_snapshots(connection: Connection, *, name: str | None = None) -> list[Snapshot]:
    """Return every version of a name (None: of all names), oldest first."""
    condition, values = ("s.name = ?", (name,)) if name is not None else ("1", ())
    rows = connection.execute(
        f"SELECT {_COLUMNS} {_FROM} WHERE {condition} ORDER BY s.name, s.version", values
    )
    return [_snapshot(row) for row in rows]


def find_snapshot(connection: Connection, name: str, *, version: int | None = None) -> Snapshot:
    """Return a version of a name; None means the newest.

    Raises
    ------
    NotFound
        If there is none, with near names or the versions there are.
    """
    versions = list_snapshots(connection, name=name)
    if not versions:
        raise NotFound.named("snapshot", name, snapshot_names(connection))
    if version is None:
        return versions[-1]
    for one in versions:
        if one.version == version:
            return one
    known = ", ".join(str(one.version) for one in versions[-20:])
    raise NotFound(f"There is no version {version} of {name!r}.", f"choose from {known}.")


def snapshot_names(connection: Connection) -> list[str]:
    """Return the names that snapshots have."""
    return [name for (name,) in connection.execute("SELECT DISTINCT name FROM snapshot")]


def snapshots_of(connection: Connection, digests: list[str]) -> dict[str, list[Snapshot]]:
    """Return the snapshots of contents, by digest, newest first."""
    found: dict[str, list[Snapshot]] = {}
    for text in dict.fromkeys(digests):
        rows = connection.execute(
            f"SELECT {_COLUMNS} {_FROM} WHERE entity.digest = ? AND entity.scope = 'full'"
            " ORDER BY s.at DESC, s.id DESC",
            (digest_bytes(text),),
        ).fetchall()
        if rows:
            found[text] = [_snapshot(row) for row in rows]
    return found


def read_bytes(store: Path, snapshot: Snapshot) -> bytes:
    """Return the kept file of a snapshot, checked against its address.

    Raises
    ------
    NotFound
        If the file is gone.
    UsageFault
        If it is damaged.
    """
    try:
        data = blobs.get(store, snapshot.blob)
    except NotFound:
        raise NotFound(
            f"The kept file of {snapshot.label} is gone from {store / 'blobs'}.",
            "restore the folder from a backup; `celltrail doctor` lists what is missing.",
        ) from None
    if xxhash.xxh3_128_hexdigest(data) != snapshot.blob:
        raise _damaged(store, snapshot)
    return data


def read_snapshot(store: Path, snapshot: Snapshot) -> Any:
    """Return what a snapshot was taken of, checked against its digest; of a file, its bytes.

    Raises
    ------
    NotFound
        If its file is gone.
    UsageFault
        If its file is damaged, or what reads it is not installed.
    """
    data = read_bytes(store, snapshot)
    try:
        found = decode(data, snapshot.format)
    except (ValueError, TypeError, KeyError, OverflowError, ArithmeticError) as error:
        raise UsageFault(
            f"{snapshot.label} could not be read ({error}).",
            "its file is whole, so another version of celltrail or of its libraries wrote it.",
        ) from error
    if not is_file(snapshot.format) and digest(found) != snapshot.digest:
        raise UsageFault(
            f"{snapshot.label} does not read as what it was taken of: its digest differs.",
            "another version of the library that reads it may be installed; `--to` still"
            " writes the values.",
        )
    return found


class _Rows(SharedRows):
    """Writes the row of a snapshot, and that of its content where there is none."""

    def add(self, taking: Taking, kept: tuple[str, str, int], version: int) -> int:
        entity = self._entity_row(taking.entity)
        row_id = self._execute(
            "INSERT INTO snapshot"
            " (uuid, name, version, at, source, execution_id, entity_id, blob, format, size)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                uuid_bytes(taking.id),
                taking.name,
                version,
                taking.at,
                taking.source,
                # None where its record waits outside the store: the link is then by content.
                self._source_row(taking.execution),
                entity,
                *kept,
            ),
        ).lastrowid
        self._changed("snapshot", row_id or 0)
        return row_id or 0


def _kept(connection: Connection, store: Path, taking: Taking) -> tuple[str, str, int] | None:
    """Return the file of the same content under whatever name, if it is whole."""
    for one in snapshots_of(connection, [taking.entity.digest or ""]).get(
        taking.entity.digest or "", []
    ):
        if one.type == taking.entity.type and _is_whole(store, one):
            return one.blob, one.format, one.size
    return None


def _is_same(newest: Snapshot, taking: Taking) -> bool:
    return (newest.digest, newest.type) == (taking.entity.digest, taking.entity.type)


def _is_whole(store: Path, snapshot: Snapshot) -> bool:
    try:
        return bool(read_bytes(store, snapshot)) or snapshot.size == 0
    except (NotFound, UsageFault):
        return False


def _newest(connection: Connection, name: str) -> Snapshot | None:
    row = connection.execute(
        f"SELECT {_COLUMNS} {_FROM} WHERE s.name = ? ORDER BY s.version DESC LIMIT 1", (name,)
    ).fetchone()
    return None if row is None else _snapshot(row)


def _one(connection: Connection, condition: str, value: int) -> Snapshot:
    row = connection.execute(f"SELECT {_COLUMNS} {_FROM} WHERE {condition}", (value,)).fetchone()
    return _snapshot(row)


def _snapshot(row: Any) -> Snapshot:
    values: list[Any] = list(row)
    values[9] = digest_text(values[9]) or ""
    values[12] = shape_of(values[12])
    return Snapshot(*values)


def _damaged(store: Path, snapshot: Snapshot) -> UsageFault:
    return UsageFault(
        f"The kept file of {snapshot.label} is damaged: its bytes are not those that were written.",
        f"restore {blobs.path_of(store, snapshot.blob)} from a backup, or take the snapshot again.",
    )
