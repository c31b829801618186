"""The papermill engine: pure parts, then real notebooks through real kernels."""

from __future__ import annotations

import json
import logging
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from celltrail.pipeline import engine

NOW_US = 1_700_000_000_000_000


def write_notebook(path: Path, *cells: dict, minor: int = 5) -> Path:
    notebook = new_notebook(cells=list(cells))
    notebook.metadata["kernelspec"] = {"name": "python3", "language": "python", "display_name": "P"}
    if minor < 5:
        notebook.nbformat_minor = minor
        for cell in notebook.cells:
            cell.pop("id", None)
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)
    return path


def cell(source: str, identifier: str, *tags: str) -> dict:
    made = new_code_cell(source, metadata={"tags": list(tags)} if tags else {})
    made["id"] = identifier
    return made


def execute(
    input_path: Path,
    output_path: Path | None = None,
    engine_name: str | None = "celltrail",
    **options,
):
    import papermill

    return papermill.execute_notebook(
        str(input_path),
        str(output_path) if output_path else None,
        engine_name=engine_name,
        progress_bar=False,
        **options,
    )


def printed(notebook, identifier: str) -> str:
    (found,) = (one for one in notebook.cells if one.get("id") == identifier)
    return "".join(output.get("text", "") for output in found.outputs)


def rows(folder: Path, query: str) -> list[tuple]:
    with closing(sqlite3.connect(folder / ".celltrail" / "trail.db")) as connection:
        return connection.execute(query).fetchall()


# --- pure parts ---------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["off", "OFF", "0", "false", " no "])
def test_recording_is_not_wanted_when_environment_says_off(word):
    assert not engine.is_recording_wanted({"CELLTRAIL": word})


@pytest.mark.parametrize("environment", [{}, {"CELLTRAIL": ""}, {"CELLTRAIL": "on"}])
def test_recording_is_wanted_unless_environment_says_off(environment):
    assert engine.is_recording_wanted(environment)


def test_recording_is_wanted_when_environment_says_nonsense():
    """The kernel reads the same word and says what is wrong with it."""
    assert engine.is_recording_wanted({"CELLTRAIL": "maybe"})


def test_notebook_is_looked_up_where_the_process_is(tmp_path):
    write_notebook(tmp_path / "a.ipynb")

    assert engine.notebook_file("a.ipynb", tmp_path, None) == tmp_path / "a.ipynb"


def test_notebook_is_looked_up_where_the_shell_was_when_cwd_was_changed(tmp_path):
    write_notebook(tmp_path / "a.ipynb")
    (tmp_path / "work").mkdir()

    found = engine.notebook_file("a.ipynb", tmp_path / "work", tmp_path)

    assert found == tmp_path / "a.ipynb"


@pytest.mark.parametrize("source", ["-", "s3://bucket/a.ipynb", "gone.ipynb", None, object()])
def test_notebook_is_unknown_when_no_such_file_is_here(source, tmp_path):
    assert engine.notebook_file(source, tmp_path, tmp_path) is None


def test_run_is_named_after_the_notebook():
    run = engine.run_request(Path("/x/train.ipynb"), {"lr": 0.1}, now_us=NOW_US, entropy=bytes(10))

    assert run["name"] == "train"
    assert run["kind"] == "batch"
    assert run["params"] == {"lr": 0.1}
    assert len(run["id"]) == 32


def test_run_of_standard_input_is_named_papermill():
    run = engine.run_request(None, {}, now_us=NOW_US, entropy=bytes(10))

    assert run["name"] == "papermill"


def test_parameters_without_a_json_form_become_text():
    run = engine.run_request(None, {"p": Path("/x")}, now_us=NOW_US, entropy=bytes(10))

    assert run["params"] == {"p": "/x"}


def test_kernel_environment_adds_to_what_is_there():
    environment = engine.kernel_environment({"A": "b"}, Path("/x/a.ipynb"), {"n": 1})

    assert environment["A"] == "b"
    assert environment["CELLTRAIL_CLIENT"] == "papermill"
    assert environment["CELLTRAIL_NOTEBOOK"] == "/x/a.ipynb"
    assert json.loads(environment["CELLTRAIL_RUN"])["params"] == {"n": 1}


def test_kernel_environment_does_not_pass_on_the_notebook_of_an_outer_kernel():
    environment = engine.kernel_environment({"CELLTRAIL_NOTEBOOK": "/outer.ipynb"}, None, {})

    assert "CELLTRAIL_NOTEBOOK" not in environment


