"""Settings of libraries that a cell changes, and the other state that a recipe needs."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from capture_cells import Notebook, generated


@pytest.fixture
def cells(tmp_path, monkeypatch) -> Any:
    monkeypatch.chdir(tmp_path)
    with Notebook(tmp_path) as made:
        yield made


def settings(record: Any) -> set[str]:
    prefix = ("ambient:module.", "ambient:display.", "ambient:import.")
    return {name.removeprefix("ambient:") for name in generated(record) if name.startswith(prefix)}


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import numpy as np\nnp.add([1], 2)", set()),
        ("import numpy as np\nold = np.seterr(all='ignore')\nnp.seterr(**old)", {"module.numpy"}),
        ("import numpy as np\nnp.set_printoptions(precision=8)", {"display.numpy"}),
        ("import warnings\nwith warnings.catch_warnings():\n    warnings.simplefilter('ignore')",
         {"module.warnings"}),
        ("import decimal\ndecimal.getcontext().prec = 28", {"module.decimal"}),
        ("import decimal\nc = decimal.getcontext()\nc.prec = 28", {"module.decimal"}),
        ("import decimal\nx = decimal.getcontext().prec", set()),
        ("import sys\nsys.path.append('lib'); sys.path.remove('lib')", {"module.sys"}),
        ("import json\njson.extra = 1\ndel json.extra", {"module.json"}),
        ("import json\nsetattr(json, 'extra', 1)\ndelattr(json, 'extra')", {"module.json"}),
        ("import colorsys, importlib\nimportlib.reload(colorsys)", {"module.colorsys"}),
        ("import os\nos.environ['A_SETTING'] = '1'\ndel os.environ['A_SETTING']", set()),
        ("from fractions import Fraction\nFraction.mine = 1\ndel Fraction.mine",
         {"module.fractions"}),
        ("import xml.dom", {"import.xml.dom"}),
        ("import xml.dom as d", set()),
        ("class A: pass\nA.b = 1", set()),
        ("rows = []\nrows.append(1)", set()),
        ("def f():\n    import numpy\n    numpy.seterr(all='warn')", set()),
    ],
)  # fmt: skip
def test_what_a_cell_changes_in_a_library_is_read_off_its_code(cells, code, expected) -> None:
    assert settings(cells.run(code)) == expected
    assert cells.error is None


def test_a_function_of_an_earlier_cell_changes_settings_where_it_is_used(cells) -> None:
    cells.run("import numpy as np\ndef quiet():\n    np.seterr(all='warn')")

    assert settings(cells.run("quiet()")) == {"module.numpy"}
    assert settings(cells.run("y = 1")) == set()


def test_data_in_a_module_of_ones_own_is_compared(cells, tmp_path, monkeypatch) -> None:
    (tmp_path / "held_by_tests.py").write_text("rows = []\ndef add(x): rows.append(x)")
    monkeypatch.syspath_prepend(str(tmp_path))
    cells.run("import held_by_tests")

    assert settings(cells.run("held_by_tests.add(1)")) == {"module.held_by_tests"}
    assert settings(cells.run("len(held_by_tests.rows)")) == set()


def test_a_function_that_sets_a_variable_of_the_environment_is_seen(cells, monkeypatch) -> None:
    monkeypatch.setenv("OF_TESTS", "before")
    cells.run("import os\ndef configure():\n    os.environ['OF_TESTS'] = 'after'")

    assert "environ:OF_TESTS" in generated(cells.run("configure()"))


def test_what_is_drawn_ahead_of_a_seed_depends_on_the_seed_before(cells) -> None:
    state = random.getstate()
    cells.run("import random\nrandom.seed(1)")
    drawn = cells.run("x = random.random()\nrandom.seed(2)")
    seeded = cells.run("random.seed(3)")
    random.setstate(state)

    assert "ambient:random<-0" in cells.used(drawn)
    assert not {edge for edge in cells.used(seeded) if edge.startswith("ambient:")}


def test_a_state_that_is_taken_depends_on_the_seed(cells) -> None:
    state = random.getstate()
    cells.run("import random\nrandom.seed(1)")
    taken = cells.run("state = random.getstate()")
    random.setstate(state)

    assert "ambient:random<-0" in cells.used(taken)


# --- content that hides ---------------------------------------------------------------------------


def test_a_default_that_grows_is_a_change_of_its_function(cells) -> None:
    cells.run("def collect(value, into=[]):\n    into.append(value)\n    return into")

    assert generated(cells.run("collect(1); None"))["collect"] == "mutated"
    assert "collect" not in generated(cells.run("collect(1, []); None"))


def test_an_array_is_changed_through_a_view_that_is_bound_again(cells) -> None:
    cells.run("import numpy as np\nbase = np.arange(6.0)\nview = base[2:]\nother = base.copy()")
    found = generated(cells.run("view *= 2"))

    assert found == {"base": "mutated", "view": "rebound"}


def test_a_cached_function_keeps_what_the_data_were(cells) -> None:
    cells.run(
        "from functools import lru_cache\n@lru_cache\ndef area(x): return x * scale\n"
        "@lru_cache\ndef plain(x): return x\nscale = 2"
    )

    assert "area" in generated(cells.run("a = area(3)"))
    assert "area" not in generated(cells.run("b = area(3)"))
    assert "plain" not in generated(cells.run("c = plain(3)"))


def test_a_cached_property_is_kept_from_the_cell_that_looked_first(cells) -> None:
    cells.run(
        "from functools import cached_property\nclass Data:\n    rows = [1]\n"
        "    @cached_property\n    def size(self): return len(self.rows)\ndata = Data()"
    )

    assert "data" in generated(cells.run("data.size"))
    assert "data" not in generated(cells.run("data.size; None"))


def test_a_subclass_is_used_with_its_bases(cells) -> None:
    cells.run("class Base:\n    rate = 1")
    cells.run("class Child(Base): pass")
    cells.run("Base.rate = 2")

    assert {"Base<-2", "Child<-1"} <= cells.used(cells.run("x = Child().rate"))


def test_a_handle_is_written_through_print(cells) -> None:
    cells.run("stream = open('rows.txt', 'w')")
    found = generated(cells.run("print(4, file=stream)"))
    cells.run("stream.close()")

    assert found == {"stream": "mutated"}


# --- folders and files ----------------------------------------------------------------------------


def test_a_folder_that_is_asked_for_is_noted_even_where_it_is(cells) -> None:
    Path("out").mkdir()

    found = generated(cells.run("import os\nos.makedirs('out/deep', exist_ok=True)"))

    assert {name for name in found if ":" in name} == {"folder:out/deep"}


def test_a_renamed_file_is_made_from_the_one_before(cells) -> None:
    cells.run("from pathlib import Path\nPath('a.txt').write_text('x'); None")
    renamed = cells.run("import os; os.replace('a.txt', 'b.txt')")

    assert "file:a.txt<-0" in cells.used(renamed)
    assert generated(renamed)["file:b.txt"] == "written"
    assert "file:b.txt<-1" in cells.used(cells.run("Path('b.txt').read_text(); None"))


def test_a_process_is_not_taken_for_the_writer_of_what_the_cell_before_wrote(cells) -> None:
    cells.run("from pathlib import Path\nPath('a.txt').write_text('x'); None")
    Path("deep").mkdir()
    found = generated(cells.run("import os; os.system('echo x > deep/b.txt'); None"))

    assert {name for name in found if name.startswith("file:")} == {"file:deep/b.txt"}
    assert Path("deep/b.txt").exists()
