"""Names, tags and notes: the words that people put on results, runs and executions."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from celltrail.store.database import Connection, transaction
from celltrail.store.finding import split_step
from celltrail.store.results import WHOLE


@dataclass(frozen=True, slots=True)
class Labels:
    """What to change about the words on something; what is not named stays.

    Attributes
    ----------
    tags : mapping of str to str or None
        None removes a tag.
    note : str or None
        One more note.
    name : str or None
        Another name; a run's alone.
    """

    tags: Mapping[str, str | None] = field(default_factory=dict)
    note: str | None = None
    name: str | None = None


def label(connection: Connection, target: str, labels: Labels, *, at: int) -> None:
    """Change the words on a result, run or execution, all of them or none.

    Parameters
    ----------
    connection : Connection
        Opened with the role ``tool``.
    target : str
        As `find_target` returns it.
    labels : Labels
    at : int
        Now, in microseconds.
    """
    with transaction(connection):
        for key, value in labels.tags.items():
            if value is None:
                connection.execute("DELETE FROM tag WHERE target = ? AND key = ?", (target, key))
            else:
                connection.execute(
                    "INSERT INTO tag(target, key, value) VALUES (?, ?, ?)"
                    " ON CONFLICT(target, key) DO UPDATE SET value = excluded.value",
                    (target, key, value),
                )
        if labels.note is not None:
            connection.execute(
                "INSERT INTO note(target, at, text) VALUES (?, ?, ?)", (target, at, labels.note)
            )
        if labels.name is not None:
            uuid = bytes.fromhex(target)
            connection.execute("UPDATE run SET name = ? WHERE uuid = ?", (labels.name, uuid))
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
