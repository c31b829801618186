"""What differs between two contents, as far as their column digests and profiles say."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from celltrail.core.wording import cut, number
from celltrail.store.contents import Content

# A line of a log names this many columns of one sort, and counts the rest.
_NAMED = 3

Key = tuple[str, int]


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
    mean_before, mean_after : float or None
        Of numbers, where a profile was recorded.
    nulls_before, nulls_after : int or None
    cells : int or None
        How many cells differ in the rows that are in both; None where rows were not compared.
    """

    name: str
    change: str
    before: str | None = None
    after: str | None = None
    mean_before: float | None = None
    mean_after: float | None = None
    nulls_before: int | None = None
    nulls_after: int | None = None
    cells: int | None = None


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
        Columns were compared; else only the whole contents were.
    """

    rows_before: int | None
    rows_after: int | None
    columns: tuple[ColumnChange, ...]
    same_columns: int
    is_reordered: bool
    by_column: bool


def change_between(before: Content, after: Content) -> DataChange:
    """Return what differs between two contents by their columns."""
    first, second = _columns(before), _columns(after)
    profiles = _profiles(before), _profiles(after)
    shared = [key for key in first if key in second]
    removed = [key for key in first if key not in second]
    added = [key for key in second if key not in first]
    changes: list[ColumnChange] = []
    for old in list(removed):
        new = next((key for key in added if second[key] == first[old]), None)
        if new is not None:
            removed.remove(old)
            added.remove(new)
            changes.append(ColumnChange(new[0], "renamed", old[0], new[0]))
    changes += [ColumnChange(key[0], "removed", before=first[key][0]) for key in removed]
    changes += [ColumnChange(key[0], "added", after=second[key][0]) for key in added]
    changed = [key for key in shared if first[key] != second[key]]
    for key in changed:
        is_type = first[key][0] != second[key][0]
        changes.append(
            ColumnChange(
                key[0],
                "type" if is_type else "values",
                first[key][0],
                second[key][0],
                _fact(profiles[0], key, "mean"),
                _fact(profiles[1], key, "mean"),
                _count(profiles[0], key),
                _count(profiles[1], key),
            )
        )
    return DataChange(
        rows_before=rows_of(before),
        rows_after=rows_of(after),
        columns=tuple(changes),
        same_columns=len(shared) - len(changed),
        is_reordered=shared != [key for key in second if key in first],
        by_column=bool(first) and bool(second),
    )


def rows_of(content: Content) -> int | None:
    """Return how many rows a content has; None where it has none, or they are not known."""
    return content.shape[0] if content.shape else None


def sentence_of(change: DataChange) -> str:
    """Return a change in one line: rows, then columns."""
    return "; ".join(_phrases(change)) or "the content differs"


def _phrases(change: DataChange) -> Iterator[str]:
    before, after = change.rows_before, change.rows_after
    if before is not None and after is not None and before != after:
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
    values = [cut(one.name) + shift_of(one) for one in change.columns if one.change == "values"]
    if values:
        yield f"other values in {_listed(values)}"
    if change.is_reordered:
        yield "columns in another order"
    if change.by_column and not change.columns and before == after and not change.is_reordered:
        yield "every column is the same; the index or the labels differ"
    if not change.by_column and before == after:
        yield "the content differs (columns were not recorded)"


def shift_of(change: ColumnChange) -> str:
    """Return how mean and missing values moved, in brackets; empty where nothing is known."""
    parts = []
    before, after = change.mean_before, change.mean_after
    if before is not None and after is not None and before != after:
        parts.append(f"mean {number(before)} -> {number(after)}")
    if change.nulls_before != change.nulls_after and None not in (
        change.nulls_before,
        change.nulls_after,
    ):
        parts.append(f"missing {change.nulls_before:,} -> {change.nulls_after:,}")
    return f" ({', '.join(parts)})" if parts else ""


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_NAMED])
    return shown + (f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else "")


def _columns(content: Content) -> dict[Key, tuple[str, str]]:
    """Return type and digest of each column; of two with one name the second is (name, 1)."""
    seen: Counter[str] = Counter()
    found: dict[Key, tuple[str, str]] = {}
    for name, dtype, digest in content.columns:
        found[name, seen[name]] = (dtype, digest)
        seen[name] += 1
    return found


def _profiles(content: Content) -> dict[Key, dict[str, Any]]:
    seen: Counter[str] = Counter()
    found: dict[Key, dict[str, Any]] = {}
    for facts in content.profile:
        name = str(facts.get("name"))
        found[name, seen[name]] = facts
        seen[name] += 1
    return found


def _fact(profiles: dict[Key, dict[str, Any]], key: Key, fact: str) -> float | None:
    value = profiles.get(key, {}).get(fact)
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return None
    return float(value) if math.isfinite(value) else None


def _count(profiles: dict[Key, dict[str, Any]], key: Key) -> int | None:
    value = profiles.get(key, {}).get("nulls")
    return value if isinstance(value, int) else None
