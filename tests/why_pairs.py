"""The corpus of `tests/why_pairs`: pairs of results with a planted change each, and their record.

``NAME.cells`` holds a base history as percent cells; ``pairs.toml`` says the edits and, by hand,
which difference must be first (or which two). `record` runs both histories in real shells.
"""

from __future__ import annotations

import random
import re
import shutil
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reliability.shells import Warm

FOLDER = Path(__file__).parent / "why_pairs"
MODULE = "__version__ = '1.0'\n\ndef shape(values):\n    return values * 2\n"
# Cells that hold the metric; a comment is added to them as a decoy.
MEASURING = ("evaluate", "score", "judge")
_HEADER = re.compile(r"^# %% (\w+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Pair:
    """A base history and an edit of it; `expected` are the first differences, in any order."""

    name: str
    base: str
    expected: tuple[dict[str, Any], ...]
    cells: dict[str, str] = field(default_factory=dict)
    order: tuple[str, ...] = ()
    again: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    data: tuple[dict[str, Any], ...] = ()
    environ: dict[str, str] = field(default_factory=dict)
    module: str = MODULE
    ids: bool = True


def load_pairs() -> dict[str, Pair]:
    """Return the pairs by name."""
    document = tomllib.loads((FOLDER / "pairs.toml").read_text("utf-8"))
    found = {}
    for entry in document["pair"]:
        edits = [entry.pop(key) for key in ("data", "more") if key in entry]
        lists = {key: tuple(entry.pop(key)) for key in entry.keys() & {"order", "again", "without"}}
        expected = tuple(entry.pop("expected"))
        pair = Pair(expected=expected, data=tuple(edits), **lists, **entry)
        assert pair.name not in found, pair.name
        found[pair.name] = pair
    return found


def record(pair: Pair, warm: Warm, folder: Path) -> Path:
    """Run the base and the edit; return the folder of their store.

    The base's result comes first, the edit's last.
    """
    cells = _cells(pair.base)
    order = [name for name in pair.order or cells if name not in pair.without]
    edited = _decoys(cells, pair) | {name: code.strip("\n") for name, code in pair.cells.items()}
    if pair.again:
        write_inputs(folder)
        with _shell(warm, folder, {}) as shell:
            _run(shell, _before(pair, cells), cells, ids=pair.ids)
            _edit_inputs(folder, pair)
            _run(shell, list(pair.again), edited, ids=pair.ids)
            shell.end()
        return folder
    shutil.copytree(_recorded_base(pair, cells, warm, folder.parent), folder, dirs_exist_ok=True)
    _edit_inputs(folder, pair)
    with _shell(warm, folder, pair.environ) as shell:
        _run(shell, order, edited, ids=pair.ids)
        shell.end()
    return folder


def _before(pair: Pair, cells: dict[str, str]) -> list[str]:
    return [name for name in cells if name not in pair.without]


def _recorded_base(pair: Pair, cells: dict[str, str], warm: Warm, parent: Path) -> Path:
    """Return a folder with the base's record; pairs of one base share it."""
    folder = parent / "-".join(["base", pair.base, *pair.without, str(pair.ids)])
    if not folder.exists():
        folder.mkdir()
        write_inputs(folder)
        with _shell(warm, folder, {}) as shell:
            _run(shell, _before(pair, cells), cells, ids=pair.ids)
            shell.end()
    return folder


def _shell(warm: Warm, folder: Path, environ: dict[str, str]) -> Any:
    # Two forks of one process would draw the same numbers.
    prelude = f"""
import random, sys
import numpy
random.seed()
numpy.random.seed()
sys.dont_write_bytecode = True
sys.path.insert(0, {str(folder)!r})
"""
    variables = {"CELLTRAIL_NOTEBOOK": str(folder / "work.ipynb"), **environ}
    return warm.shell(folder, prelude=prelude, environ=variables)


def _run(shell: Any, order: list[str], cells: dict[str, str], *, ids: bool) -> None:
    for name in order:
        options = {"cell_id": name} if ids else {}
        (ran,) = shell.run(cells[name], **options)
        assert ran.error is None, (name, ran)


def _cells(base: str) -> dict[str, str]:
    parts = _HEADER.split((FOLDER / f"{base}.cells").read_text("utf-8"))[1:]
    return {name: code.strip("\n") for name, code in zip(parts[::2], parts[1::2], strict=True)}


def _decoys(cells: dict[str, str], pair: Pair) -> dict[str, str]:
    """Return the cells with changes that must not come first."""
    measured = pair.cells.keys().isdisjoint(MEASURING)
    return {
        name: f"# how good is it?\n{code}"
        if name in MEASURING and measured
        else f"{code}\nunrelated = 12"
        if name == "outside"
        else code
        for name, code in cells.items()
    }


def write_inputs(folder: Path) -> None:
    """Write the input files of every base."""
    (folder / "shapelib.py").write_text(MODULE)
    (folder / "data.csv").write_text(_table(1))
    (folder / "other.csv").write_text(_table(2))
    (folder / "part_1.csv").write_text(_table(4))
    (folder / "part_2.csv").write_text(_table(5))
    numbers = random.Random(3)
    houses, prices = ["id,area,rooms"], ["id,price,year"]
    for number in range(90):
        area, rooms = numbers.randint(40, 200), numbers.randint(1, 6)
        houses.append(f"{number},{area},{rooms}")
        price = 3 * area + 20 * rooms + numbers.randint(-40, 40)
        prices.append(f"{number},{price},{1950 + number % 60}")
    (folder / "houses.csv").write_text("\n".join(houses) + "\n")
    (folder / "prices.csv").write_text("\n".join(prices) + "\n")


def _table(seed: int) -> str:
    numbers = random.Random(seed)
    rows = ["x1,x2,x3,y"]
    for _ in range(120):
        a, b, c = (round(numbers.gauss(0, 1), 3) for _ in range(3))
        rows.append(f"{a},{b},{c},{int(a + b - c / 2 + numbers.gauss(0, 1.5) > 0)}")
    return "\n".join(rows) + "\n"


def _edit_inputs(folder: Path, pair: Pair) -> None:
    if pair.module != MODULE:
        (folder / "shapelib.py").write_text(pair.module)
        shutil.rmtree(folder / "__pycache__", ignore_errors=True)
    for edit in pair.data:
        file = folder / edit["file"]
        if "copy" in edit:
            shutil.copy(folder / edit["copy"], file)
            continue
        if "gone" in edit:
            file.unlink()
            continue
        rows = [line.split(",") for line in file.read_text().splitlines()]
        file.write_text("".join(",".join(row) + "\n" for row in _edited(rows, edit)))


def _edited(rows: list[list[str]], edit: dict[str, Any]) -> list[list[str]]:
    """Return the rows of a file, heading first, with one edit."""
    heading = rows[0]
    if "set" in edit:
        number, column, value = edit["set"]
        rows[number][heading.index(column)] = value
    if "add" in edit:
        rows += [line.split(",") for line in edit["add"]]
    if "cut" in edit:
        rows = rows[: -edit["cut"]]
    if "drop" in edit:
        at = heading.index(edit["drop"])
        rows = [row[:at] + row[at + 1 :] for row in rows]
    if "whole" in edit:
        at = heading.index(edit["whole"])
        rows[1:] = [[*row[:at], str(round(float(row[at]))), *row[at + 1 :]] for row in rows[1:]]
    return rows
