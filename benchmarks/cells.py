"""What recording adds to a cell, in one process (P1), and inside hot loops (P4).

A shell that records and one that does not take turns in this process, on the same source.
IPython's own history thread is off in both: it competes for the interpreter and would hide
what is measured. The added time is the difference of the two medians; its 95th percentile is
that of the recording shell less the plain shell's median. Load averages stand beside
the figures, because other processes lengthen the tail.
"""

from __future__ import annotations

import os
import sqlite3
import statistics
import sys
import tempfile
import time
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from celltrail.capture import hooks
from celltrail.capture.passthrough import MAX_STEPS
from celltrail.capture.recognised import register_metric

Row = tuple[str, str, str, str]
CELLS = 300  # of each kind, in each shell
ROUNDS = 9
LOOP = 1_000_000
PAST = 100_000  # calls after the last recorded step

NAMES = """\
import pandas as pd
for n in range(200):
    globals()[f"name{n}"] = pd.Series([n]) if n % 10 == 0 else n
"""
FRAME = """\
import numpy as np
import pandas as pd
df = pd.DataFrame({"k": np.arange(1000) % 7, "v": np.arange(1000.0)})
"""
PANDAS = """\
small = df[df["v"] > 10]
means = small.groupby("k")["v"].mean()
top = means.sort_values().tail(3)
n = len(small)
print(n)
"""
DEFINED = "def double(v):\n    return 2 * v\n\ny = double(21)"
KINDS = {  # what runs once before, and the cell
    "x = 1": ("", "x = 1"),
    "print of a sum": ("", "print(sum(range(10)))"),
    "a function, defined and called": ("", DEFINED),
    "x = 1 beside 200 names": (NAMES, "x = 1"),
    "5 lines of pandas, 1,000 rows": (FRAME, PANDAS),
}


class Shells:
    """A plain shell and a recording one, in a folder of their own."""

    def __init__(self, folder: str) -> None:
        os.environ["IPYTHONDIR"] = str(Path(folder) / "ipython")
        os.environ["CELLTRAIL_STORE"] = str(Path(folder) / ".celltrail")
        os.chdir(folder)
        quiet = Config()
        quiet.HistoryManager.enabled = False
        self.plain = InteractiveShell(user_ns={}, config=quiet)
        self.recording = InteractiveShell(user_ns={}, config=quiet)
        hooks.load(self.recording)

    def close(self) -> None:
        """End the recording session, and say what capture could not do."""
        recorder = self.recording.celltrail_hooks.recorder
        if recorder.problems or recorder.writer.problems:
            print(recorder.problems, recorder.writer.problems, file=sys.stderr)
        hooks.unload(self.recording)

    def both(self, source: str) -> tuple[float, float]:
        """Seconds of one cell in the plain shell and in the recording one."""
        return timed(self.plain, source), timed(self.recording, source)


def timed(shell: InteractiveShell, source: str) -> float:
    """Seconds that one cell takes, recording included."""
    start = time.perf_counter()
    result = shell.run_cell(source, store_history=True)
    seconds = time.perf_counter() - start
    result.raise_error()
    return seconds


def trivial(shells: Shells, folder: str) -> list[Row]:
    """P1: cells that do next to nothing."""
    rows: list[Row] = []
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123
        for name, (before, source) in KINDS.items():
            own, sys.stdout = sys.stdout, nowhere
            try:
                if before:
                    shells.both(before)
                for _ in range(20):
                    shells.both(source)
                pairs = [shells.both(source) for _ in range(CELLS)]
            finally:
                sys.stdout = own
            plain = statistics.median(p for p, _ in pairs)
            recorded = [r for _, r in pairs]
            added = statistics.median(recorded) - plain
            tail = statistics.quantiles(recorded, n=20)[-1] - plain
            figure = (
                f"+{added * 1e3:.2f} ms median, +{tail * 1e3:.2f} ms p95 "
                f"(plain {plain * 1e3:.2f} ms, load {os.getloadavg()[0]:.1f})"
            )
            target = "<= +0.6 ms median, <= 5 ms p95" if name == "x = 1" else ""
            rows.append(("P1", f"added in process: {name}", figure, target))
    insert = wal_insert(Path(folder) / "plain.db") * 1e3
    rows.append(("P1", "the machine: one row into a WAL database", f"{insert:.3f} ms", ""))
    return rows


