"""The first line of a cell, ``%%mlops run …`` or ``%%mlops off``, and the off comment."""

from __future__ import annotations

import ast
import math
import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from celltrail.core.errors import UsageFault

# Verbs whose body runs as the cell's own code; others are left to the cell magic.
VERBS = ("run", "off")
OPTIONS = ("--name", "--param", "--tag", "-p", "--help")
OFF_TAGS = frozenset({"celltrail-off", "celltrail:off", "celltrail: off"})

# Magics that run their body as the cell's own code; the body of others may be text for a
# file or another language, and a ``%%mlops`` line in it is theirs.
_WRAPPERS = re.compile(r"%%(?:time|timeit|capture|prun)(?:\s|\Z)")
_FIRST_LINE = re.compile(r"%%mlops(?:[ \t]+(?P<rest>.*?))?\s*\Z")
_OFF_COMMENT = re.compile(
    r"^[ \t]*#[ \t]*celltrail[ \t]*:[ \t]*off\b", re.MULTILINE | re.IGNORECASE
)
# What `nbconvert --to script` makes of a cell that starts with ``%%mlops off``.
_OFF_CALL = re.compile(r"""run_cell_magic\(\s*(["'])mlops\1\s*,\s*(["'])off\b""")
_NON_FINITE = {"nan": math.nan, "inf": math.inf, "+inf": math.inf, "-inf": -math.inf}


@dataclass(frozen=True, slots=True)
class Directive:
    """What the first line of a cell asks for.

    Attributes
    ----------
    verb : str
        One of `VERBS`.
    name : str or None
        The run's name.
    params : dict
        Values read as Python literals where they are one, else text.
    tags : dict of str to str
    """

    verb: str
    name: str | None = None
    params: dict[str, Any] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)


def read_directive(raw_cell: str) -> Directive | None:
    r"""Return what the first line of the cell asks for; None when it asks for nothing.

    Parameters
    ----------
    raw_cell : str
        The cell as typed. The directive may also follow ``%%time``, ``%%timeit``,
        ``%%capture`` or ``%%prun``.

    Returns
    -------
    Directive or None
        None also for verbs that `VERBS` does not hold and for ``--help``: those are
        answered by the cell magic.

    Raises
    ------
    UsageFault
        If the options cannot be read, or a second ``%%mlops`` line follows.

    Examples
    --------
    >>> read_directive("%%mlops run --name base -p lr=0.1\nfit()")
    Directive(verb='run', name='base', params={'lr': 0.1}, tags={})
    """
    return _read(raw_cell.splitlines(keepends=True))


def transform_lines(lines: list[str]) -> list[str]:
    """Return the cell's lines without the directive, other line numbers unchanged.

    The directive becomes ``#``; before another cell magic it is left out, since that
    has to stand first. Pure and idempotent: a kernel transforms each cell more than once.

    Parameters
    ----------
    lines : list of str
        With their line ends.

    Raises
    ------
    UsageFault
        As `read_directive`.
    """
    if _read(lines) is None:
        return lines
    first = _directive_line(lines)
    following = first + 1 + _first(lines[first + 1 :])
    if following < len(lines) and lines[following].startswith("%%"):
        above = [line for line in lines[:first] if not line.isspace()]
        return [*above, *lines[following:]]
    return [*lines[:first], "#\n" if lines[first].endswith("\n") else "#", *lines[first + 1 :]]


def is_switched_off(raw_cell: str, cell_tags: Iterable[str] = ()) -> bool:
    r"""Return whether a comment, the first line or a cell tag says not to record the cell.

    Examples
    --------
    >>> is_switched_off("# celltrail: off\npassword = 'x'")
    True
    """
    if not OFF_TAGS.isdisjoint(cell_tags):
        return True
    if "celltrail" in raw_cell.lower() and _OFF_COMMENT.search(raw_cell):
        return True
    if "mlops" not in raw_cell:
        return False
    lines = raw_cell.splitlines()
    at = _directive_line(lines)
    words = lines[at].split() if at < len(lines) else []
    return words[:2] == ["%%mlops", "off"] or _OFF_CALL.search(raw_cell) is not None


