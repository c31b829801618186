"""Rows behind a recipe: what executions need, and what else their sessions changed."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import NamedTuple

from celltrail.store.database import Connection
from celltrail.store.expressions import NOT_REPRODUCED

# Unlike a closure, a recipe follows what moved a generator since its seed. Without a seed
# there is nothing to repeat, and the order of draws says nothing.
_NEEDED = """
WITH RECURSIVE need(id) AS (
  SELECT value FROM json_each(?)
  UNION
  SELECT used.source_id FROM need JOIN used ON used.execution_id = need.id
  WHERE used.name NOT IN ('ambient:random', 'ambient:numpy.random')
    OR EXISTS (SELECT 1 FROM used AS seed WHERE seed.execution_id = need.id
               AND seed.name = 'seed:' || substr(used.name, 9))
)
SELECT id FROM need WHERE id IS NOT NULL
"""


class Ran(NamedTuple):  # a tuple: ten thousand may be made for a long session
    """One execution of a session."""

    row: int
    id: str
    session: int
    notebook: str | None
    cell: str | None
    number: int | None  # In [n]; `count` is a method of tuples
    status: str
    started_at: int
    code: str | None
    blob: str | None
    unseeded: str | None
    opaque: str | None


class Use(NamedTuple):
    """`execution` read `name`, whose content `source` made (None: from outside)."""

    execution: int
    name: str
    entity: int
    type: str
    source: int | None


class Made(NamedTuple):
    """`execution` changed a piece of state or wrote a file: `name` says which."""

    execution: int
    name: str
    type: str


def needed(connection: Connection, roots: Iterable[int]) -> set[int]:
    """Return the executions, and those whose output they used, directly or through others."""
    return {row for (row,) in connection.execute(_NEEDED, (json.dumps(sorted(roots)),))}


def sessions_of(connection: Connection, executions: Iterable[int]) -> set[int]:
    """Return the row ids of the sessions in which executions ran."""
    rows = connection.execute(
        "SELECT DISTINCT e.session_id FROM json_each(?) AS own"
        " JOIN execution AS e ON e.id = own.value",
        (json.dumps(list(executions)),),
    )
    return {session for (session,) in rows}


def order(connection: Connection, session: int) -> list[tuple[int, bool]]:
    """Return the executions of a session in true order, each with whether it was opaque."""
    rows = connection.execute(
        "SELECT id, opaque IS NOT NULL FROM execution WHERE session_id = ? ORDER BY started_at, id",
        (session,),
    )
    return list(rows)


def numbered(connection: Connection, session: int, number: int) -> list[int]:
    """Return the executions of a session that were ``In [number]``, in true order."""
    rows = connection.execute(
        "SELECT id FROM execution WHERE session_id = ? AND count = ? ORDER BY started_at, id",
        (session, number),
    )
    return [row for (row,) in rows]


def ran(connection: Connection, executions: Iterable[int]) -> list[Ran]:
    """Return executions with their code, in no order."""
    rows = connection.execute(
        "SELECT e.id, e.uuid, e.session_id, notebook.path, cell.name, e.count, e.status,"
        " e.started_at, code.source, code.blob, e.unseeded, e.opaque"
        " FROM json_each(?) AS own JOIN execution AS e ON e.id = own.value"
        " JOIN code ON code.id = e.code_id LEFT JOIN notebook ON notebook.id = e.notebook_id"
        " LEFT JOIN cell ON cell.id = e.cell_id",
        (json.dumps(list(executions)),),
    )
    return [Ran(row, uuid.hex(), *rest) for row, uuid, *rest in rows]


def uses(connection: Connection, executions: Iterable[int]) -> list[Use]:
    """Return what executions used, with the type of its content."""
    rows = connection.execute(
        "SELECT used.execution_id, used.name, used.entity_id, entity.type, used.source_id"
        " FROM json_each(?) AS own JOIN used ON used.execution_id = own.value"
        " JOIN entity ON entity.id = used.entity_id",
        (json.dumps(list(executions)),),
    )
    return list(map(Use._make, rows))


def changed(connection: Connection, executions: Iterable[int]) -> set[tuple[int, str]]:
    """Return (execution, name) of what executions changed in place."""
    rows = connection.execute(
        "SELECT g.execution_id, g.name FROM json_each(?) AS own"
        " JOIN generated AS g ON g.execution_id = own.value WHERE g.change = 'mutated'",
        (json.dumps(list(executions)),),
    )
    return set(rows)


def made(connection: Connection, executions: Iterable[int]) -> list[Made]:
    """Return every name that executions made, with the type of its content."""
    rows = connection.execute(
        "SELECT g.execution_id, g.name, entity.type FROM json_each(?) AS own"
        " JOIN generated AS g ON g.execution_id = own.value"
        " JOIN entity ON entity.id = g.entity_id",
        (json.dumps(list(executions)),),
    )
    return list(map(Made._make, rows))


def state_changes(connection: Connection, session: int) -> list[Made]:
    """Return what the executions of a session changed outside the namespace, files included."""
    rows = connection.execute(
        "SELECT g.execution_id, g.name, '' FROM execution AS e"
        " JOIN generated AS g ON g.execution_id = e.id WHERE e.session_id = ?"
        " AND instr(g.name, ':') > 0 AND g.name NOT IN ('ambient:random', 'ambient:numpy.random')"
        " ORDER BY e.started_at, e.id",
        (session,),
    )
    return list(map(Made._make, rows))


def names_made(connection: Connection, session: int) -> list[tuple[int, str]]:
    """Return (execution, name) of every variable that a session made, in true order."""
    rows = connection.execute(
        "SELECT e.id, g.name FROM execution AS e JOIN generated AS g ON g.execution_id = e.id"
        " WHERE e.session_id = ? AND instr(g.name, ':') = 0 ORDER BY e.started_at, e.id",
        (session,),
    )
    return list(rows)


def changes_of(
    connection: Connection, session: int, names: Iterable[str]
) -> list[tuple[int, str, str]]:
    """Return (execution, name, change) of what a session did to some names, in true order."""
    rows = connection.execute(
        "SELECT e.id, g.name, g.change FROM execution AS e JOIN json_each(?) AS wanted"
        " JOIN generated AS g ON g.execution_id = e.id AND g.name = wanted.value"
        " WHERE e.session_id = ? ORDER BY e.started_at, e.id",
        (json.dumps(sorted(names)), session),
    )
    return list(rows)


def handles(connection: Connection, session: int) -> list[tuple[int, str]]:
    """Return (execution, name) where a session opened or used a handle, in true order."""
    rows = connection.execute(
        "SELECT e.id, g.name FROM execution AS e JOIN generated AS g ON g.execution_id = e.id"
        " JOIN entity ON entity.id = g.entity_id"
        " WHERE e.session_id = ? AND entity.kind = 'handle' ORDER BY e.started_at, e.id",
        (session,),
    )
    return list(rows)


def deletions(connection: Connection, session: int) -> list[tuple[int, str]]:
    """Return (execution, name) of every name that a session deleted, in true order."""
    rows = connection.execute(
        "SELECT e.id, i.name FROM execution AS e JOIN invalidated AS i ON i.execution_id = e.id"
        " WHERE e.session_id = ? ORDER BY e.started_at, e.id",
        (session,),
    )
    return list(rows)


def half_seen(connection: Connection, sources: Iterable[int]) -> list[tuple[int, str, int]]:
    """Return (execution, name, source) where a name was used and only a sample was compared.

    What the execution did to the content that `source` made is then not known.
    """
    rows = connection.execute(
        "SELECT used.execution_id, used.name, used.source_id FROM json_each(?) AS own"
        ' JOIN used ON used.source_id = own.value WHERE used."check" IS NOT NULL',
        (json.dumps(list(sources)),),
    )
    return list(rows)


def writers(connection: Connection, reads: Iterable[Use]) -> list[tuple[int, int, str]]:
    """Return (reader, writer, name) for files that were read and that an earlier execution wrote.

    The writer is the last execution, of any session, that wrote this very content before
    it was read; one that wrote it under the same name comes first.
    """
    rows = connection.execute(
        "SELECT reader.id, json_extract(own.value, '$[2]'), g.name, e.started_at, e.id"
        " FROM json_each(?) AS own"
        " JOIN execution AS reader ON reader.id = json_extract(own.value, '$[0]')"
        " JOIN generated AS g ON g.entity_id = json_extract(own.value, '$[1]')"
        " JOIN execution AS e ON e.id = g.execution_id"
        " WHERE g.name GLOB 'file:*' AND e.started_at < reader.started_at"
        f" AND {NOT_REPRODUCED}",
        (json.dumps([[use.execution, use.entity, use.name] for use in reads]),),
    )
    best: dict[tuple[int, str], tuple[bool, int, int]] = {}
    for reader, name, written, at, writer in rows:
        found = (written == name, at, writer)
        best[reader, name] = max(best.get((reader, name), found), found)
    return [(reader, writer, name) for (reader, name), (_, _, writer) in best.items()]


def saying(connection: Connection, session: int, words: Iterable[str]) -> list[tuple[int, str]]:
    """Return (execution, word) for executions of a session whose code holds one of the words."""
    rows = connection.execute(
        "SELECT e.id, word.value FROM execution AS e JOIN code ON code.id = e.code_id"
        " JOIN json_each(?) AS word ON instr(code.source, word.value) > 0"
        " WHERE e.session_id = ? ORDER BY e.started_at, e.id",
        (json.dumps(list(words)), session),
    )
    return list(rows)
