"""What `celltrail data diff` answers, and how it is said."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from celltrail.core.report import Part, Report, Table, When
from celltrail.core.wording import counted, cut, number
from celltrail.lineage.changes.data_change import ColumnChange
from celltrail.lineage.datasets.data_find import shape_text
from celltrail.lineage.datasets.data_rows import RowsChange, cells_of

_COLUMNS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two contents.

    Attributes
    ----------
    label : str
        As it was asked for.
    digest : str or None
        None where the content is not known.
    kind, type, scope : str
        As in an entity.
    shape : tuple of int or None
    snapshot : str or None
        ``name@version`` of the snapshot that was read for it.
    """

    label: str
    digest: str | None
    kind: str
    type: str
    scope: str
    shape: tuple[int, ...] | None
    snapshot: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DataDiffReport(Report):
    """What differs between two contents.

    Attributes
    ----------
    before, after : Side
    is_identical : bool or None
        None where one of them was never wholly looked at.
    basis : str
        How much was compared: rows, columns (digests and profiles) or digests.
    rows_before, rows_after : int or None
    columns : tuple of ColumnChange
        Those that differ.
    same_columns : int
    rows : RowsChange or None
        None where the basis is not rows.
    """

    kind: ClassVar[str] = "data diff"

    before: Side
    after: Side
    is_identical: bool | None
    basis: str
    rows_before: int | None
    rows_after: int | None
    columns: tuple[ColumnChange, ...]
    same_columns: int
    rows: RowsChange | None

    def body(self, when: When) -> Iterator[Part]:  # noqa: ARG002 - contents have no time
        """Yield the two sides, the columns that differ, and rows as examples."""
        yield Table(
            ("", "content", "type", "shape", "read from"),
            tuple(
                (
                    cut(side.label),
                    (side.digest or "unknown")[:12],
                    side.type,
                    shape_text(side.shape),
                    side.snapshot or "",
                )
                for side in (self.before, self.after)
            ),
        )
        if self.is_identical:
            return
        shown = [one for one in self.columns if _is_news(one)]
        if shown:
            yield _column_table(shown[:_COLUMNS_SHOWN])
        if len(shown) > _COLUMNS_SHOWN:
            more = counted(len(shown) - _COLUMNS_SHOWN, "more column")
            yield f"{more} not shown; `--json` lists all."
        if self.rows is None:
            silent = len(self.columns) - len(shown)
            if silent:
                yield f"Other values in {counted(silent, 'column')}, of which no more is known."
            return
        yield f"Rows are matched by {self.rows.matched_by}."
        yield from (
            f"    row {example.row} {example.change}: {cells_of(example)}"
            for example in self.rows.examples
        )

    def records(self) -> list[dict[str, Any]] | None:
        """Return a row for each column that differs."""
        return [
            {
                "column": one.name,
                "change": one.change,
                "before": one.before,
                "after": one.after,
                "cells": one.cells,
                "mean_before": one.mean_before,
                "mean_after": one.mean_after,
            }
            for one in self.columns
        ]


def _column_table(columns: Sequence[ColumnChange]) -> Table:
    return Table(
        ("column", "change", "before", "after", "cells", "mean before", "mean after"),
        tuple(
            (
                cut(one.name),
                one.change,
                cut(one.before or ""),
                cut(one.after or ""),
                "" if one.cells is None else f"{one.cells:,}",
                "" if one.mean_before is None else number(one.mean_before),
                "" if one.mean_after is None else number(one.mean_after),
            )
            for one in columns
        ),
        right=frozenset({4, 5, 6}),
        keep=2,
    )


def _is_news(change: ColumnChange) -> bool:
    """Whether more is known of a column than that its values, or its rows, are others."""
    if change.change != "values":
        return True
    return bool(change.cells) if change.cells is not None else bool(change.facts)
