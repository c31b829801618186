"""What a text means where data is asked for: a snapshot, a digest, a result's data, a name."""

from __future__ import annotations

from dataclasses import dataclass

from celltrail.core.errors import NotFound, UsageFault
from celltrail.store import trail
from celltrail.store.contents import (
    Content,
    contents,
    data_names,
    entities_with,
    is_sighted,
    makers_of,
    sightings,
)
from celltrail.store.database import Connection
from celltrail.store.snapshots import (
    VERSION_MARK,
    Snapshot,
    find_snapshot,
    list_snapshots,
    snapshot_names,
    snapshots_of,
)

FILE_MARK = "file:"


@dataclass(frozen=True, slots=True)
class Found:
    """The content that a text stands for.

    Attributes
    ----------
    label : str
        What to call it.
    content : Content
    snapshot : Snapshot or None
        Where the content itself can be read.
    execution, name : int, str, or None
        Where it was made or read, and under which name.
    """

    label: str
    content: Content
    snapshot: Snapshot | None
    execution: int | None
    name: str | None


def find_data(connection: Connection, text: str) -> Found:
    """Return the content that a text stands for.

    Parameters
    ----------
    connection : Connection
    text : str
        ``name@version`` or a name of snapshots (the newest), ``ct1:`` and first digits,
        ``RESULT:name`` for the data of a result, or a variable or file (its newest content).

    Raises
    ------
    NotFound
        If nothing is called so, with near matches.
    UsageFault
        If digits fit several contents, or a version is no number.
    """
    text = text.strip()
    if text.startswith("ct1:"):
        return _by_digest(connection, text)
    name, mark, version = text.rpartition(VERSION_MARK)
    if mark and name:
        if not version.isdecimal():
            raise UsageFault.unreadable("version", version, "a number after the @")
        return _of_snapshot(connection, find_snapshot(connection, name, version=int(version)))
    if list_snapshots(connection, name=text):
        return _of_snapshot(connection, find_snapshot(connection, text))
    if ":" in text and not text.startswith(FILE_MARK):
        return _of_result(connection, *text.split(":", 1))
    for known in recorded_names(connection, text):
        for seen in sightings(connection, known, limit=1):
            return _found(connection, shown_name(known), seen.entity, seen.execution, seen.name)
    raise not_found(connection, text)


def recorded_names(connection: Connection, text: str) -> list[str]:
    """Return the names in the trail that a text may mean: a variable, then files."""
    plain = text.removeprefix(FILE_MARK)
    candidates = [text, f"{FILE_MARK}{plain}"]
    seen = [name for name in candidates if is_sighted(connection, name)]
    if seen:
        return seen
    ending = f"/{plain}"
    files = [name for name in data_names(connection) if name.startswith(FILE_MARK)]
    return [name for name in files if name.endswith(ending)]


def not_found(connection: Connection, text: str) -> NotFound:
    """Return the error for a text that means no data, with near names."""
    known = {shown_name(name) for name in data_names(connection)} | set(snapshot_names(connection))
    return NotFound.named("data", text, known)


def shown_name(name: str) -> str:
    """Return a name as people write it: a file's without its mark."""
    return name.removeprefix(FILE_MARK)


def shape_text(shape: tuple[int, ...] | None) -> str:
    """Return a shape as people write it: ``398 x 31``."""
    return " x ".join(f"{side:,}" for side in shape or ())


def digest_text(digest: str | None, scope: str) -> str:
    """Return the first digits of a digest, and how much it covers where that is not all."""
    text = digest[:12] if digest else "unknown"
    return text if scope == "full" else f"{text} ({scope})"


def _by_digest(connection: Connection, text: str) -> Found:
    ids = entities_with(connection, text)
    if not ids:
        raise NotFound.named("data", text)
    found = contents(connection, ids)
    if len({content.digest for content in found.values()}) > 1:
        digests = ", ".join(sorted({(one.digest or "")[:12] for one in found.values()}))
        raise UsageFault(f"{text!r} fits several contents: {digests}.", "write more digits.")
    makers = makers_of(connection, ids)
    if makers:
        execution, name, entity = makers[0]
        return _found(connection, text, entity, execution, name)
    return _found(connection, text, ids[0], None, None)


def _of_snapshot(connection: Connection, snapshot: Snapshot) -> Found:
    content = contents(connection, [snapshot.entity])[snapshot.entity]
    return Found(snapshot.label, content, snapshot, snapshot.execution_row, snapshot.source)


def _of_result(connection: Connection, result: str, name: str) -> Found:
    row = trail.find_result(connection, result)
    found = dict(trail.result_data_entities(connection, row))
    key = name if name in found else f"{FILE_MARK}{name}"
    if key not in found:
        raise NotFound.named(f"data of result {result}", name, map(shown_name, found))
    makers = [maker for maker in makers_of(connection, [found[key]]) if maker[1] == key]
    execution = makers[0][0] if makers else None
    return _found(connection, f"{result}:{shown_name(key)}", found[key], execution, key)


def _found(
    connection: Connection, label: str, entity: int, execution: int | None, name: str | None
) -> Found:
    content = contents(connection, [entity])[entity]
    kept: list[Snapshot] = []
    if content.scope == "full" and content.digest is not None:
        kept = snapshots_of(connection, [content.digest]).get(content.digest, [])
        kept = [one for one in kept if one.type == content.type]
    return Found(label, content, kept[0] if kept else None, execution, name)
