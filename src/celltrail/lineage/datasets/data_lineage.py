"""``celltrail data lineage``: the data that a content was made of, and how, down to files.

The tree is read from the trail: a content was made by a cell, out of what the lines that
made it read. A model or a list in between stands in the tree as well, when data went
through it; what no data reached (a path, a function) does not.
"""

from __future__ import annotations

from collections.abc import Iterator

from celltrail.core.identifiers import short
from celltrail.core.report import Finding
from celltrail.core.wording import counted
from celltrail.lineage.datasets.data_find import find_data
from celltrail.lineage.datasets.data_lineage_report import (
    DataLineageReport,
    Dataset,
    Transformation,
    run_text,
)
from celltrail.lineage.datasets.data_walk import Node, walk
from celltrail.store.contents import contents
from celltrail.store.database import Connection
from celltrail.store.snapshots import snapshots_of
from celltrail.store.trail import ExecutionRow


def data_lineage(
    connection: Connection, text: str, *, depth: int = 20, limit: int = 1_000
) -> DataLineageReport:
    """Return the datasets that a content was made of, recursively.

    Parameters
    ----------
    connection : Connection
    text : str
        As for `find_data`.
    depth : int
        At most so many steps upwards.
    limit : int
        At most so many datasets.

    Returns
    -------
    DataLineageReport
        A finding says where the tree was cut, and what could not be seen.

    Raises
    ------
    NotFound, UsageFault
        As `find_data`.
    """
    found = find_data(connection, text)
    seen = walk(connection, found, depth=depth, limit=limit)
    known = contents(connection, [node.entity for node in seen.nodes])
    digests = [
        one.digest for one in known.values() if one.digest is not None and one.scope == "full"
    ]
    kept = snapshots_of(connection, digests)
    datasets = []
    for at, node in enumerate(seen.nodes):
        content = known[node.entity]
        labels = kept.get(content.digest or "", []) if content.scope == "full" else []
        datasets.append(
            Dataset(
                key=node.key,
                name=found.label if at == 0 else node.name,
                kind=content.kind,
                type=content.type,
                scope=content.scope,
                digest=content.digest,
                shape=content.shape,
                size=content.size,
                columns=tuple((name, dtype) for name, dtype, _ in content.columns),
                statistics=content.profile,
                snapshots=tuple(one.label for one in labels if one.type == content.type),
                made_by=_transformation(node, seen.executions),
                parents=node.parents,
            )
        )
    return DataLineageReport(
        summary=_summary(found.label, datasets),
        datasets=tuple(datasets),
        roots=tuple(one.name for one in datasets if not one.parents),
        findings=tuple(_findings(seen.cut, seen.opaque, datasets)),
    )


def _summary(label: str, datasets: list[Dataset]) -> str:
    first, *others = datasets
    if not others and first.made_by is None:
        return f"{label} came from outside: no recorded cell made it."
    if not others and first.made_by is not None:
        return f"{label} was made in {run_text(first.made_by)}, of no other data."
    roots = [
        one.name if one.made_by is None else f"{one.name} (made in {run_text(one.made_by)})"
        for one in datasets
        if not one.parents
    ]
    steps = {one.made_by.execution for one in datasets if one.made_by is not None}
    return f"{label} goes back to {_listed(roots)} through {counted(len(steps), 'cell run')}."


def _transformation(node: Node, executions: dict[int, ExecutionRow]) -> Transformation | None:
    if node.execution is None or node.slice is None:
        return None
    row = executions[node.execution]
    return Transformation(
        execution=row.id,
        count=row.count,
        cell=row.cell,
        notebook=row.notebook,
        at=row.started_at,
        lines=node.slice.lines,
        calls=node.slice.calls,
        is_whole_cell=node.slice.inputs is None,
    )


def _findings(
    cut_at: str | None, opaque: dict[str, tuple[str, ...]], datasets: list[Dataset]
) -> Iterator[Finding]:
    if cut_at is not None:
        yield Finding("unknown", f"The tree is cut after {cut_at}; what lies above is left out.")
    for execution, what in opaque.items():
        yield Finding(
            "unknown",
            f"Not observed: {', '.join(what)} in cell run {short(execution)}; data that came in"
            " that way is missing here.",
            executions=(execution,),
        )
    unknown = sum(one.scope != "full" for one in datasets)
    if unknown:
        verb = "was" if unknown == 1 else "were"
        yield Finding(
            "unknown",
            f"{counted(unknown, 'content')} of {len(datasets)} {verb} not wholly looked at.",
        )


def _listed(names: list[str]) -> str:
    distinct = tuple(dict.fromkeys(names))
    if len(distinct) > 4:
        return f"{', '.join(distinct[:4])} and {len(distinct) - 4} more"
    return ", ".join(distinct)
