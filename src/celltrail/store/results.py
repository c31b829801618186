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
  result; a metric of the same name replaces the earlier one, and only executions
  that still own a metric count for params and data.
- **Params.** Those of every execution upstream whose value reaches a name that was
  used from there; of the result's own executions those that reach one of its
  metrics; plus the params of the runs that any of them belongs to. A later one of the
  same owner and name wins. A class's keyword that repeats a variable of the same name
  and value is that variable.
- **Data.** What came from outside (files, frames no cell made); what flows out of the
  cells that made data from nothing or from files alone; and what the cell that fitted
  the model used. Where two contents share a name, the one further upstream is kept.
"""

from __future__ import annotations

import itertools
import json
import math
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from celltrail.core.records import ExecutionRecord, MetricRecord, decode_value, encode_value

# Kinds of entity that count as data in readings; models and scalars do not.
DATA_KINDS = frozenset({"frame", "series", "array", "file", "table", "dataset", "index"})
# `result.step` of a result that is a whole execution.
WHOLE = -1
_INFINITE = ("inf", "-inf")

# UNION without a depth column: each execution is visited once, however many
# paths lead to it; a depth in the union would visit it once per path. NULL sources stay
# in, one row that joins nothing: after ANALYZE, `source_id IS NOT NULL` makes SQLite 3.40
# build a Bloom filter over all of `used` at each step (13 ms instead of 0.2).
_UPSTREAM = """
WITH RECURSIVE up(id) AS (
  SELECT value FROM json_each(?)
  UNION
  SELECT used.source_id FROM up JOIN used ON used.execution_id = up.id
)
"""


class UsedEdge(NamedTuple):  # a tuple: fifty are made after each cell with a metric
    """`execution` read `name`, made by `source` (None: it came from outside)."""

    execution: int
    name: str
    entity: int
    kind: str
    source: int | None
    evidence: str


@dataclass(frozen=True, slots=True)
class Upstream:
    """Everything upstream of some executions: row ids in true order, and the edges between them."""

    executions: tuple[int, ...]
    used: tuple[UsedEdge, ...]
    flows: dict[int, frozenset[str]]  # names that other executions here used from each


class Param(NamedTuple):
    """One param as stored: JSON text in `value`, its number where it has one."""

    owner: str | None
    name: str
    type: str
    value: str
    number: float | None


@dataclass(slots=True)
class _Candidates:
    """The params of an upstream, by execution, step params apart."""

    common: list[tuple[int, Param, frozenset[str]]] = field(default_factory=list)
    by_step: dict[tuple[int, int], list[tuple[int, Param, frozenset[str]]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def last_step(self, execution: int) -> int:
        """The last step of an execution that has params."""
        return max(step for owner, step in self.by_step if owner == execution)


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
        result_id = _find_row(connection, execution_id, step, key)
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
    closures: dict[tuple[int, ...], tuple[Upstream, _Candidates]] = {}
    for result_id, _ in rows:
        _fill(connection, result_id, closures)


def upstream(connection: sqlite3.Connection, executions: Iterable[int]) -> Upstream:
    """Return the executions and what is upstream of them, in the order in which they ran.

    Parameters
    ----------
    connection : sqlite3.Connection
    executions : iterable of int
        Row ids to start from.
    """
    roots = json.dumps(sorted(set(executions)))
    order = connection.execute(
        _UPSTREAM + "SELECT execution.id FROM up JOIN execution ON execution.id = up.id "
        "ORDER BY execution.started_at, execution.id",
        (roots,),
    ).fetchall()
    ids = tuple(row[0] for row in order)
    edges = tuple(
        UsedEdge._make(row)
        for row in connection.execute(
            "SELECT used.execution_id, used.name, used.entity_id, entity.kind, used.source_id,"
            " used.evidence FROM json_each(?) AS up JOIN used ON used.execution_id = up.value"
            " JOIN entity ON entity.id = used.entity_id",
            (json.dumps(ids),),
        )
    )
    flows: dict[int, set[str]] = defaultdict(set)
    for edge in edges:
        if edge.source is not None and edge.source != edge.execution:
            flows[edge.source].add(edge.name)
    return Upstream(ids, edges, {source: frozenset(names) for source, names in flows.items()})


def param_type(value: Any) -> str:
    """Return the word for a plain value's type, as in `ParamRecord.type`."""
    if value is None:
        return "none"
    for kind, word in ((bool, "bool"), (int, "int"), (float, "float"), (str, "str")):
        if isinstance(value, kind):
            return word
    return "dict" if isinstance(value, dict) else "list" if isinstance(value, list) else "other"


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
    connection: sqlite3.Connection, execution_id: int, step: int, key: str | None
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
        if its_step == WHOLE:
            return int(result_id)
    for result_id, _, owner in reversed(candidates):
        # The last step of the loop that fitted the model; a loop that only judged an
        # older model at several thresholds is no home for a further metric.
        if key.startswith(str(owner).lower() + ":"):
            return int(result_id)
    return None


