"""Where a store is, and what lies in its folder."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

FOLDER = ".celltrail"
DATABASE = "trail.db"
BLOBS = "blobs"
SPOOL = "spool"
SESSIONS = "sessions"
# Marks of a project's top folder, looked for when there is no store yet.
_PROJECT_MARKS = (".git", "pyproject.toml")


def find_store(folder: Path, environ: Mapping[str, str]) -> Path:
    """Return the ``.celltrail`` folder that is, or would be, used for a notebook.

    Parameters
    ----------
    folder : Path
        The notebook's folder; the working directory where that is unknown.
    environ : mapping
        ``CELLTRAIL_STORE`` names the store folder and wins; relative to `folder`.

    Returns
    -------
    Path
        ``CELLTRAIL_STORE``, else the nearest ``.celltrail`` upwards, else one beside
        the nearest ``.git`` or ``pyproject.toml``, else one in `folder`. It need not
        exist.
    """
    folder = Path(os.path.abspath(folder))  # not resolve(): a linked project is its link
    named = environ.get("CELLTRAIL_STORE", "").strip()
    if named:
        return Path(os.path.abspath(folder / Path(named).expanduser()))
    upwards = (folder, *folder.parents)
    for place in upwards:
        if (place / FOLDER).is_dir():
            return place / FOLDER
    for place in upwards:
        if any((place / mark).exists() for mark in _PROJECT_MARKS):
            return place / FOLDER
    return folder / FOLDER


def create_store(store: Path) -> None:
    """Make the store's folder, private and ignored by git; nothing if it is there.

    Raises
    ------
    OSError
        If the folder cannot be made.
    """
    if store.is_dir():
        return
    store.parent.mkdir(parents=True, exist_ok=True)
    # The trail holds code and outputs: only its owner reads it, whatever the umask.
    store.mkdir(mode=0o700, exist_ok=True)
    store.chmod(0o700)
    ignore = store / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", "utf-8")


def database_file(store: Path) -> Path:
    """Return the path of a store's database."""
    return store / DATABASE
