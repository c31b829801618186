from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest
from trail_writing import (
    Kernel,
    damage,
    finished,
    is_sound,
    locked_by_another_process,
    rich_record,
    rows,
    start_record,
)

from celltrail.core.errors import StoreMissing
from celltrail.core.records import OutputRecord
from celltrail.store import blobs
from celltrail.store.doctor import Check, examine, salvage


def found(store: Path) -> dict[str, Check]:
    return {check.name: check for check in examine(store, environ={"HOME": str(store.parent)})}


def verdicts(store: Path) -> dict[str, str]:
    return {name: check.verdict for name, check in found(store).items()}


def test_a_sound_store_passes_every_check(store: Path) -> None:
    kernel = Kernel(store)
    kernel.run()

    checks = found(store)

    assert {check.verdict for check in checks.values()} == {"ok"}
    assert set(checks) == {
        "folder", "waiting records", "database", "integrity", "references", "sessions",
        "kept files", "snapshots",
    } - {"database"}  # fmt: skip


def test_what_is_not_there_is_unknown(store: Path) -> None:
    assert verdicts(store)["database"] == "unknown"


def test_a_folder_that_others_can_read_is_told(store: Path) -> None:
    Kernel(store).run()
    store.chmod(0o755)

    check = found(store)["folder"]

    assert check.verdict == "warning"
    assert check.hint == f"`chmod 700 {store}`."


def test_a_session_that_died_in_a_cell_is_told(store: Path) -> None:
    kernel = Kernel(store)
    kernel.writer.begin(start_record(kernel.session.id))
    kernel.writer.abandon()

    assert verdicts(store)["sessions"] == "warning"


def test_waiting_records_are_told(store: Path) -> None:
    kernel = Kernel(store)
    kernel.run()
    with locked_by_another_process(store):
        kernel.run()

    assert "1 living session" in found(store)["waiting records"].sentence
    kernel.writer.abandon()
    assert "1 ended session" in found(store)["waiting records"].sentence


def test_kept_files_that_are_missing_or_too_many_are_told(store: Path) -> None:
    kernel = Kernel(store)
    address = kernel.writer.put_blob(b"figure")
    kernel.run()
    assert verdicts(store)["kept files"] == "warning"
    assert address is not None

    kernel.run(outputs=(OutputRecord("display", "image/png", blob=address, size=6),))
    assert verdicts(store)["kept files"] == "ok"
    blobs.path_of(store, address).unlink()
    assert verdicts(store)["kept files"] == "failed"


def test_a_row_that_refers_to_nothing_is_told(store: Path) -> None:
    kernel = Kernel(store)
    kernel.writer.finish(rich_record(start_record(kernel.session.id)))
    with contextlib.closing(sqlite3.connect(store / "trail.db")) as db, db:
        db.execute("DELETE FROM entity WHERE kind = 'frame'")

    check = found(store)["references"]

    assert check.verdict == "failed"
    assert "generated" in check.sentence


def test_damage_is_told_with_what_to_do(store: Path) -> None:
    kernel = Kernel(store)
    for _ in range(200):
        kernel.writer.finish(rich_record(start_record(kernel.session.id)))
    kernel.writer.close()
    damage(store / "trail.db", first_page=60, pages=3)

    checks = found(store)

    assert checks["integrity"].verdict == "failed"
    assert "`celltrail doctor --repair`" in (checks["integrity"].hint or "")


def test_a_table_that_is_gone_fails_and_can_be_repaired(store: Path) -> None:
    kernel = Kernel(store)
    kernel.run()
    kernel.writer.close()
    with contextlib.closing(sqlite3.connect(store / "trail.db")) as db:
        db.execute("ALTER TABLE execution RENAME TO lost")
    failed = [check for check in found(store).values() if check.verdict == "failed"]

    assert failed
    assert all("--repair" in (check.hint or "") for check in failed)


@pytest.mark.parametrize("first_page", range(2, 120, 7))
def test_what_can_be_read_of_a_damaged_store_is_saved(store: Path, first_page: int) -> None:
    kernel = Kernel(store)
    ran = []
    for _ in range(120):
        start = start_record(kernel.session.id)
        kernel.writer.finish(rich_record(start, ran[-1] if ran else None))
        ran.append(start.id)
    kernel.writer.close()
    damage(store / "trail.db", first_page=first_page, pages=1)
    damaged = (store / "trail.db").read_bytes()

    saved = salvage(store)

    assert saved.kept.read_bytes() == damaged
    assert is_sound(store)
    assert finished(store).keys() <= set(ran)
    if not saved.damaged:  # the page was an index or free
        assert finished(store).keys() == set(ran)
    new = Kernel(store)
    assert new.run() in finished(store)
    assert new.said == []


def test_most_executions_are_saved_around_one_bad_page_of_their_table(store: Path) -> None:
    kernel = Kernel(store)
    for _ in range(400):
        kernel.writer.finish(rich_record(start_record(kernel.session.id)))
    kernel.writer.close()
    with contextlib.closing(sqlite3.connect(store / "trail.db")) as db:
        try:
            pages = [
                page
                for (page,) in db.execute(
                    "SELECT pageno FROM dbstat WHERE name = 'execution' AND pagetype = 'leaf'"
                )
            ]
        except sqlite3.OperationalError:
            pytest.skip("this SQLite has no dbstat")
    damage(store / "trail.db", first_page=sorted(pages)[len(pages) // 2], pages=1)

    saved = salvage(store)

    assert "execution" in saved.damaged
    assert len(finished(store)) > 300
    assert is_sound(store)


def test_a_living_kernel_goes_over_to_the_salvaged_store(store: Path) -> None:
    kernel = Kernel(store)
    ran = [kernel.run()]

    salvage(store)
    ran.append(kernel.run())

    assert finished(store) == dict.fromkeys(ran, "ok")
    assert kernel.said == []


def test_a_file_that_is_no_database_is_set_aside(store: Path) -> None:
    store.mkdir(parents=True)
    (store / "trail.db").write_text("notes " * 1000)

    saved = salvage(store)

    assert saved.kept.read_text() == "notes " * 1000
    assert "execution" in saved.damaged
    assert Kernel(store).run() in finished(store)


def test_there_is_nothing_to_save_where_there_is_no_store(store: Path) -> None:
    with pytest.raises(StoreMissing):
        salvage(store)


def test_labels_and_notes_are_saved_too(store: Path) -> None:
    kernel = Kernel(store)
    ran = kernel.run(tags={"star": "1"})

    salvage(store)

    assert rows(store, "SELECT target, key, value FROM tag") == [(ran, "star", "1")]
