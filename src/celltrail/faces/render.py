"""Answers as text that fits the terminal, as HTML, as JSON and as CSV.

HTML uses JupyterLab's CSS variables with a fallback colour each, and no script; every
name that comes out of a store is escaped.
"""

from __future__ import annotations

import csv
import html
import io
import json
import math
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from celltrail.core.records import encode_value

DEFAULT_WIDTH = 100  # characters, where there is no terminal to ask
CELL_WIDTH = 32  # longer values are cut with an ellipsis
_GAP = "  "
_BOLD, _DIM, _END = "\x1b[1m", "\x1b[2m", "\x1b[0m"
# Metrics of which less is better, by a word in their name; else more is.
_LESS_IS_BETTER = re.compile(
    r"(^|_)(loss|losses|error|errors|rmse|mse|mae|mape|msle|rmsle|medae|deviance|brier|hamming"
    r"|perplexity|regret|bias|latency|seconds|duration)(_|\b|$)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Table:
    """A table of texts.

    Attributes
    ----------
    headings : tuple of str
    rows : tuple of tuple of str
    right : frozenset of int
        Columns of numbers, aligned right.
    best : frozenset of (int, int)
        (row, column) of the best values, shown bold.
    keep : int
        The first columns, which are never dropped for width.
    """

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: frozenset[int] = frozenset()
    best: frozenset[tuple[int, int]] = frozenset()
    keep: int = 1


@dataclass(frozen=True, slots=True)
class Code:
    """Source text, shown as it is."""

    text: str


Part = Table | Code | str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command found: `data` for programs, `parts` for people.

    Attributes
    ----------
    data : object
        JSON-able.
    parts : tuple
        Sentences, tables and code, in reading order.
    code : int
        Exit code: 0 done, 1 a check said no.
    records : list of dict or None
        What `--csv` and `to_frame` show; None where there is no table.
    """

    data: Any
    parts: tuple[Part, ...] = ()
    code: int = 0
    records: list[dict[str, Any]] | None = field(default=None)


def as_json(answer: Answer) -> str:
    """Return the data as JSON; NaN and infinities as ``{"$float": "nan"}``."""
    return json.dumps(encode_value(answer.data), indent=2, ensure_ascii=False, default=str)


def as_csv(answer: Answer) -> str:
    """Return the records as CSV with a heading line; columns in order of appearance."""
    records = answer.records if answer.records is not None else [answer.data]
    columns = list(dict.fromkeys(key for record in records for key in record))
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    for record in records:
        writer.writerow([_csv_cell(record.get(column)) for column in columns])
    return stream.getvalue().removesuffix("\n")


def as_text(answer: Answer, *, width: int = DEFAULT_WIDTH, with_colour: bool = False) -> str:
    """Return the parts as text of at most `width` characters a line (code excepted)."""
    shown = []
    for part in answer.parts:
        if isinstance(part, Table):
            shown.append(_table_text(part, width, with_colour=with_colour))
        elif isinstance(part, Code):
            shown.append("\n".join("    " + visible(line) for line in part.text.splitlines()))
        else:
            shown.append(_wrapped(part, width))
    return "\n".join(shown)


def as_html(answer: Answer) -> str:
    """Return the parts as HTML, every text escaped."""
    shown = []
    for part in answer.parts:
        if isinstance(part, Table):
            shown.append(_table_html(part))
        elif isinstance(part, Code):
            shown.append(f"<pre>{html.escape(part.text)}</pre>")
        else:
            lines = html.escape(part).split("\n")
            shown.append(f'<p style="margin:0 0 4px 0;">{"<br>".join(lines)}</p>')
    colour = "color:var(--jp-ui-font-color1, #212121);"
    font = "font-size:var(--jp-ui-font-size1, 13px);"
    return f'<div class="jp-Celltrail-answer" style="{colour}{font}">{"".join(shown)}</div>'


def number(value: float) -> str:
    """Return a number with six significant digits; ``nan``, ``inf``, ``-inf`` as words.

    Examples
    --------
    >>> [number(value) for value in (0.9133333333, 12.0, float("nan"), 1e-9)]
    ['0.913333', '12', 'nan', '1e-09']
    """
    return f"{value:.6g}"


def counted(count: int, word: str) -> str:
    """Return a count with its word: ``1 result``, ``2,000 results``."""
    return f"{count:,} {word}" + ("" if count == 1 else "s")


def value_text(value: Any) -> str:
    """Return a param's value for a table cell."""
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, (int, float)):
        return number(value) if isinstance(value, float) else str(value)
    return value if isinstance(value, str) else json.dumps(encode_value(value), ensure_ascii=False)


def moment(microseconds: int | None, *, now: datetime) -> str:
    """Return a local time in its short form: today ``14:05``, this year ``03-21 14:05``."""
    if microseconds is None:
        return ""
    try:
        when = datetime.fromtimestamp(microseconds / 1e6).astimezone()
    except (OverflowError, OSError, ValueError):
        return "?"
    if when.date() == now.date():
        return when.strftime("%H:%M")
    return when.strftime("%m-%d %H:%M" if when.year == now.year else "%Y-%m-%d")


