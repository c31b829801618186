"""``celltrail data lineage``: the data that a content was made of, and how, down to files.

The tree is read from the trail: a content was made by a cell, out of what the lines that
made it read. A model or a list in between stands in the tree as well, when data went
through it; what no data reached (a path, a function) does not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, ClassVar

from celltrail.core.identifiers import short
from celltrail.core.report import Code, Finding, Part, Report, When
from celltrail.core.wording import counted, cut
from celltrail.lineage.data_find import find_data
from celltrail.lineage.data_walk import Node, walk
from celltrail.store.contents import contents
from celltrail.store.database import Connection
from celltrail.store.snapshots import snapshots_of
from celltrail.store.trail import ExecutionRow

_LINES_SHOWN = 6
# Characters of a line: a terminal of 100, less the four that code is set in by.
_WIDTH = 96
_NARROWEST = 40  # a line behind many branches is still readable


@dataclass(frozen=True, slots=True)
class Transformation:
    """The lines of a cell that made a content.

    Attributes
    ----------
    execution : str
        Identifier.
    count : int or None
    cell, notebook : str or None
    at : int
        Microseconds since 1970.
    lines : tuple of str
        Code as executed.
    calls : tuple of str
        What these lines call, as written, imports spelt out.
    is_whole_cell : bool
        The cell could not be taken apart, so all of its inputs are taken for parents.
    """

    execution: str
    count: int | None
    cell: str | None
    notebook: str | None
    at: int
    lines: tuple[str, ...]
    calls: tuple[str, ...]
    is_whole_cell: bool


@dataclass(frozen=True, slots=True)
class Dataset:
    """One content in the tree.

    Attributes
    ----------
    key : str
        Unique in this report.
    name, kind, type, scope : str
    digest : str or None
    shape : tuple of int or None
    size : int or None
    columns : tuple of (str, str)
        The schema: name and type.
    statistics : tuple of dict
        What was recorded of each column's values (see `celltrail.core.profile.profile`).
    snapshots : tuple of str
        ``name@version`` of those that hold this content.
    made_by : Transformation or None
        None for what came from outside.
    parents : tuple of str
        Keys.
    """

    key: str
    name: str
    kind: str
    type: str
    scope: str
    digest: str | None
    shape: tuple[int, ...] | None
    size: int | None
    columns: tuple[tuple[str, str], ...]
    statistics: tuple[dict[str, Any], ...]
    snapshots: tuple[str, ...]
    made_by: Transformation | None
    parents: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DataLineageReport(Report):
    """What a content was made of: each dataset once, the one asked for first."""

    kind: ClassVar[str] = "data lineage"

    datasets: tuple[Dataset, ...]
    roots: tuple[str, ...]

    def body(self, when: When) -> Iterator[Part]:
        """Yield the tree; a dataset that stands above already is only named."""
        yield Code("\n".join(self._lines(when)))

    def data(self) -> Any:
        """Return dataset, transformations and sources, each with its own sources."""
        return {"kind": self.kind, "summary": self.summary, **self.nested()}

    def records(self) -> list[dict[str, Any]] | None:
        """Return a row for each dataset."""
        return [
            {
                "name": one.name,
                "type": one.type,
                "digest": one.digest,
                "rows": one.shape[0] if one.shape else None,
                "parents": ", ".join(self._by_key()[key].name for key in one.parents),
                "execution": None if one.made_by is None else one.made_by.execution,
            }
            for one in self.datasets
        ]

    def nested(self) -> dict[str, Any]:
        """Return the tree as nested dicts; a dataset met before is a reference (`see`)."""
        by_key, told = self._by_key(), set[str]()
        root = self.datasets[0]
        tree = _described(root)
        told.add(root.key)
        waiting = [(root, tree)]
        while waiting:
            one, place = waiting.pop()
            for key in one.parents:
                parent = by_key[key]
                source: dict[str, Any] = {
                    "name": parent.name,
                    "version": _version(parent),
                    "checksum": parent.digest,
                }
                if key in told:
                    source["see"] = key
                elif parent.parents or parent.made_by is not None:
                    source["upstream"] = _described(parent)
                    waiting.append((parent, source["upstream"]))
                else:
                    source.update(key=key, type=parent.type, schema=dict(parent.columns))
                told.add(key)
                place["sources"].append(source)
        return tree

    def _by_key(self) -> dict[str, Dataset]:
        return {one.key: one for one in self.datasets}

    def _lines(self, when: When) -> Iterator[str]:
        """Yield the tree, set in only where it branches: most of it is one chain of cells."""
        by_key, told = self._by_key(), set[str]()
        steps = [one.made_by for one in self.datasets if one.made_by is not None]
        is_in_many = len({step.notebook for step in steps}) > 1
        waiting = [(self.datasets[0].key, "", "")]
        while waiting:  # not by recursion: a chain may be longer than Python's stack
            key, before, margin = waiting.pop()
            one = by_key[key]
            yield _fitted(before, _headline(one) + ("  (see above)" if key in told else ""))
            if key in told:
                continue
            told.add(key)
            if one.made_by is not None:
                for line in _steps(one.made_by, when, with_notebook=is_in_many):
                    yield _fitted(f"{margin}| ", line)
            if len(one.parents) == 1:
                waiting.append((one.parents[0], margin, margin))
                continue
            last = len(one.parents) - 1
            waiting += [
                (parent, f"{margin}+- ", margin + ("|  " if at < last else "   "))
                for at, parent in reversed(list(enumerate(one.parents)))
            ]


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
        return f"{label} was made in {_run_text(first.made_by)}, of no other data."
    roots = [
        one.name if one.made_by is None else f"{one.name} (made in {_run_text(one.made_by)})"
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


def _described(one: Dataset) -> dict[str, Any]:
    step = one.made_by
    return {
        "key": one.key,
        "dataset": {"name": one.name, "version": _version(one)},
        "checksum": one.digest,
        "type": one.type,
        "shape": list(one.shape) if one.shape else None,
        "schema": dict(one.columns),
        "statistics": list(one.statistics),
        "created_at": None if step is None else step.at,
        "transformations": []
        if step is None
        else [
            {
                "execution": step.execution,
                "cell": step.cell,
                "notebook": step.notebook,
                "code": "\n".join(step.lines),
                "calls": list(step.calls),
            }
        ],
        "sources": [],
    }


def _version(one: Dataset) -> str | None:
    return one.snapshots[0] if one.snapshots else one.digest


def _headline(one: Dataset) -> str:
    shape = " x ".join(f"{side:,}" for side in one.shape or ())
    digest = one.digest[:12] if one.digest else "content unknown"
    scope = "" if one.scope == "full" else f"({one.scope})"
    kept = f"= {', '.join(one.snapshots)}" if one.snapshots and one.snapshots[0] != one.name else ""
    parts = (one.name, one.type, shape, digest, scope, kept)
    return "  ".join(part for part in parts if part)


def _steps(step: Transformation, when: When, *, with_notebook: bool) -> Iterator[str]:
    notebook = ""
    if with_notebook and step.notebook is not None:
        notebook = f" of {PurePath(step.notebook).name}"
    yield f"{_run_text(step)}{notebook}, {when(step.at)}".rstrip(", ")
    for line in step.lines[:_LINES_SHOWN]:
        yield f"  {line}"
    left = len(step.lines) - _LINES_SHOWN
    if left > 0:
        yield f"  ({counted(left, 'more line')})"


def _run_text(step: Transformation) -> str:
    name = short(step.execution)
    return f"cell run {name}" if step.count is None else f"In [{step.count}] {name}"


def _fitted(before: str, text: str) -> str:
    return before + cut(text, max(_NARROWEST, _WIDTH - len(before)))


def _listed(names: list[str]) -> str:
    distinct = tuple(dict.fromkeys(names))
    if len(distinct) > 4:
        return f"{', '.join(distinct[:4])} and {len(distinct) - 4} more"
    return ", ".join(distinct)
