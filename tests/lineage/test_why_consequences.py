"""What `why` says became of the data right below changed code, of cells that were really run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from recorded_cells import Recorded

from celltrail.core.report import Part, Table
from celltrail.lineage.changes.why import previous_result, why
from celltrail.lineage.changes.why_report import WhyReport
from celltrail.store import trail

LOAD = "import pandas as pd\ndf = pd.read_csv('data.csv')"
CLEAN = "clean = df.copy()"
FIT = (
    "from sklearn.linear_model import LinearRegression\n"
    "model = LinearRegression().fit(clean[['x']], clean['y'])\n"
    "r2 = model.score(clean[['x']], clean['y'])"
)


@pytest.fixture
def notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorded]:
    monkeypatch.chdir(tmp_path)
    values = [1.0, 2.0, 3.0, 4.0, 50.0]
    frame = pd.DataFrame({"x": values, "y": [1.5, 3.5, 6.5, 7.5, 9.0], "z": values})
    frame.to_csv("data.csv", index=False)
    with Recorded(tmp_path) as recorded:
        yield recorded


def explain(notebook: Recorded, *cells: str) -> WhyReport:
    """Run the base and then other cells; say why their result differs."""
    for cell in (LOAD, CLEAN, FIT, *cells):
        notebook.run(cell)
    with notebook.reader() as connection:
        newest = trail.find_result(connection, "latest")
        before = previous_result(connection, newest)
        report = why(connection, before, newest, store=notebook.store)
    assert WhyReport.from_document(json.loads(json.dumps(report.document()))) == report
    return report


def parts(report: WhyReport) -> list[Part]:
    return list(report.parts(lambda _: "then"))


def test_code_that_drops_rows_is_told_with_the_rows_that_are_left(notebook: Recorded) -> None:
    report = explain(notebook, "clean = df[df['x'] < 10]", FIT)

    (first,) = report.differences
    assert (first.kind, first.name) == ("code", "clean")
    change = first.contents[0].change
    assert (change.rows_before, change.rows_after) == (5, 4)
    assert first.sentence == (
        "the code that makes clean changed: `clean = df.copy()` became `clean = df[df['x'] < 10]`"
    )
    assert f"because {first.sentence}, so clean has 4 rows instead of 5 (" in report.summary


def test_what_followed_stands_below_the_code_with_the_columns_that_moved(
    notebook: Recorded,
) -> None:
    shown = parts(explain(notebook, "clean = df[df['x'] < 10]", FIT))

    (line,) = [one for one in shown if isinstance(one, str) and one.startswith("    so ")]
    assert line.startswith("    so clean: rows 5 -> 4 (-1)")
    (table,) = [one for one in shown if isinstance(one, Table) and one.headings[0] == "data"]
    assert {row[1] for row in table.rows} == {"x", "y", "z"}


def test_code_that_drops_a_column_is_told_with_the_column(notebook: Recorded) -> None:
    changed = "clean = df.drop(columns='z')\nclean['x'] = clean['x'].clip(upper=10)"

    report = explain(notebook, changed, FIT)

    assert ", so clean lost z (" in report.summary
    changes = {one.name: one.change for one in report.differences[0].contents[0].change.columns}
    assert changes == {"z": "removed", "x": "values"}


def test_a_cell_that_one_side_alone_has_is_told_with_what_it_did(notebook: Recorded) -> None:
    report = explain(notebook, LOAD, CLEAN, "clean = clean[clean['x'] < 10]", FIT)

    first = report.differences[0]
    assert first.sentence.endswith("`clean = clean[clean['x'] < 10]` is part of b only")
    assert ", so clean has 4 rows instead of 5 (" in report.summary


def test_a_file_read_again_after_it_changed_is_no_cell_that_ran_twice(notebook: Recorded) -> None:
    """A cell that also names its old product counted as run once more, and the file was missed."""
    load = "import pandas as pd\ndf = None if 'df' not in globals() else df\n" + LOAD
    for cell in (load, CLEAN, FIT):
        notebook.run(cell)
    pd.DataFrame({"x": [1.0, 2.0], "y": [3.0, 1.0]}).to_csv("data.csv", index=False)
    for cell in (load, CLEAN, FIT):
        notebook.run(cell)

    with notebook.reader() as connection:
        newest = trail.find_result(connection, "latest")
        before = previous_result(connection, newest)
        report = why(connection, before, newest, store=notebook.store)

    assert [(one.kind, one.name) for one in report.differences] == [("data", "data.csv")]
