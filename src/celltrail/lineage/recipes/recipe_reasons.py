"""Why a recipe keeps an execution: what it does, and which later ones need that."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from celltrail.lineage.recipes.recipe_known import Known

_USERS_SHOWN = 2  # executions that a reason names; the rest is a number
_GENERATORS = frozenset({"random", "numpy.random"})
_DEEDS = {
    "environ": "sets the environment variable",
    "file": "writes",
    "folder": "makes the folder",
    "seed": "seeds",
}


def names_needed(known: Known) -> dict[int, dict[str, list[int]]]:
    """Return for each kept execution the names that others used of it, and who did."""
    needs: dict[int, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for use in known.uses:
        if use.source is not None and use.source != use.execution and use.source in known.kept:
            needs[use.source][use.name].append(use.execution)
    for reader, writer, name in known.file_edges:
        needs[writer][name].append(reader)
    return needs


def deed(name: str) -> str:
    """Return what an execution does that makes or changes a piece of state.

    Examples
    --------
    >>> deed("environ:TZ"), deed("ambient:pandas.options")
    ('sets the environment variable TZ', 'changes pandas.options')
    """
    kind, _, rest = name.partition(":")
    if kind in _DEEDS:
        return f"{_DEEDS[kind]} {rest}"
    if rest == "cwd":
        return "changes the working folder"
    if rest in _GENERATORS:
        return f"moves {rest} on from its seed"
    part, _, library = rest.partition(".")
    if part in {"module", "display"}:
        return f"changes how {library} works"
    return f"imports {library}" if part == "import" else f"changes {rest}"


def reason_of(known: Known, row: int, needs: Mapping[str, list[int]]) -> str:
    """Return why an execution is kept, given the names that others need of it.

    Parameters
    ----------
    known : Known
    row : int
    needs : mapping of str to list of int
        Name -> the executions that used it.
    """
    variables = sorted(name for name in needs if ":" not in name)
    made = [name for name in variables if (row, name) not in known.changed]
    changed = [name for name in variables if (row, name) in known.changed]
    parts = [f"makes {', '.join(made)}"] if made else []
    if changed:
        parts.append(f"changes {', '.join(changed)}")
    seeded = {name.partition(":")[2] for name in needs if name.startswith("seed:")}
    parts += [
        deed(name)
        for name in sorted(needs)
        if ":" in name and not (name.startswith("ambient:") and name[8:] in seeded)
    ]
    users = sorted({user for found in needs.values() for user in found}, key=known.at)
    if not parts:
        return "upstream of the result"
    shown = ", ".join(known.title(user) for user in users[:_USERS_SHOWN])
    more = len(users) - _USERS_SHOWN
    others = f" and {more} later one{'s' if more > 1 else ''}" if more > 0 else ""
    return f"{'; '.join(parts)}, used by {shown}{others}"
