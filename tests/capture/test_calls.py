"""Recorded calls: what was watched, once per site, with names and classes only."""

from __future__ import annotations

import json

import pytest
from capture_cells import Notebook, metrics

from celltrail.core.records import CallRecord, ExecutionRecord, decode, encode

IMPORTS = """
import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
X = pd.DataFrame(np.random.default_rng(0).normal(size=(40, 3)), columns=list("abc"))
y = (X["a"] > 0).astype(int)
"""


@pytest.fixture
def prepared(notebook: Notebook) -> Notebook:
    notebook.run(IMPORTS)
    return notebook


def calls(record: ExecutionRecord) -> list[CallRecord]:
    """The watched calls of an execution, without the names it bound."""
    return [call for call in record.calls if call.function is not None]


def names(call: CallRecord) -> list[str]:
    return [argument.value[1] for argument in call.arguments]


def test_a_fit_names_its_receiver_data_and_classes(prepared):
    record = prepared.run(
        "pipe = make_pipeline(StandardScaler(), LogisticRegression())\npipe.fit(X, y)"
    )
    (fit,) = calls(record)

    assert (fit.kind, fit.function, fit.value, fit.count) == ("fit", "fit", ["name", "pipe"], 1)
    assert names(fit) == ["X", "y"]
    assert fit.classes == ("sklearn.pipeline.Pipeline",)
    assert [name.rpartition(".")[2] for name in fit.inside] == [
        "StandardScaler", "LogisticRegression"
    ]  # fmt: skip


def test_a_split_is_seen_with_what_it_bound(prepared):
    record = prepared.run("A, B = train_test_split(X, random_state=0)")

    assert [call.kind for call in record.calls] == ["split", "assign", "assign"]
    assert [call.targets for call in record.calls[1:]] == [("A",), ("B",)]


def test_a_call_in_a_loop_is_one_record_with_its_count(prepared):
    record = prepared.run(
        "for C in [1, 2, 3]:\n    m = LogisticRegression(C=C).fit(X, y)\n    print(m.score(X, y))"
    )

    assert [(call.kind, call.count, call.loop) for call in calls(record)] == [
        ("fit", 3, True), ("score", 3, True)
    ]  # fmt: skip


def test_a_call_in_an_f_string_says_which_metric_it_yielded(prepared):
    record = prepared.run(
        "m = LogisticRegression().fit(X, y)\nprint(f'{accuracy_score(y, m.predict(X)):.2f}')"
    )
    metric = calls(record)[-1]

    assert (metric.kind, metric.metrics) == ("metric", ("accuracy_score",))
    assert metrics(record).keys() == {"accuracy_score"}


def test_a_search_and_folds_have_kinds_of_their_own(prepared):
    record = prepared.run(
        "GridSearchCV(LogisticRegression(), {'C': [1, 2]}, cv=2).fit(X, y)\n"
        "cross_val_score(LogisticRegression(), X, y, cv=2)"
    )

    assert [call.kind for call in calls(record)] == ["search", "fold"]


def test_methods_of_other_things_are_no_calls(prepared):
    prepared.run("class Game:\n    def score(self):\n        return 3")
    record = prepared.run("m = X.groupby('a')['b'].transform('mean')\nGame().score()")

    assert calls(record) == []


def test_splits_and_transforms_add_no_metric_param_or_step(prepared):
    record = prepared.run(
        "scaler = StandardScaler(with_mean=False).fit(X)\n"
        "for seed in range(3):\n"
        "    A, B = train_test_split(X, random_state=seed)\n"
        "    S = scaler.transform(A)"
    )

    assert [(call.kind, call.count) for call in calls(record)] == [
        ("fit", 1), ("split", 3), ("transform", 3)
    ]  # fmt: skip
    assert not record.metrics
    assert not record.steps


def test_a_branch_that_did_not_run_is_not_recorded(prepared):
    record = prepared.run("if False:\n    X = StandardScaler().fit_transform(X)\nZ = X")

    assert [(call.kind, call.targets) for call in record.calls] == [("assign", ("Z",))]


def test_what_a_failed_cell_did_not_reach_is_not_recorded(prepared):
    record = prepared.run("Z = X[['a']]\n1 / 0\nW = X[['b']]")

    assert [call.targets for call in record.calls] == [("Z",)]


def test_a_cell_without_data_records_no_calls(prepared):
    assert prepared.run("n = 1\ntext = 'a b'.split()[0]\nprint(n)").calls == ()


def test_a_function_that_fits_is_named(prepared):
    record = prepared.run("def train(d):\n    return LogisticRegression().fit(d, d.a > 0)")

    assert [(c.kind, c.targets, c.function) for c in record.calls] == [
        ("function", ("train",), "fit")
    ]


def test_a_secret_used_as_a_key_is_not_kept(prepared):
    key = "ghp_0123456789abcdefghijABCDEFGHIJ012345"
    record = prepared.run(
        f"Z = X.copy()\nZ['{key}'] = X['a']\nW = Z[['{key}', 'a']]\nscores = {{}}\n"
        f"scores['{key}'] = accuracy_score(y, y)\nm = {{'{key}': Z}}\nn = m['{key}']"
    )

    assert [call.kind for call in record.calls][:3] == ["assign", "store", "assign"]
    assert [len(call.metrics) for call in record.calls if call.kind == "metric"] == [1]
    assert key not in repr(record.calls)


def test_calls_survive_the_spool(prepared):
    record = prepared.run("A, B = train_test_split(X[['a']], random_state=0)\nlen(A)")

    assert record.calls
    assert decode(json.loads(json.dumps(encode(record)))).calls == record.calls


def test_an_error_in_tracing_leaves_the_cell_watched(prepared, monkeypatch):
    def broken(*arguments):
        raise RuntimeError("planted")

    monkeypatch.setattr("celltrail.capture.recorder.events_of", broken)
    record = prepared.run("print(LogisticRegression().fit(X, y).score(X, y))")

    assert prepared.error is None
    assert metrics(record).keys() == {"score"}
    assert record.calls == ()
    assert any("planted" in problem.message for problem in record.problems)
