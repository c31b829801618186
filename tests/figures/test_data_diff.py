"""The figure of `data diff`: a bar for each column that differs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pandas as pd
import plotly.graph_objects as go
import pytest
from recorded_cells import Recorded

from celltrail.figures.data_diff import SHOWN, draw_data_diff
from celltrail.lineage.datasets.data_diff import data_diff
from celltrail.store.database import connect

BEFORE = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [4.0, 5.0, 6.0], "c": ["x", "y", "z"]})


@pytest.fixture
def notebook(tmp_path: Path) -> Iterator[Recorded]:
    with Recorded(tmp_path) as recorded:
        yield recorded


def drawn(
    notebook: Recorded, before: pd.DataFrame, after: pd.DataFrame, *, are_kept: bool = True
) -> go.Figure:
    """Draw the difference between two frames, kept as snapshots or fitted on alone."""
    notebook.folder.joinpath("before.json").write_text(before.to_json())
    notebook.folder.joinpath("after.json").write_text(after.to_json())
    for name in ("before", "after"):
        path = notebook.folder / f"{name}.json"
        keep = f"\n%mlops snapshot {name}" if are_kept else ""
        notebook.run(f"import pandas as pd\n{name} = pd.read_json({str(path)!r}){keep}")
        if not are_kept:
            notebook.run(
                "from sklearn.linear_model import LinearRegression\n"
                f"LinearRegression().fit({name}, {name}['a'])"
            )
    with closing(connect(notebook.store, role="reader")) as connection:
        return draw_data_diff(data_diff(connection, "before", "after", store=notebook.store))


def test_a_bar_is_the_number_of_cells_that_differ(notebook: Recorded) -> None:
    after = BEFORE.assign(a=[1.0, 9.0, 9.0], c=["x", "y", "w"])

    figure = drawn(notebook, BEFORE, after)

    (bar,) = figure.data
    assert dict(zip(bar.y, bar.x, strict=True)) == {"a": 2, "c": 1}
    assert figure.layout.xaxis.title.text == "cells that differ"
    assert figure.layout.title.text == "before@1 → after@1"


def test_the_column_with_most_stands_on_top(notebook: Recorded) -> None:
    after = BEFORE.assign(a=[1.0, 2.0, 9.0], b=[0.0, 0.0, 0.0])

    figure = drawn(notebook, BEFORE, after)

    assert figure.data[0].y == ("b", "a")
    assert figure.layout.yaxis.autorange == "reversed"


def test_without_snapshots_a_bar_is_how_far_the_mean_moved(notebook: Recorded) -> None:
    numbers = BEFORE[["a", "b"]]

    figure = drawn(notebook, numbers, numbers.assign(a=[1.0, 2.0, 6.0]), are_kept=False)

    (bar,) = figure.data
    assert dict(zip(bar.y, bar.x, strict=True)) == {"a": pytest.approx(0.5)}  # a mean of 2, then 3
    assert bar.hovertext == ("a: values, mean 2 → 3",)
    assert figure.layout.xaxis.tickformat == "+.0%"
    assert figure.layout.xaxis.title.text == "change of the mean"


def test_columns_that_were_added_have_no_bar(notebook: Recorded) -> None:
    figure = drawn(notebook, BEFORE, BEFORE.assign(d=[1.0, 2.0, 3.0], a=[0.0, 2.0, 3.0]))

    assert figure.data[0].y == ("a",)


def test_no_more_bars_are_drawn_than_can_be_read(notebook: Recorded) -> None:
    wide = pd.DataFrame({f"c{number:02}": [1.0, 2.0] for number in range(SHOWN + 10)})

    figure = drawn(notebook, wide, wide * 10)

    assert len(figure.data[0].x) == SHOWN


def test_it_is_legible_on_light_and_dark_pages(notebook: Recorded) -> None:
    figure = drawn(notebook, BEFORE, BEFORE.assign(a=[1.0, 2.0, 9.0]))

    assert figure.layout.paper_bgcolor == figure.layout.plot_bgcolor == "rgba(0,0,0,0)"
    assert figure.layout.font.color == "#808080"
