from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pandas as pd
import pytest
from trail_writing import Kernel, is_sound, locked_by_another_process, rows

from celltrail.core.digest import digest_report
from celltrail.core.errors import CelltrailError, NotFound, StoreLocked, UsageFault
from celltrail.core.records import EntityRecord, GeneratedRecord, UsedRecord
from celltrail.lifecycle.snapshot import Where, take_snapshot
from celltrail.store import blobs, database
from celltrail.store.database import connect
from celltrail.store.doctor import examine
from celltrail.store.forget import Targets, forget, gc
from celltrail.store.snapshots import (
    Snapshot,
    find_snapshot,
    list_snapshots,
    read_snapshot,
)

ONE = pd.DataFrame({"a": [1, 2, 3]})
TWO = pd.DataFrame({"a": [1, 2, 4]})


def take(store: Path, frame: pd.DataFrame, name: str = "train", execution: str | None = None):
    return take_snapshot(frame, name=name, source="df", where=Where(store, execution))


def versions(store: Path, name: str = "train") -> list[Snapshot]:
    with contextlib.closing(connect(store, role="reader")) as connection:
        return list_snapshots(connection, name=name)


def kept_file(store: Path) -> Path:
    return blobs.path_of(store, versions(store)[-1].blob)


def test_versions_count_from_one_and_old_content_makes_a_new_version(store: Path) -> None:
    taken = [take(store, frame) for frame in (ONE, TWO, ONE)]

    assert [(one.version, one.is_new) for one in taken] == [(1, True), (2, True), (3, True)]
    assert [one.digest for one in versions(store)] == [one.digest for one in taken]
    assert taken[0].digest == taken[2].digest != taken[1].digest


def test_the_same_content_again_writes_nothing(store: Path) -> None:
    take(store, ONE)
    again = take(store, ONE.copy())

    assert (again.version, again.is_new) == (1, False)
    assert "Unchanged: train@1" in again.summary
    assert len(versions(store)) == 1


def test_one_content_under_two_names_is_one_file(store: Path) -> None:
    take(store, ONE)
    take(store, ONE, "test")

    assert len(list(blobs.addresses(store))) == 1
    assert versions(store, "test")[0].blob == versions(store)[0].blob


def test_files_and_folders_are_private(store: Path) -> None:
    take(store, ONE)

    assert kept_file(store).stat().st_mode & 0o777 == 0o600
    assert store.stat().st_mode & 0o777 == 0o700


def test_a_snapshot_reads_as_what_it_was_taken_of(store: Path) -> None:
    take(store, ONE)

    pd.testing.assert_frame_equal(read_snapshot(store, versions(store)[0]), ONE)


def test_it_is_linked_to_the_cell_and_the_content_that_the_trail_knows(store: Path) -> None:
    kernel = Kernel(store)
    digest = take(store, ONE, "other").digest
    ran = kernel.run(
        entities=(EntityRecord("frame", "pandas.DataFrame", digest, "full"),),
        generated=(GeneratedRecord("df", 0, "created", "boundary"),),
    )
    take(store, ONE, execution=ran)

    [found] = versions(store)
    assert (found.execution, found.source) == (ran, "df")
    assert rows(store, "SELECT count(*) FROM entity") == [(1,)]
    assert rows(store, "SELECT entity_id FROM generated") == [(found.entity,)]


@pytest.mark.parametrize("damage", [b"", b"PAR1 nonsense", None])
def test_a_damaged_file_is_an_error_that_names_the_snapshot(
    store: Path, damage: bytes | None
) -> None:
    take(store, ONE)
    file = kept_file(store)
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(bytes(data) if damage is None else damage)

    with pytest.raises(UsageFault, match="train@1 is damaged"):
        read_snapshot(store, versions(store)[0])


def test_a_file_that_is_gone_is_an_error_that_names_the_snapshot(store: Path) -> None:
    take(store, ONE)
    kept_file(store).unlink()

    with pytest.raises(NotFound, match="train@1 is gone"):
        read_snapshot(store, versions(store)[0])


def test_taking_it_again_mends_a_damaged_file(store: Path) -> None:
    take(store, ONE)
    file = kept_file(store)
    data = bytearray(file.read_bytes())
    data[100] ^= 1
    file.write_bytes(data)

    again = take(store, ONE)

    assert not again.is_new
    pd.testing.assert_frame_equal(read_snapshot(store, versions(store)[0]), ONE)


