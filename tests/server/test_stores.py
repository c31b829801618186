"""Which store answers, and what is said where it cannot."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from server_cases import trail_at
from trail_rows import metric

from celltrail.faces.server import installing
from celltrail.faces.server.asked import Home
from celltrail.faces.server.readers import Readers

ESCAPES = ["../x.ipynb", "a/../../x.ipynb", "..", "/../../etc/passwd", "a/b/../../../x"]


async def test_a_notebook_is_answered_from_the_store_of_its_project(ask, root: Path) -> None:
    trail_at(root).execute(metrics=[metric("outer", 1.0)])
    inner = root / "inner"
    (inner / "deep").mkdir(parents=True)
    trail_at(inner).execute(metrics=[metric("inner", 2.0)])
    names = {}
    for path in ("", "a.ipynb", "inner/a.ipynb", "inner/deep/a.ipynb", "/inner/deep/a.ipynb"):
        reply = await ask("results", **({"notebook": path} if path else {}))
        names[path] = [*reply.json["results"][0]["metrics"]]
    status = await ask("status", notebook="inner/deep/a.ipynb")

    assert names == {"": ["outer"], "a.ipynb": ["outer"], "inner/a.ipynb": ["inner"],
                     "inner/deep/a.ipynb": ["inner"], "/inner/deep/a.ipynb": ["inner"]}  # fmt: skip
    assert status.json["store"]["path"] == "inner/.celltrail"


async def test_the_environment_names_the_store_as_for_a_kernel(
    ask, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trail_at(tmp_path / "else").execute(metrics=[metric("elsewhere", 1.0)])
    monkeypatch.setenv("CELLTRAIL_STORE", str(tmp_path / "else" / ".celltrail"))
    (row,) = (await ask("results")).json["results"]

    assert row["metrics"] == {"elsewhere": 1.0}


@pytest.mark.parametrize("path", ESCAPES)
async def test_a_path_out_of_the_served_folder_is_refused(ask, trail, path) -> None:
    reply = await ask("stale", notebook=path)

    assert (reply.status, reply.json["reason"]) == (400, "usage")


async def test_no_store_is_a_worded_state_and_stays_none(ask, root: Path) -> None:
    status = await ask("status")
    changes = await ask("changes", since=3)
    others = [await ask(*path.split("/")) for path in
              ("executions", "runs", "reports", "lineage", "results/latest",
               "readings/why")]  # fmt: skip

    assert status.json["store"] | {"hint": ""} == {
        "path": ".celltrail", "state": "missing", "hint": "",
        "message": f"No trail was found at {root / '.celltrail'}.",
    }  # fmt: skip
    assert status.json["counts"] is None
    assert (changes.status, changes.json) == (
        200,
        {"store": None, "sequence": 0, "kinds": [], "session": None},
    )
    assert {(reply.status, reply.json["reason"], reply.json["code"]) for reply in others} == {
        (404, "no_store", "store-missing")
    }
    assert not (root / ".celltrail").exists()


async def test_what_a_page_asks_of_itself_is_empty_before_the_first_cell(ask, root: Path) -> None:
    """A browser writes every 404 into its console: each new notebook looked broken."""
    results = await ask("results", notebook="new.ipynb")
    marks = await ask("stale", notebook="new.ipynb", cells="c0,c1")

    assert (results.status, results.json) == (200, {"results": [], "cursor": None})
    assert (marks.status, marks.json["cells"], marks.json["plan"]) == (200, [], [])
    assert not (root / ".celltrail").exists()


async def test_labels_need_a_store_and_make_none(ask, root: Path) -> None:
    reply = await ask("runs", "base", method="PATCH", body={"star": True})

    assert (reply.status, reply.json["reason"]) == (404, "no_store")
    assert not (root / ".celltrail").exists()


async def test_a_newer_store_is_left_alone_and_named(ask, trail, root: Path) -> None:
    trail.row(
        "INSERT INTO _sqlite_migrations(migration_set, name) VALUES ('celltrail', 'v9999_later')"
    )
    status, results = await ask("status"), await ask("results")

    assert status.json["store"]["state"] == "newer"
    assert (results.status, results.json["reason"]) == (503, "store_newer")
    assert "v9999_later" in results.json["message"]
    assert results.json["hint"].startswith("upgrade with")


async def test_a_damaged_store_says_what_repairs_it(ask, root: Path) -> None:
    (root / ".celltrail").mkdir()
    (root / ".celltrail" / "trail.db").write_bytes(b"no database" * 1000)
    status, results = await ask("status"), await ask("results")

    assert status.json["store"]["state"] == "broken"
    assert (results.status, results.json["reason"]) == (503, "store_broken")
    assert "doctor --repair" in results.json["hint"]


@pytest.fixture
def impatient(jp_serverapp: Any, root: Path) -> None:
    """The routes under `trial/`, which wait for a lock for a moment only."""
    home = Home(root, {}, lock_seconds=0.2)
    installing.install(jp_serverapp, home=home, readers=Readers(), namespace="trial")


async def test_a_store_that_another_process_writes_is_read_all_the_same(
    ask, trail, root: Path, impatient
) -> None:
    other = sqlite3.connect(root / ".celltrail" / "trail.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    read = await ask("results", namespace="trial")
    written = await ask("runs", "base", namespace="trial", method="PATCH", body={"star": True})
    other.close()

    assert read.status == 200
    assert (written.status, written.json["reason"]) == (503, "store_locked")
    assert "for 0.2 s" in written.json["message"]


async def test_a_locked_store_is_a_worded_state(ask, trail, root: Path, impatient) -> None:
    trail.connection.close()
    other = sqlite3.connect(root / ".celltrail" / "trail.db", isolation_level=None)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    status = await ask("status", namespace="trial")
    results = await ask("results", namespace="trial")
    other.close()

    assert status.json["store"]["state"] == "locked"
    assert (results.status, results.json["reason"]) == (503, "store_locked")


async def test_settings_that_cannot_be_read_are_a_warning_of_the_status(
    ask, trail, root: Path
) -> None:
    (root / ".celltrail" / "settings.toml").write_text("recording = maybe")
    status = await ask("status")

    assert (status.status, status.json["store"]["state"]) == (200, "ready")
    assert "settings.toml" in status.json["warning"]
