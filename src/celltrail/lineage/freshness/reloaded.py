"""Modules that a cell loaded from their files anew: their content is known by those files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from celltrail.lineage.freshness.inputs import Facts, Newer
from celltrail.store import staleness_rows as rows
from celltrail.store.database import Connection
from celltrail.store.staleness_rows import ContentRow, HeadRow, MadeRow


def is_read_anew(facts: Facts, head: HeadRow, file: str) -> bool:
    """Whether a later cell reloaded what the execution imported from a file.

    Then the file's content counts for that cell: importing it once more reads nothing.
    """
    later = {
        read.execution
        for read in facts.reads.get(file, ())
        if facts.heads[read.execution].at > head.at
    }
    return bool(later) and any(
        made.execution in later and _is_renewed(made) and (head.row, name) in facts.own
        for name, makers in facts.makers.items()
        for made in makers
    )


def compare_reloaded(
    connection: Connection,
    facts: Facts,
    newer: Iterable[Newer],
    contents: Mapping[int, ContentRow],
) -> None:
    """Note in the facts whether modules that were reloaded came from the same files' content."""
    pairs = {
        (found.use.source, found.made.execution)
        for found in newer
        if found.made is not None
        and _is_renewed(found.made)
        and found.use.source is not None
        and contents[found.use.entity].kind == "module"
    }
    read = rows.modules_read(connection, {row for pair in pairs for row in pair})
    for source, maker in pairs:
        before, after = read.get(source, {}), read.get(maker, {})
        if after and after.keys() <= before.keys():
            is_same = all(before[name] == entity for name, entity in after.items())
            facts.reloads[source, maker] = "same" if is_same else "newer"


def _is_renewed(made: MadeRow) -> bool:
    return made.change == "mutated" and made.entity is not None
