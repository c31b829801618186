from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from trail_writing import Kernel, finish_record, finished, rows, start_record

from celltrail.store.database import connect
from celltrail.store.sessions import SessionLock, close_dead, is_alive


def test_a_session_is_alive_until_it_lets_go(tmp_path: Path) -> None:
    lock = SessionLock(tmp_path, "one")
    assert is_alive(tmp_path, "one")

    lock.release()

    assert not is_alive(tmp_path, "one")
    assert not is_alive(tmp_path, "never")


def test_a_session_dies_with_its_process(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from celltrail.store.sessions import SessionLock;"
        "lock = SessionLock(Path(sys.argv[1]), 'one'); print('locked', flush=True);"
        "sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert is_alive(tmp_path, "one")
        process.kill()
        process.wait()

    assert not is_alive(tmp_path, "one")


def test_running_cells_of_the_dead_are_aborted_and_of_the_living_not(store: Path) -> None:
    alive, dead = Kernel(store), Kernel(store)
    for kernel in (alive, dead):
        kernel.writer.begin(start_record(kernel.session.id))
    dead.writer.abandon()

    with connect(store, role="tool") as connection:
        assert close_dead(connection, store) == 1
        assert close_dead(connection, store) == 0
    connection.close()

    found = rows(store, "SELECT session.uuid, status FROM execution JOIN session ON"
                        " session.id = session_id")  # fmt: skip
    assert {uuid.hex(): status for uuid, status in found} == {
        alive.session.id: "running",
        dead.session.id: "aborted",
    }
    assert [entry.name for entry in (store / "sessions").iterdir()] == [alive.session.id]


def test_a_finish_after_a_false_death_still_counts(store: Path) -> None:
    kernel = Kernel(store)
    start = start_record(kernel.session.id)
    kernel.writer.begin(start)
    (store / "sessions" / kernel.session.id).unlink()  # somebody tidied up
    connection = connect(store, role="tool")
    assert close_dead(connection, store) == 1
    connection.close()

    kernel.writer.finish(finish_record(start))

    assert finished(store) == {start.id: "ok"}


def test_a_lock_file_left_half_made_is_removed_after_an_hour(store: Path) -> None:
    Kernel(store).run()
    births = [store / "sessions" / name for name in (".old.1", ".new.1")]
    for birth in births:
        birth.touch()
    os.utime(births[0], (time.time() - 4000,) * 2)

    connection = connect(store, role="tool")
    close_dead(connection, store)
    connection.close()

    assert [birth.exists() for birth in births] == [False, True]
