"""The off switch of one process is obeyed by the others on the same store."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from celltrail.capture.recorder import Recorder
from celltrail.settings import write_setting


def codes(store: Path) -> list[str]:
    with closing(sqlite3.connect(store / "trail.db")) as connection:
        return [row[0] for row in connection.execute("SELECT source FROM code ORDER BY id")]


def run(recorder: Recorder, code: str) -> None:
    recorder.start(code)
    recorder.finish("ok")


def test_off_in_one_session_stops_the_other_before_its_next_cell(tmp_path):
    """A new user switched one kernel off; the other went on recording."""
    store = tmp_path / ".celltrail"
    environ = {"CELLTRAIL_STORE": str(store), "HOME": str(tmp_path)}
    one = Recorder("shell", {}, environ=environ)
    other = Recorder("shell", {}, environ=environ)

    run(other, "before = 1")
    one.off()
    run(other, "hidden = 2")
    write_setting(store, "recording", True)
    run(other, "after = 3")
    run(one, "back = 4")
    one.close()
    other.close()

    assert codes(store) == ["before = 1", "after = 3", "back = 4"]
