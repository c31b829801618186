"""What a result came from: its closure, and the graph behind it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from celltrail.store import trail
from celltrail.store.trail import Connection, DataItem, ExecutionRow
from celltrail.store.upstream import upstream


@dataclass(frozen=True, slots=True)
class Closure:
    """Everything upstream of a result.

    Attributes
    ----------
    result : str
        Identifier of the result.
    params : dict of str to object
        Values in force.
    data : tuple of DataItem
        Root data: what the rest was made of.
    executions : tuple of ExecutionRow
        In the order in which they ran, the result's own included.
    environment : dict or None
        What the result's execution ran on.
    unseeded : tuple of str
        Random sources that moved with no seed upstream, anywhere in the closure.
    opaque : tuple of str
        What the observers could not see into (shell, network, exec).
    """

    result: str
    params: dict[str, Any]
    data: tuple[DataItem, ...]
    executions: tuple[ExecutionRow, ...]
    environment: dict[str, Any] | None
    unseeded: tuple[str, ...]
    opaque: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes and edges as `celltrail lineage --json` shows them.

    Attributes
    ----------
    nodes : tuple of dict
        Executions (``e…``) and entities (``d…``), each with ``id`` and ``node``.
    edges : tuple of dict
        ``kind`` is used, generated or derived; ``source`` and ``target`` are node ids,
        in the direction in which content flowed; ``evidence`` says how it was seen.
    """

    nodes: tuple[dict[str, Any], ...]
    edges: tuple[dict[str, Any], ...]


def closure(connection: Connection, result_id: int) -> Closure:
    """Return everything upstream of a result.

    Parameters
    ----------
    connection : Connection
    result_id : int
        Row id, as `trail.find_result` returns it.

    Raises
    ------
    NotFound
        If there is no such result.
    """
    detail = trail.result_detail(connection, result_id)
    members = [execution.row for execution in detail.executions]
    executions = trail.execution_rows(connection, upstream(connection, members).executions)
    return Closure(
        result=detail.result.id,
        params=detail.result.params,
        data=detail.result.data,
        executions=tuple(executions),
        environment=detail.environment,
        unseeded=_gathered(execution.unseeded for execution in executions),
        opaque=_gathered(execution.opaque for execution in executions),
    )


def graph(connection: Connection, ids: Iterable[int]) -> Graph:
    """Return the graph upstream of executions, given by row id, themselves included.

    What an execution generated is shown when it was used here, derived from here, or
    made by one of the executions asked for.
    """
    asked = set(ids)
    above = upstream(connection, asked)
    executions = trail.execution_rows(connection, above.executions)
    names = {execution.row: execution.id for execution in executions}
    derived = trail.derived_edges(connection, above.executions)
    # Of what a cell made, only what flowed on; else a cell of fifty names hides the path.
    reached = {edge.entity for edge in above.used} | {source for _, _, source in derived}
    generated = [
        edge
        for edge in trail.generated_edges(connection, above.executions)
        if edge[2] in reached or edge[0] in asked
    ]
    shown = {edge.entity for edge in above.used} | {edge[2] for edge in generated}
    derived = [edge for edge in derived if edge[1] in shown and edge[2] in shown]
    labels: dict[int, list[str]] = {}
    evidence: dict[tuple[int, int], str] = {}
    edges: list[dict[str, Any]] = []
    for use in above.used:
        labels.setdefault(use.entity, []).append(use.name)
        edges.append(
            {
                "kind": "used",
                "source": f"d{use.entity}",
                "target": f"e{names[use.execution]}",
                "name": use.name,
                "made_by": names.get(use.source) if use.source is not None else None,
                "evidence": use.evidence,
            }
        )
    for execution, name, entity, change, seen in generated:
        labels.setdefault(entity, []).append(name)
        evidence[execution, entity] = seen
        edges.append(
            {
                "kind": "generated",
                "source": f"e{names[execution]}",
                "target": f"d{entity}",
                "name": name,
                "change": change,
                "evidence": seen,
            }
        )
    edges.extend(
        {
            "kind": "derived",
            "source": f"d{source}",
            "target": f"d{entity}",
            "execution": names[execution],
            # A derivation was seen when its outcome was.
            "evidence": evidence.get((execution, entity), "boundary"),
        }
        for execution, entity, source in derived
    )
    nodes: list[dict[str, Any]] = [
        {
            "id": f"e{execution.id}",
            "node": "execution",
            "execution": execution.id,
            "notebook": execution.notebook,
            "cell": execution.cell,
            "count": execution.count,
            "status": execution.status,
            "started_at": execution.started_at,
            "code": execution.code,
            "unseeded": list(execution.unseeded),
            "opaque": list(execution.opaque),
        }
        for execution in executions
    ]
    for entity, fact in sorted(trail.entities(connection, shown).items()):
        known = sorted(set(labels.get(entity, ())))
        nodes.append(
            {
                "id": f"d{entity}",
                "node": "entity",
                "name": known[0] if known else None,
                "names": known,
                "kind": fact["kind"],
                "type": fact["type"],
                "digest": fact["digest"],
                "scope": fact["scope"],
                "shape": fact["shape"],
                "size": fact["size"],
            }
        )
    return Graph(tuple(nodes), tuple(edges))


def _gathered(groups: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for group in groups for word in group))