def test_unknown_names_and_versions_get_near_matches(store: Path) -> None:
    take(store, ONE)
    with contextlib.closing(connect(store, role="reader")) as connection:
        with pytest.raises(NotFound) as name:
            find_snapshot(connection, "trian")
        with pytest.raises(NotFound) as version:
            find_snapshot(connection, "train", version=7)

    assert "did you mean train?" in str(name.value)
    assert "choose from 1" in str(version.value)


@pytest.mark.parametrize("name", ["", "a@1", "-x", " a", "a\nb", "ct1:12", "file:x", "n" * 201])
def test_a_name_that_could_not_be_asked_for_is_refused(store: Path, name: str) -> None:
    with pytest.raises(UsageFault, match="cannot be called"):
        take(store, ONE, name)

    assert not store.exists()


def test_what_cannot_be_kept_leaves_nothing(store: Path) -> None:
    Kernel(store).run()
    bad = pd.DataFrame({"a": pd.Series([object()], dtype=object)})

    with pytest.raises(UsageFault):
        take(store, bad)

    assert versions(store) == []
    assert list(blobs.addresses(store)) == list(blobs.leftovers(store)) == []


def test_a_locked_store_takes_no_snapshot_and_says_so(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(store, ONE)
    monkeypatch.setitem(database.LOCK_SECONDS, "tool", 0.2)

    with locked_by_another_process(store), pytest.raises(StoreLocked):
        take(store, TWO)

    assert len(versions(store)) == 1


TAKE = """
    import sys, pandas as pd
    from pathlib import Path
    from celltrail.lifecycle.snapshot import Where, take_snapshot
    for n in range(int(sys.argv[2]), 40, 2):
        take_snapshot(pd.DataFrame({"a": [n]}), name="train", where=Where(Path(sys.argv[1])))
        take_snapshot(pd.DataFrame({"a": [-1]}), name="shared", where=Where(Path(sys.argv[1])))
"""


def test_two_processes_take_snapshots_at_once(store: Path) -> None:
    processes = [
        subprocess.Popen([sys.executable, "-c", textwrap.dedent(TAKE), str(store), str(n)])
        for n in range(2)
    ]

    assert [process.wait(100) for process in processes] == [0, 0]
    assert [one.version for one in versions(store)] == list(range(1, 41))
    values = [read_snapshot(store, one)["a"].tolist() for one in versions(store)]
    assert sorted(values) == [[n] for n in range(40)]
    assert len(versions(store, "shared")) == 1
    assert is_sound(store)


WRITE_FOREVER = """
    import sys, numpy as np
    from pathlib import Path
    from celltrail.lifecycle.snapshot import Where, take_snapshot
    print("ready", flush=True)
    for n in range(10_000):
        take_snapshot(np.full(200_000, n), name="train", where=Where(Path(sys.argv[1])))
"""


@pytest.mark.parametrize("seconds", [0.05, 0.11, 0.23])
def test_a_kill_while_writing_leaves_only_whole_snapshots(store: Path, seconds: float) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(WRITE_FOREVER), str(store)], stdout=subprocess.PIPE
    ) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            while not versions_so_far(store):
                time.sleep(0.01)
            time.sleep(seconds)
        finally:
            os.kill(process.pid, signal.SIGKILL)

    found = versions(store)
    assert [int(read_snapshot(store, one)[0]) for one in found] == list(range(len(found)))
    assert found
    assert is_sound(store)


def versions_so_far(store: Path) -> list[Snapshot]:
    """Return the versions of a store that another process may be making just now."""
    try:
        return versions(store)
    except (CelltrailError, sqlite3.Error):
        return []


def age_of_blobs(store: Path) -> None:
    for address in blobs.addresses(store):
        os.utime(blobs.path_of(store, address), (0, 0))


def test_gc_keeps_snapshots_that_no_cell_refers_to(store: Path) -> None:
    take(store, ONE)
    age_of_blobs(store)

    gc(store, environ={})

    pd.testing.assert_frame_equal(read_snapshot(store, versions(store)[0]), ONE)


