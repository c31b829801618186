"""Pages of executions, results, runs and kept reports, newest first or as asked."""

from __future__ import annotations

from celltrail.capabilities.capability import reading
from celltrail.faces.server.asked import Asked
from celltrail.faces.server.rows import execution_item, report_items, result_items, run_item
from celltrail.faces.server.wire import ExecutionsReply, ReportsReply, ResultsReply, RunsReply
from celltrail.store import trail
from celltrail.store.cursors import Key, foreign, read_cursor, write_cursor
from celltrail.store.journal import list_reports


def results(asked: Asked) -> ResultsReply:
    """Return a page of results."""
    with reading(asked.place) as connection:
        page = trail.list_results(
            connection,
            where=asked.text("filter") or "",
            order_by=[key for key in asked.query.get("sort", ()) if key],
            limit=asked.limit,
            cursor=asked.text("cursor"),
            notebook=asked.notebook_in_scope("project"),
            with_reproduced=asked.is_set("reproduced"),
        )
        return ResultsReply(
            results=result_items(asked.home, connection, page.rows), cursor=page.cursor
        )


def executions(asked: Asked) -> ExecutionsReply:
    """Return a page of executions, of the notebook where one is named."""
    limit = asked.limit
    with reading(asked.place) as connection:
        found = trail.list_executions(
            connection,
            limit=limit + 1,
            notebook=asked.notebook_in_scope("notebook"),
            before=_row_before(asked, "executions"),
        )
    page = found[:limit]
    following = write_cursor("executions", [page[-1].row]) if len(found) > limit else None
    return ExecutionsReply(
        executions=[execution_item(asked.home, row) for row in page], cursor=following
    )


def runs(asked: Asked) -> RunsReply:
    """Return a page of runs."""
    limit = asked.limit
    with reading(asked.place) as connection:
        found = trail.list_runs(connection, limit=limit + 1, before=_run_before(asked))
    page = found[:limit]
    following = None
    if len(found) > limit:
        following = write_cursor("runs", [page[-1].started_at, page[-1].id])
    return RunsReply(runs=[run_item(row) for row in page], cursor=following)


def reports(asked: Asked) -> ReportsReply:
    """Return a page of kept reports."""
    limit = asked.limit
    with reading(asked.place) as connection:
        found = list_reports(
            connection,
            kind=asked.text("kind"),
            limit=limit + 1,
            before=_row_before(asked, "reports"),
        )
    page = found[:limit]
    following = write_cursor("reports", [page[-1].row]) if len(found) > limit else None
    return ReportsReply(reports=report_items(page), cursor=following)


def _cursor(asked: Asked, of: str, size: int) -> list[Key] | None:
    cursor = asked.text("cursor")
    return None if cursor is None else read_cursor(cursor, of, size=size)


def _row_before(asked: Asked, of: str) -> int | None:
    keys = _cursor(asked, of, 1)
    if keys is None:
        return None
    if not isinstance(keys[0], int):
        raise foreign()
    return keys[0]


def _run_before(asked: Asked) -> tuple[int, str] | None:
    keys = _cursor(asked, "runs", 2)
    if keys is None:
        return None
    at, identifier = keys
    if not isinstance(at, int) or not isinstance(identifier, str):
        raise foreign()
    return at, identifier
