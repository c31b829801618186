"""Of which type the models are that results judge."""

from __future__ import annotations

import json
from collections.abc import Iterable

from celltrail.store.database import Connection


def models_of(connection: Connection, rows: Iterable[int]) -> dict[int, str]:
    """Return the type of the fitted model of each result that judges one, by row id.

    Parameters
    ----------
    connection : Connection
    rows : iterable of int
        Row ids of results.

    Returns
    -------
    dict of int to str
        Names of classes, such as ``LogisticRegression``.
    """
    keys = connection.execute(
        "SELECT r.id, r.model FROM json_each(?) AS wanted JOIN result AS r ON r.id = wanted.value"
        " WHERE r.model IS NOT NULL",
        (json.dumps(list(rows)),),
    ).fetchall()
    found: dict[int, str] = {}
    for row, key in keys:
        execution, _, name = key.partition(":")
        made = connection.execute(
            "SELECT entity.type FROM execution AS e JOIN generated AS g ON g.execution_id = e.id"
            " AND g.name = ? JOIN entity ON entity.id = g.entity_id WHERE e.uuid = ?",
            (name, bytes.fromhex(execution)),
        ).fetchone()
        if made is not None:
            found[row] = made[0].rpartition(".")[2]
    return found
