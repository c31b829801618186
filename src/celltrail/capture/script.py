"""Recording from a plain Python script: one execution a run, for what it declares."""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from celltrail.capture.declared import EMPTY, Cell
from celltrail.capture.recorder import Recorder
from celltrail.core.records import RunRecord


class ScriptRecorder(Recorder):
    """Records the runs of a script that calls `start_run` or the `log_*` functions.

    There are no cells to observe, so an execution holds what is declared, the
    script's source and the environment.
    """

    def __init__(self, namespace: dict[str, Any]) -> None:
        super().__init__("script", namespace)
        self._code: str | None = None
        atexit.register(self._end_of_process)

    def start_run(
        self,
        name: str | None = None,
        *,
        run_id: str | None = None,
        nested: bool = False,
        tags: Mapping[str, str] = EMPTY,
        params: Mapping[str, Any] = EMPTY,
    ) -> RunRecord:
        """Open a run with an execution of its own."""
        self._end_execution()
        run = super().start_run(name, run_id=run_id, nested=nested, tags=tags, params=params)
        self._running()
        return run

    def end_run(self, status: str = "ok") -> None:
        """Close the innermost run and write its execution."""
        self._end_execution(status)
        super().end_run(status)

    def close(self) -> None:
        """Write what is open and end the session."""
        self._end_execution()
        super().close()

    def _end_of_process(self) -> None:
        """Close, with status ``error`` where an exception that nobody caught ended the script."""
        crashed = getattr(sys, "last_value", None) is not None and not hasattr(sys, "ps1")
        if crashed and os.getpid() == self._pid:
            self._end_execution("error")
            while self.runs:
                self.end_run("error")
        self.close()

    def _running(self) -> Cell:
        if self.cell is None:
            self.start(self._source())
        return super()._running()

    def _end_execution(self, status: str = "ok") -> None:
        if self.cell is not None:
            self.finish("ok" if status in {"ok", "finished"} else "error")

    def _source(self) -> str:
        if self._code is None:
            path = getattr(sys.modules.get("__main__"), "__file__", None)
            try:
                self._code = Path(path).read_text() if path else "# no script file"
            except (OSError, UnicodeDecodeError):
                self._code = f"# {path} could not be read"
        return self._code
