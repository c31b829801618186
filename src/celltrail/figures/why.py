"""How far each difference between two results reaches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import plotly.graph_objects as go

from celltrail.core.wording import cut, numbers_apart
from celltrail.figures.style import PALETTE, laid_out

if TYPE_CHECKING:
    from celltrail.lineage.changes.why_report import Difference, WhyReport

# More bars than this cannot be read; the table has them all.
SHOWN = 20
_LABEL_WIDTH = 40


def draw_why(report: WhyReport) -> go.Figure:
    """Return bars: the share of what the metric came from that each difference touches.

    Parameters
    ----------
    report : WhyReport
        Its first 20 differences are drawn, by rank from the top.
    """
    shown = report.differences[:SHOWN]
    kinds = list(dict.fromkeys(one.kind for one in shown))
    drawn = go.Figure()
    for kind, colour in zip(kinds, PALETTE, strict=False):
        bars = [one for one in shown if one.kind == kind]
        drawn.add_bar(
            name=kind,
            orientation="h",
            x=[one.share for one in bars],
            y=[_label(one) for one in bars],
            hovertext=[one.sentence for one in bars],
            hoverinfo="text",
            marker_color=colour,
        )
    if not shown:
        drawn.add_bar(x=[], y=[])
    laid_out(drawn, title=_title(report), x_title="share of what the metric came from")
    drawn.update_xaxes(range=[0, 1], tickformat=".0%")
    drawn.update_yaxes(categoryorder="array", categoryarray=[_label(one) for one in shown[::-1]])
    return drawn


def _label(difference: Difference) -> str:
    return cut(f"{difference.rank}. {difference.kind} {difference.name}", _LABEL_WIDTH)


def _title(report: WhyReport) -> str:
    for one in report.metrics:
        if one.a is not None and one.b is not None:
            return "{}: {} → {}".format(one.name, *numbers_apart(one.a, one.b))
    return f"{report.a.short} and {report.b.short}"
