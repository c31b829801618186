"""A big store, built in seconds by SQL over a counter (targets P11, P19, P20).

Not a bench by itself. By default a million executions in 5,000 sessions of 200
notebooks: each generates one entity and uses two, and every hundredth is a result of
20 params and 20 metrics. Contents are a function of the row number alone.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import xxhash

from celltrail.store.database import create_tables
from celltrail.store.location import create_store, database_file

SESSION_CELLS = 200
NOTEBOOKS = 200
NOTEBOOK_CELLS = 50
EDGES_PER_EXECUTION = 3
START_US = 1_700_000_000_000_000
STEP_US = 1_000_000


def build(
    store: Path,
    executions: int = 1_000_000,
    *,
    results: int = 10_000,
    params: int = 20,
    metrics: int = 20,
    session_cells: int = SESSION_CELLS,
    notebook_cells: int = NOTEBOOK_CELLS,
    chain: int | None = None,
) -> Path:
    """Make a store with so many executions and results; return its database file.

    A session holds `session_cells` executions of `notebook_cells` cells; every `chain` of them
    (default: all of a session) begin again with nothing upstream.
    """
    create_store(store)
    file = database_file(store)
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        create_tables(connection)
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA cache_size = -400000")
        connection.create_function("digest", 2, _digest, deterministic=True)
        connection.create_function("uuid", 2, _uuid, deterministic=True)
        connection.execute("BEGIN")
        values = {
            "n": executions,
            "every": max(1, executions // max(1, results)),
            "start": START_US,
        }
        values |= {"step": STEP_US, "size": session_cells, "books": NOTEBOOKS}
        values |= {"cells": notebook_cells, "params": params, "metrics": metrics}
        values |= {"chain": chain or session_cells}
        for statement in _statements():
            connection.execute(_COUNTERS + statement, values)
        connection.execute("COMMIT")
        connection.execute("ANALYZE")
        connection.execute("PRAGMA journal_mode = WAL")
    return file


def _digest(kind: str, n: int) -> bytes:
    return xxhash.xxh3_128_digest(f"{kind}{n}".encode())


def _uuid(kind: str, n: int) -> bytes:
    milliseconds = (START_US + n * STEP_US) // 1000
    return milliseconds.to_bytes(6, "big") + b"\x70" + _digest(kind, n)[:9]


# `c` counts executions from 1; `r` counts the executions that are results.
_COUNTERS = """
WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < :n),
 k(j) AS (SELECT 0 UNION ALL SELECT j + 1 FROM k WHERE j < 63),
 r(i) AS (SELECT :every UNION ALL SELECT i + :every FROM r WHERE i + :every <= :n)
"""


def _statements() -> Iterator[str]:
    """Yield one INSERT per table; the executions of a session stand together."""
    session = "((i - 1) / :size + 1)"
    notebook = f"(({session} - 1) % :books + 1)"
    yield (
        "INSERT INTO notebook SELECT i, uuid('n', i), 'work/book' || i || '.ipynb', :start"
        " FROM c WHERE i <= min(:books, (:n - 1) / :size + 1)"
    )
    yield (
        "INSERT INTO session SELECT i, uuid('s', i), 'kernel', i, 'kernel' || i, 'jupyter',"
        " (i - 1) % :books + 1, :start + i * :size * :step, NULL"
        " FROM c WHERE i <= (:n - 1) / :size + 1"
    )
    yield (
        "INSERT INTO cell SELECT i, (i - 1) / :cells + 1, printf('%08x', i)"
        " FROM c WHERE i <= :cells * min(:books, (:n - 1) / :size + 1)"
    )
    yield (
        "INSERT INTO code SELECT i, digest('c', i), 'frame = clean(raw, limit=' || i || ')"
        "\nmodel.fit(frame[features], frame[target])\n', NULL FROM c WHERE i <= (:n + 9) / 10"
    )
    yield (
        "INSERT INTO environment SELECT 1, 'e', '3.11', 'linux', '{}', NULL, '{}'"
        " FROM c WHERE i = 1"
    )
    yield (
        "INSERT INTO execution SELECT i, uuid('x', i),"
        f" {session}, {notebook}, ({notebook} - 1) * :cells + i % :cells + 1,"
        " (i - 1) / 10 + 1, 1, i % :size, 'ok', :start + i * :step, :start + i * :step + 900000,"
        " NULL, NULL, NULL FROM c"
    )
    yield (
        "INSERT INTO entity SELECT i, 'frame', 'pandas.DataFrame', digest('d', i), 'full', NULL,"
        " 80000, NULL, NULL FROM c"
    )
    yield ("INSERT INTO generated SELECT i, 'frame' || (i % 20), i, 'created', 'boundary' FROM c")
    # Each cell reads what the cell before made, and the one seven before, in its session.
    yield (
        "INSERT INTO used SELECT i, 'frame' || ((i - 1 - j * 6) % 20), i - 1 - j * 6,"
        " i - 1 - j * 6, 'static', NULL FROM c, k WHERE j < 2 AND i % :chain > 7"
    )
    yield (
        "INSERT INTO param SELECT NULL, i, NULL, NULL, 'param' || j, 'int', i % (j + 2),"
        " i % (j + 2), 'literal', NULL FROM r, k WHERE j < :params"
    )
    yield (
        "INSERT INTO metric SELECT NULL, i, NULL, 'metric' || j, 'finite', (i * (j + 7) % 9973) /"
        " 9973.0, 'call', 'sklearn.metrics.f1_score', NULL, 0 FROM r, k WHERE j < :metrics"
    )
    yield ("INSERT INTO result SELECT i / :every, i, -1, NULL, :start + i * :step + 900000 FROM r")
    yield ("INSERT INTO result_execution SELECT i / :every, i - j FROM r, k WHERE j < 8 AND i > j")
    yield (
        "INSERT INTO result_param SELECT i / :every, 'param' || j, 'int', i % (j + 2), i % (j + 2)"
        " FROM r, k WHERE j < :params"
    )
    yield (
        "INSERT INTO result_metric SELECT i / :every, 'metric' || j, 'finite',"
        " (i * (j + 7) % 9973) / 9973.0 FROM r, k WHERE j < :metrics"
    )
    yield "INSERT INTO result_data SELECT i / :every, 'frame', i FROM r"
    yield "INSERT INTO changes SELECT i, 'execution', i FROM c"


def edges(file: Path) -> int:
    """Return the number of rows that are edges (used and generated)."""
    with contextlib.closing(sqlite3.connect(file)) as connection:
        (found,) = connection.execute(
            "SELECT (SELECT count(*) FROM used) + (SELECT count(*) FROM generated)"
        ).fetchone()
    return int(found)
