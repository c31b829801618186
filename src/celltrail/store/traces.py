"""What executions left, as far as another run of them can be held against it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from celltrail.store.columns import digest_text, number_of, shape_of
from celltrail.store.database import Connection
from celltrail.store.executions import code_text, execution_rows


@dataclass(frozen=True, slots=True)
class Content:
    """What stood for a name after an execution.

    Attributes
    ----------
    name : str
    kind, type : str
        Of the entity.
    digest : str or None
        None when the content is unknown.
    scope : str
        full, sampled, metadata or unknown.
    text : str or None
        The value of a scalar or a short text.
    shape : tuple of int or None
    columns : tuple of (str, str, str)
        Name, type and digest of each column of a frame.
    reason : str or None
        Why the content is not known in full.
    """

    name: str
    kind: str
    type: str
    digest: str | None
    scope: str
    text: str | None = None
    shape: tuple[int, ...] | None = None
    columns: tuple[tuple[str, str, str], ...] = ()
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file that an execution read; `maker` is the execution that wrote it, if one did."""

    name: str
    digest: str | None
    scope: str
    size: int | None
    maker: int | None


@dataclass(frozen=True, slots=True)
class Measured:
    """A number that an execution gave; `is_value` when it is no metric.

    `function` is what returned it, where that was seen.
    """

    name: str
    step: int | None
    value: float
    is_value: bool
    function: str | None = None


@dataclass(frozen=True, slots=True)
class Trace:
    """One execution and what it left.

    Attributes
    ----------
    row : int
    id : str
    session : str
    kernel : str or None
        The kernel's own identifier.
    notebook, cell : str or None
    count : int or None
    status : str
    error : str or None
    code : str
        As executed, without secrets.
    environment : str or None
        Digest of the environment.
    unseeded, opaque : tuple of str
    made : tuple of Content
    written : frozenset of str
        Names in `made` that are files.
    measured : tuple of Measured
    inputs : tuple of InputFile
    """

    row: int
    id: str
    session: str
    kernel: str | None
    notebook: str | None
    cell: str | None
    count: int | None
    status: str
    error: str | None
    code: str
    environment: str | None
    unseeded: tuple[str, ...]
    opaque: tuple[str, ...]
    made: tuple[Content, ...]
    written: frozenset[str]
    measured: tuple[Measured, ...]
    inputs: tuple[InputFile, ...]


def traces(connection: Connection, rows: Sequence[int], *, store: Path) -> list[Trace]:
    """Return executions by row id, in the order given; rows that are gone are left out.

    Raises
    ------
    NotFound
        If the file of long code is gone.
    """
    found = {row.row: row for row in execution_rows(connection, rows)}
    made, written = _made(connection, rows)
    measured = _measured(connection, rows)
    inputs = _inputs(connection, rows)
    kernels = dict(
        connection.execute(
            "SELECT e.id, session.kernel_id FROM json_each(?) AS own"
            " JOIN execution AS e ON e.id = own.value JOIN session ON session.id = e.session_id",
            (json.dumps(list(rows)),),
        ).fetchall()
    )
    return [
        Trace(
            row=row,
            id=found[row].id,
            session=found[row].session,
            kernel=kernels[row],
            notebook=found[row].notebook,
            cell=found[row].cell,
            count=found[row].count,
            status=found[row].status,
            error=found[row].error,
            code=code_text(store, found[row]),
            environment=found[row].environment,
            unseeded=found[row].unseeded,
            opaque=found[row].opaque,
            made=tuple(made[row]),
            written=frozenset(written[row]),
            measured=tuple(measured[row]),
            inputs=tuple(inputs[row]),
        )
        for row in rows
        if row in found
    ]


def rows_of_run(connection: Connection, run: str) -> list[int]:
    """Return the executions of a run, given by its identifier, in the order in which they ran."""
    return [
        row
        for (row,) in connection.execute(
            "SELECT e.id FROM run JOIN run_execution ON run_id = run.id"
            " JOIN execution AS e ON e.id = execution_id WHERE run.uuid = ?"
            " ORDER BY e.started_at, e.id",
            (bytes.fromhex(run),),
        )
    ]


