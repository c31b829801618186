"""R3: a store that cannot be written never disturbs a cell, and nothing is lost by it."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from reliability.shells import (
    Ran,
    Shell,
    Warm,
    assert_sound,
    locked,
    open_next,
    problems,
    rows,
    statuses,
)

WORST_SECONDS = 0.1
GARBAGE = b"\xa5" * 4096  # a page

CELLS = (
    "import pandas as pd\ndf = pd.DataFrame({'a': range(50)})",
    "df.loc[0, 'a'] = 99\nprint(df['a'].sum())",
    "df.head(2)",
    "1 / 0",
    "from sklearn.metrics import accuracy_score\nprint(accuracy_score([1, 0], [1, 1]))",
    "big = 'abc' * 1000\nbig[:3]",
)


@pytest.fixture(scope="module")
def undisturbed(warm: Warm, tmp_path_factory: pytest.TempPathFactory) -> list[Ran]:
    """What `CELLS` show where nothing records."""
    with warm.shell(tmp_path_factory.mktemp("plain"), record=False) as shell:
        return shell.run(*CELLS)


def assert_undisturbed(ran: list[Ran], undisturbed: list[Ran], *, messages: int) -> None:
    """The same outputs and errors; on stderr at most `messages` of ours, and only ours."""
    assert [shown(one) for one in ran] == [shown(one) for one in undisturbed]
    said = "".join(one.stderr for one in ran)
    lines = [line for line in said.splitlines() if line]
    ours = [line for line in lines if line.startswith("celltrail: ")]
    hints = [line for line in lines if line.startswith("Hint: ")]
    assert len(ours) == messages, said
    assert len(hints) <= messages
    assert len(lines) == len(ours) + len(hints), said


def shown(ran: Ran) -> tuple[str, str | None]:
    """What a cell showed, without the numbers of prompts: other cells may have run before it."""
    return re.sub(r"\b(In|Out)\[\d+\]", r"\1[…]", ran.stdout), ran.error


def assert_nothing_lost(folder: Path, *cells: str) -> None:
    open_next(folder)
    assert list(statuses(folder)) == list(dict.fromkeys(cells))
    assert set(statuses(folder).values()) <= {"ok", "error"}
    assert_sound(folder)


def waiting(shell: Shell) -> int:
    return int(shell.python("result = shell.celltrail_hooks.recorder.writer.spooled"))


# --- full disks ----------------------------------------------------------------------------------


@pytest.mark.parametrize("when", ["before the first cell", "between cells"])
def test_a_disk_that_is_full_only_makes_records_wait(
    when: str, warm: Warm, tmp_path: Path, undisturbed: list[Ran]
) -> None:
    with warm.shell(tmp_path) as shell:
        early = () if when == "before the first cell" else ("early = 1",)
        shell.run(*early)
        size = 4000 if not early else (tmp_path / ".celltrail" / "trail.db").stat().st_size + 1
        shell.python(
            "import resource\n"
            "before = resource.getrlimit(resource.RLIMIT_FSIZE)\n"
            f"resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, before[1]))"
        )

        ran = shell.run(*CELLS)
        waits = waiting(shell)
        shell.python("resource.setrlimit(resource.RLIMIT_FSIZE, before)")
        shell.end()

    assert waits >= 2 if not early else waits >= 0
    assert_undisturbed(ran, undisturbed, messages=int(waits > 0))
    assert_nothing_lost(tmp_path, *early, *CELLS)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of one MiB of its own."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "celltrail-test", str(place)]
    if os.geteuid() != 0 or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("mounting a small disk takes the rights of root")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def test_a_small_disk_that_fills_up_while_recording_loses_nothing(
    warm: Warm, small_disk: Path, tmp_path: Path, undisturbed: list[Ran]
) -> None:
    environ = {"HOME": str(tmp_path), "TMPDIR": str(tmp_path)}  # another disk, with room
    with warm.shell(small_disk, environ=environ) as shell:
        shell.run("early = 1")
        filler = small_disk / "filler"
        with filler.open("wb", buffering=0) as stream, contextlib.suppress(OSError):
            while stream.write(b"x" * 4096):
                pass

        # The log of the store has room left that it took before; a big record has not.
        ran = shell.run(*CELLS, "text = '#' * 300_000; print(text)")
        assert waiting(shell) > 0
        filler.unlink()
        time.sleep(1.1)  # the writer tries again once a second
        shell.run("late = 1")
        assert waiting(shell) == 0
        shell.end()

    assert_undisturbed(
        ran[:-1], undisturbed, messages=sum("celltrail" in r.stderr for r in ran[:-1])
    )
    assert sum(one.stderr.count("celltrail: ") for one in ran) == 1
    assert_nothing_lost(
        small_disk, "early = 1", *CELLS, "text = '#' * 300_000; print(text)", "late = 1"
    )


def test_a_disk_that_is_full_everywhere_keeps_records_in_memory(
    warm: Warm, small_disk: Path, undisturbed: list[Ran]
) -> None:
    with warm.shell(small_disk) as shell:  # home and temporary files on that disk too
        shell.run("early = 1")
        filler = small_disk / "filler"
        with filler.open("wb", buffering=0) as stream, contextlib.suppress(OSError):
            while stream.write(b"x" * 4096):
                pass
        with filler.open("ab", buffering=0) as stream, contextlib.suppress(OSError):
            while stream.write(b"x"):
                pass

        big = "text = '#' * 300_000; print(text)"
        ran = shell.run(big, *CELLS)
        assert waiting(shell) > 0
        filler.unlink()
        time.sleep(1.1)
        shell.run("late = 1")
        shell.end()

    assert_undisturbed(ran[1:], undisturbed, messages=sum("celltrail" in r.stderr for r in ran[1:]))
    assert_nothing_lost(small_disk, "early = 1", big, *CELLS, "late = 1")


# --- locks ---------------------------------------------------------------------------------------


def test_a_lock_held_for_five_seconds_costs_a_cell_less_than_a_tenth_of_one(
    warm: Warm, tmp_path: Path, undisturbed: list[Ran]
) -> None:
    with warm.shell(tmp_path) as shell:
        shell.run("early = 1")
        with locked(tmp_path):
            ran = shell.run(*CELLS)
            held = time.monotonic()
            cells = []
            seconds = []
            while time.monotonic() < held + 5:
                cells.append(f"x = {len(cells)}")
                (one,) = shell.run(cells[-1])
                seconds.append(one.seconds)
                time.sleep(0.02)
            said = shell.run("late = 1")[0].stderr
        shell.end()

    assert_undisturbed(ran, undisturbed, messages=sum("celltrail" in one.stderr for one in ran))
    assert said == ""  # it was said before, once
    # Others share the machine: one cell in ten may be held up by them, not by us.
    assert statistics.quantiles(seconds, n=10)[-1] < WORST_SECONDS
    assert_nothing_lost(tmp_path, "early = 1", *CELLS, *cells, "late = 1")


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_lock_held_for_a_minute_is_said_once_and_merged_by_the_next_cell_after_it(
    warm: Warm, tmp_path: Path
) -> None:
    cells = ["early = 1"]
    ran = []
    with warm.shell(tmp_path) as shell:
        shell.run(*cells)
        with locked(tmp_path):
            until = time.monotonic() + 60
            while time.monotonic() < until:
                cells.append(f"x = {len(cells)}\nprint(x)")
                ran += shell.run(cells[-1])
                time.sleep(0.25)
        waited = waiting(shell)
        deadline = time.monotonic() + 30
        while waiting(shell) and time.monotonic() < deadline:
            cells.append(f"y = {len(cells)}\nprint(y)")
            ran += shell.run(cells[-1])
            time.sleep(0.1)
        left = waiting(shell)
        shell.end()

    assert waited >= len(ran) / 2
    assert left == 0  # the living session merged its own
    assert [one.stdout for one in ran] == [f"{n}\n" for n in range(1, len(cells))]
    assert sum(one.stderr.count("celltrail: ") for one in ran) == 1
    assert statistics.quantiles([one.seconds for one in ran], n=10)[-1] < WORST_SECONDS
    assert_nothing_lost(tmp_path, *cells)


# --- what is wrong with the file -----------------------------------------------------------------


def test_a_corrupt_page_found_at_opening_makes_records_wait_for_the_repair(
    warm: Warm, tmp_path: Path, undisturbed: list[Ran]
) -> None:
    with warm.shell(tmp_path) as shell:
        shell.run("early = 1")
        shell.end()
    file = tmp_path / ".celltrail" / "trail.db"
    whole = file.read_bytes()
    file.write_bytes(whole[:4096] + b"\xa5" * (len(whole) - 4096))

    with warm.shell(tmp_path) as shell:
        ran = shell.run(*CELLS)
        assert waiting(shell) >= 2 * len(CELLS)
        shell.end()

    assert_undisturbed(ran, undisturbed, messages=1)
    file.write_bytes(whole)
    assert_nothing_lost(tmp_path, "early = 1", *CELLS)


def test_a_page_that_goes_bad_under_a_living_shell_disturbs_no_cell(
    warm: Warm, tmp_path: Path, undisturbed: list[Ran]
) -> None:
    with warm.shell(tmp_path) as other:
        other.run("early = 1")
        other.end()
    file = tmp_path / ".celltrail" / "trail.db"
    with warm.shell(tmp_path) as shell:
        shell.run("early_too = 1")
        whole = file.read_bytes()
        with file.open("r+b") as stream:
            stream.seek(4096)
            stream.write(GARBAGE * (len(whole) // 4096 - 1))
        # A new process has no page of the file in memory; this one may have all of them.
        shell.python(
            "connection = shell.celltrail_hooks.recorder.writer._rows.connection\n"
            "connection.execute('PRAGMA shrink_memory')"
        )

        ran = shell.run(*CELLS)
        shell.end()
    with file.open("r+b") as stream:
        for at in range(4096, len(whole), 4096):  # the disk is well again where it was not
            stream.seek(at)
            if stream.read(4096) == GARBAGE:
                stream.seek(at)
                stream.write(whole[at : at + 4096])

    assert_undisturbed(ran, undisturbed, messages=sum("celltrail" in one.stderr for one in ran))
    assert sum(one.stderr.count("celltrail: ") for one in ran) <= 1
    assert_nothing_lost(tmp_path, "early = 1", "early_too = 1", *CELLS)


def test_a_store_of_a_newer_version_makes_records_wait_for_the_update(
    warm: Warm, tmp_path: Path, undisturbed: list[Ran]
) -> None:
    with warm.shell(tmp_path) as shell:
        shell.run("early = 1")
        shell.end()
    write(
        tmp_path,
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
        " VALUES ('celltrail', 'v9999_later', '2040-01-01')",
    )

    with warm.shell(tmp_path) as shell:
        ran = shell.run(*CELLS)
        assert waiting(shell) >= 2 * len(CELLS)
        shell.end()

    assert_undisturbed(ran, undisturbed, messages=1)
    assert list(statuses(tmp_path)) == ["early = 1"]
    write(tmp_path, "DELETE FROM _sqlite_migrations WHERE name = 'v9999_later'")
    assert_nothing_lost(tmp_path, "early = 1", *CELLS)


def write(folder: Path, statement: str) -> None:
    import sqlite3

    with contextlib.closing(sqlite3.connect(folder / ".celltrail" / "trail.db")) as connection:
        connection.execute(statement)
        connection.commit()


# --- folders -------------------------------------------------------------------------------------


@pytest.fixture
def private_folder() -> Iterator[Path]:
    """A folder whose modes the tests change."""
    folder = Path(tempfile.mkdtemp(prefix="celltrail-test-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


# Root passes by file modes; without two of its capabilities it is bound by them as anyone is.
# (A change of user would bind it too, and shut it out of a checkout in a private folder.)
BOUND_BY_MODES = """
import os
if os.geteuid() == 0:
    import ctypes
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    sets = (ctypes.c_uint32 * 6)()
    library = ctypes.CDLL(None, use_errno=True)
    if library.capget(header, sets):
        raise OSError(ctypes.get_errno(), "capget")
    overriding = 1 << 1 | 1 << 2  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
    for position in (0, 1):  # effective, permitted
        sets[position] &= ~overriding
    if library.capset(header, sets):
        raise OSError(ctypes.get_errno(), "capset")
