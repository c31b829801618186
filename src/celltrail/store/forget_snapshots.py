"""What goes with forgotten executions: the snapshots they took, and those of a name."""

from __future__ import annotations

import json
import sqlite3

from celltrail.store.snapshots import VERSION_MARK


def snapshots_about(connection: sqlite3.Connection, executions: set[int]) -> tuple[str, ...]:
    """Return the snapshots that executions took, or whose content they made or used."""
    return _labels(
        connection,
        "execution_id IN (SELECT value FROM json_each(?1)) OR EXISTS ("
        " SELECT 1 FROM generated AS g WHERE g.entity_id = snapshot.entity_id"
        "  AND g.execution_id IN (SELECT value FROM json_each(?1)))"
        " OR EXISTS (SELECT 1 FROM used AS u WHERE u.entity_id = snapshot.entity_id"
        "  AND u.execution_id IN (SELECT value FROM json_each(?1)))",
        json.dumps(sorted(executions)),
    )


def snapshots_named(connection: sqlite3.Connection, name: str) -> tuple[str, ...]:
    """Return the versions of a name; of ``name@version`` that one."""
    return _labels(connection, f"?1 IN (name, name || '{VERSION_MARK}' || version)", name)


def delete_snapshots(
    connection: sqlite3.Connection, executions: set[int], name: str | None
) -> tuple[str, ...]:
    """Delete the snapshots that executions took, and those of a name; return which."""
    gone = _labels(
        connection,
        "execution_id IN (SELECT value FROM json_each(?1))",
        json.dumps(sorted(executions)),
    )
    if name is not None:
        gone = tuple(dict.fromkeys((*gone, *snapshots_named(connection, name))))
    connection.executemany(
        f"DELETE FROM snapshot WHERE name || '{VERSION_MARK}' || version = ?",
        [(label,) for label in gone],
    )
    return gone


def let_go_of_snapshots(connection: sqlite3.Connection, executions: set[int]) -> None:
    """Keep the snapshots that executions took, without a cell that took them."""
    connection.execute(
        "UPDATE snapshot SET execution_id = NULL"
        " WHERE execution_id IN (SELECT value FROM json_each(?))",
        (json.dumps(sorted(executions)),),
    )


def _labels(connection: sqlite3.Connection, condition: str, value: str) -> tuple[str, ...]:
    rows = connection.execute(
        f"SELECT name || '{VERSION_MARK}' || version FROM snapshot WHERE {condition}"
        " ORDER BY name, snapshot.version",
        (value,),
    )
    return tuple(label for (label,) in rows)
