"""Which params belong to a result: those upstream whose value reached it."""

from __future__ import annotations

import itertools
import json
import math
import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from celltrail.core.records import decode_value, encode_value
from celltrail.store.upstream import Upstream


class Param(NamedTuple):
    """One param as stored: JSON text in `value`, its number where it has one."""

    owner: str | None
    name: str
    type: str
    value: str
    number: float | None


@dataclass(slots=True)
class Candidates:
    """The params of an upstream, by execution, step params apart."""

    common: list[tuple[int, Param, frozenset[str]]] = field(default_factory=list)
    by_step: dict[tuple[int, int], list[tuple[int, Param, frozenset[str]]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def last_step(self, execution: int) -> int:
        """The last step of an execution that has params."""
        return max(step for owner, step in self.by_step if owner == execution)


def param_type(value: Any) -> str:
    """Return the word for a plain value's type, as in `ParamRecord.type`."""
    if value is None:
        return "none"
    for kind, word in ((bool, "bool"), (int, "int"), (float, "float"), (str, "str")):
        if isinstance(value, kind):
            return word
    return "dict" if isinstance(value, dict) else "list" if isinstance(value, list) else "other"


def candidates_of(connection: sqlite3.Connection, above: Upstream) -> Candidates:
    """Return every param of an upstream, in the order in which they ran."""
    found = Candidates()
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


def params_in_force(
    connection: sqlite3.Connection,
    above: Upstream,
    candidates: Candidates,
    owners: dict[int, set[str]],
    step: tuple[int, int],
) -> dict[str, Param]:
    """Return the params of a result by the name it shows (rules: `store.results`)."""
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
        # A batch run's params are in the notebook's injected cell, where use decides.
        " WHERE run.kind <> 'batch'"
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


def number_of_param(param: Param) -> float | None:
    """Return the number that a param sorts and compares by; None where it has none."""
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
    owned = _without_repeats(owned)
    bare: dict[str, int] = defaultdict(int)
    for param in owned:
        bare[param.name] += 1
    named = dict(plain)
    for param in owned:
        is_unique = bare[param.name] == 1 and param.name not in plain
        named[param.name if is_unique else f"{param.owner}.{param.name}"] = param
    return named


def _without_repeats(owned: list[Param]) -> list[Param]:
    """Drop ``Class#2.name`` where ``Class.name`` says the same: seen at the call and at the fit."""
    kept: list[Param] = []
    for param in owned:
        family = str(param.owner).partition("#")[0]
        if not any(
            param.name == other.name
            and family == str(other.owner).partition("#")[0]
            and _same_value(param, other)
            for other in kept
        ):
            kept.append(param)
    return kept


def _same_value(one: Param, other: Param) -> bool:
    if one.number is not None and other.number is not None:
        return one.number == other.number
    return one.value == other.value
