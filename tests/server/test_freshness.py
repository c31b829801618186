"""What has not changed is not sent again."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from server_cases import Ask, Reply, trail_at, write_change
from trail_rows import Trail, metric

PATHS = ["results", "executions", "runs", "reports", "lineage", "results/latest", "runs/base",
         "capabilities", "status", "changes", "stale", "readings/compare"]  # fmt: skip


async def again(ask: Ask, path: str, mark: str, **query: object) -> Reply:
    headers = {"If-None-Match": mark}
    return await ask(*path.split("/"), notebook="work.ipynb", headers=headers, **query)


@pytest.mark.parametrize("path", PATHS)
async def test_an_answer_that_is_known_is_not_sent_again(ask: Ask, trail: Trail, path: str) -> None:
    first = await ask(*path.split("/"), notebook="work.ipynb")
    mark = first.headers["Etag"]
    second = await again(ask, path, mark)
    among_others = await again(ask, path, f'W/"x", {mark}')
    another = await again(ask, path, 'W/"x"')

    assert mark.startswith('W/"')
    assert (second.status, second.text, second.headers["Etag"]) == (304, "", mark)
    assert among_others.status == 304
    assert (another.status, another.text) == (200, first.text)


async def test_a_write_another_query_and_another_store_make_a_new_mark(
    ask: Ask, trail: Trail, root: Path
) -> None:
    mark = (await ask("results", limit=2, notebook="work.ipynb")).headers["Etag"]
    other_query = await again(ask, "results", mark, limit=3)
    unchanged = await again(ask, "results", mark, limit=2)
    trail.execute(metrics=[metric("auc", 1.0)])
    write_change(trail)
    written = await again(ask, "results", mark, limit=2)
    trail.connection.close()
    shutil.rmtree(root / ".celltrail")
    write_change(trail_at(root))
    replaced = await again(ask, "results", mark, limit=2)

    assert [r.status for r in (other_query, unchanged, written, replaced)] == [200, 304, 200, 200]
    assert replaced.json["results"] == []


async def test_the_time_that_jupyterlab_adds_makes_no_difference(ask: Ask, trail: Trail) -> None:
    mark = (await ask("results", notebook="work.ipynb")).headers["Etag"]
    later = await again(ask, "results", mark, **{"1700000000000": ""})

    assert later.status == 304


async def test_cells_are_looked_at_again_when_the_notebook_was_saved(
    ask: Ask, trail: Trail, root: Path
) -> None:
    mark = (await ask("stale", notebook="work.ipynb")).headers["Etag"]
    cell = {"cell_type": "code", "id": "c9", "source": "new = 1", "metadata": {}}
    (root / "work.ipynb").write_text(json.dumps({"nbformat": 4, "cells": [cell]}))
    saved = await again(ask, "stale", mark)

    assert saved.status == 200
    assert [c["cell"] for c in saved.json["cells"] if c["state"] == "never run"] == ["c9"]


async def test_changes_tell_what_was_written_since(ask: Ask, trail: Trail) -> None:
    at_first = (await ask("changes", notebook="work.ipynb")).json
    write_change(trail, "report")
    write_change(trail, "result")
    later = (await ask("changes", since=at_first["sequence"], notebook="work.ipynb")).json
    nothing_new = (await ask("changes", since=later["sequence"])).json
    unknown = (await ask("changes", notebook="never.ipynb")).json

    assert (at_first["sequence"], at_first["kinds"]) == (1, [])
    assert (later["sequence"], later["kinds"]) == (3, ["report", "result"])
    assert at_first["session"] == {
        "id": at_first["session"]["id"], "executions": 5, "running": 0, "has_ended": False,
    }  # fmt: skip
    assert nothing_new == {
        "store": later["store"], "sequence": 3, "kinds": [], "session": None,
    }  # fmt: skip
    assert unknown["session"] is None
