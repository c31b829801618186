from __future__ import annotations

import contextlib
import hashlib
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import sqlite_utils
from trail_writing import Kernel, files_no_longer_than, finished, is_sound, rows

from celltrail.core.errors import CelltrailError, StoreFull, StoreMissing, StoreTooNew
from celltrail.store.database import applied_migrations, connect, create_tables, statements
from celltrail.store.migrations import migrate, migrations_of
from celltrail.store.schema import SCRIPTS

# A released script is frozen: whoever changes one changes stores that exist already
# and must write another script instead. Until the first release, `make` the old store
# anew with `python tests/store/old/make.py` and put its digest here.
DIGESTS = {
    "v0001_trail": "8d7fdb37b884c6451b49d1df0e80e2469e60da1c8c60ee9d9c15074e99f31a6a",
    "v0002_readings": "b070bd9164fcd56e3f129c8da84a56dcf5f1877259a1e562c29d9e098a9cfc09",
}
OLD = Path(__file__).parent / "old"
NEXT = (*SCRIPTS, ("v9998_note", "CREATE TABLE extra (id INTEGER PRIMARY KEY, text TEXT);"))


def master(file: Path) -> list[tuple[str, str, str, int, str]]:
    with contextlib.closing(sqlite3.connect(file)) as connection:
        return connection.execute(
            "SELECT type, name, tbl_name, rootpage, sql FROM sqlite_master"
        ).fetchall()


def test_released_scripts_are_frozen() -> None:
    assert {
        name: hashlib.sha256(script.encode()).hexdigest() for name, script in SCRIPTS
    } == DIGESTS


def test_the_kernel_s_way_and_sqlite_utils_make_the_same_file(tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "fast.db", isolation_level=None)) as db:
        create_tables(db)
    with contextlib.closing(sqlite3.connect(tmp_path / "utils.db")) as db:
        migrations_of().apply(sqlite_utils.Database(db))

    assert master(tmp_path / "fast.db") == master(tmp_path / "utils.db")


def test_sqlite_utils_finds_nothing_to_do_in_the_kernel_s_store(store: Path) -> None:
    Kernel(store).run()

    with contextlib.closing(sqlite3.connect(store / "trail.db")) as db:
        assert migrations_of().pending(sqlite_utils.Database(db)) == []


def test_statements_are_the_script(tmp_path: Path) -> None:
    script = "-- a; comment\nCREATE TABLE a (t TEXT DEFAULT ';'); CREATE TABLE b (x);"

    assert [text.splitlines()[-1] for text in statements(script)] == [
        "CREATE TABLE a (t TEXT DEFAULT ';');",
        "CREATE TABLE b (x);",
    ]


@pytest.mark.parametrize("name", [name for name, _ in SCRIPTS])
def test_the_store_of_every_release_opens_and_is_upgraded(name: str, store: Path) -> None:
    store.mkdir(parents=True)
    old = OLD / f"{name}.db"
    assert old.stat().st_size < 300_000
    shutil.copy(old, store / "trail.db")
    before = set(finished(store))

    kernel = Kernel(store)
    ran = kernel.run()

    assert kernel.said == []
    assert len(before) == 12
    assert set(finished(store)) == before | {ran}
    assert is_sound(store)
    with contextlib.closing(connect(store, role="reader")) as connection:
        assert applied_migrations(connection) == tuple(name for name, _ in SCRIPTS)


def test_a_copy_is_taken_before_the_first_migration_that_is_due(store: Path) -> None:
    Kernel(store).run()
    before = master(store / "trail.db")

    copy = migrate(store, NEXT)

    assert copy == store / "trail-before-v9998_note.db"
    assert master(copy) == before
    assert len(finished(store)) == 1
    assert ("extra",) in rows(store, "SELECT name FROM sqlite_master")
    assert migrate(store, NEXT) is None


def test_a_migration_that_fails_changes_nothing(store: Path) -> None:
    Kernel(store).run()
    before = master(store / "trail.db")
    broken = (*NEXT, ("v9999_broken", "CREATE TABLE half (x); CREATE TABLE half (x);"))

    with pytest.raises(CelltrailError, match="already exists"):
        migrate(store, broken)

    assert [row for row in master(store / "trail.db") if row[1] != "extra"] == before
    assert applied_migrations(sqlite3.connect(store / "trail.db")) == tuple(
        name for name, _ in NEXT
    )


def test_without_room_for_the_copy_nothing_is_migrated(store: Path) -> None:
    Kernel(store).run()
    before = master(store / "trail.db")

    with files_no_longer_than(100_000), pytest.raises(StoreFull):
        migrate(store, NEXT)

    assert master(store / "trail.db") == before
    assert not [path for path in store.iterdir() if "before" in path.name]


def test_a_newer_store_is_not_touched(store: Path) -> None:
    Kernel(store).run()
    migrate(store, NEXT)

    with pytest.raises(StoreTooNew, match="v9998_note"):
        migrate(store)
    with pytest.raises(StoreTooNew, match="v9998_note"):
        connect(store, role="tool")


def test_a_missing_store_is_not_made(store: Path) -> None:
    with pytest.raises(StoreMissing):
        migrate(store)


def test_two_processes_that_migrate_at_once_do_it_once(store: Path) -> None:
    Kernel(store).run()
    code = (
        "import sys; from pathlib import Path; from celltrail.store.migrations import migrate;"
        f"scripts = {NEXT!r}; print('ready', flush=True);"
        "sys.stdin.readline(); print(migrate(Path(sys.argv[1]), scripts))"
    )
    command = [sys.executable, "-c", code, str(store)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as one, subprocess.Popen(command, **pipes) as other:
        for process in (one, other):  # both have loaded sqlite-utils
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in (one, other):
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        answers = [process.communicate(timeout=60)[0].strip() for process in (one, other)]
        assert (one.returncode, other.returncode) == (0, 0)

    assert sorted(answers) == sorted(["None", str(store / "trail-before-v9998_note.db")])
    assert len(rows(store, "SELECT * FROM _sqlite_migrations")) == len(NEXT)


def test_a_kernel_goes_on_while_another_process_migrates(store: Path) -> None:
    kernel = Kernel(store)
    ran = [kernel.run()]

    migrate(store, NEXT)
    ran.append(kernel.run())

    assert finished(store) == dict.fromkeys(ran, "ok")
    assert kernel.writer.spooled == 0
