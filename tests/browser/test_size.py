"""A hundred thousand results: the list asks for pages, draws few rows and keeps their order."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from browser.lab import Lab, write_notebook
from playwright.sync_api import expect

from celltrail.store.location import database_file

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.slow]

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
BUILD = (
    "import sys, pathlib, bigstore;"
    "bigstore.build(pathlib.Path(sys.argv[1]), 100_000, results=100_000, params=8, metrics=4)"
)
PAGE = 100
ROWS_DRAWN_MOST = 60
FAR = 2_000
# A task that keeps the page from answering; a list that drew all its rows would take seconds.
TASK_MILLISECONDS = 500
WATCH = """() => {
  window.tasks = [];
  new PerformanceObserver(list => window.tasks.push(...list.getEntries().map(e => e.duration)))
    .observe({type: 'longtask'});
}"""
ROWS = """rows => rows.map(
  row => [Number(row.getAttribute('aria-posinset')), row.dataset.resultId])"""
ASKED = """() => performance.getEntriesByType('resource')
  .filter(one => one.name.includes('/celltrail/results?')).map(one => Math.round(one.duration))"""


@pytest.fixture
def path(folder: Path, project: Path) -> str:
    """A notebook in a project with a hundred thousand results of other notebooks."""
    (folder / ".celltrail").rmdir()
    subprocess.run(
        [sys.executable, "-c", BUILD, str(folder / ".celltrail")], cwd=BENCHMARKS, check=True
    )
    file = write_notebook(folder / "one.ipynb", "x = 1")
    return str(file.relative_to(project))


def test_pages_are_asked_for_as_far_as_one_scrolls(lab: Lab, path: str, folder: Path) -> None:
    lab.open(path)
    lab.page.evaluate(WATCH)
    lab.sidebar()
    expect(lab.results().first).to_be_visible()
    first = dict(lab.results().evaluate_all(ROWS))
    asked = lab.page.evaluate(ASKED)
    lab.picture("many-results")
    seen, drawn = dict(first), [len(first)]
    lab.page.evaluate("() => { window.tasks.length = 0; }")
    lab.results().first.hover()
    while max(seen) < FAR:
        lab.page.mouse.wheel(0, 1500)
        expect(lab.results().filter(has_text="param0").first).to_be_visible()
        rows = dict(lab.results().evaluate_all(ROWS))
        drawn.append(len(rows))
        seen |= rows
    tasks = lab.page.evaluate("() => window.tasks")
    print(f"first page {asked} ms; {len(drawn)} steps to row {max(seen)}; long tasks {tasks} ms")

    with contextlib.closing(sqlite3.connect(database_file(folder / ".celltrail"))) as store:
        newest = store.execute(
            "SELECT lower(hex(uuid)) FROM execution ORDER BY id DESC LIMIT ?", (FAR + PAGE,)
        ).fetchall()
    assert {place: newest[place - 1][0] for place in seen} == seen
    assert max(drawn) <= ROWS_DRAWN_MOST
    assert max(first) < PAGE
    assert [task for task in tasks if task > TASK_MILLISECONDS] == []
