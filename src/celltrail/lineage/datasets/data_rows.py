"""Which rows and cells differ between two tables whose values can be read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from celltrail.core.digest_frames import label_text
from celltrail.core.redaction import redact_cell
from celltrail.core.wording import counted, cut
from celltrail.lineage.datasets.row_codes import beyond, codes_of, is_count, row_numbers
from celltrail.lineage.datasets.row_matching import (
    Label,
    Matched,
    Redact,
    by_index,
    by_key,
    by_position,
    cell_text,
    name_of,
    pairs_of,
    text_of,
)

_VALUE_WIDTH = 40
_CELLS_SHOWN = 4


@dataclass(frozen=True, slots=True)
class RowExample:
    """One row that differs.

    Attributes
    ----------
    change : str
        added, removed, changed.
    row : str
        Its label: index, key or position (that in the first table, but for added rows).
    cells : tuple of (str, str or None, str or None)
        Column, value before, value after; of a changed row only the cells that changed.
    """

    change: str
    row: str
    cells: tuple[tuple[str, str | None, str | None], ...]


@dataclass(frozen=True, slots=True)
class RowsChange:
    """How the rows of two tables differ, over the columns that both have.

    Attributes
    ----------
    matched_by : str
        How a row of one was found in the other: index, key, position, whole rows.
    added, removed, changed, same : int
        Rows. Matched by whole rows, a changed row counts as removed and added.
    is_moved : bool
        Rows that are in both stand in another order.
    cells : tuple of (str, int)
        Changed cells by column, for columns with any.
    examples : tuple of RowExample
    """

    matched_by: str
    added: int
    removed: int
    changed: int
    same: int
    is_moved: bool
    cells: tuple[tuple[str, int], ...]
    examples: tuple[RowExample, ...]


def rows_between(
    before: Any,
    after: Any,
    *,
    key: Sequence[str] = (),
    renamed: Iterable[tuple[str, str]] = (),
    examples: int = 5,
    redact: Redact = redact_cell,
) -> RowsChange:
    """Return which rows and cells differ between two pandas frames.

    Parameters
    ----------
    before, after : DataFrame
    key : sequence of str
        Columns whose values tell rows apart. Without any, rows are matched by the index
        where it is unique and not a plain count; else by position, where rows were only
        changed in place or added at the end; else by all of their values.
    renamed : iterable of (str, str)
        Columns that are the same under another name: before, after.
    examples : int
        At most so many of added, of removed and of changed rows.
    redact : callable
        Makes of a column's name and a cell's text what may be shown.

    Raises
    ------
    NotFound
        If a key is no column of both.
    UsageFault
        If the key does not tell the rows of a table apart.
    """
    pairs = pairs_of(before, after, dict(renamed))
    codes = {
        label: codes_of(before.iloc[:, first], after.iloc[:, second])
        for label, (first, second) in pairs.items()
    }
    size = len(before)
    matched = by_key(before, after, key, pairs, codes) if key else by_index(before, after)
    rows = row_numbers(list(codes.values()), size + len(after))
    if matched is None:
        matched = by_position(before, after, rows)
    if matched is None:
        return _by_whole_rows(before, after, pairs, _Showing(examples, redact))
    return _compared(before, after, pairs, codes, matched, _Showing(examples, redact))


@dataclass(frozen=True, slots=True)
class _Showing:
    """How rows are shown: at most so many of a sort, their cells without secrets."""

    most: int
    redact: Redact

    def whole(self, frame: Any, positions: Any, names: Any, change: str) -> Iterator[RowExample]:
        for position in positions[: self.most]:
            at = int(position)
            values = [
                (label_text(label), self.cell(frame, at, n))
                for n, label in enumerate(frame.columns)
            ]
            cells = tuple(
                (name, None, value) if change == "added" else (name, value, None)
                for name, value in values
            )
            yield RowExample(change, self.name(names, at), cells)

    def name(self, names: Any, row: int) -> str:
        return cut(name_of(names, row, self.redact), _VALUE_WIDTH)

    def cell(self, frame: Any, row: int, column: int) -> str:
        heading = label_text(frame.columns[column])
        return cut(self.redact(heading, cell_text(frame.iat[row, column])), _VALUE_WIDTH)


def _compared(
    before: Any,
    after: Any,
    pairs: dict[Label, tuple[int, int]],
    codes: dict[Label, Any],
    matched: Matched,
    showing: _Showing,
) -> RowsChange:
    import numpy as np

    size = len(before)
    differs = {
        label: found[:size][matched.before] != found[size:][matched.after]
        for label, found in codes.items()
    }
    changed = np.zeros(len(matched.before), dtype=bool)
    for mask in differs.values():
        changed |= mask
    shown: list[RowExample] = []
    for at in np.flatnonzero(changed)[: showing.most]:
        first, second = int(matched.before[at]), int(matched.after[at])
        cells = tuple(
            (
                text_of(label),
                showing.cell(before, first, pairs[label][0]),
                showing.cell(after, second, pairs[label][1]),
            )
            for label, mask in differs.items()
            if mask[at]
        )
        shown.append(RowExample("changed", showing.name(matched.names[0], first), cells))
    shown += showing.whole(before, matched.removed, matched.names[0], "removed")
    shown += showing.whole(after, matched.added, matched.names[1], "added")
    number_changed = int(changed.sum())
    return RowsChange(
        matched_by=matched.by,
        added=len(matched.added),
        removed=len(matched.removed),
        changed=number_changed,
        same=len(matched.before) - number_changed,
        is_moved=bool((np.diff(matched.before[np.argsort(matched.after)]) < 0).any()),
        cells=tuple(
            (text_of(label), int(mask.sum())) for label, mask in differs.items() if mask.any()
        ),
        examples=tuple(shown),
    )


def _by_whole_rows(
    before: Any, after: Any, pairs: dict[Label, tuple[int, int]], showing: _Showing
) -> RowsChange:
    """Compare as bags of rows: how often each occurs; index labels count as values."""
    import numpy as np

    size = len(before)
    parts = [codes_of(before.iloc[:, a], after.iloc[:, b]) for a, b in pairs.values()]
    with_index = not (is_count(before.index) and is_count(after.index))
    if with_index and before.index.nlevels == after.index.nlevels:
        for at in range(before.index.nlevels):
            levels = [frame.index.get_level_values(at).to_series() for frame in (before, after)]
            parts.append(codes_of(*levels))
    rows = row_numbers(parts, size + len(after))
    first, second = rows[:size], rows[size:]
    removed = beyond(first, second)
    added = beyond(second, first)
    kept = np.setdiff1d(np.arange(size), removed), np.setdiff1d(np.arange(len(after)), added)
    shown = [
        *showing.whole(before, removed, before.index, "removed"),
        *showing.whole(after, added, after.index, "added"),
    ]
    return RowsChange(
        matched_by="whole rows",
        added=len(added),
        removed=len(removed),
        changed=0,
        same=len(kept[0]),
        is_moved=bool((first[kept[0]] != second[kept[1]]).any()),
        cells=(),
        examples=tuple(shown),
    )


def counts_of(rows: RowsChange) -> str:
    """Return in words how many rows differ, and how many do not."""
    changes = {"added": rows.added, "removed": rows.removed, "changed": rows.changed}
    first, *others = [(count, word) for word, count in changes.items() if count] or [(0, "")]
    moved = ", in another order" if rows.is_moved else ""
    if not first[0]:
        return f"no row differs{moved} ({counted(rows.same, 'row')})"
    parts = [f"{counted(first[0], 'row')} {first[1]}", *(f"{n:,} {word}" for n, word in others)]
    verb = "is" if rows.same == 1 else "are"
    return f"{', '.join(parts)}, {rows.same:,} {verb} the same{moved}"


def cells_of(example: RowExample) -> str:
    """Return the first cells of a row that differs: column, value before, value after."""
    shown = "; ".join(_change_text(*cell) for cell in example.cells[:_CELLS_SHOWN])
    left = len(example.cells) - _CELLS_SHOWN
    return f"{shown}; {left} more" if left > 0 else shown


def _change_text(column: str, before: str | None, after: str | None) -> str:
    if before is None or after is None:
        return f"{column} {before if after is None else after}"
    return f"{column} {before} -> {after}"
