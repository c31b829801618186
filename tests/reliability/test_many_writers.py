"""R2: sixteen shells write to one store at the same time, and nobody notices."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from reliability.shells import Warm, assert_sound, open_next, problems, rows

WRITERS = 16
CELLS = 200


@pytest.mark.slow
@pytest.mark.timeout(200)
def test_sixteen_shells_of_two_hundred_cells_on_one_store_lose_no_row(
    warm: Warm, tmp_path: Path
) -> None:
    cells = {
        writer: [f"# writer {writer}\nx{n % 7} = [{n}, {writer}]\nprint({n})" for n in range(CELLS)]
        for writer in range(WRITERS)
    }
    shells = [warm.shell(tmp_path) for _ in range(WRITERS)]
    for writer, shell in enumerate(shells):
        shell.begin(*cells[writer])

    shown = [[shell.next().seen for _ in range(CELLS)] for shell in shells]
    last_words = [shell.end() for shell in shells]

    # Not a word on stderr, no error, and each cell printed what it prints alone.
    assert {one[1:] for mine in shown for one in mine} == {("", None)}
    assert [[one[0] for one in mine] for mine in shown] == [
        [f"{n}\n" for n in range(CELLS)]
    ] * WRITERS
    assert last_words == [""] * WRITERS
    open_next(tmp_path)
    found = rows(
        tmp_path, "SELECT source, status FROM execution JOIN code ON code.id = execution.code_id"
    )
    assert Counter(found) == Counter((code, "ok") for mine in cells.values() for code in mine)
    edges = rows(tmp_path, "SELECT execution_id, count(*) FROM generated GROUP BY execution_id")
    assert [count for _, count in edges] == [1] * (WRITERS * CELLS)
    printed = rows(tmp_path, "SELECT execution_id, count(*) FROM output GROUP BY execution_id")
    assert [count for _, count in printed] == [1] * (WRITERS * CELLS)
    # When a session ended is written if the lock is free within 50 ms, else it stays unknown.
    assert len(rows(tmp_path, "SELECT id FROM session")) == WRITERS
    assert problems(tmp_path) == []
    assert_sound(tmp_path)
