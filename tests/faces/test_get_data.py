"""`celltrail.get_data`: what a snapshot was taken of, from this project or another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import celltrail
from celltrail.core.errors import NotFound, StoreMissing, UsageFault
from celltrail.lifecycle.snapshot import Where, take_file_snapshot, take_snapshot

FRAME = pd.DataFrame({"when": pd.date_range("2024-01-31", periods=3, tz="UTC"), "n": [1, None, 3]})


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with two versions of ``train``, the folder that code runs in."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for frame in (FRAME.head(1), FRAME):
        take_snapshot(frame, name="train", where=Where(folder / ".celltrail"))
    return folder


def test_a_frame_comes_back_in_any_of_its_versions(project: Path) -> None:
    newest, first = celltrail.get_data("train"), celltrail.get_data("train", version=1)

    pd.testing.assert_frame_equal(newest, FRAME, check_exact=True)
    pd.testing.assert_frame_equal(first, FRAME.head(1), check_exact=True)
    pd.testing.assert_frame_equal(celltrail.get_data("train@1"), first)
    pd.testing.assert_frame_equal(celltrail.get_data("train", np.int64(1)), first)


def test_arrays_dicts_and_files_come_back_as_they_were(project: Path) -> None:
    where = Where(project / ".celltrail")
    array = np.asfortranarray(np.arange(6, dtype="int16").reshape(2, 3))
    settings = {"C": 1.0, "names": ("a", "b"), 3: float("inf")}
    (project / "notes.txt").write_bytes(b"\xff\x00 as it is")
    take_snapshot(array, name="grid", where=where)
    take_snapshot(settings, name="settings", where=where)
    take_file_snapshot(project / "notes.txt", name="notes", folder=project, where=where)

    grid = celltrail.get_data("grid")

    assert (grid.dtype, grid.tolist()) == (np.dtype("int16"), array.tolist())
    assert celltrail.get_data("settings") == settings
    assert type(celltrail.get_data("settings")["names"]) is tuple
    assert celltrail.get_data("notes") == b"\xff\x00 as it is"


@pytest.mark.parametrize(("name", "near"), [("trian", "train"), ("train@1x", "@"), ("x", "train")])
def test_an_unknown_name_gets_near_matches(project: Path, name: str, near: str) -> None:
    with pytest.raises((NotFound, UsageFault)) as fault:
        celltrail.get_data(name)

    assert near in str(fault.value.hint)


def test_an_unknown_version_is_told_which_there_are(project: Path) -> None:
    with pytest.raises(NotFound, match="no version 7 of 'train'") as fault:
        celltrail.get_data("train", version=7)
    with pytest.raises(UsageFault, match=r"version '1\.5' could not be read"):
        celltrail.get_data("train", version=1.5)  # type: ignore[arg-type]

    assert fault.value.hint == "choose from 1, 2."


@pytest.mark.parametrize("part", ["", ".celltrail", "notebooks/deep"])
def test_another_project_is_named_by_its_folder_or_one_inside(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    other = tmp_path / "there"
    (other / "notebooks/deep").mkdir(parents=True)
    take_snapshot([1, 2], name="train", where=Where(other / ".celltrail"))
    monkeypatch.setenv("CELLTRAIL_STORE", str(project / ".celltrail"))

    assert celltrail.get_data("train", project=other / part) == [1, 2]
    assert len(celltrail.get_data("train")) == 3


def test_a_folder_that_is_not_there_or_has_no_trail_is_an_error(
    project: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()

    with pytest.raises(NotFound, match="no folder"):
        celltrail.get_data("train", project=tmp_path / "nowhere")
    with pytest.raises(StoreMissing):
        celltrail.get_data("train", project=tmp_path / "empty")


def test_a_recording_kernel_reads_its_own_store_wherever_it_stands(
    recorded: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded.run_cell("kept = {'a': [1]}\n%mlops snapshot kept").raise_error()
    monkeypatch.chdir(tmp_path)

    recorded.run_cell("import celltrail\nagain = celltrail.get_data('kept')").raise_error()

    assert recorded.user_ns["again"] == {"a": [1]}
