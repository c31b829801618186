"""What recording costs: beside MLflow (P6), file digests (P10), a growing store (P20, P11's size).

Run ``python benchmarks/run.py store``. What is compared takes turns within one run, so
a busy machine slows both alike. MLflow runs in a child process on a SQLite store of its
own, from this environment or, where it is missing, from one made under the temporary
folder; its telemetry is off.
"""

from __future__ import annotations

import hashlib
import importlib.util
import mmap
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import bigstore

from celltrail.core.identifiers import new_id
from celltrail.core.records import (
    EntityRecord,
    ExecutionRecord,
    GeneratedRecord,
    MetricRecord,
    NotebookRecord,
    ParamRecord,
    SessionRecord,
    StartRecord,
    UsedRecord,
)
from celltrail.store.files import FileDigests
from celltrail.store.recording import TrailWriter

Row = tuple[str, str, str, str]
ROUNDS = 7
MLFLOW_RUNS = 20  # in one round
CELLS = 100  # in one round
FILE_BYTES = 1 << 30
SIZES = (100, 10_000, 1_000_000)
SETTLED_NS = 10_000_000_000  # ten seconds on: time stamps are old enough to be trusted
PEER = ("mlflow-skinny", "sqlalchemy", "alembic")
QUIET = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}

_MLFLOW = """
import logging, sys, time, warnings
warnings.simplefilter("ignore"); logging.disable(logging.CRITICAL)
import mlflow
mlflow.set_tracking_uri("sqlite:///" + sys.argv[1]); mlflow.set_experiment("bench")
params = {f"p{n}": n * 1.5 for n in range(10)}; metrics = {f"m{n}": n / 7 for n in range(5)}
print(mlflow.__version__, flush=True)
for line in sys.stdin:
    runs = int(line)
    began = time.perf_counter()
    for _ in range(runs):
        with mlflow.start_run():
            mlflow.log_params(params)
            mlflow.log_metrics(metrics)
    print((time.perf_counter() - began) / runs, flush=True)
"""


class Session:
    """A writer on a store, and the cells it has run."""

    def __init__(self, store: Path) -> None:
        at = time.time_ns() // 1000
        notebook = NotebookRecord(identifier(), "bench.ipynb")
        self.record = SessionRecord(identifier(), "kernel", os.getpid(), at, notebook)
        self.writer = TrailWriter(store, self.record)
        self.last: str | None = None

    def cell(self, **parts: object) -> None:
        """Begin and finish one cell."""
        one, at = identifier(), time.time_ns() // 1000
        start = StartRecord(one, self.record.id, at, "model.fit(X, y)", "cell")
        self.writer.begin(start)
        done = ExecutionRecord(
            one, self.record.id, "ok", at, at + 9, start.code, "cell", **parts  # type: ignore[arg-type]
        )  # fmt: skip
        self.writer.finish(done)
        self.last = one

    def trivial(self) -> None:
        """Run `x = 1`."""
        self.cell()

    def logged(self) -> None:
        """Run a cell of ten params and five metrics."""
        self.cell(
            params=tuple(ParamRecord(f"p{n}", n * 1.5, "float", "literal") for n in range(10)),
            metrics=tuple(MetricRecord(f"m{n}", n / 7, "call") for n in range(5)),
        )

    def usual(self) -> None:
        """Run a cell that reads what the last one made and makes something new."""
        made = EntityRecord("frame", "pandas.DataFrame", f"ct1:{identifier()}", "full", 8000)
        used = EntityRecord("frame", "pandas.DataFrame", f"ct1:{self.last or identifier()}", "full")
        self.cell(
            entities=(made, used),
            used=(UsedRecord("raw", 1, self.last, "static"),),
            generated=(GeneratedRecord("frame", 0, "created", "boundary"),),
        )

    def close(self) -> None:
        """End the session; fail if anything was not written."""
        if self.writer.state != "ok" or self.writer.problems:
            raise RuntimeError(f"{self.writer.state}: {self.writer.reason} {self.writer.problems}")
        self.writer.close()


