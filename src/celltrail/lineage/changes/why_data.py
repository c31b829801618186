"""What differs in the data at root causes, and right below them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from celltrail.core.errors import CelltrailError
from celltrail.lineage.changes.data_change import ColumnChange, change_between, with_profiles
from celltrail.lineage.changes.roots import Root
from celltrail.lineage.changes.sides import Comparison
from celltrail.lineage.changes.why_report import ContentChange
from celltrail.lineage.datasets.data_diff import data_diff
from celltrail.lineage.datasets.row_matching import Redact
from celltrail.store.contents import Content, contents
from celltrail.store.snapshots import Snapshot, list_snapshots
from celltrail.store.trail import Connection

# Pairs of frames whose profiles are read for columns that have none of their own.
PROFILES_LENT = 40
# Rows of each sort of change (changed, added, removed) that are shown.
EXAMPLES = 3
_DATA = frozenset({"frame", "series", "array", "table", "index", "dataset", "file"})


class DataAtRoots:
    """Tells what differs in the data of each root cause.

    Attributes
    ----------
    unread : list of str
        Snapshots that could not be read or compared, and why.
    """

    def __init__(
        self,
        connection: Connection,
        comparison: Comparison,
        roots: Iterable[Root],
        *,
        store: Path,
        redact: Redact,
        reads_rows: bool,
    ) -> None:
        self._connection = connection
        self._comparison = comparison
        self._store = store
        self._redact = redact
        self._reads_rows = reads_rows
        wanted = {entity for root in roots for _, *pair in root.contents for entity in pair}
        self._contents = contents(connection, wanted)
        self.unread: list[str] = []

    def of(self, root: Root) -> tuple[ContentChange, ...]:
        """Return what differs in each content of data at a root; nothing where no more is known."""
        found = []
        names = {name for name, _, _ in root.contents}
        for name, a, b in dict.fromkeys(root.contents):
            before, after = self._contents[a], self._contents[b]
            if after.kind not in _DATA or before.kind not in _DATA:
                continue
            change = change_between(before, after)
            if not all(column.facts for column in change.columns):
                below = [one for one in self._lent if one[0] not in names]
                change = replace(change, columns=with_profiles(change.columns, below))
            one = self._with_rows(ContentChange(name, change), before, after)
            if one.rows is not None or change.is_known:
                found.append(one)
        return tuple(found)

    def _with_rows(self, one: ContentChange, before: Content, after: Content) -> ContentChange:
        """Compare the rows as well, where both contents were kept."""
        kept = [self._kept.get((content.digest, content.type)) for content in (before, after)]
        if kept[0] is None or kept[1] is None or {before.scope, after.scope} != {"full"}:
            return one
        labels = kept[0].label, kept[1].label
        if not self._reads_rows:
            self.unread.append(
                f"rows of {one.name}: no data is loaded here; in a cell, `%mlops why` or"
                f" `%mlops data diff {labels[0]} {labels[1]}` compares them"
            )
            return one
        try:
            found = data_diff(
                self._connection,
                *labels,
                store=self._store,
                examples=EXAMPLES,
                redact=self._redact,
            )
        except CelltrailError as fault:
            self.unread.append(f"rows of {one.name}: {fault.fact}")
            return one
        if found.rows is None:
            return one
        cells = {column.name: column.cells for column in found.columns}
        columns = [replace(c, cells=cells.get(c.name)) for c in one.change.columns]
        return ContentChange(
            one.name, replace(one.change, columns=tuple(columns)), found.rows, labels
        )

    @cached_property
    def _kept(self) -> dict[tuple[str | None, str], Snapshot]:
        """The newest snapshot of each content, by digest and type."""
        return {(one.digest, one.type): one for one in list_snapshots(self._connection)}

    @cached_property
    def _lent(self) -> list[tuple[str, ColumnChange]]:
        """Columns of frames further down that differ; a few of them."""
        pairs: list[tuple[str, int, int]] = []
        for a, b in self._comparison.pairs:
            ours = self._comparison.a.used.get(a, {})
            theirs = self._comparison.b.used.get(b, {})
            pairs += [
                (name, ours[name].entity, use.entity)
                for name, use in theirs.items()
                if use.kind in ("frame", "series")
                and name in ours
                and ours[name].entity != use.entity
            ]
            if len(pairs) >= PROFILES_LENT:
                break
        known = contents(self._connection, {entity for _, *pair in pairs for entity in pair})
        return [
            (name, column)
            for name, a, b in pairs
            for column in change_between(known[a], known[b]).columns
        ]
