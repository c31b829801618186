"""``celltrail data diff A B``: what differs between two contents, by column and by row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from celltrail.core.digest_frames import label_text
from celltrail.core.errors import UsageFault
from celltrail.core.redaction import redact_cell
from celltrail.core.report import Finding
from celltrail.core.wording import counted
from celltrail.lineage.changes.data_change import (
    ColumnChange,
    DataChange,
    change_between,
    sentence_of,
)
from celltrail.lineage.datasets.data_diff_report import DataDiffReport, Side
from celltrail.lineage.datasets.data_find import Found, find_data
from celltrail.lineage.datasets.data_rows import RowsChange, counts_of, rows_between
from celltrail.lineage.datasets.data_tables import NoRows, Tables, tables_of
from celltrail.lineage.datasets.row_matching import Redact
from celltrail.store.database import Connection


def data_diff(
    connection: Connection,
    before: str,
    after: str,
    *,
    store: Path,
    key: Sequence[str] = (),
    examples: int = 5,
    redact: Redact = redact_cell,
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
    redact : callable
        Makes of a column's name and a cell's text what may be shown.

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
    try:
        tables = tables_of(store, first, second, redact=redact)
    except NoRows as why_not:
        if key:
            keep = "" if why_not.is_kept else ", or take snapshots (`%mlops snapshot NAME`) of both"
            raise UsageFault(
                f"Rows of {first.label} and {second.label} cannot be compared: {why_not}.",
                f"leave the key out{keep}.",
            ) from None
        findings = tuple(_doubts(first, second, why_not))
        if _is_alike(change) or first.content.type == second.content.type:
            return replace(report, findings=findings)
        summary = (
            f"{first.label} ({first.content.type}) and {second.label} ({second.content.type})"
            " are different sorts of content: only their types and digests are compared."
        )
        return replace(report, basis="digests", columns=(), summary=summary, findings=findings)
    renamed = [(one.before or "", one.name) for one in change.columns if one.change == "renamed"]
    rows = rows_between(
        tables.before, tables.after, key=key, renamed=renamed, examples=examples, redact=redact
    )
    columns = _columns(change, tables, rows, is_by_name=_is_by_name(change, first, second))
    return replace(
        report,
        basis="rows",
        rows=rows,
        rows_before=len(tables.before),
        rows_after=len(tables.after),
        columns=columns,
        summary=_summary(first, second, columns, rows),
        findings=tuple(_row_findings(rows, columns, tables.notes)),
    )


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


def _is_alike(change: DataChange) -> bool:
    """Whether the two have a column in common."""
    shared = any(one.change not in ("added", "removed") for one in change.columns)
    return change.by_column and (shared or bool(change.same_columns))


def _is_by_name(change: DataChange, first: Found, second: Found) -> bool:
    """Whether the columns recorded of both go by names; of arrays and files they do not."""
    return change.by_column and "array" not in (first.content.kind, second.content.kind)


def _columns(
    change: DataChange, tables: Tables, rows: RowsChange, *, is_by_name: bool
) -> tuple[ColumnChange, ...]:
    """Return the columns that differ, with the number of cells where rows were matched."""
    cells = dict(rows.cells)
    if not is_by_name:  # the rows are all that is known of columns
        return (
            *_only_in(tables.before, tables.after, "removed"),
            *_only_in(tables.after, tables.before, "added"),
            *(ColumnChange(name, "values", cells=count) for name, count in rows.cells),
        )
    if rows.matched_by == "whole rows":
        return change.columns
    return tuple(
        replace(one, cells=cells.get(one.name, 0)) if one.change in ("values", "type") else one
        for one in change.columns
    )


def _only_in(table: Any, other: Any, change: str) -> Iterator[ColumnChange]:
    known = set(other.columns)
    for label, dtype in zip(table.columns, table.dtypes, strict=True):
        if label not in known:
            types = (str(dtype), None) if change == "removed" else (None, str(dtype))
            yield ColumnChange(label_text(label), change, *types)


def _summary(
    first: Found, second: Found, columns: tuple[ColumnChange, ...], rows: RowsChange
) -> str:
    words = [counts_of(rows)]
    for change in ("added", "removed", "renamed"):
        count = sum(one.change == change for one in columns)
        if count:
            words.append(f"{counted(count, 'column')} {change}")
    types = sum(one.change == "type" for one in columns)
    if types:
        words.append(f"{counted(types, 'column')} of another type")
    return f"{first.label} -> {second.label}: {'; '.join(words)}."


def _row_findings(
    rows: RowsChange, columns: tuple[ColumnChange, ...], notes: tuple[str, ...]
) -> Iterator[Finding]:
    if notes:
        yield Finding("ok", f"{'; '.join(notes)}.")
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


def _doubts(first: Found, second: Found, why_not: NoRows) -> Iterator[Finding]:
    keep = "`%mlops snapshot NAME` keeps a content, so that its rows can be compared later."
    yield Finding(
        "unknown", f"Rows were not compared: {why_not}.", None if why_not.is_kept else keep
    )
    for side in (first, second):
        if side.content.scope != "full":
            reason = side.content.reason or "it was not read to its end"
            sentence = f"Of {side.label} only a part was looked at ({side.content.scope}: {reason})"
            yield Finding("unknown", f"{sentence}, so equal digests would prove nothing.")
