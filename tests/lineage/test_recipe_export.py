"""Recipes as scripts and notebooks: they run, and hold nothing of the session they came from."""

from __future__ import annotations

import subprocess
import sys

import nbformat
import pytest

from celltrail.lineage.recipes.recipe_export import as_notebook, as_script
from celltrail.lineage.recipes.recipe_redactions import restored
from celltrail.lineage.recipes.recipe_report import RecipeReport, RecipeStep


def step(code: str, number: int, *, status: str = "ok", names: tuple[str, ...] = ()) -> RecipeStep:
    return RecipeStep(
        f"{number:032x}", number, None, None, number, status, number, code, "because", True, names
    )


def report(*codes: str | RecipeStep, redacted: tuple[str, ...] = ()) -> RecipeReport:
    steps = tuple(
        code if isinstance(code, RecipeStep) else step(code, number)
        for number, code in enumerate(codes, 1)
    )
    return RecipeReport(result="a" * 31 + "b.2", summary="it", steps=steps, redacted=redacted)


def ran(folder, found: RecipeReport, **environ: str) -> str:
    """What the script prints in a process of its own."""
    (folder / "recipe.py").write_text(as_script(found), "utf-8")
    done = subprocess.run(
        [sys.executable, "recipe.py"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={"HOME": str(folder), "IPYTHONDIR": str(folder / "ipython"), "PATH": "/usr/bin:/bin"}
        | environ,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_plain_cells_are_a_plain_script() -> None:
    script = as_script(report("x = 1", "y = x + 1"))

    assert "IPython" not in script
    assert script.index("x = 1") < script.index("y = x + 1")
    assert "# %% In [1] 00000001: because" in script


@pytest.mark.parametrize(
    ("codes", "printed"),
    [
        (("x = 3", "print(x)"), "3"),
        (("x = 3", "y = !echo {x}", "print(y[0])"), "3"),
        (("%%capture out\nprint(7)", "print(out.stdout.strip())"), "7"),
        (("import asyncio\nx = await asyncio.sleep(0, 5)", "print(x)"), "5"),
        (("def f():\n    return 4", "%time x = f()", "print(x)"), "4"),
        (("%%mlops run --name a\nx = 2", "print(x)"), "2"),
        (("x = 1", "global x\nx = 2", "print(x)"), "2"),
        (
            ("x = 1", "from __future__ import annotations\ndef f(a: no): return 6", "print(f(1))"),
            "6",
        ),
        (("text = '''a\n  b'''", "get_ipython().run_line_magic('time', 'x = 9')", "print(x)"), "9"),
        ((step("41 + 1", 7, names=("Out[7]",)), step("print(Out[7])", 8)), "42"),
        ((step("41 + 1", 7, names=("Out[7]",)), step("print(_)", 8)), "42"),
        ((step("'é'; 41 + 1", 7, names=("Out[7]",)), step("print('ü', _7)", 8)), "ü 42"),
        ((step("1 + 1", 3), step("print(eval(In[3]))", 4)), "2"),
    ],
)
def test_a_script_runs_in_a_process_of_its_own(tmp_path, codes, printed) -> None:
    assert ran(tmp_path, report(*codes)).strip().splitlines()[-1] == printed


@pytest.mark.parametrize(
    "code",
    [
        "x = [1]\nx.append(1 / 0)",
        "x = [1]\ntext = '''a\n b'''\nx.append(1 / 0)",
        "%time x = [1]\n1 / 0",
        "from __future__ import annotations\nx = [1]\n1 / 0",
    ],
)
def test_a_cell_that_raised_does_not_end_the_script(tmp_path, code) -> None:
    found = report(step(code, 1, status="error"), "print(x)")

    assert ran(tmp_path, found).strip().splitlines()[-1] == "[1]"


def test_an_error_that_did_not_happen_before_ends_the_script(tmp_path) -> None:
    with pytest.raises(AssertionError, match="ZeroDivisionError"):
        ran(tmp_path, report("%time 1 / 0"))


def test_redacted_literals_come_from_the_environment(tmp_path) -> None:
    found = report("token = '‹redacted:token›'", "print(token)", redacted=("TOKEN",))

    assert ran(tmp_path, found, TOKEN="given").strip() == "given"


@pytest.mark.parametrize(
    ("code", "expected", "names", "left"),
    [
        ("x = 1", "x = 1", (), 0),
        ("a.key = '‹redacted:key›'", 'a.key = os.environ["KEY"]', ("KEY",), 0),
        ("f(pw='‹redacted:password›')", 'f(pw=os.environ["PW"])', ("PW",), 0),
        ("d = {'api-key': '‹redacted:key›'}", "d = {'api-key': os.environ[\"API_KEY\"]}",
         ("API_KEY",), 0),
        ("é = b'<redacted:key>'", 'é = os.environ["É"].encode()', ("É",), 0),
        ("f('‹redacted:key›')", 'f(os.environ["KEY"])', ("KEY",), 0),
        (
            "u = 'db://me:‹redacted:password›@host'",
            "u = ('db://me:' + os.environ[\"U_PASSWORD\"] + '@host')",
            ("U_PASSWORD",),
            0,
        ),
        ("x = 1  # ‹redacted:key›", "x = 1  # ‹redacted:key›", (), 1),
        ("!curl -H '‹redacted:key›'", "!curl -H '{os.environ[\"KEY\"]}'", ("KEY",), 0),
        ("%login ‹redacted:key›", "%login ‹redacted:key›", (), 1),
        ("a = '‹redacted:x›'\nb = '‹redacted:y›'",
         'a = os.environ["A"]\nb = os.environ["B"]', ("A", "B"), 0),
    ],
)  # fmt: skip
def test_marks_become_variables_of_the_environment(code, expected, names, left) -> None:
    found = restored(code)

    assert (found.code, found.names, found.left) == (expected, names, left)


def test_a_notebook_is_valid_and_says_which_cell_raises() -> None:
    document = as_notebook(
        report("x = 1\n\ny = 2", step("1 / 0", 2, status="error"), redacted=("KEY",))
    )

    nbformat.validate(document)
    cells = [cell for cell in document["cells"] if cell["cell_type"] == "code"]
    assert ["".join(cell["source"]) for cell in cells] == ["import os", "x = 1\n\ny = 2", "1 / 0"]
    assert cells[2]["metadata"]["tags"] == ["raises-exception"]
    assert cells[1]["metadata"]["celltrail"]["reason"] == "because"
    assert "it" in "".join(document["cells"][0]["source"])


def test_an_empty_recipe_is_still_a_notebook_and_a_script() -> None:
    nbformat.validate(as_notebook(report()))

    assert as_script(report()).startswith("# Recipe of")