def test_saved_ids_are_those_in_the_file(tmp_path):
    path = write_notebook(tmp_path / "a.ipynb", cell("1", "one"), cell("2", "two"))

    assert engine.saved_cell_ids(path) == {"one", "two"}


def test_a_notebook_older_than_cell_ids_has_none(tmp_path):
    path = write_notebook(tmp_path / "a.ipynb", cell("1", "one"), minor=4)

    assert engine.saved_cell_ids(path) == frozenset()


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"cells": [1]}', b"\xff"])
def test_a_file_that_is_no_notebook_has_no_ids(content, tmp_path):
    (tmp_path / "a.ipynb").write_bytes(content)

    assert engine.saved_cell_ids(tmp_path / "a.ipynb") == frozenset()


def test_a_cell_is_named_by_its_saved_id():
    assert engine.cell_identity("one", ["keep"], frozenset({"one"})) == {
        "cellId": "one",
        "tags": ["keep"],
    }


def test_an_id_that_was_made_up_on_loading_is_not_sent():
    assert engine.cell_identity("random-word", [], frozenset()) == {"tags": []}


def test_ids_are_sent_as_they_are_when_there_is_no_file():
    assert engine.cell_identity("one", [], None)["cellId"] == "one"


def test_the_injected_cell_is_the_same_cell_in_every_run():
    first = engine.cell_identity("random-1", ["injected-parameters"], frozenset({"one"}))
    second = engine.cell_identity("random-2", ["injected-parameters"], frozenset({"one"}))

    assert first == second
    assert first["cellId"] == "injected-parameters"


@pytest.mark.parametrize(
    "code",
    [
        "from celltrail.pipeline.engine import CelltrailEngine as e",
        "from papermill.engines import papermill_engines as p; e = p.get_engine('celltrail')",
    ],
    ids=["the engine first", "papermill first"],
)
def test_engine_is_papermills_own_with_additions(code):
    """papermill loads the engine while it is imported itself, whichever comes first."""
    check = "from papermill.engines import NBClientEngine; assert issubclass(e, NBClientEngine)"

    subprocess.run([sys.executable, "-c", f"{code}; {check}"], check=True)


def test_unknown_names_are_attribute_errors():
    with pytest.raises(AttributeError, match="nonsense"):
        engine.nonsense  # noqa: B018


# --- through real kernels -----------------------------------------------------------------------

REQUEST = """
import json
request = get_ipython().kernel.get_parent()
print(json.dumps(request["metadata"]))
"""


@pytest.mark.kernel
def test_cell_id_and_tags_travel_with_the_request(tmp_path):
    path = write_notebook(tmp_path / "a.ipynb", cell(REQUEST, "one", "keep"))

    done = execute(path)

    metadata = json.loads(printed(done, "one"))
    assert metadata["cellId"] == "one"
    assert metadata["tags"] == ["keep"]


@pytest.mark.kernel
def test_kernel_is_told_notebook_client_and_run(tmp_path):
    code = """
import os
from celltrail.capture.recorder import current
session = current().session
print(session.notebook.path, session.client, current().active_run.kind)
print([name for name in ("CELLTRAIL_NOTEBOOK", "CELLTRAIL_RUN") if name in os.environ])
"""
    path = write_notebook(tmp_path / "a.ipynb", cell(code, "one"))

    done = execute(path)

    # The last line: kernels that this one starts have notebooks and runs of their own.
    assert printed(done, "one").splitlines() == [f"{path} papermill batch", "[]"]


@pytest.mark.kernel
def test_nothing_is_told_or_recorded_when_off(tmp_path, monkeypatch):
    monkeypatch.setenv("CELLTRAIL", "off")
    code = "import os; print([k for k in os.environ if k.startswith('CELLTRAIL_')])"
    path = write_notebook(tmp_path / "a.ipynb", cell(code, "one"))

    done = execute(path)

    assert printed(done, "one").strip() == "[]"
    assert not (tmp_path / ".celltrail").exists()


@pytest.mark.kernel
def test_widget_state_is_not_saved(tmp_path):
    path = write_notebook(tmp_path / "a.ipynb", cell("1", "one"))

    done = execute(path, tmp_path / "out.ipynb")

    assert "widgets" not in done.metadata


