"""Cells recorded into a real store in the test's own process, ``%mlops snapshot`` included."""

from __future__ import annotations

import ast
import shlex
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from IPython.core.inputtransformer2 import TransformerManager

from celltrail.capture import files, passthrough, readers
from celltrail.capture.recorder import Recorder
from celltrail.lifecycle.snapshot import SnapshotReport, Where, snapshot
from celltrail.store.database import Connection, connect


class Recorded:
    """A notebook whose cells are executed and recorded; `store` is its ``.celltrail`` folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = folder / ".celltrail"
        self.namespace: dict[str, Any] = {"__name__": "__main__", "get_ipython": lambda: self}
        self.taken: list[SnapshotReport] = []
        self.recorder = Recorder(
            "kernel",
            self.namespace,
            hidden={"get_ipython": self.namespace["get_ipython"]},
            environ={
                "CELLTRAIL_STORE": str(self.store),
                "CELLTRAIL_NOTEBOOK": str(folder / "test.ipynb"),
                "CELLTRAIL_EXACT": "on",
                "HOME": str(folder),
            },
        )

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
        self.recorder.close()
        files.FileWatch.stop()
        passthrough.watch_with(None)
        passthrough.remove_helpers()
        readers.remove()

    def run(self, code: str) -> str:
        """Run a cell and return its identifier."""
        self.recorder.start(code)
        cell = self.recorder.cell
        assert cell is not None
        tree = ast.parse(TransformerManager().transform_cell(code))
        self.recorder.saw(tree, ast.parse)
        exec(compile(tree, "<cell>", "exec"), self.namespace)
        self.recorder.finish("ok")
        return cell.id

    def run_line_magic(self, name: str, line: str) -> None:
        """Stand where IPython stands, for ``%mlops snapshot TARGET [--name NAME]``."""
        words = shlex.split(line)
        assert (name, words[0]) == ("mlops", "snapshot")
        self.taken.append(
            snapshot(
                words[1],
                name=words[3] if len(words) > 2 else None,
                namespace=self.namespace,
                folder=self.folder,
                where=self.where,
            )
        )

    @property
    def where(self) -> Where:
        cell = self.recorder.cell
        return Where(self.store, cell and cell.id, self.recorder.redactor)

    def reader(self) -> closing[Connection]:
        return closing(connect(self.store, role="reader"))
