"""Names and their values in text: JSON, YAML, INI, reprs, tables, queries."""

from __future__ import annotations

import re
from collections.abc import Iterator

from celltrail.core.secret_literals import looks_secret, looks_secret_bare
from celltrail.core.secret_marks import Span
from celltrail.core.secret_names import Name, secret_name
from celltrail.core.secret_runs import DIGIT

_PAIR = re.compile(
    r"(?:(?<![\w.\\-])|(?<=\\[nrt]))-{0,2}+"
    r"(?P<name>(?:(?i:api|access|account|auth|secret|private) )?+[A-Za-z_][\w.-]{1,79}+)"
    r"(?P<close>\\{0,7}+[\"'`]|&quot;|&\#34;|&\#39;)?[ \t]{0,8}\]?"
    r"(?P<sep>[ \t]{0,40}+(?:=>|->|:=|=(?!=)|:(?![:/])|%3D|is\b:?|\||,(?=\s?[\"']))[ \t]{0,8}+"
    r"|>(?=[^<>\s]{4,200}</)|</t[dh]>\s{0,40}<td[^<>]{0,99}>"
    r"|(?:[ ]{2,60}+|\t)(?=[^\s=:]{6,200}(?:\r?\n|\\n|\Z)))"
)
_OPEN = re.compile(r"[rRbBuUfF]{0,2}(?P<quote>\\{0,7}(?:\"\"\"|'''|[\"'`])|&quot;|&#34;|&#39;)")
# bounded, so that `password=password=...` stays linear
_BARE = re.compile(r"(?:[^\s\"'`<>‹›\\]|\\[^nrt\s]){1,512}+")
_BARE_FIELD = re.compile(r"(?:[^\s\"'`<>‹›\\,;&|]|\\[^nrt\s]){1,512}+")
_NUMBER = re.compile(r"\d{4,}")
_QUERY_NAMES = frozenset(("sig", "signature", "x-amz-signature", "x-amz-credential",
                          "x-amz-security-token", "x-goog-signature", "x-goog-credential",
                          "awsaccesskeyid", "sessionid", "session_id", "sid"))  # fmt: skip


def _value_end(text: str, at: int, opener: str) -> int:
    """Where the quoted value that starts at ``at`` ends; its line's end when it is not closed."""
    if len(opener) == 1:
        closing = re.compile(rf"(?:[^{opener}\\\r\n]++|\\.)*+").match(text, at, at + 8192)
        return closing.end() if closing else at
    end = text.find(opener, at, at + 8192)
    if end >= 0:
        return end
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _line_ends(text: str, at: int) -> bool:
    rest = text[at : at + 40].lstrip(" \t,;")
    return not rest or rest[0] in "\r\n\"'`\\<#"


def _line_starts(text: str, at: int) -> bool:
    """Whether an assignment at `at` begins a line, behind ``export`` or a list's dash at most."""
    return (
        at == 0
        or text[at - 1] in "\r\n"
        or text.startswith(("\\n", "\\r"), at - 2)
        or text[max(0, at - 12) : at].strip(" \t-").endswith(("export", "\n", "set", "setx", "ENV"))
    )


def _is_cell_secret(value: str, name: Name) -> bool:
    """Whether a table's cell holds a secret: only what can be neither a word nor a number."""
    mixed = DIGIT.search(value) and re.search(r"[A-Za-z]", value)
    return bool(
        name.strong
        and len(value) >= 6
        and mixed
        and not re.match(r"[\d.]+(?:e[+-]?\d+|\w{1,4}\d*)?\Z", value)
    )


def pair_spans(text: str) -> Iterator[Span]:
    """Values after a secret name and a separator: JSON, YAML, INI, .env, keywords, queries."""
    done = 0
    for pair in _PAIR.finditer(text):
        if pair.start() < done:
            continue  # inside a value already taken
        name = secret_name(pair["name"])
        before = text[pair.start() - 1 : pair.start()]
        query = before in ("?", "&", ";") and pair["name"].lower() in _QUERY_NAMES
        if not name.kind:
            if not query:
                continue
            name = Name("url", True)
        at = pair.end()
        opened = _OPEN.match(text, at)
        if opened:
            span = _quoted(text, pair, name, opened)
        elif pair["close"] and pair["sep"].strip() == ":" and text[at : at + 1].isdigit():
            number = _NUMBER.match(text, at)  # {"password": 12345678}
            span = (at, number.end()) if number and name.strong else None
        else:
            span = _bare(text, pair, name, query=query)
            if span and not pair["sep"].strip().startswith(("<", ">")):
                done = span[1]
        if span:
            yield Span(*span, name.kind, pair.start())


def _quoted(
    text: str, pair: re.Match[str], name: Name, opened: re.Match[str]
) -> tuple[int, int] | None:
    start = opened.end()
    end = _value_end(text, start, opened["quote"])
    scheme = re.match(r"(?i:bearer|basic|token)\s+", text[start:end])
    start += scheme.end() if scheme else 0
    if pair["sep"].strip() == "," and not (pair["close"] and DIGIT.search(text, start, end)):
        return None  # a list of names, not a name and its value
    return (start, end) if looks_secret(text[start:end], name) else None


def _bare(text: str, pair: re.Match[str], name: Name, *, query: bool) -> tuple[int, int] | None:
    at, separator = pair.end(), pair["sep"].strip()
    starts = _line_starts(text, pair.start())
    bare = (_BARE if starts and separator in ("=", ":") else _BARE_FIELD).match(text, at)
    if not bare:
        return None
    if separator == "=" and not starts:
        whole = _BARE.match(text, at)
        if whole and not query and "=" not in whole.group()[len(bare.group()) :]:
            bare = whole  # what follows the comma or & is no field: part of the value
    end = at + len(bare.group().rstrip(",;" if starts else ",;)]}"))
    value = text[at:end]
    if separator.startswith(("<", ">")):
        return (at, end) if looks_secret(value, name) else None
    if separator in ("", "|") and not _is_cell_secret(value, name):
        return None
    if text[end : end + 1] == "(" or (text[end : end + 1] == "[" and not starts):
        return None
    colon = separator == ":" or separator.startswith(("is", "-"))
    alone = _line_ends(text, end)
    return (at, end) if looks_secret_bare(value, name, colon=colon, alone=alone) else None
