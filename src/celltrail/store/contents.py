"""Readers of data contents: what is known of each, where names stood for them, who used them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from celltrail.core.records import decode_value
from celltrail.store.columns import digest_text, shape_of
from celltrail.store.database import Connection
from celltrail.store.expressions import NOT_REPRODUCED
from celltrail.store.result_data import DATA_KINDS

# Lists and dicts are no data of a result, and may be in a snapshot all the same.
NAMED_KINDS = tuple(sorted(DATA_KINDS | {"container"}))
# Enough for near matches; a project with more names is not listed in a hint.
_KNOWN_NAMES = 5_000
_DIGEST_DIGITS = 32


@dataclass(frozen=True, slots=True)
class Content:
    """One entity with all that was recorded of it.

    Attributes
    ----------
    entity : int
        Row id.
    kind, type, digest, scope, shape, size, reason
        As in `celltrail.core.records.EntityRecord`.
    columns : tuple of (str, str, str)
        Name, type and digest of each column of a frame.
    profile : tuple of dict
        What is known of each column's values; empty where no profile was made.
    dtype : str or None
        Of an array or a Series.
    """

    entity: int
    kind: str
    type: str
    digest: str | None
    scope: str
    shape: tuple[int, ...] | None
    size: int | None
    reason: str | None
    columns: tuple[tuple[str, str, str], ...]
    profile: tuple[dict[str, Any], ...]
    dtype: str | None


@dataclass(frozen=True, slots=True)
class Sighting:
    """A name stood for a content: an execution made it, or read it from outside.

    Attributes
    ----------
    execution, id : int, str
        Row id and identifier.
    name : str
    entity : int
    change : str
        created, rebound, mutated, written, or ``read``.
    at : int
        Microseconds since 1970.
    notebook : str or None
    """

    execution: int
    id: str
    name: str
    entity: int
    change: str
    at: int
    notebook: str | None


@dataclass(frozen=True, slots=True)
class RootData:
    """A name under which contents reached results.

    Attributes
    ----------
    name : str
    contents : int
        How many different ones.
    results : int
    entity : int
        The one of the latest result.
    last_seen : int
        Microseconds since 1970.
    """

    name: str
    contents: int
    results: int
    entity: int
    last_seen: int


def contents(connection: Connection, ids: Iterable[int]) -> dict[int, Content]:
    """Return entities by row id with their columns and profiles."""
    wanted = json.dumps(sorted(set(ids)))
    columns: dict[int, list[tuple[str, str, str]]] = {}
    for entity, name, dtype, digest in connection.execute(
        "SELECT c.entity_id, c.name, c.dtype, c.digest FROM json_each(?) AS wanted"
        " JOIN column_digest AS c ON c.entity_id = wanted.value ORDER BY c.entity_id, c.position",
        (wanted,),
    ):
        columns.setdefault(entity, []).append((name, dtype, digest_text(digest) or ""))
    return {
        row_id: Content(
            row_id,
            kind,
            type_name,
            digest_text(digest),
            scope,
            shape_of(summary),
            size,
            reason,
            tuple(columns.get(row_id, ())),
            _profile(summary),
            _dtype(summary),
        )
        for row_id, kind, type_name, digest, scope, summary, size, reason in connection.execute(
            "SELECT entity.id, kind, entity.type, digest, scope, summary, size, reason"
            " FROM json_each(?) AS wanted JOIN entity ON entity.id = wanted.value",
            (wanted,),
        )
    }


def sightings(connection: Connection, name: str, *, limit: int) -> list[Sighting]:
    """Return what a variable or file stood for, oldest first, the latest `limit` of them.

    What reproducing a result ran is left out: it made the same contents again.

    Parameters
    ----------
    connection : Connection
    name : str
        As the trail has it: ``df``, ``file:data.csv``.
    limit : int
        At most.
    """
    rows = connection.execute(
        "SELECT e.id, lower(hex(e.uuid)), seen.name, seen.entity_id, seen.change, e.started_at,"
        " notebook.path FROM ("
        "  SELECT execution_id, name, entity_id, change FROM generated WHERE name = ?1"
        "  UNION ALL SELECT execution_id, name, entity_id, 'read' FROM used"
        "  WHERE name = ?1 AND source_id IS NULL"
        " ) AS seen JOIN execution AS e ON e.id = seen.execution_id"
        " JOIN entity ON entity.id = seen.entity_id"
        " LEFT JOIN notebook ON notebook.id = e.notebook_id"
        f" WHERE entity.kind IN (SELECT value FROM json_each(?2)) AND {NOT_REPRODUCED}"
        # What was read comes before what the same cell made of it.
        " ORDER BY e.started_at DESC, e.id DESC, seen.change = 'read' LIMIT ?3",
        (name, json.dumps(NAMED_KINDS), limit),
    ).fetchall()
    return [Sighting(*row) for row in reversed(rows)]


def root_data(connection: Connection) -> list[RootData]:
    """Return the names of the data of results, the latest first."""
    found: dict[str, RootData] = {}
    for name, entity, results, last_seen in connection.execute(
        "SELECT d.name, d.entity_id, count(*), max(r.at) FROM result_data AS d"
        " JOIN result AS r ON r.id = d.result_id JOIN execution AS e ON e.id = r.execution_id"
        f" WHERE {NOT_REPRODUCED} GROUP BY d.name, d.entity_id ORDER BY max(r.at) DESC"
    ):
        before = found.get(name)
        if before is None:
            found[name] = RootData(name, 1, results, entity, last_seen)
        else:
            found[name] = RootData(
                name,
                before.contents + 1,
                before.results + results,
                before.entity,
                before.last_seen,
            )
    return list(found.values())


def results_with(connection: Connection, entities: Iterable[int]) -> dict[int, int]:
    """Return how many results each content is data of, by row id."""
    return dict(
        connection.execute(
            "SELECT d.entity_id, count(DISTINCT d.result_id) FROM json_each(?) AS wanted"
            " JOIN result_data AS d ON d.entity_id = wanted.value"
            " JOIN result AS r ON r.id = d.result_id JOIN execution AS e ON e.id = r.execution_id"
            f" WHERE {NOT_REPRODUCED} GROUP BY d.entity_id",
            (json.dumps(sorted(set(entities))),),
        ).fetchall()
    )


def entities_with(connection: Connection, digest: str, *, limit: int = 9) -> list[int]:
    """Return the row ids of data whose digest starts so (``ct1:`` and digits, or digits)."""
    digits = digest.removeprefix("ct1:").lower()
    if not digits or len(digits) > _DIGEST_DIGITS or not set(digits) <= set("0123456789abcdef"):
        return []
    rows = connection.execute(
        # `entity_identity` is an index on this expression, so the range is looked up in it.
        "SELECT id FROM entity WHERE coalesce(digest, lineage_digest) BETWEEN ? AND ?"
        " AND digest IS NOT NULL AND kind IN (SELECT value FROM json_each(?)) LIMIT ?",
        (
            bytes.fromhex(digits.ljust(_DIGEST_DIGITS, "0")),
            bytes.fromhex(digits.ljust(_DIGEST_DIGITS, "f")),
            json.dumps(NAMED_KINDS),
            limit,
        ),
    )
    return [row_id for (row_id,) in rows]


def makers_of(connection: Connection, entities: Iterable[int]) -> list[tuple[int, str, int]]:
    """Return (execution, name, entity) of what made or first read contents, newest first."""
    return connection.execute(
        "SELECT seen.execution_id, seen.name, seen.entity_id FROM ("
        "  SELECT g.execution_id, g.name, g.entity_id, 0 AS is_read FROM json_each(?1) AS wanted"
        "  JOIN generated AS g ON g.entity_id = wanted.value"
        "  UNION ALL SELECT u.execution_id, u.name, u.entity_id, 1 FROM json_each(?1) AS wanted"
        "  JOIN used AS u ON u.entity_id = wanted.value AND u.source_id IS NULL"
        " ) AS seen JOIN execution AS e ON e.id = seen.execution_id"
        " ORDER BY seen.is_read, e.started_at DESC, e.id DESC LIMIT 100",
        (json.dumps(sorted(set(entities))),),
    ).fetchall()


def is_sighted(connection: Connection, name: str) -> bool:
    """Whether a variable or file of this name stood for data (see `sightings`)."""
    row = connection.execute(
        "SELECT 1 FROM ("
        "  SELECT entity_id FROM generated WHERE name = ?1"
        "  UNION ALL SELECT entity_id FROM used WHERE name = ?1 AND source_id IS NULL"
        " ) AS seen JOIN entity ON entity.id = seen.entity_id"
        " WHERE entity.kind IN (SELECT value FROM json_each(?2)) LIMIT 1",
        (name, json.dumps(NAMED_KINDS)),
    ).fetchone()
    return row is not None


def data_names(connection: Connection) -> list[str]:
    """Return the names that stand for data: of results, then by the newest content of each."""
    names = dict.fromkeys(
        name for (name,) in connection.execute("SELECT DISTINCT name FROM result_data")
    )
    for table, condition in (("generated", "1"), ("used", "source_id IS NULL")):
        rows = connection.execute(
            # From one name to the next by the index: there are few names and many edges.
            "WITH RECURSIVE known(name) AS ("
            f" SELECT min(name) FROM {table} WHERE {condition}"
            f" UNION ALL SELECT (SELECT min(name) FROM {table} AS t"
            f"  WHERE t.name > known.name AND {condition}) FROM known"
            "  WHERE known.name IS NOT NULL LIMIT ?2)"
            " SELECT name FROM known WHERE name IS NOT NULL AND (SELECT entity.kind"
            f"  FROM {table} AS t JOIN entity ON entity.id = t.entity_id"
            f"  WHERE t.name = known.name AND {condition} ORDER BY t.execution_id DESC LIMIT 1"
            " ) IN (SELECT value FROM json_each(?1))",
            (json.dumps(NAMED_KINDS), _KNOWN_NAMES),
        )
        names.update(dict.fromkeys(name for (name,) in rows))
    return list(names)


def _dtype(summary: str | None) -> str | None:
    if not summary or '"dtype"' not in summary:
        return None
    found = json.loads(summary).get("dtype")
    return found if isinstance(found, str) else None


def _profile(summary: str | None) -> tuple[dict[str, Any], ...]:
    if not summary or '"profile"' not in summary:
        return ()
    found = decode_value(json.loads(summary)).get("profile")
    columns = found.get("columns") if isinstance(found, dict) else None
    return tuple(columns) if isinstance(columns, list) else ()
