"""What a page asks about the notebook that it has open."""

from __future__ import annotations

import json
from pathlib import Path

from server_cases import Ask
from trail_rows import Trail, metric

ID = "ab" * 16


def notebook_row(trail: Trail, path: Path) -> None:
    trail.row(
        "INSERT INTO notebook(uuid, path, created_at) VALUES (?, ?, 1)",
        bytes.fromhex(ID),
        str(path),
    )


async def test_cells_of_an_unsaved_notebook_are_judged_as_they_stand(
    ask: Ask, trail: Trail, root: Path
) -> None:
    """JupyterLab saves every two minutes; a cell that ran meanwhile had no mark."""
    book = root / "work.ipynb"
    cells = [{"id": "c0", "cell_type": "code", "source": "df = 0", "metadata": {}, "outputs": []}]
    book.write_text(
        json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    )

    saved = await ask("stale", notebook="work.ipynb")
    live = await ask("stale", notebook="work.ipynb", cells="c0,c1,new,c2,c3")

    states = {cell["cell"]: cell["state"] for cell in live.json["cells"]}
    assert [(cell["cell"], cell["state"]) for cell in saved.json["cells"]] == [("c0", "edited")]
    assert set(states) == {"c0", "c1", "c2", "c3"}
    assert not set(states.values()) & {"edited", "orphan"}
    assert {cell["cell"]: cell["code"] for cell in live.json["cells"]}["c0"] == (
        "df = read_csv('x.csv')"
    )


async def test_the_order_is_that_of_the_page(ask: Ask, trail: Trail) -> None:
    reply = await ask("stale", notebook="work.ipynb", cells="c2,c0")

    assert [(cell["cell"], cell["place"]) for cell in reply.json["cells"]][:2] == [
        ("c2", 1),
        ("c0", 2),
    ]


async def test_a_binding_says_where_the_notebook_is(ask: Ask, root: Path) -> None:
    reply = await ask("binding", notebook="folder/new.ipynb")

    assert reply.json == {"file": str(root / "folder" / "new.ipynb"), "is_copy": False}
    assert not (root / ".celltrail").exists()


async def test_a_copy_is_known_by_its_original_that_is_still_there(
    ask: Ask, trail: Trail, root: Path
) -> None:
    original = root / "original.ipynb"
    notebook_row(trail, original)
    moved = await ask("binding", notebook="copy.ipynb", id=ID)
    original.write_text("{}")
    copied = await ask("binding", notebook="copy.ipynb", id=ID)
    itself = await ask("binding", notebook="original.ipynb", id=ID)

    assert [reply.json["is_copy"] for reply in (moved, copied, itself)] == [False, True, False]


async def test_a_binding_wants_a_notebook_of_the_server(ask: Ask) -> None:
    nothing = await ask("binding")
    outside = await ask("binding", notebook="../other.ipynb")

    assert (nothing.status, nothing.json["reason"]) == (400, "usage")
    assert (outside.status, outside.json["reason"]) == (400, "usage")


async def test_a_result_is_called_after_the_model_that_it_judges(
    ask: Ask, trail: Trail, root: Path
) -> None:
    fit = trail.execute("model = Ridge().fit(X, y)", makes={"model": (1, "estimator")})
    key = trail.connection.execute("SELECT lower(hex(uuid)) FROM execution WHERE id = ?", (fit,))
    trail.execute("r2 = model.score(X, y)", metrics=[metric("r2", 0.5)])
    trail.row("UPDATE entity SET type = 'sklearn.linear_model.Ridge' WHERE kind = 'estimator'")
    trail.row(
        "UPDATE result SET model = ? WHERE id = (SELECT max(id) FROM result)",
        f"{key.fetchone()[0]}:model",
    )
    reply = await ask("results", limit=2)

    assert [item["title"] for item in reply.json["results"]] == ["Ridge", "auc"]


async def test_a_notebook_in_which_nothing_ran_has_no_marks(
    ask: Ask, trail: Trail, root: Path
) -> None:
    """Another notebook of the same name, in another folder, was taken for it."""
    reply = await ask("stale", notebook="folder/work.ipynb", cells="c0,c1")

    assert reply.status == 200
    assert reply.json["cells"] == []