def wal_insert(file: Path) -> float:
    """Seconds of one committed insert, which recording does twice a cell."""
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT)")

    def insert() -> float:
        start = time.perf_counter()
        connection.execute("INSERT INTO t (text) VALUES ('x = 1')")
        return time.perf_counter() - start

    seconds = statistics.median(insert() for _ in range(CELLS))
    connection.close()
    return seconds


def loops(shells: Shells) -> list[Row]:
    """P4: loops and functions that recording must not slow down."""
    module = types.ModuleType("benchmetrics")
    exec("def cheap_score(truth, guess):\n    return truth * 0.5\n", vars(module))
    sys.modules["benchmetrics"] = module
    register_metric("cheap_score", "benchmetrics")
    shells.both("from benchmetrics import cheap_score\ndef halve(v):\n    return v / 2\n")
    bare = f"total = 0\nfor i in range({LOOP}):\n    total += i * i"
    hot = f"total = 0.0\nfor i in range({LOOP}):\n    total += halve(i)"
    work = (
        "def work(n):\n    t = 0.0\n    for i in range(n):\n        t += halve(i)\n    return t\n"
    )
    inside = f"{work}total = work({LOOP})"
    rows = [
        ratio(shells, "top-level loop of 10^6 without a recognised call", bare),
        ratio(shells, "top-level loop of 10^6 calls of a notebook function", hot),
        ratio(shells, "10^6 calls inside a notebook function", inside),
    ]
    return rows + metric_loop(shells)


def ratio(shells: Shells, what: str, source: str) -> Row:
    """How many times longer a cell takes when it is recorded."""
    pairs = [shells.both(source) for _ in range(ROUNDS)]
    plain, recorded = (statistics.median(side) for side in zip(*pairs, strict=True))
    times = statistics.median(r / p for p, r in pairs)
    figure = (
        f"x{times:.3f} (plain {plain * 1e3:.0f} ms, recorded {recorded * 1e3:.0f} ms, "
        f"load {os.getloadavg()[0]:.1f})"
    )
    return ("P4", what, figure, "x1.00")


def metric_loop(shells: Shells) -> list[Row]:
    """A loop whose every iteration calls a metric that itself costs next to nothing."""

    def source(count: int) -> str:
        return (
            "import time\nstart = time.perf_counter()\n"
            f"for i in range({count}):\n    s = cheap_score(i, i)\n"
            "inside = time.perf_counter() - start"
        )

    def round_of(count: int) -> tuple[float, float]:
        """Seconds added inside the loop, and to the whole cell."""
        plain, recorded = shells.both(source(count))
        spaces: list[dict[str, Any]] = [shells.plain.user_ns, shells.recording.user_ns]
        loops = [space["inside"] for space in spaces]
        return loops[1] - loops[0], recorded - plain

    def median_of(count: int) -> tuple[float, float]:
        found = [round_of(count) for _ in range(ROUNDS)]
        within, whole = (statistics.median(side) for side in zip(*found, strict=True))
        return within, whole

    steps, steps_whole = median_of(MAX_STEPS)
    all_calls, _ = median_of(MAX_STEPS + PAST)
    load = f"load {os.getloadavg()[0]:.1f}"
    return [
        (
            "P4",
            f"each of the first {MAX_STEPS:,} recorded steps of a top-level loop",
            f"+{steps / MAX_STEPS * 1e6:.2f} µs ({load})",
            "<= 5 µs",
        ),
        (
            "P4",
            "the same with what follows the cell: naming, redaction, rows in the store",
            f"+{steps_whole / MAX_STEPS * 1e6:.2f} µs ({load})",
            "",
        ),
        (
            "P4",
            f"each call after step {MAX_STEPS:,}",
            f"+{(all_calls - steps) / PAST * 1e6:.3f} µs ({load})",
            "<= 0.2 µs",
        ),
    ]


def apart(measure: Callable[[str], list[Row]]) -> list[Row]:
    """Run a measurement in a folder that is removed afterwards."""
    home = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        try:
            return measure(folder)
        finally:
            os.chdir(home)


def run() -> list[Row]:
    """All figures: target id, what was measured, figure, target."""

    def measure(folder: str) -> list[Row]:
        shells = Shells(folder)
        try:
            return [*trivial(shells, folder), *loops(shells)]
        finally:
            shells.close()

    return apart(measure)
