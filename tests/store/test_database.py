from __future__ import annotations

import contextlib
import sqlite3
import time
from pathlib import Path

import pytest
from trail_writing import Kernel, damage, finished, locked_by_another_process, read_only, rows

from celltrail.core.errors import StoreCorrupt, StoreLocked, StoreMissing, StoreReadOnly
from celltrail.store import database
from celltrail.store.database import connect, fault_of, transaction


def test_a_reader_and_a_tool_make_no_store(store: Path) -> None:
    for role in ("reader", "tool"):
        with pytest.raises(StoreMissing, match="No trail was found"):
            connect(store, role=role)  # type: ignore[arg-type]

    assert not store.exists()


def test_an_empty_file_is_a_store_to_be_made(store: Path) -> None:
    """A kernel killed while it made its first table leaves one."""
    store.mkdir(parents=True)
    (store / "trail.db").touch()
    with pytest.raises(StoreMissing):
        connect(store, role="reader")

    ran = Kernel(store).run()

    assert finished(store) == {ran: "ok"}


def test_a_reader_cannot_write(store: Path) -> None:
    Kernel(store).run()

    with (
        contextlib.closing(connect(store, role="reader")) as connection,
        pytest.raises(sqlite3.OperationalError, match="readonly"),
    ):
        connection.execute("DELETE FROM problem")


def test_a_reader_sees_what_is_committed_while_another_process_writes(store: Path) -> None:
    Kernel(store).run()

    with (
        locked_by_another_process(store),
        contextlib.closing(connect(store, role="reader")) as connection,
    ):
        assert connection.execute("SELECT count(*) FROM execution").fetchone() == (1,)


def test_a_writer_has_the_log_and_the_safety_that_the_design_asks_for(store: Path) -> None:
    with contextlib.closing(connect(store, role="kernel")) as connection:
        found = {
            name: connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }

    assert found == {"journal_mode": "wal", "synchronous": 1, "foreign_keys": 1, "busy_timeout": 50}


def test_a_disk_without_shared_memory_has_a_rollback_journal_and_says_so_once(store: Path) -> None:
    said: list[str] = []
    for _ in range(2):
        # SQLite's file layer with lock files refuses WAL as a network disk does.
        with contextlib.closing(
            connect(store, role="kernel", say=said.append, vfs="unix-dotfile")
        ) as connection:
            assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
            with transaction(connection):
                connection.execute("INSERT INTO changes (kind, row_id) VALUES ('a', 1)")

    assert len(said) == 1
    assert "network disk" in said[0]
    assert rows(store, "SELECT count(*) FROM changes") == [(2,)]


MOUNTS = """\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
40 22 0:35 / /home rw,relatime shared:20 - nfs4 server:/home rw,vers=4.2
41 40 0:36 / /home/ann/fast rw - ext4 /dev/sdb1 rw
42 22 0:37 / /mnt/with\\040space rw - cifs //server/x rw
43 22 0:38 / /twice rw - nfs4 server:/a rw
44 43 0:39 / /twice rw - tmpfs tmpfs rw
broken line
"""


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("/home/ann/project/trail.db", True),
        ("/home/ann/fast/trail.db", False),
        ("/homework/trail.db", False),
        ("/mnt/with space/trail.db", True),
        ("/twice/trail.db", False),
        ("/trail.db", False),
    ],
)
def test_a_network_disk_is_known_by_its_mount(file: str, expected: bool) -> None:
    assert database.is_network_disk(Path(file), MOUNTS) is expected
    assert database.is_network_disk(Path(file), "") is False


def test_on_a_network_disk_no_log_is_tried_and_cells_are_recorded(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such a disk lets the log be made; two machines that share it damage the file."""
    mounts = store.parents[1] / "mountinfo"
    mounts.write_text("40 22 0:35 / / rw - nfs4 server:/ rw\n")
    monkeypatch.setattr(database, "_MOUNTS", mounts)
    kernel = Kernel(store)

    ran = [kernel.run(), kernel.run()]

    assert rows(store, "PRAGMA journal_mode") == [("delete",)]
    assert finished(store) == dict.fromkeys(ran, "ok")
    assert len(kernel.said) == 1
    assert "network disk" in kernel.said[0]


def test_a_lock_is_waited_for_as_long_as_the_role_may(store: Path) -> None:
    Kernel(store).run()
    with (
        contextlib.closing(connect(store, role="kernel")) as connection,
        locked_by_another_process(store),
    ):
        began = time.perf_counter()
        with (
            pytest.raises(StoreLocked, match="locked for"),
            database.faults(store / "trail.db", 0.05),
        ):
            connection.execute("BEGIN IMMEDIATE")
        waited = time.perf_counter() - began

    assert 0.03 < waited < 0.3


def test_a_transaction_that_raises_leaves_nothing(store: Path) -> None:
    with contextlib.closing(connect(store, role="kernel")) as connection:

        def interrupted() -> None:
            with transaction(connection):
                connection.execute("INSERT INTO changes (kind, row_id) VALUES ('a', 1)")
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            interrupted()
        with transaction(connection):
            connection.execute("INSERT INTO changes (kind, row_id) VALUES ('b', 1)")

        assert connection.execute("SELECT kind FROM changes").fetchall() == [("b",)]


def test_damage_is_told_as_damage(store: Path) -> None:
    kernel = Kernel(store)
    kernel.run()
    kernel.writer.close()
    damage(store / "trail.db", first_page=1)

    with pytest.raises(StoreCorrupt, match="not a database"):
        connect(store, role="reader")


def test_a_table_that_is_gone_is_not_called_damage_and_loses_no_record(store: Path) -> None:
    """SQLite answers a mistake in our SQL in the same way, and then the file is sound."""
    first = Kernel(store)
    first.run()
    first.writer.close()
    with contextlib.closing(sqlite3.connect(store / "trail.db")) as db:
        db.execute("ALTER TABLE generated RENAME TO lost")
        db.execute("ALTER TABLE execution RENAME TO lost2")
    kernel = Kernel(store)

    kernel.run()

    assert kernel.writer.state == "spooling"
    assert not isinstance(kernel.writer.reason, StoreCorrupt)
    assert "no such table" in str(kernel.writer.reason)
    assert kernel.writer.spooled == 3


def test_a_mistake_in_our_sql_is_not_told_as_damage(store: Path) -> None:
    with (
        contextlib.closing(connect(store, role="kernel")) as connection,
        pytest.raises(sqlite3.OperationalError) as raised,
    ):
        connection.execute("SELECT nothing FROM execution")

    assert fault_of(raised.value, store / "trail.db", 1.0) is None


def test_a_store_in_a_read_only_folder_can_be_read(plain_user: Path) -> None:
    store = plain_user / ".celltrail"
    kernel = Kernel(store)
    kernel.run()
    kernel.writer.close()
    with read_only(store):
        with contextlib.closing(connect(store, role="reader")) as connection:
            assert connection.execute("SELECT count(*) FROM execution").fetchone() == (1,)
        with pytest.raises(StoreReadOnly):
            connect(store, role="tool")
