from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from pathlib import Path

import pytest
from trail_writing import (
    NOW,
    Kernel,
    finish_record,
    finished,
    is_sound,
    locked_by_another_process,
    rows,
    start_record,
)

from celltrail.core.errors import UsageFault
from celltrail.core.records import (
    EntityRecord,
    GeneratedRecord,
    MetricRecord,
    NotebookRecord,
    OutputRecord,
    ParamRecord,
    UsedRecord,
)
from celltrail.store import blobs
from celltrail.store.forget import Targets, forget, gc

SECRET = "hunter2-correct-horse"


def secretive(kernel: Kernel, **changes: object) -> str:
    """Run a cell whose secret gets into every part of its record; return its identifier."""
    address = kernel.writer.put_blob(f"figure of {SECRET}".encode())
    start = start_record(kernel.session.id, code=f"password = '{SECRET}'", cell_id=SECRET)
    kernel.writer.begin(start)
    kernel.writer.finish(
        finish_record(
            start,
            entities=(
                EntityRecord("value", "str", f"ct1:{start.id}", "full", 3, {"repr": SECRET}),
            ),
            generated=(GeneratedRecord("password", 0, "created", "static"),),
            params=(ParamRecord("password", SECRET, "str", "literal"),),
            metrics=(MetricRecord(SECRET, 1.0, "call"),),
            outputs=(
                OutputRecord("stream", "text/plain", SECRET, size=9),
                OutputRecord("display", "image/png", blob=address, size=9),
            ),
            error=f"ValueError: {SECRET}",
            tags={SECRET: SECRET},
            **changes,  # type: ignore[arg-type]
        )
    )
    return start.id


def bytes_of(store: Path) -> bytes:
    return b"".join(path.read_bytes() for path in store.rglob("*") if path.is_file())


@pytest.mark.parametrize("alive", [True, False])
def test_what_is_forgotten_is_in_no_byte_of_the_store(store: Path, alive: bool) -> None:
    kernel = Kernel(store)
    kept = kernel.run("keep = 1")
    ran = secretive(kernel)
    (store / "trail-before-v0001.db").write_text(SECRET)
    if not alive:
        kernel.writer.close()
    assert SECRET.encode() in bytes_of(store)

    done = forget(store, Targets(executions=(ran,)), environ={})

    assert SECRET.encode() not in bytes_of(store)
    assert (done.executions, done.entities, done.codes, done.blobs) == (1, 1, 1, 1)
    assert done.backups == (store / "trail-before-v0001.db",)
    assert finished(store) == {kept: "ok"}
    assert rows(store, "SELECT count(*) FROM result") == [(0,)]
    assert is_sound(store)


def test_a_kernel_goes_on_after_its_rows_were_forgotten(store: Path) -> None:
    """Row ids are used again; an id that a writer remembers must not lead to another row."""
    kernel = Kernel(store)
    ran = secretive(kernel)
    forget(store, Targets(executions=(ran,)), environ={})

    again = secretive(kernel)
    other = kernel.run(
        "other = 2",
        entities=(EntityRecord("value", "int", "ct1:" + "00" * 16, "full"),),
        used=(UsedRecord("password", 0, ran, "static"),),
    )

    assert finished(store) == {again: "ok", other: "ok"}
    assert rows(store, "SELECT DISTINCT source FROM code JOIN execution ON code.id = code_id") == [
        (f"password = '{SECRET}'",),
        ("other = 2",),
    ]
    assert rows(store, "SELECT source_id FROM used") == [(None,)]
    assert is_sound(store)


def test_what_others_refer_to_stays(store: Path) -> None:
    kernel = Kernel(store)
    shared = EntityRecord("frame", "DataFrame", "ct1:" + "ab" * 16, "full")
    made = {"entities": (shared,), "generated": (GeneratedRecord("f", 0, "created", "static"),)}
    address = kernel.writer.put_blob(b"figure")
    output = (OutputRecord("display", "image/png", blob=address, size=6),)
    one = kernel.run("f = load()", **made, outputs=output)
    other = kernel.run("f = load()", **made, outputs=output)
    third = kernel.run("g(f)", entities=(shared,), used=(UsedRecord("f", 0, one, "static"),))

    done = forget(store, Targets(executions=(one,)), environ={})

    assert (done.executions, done.entities, done.codes, done.blobs) == (1, 0, 0, 0)
    assert finished(store).keys() == {other, third}
    assert rows(store, "SELECT name, source_id FROM used") == [("f", None)]
    assert blobs.get(store, address or "") == b"figure"


