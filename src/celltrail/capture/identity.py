"""Who is recording: session, notebook and kernel, as far as the process can know."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from celltrail.core.identifiers import new_id, path_identifier
from celltrail.core.records import NotebookRecord, RunRecord, SessionRecord


def now() -> int:
    """Microseconds since 1970 in UTC."""
    return time.time_ns() // 1000


def make_id() -> str:
    """A new time-ordered identifier; never touches the user's random numbers."""
    return new_id(now(), os.urandom(10))


def notebook_of(environ: Mapping[str, str], namespace: Mapping[str, Any]) -> NotebookRecord | None:
    """The notebook this process runs, or None where nothing says so.

    An injected path wins over Jupyter's session name and over VS Code's variable.
    """
    vscode = namespace.get("__vsc_ipynb_file__")
    # JPY_SESSION_NAME may also be the name of a console.
    places = (environ.get("CELLTRAIL_NOTEBOOK"), environ.get("JPY_SESSION_NAME"), vscode)
    paths = (place for place in places if isinstance(place, str) and place.endswith(".ipynb"))
    path = next(paths, None)
    if path is None:
        return None
    absolute = os.path.abspath(path)
    # The same path is the same notebook until the front end binds the identifier
    # in its metadata, which survives a rename.
    return NotebookRecord(path_identifier(absolute), absolute)


def session_of(
    kind: str, environ: Mapping[str, str], notebook: NotebookRecord | None, kernel_id: str | None
) -> SessionRecord:
    """A record of the session that starts now."""
    client = environ.get("CELLTRAIL_CLIENT")
    if client is None and environ.get("JPY_SESSION_NAME"):
        client = "jupyter"
    if client is None and environ.get("VSCODE_PID"):
        client = "vscode"
    return SessionRecord(make_id(), kind, os.getpid(), now(), notebook, kernel_id, client)


def injected_run(environ: Mapping[str, str]) -> RunRecord | None:
    """The run that a batch runner put into ``CELLTRAIL_RUN``, or None.

    Raises
    ------
    ValueError
        If the variable holds no JSON object with an ``id``.
    """
    text = environ.get("CELLTRAIL_RUN")
    if not text:
        return None
    document = json.loads(text)
    if not isinstance(document, dict) or "id" not in document:
        raise ValueError(f"CELLTRAIL_RUN holds {text[:80]!r}; expected a JSON object with an id")
    return RunRecord(
        id=str(document["id"]),
        name=document.get("name"),
        kind=str(document.get("kind", "batch")),
        started_at=now(),
        params=dict(document.get("params") or {}),
    )


def home_folder(notebook: NotebookRecord | None) -> Path:
    """The notebook's folder, or the working folder when no notebook is known."""
    if notebook is not None and notebook.path is not None:
        folder = Path(notebook.path).parent
        if folder.is_dir():
            return folder
    return Path.cwd()
