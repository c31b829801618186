"""What differs between two contents of data: rows, columns, types, distributions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from celltrail.core.wording import counted, value_text
from celltrail.lineage.why_report import ColumnChange, FactChange, RowChange
from celltrail.store.why_rows import Content

# In the order in which people look at them.
FACTS = ("count", "nulls", "infinite", "mean", "std", "min", "max", "distinct")
TOP_SHOWN = 3


@dataclass(frozen=True, slots=True)
class ContentChange:
    """Rows and columns that differ between two contents of one name."""

    rows: RowChange | None
    columns: tuple[ColumnChange, ...]


def content_change(name: str, a: Content, b: Content) -> ContentChange:
    """Return what differs; nothing where the contents say no more than that they differ."""
    rows = (_row_count(a), _row_count(b))
    row_change = RowChange(name, *rows) if rows[0] != rows[1] else None
    return ContentChange(row_change, tuple(_columns(name, a, b)))


def content_words(change: ContentChange) -> str:
    """Return a change in a few words: ``2 rows added (120 → 122), column x1 changed``."""
    words = []
    if change.rows is not None and change.rows.a is not None and change.rows.b is not None:
        more = change.rows.b - change.rows.a
        verb = "added" if more > 0 else "removed"
        words.append(f"{counted(abs(more), 'row')} {verb} ({change.rows.a:,} → {change.rows.b:,})")
    by_change: dict[str, list[str]] = {}
    for column in change.columns:
        if words and column.change == "changed":
            continue  # other rows are other values in every column
        by_change.setdefault(column.change, []).append(column.name)
    for verb, names in by_change.items():
        shown = ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
        if verb == "dtype" and len(names) == 1:
            (one,) = (column for column in change.columns if column.change == "dtype")
            words.append(f"column {shown} is {one.dtype_b} instead of {one.dtype_a}")
            continue
        said = "has another type" if verb == "dtype" else verb
        words.append(f"column{'s' if len(names) > 1 else ''} {shown} {said}".replace("  ", " "))
    return ", ".join(words)


def with_facts(
    columns: Iterable[ColumnChange], others: Iterable[ColumnChange]
) -> tuple[ColumnChange, ...]:
    """Give columns without a profile what the same columns further down say of themselves.

    A frame that no model saw has no profile; the training data made from it has.
    """
    known = {(one.name, one.change): one for one in reversed(list(others)) if one.facts}
    found = []
    for one in columns:
        twin = known.get((one.name, one.change))
        if one.facts or twin is None:
            found.append(one)
        else:
            facts = tuple(
                FactChange(f"{fact.name} in {twin.content}", fact.a, fact.b) for fact in twin.facts
            )
            found.append(
                ColumnChange(one.content, one.name, one.change, one.dtype_a, one.dtype_b, facts)
            )
    return tuple(found)


def _row_count(content: Content) -> int | None:
    shape = content.summary.get("shape")
    if isinstance(shape, list) and shape and isinstance(shape[0], int):
        return shape[0]
    return None


def _columns(name: str, a: Content, b: Content) -> Iterable[ColumnChange]:
    ours, theirs = _described(a), _described(b)
    removed = {key: one for key, one in ours.items() if key not in theirs}
    added = {key: one for key, one in theirs.items() if key not in ours}
    for key, (dtype, digest, _) in added.items():
        twin = next((old for old, one in removed.items() if digest and one[1] == digest), None)
        if twin is not None:
            del removed[twin]
            yield ColumnChange(name, f"{twin} → {key}", "renamed", dtype, dtype)
        else:
            yield ColumnChange(name, key, "added", None, dtype)
    for key, (dtype, _, _) in removed.items():
        yield ColumnChange(name, key, "removed", dtype, None)
    for key in ours.keys() & theirs.keys() if len(ours) > len(theirs) else theirs:
        if key not in ours:
            continue
        (dtype_a, digest_a, facts_a), (dtype_b, digest_b, facts_b) = ours[key], theirs[key]
        if dtype_a != dtype_b:
            yield ColumnChange(name, key, "dtype", dtype_a, dtype_b, _facts(facts_a, facts_b))
        elif digest_a != digest_b or (digest_a is None and facts_a != facts_b):
            yield ColumnChange(name, key, "changed", dtype_a, dtype_b, _facts(facts_a, facts_b))


def _described(content: Content) -> dict[str, tuple[str, bytes | None, dict[str, Any]]]:
    """Return type, digest and profile of each column, by name."""
    profile = content.summary.get("profile")
    profiled = profile.get("columns", []) if isinstance(profile, dict) else []
    facts = {str(one.get("name")): one for one in profiled if isinstance(one, dict)}
    if content.columns:
        return {
            name: (dtype, digest, facts.get(name, {})) for name, dtype, digest in content.columns
        }
    if facts:  # an array: its columns have a profile and no digest of their own
        return {
            name: (str(one.get("dtype", "")), content.digest if len(facts) == 1 else None, one)
            for name, one in facts.items()
        }
    dtype = content.summary.get("dtype")  # of an array, or of a Series without a profile
    if isinstance(dtype, str):
        return {"values": (dtype, content.digest, {})}
    return {}


def _facts(a: dict[str, Any], b: dict[str, Any]) -> tuple[FactChange, ...]:
    if not a or not b:
        return ()
    found = [
        FactChange(name, a.get(name), b.get(name)) for name in FACTS if a.get(name) != b.get(name)
    ]
    tops = _top(a), _top(b)
    if tops[0] != tops[1] and "mean" not in a and tops[0] is not None:
        found.append(FactChange("top", *tops))
    return tuple(found)


def _top(facts: dict[str, Any]) -> str | None:
    top = facts.get("top")
    if not isinstance(top, list):
        return None
    shown = [
        f"{value_text(one[0])}: {one[1]}" if isinstance(one, list) and len(one) == 2 else str(one)
        for one in top[:TOP_SHOWN]
    ]
    return ", ".join(shown)
