"""Recording from a plain script, through the public functions."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest


class Script:
    """Runs scripts in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, code: str, **environ: str) -> subprocess.CompletedProcess[str]:
        file = self.folder / "script.py"
        file.write_text(code)
        store = {"CELLTRAIL_STORE": str(self.folder / ".celltrail"), "HOME": str(self.folder)}
        return subprocess.run(
            [sys.executable, str(file)],
            cwd=self.folder,
            env=os.environ | store | environ,
            capture_output=True,
            text=True,
            check=False,
        )

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.folder / ".celltrail" / "trail.db")) as connection:
            return connection.execute(query).fetchall()

    def statuses(self) -> list[str]:
        return [status for (status,) in self.rows("SELECT status FROM execution ORDER BY id")]

    def metrics(self) -> dict[str, float]:
        return dict(self.rows("SELECT name, value FROM metric"))


@pytest.fixture
def script(tmp_path) -> Script:
    return Script(tmp_path)


def test_a_run_and_what_it_logs_are_recorded(script) -> None:
    code = (
        "import celltrail\n"
        "with celltrail.start_run('base', params={'depth': 3}):\n"
        "    celltrail.log_param('C', 1.5)\n"
        "    celltrail.log_metric('auc', 0.5)\n"
        "    celltrail.set_tag('stage', 'test')\n"
    )
    done = script.run(code)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert script.statuses() == ["ok"]
    assert script.metrics() == {"auc": 0.5}
    assert script.rows("SELECT source FROM code") == [(code,)]
    assert script.rows("SELECT name, status FROM run") == [("base", "ok")]
    assert script.rows("SELECT kind FROM session") == [("script",)]


def test_a_script_that_only_logs_is_one_execution(script) -> None:
    script.run("import celltrail\nfor i in range(3):\n    celltrail.log_metric(f'm{i}', i)")

    assert script.statuses() == ["ok"]
    assert script.metrics() == {"m0": 0.0, "m1": 1.0, "m2": 2.0}


def test_a_script_that_logs_nothing_leaves_no_store(script) -> None:
    script.run("import celltrail")

    assert not (script.folder / ".celltrail").exists()


def test_a_crash_inside_a_run_is_its_status(script) -> None:
    done = script.run(
        "import celltrail\nwith celltrail.start_run('a'):\n"
        "    celltrail.log_metric('m', 1)\n    1 / 0"
    )

    assert done.returncode == 1
    assert "ZeroDivisionError" in done.stderr
    assert "celltrail/capture" not in done.stderr
    assert script.statuses() == ["error"]
    assert script.rows("SELECT status FROM run") == [("error",)]
    assert script.metrics() == {"m": 1.0}


def test_a_crash_after_the_last_line_of_a_run_without_with(script) -> None:
    script.run("import celltrail\ncelltrail.start_run('a')\ncelltrail.log_metric('m', 1)\n1 / 0")

    assert script.metrics() == {"m": 1.0}
    assert script.statuses() == ["error"]
    assert script.rows("SELECT status FROM run") == [("error",)]


def test_a_killed_script_is_aborted_at_the_next_look(script) -> None:
    script.run(
        "import celltrail, os\ncelltrail.start_run('a')\ncelltrail.log_metric('m', 1)\nos._exit(1)"
    )
    script.run("import celltrail\ncelltrail.log_metric('n', 1)")

    assert script.statuses() == ["aborted", "ok"]


def test_each_run_has_an_execution_of_its_own(script) -> None:
    script.run(
        "import celltrail\n"
        "for i in range(2):\n"
        "    with celltrail.start_run(f'r{i}'):\n"
        "        celltrail.log_metric('m', i)\n"
        "with celltrail.start_run('outer'):\n"
        "    with celltrail.start_run('inner', nested=True):\n"
        "        celltrail.log_metric('m', 2)\n"
        "    celltrail.log_metric('m', 3)\n"
    )

    assert script.rows("SELECT name FROM run ORDER BY id") == [
        ("r0",),
        ("r1",),
        ("outer",),
        ("inner",),
    ]
    assert set(script.statuses()) == {"ok"}
    children = script.rows(
        "SELECT child.name, parent.name FROM run child JOIN run parent"
        " ON parent.id = child.parent_id"
    )
    assert children == [("inner", "outer")]


def test_recording_that_is_off_disturbs_nothing(script) -> None:
    done = script.run(
        "import celltrail\nwith celltrail.start_run('a') as run:\n"
        "    celltrail.log_metric('m', 1)\n"
        "    celltrail.log_text('a', 'a.txt')\nprint(run.name)",
        CELLTRAIL="off",
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "a\n", "")
    assert not (script.folder / ".celltrail").exists()
