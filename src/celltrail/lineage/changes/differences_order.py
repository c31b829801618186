"""Root causes in which cells ran: on one side alone, more often, or in another order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from celltrail.lineage.changes.roots import Found, Root
from celltrail.lineage.changes.sides import Comparison, Side, content_relation
from celltrail.store.why_rows import Use

_DEFINITIONS = frozenset({"class", "function", "module"})


def alone_roots(comparison: Comparison, found: Found) -> None:
    """Add cells that only one side has, but for those that serve another of them."""
    for side, alone in ((comparison.a, comparison.only_a), (comparison.b, comparison.only_b)):
        for row in sorted(alone):
            readers = side.readers.get(row, set())
            flows = side.flows.get(row, {})
            if flows and all((row, name) in found.modules for name in flows):
                continue  # told as the file that it reloaded
            is_definition = all(use.kind in _DEFINITIONS for use in flows.values())
            if readers and readers <= alone:
                continue
            if is_definition and readers <= alone | found.changed_code:
                continue
            if readers and readers <= found.changed_code and _is_replaced(comparison, side, row):
                continue
            _alone_root(comparison, found, side, row)


def _is_replaced(comparison: Comparison, side: Side, row: int) -> bool:
    """Whether a seed is missed on the other side because its readers no longer draw from it."""
    seeds = {
        name.removeprefix("seed:") for name in side.flows.get(row, {}) if name.startswith("seed:")
    }
    others = comparison.b if side is comparison.a else comparison.a
    drawn = {name for row in others.own for name in others.ran[row].unseeded}
    return bool(seeds) and seeds.isdisjoint(drawn)


def _alone_root(comparison: Comparison, found: Found, side: Side, row: int) -> None:
    flows = side.flows.get(row, {})
    letter, other = ("a", "b") if side is comparison.a else ("b", "a")
    reads = list(_reads(comparison, side, row))
    relations = {_relation(*read) for read in reads}
    if relations and relations <= {"same", "outside"}:
        if "outside" in relations:
            found.unknown.append(
                f"what made {', '.join(sorted(flows))} in {other}: forgotten, or not a cell"
            )
        return
    differing = _differing(reads, is_b=letter == "b")
    seeds = [name.removeprefix("seed:") for name in flows if name.startswith("seed:")]
    twin = comparison.b if letter == "a" else comparison.a
    if not seeds and comparison.runs_like(twin, row):
        found.roots.append(repeated_root(comparison, side, row, [row], differing))
        return
    if seeds:
        name, kind = seeds[0], "seed"
        sentence = f"{name} was seeded in {letter} ({comparison.label(side, row)}), not in {other}"
    else:
        name, kind = ", ".join(sorted(flows)[:3]) or comparison.label(side, row), "code"
        sentence = f"{comparison.line(side, row)} is part of {letter} only"
    root = Root(kind, name, sentence, "effective", side, {row}, [row], contents=differing)
    sign = "+" if letter == "b" else "-"
    text = comparison.text(side.ran[row].code)
    root.diff = "\n".join(sign + line for line in text.splitlines())
    found.roots.append(root)


def _reads(comparison: Comparison, side: Side, row: int) -> Iterator[tuple[Use, Use | None]]:
    """Yield what was read of an execution, and what the reader's twin found under that name."""
    is_b = side is comparison.b
    back = {b: a for a, b in comparison.pairs}
    others = comparison.a if is_b else comparison.b
    for reader in sorted(side.readers.get(row, ())):
        twin = back.get(reader) if is_b else comparison.partner.get(reader)
        for name, use in side.used[reader].items():
            if use.source == row and twin is not None:
                yield use, others.used.get(twin, {}).get(name)


def _relation(use: Use, other: Use | None) -> str:
    if other is None:
        return "absent"
    relation = content_relation(use, other)
    is_same = relation in ("same", "sampled")
    return ("outside" if other.source is None else "same") if is_same else relation


def _differing(
    reads: Iterable[tuple[Use, Use | None]], *, is_b: bool
) -> list[tuple[str, int, int]]:
    """Return name and contents (of a, of b) of what twins read otherwise, once each."""
    found = []
    for use, other in reads:
        if other is not None and _relation(use, other) == "differs":
            a, b = (other, use) if is_b else (use, other)
            found.append((use.name, a.entity, b.entity))
    return list(dict.fromkeys(found))


def repeated_root(
    comparison: Comparison,
    side: Side,
    row: int,
    executions: list[int],
    differing: list[tuple[str, int, int]],
) -> Root:
    """Return the root of a cell that ran more often on one side.

    Parameters
    ----------
    comparison : Comparison
    side, row
        The side, and its last run of the cell.
    executions : list of int
    differing : list of (str, int, int)
        Name and contents of what differs right below it.
    """
    counts = [comparison.runs_like(one, row) for one in comparison.sides]
    times = [{1: "once", 2: "twice"}.get(count, f"{count} times") for count in counts]
    flows = [name for name in side.flows.get(row, {}) if not name.startswith("ambient:")]
    return Root(
        "order",
        ", ".join(sorted(flows)[:3]) or comparison.label(side, row),
        f"{comparison.line(side, row)} ran {times[1]} in b, {times[0]} in a",
        "effective",
        side,
        {row},
        executions,
        contents=differing,
    )


def order_roots(
    comparison: Comparison, found: Found, rewired: dict[str, list[tuple[int, int]]]
) -> None:
    """Add names that went through the same cells in another order, once each.

    Parameters
    ----------
    comparison : Comparison
    found : Found
    rewired : dict of str to list of (int, int)
        By name: pairs that read it from cells that do not stand for each other.
    """
    seen: set[frozenset[int]] = set()
    for name, pairs in rewired.items():
        readers = frozenset(b for _, b in pairs)
        if readers in seen:
            continue
        seen.add(readers)
        found.causes |= readers
        executions = [row for pair in pairs for row in pair]
        sentence = _swapped(comparison, pairs) or _other_source(comparison, name, pairs[0])
        found.roots.append(
            Root("order", name, sentence, "effective", comparison.b, set(readers), executions)
        )


def _swapped(comparison: Comparison, pairs: list[tuple[int, int]]) -> str | None:
    """Return a sentence about two cells that ran the other way round, where there are two."""
    places = [{row: at for at, row in enumerate(side.ran)} for side in comparison.sides]
    for one in pairs:
        for other in pairs:
            if places[1][one[1]] < places[1][other[1]] and places[0][one[0]] > places[0][other[0]]:
                first, second = (comparison.line(comparison.b, pair[1]) for pair in (one, other))
                return f"{first} ran before {second} in b, after it in a"
    return None


def _other_source(comparison: Comparison, name: str, pair: tuple[int, int]) -> str:
    labels = []
    for side, row in zip(comparison.sides, pair, strict=True):
        source = side.used[row][name].source
        known = source is not None and source in side.ran
        labels.append(comparison.label(side, source) if known and source else "another cell")
    reader = comparison.label(comparison.b, pair[1])
    return f"{reader} read {name} from {labels[1]} in b, from {labels[0]} in a"
