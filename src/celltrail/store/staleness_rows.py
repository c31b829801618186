"""Rows behind staleness: the newest execution of each cell, what it used, who made it anew.

A *key* stands for a cell of the session: the row id of the cell where the client sent one,
else minus the row id of the code, since equal code is then all that makes a cell. Executions
of code that stands in several cells get a key each (`REPEATED` and beyond).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import xxhash

from celltrail.store.database import Connection
from celltrail.store.expressions import NOT_REPRODUCED, RESULT_ID

REPEATED = 1 << 40  # above every row id of a code
# What a notebook without cell ids ran before this session is looked for so far back.
_EARLIER_ROWS = 10_000
# That a random generator moved on says nothing of content; its seed does (`seed:…`).
_DRAWS = "('ambient:random', 'ambient:numpy.random')"
_KEY = (
    "coalesce(e.cell_id, CASE WHEN e.code_id IN (SELECT value FROM json_each(:repeated))"
    f" THEN -({REPEATED} + e.id) ELSE -e.code_id END)"
)
_HEAD = (
    "e.id, lower(hex(e.uuid)), {key}, cell.name, cell.notebook_id, e.code_id, code.digest,"
    " code.source, e.count, e.status, e.started_at, e.unseeded"
)


class SessionFacts(NamedTuple):
    """The session that is asked about; `row` is None when it has recorded nothing yet."""

    row: int | None
    id: str | None
    ended_at: int | None
    notebook: str | None
    notebooks: tuple[int, ...]  # row ids of the notebook's path


class HeadRow(NamedTuple):
    """One execution, the newest of its cell or that of a result."""

    row: int
    id: str
    key: int
    cell: str | None
    notebook: int | None  # of its cell
    code: int
    digest: bytes
    source: str | None  # None where the code is long and kept in a file
    number: int | None  # of ``In [number]``
    status: str
    at: int
    unseeded: tuple[str, ...]


class UseRow(NamedTuple):
    """`execution` read `name`; the source's own facts are None where it came from outside."""

    execution: int
    name: str
    entity: int
    check: str | None
    source: int | None
    source_key: int | None
    source_code: int | None
    source_count: int | None
    source_at: int | None
    source_session: int | None


class MadeRow(NamedTuple):
    """The last time a cell made `name`; `entity` is None where the cell deleted it."""

    key: int
    name: str
    entity: int | None
    change: str
    execution: int
    id: str
    number: int | None  # of ``In [number]``
    code: int
    at: int


class ContentRow(NamedTuple):
    """What is known of one content."""

    digest: bytes | None
    scope: str
    kind: str
    summary: dict[str, Any]


class ResultOfSession(NamedTuple):
    """One result and the execution that made it."""

    id: str
    execution: int


def code_digest(code: str) -> bytes:
    """Return the digest under which the trail keeps a cell's (redacted) code."""
    return xxhash.xxh3_128_digest(code.encode("utf-8", "replace"))


def session_facts(
    connection: Connection, notebook: str | None, session: str | None
) -> SessionFacts | None:
    """Return the session asked about: that one, else the one in which the notebook last ran.

    Parameters
    ----------
    connection : Connection
    notebook : str or None
        Path; None means the session's own.
    session : str or None
        Identifier; one that has recorded nothing has no row.

    Returns
    -------
    SessionFacts or None
        None when the trail knows neither.
    """
    notebooks = _notebooks(connection, notebook)
    if session is None:
        return _newest(connection, notebook, notebooks)
    found = connection.execute(
        "SELECT s.id, s.ended_at, notebook.path FROM session AS s"
        " LEFT JOIN notebook ON notebook.id = s.notebook_id WHERE lower(hex(s.uuid)) = ?",
        (session.lower(),),
    ).fetchone()
    if found is None:
        return SessionFacts(None, session, None, notebook, notebooks) if notebook else None
    path = notebook if notebook is not None else found[2]
    if notebook is None:
        notebooks = _notebooks(connection, path)
    return SessionFacts(found[0], session, found[1], path, notebooks)


def _notebooks(connection: Connection, path: str | None) -> tuple[int, ...]:
    if path is None:
        return ()
    rows = connection.execute("SELECT id FROM notebook WHERE path = ? ORDER BY id", (path,))
    return tuple(row for (row,) in rows)


def _newest(
    connection: Connection, notebook: str | None, notebooks: tuple[int, ...]
) -> SessionFacts | None:
    wanted = notebooks if notebook is not None else (None,)
    best: tuple[Any, ...] | None = None
    for row in wanted:
        condition = "1" if row is None else "e.notebook_id = ?"
        found = connection.execute(
            "SELECT e.id, s.id, lower(hex(s.uuid)), s.ended_at, notebook.path FROM execution AS e"
            " JOIN session AS s ON s.id = e.session_id"
            " LEFT JOIN notebook ON notebook.id = s.notebook_id"
            f" WHERE {condition} AND {NOT_REPRODUCED} ORDER BY e.id DESC LIMIT 1",
            () if row is None else (row,),
        ).fetchone()
        if found is not None and (best is None or found[0] > best[0]):
            best = found
    if best is None:
        return SessionFacts(None, None, None, notebook, notebooks) if notebooks else None
    _, session, uuid, ended_at, path = best
    if notebook is None:
        notebook, notebooks = path, _notebooks(connection, path)
    return SessionFacts(session, uuid, ended_at, notebook, notebooks)


