"""Secrets taken out of any text.

Clean input costs two scans (a word scan and a scan for long unbroken runs); the rules run only
when one of the two finds something.
"""

from __future__ import annotations

import re
from bisect import bisect_right

from celltrail.core.secret_marks import Redacted, Span, redacted_by
from celltrail.core.secret_names import secret_name
from celltrail.core.secret_pairs import pair_spans
from celltrail.core.secret_runs import run_spans
from celltrail.core.secret_shapes import PEM, shape_spans

_PART_CHARACTERS = 4096
# Substring searches run at memory speed, a regex of the same words at 100 ns a character.
_NEEDLES = (
    "pass", "pwd", "secret", "token", "auth", "cred", "dsn", "conn", "key", "cookie", "bearer",
    "jwt", "pw", "://", "sig=", "signature=", "identified by", "wandb", "curl ", "wget ", "basic ",
    "redis-cli", "mysql", "sqlcmd", "sid=", "sessionid", "_pat",
)  # fmt: skip
_SHAPE_NEEDLES = (
    "cookie", "bearer ", "basic ", "private key", "sig=", "signature=", "identified by", "wandb",
    "api key", "access key", "account key", "curl ", "wget ", "mysql", "sshpass", "redis-cli",
    "sqlcmd", "authorization", "sessionid", "sid=", "password '", "login",
)  # fmt: skip
# in source and JSON a line break is "\\n": its n belongs to no word
_WORD = re.compile(r"(?<!\\)[A-Za-z_][\w-]{1,119}+")


def is_clean(text: str, low: str) -> bool:
    """Whether no rule but those for long runs can apply; what most cells pay for."""
    found = [needle for needle in _NEEDLES if needle in low]
    if not found:
        return True
    if found == ["://"]:
        return "@" not in low
    if ("://" in low and "@" in low) or any(needle in low for needle in _SHAPE_NEEDLES):
        return False
    return not any(secret_name(word).kind for word in set(_WORD.findall(text)))


def text_spans(text: str, low: str, *, in_shell: bool = False) -> list[Span]:
    """Secrets in a text by all rules; in shell lines every word after a flag may be one."""
    spans = list(run_spans(text))
    if "PRIVATE KEY" in text:  # the one rule that spans lines
        spans += [Span(*found.span(), "key", found.start()) for found in PEM.finditer(text)]
    if not in_shell and is_clean(text, low):
        return spans
    start = 0
    while start < len(text):  # one secret in a long log costs its own part, not the whole log
        end = text.find("\n", start + _PART_CHARACTERS) + 1 or len(text)
        part = text[start:end]
        part_low = part.lower()
        if in_shell or not is_clean(part, part_low):
            for rule in (shape_spans(part, part_low, in_shell=in_shell), pair_spans(part)):
                spans += [
                    span._replace(
                        start=span.start + start, end=span.end + start, anchor=span.anchor + start
                    )
                    for span in rule
                ]
        start = end
    return spans


_COLOUR = re.compile(r"\x1b\[[\d;]*m")


def _colour_free_spans(text: str) -> list[Span]:
    """Spans of the text under its colours: IPython's tracebacks colour every token apart."""
    pieces: list[str] = []
    shown: list[int] = []  # where each piece starts in the text without colours
    placed: list[int] = []  # and where in the text with them
    at = size = 0
    for stop, resume in [*(found.span() for found in _COLOUR.finditer(text)), (len(text), 0)]:
        if stop > at:
            pieces.append(text[at:stop])
            shown.append(size)
            placed.append(at)
            size += stop - at
        at = resume
    plain = "".join(pieces)

    def original(position: int) -> int:
        piece = bisect_right(shown, position) - 1
        return placed[piece] + position - shown[piece]

    return [
        span._replace(start=original(span.start), end=original(span.end - 1) + 1)
        for span in text_spans(plain, plain.lower())
    ]


def redact_text(text: str) -> Redacted:
    """Any text without the secrets in it.

    Parameters
    ----------
    text : str
        Output streams, HTML, JSON, tracebacks, paths, URLs.

    Returns
    -------
    Redacted
        The text and the number of replacements; redacting again changes nothing.

    Notes
    -----
    A secret with no telling name, format or shape (``print("hunter2")``) is found only by a
    `SecretMemory` that saw it before. Ids drawn at random (20 and more characters of mixed case
    and digits) are taken for secrets outside URLs and paths.

    Examples
    --------
    >>> redact_text("postgres://ann:hunter2@db/x").text
    'postgres://ann:‹redacted:url›@db/x'
    """
    return redacted_by(_all_spans, text)


def _all_spans(text: str) -> list[Span]:
    return _colour_free_spans(text) if "\x1b[" in text else text_spans(text, text.lower())
