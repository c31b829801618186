"""Rows that comparing results asks for: closures by row id, and what their executions did.

A closure can have thousands of executions, most of them in both results; so the walk
gives row ids alone, and everything else is read for the executions asked for. CROSS JOIN
keeps SQLite from reading a whole small table once for each of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from celltrail.core.errors import NotFound
from celltrail.core.records import decode_value
from celltrail.store.database import Connection
from celltrail.store.expressions import NOT_REPRODUCED


class Ran(NamedTuple):  # a tuple: hundreds are made for one answer
    """One execution without its edges; rows of other tables by their row ids."""

    row: int
    id: str
    notebook: str | None
    cell: str | None
    session: int
    number: int | None  # In [number]
    status: str
    started_at: int
    code: int
    environment: int | None
    unseeded: tuple[str, ...]
    opaque: tuple[str, ...]


class Use(NamedTuple):
    """`execution` read `name`, made by `source` (None: no execution that is known)."""

    execution: int
    name: str
    entity: int
    kind: str
    digest: bytes | None
    scope: str
    source: int | None
    check: str | None


class Made(NamedTuple):
    """`execution` generated `name`."""

    execution: int
    name: str
    entity: int
    kind: str
    digest: bytes | None
    scope: str


@dataclass(frozen=True, slots=True)
class ParamRow:
    """A param as an execution recorded it; `reaches` is empty when it reaches everything."""

    execution: int
    step: int | None
    owner: str | None
    name: str
    value: Any
    origin: str
    reaches: frozenset[str]


@dataclass(frozen=True, slots=True)
class EnvironmentRow:
    """What code ran on."""

    row: int
    python: str
    platform: str
    packages: dict[str, str]
    git_commit: str | None
    hardware: dict[str, Any]


def result_members(connection: Connection, result: int) -> tuple[frozenset[int], int]:
    """Return the executions whose metrics a result holds, and its step (-1: all of it)."""
    rows = connection.execute(
        "SELECT m.execution_id, r.step FROM result AS r"
        " JOIN result_execution AS m ON m.result_id = r.id WHERE r.id = ?",
        (result,),
    ).fetchall()
    return frozenset(row[0] for row in rows), rows[0][1] if rows else -1


def previous_result(connection: Connection, result: int) -> int:
    """Return the row id of the result before this one that has a metric of the same name.

    One of the same notebook comes first, then one of any other; what a reproduction ran
    is left out.

    Raises
    ------
    NotFound
        If no earlier result has one of its metrics, or there is no such result.
    """
    own = connection.execute(
        "SELECT r.at, e.notebook_id FROM result AS r JOIN execution AS e ON e.id = r.execution_id"
        " WHERE r.id = ?",
        (result,),
    ).fetchone()
    if own is None:
        raise NotFound.named("result", str(result))
    at, notebook = own
    for place in dict.fromkeys((notebook, None)):
        row = connection.execute(
            "SELECT r.id FROM result AS r JOIN execution AS e ON e.id = r.execution_id"
            " WHERE (r.at < ?2 OR (r.at = ?2 AND r.id < ?1)) AND EXISTS ("
            "SELECT 1 FROM result_metric AS m JOIN result_metric AS own ON own.name = m.name"
            " WHERE own.result_id = ?1 AND m.result_id = r.id)"
            f" AND {NOT_REPRODUCED} AND (?3 IS NULL OR e.notebook_id = ?3)"
            " ORDER BY r.at DESC, r.id DESC LIMIT 1",
            (result, at, place),
        ).fetchone()
        if row is not None:
            return int(row[0])
    names = [
        name
        for (name,) in connection.execute(
            "SELECT name FROM result_metric WHERE result_id = ? ORDER BY name", (result,)
        )
    ]
    raise NotFound(
        f"No earlier result has {' or '.join(names) if names else 'a metric'}.",
        "run the cell again after a change, or name both results: why A B.",
    )


def ran(connection: Connection, ids: Iterable[int]) -> list[Ran]:
    """Return executions by row id, in the order in which they ran."""
    rows = connection.execute(
        "SELECT e.id, lower(hex(e.uuid)), notebook.path, cell.name, e.session_id, e.count,"
        " e.status, e.started_at, e.code_id, e.environment_id, e.unseeded, e.opaque"
        " FROM json_each(?) AS wanted CROSS JOIN execution AS e ON e.id = wanted.value"
        " LEFT JOIN notebook ON notebook.id = e.notebook_id"
        " LEFT JOIN cell ON cell.id = e.cell_id ORDER BY e.started_at, e.id",
        (_ids(ids),),
    )
    return [Ran._make((*row[:10], _words(row[10]), _words(row[11]))) for row in rows]


def like(connection: Connection, ids: Iterable[int], wanted: Iterable[int]) -> list[int]:
    """Return those of `ids` that ran the cell or the code of one of the `wanted` executions."""
    return [
        row[0]
        for row in connection.execute(
            "WITH w AS (SELECT e.cell_id, e.code_id FROM json_each(?) AS x"
            " JOIN execution AS e ON e.id = x.value)"
            " SELECT e.id FROM json_each(?) AS x JOIN execution AS e ON e.id = x.value"
            " WHERE e.cell_id IN (SELECT cell_id FROM w WHERE cell_id IS NOT NULL)"
            " OR e.code_id IN (SELECT code_id FROM w)",
            (_ids(wanted), _ids(ids)),
        )
    ]


def uses(connection: Connection, ids: Iterable[int]) -> list[Use]:
    """Return what executions read."""
    rows = connection.execute(
        "SELECT u.execution_id, u.name, u.entity_id, entity.kind, entity.digest, entity.scope,"
        ' u.source_id, u."check" FROM json_each(?) AS wanted'
        " JOIN used AS u ON u.execution_id = wanted.value"
        " JOIN entity ON entity.id = u.entity_id",
        (_ids(ids),),
    )
    return list(map(Use._make, rows))


def mades(connection: Connection, ids: Iterable[int]) -> list[Made]:
    """Return what executions generated, files they wrote left out."""
    rows = connection.execute(
        "SELECT g.execution_id, g.name, g.entity_id, entity.kind, entity.digest, entity.scope"
        " FROM json_each(?) AS wanted CROSS JOIN generated AS g ON g.execution_id = wanted.value"
        " JOIN entity ON entity.id = g.entity_id WHERE g.change <> 'written'",
        (_ids(ids),),
    )
    return list(map(Made._make, rows))


def params(connection: Connection, ids: Iterable[int]) -> list[ParamRow]:
    """Return the params that executions recorded, in the order of their rows."""
    return [
        ParamRow(
            execution,
            step,
            owner,
            name,
            decode_value(json.loads(value)),
            origin,
            frozenset(json.loads(reaches)) if reaches else frozenset(),
        )
        for execution, step, owner, name, value, origin, reaches in connection.execute(
            "SELECT p.execution_id, p.step, p.owner, p.name, p.value, p.origin, p.reaches"
            " FROM json_each(?) AS wanted CROSS JOIN param AS p ON p.execution_id = wanted.value"
            " ORDER BY p.id",
            (_ids(ids),),
        )
    ]


def codes(connection: Connection, ids: Iterable[int]) -> dict[int, tuple[str | None, str | None]]:
    """Return (source, name of the file that holds it) of codes by row id; one of them is None."""
    return {
        row: (source, blob)
        for row, source, blob in connection.execute(
            "SELECT code.id, source, blob FROM json_each(?) AS wanted"
            " CROSS JOIN code ON code.id = wanted.value",
            (_ids(ids),),
        )
    }


def environments(connection: Connection, ids: Iterable[int]) -> dict[int, EnvironmentRow]:
    """Return environments by row id."""
    return {
        row: EnvironmentRow(
            row, python, platform, json.loads(packages), commit, json.loads(hardware)
        )
        for row, python, platform, packages, commit, hardware in connection.execute(
            "SELECT environment.id, python, platform, packages, git_commit, hardware"
            " FROM json_each(?) AS wanted CROSS JOIN environment ON environment.id = wanted.value",
            (_ids(ids),),
        )
    }


def _ids(ids: Iterable[int]) -> str:
    return json.dumps(sorted(set(ids)))


def _words(text: str | None) -> tuple[str, ...]:
    return tuple(json.loads(text)) if text else ()
