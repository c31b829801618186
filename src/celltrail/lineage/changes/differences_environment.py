"""Root causes around the code: packages, Python, the commit, the machine."""

from __future__ import annotations

from celltrail.core.wording import counted
from celltrail.lineage.changes.code_change import imported_names
from celltrail.lineage.changes.roots import Found, Root
from celltrail.lineage.changes.sides import Comparison, Side
from celltrail.store.why_rows import EnvironmentRow

# A sentence names so many packages, and counts the rest.
_NAMED = 3


def environment_roots(comparison: Comparison, found: Found) -> list[Root]:
    """Return what differs between the environments of the two metrics.

    A package that the closure imports explains what nothing else does: such a root of
    `found` is replaced by the package. Packages that one side alone has loaded are one
    difference without a place in the lineage: what is loaded follows from the code.
    """
    ids = [_environment(comparison, side) for side in (0, 1)]
    if ids[0] is None or ids[1] is None:
        found.unknown.append("the environment (packages, Python, machine) of one of the results")
        return []
    if ids[0] == ids[1]:
        return []
    known = comparison.environments([ids[0], ids[1]])
    a, b = known[ids[0]], known[ids[1]]
    return [
        *_packages(comparison, found, a, b),
        *_surroundings(comparison, a, b),
        *_loaded(comparison, a, b),
    ]


def _environment(comparison: Comparison, side: int) -> int | None:
    """Return the environment of a side's last execution with a metric."""
    one = comparison.sides[side]
    rows = [one.ran[row].environment for row in sorted(one.members) if row in one.ran]
    return next((row for row in reversed(rows) if row is not None), None)


def _packages(
    comparison: Comparison, found: Found, a: EnvironmentRow, b: EnvironmentRow
) -> list[Root]:
    changed = {
        name: (version, b.packages[name])
        for name, version in a.packages.items()
        if name in b.packages and b.packages[name] != version
    }
    if not changed:
        return []
    side = comparison.b
    comparison.read_codes(one.code for one in side.ran.values())
    roots = []
    for name, (before, after) in sorted(changed.items()):
        starts = _importers(comparison, side, name)
        explained = [root for root in found.unexplained if root.starts <= starts | _above(root)]
        # Where the package is a file of the project, its version says more than the file.
        twins = [root for root in found.roots if root.kind == "code" and root.name == f"{name}.py"]
        starts |= {row for one in twins for row in side.reach.rows(one.touched()) - one.starts}
        explained += twins
        for root in explained:
            if root in found.roots:
                found.roots.remove(root)
        certainty = "effective" if explained else "possible" if starts else "indirect"
        sentence = f"package {name} changed from {before} to {after}"
        if not starts:
            sentence += "; no cell that the metric came from imports it"
        executions = sorted(side.members)
        roots.append(
            Root("environment", name, sentence, certainty, side, starts, executions, before, after)
        )
    return roots


def _importers(comparison: Comparison, side: Side, package: str) -> set[int]:
    """Return the executions that use what is imported of a package."""
    found: set[int] = set()
    for row, one in side.ran.items():
        code = comparison.text(one.code)
        if row not in side.own or package not in code:
            continue
        names = imported_names(code, package)
        if not names:
            continue
        flows = side.flows.get(row, {})
        found |= {flows[word].execution for word in names if word in flows}
        found |= {
            reader
            for reader in side.readers.get(row, ())
            if any(use.source == row and use.name in names for use in side.used[reader].values())
        }
        if row in side.members or flows.keys() - names:
            found.add(row)
    return found


def _loaded(comparison: Comparison, a: EnvironmentRow, b: EnvironmentRow) -> list[Root]:
    """Return what only one of them has loaded, as one root."""
    phrases, names = [], []
    for letter, one, other in (("a", a, b), ("b", b, a)):
        alone = sorted(one.packages.keys() - other.packages.keys())
        names += alone
        if alone:
            shown = ", ".join(f"{name} {one.packages[name]}" for name in alone[:_NAMED])
            more = f" and {counted(len(alone) - _NAMED, 'more package')}"
            verb = "is" if len(alone) == 1 else "are"
            phrases.append(
                f"{shown}{more if len(alone) > _NAMED else ''} {verb} loaded in {letter} only"
            )
    if not names:
        return []
    shown = ", ".join(names[:_NAMED])
    executions = sorted(comparison.b.members)
    sentence = "; ".join(phrases)
    return [Root("environment", shown, sentence, "indirect", comparison.b, set(), executions)]


def _above(root: Root) -> set[int]:
    """Return the cells whose imports differ: their content is the package's."""
    return root.starts if root.kind == "code" else set()


def _surroundings(comparison: Comparison, a: EnvironmentRow, b: EnvironmentRow) -> list[Root]:
    side = comparison.b
    top = {
        row
        for row in side.own
        if not any(use.source in side.own for use in side.used.get(row, {}).values())
    }
    roots = []
    for name, before, after, certainty in (
        ("Python", a.python, b.python, "possible"),
        ("platform", a.platform, b.platform, "possible"),
        ("git commit", a.git_commit, b.git_commit, "indirect"),
        ("hardware", a.hardware, b.hardware, "indirect"),
    ):
        if before == after:
            continue
        texts = [_text(value) for value in (before, after)]
        sentence = f"{name} changed from {texts[0]} to {texts[1]}"
        starts = top if certainty == "possible" else set()
        roots.append(
            Root(
                "environment",
                name,
                sentence,
                certainty,
                side,
                set(starts),
                sorted(side.members),
                texts[0],
                texts[1],
            )
        )
    return roots


def _text(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {one}" for name, one in value.items())
    return "none" if value is None else str(value)[:40]
