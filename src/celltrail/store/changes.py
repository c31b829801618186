"""What was written, as one number that only grows: whoever saw it asks for what came after."""

from __future__ import annotations

from dataclasses import dataclass

from celltrail.store.database import Connection
from celltrail.store.staleness_rows import session_facts

# Kinds are gathered from so many of the newest writes: all of a busy second.
_WRITES = 1_000


@dataclass(frozen=True, slots=True)
class SessionCounts:
    """The newest session of a notebook.

    Attributes
    ----------
    id : str
    executions : int
        Begun, the running one among them.
    running : int
    has_ended : bool
    """

    id: str
    executions: int
    running: int
    has_ended: bool


def newest_change(connection: Connection) -> int:
    """Return the number of the newest write; 0 before the first."""
    (newest,) = connection.execute("SELECT coalesce(max(seq), 0) FROM changes").fetchone()
    return int(newest)


def birth_of(connection: Connection) -> str:
    """Return when the database was made: what tells it from another one in the same place."""
    (made,) = connection.execute("SELECT min(applied_at) FROM _sqlite_migrations").fetchone()
    return str(made)


def kinds_since(connection: Connection, sequence: int) -> tuple[str, ...]:
    """Return what sort of rows was written after a number, of the last thousand writes."""
    rows = connection.execute(
        "SELECT DISTINCT kind FROM"
        " (SELECT kind FROM changes WHERE seq > ? ORDER BY seq DESC LIMIT ?) ORDER BY kind",
        (sequence, _WRITES),
    )
    return tuple(kind for (kind,) in rows)


def newest_session(connection: Connection, notebook: str) -> SessionCounts | None:
    """Return the session in which a notebook, given by its path, ran last; None: it never did."""
    found = session_facts(connection, notebook, None)
    if found is None or found.row is None or found.id is None:
        return None
    executions, running = connection.execute(
        "SELECT (SELECT count(*) FROM execution WHERE session_id = ?1), (SELECT count(*)"
        " FROM execution WHERE session_id = ?1 AND status = 'running')",
        (found.row,),
    ).fetchone()
    return SessionCounts(found.id, executions, running, found.ended_at is not None)
