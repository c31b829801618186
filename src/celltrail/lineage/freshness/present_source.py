"""The notebook as it is saved: its code cells in order, and whether they are what ran."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from celltrail.core.directive import is_switched_off
from celltrail.core.redaction import MARK, redact_code
from celltrail.store.database import Connection
from celltrail.store.staleness_rows import HeadRow, code_digest, earlier_cells, session_facts

_MARKED = re.compile(r'("‹redacted:[a-z]+›"|‹redacted:[a-z]+›|<redacted:[a-z]+>)')


@dataclass(frozen=True, slots=True)
class PresentCell:
    """One code cell of the notebook as saved.

    Attributes
    ----------
    id : str or None
        None in notebooks written before format 4.5.
    source : str
    tags : tuple of str
    """

    id: str | None
    source: str
    tags: tuple[str, ...] = ()

    @property
    def is_recorded(self) -> bool:
        """Whether running it leaves a trace: it is not empty and not switched off."""
        return bool(self.source.strip()) and not is_switched_off(self.source, self.tags)


@dataclass(frozen=True, slots=True)
class PresentNotebook:
    """The code cells in order; None, with the problem in words, where they cannot be read."""

    cells: tuple[PresentCell, ...] | None
    problem: str | None = None


def executed_notebook(
    connection: Connection, path: str | None, cells: Sequence[str]
) -> PresentNotebook:
    """Return cells of an open notebook with the code that each ran last, empty for the others."""
    scope = session_facts(connection, path, None)
    if scope is None:
        return PresentNotebook(())
    codes = {head.cell: head.source or "" for head in earlier_cells(connection, scope, cells)}
    return PresentNotebook(tuple(PresentCell(cell, codes.get(cell, "")) for cell in cells))


def present_notebook(path: str | Path | None) -> PresentNotebook:
    """Return the code cells of a saved notebook (format 4, with or without cell ids).

    Parameters
    ----------
    path : str, Path or None
        None: nobody knows which file it is.

    Returns
    -------
    PresentNotebook
        Its `problem` says why there are no cells: the file is missing, cannot be read, or is
        no notebook of format 4.
    """
    if path is None:
        return PresentNotebook(None, "which file holds the notebook is not known")
    file = Path(path)
    try:
        text = file.read_text("utf-8")
    except FileNotFoundError:
        return PresentNotebook(None, f"{file.name} is not where it was ({file.parent})")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        return PresentNotebook(None, f"{file.name} cannot be read ({reason})")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return PresentNotebook(None, f"{file.name} is not JSON, as a saved notebook is")
    return _read(document, file.name)


def _read(document: Any, name: str) -> PresentNotebook:
    if not isinstance(document, dict) or "nbformat" not in document:
        return PresentNotebook(None, f"{name} is not a notebook")
    version, cells = document["nbformat"], document.get("cells")
    if version != 4 or not isinstance(cells, list):
        return PresentNotebook(None, f"{name} is in notebook format {version}; 4 can be read")
    return PresentNotebook(
        tuple(
            _cell(cell)
            for cell in cells
            if isinstance(cell, dict) and cell.get("cell_type") == "code"
        )
    )


def _cell(cell: dict[str, Any]) -> PresentCell:
    source = cell.get("source", "")
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    metadata = cell.get("metadata")
    tags = metadata.get("tags") if isinstance(metadata, dict) else None
    return PresentCell(
        cell["id"] if isinstance(cell.get("id"), str) else None,
        source if isinstance(source, str) else "",
        tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else (),
    )


def is_code_of(cell: PresentCell, execution: HeadRow) -> bool:
    """Return whether a cell's present source is what an execution ran.

    The trail holds code without its secrets: they match anything here. White space at the
    end does not count.
    """
    source = cell.source
    if code_digest(source) == execution.digest:
        return True
    stored = execution.source
    if stored is None:  # long code is known by its digest alone
        found = redact_code(source).text
        return execution.digest in {code_digest(t) for t in (found, found.rstrip(), f"{found}\n")}
    stored = stored.rstrip()
    if source.rstrip() == stored:
        return True
    if MARK.search(stored) is None:
        return False
    if redact_code(source).text.rstrip() == stored:
        return True
    # What a session had learnt to be secret it took out elsewhere too; a number as a text.
    pattern = "".join(_pattern(part) for part in _MARKED.split(stored))
    return re.fullmatch(pattern, source.rstrip()) is not None


def _pattern(part: str) -> str:
    """What a part of the stored code stands for in the code as it is typed."""
    if MARK.search(part) is None:
        return re.escape(part)
    quote = part[0] if part[0] == part[-1] == '"' else ""
    return rf"(?:{quote}[^'\"]+{quote}|[\w.+-]+)"
