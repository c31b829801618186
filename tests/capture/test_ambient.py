"""State outside the namespace: who moved the generators, who set what in the environment."""

# ruff: noqa: NPY002 - it is the global generator that is watched
from __future__ import annotations

import os
import random
from typing import Any

import numpy as np
import pandas as pd
import pytest
from capture_cells import Notebook, generated


@pytest.fixture
def cells(tmp_path, monkeypatch) -> Any:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OF_TESTS", "before")
    states = random.getstate(), np.random.get_state()
    with Notebook(tmp_path) as made:
        made.namespace.update(os=os, random=random, np=np, pd=pd)
        yield made
    random.setstate(states[0])
    np.random.set_state(states[1])
    pd.reset_option("display.max_rows")


def moved(record: Any) -> set[str]:
    return {name for name in generated(record) if name.startswith(("ambient:", "environ:"))}


def ambient_uses(cells: Notebook, record: Any) -> set[str]:
    return {edge for edge in cells.used(record) if edge.startswith(("ambient:", "environ:"))}


# --- random numbers ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("a = 1", set()),
        ("random.random()", {"random"}),
        ("random.shuffle([1, 2])", {"random"}),
        ("random.gauss(0, 1)", {"random"}),
        ("np.random.rand()", {"numpy.random"}),
        ("np.random.rand(), random.random()", {"random", "numpy.random"}),
        ("random.seed(1); random.random()", set()),
        ("np.random.seed(1); np.random.rand()", set()),
        ("from numpy.random import seed\nseed(1); np.random.rand()", set()),
        ("import random as r\nr.seed(1); r.random()", set()),
        ("random.seed(1); np.random.rand()", {"numpy.random"}),
        ("def s(): np.random.seed(1)\ns(); np.random.rand()", set()),
        ("g = np.random.default_rng(); g.random()", {"numpy.random.default_rng"}),
        ("g = np.random.default_rng(1); g.random()", set()),
        ("g = random.Random(); g.random()", set()),  # a generator of its own
    ],
)
def test_a_generator_that_moved_without_a_seed(cells, code, expected) -> None:
    assert set(cells.run(code).unseeded) == expected


def test_a_seed_of_an_earlier_cell_holds(cells) -> None:
    cells.run("random.seed(1)")
    second = cells.run("random.random()")
    third = cells.run("random.random()")

    assert second.unseeded == ()
    assert "ambient:random<-0" in ambient_uses(cells, second)
    assert "ambient:random<-1" in ambient_uses(cells, third)
    assert moved(third) == {"ambient:random"}


def test_a_seed_in_a_function_of_an_earlier_cell_counts(cells) -> None:
    cells.run("def fix():\n    random.seed(1)\n    np.random.seed(1)")

    assert cells.run("fix()\nrandom.random(), np.random.rand()").unseeded == ()


def test_recording_draws_nothing(cells) -> None:
    random.seed(1)
    np.random.seed(1)
    expected = random.random(), np.random.rand()
    random.seed(1)
    np.random.seed(1)
    for _ in range(5):
        cells.run("a = 1")

    assert (random.random(), np.random.rand()) == expected


@pytest.mark.parametrize(
    "draw",
    [
        "random.random()",
        "random.gauss(0, 1)",
        "random.getrandbits(1)",
        "np.random.rand()",
        "np.random.randn()",
        "np.random.randint(2)",
    ],
)
def test_every_single_draw_is_seen(cells, draw) -> None:
    cells.run("random.seed(1); np.random.seed(1)")

    for _ in range(3):
        assert len(moved(cells.run(draw))) == 1
        assert moved(cells.run("a = 1")) == set()


def test_what_an_unrecorded_cell_drew_is_nobodys(cells) -> None:
    cells.run("a = 1")
    random.random()
    cells.recorder.skip()

    assert moved(cells.run("b = 1")) == set()


# --- environment, folder, options -------------------------------------------------------------


def test_the_environment_that_a_cell_sets_and_another_reads(cells) -> None:
    first = cells.run("os.environ['OF_TESTS'] = 'x'")
    second = cells.run("os.environ['OF_TESTS']")
    third = cells.run("del os.environ['OF_TESTS']")

    assert moved(first) == {"environ:OF_TESTS"}
    assert ambient_uses(cells, second) == {"environ:OF_TESTS<-0"}
    assert moved(third) == {"environ:OF_TESTS"}
    (entity,) = (third.entities[e.entity] for e in third.generated if e.name == "environ:OF_TESTS")
    assert (entity.digest, entity.reason) == (None, "deleted")


def test_a_secret_of_the_environment_has_no_digest(cells) -> None:
    """The digest of a short secret can be guessed."""
    record = cells.run("os.environ['OF_TESTS_PASSWORD'] = 'abc'")
    os.environ.pop("OF_TESTS_PASSWORD")
    (entity,) = (
        record.entities[e.entity] for e in record.generated if e.name.startswith("environ:")
    )

    assert (entity.digest, entity.reason) == (None, "redacted")


def test_what_a_library_sets_on_import_is_not_the_cells(cells) -> None:
    cells.namespace["library"] = lambda: os.environ.update(OF_TESTS="set")

    assert moved(cells.run("library()")) == set()


def test_the_working_folder(cells, tmp_path) -> None:
    (tmp_path / "d").mkdir()

    assert moved(cells.run("os.chdir('d')")) == {"ambient:cwd"}
    assert moved(cells.run("a = 1")) == set()


def test_a_folder_that_is_removed_under_the_kernel(cells, tmp_path) -> None:
    (tmp_path / "d").mkdir()
    record = cells.run("os.chdir('d'); os.rmdir(os.getcwd())")
    os.chdir(tmp_path)

    assert moved(record) == {"ambient:cwd"}
    assert [p.where for p in record.problems] == []


def test_options_of_pandas(cells) -> None:
    record = cells.run("pd.set_option('display.max_rows', 7)")

    assert moved(record) == {"ambient:pandas.options"}
    assert moved(cells.run("pd.get_option('display.max_rows')")) == set()