def code_rows(connection: Connection, digests: Sequence[bytes]) -> list[int]:
    """Return the row ids of the codes with these digests."""
    marks = ", ".join("?" * len(digests))
    found = connection.execute(f"SELECT id FROM code WHERE digest IN ({marks})", digests)
    return [row for (row,) in found]


def newest_executions(
    connection: Connection, session: int, repeated: Sequence[int] = ()
) -> list[HeadRow]:
    """Return the newest finished execution of every cell of a session, in order."""
    rows = connection.execute(
        f"SELECT {_HEAD.format(key='newest.key')} FROM (SELECT e.id AS id, {_KEY} AS key,"
        " max(e.started_at) FROM execution AS e"
        " WHERE e.session_id = :session AND e.status <> 'running' GROUP BY 2) AS newest"
        " JOIN execution AS e ON e.id = newest.id JOIN code ON code.id = e.code_id"
        " LEFT JOIN cell ON cell.id = e.cell_id ORDER BY e.started_at, e.id",
        {"session": session, "repeated": json.dumps(list(repeated))},
    )
    return [_head(row) for row in rows]


def running_executions(connection: Connection, session: int) -> list[HeadRow]:
    """Return the executions of a session that have not ended."""
    rows = connection.execute(
        f"SELECT {_HEAD.format(key=_KEY)} FROM execution AS e JOIN code ON code.id = e.code_id"
        " LEFT JOIN cell ON cell.id = e.cell_id"
        " WHERE e.session_id = :session AND e.status = 'running' ORDER BY e.started_at, e.id",
        {"session": session, "repeated": "[]"},
    )
    return [_head(row) for row in rows]


def executions_of_results(connection: Connection, ids: Iterable[int]) -> list[HeadRow]:
    """Return executions by row id."""
    rows = connection.execute(
        f"SELECT {_HEAD.format(key=_KEY)} FROM json_each(:ids) AS wanted"
        " JOIN execution AS e ON e.id = wanted.value JOIN code ON code.id = e.code_id"
        " LEFT JOIN cell ON cell.id = e.cell_id ORDER BY e.started_at, e.id",
        {"ids": json.dumps(list(ids)), "repeated": "[]"},
    )
    return [_head(row) for row in rows]


def earlier_cells(
    connection: Connection, scope: SessionFacts, names: Sequence[str] | None
) -> list[HeadRow]:
    """Return the newest execution of cells of the notebook, of any session.

    Parameters
    ----------
    connection : Connection
    scope : SessionFacts
    names : sequence of str or None
        Cell ids; None means every cell that the notebook ever had.
    """
    wanted = "1" if names is None else "cell.name IN (SELECT value FROM json_each(:names))"
    rows = connection.execute(
        f"SELECT {_HEAD.format(key='cell.id')} FROM cell JOIN execution AS e ON e.id ="
        " (SELECT max(id) FROM execution WHERE cell_id = cell.id AND status <> 'running')"
        " JOIN code ON code.id = e.code_id"
        f" WHERE cell.notebook_id IN (SELECT value FROM json_each(:books)) AND {wanted}"
        " ORDER BY e.started_at, e.id",
        {"books": json.dumps(scope.notebooks), "names": json.dumps(names)},
    )
    return [_head(row) for row in rows]


def earlier_codes(
    connection: Connection, scope: SessionFacts, codes: Sequence[int]
) -> list[HeadRow]:
    """Return the newest execution in other sessions of the notebook of each of these codes."""
    rows = connection.execute(
        f"SELECT {_HEAD.format(key='-e.code_id')} FROM (SELECT max(id) AS id FROM"
        " (SELECT e.id, e.code_id FROM execution AS e"
        " WHERE e.notebook_id IN (SELECT value FROM json_each(:books))"
        f" AND e.session_id IS NOT :session AND {NOT_REPRODUCED} ORDER BY e.id DESC"
        f" LIMIT {_EARLIER_ROWS}) WHERE code_id IN (SELECT value FROM json_each(:codes))"
        " GROUP BY code_id) AS newest JOIN execution AS e ON e.id = newest.id"
        " JOIN code ON code.id = e.code_id LEFT JOIN cell ON cell.id = e.cell_id ORDER BY e.id",
        {
            "books": json.dumps(scope.notebooks),
            "session": scope.row,
            "codes": json.dumps(list(codes)),
        },
    )
    return [_head(row) for row in rows]


