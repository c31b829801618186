"""The command line: answers, shapes, exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from faces_cases import HOSTILE
from trail_rows import Trail, metric, param

from celltrail.capabilities.table import capabilities_of
from celltrail.faces.cli import main
from celltrail.store.database import connect

STATUS_COUNTS = ("executions", "executions_ok", "results", "spooled", "problems")


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(list(words))
    out, err = capsys.readouterr()
    return code, out, err


def test_results_json_has_the_documented_shape(store: Path, capsys) -> None:
    code, out, err = run(capsys, "results", "--json", "--sort", "-auc")
    rows = json.loads(out)

    assert (code, err) == (0, "")
    assert len(rows) == 4
    expected = {"id", "notebook", "cell", "started_at", "status", "metrics", "params", "data",
                "environment", "run", "tags"}  # fmt: skip
    assert set(rows[0]) >= expected
    assert rows[0]["metrics"]["auc"] == 0.9
    assert rows[0]["params"] == {"C": 1.0, "max_iter": 200}
    named = {item["name"]: item for item in rows[0]["data"]}
    assert set(named) == {"x.csv", "df"}
    assert named["df"]["shape"] == [3, 2]
    assert named["df"]["digest"].startswith("ct1:")
    assert rows[1]["run"] == "base"
    by_c = {row["params"].get("C"): row for row in rows}
    assert by_c[10.0]["metrics"] == {"auc": {"$float": "nan"}, "loss": {"$float": "inf"}}


def test_results_text_fits_the_terminal_and_marks_what_differs(store, capsys, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    code, out, _ = run(capsys, "results", "--filter", "metrics.auc > 0")

    assert code == 0
    assert all(len(line) <= 60 for line in out.splitlines())
    assert "0.9" in out
    assert "the same in all: max_iter=200" in out
    assert "not shown for width" not in out


def test_results_csv_is_one_line_for_each_result(store, capsys) -> None:
    _, out, _ = run(capsys, "results", "--csv", "--filter", "auc > 0")
    lines = out.splitlines()

    assert lines[0].startswith("result_id,notebook,cell,started_at,status,run,metrics.auc")
    assert len(lines) == 3


def test_pages_follow_the_cursor_until_the_end(store, capsys) -> None:
    seen: list[str] = []
    cursor: list[str] = []
    for _ in range(4):
        _, out, _ = run(capsys, "results", "--json", "--limit", "1", *cursor)
        seen.extend(row["id"] for row in json.loads(out))
        _, text, _ = run(capsys, "results", "--limit", "1", *cursor)
        if "--cursor" not in text:
            break
        cursor = ["--cursor", text.split("--cursor ")[1].strip()]

    assert len(set(seen)) == 4


def test_status_json_counts(store, capsys) -> None:
    code, out, _ = run(capsys, "status", "--json")
    data = json.loads(out)

    assert code == 0
    assert {k: data[k] for k in data if k in STATUS_COUNTS} == {
        "executions": 5, "executions_ok": 5, "results": 4, "spooled": 0, "problems": 0,
    }  # fmt: skip
    assert data["recording"] is True
    assert data["store"] == str(store)


def test_status_works_without_a_store(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, _ = run(capsys, "status", "--json")

    assert code == 0
    assert json.loads(out)["executions"] == 0
    assert not (tmp_path / ".celltrail").exists()


@pytest.mark.parametrize("command", ["results", "show", "lineage", "runs", "gc", "migrate"])
def test_a_missing_store_is_said_without_a_traceback(
    command, tmp_path, monkeypatch, capsys
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = run(capsys, command)

    assert (code, out) == (3, "")
    assert err.startswith("celltrail: No trail was found")
    assert "hint: " in err


def test_a_corrupt_store_is_said_without_a_traceback(store, capsys) -> None:
    (store / "trail.db").write_bytes(b"this is no database" * 1000)
    for suffix in ("-wal", "-shm"):
        (store / f"trail.db{suffix}").unlink(missing_ok=True)
    code, _, err = run(capsys, "results")

    assert code == 3
    assert "is damaged" in err
    assert "Traceback" not in err
    assert run(capsys, "doctor")[0] == 1


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["reslts"], "did you mean results"),
        (["results", "--flter", "x"], "--filter"),
        (["results", "--filter", "metrics.acu > 1"], "auc"),
        (["results", "--filter", "auc >"], "^"),
        (["results", "--sort", "acu"], "auc"),
        (["results", "--limit", "many"], "invalid int"),
        (["results", "--limit", "0"], "at least 1"),
        (["results", "--cursor", "x"], "cursor"),
        (["results", "--json", "--csv"], "one is expected"),
        (["results", "extra"], "does not expect"),
        (["--jsn"], "--json"),
        (["tag", "latest", "=x"], "key=value"),
        (["forget"], "Nothing was named"),
        (["forget", "--name", "df"], "--yes"),
        (["forget", "--older-than", "soon", "--yes"], "30d"),
        (["enable", "--profile", "../x"], "profile"),
    ],
)
def test_wrong_use_ends_with_two_and_says_what_was_expected(store, capsys, words, says) -> None:
    code, out, err = run(capsys, *words)

    assert (code, out) == (2, "")
    assert says in err
    assert err.startswith("celltrail: ")


def test_an_unknown_result_ends_with_three(store, capsys) -> None:
    code, _, err = run(capsys, "show", "bas")

    assert code == 3
    assert "base" in err


def test_show_lineage_and_runs(store, capsys) -> None:
    _, text, _ = run(capsys, "show", "base")
    _, shown, _ = run(capsys, "show", "base", "--json")
    _, graph, _ = run(capsys, "lineage", "base", "--json")
    _, runs, _ = run(capsys, "runs", "--json")

    assert "model = LR(C=0.1).fit(df)" in text
    detail = json.loads(shown)
    assert detail["executions"][0]["code"].startswith("df = ")
    assert detail["environment_detail"]["python"] == "3.11.7"
    found = json.loads(graph)
    kinds = {edge["kind"] for edge in found["edges"]}
    assert kinds == {"used", "generated"}
    ids = {node["id"] for node in found["nodes"]}
    assert all(
        {edge["source"], edge["target"]} <= ids and edge["evidence"] for edge in found["edges"]
    )
    assert json.loads(runs)[0]["name"] == "base"


def test_labels_are_written_and_read_back(store, capsys) -> None:
    assert run(capsys, "tag", "-2", "stage=final", "star")[0] == 0
    assert run(capsys, "note", "-2", "after", "cleaning")[0] == 0
    _, out, _ = run(capsys, "results", "--json", "--filter", "tags.stage = 'final'")
    _, shown, _ = run(capsys, "show", "-2", "--json")

    assert json.loads(out)[0]["tags"] == {"stage": "final", "star": ""}
    assert json.loads(shown)["notes"] == ["after cleaning"]
    run(capsys, "tag", "-2", "star-")
    _, out, _ = run(capsys, "results", "--json", "--filter", "tags.stage = 'final'")
    assert json.loads(out)[0]["tags"] == {"stage": "final"}


def test_a_run_can_be_tagged_by_name_and_its_results_show_it(store, capsys) -> None:
    run(capsys, "tag", "base", "team=blue")
    _, out, _ = run(capsys, "results", "--json", "--filter", "tags.team = 'blue'")

    assert [row["run"] for row in json.loads(out)] == ["base"]


def test_forget_deletes_for_good(store, capsys) -> None:
    code, _, _ = run(capsys, "forget", "base")
    _, out, _ = run(capsys, "results", "--json")

    assert code == 0
    assert len(json.loads(out)) == 3


def test_on_and_off_are_kept_in_the_project(store, capsys) -> None:
    run(capsys, "off")
    assert json.loads(run(capsys, "status", "--json")[1])["recording"] is False

    run(capsys, "on")
    assert json.loads(run(capsys, "status", "--json")[1])["recording"] is True


def test_init_makes_a_store_once(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    first = json.loads(run(capsys, "init", "--json")[1])
    second = json.loads(run(capsys, "init", "--json")[1])

    assert (first["made"], second["made"]) == (True, False)
    assert run(capsys, "results")[0] == 0
    assert run(capsys, "migrate")[0] == 0
    assert run(capsys, "gc")[0] == 0


def test_names_reach_the_terminal_without_control_characters(store, capsys) -> None:
    run(capsys, "tag", "latest", "key=\x1b[31mred\x07")
    _, out, _ = run(capsys, "results")

    assert "\x1b" not in out
    assert HOSTILE[:20] in out


@pytest.mark.parametrize("name", sorted(capabilities_of("cli")))
def test_every_command_has_help(name, capsys) -> None:
    code, out, _ = run(capsys, name, "--help")
    again = run(capsys, "help", name)[1]

    assert code == 0
    assert f"celltrail {name}" in out
    assert "--json" in out
    assert out == again


def test_overview_names_every_command(capsys) -> None:
    code, out, _ = run(capsys, "--help")

    assert code == 0
    assert all(f"  {name} " in out for name in capabilities_of("cli"))
    assert all(len(line) <= 88 for line in out.splitlines())


def command(store: Path, *words: str, **options) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "celltrail.faces.cli", *words],
        cwd=store.parent, capture_output=True, text=True, timeout=60, check=False, **options,
    )  # fmt: skip


def test_a_closed_pipe_ends_quietly(store) -> None:
    process = subprocess.Popen(
        f"{sys.executable} -m celltrail.faces.cli results --json --limit 100 | head -c 1",
        shell=True, cwd=store.parent, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    _, err = process.communicate(timeout=60)

    assert err == ""


def test_it_prints_under_an_ascii_locale(store) -> None:
    environment = os.environ | {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}
    done = command(store, "status", env=environment)

    assert (done.returncode, done.stderr) == (0, "")


def test_debug_shows_the_traceback(store) -> None:
    done = command(store, "results", "--filter", "auc >", "--debug")

    assert "Traceback" in done.stderr


def test_startup_and_status_load_nothing_heavy(store) -> None:
    code = (
        "import sys; from celltrail.faces.cli import main; main(['status']);"
        "print([m for m in ('numpy', 'pandas', 'sqlite_utils', 'plotly', 'IPython', 'ipywidgets')"
        " if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=store.parent, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip

    assert done.stdout.splitlines()[-1] == "[]"


def test_a_store_locked_by_a_writer_can_be_read(store, capsys) -> None:
    import sqlite3

    other = sqlite3.connect(store / "trail.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    other.execute("INSERT INTO tag VALUES ('x', 'y', 'z')")
    began = time.monotonic()
    code, _, _ = run(capsys, "results")
    other.execute("ROLLBACK")
    other.close()

    assert code == 0
    assert time.monotonic() - began < 5


def test_secrets_in_labels_are_not_written(store: Path, capsys, monkeypatch) -> None:
    monkeypatch.setenv("SERVICE_TOKEN", "quartz-zebra-77")
    run(capsys, "tag", "base", "db_password=hunter2secret", "note=quartz-zebra-77")
    run(capsys, "note", "base", "key AKIAIOSFODNN7EXAMPLE, quartz-zebra-77")
    _, out, _ = run(capsys, "show", "base", "--json")
    written = b"".join(file.read_bytes() for file in store.rglob("*") if file.is_file())

    for secret in ("hunter2secret", "quartz-zebra-77", "AKIAIOSFODNN7EXAMPLE"):
        assert secret.encode() not in written
        assert secret not in out
    assert "db_password" in out


def test_a_narrow_table_shows_params_that_differ_before_mostly_empty_metrics(
    tmp_path, monkeypatch, capsys
) -> None:
    folder = tmp_path / ".celltrail"
    monkeypatch.chdir(tmp_path)
    connection = connect(folder, role="kernel")
    trail = Trail(connection)
    for n in range(5):
        rare = [metric(f"rare_metric_{n}", 0.5)]
        params = [param("C", n)] + ([param("depth", n)] if n < 2 else [])
        trail.execute(metrics=[metric("auc", 0.9), *rare], params=params)
    connection.close()
    monkeypatch.setenv("COLUMNS", "200")
    _, out, _ = run(capsys, "results")
    heads = out.splitlines()[0].split()

    assert heads[2:5] == ["auc", "C", "depth"]
    assert set(heads[5:]) == {f"rare_metric_{n}" for n in range(5)}
    monkeypatch.setenv("COLUMNS", "50")
    _, narrow, _ = run(capsys, "results")
    assert narrow.splitlines()[0].split()[2:5] == ["auc", "C", "depth"]
