"""Root causes that came from outside: files, and variables of the environment."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from pathlib import PurePath

from celltrail.lineage.changes.code_change import tree_of
from celltrail.lineage.changes.roots import Root
from celltrail.lineage.changes.sides import Comparison


def outside_words(name: str) -> tuple[str, str, str]:
    """Return kind, name and sentence of what came from outside and differs."""
    prefix, _, rest = name.partition(":")
    if prefix == "environ":
        return "environment", rest, f"environment variable {rest} differs"
    if prefix == "file":
        return "code" if rest.endswith(".py") else "data", rest, f"file {rest} differs"
    return "data", name, f"{name} differs"


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
