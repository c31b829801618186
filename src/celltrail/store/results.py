"""Results: executions with metrics, joined with the params and data upstream of them.

A result's closure is looked up once, when its metrics are written, and kept in
`result_param`, `result_metric` and `result_data`, so that lists of results filter
and sort on an index.

What belongs to a result
------------------------
- **Rows.** One per execution, or one per step when the steps of its loop are rows
  (metrics of such a cell outside the loop join the last step when they judge the
  same fitted model, else they are a row of their own). An execution whose metrics
  judge a model that an earlier result of the session already judges joins that
  result, unless it has a metric of the same name: that is a result of its own, on
  other data perhaps, and no number is ever replaced.
- **Params.** Those of every execution upstream whose value reaches a name that was
  used from there; of the result's own executions those that reach one of its
  metrics; plus the params of the runs that any of them belongs to. A later one of the
  same owner and name wins. A class's keyword that repeats a variable of the same name
  and value is that variable.
- **Data.** What the result's own executions used, and what the cell that fitted the
  model used; then what came from outside (files, frames no cell made) and what flows
  out of the cells that made data from nothing or from files alone. Where two contents
  share a name, the one nearest to the metric is kept.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Sequence

from celltrail.core.records import ExecutionRecord, MetricRecord
from celltrail.store.result_data import data_of
from celltrail.store.result_params import (
    Candidates,
    candidates_of,
    number_of_param,
    params_in_force,
)
from celltrail.store.upstream import Upstream, upstream

# `result.step` of a result that is a whole execution.
WHOLE = -1
_INFINITE = ("inf", "-inf")


def project(connection: sqlite3.Connection, execution_id: int, record: ExecutionRecord) -> None:
    """Make or update the result rows of one execution, inside the caller's transaction.

    Parameters
    ----------
    connection : sqlite3.Connection
        Open for writing, with the rows of the execution already inserted.
    execution_id : int
        Row id of the execution.
    record : ExecutionRecord
        What was just written; without metrics (or with plain values only) nothing is done.
    """
    metrics = [metric for metric in record.metrics if not metric.is_value]
    if not metrics:
        return
    rows: list[tuple[int, int]] = []
    for step, key in _steps(metrics, steps_are_rows=record.steps_are_rows):
        names = [metric.name for metric in metrics]
        result_id = _find_row(connection, execution_id, step, key, names)
        if result_id is None:
            cursor = connection.execute(
                "INSERT INTO result(execution_id, step, model, at) VALUES (?, ?, ?, ?)",
                (execution_id, step, key, record.started_at),
            )
            result_id = int(cursor.lastrowid or 0)
        connection.execute(
            "INSERT OR IGNORE INTO result_execution(result_id, execution_id) VALUES (?, ?)",
            (result_id, execution_id),
        )
        rows.append((result_id, step))
    closures: dict[tuple[int, ...], tuple[Upstream, Candidates]] = {}
    for result_id, _ in rows:
        _fill(connection, result_id, closures)


def _steps(metrics: list[MetricRecord], *, steps_are_rows: bool) -> list[tuple[int, str | None]]:
    """Return (step, model key) of each result row that these metrics make."""
    models: dict[int, set[str]] = {}
    for metric in metrics:
        step = metric.step if steps_are_rows and metric.step is not None else WHOLE
        found = models.setdefault(step, set())
        if metric.model is not None:
            found.add(metric.model)
    keys = {step: ",".join(sorted(names)) or None for step, names in models.items()}
    if WHOLE in keys and len(keys) > 1 and keys[WHOLE] and keys[WHOLE] == keys[max(keys)]:
        # After the loop the name stands for the last step's model.
        del keys[WHOLE]
    return sorted(keys.items())


def _find_row(
    connection: sqlite3.Connection,
    execution_id: int,
    step: int,
    key: str | None,
    names: Sequence[str],
) -> int | None:
    """Return the result row that this execution (and step) already has or joins."""
    row = connection.execute(
        "SELECT id FROM result WHERE execution_id = ? AND step = ?", (execution_id, step)
    ).fetchone()
    if row is not None:
        return int(row[0])
    if step != WHOLE or key is None:
        return None
    candidates = connection.execute(
        "SELECT result.id, result.step, hex(execution.uuid) FROM result"
        " JOIN execution ON execution.id = result.execution_id"
        " WHERE result.model = ? AND result.execution_id <> ? AND execution.session_id ="
        " (SELECT session_id FROM execution WHERE id = ?) ORDER BY result.id",
        (key, execution_id, execution_id),
    ).fetchall()
    for result_id, its_step, _ in candidates:
        if its_step == WHOLE and _is_free(connection, result_id, names):
            return int(result_id)
    for result_id, _, owner in reversed(candidates):
        # The last step of the loop that fitted the model; a loop that only judged an
        # older model at several thresholds is no home for a further metric.
        if key.startswith(str(owner).lower() + ":") and _is_free(connection, result_id, names):
            return int(result_id)
    return None


def _is_free(connection: sqlite3.Connection, result_id: int, names: Sequence[str]) -> bool:
    """Whether the result has none of these metrics: the same name again is another result.

    It may be the same model on other data; a number is never replaced by another.
    """
    row = connection.execute(
        "SELECT 1 FROM result_metric JOIN json_each(?) AS wanted ON wanted.value = name"
        " WHERE result_id = ? LIMIT 1",
        (json.dumps(names), result_id),
    ).fetchone()
    return row is None


def _fill(
    connection: sqlite3.Connection,
    result_id: int,
    closures: dict[tuple[int, ...], tuple[Upstream, Candidates]],
) -> None:
    """Write the metrics, params and data of a result from what the trail holds now."""
    first, step, key = connection.execute(
        "SELECT execution_id, step, model FROM result WHERE id = ?", (result_id,)
    ).fetchone()
    metrics, owners = _metrics(connection, result_id, first, step)
    roots = tuple(sorted(owners))
    if roots not in closures:
        above = upstream(connection, roots)
        closures[roots] = (above, candidates_of(connection, above))
    above, candidates = closures[roots]
    params = params_in_force(connection, above, candidates, owners, (first, step))
    data = data_of(connection, above, owners, key)
    for table in ("result_metric", "result_param", "result_data"):
        connection.execute(f"DELETE FROM {table} WHERE result_id = ?", (result_id,))
    connection.executemany(
        "INSERT INTO result_metric(result_id, name, kind, value) VALUES (?, ?, ?, ?)",
        # Here an infinity is a number (there it is only a kind), so that it sorts and compares.
        [(result_id, m, k, float(k) if k in _INFINITE else v) for m, (k, v) in metrics.items()],
    )
    connection.executemany(
        "INSERT INTO result_param(result_id, name, type, value, number) VALUES (?, ?, ?, ?, ?)",
        [(result_id, name, p.type, p.value, number_of_param(p)) for name, p in params.items()],
    )
    connection.executemany(
        "INSERT INTO result_data(result_id, name, entity_id) VALUES (?, ?, ?)",
        [(result_id, name, entity) for name, entity in data.items()],
    )


def _metrics(
    connection: sqlite3.Connection, result_id: int, first: int, step: int
) -> tuple[dict[str, tuple[str, float | None]], dict[int, set[str]]]:
    """Return the result's metrics, and for each execution the names of those it owns."""
    rows_of_first = [
        row[0]
        for row in connection.execute("SELECT step FROM result WHERE execution_id = ?", (first,))
    ]
    takes_rest = WHOLE not in rows_of_first and step == max(rows_of_first)
    found: dict[str, tuple[int, int | None, str, float | None]] = {}
    for execution, its_step, name, kind, value, is_split in connection.execute(
        "SELECT metric.execution_id, metric.step, metric.name, metric.kind, metric.value,"
        # A member with step rows gives only what its loop left over.
        " EXISTS (SELECT 1 FROM result AS r"
        "  WHERE r.execution_id = metric.execution_id AND r.step >= 0)"
        " FROM result_execution JOIN execution ON execution.id = result_execution.execution_id"
        " JOIN metric ON metric.execution_id = execution.id"
        " WHERE result_execution.result_id = ? AND NOT metric.is_value"
        " ORDER BY execution.started_at, execution.id, metric.id",
        (result_id,),
    ):
        if execution == first and step != WHOLE:
            if its_step != step and not (its_step is None and takes_rest):
                continue
        elif is_split and its_step is not None:
            continue
        before = found.get(name)
        if before is not None and before[0] == execution and step == WHOLE:
            earlier = before[1]
            if earlier is not None and its_step is not None and its_step < earlier:
                continue  # logged out of order: the last step counts
        found[name] = (execution, its_step, kind, value)
    owners: dict[int, set[str]] = defaultdict(set)
    for name, (execution, _, _, _) in found.items():
        owners[execution].add(name)
    return {name: (kind, value) for name, (_, _, kind, value) in found.items()}, dict(owners)
