"""The figure of `why`: a bar for each difference, as long as its reach."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import plotly.graph_objects as go
import pytest
from trail_rows import Trail, metric, param

from celltrail.figures.style import PALETTE
from celltrail.figures.why import SHOWN, draw_why
from celltrail.lineage.changes.why import why
from celltrail.lineage.changes.why_report import WhyReport

STORE = Path("/project/.celltrail")


@pytest.fixture
def trail() -> Trail:
    return Trail()


def result(trail: Trail, session: str, *, x: Any = 1, score: float = 0.5, **params: Any) -> int:
    """Write a cell that reads a file and a cell that fits with params; return the result."""
    read = trail.execute(
        "df = load('x.csv')",
        uses={"file:x.csv": (None, x, "file")},
        makes={"df": (x, "frame")},
        session=session,
        cell="read",
    )
    trail.execute(
        f"fit({', '.join(f'{name}={value}' for name, value in params.items())})",
        uses={"df": (read, x, "frame")},
        params=[param(name, value) for name, value in params.items()],
        metrics=[metric("auc", score)],
        session=session,
        cell="fit",
    )
    return int(trail.connection.execute("SELECT max(id) FROM result").fetchone()[0])


def report(trail: Trail, a: int, b: int) -> WhyReport:
    return why(trail.connection, a, b, store=STORE)


def bars(figure: go.Figure) -> dict[str, float]:
    return {y: x for trace in figure.data for x, y in zip(trace.x, trace.y, strict=True)}


def test_each_difference_is_a_bar_of_the_share_that_it_touches(trail: Trail) -> None:
    a = result(trail, "one", depth=3)
    b = result(trail, "two", x=2, depth=4, score=0.75)

    drawn = draw_why(report(trail, a, b))

    assert bars(drawn) == {"1. data x.csv": 1.0, "2. param depth": 0.5}
    assert [trace.name for trace in drawn.data] == ["data", "param"]
    assert drawn.layout.title.text == "auc: 0.5 → 0.75"


def test_the_first_difference_stands_on_top_and_hovering_says_it(trail: Trail) -> None:
    a = result(trail, "one", depth=3)
    b = result(trail, "two", x=2, depth=4, score=0.75)

    drawn = draw_why(report(trail, a, b))

    # Categories go upwards from the axis.
    assert drawn.layout.yaxis.categoryarray == ("2. param depth", "1. data x.csv")
    assert drawn.data[1].hovertext == ("depth changed from 3 to 4",)


def test_the_axis_is_the_whole_closure_in_percent(trail: Trail) -> None:
    drawn = draw_why(report(trail, result(trail, "one", depth=1), result(trail, "two", depth=2)))

    assert drawn.layout.xaxis.range == (0, 1)
    assert drawn.layout.xaxis.tickformat == ".0%"
    assert drawn.layout.xaxis.title.text == "share of what the metric came from"


def test_metrics_that_are_close_are_told_apart_in_the_title(trail: Trail) -> None:
    a = result(trail, "one", score=0.12345678)
    b = result(trail, "two", x=2, score=0.12345679)

    assert draw_why(report(trail, a, b)).layout.title.text == "auc: 0.12345678 → 0.12345679"


def test_only_the_first_differences_are_drawn(trail: Trail) -> None:
    a, b = (
        result(trail, session, **{f"p{number:02}": value for number in range(SHOWN + 5)})
        for session, value in (("one", 1), ("two", 2))
    )

    found = report(trail, a, b)

    assert len(found.differences) == SHOWN + 5
    assert len(bars(draw_why(found))) == SHOWN


def test_nothing_that_differs_is_an_empty_figure(trail: Trail) -> None:
    drawn = draw_why(report(trail, result(trail, "one"), result(trail, "two")))

    assert bars(drawn) == {}
    assert drawn.layout.title.text == "auc: 0.5 → 0.5"


def test_it_is_legible_on_light_and_dark_pages(trail: Trail) -> None:
    """The page shows through, and no colour is that of a page."""
    drawn = draw_why(report(trail, result(trail, "one"), result(trail, "two", x=2)))

    assert drawn.layout.paper_bgcolor == drawn.layout.plot_bgcolor == "rgba(0,0,0,0)"
    assert drawn.layout.font.color == "#808080"
    assert {trace.marker.color for trace in drawn.data} <= set(PALETTE)
    assert {"#000000", "#FFFFFF"}.isdisjoint(PALETTE)
