"""Secrets taken out of the source of a cell."""

from __future__ import annotations

import re
from bisect import bisect_right

from celltrail.core.secret_marks import Redacted, Span, redacted_by
from celltrail.core.secret_names import word_set
from celltrail.core.secret_runs import run_spans
from celltrail.core.secret_scan import Scan
from celltrail.core.secret_text import is_clean, text_spans

_CELL_MAGIC = re.compile(r"\s*%%(\w+)")
# cell magics whose body is Python; the body of any other is text in some other language
_PYTHON_MAGICS = word_set(
    "time timeit capture prun mlops memit mprun lprun snakeviz heat pyinstrument scalene px "
    "python python3 pypy"
)


def code_spans(source: str) -> list[Span]:
    """Secrets in source, each inside one literal, comment or shell line."""
    low = source.lower()
    hinted = not is_clean(source, low)
    runs = [] if hinted else list(run_spans(source))
    if not hinted and not runs:
        return []
    scan = Scan(source)
    scan.run()
    spans = scan.spans
    found = text_spans(source, low) if hinted else runs
    magic = _CELL_MAGIC.match(source)
    if magic and magic[1] not in _PYTHON_MAGICS:
        return spans + text_spans(source, low, in_shell=magic[1] in ("bash", "sh", "script", "cmd"))
    regions = sorted(scan.regions)
    starts = [region[0] for region in regions]
    for span in found:
        at = bisect_right(starts, span.start) - 1
        if at < 0:
            continue
        start, end, form = regions[at]
        # evidence in another literal or in code is the scan's to judge
        if span.start >= end or span.anchor < start:
            continue
        stop = min(span.end, end)
        begin = span.start
        while begin > start and _splits_escape(source, start, begin):
            begin -= 1
        while stop < end and _splits_escape(source, start, stop):
            stop += 1
        spans.append(Span(begin, stop, span.kind, span.anchor, form))
    for start, end in scan.shells:
        line = source[start:end]
        for span in text_spans(line, line.lower(), in_shell=True):
            spans.append(Span(start + span.start, start + span.end, span.kind, start))
    return spans


def _splits_escape(source: str, start: int, at: int) -> bool:
    backslashes = at
    while backslashes > start and source[backslashes - 1] == "\\":
        backslashes -= 1
    return (at - backslashes) % 2 == 1


def redact_code(source: str) -> Redacted:
    """Source of a cell without its secrets, valid Python where it was.

    Parameters
    ----------
    source : str
        Python or IPython source, which need not parse: literals, comments, magics, shell lines.

    Returns
    -------
    Redacted
        The source and the number of replacements. A redacted literal stays a literal of its own
        type and prefix; in bytes literals the mark is ``<redacted:KIND>``. A secret number
        becomes a string.

    Examples
    --------
    >>> redact_code('connect("db", password="hunter2")').text
    'connect("db", password="‹redacted:password›")'
    """
    return redacted_by(code_spans, source)
