"""Digest speed beside the machine's own limit (targets P7, P8, P9).

Run ``python benchmarks/digest.py``. Every figure is the median of interleaved
rounds in one process: the digest, what it is compared with, and plain reading
of as many bytes take turns, so a busy machine slows all of them alike.

MLflow's digest hashes ``hash_pandas_object`` of the first 10,000 rows and
needs a schema of the whole frame for ``from_pandas``. When mlflow is installed
its own functions are timed, else P9 is compared with ``hash_pandas_object`` of
10,000 rows, which is less than what MLflow does, and says so.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from celltrail.core.digest import digest_report, sample_digest

Row = tuple[str, str, str, str]
ROUNDS = 5
ROWS = 1_000_000
STRINGS = 2_000_000
DISTINCT = 50_000


def medians(calls: dict[str, Callable[[], object]], rounds: int = ROUNDS) -> dict[str, float]:
    """Seconds of each call, by name; the calls take turns."""
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            seconds[name].append(time.perf_counter() - start)
    return {name: statistics.median(found) for name, found in seconds.items()}


def numeric() -> list[Row]:
    """P7: share of read bandwidth for numeric frames and arrays."""
    rng = np.random.default_rng(0)
    columns = {f"c{at}": rng.normal(size=ROWS) for at in range(10)}
    floats = pd.DataFrame(columns)
    holes = floats.mask(rng.random(floats.shape) < 0.01)
    matrix = np.ascontiguousarray(floats.to_numpy())
    integers = rng.integers(0, 1 << 40, size=10 * ROWS)
    cases: list[tuple[str, Any, str]] = [
        ("int64 array", integers, ">= 0.8"),
        ("int64 column frame", pd.DataFrame({"a": integers}), ">= 0.8"),
        ("bool array", integers[: 8 * ROWS] % 2 == 0, ">= 0.8"),
        ("datetime64 column", pd.Series(integers.view("M8[us]")), ">= 0.8"),
        ("float64 array", matrix, ">= 0.5"),
        ("float64 columns", pd.concat([floats[name] for name in floats], axis=1), ">= 0.5"),
        ("float64, 1 % NaN", holes, ">= 0.5"),
        ("float32 array", matrix.astype(np.float32), ">= 0.5"),
        ("float64 row-major frame", pd.DataFrame(matrix), ">= 0.2"),
        ("float64 row-major 784 columns", pd.DataFrame(rng.normal(size=(12_000, 784))), ">= 0.2"),
        ("float64 Fortran array", np.asfortranarray(matrix), "none stated"),
    ]
    rows = []
    for name, data, target in cases:
        size = (
            int(data.memory_usage(index=False).sum())
            if isinstance(data, pd.DataFrame)
            else (int(data.nbytes))
        )
        plain = np.zeros(size // 8, dtype=np.uint64)
        plain += 1
        found = medians(
            {"digest": lambda d=data: digest_report(d), "read": lambda p=plain: p.sum()}, 7
        )
        share = found["read"] / found["digest"]
        figure = (
            f"{share:.2f} ({size / found['digest'] / 1e9:.1f} of "
            f"{size / found['read'] / 1e9:.1f} GB/s)"
        )
        rows.append(("P7", f"{name}, share of read bandwidth", figure, target))
    return rows


def text() -> list[Row]:
    """P8: strings against ``hash_pandas_object``."""
    rng = np.random.default_rng(0)
    unique = [f"customer-{number:09d}" for number in rng.permutation(STRINGS)]
    pool = np.array([f"category {number}" for number in range(DISTINCT)], dtype=object)
    repeated = pool[rng.integers(0, DISTINCT, size=STRINGS)]
    mixed = pd.DataFrame(
        {
            "id": pd.Series(unique, dtype=object),
            "x": rng.normal(size=STRINGS),
            "n": rng.integers(0, 9, size=STRINGS),
            "kind": pd.Categorical.from_codes(rng.integers(0, 3, size=STRINGS), ["a", "b", "c"]),
        }
    )
    holes = pd.Series(unique, dtype=object).mask(rng.random(STRINGS) < 0.05, None)
    cases: list[tuple[str, Any, str]] = [
        ("unique, Arrow", pd.Series(unique, dtype="str"), ">= 50"),
        ("unique, object", pd.Series(unique, dtype=object), ">= 8"),
        ("unique, object, 5 % None", holes, "none stated"),
        ("repeated, Arrow", pd.Series(repeated, dtype="str"), ">= 10"),
        ("repeated, object", pd.Series(repeated, dtype=object), ">= 0.5"),
        ("mixed frame", mixed, ">= 8"),
    ]
    rows = []
    for name, data, target in cases:
        found = medians(
            {
                "digest": lambda d=data: digest_report(d),
                "pandas": lambda d=data: pd.util.hash_pandas_object(d),
            }
        )
        figure = (
            f"{found['pandas'] / found['digest']:.1f} "
            f"({found['pandas'] * 1e3:.0f} : {found['digest'] * 1e3:.1f} ms)"
        )
        rows.append(("P8", f"2 M strings, {name}, times hash_pandas_object", figure, target))
    return rows


def against_mlflow() -> list[Row]:
    """P9: one frame of 10^6 x 10 against MLflow's dataset digest."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({f"c{at}": rng.normal(size=ROWS) for at in range(10)})
    head = frame.head(10_000)
    plain = np.ones(10 * ROWS, dtype=np.uint64)
    calls: dict[str, Callable[[], object]] = {
        "digest": lambda: digest_report(frame),
        "read": plain.sum,
        "pandas 10,000 rows": lambda: pd.util.hash_pandas_object(head),
    }
    try:
        from mlflow.data.digest_utils import compute_pandas_digest
    except ImportError:
        other, note = "pandas 10,000 rows", "mlflow absent: hash_pandas_object of 10,000 rows"
    else:
        calls["mlflow"] = lambda: compute_pandas_digest(frame)
        other, note = "mlflow", "mlflow compute_pandas_digest"
    found = medians(calls)
    figure = (
        f"{found[other] / found['digest']:.0f} ({found[other] * 1e3:.1f} : "
        f"{found['digest'] * 1e3:.2f} ms; read {found['read'] * 1e3:.2f} ms)"
    )
    return [("P9", f"10^6 x 10 floats, exact, times {note}", figure, ">= 200, and exact")]


def small() -> list[Row]:
    """Scalars and samples: what every cell pays."""
    frame = pd.DataFrame(np.zeros((ROWS, 20)))
    rows = []
    for name, call, target in (
        ("int", lambda: digest_report(7), "<= 3 µs"),
        ("float", lambda: digest_report(7.5), "<= 3 µs"),
        ("short str", lambda: digest_report("hello"), "<= 3 µs"),
        ("sample of a frame 10^6 x 20", lambda: sample_digest(frame), "<= 1,000 µs"),
    ):
        number = 50 if "frame" in name else 20_000
        seconds = medians({"call": lambda c=call, n=number: [c() for _ in range(n)]})["call"]
        rows.append(("-", f"digest of one {name}", f"{seconds / number * 1e6:.2f} µs", target))
    return rows


def run() -> list[Row]:
    """All figures: target id, what was measured, figure, target."""
    return [*numeric(), *text(), *against_mlflow(), *small()]


if __name__ == "__main__":
    table = run()
    width = max(len(row[1]) for row in table)
    middle = max(len(row[2]) for row in table)
    for number, what, figure, target in table:
        print(f"{number:3} {what:{width}}  {figure:{middle}}  {target}")
