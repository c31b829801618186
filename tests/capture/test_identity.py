"""Who records: the notebook, the session, the run that a batch gives."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from celltrail.capture.identity import (
    home_folder,
    injected_run,
    make_id,
    notebook_of,
    session_of,
)
from celltrail.core.records import NotebookRecord

INJECTED = {"CELLTRAIL_NOTEBOOK": "/n/a.ipynb"}
JUPYTER = {"JPY_SESSION_NAME": "/n/b.ipynb"}
VSCODE = {"__vsc_ipynb_file__": "/n/c.ipynb"}


@pytest.mark.parametrize(
    ("environ", "namespace", "path"),
    [
        (INJECTED | JUPYTER, VSCODE, "/n/a.ipynb"),
        (JUPYTER, VSCODE, "/n/b.ipynb"),
        ({}, VSCODE, "/n/c.ipynb"),
        ({}, {}, None),
        ({}, {"__vsc_ipynb_file__": 7}, None),
        ({"JPY_SESSION_NAME": "a-console-1"}, {}, None),
        ({"CELLTRAIL_NOTEBOOK": ""}, VSCODE, "/n/c.ipynb"),
        ({"JPY_SESSION_NAME": "console"}, VSCODE, "/n/c.ipynb"),
        ({"JPY_SESSION_NAME": "/n/../m/b.ipynb"}, {}, "/m/b.ipynb"),
    ],
)
def test_where_the_notebooks_path_comes_from(environ, namespace, path) -> None:
    found = notebook_of(environ, namespace)

    assert (None if found is None else found.path) == path


def test_one_path_is_one_notebook() -> None:
    first = notebook_of({"CELLTRAIL_NOTEBOOK": "a.ipynb"}, {})
    second = notebook_of({"JPY_SESSION_NAME": f"{Path.cwd()}/a.ipynb"}, {})
    other = notebook_of({"JPY_SESSION_NAME": "/other/a.ipynb"}, {})

    assert first == second
    assert first is not None
    assert other is not None
    assert first.id != other.id
    assert len(first.id) == 32


@pytest.mark.parametrize(
    ("environ", "client"),
    [
        ({}, None),
        ({"CELLTRAIL_CLIENT": "papermill"} | JUPYTER, "papermill"),
        (JUPYTER, "jupyter"),
        ({"VSCODE_PID": "1"}, "vscode"),
    ],
)
def test_who_started_the_session(environ, client) -> None:
    session = session_of("kernel", environ, None, "k")

    assert (session.client, session.kernel_id, session.pid) == (client, "k", os.getpid())


def test_the_run_of_a_batch() -> None:
    text = '{"id": 7, "name": "b", "params": {"C": 1}, "unknown": 2}'
    run = injected_run({"CELLTRAIL_RUN": text})

    assert run is not None
    assert (run.id, run.name, run.kind, run.params) == ("7", "b", "batch", {"C": 1})
    assert injected_run({}) is None
    assert injected_run({"CELLTRAIL_RUN": ""}) is None


@pytest.mark.parametrize("text", ["[]", "{}", "7", "{"], ids=repr)
def test_a_broken_run_is_refused(text) -> None:
    with pytest.raises(ValueError, match=r"CELLTRAIL_RUN|Expecting"):
        injected_run({"CELLTRAIL_RUN": text})


def test_the_home_is_the_notebooks_folder_where_it_exists(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "n").mkdir()

    assert home_folder(NotebookRecord("1", str(tmp_path / "n" / "a.ipynb"))) == tmp_path / "n"
    assert home_folder(NotebookRecord("1", str(tmp_path / "gone" / "a.ipynb"))) == tmp_path
    assert home_folder(None) == tmp_path


def test_identifiers_leave_the_users_random_numbers_alone() -> None:
    random.seed(0)
    expected = random.random()
    random.seed(0)
    made = {make_id() for _ in range(1000)}

    assert random.random() == expected
    assert len(made) == 1000
    assert {len(identifier) for identifier in made} == {32}
