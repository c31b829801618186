"""What differs between any number of results, and nothing else."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from trail_rows import Trail, metric, param

from celltrail.core.errors import NotFound, UsageFault
from celltrail.core.report import Code, Table
from celltrail.lineage.changes.compare import compare
from celltrail.lineage.changes.compare_report import CompareReport

STORE = Path("/project/.celltrail")


@pytest.fixture
def trail() -> Trail:
    return Trail()


def result(
    trail: Trail,
    number: int,
    *,
    depth: Any = 3,
    score: float = 0.5,
    fit: str = "m = fit(x)",
    x: Any = 1,
    environment: str | None = "e1",
    more: dict[str, Any] | None = None,
) -> int:
    """Write one result of two cells in a session of its own; return its row id."""
    session = f"s{number}"
    load = trail.execute(
        "x = load()", uses={"file:x.csv": (None, x, "file")}, makes={"x": (x, "frame")},
        session=session, cell="load",
    )  # fmt: skip
    trail.execute(
        fit,
        uses={"x": (load, x, "frame")},
        params=[param("depth", depth), *[param(key, value) for key, value in (more or {}).items()]],
        metrics=[metric("auc", score), metric("loss", 1 - score)],
        session=session,
        cell="fit",
        environment=environment,
    )
    return int(trail.connection.execute("SELECT max(id) FROM result").fetchone()[0])


def compared(trail: Trail, *ids: int) -> CompareReport:
    report = compare(trail.connection, ids, store=STORE)
    assert CompareReport.from_document(json.loads(json.dumps(report.document()))) == report
    return report


def test_only_what_differs_is_kept(trail: Trail) -> None:
    ids = [result(trail, n, depth=n, more={"same": 1}) for n in (1, 2, 3)]

    report = compared(trail, *ids)

    assert [(one.name, one.values) for one in report.params] == [("depth", (1, 2, 3))]
    assert (report.cells, report.datasets, report.environment) == ((), (), ())
    assert report.summary == "3 results: 1 param differs."


def test_the_best_value_of_each_metric_is_marked(trail: Trail) -> None:
    ids = [result(trail, n, score=score) for n, score in enumerate((0.5, 0.9, math.nan))]

    metrics = {one.name: one.best for one in compare(trail.connection, ids, store=STORE).metrics}

    assert metrics == {"auc": 1, "loss": 1}


def test_two_results_show_the_code_as_a_diff(trail: Trail) -> None:
    ids = [result(trail, 1), result(trail, 2, fit="m = fit(x, 2)")]

    (cell,) = compared(trail, *ids).cells

    assert cell.versions == ("A", "B")
    assert cell.diff is not None
    assert cell.diff.endswith("-m = fit(x)\n+m = fit(x, 2)")


def test_more_results_show_which_share_a_version_of_a_cell(trail: Trail) -> None:
    codes = ["m = fit(x)", "m = fit(x, 2)", "m = fit(x)", "m = fit(x, 3)"]
    ids = [result(trail, n, fit=code) for n, code in enumerate(codes)]

    (cell,) = compared(trail, *ids).cells

    assert cell.versions == ("A", "B", "A", "C")
    assert cell.diff is None


def test_a_cell_that_a_result_does_not_have_is_empty_there(trail: Trail) -> None:
    first = result(trail, 1)
    trail.execute("m = fit(None)", metrics=[metric("auc", 0.1)], session="s2", cell="fit")

    cells = compared(trail, first, first + 1).cells

    assert [one.versions for one in cells] == [("A", ""), ("A", "B")]


def test_only_comments_are_marked_and_not_shown_as_a_diff(trail: Trail) -> None:
    ids = [result(trail, 1), result(trail, 2, fit="m = fit(x)  # tree")]
    report = compared(trail, *ids)

    parts = list(report.parts(lambda at: "then"))

    assert report.cells[0].is_cosmetic
    assert not any(isinstance(part, Code) for part in parts)


def test_data_is_told_by_version(trail: Trail) -> None:
    ids = [result(trail, n, x=x) for n, x in enumerate((1, 2, 1))]

    found = {one.name: one.versions for one in compared(trail, *ids).datasets}

    assert found["file:x.csv"] == ("A", "B", "A")


def test_data_of_unknown_content_is_never_the_same(trail: Trail) -> None:
    ids = [result(trail, n, x=n) for n in (1, 2)]
    trail.connection.execute(
        "UPDATE entity SET digest = NULL, scope = 'unknown', lineage_digest = X'01'"
        " WHERE kind = 'file' AND id = (SELECT max(id) FROM entity WHERE kind = 'file')"
    )

    found = {one.name: one.versions for one in compared(trail, *ids).datasets}

    assert found["file:x.csv"] == ("A", "?")


def test_packages_that_all_have_in_different_versions_are_told(trail: Trail) -> None:
    for digest, packages in (("e1", '{"a": "1", "b": "1"}'), ("e2", '{"a": "2", "c": "1"}')):
        trail.row(
            "INSERT INTO environment(digest, python, platform, packages, hardware)"
            " VALUES (?, '3.11', 'Linux', ?, '{}')",
            digest,
            packages,
        )
    ids = [result(trail, 1), result(trail, 2, environment="e2")]

    assert [(one.name, one.values) for one in compared(trail, *ids).environment] == [
        ("a", ("1", "2"))
    ]


def test_a_param_that_one_does_not_have_is_not_set(trail: Trail) -> None:
    ids = [
        result(trail, 1, more={"rate": "7"}),
        result(trail, 2, more={"rate": 7}),
        result(trail, 3),
    ]
    report = compared(trail, *ids)

    (table,) = (p for p in report.parts(str) if isinstance(p, Table) and p.headings[0] == "param")

    assert report.params[0].is_set == (True, True, False)
    assert table.rows == (("rate", "'7'", "7", "not set"),)


def test_a_number_and_its_text_are_told_apart_when_nothing_else_is_there(trail: Trail) -> None:
    ids = [result(trail, 1, depth=7), result(trail, 2, depth="7"), result(trail, 3, depth=7.0)]

    (table,) = (
        part
        for part in compared(trail, *ids).parts(str)
        if isinstance(part, Table) and part.headings[0] == "param"
    )

    assert table.rows == (("depth", "7", "'7'", "7.0"),)


def test_seven_and_seven_point_zero_do_not_differ(trail: Trail) -> None:
    ids = [result(trail, 1, depth=7), result(trail, 2, depth=7.0)]

    report = compared(trail, *ids)

    assert report.params == ()
    assert report.summary == "2 results: nothing that was observed differs."


def test_records_hold_a_row_per_result(trail: Trail) -> None:
    ids = [result(trail, n, depth=n, score=n / 4) for n in (1, 2)]

    rows = compared(trail, *ids).records()

    assert [(row["auc"], row["depth"]) for row in rows] == [(0.25, 1), (0.5, 2)]


def test_one_result_is_too_few(trail: Trail) -> None:
    first = result(trail, 1)

    with pytest.raises(UsageFault, match="1 result was given") as caught:
        compare(trail.connection, [first, first], store=STORE)
    with pytest.raises(UsageFault, match="No result"):
        compare(trail.connection, [], store=STORE)

    assert caught.value.hint is not None


def test_a_missing_result_is_named(trail: Trail) -> None:
    first = result(trail, 1)

    with pytest.raises(NotFound, match="77"):
        compare(trail.connection, [first, 77], store=STORE)
