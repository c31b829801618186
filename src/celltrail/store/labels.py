"""Tags and notes: the words that people put on results, runs and executions."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable

from celltrail.store.database import Connection, transaction
from celltrail.store.finding import split_step
from celltrail.store.results import WHOLE


def set_tag(connection: Connection, target: str, key: str, value: str | None) -> None:
    """Label a result, run or execution; None removes the label.

    Parameters
    ----------
    connection : Connection
        Opened with the role ``tool``.
    target : str
        As `find_target` returns it.
    key, value : str
    """
    with transaction(connection):
        if value is None:
            connection.execute("DELETE FROM tag WHERE target = ? AND key = ?", (target, key))
        else:
            connection.execute(
                "INSERT INTO tag(target, key, value) VALUES (?, ?, ?)"
                " ON CONFLICT(target, key) DO UPDATE SET value = excluded.value",
                (target, key, value),
            )
        _labelled(connection, target)


def add_note(connection: Connection, target: str, text: str, *, at: int) -> None:
    """Write a note beside a result, run or execution (`at` in microseconds)."""
    with transaction(connection):
        connection.execute(
            "INSERT INTO note(target, at, text) VALUES (?, ?, ?)", (target, at, text)
        )
        _labelled(connection, target)


def notes(connection: Connection, target: str) -> list[str]:
    """Return the notes beside something, oldest first."""
    return [
        text
        for (text,) in connection.execute(
            "SELECT text FROM note WHERE target = ? ORDER BY id", (target,)
        )
    ]


def tags_of(connection: Connection, targets: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return the tags of each identifier, by key; identifiers without tags give an empty dict."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for target, key, value in connection.execute(
        "SELECT tag.target, tag.key, tag.value FROM json_each(?) AS wanted"
        " JOIN tag ON tag.target = wanted.value ORDER BY tag.target, tag.key",
        (json.dumps(list(targets)),),
    ):
        found[target][key] = value
    return found


def _labelled(connection: Connection, target: str) -> None:
    """Tell readers of `changes` that a label changed."""
    digits, step = split_step(target)
    uuid = bytes.fromhex(digits)
    row = connection.execute(
        "SELECT r.id FROM result AS r JOIN execution AS e ON e.id = r.execution_id"
        " WHERE e.uuid = ? AND r.step = ?",
        (uuid, WHOLE if step is None else step),
    ).fetchone()
    kind = "result"
    for table in ("run", "execution"):
        if row is None:
            kind = table
            row = connection.execute(f"SELECT id FROM {table} WHERE uuid = ?", (uuid,)).fetchone()
    if row is not None:
        connection.execute("INSERT INTO changes(kind, row_id) VALUES (?, ?)", (kind, row[0]))
