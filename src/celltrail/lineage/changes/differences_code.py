"""Root causes inside one cell: its code, and the literals in it that are no param."""

from __future__ import annotations

from typing import Any

from celltrail.core.wording import counted, cut_code
from celltrail.lineage.changes.code_change import (
    ABSENT,
    CodeChange,
    Literal,
    code_change,
    unified,
)
from celltrail.lineage.changes.differences_params import names_a_seed, param_roots
from celltrail.lineage.changes.roots import Root
from celltrail.lineage.changes.sides import Comparison

# Of a line or a value in a sentence; the diff has all of it.
_CODE_WIDTH = 120


def code_roots(comparison: Comparison, a: int, b: int, *, is_tainted: bool) -> list[Root]:
    """Return what differs inside a pair: params once each, then the code that they leave over.

    Parameters
    ----------
    comparison : Comparison
    a, b : int
        Row ids of the pair.
    is_tainted : bool
        Whether something above the pair differs; then a param whose literal is the same
        is a consequence.
    """
    one, other = comparison.a.ran[a], comparison.b.ran[b]
    change = None
    texts = "", ""
    if one.code != other.code:
        texts = comparison.text(one.code), comparison.text(other.code)
        change = code_change(*texts)
    roots, left = param_roots(comparison, (a, b), change, is_tainted=is_tainted)
    if change is None:
        return roots
    labels = comparison.label(comparison.a, a), comparison.label(comparison.b, b)
    diff = unified(*texts, (f"a {labels[0]}", f"b {labels[1]}"))
    for root in roots:
        root.diff = diff
    seeds = [literal for literal in left if _is_seed(literal)]
    for literal in seeds:
        roots.append(_literal_root(comparison, (a, b), literal, diff))
    left = [literal for literal in left if literal not in seeds]
    if change.is_cosmetic or not change.is_literal_only:
        roots.append(_code_root(comparison, (a, b), change, diff))
    elif len(left) == 1 and (not change.definitions or left[0].role == "environ"):
        roots.append(_literal_root(comparison, (a, b), left[0], diff))
    elif left:
        roots.append(_code_root(comparison, (a, b), change, diff))
    return roots


def _is_seed(literal: Literal) -> bool:
    return literal.role == "seed" or names_a_seed(literal.place)


def _literal_root(
    comparison: Comparison, pair: tuple[int, int], literal: Literal, diff: str
) -> Root:
    flows = comparison.b.flows.get(pair[1], {})
    name, kind = literal.place or _made(comparison, pair), "code"
    words = name
    if literal.role == "seed":
        seeds = [flow.removeprefix("seed:") for flow in flows if flow.startswith("seed:")]
        name, kind = seeds[0] if seeds else literal.place, "seed"
        words = f"the seed of {name}"
    elif _is_seed(literal):
        kind = "seed"
    elif literal.role == "environ":
        kind, words = "environment", f"environment variable {name}"
    elif literal.role == "argument":
        words = f"an argument of {name}"
    if literal.before is ABSENT:
        sentence = f"{words} is {_shown(literal.after)} in b and was not given in a"
    elif literal.after is ABSENT:
        sentence = f"{words} was {_shown(literal.before)} in a and is not given in b"
    else:
        sentence = f"{words} changed from {_shown(literal.before)} to {_shown(literal.after)}"
    return Root(kind, name, sentence, "effective", comparison.b, {pair[1]}, list(pair), diff=diff)


def _shown(value: Any) -> str:
    return cut_code(repr(value), _CODE_WIDTH)


def _code_root(
    comparison: Comparison, pair: tuple[int, int], change: CodeChange, diff: str
) -> Root:
    certainty = "effective"
    if change.is_cosmetic:
        name, certainty = _made(comparison, pair), "cosmetic"
        sentence = f"only comments or blanks of {comparison.label(comparison.b, pair[1])} changed"
    elif change.definitions:
        name = ", ".join(change.definitions[:3])
        sentence = f"{name} changed{_lines_words(diff)}"
    else:
        name = _made(comparison, pair)
        sentence = f"the code that makes {name} changed{_lines_words(diff)}"
    return Root("code", name, sentence, certainty, comparison.b, {pair[1]}, list(pair), diff=diff)


def _lines_words(diff: str) -> str:
    """Return a change of one line in full, and of more lines how many there are."""
    lines = [line for line in diff.splitlines()[2:] if line[1:].strip()]
    added, removed = ([line[1:].strip() for line in lines if line[0] == sign] for sign in "+-")
    if len(added) > 1 or len(removed) > 1:
        return f" ({counted(len(added), 'line')} added, {len(removed)} removed)"
    shown = [f"`{cut_code(line, _CODE_WIDTH)}`" for line in (*removed, *added)]
    if len(shown) == 2:
        return f": {shown[0]} became {shown[1]}"
    return "".join(f": {line} was {'added' if added else 'removed'}" for line in shown)


def _made(comparison: Comparison, pair: tuple[int, int]) -> str:
    """Return what a pair's cell makes for the metric, in a few names."""
    a, b = pair
    names = sorted(comparison.b.flows.get(b, {}).keys() | comparison.a.flows.get(a, {}).keys())
    if not names:
        names = list(comparison.b.row.metrics) if b in comparison.b.members else []
    shown = ", ".join(names[:3])
    return (
        f"{shown} and {len(names) - 3} more"
        if len(names) > 3
        else (shown or comparison.label(comparison.b, b))
    )
