"""`why` over data that was kept: which rows differ, read from the snapshots."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from recorded_cells import Recorded

from celltrail.capabilities import explaining
from celltrail.capabilities.capability import REST, Place
from celltrail.core.report import Table
from celltrail.lineage.changes.why import previous_result, why
from celltrail.lineage.changes.why_report import ContentChange, WhyReport
from celltrail.store import blobs, trail
from celltrail.store.snapshots import find_snapshot

LOAD = "import pandas as pd\nraw = pd.read_csv('data.csv')\n"
FIT = (
    "from sklearn.linear_model import LinearRegression\n"
    "model = LinearRegression().fit(raw[['x']], raw['y'])\n"
    "r2 = model.score(raw[['x']], raw['y'])"
)
ROWS = pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0], "y": [1.5, 3.5, 6.5, 7.5]})


@pytest.fixture
def notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorded]:
    monkeypatch.chdir(tmp_path)
    with Recorded(tmp_path) as recorded:
        yield recorded


def train(notebook: Recorded, data: pd.DataFrame, snapshot: str | None) -> None:
    """Read a new version of the file, keep it where asked, and make a result of it."""
    data.to_csv("data.csv", index=False)
    notebook.run(LOAD + (f"%mlops snapshot {snapshot}" if snapshot else ""))
    notebook.run(FIT)


def explain(notebook: Recorded) -> WhyReport:
    with notebook.reader() as connection:
        newest = trail.find_result(connection, "latest")
        before = previous_result(connection, newest)
        report = why(connection, before, newest, store=notebook.store)
    assert WhyReport.from_document(json.loads(json.dumps(report.document()))) == report
    return report


def kept(report: WhyReport) -> ContentChange:
    (found,) = [one for one in report.differences[0].contents if one.rows is not None]
    return found


def planted() -> pd.DataFrame:
    """Change one value, add two rows."""
    changed = ROWS.copy()
    changed.loc[1, "y"] = 30.5
    return pd.concat([changed, pd.DataFrame({"x": [5.0, 6.0], "y": [9.0, 11.0]})])


@pytest.mark.parametrize("snapshot", ["raw", "data.csv --name raw"])
def test_the_rows_that_differ_are_read_from_the_snapshots(
    notebook: Recorded, snapshot: str
) -> None:
    train(notebook, ROWS, snapshot)
    train(notebook, planted(), snapshot)

    report = explain(notebook)

    first = report.differences[0]
    rows = kept(report).rows
    assert (first.kind, first.name) == ("data", "data.csv")
    assert rows is not None
    assert (rows.changed, rows.added, rows.removed, rows.same) == (1, 2, 0, 3)
    assert kept(report).snapshots == ("raw@1", "raw@2")
    assert first.sentence == "file data.csv differs: 2 rows added, 1 changed, 3 are the same"


def test_example_rows_are_a_table_of_the_report(notebook: Recorded) -> None:
    train(notebook, ROWS, "raw")
    train(notebook, planted(), "raw")

    parts = list(explain(notebook).parts(lambda _: "then"))

    (table,) = [one for one in parts if isinstance(one, Table) and one.headings[0] == "row"]
    assert table.rows == (
        ("1", "changed", "y 3.5 -> 30.5"),
        ("4", "added", "x 5; y 9"),
        ("5", "added", "x 6; y 11"),
    )
    assert (
        "    raw, read from raw@1 and raw@2, matched by position:"
        " 2 rows added, 1 changed, 3 are the same."
    ) in parts


def test_the_column_says_how_many_of_its_cells_differ(notebook: Recorded) -> None:
    train(notebook, ROWS, "raw")
    train(notebook, planted(), "raw")

    columns = {one.name: one.cells for one in kept(explain(notebook)).change.columns}

    assert columns == {"x": 0, "y": 1}


def test_rows_are_not_compared_where_one_content_was_not_kept(notebook: Recorded) -> None:
    train(notebook, ROWS, "raw")
    train(notebook, planted(), None)

    report = explain(notebook)

    assert all(one.rows is None for one in report.differences[0].contents)
    assert "rows 4 -> 6 (+2)" in report.differences[0].sentence


def test_a_snapshot_whose_file_is_gone_is_not_observed(notebook: Recorded) -> None:
    train(notebook, ROWS, "raw")
    train(notebook, planted(), "raw")
    with notebook.reader() as connection:
        blobs.path_of(notebook.store, find_snapshot(connection, "raw", version=1).blob).unlink()

    report = explain(notebook)

    assert "rows 4 -> 6 (+2)" in report.differences[0].sentence
    (line,) = [one for one in report.not_observed if one.startswith("rows of raw")]
    assert "The kept file of raw@1 is gone" in line


def test_a_secret_in_a_row_is_not_shown(notebook: Recorded) -> None:
    train(notebook, ROWS.assign(password="hunter2"), "raw")
    train(notebook, ROWS.assign(password=["hunter2", "correct-horse", "a", "b"]), "raw")

    report = explain(notebook)

    document = json.dumps(report.document())
    assert kept(report).rows is not None
    assert "hunter2" not in document
    assert "correct-horse" not in document


def test_a_server_loads_no_data_and_says_how_to_compare_the_rows(notebook: Recorded) -> None:
    train(notebook, ROWS, "raw")
    train(notebook, planted(), "raw")

    report = explaining.why(Place(notebook.store, face=REST))

    assert [one.rows for one in report.differences[0].contents] == [None]
    assert any("%mlops data diff raw@1 raw@2" in text for text in report.not_observed)
