"""Killed writers and many writers: what was acknowledged is there, and the file is sound.

A driver process forks a writer per kill, which costs milliseconds where a fresh
interpreter would cost half a second. The writer acknowledges each finished cell with
one line on a pipe, as a kernel does with `execute_reply`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from trail_writing import finished, is_sound, rows

from celltrail.store.recording import merge_spools

CELLS = 4
_PRELUDE = """
import json, os, random, signal, sqlite3, sys, time
from pathlib import Path
from trail_writing import Kernel, finish_record, rich_record, start_record

def cells(store, count, acknowledge, pause=0.0):
    kernel = Kernel(store)
    last = None
    for _ in range(count):
        start = start_record(kernel.session.id, code=f"x = {os.getpid()}")
        kernel.writer.begin(start)
        time.sleep(pause)
        kernel.writer.finish(rich_record(start, last))
        last = start.id
        os.write(acknowledge, f"{start.id}\\n".encode())
    kernel.writer.close()
    return kernel

def in_child(work):
    "Run work(write_end) in a forked child; return its acknowledgements and whether it ended."
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        try:
            work(writer)
            os._exit(0)
        except BaseException:
            import traceback; traceback.print_exc()
            os._exit(1)
    os.close(writer)
    return child, reader

def collect(child, reader):
    acknowledged = b""
    while data := os.read(reader, 65536):
        acknowledged += data
    os.close(reader)
    _, status = os.waitpid(child, 0)
    return acknowledged.decode().split(), status
"""


def drive(script: str, *arguments: object) -> str:
    done = subprocess.run(
        [sys.executable, "-c", _PRELUDE + textwrap.dedent(script), *map(str, arguments)],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])},
        timeout=250,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


def assert_nothing_acknowledged_is_lost(store: Path, acknowledged: list[str]) -> None:
    merge_spools(store, environ={})
    present = finished(store)
    assert set(acknowledged) <= present.keys()
    assert len(present) <= len(acknowledged) + 1  # one may be written, its answer not sent
    assert rows(store, "SELECT count(*) FROM execution WHERE status = 'running'") == [(0,)]
    for (count,) in rows(
        store,
        "SELECT count(*) FROM execution LEFT JOIN metric ON execution_id = execution.id"
        " WHERE ended_at IS NOT NULL GROUP BY execution.id",
    ):
        assert count == 1  # a finished row has all that belongs to it
    assert is_sound(store)


@pytest.mark.slow
def test_a_kill_at_any_statement_loses_no_finished_cell(tmp_path: Path) -> None:
    script = """
    connect = sqlite3.connect
    folder, cells_each = Path(sys.argv[1]), int(sys.argv[2])

    def killed_at(n, store):
        left = [n]
        def count(statement):
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
        def traced(*arguments, **options):
            connection = connect(*arguments, **options)
            connection.set_trace_callback(count)
            return connection
        def work(pipe):
            sqlite3.connect = traced
            cells(store, cells_each, pipe)
        return work

    n = 1
    while True:
        store = folder / str(n) / ".celltrail"
        acknowledged, status = collect(*in_child(killed_at(n, store)))
        print(json.dumps([n, acknowledged]), flush=True)
        if status == 0:
            break
        assert os.WTERMSIG(status) == signal.SIGKILL, status
        n += 1
    """

    kills = [json.loads(line) for line in drive(script, tmp_path, CELLS).splitlines()]

    assert len(kills) > 100  # it did stop at every statement of four cells
    assert len(kills[-1][1]) == CELLS
    for n, acknowledged in kills:
        store = tmp_path / str(n) / ".celltrail"
        if (store / "trail.db").exists() and rows(store, "SELECT 1 FROM sqlite_master"):
            assert_nothing_acknowledged_is_lost(store, acknowledged)
        else:
            assert acknowledged == []


@pytest.mark.slow
def test_kills_at_random_times_on_one_store_lose_no_finished_cell(tmp_path: Path) -> None:
    script = """
    store = Path(sys.argv[1])
    random.seed(int(sys.argv[2]))
    acknowledged = []
    for _ in range(60):
        child, reader = in_child(lambda pipe: cells(store, 10_000, pipe))
        time.sleep(random.uniform(0.0, 0.08))
        os.kill(child, signal.SIGKILL)
        acknowledged += collect(child, reader)[0]
    print(json.dumps(acknowledged))
    """
    store = tmp_path / ".celltrail"

    acknowledged = json.loads(drive(script, store, 7))

    merge_spools(store, environ={})
    present = finished(store)
    assert len(acknowledged) > 500
    assert set(acknowledged) <= present.keys()
    assert len(present) <= len(acknowledged) + 60
    assert rows(store, "SELECT count(*) FROM execution WHERE status = 'running'") == [(0,)]
    assert is_sound(store)


@pytest.mark.slow
def test_sixteen_writers_on_one_store_lose_nothing(tmp_path: Path) -> None:
    script = """
    store = Path(sys.argv[1])
    def work(pipe):
        kernel = cells(store, 200, pipe, pause=0.002)
        print(json.dumps([kernel.said, [p.message for p in kernel.writer.problems]]), flush=True)
    children = [in_child(work) for _ in range(16)]
    acknowledged = [collect(*child) for child in children]
    assert all(status == 0 for _, status in acknowledged)
    print(json.dumps([one for ids, _ in acknowledged for one in ids]))
    """
    store = tmp_path / ".celltrail"

    *told, acknowledged = map(json.loads, drive(script, store).splitlines())

    merge_spools(store, environ={})
    assert len(acknowledged) == 16 * 200
    assert finished(store) == dict.fromkeys(acknowledged, "ok")
    assert rows(store, "SELECT count(*) FROM metric") == [(3200,)]
    assert rows(store, "SELECT count(*) FROM used WHERE source_id IS NOT NULL") == [(16 * 199,)]
    assert [problems for _, problems in told] == [[]] * 16
    assert is_sound(store)
    print(sum(bool(said) for said, _ in told), "writers were told of a lock")
