"""What `make demo` runs: record a plain notebook, then read its trail.

`python notebooks/demo.py FOLDER` copies the notebook into FOLDER (emptied first), so that the
checkout stays clean and the demo's trail is its own.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

NOTEBOOK = Path(__file__).with_name("01_plain_data_science.ipynb")
PROGRAMS = Path(sys.executable).parent


def main(folder: Path) -> None:
    """Execute the notebook, then print results, the lineage of the best one, and what is next."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    copy = Path(shutil.copy(NOTEBOOK, folder)).resolve()
    environment = {k: v for k, v in os.environ.items() if not k.startswith("CELLTRAIL")}
    environment["PATH"] = os.pathsep.join([str(PROGRAMS), environment.get("PATH", "")])
    environment["CELLTRAIL_STORE"] = str(copy.parent / ".celltrail")

    def run(*command: str, **options: str) -> str:
        program = str(PROGRAMS / command[0])
        done = subprocess.run(
            [program, *command[1:]],
            cwd=folder,
            env=environment | options,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        return done.stdout

    print(f"1. Running {copy.name} as it is; it holds not one line about celltrail.", flush=True)
    # `jupyter execute` does not tell the kernel which notebook it runs; JupyterLab does.
    run(
        "jupyter", "execute", "--inplace", "--log-level=ERROR", copy.name,
        CELLTRAIL_NOTEBOOK=str(copy),
    )  # fmt: skip

    print("\n2. celltrail results\n", flush=True)
    print(run("celltrail", "results"))

    results = json.loads(run("celltrail", "results", "--json"))
    best = max(results, key=lambda result: result["metrics"].get("auc", 0.0))
    print(f"3. celltrail lineage {best['id']}\n", flush=True)
    print(run("celltrail", "lineage", best["id"]))

    print("4. Where to look next\n")
    print(f"  . .venv/bin/activate && cd {folder}")
    print(f"  celltrail show {best['id']}                # params, data, code and environment")
    print("  celltrail results --json                 # the same for programs")
    print("  celltrail status                         # what was recorded, what was not")
    print("  make lab                                 # your own notebook, recorded as you work")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
