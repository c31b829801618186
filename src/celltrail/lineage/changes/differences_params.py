"""Root causes that are params: of a cell, and of the steps of one loop."""

from __future__ import annotations

from typing import Any

from celltrail.core.wording import value_text
from celltrail.lineage.changes.code_change import ABSENT, CodeChange, Expression, Literal
from celltrail.lineage.changes.roots import Root
from celltrail.lineage.changes.sides import Comparison, Side, same_value
from celltrail.store.why_rows import ParamRow

# Names that people give to seeds; a name that ends in one of them counts as well.
_SEED_NAMES = ("seed", "random_state")
_Key = tuple[str | None, str]
_Params = tuple[dict[_Key, ParamRow], set[_Key]]  # all, and those that reach the metric


def param_roots(
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
        values = one.value if one else None, other.value if other else None
        literal = _literal_of(key[1], one, other, change)
        is_own = literal is not None and literal.place == key[1]
        if key[0] is not None and not is_own and _is_of_name(key[1], values, (ours, theirs)):
            continue  # told as the variable that it was given
        if literal in left:
            left.remove(literal)
        is_root = _is_root(one, other, literal, change, is_tainted=is_tainted)
        if key not in relevant or not is_root:
            continue
        name = _shown_name(comparison, key)
        twins = [root for root in roots.values() if root.name.rpartition(".")[2] == key[1]]
        if not any(same_value([twin.a, twin.b], list(values)) for twin in twins):
            known = one is not None, other is not None
            root = _param_root(comparison, name, values, known, pair)
            root.reaches = (other or one).reaches  # type: ignore[union-attr]  # one has it
            roots[name] = root
    return list(roots.values()), left


def _params(side: Side, row: int) -> _Params:
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


def _is_of_name(name: str, values: tuple[Any, Any], sides: tuple[_Params, _Params]) -> bool:
    """Whether a variable of the cell changed exactly as an estimator's param did."""
    known = [params for params, _ in sides]
    return all((None, name) not in params for params in known) and any(
        owner is None and same_value([one.value, known[1][owner, other].value], list(values))
        for (owner, other), one in known[0].items()
        if (owner, other) in known[1]
    )


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


def step_roots(comparison: Comparison) -> list[Root]:
    """Return params that differ in what both closures share: steps of one loop, runs."""
    ours, theirs = comparison.a.row.params, comparison.b.row.params
    told = {
        param.name
        for side in comparison.sides
        for row in side.own
        for param in side.params.get(row, ())
    }
    rows = min(comparison.a.members), min(comparison.b.members)
    sides = _params(comparison.a, rows[0]), _params(comparison.b, rows[1])
    roots = []
    for name in sorted(ours.keys() | theirs.keys()):
        bare = name.rpartition(".")[2]
        if bare in told or name in told:
            continue
        values, known = (ours.get(name), theirs.get(name)), (name in ours, name in theirs)
        if all(known) and (same_value(*values) or _is_of_name(bare, values, sides)):
            continue
        roots.append(_param_root(comparison, name, values, known, rows))
    return roots


def _param_root(
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
    kind = "seed" if names_a_seed(name.rpartition(".")[2]) else "param"
    return Root(kind, name, sentence, "effective", comparison.b, {pair[1]}, list(pair), *values)


def names_a_seed(name: str) -> bool:
    """Whether people give such a name to a seed."""
    return name.lower().endswith(_SEED_NAMES)
