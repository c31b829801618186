"""Commands about data from end to end: in a recording shell, and from the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from celltrail.capture import hooks
from celltrail.faces import magics
from celltrail.faces.cli import main

CELLS = """
import pandas as pd
# %%
raw = pd.read_csv("people.csv")
# %%
adults = raw[raw["age"] >= 18].copy()
# %%
%mlops snapshot adults --name train
# %%
adults.loc[adults["name"] == "Eve", "age"] = 44
adults["old"] = adults["age"] > 60
# %%
%mlops snapshot adults --name train
# %%
%mlops snapshot people.csv
""".split("# %%")
PEOPLE = "name,age\nAda,36\nBob,12\nEve,43\nIda,71\n"


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InteractiveShell]:
    """A shell that recorded `CELLS`; its folder is the project."""
    config = Config()
    config.HistoryManager.enabled = False
    config.HistoryManager.hist_file = ":memory:"
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance(config=config, colors="nocolor")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("project"))
        patch.delenv("CELLTRAIL_STORE", raising=False)
        patch.setenv("CELLTRAIL_EXACT", "on")
        Path("people.csv").write_text(PEOPLE)
        magics.register(shell)
        hooks.load(shell)
        for cell in CELLS:
            shell.run_cell(cell, store_history=True).raise_error()
        yield shell
        hooks.unload(shell)
        magics.unregister(shell)
    InteractiveShell.clear_instance()


@pytest.fixture(params=["magic", "shell"])
def ask(
    request: pytest.FixtureRequest, kernel: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> Any:
    """Return what asks by the face: words in; what was said and the JSON out."""

    def by_magic(*words: str) -> tuple[str, Any]:
        answer = kernel.run_line_magic("mlops", " ".join(words))
        return str(answer), answer.to_dict()

    def by_shell(*words: str) -> tuple[str, Any]:
        capsys.readouterr()
        assert main(list(words)) == 0
        said = capsys.readouterr().out
        assert main([*words, "--json"]) == 0
        return said, json.loads(capsys.readouterr().out)

    return by_magic if request.param == "magic" else by_shell


def fault_of(kernel: InteractiveShell, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Return the error that both faces give, which is the same."""
    with pytest.raises(UsageError) as fault:
        kernel.run_line_magic("mlops", " ".join(words))
    capsys.readouterr()
    code = main(list(words))
    said = capsys.readouterr().err

    assert code in (2, 3)
    assert str(fault.value).split("\n\n")[0] in said
    return said


def test_the_list_names_what_is_kept(ask: Any) -> None:
    said, data = ask("data", "list")

    found = {(item["name"], item["origin"]): item for item in data["items"]}
    assert found["train", "snapshot"]["versions"] == 2
    assert "people" in said
    assert "pandas.DataFrame" in said


def test_the_log_tells_versions_and_what_changed(ask: Any) -> None:
    said, data = ask("data", "log", "train")

    assert [one["label"] for one in data["versions"]] == ["train@1", "train@2"]
    assert "train: 2 snapshots." in said
    assert "train@2: added old; other values in age" in said


def test_the_diff_tells_rows_and_columns_once(ask: Any) -> None:
    said, data = ask("data", "diff", "train@1", "train@2")

    assert data["rows"]["cells"] == [["age", 1]]
    assert "1 row changed, 2 are the same; 1 column added." in said
    assert said.count("the same") == 1
    assert "row 2 changed: age 43 -> 44" in said


def test_rows_are_matched_by_a_key(ask: Any) -> None:
    said, data = ask("data", "diff", "people", "train", "--key", "name")

    assert (data["rows"]["removed"], data["rows"]["changed"], data["rows"]["same"]) == (1, 1, 2)
    assert "row Bob removed: name Bob; age 12" in said


def test_the_lineage_goes_back_to_the_file(ask: Any) -> None:
    said, data = ask("data", "lineage", "train")

    assert said.splitlines()[0] == "train@2 goes back to people.csv through 3 cell runs."
    assert data["dataset"]["version"] == "train@2"
    assert 'adults = raw[raw["age"] >= 18].copy()' in said


def test_a_snapshot_is_written_to_a_file(ask: Any, tmp_path: Path) -> None:
    target = tmp_path / "train.csv"

    said, _ = ask("data", "get", "train@1", "--to", str(target), "--force")

    assert pd.read_csv(target, index_col=0)["name"].tolist() == ["Ada", "Eve", "Ida"]
    assert f"train@1 is written to {target}" in " ".join(said.split())


