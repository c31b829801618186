"""`%mlops` and `%%mlops` in a bare shell."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import time
from pathlib import Path

import pytest
from faces_cases import HOSTILE
from IPython.core.completer import provisionalcompleter
from IPython.core.error import UsageError

from celltrail.capabilities.table import capabilities_of
from celltrail.faces.magics import general_help, register, unregister


def complete(ip, text: str) -> list[str]:
    """Return the line as it stands after each completion, as a kernel asks for them."""
    with provisionalcompleter():
        found = list(ip.Completer.completions(text, len(text)))
    return [text[: item.start] + item.text + text[item.end :] for item in found]


def test_bare_magic_says_three_lines_of_state_and_what_there_is(shell, store) -> None:
    lines = repr(shell.run_line_magic("mlops", "")).splitlines()

    assert "not loaded" in lines[0]
    assert str(store) in " ".join(lines[1:3])
    assert "5 executions" in repr(lines)
    assert "{results, show" in repr(lines)


def test_an_answer_is_text_html_dict_and_frame(shell, store) -> None:
    answer = shell.run_line_magic("mlops", "results --sort -auc")

    assert answer.to_dict()[0]["metrics"]["auc"] == 0.9
    assert list(answer.to_frame()["metrics.auc"])[:2] == [0.9, 0.8]
    assert "0.9" in repr(answer)
    assert "<table" in answer._repr_html_()


def test_names_in_html_are_escaped_and_there_is_no_script(shell, store) -> None:
    for line in ("results", "show latest", "lineage latest"):
        found = shell.run_line_magic("mlops", line)._repr_html_()
        assert "<img" not in found
        assert "<script" not in found
    assert "&lt;img" in shell.run_line_magic("mlops", "show latest")._repr_html_()
    assert HOSTILE.startswith("<img")


def test_html_takes_colours_from_jupyterlab_only(shell, store) -> None:
    import re

    found = shell.run_line_magic("mlops", "results")._repr_html_()
    without = re.sub(r"var\(--jp-[a-z0-9-]+, #[0-9a-f]{6}\)", "", found)

    assert "#" not in without
    assert "var(--jp-" in found


def test_json_is_printed_and_nothing_returned(shell, store, capsys) -> None:
    assert shell.run_line_magic("mlops", "status --json") is None
    assert json.loads(capsys.readouterr().out)["results"] == 4


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("reslts", "results"),
        ("results --srt x", "--sort"),
        ("results --filter 'acu > 1'", "auc"),
        ("results --filter 'open", "could not be read"),
        ("show nothing-so", "base"),
        ("help reslts", "results"),
        ("migrate", "no %mlops command"),
    ],
)
def test_mistakes_are_usage_errors_with_near_matches(shell, store, line, says) -> None:
    with pytest.raises(UsageError, match=says):
        shell.run_line_magic("mlops", line)


@pytest.mark.parametrize(
    "line", ["", "results", "runs", "show", "lineage", "status", "results --json"]
)
def test_readings_without_a_store_say_what_to_do(
    shell, tmp_path, monkeypatch, line, capsys
) -> None:
    monkeypatch.chdir(tmp_path)
    answer = shell.run_line_magic("mlops", line)

    said = repr(answer) if answer is not None else capsys.readouterr().out
    assert "recorded" in said or said.strip() == "[]"
    assert not (tmp_path / ".celltrail").exists()


def test_help_agrees_in_every_spelling(shell, store, capsys) -> None:
    for name in capabilities_of("magic"):
        shell.run_line_magic("mlops", f"help {name}")
        one = capsys.readouterr().out
        shell.run_line_magic("mlops", f"{name} --help")
        other = capsys.readouterr().out
        assert one == other
        assert f"%mlops {name}" in one
        assert "%%mlops" not in one
    shell.run_line_magic("mlops", "help")
    assert capsys.readouterr().out.strip() == general_help().strip()
    assert shell.magics_manager.magics["line"]["mlops"].__doc__ == general_help()


def test_completion_of_command_option_and_value_within_fifty_milliseconds(shell, store) -> None:
    complete(shell, "%mlops ")  # what IPython loads at the first completion is not ours
    began = time.perf_counter()
    commands = complete(shell, "%mlops re")
    options = complete(shell, "%mlops results --f")
    columns = complete(shell, "%mlops results --sort metrics.a")
    results = complete(shell, "%mlops show la")
    runs = complete(shell, "%mlops show ba")
    cells = complete(shell, "%%mlops ru")
    assigned = complete(shell, "r = %mlops lin")
    seconds = time.perf_counter() - began

    assert "%mlops results" in commands
    assert "%mlops results --filter" in options
    assert "%mlops results --sort metrics.auc" in columns
    assert "%mlops show latest" in results
    assert "%mlops show base" in runs
    assert "%%mlops run" in cells
    assert "r = %mlops lineage" in assigned
    assert seconds / 7 < 0.05


def test_completion_elsewhere_is_left_alone(shell, store) -> None:
    assert not any("results" in text for text in complete(shell, "x = 'mlops re"))


def test_directives_leave_line_numbers_and_come_off_before_other_magics(shell) -> None:
    assert shell.transform_cell("%%mlops run --name base\n1/0") == "#\n1/0\n"
    timed = shell.transform_cell("%%mlops run\n%%time\nx = 1")
    assert "run_cell_magic('time'" in timed
    once = shell.transform_cell("%%mlops off\nx = await y")
    assert shell.transform_cell(once) == once


def test_a_directive_cell_runs_as_plain_code(shell) -> None:
    result = shell.run_cell("%%mlops run --name base -p lr=0.1\na = 1\na + 1")

    assert result.success
    assert result.result == 2
    assert shell.user_ns["a"] == 1


def test_wrong_options_of_a_directive_are_usage_errors_and_nothing_runs(shell, capsys) -> None:
    result = shell.run_cell("%%mlops run --nmae base\nran = True")

    assert isinstance(result.error_in_exec, UsageError)
    assert "ran" not in shell.user_ns
    assert "did you mean" in capsys.readouterr().err
    assert shell.check_complete("%%mlops run --nmae base\nx")[0] in ("complete", "incomplete")


def test_the_cell_magic_itself_runs_its_body(shell) -> None:
    value = shell.run_cell_magic("mlops", "run --name base", "b = 2\nb * 3\n")
    shell.run_cell_magic("mlops", "off", "c = 3")

    assert value == 6
    assert (shell.user_ns["b"], shell.user_ns["c"]) == (2, 3)
    with pytest.raises(ZeroDivisionError):
        shell.run_cell_magic("mlops", "run", "1/0")
    with pytest.raises(UsageError, match="line of its own"):
        shell.run_cell_magic("mlops", "results", "x")
    with pytest.raises(UsageError, match="run"):
        shell.run_cell_magic("mlops", "rnu", "x")


def test_no_name_of_ours_is_left_in_the_namespace(shell, store) -> None:
    before = set(shell.user_ns)
    shell.run_cell("%mlops results")

    assert {name for name in set(shell.user_ns) - before if not name.startswith("_")} == set()


def test_registering_twice_is_once_and_unregistering_leaves_nothing(shell) -> None:
    manager = shell.input_transformer_manager
    names = [getattr(t, "__name__", "") for t in manager.cleanup_transforms]
    register(shell)
    assert [getattr(t, "__name__", "") for t in manager.cleanup_transforms] == names
    assert names.index("transform") == names.index("leading_empty_lines") + 1

    unregister(shell)
    assert "transform" not in [getattr(t, "__name__", "") for t in manager.cleanup_transforms]
    assert "mlops" not in shell.magics_manager.magics["line"]
    assert "mlops" not in shell.magics_manager.magics["cell"]
    unregister(shell)


def test_labels_and_switches_work_from_a_cell(shell, store: Path) -> None:
    shell.run_line_magic("mlops", "tag base stage=final")
    shell.run_line_magic("mlops", "note base 'looks right'")
    off = shell.run_line_magic("mlops", "off")

    found = shell.run_line_magic("mlops", "results --filter \"tags.stage = 'final'\"")
    assert len(found.to_dict()) == 1
    assert off.to_dict()["recording"] is False
    assert "recording = false" in (store / "settings.toml").read_text()


KEY = "AKIAIOSFODNN7EXAMPLE"


def on_disk(store: Path) -> bytes:
    return b"".join(file.read_bytes() for file in store.rglob("*") if file.is_file())


def runs_of_executions(store: Path, like: str) -> list[tuple[str | None, str]]:
    """Return (run's name, status) of each execution whose code is like this."""
    with contextlib.closing(sqlite3.connect(store / "trail.db")) as db:
        return db.execute(
            "SELECT run.name, e.status FROM execution AS e JOIN code ON code.id = e.code_id"
            " LEFT JOIN run_execution AS x ON x.execution_id = e.id"
            " LEFT JOIN run ON run.id = x.run_id WHERE code.source LIKE ?",
            (like,),
        ).fetchall()


def test_secrets_in_labels_and_run_names_are_not_written(recorded, store: Path) -> None:
    recorded.run_cell("api_token = 'zebra-9x-quartz'")
    recorded.run_cell(f"%%mlops run --name {KEY} --tag password=hunter2secret -p token=abcdef98\n1")
    recorded.run_line_magic("mlops", f"note base 'with {KEY} and zebra-9x-quartz'")
    recorded.run_line_magic("mlops", "tag base owner_password=hunter2secret where=zebra-9x-quartz")
    answer = recorded.run_line_magic("mlops", "results --filter \"run = 'base'\"").to_dict()
    written = on_disk(store)

    for secret in (KEY, "zebra-9x-quartz", "hunter2secret", "abcdef98"):
        assert secret.encode() not in written
    assert "hunter2secret" not in str(answer)
    assert "owner_password" in str(answer)


@pytest.mark.parametrize("above", ["%%time", "%%capture", "%%time\n%%capture"])
def test_a_run_below_a_timing_magic_is_a_run(recorded, store: Path, above: str) -> None:
    """The line was taken off with the body of `%%time`, and the run was lost."""
    assert recorded.run_cell(f"{above}\n%%mlops run --name timed\nkept = 1").success

    assert recorded.user_ns["kept"] == 1
    assert runs_of_executions(store, "%kept = 1%") == [("timed", "ok")]


def test_a_run_in_the_body_of_a_magic_of_the_users_own_is_a_run(recorded, store: Path) -> None:
    recorded.register_magic_function(
        lambda line, body: recorded.run_cell(body), "cell", magic_name="again"
    )
    recorded.run_cell("%%again\n%%mlops run --name inner\nkept = 2")

    assert recorded.user_ns["kept"] == 2
    assert runs_of_executions(store, "%kept = 2%") == [("inner", "ok")]


def test_an_exported_off_cell_is_not_recorded(recorded, store: Path) -> None:
    recorded.run_cell("get_ipython().run_cell_magic('mlops', 'off', 'quiet = 3\\n')")

    assert recorded.user_ns["quiet"] == 3
    assert runs_of_executions(store, "%quiet%") == []


def test_off_that_comes_too_late_says_so_and_runs_nothing(recorded, store: Path) -> None:
    recorded.run_cell("word = 'off'")
    result = recorded.run_cell("get_ipython().run_cell_magic('mlops', word, 'late = 4')")

    assert isinstance(result.error_in_exec, UsageError)
    assert "recorded already" in str(result.error_in_exec)
    assert "late" not in recorded.user_ns


def test_the_cell_that_asks_is_not_a_failed_one(recorded, store: Path) -> None:
    recorded.run_cell("found = get_ipython().run_line_magic('mlops', '')")

    assert "(0 not ok)" in repr(recorded.user_ns["found"])


def test_the_files_that_an_answer_reads_are_not_inputs_of_the_asking_cell(
    recorded, store: Path
) -> None:
    notebook = store.parent / "asked.ipynb"
    cells = '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
    notebook.write_text(cells)
    recorded.run_cell("df = 1")
    recorded.run_cell(f"%mlops stale {notebook}")
    recorded.run_cell(f"open({str(notebook)!r}).close()")
    recorded.run_line_magic("mlops", "status")

    with contextlib.closing(sqlite3.connect(store / "trail.db")) as connection:
        asked = connection.execute(
            "SELECT code.source, count(used.name) FROM execution AS e"
            " JOIN code ON code.id = e.code_id"
            " LEFT JOIN used ON used.execution_id = e.id AND used.name LIKE 'file:%'"
            " WHERE code.source LIKE '%asked.ipynb%' GROUP BY e.id ORDER BY e.id"
        ).fetchall()
    assert [count for _, count in asked] == [0, 1]
