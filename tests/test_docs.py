"""What the documents say is checked against what is there.

`python tests/test_docs.py --update` (or `make docs`) writes the CLI's help into README.md.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
BEGIN, END = "<!-- help: make docs -->", "<!-- /help -->"
HELP_COLUMNS = "88"

# Files of the reader's own that README uses as examples.
EXAMPLES = frozenset({"NN_name.py", "NN_name.toml", "in.ipynb", "out.ipynb", "train.ipynb"})
# Folders of the machine the tests run on. A path that only an example names is fine.
MACHINE_FOLDERS = {ROOT, Path.home(), Path(sys.prefix), Path(sys.base_prefix)} - {Path("/")}
TEXT_SUFFIXES = frozenset({"", ".cfg", ".ipynb", ".json", ".md", ".py", ".toml", ".txt", ".yaml"})


def help_block() -> str:
    """Return the CLI's own help as it stands in README."""
    environment = os.environ | {"COLUMNS": HELP_COLUMNS, "NO_COLOR": "1"}
    program = Path(sys.executable).with_name("celltrail")
    done = subprocess.run(
        [program, "--help"], env=environment, capture_output=True, text=True, check=True
    )
    return f"{BEGIN}\n```text\n$ celltrail --help\n{done.stdout.strip()}\n```\n{END}"


def update() -> None:
    before, _, rest = README.read_text("utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    README.write_text(f"{before}{help_block()}{after}", "utf-8")


def own_files() -> list[Path]:
    """Return the files of the project: those git tracks or would track."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("this is no git checkout, so there is no list of the project's files")
    return [path for name in listed.stdout.splitlines() if (path := ROOT / name).is_file()]


def named_files(text: str) -> Iterator[str]:
    """Yield what looks like a file of the project: link targets and paths in backticks."""
    yield from re.findall(r"\]\((?!https?://|#)([^)#]+)\)", text)
    for quoted in re.findall(r"`([^`\n]+)`", text):
        is_path = re.fullmatch(r"[\w./-]+\.(md|py|ipynb|toml|txt)|[\w-]+/([\w.-]+/?)*", quoted)
        if is_path and not quoted.startswith((".celltrail", ".venv", ".build")):
            yield quoted


def test_cli_help_in_readme_is_fresh():
    """Run `make docs` when this fails."""
    assert help_block() in README.read_text("utf-8")


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "benchmarks/README.md"])
def test_every_file_named_exists(name):
    document = ROOT / name
    named = {path for path in named_files(document.read_text("utf-8")) if path not in EXAMPLES}
    missing = [p for p in named if not (ROOT / p).exists() and not (document.parent / p).exists()]

    assert missing == []


def test_every_make_target_named_exists():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    text = README.read_text("utf-8") + (ROOT / "CONTRIBUTING.md").read_text("utf-8")

    assert set(re.findall(r"`make ([a-z]+)", text)) <= targets


@pytest.mark.parametrize(
    "path", sorted((ROOT / "requirements").glob("*.txt")), ids=lambda p: p.name
)
def test_lock_pins_versions_and_holds_no_address(path):
    lines = [line for line in path.read_text("utf-8").splitlines() if line.strip()]
    pins = [line for line in lines if not line.lstrip().startswith("#")]

    assert [
        pin for pin in pins if not re.match(r"[A-Za-z0-9._-]+(\[[\w,-]+\])?==[\w.!+]+( ;|$)", pin)
    ] == []
    assert [line for line in lines if "://" in line or " @ " in line] == []


@pytest.mark.parametrize(
    "name", ["pyproject.toml", "Makefile", ".ci/run", ".pre-commit-config.yaml"]
)
def test_set_up_names_no_host(name):
    assert "://" not in (ROOT / name).read_text("utf-8")


def test_no_file_names_this_machine():
    machine = re.compile("|".join(re.escape(f"{folder}/") for folder in sorted(MACHINE_FOLDERS)))
    found = []
    for path in own_files():
        if path.suffix not in TEXT_SUFFIXES:
            continue
        for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), 1):
            if machine.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}")

    assert found == []


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda p: p.name)
def test_notebook_has_ids_and_no_outputs(path):
    notebook = json.loads(path.read_text("utf-8"))

    assert (notebook["nbformat"], notebook["nbformat_minor"] >= 5) == (4, True)
    assert all(cell["id"] for cell in notebook["cells"])
    assert [cell["id"] for cell in notebook["cells"] if cell.get("outputs")] == []


def test_the_plain_notebook_says_nothing_about_celltrail():
    text = (ROOT / "notebooks" / "01_plain_data_science.ipynb").read_text("utf-8").lower()

    assert "celltrail" not in text
    assert "mlops" not in text


def test_readme_spares_the_reader_praise():
    """style.md, 45: no praise of ourselves, none of the words that make light of a step."""
    text = README.read_text("utf-8").lower()

    assert (
        re.findall(r"\b(simply|just|powerful|easy|easily|seamless\w*|effortless\w*)\b", text) == []
    )


if __name__ == "__main__":
    if sys.argv[1:] != ["--update"]:
        sys.exit("usage: python tests/test_docs.py --update")
    update()
