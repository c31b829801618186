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

    def run(*command: str, **options: str) -> None:
        program = [str(PROGRAMS / command[0]), *command[1:]]
        subprocess.run(program, cwd=folder, env=environment | options, check=True)

    def output_of(*command: str, **options: str) -> str:
        program = [str(PROGRAMS / command[0]), *command[1:]]
        done = subprocess.run(
            program,
            cwd=folder,
            env=environment | options,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            sys.exit(done.stderr)
        return done.stdout

    print(f"1. Running {copy.name} as it is; it holds not one line about celltrail.", flush=True)
    # `jupyter execute` does not tell the kernel which notebook it runs; JupyterLab does.
    output_of("jupyter", "execute", "--inplace", copy.name, CELLTRAIL_NOTEBOOK=str(copy))

    print("\n2. celltrail results\n", flush=True)
    run("celltrail", "results")

    results = json.loads(output_of("celltrail", "results", "--json"))
    best = max(results, key=lambda result: result["metrics"].get("auc", 0.0))
    name = short(best["id"])
    print(f"\n3. The best auc: celltrail lineage {name}\n", flush=True)
    run("celltrail", "lineage", name)

    print("\n4. Where to look next\n")
    print(f"  . .venv/bin/activate && cd {folder}")
    print(f"  celltrail show {name:20} # its params, data, code and environment")
    print("  celltrail results --sort -auc     # sorted; --filter and --json as in README.md")
    print("  celltrail status                  # what was recorded, and what was not")
    print("  make lab                          # (in the checkout) your own notebook, recorded")


def short(identifier: str) -> str:
    """Return a result's identifier as `celltrail results` shows it."""
    execution, dot, step = identifier.partition(".")
    return execution[-8:] + dot + step


if __name__ == "__main__":
    main(Path(sys.argv[1]))
