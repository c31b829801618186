"""Root causes inside one cell: its code, its params, its seeds."""

from __future__ import annotations

from typing import Any

from celltrail.core.wording import counted, cut_code, value_text
from celltrail.lineage.changes.code_change import (
    ABSENT,
    CodeChange,
    Expression,
    Literal,
    code_change,
    unified,
)
from celltrail.lineage.changes.roots import Root
from celltrail.lineage.changes.sides import Comparison, Side, same_value
from celltrail.store.why_rows import ParamRow

# Names that people give to seeds; a name that ends in one of them counts as well.
_SEED_NAMES = ("seed", "random_state")
# Of a line or a value in a sentence; the diff has all of it.
_CODE_WIDTH = 120
_Key = tuple[str | None, str]
_Values = dict[_Key, tuple[ParamRow | None, ParamRow | None]]


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
    roots, left = _param_roots(comparison, (a, b), change, is_tainted=is_tainted)
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
    elif len(left) == 1:
        roots.append(_literal_root(comparison, (a, b), left[0], diff))
    elif left:
        roots.append(_code_root(comparison, (a, b), change, diff))
    return roots


def param_root(
    comparison: Comparison,
    name: str,
    values: tuple[Any, Any],
    known: tuple[bool, bool],
    pair: tuple[int, int],
) -> Root:
    """Return the root of a param that differs; `known` says which sides have it."""
    texts = [value_text(value) for value in values]
    if texts[0] == texts[1]:
        texts = [repr(value) for value in values]
    if all(known):
        sentence = f"{name} changed from {texts[0]} to {texts[1]}"
    elif known[1]:
        sentence = f"{name} is {texts[1]} in b and was not set in a"
    else:
        sentence = f"{name} was {texts[0]} in a and is not set in b"
    kind = "seed" if _names_a_seed(name.rpartition(".")[2]) else "param"
    return Root(kind, name, sentence, "effective", comparison.b, {pair[1]}, list(pair), *values)


def _names_a_seed(name: str) -> bool:
    return name.lower().endswith(_SEED_NAMES)


def _is_seed(literal: Literal) -> bool:
    return literal.role == "seed" or _names_a_seed(literal.place)


def _param_roots(
    comparison: Comparison, pair: tuple[int, int], change: CodeChange | None, *, is_tainted: bool
) -> tuple[list[Root], list[Literal]]:
    """Return the params that differ here and not above, and the literals that are no param."""
    ours, theirs = (_params(side, row) for side, row in zip(comparison.sides, pair, strict=True))
    left = list(change.literals) if change is not None else []
    roots: dict[str, Root] = {}
    relevant = ours[1] | theirs[1]
    for key in ours[0] | theirs[0]:
        one, other = ours[0].get(key), theirs[0].get(key)
        if one is not None and other is not None and same_value(one.value, other.value):
            continue
        literal = _literal_of(key[1], one, other, change)
        if literal is not None and literal.place != key[1] and (None, literal.place) in relevant:
            continue  # a name of the cell, which is told as that
        if literal in left:
            left.remove(literal)
        is_root = _is_root(one, other, literal, change, is_tainted=is_tainted)
        if key not in relevant or not is_root:
            continue
        name = _shown_name(comparison, key)
        values = one.value if one else None, other.value if other else None
        twins = [root for root in roots.values() if root.name.rpartition(".")[2] == key[1]]
        if not any(same_value([twin.a, twin.b], list(values)) for twin in twins):
            known = one is not None, other is not None
            root = param_root(comparison, name, values, known, pair)
            root.reaches = (other or one).reaches  # type: ignore[union-attr]  # one has it
            roots[name] = root
    return list(roots.values()), left


def _params(side: Side, row: int) -> tuple[dict[_Key, ParamRow], set[_Key]]:
    """Return the last value of each param of an execution, and which of them reach the metric."""
    wanted = set(side.flows.get(row, ()))
    if row in side.members:
        wanted |= {f"metric:{name}" for name in side.row.metrics}
    rows = side.params.get(row, [])
    last = max((param.step for param in rows if param.step is not None), default=None)
    step = side.step if row in side.members and side.step >= 0 else last
    found: dict[_Key, ParamRow] = {}
    relevant: set[_Key] = set()
    for param in rows:
        if param.step is not None and param.step != step:
            continue
        key = (param.owner, param.name)
        found[key] = param
        if not param.reaches or not param.reaches.isdisjoint(wanted):
            relevant.add(key)
    return found, relevant


def _literal_of(
    name: str, one: ParamRow | None, other: ParamRow | None, change: CodeChange | None
) -> Literal | None:
    """Return the changed literal that is this param: of its name if there is one."""
    values = [ABSENT if param is None else param.value for param in (one, other)]
    fitting = [
        literal
        for literal in (change.literals if change is not None else ())
        if _agrees(literal.before, values[0], named=literal.place == name)
        and _agrees(literal.after, values[1], named=literal.place == name)
    ]
    named = [literal for literal in fitting if literal.place == name]
    return named[0] if named else fitting[0] if fitting else None


def _agrees(literal: Any, value: Any, *, named: bool) -> bool:
    """Whether a literal is a param's value; an estimator's default stands for a missing keyword."""
    if literal is ABSENT or value is ABSENT or isinstance(literal, Expression):
        return named
    return same_value(list(literal) if isinstance(literal, tuple) else literal, value)


def _is_root(
    one: ParamRow | None,
    other: ParamRow | None,
    literal: Literal | None,
    change: CodeChange | None,
    *,
    is_tainted: bool,
) -> bool:
    """Whether a param that differs was changed here."""
    if literal is not None:
        return True
    known = other or one
    if one is None or other is None or known is None:
        return change is None and not is_tainted
    if known.step is not None or known.origin in ("injected", "logged"):
        return True
    if change is not None and not change.is_literal_only and not change.is_cosmetic:
        return known.origin == "literal"
    return not is_tainted


def _shown_name(comparison: Comparison, key: _Key) -> str:
    """Return the name under which results list a param."""
    owner, name = key
    listed = comparison.a.row.params.keys() | comparison.b.row.params.keys()
    owned = f"{owner}.{name}"
    return owned if owner is not None and owned in listed and name not in listed else name


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
