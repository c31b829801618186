"""Which lines of a cell made a name, and which names they took in.

Statements count whole and backwards from the end: a line belongs to the slice when it may
have given a name that is still wanted its value. It can hold a line too many, not one too few.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import lru_cache

from celltrail.core.source import CellSource, Statement, analyse

_IMPORTS = (ast.Import, ast.ImportFrom)
# What belongs to IPython: blanked before parsing, so that line numbers stay.
_NOT_PYTHON = ("%", "!", "?")


@dataclass(frozen=True, slots=True)
class Slice:
    """The part of a cell that made a name.

    Attributes
    ----------
    lines : tuple of str
        As typed; the whole cell where it could not be taken apart.
    inputs : frozenset of str or None
        Names that it read as they were before the cell; None: all of them.
    calls : tuple of str
        What it calls, as written, in order.
    """

    lines: tuple[str, ...]
    inputs: frozenset[str] | None
    calls: tuple[str, ...]


@dataclass(slots=True)
class _Unit:
    """One top-level statement with all that stands in it."""

    first: int
    last: int
    loads: set[str] = field(default_factory=set)
    stores: set[str] = field(default_factory=set)
    changes: set[str] = field(default_factory=set)
    definite: set[str] = field(default_factory=set)
    calls: list[str] = field(default_factory=list)
    is_import: bool = False


def slice_of(code: str, name: str, *, changed: Collection[str] = ()) -> Slice:
    r"""Return the lines of a cell that made a name.

    Parameters
    ----------
    code : str
        As typed, magics included.
    name : str
        A variable; or the last part of a written file's path, looked for in the text.
    changed : collection of str
        Names that the cell is known to have given another content: a method called on one
        of them may be what did it.

    Examples
    --------
    >>> found = slice_of("a = read('a.csv')\nb = read('b.csv')\nc = a.dropna()", "c")
    >>> found.lines
    ("a = read('a.csv')", 'c = a.dropna()')
    >>> found.calls
    ('read', 'a.dropna')
    """
    text = code.splitlines()
    units = _units(code)
    if units is None:
        return Slice(_shown(text), None, ())
    wanted, chosen = {name}, list[_Unit]()
    is_variable = any(name in unit.stores | unit.changes for unit in units)
    for unit in reversed(units):
        made = unit.stores | {root for root in unit.changes if root in changed}
        named = not is_variable and name in "\n".join(text[unit.first - 1 : unit.last])
        if made & wanted or named:
            wanted -= unit.definite - unit.loads
            wanted |= unit.loads
            chosen.append(unit)
    if not chosen:
        return Slice(_shown(text), None, ())
    chosen.reverse()
    steps = [unit for unit in chosen if not unit.is_import]
    # Two statements may share a line, which is shown once.
    places = dict.fromkeys(at for unit in steps for at in range(unit.first - 1, unit.last))
    lines = [text[at] for at in places]
    calls = tuple(dict.fromkeys(call for unit in chosen for call in unit.calls))
    return Slice(tuple(lines), frozenset(wanted), calls)


def loaded_names(code: str) -> frozenset[str] | None:
    """Return every name that a cell's own lines read; None where it could not be parsed."""
    units = _units(code)
    return None if units is None else frozenset(name for unit in units for name in unit.loads)


@lru_cache(maxsize=1024)
def _units(code: str) -> list[_Unit] | None:
    plain = "\n".join(
        "" if line.lstrip().startswith(_NOT_PYTHON) else line for line in code.splitlines()
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an odd escape in a text is not our affair
        try:
            tree = ast.parse(plain)
            cell = analyse(tree)
        except (SyntaxError, ValueError, RecursionError):
            return None
    units = [
        _Unit(first, last, loads=_loads(node), is_import=isinstance(node, _IMPORTS))
        for node, (first, last) in zip(tree.body, cell.tops, strict=True)
    ]
    for statement in cell.statements:
        _add(units[statement.top], statement, cell)
    return units


def _loads(node: ast.AST) -> set[str]:
    """Return every name read anywhere below, the bodies of functions included."""
    found = (part for part in ast.walk(node) if isinstance(part, ast.Name))
    return {part.id for part in found if not isinstance(part.ctx, ast.Store)}


def _add(unit: _Unit, statement: Statement, cell: CellSource) -> None:
    unit.loads |= statement.loads
    unit.stores |= statement.stores
    unit.changes |= statement.changes
    # In a loop or branch an earlier value may survive.
    if statement.definite and statement.loop is None:
        unit.definite |= statement.stores
    aliases = cell.imports
    for call in statement.calls:
        root, dot, rest = call.path.partition(".")
        unit.calls.append(f"{aliases.get(root, root)}{dot}{rest}" if root else call.path)


def _shown(text: list[str]) -> tuple[str, ...]:
    return tuple(line for line in text if line.strip())
