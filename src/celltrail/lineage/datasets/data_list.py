"""``celltrail data list``: which data there is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from celltrail.core.report import Part, Report, Table, When
from celltrail.core.wording import counted, cut
from celltrail.lineage.datasets.data_find import FILE_MARK, digest_text, shape_text, shown_name
from celltrail.store.contents import contents, results_with, root_data
from celltrail.store.database import Connection
from celltrail.store.snapshots import Snapshot, list_snapshots


@dataclass(frozen=True, slots=True)
class DataItem:
    """One named snapshot, or one name under which data reached results.

    Attributes
    ----------
    name : str
    origin : str
        snapshot, file or variable.
    versions : int
        Versions of a snapshot; different contents of a file or variable.
    kind, type, scope : str
        Of the latest content.
    digest : str or None
    shape : tuple of int or None
    size : int or None
        Bytes: of a snapshot's kept file, else of the content.
    last_seen : int
        Microseconds since 1970: when it was taken, or the time of the latest result.
    results : int
        How many results it is data of, in any version.
    """

    name: str
    origin: str
    versions: int
    kind: str
    type: str
    scope: str
    digest: str | None
    shape: tuple[int, ...] | None
    size: int | None
    last_seen: int
    results: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DataListReport(Report):
    """The data of a store: named snapshots first, then by time, the latest first."""

    kind: ClassVar[str] = "data list"

    items: tuple[DataItem, ...]

    def body(self, when: When) -> Iterator[Part]:
        """Yield a row for each."""
        if self.items:
            headings = (
                "name",
                "origin",
                "versions",
                "type",
                "shape",
                "content",
                "last seen",
                "results",
            )
            rows = tuple(
                (
                    cut(item.name),
                    item.origin,
                    f"{item.versions:,}",
                    item.type,
                    shape_text(item.shape),
                    digest_text(item.digest, item.scope),
                    when(item.last_seen),
                    f"{item.results:,}",
                )
                for item in self.items
            )
            yield Table(headings, rows, right=frozenset({2, 7}))

    def records(self) -> list[dict[str, Any]] | None:
        """Return a row for each."""
        return [
            {
                "name": item.name,
                "origin": item.origin,
                "versions": item.versions,
                "type": item.type,
                "rows": item.shape[0] if item.shape else None,
                "digest": item.digest,
                "last_seen": item.last_seen,
                "results": item.results,
            }
            for item in self.items
        ]


def list_data(connection: Connection) -> DataListReport:
    """Return named snapshots, and the data of results.

    Parameters
    ----------
    connection : Connection
    """
    items = [*_snapshot_items(connection), *_root_items(connection)]
    snapshots = sum(item.origin == "snapshot" for item in items)
    if not items:
        summary = (
            "No data is known yet: `%mlops snapshot NAME` keeps a variable, and results show the"
            " data that they were computed from."
        )
    else:
        summary = (
            f"{counted(snapshots, 'named snapshot')};"
            f" data of results under {counted(len(items) - snapshots, 'name')}."
        )
    return DataListReport(summary=summary, items=tuple(items))


def _snapshot_items(connection: Connection) -> Iterator[DataItem]:
    by_name: dict[str, list[Snapshot]] = {}
    for one in list_snapshots(connection):
        by_name.setdefault(one.name, []).append(one)
    counts = results_with(connection, [one.entity for many in by_name.values() for one in many])
    for name, versions in sorted(by_name.items(), key=lambda item: -item[1][-1].at):
        newest = versions[-1]
        yield DataItem(
            name,
            "snapshot",
            len(versions),
            newest.kind,
            newest.type,
            "full",
            newest.digest,
            newest.shape,
            newest.size,
            newest.at,
            sum(counts.get(entity, 0) for entity in {one.entity for one in versions}),
        )


def _root_items(connection: Connection) -> Iterator[DataItem]:
    roots = root_data(connection)
    known = contents(connection, [root.entity for root in roots])
    for root in roots:
        content = known[root.entity]
        yield DataItem(
            shown_name(root.name),
            "file" if root.name.startswith(FILE_MARK) or content.kind == "file" else "variable",
            root.contents,
            content.kind,
            content.type,
            content.scope,
            content.digest,
            content.shape,
            content.size,
            root.last_seen,
            root.results,
        )
