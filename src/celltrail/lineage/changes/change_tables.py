"""Changes as cells of a table, the same in every report that compares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from celltrail.core.report import Table
from celltrail.core.wording import counted, number, numbers_apart, value_text
from celltrail.lineage.changes.data_change import ColumnChange, FactChange

# The facts hold all of them.
SHOWN_COLUMNS = 12


def number_text(value: float | None) -> str:
    """Return a metric's number; empty where there is none."""
    return "" if value is None else number(value)


def columns_table(columns: Sequence[tuple[str, ColumnChange]]) -> Table:
    """Return what differs in columns, each with the name of its data, one row each."""
    rows = [
        (name, one.name, one.change, _was_and_is(one), _facts_text(one))
        for name, one in columns[:SHOWN_COLUMNS]
    ]
    return Table(("data", "column", "change", "type", "was → is"), tuple(rows), keep=4)


def _was_and_is(one: ColumnChange) -> str:
    if one.before is None or one.after is None or one.before == one.after:
        return one.after or one.before or ""
    return f"{one.before} → {one.after}"


def _facts_text(one: ColumnChange) -> str:
    cells = f"{counted(one.cells, 'cell')} differ" if one.cells else ""
    facts = "; ".join(map(_fact, one.facts))
    if facts and one.profiled:
        facts = f"in {one.profiled}: {facts}"
    return "; ".join(text for text in (cells, facts) if text)


def _fact(one: FactChange) -> str:
    if isinstance(one.before, float) and isinstance(one.after, float):
        before, after = numbers_apart(one.before, one.after)
    else:
        before, after = _fact_value(one.before), _fact_value(one.after)
    return f"{one.name} {before} → {after}"


def _fact_value(value: Any) -> str:
    return "?" if value is None else value_text(value)
