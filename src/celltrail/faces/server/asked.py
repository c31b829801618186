"""What a request asks: the store it means, and its query as values."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from celltrail.capabilities.capability import REST, Place
from celltrail.core.errors import UsageFault
from celltrail.store.location import find_store
from celltrail.store.trail import LIMIT_MAX, Connection

_PAGE = 50
_TRUE, _FALSE = ("1", "true", "yes", "on", ""), ("0", "false", "no", "off")
# Parameters of every route: the store's notebook, and what Jupyter itself understands.
_EVERYWHERE = frozenset({"notebook", "token", "no_track_activity"})


@dataclass(frozen=True, slots=True)
class Home:
    """The folder that a server serves, and how long it waits for a lock.

    Attributes
    ----------
    root : Path
        Absolute.
    environ : mapping
    lock_seconds : float
    """

    root: Path
    environ: Mapping[str, str]
    lock_seconds: float = 5.0

    def file_of(self, path: str) -> Path:
        """Return the absolute path of a contents path, as kernels record it.

        Links are left as they are: Jupyter follows them as well.

        Raises
        ------
        UsageFault
            If it leads out of the folder.
        """
        file = Path(os.path.abspath(self.root / path.lstrip("/")))
        if not file.is_relative_to(self.root):
            raise UsageFault(
                f"The notebook {path!r} is outside the folder that this server serves.",
                "give its path as the file browser shows it.",
            )
        return file

    def contents_path(self, file: str | None) -> str | None:
        """Return the contents path of an absolute path; None outside the folder."""
        if file is None or not Path(file).is_relative_to(self.root):
            return None
        return Path(file).relative_to(self.root).as_posix()

    def place(self, notebook: Path | None, watch: Callable[[Connection], None] | None) -> Place:
        """Return where the store of a notebook is, by the rule by which its kernel finds it."""
        return Place(
            find_store(self.root if notebook is None else notebook.parent, self.environ),
            self.environ,
            face=REST,
            lock_seconds=self.lock_seconds,
            watch=watch,
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, read.

    Attributes
    ----------
    home : Home
    place : Place
    notebook : str or None
        Absolute path.
    subject : str
        The identifier or name in the route's path; empty where it has none.
    query : mapping of str to tuple of str
        The route's own parameters.
    """

    home: Home
    place: Place
    notebook: str | None
    subject: str
    query: Mapping[str, tuple[str, ...]]

    def text(self, name: str) -> str | None:
        """Return the last value of a parameter; None where it is missing or empty."""
        return self.query.get(name, ("",))[-1] or None

    def is_set(self, name: str) -> bool:
        """Return the value of a flag."""
        word = self.query.get(name, ("0",))[-1].lower()
        if word not in (*_TRUE, *_FALSE):
            raise UsageFault.unreadable(name, word, "true or false")
        return word in _TRUE

    def number(self, name: str, default: int) -> int:
        """Return a whole number from 0."""
        text = self.text(name)
        if text is None:
            return default
        if not (text.isascii() and text.isdecimal() and len(text) < 19):
            raise UsageFault.unreadable(name, text, "a whole number")
        return int(text)

    @property
    def limit(self) -> int:
        """How many rows a page has, at most `LIMIT_MAX`."""
        found = self.number("limit", _PAGE)
        if found < 1:
            raise UsageFault.unreadable("limit", str(found), "a whole number from 1")
        return min(found, LIMIT_MAX)

    def notebook_in_scope(self, default: str) -> str | None:
        """Return the notebook that rows are asked of; None means all of the project."""
        scope = self.text("scope") or default
        if scope not in ("project", "notebook"):
            raise UsageFault.unknown("scope", scope, ("project", "notebook"))
        if scope == "project":
            return None
        if self.notebook is None and self.text("scope"):
            raise UsageFault("scope=notebook was asked for, but no notebook.", "add notebook=PATH.")
        return self.notebook


def own_query(
    arguments: Mapping[str, Iterable[str]], known: Iterable[str], what: str
) -> dict[str, tuple[str, ...]]:
    """Return the parameters that are a route's own.

    JupyterLab puts the time behind every address (``?1700000000000``) so that no browser
    answers from its cache: a name of digits is no parameter.

    Raises
    ------
    UsageFault
        If there is no such parameter, with near matches.
    """
    names = frozenset(known)
    own = {}
    for name, values in arguments.items():
        if name in names:
            own[name] = tuple(values)
        elif name not in _EVERYWHERE and not name.isdecimal():
            raise UsageFault.unknown(f"parameter of {what}", name, {*names, "notebook"})
    return own