def iso(microseconds: int | None) -> str | None:
    """Return a time as ISO 8601 in UTC, as JSON shows it."""
    if microseconds is None:
        return None
    from datetime import UTC, timedelta

    try:
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)).isoformat()
    except OverflowError:
        return None


def best_of(values: Sequence[float | None], name: str) -> int | None:
    """Return the index of the best value of a metric; None below two different ones.

    Less is better for names such as ``loss``, ``rmse`` or ``mean_squared_error``.
    """
    known = [(v, n) for n, v in enumerate(values) if v is not None and not math.isnan(v)]
    if len({v for v, _ in known}) < 2:
        return None
    pick: Callable[..., tuple[float, int]] = min if _LESS_IS_BETTER.search(name) else max
    chosen = pick(known, key=lambda pair: pair[0])
    return chosen[1]


def visible(text: str) -> str:
    """Return one line without control characters, which could drive the terminal."""
    return "".join(
        " "
        if c in "\t\n\r"
        else c
        if unicodedata.category(c)[0] != "C"
        else "\N{REPLACEMENT CHARACTER}"
        for c in text
    )


def cut(text: str, width: int = CELL_WIDTH) -> str:
    """Return a text of at most `width` columns, cut with an ellipsis."""
    text = visible(text)
    if _columns(text) <= width:
        return text
    while text and _columns(text) > width - 1:
        text = text[:-1]
    return text + "…"


def _columns(text: str) -> int:
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    return len(text) + wide - sum(unicodedata.combining(c) > 0 for c in text)


def _pad(text: str, width: int, *, right: bool) -> str:
    blank = " " * max(0, width - _columns(text))
    return blank + text if right else text + blank


def _table_text(table: Table, width: int, *, with_colour: bool) -> str:
    rows = [[cut(text) for text in row] for row in table.rows]
    headings = [cut(text) for text in table.headings]
    widths = [
        max([_columns(heading), *(_columns(row[n]) for row in rows)])
        for n, heading in enumerate(headings)
    ]
    shown = _fitting(widths, width, table.keep)
    line = _GAP.join(_pad(headings[n], widths[n], right=n in table.right) for n in shown).rstrip()
    lines = [f"{_DIM}{line}{_END}" if with_colour else line]
    for at, row in enumerate(rows):
        cells = []
        for n in shown:
            text = _pad(row[n], widths[n], right=n in table.right)
            is_best = (at, n) in table.best
            cells.append(f"{_BOLD}{text}{_END}" if is_best and with_colour else text)
        lines.append(_GAP.join(cells).rstrip())
    if len(shown) < len(headings):
        left = [headings[n] for n in range(len(headings)) if n not in shown]
        lines.append(_wrapped(f"not shown for width: {', '.join(left)}", width))
    return "\n".join(lines)


def _fitting(widths: Sequence[int], width: int, keep: int) -> list[int]:
    shown: list[int] = []
    used = 0
    for n, size in enumerate(widths):
        needed = size + (len(_GAP) if shown else 0)
        if n >= keep and used + needed > width:
            break
        shown.append(n)
        used += needed
    return shown


def _wrapped(text: str, width: int) -> str:
    import textwrap

    lines = []
    for line in text.split("\n"):
        if _columns(line) <= width or line.startswith("    "):
            lines.append(visible(line))
        else:
            # A path or an identifier stays whole: it is there to be copied.
            pieces = textwrap.wrap(
                line, max(20, width), break_long_words=False, break_on_hyphens=False
            )
            lines.extend(visible(piece) for piece in pieces)
    return "\n".join(lines)


def _table_html(table: Table) -> str:
    border = "1px solid var(--jp-border-color2, #e0e0e0)"
    cell = f"padding:2px 8px;border-bottom:{border};white-space:nowrap;"
    head = []
    for n, heading in enumerate(table.headings):
        align = "right" if n in table.right else "left"
        style = f"{cell}text-align:{align};color:var(--jp-ui-font-color2, #616161);font-weight:500;"
        head.append(f'<th scope="col" style="{style}">{html.escape(heading)}</th>')
    body = []
    for at, row in enumerate(table.rows):
        cells = []
        for n, text in enumerate(row):
            align = "right" if n in table.right else "left"
            whole, short = html.escape(text, quote=True), html.escape(cut(text))
            title = f' title="{whole}"' if whole != short else ""
            # Best is said by weight and by a word for who cannot see the weight.
            inner = f'<b aria-label="{short}, best">{short}</b>' if (at, n) in table.best else short
            cells.append(f'<td style="{cell}text-align:{align};"{title}>{inner}</td>')
        body.append(f"<tr>{''.join(cells)}</tr>")
    return (
        '<div style="overflow-x:auto;"><table style="border-collapse:collapse;'
        'background:var(--jp-layout-color1, #ffffff);">'
        f"<thead><tr>{''.join(head)}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
    )


def _csv_cell(value: Any) -> Any:
    if isinstance(value, (dict, list, tuple)):
        return json.dumps(encode_value(value), ensure_ascii=False, default=str)
    # A spreadsheet runs a text that starts like a formula.
    if isinstance(value, str) and value[:1] in ("=", "+", "@", "\t", "\r"):
        return "'" + value
    return value
