"""Entities and names: what a cell made, changed and used, judged by content."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import numpy as np
import pandas as pd
import pytest
from capture_cells import Notebook, generated


def changed(record: Any) -> set[str]:
    """Variables that changed in place; between fixture and test random state may move too."""
    made = generated(record).items()
    return {name for name, change in made if change == "mutated" and ":" not in name}


# --- names and objects ------------------------------------------------------------------------


def test_names_are_created_rebound_changed_and_deleted(notebook) -> None:
    first = notebook.run("a = [1]\nb = [2]\nc = 3\nd = [4]")
    second = notebook.run("a.append(2)\nb = [3]\ndel c")

    assert generated(first) == dict.fromkeys("abcd", "created")
    assert generated(second) == {"a": "mutated", "b": "rebound"}
    assert second.deleted == ("c",)
    assert notebook.used(second) == {"a<-0"}


def test_a_changed_object_comes_from_what_it_was(notebook) -> None:
    notebook.run("a = [1]")
    record = notebook.run("a.append(2)")

    (derived,) = record.derived
    old, new = record.entities[derived.source_entity], record.entities[derived.entity]
    assert old.digest == record.entities[record.used[0].entity].digest
    assert new.digest == record.entities[record.generated[0].entity].digest
    assert old.digest != new.digest


def test_a_rebinding_to_an_equal_object_counts(notebook) -> None:
    notebook.run("a = 7")
    record = notebook.run("a = 7")  # the same object, even

    assert generated(record) == {"a": "rebound"}
    assert notebook.used(record) == set()


def test_what_was_read_and_left_alone_is_only_used(notebook) -> None:
    notebook.run("a = [1]\nb = [a]")
    record = notebook.run("len(a)")

    assert (notebook.used(record), generated(record)) == ({"a<-0"}, {})


@pytest.mark.parametrize(
    ("before", "cell", "expected"),
    [
        ("a = [1]\nb = a", "a.append(2)", {"a", "b"}),
        ("a = [1]\nb = [a]", "a.append(2)", {"a", "b"}),
        ("a = [1]\nb = [a]", "b[0].append(2)", {"a", "b"}),
        ("a = [1]\nb = {'k': (a,)}\nc = [2]", "a.append(2)\nc", {"a", "b"}),
        ("a = [1]\nb = list(a)", "a.append(2)", {"a"}),
        ("a = np.zeros(4)\nb = a[:2]\nc = a[2:]", "a[0] = 1", {"a", "b"}),
        ("a = np.zeros(4)\nb = a[:2]\nc = a[2:]", "b[0] = 1", {"a", "b"}),
        ("a = np.zeros(4)\nb = a.copy()", "a[0] = 1", {"a"}),
        ("d = pd.DataFrame({'x': [1, 2]})\ns = d['x']", "d.loc[0, 'x'] = 9", {"d"}),
        ("a = [1]\nf = lambda: a", "a.append(2)", {"a"}),
        ("def hold(l): return lambda: l\na = [1]\nf = hold(a)", "a.append(2)", {"a", "f"}),
        ("class A: pass\na = A()\na.l = [1]\nb = a.l", "b.append(2)", {"a", "b"}),
        ("a = iter([1, 2])\nb = a", "next(a)", {"a", "b"}),
        ("a = b = {1}", "a.add(1)", set()),  # nothing changed
        ("a = [1]", "a.append(2); a.pop()", set()),
        ("a = [1, 2]", "a.sort(reverse=True)", {"a"}),
        ("a = bytearray(b'x')", "a[0] = 0", {"a"}),
    ],
)
def test_a_member_of_the_group_changed_only_if_its_content_did(
    notebook, before, cell, expected
) -> None:
    notebook.namespace.update(np=np, pd=pd)
    notebook.run(before)

    assert changed(notebook.run(cell)) == expected


def test_an_alias_that_changed_is_used_as_it_was(notebook) -> None:
    notebook.run("a = [1]")
    notebook.run("b = a")
    record = notebook.run("a.append(2)")

    assert notebook.used(record) == {"a<-0", "b<-1"}
    assert {edge.name: edge.evidence for edge in record.used} == {"a": "static", "b": "boundary"}


def test_an_object_that_two_names_share_has_one_source_for_each(notebook) -> None:
    notebook.run("a = [1]")
    notebook.run("b = a")
    record = notebook.run("a, b")

    assert notebook.used(record) == {"a<-0", "b<-1"}


# --- identity ---------------------------------------------------------------------------------


def test_an_identity_that_is_used_again_is_another_object(notebook) -> None:
    """`del` frees the list, and the next one may get its place in memory."""
    notebook.run("a = [1]")
    record = notebook.run("del a\na = [2]")

    assert generated(record) == {"a": "rebound"}


def test_an_array_in_the_place_of_a_dead_one_is_another_object(notebook) -> None:
    """The branch hides the store from the text, and the identity is the same."""
    notebook.namespace.update(np=np)
    notebook.run("a = np.zeros(4)")
    record = notebook.run("before = id(a)\nif True:\n    del a\n    a = np.ones(4)")

    if id(notebook.namespace["a"]) == notebook.namespace["before"]:
        assert generated(record)["a"] == "rebound"


def test_objects_die_when_the_user_lets_them_go(notebook) -> None:
    notebook.namespace.update(np=np, weakref=weakref)
    notebook.run("a = np.zeros(4)\nclass A: pass\nb = A()\nr = [weakref.ref(a), weakref.ref(b)]")
    notebook.run("a, b")
    notebook.run("del a, b")
    gc.collect()

    assert [ref() for ref in notebook.namespace["r"]] == [None, None]


def test_what_changes_between_cells_has_no_source(notebook) -> None:
    notebook.run("a = [1]\nb = 1")
    notebook.namespace["b"] = 2
    notebook.namespace["new"] = 3
    record = notebook.run("a, b, new")

    assert notebook.used(record) == {"a<-0", "b<-", "new<-"}


def test_what_was_deleted_between_cells_is_gone(notebook) -> None:
    notebook.run("a = 1")
    del notebook.namespace["a"]
    record = notebook.run("a = 2")

    assert generated(record) == {"a": "created"}
    assert record.deleted == ()


# --- cells that fail --------------------------------------------------------------------------


def test_stores_after_the_failing_statement_do_not_count(notebook) -> None:
    notebook.run("a = b = c = 5")
    record = notebook.run("a = 5\n1 / 0\nb = 5\nc")

    assert record.status == "error"
    assert generated(record) == {"a": "rebound"}
    assert notebook.used(record) == set()


def test_the_failing_statement_itself_binds_nothing(notebook) -> None:
    notebook.run("a = 5")
    record = notebook.run("a = 1 / 0")

    assert generated(record) == {}


def test_a_loop_that_ended_before_the_failure_bound_its_variable(notebook) -> None:
    notebook.run("i = 1")
    record = notebook.run("for i in [0, 1]:\n    pass\n1 / 0")

    assert generated(record) == {"i": "rebound"}


def test_a_failure_inside_a_function_of_an_earlier_cell_is_placed_by_its_call(notebook) -> None:
    notebook.run("b = 5\ndef f():\n    x = 1\n    y = 2\n    return 1 / 0")
    record = notebook.run("a = 1\nf()\nb = 5")

    assert generated(record) == {"a": "created"}


def test_changes_before_the_failure_count(notebook) -> None:
    notebook.run("a = [1]")
    record = notebook.run("a.append(2)\n1 / 0")

    assert changed(record) == {"a"}


# --- what has no content ----------------------------------------------------------------------


def test_a_generator_that_the_cell_could_consume_is_never_called_unchanged(notebook) -> None:
    notebook.run("g = (i for i in range(3))")
    record = notebook.run("next(g)")

    assert changed(record) == {"g"}
    assert list(notebook.namespace["g"]) == [1, 2]
    (entity,) = {record.entities[edge.entity].digest for edge in record.generated}
    assert entity is None


def test_a_generator_that_is_only_printed_stays_what_it_was(notebook) -> None:
    notebook.run("g = (i for i in range(3))")

    assert changed(notebook.run("repr(g)")) == set()


def test_unknown_contents_are_told_apart_by_who_made_them(notebook) -> None:
    first = notebook.run("g = (i for i in [])\nh = (i for i in [])")
    digests = {entity.lineage_digest for entity in first.entities}

    assert len(digests) == 2
    assert None not in digests


def test_setting_an_attribute_changes_a_function_or_a_module(notebook) -> None:
    notebook.run("import types\nm = types.ModuleType('m')\ndef f(): pass")
    record = notebook.run("f.x = 1\nm.y = 2")

    assert changed(record) == {"f", "m"}


# --- over budget ------------------------------------------------------------------------------


@pytest.fixture
def poor(tmp_path) -> Any:
    """A notebook that affords small objects only."""
    with Notebook(tmp_path, exact=False) as made:
        made.recorder.account.balance = 0.0
        made.recorder.account.ceiling = 0.0
        made.namespace.update(np=np)
        made.run("big = np.zeros(12_000_000)\nsmall = [1]")
        yield made


def checks(record: Any) -> dict[str, str | None]:
    return {edge.name: edge.check for edge in record.used}


def test_a_small_object_is_always_looked_at_in_full(poor) -> None:
    record = poor.run("small.append(2)")

    assert changed(record) == {"small"}
    (edge,) = (edge for edge in record.generated if edge.name == "small")
    assert record.entities[edge.entity].scope == "full"


def test_a_large_object_is_known_by_a_sample(poor) -> None:
    (edge,) = (e for e in poor.kept.executions[0].generated if e.name == "big")

    assert poor.kept.executions[0].entities[edge.entity].scope == "sampled"


def test_a_different_sample_is_a_new_entity(poor) -> None:
    record = poor.run("big[:] = 1")

    assert changed(record) == {"big"}


def test_an_equal_sample_says_that_only_a_sample_was_looked_at(poor) -> None:
    record = poor.run("print.__self__\nchange = lambda x: None\nchange(big)")

    assert changed(record) == set()
    assert checks(record)["big"] == "sampled-equal"


@pytest.mark.parametrize("cell", ["len(big)", "big.mean()", "total = big.sum()", "big.copy()"])
def test_a_use_that_cannot_write_needs_no_look(poor, cell) -> None:
    record = poor.run(cell)

    assert changed(record) == set()
    assert checks(record)["big"] is None
    assert {edge.name: edge.evidence for edge in record.used}["big"] == "static"


def test_a_writing_use_is_never_taken_for_granted(poor) -> None:
    record = poor.run("big[5] = 0.0")  # nothing changes, but it could have

    assert checks(record)["big"] == "sampled-equal"


def test_a_large_object_that_was_digested_has_a_sample_to_compare_with(tmp_path) -> None:
    with Notebook(tmp_path, exact=False) as made:
        made.namespace.update(np=np)
        account = made.recorder.account
        account.ceiling = account.balance = 100.0
        object.__setattr__(account.settings, "budget_cell_seconds", 100.0)
        first = made.run("big = np.zeros(12_000_000)")
        account.ceiling = account.balance = 0.0
        same = made.run("f = lambda a: None\nf(big)")
        other = made.run("big[:] = 1")

    (edge,) = first.generated
    assert first.entities[edge.entity].scope == "full"
    assert checks(same)["big"] == "sampled-equal"
    assert changed(other) == {"big"}
