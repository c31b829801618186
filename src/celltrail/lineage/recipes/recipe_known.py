"""What is known while a recipe is worked out: the kept executions and their sessions."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path

from celltrail.core.cell_text import imported, words
from celltrail.core.identifiers import short
from celltrail.store import blobs, recipe_rows
from celltrail.store.database import Connection
from celltrail.store.recipe_rows import Made, Ran, Use

Kept = Iterator[tuple[int, str]]  # what a rule yields: an execution, and why it is kept

# Words of `execution.opaque`: code that ran from texts or files, and other processes.
UNSEEN_CODE = frozenset({"exec", "run"})
PROCESSES = frozenset({"shell", "process"})
_INSTALL = re.compile(
    r"[!%]{0,2}\s*(?:\S*python\S* -m )?(?:uv )?(?:pip3?|conda|mamba) +(?:install|update)\b"
)


class Known:
    """The kept executions so far; it grows.

    Of a session that it meets it learns the order; what its executions are it looks up for
    those that are kept or that a rule asks about.

    Parameters
    ----------
    connection : Connection
    store : Path
        Where long code is kept.
    """

    def __init__(self, connection: Connection, store: Path) -> None:
        self.connection = connection
        self.store = store
        self.kept: set[int] = set()
        self.uses: list[Use] = []  # of kept executions
        self.used_names: dict[int, set[str]] = defaultdict(set)
        self.types: dict[int, set[str]] = defaultdict(set)  # packages of what each handled
        self.changed: set[tuple[int, str]] = set()
        self.file_edges: set[tuple[int, int, str]] = set()  # (reader, writer, name), of no edge
        self.sessions: dict[int, list[int]] = {}  # rows in true order
        self.opaque_rows: dict[int, list[int]] = {}
        self.kept_in: dict[int, list[int]] = {}  # rows of a session in true order
        self.place: dict[int, int] = {}  # position in its session
        self._session: dict[int, int] = {}
        self._runs: dict[int, Ran] = {}
        self._state: dict[int, list[Made]] = {}
        self._deleted: dict[int, list[tuple[int, str]]] = {}
        self._handles: dict[int, list[tuple[int, str]]] = {}
        self._makers: dict[int, dict[str, list[int]]] = {}

    def keep(self, rows: Iterable[int]) -> None:
        """Add executions to the kept ones."""
        new = set(rows) - self.kept
        self.kept |= new
        unknown = new - self.place.keys()
        for session in sorted(recipe_rows.sessions_of(self.connection, unknown)):
            self._meet(session)
        self.load(new)
        for use in recipe_rows.uses(self.connection, new):
            self.uses.append(use)
            self.used_names[use.execution].add(use.name)
            self.types[use.execution].add(use.type.partition(".")[0])
        self.changed |= recipe_rows.changed(self.connection, new)
        self.__dict__.pop("packages", None)
        self.kept_in = defaultdict(list)
        for row in sorted(self.kept, key=self.place.__getitem__):
            self.kept_in[self._session[row]].append(row)

    def _meet(self, session: int) -> None:
        found = recipe_rows.order(self.connection, session)
        rows = self.sessions[session] = [row for row, _ in found]
        self.place.update(zip(rows, range(len(rows)), strict=True))
        self._session.update(dict.fromkeys(rows, session))
        self.opaque_rows[session] = [row for row, is_opaque in found if is_opaque]

    # --- executions -------------------------------------------------------------

    def load(self, rows: Iterable[int]) -> None:
        """Look executions up at once that are about to be asked for."""
        new = set(rows) - self._runs.keys()
        if new:
            found = recipe_rows.ran(self.connection, new)
            self._runs.update((run.row, run) for run in found)

    def run(self, row: int) -> Ran:
        """Return an execution of a session that was met."""
        if row not in self._runs:
            self.load([row])
        return self._runs[row]

    def session(self, row: int) -> int:
        """Return the session of an execution."""
        return self._session[row]

    def at(self, row: int) -> tuple[int, int]:
        """Where an execution stands in true order."""
        return self.run(row).started_at, row

    def title(self, row: int) -> str:
        """How people call an execution."""
        run = self.run(row)
        return short(run.id) if run.number is None else f"In [{run.number}]"

    def code(self, row: int) -> str:
        """The code of an execution, from its file where it is long."""
        run = self.run(row)
        if run.code is None and run.blob is not None:
            text = blobs.get(self.store, run.blob).decode("utf-8", "replace")
            run = self._runs[row] = run._replace(code=text)
        return run.code or ""

    def short_code(self, row: int) -> str:
        """The code of any execution where it is short; "" where it lies in a file."""
        return self.run(row).code or ""

    def installs(self, row: int) -> bool:
        """Whether an execution does nothing but install packages."""
        code = self.short_code(row)
        if "install" not in code and "update" not in code:
            return False
        lines = [line.strip() for line in code.splitlines() if line.strip()]
        return bool(lines) and all(_INSTALL.match(line) or line[0] == "#" for line in lines)

    def kept_runs(self) -> list[Ran]:
        """Kept executions in true order."""
        return [self.run(row) for row in sorted(self.kept, key=self.at)]

    def after(self, row: int) -> Iterator[int]:
        """Kept executions of the same session that ran later, the last one first."""
        place = self.place[row]
        for kept in reversed(self.kept_in.get(self._session[row], ())):
            if self.place[kept] <= place:
                return
            yield kept

    def is_before(self, row: int, other: int) -> bool:
        """Whether `row` ran before `other`, in the same session."""
        same = self._session[row] == self._session[other]
        return same and self.place[row] < self.place[other]

    def opaque(self, row: int) -> frozenset[str]:
        """What the observers could not see into."""
        text = self.run(row).opaque
        return frozenset(json.loads(text)) if text else frozenset()

    # --- what they touched --------------------------------------------------------

    def state(self, session: int) -> list[Made]:
        """What a session changed outside the namespace, files included."""
        if session not in self._state:
            found = self._state[session] = recipe_rows.state_changes(self.connection, session)
            self.load({made.execution for made in found})
        return self._state[session]

    def deleted(self, session: int) -> list[tuple[int, str]]:
        """Names that a session deleted."""
        if session not in self._deleted:
            self._deleted[session] = recipe_rows.deletions(self.connection, session)
        return self._deleted[session]

    def handles(self, session: int) -> list[tuple[int, str]]:
        """Executions of a session that opened or used a handle, with its name."""
        if session not in self._handles:
            self._handles[session] = recipe_rows.handles(self.connection, session)
        return self._handles[session]

    def makers(self, session: int) -> dict[str, list[int]]:
        """Name -> the executions of a session that made or changed it, in true order."""
        if session not in self._makers:
            found: dict[str, list[int]] = defaultdict(list)
            for row, name in recipe_rows.names_made(self.connection, session):
                found[name].append(row)
            self._makers[session] = found
        return self._makers[session]

    def files(self, row: int) -> set[str]:
        """Paths that a kept execution read or wrote."""
        read = {name for name in self.used_names[row] if name.startswith("file:")}
        state = self.state(self._session[row])
        wrote = {made.name for made in state if made.execution == row}
        return {name.removeprefix("file:") for name in read | wrote if name.startswith("file:")}

    # --- what their code is about -------------------------------------------------

    @cached_property
    def packages(self) -> dict[str, set[str]]:
        """Package -> names that kept executions import from it."""
        found: dict[str, set[str]] = defaultdict(set)
        for row in self.kept:
            for name, root in imported(self.code(row)).items():
                found[root].add(name)
        return found

    def involves(self, row: int, package: str) -> bool:
        """Whether a kept execution handles things of a package, or names one."""
        if package in self.types[row]:
            return True
        if package == "numpy" and "pandas" in self.types[row]:
            return True  # what frames are made of
        return not words(self.code(row)).isdisjoint({package, *self.packages.get(package, ())})
