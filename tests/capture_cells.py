"""A recorder without a shell: cells run by `exec`, their records kept instead of stored."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from celltrail.capture import files, passthrough, readers
from celltrail.capture.plan import CellPlan, plan_cell
from celltrail.capture.recorder import Recorder
from celltrail.core.records import ExecutionRecord, MetricRecord, ParamRecord, Record, StartRecord
from celltrail.core.source import analyse


class KeptRecords:
    """Stands where the store's writer stands and keeps what it is given."""

    spooled = 0
    state = "kept"

    def __init__(self) -> None:
        self.starts: list[StartRecord] = []
        self.executions: list[ExecutionRecord] = []
        self.others: list[Record] = []
        self.blobs: dict[str, bytes] = {}

    def begin(self, start: StartRecord) -> None:
        self.starts.append(start)

    def finish(self, record: ExecutionRecord) -> None:
        self.executions.append(record)

    def write(self, record: Record) -> None:
        self.others.append(record)

    def put_blob(self, data: bytes) -> str | None:
        name = f"blob{len(self.blobs)}"
        self.blobs[name] = data
        return name

    def close(self) -> None:
        pass


class Notebook:
    """Runs cells as a kernel would, in the test's own process.

    Parameters
    ----------
    folder : Path
        Home of the notebook; the store would be in it.
    exact : bool
        Digest everything in full; else the account of the budget decides.
    names : values
        What the namespace holds before the first cell.
    """

    def __init__(self, folder: Path, *, exact: bool = True, **names: Any) -> None:
        self.namespace: dict[str, Any] = {"__name__": "__main__", **names}
        self.environ = {
            "CELLTRAIL_STORE": str(folder / ".celltrail"),
            "CELLTRAIL_NOTEBOOK": str(folder / "test.ipynb"),
            "CELLTRAIL_EXACT": "on" if exact else "off",
        }
        self.recorder = Recorder("kernel", self.namespace, environ=self.environ)
        self.recorder.writer.close()
        self.kept = KeptRecords()
        self.recorder.writer = self.kept  # type: ignore[assignment]
        self.error: BaseException | None = None

    def __enter__(self) -> Self:
        files.install_audit_hook()
        passthrough.install_helpers()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        files.FileWatch.stop()
        passthrough.watch_with(None)
        passthrough.remove_helpers()
        readers.remove()

    def run(
        self,
        code: str,
        *,
        tags: Mapping[str, str] | None = None,
        inside: Callable[[], None] | None = None,
    ) -> ExecutionRecord:
        """Run one cell and return its record; `inside` is called right after it."""
        self.recorder.start(code, tags=tags or {})
        tree = ast.parse(code)
        self.recorder.saw(tree, ast.parse)
        self.error = None
        try:
            exec(compile(tree, "<cell>", "exec"), self.namespace)
            if inside is not None:
                inside()
        except Exception as error:  # noqa: BLE001 - whatever the cell raises
            self.error = error
        self.recorder.finish("ok" if self.error is None else "error", error=self.error)
        return self.kept.executions[-1]

    def alias(self, execution: str | None) -> str:
        """The number of an execution as text (0 is the first), "" for what came from outside."""
        if execution is None:
            return ""
        ids = [record.id for record in self.kept.executions]
        return str(ids.index(execution))

    def used(self, record: ExecutionRecord) -> set[str]:
        """``name<-number`` for each use."""
        return {f"{edge.name}<-{self.alias(edge.source)}" for edge in record.used}


def generated(record: ExecutionRecord) -> dict[str, str]:
    """Name -> how it changed."""
    return {edge.name: edge.change for edge in record.generated}


def metrics(record: ExecutionRecord) -> dict[str, float]:
    """Name -> value of the metrics, which have different names."""
    found = {metric.name: metric.value for metric in record.metrics}
    assert len(found) == len(record.metrics), record.metrics
    return found


def series(record: ExecutionRecord, name: str) -> list[tuple[int | None, float]]:
    """Step and value of every metric of this name."""
    return [(metric.step, metric.value) for metric in record.metrics if metric.name == name]


def params(record: ExecutionRecord) -> dict[str, Any]:
    """Name -> value of the params outside of steps."""
    return {param.name: param.value for param in record.params if param.step is None}


def param(record: ExecutionRecord, name: str) -> ParamRecord:
    (found,) = (param for param in record.params if param.name == name)
    return found


def metric(record: ExecutionRecord, name: str) -> MetricRecord:
    (found,) = (metric for metric in record.metrics if metric.name == name)
    return found


def plan_of(
    code: str,
    *,
    predictions: Mapping[str, Any] | None = None,
    models: Mapping[str, str] | None = None,
    **names: Any,
) -> CellPlan:
    """The plan of a cell, before it runs."""
    return plan_cell(
        analyse(ast.parse(code), parse=ast.parse),
        {"__name__": "__main__", **names},
        predictions=predictions or {},
        models=models or {},
    )
