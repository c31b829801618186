"""Records, sessions and real faults, for tests of the writing half of the store."""

from __future__ import annotations

import contextlib
import os
import resource
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from celltrail.core.identifiers import new_id
from celltrail.core.records import (
    ArgumentRecord,
    CallRecord,
    EntityRecord,
    ExecutionRecord,
    GeneratedRecord,
    MetricRecord,
    ParamRecord,
    SessionRecord,
    StartRecord,
    UsedRecord,
)
from celltrail.store.recording import TrailWriter

NOW = 1_800_000_000_000_000


def identifier() -> str:
    return new_id(time.time_ns() // 1000, os.urandom(10))


def session_record(**changes: Any) -> SessionRecord:
    return SessionRecord(
        **{"id": identifier(), "kind": "kernel", "pid": 1, "started_at": NOW} | changes
    )


def start_record(session: str, **changes: Any) -> StartRecord:
    given = {"id": identifier(), "session": session, "started_at": NOW, "code": "x = 1"}
    return StartRecord(**given | changes)


def finish_record(start: StartRecord, **changes: Any) -> ExecutionRecord:
    given = {
        "id": start.id,
        "session": start.session,
        "status": "ok",
        "started_at": start.started_at,
        "ended_at": start.started_at + 5,
        "code": start.code,
        "cell_id": start.cell_id,
    }
    return ExecutionRecord(**given | changes)


def rich_record(start: StartRecord, source: str | None = None) -> ExecutionRecord:
    """Return an execution that writes into most tables."""
    digest = f"ct1:{start.id}"
    return finish_record(
        start,
        entities=(
            EntityRecord("frame", "pandas.DataFrame", digest, "full", 80, {"rows": 10},
                         columns=(("a", "int64", digest),)),
            EntityRecord("value", "int", f"ct1:{1:032x}", "full"),
        ),
        used=(UsedRecord("raw", 1, source, "static"),),
        generated=(GeneratedRecord("frame", 0, "created", "boundary"),),
        params=(ParamRecord("depth", 3, "int", "literal"),),
        metrics=(MetricRecord("accuracy", 0.5, "call"),),
        calls=(CallRecord(0, "fit", 1, "sklearn.svm.SVC.fit", ("sklearn.svm.SVC",), value="model",
                          arguments=(ArgumentRecord("X", "frame"),)),),
    )  # fmt: skip


class Kernel:
    """A writer with its session, and the messages it showed."""

    def __init__(self, store: Path, environ: dict[str, str] | None = None, **changes: Any) -> None:
        self.said: list[str] = []
        self.session = session_record(**changes)
        self.writer = TrailWriter(
            store,
            self.session,
            say=self.said.append,
            environ=environ or {"HOME": str(store.parent), "TMPDIR": str(store.parent / "tmp")},
        )

    def run(self, code: str = "x = 1", **changes: Any) -> str:
        """Run a cell and return its identifier."""
        start = start_record(self.session.id, code=code)
        self.writer.begin(start)
        self.writer.finish(finish_record(start, **changes))
        return start.id

    def run_until_stored(self, seconds: float = 10) -> list[str]:
        """Run cells until nothing waits any more; return their identifiers."""
        ran = [self.run("again")]
        deadline = time.monotonic() + seconds
        while self.writer.spooled and time.monotonic() < deadline:
            time.sleep(0.05)
            ran.append(self.run("again"))
        return ran


def rows(store: Path, query: str, *values: Any) -> list[Any]:
    """Return the rows of a query on a store's database."""
    with contextlib.closing(sqlite3.connect(store / "trail.db")) as connection:
        return connection.execute(query, values).fetchall()


def finished(store: Path) -> dict[str, str]:
    """Return the status of each finished execution of a store."""
    found = rows(store, "SELECT uuid, status FROM execution WHERE ended_at IS NOT NULL")
    return {uuid.hex(): status for uuid, status in found}


def is_sound(store: Path) -> bool:
    return (
        rows(store, "PRAGMA integrity_check") == [("ok",)]
        and rows(store, "PRAGMA foreign_key_check") == []
    )


@contextlib.contextmanager
def locked_by_another_process(store: Path) -> Iterator[None]:
    script = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None);"
        "c.execute('BEGIN EXCLUSIVE'); print('locked', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(store / "trail.db")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        process.stdout.readline()
        try:
            yield
        finally:
            process.stdin.close()
            process.wait(10)


@contextlib.contextmanager
def files_no_longer_than(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond a size (the disk says EFBIG then)."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextlib.contextmanager
def read_only(*folders: Path) -> Iterator[None]:
    """Take the right to write from folders and all that is in them (see `plain_user`)."""
    places = [place for folder in folders for place in (folder, *folder.rglob("*"))]
    before = {place: place.stat().st_mode & 0o777 for place in places}
    for place in reversed(places):
        place.chmod(before[place] & 0o555)
    try:
        yield
    finally:
        for place in places:
            place.chmod(before[place])


def damage(file: Path, first_page: int = 2, pages: int = 10_000) -> bytes:
    """Overwrite pages of a closed database with garbage; return what it was."""
    whole = file.read_bytes()
    begin, end = (first_page - 1) * 4096, (first_page - 1 + pages) * 4096
    garbage = b"\xa5" * (min(end, len(whole)) - begin)
    file.write_bytes(whole[:begin] + garbage + whole[begin + len(garbage) :])
    return whole
