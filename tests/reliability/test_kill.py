"""R1: a shell or kernel that is killed loses no cell whose answer had come (target: 0 of 200)."""

from __future__ import annotations

import asyncio
import contextlib
import os
import queue
import random
import shutil
import signal
import sqlite3
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.manager import AsyncKernelManager
from reliability.shells import Warm, assert_sound, open_next, statuses

# Cells that write into most tables: a frame, a change in place, a metric, an error, outputs.
CELLS = (
    "import pandas as pd\ndf = pd.DataFrame({{'a': [1, 2, {n}]}})",
    "df.loc[0, 'a'] = {n}\ndepth = 3\nprint(df)",
    "from sklearn.metrics import accuracy_score\nprint(accuracy_score([1, 0], [1, 1]), {n})",
    "total = df['a'].sum() / 0 if {n} < 0 else len(df)\n1 / 0",
)
# Counts statements on the trail only, so that n means the same on every run.
KILL_AT_STATEMENT = """
import os, signal, sqlite3
left, connect = [{n}], sqlite3.connect
def count(statement):
    left[0] -= 1
    if left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
def traced(database, *arguments, **options):
    connection = connect(database, *arguments, **options)
    if "trail.db" in str(database):
        connection.set_trace_callback(count)
    return connection
sqlite3.connect = traced
"""


def cells_of(number: int) -> list[str]:
    return [f"# kill {number}\n" + cell.format(n=number) for cell in CELLS]


def assert_kept(folder: Path, cells: list[str], answered: int, *, in_flight: int = 0) -> None:
    """What was answered is finished; at most one more was begun, and is finished or aborted.

    A kernel's answers may also die on their way: `in_flight` more may be finished then.
    """
    found = statuses(folder)
    finished = {code for code, status in found.items() if status in {"ok", "error"}}
    assert set(cells[:answered]) <= finished
    mine = [code for code in cells if code in found]
    assert mine == cells[: len(mine)]
    assert len(mine) <= answered + in_flight + 1
    assert {found[code] for code in mine[:-1]} <= {"ok", "error"}
    assert {found[code] for code in mine[-1:]} <= {"ok", "error", "aborted"}


@pytest.mark.slow
@pytest.mark.timeout(280)
def test_a_kill_at_every_statement_of_a_new_store_loses_no_answered_cell(
    warm: Warm, tmp_path: Path
) -> None:
    cells = cells_of(0)[:2]
    kills = 0
    for n in range(1, 1000):
        folder = tmp_path / str(n)
        folder.mkdir()
        answered = killed_at_statement(warm, folder, cells, n)
        if answered is None:
            break
        kills += 1
        open_next(folder)
        assert_kept(folder, cells, answered)
        assert_sound(folder)

    assert kills > 50  # it did stop at each statement that makes the tables and writes two cells


@pytest.mark.slow
@pytest.mark.timeout(280)
def test_a_kill_at_every_statement_of_a_store_in_use_is_repaired_by_the_next_shell(
    warm: Warm, tmp_path: Path
) -> None:
    kills: list[tuple[list[str], int]] = []
    with warm.shell(tmp_path) as shell:
        shell.run("x = 1")
        shell.end()
    for n in range(1, 1000):
        cells = cells_of(n)
        answered = killed_at_statement(warm, tmp_path, cells, n)
        if answered is None:
            break
        kills.append((cells, answered))
        found = statuses(tmp_path)
        assert all(found[code] in {"ok", "error"} for code in cells[:answered])  # at once

    open_next(tmp_path)
    assert len(kills) > 50
    for cells, answered in kills:
        assert_kept(tmp_path, cells, answered)
    assert "aborted" in statuses(tmp_path).values()
    assert_sound(tmp_path)


def killed_at_statement(warm: Warm, folder: Path, cells: list[str], n: int) -> int | None:
    """Return how many cells were answered before the `n`-th statement; None if all ran."""
    shell = warm.shell(folder, prelude=KILL_AT_STATEMENT.format(n=n))
    shell.begin(*cells)
    answered = 0
    with contextlib.suppress(ConnectionError):
        while answered < len(cells):
            shell.next()
            answered += 1
        shell.kill()
        return None
    shell.drain()
    return answered


