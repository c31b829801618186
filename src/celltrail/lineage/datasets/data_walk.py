"""The walk from a content up to what it was made of, one name of one cell at a time."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field

from celltrail.core.cell_slice import Slice, loaded_names, slice_of
from celltrail.core.wording import counted
from celltrail.lineage.datasets.data_find import FILE_MARK, Found, shown_name
from celltrail.store import trail
from celltrail.store.contents import makers_of
from celltrail.store.database import Connection
from celltrail.store.result_data import DATA_KINDS
from celltrail.store.snapshots import Snapshot, snapshots_of
from celltrail.store.trail import ExecutionRow
from celltrail.store.upstream import UsedEdge, upstream

# State of the process and code: they are no data, and data does not reach them.
_AMBIENT = ("ambient:", "seed:", "environ:")
_NO_CARRIERS = frozenset({"function", "class", "module", "generator", "handle"})
_WORD = re.compile(r"[^\W\d]\w*")
# The call that reads a snapshot back; its lineage goes on where the snapshot was taken.
_READS_SNAPSHOT = "get_data"


@dataclass(slots=True)
class Node:
    """One content on the way; `execution` is None for what came from outside."""

    key: str
    name: str
    entity: int
    kind: str
    execution: int | None = None
    slice: Slice | None = None
    parents: tuple[str, ...] = ()


@dataclass(slots=True)
class Walked:
    """Nodes, the first one that was asked for; the cells that made them."""

    nodes: list[Node]
    executions: dict[int, ExecutionRow]
    opaque: dict[str, tuple[str, ...]]
    cut: str | None


@dataclass(slots=True)
class _Trail:
    """Edges of the executions upstream, loaded as they are needed."""

    connection: Connection
    executions: dict[int, ExecutionRow] = field(default_factory=dict)
    used: dict[int, list[UsedEdge]] = field(default_factory=lambda: defaultdict(list))
    made: dict[int, dict[str, tuple[int, str]]] = field(default_factory=lambda: defaultdict(dict))
    kinds: dict[int, str] = field(default_factory=dict)

    def load(self, execution: int) -> None:
        if execution in self.executions:
            return
        above = upstream(self.connection, [execution])
        new = [row for row in above.executions if row not in self.executions]
        for row in trail.execution_rows(self.connection, new):
            self.executions[row.row] = row
        fresh = set(new)
        for edge in above.used:
            if edge.execution in fresh:
                self.used[edge.execution].append(edge)
                self.kinds[edge.entity] = edge.kind
        for row_id, name, entity, change, _ in trail.generated_edges(self.connection, new):
            self.made[row_id][name] = (entity, change)
        unknown = [e for names in self.made.values() for e, _ in names.values()]
        unknown = [entity for entity in unknown if entity not in self.kinds]
        for entity, facts in trail.entities(self.connection, unknown).items():
            self.kinds[entity] = facts["kind"]


def walk(connection: Connection, found: Found, *, depth: int, limit: int) -> Walked:
    """Return what a content was made of, each content once.

    Parameters
    ----------
    connection : Connection
    found : Found
    depth, limit : int
        At most so many steps upwards, and so many contents.
    """
    edges = _Trail(connection)
    root = _start(edges, found)
    nodes = {root.key: root}
    waiting, cut = [(root, 0)], None
    while waiting:
        node, level = waiting.pop(0)
        if node.execution is None:
            continue
        if level >= depth:
            cut = counted(depth, "step")
            continue
        parents = []
        for parent in _parents(edges, node):
            if parent.key not in nodes:
                if len(nodes) >= limit:
                    cut = counted(limit, "content")
                    continue
                nodes[parent.key] = parent
                waiting.append((parent, level + 1))
            parents.append(parent.key)
        node.parents = tuple(dict.fromkeys(parents))
    kept = _with_data(nodes, root.key)
    rows = {node.execution for node in kept if node.execution is not None}
    executions = {row: edges.executions[row] for row in rows}
    opaque = {row.id: row.opaque for row in executions.values() if row.opaque}
    return Walked(kept, executions, opaque, cut)


def _start(edges: _Trail, found: Found) -> Node:
    """Return the node of what was asked for."""
    content = found.content
    outside = Node(
        f"outside {content.entity}", found.name or found.label, content.entity, content.kind
    )
    if found.snapshot is not None and found.label == found.snapshot.label:
        return _of_snapshot(edges, found.snapshot, content.kind) or outside
    if found.execution is None or found.name is None:
        return outside
    edges.load(found.execution)
    return _made(edges, found.execution, found.name, content.entity) or outside


def _of_snapshot(edges: _Trail, snapshot: Snapshot, kind: str) -> Node | None:
    """Return where the content of a snapshot was made, as the cell that took it knew it."""
    execution, source = snapshot.execution_row, snapshot.source
    if source is None:
        return None
    if execution is not None:
        edges.load(execution)
        node = _made(edges, execution, source, snapshot.entity)
        if node is not None:
            return node
        for edge in edges.used[execution]:
            if edge.name == source:
                found = _of_edge(edges, edge)
                found.entity, found.kind = snapshot.entity, kind  # it was read as a whole
                return found
    return _written_before(edges, snapshot) if source.startswith(FILE_MARK) else None


def _written_before(edges: _Trail, snapshot: Snapshot) -> Node | None:
    """Return where a file got its content: reading it for a snapshot leaves no edge."""
    for execution, name, _ in makers_of(edges.connection, [snapshot.entity]):
        if name != snapshot.source:
            continue
        edges.load(execution)
        if name in edges.made[execution] and edges.executions[execution].started_at <= snapshot.at:
            return _made(edges, execution, name, snapshot.entity)
    return None


def _made(edges: _Trail, execution: int, name: str, entity: int) -> Node | None:
    """Return the node of a name that an execution made; None where it did not."""
    made = edges.made[execution]
    if name not in made:
        name = next((other for other, (same, _) in made.items() if same == entity), "")
    if name not in made:
        return None
    found, _ = made[name]
    shown = shown_name(name)
    return Node(
        f"{edges.executions[execution].id} {name}", shown, found, edges.kinds[found], execution
    )


def _of_edge(edges: _Trail, edge: UsedEdge) -> Node:
    if edge.source is not None and edge.source in edges.executions:
        node = _made(edges, edge.source, edge.name, edge.entity)
        if node is not None:
            return node
    return Node(f"outside {edge.name} {edge.entity}", shown_name(edge.name), edge.entity, edge.kind)


def _parents(edges: _Trail, node: Node) -> list[Node]:
    """Return what the lines that made a node took in, and keep those lines in it."""
    assert node.execution is not None
    row = edges.executions[node.execution]
    code = row.code or ""
    made = edges.made[node.execution]
    name = node.key.partition(" ")[2]
    target = name.rpartition("/")[2] if name.startswith(FILE_MARK) else name
    node.slice = found = slice_of(code, target.removeprefix(FILE_MARK), changed=made.keys())
    loads = loaded_names(code) or frozenset()
    text = "\n".join(found.lines)
    parents = []
    for edge in edges.used[node.execution]:
        if edge.name.startswith(_AMBIENT) or edge.kind in _NO_CARRIERS:
            continue
        if edge.source == edge.execution:
            continue
        if found.inputs is None or _is_input(edge.name, found.inputs, loads, text, code):
            parents.append(_of_edge(edges, edge))
    if not parents and any(call.endswith(_READS_SNAPSHOT) for call in found.calls):
        parents += _snapshot_read(edges, node, row)
    return sorted(parents, key=lambda parent: parent.name)


def _is_input(
    name: str, inputs: frozenset[str], loads: frozenset[str], text: str, code: str
) -> bool:
    if name.startswith(FILE_MARK):
        last = name.removeprefix(FILE_MARK).rpartition("/")[2]
        return last in text or last not in code
    # What no line of the cell reads was read inside a function, by any of them.
    return name in inputs or name not in loads


def _snapshot_read(edges: _Trail, node: Node, row: ExecutionRow) -> list[Node]:
    """Return where the snapshots were taken from that the lines of a node read back."""
    assert node.slice is not None
    words = set(_WORD.findall("\n".join(node.slice.lines)))
    made = {name: entity for name, (entity, _) in edges.made[row.row].items() if name in words}
    facts = trail.entities(edges.connection, made.values())
    found = []
    for name, entity in made.items():
        digest = facts[entity]["digest"]
        if digest is None or facts[entity]["scope"] != "full":
            continue
        for one in snapshots_of(edges.connection, [digest]).get(digest, []):
            if one.at > (row.ended_at or row.started_at):
                continue  # it was taken later
            taken = _of_snapshot(edges, one, one.kind)
            if taken is None or taken.key in (node.key, f"{row.id} {name}"):
                taken = Node(f"outside {one.label}", one.label, one.entity, one.kind)
            found.append(taken)
            break
    return found


def _with_data(nodes: dict[str, Node], root: str) -> list[Node]:
    """Return the nodes that data reached, those nearest first; others are no ancestors."""
    children = defaultdict(list)
    for node in nodes.values():
        for parent in node.parents:
            children[parent].append(node.key)
    kept = {root}
    # Lists and dicts are mostly settings; they are data where a list was asked about.
    kinds = DATA_KINDS | {nodes[root].kind}
    waiting = [key for key, node in nodes.items() if node.kind in kinds]
    while waiting:
        key = waiting.pop()
        if key not in kept or key == root:
            kept.add(key)
            waiting += [child for child in children[key] if child not in kept]
    found, seen = [], {root}
    queue = [nodes[root]]
    while queue:
        node = queue.pop(0)
        node.parents = tuple(key for key in node.parents if key in kept)
        found.append(node)
        fresh = [key for key in node.parents if key not in seen]
        seen.update(fresh)
        queue += [nodes[key] for key in fresh]
    return found