def read_options(words: list[str], verb: str = "run") -> Directive:
    """Return the directive that the words after the verb spell.

    Raises
    ------
    UsageFault
        If a word is no option of the verb, or an option lacks its value.
    """
    if verb == "off":
        if words:
            raise UsageFault(
                f"`%%mlops off` takes no options; {words[0]!r} was found.",
                "write `%%mlops off` alone on the first line.",
            )
        return Directive(verb)
    name: str | None = None
    params: dict[str, Any] = {}
    tags: dict[str, str] = {}
    rest = list(words)
    while rest:
        word = rest.pop(0)
        option, has_value, value = word.partition("=") if word.startswith("--") else (word, "", "")
        if option not in OPTIONS:
            if word.startswith("-p") and "=" in word:  # -plr=0.1
                option, has_value, value = "-p", "=", word[2:]
            elif word.startswith("-"):
                raise UsageFault.unknown(f"option of `%%mlops {verb}`", option, OPTIONS)
            else:
                raise UsageFault(
                    f"`%%mlops {verb}` takes only options; {word!r} was found.",
                    f"name the run with `--name {word}`, give a value with `-p name=value`.",
                )
        if not has_value:
            if not rest:
                raise UsageFault(
                    f"{option} has no value.", "write --name base, -p lr=0.1 or --tag key=value."
                )
            value = rest.pop(0)
        if option == "--name":
            name = value
            continue
        key, equals, text = value.partition("=")
        if not equals or not key.strip():
            raise UsageFault.unreadable(f"value of {option}", value, "name=value")
        if option == "--tag":
            tags[key.strip()] = text
        else:
            params[key.strip()] = parse_value(text)
    return Directive(verb, name, params, tags)


def parse_value(text: str) -> Any:
    """Return the number, truth value, None, text, list or dict that `text` spells.

    Examples
    --------
    >>> [parse_value(text) for text in ("1e-4", "True", "adam", "'7'", "(1, 2)")]
    [0.0001, True, 'adam', '7', [1, 2]]
    """
    if text in _NON_FINITE:
        return _NON_FINITE[text]
    try:
        value = ast.literal_eval(text)
        return _plain(value)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return text


def _plain(value: Any) -> Any:
    """Return a JSON-able copy; TypeError for bytes, sets, complex numbers and odd keys."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {key: _plain(item) for key, item in value.items()}
    raise TypeError


def _first(lines: list[str]) -> int:
    """Return the index of the first line that is not blank; past the end if all are."""
    return next((n for n, line in enumerate(lines) if line and not line.isspace()), len(lines))


def _directive_line(lines: list[str]) -> int:
    """Return the index of the first line that is neither blank nor a wrapping magic."""
    at = _first(lines)
    while at < len(lines) and _WRAPPERS.match(lines[at]):
        at += 1 + _first(lines[at + 1 :])
    return at


def _read(lines: list[str]) -> Directive | None:
    first = _directive_line(lines)
    if first >= len(lines):
        return None
    match = _FIRST_LINE.match(lines[first])
    if match is None or not match["rest"]:
        return None
    verb, _, rest = match["rest"].partition(" ")
    if verb not in VERBS:
        return None
    try:
        words = shlex.split(rest)
    except ValueError as fault:
        raise UsageFault(
            f"`%%mlops {verb} {rest.strip()}` could not be read ({fault}).",
            "close the quotation mark.",
        ) from None
    if "--help" in words or "-h" in words:
        return None
    directive = read_options(words, verb)
    following = first + 1 + _directive_line(lines[first + 1 :])
    if following < len(lines) and re.match(r"%%mlops(?:\s|\Z)", lines[following]):
        raise UsageFault(
            "Two `%%mlops` lines were found at the top of the cell; one is expected.",
            "put the options on one line.",
        )
    return directive
