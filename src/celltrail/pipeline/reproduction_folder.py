"""The temporary copy in which a recipe runs: its layout, and the files linked into it."""

# Recorded paths are texts, and stay as written: links are not followed.
# ruff: noqa: PTH113, PTH116, PTH117, PTH118, PTH120, PTH123, PTH211
from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from celltrail.store.files import hash_file
from celltrail.store.traces import InputFile, Trace

_FILE = "file:"
_LITERAL = re.compile(r"[\"']([^\"'\n]{1,300})[\"']")
# SQLite writes beside the file that a link points to, and opens it without saying why.
_SQLITE = b"SQLite format 3\0"


@dataclass(frozen=True, slots=True)
class Home:
    """Where one session ran.

    Attributes
    ----------
    folder : str
        Paths are recorded relative to it: the notebook's folder.
    working : str
        Its working folder, which relative paths in code start from.
    """

    folder: str
    working: str


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything was, and where it is in the copy.

    Attributes
    ----------
    root : str
        The top folder that the copy stands for.
    copy : str
        The copy's top folder.
    homes : dict of str to Home
        By session.
    """

    root: str
    copy: str
    homes: dict[str, Home]

    def inside(self, path: str) -> str | None:
        """Return where a path of the project is in the copy; None if it lies elsewhere."""
        if not is_below(path, self.root):
            return None
        return os.path.normpath(os.path.join(self.copy, os.path.relpath(path, self.root)))

    def outside(self, path: str) -> str:
        """Return where a path of the copy was in the project; other paths as they are."""
        if not is_below(path, self.copy):
            return path
        return os.path.normpath(os.path.join(self.root, os.path.relpath(path, self.copy)))

    def recorded_text(self, text: str) -> str:
        """Return a value's text with the copy's folder under its name in the project."""
        return text.replace(self.copy, self.root) if self.root != os.sep else text

    def working(self, session: str) -> str:
        """Return the folder of the copy in which a session's cells run."""
        return self.inside(self.homes[session].working) or self.copy


@dataclass(frozen=True, slots=True)
class NeededFile:
    """A file that the recipe reads and does not make.

    Attributes
    ----------
    path : str
        Absolute.
    trace : Trace
        The execution that read it first.
    recorded : InputFile
    present : str or None
        Its digest now; None when it is gone.
    is_changed : bool
    """

    path: str
    trace: Trace
    recorded: InputFile
    present: str | None
    is_changed: bool


def is_below(path: str, folder: str) -> bool:
    """Return whether a path is a folder or lies in it."""
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def absolute(name: str, home: str) -> str:
    """Return the path that a recorded name such as ``file:data/x.csv`` stands for."""
    return os.path.normpath(os.path.join(home, name.removeprefix(_FILE)))


def lay_out(recipe: Sequence[Trace], copy: Path, *, store: Path, here: Path) -> Layout:
    """Return where a recipe's sessions ran and where each folder is in the copy.

    Parameters
    ----------
    recipe : sequence of Trace
    copy : Path
        The copy's top folder.
    store : Path
        The ``.celltrail`` folder, which lies in the project's top folder.
    here : Path
        The present working folder: a session without a notebook may have run there.
    """
    project = os.path.abspath(store.parent)
    homes: dict[str, Home] = {}
    folders = {project}
    for session, group in _by_session(recipe).items():
        home = _home(group, project, os.path.abspath(here))
        paths = [absolute(name, home) for name in _names(group)]
        literals = [text for trace in group for text in _LITERAL.findall(trace.code)]
        working = _working(home, project, paths, literals)
        homes[session] = Home(home, working)
        folders |= {home, working}
        # What is reached by ``../`` has to lie at the same place beside the copy.
        reached = {os.path.normpath(os.path.join(working, text)) for text in _relative(literals)}
        folders |= {os.path.dirname(path) for path in paths if path in reached}
    return Layout(os.path.commonpath(sorted(folders)), str(copy), homes)