def test_a_file_is_kept_from_the_shell_and_again_is_nothing_new(
    kernel: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("more.csv").write_text("a\n1\n")

    codes = [main(["snapshot", "more.csv", "--name", "extra"]) for _ in range(2)]

    assert codes == [0, 0]
    assert capsys.readouterr().out.splitlines() == [
        "extra@1 keeps a file, in 4 bytes.",
        "Unchanged: extra@1 holds this content already; nothing was written.",
    ]


@pytest.mark.parametrize(
    ("words", "fact", "hint"),
    [
        (("data", "log", "trian"), "no data 'trian'", "train"),
        (("data", "lineage", "adlts"), "no data 'adlts'", "adults"),
        (("data", "diff", "train@1", "train@7"), "no version 7 of 'train'", "1, 2"),
        (("data", "diff", "train", "train@1", "--key", "old"), "no column of both 'old'", "age"),
        (("data", "get", "train"), "No file was named", "--to train.parquet"),
        (("data", "get", "raw", "--to", "raw.csv"), "content of raw was not kept", "snapshot NAME"),
        (("data", "get", "train", "--to", "t.xlsx"), "not written as '.xlsx'", ".parquet"),
        (("snapshot", "peple.csv"), "no variable or file 'peple.csv'", "people.csv"),
        (("snapshot", "people.csv", "--name", "a@b"), "cannot be called 'a@b'", "versions"),
        (("forget", "--name", "trian", "--yes"), "snapshot 'trian'", "train"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_answered_says_why_and_what_is_there(
    kernel: InteractiveShell,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    fact: str,
    hint: str,
) -> None:
    said = fault_of(kernel, capsys, *words)

    assert fact in said
    assert hint in said.partition(fact)[2]


@pytest.mark.parametrize(
    ("code", "fact", "hint"),
    [
        ("(n for n in ())", "A generator cannot be kept", "a list"),
        ("lambda: 1", "it is code", "what it returns"),
        ("__import__('io').StringIO()", "An open file", "snapshot PATH"),
        ("[type('Net', (), {})()]", "Net at [0]", "plain values"),
    ],
    ids=["a generator", "a lambda", "an open file", "an own object in a list"],
)
def test_a_variable_that_has_no_form_says_why_and_what_is_possible(
    kernel: InteractiveShell, code: str, fact: str, hint: str
) -> None:
    kernel.user_ns["odd"] = eval(code)

    with pytest.raises(UsageError) as fault:
        kernel.run_line_magic("mlops", "snapshot odd")

    assert fact in str(fault.value)
    assert hint in str(fault.value)


def test_an_expression_is_told_to_be_named_first(kernel: InteractiveShell) -> None:
    with pytest.raises(UsageError, match="a name first"):
        kernel.run_line_magic("mlops", "snapshot adults.head(2)")


def test_forget_names_the_snapshots_that_go_and_those_that_stay(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that only a snapshot has is forgotten like any other."""
    monkeypatch.chdir(tmp_path)
    Path("a.csv").write_text("a\n1\n")
    for name in ("one", "two"):
        assert main(["snapshot", "a.csv", "--name", name]) == 0
    capsys.readouterr()

    assert main(["forget", "--name", "one", "--yes"]) == 0
    said = capsys.readouterr().out
    assert main(["data", "list", "--json"]) == 0

    assert said.splitlines()[1] == "deleted snapshot one@1"
    assert [item["name"] for item in json.loads(capsys.readouterr().out)["items"]] == ["two"]
    assert len([*(tmp_path / ".celltrail" / "blobs").rglob("*/*")]) == 1


def test_forget_by_age_keeps_named_data_and_says_so(
    capsys: pytest.CaptureFixture[str], kernel: InteractiveShell, tmp_path: Path
) -> None:
    import shutil

    copy = tmp_path / ".celltrail"
    shutil.copytree(".celltrail", copy)
    capsys.readouterr()

    assert main(["forget", "--older-than", "0d", "--yes", "--store", str(copy)]) == 0

    said = " ".join(capsys.readouterr().out.split())  # lines end where the terminal does
    assert "kept snapshots people@1, train@1, train@2" in said
    assert "forget --name NAME" in said
