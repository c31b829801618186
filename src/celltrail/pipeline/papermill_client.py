"""papermill's engine and client with what the recorder needs added; see `engine`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from nbclient.util import run_sync
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine
from papermill.log import logger

from celltrail.pipeline import engine

# Sent silently, so no hook sees it and no name is bound. Loading twice is harmless, so this needs
# not know whether the startup file is in force. A command line option of the kernel would do the
# same but replace the user's own list of extensions.
LOAD_RECORDING = "get_ipython().extension_manager.load_extension('celltrail')"


class CelltrailClient(PapermillNotebookClient):  # type: ignore[misc] # papermill has no types
    """A papermill client that sends each cell's id and tags along, as JupyterLab does."""

    def __init__(self, nb_man: Any, *, notebook: Path | None, **options: Any) -> None:
        super().__init__(nb_man, **options)
        self.saved_ids = engine.saved_cell_ids(notebook)

    def papermill_execute_cells(self) -> None:
        """Begin recording, then execute every cell."""
        self.load_recording()
        super().papermill_execute_cells()

    def load_recording(self) -> None:
        """Load celltrail in the kernel; say so in the log if that is not possible."""
        if self.nb.metadata.get("kernelspec", {}).get("language", "python") != "python":
            logger.warning("celltrail: the kernel is not Python, so nothing is recorded")
            return
        reply = self.wait_for_reply(self.kc.execute(LOAD_RECORDING, silent=True))
        content = reply["content"] if reply else {}
        if content.get("status") != "ok":
            logger.warning(
                "celltrail: nothing is recorded, the kernel could not load it: %s",
                content.get("evalue", "no answer"),
            )

    async def async_execute_cell(
        self, cell: Any, cell_index: int, *args: Any, **options: Any
    ) -> Any:
        """Execute one cell, with its id and tags in the request's metadata."""
        identity = engine.cell_identity(
            cell.get("id"), cell.metadata.get("tags", []), self.saved_ids
        )
        session = self.kc.session
        make_message = session.msg

        def with_identity(msg_type: str, *message: Any, **parts: Any) -> Any:
            made = make_message(msg_type, *message, **parts)
            if msg_type == "execute_request":
                made["metadata"].update(identity)
            return made

        session.msg = with_identity
        try:
            return await super().async_execute_cell(cell, cell_index, *args, **options)
        finally:
            del session.msg  # the class's own method is behind it

    # nbclient binds the synchronous method to its own coroutine; bind it to ours.
    execute_cell = run_sync(async_execute_cell)


class CelltrailEngine(NBClientEngine):  # type: ignore[misc] # papermill has no types
    """Run the notebook as papermill's own engine does, and record it."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,
        log_output: bool = False,
        stdout_file: Any = None,
        stderr_file: Any = None,
        start_timeout: int = 60,
        execution_timeout: int | None = None,
        input_path: Any = None,
        **options: Any,
    ) -> Any:
        """Execute the notebook; parameters are those of papermill's own engine."""
        if not engine.is_recording_wanted(os.environ):
            return super().execute_managed_notebook(
                nb_man,
                kernel_name,
                log_output=log_output,
                stdout_file=stdout_file,
                stderr_file=stderr_file,
                start_timeout=start_timeout,
                execution_timeout=execution_timeout,
                **options,
            )
        shell_folder = os.environ.get("PWD")
        notebook = engine.notebook_file(
            input_path, Path.cwd(), Path(shell_folder) if shell_folder else None
        )
        parameters = nb_man.nb.metadata.get("papermill", {}).get("parameters", {})
        timeout = options.pop("timeout", None)
        options.pop("startup_timeout", None)  # papermill's own engine drops it too
        # Widget state makes a notebook of two live figures 10 MB; the trail keeps outputs itself.
        options.setdefault("store_widget_state", False)
        client = CelltrailClient(
            nb_man,
            notebook=notebook,
            timeout=execution_timeout or timeout,
            startup_timeout=start_timeout,
            kernel_name=kernel_name,
            log=logger,
            log_output=log_output,
            stdout_file=stdout_file,
            stderr_file=stderr_file,
            **options,
        )
        return client.execute(env=engine.kernel_environment(os.environ, notebook, parameters))
