"""What a recipe keeps for files: who wrote them, in other sessions, through handles, in a shell."""

from __future__ import annotations

import re
from pathlib import PurePath

from celltrail.core.cell_text import words
from celltrail.lineage.recipes.recipe_known import PROCESSES, Kept, Known
from celltrail.store import recipe_rows

_SCRIPT = re.compile(r"[\w./-]+\.(?:py|sh|R|jl|pl|rb|js)\b")
_GLOB = re.compile(r"\*\.(\w+)")


def files_of_other_sessions(known: Known) -> Kept:
    """Files that were read here and written by a cell that no edge joins."""
    reads = [use for use in known.uses if use.source is None and use.name.startswith("file:")]
    if not reads:
        return
    for reader, writer, name in recipe_rows.writers(known.connection, reads):
        if reader == writer:
            continue
        known.file_edges.add((reader, writer, name))
        yield writer, f"writes {name.removeprefix('file:')}, read by {known.title(reader)}"


def open_handles(known: Known) -> Kept:
    """Files that were written through a handle after the cell that opened them."""
    for session in list(known.sessions):
        last: dict[str, list[int]] = {}
        for made in known.state(session):
            if made.name.startswith("file:"):
                last.setdefault(made.name, []).append(made.execution)
        for use in known.uses:
            if (
                use.source is not None
                or use.name not in last
                or known.session(use.execution) != session
            ):
                continue
            opened = [row for row in last[use.name] if known.is_before(row, use.execution)]
            if not opened:
                continue
            path = use.name.removeprefix("file:")
            yield opened[-1], f"opens {path}, read by {known.title(use.execution)}"
            names = {name for row, name in known.handles(session) if row == opened[-1]}
            for row, name in known.handles(session):
                between = known.is_before(opened[-1], row) and known.is_before(row, use.execution)
                if name in names and between:
                    yield row, f"writes {path} through {name}, read by {known.title(use.execution)}"


def processes(known: Known) -> Kept:
    """Shell lines and other processes, whose files nobody saw."""
    for session, rows in list(known.opaque_rows.items()):
        known.load(rows)
        for row in rows:
            if not known.opaque(row) & PROCESSES:
                continue
            if row in known.kept:
                yield from _files_before(known, row, session)
            elif not known.installs(row):
                reader = _reader_of(known, row)
                if reader is not None:
                    yield row, f"runs a shell that may have made what {known.title(reader)} reads"


def _files_before(known: Known, row: int, session: int) -> Kept:
    code = known.code(row)
    everything = bool(_SCRIPT.search(code))
    last: dict[str, int] = {}
    for made in known.state(session):
        if made.name.startswith("file:") and known.place[made.execution] < known.place[row]:
            last[made.name.removeprefix("file:")] = made.execution
    for path, writer in last.items():
        if everything or _mentions(code, path):
            yield writer, f"writes {path}, which {known.title(row)} may read"


def _reader_of(known: Known, row: int) -> int | None:
    """A kept execution that worked with a file this shell line may have made or changed."""
    code = known.short_code(row)
    is_script = bool(_SCRIPT.search(code))
    for user in known.after(row):
        unmade = {
            use.name.removeprefix("file:")
            for use in known.uses
            if use.execution == user and use.source is None and use.name.startswith("file:")
        }
        if unmade and is_script:
            return user
        if any(_mentions(code, path) for path in unmade):
            return user
        # Where it writes, the folder has to be there.
        if any(PurePath(path).parent.name in words(code) for path in known.files(user) - unmade):
            return user
    return None


def _mentions(code: str, path: str) -> bool:
    pure = PurePath(path)
    if pure.name in code or (pure.parent.name and pure.parent.name in words(code)):
        return True
    return any(pure.suffix == f".{ending}" for ending in _GLOB.findall(code))
