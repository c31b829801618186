"""Root causes of the difference between two results, found pair by pair of executions.

Executions are visited in the order in which b ran them. A pair is *tainted* when
something above it, or in itself, differs; what differs in a tainted pair's products is
a consequence. What differs although nothing above or in it does was not observed.
"""

from __future__ import annotations

from celltrail.lineage.changes.code_change import imported_names
from celltrail.lineage.changes.differences_code import code_roots
from celltrail.lineage.changes.differences_order import alone_roots, order_roots, repeated_root
from celltrail.lineage.changes.differences_outside import (
    divide,
    files_alone,
    outside_words,
    reload_roots,
    reloaded_names,
)
from celltrail.lineage.changes.differences_params import step_roots
from celltrail.lineage.changes.differences_unknown import unexplained_root
from celltrail.lineage.changes.roots import Found, Root
from celltrail.lineage.changes.sides import GENERATORS, Comparison, content_relation, same_value
from celltrail.store.why_rows import Use


def find_roots(comparison: Comparison) -> Found:
    """Return the root causes, unranked."""
    found = Found()
    found.tainted |= comparison.only_b
    _Visit(comparison, found).run()
    return found


class _Visit:
    def __init__(self, comparison: Comparison, found: Found) -> None:
        self.comparison = comparison
        self.found = found
        self.outside: dict[tuple[str, int, int], Root] = {}
        self.rewired: dict[str, list[tuple[int, int]]] = {}
        self.metrics_differ = any(
            not same_value(value, comparison.b.row.metrics[name])
            for name, value in comparison.a.row.metrics.items()
            if name in comparison.b.row.metrics
        )

    def run(self) -> None:
        comparison, found = self.comparison, self.found
        changed = [
            comparison.sides[side].ran[row].code
            for pair in comparison.pairs
            if comparison.a.ran[pair[0]].code != comparison.b.ran[pair[1]].code
            for side, row in enumerate(pair)
        ]
        comparison.read_codes(changed)
        reload_roots(comparison, found)
        for a, b in comparison.pairs:
            self._visit(a, b)
        alone_roots(comparison, found)
        order_roots(comparison, found, self.rewired)
        found.roots += step_roots(comparison)
        divide(comparison, list(self.outside.values()))
        found.roots += self.outside.values()
        found.roots += found.unexplained

    def _visit(self, a: int, b: int) -> None:
        comparison, found = self.comparison, self.found
        one, other = comparison.a.ran[a], comparison.b.ran[b]
        is_tainted = self._inputs(a, b)
        roots = code_roots(comparison, a, b, is_tainted=is_tainted)
        effect, differing = self._effect(a, b)
        if one.code == other.code and effect != "without effect":
            self._files_alone(a, b, effect, differing)
        if b in comparison.again or a in comparison.again:
            if not roots and effect == "without effect":
                return  # the same again, with the same outcome
            if one.code == other.code and b not in found.causes:
                found.roots.append(self._ran_again(a, b, differing))
                found.causes.add(b)
        for root in roots:
            if root.certainty != "cosmetic":
                root.certainty = effect
                root.contents = [item for item in differing if item[0] not in GENERATORS]
                found.tainted.add(b)
                found.causes.add(b)
        if any(root.diff and root.certainty != "cosmetic" for root in roots):
            found.changed_code |= {a, b}
        found.roots += roots
        is_cause = b in found.causes
        self._unseeded(a, b, effect, is_explained=is_tainted or is_cause)
        if is_tainted:
            found.tainted.add(b)
            if not is_cause and effect != "without effect":
                found.consequences.add(b)
        elif not is_cause and effect == "effective":
            found.tainted.add(b)
            found.causes.add(b)
            if not (one.unseeded or other.unseeded):
                found.unexplained.append(unexplained_root(comparison, (a, b), differing))

    def _inputs(self, a: int, b: int) -> bool:
        """Whether what the pair read differs; notes what came from outside or from elsewhere."""
        comparison = self.comparison
        ours, theirs = comparison.a.used.get(a, {}), comparison.b.used.get(b, {})
        same_code = comparison.a.ran[a].code == comparison.b.ran[b].code
        is_tainted = False
        for name in sorted(ours.keys() | theirs.keys()):
            one, other = ours.get(name), theirs.get(name)
            if one is None or other is None:
                source = other.source if other is not None else None
                is_tainted |= source in comparison.only_b and same_code
                is_tainted |= one is not None and one.source in comparison.only_a and same_code
                continue
            if name in GENERATORS:
                is_tainted |= self._drawn_between(a, b, one, other)
                continue
            if one.entity == other.entity and one.source is not None and one.source == other.source:
                continue  # the very same content, even where it is unknown
            if not self.found.modules.isdisjoint({(one.source, name), (other.source, name)}):
                is_tainted = True
                continue
            relation = content_relation(one, other)
            self._note(b, other, relation)
            if relation in ("same", "sampled") or other.kind == "module":
                continue
            if one.source is None and other.source is None:
                if relation == "differs":
                    self._from_outside(name, a, b, one, other)
                    is_tainted = True
                continue
            is_tainted |= self._from_cells(name, (a, b), one, other, same_code=same_code)
        return is_tainted

    def _from_cells(
        self, name: str, pair: tuple[int, int], one: Use, other: Use, *, same_code: bool
    ) -> bool:
        """Whether an input's difference is a consequence; notes a name made by another cell."""
        comparison = self.comparison
        wired = one.source is not None and (
            comparison.partner.get(one.source) == other.source or one.source == other.source
        )
        if wired:
            return other.source in self.found.tainted or other.source in self.found.causes
        alone = one.source in comparison.only_a or other.source in comparison.only_b
        again = not comparison.again.isdisjoint((*pair, one.source, other.source))
        if not alone and not again and same_code:
            if one.source is None or other.source is None:
                self._from_outside(name, *pair, one, other)
            else:
                self.rewired.setdefault(name, []).append(pair)
        return True

    def _note(self, execution: int, use: Use, relation: str) -> None:
        words = None
        where = self.comparison.label(self.comparison.b, execution)
        if relation == "sampled" or use.check == "sampled-equal":
            words = f"{use.name} in {where}: only a sample of its content was compared"
        elif relation == "unknown":
            words = f"{use.name} in {where}: its content is unknown"
        if words is not None:
            self.found.unknown.append(words)

    def _drawn_between(self, a: int, b: int, one: Use, other: Use) -> bool:
        """Note that cells outside of the closure drew from a seeded generator in between."""
        comparison = self.comparison
        if content_relation(one, other) != "differs":
            return False
        generator = one.name.removeprefix("ambient:")
        seeds = [
            side.used.get(row, {}).get(f"seed:{generator}")
            for side, row in ((comparison.a, a), (comparison.b, b))
        ]
        if seeds[0] is None or seeds[1] is None or content_relation(seeds[0], seeds[1]) != "same":
            return False
        if one.source is not None and comparison.partner.get(one.source) == other.source:
            return other.source in self.found.tainted
        label = comparison.label(comparison.b, b)
        self.found.roots.append(
            Root(
                "order",
                generator,
                f"other cells drew from {generator} between its seed and {label} in one of the two",
                "effective",
                comparison.b,
                {b},
                [a, b],
            )
        )
        self.found.causes.add(b)
        return True

    def _from_outside(self, name: str, a: int, b: int, one: Use, other: Use) -> None:
        key = (name, one.entity, other.entity)
        effect, differing = self._effect(a, b)
        root = self.outside.get(key)
        if root is None:
            kind, shown, sentence = outside_words(name)
            root = Root(kind, shown, sentence, effect, self.comparison.b, set())
            root.contents.append((shown, one.entity, other.entity))
            self.outside[key] = root
        if root.kind == "code":  # a file of the project that the cell imports
            module = root.name.rpartition("/")[2].removesuffix(".py")
            code = self.comparison.text(self.comparison.b.ran[b].code)
            names = imported_names(code, module) | reloaded_names(self.comparison.b, b)
            self.found.modules |= {(b, name) for name in names}
            root.reaches |= names
            effect = "effective"
        if effect == "effective":
            root.certainty = effect
        root.starts.add(b)
        root.executions += [a, b]
        root.contents += [item for item in differing if item not in root.contents]
        self.found.causes.add(b)

    def _files_alone(
        self, a: int, b: int, effect: str, differing: list[tuple[str, int, int]]
    ) -> None:
        root = files_alone(self.comparison, (a, b), effect, differing)
        if root is not None:
            self.found.roots.append(root)
            self.found.tainted.add(b)
            self.found.causes.add(b)

    def _effect(self, a: int, b: int) -> tuple[str, list[tuple[str, int, int]]]:
        """Return whether what the pair made differs, and the (name, entity, entity) that do."""
        comparison = self.comparison
        ours, theirs = comparison.a.flows.get(a, {}), comparison.b.flows.get(b, {})
        differing = []
        relations = set()
        for name in sorted(ours.keys() & theirs.keys()):
            if ours[name].kind == "module" and theirs[name].kind == "module":
                continue  # a module's content is its version
            relation = content_relation(ours[name], theirs[name])
            relations.add(relation)
            if relation == "differs":
                differing.append((name, ours[name].entity, theirs[name].entity))
        is_owner = a in comparison.a.members and b in comparison.b.members
        if "differs" in relations or (is_owner and self.metrics_differ):
            return "effective", differing
        return "possible" if "unknown" in relations else "without effect", differing

    def _unseeded(self, a: int, b: int, effect: str, *, is_explained: bool) -> None:
        comparison = self.comparison
        one, other = comparison.a.ran[a], comparison.b.ran[b]
        names = dict.fromkeys(other.unseeded or one.unseeded)
        if a == b or effect == "without effect":
            return
        for name in names:
            if any(root.kind == "seed" and root.name == name for root in self.found.roots):
                continue
            if any(
                f"seed:{name}" in comparison.sides[side].flows.get(row, {})
                for side, rows in enumerate((comparison.only_a, comparison.only_b))
                for row in rows
            ):
                continue  # a seed that is missing on one side is said as that
            self.found.roots.append(
                Root(
                    "unseeded",
                    name,
                    f"{comparison.label(comparison.b, b)} draws from {name}, which nothing seeded",
                    "possible" if is_explained else effect,
                    comparison.b,
                    {b},
                    [a, b],
                )
            )
            self.found.causes.add(b)

    def _ran_again(self, a: int, b: int, differing: list[tuple[str, int, int]]) -> Root:
        comparison = self.comparison
        side, row = (comparison.b, b) if b in comparison.again else (comparison.a, a)
        root = repeated_root(comparison, side, row, [a, b], differing)
        sources = {use.source for use in comparison.b.used.get(b, {}).values()}
        if sources & (self.found.tainted | self.found.causes):
            root.certainty = "possible"  # what differs above it may be all that matters
        self.found.tainted.add(b)
        return root
