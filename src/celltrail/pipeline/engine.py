"""The papermill engine ``celltrail``: a batch run that leaves the trail of an interactive one.

``papermill --engine celltrail in.ipynb out.ipynb`` tells the kernel what papermill keeps to
itself: the notebook's path, the cell behind each execution, and the run that groups them.

papermill imports every registered engine whenever it is imported, and this module may be what
imports papermill first. So it stays light, and `CelltrailEngine` is looked up when asked for.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from celltrail.core.errors import SettingsError
from celltrail.core.identifiers import ENTROPY_BYTES, new_id
from celltrail.settings import load_settings

# What papermill puts on the cell it injects.
INJECTED_TAG = "injected-parameters"


def __getattr__(name: str) -> Any:
    if name == "CelltrailEngine":
        # First, because importing it asks for this very name again through the entry point.
        import papermill.engines  # noqa: F401 (loaded for the order alone)

        from celltrail.pipeline.papermill_client import CelltrailEngine

        return CelltrailEngine
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def is_recording_wanted(environment: Mapping[str, str]) -> bool:
    """Return False if the environment says ``CELLTRAIL=off``.

    What the store's settings file says is read in the kernel, which knows the store.
    """
    try:
        return load_settings(None, environment).recording
    except SettingsError:
        return True  # the kernel reads the same words and says what is wrong with them


def notebook_file(
    input_path: object, working_folder: Path, shell_folder: Path | None
) -> Path | None:
    """Return the absolute path of the notebook that papermill was asked to run.

    Parameters
    ----------
    input_path
        What the user wrote: a path, an address, ``-`` for standard input, or a notebook object.
    working_folder
        Where the process is now. With ``--cwd`` that is no longer where the path was written.
    shell_folder
        Where the shell was (``PWD``), or None; tried second, since it is stale in a process
        that changed folders itself.

    Returns
    -------
    Path or None
        None when no such file exists on this machine (an address, standard input).
    """
    if not isinstance(input_path, (str, os.PathLike)):
        return None
    for folder in (working_folder, shell_folder):
        if folder is not None and (folder / input_path).is_file():
            return Path(os.path.normpath(folder / input_path))
    return None


def run_request(
    notebook: Path | None, parameters: Mapping[str, Any], *, now_us: int, entropy: bytes
) -> dict[str, Any]:
    """Return the run that groups this batch, as the recorder in the kernel reads it.

    Parameters
    ----------
    notebook
        The notebook's path; the run is named after it.
    parameters
        What papermill injects; values without a JSON form are written as text.
    now_us
        Microseconds since 1970 in UTC.
    entropy
        Ten random bytes for the run's identifier.
    """
    return {
        "id": new_id(now_us, entropy),
        "name": notebook.stem if notebook else "papermill",
        "kind": "batch",
        "params": json.loads(json.dumps(dict(parameters), default=str)),
    }


def kernel_environment(
    environment: Mapping[str, str], notebook: Path | None, parameters: Mapping[str, Any]
) -> dict[str, str]:
    """Return the kernel's environment: the given one plus who runs what, and for which run."""
    request = run_request(
        notebook, parameters, now_us=time.time_ns() // 1000, entropy=os.urandom(ENTROPY_BYTES)
    )
    added = {"CELLTRAIL_CLIENT": "papermill", "CELLTRAIL_RUN": json.dumps(request)}
    kept = {name: value for name, value in environment.items() if name != "CELLTRAIL_NOTEBOOK"}
    if notebook is not None:
        added["CELLTRAIL_NOTEBOOK"] = str(notebook)
    return kept | added


def saved_cell_ids(notebook: Path | None) -> frozenset[str] | None:
    """Return the cell ids that the file itself holds, or None if there is no file to read.

    papermill gives ids made up on loading to cells that have none (nbformat before 4.5) and to
    the cell it injects. Those name nothing that exists twice, so they are not worth recording.
    """
    if notebook is None:
        return None
    try:
        cells = json.loads(notebook.read_bytes()).get("cells", ())
        return frozenset(cell["id"] for cell in cells if "id" in cell)
    except (OSError, ValueError, AttributeError, TypeError):
        # Not a notebook as we know it: papermill has read it, so the run goes on, without ids.
        return frozenset()


def cell_identity(
    cell_id: str | None, tags: Sequence[str], saved_ids: frozenset[str] | None
) -> dict[str, Any]:
    """Return the metadata that JupyterLab would send along with this cell.

    The injected cell is named by its tag, so that it is the same cell in every run.
    """
    if INJECTED_TAG in tags:
        cell_id = INJECTED_TAG
    elif saved_ids is not None and cell_id not in saved_ids:
        cell_id = None
    identity: dict[str, Any] = {"tags": list(tags)}
    if cell_id is not None:
        identity["cellId"] = cell_id
    return identity
