"""What differs between two contents, as far as their column digests and profiles say."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from celltrail.core.wording import cut, numbers_apart, value_text
from celltrail.store.contents import Content

# Numbers of a profile, in the order in which people look at them.
FACTS = ("count", "nulls", "infinite", "mean", "std", "min", "max", "distinct")
# A line of a log names this many columns of one sort, and counts the rest.
_NAMED = 3
_TOP_VALUES = 3

Key = tuple[str, int]


@dataclass(frozen=True, slots=True)
class FactChange:
    """One number of a profile (mean, nulls, top …) that changed; None: not known."""

    name: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class ColumnChange:
    """One column that differs.

    Attributes
    ----------
    name : str
        As it is called after; before, where it was removed.
    change : str
        added, removed, renamed, type, values.
    before, after : str or None
        Types; names where it was renamed.
    facts : tuple of FactChange
        What moved in its profile, where one was recorded.
    profiled : str or None
        The name further down whose profile the facts are from; None: its own.
    cells : int or None
        How many cells differ in the rows that are in both; None where rows were not compared.
    """

    name: str
    change: str
    before: str | None = None
    after: str | None = None
    facts: tuple[FactChange, ...] = ()
    profiled: str | None = None
    cells: int | None = None

    @property
    def mean_before(self) -> float | None:
        """Mean of numbers before, where it changed."""
        return _finite(next((one.before for one in self.facts if one.name == "mean"), None))

    @property
    def mean_after(self) -> float | None:
        """Mean of numbers after, where it changed."""
        return _finite(next((one.after for one in self.facts if one.name == "mean"), None))


@dataclass(frozen=True, slots=True)
class DataChange:
    """What differs between two contents.

    Attributes
    ----------
    rows_before, rows_after : int or None
    columns : tuple of ColumnChange
        Those that differ.
    same_columns : int
        How many are the same.
    is_reordered : bool
        The columns that are in both stand in another order.
    by_column : bool
        Columns were compared by their digests; else the whole contents were.
    """

    rows_before: int | None
    rows_after: int | None
    columns: tuple[ColumnChange, ...]
    same_columns: int
    is_reordered: bool
    by_column: bool

    @property
    def is_known(self) -> bool:
        """Whether more is known than that the contents differ."""
        return bool(self.columns) or self.is_reordered or self.has_other_rows

    @property
    def has_other_rows(self) -> bool:
        """Whether both numbers of rows are known and differ."""
        counts = self.rows_before, self.rows_after
        return None not in counts and counts[0] != counts[1]


@dataclass(frozen=True, slots=True)
class _Column:
    """A column as it is compared; its facts say something where it has no digest."""

    dtype: str
    digest: str | None
    facts: dict[str, Any]

    def differs(self, other: _Column) -> bool:
        """Whether the values of two columns of one type differ."""
        if self.digest is None or other.digest is None:
            return self.facts != other.facts
        return self.digest != other.digest


def change_between(before: Content, after: Content) -> DataChange:
    """Return what differs between two contents by their columns."""
    first, second = _columns(before), _columns(after)
    shared = [key for key in first if key in second]
    removed = {key: one for key, one in first.items() if key not in second}
    added = {key: one for key, one in second.items() if key not in first}
    changes = [*_renamed(removed, added)]
    changes += [ColumnChange(key[0], "removed", before=one.dtype) for key, one in removed.items()]
    changes += [ColumnChange(key[0], "added", after=one.dtype) for key, one in added.items()]
    changed = [_changed(key[0], first[key], second[key]) for key in shared]
    changes += [one for one in changed if one is not None]
    return DataChange(
        rows_before=rows_of(before),
        rows_after=rows_of(after),
        columns=tuple(changes),
        same_columns=changed.count(None),
        is_reordered=shared != [key for key in second if key in first],
        by_column=bool(before.columns) and bool(after.columns),
    )


def with_profiles(
    columns: Iterable[ColumnChange], lent: Iterable[tuple[str, ColumnChange]]
) -> tuple[ColumnChange, ...]:
    """Give columns without a profile what the same columns further down say of themselves.

    A frame that no model saw has no profile; the training data made from it has.

    Parameters
    ----------
    columns : iterable of ColumnChange
    lent : iterable of (str, ColumnChange)
        What a column belongs to, and the column; the first of a kind counts.
    """
    known: dict[tuple[str, str], tuple[str, ColumnChange]] = {}
    for owner, one in lent:
        if one.facts:
            known.setdefault((one.name, one.change), (owner, one))
    found = []
    for one in columns:
        owner, twin = known.get((one.name, one.change), ("", one))
        is_bare = not one.facts and twin is not one
        found.append(replace(one, facts=twin.facts, profiled=owner) if is_bare else one)
    return tuple(found)


def rows_of(content: Content) -> int | None:
    """Return how many rows a content has; None where it has none, or they are not known."""
    return content.shape[0] if content.shape else None


def sentence_of(change: DataChange) -> str:
    """Return a change in one line: rows, then columns."""
    return "; ".join(_phrases(change)) or "the content differs"


def shift_of(change: ColumnChange) -> str:
    """Return how mean and missing values moved, in brackets; empty where nothing is known."""
    parts = []
    before, after = change.mean_before, change.mean_after
    if before is not None and after is not None:
        parts.append("mean {} -> {}".format(*numbers_apart(before, after)))
    nulls = next((one for one in change.facts if one.name == "nulls"), None)
    if nulls is not None and isinstance(nulls.before, int) and isinstance(nulls.after, int):
        parts.append(f"missing {nulls.before:,} -> {nulls.after:,}")
    where = f" in {change.profiled}" if change.profiled else ""
    return f" ({', '.join(parts)}{where})" if parts else ""


def _phrases(change: DataChange) -> Iterator[str]:
    before, after = change.rows_before, change.rows_after
    if before is not None and after is not None and change.has_other_rows:
        yield f"rows {before:,} -> {after:,} ({after - before:+,})"
    for word in ("added", "removed"):
        names = [one.name for one in change.columns if one.change == word]
        if names:
            yield f"{word} {_listed(names)}"
    renamed = [f"{one.before} -> {one.after}" for one in change.columns if one.change == "renamed"]
    if renamed:
        yield f"renamed {_listed(renamed)}"
    types = [
        f"{cut(one.name)} {one.before} -> {one.after}"
        for one in change.columns
        if one.change == "type"
    ]
    if types:
        yield f"types: {_listed(types)}"
    shifts = [(one, shift_of(one)) for one in change.columns if one.change == "values"]
    # Other rows are other values in every column; then only what moved is told.
    values = [cut(one.name) + shift for one, shift in shifts if shift or not change.has_other_rows]
    if values:
        yield f"other values in {_listed(values)}"
    if change.is_reordered:
        yield "columns in another order"
    if change.by_column and not change.is_known:
        yield "every column is the same; the index or the labels differ"
    if not change.by_column and not change.is_known:
        yield "the content differs (columns were not recorded)"


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_NAMED])
    return shown + (f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else "")


def _renamed(removed: dict[Key, _Column], added: dict[Key, _Column]) -> Iterator[ColumnChange]:
    """Yield columns that are the same under another name, and take them out of both."""
    for old, one in list(removed.items()):
        same = (one.dtype, one.digest)
        new = next((k for k, other in added.items() if (other.dtype, other.digest) == same), None)
        if new is not None and one.digest is not None:
            del removed[old], added[new]
            yield ColumnChange(new[0], "renamed", old[0], new[0])


def _changed(name: str, one: _Column, other: _Column) -> ColumnChange | None:
    if one.dtype == other.dtype and not one.differs(other):
        return None
    word = "values" if one.dtype == other.dtype else "type"
    return ColumnChange(name, word, one.dtype, other.dtype, _moved(one.facts, other.facts))


def _columns(content: Content) -> dict[Key, _Column]:
    """Return each column by name; of two with one name the second is (name, 1)."""
    names = _keys(str(facts.get("name")) for facts in content.profile)
    profile = dict(zip(names, content.profile, strict=True))
    if content.columns:
        keys = _keys(name for name, _, _ in content.columns)
        return {
            key: _Column(dtype, digest, profile.get(key, {}))
            for key, (_, dtype, digest) in zip(keys, content.columns, strict=True)
        }
    if profile:  # an array: only if it has one column is its digest that of the column
        digest = content.digest if len(profile) == 1 else None
        return {
            key: _Column(str(facts.get("dtype", "")), digest, facts)
            for key, facts in profile.items()
        }
    if content.dtype is not None:  # an array or a Series that has no profile
        return {("values", 0): _Column(content.dtype, content.digest, {})}
    return {}


def _keys(names: Iterable[str]) -> list[Key]:
    seen: Counter[str] = Counter()
    found = []
    for name in names:
        found.append((name, seen[name]))
        seen[name] += 1
    return found


def _moved(before: dict[str, Any], after: dict[str, Any]) -> tuple[FactChange, ...]:
    if not before or not after:
        return ()
    pairs = [(name, before.get(name), after.get(name)) for name in FACTS]
    if "mean" not in before and "top" in before:
        pairs.append(("top", _top(before), _top(after)))
    return tuple(FactChange(*pair) for pair in pairs if pair[1] != pair[2])


def _top(facts: dict[str, Any]) -> str | None:
    top = facts.get("top")
    if not isinstance(top, list):
        return None
    return ", ".join(f"{value_text(value)}: {count}" for value, count in top[:_TOP_VALUES])


def _finite(value: Any) -> float | None:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return None
    return float(value) if math.isfinite(value) else None
