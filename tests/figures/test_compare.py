"""The figure of `compare`: a line for each result over params and metrics."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from trail_rows import Trail, metric, param

from celltrail.figures.compare import SHOWN_AXES, draw_compare
from celltrail.lineage.changes.compare import compare
from celltrail.lineage.changes.compare_report import CompareReport

STORE = Path("/project/.celltrail")


@pytest.fixture
def trail() -> Trail:
    return Trail()


def compared(trail: Trail, *results: tuple[dict[str, Any], dict[str, float]]) -> CompareReport:
    """Write results of (params, metrics), each in a session of its own, and compare them."""
    ids = []
    for number, (params, metrics) in enumerate(results):
        trail.execute(
            "fit()",
            params=[param(name, value) for name, value in params.items()],
            metrics=[metric(name, value) for name, value in metrics.items()],
            session=f"s{number}",
            cell="fit",
        )
        ids.append(int(trail.connection.execute("SELECT max(id) FROM result").fetchone()[0]))
    return compare(trail.connection, ids, store=STORE)


def axes(report: CompareReport) -> dict[str, Any]:
    return {one.label: one for one in draw_compare(report).data[0].dimensions}


def test_params_that_differ_come_first_and_then_metrics(trail: Trail) -> None:
    report = compared(
        trail,
        ({"depth": 3, "same": 1}, {"auc": 0.5, "loss": 0.75}),
        ({"depth": 4, "same": 1}, {"auc": 0.25, "loss": 0.5}),
    )

    found = axes(report)

    assert {name: axis["values"] for name, axis in found.items()} == {
        "depth": (3, 4),
        "auc": (0.5, 0.25),
        "loss": (0.75, 0.5),
    }
    assert list(found) == ["depth", "auc", "loss"]


def test_the_first_metric_colours_the_lines(trail: Trail) -> None:
    drawn = draw_compare(compared(trail, ({"k": 1}, {"auc": 0.5}), ({"k": 2}, {"auc": 0.25})))

    assert drawn.data[0].line.color == (0.5, 0.25)
    assert drawn.layout.title.text == "2 results"


def test_a_param_of_words_has_a_step_for_each(trail: Trail) -> None:
    words = ("rbf", "linear", "rbf")
    report = compared(trail, *(({"kernel": word}, {"auc": 0.5}) for word in words))

    axis = axes(report)["kernel"]

    assert axis["values"] == (0, 1, 0)
    assert axis.ticktext == ("rbf", "linear")
    assert axis.tickvals == (0, 1)


def test_a_param_that_a_result_does_not_set_is_not_set(trail: Trail) -> None:
    report = compared(
        trail, ({"depth": 3}, {"auc": 0.5}), ({}, {"auc": 0.5}), ({"depth": 5}, {"auc": 0.5})
    )

    axis = axes(report)["depth"]

    assert axis.ticktext == ("3", "not set", "5")
    assert axis["values"] == (0, 1, 2)


def test_a_param_that_is_set_to_none_is_not_unset(trail: Trail) -> None:
    report = compared(trail, ({"depth": None}, {"auc": 0.5}), ({}, {"auc": 0.5}))

    assert axes(report)["depth"].ticktext == ("None", "not set")


def test_metrics_that_not_all_have_are_left_out_and_counted(trail: Trail) -> None:
    report = compared(
        trail, ({"k": 1}, {"f1": 0.5, "auc": 0.5}), ({"k": 2}, {"auc": 0.75, "loss": 1.0})
    )

    drawn = draw_compare(report)

    assert [one.label for one in drawn.data[0].dimensions] == ["k", "auc"]
    assert drawn.data[0].line.color == (0.5, 0.75)
    assert drawn.layout.title.text == "2 results (2 metrics that not all have are left out)"


def test_numbers_that_are_not_finite_stand_at_the_lower_end(trail: Trail) -> None:
    values = (0.5, math.nan, 0.25, math.inf)
    report = compared(trail, *(({}, {"auc": value}) for value in values))

    assert axes(report)["auc"]["values"] == (0.5, 0.25, 0.25, 0.25)


def test_there_are_never_more_axes_than_can_be_told_apart(trail: Trail) -> None:
    names = [f"p{number:02}" for number in range(30)]
    report = compared(
        trail, *((dict.fromkeys(names, value), {"auc": value / 4}) for value in (1, 2))
    )

    found = axes(report)

    assert len(found) == SHOWN_AXES
    assert "auc" in found


def test_it_is_legible_on_light_and_dark_pages(trail: Trail) -> None:
    drawn = draw_compare(compared(trail, ({"k": 1}, {"auc": 0.5}), ({"k": 2}, {"auc": 0.25})))

    assert drawn.layout.paper_bgcolor == "rgba(0,0,0,0)"
    assert drawn.layout.font.color == "#808080"
