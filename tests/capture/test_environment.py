"""The environment of an execution: the commit without git, the packages that are loaded."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from celltrail.capture.environment import EnvironmentWatch, git_commit


def git(folder: Path, *words: str) -> str:
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-C", str(folder), *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def repository(tmp_path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    git(folder, "commit", "-q", "--allow-empty", "-m", "one")
    return folder


def head(folder: Path) -> str:
    return git(folder, "rev-parse", "HEAD")


def test_the_commit_of_a_branch(repository) -> None:
    (repository / "a" / "b").mkdir(parents=True)

    assert git_commit(repository) == head(repository)
    assert git_commit(repository / "a" / "b") == head(repository)


def test_the_commit_of_a_detached_head(repository) -> None:
    git(repository, "checkout", "-q", "--detach")

    assert git_commit(repository) == head(repository)


def test_the_commit_of_packed_references(repository) -> None:
    git(repository, "branch", "feature/main")
    git(repository, "pack-refs", "--all")
    git(repository, "gc", "-q")

    assert not (repository / ".git/refs/heads/main").exists()
    assert git_commit(repository) == head(repository)


def test_the_commit_of_a_worktree(repository, tmp_path) -> None:
    tree = tmp_path / "tree"
    git(repository, "worktree", "add", "-q", "-b", "other", str(tree))
    git(tree, "commit", "-q", "--allow-empty", "-m", "two")

    assert head(tree) != head(repository)
    assert git_commit(tree) == head(tree)
    git(repository, "pack-refs", "--all")
    assert git_commit(tree) == head(tree)


def test_the_commit_of_a_submodule(repository, tmp_path) -> None:
    outer = tmp_path / "outer"
    outer.mkdir()
    git(outer, "init", "-q")
    git(
        outer,
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "add",
        "-q",
        str(repository),
        "inner",
    )

    assert git_commit(outer / "inner") == head(repository)


@pytest.mark.parametrize("text", [None, "", "ref: refs/heads/none", "\0"], ids=repr)
def test_no_commit_where_there_is_none(tmp_path, text) -> None:
    if text is not None:
        (tmp_path / ".git").mkdir()
        (tmp_path / ".git" / "HEAD").write_text(text)

    assert git_commit(tmp_path) is None or text == "\0"


def test_a_git_file_that_is_no_text_is_no_commit(tmp_path) -> None:
    (tmp_path / ".git").write_bytes(b"\xff\xfe gitdir")

    assert git_commit(tmp_path) is None


@pytest.fixture
def package(monkeypatch) -> ModuleType:
    module = ModuleType("package_of_tests")
    vars(module)["__version__"] = "1.2"
    monkeypatch.setitem(sys.modules, "package_of_tests", module)
    return module


def test_packages_are_those_that_are_loaded(tmp_path, monkeypatch, package) -> None:
    monkeypatch.delitem(sys.modules, "package_of_tests")
    watch = EnvironmentWatch(tmp_path)
    before = watch.current()
    assert before is watch.current()

    monkeypatch.setitem(sys.modules, "package_of_tests", package)
    after = watch.current()
    assert "package_of_tests" not in before.packages
    assert after.packages["package_of_tests"] == "1.2"
    assert after.packages["pytest"] == pytest.__version__
    assert before.digest != after.digest
    assert "sys" not in after.packages
    assert list(after.packages) == sorted(after.packages)


def test_two_watches_of_one_process_agree(tmp_path) -> None:
    assert EnvironmentWatch(tmp_path).current() == EnvironmentWatch(tmp_path).current()


class Hostile(ModuleType):
    def __getattr__(self, name: str) -> Any:
        raise SystemExit(name)


@pytest.mark.parametrize("module", [Hostile("h"), None, 7], ids=["hostile", "none", "number"])
def test_strange_modules_are_packages_without_a_version(tmp_path, monkeypatch, module) -> None:
    monkeypatch.setitem(sys.modules, "strange_of_tests", module)

    assert "strange_of_tests" not in EnvironmentWatch(tmp_path).current().packages
