"""The saved notebook: what can be read, what is said where it cannot, what counts as the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from trail_rows import Trail

from celltrail.core.redaction import redact_code
from celltrail.lineage.freshness.present_source import PresentCell, is_code_of, present_notebook
from celltrail.store.staleness_rows import HeadRow, code_digest


def saved(folder: Path, *cells: dict[str, Any], nbformat: int = 4) -> Path:
    file = folder / "work.ipynb"
    file.write_text(json.dumps({"nbformat": nbformat, "metadata": {}, "cells": list(cells)}))
    return file


def code(source: Any, **more: Any) -> dict[str, Any]:
    return {"cell_type": "code", "source": source, "metadata": {}, **more}


def test_code_cells_are_read_in_order_with_and_without_ids(tmp_path: Path) -> None:
    file = saved(
        tmp_path,
        code("x = 1\n", id="a"),
        {"cell_type": "markdown", "source": "words", "id": "m"},
        code(["y = 2\n", "z = 3"]),
        code("", metadata={"tags": ["one", 2]}),
    )
    read = present_notebook(file)

    assert read.problem is None
    assert read.cells == (
        PresentCell("a", "x = 1\n"),
        PresentCell(None, "y = 2\nz = 3"),
        PresentCell(None, "", ("one",)),
    )


def test_a_notebook_without_cells_is_known_to_have_none(tmp_path: Path) -> None:
    assert present_notebook(saved(tmp_path)).cells == ()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"{", "not JSON"),
        (b"[1]", "not a notebook"),
        (b"{}", "not a notebook"),
        (b'{"nbformat": 3, "worksheets": []}', "format 3"),
        (b'{"nbformat": 4, "cells": {}}', "format 4"),
        (b"\xff\xfe", "not UTF-8"),
        (b"[" * 100_000, "not JSON"),
    ],
    ids=["broken", "list", "object", "old", "cells", "bytes", "deep"],
)
def test_what_is_no_notebook_is_said_in_words(tmp_path: Path, content: bytes, words: str) -> None:
    file = tmp_path / "work.ipynb"
    file.write_bytes(content)
    read = present_notebook(file)

    assert read.cells is None
    assert words in (read.problem or "")


def test_a_missing_file_an_unreadable_one_and_no_path_are_said_in_words(tmp_path: Path) -> None:
    missing = present_notebook(tmp_path / "gone.ipynb")
    folder = present_notebook(tmp_path)
    nowhere = present_notebook(None)

    assert missing.cells is folder.cells is nowhere.cells is None
    assert "gone.ipynb is not where it was" in (missing.problem or "")
    assert "cannot be read" in (folder.problem or "")
    assert "not known" in (nowhere.problem or "")


def ran(stored: str, *, is_long: bool = False) -> HeadRow:
    digest = code_digest(stored)
    source = None if is_long else stored
    return HeadRow(1, Trail.uuid(1).hex(), 1, None, None, 1, digest, source, 1, "ok", 0, ())


SECRET = "password = 'correct-horse-battery'\nconnect(password)"


@pytest.mark.parametrize(
    ("present", "stored", "is_same"),
    [
        ("x = 1", "x = 1", True),
        ("x = 1\n", "x = 1", True),
        ("x = 1", "x = 1  # more", False),
        (SECRET, redact_code(SECRET).text, True),
        ("print('correct-horse')", "print('‹redacted:password›')", True),
        ("login(1234567890)", 'login("‹redacted:number›")', True),
        ("print('correct-horse', 2)", "print('‹redacted:password›')", False),
        ("show('correct-horse')", "print('‹redacted:password›')", False),
    ],
    ids=["same", "end", "other", "redacted", "learnt", "number", "more", "other call"],
)
def test_code_is_compared_without_its_secrets(present: str, stored: str, is_same: bool) -> None:
    assert is_code_of(PresentCell(None, present), ran(stored)) is is_same


def test_long_code_is_compared_by_its_digest() -> None:
    assert is_code_of(PresentCell(None, SECRET), ran(redact_code(SECRET).text, is_long=True))
    assert not is_code_of(PresentCell(None, "x = 2"), ran("x = 1", is_long=True))


@pytest.mark.parametrize(
    ("cell", "leaves_a_trace"),
    [
        (PresentCell("a", "x = 1"), True),
        (PresentCell("a", "# only words"), True),
        (PresentCell("a", " \n"), False),
        (PresentCell("a", "# celltrail: off\nx = 1"), False),
        (PresentCell("a", "%%mlops off\nx = 1"), False),
        (PresentCell("a", "x = 1", ("celltrail-off",)), False),
    ],
    ids=["code", "comment", "blank", "off", "directive", "tag"],
)
def test_empty_and_switched_off_cells_leave_no_trace(
    cell: PresentCell, leaves_a_trace: bool
) -> None:
    assert cell.is_recorded is leaves_a_trace
