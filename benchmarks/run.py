"""Run the benches and print each figure beside its target.

`python benchmarks/run.py [NAME ...]` runs all benches, or those named (`digest` for `digest.py`).
A bench is a module in this folder with `run()`, which returns rows of four texts:
target id, what was measured, figure, target. Each runs in a process of its own, so that one that
fails, or loads half the world, changes nothing for the next.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
HEADINGS = ("id", "what", "figure", "target")


def bench_names() -> list[str]:
    """Return the modules of this folder that define `run`, in order of name."""
    found = sorted(HERE.glob("*.py"))
    return [f.stem for f in found if f != Path(__file__) and "\ndef run(" in f.read_text("utf-8")]


def run_apart(name: str) -> list[list[str]]:
    """Run one bench in a process of its own and return its rows.

    Raises
    ------
    subprocess.CalledProcessError
        If the bench failed; it has printed why.
    """
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "rows.json"
        command = [sys.executable, str(HERE / "run.py"), "--into", str(answer), name]
        # Benches start kernels; what they record by themselves is no part of anyone's trail.
        environment = {k: v for k, v in os.environ.items() if not k.startswith("CELLTRAIL")}
        subprocess.run(command, check=True, env=environment, stdout=sys.stderr)
        return json.loads(answer.read_text("utf-8"))


def run_here(name: str, into: Path) -> None:
    """Run one bench in this process and write its rows as JSON."""
    sys.path.insert(0, str(HERE))
    rows = importlib.import_module(name).run()
    into.write_text(json.dumps([[str(part) for part in row] for row in rows]), "utf-8")


def print_table(rows: list[list[str]]) -> None:
    """Print rows under their headings, columns aligned."""
    rows = [list(HEADINGS), *rows]
    widths = [max(len(row[at]) for row in rows) for at in range(3)]
    for row in rows:
        cells = (text.ljust(width) for text, width in zip(row, widths, strict=False))
        print(" | ".join([*cells, row[3]]))


def main() -> int:
    """Run what was asked for; return 1 if a bench failed."""
    parser = argparse.ArgumentParser(description="run the benches and print their figures")
    parser.add_argument("name", nargs="*", help="which benches (default: all)")
    parser.add_argument("--into", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    known = bench_names()
    if unknown := sorted(set(options.name) - set(known)):
        parser.error(f"no bench called {', '.join(unknown)}; there are {', '.join(known)}")
    if options.into:
        run_here(options.name[0], options.into)
        return 0
    rows, failed = [], []
    for name in options.name or known:
        start = time.perf_counter()
        try:
            rows += run_apart(name)
        except subprocess.CalledProcessError as fault:
            failed.append(f"{name} failed with exit code {fault.returncode}, see above")
        print(f"{name}: {time.perf_counter() - start:.0f} s", file=sys.stderr)
    print_table(sorted(rows, key=lambda row: (len(row[0]), row[0])))
    for sentence in failed:
        print(sentence, file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
