"""Notebook 7 opens a notebook and records it: the same extension, another page."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser.lab import TOKEN, Lab, jupyter, write_notebook
from playwright.sync_api import expect

from celltrail.store.location import database_file

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.slow]

# Notebook 7.6 raises it without any extension, and works on. To be deleted when
# https://github.com/jupyter/notebook/issues/7862 is closed.
NOTEBOOKS_OWN = "Cannot read properties of undefined (reading 'schema')"


@pytest.fixture(scope="module")
def address(project: Path) -> Iterator[str]:
    with jupyter(project, app="notebook") as found:
        yield found


def test_notebook_7_records_cells_and_marks_them(lab: Lab, folder: Path, project: Path) -> None:
    file = write_notebook(folder / "two.ipynb", "a = 1", "b = a + 1")
    lab.page.goto(f"{lab.address}/notebooks/{file.relative_to(project)}?token={TOKEN}")
    lab.ready()
    lab.run(0)
    lab.run(1)
    expect(lab.cell(1)).to_have_attribute("data-celltrail", "current")
    lab.edit(0, "a = 2")
    lab.run(0)

    expect(lab.cell(1)).to_have_attribute("data-celltrail", "stale")
    lab.picture("notebook-7")
    with contextlib.closing(sqlite3.connect(database_file(folder / ".celltrail"))) as store:
        recorded = store.execute(
            "SELECT cell.name, notebook.path FROM execution JOIN cell ON cell.id = cell_id"
            " JOIN notebook ON notebook.id = execution.notebook_id ORDER BY execution.id"
        ).fetchall()
    lab.errors[:] = [error for error in lab.errors if error != NOTEBOOKS_OWN]
    assert recorded == [(cell, str(file)) for cell in ("cell-0", "cell-1", "cell-0")]
