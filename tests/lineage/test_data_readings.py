"""`data list`, `log`, `diff`, `get` and `lineage`, of cells that were really run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from recorded_cells import Recorded
from sklearn.datasets import load_wine
from trail_rows import Trail

from celltrail.core.errors import NotFound, UsageFault
from celltrail.core.report import Report, Table
from celltrail.lineage.datasets.data_diff import data_diff
from celltrail.lineage.datasets.data_diff_report import DataDiffReport
from celltrail.lineage.datasets.data_get import get_data, write_data
from celltrail.lineage.datasets.data_lineage import data_lineage
from celltrail.lineage.datasets.data_lineage_report import Dataset
from celltrail.lineage.datasets.data_list import list_data
from celltrail.lineage.datasets.data_log import data_log
from celltrail.store import blobs
from celltrail.store.database import Connection, connect
from celltrail.store.schema import READINGS

CELLS = (
    "import pandas as pd\nraw = pd.read_csv('wine.csv')\n%mlops snapshot raw",
    "other = pd.DataFrame({'id': [1, 2]})\nclean = raw[raw['alcohol'] > 12].copy()",
    "clean['ratio'] = clean['ash'] / clean['alcohol']",
    "%mlops snapshot clean --name train",
    (
        "from sklearn.preprocessing import StandardScaler\nX = clean.drop(columns='target')\n"
        "y = clean['target']\nscaler = StandardScaler().fit(X)"
    ),
    (
        "from sklearn.linear_model import LogisticRegression\nXs = scaler.transform(X)\n"
        "model = LogisticRegression(max_iter=500).fit(Xs, y)\naccuracy = model.score(Xs, y)"
    ),
    (
        "clean = clean[clean['alcohol'] > 12.5].copy()\nclean['ratio'] = clean['ratio'].round(2)\n"
        "%mlops snapshot clean --name train"
    ),
    "clean.to_csv('out.csv', index=False)",
    "back = pd.read_csv('out.csv')",
    "%mlops snapshot wine.csv --name file",
)


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    folder = tmp_path_factory.mktemp("project")
    load_wine(as_frame=True).frame.to_csv(folder / "wine.csv", index=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        with Recorded(folder) as recorded:
            recorded.ids = [recorded.run(cell) for cell in CELLS]  # type: ignore[attr-defined]
            yield recorded


@pytest.fixture
def connection(notebook: Recorded) -> Iterator[Connection]:
    with notebook.reader() as opened:
        yield opened


def same(report: Report) -> bool:
    """Whether a report is the same after JSON, and can be said."""
    parts = list(report.parts(str))
    document = json.loads(json.dumps(report.document()))
    return bool(parts) and type(report).from_document(document) == report


def diff(notebook: Recorded, before: str, after: str, **options: Any) -> DataDiffReport:
    with notebook.reader() as connection:
        return data_diff(connection, before, after, store=notebook.store, **options)


# --- list and log ---------------------------------------------------------------------------------


def test_the_list_holds_snapshots_and_the_data_of_results(connection: Connection) -> None:
    report = list_data(connection)

    found = {(item.name, item.origin): item for item in report.items}
    assert same(report)
    # Other tests may have taken more of them by now.
    assert {name for name, origin in found if origin == "snapshot"} >= {"train", "raw", "file"}
    assert found["train", "snapshot"].versions == 2
    assert found["raw", "snapshot"].results == 1
    assert found["wine.csv", "file"].results == 1
    frame = load_wine(as_frame=True).frame
    assert found["X", "variable"].shape == (int((frame["alcohol"] > 12).sum()), 14)


def test_a_store_without_data_says_how_to_begin(tmp_path: Path) -> None:
    trail = Trail()
    with closing(trail.connection) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'snapshot'").fetchone():
            connection.executescript(READINGS)

        report = list_data(connection)

    assert report.items == ()
    assert "%mlops snapshot NAME" in report.summary


def test_the_log_of_a_name_says_what_changed_between_versions(
    connection: Connection, notebook: Recorded
) -> None:
    report = data_log(connection, "train")

    one, two = report.versions
    frame = load_wine(as_frame=True).frame
    rows = [int((frame["alcohol"] > limit).sum()) for limit in (12, 12.5)]
    change = two.change
    assert same(report)
    assert (one.label, two.label, one.change) == ("train@1", "train@2", None)
    assert change is not None
    assert [change.rows_before, change.rows_after] == rows
    alcohol = next(column for column in change.columns if column.name == "alcohol")
    assert alcohol.mean_after == pytest.approx(frame[frame["alcohol"] > 12.5]["alcohol"].mean())
    assert f"rows {rows[0]} -> {rows[1]}" in two.said


def test_the_log_of_a_variable_follows_it_through_cells(
    connection: Connection, notebook: Recorded
) -> None:
    report = data_log(connection, "clean")

    ids = notebook.ids  # type: ignore[attr-defined]
    assert [one.execution for one in report.versions] == [ids[1], ids[2], ids[6]]
    assert [one.origin for one in report.versions] == ["created", "mutated", "rebound"]
    assert "added ratio" in report.versions[1].said


def test_the_log_of_a_file_is_found_by_its_path(connection: Connection) -> None:
    assert [one.origin for one in data_log(connection, "wine.csv").versions] == ["read"]
    assert [one.origin for one in data_log(connection, "out.csv").versions] == ["written"]


def test_the_log_is_cut_where_asked(connection: Connection) -> None:
    report = data_log(connection, "clean", limit=1)

    assert (len(report.versions), report.is_cut) == (1, True)


def test_the_log_leaves_out_what_reproducing_a_result_ran() -> None:
    trail = Trail()
    trail.execute(makes={"df": ("first", "frame")})
    again = trail.run("again", kind="reproduce")
    trail.execute(makes={"df": ("first", "frame")}, session="two", notebook=None, run=again)
    with closing(trail.connection) as connection:
        report = data_log(connection, "df")

    assert [one.origin for one in report.versions] == ["created"]


def test_unknown_names_get_near_matches(connection: Connection, notebook: Recorded) -> None:
    for ask in (
        lambda: data_log(connection, "cleen"),
        lambda: data_lineage(connection, "cleen"),
        lambda: diff(notebook, "cleen", "raw"),
        lambda: get_data(notebook.store, "cleen"),
    ):
        with pytest.raises(NotFound) as fault:
            ask()
        assert "clean" in str(fault.value.hint)


# --- diff -----------------------------------------------------------------------------------------


def test_two_snapshots_are_compared_row_by_row(notebook: Recorded) -> None:
    report = diff(notebook, "train@1", "train@2")

    before, after = (get_data(notebook.store, "train", version=n) for n in (1, 2))
    changed = int((before.loc[after.index, "ratio"] != after["ratio"]).sum())
    rows = report.rows
    assert same(report)
    assert rows is not None
    assert (report.basis, rows.matched_by) == ("rows", "index")
    assert (rows.added, rows.removed, rows.changed) == (0, len(before) - len(after), changed)
    assert rows.cells == (("ratio", changed),)


def test_a_name_means_its_newest_snapshot(notebook: Recorded) -> None:
    assert diff(notebook, "train@1", "train").after.label == "train@2"
    assert diff(notebook, "train@2", "train").is_identical


def test_a_result_and_a_digest_stand_for_data(notebook: Recorded) -> None:
    digest = notebook.taken[0].digest

    report = diff(notebook, "latest:raw", digest[:14])

    assert report.is_identical
    assert report.before.snapshot == "raw@1"


def test_contents_that_were_not_kept_are_compared_by_column_and_this_is_said(
    notebook: Recorded,
) -> None:
    report = diff(notebook, "raw", "X")

    assert (report.basis, report.rows) == ("columns", None)
    added = {one.name for one in report.columns if one.change == "added"}
    assert added == {"ratio"}
    assert "Rows were not compared: the content of X was not kept" in report.findings[0].sentence


def test_a_key_for_rows_that_cannot_be_read_is_refused(notebook: Recorded) -> None:
    with pytest.raises(UsageFault, match="cannot be compared"):
        diff(notebook, "raw", "X", key=["alcohol"])


def test_a_csv_file_is_read_as_a_table(notebook: Recorded) -> None:
    report = diff(notebook, "raw@1", "file@1")

    assert report.rows is not None
    assert (report.rows.added, report.rows.removed, report.rows.changed) == (0, 0, 0)
    assert report.rows.same == 178
    assert "file@1 is read as CSV" in " ".join(one.sentence for one in report.findings)


def test_arrays_are_compared_by_position(notebook: Recorded) -> None:
    from celltrail.lifecycle.snapshot import take_snapshot

    array = np.arange(12.0).reshape(4, 3)
    take_snapshot(array, name="array", where=notebook.where)
    array[1, 2] = -1
    take_snapshot(array, name="array", where=notebook.where)

    report = diff(notebook, "array@1", "array@2")

    assert report.rows is not None
    assert (report.rows.changed, report.rows.cells) == (1, (("2", 1),))


def test_an_array_is_compared_with_a_frame_by_the_order_of_columns(notebook: Recorded) -> None:
    from celltrail.lifecycle.snapshot import take_snapshot

    array = notebook.namespace["raw"].to_numpy().copy()
    array[3, 1] = 0
    take_snapshot(array, name="values", where=notebook.where)

    report = diff(notebook, "raw@1", "values")

    assert report.rows is not None
    assert (report.rows.changed, report.rows.same) == (1, 177)
    assert report.summary == "raw@1 -> values@1: 1 row changed, 177 are the same."
    assert "columns are compared in their order" in report.findings[0].sentence


def test_tables_without_a_common_column_have_no_rows_to_compare(notebook: Recorded) -> None:
    from celltrail.lifecycle.snapshot import take_snapshot

    take_snapshot(pd.DataFrame({"id": [1, 2]}), name="ids", where=notebook.where)

    report = diff(notebook, "raw@1", "ids")

    assert report.rows is None
    assert "they have no column in common" in report.findings[0].sentence


@pytest.mark.parametrize("text", ["train@x", "train@9", "nobody@1", "ct1:ffffffffffffff"])
def test_versions_and_digests_that_are_not_there_are_errors(notebook: Recorded, text: str) -> None:
    with pytest.raises((NotFound, UsageFault)):
        diff(notebook, text, "raw")


# --- get ------------------------------------------------------------------------------------------


def test_data_comes_back_as_it_was(notebook: Recorded) -> None:
    newest = get_data(notebook.store, "train")

    pd.testing.assert_frame_equal(newest, notebook.namespace["clean"], check_exact=True)
    assert len(get_data(notebook.store, "train@1")) > len(newest)


@pytest.mark.parametrize("ending", ["csv", "parquet", "json", "tsv"])
def test_data_is_written_for_other_programs(
    notebook: Recorded, connection: Connection, tmp_path: Path, ending: str
) -> None:
    target = tmp_path / f"raw.{ending}"
    report = write_data(connection, "raw@1", target, store=notebook.store)

    readers: dict[str, Any] = {
        "csv": pd.read_csv,
        "parquet": pd.read_parquet,
        "json": pd.read_json,
        "tsv": lambda file: pd.read_csv(file, sep="\t"),
    }
    found = readers[ending](target)
    typed = ending != "json"  # 1.0 is written as 1 there
    pd.testing.assert_frame_equal(found, notebook.namespace["raw"], check_dtype=typed)
    assert report.size == target.stat().st_size
    assert [file.name for file in tmp_path.iterdir()] == [target.name]


def test_a_file_comes_back_byte_by_byte(
    notebook: Recorded, connection: Connection, tmp_path: Path
) -> None:
    write_data(connection, "file", tmp_path / "copy.csv", store=notebook.store)

    assert (tmp_path / "copy.csv").read_bytes() == (notebook.folder / "wine.csv").read_bytes()
    with pytest.raises(UsageFault, match=r"is a \.csv file"):
        write_data(connection, "file", tmp_path / "copy.parquet", store=notebook.store)


def test_a_file_is_overwritten_only_when_forced(
    notebook: Recorded, connection: Connection, tmp_path: Path
) -> None:
    target = tmp_path / "raw.csv"
    target.write_text("mine")

    with pytest.raises(UsageFault, match="is there already"):
        write_data(connection, "raw@1", target, store=notebook.store)
    assert target.read_text() == "mine"
    write_data(connection, "raw@1", target, store=notebook.store, is_forced=True)

    assert target.read_text() != "mine"


def test_what_was_not_kept_cannot_be_got(notebook: Recorded, connection: Connection) -> None:
    with pytest.raises(UsageFault, match="content of X was not kept"):
        get_data(notebook.store, "X")


def test_endings_that_are_not_written_are_refused(
    notebook: Recorded, connection: Connection, tmp_path: Path
) -> None:
    with pytest.raises(UsageFault, match=r"not written as '\.xlsx'"):
        write_data(connection, "raw@1", tmp_path / "raw.xlsx", store=notebook.store)

    assert list(tmp_path.iterdir()) == []


# --- lineage --------------------------------------------------------------------------------------


def tree(datasets: tuple[Dataset, ...]) -> dict[str, Any]:
    """Names with the names of their parents, nested, the first dataset on top."""
    by_key = {one.key: one for one in datasets}

    def below(one: Dataset) -> dict[str, Any]:
        return {by_key[key].name: below(by_key[key]) for key in one.parents}

    return {datasets[0].name: below(datasets[0])}


RAW = {"raw": {"wine.csv": {}}}
CLEAN = {"clean": {"clean": RAW}}


def test_a_snapshot_goes_back_to_its_file(connection: Connection) -> None:
    report = data_lineage(connection, "train@2")

    assert same(report)
    assert tree(report.datasets) == {"train@2": CLEAN}
    assert report.roots == ("wine.csv",)


def test_each_step_holds_the_lines_that_made_it_and_what_they_call(connection: Connection) -> None:
    steps = {one.key: one.made_by for one in data_lineage(connection, "train@2").datasets}

    lines = [step.lines for step in steps.values() if step is not None]
    assert lines == [
        ("clean = clean[clean['alcohol'] > 12.5].copy()",
         "clean['ratio'] = clean['ratio'].round(2)"),
        ("clean['ratio'] = clean['ash'] / clean['alcohol']",),
        ("clean = raw[raw['alcohol'] > 12].copy()",),
        ("raw = pd.read_csv('wine.csv')",),
    ]  # fmt: skip
    calls = [step.calls for step in steps.values() if step is not None]
    assert calls[-1] == ("pandas.read_csv",)


def test_a_dataset_tells_schema_statistics_and_snapshots(connection: Connection) -> None:
    datasets = {one.name: one for one in data_lineage(connection, "train@2").datasets}

    assert ("alcohol", "float64") in datasets["raw"].columns
    assert datasets["raw"].snapshots == ("raw@1",)
    assert datasets["wine.csv"].snapshots == ("file@1",)
    assert datasets["raw"].statistics[0]["mean"] == pytest.approx(
        load_wine(as_frame=True).frame["alcohol"].mean()
    )


def test_data_that_went_through_a_model_keeps_its_way(connection: Connection) -> None:
    report = data_lineage(connection, "Xs")

    clean = {"clean": {"clean": RAW}}
    assert tree(report.datasets) == {"Xs": {"X": clean, "scaler": clean}}
    assert sum(one.name == "raw" for one in report.datasets) == 1  # once, however often used


def test_a_written_file_leads_back_to_what_wrote_it(connection: Connection) -> None:
    report = data_lineage(connection, "back")

    assert tree(report.datasets) == {"back": {"out.csv": {"clean": CLEAN}}}


def test_neighbours_in_a_cell_are_no_ancestors(connection: Connection) -> None:
    names = {one.name for one in data_lineage(connection, "train@1").datasets}

    assert names == {"train@1", "clean", "raw", "wine.csv"}


def test_json_has_the_shape_of_a_dataset_with_sources_and_transformations(
    connection: Connection,
) -> None:
    """The keys of `get_dataset_lineage`: dataset, transformations, sources with upstream."""
    found = data_lineage(connection, "train@1").data()

    assert found["dataset"] == {"name": "train@1", "version": "train@1"}
    assert found["transformations"][0]["code"] == CELLS[2]
    [source] = found["sources"]
    assert (source["name"], source["checksum"][:4]) == ("clean", "ct1:")
    [raw] = source["upstream"]["sources"]
    [file] = raw["upstream"]["sources"]
    assert (raw["name"], raw["version"], file["name"]) == ("raw", "raw@1", "wine.csv")
    assert "upstream" not in file
    assert json.loads(json.dumps(found)) == found


def test_the_tree_is_cut_where_asked_and_says_so(connection: Connection) -> None:
    shallow = data_lineage(connection, "train@2", depth=1)
    narrow = data_lineage(connection, "train@2", limit=2)

    assert [one.name for one in shallow.datasets] == ["train@2", "clean"]
    assert "cut after 1 step;" in shallow.findings[0].sentence
    assert len(narrow.datasets) == 2
    assert "cut after 2 contents;" in narrow.findings[0].sentence


def test_a_file_from_outside_is_its_own_origin(connection: Connection) -> None:
    report = data_lineage(connection, "file@1")

    assert [one.made_by for one in report.datasets] == [None]


@pytest.mark.parametrize("outside", [False, True])
def test_a_snapshot_of_a_file_goes_back_to_the_cell_that_wrote_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, outside: bool
) -> None:
    """Reading a file for a snapshot is no use by the cell, and a shell has no cell at all."""
    from celltrail.lifecycle.snapshot import Where, take_file_snapshot

    monkeypatch.chdir(tmp_path)
    with Recorded(tmp_path) as notebook:
        notebook.run("import pandas as pd\ndf = pd.DataFrame({'a': [1, 2]})")
        notebook.run("df.to_csv('a.csv', index=False)")
        if outside:
            where = Where(notebook.store)
            take_file_snapshot(tmp_path / "a.csv", name="kept", folder=tmp_path, where=where)
        else:
            notebook.run("%mlops snapshot a.csv --name kept")
        notebook.run("df.to_csv('a.csv', index=False)  # later, and the same")
        with notebook.reader() as connection:
            report = data_lineage(connection, "kept")

    assert tree(report.datasets) == {"kept@1": {"df": {}}}
    assert [one.made_by.lines for one in report.datasets if one.made_by is not None] == [
        ("df.to_csv('a.csv', index=False)",),
        ("df = pd.DataFrame({'a': [1, 2]})",),
    ]


def test_contents_of_different_sorts_are_not_compared_by_column(notebook: Recorded) -> None:
    from celltrail.lifecycle.snapshot import take_snapshot

    take_snapshot({"C": 1.0}, name="settings", where=notebook.where)

    report = diff(notebook, "raw@1", "settings")

    assert (report.basis, report.columns, report.is_identical) == ("digests", (), False)
    assert report.summary == (
        "raw@1 (pandas.DataFrame) and settings@1 (dict) are different sorts of content:"
        " only their types and digests are compared."
    )
    assert [(one.sentence, one.hint) for one in report.findings] == [
        ("Rows were not compared: settings@1 is a dict without rows.", None)
    ]


def test_a_table_read_from_a_file_tells_added_and_removed_columns(notebook: Recorded) -> None:
    report = diff(notebook, "file@1", "train@1")

    labels = [(one.name, one.change) for one in report.columns if one.change != "values"]
    assert labels == [("ratio", "added")]
    assert report.summary.endswith("; 1 column added.")


def test_row_counts_are_said_once(notebook: Recorded) -> None:
    report = diff(notebook, "train@1", "train@2")

    said = [part for part in report.body(str) if isinstance(part, str)]
    assert "are the same" in report.summary
    assert said[0] == "Rows are matched by index."
    assert not any("the same" in line for line in said)


def test_data_got_from_a_snapshot_goes_on_where_it_was_taken(tmp_path: Path) -> None:
    with Recorded(tmp_path) as notebook:
        notebook.run("import pandas as pd\ndf = pd.DataFrame({'a': [1, 2, 3]}).dropna()")
        notebook.run("%mlops snapshot df --name train")
        notebook.namespace["get_data"] = lambda name: get_data(notebook.store, name)
        notebook.run("again = get_data('train')\nhalf = again[again.a > 1].copy()")
        with notebook.reader() as connection:
            report = data_lineage(connection, "half")

    assert [one.name for one in report.datasets] == ["half", "df"]


def test_a_list_of_records_goes_back_to_the_cell_that_made_it(tmp_path: Path) -> None:
    with Recorded(tmp_path) as notebook:
        notebook.run("records = [{'a': 1}]")
        notebook.run("records.append({'a': 2})\nx = 1")
        notebook.run("%mlops snapshot records")
        with notebook.reader() as connection:
            report = data_lineage(connection, "records@1")

    lines = [one.made_by.lines for one in report.datasets if one.made_by is not None]
    assert lines == [("records.append({'a': 2})",), ("records = [{'a': 1}]",)]


def test_a_loop_in_the_edges_ends(tmp_path: Path) -> None:
    """No cell makes one; a merge of damaged stores might."""
    with closing(connect(tmp_path / ".celltrail", role="kernel")) as connection:
        trail = Trail(connection)
        one = trail.execute("a = f(b)", makes={"a": (1, "frame")})
        two = trail.execute("b = f(a)", uses={"a": (one, 1, "frame")}, makes={"b": (1, "frame")})
        trail.row(
            "INSERT INTO used VALUES (?, 'b', ?, ?, 'static', NULL)",
            one, trail.entity("b", 1, "frame"), two,
        )  # fmt: skip

        report = data_lineage(connection, "b")

    assert [one.name for one in report.datasets] == ["b", "a"]
    assert list(report.parts(str))


def test_a_long_chain_is_walked_and_said(tmp_path: Path) -> None:
    with closing(connect(tmp_path / ".celltrail", role="kernel")) as connection:
        trail, before = Trail(connection), None
        for n in range(1_500):
            uses = {} if before is None else {"df": (before, n - 1, "frame")}
            before = trail.execute("df = f(df)", uses=uses, makes={"df": (n, "frame")})

        report = data_lineage(connection, "df", depth=10_000, limit=10_000)

    assert len(report.datasets) == 1_500
    assert list(report.parts(str))
    nested, depth = report.nested(), 0
    while nested["sources"]:
        nested, depth = nested["sources"][0].get("upstream", {"sources": []}), depth + 1
    assert depth == 1_499


def test_a_damaged_snapshot_is_an_error_when_it_is_read(tmp_path: Path) -> None:
    with Recorded(tmp_path) as notebook:
        notebook.run("import pandas as pd\ndf = pd.DataFrame({'a': [1, 2, 3]})")
        notebook.run("%mlops snapshot df --name train")
        [address] = blobs.addresses(notebook.store)
        blobs.path_of(notebook.store, address).write_bytes(b"PAR1")

        with pytest.raises(UsageFault, match="damaged"):
            get_data(notebook.store, "train")


def test_tables_are_said_as_tables(connection: Connection) -> None:
    parts = [part for part in list_data(connection).parts(str) if isinstance(part, Table)]

    assert parts[0].headings[:3] == ("name", "origin", "versions")
