"""Readings of a store with 10⁶ executions (P11), import and CLI start (P12).

CELLTRAIL_BENCH_EXECUTIONS makes the store smaller for a quick look.
"""

from __future__ import annotations

import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import bigstore

from celltrail.lineage.closure import closure
from celltrail.store import trail
from celltrail.store.database import connect
from celltrail.store.upstream import upstream

EXECUTIONS = int(os.environ.get("CELLTRAIL_BENCH_EXECUTIONS", "1000000"))
ROUNDS = 15
STARTS = 9
FILTER = "metrics.metric3 > 0.9 AND params.param5 = 3"


def run() -> list[tuple[str, str, str, str]]:
    """Rows of target id, what was measured, figure, target."""
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / ".celltrail"
        bigstore.build(store, EXECUTIONS)
        return [*_readings(store), *_starts(store)]


def _readings(store: Path) -> list[tuple[str, str, str, str]]:
    with contextlib.closing(connect(store, role="reader")) as connection:
        # Every second result stands at the start of a session, with nothing upstream.
        newest = trail.find_result(connection, "-2")
        (execution,) = connection.execute(
            "SELECT execution_id FROM result WHERE id = ?", (newest,)
        ).fetchone()
        depth = len(upstream(connection, [execution]).executions)
        some = trail.list_results(connection, limit=50).rows[25].id

        def whole() -> None:
            cursor = None
            while True:
                page = trail.list_results(connection, limit=1000, cursor=cursor)
                cursor = page.cursor
                if cursor is None:
                    return

        timed = _interleaved(
            {
                "one row by key": lambda: connection.execute(
                    "SELECT * FROM execution WHERE id = 1"
                ).fetchone(),
                "newest": lambda: trail.list_results(connection, limit=50),
                "filter": lambda: trail.list_results(
                    connection, where=FILTER, order_by="metrics.metric7 DESC", limit=50
                ),
                "sort": lambda: trail.list_results(connection, order_by="param4", limit=50),
                "closure": lambda: upstream(connection, [execution]),
                "closure in full": lambda: closure(connection, newest),
                "suffix": lambda: trail.find_result(connection, some[-8:]),
            }
        )
        began = time.perf_counter()
        whole()
        everything = time.perf_counter() - began
    unit = timed["one row by key"]

    def row(what: str, key: str, target: str) -> tuple[str, str, str, str]:
        figure = f"{timed[key] * 1e3:.2f} ms ({timed[key] / unit:,.0f} one-row reads)"
        return ("P11", what, figure, target)

    return [
        row("newest 50 results, 20 params and 20 metrics each", "newest", "<= 5 ms"),
        row("filter on a metric and a param, sorted by another metric", "filter", "<= 5 ms"),
        row("sorted by a param", "sort", "<= 5 ms"),
        row(f"closure of {depth} executions, the walk", "closure", "<= 2 ms"),
        row(f"closure of {depth} executions, with code and environment", "closure in full", ""),
        row("a result by its last 8 digits", "suffix", ""),
        ("P11", f"all {EXECUTIONS // 100:,} results", f"{everything:.2f} s", "0.28 s was good SQL"),
    ]


def _starts(store: Path) -> list[tuple[str, str, str, str]]:
    environment = os.environ | {"CELLTRAIL_STORE": str(store)}

    def start(code: str) -> Callable[[], object]:
        return lambda: subprocess.run(
            [sys.executable, "-c", code], check=True, env=environment, stdout=subprocess.DEVNULL
        )

    status = "from celltrail.faces.cli import main; main(['status', '--json'])"
    timed = _interleaved(
        {"bare": start("pass"), "import": start("import celltrail"), "status": start(status)},
        rounds=STARTS,
    )
    bare = timed["bare"]
    return [
        (
            "P12",
            "import celltrail, beyond a bare Python",
            f"{(timed['import'] - bare) * 1e3:.0f} ms (bare {bare * 1e3:.0f} ms)",
            "< 150 ms",
        ),
        (
            "P12",
            f"celltrail status on {EXECUTIONS:,} executions, the whole process",
            f"{timed['status'] * 1e3:.0f} ms",
            "< 400 ms",
        ),
    ]


def _interleaved(
    actions: dict[str, Callable[[], object]], rounds: int = ROUNDS
) -> dict[str, float]:
    """Return the median seconds of each action, taken in turns."""
    for action in actions.values():
        action()
    seconds: dict[str, list[float]] = {name: [] for name in actions}
    for _ in range(rounds):
        for name, action in actions.items():
            began = time.perf_counter()
            action()
            seconds[name].append(time.perf_counter() - began)
    return {name: statistics.median(values) for name, values in seconds.items()}
