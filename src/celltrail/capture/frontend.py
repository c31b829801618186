"""What a front end asks of its kernel, by silent requests between the cells.

A request is an empty silent execution with one user expression that calls a function of this
module; it binds no name, runs no cell hook and leaves no trail.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from celltrail.capture import recorder
from celltrail.core.identifiers import path_identifier
from celltrail.core.records import NotebookRecord
from celltrail.store.location import create_store


class Reply:
    """An answer that a front end receives as JSON."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:  # noqa: ARG002 - IPython's signature
        return {"application/json": self.document, "text/plain": json.dumps(self.document)}


def bind(*, notebook: str | None = None, path: str | None = None, recording: bool = True) -> Reply:
    """Record from now on, and say which notebook this kernel runs.

    Parameters
    ----------
    notebook : str, optional
        The identifier in the notebook's metadata (32 hexadecimal digits); one that has none
        is known by its path.
    path : str, optional
        The notebook's absolute path.
    recording : bool
        False ends recording in this session only; True leaves it as the project says.

    Returns
    -------
    Reply
        See `state`.
    """
    ip = _shell()
    if recorder.current() is None and ip is not None:
        ip.extension_manager.load_extension("celltrail")
    found = recorder.current()
    if found is not None:
        if notebook is not None:
            found.bind(NotebookRecord(notebook, path, is_bound=True))
        elif path is not None:
            found.bind(NotebookRecord(path_identifier(path), path))
        if recording:
            found.resume()
        else:
            found.pause()
    return state()


def switch(*, recording: bool) -> Reply:
    """Start or stop recording in this project, as ``%mlops on`` and ``off`` do.

    Returns
    -------
    Reply
        See `state`; ``problem`` says why the choice could not be kept for other kernels.
    """
    found = recorder.current()
    problem = None
    if found is not None:
        try:
            create_store(found.store)
            if recording:
                found.on()
            else:
                found.off()
        except OSError as error:
            found.recording = recording
            problem = f"The choice holds for this kernel only: {error.strerror or error}."
    reply = state()
    reply.document["problem"] = problem
    return reply


def state() -> Reply:
    """Return what this kernel knows of its recording.

    Returns
    -------
    Reply
        ``version``, ``recording`` (None where the extension is not loaded), ``store``,
        ``executions`` of this session, ``spooled`` records that wait outside the store.
    """
    from celltrail import __version__

    document: dict[str, Any] = {"version": __version__, "recording": None}
    found = recorder.current()
    if found is not None:
        known = found.status()
        document.update(
            (key, known[key]) for key in ("recording", "store", "executions", "spooled")
        )
    return Reply(document)


def _shell() -> Any:
    # Through sys.modules: where there is a shell, IPython is loaded already.
    module = sys.modules.get("IPython.core.getipython")
    return module.get_ipython() if module is not None else None
