"""The table of results: which columns, in which order.

A narrow screen shows the first columns, so they come by how much they say: what names a
result, the metrics that most results have, the params that differ, and then the metrics
that few have.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from celltrail.capabilities.capability import Place
from celltrail.capabilities.wording import moment, notebook_text
from celltrail.core.report import Part, Table
from celltrail.core.wording import best_of, cut, number, value_text

if TYPE_CHECKING:
    from celltrail.lineage.reproducing.reproduction import Reproduced
    from celltrail.store.trail import ResultRow


@dataclass(frozen=True, slots=True)
class _Column:
    """A heading, and what stands under it for a result."""

    heading: str
    text: Callable[[ResultRow], str]
    is_number: bool = False
    best: int | None = None  # the row that holds the best value


def results_parts(
    place: Place, rows: Sequence[ResultRow], reproduced: Mapping[str, Reproduced]
) -> list[Part]:
    """Return the table of some results, and a line of the params that are the same in all.

    `reproduced` holds the newest verdict on those that were run again, by identifier.
    """
    heads = _heads(place, rows)
    differing, same = _params(rows)
    is_common = {name: _is_common(row.metrics.get(name) for row in rows)
                 for name in _names([row.metrics for row in rows])}  # fmt: skip
    run = [_Column("run", lambda row: row.run or "")] if any(row.run for row in rows) else []
    has_common_run = _is_common(row.run for row in rows)
    columns = [
        *heads,
        *(run if has_common_run else ()),
        *(_metric(rows, name) for name, common in is_common.items() if common),
        *(_param(rows, name) for name in differing),
        *(_metric(rows, name) for name, common in is_common.items() if not common),
        *(() if has_common_run else run),
    ]
    if reproduced:
        columns.append(_Column("reproduced", lambda row: _outcome(reproduced.get(row.id))))
    if any(row.tags for row in rows):
        columns.append(_Column("tags", _tags_text))
    table = Table(
        tuple(column.heading for column in columns),
        tuple(tuple(column.text(row) for column in columns) for row in rows),
        frozenset(n for n, column in enumerate(columns) if column.is_number),
        frozenset((c.best, n) for n, c in enumerate(columns) if c.best is not None),
        keep=len(heads),
    )
    parts: list[Part] = [table]
    if same:
        values = rows[0].params
        pairs = ", ".join(f"{name}={cut(value_text(values[name]))}" for name in same)
        parts.append(f"the same in all: {pairs}")
    return parts


def _heads(place: Place, rows: Sequence[ResultRow]) -> list[_Column]:
    """The columns that are shown however narrow the screen is."""
    from celltrail.store.trail import short_result

    now = datetime.now().astimezone()
    columns = [_Column("result", lambda row: short_result(row.id))]
    if len({row.notebook for row in rows}) > 1:
        columns.append(_Column("notebook", lambda row: notebook_text(place, row.notebook)))
    columns.append(_Column("started", lambda row: moment(row.started_at, now=now)))
    if any(row.status != "ok" for row in rows):
        columns.append(_Column("status", lambda row: row.status))
    return columns


def _metric(rows: Sequence[ResultRow], name: str) -> _Column:
    return _Column(
        name,
        lambda row: number(row.metrics[name]) if name in row.metrics else "",
        is_number=True,
        best=best_of([row.metrics.get(name) for row in rows], name),
    )


def _param(rows: Sequence[ResultRow], name: str) -> _Column:
    return _Column(
        name,
        lambda row: value_text(row.params[name]) if name in row.params else "",
        is_number=all(isinstance(row.params.get(name, 0), (int, float)) for row in rows),
    )


def _params(rows: Sequence[ResultRow]) -> tuple[list[str], list[str]]:
    """Return the params to show as columns, and those that are the same in all results."""
    dicts = [row.params for row in rows]
    names = _names(dicts)
    if len(rows) < 2:
        return names, []
    differing = [name for name in names if _differs(dicts, name)]
    return differing, [name for name in names if name not in differing]


def _outcome(verdict: Reproduced | None) -> str:
    return "" if verdict is None else verdict.outcome


def _tags_text(row: ResultRow) -> str:
    return ", ".join(f"{key}={value}" if value else key for key, value in row.tags.items())


def _is_common(values: Iterable[object]) -> bool:
    """Return whether more than half of the results have a value."""
    found = [value is not None for value in values]
    return sum(found) * 2 > len(found)


def _names(dicts: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the keys of several dicts, those that most of them have first."""
    counts: dict[str, int] = {}
    for document in dicts:
        for key in document:
            counts[key] = counts.get(key, 0) + 1
    return sorted(counts, key=lambda key: (-counts[key], key))


def _differs(dicts: Sequence[Mapping[str, Any]], name: str) -> bool:
    missing = object()
    return len({value_text(d[name]) if name in d else missing for d in dicts}) > 1
