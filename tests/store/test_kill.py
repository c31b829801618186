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
    for n in range(count):
        if n % 10 == 0:
            last = None  # the longer the chain, the longer its projection holds the lock
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
def test_a_kill_at_any_statement_of_a_merge_loses_and_doubles_nothing(tmp_path: Path) -> None:
    script = """
    from celltrail.core.records import encode
    from celltrail.store.spool import merge_spools
    connect = sqlite3.connect
    store = Path(sys.argv[1])
    kernel = Kernel(store)
    kernel.run()
    kernel.writer.close()
    wanted, lines = [], []
    dead = Kernel(store)
    for n in range(60):  # more than one transaction
        start = start_record(dead.session.id)
        lines += [start, rich_record(start, wanted[-1] if wanted else None)]
        wanted.append(start.id)
    text = "".join(json.dumps(encode(line)) + "\\n" for line in [dead.session, *lines])
    (store / "spool").mkdir(exist_ok=True)
    (store / "spool" / f"{dead.session.id}.jsonl").write_text(text)

    n, status = 1, -1
    while status:
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
            merge_spools(store, environ={})
        _, status = collect(*in_child(work))
        n += 23
    print(json.dumps([n, wanted]))
    """
    store = tmp_path / ".celltrail"

    n, wanted = json.loads(drive(script, store))

    assert n > 500
    assert set(wanted) < finished(store).keys()
    assert rows(store, "SELECT count(*), count(DISTINCT execution_id) FROM metric") == [(60, 60)]
    assert rows(store, "SELECT count(*) FROM used WHERE source_id IS NOT NULL") == [(59,)]
    assert rows(store, "SELECT count(*) FROM result") == [(60,)]
    assert list((store / "spool").iterdir()) == []
    assert is_sound(store)


@pytest.mark.slow
def test_kills_at_random_times_on_one_store_lose_no_finished_cell(tmp_path: Path) -> None:
    script = """
    store = Path(sys.argv[1])
    random.seed(int(sys.argv[2]))
    acknowledged = []
    kills = 0
    while kills < 40 or (len(acknowledged) < 500 and kills < 80):
        child, reader = in_child(lambda pipe: cells(store, 10_000, pipe))
        time.sleep(random.uniform(0.0, 0.15))
        kills += 1
        os.kill(child, signal.SIGKILL)
        acknowledged += collect(child, reader)[0]
    print(json.dumps([kills, acknowledged]))
    """
    store = tmp_path / ".celltrail"

    kills, acknowledged = json.loads(drive(script, store, 7))

    merge_spools(store, environ={})
    present = finished(store)
    assert set(acknowledged) <= present.keys()
    assert len(present) <= len(acknowledged) + kills
    assert rows(store, "SELECT count(*) FROM execution WHERE status = 'running'") == [(0,)]
    assert is_sound(store)


@pytest.mark.slow
def test_sixteen_writers_on_one_store_lose_nothing(tmp_path: Path) -> None:
    script = """
    store = Path(sys.argv[1])
    def work(pipe):
        kernel = cells(store, 200, pipe, pause=0.002)
        told = json.dumps([kernel.said, [p.message for p in kernel.writer.problems]])
        Path(f"{sys.argv[2]}/{os.getpid()}").write_text(told)
    children = [in_child(work) for _ in range(16)]
    acknowledged = [collect(*child) for child in children]
    assert all(status == 0 for _, status in acknowledged)
    print(json.dumps([one for ids, _ in acknowledged for one in ids]))
    """
    store, reports = tmp_path / ".celltrail", tmp_path / "told"
    reports.mkdir()

    acknowledged = json.loads(drive(script, store, reports))
    told = [json.loads(report.read_text()) for report in reports.iterdir()]

    merge_spools(store, environ={})
    assert len(acknowledged) == 16 * 200
    assert finished(store) == dict.fromkeys(acknowledged, "ok")
    assert rows(store, "SELECT count(*) FROM metric") == [(3200,)]
    assert rows(store, "SELECT count(*) FROM used WHERE source_id IS NOT NULL") == [(16 * 180,)]
    assert [problems for _, problems in told] == [[]] * 16
    assert is_sound(store)
    print(sum(bool(said) for said, _ in told), "writers were told of a lock")
