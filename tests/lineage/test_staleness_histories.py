"""Staleness of real histories, run in a real shell; the states are expected by hand.

A history is the notebook as first written (cells by letter), what the user does, and the marks
that a careful reader expects afterwards. A mark is the first of the cell's states; where it is
not current, a word that its reasons must hold stands behind it (``"stale: x"``).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from reliability.shells import Shell, Warm

from celltrail.lineage.freshness.present_source import present_notebook
from celltrail.lineage.freshness.stale_report import CellState, StaleReport
from celltrail.lineage.freshness.staleness import staleness
from celltrail.store.database import connect


@pytest.fixture(scope="module")
def warm(_environment_of_nobody: None) -> Iterator[Warm]:
    process = Warm()
    yield process
    process.close()


@dataclass(frozen=True, slots=True)
class History:
    """`steps`: a letter runs that cell, ``a=code`` edits it, ``-a`` removes it, ``restart``."""

    name: str
    cells: dict[str, str]
    steps: tuple[str, ...]
    marks: dict[str, str]
    plan: str = ""  # letters in order
    without_ids: dict[str, str] | None = None  # the marks, where code and order tell less


def history(name: str, cells: dict[str, str], steps: str | tuple[str, ...], plan: str = "",
            without_ids: dict[str, str] | None = None, **marks: str) -> History:  # fmt: skip
    """One row of the table; `steps` as text is split at blanks."""
    return History(name, cells, tuple(steps.split()) if isinstance(steps, str) else steps,
                   marks, plan, without_ids)  # fmt: skip


FRAME = "import pandas as pd\ndf = pd.DataFrame({'x': [1, 2, 3]})"
CHAIN = {"a": "x = 1", "b": "y = x + 1", "c": "z = y * 10"}
SHOP = "!shop.py=def price(n):\n    return 2 * n\n"
RELOAD = {
    "a": "import importlib, math, sys\nsys.dont_write_bytecode = True\n"
    "sys.path.insert(0, '.')\nimport shop",
    "b": "importlib.reload(shop)",
    "c": "total = shop.price(3)",
    "d": "r = math.pi",
}
FIT = {
    "a": "from sklearn.linear_model import LogisticRegression\nfrom sklearn.metrics import"
    " accuracy_score\nX, y = [[0], [1], [2], [3]], [0, 0, 1, 1]",
    "b": "C = 1.0",
    "c": "model = LogisticRegression(C=C).fit(X, y)",
    "d": "accuracy = accuracy_score(y, model.predict(X))",
}

HISTORIES = [
    history("run from top to bottom", CHAIN, "a b c", a="current", b="current", c="current"),
    history("upstream again, same value", CHAIN, "a b c a", a="current", b="current", c="current"),
    history("upstream again, other value", {"a": "import itertools", "b": "import time\n"
            "x = time.perf_counter_ns()", "c": "y = x + 1"}, "a b c b", plan="c",
            a="current", b="current", c="stale: x"),
    history("a chain of three", CHAIN, ("a", "b", "c", "a=x = 2", "a"), plan="bc",
            a="current", b="stale: x", c="stale: y"),
    history("a chain whose middle came out equal", {**CHAIN, "b": "y = x > 0"},
            ("a", "b", "c", "a=x = 2", "a", "b"), a="current", b="current", c="current"),
    history("edited and not run", CHAIN, ("a", "b", "c", "a=x = 5"), plan="abc",
            a="edited: code", b="current", c="current"),
    history("edited and edited back", CHAIN, ("a", "b", "c", "a=x = 5", "a=x = 1"),
            a="current", b="current", c="current"),
    history("deleted cell that another one uses", CHAIN, "a b c -a",
            b="orphan: x", c="current", gone="orphan: no longer"),
    history("deleted cell that left nothing", {**CHAIN, "d": "print(x)"}, "a b c d -d",
            a="current", b="current", c="current"),
    history("deleted cell made again by another above", {"d": "x = 1", **CHAIN}, "a b c d -a",
            b="current", c="current", d="current"),
    history("deleted cell made again by another below", {**CHAIN, "d": "x = 1"}, "a b c d -a",
            b="orphan: x", c="current", d="current", gone="orphan: no longer",
            without_ids={"b": "current", "c": "current", "d": "current"}),
    history("variable renamed in its cell", {"a": "x = 1", "b": "y = x"},
            ("a", "b", "a=t = 1", "a"), a="current", b="orphan: no more",
            without_ids={"a": "current", "b": "orphan: x", "gone": "orphan: no longer"}),
    history("restarted kernel", CHAIN, "a b c restart a", a="current",
            b="other session: earlier", c="other session: earlier"),
    history("restarted and nothing run but a new cell", {**CHAIN, "d": "w = 1"}, "a b c restart d",
            a="other session: earlier", b="other session: earlier", c="other session: earlier",
            d="current"),
    history("never run", CHAIN, "a b", a="current", b="current", c="never run"),
    history("changed in place by a cell below, in order",
            {"a": FRAME, "b": "total = df['x'].sum()", "c": "df.loc[0, 'x'] = 99"}, "a b c",
            a="current", b="overtaken: df", c="current"),
    history("changed in place by a cell above",
            {"a": FRAME, "b": "k = 1", "c": "total = df['x'].sum() + k"},
            ("a", "b", "c", "b=k = 1\ndf.loc[0, 'x'] = 99", "b"), plan="c",
            a="current", b="current", c="stale: changed in place"),
    history("changed in place through an alias above",
            {"a": "rows = [1, 2]", "b": "other = rows", "c": "k = 0", "d": "n = len(rows)"},
            ("a", "b", "c", "d", "c=other.append(3)", "c"), plan="d",
            a="current", b="overtaken: rows", c="current", d="stale: rows",
            without_ids={"a": "current", "b": "overtaken: rows", "c": "current",
                         "d": "stale: rows", "gone": "orphan: no longer"}),
    history("a view changed in place",
            {"a": "import numpy as np\nv = np.arange(4.0)", "b": "w = v[:2]", "c": "k = 0",
             "d": "s = w.sum()"},
            ("a", "b", "c", "d", "c=v[0] = 50", "c"), plan="d",
            a="current", b="overtaken: v", c="current", d="stale: w",
            without_ids={"a": "current", "b": "overtaken: v", "c": "current",
                         "d": "stale: w", "gone": "orphan: no longer"}),
    history("rebound below", {"a": "x = 1", "b": "y = x", "c": "x = 5"}, "a b c",
            a="current", b="overtaken: x", c="current"),
    history("rebound below, used below", {"a": "x = 1", "b": "y = x", "c": "x = 5", "d": "w = x"},
            "a b c d", a="current", b="overtaken: x", c="current", d="current"),
    history("rebound below, then the first cell edited and run",
            {"a": "x = 1", "b": "y = x", "c": "x = 5", "d": "w = x"},
            ("a", "b", "c", "d", "a=x = 2", "a"), plan="bcd",
            a="current", b="stale: x", c="current", d="stale: x"),
    history("changes its own input", {"a": "n = 1", "b": "n += 1", "c": "m = n"}, "a b c",
            a="current", b="current", c="current"),
    history("changes its own input twice", {"a": "n = 1", "b": "n += 1", "c": "m = n"}, "a b c b",
            plan="c", a="current", b="current", c="stale: n"),
    history("its input made anew, equal", {"a": "n = [1]", "b": "n.append(2)", "c": "m = sum(n)"},
            "a b c a", plan="bc", a="current", b="stale: without", c="stale: n"),
    history("a change that can be repeated", {"a": FRAME, "b": "df['y'] = 1", "c": "n = df.shape"},
            "a b c b", a="current", b="current", c="current"),
    history("module reloaded with other code, and its user not run again", RELOAD,
            (SHOP, "a", "b", "c", "d", SHOP.replace("2", "30"), "b"), plan="c",
            a="current", b="current", c="stale: shop", d="current"),
    history("module reloaded with other code, and its user run again", RELOAD,
            (SHOP, "a", "b", "c", "d", SHOP.replace("2", "30"), "b", "c"),
            a="current", b="current", c="current", d="current"),
    history("module reloaded as it was", RELOAD, (SHOP, "a", "b", "c", "d", "b"),
            a="current", b="current", c="current", d="current"),
    history("function redefined", {"a": "def f(v):\n    return v + 1", "b": "y = f(1)"},
            ("a", "b", "a=def f(v):\n    return v + 2", "a"), plan="b",
            a="current", b="stale: f"),
    history("function redefined alike", {"a": "def f(v):\n    return v + 1", "b": "y = f(1)"},
            "a b a", a="current", b="current"),
    history("function used through another", {"a": "def f():\n    return 1",
            "b": "def g():\n    return f()", "c": "y = g()"},
            ("a", "b", "c", "a=def f():\n    return 2", "a"), plan="c",
            a="current", b="current", c="stale: f"),
    history("file written again with other content",
            {"a": "t = 'one'", "b": "with open('data.txt', 'w') as f:\n    f.write(t)",
             "c": "with open('data.txt') as f:\n    text = f.read()"},
            ("a", "b", "c", "a=t = 'two'", "a", "b"), plan="c",
            a="current", b="current", c="stale: data.txt"),
    history("file written again, equal",
            {"a": "t = 'one'", "b": "with open('data.txt', 'w') as f:\n    f.write(t)",
             "c": "with open('data.txt') as f:\n    text = f.read()"},
            "a b c b", a="current", b="current", c="current"),
    history("file changed from outside, seen by a later cell",
            {"a": "with open('given.txt') as f:\n    one = f.read()",
             "b": "with open('given.txt') as f:\n    two = f.read()"},
            ("a", "!given.txt", "b"), plan="a", a="stale: given.txt", b="current"),
    history("file changed from outside, seen by nobody",
            {"a": "with open('given.txt') as f:\n    one = f.read()", "b": "two = one"},
            ("a", "b", "!given.txt"), plan="ab", a="stale: on disk", b="stale: one"),
    history("file saved again from outside, equal",
            {"a": "with open('given.txt') as f:\n    one = f.read()"},
            ("a", "!given.txt=given"), a="current"),
    history("unseeded draw", {"a": "import random\nx = random.random()", "b": "y = 1"}, "a b",
            a="unseeded: random", b="current"),
    history("seeded draw", {"a": "import random\nrandom.seed(1)", "b": "x = random.random()"},
            "a b", a="current", b="current"),
    history("two draws after one seed", {"a": "import random\nrandom.seed(1)",
            "b": "x = random.random()", "c": "y = random.random()"},
            "a b c", a="current", b="current", c="current"),
    history("other seed", {"a": "import random\nrandom.seed(1)", "b": "x = random.random()"},
            ("a", "b", "a=import random\nrandom.seed(2)", "a"), plan="b",
            a="current", b="stale: seed"),
    history("other seed, set by a function", {"a": "import random\ndef seed_all(number):\n"
            "    random.seed(number)", "b": "seed_all(1)", "c": "x = random.random()"},
            ("a", "b", "c", "b=seed_all(2)", "b"), plan="c",
            a="current", b="current", c="stale: seed"),
    history("out of order", {"a": "y = x + 1", "b": "x = 1"}, "b a", a="current", b="current"),
    history("out of order, then the lower cell changed", {"a": "y = x + 1", "b": "x = 1"},
            ("b", "a", "b=x = 2", "b"), plan="a", a="stale: x", b="current",
            without_ids={"a": "stale: x", "b": "current", "gone": "orphan: no longer"}),
    history("timed cells", {"a": "x = 1", "b": "%%time\ny = x + 1", "c": "%%time\nz = y"},
            ("a", "b", "c", "a=x = 2", "a"), plan="bc",
            a="current", b="stale: x", c="stale: y"),
    history("a cell that raises", {"a": "x = 1", "b": "y = x\n1 / 0", "c": "z = y"}, "a b c",
            a="current", b="failed: raised", c="current"),
    history("a cell that is no Python", {"a": "x = 1", "b": "y = = x"}, "a b",
            a="current", b="failed: raised"),
    history("raised, and its input changed", {"a": "x = 1", "b": "y = x\n1 / 0"},
            ("a", "b", "a=x = 2", "a"), plan="b", a="current", b="failed: x"),
    history("only imports", {"a": "import math", "b": "r = math.sqrt(4)"}, "a b a",
            a="current", b="current"),
    history("a module imported again in another cell", {"a": "import math", "b": "r = math.pi",
            "c": "import math"}, "a b c", a="current", b="current", c="current"),
    history("markdown, empty and switched off cells", {"a": "x = 1", "b": "", "c": "# only words",
            "d": "# celltrail: off\nq = 1"}, "a c d", a="current", c="current"),
    history("a fitted model and its score", FIT, "a b c d",
            a="current", b="current", c="current", d="current"),
    history("another parameter", FIT, ("a", "b", "c", "d", "b=C = 0.001", "b"), plan="cd",
            a="current", b="current", c="stale: C", d="stale: model"),
    history("the model made anew and not fitted",
            {**FIT, "b": "model = LogisticRegression()", "c": "model.fit(X, y)"},
            "a b c d b", plan="cd", a="current", b="current", c="stale: without", d="stale: model"),
    history("a loop of results",
            {**FIT, "c": "scores = {}\nfor C in [0.1, 1.0]:\n    model ="
             " LogisticRegression(C=C).fit(X, y)\n    scores[C] ="
             " accuracy_score(y, model.predict(X))", "d": "best = max(scores.values())"},
            "a b c d", a="current", b="current", c="current", d="current"),
    history("the data of a loop of results changed",
            {**FIT, "c": "for C in [0.1, 1.0]:\n    model ="
             " LogisticRegression(C=C).fit(X, y)\n    print("
             "accuracy_score(y, model.predict(X)))", "d": "m = model"},
            ("a", "b", "c", "d", "a=" + FIT["a"].replace("[3]]", "[9]]"), "a"), plan="cd",
            a="current", b="current", c="stale: X", d="stale: model"),
    history("a stale cell that changes its input gets it afresh",
            {"a": "n = [1]", "k": "k = 2", "b": "n.append(k)", "c": "m = sum(n)"},
            ("a", "k", "b", "c", "k=k = 3", "k"), plan="abc",
            a="current", k="current", b="stale: k", c="stale: n"),
    history("temporary names shared by cells",
            {"a": "t = 1\nu = t", "b": "t = 2\nv = t", "c": "w = u + v"}, "a b c a",
            a="current", b="current", c="current"),
    history("deleted variable", {"a": "x = 1", "b": "y = x", "c": "del x"}, "a b c",
            a="current", b="current", c="current"),
    history("a run directive on the first line",
            {"a": "x = 1", "b": "%%mlops run --name base -p depth=3\ny = x"}, "a b",
            a="current", b="current"),
    history("a secret in the code",
            {"a": "password = 'hunter2-correct-horse'", "b": "print('hunter2-correct-horse')"},
            "a b", a="current", b="current"),
    history("seed set again by a cell for itself", {"a": "import random\nrandom.seed(1)",
            "b": "x = random.random()", "c": "random.seed(1)\ny = random.random()"}, "a b c",
            a="current", b="current", c="current"),
    history("the same code in two cells", {"a": "x = [1]", "b": "x.append(2)", "c": "x.append(2)",
            "d": "n = len(x)"}, "a b c d", a="current", b="current", c="current", d="current"),
    history("content that cannot be compared", {"a": "import matplotlib\nmatplotlib.use('Agg')\n"
            "import matplotlib.pyplot as plt", "b": "fig, ax = plt.subplots()",
            "c": "line = ax.plot([1, 2])", "d": "title = ax.set_title('t')"},
            "a b c d b", plan="d", a="current", b="current",
            c="current: cannot be compared", d="stale: without"),
    history("environment variable", {"a": "import os\nos.environ['MODE'] = 'fast'",
            "b": "m = os.environ['MODE']"},
            ("a", "b", "a=import os\nos.environ['MODE'] = 'slow'", "a"), plan="b",
            a="current", b="stale: MODE"),
]  # fmt: skip


class Desk:
    """A notebook file, the shell that runs it, and the user who edits it."""

    def __init__(self, warm: Warm, folder: Path, cells: dict[str, str]) -> None:
        self.warm, self.folder = warm, folder
        self.cells = dict(cells)
        self.path = folder / "work.ipynb"
        self.shell = self._shell()

    def _shell(self) -> Shell:
        environ = {"CELLTRAIL_NOTEBOOK": str(self.path)}
        return self.warm.shell(self.folder, environ=environ)

    def do(self, step: str, *, with_ids: bool = True) -> None:
        """One step of the user."""
        if step == "restart":
            self.shell.end()
            self.shell = self._shell()
        elif step.startswith("-"):
            del self.cells[step[1:]]
        elif step.startswith("!"):
            name, _, text = step[1:].partition("=")
            (self.folder / name).write_text(text or "changed outside")
        elif "=" in step:
            letter, _, code = step.partition("=")
            self.cells[letter] = code
        else:
            options = {"cell_id": f"cell-{step}"} if with_ids else {}
            self.shell.run(self.cells[step], **options)

    def save(self, *, with_ids: bool = True) -> None:
        document = {
            "nbformat": 4,
            "nbformat_minor": 5 if with_ids else 4,
            "metadata": {},
            "cells": [
                {"cell_type": "markdown", "id": "words", "metadata": {}, "source": "# Words"},
                *(
                    {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None,
                     "source": code.splitlines(keepends=True)}
                    | ({"id": f"cell-{letter}"} if with_ids else {})
                    for letter, code in self.cells.items()
                ),
            ],
        }  # fmt: skip
        self.path.write_text(json.dumps(document))

    def letter(self, place: int | None) -> str:
        """The cell that stands at a place; cells that leave no trace have none."""
        recorded = [x for x, code in self.cells.items() if code and "celltrail: off" not in code]
        return "gone" if place is None else recorded[place - 1]

    def report(self) -> StaleReport:
        with closing(connect(self.folder / ".celltrail", role="reader")) as connection:
            return staleness(
                connection,
                notebook=str(self.path),
                cells=present_notebook(self.path).cells,
                home=self.folder,
            )


@pytest.fixture
def desk(warm: Warm, tmp_path: Path) -> Iterator[Any]:
    made: list[Desk] = []

    def make(cells: dict[str, str]) -> Desk:
        (tmp_path / "given.txt").write_text("given")
        made.append(Desk(warm, tmp_path, cells))
        return made[-1]

    yield make
    for each in made:
        each.shell.kill()


def marks(report: StaleReport, expected: dict[str, str], made: Desk) -> dict[str, str]:
    """The marks by letter, with the word that is expected where the reasons hold it."""
    found = {}
    for cell in report.cells:
        letter = made.letter(cell.place)
        word = expected.get(letter, "").partition(": ")[2]
        found[letter] = cell.state + (f": {word_in(cell, word)}" if word else "")
    return found


def word_in(cell: CellState, word: str) -> str:
    sentences = "; ".join(reason.sentence for reason in cell.reasons)
    return word if word in sentences else sentences


def after(made: Desk, case: History, *, with_ids: bool = True) -> StaleReport:
    for step in case.steps:
        made.do(step, with_ids=with_ids)
    made.save(with_ids=with_ids)
    return made.report()


def planned(report: StaleReport, made: Desk) -> str:
    return "".join(made.letter(step.place) for step in report.plan)


@pytest.mark.parametrize("case", HISTORIES, ids=lambda case: case.name.replace(" ", "_"))
def test_every_cell_of_a_history_has_the_mark_expected_by_hand(case: History, desk: Any) -> None:
    made = desk(case.cells)
    report = after(made, case)

    assert marks(report, case.marks, made) == case.marks
    assert planned(report, made) == case.plan


@pytest.mark.parametrize("case", HISTORIES, ids=lambda case: case.name.replace(" ", "_"))
def test_without_cell_ids_code_and_order_tell_the_same(case: History, desk: Any) -> None:
    made = desk(case.cells)
    report = after(made, case, with_ids=False)
    expected = case.marks if case.without_ids is None else case.without_ids

    assert marks(report, expected, made) == expected
    assert planned(report, made) == case.plan


def test_a_file_that_is_gone_is_unknown_and_not_called_unchanged(desk: Any) -> None:
    made = desk({"a": "with open('given.txt') as f:\n    one = f.read()"})
    made.do("a")
    (made.folder / "given.txt").unlink()
    made.save()
    (cell,) = made.report().cells

    assert cell.state == "current"
    assert [reason.sentence for reason in cell.reasons] == ["given.txt is not there any more"]


def test_files_on_disk_are_looked_at_only_where_the_folder_is_given(desk: Any) -> None:
    made = desk({"a": "with open('given.txt') as f:\n    one = f.read()"})
    made.do("a")
    made.do("!given.txt")
    with closing(connect(made.folder / ".celltrail", role="reader")) as connection:
        report = staleness(connection, notebook=str(made.path), cells=None)

    assert [cell.state for cell in report.cells] == ["current"]


RUNNABLE = [case for case in HISTORIES if case.plan]


@pytest.mark.parametrize("case", RUNNABLE, ids=lambda case: case.name.replace(" ", "_"))
def test_after_the_plan_nothing_is_stale_or_edited(case: History, desk: Any) -> None:
    made = desk(case.cells)
    for step in [*case.steps, *case.plan]:
        made.do(step)
    made.save()
    report = made.report()

    assert [cell for cell in report.cells if {"stale", "edited"} & set(cell.states)] == []
    assert report.plan == ()
