"""What goes with forgotten executions: reports about them, and runs that repeated them."""

from __future__ import annotations

import json
import re
import sqlite3

from celltrail.store.columns import uuid_bytes

_IDENTIFIER = re.compile(r"\b[0-9a-f]{32}\b")


def repeated(connection: sqlite3.Connection, chosen: set[int]) -> set[int]:
    """Return the executions of runs that ran the code of chosen ones again.

    They hold the same values and outputs, and belong to no notebook.
    """
    rows = connection.execute(
        "SELECT execution_id FROM run_execution WHERE run_id IN"
        " (SELECT x.run_id FROM run JOIN run_execution AS x ON x.run_id = run.id"
        "  JOIN execution AS e ON e.id = x.execution_id WHERE run.kind = 'reproduce'"
        "  AND e.code_id IN (SELECT own.code_id FROM json_each(?) AS wanted"
        "   JOIN execution AS own ON own.id = wanted.value))",
        (json.dumps(sorted(chosen)),),
    )
    return {row for (row,) in rows}


def delete_reports(connection: sqlite3.Connection, chosen: set[int]) -> None:
    """Delete every report that speaks of an execution: it quotes its values."""
    gone = {
        uuid.hex()
        for (uuid,) in connection.execute(
            "SELECT uuid FROM json_each(?) AS own JOIN execution AS e ON e.id = own.value",
            (json.dumps(sorted(chosen)),),
        )
    }
    reports = connection.execute("SELECT id, coalesce(target, ''), document FROM report")
    found = [
        (row,)
        for row, target, document in reports
        if not gone.isdisjoint(_IDENTIFIER.findall(f"{target} {document}"))
    ]
    connection.executemany("DELETE FROM report WHERE id = ?", found)


def delete_loose_reports(connection: sqlite3.Connection) -> None:
    """Delete every report about a result, run or execution that is gone."""
    targets = connection.execute("SELECT id, target FROM report WHERE target IS NOT NULL")
    for row, target in targets.fetchall():
        digits = target.partition(".")[0]
        if not _IDENTIFIER.fullmatch(digits):
            continue
        known = connection.execute(
            "SELECT 1 FROM execution WHERE uuid = ?1 UNION SELECT 1 FROM run WHERE uuid = ?1",
            (uuid_bytes(digits),),
        ).fetchone()
        if known is None:
            connection.execute("DELETE FROM report WHERE id = ?", (row,))
