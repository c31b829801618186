"""The variables of a replay: which value each name stands for, and what its content says."""

from __future__ import annotations

from celltrail.lineage.leakage.call_values import Value, narrowed
from celltrail.lineage.leakage.row_sets import RowSet, Split
from celltrail.store.call_rows import CallHistory, Content

DATA_KINDS = frozenset({"frame", "array", "series"})
# A content as small as this may be the same by chance (labels, flags).
_LEAST_COLUMNS, _LEAST_ROWS = 2, 5


class Names:
    """The names of one session after another, and the contents met in all of them."""

    def __init__(self) -> None:
        self._names: dict[str, Value] = {}
        self._contents: dict[str, Value] = {}
        self._splits: dict[tuple[str, ...], tuple[RowSet, ...]] = {}
        self._now: CallHistory | None = None

    # --- names ------------------------------------------------------------------

    def _name(self, value: Value, name: str) -> None:
        value.name = value.name or name
        for rows in value.rows:
            known = rows.known()
            known.name = known.name or name

    def _lookup(self, name: str) -> Value | None:
        """What a name stands for; what nobody was seen to make is made here."""
        found = self._names.get(name)
        if found is not None or self._now is None:
            return found
        content = next((c for c in self._now.used if c.name == name), None)
        if content is None:
            content = next((c for c in self._now.generated if c.name == name), None)
        if content is None:
            return None
        found = self._named(content)
        self._names[name] = found
        return found

    def _named(self, content: Content) -> Value:
        """A value of a known content: the earlier one, if that was met before."""
        same = self._met(content)
        if same is not None:
            return same
        value = Value(name=content.name, shape=content.shape, digest=content.digest)
        if content.kind in DATA_KINDS:
            value.settled_rows()
        self._meet(content, value)
        return value

    def _content(self, name: str) -> Content | None:
        assert self._now is not None
        return next((c for c in self._now.generated if c.name == name), None)

    def _met(self, content: Content) -> Value | None:
        wide = len(content.shape) == 2 and content.shape[1] >= _LEAST_COLUMNS
        if content.digest is None or not wide or content.shape[0] < _LEAST_ROWS:
            return None
        return self._contents.get(content.digest)

    def _meet(self, content: Content, value: Value) -> None:
        if content.digest is not None:
            value.digest = value.digest or content.digest
            self._contents.setdefault(content.digest, value)

    def _settle(self, content: Content, held: Value | None, *, is_bound: bool) -> None:
        """Square a name with its content after the cell."""
        name = content.name
        value = self._names.get(name)
        if not is_bound:
            if content.change == "mutated" and value is not None:
                value = self._changed(value, held, content)
            else:
                value = self._named(content)
            self._names[name] = value
        if value is None or value.model is not None or content.kind not in DATA_KINDS:
            return
        value.shape = content.shape
        same = self._met(content)
        is_new = not value.rows or (
            len(value.rows) == 1 and value.rows[0].parent is None and same is not value
        )
        if same is not None and is_new and same.rows:
            for rows, known in zip(value.settled_rows(), same.rows, strict=False):
                rows.merge(known)
            value.fits |= same.fits
        self._meet(content, value)
        value.digest = content.digest

    def _changed(self, value: Value, held: Value | None, content: Content) -> Value:
        """What an in-place change left: the same rows, some of them, or others."""
        before = held.shape if held is not None else ()
        if not before or not content.shape or before[0] == content.shape[0]:
            return value
        is_less = content.shape[0] < before[0]
        some = tuple(rows.known().part(None) for rows in value.rows) if is_less else ()
        changed = narrowed(value, some)
        changed.shape, changed.name = content.shape, content.name
        return changed

    def _recognise(self, split: Split, outcomes: list[Value]) -> None:
        """A split with the outcomes of an earlier one is that split again."""
        digests = [value.digest for value in outcomes]
        if not outcomes or any(digest is None for digest in digests):
            return
        key = tuple(digest for digest in digests if digest is not None)
        split.digests = key
        rows = tuple(value.rows[0] for value in outcomes if value.rows)
        known = self._splits.setdefault(key, rows)
        if known is not rows and len(known) == len(rows):
            for again, first in zip(rows, known, strict=True):
                again.merge(first)

    def _shaped(self, value: Value, content: Content) -> Value:
        """The value, given what it turned out to be."""
        if value.model is not None or content.kind not in DATA_KINDS or not content.shape:
            return value
        count = content.shape[0]
        value.shape = content.shape
        if value.maybe and not value.rows:
            value.rows = tuple(rows for rows in value.maybe if rows.known().count == count)
        if len(value.rows) == 1:
            rows = value.rows[0].known()
            if rows.count is None:
                rows.count = count
            elif rows.count != count:
                some = (rows.part(None, varying=value.varied),) if count < rows.count else ()
                for part in some:
                    part.count = count
                value = narrowed(value, some)
                value.shape = content.shape
            elif rows.parent is not None and rows.split is None:
                whole = rows.parent.known()
                if whole.count == count:  # ``df[mask]`` that took them all, or columns after all
                    value.rows = (whole,)
        return value