@pytest.mark.kernel
def test_an_error_is_reported_as_papermill_reports_it(tmp_path):
    import papermill

    path = write_notebook(tmp_path / "a.ipynb", cell("1 / 0", "one"), cell("print(1)", "two"))

    with pytest.raises(papermill.PapermillExecutionError, match="division by zero"):
        execute(path, tmp_path / "out.ipynb")

    assert (tmp_path / "out.ipynb").exists()


@pytest.mark.kernel
def test_a_kernel_without_celltrail_runs_and_the_log_says_so(tmp_path, caplog, monkeypatch):
    """A notebook may run in another environment; a broken import stands for it here."""
    (tmp_path / "hidden" / "celltrail").mkdir(parents=True)
    (tmp_path / "hidden" / "celltrail" / "__init__.py").write_text("raise ImportError('not here')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "hidden"))
    path = write_notebook(tmp_path / "a.ipynb", cell("print('ran')", "one"))

    with caplog.at_level(logging.WARNING, "papermill"):
        done = execute(path)

    assert printed(done, "one") == "ran\n"
    assert "nothing is recorded" in caplog.text


@pytest.mark.kernel
def test_batch_is_recorded_in_the_store_of_the_notebooks_folder(tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    path = write_notebook(
        tmp_path / "project" / "train.ipynb",
        cell("depth = 1", "defaults", "parameters"),
        cell("x = depth + 1", "use"),
    )
    (tmp_path / "project" / ".git").mkdir()

    execute(path, tmp_path / "out.ipynb", parameters={"depth": 3})

    project = tmp_path / "project"
    assert not (tmp_path / "elsewhere" / ".celltrail").exists()
    assert rows(project, "SELECT path FROM notebook") == [(str(path),)]
    assert rows(project, "SELECT client FROM session") == [("papermill",)]
    cells = "SELECT cell.name FROM execution JOIN cell ON cell.id = execution.cell_id"
    assert sorted(rows(project, cells)) == [("defaults",), ("injected-parameters",), ("use",)]


@pytest.mark.kernel
def test_a_run_groups_the_batch(tmp_path):
    path = write_notebook(
        tmp_path / "train.ipynb",
        cell("depth = 1", "defaults", "parameters"),
        cell("x = depth + 1", "use"),
    )
    (tmp_path / ".git").mkdir()

    execute(path, parameters={"depth": 3})
    execute(path, parameters={"depth": 4})

    runs = rows(tmp_path, "SELECT name, kind, status, params FROM run ORDER BY started_at")
    assert [(name, kind, status) for name, kind, status, _ in runs] == [
        ("train", "batch", "ok"),
        ("train", "batch", "ok"),
    ]
    assert [json.loads(params) for *_, params in runs] == [{"depth": 3}, {"depth": 4}]
    grouped = "SELECT count(*) FROM run_execution GROUP BY run_id"
    assert rows(tmp_path, grouped) == [(3,), (3,)]


@pytest.mark.kernel
@pytest.mark.parametrize(("engine_name", "recorded"), [("celltrail", True), (None, False)])
def test_recording_begins_where_the_startup_file_is_not_in_force(
    engine_name, recorded, tmp_path, monkeypatch
):
    """A `--user` install is one such place; here the kernel forgets the environment's folder."""
    forget = "import IPython.core.application as application; application.ENV_CONFIG_DIRS.clear()"
    (tmp_path / "path").mkdir()
    (tmp_path / "path" / "sitecustomize.py").write_text(forget)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "path"))
    path = write_notebook(tmp_path / "a.ipynb", cell("x = 1", "one"))
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)

    execute(path, engine_name=engine_name)

    assert (tmp_path / ".celltrail" / "trail.db").exists() == recorded


@pytest.mark.kernel
def test_command_line_takes_the_engine(tmp_path):
    write_notebook(tmp_path / "a.ipynb", cell("x = 1", "one"))
    (tmp_path / ".git").mkdir()
    papermill = Path(sys.executable).with_name("papermill")

    subprocess.run(
        [papermill, "--engine", "celltrail", "--no-progress-bar", "a.ipynb", "out.ipynb"],
        cwd=tmp_path,
        env=os.environ | {"PWD": str(tmp_path)},
        check=True,
        capture_output=True,
    )

    assert rows(tmp_path, "SELECT path FROM notebook") == [(str(tmp_path / "a.ipynb"),)]