def identifier() -> str:
    """Return a new identifier."""
    return new_id(time.time_ns() // 1000, os.urandom(10))


def seconds(call: Callable[[], object], times: int) -> float:
    """Return the median seconds of one call."""
    found = []
    for _ in range(times):
        began = time.perf_counter()
        call()
        found.append(time.perf_counter() - began)
    return statistics.median(found)


def against_mlflow(folder: Path) -> list[Row]:
    """P6, and what a trivial cell costs beside two plain inserts."""
    session = Session(folder / "ours" / ".celltrail")
    plain = plain_inserts(folder / "plain.db")
    ours, raw, trivial, usual, theirs = [], [], [], [], []
    with mlflow_child(folder / "mlflow.db") as (version, measure):
        for _ in range(ROUNDS):
            ours.append(seconds(session.logged, CELLS))
            theirs.append(measure(MLFLOW_RUNS))
            raw.append(seconds(plain, CELLS))
            trivial.append(seconds(session.trivial, CELLS))
            usual.append(seconds(session.usual, CELLS))
    session.close()
    mine, peer = statistics.median(ours), statistics.median(theirs)
    limit, cell, full = (statistics.median(found) for found in (raw, trivial, usual))
    return [
        (
            "P6",
            f"10 params + 5 metrics and their result; mlflow {version}, SQLite {peer * 1e3:.1f} ms",
            f"{peer / mine:.0f}x cheaper ({mine * 1e3:.2f} ms)",
            ">= 25x",
        ),
        (
            "P1",
            f"begin + finish of a trivial cell; two plain one-row commits {limit * 1e6:.0f} us",
            f"{cell * 1e6:.0f} us ({cell / limit:.1f}x)",
            "<= 150 us",
        ),
        ("P1", "begin + finish with one new entity, one used", f"{full * 1e6:.0f} us", "-"),
    ]


def plain_inserts(file: Path) -> Callable[[], None]:
    """Return two one-row commits, the least that a cell can cost."""
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("CREATE TABLE cell (id INTEGER PRIMARY KEY, uuid BLOB)")

    def two() -> None:
        for _ in range(2):
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT INTO cell (uuid) VALUES (?)", (b"0123456789abcdef",))
            connection.execute("COMMIT")

    return two


@contextmanager
def mlflow_child(file: Path) -> Iterator[tuple[str, Callable[[int], float]]]:
    """Yield MLflow's version and a function that gives seconds per run of a round."""
    command = [peer_python(), "-c", _MLFLOW, str(file)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, env=os.environ | QUIET, cwd=file.parent, **pipes) as child:  # type: ignore[call-overload]

        def measure(runs: int) -> float:
            child.stdin.write(f"{runs}\n")
            child.stdin.flush()
            return float(child.stdout.readline())

        version = child.stdout.readline().strip()
        measure(3)  # warm
        yield version, measure
        child.stdin.close()


def peer_python() -> str:
    """Return an interpreter that has MLflow, installing it apart if this one has not."""
    if importlib.util.find_spec("mlflow"):
        return sys.executable
    place = Path(tempfile.gettempdir()) / "celltrail-bench-venv"
    python = place / "bin" / "python"
    probe = [str(python), "-c", "import mlflow, alembic"]
    if not python.exists() or subprocess.run(probe, env=os.environ | QUIET, check=False).returncode:
        venv.create(place, with_pip=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", *PEER], check=True)
    return str(python)


def file_digests(folder: Path) -> list[Row]:
    """P10: a 1 GB file in the page cache, against reading it and against md5."""
    file = folder / "big.bin"
    block = os.urandom(1 << 20)
    with file.open("wb") as stream:
        for n in range(FILE_BYTES >> 20):
            stream.write(n.to_bytes(8, "little") + block[8:])
    buffer = memoryview(mmap.mmap(-1, 1 << 18))

    def read() -> None:
        descriptor = os.open(file, os.O_RDONLY)
        while os.readv(descriptor, [buffer]):
            pass
        os.close(descriptor)

    def md5() -> None:
        with file.open("rb") as stream:
            hashlib.file_digest(stream, "md5")

    now = time.time_ns() + SETTLED_NS
    digests = FileDigests()
    digests.hash_file(file, now_ns=now)
    reading, hashing, known = [], [], []
    for _ in range(ROUNDS):
        reading.append(seconds(read, 1))
        hashing.append(seconds(lambda: FileDigests().hash_file(file, now_ns=now), 1))
        known.append(seconds(lambda: digests.hash_file(file, now_ns=now), 1000))
    slow = seconds(md5, 1)
    file.unlink()
    share = statistics.median(r / h for r, h in zip(reading, hashing, strict=True))
    speed = FILE_BYTES / statistics.median(hashing) / 1e9
    best = FILE_BYTES / statistics.median(reading) / 1e9
    return [
        (
            "P10",
            f"1 GB file, page cache warm; read alone {best:.1f} GB/s, md5 {slow:.2f} s",
            f"{share:.2f} of read speed ({speed:.1f} GB/s)",
            ">= 0.7",
        ),
        (
            "P10",
            "the same file unchanged",
            f"{statistics.median(known) * 1e6:.1f} us",
            "< 100 us",
        ),
    ]


def growing(folder: Path) -> list[Row]:
    """P20: cost of a cell in stores of 10^2, 10^4 and 10^6 executions; P11: bytes per edge."""
    sessions, sizes = {}, []
    for executions in SIZES:
        store = folder / str(executions) / ".celltrail"
        file = bigstore.build(store, executions, results=executions // 100)
        sizes.append(file.stat().st_size / bigstore.edges(file))
        sessions[executions] = Session(store)
        seconds(sessions[executions].usual, CELLS)  # warm
    costs: dict[int, list[float]] = {executions: [] for executions in SIZES}
    for _ in range(3 * ROUNDS):
        for executions, session in sessions.items():
            costs[executions].append(seconds(session.usual, CELLS))
    for session in sessions.values():
        session.close()
    first = costs[SIZES[0]]
    least = statistics.median(first)
    rows = []
    for executions in SIZES[1:]:
        pairs = zip(costs[executions], first, strict=True)
        what = f"cell in a store of {executions:,} executions; {least * 1e6:.0f} us in one of 100"
        growth = statistics.median(cost / small for cost, small in pairs)
        rows.append(("P20", what, f"x{growth:.2f}", "<= x1.1"))
    return [
        *rows,
        ("P11", "file bytes per edge, 10^6 executions", f"{sizes[-1]:.0f} bytes", "<= 250 bytes"),
    ]


def run() -> list[Row]:
    """Measure everything here and return its rows."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        return [*against_mlflow(place), *file_digests(place), *growing(place)]


if __name__ == "__main__":
    for row in run():
        print(" | ".join(row))
