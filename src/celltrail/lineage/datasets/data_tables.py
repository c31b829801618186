"""Kept contents as pandas frames, whose rows can be compared and written."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from celltrail.core.digest_frames import label_text
from celltrail.core.redaction import MARK, redact_cell
from celltrail.core.wording import counted
from celltrail.lineage.datasets.data_find import Found
from celltrail.lineage.datasets.row_matching import Redact
from celltrail.store.content import is_file
from celltrail.store.contents import Content
from celltrail.store.snapshots import Snapshot, read_snapshot

_READ_AS = {".csv": "CSV", ".tsv": "TSV", ".parquet": "Parquet"}


@dataclass(frozen=True, slots=True)
class Tables:
    """Two contents as frames; `notes` say how they were read."""

    before: Any
    after: Any
    notes: tuple[str, ...]


class NoRows(Exception):
    """Rows of two contents cannot be compared; the message says why.

    Attributes
    ----------
    is_kept : bool
        Both contents were kept, so keeping them does not help.
    """

    def __init__(self, reason: str, *, is_kept: bool = True) -> None:
        super().__init__(reason)
        self.is_kept = is_kept


def as_table(obj: Any) -> Any:
    """Return a pandas frame of an object's rows; None where it has none.

    Arrays of more than two dimensions have a row for each position along the first.
    """
    import numpy as np
    import pandas as pd

    if isinstance(obj, pd.DataFrame):
        return obj
    if isinstance(obj, pd.Series):
        return pd.DataFrame({0 if obj.name is None else obj.name: obj})
    if isinstance(obj, np.ndarray):
        if obj.ndim == 0:
            return None
        if obj.dtype.names is not None and obj.ndim == 1:
            return pd.DataFrame({name: obj[name] for name in obj.dtype.names})
        return pd.DataFrame(obj.reshape(len(obj), -1) if obj.size else np.empty((len(obj), 0)))
    if type(obj).__module__.startswith(("polars", "pyarrow")):
        found = obj.to_pandas()
        return found if isinstance(found, pd.DataFrame) else as_table(found)
    is_records = isinstance(obj, list) and obj and all(isinstance(item, dict) for item in obj)
    is_columns = isinstance(obj, dict) and all(isinstance(item, list) for item in obj.values())
    if is_records or (is_columns and len({len(item) for item in obj.values()}) == 1):
        return pd.DataFrame(obj)
    return None


def tables_of(store: Path, first: Found, second: Found, *, redact: Redact = redact_cell) -> Tables:
    """Return two contents as frames with columns of the same names, where they have any.

    Raises
    ------
    NoRows
        If one was not kept or has no rows, or they have no column in common.
    NotFound, UsageFault
        As `read_snapshot`.
    """
    found, notes = [], []
    for side in (first, second):
        if side.snapshot is None:
            raise NoRows(
                f"the content of {side.label} was not kept, only its digests", is_kept=False
            )
        table, note = _table(store, side.snapshot)
        found.append(_with_safe_labels(table, side.content, redact))
        notes += [note] if note else []
    before, after = found
    if not set(before.columns) & set(after.columns) and len(before.columns) and len(after.columns):
        if "array" not in (first.content.kind, second.content.kind):
            raise NoRows("they have no column in common")
        widths = len(before.columns), len(after.columns)
        if widths[0] != widths[1]:
            raise NoRows(
                f"an array has no column names to go by, and {counted(widths[0], 'column')}"
                f" cannot be paired with {widths[1]:,}"
            )
        before = before.set_axis(after.columns, axis=1)
        notes.append("an array has no labels, so columns are compared in their order")
    return Tables(before, after, tuple(dict.fromkeys(notes)))


def _table(store: Path, snapshot: Snapshot) -> tuple[Any, str]:
    """Return a snapshot as a frame, and how it was read where that is no matter of course."""
    content = read_snapshot(store, snapshot)
    if is_file(snapshot.format):
        ending = snapshot.format.removeprefix("file")
        if ending not in _READ_AS:
            raise NoRows(f"{snapshot.label} is a file that is not read as a table")
        try:
            return _parsed(content, ending), f"{snapshot.label} is read as {_READ_AS[ending]}"
        except (ValueError, OSError, UnicodeError) as error:
            raise NoRows(
                f"{snapshot.label} does not read as {_READ_AS[ending]} ({error})"
            ) from error
    table = as_table(content)
    if table is None:
        raise NoRows(f"{snapshot.label} is a {snapshot.type} without rows")
    return table, ""


def _with_safe_labels(table: Any, content: Content, redact: Redact) -> Any:
    """Return a frame whose columns are called as the store calls them: without secrets."""
    # What the session that kept the content knew to be secret is a mark in its record.
    recorded = [name for name, _, _ in content.columns]
    if len(recorded) != len(table.columns):
        recorded = [""] * len(table.columns)
    safe = [
        _safe_label(label, name, redact)
        for label, name in zip(table.columns, recorded, strict=True)
    ]
    return table if safe == [*table.columns] else table.set_axis(safe, axis=1)


def _safe_label(label: Any, recorded: str, redact: Redact) -> Any:
    if MARK.search(recorded):
        return recorded
    text = label_text(label)
    safe = redact("", text)
    return label if safe == text else safe


def _parsed(data: bytes, ending: str) -> Any:
    import pandas as pd

    if ending == ".parquet":
        return pd.read_parquet(io.BytesIO(data))
    return pd.read_csv(io.BytesIO(data), sep="\t" if ending == ".tsv" else ",")
