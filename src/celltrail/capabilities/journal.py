"""Reports that were kept, and the verdicts that stand beside results."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from celltrail.capabilities.capability import Capability, Place, reading
from celltrail.capabilities.wording import clock, iso
from celltrail.core.identifiers import short
from celltrail.core.report import Answer, Report, Table

if TYPE_CHECKING:
    from celltrail.lineage.reproducing.reproduction import Reproduced
    from celltrail.store.journal import KeptReport
    from celltrail.store.trail import Connection


def reports(place: Place, *, kind: str | None = None, limit: int = 20) -> Answer:
    """Reports that were kept, newest first."""
    from celltrail.store.journal import list_reports
    from celltrail.store.trail import short_result

    with reading(place) as connection:
        found = list_reports(connection, kind=kind, limit=limit)
    data = [
        {
            "id": one.id,
            "kind": one.kind,
            "target": one.target,
            "at": iso(one.at),
            "verdict": one.verdict,
            "summary": one.summary,
        }
        for one in found
    ]
    if not found:
        return Answer(data, ("No reports are kept yet: `reproduce ID` makes one.",), rows=[])
    when = clock()
    rows = [
        (
            short(one.id),
            one.kind,
            short_result(one.target) if one.target else "",
            when(one.at),
            one.verdict or "",
            one.summary,
        )
        for one in found
    ]
    headings = ("report", "kind", "about", "when", "verdict", "summary")
    return Answer(data, (Table(headings, tuple(rows), keep=5),), rows=data)


def report(place: Place, *, id: str) -> Report:  # noqa: A002 - the argument's name
    """A report as it was kept."""
    from celltrail.store.journal import find_report

    with reading(place) as connection:
        kept = find_report(connection, id)
    return capability_of(kept).report_class.from_document(kept.document)


def capability_of(kept: KeptReport) -> Capability:
    """Return the capability that made a kept report.

    Raises
    ------
    NotFound
        If this version has none of that name.
    """
    from celltrail.capabilities.table import TABLE
    from celltrail.core.errors import NotFound

    for row in TABLE:
        if row.name == kept.kind:
            return row
    raise NotFound(
        f"Report {short(kept.id)} is of kind {kept.kind!r}, which this version does not know.",
        "a newer version of celltrail wrote it: update, then ask again.",
    )


def verdicts(connection: Connection, results: Iterable[str]) -> dict[str, Reproduced]:
    """Return the newest verdict of `reproduce` on each result that has one."""
    from celltrail.lineage.reproducing.reproduction import reproductions

    return reproductions(connection, results)


def verdict_json(found: Reproduced | None) -> dict[str, Any] | None:
    """Return a verdict as JSON shows it beside a result."""
    if found is None:
        return None
    return {"outcome": found.outcome, "at": iso(found.at), "report": found.report}


def verdict_text(found: Reproduced) -> str:
    """Return a verdict in a few words."""
    return f"{found.outcome}, {clock()(found.at)}"
