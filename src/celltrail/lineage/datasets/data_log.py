"""``celltrail data log``: the contents that a name had over time, and what changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from celltrail.core.identifiers import short
from celltrail.core.report import Part, Report, Table, When
from celltrail.core.wording import counted
from celltrail.lineage.changes.data_change import DataChange, change_between, sentence_of
from celltrail.lineage.datasets.data_find import digest_text, not_found, recorded_names, shape_text
from celltrail.store.contents import Content, Sighting, contents, sightings
from celltrail.store.database import Connection
from celltrail.store.snapshots import Snapshot, list_snapshots


@dataclass(frozen=True, slots=True)
class DataVersion:
    """A content that a name stood for, from some time on.

    Attributes
    ----------
    label : str
        ``name@version`` of a snapshot; the first digits of the digest otherwise.
    origin : str
        snapshot, or how a cell came by it: created, rebound, mutated, written, read.
    at : int
        Microseconds since 1970.
    digest : str or None
    kind, type, scope : str
    shape : tuple of int or None
    execution, notebook : str or None
        Where it was seen.
    change : DataChange or None
        Against the version before it (of a variable: in the same notebook); None for the first.
    said : str
        The change in one line.
    """

    label: str
    origin: str
    at: int
    digest: str | None
    kind: str
    type: str
    scope: str
    shape: tuple[int, ...] | None
    execution: str | None
    notebook: str | None
    change: DataChange | None
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DataLogReport(Report):
    """Versions of a name, oldest first: its snapshots, then what cells made and read."""

    kind: ClassVar[str] = "data log"

    name: str
    versions: tuple[DataVersion, ...]
    is_cut: bool

    def body(self, when: When) -> Iterator[Part]:
        """Yield a row for each version, and what changed since the one before it."""
        rows = tuple(
            (
                one.label,
                when(one.at),
                shape_text(one.shape),
                one.origin,
                one.type,
                "" if one.execution is None else short(one.execution),
            )
            for one in self.versions
        )
        yield Table(("version", "at", "shape", "origin", "type", "cell"), rows)
        yield from (f"{one.label}: {one.said}" for one in self.versions if one.said)
        if self.is_cut:
            yield "Earlier ones are left out; `--limit` shows more."

    def records(self) -> list[dict[str, Any]] | None:
        """Return a row for each version."""
        return [
            {
                "version": one.label,
                "origin": one.origin,
                "at": one.at,
                "digest": one.digest,
                "rows": one.shape[0] if one.shape else None,
                "execution": one.execution,
                "change": one.said,
            }
            for one in self.versions
        ]


def data_log(
    connection: Connection, name: str, *, notebook: str | None = None, limit: int = 50
) -> DataLogReport:
    """Return the versions of a name over time, and what changed between them.

    Parameters
    ----------
    connection : Connection
    name : str
        Of snapshots, of a variable or of a file.
    notebook : str or None
        Path: only what was seen in this notebook; snapshots have none.
    limit : int
        At most so many snapshots, and so many sightings.

    Raises
    ------
    NotFound
        If nothing is called so, with near matches.
    """
    taken = list_snapshots(connection, name=name)
    seen: list[Sighting] = []
    for known in recorded_names(connection, name):
        seen += sightings(connection, known, limit=limit + 1)
    if notebook is not None:
        seen = [one for one in seen if one.notebook == notebook]
    if not taken and not seen:
        raise not_found(connection, name)
    kept = taken[-limit:]
    wanted = [one.entity for one in taken[-limit - 1 :]] + [one.entity for one in seen]
    known_contents = contents(connection, wanted)
    versions = list(_snapshot_versions(kept, taken, known_contents))
    versions += _sighted_versions(seen[-limit:], known_contents)
    return DataLogReport(
        name=name,
        summary=_summary(name, len(taken), len(versions) - len(kept)),
        versions=tuple(versions),
        is_cut=len(taken) > limit or len(seen) > limit,
    )


def _summary(name: str, snapshots: int, seen: int) -> str:
    counts = {"snapshot": snapshots, "content": seen}
    said = [counted(count, word) for word, count in counts.items() if count]
    return f"{name}: {', '.join(said)}{' seen in cells' if seen else ''}."


def _snapshot_versions(
    kept: list[Snapshot], taken: list[Snapshot], known: dict[int, Content]
) -> Iterator[DataVersion]:
    first = len(taken) - len(kept)
    for at, one in enumerate(kept, start=first):
        content = known[one.entity]
        before = known[taken[at - 1].entity] if at else None
        change = None if before is None else change_between(before, content)
        yield DataVersion(
            one.label,
            "snapshot",
            one.at,
            content.digest,
            content.kind,
            content.type,
            content.scope,
            content.shape,
            one.execution,
            None,
            change,
            "" if change is None else _said(change, before, content),
        )


def _sighted_versions(seen: list[Sighting], known: dict[int, Content]) -> Iterator[DataVersion]:
    """Yield sightings, leaving out those of a content that the name had just before."""
    latest: dict[tuple[str, str | None], Content] = {}
    for one in seen:
        content = known[one.entity]
        place = (one.name, one.notebook)
        before = latest.get(place)
        if before is not None and before.entity == content.entity:
            continue
        latest[place] = content
        change = None if before is None else change_between(before, content)
        yield DataVersion(
            digest_text(content.digest, "full"),
            one.change,
            one.at,
            content.digest,
            content.kind,
            content.type,
            content.scope,
            content.shape,
            one.id,
            one.notebook,
            change,
            "" if change is None else _said(change, before, content),
        )


def _said(change: DataChange, before: Content | None, after: Content) -> str:
    parts = []
    if before is not None and before.type != after.type:
        parts.append(f"{before.type} -> {after.type}")
    if before is not None and before.digest is not None and before.digest == after.digest:
        same = "the same content" if before.scope == after.scope == "full" else "as far as seen"
        return "; ".join([*parts, same])
    if before is not None and "full" not in (before.scope, after.scope):
        parts.append("only parts were looked at")
    return "; ".join([*parts, sentence_of(change)])
