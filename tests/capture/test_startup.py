"""The startup file: its text, and whether IPython will run it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from celltrail.capture.startup import (
    FILE,
    STARTUP_TEXT,
    profile_folder,
    remove_startup,
    startup_state,
    write_startup,
)
from celltrail.faces.cli import main

ROOT = Path(__file__).resolve().parents[2]


def test_the_wheel_ships_the_same_text() -> None:
    assert (ROOT / "ipython-startup" / FILE).read_text("utf-8") == STARTUP_TEXT


def test_it_is_one_expression() -> None:
    compile("\n".join(STARTUP_TEXT.splitlines()), FILE, "eval")


def test_it_is_in_force_from_the_prefix_or_the_profile(tmp_path: Path) -> None:
    environ = {"IPYTHONDIR": str(tmp_path / "ipython")}
    prefix = tmp_path / "env"
    assert not any(str(tmp_path) in str(f) for f in startup_state(environ, str(prefix)).files)

    file = write_startup(profile_folder(environ))
    assert file in startup_state(environ, str(prefix)).files
    assert write_startup(profile_folder(environ)) == file
    assert remove_startup(profile_folder(environ)) == file
    assert remove_startup(profile_folder(environ)) is None

    folder = prefix / "etc" / "ipython" / "startup"
    folder.mkdir(parents=True)
    (folder / FILE).write_text("old()")
    state = startup_state(environ, str(prefix))
    assert folder / FILE in state.stale


@pytest.mark.parametrize("profile", ["default", "work"])
def test_enable_writes_and_removes_and_says_so(profile, tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    file = tmp_path / f"profile_{profile}" / "startup" / FILE

    assert main(["enable", "--profile", profile]) == 0
    assert str(file) in capsys.readouterr().out
    assert file.read_text() == STARTUP_TEXT
    assert main(["enable", "--profile", profile, "--remove", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["removed"] is True
    assert not file.exists()


def test_doctor_says_whether_new_kernels_record(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    main(["enable"])
    capsys.readouterr()
    main(["doctor", "--json"])
    checks = {check["name"]: check for check in json.loads(capsys.readouterr().out)["checks"]}

    assert checks["startup file"]["verdict"] == "ok"
