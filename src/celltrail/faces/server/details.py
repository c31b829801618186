"""One result, one run, one kept report, and what a result came from."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

from celltrail.capabilities import readings
from celltrail.capabilities.capability import reading
from celltrail.capabilities.journal import capability_of
from celltrail.capabilities.wording import code_of
from celltrail.core.errors import NotFound
from celltrail.core.identifiers import short
from celltrail.faces.server.asked import Asked
from celltrail.faces.server.questions import shown
from celltrail.faces.server.rows import execution_item, report_items, result_items, run_item
from celltrail.faces.server.wire import LineageReply, ReportReply, ResultReply, RunReply
from celltrail.lineage.closure import closure
from celltrail.store import trail
from celltrail.store.journal import find_report


def result(asked: Asked) -> ResultReply:
    """Return one result in full."""
    with reading(asked.place) as connection:
        row = trail.find_result(connection, asked.subject)
        detail = trail.result_detail(connection, row)
        found = closure(connection, row)
        (item,) = result_items(asked.home, connection, [detail.result])
    own = [replace(e, code=code_of(asked.place, e)) for e in detail.executions]
    more = {
        "executions": [execution_item(asked.home, execution) for execution in own],
        "upstream": len(found.executions) - len(own),
        "series": detail.series,
        "environment_detail": detail.environment,
        "unseeded": found.unseeded,
        "opaque": found.opaque,
        "notes": detail.notes,
    }
    return cast("ResultReply", {**item, **more})


def run(asked: Asked) -> RunReply:
    """Return one run in full."""
    with reading(asked.place) as connection:
        row = trail.find_run(connection, asked.subject)
        notes = trail.notes(connection, row.id)
    return cast("RunReply", {**run_item(row), "notes": notes})


def report(asked: Asked) -> ReportReply:
    """Return a kept report: its facts, in words, and drawn."""
    with reading(asked.place) as connection:
        kept = find_report(connection, asked.subject)
    capability = capability_of(kept)
    found = capability.report_class.from_document(kept.document)
    (item,) = report_items([kept])
    return cast("ReportReply", {**item, **shown(capability, found)})


def lineage(asked: Asked) -> LineageReply:
    """Return the graph behind a result, or an execution that has none."""
    of = asked.text("of") or "latest"
    graph = readings.lineage(asked.place, id=of).facts
    nodes: list[dict[str, Any]] = graph["nodes"]
    for node in nodes:
        if node["node"] == "execution":
            node["short"] = short(node["execution"])
            node["notebook_path"] = asked.home.contents_path(node["notebook"])
    with reading(asked.place) as connection:
        try:
            rows = trail.result_rows(connection, [trail.find_result(connection, of)])
        except NotFound:  # an execution, then: `lineage` has found it
            rows = []
        items = result_items(asked.home, connection, rows)
    return cast("LineageReply", {**graph, "result": items[0] if items else None})
