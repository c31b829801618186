"""Rows of the store as the items of replies."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, cast

from celltrail.capabilities.journal import verdict_json, verdicts
from celltrail.capabilities.shapes import execution_json, result_json, run_json
from celltrail.capabilities.wording import iso
from celltrail.core.identifiers import short
from celltrail.faces.server.asked import Home
from celltrail.faces.server.wire import ExecutionItem, ReportItem, ResultItem, RunItem
from celltrail.store.journal import KeptReport
from celltrail.store.labels import tags_of
from celltrail.store.result_models import models_of
from celltrail.store.trail import Connection, ExecutionRow, ResultRow, RunRow, short_result

# The tag that stands for a star; without a value, as `%mlops tag ID star` writes it.
STAR = "star"


def result_items(home: Home, connection: Connection, rows: Sequence[ResultRow]) -> list[ResultItem]:
    """Return results with the verdicts on them, in order."""
    ids = [row.id for row in rows]
    reproduced = verdicts(connection, ids)
    models = models_of(connection, [row.row for row in rows])
    own = tags_of(connection, ids)  # a row's tags are its run's as well
    items: list[Any] = [
        result_json(row)
        | {
            "short": short_result(row.id),
            "title": models.get(row.row) or next(iter(row.metrics), ""),
            "notebook_path": home.contents_path(row.notebook),
            "own_tags": sorted(own.get(row.id, {})),
            "is_starred": STAR in own.get(row.id, {}),
            "is_unseeded": row.is_unseeded,
            "reproduced": verdict_json(reproduced.get(row.id)),
        }
        for row in rows
    ]
    return items


def execution_item(home: Home, row: ExecutionRow) -> ExecutionItem:
    """Return an execution."""
    own = {"short": short(row.id), "notebook_path": home.contents_path(row.notebook)}
    return cast("ExecutionItem", execution_json(row) | own)


def run_item(row: RunRow) -> RunItem:
    """Return a run."""
    own = {"short": short(row.id), "is_starred": STAR in row.tags}
    return cast("RunItem", run_json(row) | own)


def report_items(kept: Iterable[KeptReport]) -> list[ReportItem]:
    """Return kept reports without their documents."""
    items: list[Any] = [
        {
            "id": one.id,
            "short": short(one.id),
            "kind": one.kind,
            "target": one.target,
            "at": iso(one.at),
            "verdict": one.verdict,
            "summary": one.summary,
        }
        for one in kept
    ]
    return items