@pytest.mark.parametrize("by", ["path", "id"])
def test_a_notebook_is_forgotten_with_its_name(store: Path, by: str) -> None:
    ours, theirs = (
        Kernel(store, notebook=NotebookRecord(f"{n:032x}", f"{name}.ipynb"))
        for n, name in enumerate(("ours", SECRET))
    )
    kept = ours.run()
    theirs.run()
    theirs.run("y = 2")
    named = f"{SECRET}.ipynb" if by == "path" else f"{1:032x}"

    assert forget(store, Targets(notebook=named), environ={}).executions == 2

    assert finished(store) == {kept: "ok"}
    assert rows(store, "SELECT path FROM notebook") == [("ours.ipynb",)]
    assert SECRET.encode() not in bytes_of(store)


def test_a_name_takes_what_made_it_and_what_used_it(store: Path) -> None:
    kernel = Kernel(store)
    value = EntityRecord("value", "int", "ct1:" + "ab" * 16, "full")
    made = kernel.run(entities=(value,), generated=(GeneratedRecord("p", 0, "created", "static"),))
    kernel.run(entities=(value,), used=(UsedRecord("p", 0, made, "static"),))
    kernel.run(deleted=("p",))
    kept = kernel.run()

    assert forget(store, Targets(name="p"), environ={}).executions == 3
    assert finished(store) == {kept: "ok"}


def test_age_takes_what_started_before_and_no_running_cell(store: Path) -> None:
    kernel = Kernel(store)
    old = start_record(kernel.session.id, started_at=NOW - 10)
    kernel.writer.finish(finish_record(old))
    running = start_record(kernel.session.id, started_at=NOW - 9)
    kernel.writer.begin(running)
    new = kernel_run_at(kernel, NOW)

    assert forget(store, Targets(older_than=NOW), environ={}).executions == 1

    kernel.writer.finish(finish_record(running))
    assert finished(store).keys() == {running.id, new}


def kernel_run_at(kernel: Kernel, at: int) -> str:
    start = start_record(kernel.session.id, started_at=at)
    kernel.writer.finish(finish_record(start))
    return start.id


def test_records_that_a_dead_session_left_waiting_are_forgotten_too(store: Path) -> None:
    kernel = Kernel(store)
    kernel.run()
    with locked_by_another_process(store):
        ran = secretive(kernel)
    kernel.writer.abandon()

    forget(store, Targets(executions=(ran,)), environ={})

    assert SECRET.encode() not in bytes_of(store)
    assert ran not in finished(store)


def test_a_living_session_s_waiting_records_are_named(store: Path) -> None:
    kernel = Kernel(store)
    ran = kernel.run()
    with locked_by_another_process(store):
        kernel.run()

    done = forget(store, Targets(executions=(ran,)), environ={})

    assert [path.stem for path in done.waiting] == [kernel.session.id]


def test_forgetting_nothing_is_a_mistake(store: Path) -> None:
    with pytest.raises(UsageFault, match="Nothing to forget"):
        forget(store, Targets(), environ={})


def test_gc_removes_what_nothing_refers_to_and_leaves_what_is_fresh(store: Path) -> None:
    kernel = Kernel(store)
    kept = kernel.run(
        entities=(
            EntityRecord("value", "int", "ct1:" + "aa" * 16, "full"),
            EntityRecord("value", "int", "ct1:" + "bb" * 16, "full"),
        ),
        generated=(GeneratedRecord("x", 0, "created", "static"),),
    )
    old, fresh = (kernel.writer.put_blob(data) or "" for data in (b"old", b"fresh"))
    os.utime(blobs.path_of(store, old), (time.time() - 4000,) * 2)

    done = gc(store, environ={})

    assert (done.entities, done.blobs) == (1, 1)
    assert list(blobs.addresses(store)) == [fresh]
    assert finished(store) == {kept: "ok"}
    assert gc(store, environ={}).entities == 0


def test_gc_keeps_files_that_waiting_records_name(store: Path) -> None:
    kernel = Kernel(store)
    kernel.run()
    address = kernel.writer.put_blob(b"figure") or ""
    os.utime(blobs.path_of(store, address), (time.time() - 4000,) * 2)
    with locked_by_another_process(store):
        kernel.run(outputs=(OutputRecord("display", "image/png", blob=address, size=6),))

    gc(store, environ={})

    assert list(blobs.addresses(store)) == [address]


def test_gc_leaves_a_smaller_file(store: Path) -> None:
    kernel = Kernel(store)
    for n in range(300):
        kernel.run(f"x = '{n:01000}'")
    with contextlib.closing(sqlite3.connect(store / "trail.db")) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = (store / "trail.db").stat().st_size

    forget(store, Targets(older_than=NOW + 1), environ={})

    assert (store / "trail.db").stat().st_size < before / 2
    assert not (store / "trail.db-wal").exists() or not (store / "trail.db-wal").stat().st_size