def uses(
    connection: Connection, executions: Iterable[int], repeated: Sequence[int] = ()
) -> list[UseRow]:
    """Return what executions used, but for the draws of random generators."""
    rows = connection.execute(
        f'SELECT u.execution_id, u.name, u.entity_id, u."check", u.source_id, {_KEY}, e.code_id,'
        " e.count, e.started_at, e.session_id FROM json_each(:ids) AS own"
        " JOIN used AS u ON u.execution_id = own.value"
        " LEFT JOIN execution AS e ON e.id = u.source_id"
        f" WHERE u.name NOT IN {_DRAWS}",
        {"ids": json.dumps(list(executions)), "repeated": json.dumps(list(repeated))},
    )
    return list(map(UseRow._make, rows))


def last_made(connection: Connection, session: int, repeated: Sequence[int] = ()) -> list[MadeRow]:
    """Return the last time that each cell of a session made, changed or deleted each name."""
    values = {"session": session, "repeated": json.dumps(list(repeated))}
    made = connection.execute(
        f"SELECT {_KEY} AS key, g.name, g.entity_id, g.change, e.id, lower(hex(e.uuid)), e.count,"
        " e.code_id, max(e.started_at) FROM execution AS e"
        " CROSS JOIN generated AS g ON g.execution_id = e.id"
        " WHERE e.session_id = :session GROUP BY 1, 2",
        values,
    )
    gone = connection.execute(
        f"SELECT {_KEY} AS key, i.name, NULL, 'deleted', e.id, lower(hex(e.uuid)), e.count,"
        " e.code_id, max(e.started_at) FROM execution AS e CROSS JOIN invalidated AS i"
        " ON i.execution_id = e.id WHERE e.session_id = :session GROUP BY 1, 2",
        values,
    )
    return [*map(MadeRow._make, made), *map(MadeRow._make, gone)]


def names_made(connection: Connection, executions: Iterable[int]) -> set[tuple[int, str]]:
    """Return (execution, name) of what executions made or changed."""
    return set(
        connection.execute(
            "SELECT g.execution_id, g.name FROM json_each(?) AS own"
            " JOIN generated AS g ON g.execution_id = own.value",
            (json.dumps(list(executions)),),
        )
    )


def names_used(connection: Connection, pairs: Iterable[tuple[int, str]]) -> set[tuple[int, str]]:
    """Return those of the (execution, name) pairs in which the execution used the name."""
    return set(
        connection.execute(
            "SELECT u.execution_id, u.name FROM json_each(?) AS pair JOIN used AS u"
            " ON u.execution_id = json_extract(pair.value, '$[0]')"
            " AND u.name = json_extract(pair.value, '$[1]')",
            (json.dumps(list(pairs)),),
        )
    )


def modules_read(connection: Connection, executions: Iterable[int]) -> dict[int, dict[str, int]]:
    """Return the Python files that executions read from outside, by name, with their content."""
    found: dict[int, dict[str, int]] = {}
    for execution, name, entity in connection.execute(
        "SELECT u.execution_id, u.name, u.entity_id FROM json_each(?) AS wanted JOIN used AS u"
        " ON u.execution_id = wanted.value WHERE u.name LIKE 'file:%.py'",
        (json.dumps(sorted(set(executions))),),
    ):
        found.setdefault(execution, {})[name] = entity
    return found


def contents(connection: Connection, ids: Iterable[int]) -> dict[int, ContentRow]:
    """Return what is known of contents, by row id."""
    rows = connection.execute(
        "SELECT entity.id, digest, scope, kind, summary FROM json_each(?) AS wanted"
        " JOIN entity ON entity.id = wanted.value",
        (json.dumps(sorted(set(ids))),),
    )
    return {
        row: ContentRow(digest, scope, kind, json.loads(summary) if summary else {})
        for row, digest, scope, kind, summary in rows
    }


def results_of_session(
    connection: Connection, session: int, *, limit: int
) -> list[ResultOfSession]:
    """Return the newest results of a session, newest first."""
    rows = connection.execute(
        f"SELECT {RESULT_ID}, e.id FROM execution AS e CROSS JOIN result AS r"
        " ON r.execution_id = e.id WHERE e.session_id = ?"
        " ORDER BY e.started_at DESC, e.id DESC, r.step LIMIT ?",
        (session, limit),
    )
    return [ResultOfSession(*row) for row in rows]


def injected(connection: Connection, ids: Iterable[str]) -> set[str]:
    """Return which executions, by identifier, a batch runner put in (its parameters)."""
    rows = connection.execute(
        "SELECT tag.target FROM json_each(?) AS wanted JOIN tag ON tag.target = wanted.value"
        " WHERE tag.key = 'injected-parameters'",
        (json.dumps(list(ids)),),
    )
    return {target for (target,) in rows}


def _head(row: Sequence[Any]) -> HeadRow:
    *plain, unseeded = row
    return HeadRow._make([*plain, tuple(json.loads(unseeded)) if unseeded else ()])
