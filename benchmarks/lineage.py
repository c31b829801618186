"""Readings of lineage: why, stale, recipe and closure (P19).

On a session of 10,000 executions, which is a notebook of 200 cells run fifty times over, and on
the store with 10⁶ executions. CELLTRAIL_BENCH_EXECUTIONS makes the latter smaller for a quick look.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

import bigstore
from readings import _interleaved

from celltrail.lineage.changes.why import why
from celltrail.lineage.closure import closure
from celltrail.lineage.freshness.present_source import PresentCell
from celltrail.lineage.freshness.staleness import staleness
from celltrail.lineage.recipes.recipe import recipe_of_result
from celltrail.store.database import Connection, connect
from celltrail.store.upstream import upstream

EXECUTIONS = int(os.environ.get("CELLTRAIL_BENCH_EXECUTIONS", "1000000"))
SESSION = 10_000
CELLS = 200
TARGET = "<= 50 ms"

Row = tuple[str, str, str, str]


def run() -> list[Row]:
    """Rows of target id, what was measured, figure, target."""
    with tempfile.TemporaryDirectory() as folder:
        session = Path(folder) / "session" / ".celltrail"
        session.parent.mkdir()
        bigstore.build(
            session, SESSION, results=100, session_cells=SESSION, notebook_cells=CELLS, chain=CELLS
        )
        big = Path(folder) / "big" / ".celltrail"
        big.parent.mkdir()
        bigstore.build(big, EXECUTIONS)
        return [
            *_readings(session, f"session of {SESSION:,} executions", TARGET),
            *_readings(big, f"store of {EXECUTIONS:,} executions", ""),
        ]


def _readings(store: Path, where: str, target: str) -> list[Row]:
    with contextlib.closing(connect(store, role="reader")) as connection:
        # The newest result at the end of a chain and the one before it; the others stand at
        # the start of one, with nothing upstream.
        ends = [result for result in _newest(connection) if _depth(connection, result) > 1]
        b, a = ends[:2]
        depth = _depth(connection, b)
        notebook, cells = _notebook(connection)
        timed = _interleaved(
            {
                "one row by key": lambda: connection.execute(
                    "SELECT * FROM execution WHERE id = 1"
                ).fetchone(),
                "why": lambda: why(connection, a, b, store=store),
                "stale": lambda: staleness(connection, notebook=notebook, cells=cells),
                "recipe": lambda: recipe_of_result(connection, b, store=store),
                "closure": lambda: closure(connection, b),
            }
        )
    unit = timed["one row by key"]

    def row(what: str, key: str) -> Row:
        figure = f"{timed[key] * 1e3:.1f} ms ({timed[key] / unit:,.0f} one-row reads)"
        return ("P19", f"{what}, {where}", figure, target)

    return [
        row(f"why between two results of {depth} executions each", "why"),
        row(f"stale, {len(cells)} cells", "stale"),
        row(f"recipe of {depth} executions", "recipe"),
        row(f"closure of {depth} executions in full", "closure"),
    ]


def _newest(connection: Connection) -> list[int]:
    rows = connection.execute("SELECT id FROM result ORDER BY id DESC LIMIT 10")
    return [row for (row,) in rows]


def _depth(connection: Connection, result: int) -> int:
    (execution,) = connection.execute(
        "SELECT execution_id FROM result WHERE id = ?", (result,)
    ).fetchone()
    return len(upstream(connection, [execution]).executions)


def _notebook(connection: Connection) -> tuple[str, list[PresentCell]]:
    """The notebook that ran last, its cells saved as they ran last."""
    row, path = connection.execute(
        "SELECT notebook.id, notebook.path FROM execution JOIN notebook"
        " ON notebook.id = execution.notebook_id ORDER BY execution.id DESC LIMIT 1"
    ).fetchone()
    cells = connection.execute(
        "SELECT cell.name, (SELECT source FROM execution JOIN code ON code.id = code_id"
        " WHERE cell_id = cell.id ORDER BY execution.id DESC LIMIT 1)"
        " FROM cell WHERE cell.notebook_id = ? ORDER BY cell.id",
        (row,),
    )
    return path, [PresentCell(name, source or "") for name, source in cells]
