"""Reports that are kept: what cannot be had again by looking."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from celltrail.core.errors import NotFound, UsageFault
from celltrail.core.identifiers import short
from celltrail.core.report import Report
from celltrail.store.columns import uuid_bytes
from celltrail.store.database import Connection, transaction
from celltrail.store.finding import SHORTEST_ID, find_target
from celltrail.store.paging import LIMIT_MAX

_COLUMNS = "id, lower(hex(uuid)), kind, target, at, verdict, summary, document"


@dataclass(frozen=True, slots=True)
class KeptReport:
    """One report of the journal.

    Attributes
    ----------
    row : int
        Row id in this store.
    id : str
        Identifier, 32 digits.
    kind : str
        The capability that made it.
    target : str or None
        Identifier of the result, run or execution it is about.
    at : int
        Microseconds since 1970.
    verdict : str or None
        ok, warning, failed or unknown.
    summary : str
    document : dict
        What ``Report.from_document`` reads.
    """

    row: int
    id: str
    kind: str
    target: str | None
    at: int
    verdict: str | None
    summary: str
    document: dict[str, Any]


def add_report(
    connection: Connection,
    report: Report,
    *,
    target: str | None,
    at: int,
    id: str,  # noqa: A002
) -> int:
    """Keep a report and return its row id.

    Parameters
    ----------
    connection : Connection
        Opened with the role ``tool``.
    report : Report
    target : str or None
        Full identifier of what it is about, as `find_target` returns it.
    at : int
        Microseconds since 1970.
    id : str
        A new identifier of 32 digits.
    """
    document = json.dumps(report.document(), separators=(",", ":"), ensure_ascii=False)
    values = (uuid_bytes(id), report.kind, target, at, report.verdict, report.summary, document)
    with transaction(connection):
        row = connection.execute(
            "INSERT INTO report(uuid, kind, target, at, verdict, summary, document)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            values,
        ).lastrowid
        connection.execute("INSERT INTO changes(kind, row_id) VALUES ('report', ?)", (row,))
    return int(row or 0)


def newest_report(connection: Connection, target: str, kind: str) -> KeptReport | None:
    """Return the newest report of a kind about something, or None."""
    return newest_reports(connection, [target], kind).get(target)


def newest_reports(
    connection: Connection, targets: Iterable[str], kind: str
) -> dict[str, KeptReport]:
    """Return the newest report of a kind about each of some identifiers, in one query."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM report WHERE id IN"
        " (SELECT max(report.id) FROM json_each(?) AS wanted"
        " JOIN report ON report.target = wanted.value AND report.kind = ?"
        " GROUP BY report.target)",
        (json.dumps(list(targets)), kind),
    )
    found = [_kept(row) for row in rows]
    return {report.target: report for report in found if report.target is not None}


def list_reports(
    connection: Connection, *, kind: str | None = None, limit: int = 50, before: int | None = None
) -> list[KeptReport]:
    """Return kept reports, newest first.

    Parameters
    ----------
    connection : Connection
    kind : str or None
        Of one capability; None means all.
    limit : int
        At most `LIMIT_MAX`.
    before : int or None
        Row id: only reports kept before it (the next page).
    """
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM report WHERE (?1 IS NULL OR kind = ?1) AND (?2 IS NULL OR id < ?2)"
        " ORDER BY id DESC LIMIT ?3",
        (kind, before, min(limit, LIMIT_MAX)),
    )
    return [_kept(row) for row in rows]


def find_report(connection: Connection, text: str) -> KeptReport:
    """Return the report that a text stands for.

    Parameters
    ----------
    connection : Connection
    text : str
        ``latest``, an identifier or its first or last four digits or more; else what
        a report is about (its newest report).

    Raises
    ------
    NotFound
        If there is no such report, with near matches.
    UsageFault
        If several reports are called so.
    """
    text = text.strip()
    if text.lower() in {"latest", "last"}:
        newest = list_reports(connection, limit=1)
        if newest:
            return newest[0]
        raise NotFound.named("report", text)
    digits = text.lower().replace("-", "")
    if len(digits) >= SHORTEST_ID and set(digits) <= set("0123456789abcdef"):
        rows = connection.execute(
            f"SELECT {_COLUMNS} FROM report WHERE substr(lower(hex(uuid)), 1, ?1) = ?2"
            " OR substr(lower(hex(uuid)), -?1) = ?2 ORDER BY id DESC LIMIT 9",
            (len(digits), digits),
        ).fetchall()
        if len(rows) > 1:
            shown = ", ".join(short(row[1]) for row in rows)
            raise UsageFault(f"{text!r} fits more than one report: {shown}.", "write more digits.")
        if rows:
            return _kept(rows[0])
    try:
        target = find_target(connection, text)
    except NotFound:
        target = ""
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM report WHERE target = ? ORDER BY id DESC LIMIT 1", (target,)
    ).fetchone()
    if row is None:
        known = [short(report.id) for report in list_reports(connection)]
        raise NotFound.named("report", text, known)
    return _kept(row)


def _kept(row: Any) -> KeptReport:
    *plain, document = row
    return KeptReport(*[*plain, json.loads(document)])
