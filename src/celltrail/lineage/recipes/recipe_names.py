"""What a recipe keeps for names: what changed their content unseen, or what they stood for."""

from __future__ import annotations

from celltrail.core.cell_text import words
from celltrail.lineage.recipes.recipe_known import Kept, Known
from celltrail.store import recipe_rows

# Besides instances of the user's classes, what may hold one.
_HOLDERS = frozenset({"dict", "function", "list", "set", "tuple"})


def half_seen(known: Known) -> Kept:
    """Large data of which only a sample was compared: what used it may have changed it."""
    wanted: dict[tuple[str, int], int] = {}
    for use in known.uses:
        if use.source is not None and ":" not in use.name:
            key = (use.name, use.source)
            if key not in wanted or known.at(use.execution) > known.at(wanted[key]):
                wanted[key] = use.execution
    for row, name, source in recipe_rows.half_seen(known.connection, known.kept):
        user = wanted.get((name, source))
        if user is not None and row in known.place and known.is_before(row, user):
            yield row, f"may change {name}, of which only a sample was compared"


def older_classes(known: Known) -> Kept:
    """A class that was changed and whose name then came to mean another: its instances live on."""
    classes: dict[int, set[str]] = {}
    for name, source in {(use.name, use.source) for use in known.uses}:
        if source in known.kept and f"class {name}" in known.code(source):
            classes.setdefault(known.session(source), set()).add(name)
    for session, names in classes.items():
        changes: dict[str, list[int]] = {name: [] for name in names}  # of the class it means
        for row, name, change in _fates(known, session, names):
            if change == "mutated":
                changes[name].append(row)
                continue
            for changed in changes[name]:
                user = _last_holder(known, name, since=row)
                if changed not in known.kept and user is not None:
                    yield changed, f"changes the class {name}, used by {known.title(user)}"
            changes[name] = []


def _fates(known: Known, session: int, names: set[str]) -> list[tuple[int, str, str]]:
    """What a session did to names, their deletions too, in true order."""
    found = recipe_rows.changes_of(known.connection, session, names)
    gone = [(row, name, "deleted") for row, name in known.deleted(session) if name in names]
    return sorted(found + gone, key=lambda fate: known.place[fate[0]])


def _last_holder(known: Known, name: str, *, since: int) -> int | None:
    """The last kept execution after `since` that used what may be an instance of a class."""
    for user in known.after(since):
        used = [use for use in known.uses if use.execution == user and use.name != name]
        if any(use.type in _HOLDERS or use.type.startswith("__main__.") for use in used):
            return user
    return None


def deleted_names(known: Known) -> Kept:
    """A name that was deleted, and after which the builtin or the lack of it was meant."""
    for session in list(known.sessions):
        for row, name in known.deleted(session):
            if row in known.kept:
                continue
            makers = known.makers(session).get(name, [])
            places = [known.place[maker] for maker in makers if maker in known.kept]
            if not any(place < known.place[row] for place in places):
                continue
            for user in known.after(row):
                between = any(known.place[row] < place <= known.place[user] for place in places)
                if not between and name in words(known.code(user)):
                    if name not in known.used_names[user]:
                        yield row, f"deletes {name}, which {known.title(user)} takes from elsewhere"
                    break
