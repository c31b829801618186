"""Marks: what stands in a text where a secret was."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

_PASSES = 8  # a replacement can uncover another; two passes are the rule, this is the cap
MARK = re.compile(r"‹redacted:([a-z]+)›|<redacted:([a-z]+)>")
"""A redaction mark; the second form stands in bytes literals, which must be ASCII."""


@dataclass(frozen=True, slots=True)
class Redacted:
    """Text without its secrets.

    Attributes
    ----------
    text : str
        The text, each secret replaced by ``‹redacted:KIND›``.
    count : int
        How many secrets were replaced.
    """

    text: str
    count: int


class Span(NamedTuple):
    """A secret found in a text, and what is to stand there instead."""

    start: int
    end: int
    kind: str
    anchor: int  # where the evidence starts: in code it must lie in the same literal
    form: str = "mark"  # "mark", "ascii" (in bytes literals) or "literal" (adds quotes)


def mark_text(kind: str, form: str = "mark") -> str:
    """Return the mark of a kind of secret, in one of the forms of `Span`."""
    if form == "ascii":
        return f"<redacted:{kind}>"
    return f'"‹redacted:{kind}›"' if form == "literal" else f"‹redacted:{kind}›"


def redacted_by(find: Callable[[str], list[Span]], text: str) -> Redacted:
    """Return the text with marks where `find` finds secrets, until it finds none."""
    count = 0
    for _ in range(_PASSES):
        spans = find(text)
        if not spans:
            break
        text, found = _apply(text, spans)
        count += found
    return Redacted(text, count)


def _apply(text: str, spans: list[Span]) -> tuple[str, int]:
    """The text with marks in place of spans; of two that overlap the union, named by the first."""
    pieces: list[str] = []
    done = 0
    count = 0
    for span in sorted(spans, key=lambda s: (s.start, -s.end)):
        if span.end <= done:
            continue
        if span.start < done:  # an overlap: already marked, drop the rest too
            done = span.end
            continue
        pieces += (text[done : span.start], mark_text(span.kind, span.form))
        done = span.end
        count += 1
    pieces.append(text[done:])
    return "".join(pieces), count
