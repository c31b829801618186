"""Which data belongs to a result: judged on, fitted to, and where it came from."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence

from celltrail.store.upstream import Upstream, UsedEdge

# Kinds of entity that count as data in readings; models and scalars do not.
DATA_KINDS = frozenset({"frame", "series", "array", "file", "table", "dataset", "index"})


def data_of(
    connection: sqlite3.Connection, above: Upstream, owners: dict[int, set[str]], key: str | None
) -> dict[str, int]:
    """Return the entity of each data content of a result, by name (rules: `store.results`)."""
    data: dict[str, int] = {}
    reads: dict[int, set[str]] = defaultdict(set)  # kinds of data that each execution used
    by_execution: dict[int, list[UsedEdge]] = defaultdict(list)
    for edge in above.used:
        if edge.kind in DATA_KINDS:
            reads[edge.execution].add(edge.kind)
            by_execution[edge.execution].append(edge)
    # What the number was computed on stands first: of two contents under one name, the
    # one nearest to the metric is kept.
    for execution in sorted(owners, reverse=True):
        for edge in by_execution[execution]:
            data.setdefault(edge.name, edge.entity)
    fitters = {part.split(":", 1)[0] for part in key.split(",")} if key else set()
    for execution in _execution_ids(connection, fitters):
        for edge in by_execution[execution]:
            data.setdefault(edge.name, edge.entity)
    makers = [execution for execution in above.executions if reads[execution] <= {"file"}]
    made = _generated_data(connection, makers)
    for execution in above.executions:
        for edge in by_execution[execution]:
            if edge.source is None:
                data.setdefault(edge.name, edge.entity)
        flowing = above.flows.get(execution, frozenset())
        for name, entity, kind in made.get(execution, ()):
            # In the metric's own cell everything from a split to predictions is made at
            # once; beside a file only the frames are likely to be what was read from it.
            is_own = execution in owners and (kind == "frame" or not reads[execution])
            if name in flowing or is_own:
                data.setdefault(name, entity)
    return data


def _generated_data(
    connection: sqlite3.Connection, executions: Sequence[int]
) -> dict[int, list[tuple[str, int, str]]]:
    found: dict[int, list[tuple[str, int, str]]] = defaultdict(list)
    for execution, name, entity, kind in connection.execute(
        "SELECT generated.execution_id, generated.name, entity.id, entity.kind"
        " FROM json_each(?) AS up JOIN generated ON generated.execution_id = up.value"
        " JOIN entity ON entity.id = generated.entity_id"
        " WHERE generated.change <> 'written'",
        (json.dumps(list(executions)),),
    ):
        if kind in DATA_KINDS:
            found[execution].append((name, entity, kind))
    return found


def _execution_ids(connection: sqlite3.Connection, names: Iterable[str]) -> list[int]:
    """Return the row ids of executions given by their 32 digits; unknown ones are left out."""
    found = []
    for name in names:
        try:
            uuid = bytes.fromhex(name)
        except ValueError:
            continue
        row = connection.execute("SELECT id FROM execution WHERE uuid = ?", (uuid,)).fetchone()
        if row is not None:
            found.append(int(row[0]))
    return found
