"""Which columns differ between two contents, and by how much."""

from __future__ import annotations

from typing import TYPE_CHECKING

import plotly.graph_objects as go

from celltrail.core.wording import cut, number
from celltrail.figures.style import PALETTE, laid_out

if TYPE_CHECKING:
    from celltrail.lineage.changes.data_change import ColumnChange
    from celltrail.lineage.datasets.data_diff_report import DataDiffReport

# More bars than this cannot be read; the table has them all.
SHOWN = 30
_LABEL_WIDTH = 32


def draw_data_diff(report: DataDiffReport) -> go.Figure:
    """Return bars, a row for each column that differs.

    Parameters
    ----------
    report : DataDiffReport
        Where rows were compared, a bar is the number of cells that differ in rows that both
        contents have; else how far the mean moved, as a share of what it was. Columns of
        which neither is known have no bar.
    """
    by_cells = report.basis == "rows"
    sizes = [(one, _cells(one) if by_cells else _shift(one)) for one in report.columns]
    shown = [(one, size) for one, size in sizes if size is not None]
    shown = sorted(shown, key=lambda pair: abs(pair[1]), reverse=True)[:SHOWN]
    drawn = go.Figure()
    drawn.add_bar(
        orientation="h",
        x=[size for _, size in shown],
        y=[cut(one.name, _LABEL_WIDTH) for one, _ in shown],
        hovertext=[_hover(one) for one, _ in shown],
        hoverinfo="text",
        marker_color=PALETTE[0],
    )
    unit = "cells that differ" if by_cells else "change of the mean"
    laid_out(drawn, title=f"{report.before.label} → {report.after.label}", x_title=unit)
    drawn.update_layout(showlegend=False)
    if not by_cells:
        drawn.update_xaxes(tickformat="+.0%")
    drawn.update_yaxes(autorange="reversed")
    return drawn


def _cells(change: ColumnChange) -> float | None:
    return None if change.cells is None else float(change.cells)


def _shift(change: ColumnChange) -> float | None:
    if change.mean_before is None or change.mean_after is None or not change.mean_before:
        return None
    return (change.mean_after - change.mean_before) / abs(change.mean_before)


def _hover(change: ColumnChange) -> str:
    words = [f"{change.name}: {change.change}"]
    if change.mean_before is not None and change.mean_after is not None:
        words.append(f"mean {number(change.mean_before)} → {number(change.mean_after)}")
    return ", ".join(words)
