"""Numbers, counts and names in words, the same in every report and on every face."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

from celltrail.core.records import encode_value

CELL_WIDTH = 32  # characters of a table's cell; longer values are cut with an ellipsis
# A dotted name or number, blanks, or one sign: code is cut between two of them.
_CODE_WORD = re.compile(r"[\w.]+|\s+|.")
# Metrics of which less is better, by a word in their name; else more is.
LESS_IS_BETTER = re.compile(
    r"(^|_)(loss|losses|error|errors|rmse|mse|mae|mape|msle|rmsle|medae|deviance|brier|hamming"
    r"|perplexity|regret|bias|latency|seconds|duration)(_|\b|$)",
    re.IGNORECASE,
)


def number(value: float) -> str:
    """Return a number with six significant digits; ``nan``, ``inf``, ``-inf`` as words.

    Examples
    --------
    >>> [number(value) for value in (0.9133333333, 12.0, float("nan"), 1e-9)]
    ['0.913333', '12', 'nan', '1e-09']
    """
    return f"{value:.6g}"


def numbers_apart(a: float, b: float) -> tuple[str, str]:
    """Return two numbers as `number` says them, with as many digits as tell them apart.

    Examples
    --------
    >>> numbers_apart(0.5, 0.25), numbers_apart(33.11045376, 33.11053575)
    (('0.5', '0.25'), ('33.11045', '33.11054'))
    """
    texts = number(a), number(b)
    for digits in range(7, 18):  # 17 tell any two apart
        if texts[0] != texts[1] or a == b:
            break
        texts = f"{a:.{digits}g}", f"{b:.{digits}g}"
    return texts


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


def best_of(values: Sequence[float | None], name: str) -> int | None:
    """Return the index of the best value of a metric; None below two different ones.

    Less is better for names such as ``loss``, ``rmse`` or ``mean_squared_error``.
    """
    known = [(v, n) for n, v in enumerate(values) if v is not None and not math.isnan(v)]
    if len({v for v, _ in known}) < 2:
        return None
    pick: Callable[..., tuple[float, int]] = min if LESS_IS_BETTER.search(name) else max
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
    if columns_of(text) <= width:
        return text
    while text and columns_of(text) > width - 1:
        text = text[:-1]
    return text + "…"


def cut_code(text: str, width: int) -> str:
    """Return code in one line of at most `width` characters, cut between words, never in a name.

    Examples
    --------
    >>> cut_code("model = linear_model.Ridge(alpha)", 24)
    'model = …'
    """
    text = visible(text)
    if len(text) <= width:
        return text
    end = max((m.end() for m in _CODE_WORD.finditer(text) if m.end() <= width - 2), default=0)
    return f"{text[:end].rstrip()} …" if end else cut(text, width)


def columns_of(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    return len(text) + wide - sum(unicodedata.combining(c) > 0 for c in text)
