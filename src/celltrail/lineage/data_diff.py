"""``celltrail data diff A B``: what differs between two contents, by column and by row."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

from celltrail.core.errors import UsageFault
from celltrail.core.report import Finding, Part, Report, Table, When
from celltrail.core.wording import counted, cut, number
from celltrail.lineage.data_change import ColumnChange, change_between, sentence_of
from celltrail.lineage.data_find import Found, find_data
from celltrail.lineage.data_rows import RowExample, RowsChange, as_table, rows_between
from celltrail.store.content import is_file
from celltrail.store.database import Connection
from celltrail.store.snapshots import Snapshot, read_snapshot

_CELLS_SHOWN = 4
_COLUMNS_SHOWN = 20
_READ_AS = {".csv": "CSV", ".tsv": "TSV", ".parquet": "Parquet"}


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
                    " x ".join(f"{n:,}" for n in side.shape or ()),
                    side.snapshot or "",
                )
                for side in (self.before, self.after)
            ),
        )
        # Where rows were compared, a column whose values differ only for lost rows is no news.
        shown = [one for one in self.columns if one.change != "values" or one.cells != 0]
        if shown and not self.is_identical:
            yield _column_table(shown[:_COLUMNS_SHOWN])
        if len(shown) > _COLUMNS_SHOWN:
            yield f"{len(shown) - _COLUMNS_SHOWN} more columns differ; `--json` lists them."
        if self.rows is not None and not self.is_identical:
            yield f"Rows are matched by {self.rows.matched_by}. {_counts(self.rows)}"
            yield from map(_example_text, self.rows.examples)

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


def data_diff(
    connection: Connection,
    before: str,
    after: str,
    *,
    store: Path,
    key: Sequence[str] = (),
    examples: int = 5,
) -> DataDiffReport:
    """Return what differs between two contents.

    Parameters
    ----------
    connection : Connection
    before, after : str
        As for `find_data`.
    store : Path
        The ``.celltrail`` folder, from which snapshots are read.
    key : sequence of str
        Columns that tell rows apart (see `rows_between`).
    examples : int
        At most so many rows of each sort of change.

    Returns
    -------
    DataDiffReport

    Raises
    ------
    NotFound
        If one is not known, or a key is no column of both.
    UsageFault
        If a key does not tell rows apart, or was given where rows cannot be read.
    """
    first, second = find_data(connection, before), find_data(connection, after)
    change = change_between(first.content, second.content)
    report = DataDiffReport(
        before=_side(first),
        after=_side(second),
        is_identical=_is_identical(first, second),
        basis="columns" if change.by_column else "digests",
        rows_before=change.rows_before,
        rows_after=change.rows_after,
        columns=change.columns,
        same_columns=change.same_columns,
        rows=None,
        summary=f"{first.label} -> {second.label}: {sentence_of(change)}.",
    )
    if report.is_identical:
        return replace(report, summary=f"{first.label} and {second.label} hold the same content.")
    tables, why_not = _tables(store, first, second)
    if tables is None:
        if key:
            raise UsageFault(
                f"Rows of {first.label} and {second.label} cannot be compared: {why_not}.",
                "leave the key out, or take snapshots (`%mlops snapshot NAME`) of both.",
            )
        return replace(report, findings=tuple(_doubts(first, second, why_not)))
    renamed = [(one.before or "", one.name) for one in change.columns if one.change == "renamed"]
    rows = rows_between(*tables, key=key, renamed=renamed, examples=examples)
    columns = _with_cells(change.columns, rows, by_column=change.by_column)
    return replace(
        report,
        basis="rows",
        rows=rows,
        rows_before=len(tables[0]),
        rows_after=len(tables[1]),
        columns=columns,
        summary=_summary(first, second, columns, rows),
        findings=tuple(_row_findings(rows, columns, why_not)),
    )


def _tables(store: Path, first: Found, second: Found) -> tuple[tuple[Any, Any] | None, str]:
    """Return both as pandas frames, or None and why not; a text says how they were read."""
    found, notes = [], []
    for side in (first, second):
        if side.snapshot is None:
            return None, f"the content of {side.label} was not kept, only its digests"
        table, note = _table(store, side.snapshot)
        if table is None:
            return None, note
        if note:
            notes.append(note)
        found.append(table)
    before, after = found
    if not set(before.columns) & set(after.columns) and len(before.columns) and len(after.columns):
        is_array = "array" in (first.content.kind, second.content.kind)
        if not is_array or len(before.columns) != len(after.columns):
            return None, "they have no column in common"
        before = before.set_axis(after.columns, axis=1)
        notes.append("an array has no labels, so columns are compared in their order")
    return (before, after), "; ".join(dict.fromkeys(notes))


def _table(store: Path, snapshot: Snapshot) -> tuple[Any, str]:
    content = read_snapshot(store, snapshot)
    if is_file(snapshot.format):
        ending = snapshot.format.removeprefix("file")
        if ending not in _READ_AS:
            return None, f"{snapshot.label} is a file that is not read as a table"
        try:
            return _parsed(content, ending), f"{snapshot.label} is read as {_READ_AS[ending]}"
        except (ValueError, OSError, UnicodeError) as error:
            return None, f"{snapshot.label} does not read as {_READ_AS[ending]} ({error})"
    table = as_table(content)
    if table is None:
        return None, f"{snapshot.label} is a {snapshot.type} without rows"
    return table, ""


def _parsed(data: bytes, ending: str) -> Any:
    import pandas as pd

    if ending == ".parquet":
        return pd.read_parquet(io.BytesIO(data))
    return pd.read_csv(io.BytesIO(data), sep="\t" if ending == ".tsv" else ",")


def _side(found: Found) -> Side:
    content = found.content
    return Side(
        found.label,
        content.digest,
        content.kind,
        content.type,
        content.scope,
        content.shape,
        None if found.snapshot is None else found.snapshot.label,
    )


def _is_identical(first: Found, second: Found) -> bool | None:
    a, b = first.content, second.content
    if a.entity == b.entity and a.scope == "full":
        return True
    if a.scope != "full" or b.scope != "full" or a.digest is None or b.digest is None:
        return None
    return a.digest == b.digest and a.type == b.type


def _with_cells(
    columns: tuple[ColumnChange, ...], rows: RowsChange, *, by_column: bool
) -> tuple[ColumnChange, ...]:
    cells = dict(rows.cells)
    if not by_column:  # arrays and files: the rows are all that is known of columns
        return tuple(ColumnChange(name, "values", cells=count) for name, count in rows.cells)
    if rows.matched_by == "whole rows":
        return columns
    return tuple(
        replace(one, cells=cells.get(one.name, 0)) if one.change in ("values", "type") else one
        for one in columns
    )


def _summary(
    first: Found, second: Found, columns: tuple[ColumnChange, ...], rows: RowsChange
) -> str:
    words = []
    for change in ("added", "removed", "renamed"):
        count = sum(one.change == change for one in columns)
        if count:
            words.append(f"{counted(count, 'column')} {change}")
    types = sum(one.change == "type" for one in columns)
    if types:
        words.append(f"{counted(types, 'column')} of another type")
    return f"{first.label} -> {second.label}: {', '.join([_counts(rows)[:-1], *words])}."


def _counts(rows: RowsChange) -> str:
    parts = [
        f"{count:,} {word}"
        for word, count in (
            ("added", rows.added),
            ("removed", rows.removed),
            ("changed", rows.changed),
        )
        if count
    ]
    moved = ", in another order" if rows.is_moved else ""
    if not parts:
        return f"no row differs ({counted(rows.same, 'row')} the same{moved})."
    return f"rows {', '.join(parts)} ({rows.same:,} the same{moved})."


def _row_findings(
    rows: RowsChange, columns: tuple[ColumnChange, ...], note: str
) -> Iterator[Finding]:
    if note:
        yield Finding("ok", f"{note}.")
    if rows.matched_by == "whole rows" and rows.added and rows.removed:
        yield Finding(
            "unknown",
            "Rows have no label that tells them apart, so a changed row counts as one removed"
            " and one added.",
            "name the columns that tell rows apart with `--key`.",
        )
    differs = rows.added or rows.removed or rows.changed or rows.is_moved
    if not differs and not any(one.change != "values" for one in columns):
        yield Finding(
            "ok",
            "No row differs though the digests do: types, labels, the index, the sort of a missing"
            " value (None, NaN) or the sign of a zero.",
        )


def _doubts(first: Found, second: Found, why_not: str) -> Iterator[Finding]:
    yield Finding(
        "unknown",
        f"Rows were not compared: {why_not}.",
        "`%mlops snapshot NAME` keeps a content, so that its rows can be compared later.",
    )
    for side in (first, second):
        if side.content.scope != "full":
            reason = side.content.reason or "it was not read to its end"
            sentence = f"Of {side.label} only a part was looked at ({side.content.scope}: {reason})"
            yield Finding("unknown", f"{sentence}, so equal digests would prove nothing.")


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


def _example_text(example: RowExample) -> str:
    shown = "; ".join(_cell_text(*cell) for cell in example.cells[:_CELLS_SHOWN])
    left = len(example.cells) - _CELLS_SHOWN
    more = f"; {left} more" if left > 0 else ""
    return f"    {example.change} {example.row}: {shown}{more}"


def _cell_text(column: str, before: str | None, after: str | None) -> str:
    if before is None or after is None:
        return f"{column} {before if after is None else after}"
    return f"{column} {before} -> {after}"
