"""Results as lines over the params that differ and their metrics."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go

from celltrail.core.wording import counted, cut
from celltrail.figures.style import PALETTE, laid_out

if TYPE_CHECKING:
    from celltrail.lineage.changes.compare_report import CompareReport, ParamDifference

# More axes than this cannot be told apart on a page; the tables have all.
SHOWN_AXES = 12
_LABEL_WIDTH = 18


def draw_compare(report: CompareReport) -> go.Figure:
    """Return parallel coordinates: a line for each result, an axis for each param and metric.

    Parameters
    ----------
    report : CompareReport
        Params that differ come first, then the metrics that all results have; the title
        counts the others. The first metric colours the lines. A param that is text, or that
        a result does not set, has a step for each of its values. NaN and infinities stand
        at the axis's lower end.
    """
    shared = [one for one in report.metrics if None not in one.values]
    params = [_axis(one) for one in report.params]
    metrics = [_number_axis(one.name, one.values) for one in shared]
    axes = [*params[: max(1, SHOWN_AXES - len(metrics))], *metrics][:SHOWN_AXES]
    colours = _finite(shared[0].values) if shared else []
    drawn = go.Figure(
        go.Parcoords(
            dimensions=axes,
            line={"color": colours, "colorscale": [PALETTE[5], PALETTE[1]], "showscale": False},
            labelangle=-20,
        )
    )
    laid_out(drawn, title=_title(report, len(report.metrics) - len(shared)), rows=8)
    drawn.update_layout(margin={"l": 56, "r": 56, "t": 96, "b": 32})
    return drawn


def _title(report: CompareReport, left_out: int) -> str:
    title = counted(len(report.results), "result")
    if not left_out:
        return title
    verb = "is" if left_out == 1 else "are"
    return f"{title} ({counted(left_out, 'metric')} that not all have {verb} left out)"


def _axis(param: ParamDifference) -> dict[str, Any]:
    values = param.values
    is_number = all(isinstance(one, (int, float)) and not isinstance(one, bool) for one in values)
    if is_number and all(param.is_set):
        return _number_axis(param.name, values)
    texts = param.texts
    steps = list(dict.fromkeys(texts))
    return {
        "label": cut(param.name, _LABEL_WIDTH),
        "values": [steps.index(one) for one in texts],
        "tickvals": list(range(len(steps))),
        "ticktext": [cut(one, _LABEL_WIDTH) for one in steps],
        "range": [0, max(1, len(steps) - 1)],
    }


def _number_axis(name: str, values: Sequence[float | None]) -> dict[str, Any]:
    return {"label": cut(name, _LABEL_WIDTH), "values": _finite(values)}


def _finite(values: Sequence[float | None]) -> list[float]:
    """Return the values with the lowest finite one in the place of what is no number."""
    known = [float(one) for one in values if one is not None and math.isfinite(one)]
    lowest = min(known, default=0.0)
    return [float(one) if one is not None and math.isfinite(one) else lowest for one in values]