@pytest.mark.slow
@pytest.mark.timeout(280)
def test_ninety_kills_at_random_times_lose_no_answered_cell(warm: Warm, tmp_path: Path) -> None:
    chance = random.Random(20240607)
    kills: list[tuple[list[str], int]] = []
    for number in range(90):
        cells = [cell for turn in range(40) for cell in cells_of(1000 * number + turn)]
        shell = warm.shell(tmp_path)
        shell.begin(*cells)
        early = 0
        if number % 2:  # every other one dies in a session that is under way
            shell.next()
            early = 1
        time.sleep(chance.uniform(0.0, 0.25))
        kills.append((cells, early + shell.kill()))

    open_next(tmp_path)
    assert sum(answered for _, answered in kills) >= 45
    for cells, answered in kills:
        assert_kept(tmp_path, cells, answered)
    assert "aborted" in statuses(tmp_path).values()
    assert_sound(tmp_path)


@pytest.mark.kernel
@pytest.mark.slow
@pytest.mark.timeout(280)
def test_twenty_kills_of_real_kernels_lose_no_cell_that_was_replied_to(tmp_path: Path) -> None:
    kills = asyncio.run(kill_kernels(tmp_path, 20, random.Random(7)))

    open_next(tmp_path)
    assert len(kills) == 20
    assert sum(replied for _, replied in kills) > 20
    for cells, replied in kills:
        assert_kept(tmp_path, cells, replied, in_flight=len(cells))
    assert_sound(tmp_path)


async def kill_kernels(folder: Path, count: int, chance: random.Random) -> list[Any]:
    """Kill kernels on one store, two at a time; return what each was sent and replied to."""
    delays = [chance.uniform(0.0, 0.5) for _ in range(count)]
    two = asyncio.Semaphore(2)

    async def one(number: int) -> tuple[list[str], int]:
        async with two:
            return await kill_kernel(folder, number, delays[number])

    return await asyncio.gather(*[one(number) for number in range(count)])


async def kill_kernel(folder: Path, number: int, delay: float) -> tuple[list[str], int]:
    cells = [f"# kernel {number}.{n}\nx{n} = [{n}] * 100\nprint(x{n})" for n in range(400)]
    # A socket's path may have about 100 characters; pytest's folders are longer.
    sockets = tempfile.mkdtemp(prefix="ctk")
    manager = AsyncKernelManager(kernel_name="python3", transport="ipc", ip=f"{sockets}/k")
    await manager.start_kernel(
        cwd=str(folder),
        env=os.environ | {"CELLTRAIL_STORE": str(folder / ".celltrail"), "HOME": str(folder)},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    client = manager.client()
    client.start_channels()
    try:
        await client.wait_for_ready(timeout=120)
        requests = {client.execute(cell) for cell in cells}
        replied = 0
        while replied < 1:  # the first cell imports; the kill must land in any of them
            replied += await is_reply(client, requests, wait_seconds=120)
        await asyncio.sleep(delay)
        os.kill(manager.provisioner.pid, signal.SIGKILL)
        with contextlib.suppress(queue.Empty):
            while True:  # what was on its way in the socket was received
                replied += await is_reply(client, requests, wait_seconds=0.5)
    finally:
        client.stop_channels()
        await manager.shutdown_kernel(now=True)
        shutil.rmtree(sockets)
    return cells, replied


async def is_reply(client: Any, requests: set[str], *, wait_seconds: float) -> bool:
    message = await client.get_shell_msg(timeout=wait_seconds)
    is_ours = message["parent_header"].get("msg_id") in requests
    return is_ours and message["msg_type"] == "execute_reply"


def test_a_killed_shell_leaves_no_lock(warm: Warm, tmp_path: Path) -> None:
    shell = warm.shell(tmp_path)
    shell.run("x = 1")
    shell.begin("import time; time.sleep(60)")
    wait_for_running(tmp_path)
    shell.kill()

    with contextlib.closing(sqlite3.connect(tmp_path / ".celltrail" / "trail.db")) as connection:
        connection.execute("PRAGMA busy_timeout = 0")
        connection.execute("BEGIN IMMEDIATE")

    with warm.shell(tmp_path) as following:
        following.run("y = 2")
        assert list(statuses(tmp_path).values()) == ["ok", "aborted", "ok"]
        assert len(list((tmp_path / ".celltrail" / "sessions").iterdir())) == 1
        following.end()
    assert_sound(tmp_path)


def wait_for_running(folder: Path) -> None:
    deadline = time.monotonic() + 60
    while "running" not in statuses(folder).values():
        assert time.monotonic() < deadline
        time.sleep(0.01)
