"""What `celltrail data lineage` answers: a tree of datasets, and how it is said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, ClassVar

from celltrail.core.identifiers import short
from celltrail.core.report import Code, Part, Report, When
from celltrail.core.wording import counted, cut
from celltrail.lineage.datasets.data_find import shape_text

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
    digest = one.digest[:12] if one.digest else "content unknown"
    scope = "" if one.scope == "full" else f"({one.scope})"
    kept = f"= {', '.join(one.snapshots)}" if one.snapshots and one.snapshots[0] != one.name else ""
    parts = (one.name, one.type, shape_text(one.shape), digest, scope, kept)
    return "  ".join(part for part in parts if part)


def _steps(step: Transformation, when: When, *, with_notebook: bool) -> Iterator[str]:
    notebook = ""
    if with_notebook and step.notebook is not None:
        notebook = f" of {PurePath(step.notebook).name}"
    yield f"{run_text(step)}{notebook}, {when(step.at)}".rstrip(", ")
    for line in step.lines[:_LINES_SHOWN]:
        yield f"  {line}"
    left = len(step.lines) - _LINES_SHOWN
    if left > 0:
        yield f"  ({counted(left, 'more line')})"


def run_text(step: Transformation) -> str:
    """Return what people call the run of a cell."""
    name = short(step.execution)
    return f"cell run {name}" if step.count is None else f"In [{step.count}] {name}"


def _fitted(before: str, text: str) -> str:
    return before + cut(text, max(_NARROWEST, _WIDTH - len(before)))
