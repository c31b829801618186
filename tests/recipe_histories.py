"""The corpus of `tests/recipes`: sessions as people have them, each cell marked by hand.

Each ``NN_name.py`` holds percent cells in the order in which they ran and is never run as Python.
Its first comment says what it is about and why a mark that is not obvious is so. A header is
``# %% cell mark``, with ``cell#2`` for the cell's second run, whose source is its own. Marks:

``keep``
    Without this execution the result's number is another one, or is not reached.
``drop``
    With and without it the number is the same; no reading of the code is in doubt about that.
``either``
    Not needed, but to know that takes more than the code and the trail say. Counted nowhere.

``raises`` after the mark says that the cell ends in an error; ``# %% --- restart`` ends the
kernel and starts another. The result is the last one recorded, or that of the cell named in a
line ``# result=cell``. Its cell binds the number to a name.
"""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from reliability.shells import Warm

FOLDER = Path(__file__).parent / "recipes"

_HEADER = re.compile(r"^# %% ([\w#]+) (keep|drop|either)( raises)?$")
_RESTART = "# %% --- restart"
# The folder comes first, as in a kernel and in `python recipe.py`; a traceback that shows the
# code of pandas takes half a second.
_PRELUDE = """
import sys
sys.path.insert(0, '')
shell.InteractiveTB.set_mode('Minimal')
"""
_OFF = {"CELLTRAIL": "off"}
_SCRIPT = "recipe.py"
_DIGESTS = """
import json as _json, pathlib as _pathlib, celltrail as _celltrail
_pathlib.Path({file!r}).write_text(
    _json.dumps({{name: _celltrail.digest(globals()[name]) for name in {names!r}}})
)
"""


@dataclass(frozen=True, slots=True)
class Cell:
    """One execution of a history."""

    label: str  # "fit", "fit#2"
    source: str
    mark: str
    raises: bool
    session: int

    @property
    def id(self) -> str:
        return self.label.partition("#")[0]


@dataclass(frozen=True, slots=True)
class History:
    name: str
    about: str
    result: str | None  # label; None: the last recorded one
    cells: tuple[Cell, ...]

    def marked(self, mark: str) -> list[str]:
        return [cell.label for cell in self.cells if cell.mark == mark]


@dataclass(frozen=True, slots=True)
class Recorded:
    """A history that ran, in the words of its trail."""

    store: Path
    result: int  # row of the result
    result_label: str
    labels: dict[str, str]  # execution, 32 hex digits -> label
    values: list[float]  # of its metrics
    digests: dict[str, str]  # of what the result's cell made, by name
    problems: list[str]


@dataclass(frozen=True, slots=True)
class Ended:
    """How code ended in a clean process."""

    digests: dict[str, str]
    error: str


def names() -> list[str]:
    """The histories of the corpus, in order."""
    return sorted(path.stem for path in FOLDER.glob("[0-9]*.py"))


def load(name: str) -> History:
    """Return one history and its marks."""
    text = (FOLDER / f"{name}.py").read_text("utf-8")
    head, *parts = re.split(r"^(?=# %% )", text, flags=re.MULTILINE)
    result = re.search(r"^# result=(\S+)$", head, re.MULTILINE)
    cells, session = list[Cell](), 0
    for part in parts:
        line, _, source = part.partition("\n")
        if line == _RESTART:
            session += 1
            continue
        header = _HEADER.match(line)
        if header is None:
            raise ValueError(f"{name}: {line!r} is no header of a cell")
        label, mark, raises = header.groups()
        cells.append(Cell(label, source.strip("\n"), mark, bool(raises), session))
    return History(name, head.strip(), None if result is None else result[1], tuple(cells))


