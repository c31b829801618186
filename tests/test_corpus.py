"""Notebooks as people write them, recorded in real kernels, against lineage worked out by hand."""

from __future__ import annotations

import re

import pytest
from corpus import Notebook, differences, kept_out, load, names, read_trail, record

NAMES = names()


@pytest.mark.kernel
@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_gives_the_same_outputs_and_the_lineage_expected_by_hand(name, tmp_path):
    notebook = load(name)
    outputs, store = record(notebook, tmp_path)
    found = outputs + differences(notebook, read_trail(store)) + kept_out(notebook, store)

    assert not found, f"{name}: {notebook.about}\n" + "\n".join(found)


def test_the_corpus_holds_at_least_thirty_notebooks():
    assert len(NAMES) >= 30


@pytest.mark.parametrize("name", NAMES)
def test_expectations_agree_with_each_other(name):
    """A slip of the hand (a source that never made the name) shows here, without a kernel."""
    notebook = load(name)

    assert not list(slips(notebook))


def slips(notebook: Notebook):
    if not notebook.decoys:
        yield "no decoy"
    latest: dict[str, str] = {}  # name -> execution that last generated it
    hidden = False  # a cell ran that is not recorded
    for label in notebook.order:
        trace = notebook.expected[label]
        if not trace.recorded:
            hidden = True
            continue
        for edge in trace.used:
            name, arrow, source = edge.partition("<-")
            if not arrow:
                yield f"{label}: {edge} names no source"
            elif re.fullmatch(r"Out\[\d+\]", name):
                if source not in notebook.order:
                    yield f"{label}: {edge} names no execution"
            elif name.startswith("seed:"):  # the draws since then move the ambient state alone
                moved = f"ambient:{name.removeprefix('seed:')}*"
                if source not in notebook.order or moved not in notebook.expected[source].generated:
                    yield f"{label}: {edge}, but {source} moved no generator"
            elif latest.get(name, "") != source and not (hidden and not source):
                yield f"{label}: {edge}, but {latest.get(name) or 'no cell'} made it last"
            if any(notebook.is_decoy(decoy, label, name) for decoy in notebook.decoys):
                yield f"{label}: the decoy is in {edge}"
        for name in trace.deleted:
            if latest.pop(name, None) is None:
                yield f"{label}: deletes {name}, which no cell made"
        for name in trace.generated:
            is_changed = name.endswith("*")
            bare = name.removesuffix("*")
            if is_changed and bare not in latest and not bare.startswith(("ambient:", "environ:")):
                yield f"{label}: changes {bare}, which no cell made"
            if bare + "*" in trace.generated and bare in trace.generated:
                yield f"{label}: {bare} is both made and changed"
            latest[bare] = label
            if any(
                decoy.startswith(f"{label}:") and notebook.is_decoy(decoy, label, bare)
                for decoy in notebook.decoys
            ):
                yield f"{label}: the decoy is generated"
