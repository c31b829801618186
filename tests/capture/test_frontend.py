"""What the front end asks of a kernel: which notebook it runs, and whether to record."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.manager import KernelManager
from reliability.shells import Shell, Warm, rows

NOTEBOOK = "ab" * 16
PLACES = (
    "SELECT hex(n.uuid), path, source FROM execution AS e JOIN code ON code.id = e.code_id"
    " JOIN notebook AS n ON n.id = e.notebook_id ORDER BY e.id"
)


@pytest.fixture
def shell(warm: Warm, tmp_path: Path) -> Iterator[Shell]:
    with warm.shell(tmp_path) as made:
        yield made


def ask(shell: Shell, call: str) -> dict[str, Any]:
    found = shell.python(
        f"from celltrail.capture import frontend\nresult = frontend.{call}.document"
    )
    return dict(found)


def bind(shell: Shell, path: Path, notebook: str = NOTEBOOK) -> dict[str, Any]:
    return ask(shell, f"bind(notebook={notebook!r}, path={str(path)!r})")


def test_cells_before_and_after_the_binding_are_of_one_notebook(shell, tmp_path) -> None:
    path = tmp_path / "work.ipynb"
    shell.run("a = 1")
    bind(shell, path)
    shell.run("b = 2")

    assert rows(shell.folder, PLACES) == [
        (NOTEBOOK.upper(), str(path), "a = 1"),
        (NOTEBOOK.upper(), str(path), "b = 2"),
    ]


def test_a_rename_moves_the_notebook_and_all_that_ran_in_it(shell, tmp_path) -> None:
    bind(shell, tmp_path / "old.ipynb")
    shell.run("a = 1")
    bind(shell, tmp_path / "new.ipynb")
    shell.run("b = 2")

    assert {path for _, path, _ in rows(shell.folder, PLACES)} == {str(tmp_path / "new.ipynb")}
    assert len(rows(shell.folder, "SELECT id FROM notebook")) == 1


def test_a_notebook_without_an_identifier_is_known_by_its_path(shell, tmp_path) -> None:
    """One that cannot be written had its old path after a rename, or another notebook's."""
    bind(shell, tmp_path / "one.ipynb")
    shell.run("a = 1")
    ask(shell, f"bind(path={str(tmp_path / 'read-only.ipynb')!r})")
    shell.run("b = 2")

    stems = [Path(path).stem for _, path, _ in rows(shell.folder, PLACES)]
    assert stems == ["one", "read-only"]


def test_two_notebooks_of_one_kernel_keep_their_cells(shell, tmp_path) -> None:
    bind(shell, tmp_path / "one.ipynb")
    shell.run("a = 1")
    bind(shell, tmp_path / "two.ipynb", "cd" * 16)
    shell.run("b = 2")
    bind(shell, tmp_path / "one.ipynb")
    shell.run("c = 3")

    assert [Path(path).stem for _, path, _ in rows(shell.folder, PLACES)] == ["one", "two", "one"]


def test_a_notebook_that_is_only_looked_at_leaves_no_trail(shell, tmp_path) -> None:
    state = bind(shell, tmp_path / "work.ipynb")

    assert state["recording"] is True
    assert state["executions"] == 0
    assert not Path(state["store"]).exists()


def test_binding_loads_the_extension_where_no_startup_file_does(warm, tmp_path) -> None:
    with warm.shell(tmp_path, record=False) as shell:
        before = ask(shell, "state()")
        bind(shell, tmp_path / "work.ipynb")
        shell.run("a = 1")

        assert before["recording"] is None
        assert [source for *_, source in rows(shell.folder, PLACES)] == ["a = 1"]


def test_the_switch_is_the_projects_and_the_wish_not_to_record_is_the_sessions(
    shell, tmp_path
) -> None:
    switched = ask(shell, "switch(recording=False)")
    kept = (Path(switched["store"]) / "settings.toml").read_text("utf-8")
    on = ask(shell, "switch(recording=True)")
    quiet = ask(shell, f"bind(notebook={NOTEBOOK!r}, recording=False)")
    shell.run("a = 1")

    assert (switched["recording"], on["recording"], quiet["recording"]) == (False, True, False)
    assert "recording = false" in kept
    assert "recording = true" in (Path(switched["store"]) / "settings.toml").read_text("utf-8")
    assert not (tmp_path / ".celltrail" / "trail.db").exists()


def test_a_session_that_was_not_to_record_records_again_when_it_may(shell) -> None:
    ask(shell, f"bind(notebook={NOTEBOOK!r}, recording=False)")
    again = ask(shell, f"bind(notebook={NOTEBOOK!r})")
    ask(shell, "switch(recording=False)")
    off = ask(shell, f"bind(notebook={NOTEBOOK!r})")

    assert again["recording"] is True
    assert off["recording"] is False  # the project's own choice


def test_a_switch_that_cannot_be_kept_holds_for_the_kernel_and_says_so(warm, tmp_path) -> None:
    (tmp_path / ".celltrail").write_text("a file where the store would be")
    with warm.shell(tmp_path) as shell:
        switched = ask(shell, "switch(recording=False)")

    assert switched["recording"] is False
    assert "this kernel only" in switched["problem"]


@pytest.mark.kernel
def test_a_kernel_answers_a_silent_request_as_json_and_counts_no_cell(tmp_path) -> None:
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(cwd=str(tmp_path))
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        call = "__import__('celltrail.capture.frontend', fromlist=['bind']).bind"
        path = str(tmp_path / "work.ipynb")
        asked = f"{call}(notebook={NOTEBOOK!r}, path={path!r})"
        expressions = {"celltrail": asked}
        reply = client.execute(
            "", silent=True, user_expressions=expressions, reply=True, timeout=60
        )["content"]
        counted = client.execute("x = 1", reply=True, timeout=60)["content"]["execution_count"]
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)

    assert reply["user_expressions"]["celltrail"]["data"]["application/json"]["recording"] is True
    assert counted == 1
    assert [path for _, path, _ in rows(tmp_path, PLACES)] == [path]
