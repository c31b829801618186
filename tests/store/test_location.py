from __future__ import annotations

from pathlib import Path

import pytest

from celltrail.store.location import create_store, find_store


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    deep = tmp_path / "project" / "notebooks" / "deep"
    deep.mkdir(parents=True)
    return deep


def test_a_bare_folder_has_its_own_store(folder: Path) -> None:
    assert find_store(folder, {}) == folder / ".celltrail"


@pytest.mark.parametrize("mark", [".git", "pyproject.toml"])
def test_a_project_has_one_store_at_its_top(folder: Path, mark: str) -> None:
    (folder.parents[1] / mark).write_text("gitdir: elsewhere")  # a worktree's .git is a file

    assert find_store(folder, {}) == folder.parents[1] / ".celltrail"


def test_the_nearest_store_wins_over_a_nearer_project(folder: Path) -> None:
    (folder / "pyproject.toml").touch()
    (folder.parents[1] / ".celltrail").mkdir()

    assert find_store(folder, {}) == folder.parents[1] / ".celltrail"


def test_the_nearer_of_two_stores_wins(folder: Path) -> None:
    for place in (folder.parent, folder.parents[1]):
        (place / ".celltrail").mkdir()

    assert find_store(folder, {}) == folder.parent / ".celltrail"


def test_a_file_named_like_a_store_is_none(folder: Path) -> None:
    (folder / ".celltrail").touch()
    (folder.parent / ".celltrail").mkdir()

    assert find_store(folder, {}) == folder.parent / ".celltrail"


def test_the_environment_names_the_store(folder: Path, tmp_path: Path) -> None:
    (folder / ".celltrail").mkdir()

    assert find_store(folder, {"CELLTRAIL_STORE": f"{tmp_path}/shared"}) == tmp_path / "shared"
    assert find_store(folder, {"CELLTRAIL_STORE": "../trail"}) == folder.parent / "trail"
    assert find_store(folder, {"CELLTRAIL_STORE": "~/trail"}) == Path.home() / "trail"
    assert find_store(folder, {"CELLTRAIL_STORE": " "}) == folder / ".celltrail"


def test_a_folder_that_is_there_is_not_changed(tmp_path: Path) -> None:
    store = tmp_path / ".celltrail"
    store.mkdir(mode=0o755)

    create_store(store)

    assert list(store.iterdir()) == []
