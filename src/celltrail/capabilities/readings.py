"""Commands that read: results, one of them, what it came from, runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from celltrail.capabilities.capability import Place, reading
from celltrail.capabilities.journal import verdict_json, verdict_text, verdicts
from celltrail.capabilities.results_table import results_parts
from celltrail.capabilities.shapes import execution_json, result_json, result_record, run_json
from celltrail.capabilities.wording import (
    code_of,
    data_text,
    first_code_line,
    headline,
    iso,
    moment,
    notebook_text,
    warnings_of,
)
from celltrail.core.errors import NotFound
from celltrail.core.report import Answer, Code, Part, Table
from celltrail.core.wording import counted, number, value_text

if TYPE_CHECKING:
    from celltrail.store.trail import ExecutionRow


def results(
    place: Place,
    *,
    filter: str = "",  # noqa: A002 - the option's name
    sort: Sequence[str] | None = None,
    limit: int = 20,
    cursor: str | None = None,
    split: bool = False,
    reproduced: bool = False,
) -> Answer:
    """Results, newest first: metrics, then the params that differ."""
    from celltrail.store import trail

    with reading(place) as connection:
        page = trail.list_results(
            connection,
            where=filter or "",
            order_by=tuple(sort or ()),
            limit=limit,
            cursor=cursor,
            split=split,
            with_reproduced=reproduced,
        )
        is_empty = not page.rows and trail.counts(connection).results == 0
        found = verdicts(connection, [row.id for row in page.rows])
    data = [result_json(row) | {"reproduced": verdict_json(found.get(row.id))} for row in page.rows]
    if not page.rows:
        said = (
            "No results yet: a cell that computes a metric makes one."
            if is_empty
            else "No result meets the filter."
        )
        return Answer(data, (said,), rows=[])
    parts: list[Part] = results_parts(place, page.rows, found)
    if page.cursor is not None:
        parts.append(f"more: --limit {limit * 2}, or --cursor {page.cursor}")
    return Answer(data, tuple(parts), rows=[result_record(row) for row in page.rows])


def show(place: Place, *, id: str = "latest") -> Answer:  # noqa: A002 - the argument's name
    """One result in full, or one execution where it has no result."""
    from celltrail.lineage.closure import closure
    from celltrail.store import trail

    with reading(place) as connection:
        try:
            result = trail.find_result(connection, id)
        except NotFound:
            found_row = trail.find_execution(connection, id)
            return _execution_answer(place, trail.execution_detail(connection, found_row))
        detail = trail.result_detail(connection, result)
        found = closure(connection, result)
        codes = [code_of(place, execution) for execution in detail.executions]
        verdict = verdicts(connection, [detail.result.id]).get(detail.result.id)
    row = detail.result
    data = result_json(row) | {
        "executions": [execution_json(e) for e in found.executions],
        "own_executions": [e.id for e in detail.executions],
        "series": {k: [list(point) for point in v] for k, v in detail.series.items()},
        "environment_detail": detail.environment,
        "unseeded": list(found.unseeded),
        "opaque": list(found.opaque),
        "notes": list(detail.notes),
        "reproduced": verdict_json(verdict),
    }
    now = datetime.now().astimezone()
    parts: list[Part] = [headline(place, row, now)]
    if verdict is not None:
        parts.append(f"reproduced: {verdict_text(verdict)}")
    facts = [(k, number(v), "metric") for k, v in row.metrics.items()]
    facts += [(k, value_text(v), "param") for k, v in row.params.items()]
    facts += [(d.name, data_text(d.digest, d.scope, d.shape), "data") for d in row.data]
    facts += [(k, v or "yes", "tag") for k, v in row.tags.items()]
    parts.append(
        Table(
            ("", "name", "value"), tuple((kind, name, value) for name, value, kind in facts), keep=3
        )
    )
    for name, points in detail.series.items():
        parts.append(f"{name}: {counted(len(points), 'step')}, last {number(points[-1][1])}")
    parts.extend(f"note: {text}" for text in detail.notes)
    parts.extend(warnings_of(found.unseeded, found.opaque))
    if detail.environment:
        commit = detail.environment["git_commit"]
        parts.append(
            f"environment: Python {detail.environment['python']},"
            f" {len(detail.environment['packages'])} packages"
            + (f", commit {commit[:10]}" if commit else "")
        )
    for execution, code in zip(detail.executions, codes, strict=True):
        count = f"In [{execution.count}]" if execution.count is not None else "code"
        parts.append(f"{count}, {moment(execution.started_at, now=now)}:")
        parts.append(Code(code))
    upstream = len(found.executions) - len(detail.executions)
    if upstream:
        more = counted(upstream, "execution")
        parts.append(f"{more} upstream: lineage {trail.short_result(row.id)}")
    return Answer(data, tuple(parts), rows=[result_record(row)])


def lineage(place: Place, *, id: str = "latest") -> Answer:  # noqa: A002 - the argument's name
    """What a result or an execution came from: executions, contents, and the edges between."""
    from celltrail.core.identifiers import short
    from celltrail.lineage.closure import graph
    from celltrail.store import trail
    from celltrail.store.upstream import upstream

    with reading(place) as connection:
        try:
            result = trail.find_result(connection, id)
            detail = trail.result_detail(connection, result)
            members = [execution.row for execution in detail.executions]
            name = trail.short_result(detail.result.id)
            verdict = verdicts(connection, [detail.result.id]).get(detail.result.id)
        except NotFound:
            execution = trail.find_execution(connection, id)
            members = [execution]
            name = short(trail.execution_rows(connection, members)[0].id)
            verdict = None
        found = graph(connection, members)
        above = upstream(connection, members)
        executions = trail.execution_rows(connection, above.executions)
    nodes = [dict(node) for node in found.nodes]
    for node in nodes:
        if "started_at" in node:
            node["started_at"] = iso(node["started_at"])
    now = datetime.now().astimezone()
    made: dict[str, list[str]] = {}
    used: dict[str, list[str]] = {}
    for edge in found.edges:
        if edge["kind"] == "used":
            used.setdefault(edge["target"], []).append(edge["name"])
        elif edge["kind"] == "generated":
            made.setdefault(edge["source"], []).append(edge["name"])
    rows = [
        (
            short(row.id),
            moment(row.started_at, now=now),
            "" if row.count is None else f"[{row.count}]",
            first_code_line(row.code),
            ", ".join(used.get(f"e{row.id}", [])),
            ", ".join(made.get(f"e{row.id}", [])),
        )
        for row in executions
    ]
    parts: list[Part] = [
        (
            f"{name} came from {counted(len(executions), 'execution')}, its own included, and"
            f" {counted(len(found.nodes) - len(executions), 'content')}, in this order:"
        ),
        Table(("execution", "when", "In", "code", "used", "made"), tuple(rows), keep=3),
    ]
    if verdict is not None:
        parts.append(f"reproduced: {verdict_text(verdict)}")
    edges = [dict(edge) for edge in found.edges]
    return Answer({"nodes": nodes, "edges": edges}, tuple(parts), rows=edges)


def runs(place: Place, *, limit: int = 20) -> Answer:
    """Named runs and batch runs, newest first."""
    from celltrail.core.identifiers import short
    from celltrail.store import trail

    with reading(place) as connection:
        found = trail.list_runs(connection, limit=limit)
    now = datetime.now().astimezone()
    data = [run_json(run) for run in found]
    if not found:
        return Answer(
            data, ("No runs yet: `%%mlops run --name base` on a cell makes one.",), rows=[]
        )
    table = Table(
        ("run", "name", "kind", "started", "status", "executions", "results", "params"),
        tuple(
            (
                short(run.id),
                run.name or "",
                run.kind,
                moment(run.started_at, now=now),
                run.status,
                str(run.executions),
                str(run.results),
                ", ".join(f"{k}={value_text(v)}" for k, v in run.params.items()),
            )
            for run in found
        ),
        right=frozenset({5, 6}),
    )
    return Answer(data, (table,), rows=data)


def _execution_answer(place: Place, detail: Any) -> Answer:
    from celltrail.core.identifiers import short

    row: ExecutionRow = detail.execution
    now = datetime.now().astimezone()
    code = code_of(place, row)
    edge = ("name", "kind", "type", "digest", "scope", "shape", "evidence", "detail", "source")
    data = execution_json(row) | {
        "code": code,
        "used": [{key: getattr(item, key) for key in edge} for item in detail.used],
        "generated": [{key: getattr(item, key) for key in edge} for item in detail.generated],
        "params": list(detail.params),
        "metrics": list(detail.metrics),
        "outputs": list(detail.outputs),
        "artifacts": list(detail.artifacts),
        "deleted": list(detail.deleted),
        "runs": list(detail.runs),
        "tags": detail.tags,
        "notes": list(detail.notes),
        "results": list(detail.results),
    }
    where = f" in {notebook_text(place, row.notebook)}" if row.notebook else ""
    when = moment(row.started_at, now=now)
    parts: list[Part] = [f"execution {short(row.id)}{where}, {when}, {row.status}"]
    if row.error:
        parts.append(row.error)
    facts = [("param", p["name"], value_text(p["value"])) for p in detail.params]
    facts += [
        ("value" if m["is_value"] else "metric", m["name"], number(m["value"]))
        for m in detail.metrics
    ]
    for word, items in (("used", detail.used), ("made", detail.generated)):
        facts += [(word, i.name, data_text(i.digest, i.scope, i.shape)) for i in items]
    if facts:
        parts.append(Table(("", "name", "value"), tuple(facts), keep=3))
    parts.extend(f"note: {text}" for text in detail.notes)
    parts.extend(warnings_of(row.unseeded, row.opaque))
    parts.append(Code(code))
    return Answer(data, tuple(parts), rows=[execution_json(row)])
