"""Root causes that came from outside: files, and variables of the environment."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from pathlib import PurePath

from celltrail.lineage.changes.code_change import tree_of
from celltrail.lineage.changes.roots import Found, Root
from celltrail.lineage.changes.sides import Comparison, Side

_NAMED = 3  # files in one sentence


def outside_words(name: str) -> tuple[str, str, str]:
    """Return kind, name and sentence of what came from outside and differs."""
    prefix, _, rest = name.partition(":")
    if prefix == "environ":
        return "environment", rest, f"environment variable {rest} differs"
    if prefix == "file":
        return "code" if rest.endswith(".py") else "data", rest, f"file {rest} differs"
    return "data", name, f"{name} differs"


def files_alone(
    comparison: Comparison,
    pair: tuple[int, int],
    effect: str,
    differing: list[tuple[str, int, int]],
) -> Root | None:
    """Return the root of data files that the same code read on one side alone.

    Parameters
    ----------
    comparison : Comparison
    pair : (int, int)
    effect : str
        The certainty that it matters.
    differing : list of (str, int, int)
        Name and contents of what the pair made otherwise.
    """
    uses = [side.used.get(row, {}) for side, row in zip(comparison.sides, pair, strict=True)]
    ours, theirs = (
        sorted(
            name.removeprefix("file:")
            for name in uses[at].keys() - uses[1 - at].keys()
            if name.startswith("file:")
            and not name.endswith(".py")
            and uses[at][name].source is None
        )
        for at in (0, 1)
    )
    if not ours and not theirs:
        return None
    first, other = (theirs, "b"), (ours, "a")
    if not theirs:
        first, other = other, first
    sentence = f"{_files_words(first[0])} read in {first[1]}"
    sentence += f", {_named(other[0])} in {other[1]}" if other[0] else " only"
    name = ", ".join(first[0][:_NAMED])
    return Root("data", name, sentence, effect, comparison.b, {pair[1]}, list(pair),
                contents=list(differing))  # fmt: skip


def _files_words(files: Sequence[str]) -> str:
    return f"file {_named(files)} was" if len(files) == 1 else f"files {_named(files)} were"


def _named(files: Sequence[str]) -> str:
    more = f" and {len(files) - _NAMED:,} more" if len(files) > _NAMED else ""
    return ", ".join(files[:_NAMED]) + more


def reloaded_names(side: Side, row: int) -> set[str]:
    """Return the modules that an execution read and made anew: it reloaded them."""
    used = side.used.get(row, {})
    return {
        name
        for name, use in side.flows.get(row, {}).items()
        if use.kind == "module" and name in used
    }


def reload_roots(comparison: Comparison, found: Found) -> None:
    """Add files that only one side reloaded, where they had changed since they were imported."""
    for side, alone in ((comparison.a, comparison.only_a), (comparison.b, comparison.only_b)):
        for row in sorted(alone):
            names = reloaded_names(side, row)
            used = side.used.get(row, {})
            sources = {source for name in names if (source := used[name].source) is not None}
            before = {use.name: use.entity for use in comparison.uses_of(sources)}
            changed = [
                name
                for name, use in used.items()
                if name.endswith(".py") and before.get(name, use.entity) != use.entity
            ]
            for name in changed:
                kind, shown, sentence = outside_words(name)
                root = Root(kind, shown, sentence, "effective", side, {row}, [row])
                root.reaches = frozenset(names)
                found.roots.append(root)
            if changed:
                found.modules |= {(row, name) for name in names}


def divide(comparison: Comparison, roots: Sequence[Root]) -> None:
    """Keep of what one cell made of several files what its code says is made of each.

    Where the code does not say it, the file's own content is all that is kept.
    """
    files = [root for root in roots if root.kind == "data"]
    for root in files:
        if any(root is not other and root.starts & other.starts for other in files):
            names = {root.name}
            for row in root.starts:
                names |= _made_of(comparison.text(comparison.b.ran[row].code), root.name)
            root.contents = [item for item in root.contents if item[0] in names]


def _made_of(code: str, file: str) -> set[str]:
    """Return the names that a code assigns in statements that name a file."""
    tree = tree_of(code)
    found: set[str] = set()
    for statement in tree.body if tree is not None else ():
        words = [one.value for one in ast.walk(statement) if isinstance(one, ast.Constant)]
        if isinstance(statement, ast.Assign) and any(
            isinstance(word, str) and PurePath(word).name == PurePath(file).name for word in words
        ):
            found |= {one.id for one in statement.targets if isinstance(one, ast.Name)}
    return found
