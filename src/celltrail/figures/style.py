"""One look for every figure: quiet, and legible on light and dark pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import plotly.graph_objects as go

# Okabe and Ito's colours (2008), told apart with every common colour blindness; black left out,
# which a dark page swallows.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#F0E442", "#999999")
_GREY = "#808080"  # the only grey with enough contrast on white and on black
_ROW_PIXELS = 28
_FRAME_PIXELS = 140


def laid_out(figure: go.Figure, *, title: str, x_title: str = "", rows: int | None = None) -> None:
    """Give a figure its title, axis title and colours.

    Parameters
    ----------
    figure : plotly.graph_objects.Figure
    title, x_title : str
    rows : int or None
        How many rows it has, for its height; None counts the bars.
    """
    count = rows if rows is not None else sum(len(trace.y or ()) for trace in figure.data)
    figure.update_layout(
        title={"text": title, "font": {"size": 14}},
        height=_FRAME_PIXELS + _ROW_PIXELS * max(1, count),
        margin={"l": 8, "r": 16, "t": 48, "b": 48},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": _GREY},
        legend={"orientation": "h", "y": -0.2},
        barmode="overlay",
    )
    figure.update_xaxes(title=x_title, gridcolor="rgba(128,128,128,0.25)", zerolinecolor=_GREY)
    figure.update_yaxes(automargin=True, gridcolor="rgba(128,128,128,0.25)")