def record(warm: Warm, history: History, folder: Path) -> Recorded:
    """Run a history with recording in `folder`, a shell for each of its sessions."""
    for session in sorted({cell.session for cell in history.cells}):
        with warm.shell(folder, prelude=_PRELUDE) as shell:
            for cell in history.cells:
                if cell.session == session:
                    (ran,) = shell.run(cell.source, cell_id=cell.id)
                    if cell.raises != (ran.error is not None):
                        raise AssertionError(f"{cell.label}: {ran.error}\n{ran.stdout}{ran.stderr}")
            shell.end()
    with closing(sqlite3.connect(folder / ".celltrail" / "trail.db")) as connection:
        return _recorded(connection, history, folder / ".celltrail")


def _recorded(connection: sqlite3.Connection, history: History, store: Path) -> Recorded:
    executions = connection.execute("SELECT id, lower(hex(uuid)) FROM execution ORDER BY id")
    rows = list(zip(executions, history.cells, strict=True))
    label_of = {row: cell.label for (row, _), cell in rows}
    results = connection.execute("SELECT id, execution_id FROM result ORDER BY id").fetchall()
    result, row = next(
        (result, row)
        for result, row in reversed(results)
        if history.result in (None, label_of[row])
    )
    # Cells whose metrics judge one model are one result.
    digests = connection.execute(
        "SELECT generated.name, lower(hex(digest)) FROM result_execution"
        " JOIN generated USING (execution_id) JOIN entity ON entity.id = entity_id"
        " WHERE result_id = ? AND digest IS NOT NULL AND scope = 'full' ORDER BY execution_id",
        (result,),
    )
    values = connection.execute("SELECT value FROM result_metric WHERE result_id = ?", (result,))
    return Recorded(
        store=store,
        result=result,
        result_label=label_of[row],
        labels={uuid: cell.label for (_, uuid), cell in rows},
        values=[value for (value,) in values],
        digests={name: f"ct1:{digest}" for name, digest in digests if name.isidentifier()},
        problems=[text for (text,) in connection.execute("SELECT message FROM problem")],
    )


# --- clean processes ------------------------------------------------------------------------------


def replay(warm: Warm, history: History, labels: list[str], *, made: list[str], at: Path) -> Ended:
    """Run these cells alone in one clean shell, each under the number it had."""
    counts: dict[int, int] = {}
    with warm.shell(at, record=False, environ=_OFF, prelude=_PRELUDE) as shell:
        for cell in history.cells:
            counts[cell.session] = counts.get(cell.session, 0) + 1
            if cell.label not in labels:
                continue
            shell.python(f"shell.execution_count = {counts[cell.session]}")
            (ran,) = shell.run(cell.source)
            if ran.error is not None and not cell.raises:
                return Ended({}, f"{cell.label}: {ran.error}\n{ran.stdout}")
        try:
            digests = shell.python(
                "from celltrail import digest\n"
                f"result = {{name: digest(shell.user_ns[name]) for name in {made!r}}}"
            )
        except AssertionError as error:
            return Ended({}, str(error))
        return Ended(digests, "")


def run_script(warm: Warm, script: str, *, made: list[str], at: Path) -> Ended:
    """Run a script in a fork of the warm process, which holds no user's state."""
    answer = _write(script, made, at)
    with warm.shell(at, record=False, environ=_OFF, prelude=_PRELUDE) as shell:
        try:
            shell.python(f"import runpy; runpy.run_path({_SCRIPT!r}, run_name='__main__')")
        except AssertionError as error:
            return Ended({}, str(error))
    return Ended(json.loads(answer.read_text("utf-8")), "")


def run_fresh(script: str, *, made: list[str], at: Path) -> Ended:
    """Run a script as a person does: ``python recipe.py``."""
    answer = _write(script, made, at)
    command = [sys.executable, _SCRIPT]
    done = subprocess.run(command, cwd=at, capture_output=True, text=True, check=False)
    if done.returncode:
        return Ended({}, done.stderr)
    return Ended(json.loads(answer.read_text("utf-8")), "")


def _write(script: str, made: list[str], folder: Path) -> Path:
    """Write the script with an ending that digests what it made into the file returned."""
    answer = folder / "digests.json"
    ending = _DIGESTS.format(file=str(answer), names=made)
    (folder / _SCRIPT).write_text(f"{script}\n{ending}", "utf-8")
    return answer