def test_forgetting_a_name_deletes_its_versions_and_their_content(store: Path) -> None:
    secret = pd.DataFrame({"a": ["hunter2-correct-horse"]})
    take(store, secret)
    take(store, ONE, "other")

    done = forget(store, Targets(name="train"), environ={})

    assert (done.snapshots, done.blobs, done.entities) == (("train@1",), 1, 1)
    assert versions(store) == []
    assert len(versions(store, "other")) == 1
    found = b"".join(path.read_bytes() for path in store.rglob("*") if path.is_file())
    assert b"hunter2" not in found


def test_forgetting_a_name_keeps_a_file_that_another_name_has(store: Path) -> None:
    take(store, ONE)
    take(store, ONE, "other")

    done = forget(store, Targets(name="train"), environ={})

    assert (done.snapshots, done.blobs) == (("train@1",), 0)
    pd.testing.assert_frame_equal(read_snapshot(store, versions(store, "other")[0]), ONE)


def test_forgetting_a_variable_deletes_the_snapshots_taken_of_it(store: Path) -> None:
    kernel = Kernel(store)
    entity = EntityRecord("frame", "pandas.DataFrame", "ct1:" + "a" * 32, "sampled")
    ran = kernel.run("use", entities=(entity,), used=(UsedRecord("df", 0, None, "static"),))
    take(store, ONE, execution=ran)

    done = forget(store, Targets(name="df"), environ={})

    assert (done.executions, done.snapshots, done.blobs) == (1, ("train@1",), 1)


def test_forgetting_one_version_leaves_the_others(store: Path) -> None:
    for n in range(3):
        take(store, ONE.head(n))

    done = forget(store, Targets(name="train@2"), environ={})

    assert done.snapshots == ("train@2",)
    assert [one.version for one in versions(store)] == [1, 3]


def test_a_snapshot_of_forgotten_data_that_another_cell_took_is_named_and_kept(
    store: Path,
) -> None:
    kernel = Kernel(store)
    found = digest_report(ONE)
    entity = EntityRecord("frame", found.type, found.value, "full")
    made = kernel.run(
        "df = load()",
        entities=(entity,),
        generated=(GeneratedRecord("df", 0, "created", "static"),),
    )
    take(store, ONE, execution=kernel.run("%mlops snapshot df"))
    take(store, pd.DataFrame({"b": [1]}), "unrelated")

    done = forget(store, Targets(executions=(made,)), environ={})

    assert (done.snapshots, done.kept_snapshots) == ((), ("train@1",))
    pd.testing.assert_frame_equal(read_snapshot(store, versions(store)[0]), ONE)


def test_a_file_is_forgotten_by_its_path(store: Path) -> None:
    kernel = Kernel(store)
    entity = EntityRecord("file", "file", "ct1:" + "a" * 32, "full")
    kernel.run(entities=(entity,), used=(UsedRecord("file:in/a.csv", 0, None, "audit"),))

    assert forget(store, Targets(name="in/a.csv"), environ={}).executions == 1


def test_forgetting_an_unknown_name_gets_near_matches_and_deletes_nothing(store: Path) -> None:
    take(store, ONE)

    with pytest.raises(NotFound, match="no variable, file or snapshot 'trian'") as fault:
        forget(store, Targets(name="trian", older_than=2**62), environ={})

    assert fault.value.hint == "did you mean train?"
    assert len(versions(store)) == 1


def test_forgetting_by_age_keeps_what_was_named_to_be_kept(store: Path) -> None:
    kernel = Kernel(store)
    take(store, ONE, execution=kernel.run())

    done = forget(store, Targets(older_than=2**62), environ={})

    assert (done.executions, done.snapshots, done.kept_snapshots) == (1, (), ("train@1",))
    assert versions(store)[0].execution is None
    assert is_sound(store)


def test_doctor_finds_snapshots_that_are_gone_or_cut(store: Path) -> None:
    take(store, ONE)
    before = {check.name: check.verdict for check in examine(store, environ={})}
    file = kept_file(store)
    file.write_bytes(file.read_bytes()[:-1])
    cut = {check.name: check for check in examine(store, environ={})}
    file.unlink()
    gone = {check.name: check.verdict for check in examine(store, environ={})}

    assert (before["snapshots"], before["kept files"]) == ("ok", "ok")
    assert cut["snapshots"].verdict == "failed"
    assert "train@1" in cut["snapshots"].sentence
    assert gone["kept files"] == "failed"