def _fill(
    connection: sqlite3.Connection,
    result_id: int,
    closures: dict[tuple[int, ...], tuple[Upstream, _Candidates]],
) -> None:
    """Write the metrics, params and data of a result from what the trail holds now."""
    first, step, key = connection.execute(
        "SELECT execution_id, step, model FROM result WHERE id = ?", (result_id,)
    ).fetchone()
    metrics, owners = _metrics(connection, result_id, first, step)
    roots = tuple(sorted(owners))
    if roots not in closures:
        above = upstream(connection, roots)
        closures[roots] = (above, _candidates(connection, above))
    above, candidates = closures[roots]
    params = _in_force(connection, above, candidates, owners, (first, step))
    data = _data(connection, above, owners, key)
    for table in ("result_metric", "result_param", "result_data"):
        connection.execute(f"DELETE FROM {table} WHERE result_id = ?", (result_id,))
    connection.executemany(
        "INSERT INTO result_metric(result_id, name, kind, value) VALUES (?, ?, ?, ?)",
        # Here an infinity is a number (there it is only a kind), so that it sorts and compares.
        [(result_id, m, k, float(k) if k in _INFINITE else v) for m, (k, v) in metrics.items()],
    )
    connection.executemany(
        "INSERT INTO result_param(result_id, name, type, value, number) VALUES (?, ?, ?, ?, ?)",
        [(result_id, name, p.type, p.value, _number(p)) for name, p in params.items()],
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


def _candidates(connection: sqlite3.Connection, above: Upstream) -> _Candidates:
    found = _Candidates()
    rank = {execution: n for n, execution in enumerate(above.executions)}
    rows = connection.execute(
        "SELECT param.execution_id, param.id, param.step, param.reaches,"
        " param.owner, param.name, param.type, param.value, param.number"
        " FROM json_each(?) AS up JOIN param ON param.execution_id = up.value",
        (json.dumps(above.executions),),
    ).fetchall()
    rows.sort(key=lambda row: (rank[row[0]], row[1]))  # in the order in which they ran
    for row in rows:
        candidate = (row[0], Param._make(row[4:]), _names(row[3]))
        if row[2] is None:
            found.common.append(candidate)
        else:
            found.by_step[row[0], row[2]].append(candidate)
    return found


@lru_cache(maxsize=4096)  # a cell that runs again has the same lists again
def _names(reaches: str | None) -> frozenset[str]:
    return frozenset(json.loads(reaches)) if reaches else frozenset()


def _in_force(
    connection: sqlite3.Connection,
    above: Upstream,
    candidates: _Candidates,
    owners: dict[int, set[str]],
    step: tuple[int, int],
) -> dict[str, Param]:
    kept: dict[tuple[str | None, str], Param] = {}
    for param in _run_params(connection, above.executions):
        kept[param.owner, param.name] = param
    wanted = {
        execution: above.flows.get(execution, frozenset())
        | {f"metric:{name}" for name in owners.get(execution, ())}
        for execution in above.executions
    }
    in_loops = [
        found
        for (execution, its_step), found in candidates.by_step.items()
        if (execution, its_step) == step
        # Of a loop further up, the last step is what its names stand for afterwards.
        or (execution != step[0] and its_step == candidates.last_step(execution))
    ]
    rank = {execution: n for n, execution in enumerate(above.executions)}
    every = sorted(
        [*candidates.common, *itertools.chain(*in_loops)],
        key=lambda candidate: rank[candidate[0]],  # stable: steps after the cell's own
    )
    for execution, param, reaches in every:
        if not reaches or not reaches.isdisjoint(wanted[execution]):
            # Taken out first, so that the later one also stands later in the order.
            kept.pop((param.owner, param.name), None)
            kept[param.owner, param.name] = param
    return _named(kept.values())


def _run_params(connection: sqlite3.Connection, executions: Iterable[int]) -> list[Param]:
    """Return the params of the runs of these executions, an outer run's before an inner one's.

    What `log_param` said in an earlier cell of the run counts as well: no variable
    links that cell to the one with the metric.
    """
    runs = connection.execute(
        "WITH RECURSIVE line(id) AS (SELECT run_id FROM json_each(?) AS own"
        " JOIN run_execution ON run_execution.execution_id = own.value"
        " UNION SELECT run.parent_id FROM line JOIN run ON run.id = line.id"
        " WHERE run.parent_id IS NOT NULL)"
        " SELECT run.id, run.params FROM line JOIN run ON run.id = line.id"
        " ORDER BY run.started_at, run.id",
        (json.dumps(list(executions)),),
    ).fetchall()
    found: list[Param] = []
    for run_id, document in runs:
        for name, value in json.loads(document).items():
            found.append(_plain_param(name, value))
        found.extend(
            Param(*row)
            for row in connection.execute(
                "SELECT param.owner, param.name, param.type, param.value, param.number"
                " FROM run_execution JOIN param USING (execution_id)"
                " WHERE run_execution.run_id = ? AND param.origin = 'logged'"
                " AND param.step IS NULL ORDER BY param.id",
                (run_id,),
            )
        )
    return found


def _number(param: Param) -> float | None:
    if param.number is None and param.type == "float":
        value = decode_value(json.loads(param.value))
        return value if isinstance(value, float) and not math.isnan(value) else None
    return param.number


def _plain_param(name: str, value: Any) -> Param:
    kind = param_type(value)
    try:
        number = float(value) if kind in ("int", "float") and math.isfinite(value) else None
    except OverflowError:  # an integer beyond floats; its digits are in the JSON
        number = None
    text = json.dumps(encode_value(value), separators=(",", ":"), ensure_ascii=False)
    return Param(None, name, kind, text, number)


def _named(params: Iterable[Param]) -> dict[str, Param]:
    """Give each param its bare name when that is unique, else ``Owner.name``."""
    plain = {param.name: param for param in params if param.owner is None}
    owned = [
        param
        for param in params
        if param.owner is not None
        and not (param.name in plain and _same_value(param, plain[param.name]))
    ]
    bare: dict[str, int] = defaultdict(int)
    for param in owned:
        bare[param.name] += 1
    named = dict(plain)
    for param in owned:
        is_unique = bare[param.name] == 1 and param.name not in plain
        named[param.name if is_unique else f"{param.owner}.{param.name}"] = param
    return named


def _same_value(one: Param, other: Param) -> bool:
    if one.number is not None and other.number is not None:
        return one.number == other.number
    return one.value == other.value


def _data(
    connection: sqlite3.Connection, above: Upstream, owners: dict[int, set[str]], key: str | None
) -> dict[str, int]:
    data: dict[str, int] = {}
    reads: dict[int, set[str]] = defaultdict(set)  # kinds of data that each execution used
    by_execution: dict[int, list[UsedEdge]] = defaultdict(list)
    for edge in above.used:
        if edge.kind in DATA_KINDS:
            reads[edge.execution].add(edge.kind)
            by_execution[edge.execution].append(edge)
    makers = [execution for execution in above.executions if reads[execution] <= {"file"}]
    made = _generated_data(connection, makers)
    for execution in above.executions:
        for edge in by_execution[execution]:
            if edge.source is None:
                data.setdefault(edge.name, edge.entity)
        flowing = above.flows.get(execution, frozenset())
        for name, entity, kind in made.get(execution, ()):
            # In the metric's own cell everything from a split to predictions is made at
            # once; beside a file only the frames are likely to be what was read from it.
            is_own = execution in owners and (kind == "frame" or not reads[execution])
            if name in flowing or is_own:
                data.setdefault(name, entity)
    fitters = {part.split(":", 1)[0] for part in key.split(",")} if key else set()
    for execution in _execution_ids(connection, fitters):
        for edge in by_execution[execution]:
            data.setdefault(edge.name, edge.entity)
    return data


def _generated_data(
    connection: sqlite3.Connection, executions: Sequence[int]
) -> dict[int, list[tuple[str, int, str]]]:
    found: dict[int, list[tuple[str, int, str]]] = defaultdict(list)
    for execution, name, entity, kind in connection.execute(
        "SELECT generated.execution_id, generated.name, entity.id, entity.kind"
        " FROM json_each(?) AS up JOIN generated ON generated.execution_id = up.value"
        " JOIN entity ON entity.id = generated.entity_id"
        " WHERE generated.change <> 'written'",
        (json.dumps(list(executions)),),
    ):
        if kind in DATA_KINDS:
            found[execution].append((name, entity, kind))
    return found


def _execution_ids(connection: sqlite3.Connection, names: Iterable[str]) -> list[int]:
    """Return the row ids of executions given by their 32 digits; unknown ones are left out."""
    found = []
    for name in names:
        try:
            uuid = bytes.fromhex(name)
        except ValueError:
            continue
        row = connection.execute("SELECT id FROM execution WHERE uuid = ?", (uuid,)).fetchone()
        if row is not None:
            found.append(int(row[0]))
    return found