def needed_files(recipe: Sequence[Trace], layout: Layout) -> list[NeededFile]:
    """Return the files that the recipe reads and does not make, first readers first."""
    rows = {trace.row for trace in recipe}
    found: dict[str, NeededFile] = {}
    written: set[str] = set()
    for trace in recipe:
        home = layout.homes[trace.session].folder
        for one in trace.inputs:
            path = absolute(one.name, home)
            if one.maker in rows or path in written or path in found:
                continue
            found[path] = _needed(path, trace, one)
        written |= {absolute(name, home) for name in trace.written}
    return list(found.values())


def written_files(recipe: Sequence[Trace], layout: Layout) -> dict[str, Trace]:
    """Return every path that the recipe wrote, with the execution that did so first."""
    found: dict[str, Trace] = {}
    for trace in recipe:
        home = layout.homes[trace.session].folder
        for name in trace.written:
            found.setdefault(absolute(name, home), trace)
    return found


def fill(layout: Layout, files: Iterable[NeededFile], written: Iterable[str]) -> list[str]:
    """Make the copy's folders and link the files into it; return those read in place.

    A file that the recipe also writes is copied, so that the user's own stays as it is.

    Raises
    ------
    OSError
        If the disk takes no more.
    """
    for session in layout.homes:
        Path(layout.working(session)).mkdir(parents=True, exist_ok=True)
    will_change = set(written)
    for path in will_change:
        place = layout.inside(path)
        if place is not None:
            Path(place).parent.mkdir(parents=True, exist_ok=True)
    in_place = []
    for file in files:
        place = layout.inside(file.path)
        if place is None:
            in_place.append(file.path)
            continue
        if file.present is None or os.path.lexists(place):
            continue
        Path(place).parent.mkdir(parents=True, exist_ok=True)
        if file.path in will_change or _is_database(file.path):
            shutil.copyfile(file.path, place)
        else:
            os.symlink(file.path, place)
    return in_place


def _needed(path: str, trace: Trace, recorded: InputFile) -> NeededFile:
    try:
        present = hash_file(path, now_ns=time.time_ns())
        size = os.stat(path).st_size
    except OSError:
        return NeededFile(path, trace, recorded, None, is_changed=True)
    if recorded.scope == "full":
        is_changed = recorded.digest is not None and recorded.digest != present
    else:  # a large file is known by its size and times, and times change in a copy
        is_changed = recorded.size is not None and recorded.size != size
    return NeededFile(path, trace, recorded, present, is_changed)


def _by_session(recipe: Iterable[Trace]) -> Mapping[str, list[Trace]]:
    found: dict[str, list[Trace]] = {}
    for trace in recipe:
        found.setdefault(trace.session, []).append(trace)
    return found


def _names(group: Iterable[Trace]) -> Iterator[str]:
    for trace in group:
        yield from (one.name for one in trace.inputs)
        yield from trace.written


def _home(group: Sequence[Trace], project: str, here: str) -> str:
    """Return the folder to which a session's paths are relative."""
    for trace in group:
        if trace.notebook is not None:
            folder = os.path.dirname(trace.notebook)
            if os.path.isabs(folder):
                return folder
    # It is not recorded: the folder in which most of what was read is found.
    names = [one.name for trace in group for one in trace.inputs]
    places = [project] + ([here] if is_below(here, project) else [])
    return max(places, key=lambda place: sum(os.path.isfile(absolute(n, place)) for n in names))


def _working(home: str, project: str, paths: Sequence[str], literals: Sequence[str]) -> str:
    """Return the working folder from which most paths in code lead to files that were touched.

    It is the notebook's folder in Jupyter, and may be any other under papermill.
    """
    texts = _relative(literals)
    touched = set(paths)
    places = [home, project]
    places += [
        path[: -len(text) - 1] or os.sep
        for path in paths
        for text in texts
        if path.endswith(os.sep + text)
    ]
    explained = {
        place: sum(os.path.normpath(os.path.join(place, text)) in touched for text in texts)
        for place in places
    }
    return max(dict.fromkeys(places), key=lambda place: explained[place])


def _relative(literals: Iterable[str]) -> list[str]:
    return sorted({text for text in literals if not os.path.isabs(text)})


def _is_database(path: str) -> bool:
    with open(path, "rb") as stream:
        return stream.read(len(_SQLITE)) == _SQLITE
