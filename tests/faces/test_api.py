"""The Python functions that check and pass on what a user declares."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace

import pytest

import celltrail
from celltrail.core.errors import NotFound, UsageFault
from celltrail.core.records import RunRecord
from celltrail.faces import api


class Notes:
    """A recorder at the edge: keeps what it was told."""

    def __init__(self, store) -> None:
        self.store = store
        self.said: list[tuple] = []
        self.runs: list[RunRecord] = []

    @property
    def active_run(self) -> RunRecord | None:
        return self.runs[-1] if self.runs else None

    def start_run(
        self, name=None, *, run_id=None, nested=False, tags=None, params=None
    ) -> RunRecord:
        while self.runs and not nested:
            self.end_run()
        run = RunRecord(
            run_id or f"{len(self.said):032x}", name, "interactive", 0, tags=tags, params=params
        )
        self.runs.append(run)
        self.said.append(("start", name))
        return run

    def end_run(self, status="ok") -> None:
        if self.runs:
            self.said.append(("end", self.runs.pop().name, status))

    def __getattr__(self, verb):
        if not verb.startswith(("log_", "set_")):
            raise AttributeError(verb)
        return lambda *words: self.said.append((verb, *words))


@pytest.fixture
def notes(monkeypatch, store) -> Notes:
    notes = Notes(store)
    monkeypatch.setattr(api, "current", lambda: notes)
    return notes


def test_a_with_block_ends_its_run_with_the_right_status(notes) -> None:
    with celltrail.start_run(name="a") as run:
        assert celltrail.active_run().id == run.id
    with pytest.raises(ZeroDivisionError), celltrail.start_run("b"):
        raise ZeroDivisionError
    with celltrail.start_run("c"):
        celltrail.end_run()
    celltrail.end_run()

    assert [s for s in notes.said if s[0] == "end"] == [
        ("end", "a", "ok"), ("end", "b", "error"), ("end", "c", "ok")
    ]  # fmt: skip
    assert celltrail.active_run() is None


def test_leaving_an_outer_run_ends_the_inner_ones(notes) -> None:
    with celltrail.start_run("outer"):
        celltrail.start_run("inner", nested=True)

    assert [s[1] for s in notes.said if s[0] == "end"] == ["inner", "outer"]


def test_values_are_checked_and_named(notes) -> None:
    import numpy as np

    celltrail.log_param("a", np.int64(3))
    celltrail.log_params({"b": (1, 2), "c": None})
    celltrail.log_metric("m", np.float32(0.5), step=np.int64(2))
    celltrail.log_metrics({"x": float("nan"), "y": 1})
    celltrail.log({"loss": 0.1, "val": {"auc": 0.9}, "kind": "svc"}, step=1)
    celltrail.set_tags({"k": 1})

    assert notes.said[:4] == [
        ("log_param", "a", 3), ("log_param", "b", [1, 2]), ("log_param", "c", None),
        ("log_metric", "m", 0.5, 2),
    ]  # fmt: skip
    assert ("log_metric", "val.auc", 0.9, 1) in notes.said
    assert ("log_param", "kind", "svc") in notes.said
    assert notes.said[-1] == ("set_tag", "k", "1")


@pytest.mark.parametrize(
    ("call", "kind", "says"),
    [
        (lambda: celltrail.log_metric("auc", "high"), TypeError, "'auc' is a str"),
        (lambda: celltrail.log_metric("auc", True), TypeError, "bool"),
        (lambda: celltrail.log_metric("auc", [0.9]), TypeError, "list"),
        (lambda: celltrail.log_metric("auc", 1j), TypeError, "complex"),
        (lambda: celltrail.log_metric("", 1), TypeError, "text was expected"),
        (lambda: celltrail.log_metric("auc", 1, step=1.5), TypeError, "whole number"),
        (lambda: celltrail.log_metrics({"a": 1, "b": None}), TypeError, "'b'"),
        (lambda: celltrail.log_param("p", object()), UsageFault, "'p' is a object"),
        (lambda: celltrail.log_params({"a": 1, "b": {1, 2}}), UsageFault, "'b' is a set"),
        (lambda: celltrail.log_dict({"a": object()}, "d.json"), UsageFault, "'d.json'"),
        (lambda: celltrail.log_artifact("nowhere.txt"), NotFound, "nowhere.txt"),
        (lambda: celltrail.start_run(run_id="x"), UsageFault, "32 hexadecimal"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_logged(notes, call, kind, says) -> None:
    with pytest.raises(kind, match=says):
        call()

    assert notes.said == []


def test_documents_are_kept_with_their_kind(notes, tmp_path) -> None:
    (tmp_path / "plots").mkdir()
    (tmp_path / "plots" / "a.png").write_bytes(b"png")
    celltrail.log_dict({"a": float("nan")}, "d.json")
    celltrail.log_text("hello", "notes.md")
    celltrail.log_artifact(tmp_path / "plots")
    celltrail.log_input([1], "data")

    assert notes.said[0][1:2] + notes.said[0][3:] == ("d.json", "application/json")
    assert b'"$float": "nan"' in notes.said[0][2]
    assert notes.said[1][2] == b"hello"
    assert notes.said[2] == ("log_artifact", "plots/a.png", b"png", "image/png")
    assert notes.said[3] == ("log_input", [1], "data")


def test_search_gives_a_frame_with_stable_columns(notes) -> None:
    frame = celltrail.search_results(
        "metrics.auc > 0", order_by=["metrics.auc DESC"], max_results=1
    )
    everything = celltrail.search_results()
    nothing = celltrail.search_results("metrics.auc > 99")

    first = ["result_id", "notebook", "cell", "started_at", "status", "run"]
    assert list(frame.columns)[:6] == first
    assert list(frame["metrics.auc"]) == [0.9]
    assert list(frame["params.C"]) == [1.0]
    assert len(everything) == 4
    assert list(nothing.columns) == first
    assert str(frame["started_at"].dtype).startswith("datetime64[")
    with pytest.raises(UsageFault):
        celltrail.search_results("metrics.acu > 1")


def test_search_without_a_store_is_empty(monkeypatch, tmp_path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(api, "current", lambda: None)

    assert len(celltrail.search_results("metrics.auc > 1")) == 0


def test_public_names_are_all_there_and_lazy() -> None:
    assert all(getattr(celltrail, name) is not None for name in celltrail.__all__)
    assert set(celltrail.__all__) <= set(dir(celltrail))
    with pytest.raises(AttributeError, match="log_metrik"):
        _ = celltrail.log_metrik
    code = (
        "import sys, celltrail; print([m for m in sys.modules if m.partition('.')[0] in"
        " ('numpy', 'pandas', 'sqlite3', 'IPython', 'plotly', 'sqlite_utils')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"


def test_a_frame_of_other_records_keeps_their_columns() -> None:
    frame = api.records_frame([{"kind": "used", "name": "df"}, {"kind": "generated"}])

    assert list(frame.columns) == ["kind", "name"]
    assert SimpleNamespace(frame=frame).frame["name"].isna().sum() == 1