def names_needed(connection: Connection, rows: Iterable[int]) -> dict[int, frozenset[str]]:
    """Return for each of some executions the names that others among them used of it."""
    own = json.dumps(sorted(rows))
    found: dict[int, set[str]] = defaultdict(set)
    for source, name in connection.execute(
        "SELECT used.source_id, used.name FROM json_each(?1) AS own"
        " JOIN used ON used.execution_id = own.value"
        " WHERE used.source_id <> used.execution_id"
        " AND used.source_id IN (SELECT value FROM json_each(?1))",
        (own,),
    ):
        found[source].add(name)
    return {row: frozenset(names) for row, names in found.items()}


def _made(
    connection: Connection, rows: Iterable[int]
) -> tuple[dict[int, list[Content]], dict[int, set[str]]]:
    own = (json.dumps(list(rows)),)
    columns: dict[int, list[tuple[str, str, str]]] = defaultdict(list)
    for entity, name, dtype, digest, _ in connection.execute(
        "SELECT DISTINCT c.entity_id, c.name, c.dtype, c.digest, c.position"
        " FROM json_each(?) AS own JOIN generated AS g ON g.execution_id = own.value"
        " JOIN column_digest AS c ON c.entity_id = g.entity_id ORDER BY c.entity_id, c.position",
        own,
    ):
        columns[entity].append((name, dtype, digest.hex()))
    made: dict[int, list[Content]] = defaultdict(list)
    written: dict[int, set[str]] = defaultdict(set)
    for (
        row,
        name,
        entity,
        kind,
        type_name,
        digest,
        scope,
        summary,
        reason,
        change,
    ) in connection.execute(
        "SELECT g.execution_id, g.name, entity.id, entity.kind, entity.type, entity.digest,"
        " entity.scope, entity.summary, entity.reason, g.change FROM json_each(?) AS own"
        " JOIN generated AS g ON g.execution_id = own.value"
        " JOIN entity ON entity.id = g.entity_id ORDER BY g.execution_id, g.name",
        own,
    ):
        made[row].append(
            Content(
                name,
                kind,
                type_name,
                digest_text(digest),
                scope,
                _text(summary),
                shape_of(summary),
                tuple(columns[entity]),
                reason,
            )
        )
        if change == "written":
            written[row].add(name)
    return made, written


def _measured(connection: Connection, rows: Iterable[int]) -> dict[int, list[Measured]]:
    found: dict[int, list[Measured]] = defaultdict(list)
    for row, name, step, kind, value, is_value, function in connection.execute(
        "SELECT m.execution_id, m.name, m.step, m.kind, m.value, m.is_value, m.function"
        " FROM json_each(?) AS own JOIN metric AS m ON m.execution_id = own.value ORDER BY m.id",
        (json.dumps(list(rows)),),
    ):
        found[row].append(Measured(name, step, number_of(kind, value), bool(is_value), function))
    return found


def _inputs(connection: Connection, rows: Iterable[int]) -> dict[int, list[InputFile]]:
    found: dict[int, list[InputFile]] = defaultdict(list)
    for row, name, digest, scope, size, maker in connection.execute(
        "SELECT used.execution_id, used.name, entity.digest, entity.scope, entity.size,"
        " used.source_id FROM json_each(?) AS own JOIN used ON used.execution_id = own.value"
        " JOIN entity ON entity.id = used.entity_id WHERE entity.kind = 'file'"
        " ORDER BY used.execution_id, used.name",
        (json.dumps(list(rows)),),
    ):
        found[row].append(InputFile(name, digest_text(digest), scope, size, maker))
    return found


def _text(summary: str | None) -> str | None:
    """Return what an entity's summary shows of its value; None where it shows nothing."""
    if not summary or '"repr"' not in summary:
        return None
    found: Any = json.loads(summary).get("repr")
    return found if isinstance(found, str) else None
