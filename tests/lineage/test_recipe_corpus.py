"""The recipes of the sessions in `tests/recipes`, against marks that were written by hand.

Each history runs once in a forked shell with recording. What the recipe keeps is compared with
the marks, and what it exports runs in clean processes.
"""

from __future__ import annotations

import fcntl
import os
import pickle
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import mkdtemp

import nbformat
import pytest
from recipe_histories import (
    History,
    Recorded,
    load,
    names,
    record,
    replay,
    run_fresh,
    run_script,
)
from reliability.shells import Warm

from celltrail import digest
from celltrail.lineage.recipes.recipe import recipe_of_result
from celltrail.lineage.recipes.recipe_export import as_notebook, as_script
from celltrail.lineage.recipes.recipe_report import RecipeReport
from celltrail.store.database import connect

NAMES = names()
# Run by a person's `python recipe.py` too: plain Python, modules, a restart, magics, cells
# that raise, outputs by number, shell lines, `await`.
FRESH = (
    "001_straight_chain",
    "044_module_path",
    "046_pickled_model",
    "050_run_script",
    "057_error_after_a_change",
    "073_out_by_number",
    "076_shell_writes_a_file",
    "085_async_cells",
)
MIN_DROPPED = 0.85  # of the cells marked `drop`, over the corpus (issue 3)

each_history = pytest.mark.parametrize("name", NAMES)


@dataclass(frozen=True, slots=True)
class Answered:
    """A history, what its trail says, and the recipe of its result."""

    history: History
    recorded: Recorded
    report: RecipeReport
    kept: frozenset[str]  # labels

    def label(self, execution: str) -> str:
        return self.recorded.labels[execution]

    @property
    def made(self) -> list[str]:
        return sorted(self.recorded.digests)

    @property
    def missing(self) -> set[str]:
        return set(self.history.marked("keep")) - self.kept

    @property
    def wrongly_kept(self) -> list[str]:
        return [label for label in self.history.marked("drop") if label in self.kept]


class Corpus:
    """Answers for the histories; each is worked out once, whatever number of workers asks."""

    def __init__(self, warm: Warm, folder: Path) -> None:
        self.warm = warm
        self._folder = folder

    def answer(self, name: str) -> Answered:
        file = self._folder / f"{name}.pickle"
        with file.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not file.exists():
                file.write_bytes(pickle.dumps(self._asked(name)))
            answered: Answered = pickle.loads(file.read_bytes())
        return answered

    def _asked(self, name: str) -> Answered:
        history = load(name)
        folder = Path(mkdtemp(prefix=name, dir=self._folder))
        recorded = record(self.warm, history, folder)
        with closing(connect(recorded.store, role="reader")) as connection:
            report = recipe_of_result(
                connection, recorded.result, store=recorded.store, with_dropped=True
            )
        kept = frozenset(recorded.labels[step.execution] for step in report.steps)
        return Answered(history, recorded, report, kept)


@pytest.fixture(scope="session")
def corpus(_environment_of_nobody: None, tmp_path_factory) -> Iterator[Corpus]:
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent  # that of all workers
    folder /= "recipes"
    folder.mkdir(exist_ok=True)
    warm = Warm()
    yield Corpus(warm, folder)
    warm.close()


# --- the marks ------------------------------------------------------------------------------------


def test_there_are_at_least_sixty_histories_with_two_decoys_each_on_average():
    decoys = [len(load(name).marked("drop")) for name in NAMES]

    assert len(decoys) >= 60
    assert sum(decoys) >= 2 * len(decoys)


@each_history
def test_the_marked_cells_alone_give_the_number(corpus, name, tmp_path):
    """The marks are right by themselves: no recipe has a part in this."""
    answered = corpus.answer(name)
    history, recorded = answered.history, answered.recorded
    ended = replay(corpus.warm, history, history.marked("keep"), made=answered.made, at=tmp_path)

    assert ended.error == ""
    assert ended.digests == recorded.digests
    assert {digest(value) for value in recorded.values} & set(recorded.digests.values())
    assert recorded.problems == []


# --- the recipe -----------------------------------------------------------------------------------


@each_history
def test_no_cell_that_the_result_needs_is_missing(corpus, name):
    answered = corpus.answer(name)

    assert answered.missing == set(), answered.history.about


def test_over_the_corpus_nothing_is_missing_and_most_of_what_is_not_needed_is_dropped(corpus):
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(corpus.answer, NAMES))
    decoys = sum(len(answered.history.marked("drop")) for answered in answers)
    missing = {answered.history.name: answered.missing for answered in answers if answered.missing}
    kept = {a.history.name: a.wrongly_kept for a in answers if a.wrongly_kept}

    assert missing == {}
    assert sum(map(len, kept.values())) <= (1 - MIN_DROPPED) * decoys, kept


@each_history
def test_every_execution_before_the_result_is_kept_or_dropped_with_a_reason(corpus, name):
    answered = corpus.answer(name)
    steps = [*answered.report.steps, *answered.report.dropped]
    labels = [answered.label(step.execution) for step in steps]
    order = [cell.label for cell in answered.history.cells]
    end = order.index(answered.recorded.result_label)
    session = answered.history.cells[end].session
    before = {cell.label for cell in answered.history.cells[: end + 1] if cell.session == session}

    assert all(step.reason for step in steps)
    assert len(labels) == len(set(labels))
    assert set(labels) >= before
    assert [label for label in order if label in answered.kept] == labels[: len(answered.kept)]


# --- what it exports ------------------------------------------------------------------------------


@each_history
def test_the_script_gives_the_same_in_a_clean_process(corpus, name, tmp_path):
    answered = corpus.answer(name)
    ended = run_script(corpus.warm, as_script(answered.report), made=answered.made, at=tmp_path)

    assert ended.error == ""
    assert ended.digests == answered.recorded.digests


@pytest.mark.parametrize("name", FRESH)
def test_the_script_gives_the_same_when_python_runs_it(corpus, name, tmp_path):
    answered = corpus.answer(name)
    ended = run_fresh(as_script(answered.report), made=answered.made, at=tmp_path)

    assert ended.error == ""
    assert ended.digests == answered.recorded.digests


@each_history
def test_the_notebook_is_valid_and_holds_every_step(corpus, name):
    answered = corpus.answer(name)
    document = nbformat.from_dict(as_notebook(answered.report))
    nbformat.validate(document)
    codes = [cell for cell in document.cells if cell.cell_type == "code"]

    assert len(codes) == len(answered.report.steps)


@each_history
def test_without_any_one_cell_that_must_be_kept_the_script_gives_something_else(
    corpus, name, tmp_path
):
    answered = corpus.answer(name)
    steps = {answered.label(step.execution): step for step in answered.report.steps}
    same = []
    for label in answered.history.marked("keep"):
        others = tuple(step for step in answered.report.steps if step is not steps[label])
        script = as_script(replace(answered.report, steps=others))
        folder = tmp_path / label
        folder.mkdir()
        ended = run_script(corpus.warm, script, made=answered.made, at=folder)
        if ended.digests == answered.recorded.digests:
            same.append(label)

    assert same == []
