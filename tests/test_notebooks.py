"""The notebooks for readers run from a fresh clone, and the trail says what they promise."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[1] / "notebooks"
PROGRAMS = Path(sys.executable).parent
SECONDS = 60  # what a reader waits for one notebook, at most; a loaded machine gets twice that


class Executed:
    """One notebook, run in a folder and on a store of its own."""

    def __init__(self, name: str, folder: Path) -> None:
        copy = Path(shutil.copy(FOLDER / name, folder)).resolve()
        kept = {k: v for k, v in os.environ.items() if not k.startswith("CELLTRAIL")}
        self.environment = kept | {
            "CELLTRAIL_STORE": str(folder / ".celltrail"),
            "CELLTRAIL_NOTEBOOK": str(copy),
            "PATH": os.pathsep.join([str(PROGRAMS), os.environ.get("PATH", "")]),
        }
        self.folder = folder
        done = self._run("jupyter", "execute", "--inplace", copy.name)
        assert done.returncode == 0, done.stderr[-3000:]

    def ask(self, *words: str) -> Any:
        """Return what the command answers as JSON."""
        done = self._run("celltrail", *words, "--json")
        assert done.returncode in (0, 1), done.stderr
        return json.loads(done.stdout)

    def _run(self, program: str, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(PROGRAMS / program), *words],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=2 * SECONDS,
            check=False,
        )


@pytest.mark.timeout(4 * SECONDS)
def test_the_plain_notebook_gives_a_result_for_each_model(tmp_path: Path) -> None:
    executed = Executed("01_plain_data_science.ipynb", tmp_path)
    results = executed.ask("results", "--limit", "50")

    assert len(results) == 11  # a linear model, nine forests, the chosen one
    assert all("auc" in result["metrics"] for result in results)


@pytest.mark.timeout(4 * SECONDS)
def test_the_notebook_of_why_tells_its_story(tmp_path: Path) -> None:
    executed = Executed("02_why_did_it_change.ipynb", tmp_path)
    results = executed.ask("results", "--limit", "50")[::-1]
    ridge = [row["id"] for row in results if "r2" in row["metrics"]]
    forests = [row["id"] for row in results if "forest_r2" in row["metrics"]]
    first = [executed.ask("why", *pair)["differences"][0] for pair in
             ((ridge[0], ridge[1]), (ridge[1], ridge[2]), (forests[0], forests[1]))]  # fmt: skip
    recipe = executed.ask("recipe", ridge[2])
    verdicts = executed.ask("show", ridge[2])["reproduced"]

    assert len(ridge) == 3
    assert len(forests) == 2
    assert (first[0]["kind"], first[0]["name"], first[0]["a"], first[0]["b"]) == (
        "param", "alpha", 1.0, 300.0,
    )  # fmt: skip
    assert (first[1]["kind"], first[1]["name"]) == ("code", "patients")
    assert (first[2]["kind"], first[2]["name"]) == ("unseeded", "numpy.random")
    assert len(recipe) == 6
    assert "np.nan" in "".join(step["code"] for step in recipe)
    assert verdicts["outcome"] == "identical"
