"""Reports as text that fits the terminal, as HTML, as JSON and as CSV.

HTML uses JupyterLab's CSS variables with a fallback colour each, and no script; every
name that comes out of a store is escaped.
"""

from __future__ import annotations

import csv
import html
import io
import json
from collections.abc import Sequence
from typing import Any

from celltrail.capabilities.wording import clock
from celltrail.core.records import encode_value
from celltrail.core.report import Code, Report, Table
from celltrail.core.wording import CELL_WIDTH, columns_of, cut, visible

DEFAULT_WIDTH = 100  # characters, where there is no terminal to ask
_HTML_CELL_WIDTH = 80  # a page scrolls sideways; the whole text is on hover
_GAP = "  "
_BOLD, _DIM, _END = "\x1b[1m", "\x1b[2m", "\x1b[0m"
# Added and removed lines: the sign says it, the colour only helps.
_DIFF_COLOURS = {"+": "\x1b[32m", "-": "\x1b[31m"}
_DIFF_STYLES = {
    "+": "color:var(--jp-success-color0, #1b5e20);",
    "-": "color:var(--jp-error-color0, #b71c1c);",
}


def as_json(report: Report) -> str:
    """Return the data as JSON; NaN and infinities as ``{"$float": "nan"}``."""
    return json.dumps(encode_value(report.data()), indent=2, ensure_ascii=False, default=str)


def as_csv(report: Report) -> str:
    """Return the records as CSV with a heading line; columns in order of appearance."""
    found = report.records()
    records = [report.data()] if found is None else found
    columns = list(dict.fromkeys(key for record in records for key in record))
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    for record in records:
        writer.writerow([_csv_cell(record.get(column)) for column in columns])
    return stream.getvalue().removesuffix("\n")


def as_text(report: Report, *, width: int = DEFAULT_WIDTH, with_colour: bool = False) -> str:
    """Return the parts as text of at most `width` characters a line (code excepted)."""
    shown = []
    for part in report.parts(clock()):
        if isinstance(part, Table):
            shown.append(_table_text(part, width, with_colour=with_colour))
        elif isinstance(part, Code):
            shown.append(_code_text(part, with_colour=with_colour))
        else:
            shown.append(_wrapped(part, width))
    return "\n".join(shown)


def as_html(report: Report) -> str:
    """Return the parts as HTML, every text escaped."""
    shown = []
    for part in report.parts(clock()):
        if isinstance(part, Table):
            shown.append(_table_html(part))
        elif isinstance(part, Code):
            shown.append(_code_html(part))
        else:
            lines = html.escape(part).split("\n")
            shown.append(f'<p style="margin:0 0 4px 0;">{"<br>".join(lines)}</p>')
    colour = "color:var(--jp-ui-font-color1, #212121);"
    font = "font-size:var(--jp-ui-font-size1, 13px);"
    return f'<div class="jp-Celltrail-answer" style="{colour}{font}">{"".join(shown)}</div>'


def _pad(text: str, width: int, *, right: bool) -> str:
    blank = " " * max(0, width - columns_of(text))
    return blank + text if right else text + blank


def _code_text(code: Code, *, with_colour: bool) -> str:
    lines = []
    for line in code.text.splitlines():
        shown = "    " + visible(line)
        colour = _DIFF_COLOURS.get(line[:1]) if code.is_diff and with_colour else None
        lines.append(f"{colour}{shown}{_END}" if colour else shown)
    return "\n".join(lines)


def _code_html(code: Code) -> str:
    if not code.is_diff:
        return f"<pre>{html.escape(code.text)}</pre>"
    lines = []
    for line in code.text.splitlines():
        text = html.escape(line)
        style = _DIFF_STYLES.get(line[:1])
        lines.append(f'<span style="{style}">{text}</span>' if style else text)
    return "<pre>" + "\n".join(lines) + "</pre>"


def _table_text(table: Table, width: int, *, with_colour: bool) -> str:
    natural = [
        max([columns_of(visible(heading)), *(columns_of(visible(row[n])) for row in table.rows)])
        for n, heading in enumerate(table.headings)
    ]
    widths = _squeezed(natural, width)
    rows = [[cut(text, widths[n]) for n, text in enumerate(row)] for row in table.rows]
    headings = [cut(text, widths[n]) for n, text in enumerate(table.headings)]
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


def _squeezed(natural: Sequence[int], width: int) -> list[int]:
    """Return widths that fit a line: the widest give way first, none below `CELL_WIDTH`."""
    widths = list(natural)
    excess = sum(widths) + len(_GAP) * (len(widths) - 1) - width
    while excess > 0 and max(widths) > CELL_WIDTH:
        widest = max(range(len(widths)), key=widths.__getitem__)
        others = [size for n, size in enumerate(widths) if n != widest]
        floor = max(CELL_WIDTH, max(others, default=0) - 1)
        given = max(1, min(excess, widths[widest] - floor))
        widths[widest] -= given
        excess -= given
    return widths


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
        if columns_of(line) <= width or line.startswith("    "):
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
            whole, short = html.escape(text, quote=True), html.escape(cut(text, _HTML_CELL_WIDTH))
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
