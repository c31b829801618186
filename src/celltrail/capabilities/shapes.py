"""Rows as JSON and as flat records; these shapes are documented in the README."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from celltrail.capabilities.wording import iso

if TYPE_CHECKING:
    from celltrail.store.trail import ExecutionRow, ResultRow, RunRow


def result_json(row: ResultRow) -> dict[str, Any]:
    """Return a result in the shape of ``celltrail results --json``."""
    return {
        "id": row.id,
        "notebook": row.notebook,
        "cell": row.cell,
        "started_at": iso(row.started_at),
        "status": row.status,
        "metrics": dict(row.metrics),
        "params": dict(row.params),
        "data": [
            {
                "name": item.name,
                "digest": item.digest,
                "shape": None if item.shape is None else list(item.shape),
                "kind": item.kind,
                "scope": item.scope,
            }
            for item in row.data
        ],
        "environment": row.environment,
        "run": row.run,
        "tags": dict(row.tags),
    }


def result_record(row: ResultRow) -> dict[str, Any]:
    """Return a result as one flat record, for CSV and data frames."""
    return {
        "result_id": row.id,
        "notebook": row.notebook,
        "cell": row.cell,
        "started_at": iso(row.started_at),
        "status": row.status,
        "run": row.run,
        **{f"metrics.{name}": value for name, value in row.metrics.items()},
        **{f"params.{name}": value for name, value in row.params.items()},
        **{f"tags.{name}": value for name, value in row.tags.items()},
    }


def execution_json(row: ExecutionRow) -> dict[str, Any]:
    """Return an execution as JSON shows it."""
    return {
        "id": row.id,
        "notebook": row.notebook,
        "cell": row.cell,
        "session": row.session,
        "count": row.count,
        "status": row.status,
        "started_at": iso(row.started_at),
        "ended_at": iso(row.ended_at),
        "error": row.error,
        "code": row.code,
        "environment": row.environment,
        "unseeded": list(row.unseeded),
        "opaque": list(row.opaque),
    }


def run_json(run: RunRow) -> dict[str, Any]:
    """Return a run as JSON shows it."""
    return {
        "id": run.id,
        "name": run.name,
        "kind": run.kind,
        "status": run.status,
        "started_at": iso(run.started_at),
        "ended_at": iso(run.ended_at),
        "parent": run.parent,
        "params": run.params,
        "executions": run.executions,
        "results": run.results,
        "tags": run.tags,
    }
