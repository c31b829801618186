from __future__ import annotations

import json
import sys
from pathlib import Path

import pandas as pd
import pytest
from recorded_cells import Recorded

from celltrail.core.errors import NotFound, UsageFault
from celltrail.lifecycle.snapshot import SnapshotReport, Where, snapshot, take_snapshot
from celltrail.lineage.datasets.data_find import find_data
from celltrail.store.contents import contents
from celltrail.store.snapshots import list_snapshots, read_snapshot

TOKEN = f"ghp_{'aB1c' * 9}"
FRAME = pd.DataFrame({"a": [1.0, 2.0, None], "b": ["x", "y", "z"]})


@pytest.fixture
def where(tmp_path: Path) -> Where:
    return Where(tmp_path / ".celltrail")


def take(target: str, where: Where, *, name: str | None = None, **names: object) -> SnapshotReport:
    folder = where.store.parent
    return snapshot(target, name=name, namespace=names, folder=folder, where=where)


def test_a_variable_is_kept_under_its_own_name_or_another(where: Where) -> None:
    assert take("df", where, df=FRAME).name == "df"
    assert take("df", where, name="train", df=FRAME).name == "train"


def test_the_report_says_what_was_kept_and_survives_json(where: Where) -> None:
    report = take("df", where, df=FRAME)

    assert report.summary.startswith("df@1 keeps a pandas.DataFrame, 3 x 2, in ")
    assert SnapshotReport.from_document(json.loads(json.dumps(report.document()))) == report


def test_a_file_is_kept_byte_by_byte_under_its_name(where: Where, tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_bytes(b"a,b\r\n1,2\r\n")

    report = take("data.csv", where)

    with Recorded(tmp_path).reader() as connection:
        [found] = list_snapshots(connection)
    assert (report.name, report.format, found.source) == ("data", "file.csv", "file:data.csv")
    assert read_snapshot(where.store, found) == b"a,b\r\n1,2\r\n"


def test_what_is_no_variable_and_no_file_gets_near_matches(where: Where, tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("a")

    with pytest.raises(NotFound, match="variable or file 'dff'") as variable:
        take("dff", where, df=FRAME)
    with pytest.raises(NotFound) as file:
        take("data.cvs", where)
    with pytest.raises(UsageFault, match="is a folder"):
        take(".", where)

    assert "did you mean df?" in str(variable.value)
    assert "did you mean data.csv?" in str(file.value)


def test_the_content_is_kept_with_columns_and_profile(where: Where, tmp_path: Path) -> None:
    take("df", where, df=FRAME)

    with Recorded(tmp_path).reader() as connection:
        [found] = list_snapshots(connection)
        content = contents(connection, [found.entity])[found.entity]
    assert [(name, dtype) for name, dtype, _ in content.columns] == [("a", "float64"), ("b", "str")]
    assert (content.profile[0]["mean"], content.profile[0]["nulls"]) == (1.5, 1)


def test_what_is_said_of_the_content_is_redacted_and_the_content_is_not(tmp_path: Path) -> None:
    frame = pd.DataFrame({"password": ["opensesame1", "opensesame2"], TOKEN: [1, 2]})

    where = Where(tmp_path / ".celltrail")
    take_snapshot(frame, name="train", where=where)

    with Recorded(tmp_path).reader() as connection:
        [found] = list_snapshots(connection)
        content = contents(connection, [found.entity])[found.entity]
    assert [name for name, _, _ in content.columns] == ["password", "‹redacted:token›"]
    assert content.profile[0].keys().isdisjoint({"min", "max", "top"})
    pd.testing.assert_frame_equal(read_snapshot(where.store, found), frame)


def test_a_secret_in_a_name_is_a_mark_and_the_mark_finds_the_snapshot(
    where: Where, tmp_path: Path
) -> None:
    (tmp_path / f"{TOKEN}.csv").write_text("a\n1\n")

    by_path = take(f"{TOKEN}.csv", where)
    by_name = take("df", where, name=f"of {TOKEN}", df=FRAME)

    with Recorded(tmp_path).reader() as connection:
        assert find_data(connection, by_path.name).label == "‹redacted:token›@1"
        assert find_data(connection, f"{by_name.name}@1").label == "of ‹redacted:token›@1"
        sources = {one.source for one in list_snapshots(connection)}
    assert sources == {"file:‹redacted:token›.csv", "df"}


def test_a_cell_that_takes_a_snapshot_is_linked_to_it(tmp_path: Path) -> None:
    with Recorded(tmp_path) as notebook:
        made = notebook.run("import pandas as pd\ndf = pd.DataFrame({'a': [1, 2]})")
        taken = notebook.run("%mlops snapshot df --name train")
        with notebook.reader() as connection:
            [found] = list_snapshots(connection)

    assert made != taken
    assert (found.execution, found.source, found.label) == (taken, "df", "train@1")


def test_without_pyarrow_a_frame_is_refused_and_an_array_is_not(
    where: Where, monkeypatch: pytest.MonkeyPatch
) -> None:
    column = FRAME["a"].to_numpy()
    monkeypatch.setitem(sys.modules, "pyarrow", None)

    with pytest.raises(UsageFault, match="needs pyarrow") as fault:
        take("df", where, df=pd.DataFrame([[1.0]]))

    assert "celltrail[data]" in str(fault.value)
    assert take("x", where, x=column).is_new
