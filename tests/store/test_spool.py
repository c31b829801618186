"""The store cannot be written: cells go on, nothing is lost, one message, merged after."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from trail_writing import (
    NOW,
    Kernel,
    damage,
    files_no_longer_than,
    finish_record,
    finished,
    is_sound,
    locked_by_another_process,
    read_only,
    rich_record,
    rows,
    start_record,
)

from celltrail.core.records import OutputRecord, ProblemRecord, encode
from celltrail.store import blobs, recording
from celltrail.store.sessions import is_alive
from celltrail.store.spool import folders, merge_spools, waiting_files


@pytest.fixture(autouse=True)
def _probe_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "PROBE_SECONDS", 0.2)
    monkeypatch.setattr(recording, "LOCK_TOLD_SECONDS", 0.5)


def nothing_waits(store: Path) -> bool:
    environ = {"HOME": str(store.parent), "TMPDIR": str(store.parent / "tmp")}
    return not list(waiting_files(store, environ))


def test_a_locked_store_costs_a_cell_little_and_loses_nothing(store: Path) -> None:
    kernel = Kernel(store)
    ran = [kernel.run()]
    costs = []

    with locked_by_another_process(store):
        for _ in range(50):
            began = time.perf_counter()
            ran.append(kernel.run())
            costs.append(time.perf_counter() - began)
            time.sleep(0.02)
        assert kernel.writer.state == "spooling"
        assert kernel.writer.spooled == 101  # its session, 50 starts and 50 finishes
        assert len(finished(store)) == 1
    ran += kernel.run_until_stored()

    assert finished(store) == dict.fromkeys(ran, "ok")
    assert len(kernel.said) == 1
    assert "locked" in kernel.said[0]
    assert sorted(costs)[25] < 0.05, "cells wait for the lock while records are spooled"
    assert kernel.writer.state == "ok"
    assert nothing_waits(store)


def test_a_lock_that_is_short_is_not_worth_a_message(store: Path) -> None:
    kernel = Kernel(store)
    ran = [kernel.run()]

    with locked_by_another_process(store):
        ran.append(kernel.run())
    ran += kernel.run_until_stored()

    assert finished(store) == dict.fromkeys(ran, "ok")
    assert kernel.said == []


def test_a_disk_that_fills_up_is_told_once_and_loses_nothing(store: Path) -> None:
    kernel = Kernel(store)
    ran = [kernel.run()]
    log = store / "trail.db-wal"

    with files_no_longer_than(log.stat().st_size + 4096):
        ran += [kernel.run() for _ in range(20)]
        assert kernel.writer.state == "spooling"
    ran += kernel.run_until_stored()

    assert finished(store) == dict.fromkeys(ran, "ok")
    assert len(kernel.said) == 1
    assert "took no more" in kernel.said[0]
    assert "Hint:" in kernel.said[0]
    assert kernel.writer.problems == []
    assert is_sound(store)
    assert nothing_waits(store)


def test_with_no_room_at_all_records_wait_in_memory(store: Path) -> None:
    kernel = Kernel(store)
    ran = [kernel.run()]

    with files_no_longer_than(0):
        ran += [kernel.run() for _ in range(20)]
        assert nothing_waits(store)
        assert "memory" in kernel.said[0]
    ran += kernel.run_until_stored()

    assert finished(store) == dict.fromkeys(ran, "ok")
    assert len(kernel.said) == 1


def test_half_a_line_on_a_full_disk_is_taken_back(store: Path) -> None:
    kernel = Kernel(store)
    ran = [kernel.run()]
    with locked_by_another_process(store):
        ran.append(kernel.run())
        [file] = waiting_files(store, {})
        size = file.stat().st_size

        with files_no_longer_than(size + 100):
            ran.append(kernel.run())
        ran.append(kernel.run())

        lines = file.read_bytes().splitlines(keepends=True)
        assert all(json.loads(line) for line in lines)
    ran += kernel.run_until_stored()

    assert finished(store) == dict.fromkeys(ran, "ok")
    assert kernel.writer.problems == []


def test_a_full_tmpfs_is_a_full_disk(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("mounting a small disk needs root")
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], check=False)
    if mounted.returncode:
        pytest.skip("this container may not mount")
    try:
        kernel = Kernel(disk / ".celltrail", {"HOME": str(tmp_path), "TMPDIR": str(tmp_path)})
        ran = [kernel.run()]
        filler = disk / "filler"
        with contextlib.suppress(OSError), filler.open("wb") as stream:
            while True:
                stream.write(b"x" * 4096)
                stream.flush()

        ran += [
            kernel.run(outputs=(OutputRecord("stream", "text/plain", "y" * 5000, size=5000),))
            for _ in range(10)
        ]
        assert kernel.writer.state == "spooling"
        filler.unlink()
        ran += kernel.run_until_stored()

        assert finished(disk / ".celltrail") == dict.fromkeys(ran, "ok")
        assert len(kernel.said) == 1
        kernel.writer.close()
    finally:
        subprocess.run(["umount", disk], check=True)


def test_a_folder_that_becomes_read_only_has_its_records_kept_at_home(plain_user: Path) -> None:
    store = plain_user / ".celltrail"
    first = Kernel(store)
    ran = [first.run()]
    first.writer.close()
    kernel = Kernel(store)

    with read_only(store):
        ran += [kernel.run() for _ in range(5)]
        [file] = waiting_files(store, {"HOME": str(plain_user)})
        assert file.is_relative_to(plain_user / ".local" / "state" / "celltrail" / "spool")
        assert kernel.writer.state == "spooling"
    time.sleep(recording.PROBE_SECONDS)
    ran += kernel.run_until_stored()

    assert finished(store) == dict.fromkeys(ran, "ok")
    assert len(kernel.said) == 1
    assert "cannot be written" in kernel.said[0]
    assert str(file) in kernel.said[0]


def test_a_project_that_was_never_writable_is_recorded_at_home(plain_user: Path) -> None:
    project = plain_user / "project"
    project.mkdir()
    environ = {"HOME": str(plain_user), "TMPDIR": str(plain_user / "tmp")}
    kernel = Kernel(project / ".celltrail", environ)

    with read_only(project):
        ran = [kernel.run() for _ in range(3)]
        address = kernel.writer.put_blob(b"a figure")
        kernel.writer.close()
    assert not (project / ".celltrail").exists()
    other = Kernel(project / ".celltrail", environ)
    ran.append(other.run())

    assert finished(project / ".celltrail") == dict.fromkeys(ran, "ok")
    assert address is not None
    assert blobs.get(project / ".celltrail", address) == b"a figure"


def test_a_damaged_store_is_left_alone_and_its_records_wait(store: Path) -> None:
    first = Kernel(store)
    ran = [first.run() for _ in range(3)]
    first.writer.close()
    whole = damage(store / "trail.db")
    damaged = (store / "trail.db").read_bytes()
    kernel = Kernel(store)

    ran += [kernel.run() for _ in range(5)]

    assert kernel.writer.state == "spooling"
    assert (store / "trail.db").read_bytes() == damaged
    assert len(kernel.said) == 1
    assert "celltrail doctor" in kernel.said[0]
    (store / "trail.db").write_bytes(whole)
    time.sleep(recording.PROBE_SECONDS)
    ran += kernel.run_until_stored()
    assert finished(store) == dict.fromkeys(ran, "ok")


def test_pages_that_go_bad_under_a_living_kernel_lose_nothing(store: Path) -> None:
    kernel = Kernel(store)
    ran = [kernel.run() for _ in range(3)]
    with contextlib.closing(sqlite3.connect(store / "trail.db")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    whole = damage(store / "trail.db")
    kernel.writer._drop()  # what it holds in its page cache would hide the damage

    ran += [kernel.run() for _ in range(5)]

    assert kernel.writer.state == "spooling"
    assert len(kernel.said) == 1
    for suffix in ("-wal", "-shm"):
        (store / f"trail.db{suffix}").unlink(missing_ok=True)
    (store / "trail.db").write_bytes(whole)
    time.sleep(recording.PROBE_SECONDS)
    ran += kernel.run_until_stored()
    assert finished(store) == dict.fromkeys(ran, "ok")


def test_a_file_that_is_no_database_is_left_alone(store: Path) -> None:
    store.mkdir(parents=True)
    (store / "trail.db").write_text("my own notes\n" * 1000)
    kernel = Kernel(store)

    kernel.run()

    assert kernel.writer.state == "spooling"
    assert (store / "trail.db").read_text() == "my own notes\n" * 1000
    assert len(kernel.said) == 1


def test_a_store_of_a_newer_celltrail_is_left_alone(store: Path) -> None:
    first = Kernel(store)
    ran = [first.run()]
    first.writer.close()
    newer = "INSERT INTO _sqlite_migrations (migration_set, name) VALUES ('celltrail', 'v0999')"
    with contextlib.closing(sqlite3.connect(store / "trail.db", isolation_level=None)) as db:
        db.execute(newer)
    kernel = Kernel(store)

    ran += [kernel.run() for _ in range(3)]

    assert len(finished(store)) == 1
    assert len(kernel.said) == 1
    assert "newer celltrail" in kernel.said[0]
    with contextlib.closing(sqlite3.connect(store / "trail.db", isolation_level=None)) as db:
        db.execute("DELETE FROM _sqlite_migrations WHERE name = 'v0999'")
    time.sleep(recording.PROBE_SECONDS)
    ran += kernel.run_until_stored()
    assert finished(store) == dict.fromkeys(ran, "ok")


def test_two_causes_are_two_messages_however_often_they_come(store: Path) -> None:
    kernel = Kernel(store)
    ran = [kernel.run()]
    for _ in range(2):
        with files_no_longer_than(0):
            ran += [kernel.run(), kernel.run()]
        time.sleep(recording.PROBE_SECONDS)
        ran += kernel.run_until_stored()
    kernel.writer.close()
    (store / "trail.db").write_text("gone bad" * 1000)
    other = Kernel(store)

    other.run()
    other.run()

    assert len(kernel.said) == 1
    assert len(other.said) == 1


def test_the_next_session_merges_what_a_dead_one_left(store: Path) -> None:
    dead = Kernel(store)
    ran = [dead.run()]
    with locked_by_another_process(store):
        source = start_record(dead.session.id, code="model = fit()")
        dead.writer.begin(source)
        dead.writer.finish(rich_record(source, ran[0]))
        begun = start_record(dead.session.id, code="while True: pass")
        dead.writer.begin(begun)
        ran.append(source.id)
        dead.writer.abandon()  # what a kill leaves: files, no locks
    assert not is_alive(store, dead.session.id)

    other = Kernel(store)
    ran.append(other.run())

    assert finished(store) == dict.fromkeys(ran, "ok")
    assert rows(store, "SELECT status FROM execution WHERE ended_at IS NULL") == [("aborted",)]
    assert rows(store, "SELECT name, source_id FROM used") == [("raw", 1)]
    assert rows(store, "SELECT count(*) FROM result") == [(1,)]
    assert nothing_waits(store)


def test_a_living_session_s_spool_is_its_own(store: Path) -> None:
    alive = Kernel(store)
    alive.run()
    with locked_by_another_process(store):
        alive.run()

    other = Kernel(store)
    other.run()

    assert len(finished(store)) == 2
    assert len(list(waiting_files(store, {}))) == 1
    alive.run_until_stored()
    assert len(finished(store)) == 4


def test_a_torn_last_line_is_passed_over_and_one_before_it_is_a_problem(store: Path) -> None:
    kernel = Kernel(store)
    kernel.run()
    kernel.writer.close()
    dead = Kernel(store)
    start = start_record(dead.session.id)
    lines = [json.dumps(encode(record)) for record in (dead.session, start, finish_record(start))]
    last = start_record(dead.session.id)
    lines.insert(2, '{"record": "execution", "id": "0')
    lines.append(json.dumps(encode(finish_record(last)))[:-40])
    (store / "spool").mkdir()
    (store / "spool" / f"{dead.session.id}.jsonl").write_text("\n".join(lines))

    assert merge_spools(store, environ={}) == 4

    assert start.id in finished(store)
    assert last.id not in finished(store)
    [(message,)] = rows(store, "SELECT message FROM problem")
    assert "a line could not be read" in message
    assert nothing_waits(store)


def test_merging_a_spool_again_changes_nothing(store: Path) -> None:
    kernel = Kernel(store)
    kernel.run()
    kernel.writer.close()
    start = start_record(kernel.session.id)
    problem = ProblemRecord("files", "no", NOW, kernel.session.id)
    records = (kernel.session, start, rich_record(start), problem)
    text = "".join(json.dumps(encode(record)) + "\n" for record in records) + "broken\n"
    (store / "spool").mkdir()
    file = store / "spool" / f"{kernel.session.id}.jsonl"
    counted = ("execution", "used", "param", "metric", "result", "problem", "session", "entity")

    counts = []
    for _ in range(3):
        file.write_text(text)
        merge_spools(store, environ={})
        counts.append([rows(store, f"SELECT count(*) FROM {table}")[0][0] for table in counted])

    assert counts[0] == counts[1] == counts[2] == [2, 1, 1, 1, 1, 2, 1, 2]


def test_two_processes_that_merge_at_once_count_everything_once(store: Path) -> None:
    kernel = Kernel(store)
    kernel.run()
    kernel.writer.close()
    (store / "spool").mkdir()
    wanted = set()
    for _ in range(4):
        dead = Kernel(store)
        lines = [json.dumps(encode(dead.session))]
        for _ in range(200):
            start = start_record(dead.session.id)
            lines += [json.dumps(encode(start)), json.dumps(encode(rich_record(start)))]
            wanted.add(start.id)
        (store / "spool" / f"{dead.session.id}.jsonl").write_text("\n".join(lines) + "\n")
    code = (
        "import sys; from pathlib import Path; from celltrail.store.spool import merge_spools;"
        "sys.stdin.readline(); print(merge_spools(Path(sys.argv[1]), environ={}))"
    )
    command = [sys.executable, "-c", code, str(store)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as one, subprocess.Popen(command, **pipes) as other:
        time.sleep(0.5)  # both have loaded
        answers = [process.communicate("go\n", timeout=60)[0] for process in (one, other)]

    assert sum(map(int, answers)) == 4 * 401
    assert wanted <= finished(store).keys()
    assert rows(store, "SELECT count(*) FROM metric") == [(800,)]
    assert is_sound(store)
    assert nothing_waits(store)


def test_a_long_spool_is_merged_a_little_with_every_cell(store: Path) -> None:
    kernel = Kernel(store)
    kernel.run()
    with locked_by_another_process(store):
        for _ in range(1500):
            kernel.run()
    began = time.perf_counter()
    kernel.run()
    first = time.perf_counter() - began
    left = kernel.writer.spooled
    kernel.run_until_stored()

    assert first < 0.3
    assert left > 0
    assert len(finished(store)) == len(rows(store, "SELECT 1 FROM execution")) > 1500


def test_a_dead_session_s_long_spool_is_merged_a_little_with_every_cell(store: Path) -> None:
    first = Kernel(store)
    ran = [first.run()]
    first.writer.close()
    dead = Kernel(store)
    (store / "spool").mkdir()
    records = [finish_record(start_record(dead.session.id)) for _ in range(1000)]
    ran += [record.id for record in records]
    lines = [json.dumps(encode(record)) for record in (dead.session, *records)]
    (store / "spool" / f"{dead.session.id}.jsonl").write_text("\n".join(lines) + "\n")
    kernel = Kernel(store)

    ran.append(kernel.run())
    after_one = len(finished(store))
    for _ in range(50):
        ran.append(kernel.run())

    assert after_one < 1000
    assert finished(store) == dict.fromkeys(ran, "ok")
    assert nothing_waits(store)


def test_an_interrupt_while_writing_keeps_the_record(store: Path) -> None:
    kernel = Kernel(store)
    ran = [kernel.run()]
    start = start_record(kernel.session.id)
    kernel.writer.begin(start)
    rows_ = kernel.writer._rows
    assert rows_ is not None

    def interrupt() -> int:
        rows_.connection.set_progress_handler(None, 0)
        raise KeyboardInterrupt

    original = rows_.commit
    rows_.commit = interrupt  # type: ignore[assignment]
    with pytest.raises(KeyboardInterrupt):
        kernel.writer.finish(finish_record(start))
    rows_.commit = original  # type: ignore[method-assign]
    ran += [start.id, *kernel.run_until_stored()]

    assert finished(store) == dict.fromkeys(ran, "ok")
    assert kernel.said == []


def test_a_folder_of_somebody_else_is_no_place_for_records(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can make a folder of somebody else")
    environ = {"XDG_STATE_HOME": "/proc/none", "TMPDIR": str(tmp_path)}
    theirs = folders(tmp_path / "project", environ)[-1].parent
    theirs.mkdir(mode=0o777)
    os.chown(theirs, 65534, 65534)
    (tmp_path / "project").write_text("no folder can be made here")
    kernel = Kernel(tmp_path / "project", environ)

    kernel.run()

    assert "memory" in kernel.said[0]
    assert kernel.writer.spooled == 3
    assert kernel.writer.put_blob(b"x") is None
    assert list(theirs.iterdir()) == []
    shutil.rmtree(theirs)