"""


def chmod_all(store: Path, mode: int) -> None:
    for place in (store, *store.rglob("*")):
        place.chmod(mode | 0o100 if place.is_dir() else mode)


@pytest.mark.parametrize("when", ["before the first cell", "between cells"])
def test_a_read_only_folder_makes_records_wait_elsewhere(
    when: str, warm: Warm, private_folder: Path, undisturbed: list[Ran]
) -> None:
    store = private_folder / ".celltrail"
    early = ("early = 1",)
    with warm.shell(private_folder, prelude=BOUND_BY_MODES) as shell:
        shell.run(*early)
        if when == "before the first cell":
            shell.end()
            chmod_all(store, 0o400)
            shell = warm.shell(private_folder, prelude=BOUND_BY_MODES)  # noqa: PLW2901
        else:
            chmod_all(store, 0o400)

        ran = shell.run(*CELLS)
        waited = waiting(shell)
        shell.end()

    if when == "before the first cell":
        assert waited >= 2 * len(CELLS)
    assert_undisturbed(ran, undisturbed, messages=int(waited > 0))
    chmod_all(store, 0o600)
    assert_nothing_lost(private_folder, *early, *CELLS)


def test_a_folder_in_which_no_store_can_be_made_disturbs_no_cell(
    warm: Warm, private_folder: Path, undisturbed: list[Ran]
) -> None:
    with warm.shell(private_folder, prelude=BOUND_BY_MODES) as shell:
        private_folder.chmod(0o500)
        ran = shell.run(*CELLS)
        assert waiting(shell) >= 2 * len(CELLS)
        shell.end()
    assert_undisturbed(ran, undisturbed, messages=1)

    private_folder.chmod(0o700)
    with warm.shell(private_folder, prelude=BOUND_BY_MODES) as shell:  # the next opener
        shell.run("late = 1")
        shell.end()
    found = statuses(private_folder)
    assert set(found) == {*CELLS, "late = 1"}
    assert_sound(private_folder)


def test_a_store_removed_between_cells_is_made_again(
    warm: Warm, tmp_path: Path, undisturbed: list[Ran]
) -> None:
    with warm.shell(tmp_path) as shell:
        shell.run("early = 1")
        shutil.rmtree(tmp_path / ".celltrail")
        ran = shell.run(*CELLS)
        shell.end()

    assert_undisturbed(ran, undisturbed, messages=0)
    assert_nothing_lost(tmp_path, *CELLS)
    assert problems(tmp_path) == []


def test_a_store_removed_by_a_cell_holds_that_cell_and_those_after_it(
    warm: Warm, tmp_path: Path, undisturbed: list[Ran]
) -> None:
    removing = "import shutil\nshutil.rmtree('.celltrail')"
    with warm.shell(tmp_path) as shell:
        shell.run("early = 1")
        (removed,) = shell.run(removing)
        ran = shell.run(*CELLS)
        shell.end()

    assert removed.seen == ("", "", None)
    assert_undisturbed(ran, undisturbed, messages=0)
    assert_nothing_lost(tmp_path, removing, *CELLS)


def test_what_waits_is_merged_with_its_lineage_by_the_next_shell(
    warm: Warm, tmp_path: Path
) -> None:
    with warm.shell(tmp_path) as shell:
        shell.run("early = 1")
        with locked(tmp_path):
            shell.run(*CELLS)
            assert waiting(shell) > 0
            shell.kill()

    with warm.shell(tmp_path) as following:
        following.run("late = 1")
        following.end()

    assert list(statuses(tmp_path)) == ["early = 1", *CELLS, "late = 1"]
    edges = rows(
        tmp_path,
        "SELECT used.name, made.source FROM used JOIN execution ON execution.id = source_id"
        " JOIN code AS made ON made.id = execution.code_id WHERE used.name = 'df' ORDER BY 1, 2",
    )
    assert ("df", CELLS[0]) in edges
    assert ("df", CELLS[1]) in edges  # the change in place is the newest source
    assert rows(tmp_path, "SELECT name, value FROM metric") == [("accuracy_score", 0.5)]
    assert_sound(tmp_path)
