"""Questions about data: keep a content under a name, list, compare and write what is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from celltrail.capabilities.capability import Place, reading
from celltrail.core.errors import UsageFault

if TYPE_CHECKING:
    from celltrail.lifecycle.snapshot import SnapshotReport
    from celltrail.lineage.datasets.data_diff_report import DataDiffReport
    from celltrail.lineage.datasets.data_get import DataGetReport
    from celltrail.lineage.datasets.data_lineage_report import DataLineageReport
    from celltrail.lineage.datasets.data_list import DataListReport
    from celltrail.lineage.datasets.data_log import DataLogReport


def snapshot(place: Place, *, target: str, name: str | None = None) -> SnapshotReport:
    """Keep the content of a variable or a file under a name, as its next version."""
    from celltrail.lifecycle.snapshot import Where
    from celltrail.lifecycle.snapshot import snapshot as keep

    where = Where(place.store)
    recorder = place.recorder
    if recorder is not None:
        running = recorder.cell and recorder.cell.id
        where = Where(place.store, execution=running, redactor=recorder.redactor)
    return keep(target, name=name, namespace=place.namespace or {}, folder=Path.cwd(), where=where)


def data_list(place: Place) -> DataListReport:
    """Named snapshots, and the data that results were computed from."""
    from celltrail.lineage.datasets.data_list import list_data

    with reading(place) as connection:
        return list_data(connection)


def data_log(place: Place, *, name: str, limit: int = 20) -> DataLogReport:
    """The versions of a name over time, and what changed between them."""
    from celltrail.lineage.datasets import data_log as logs

    with reading(place) as connection:
        return logs.data_log(connection, name, limit=limit)


def data_diff(
    place: Place, *, before: str, after: str, key: Sequence[str] | None = None
) -> DataDiffReport:
    """What differs between two contents: columns, and rows where both are snapshots."""
    from celltrail.lineage.datasets import data_diff as diffs

    with reading(place) as connection:
        return diffs.data_diff(
            connection,
            before,
            after,
            store=place.store,
            key=tuple(key or ()),
            redact=place.safe_cell,
        )


def data_get(
    place: Place, *, name: str, to: str | None = None, force: bool = False
) -> DataGetReport:
    """Write a snapshot into a file: Parquet, CSV, TSV, JSON or NPY by its ending."""
    from celltrail.lineage.datasets.data_get import write_data

    if to is None:
        raise UsageFault(
            "No file was named to write to.", f"for example `data get {name} --to {name}.parquet`."
        )
    with reading(place) as connection:
        file = Path(to).expanduser()
        written = write_data(connection, name, file, store=place.store, is_forced=force)
    safe = place.safe_text
    return replace(written, path=safe(written.path), summary=safe(written.summary))


def data_lineage(place: Place, *, name: str, depth: int = 20) -> DataLineageReport:
    """The datasets that a content was made of, recursively, with what was done to them."""
    from celltrail.lineage.datasets import data_lineage as lineages

    with reading(place) as connection:
        return lineages.data_lineage(connection, name, depth=depth)
