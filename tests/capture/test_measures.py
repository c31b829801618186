"""Params and metrics: what a number is called, which numbers count, which values are in force."""

from __future__ import annotations

import datetime as dt
import math
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from capture_cells import Notebook, generated, metric, metrics, param, params, series
from sklearn import metrics as sklearn_metrics
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.model_selection import KFold, cross_val_score, cross_validate, train_test_split

from celltrail.capture.measures import NOWHERE, plain_value

X = np.arange(8.0).reshape(-1, 1)
Y = np.array([0, 0, 0, 0, 1, 1, 1, 1])
P = np.array([0, 0, 0, 1, 1, 1, 1, 1])  # 7 of 8 right
ACCURACY = 0.875


@pytest.fixture
def cells(notebook: Notebook) -> Notebook:
    notebook.namespace.update(
        vars(sklearn_metrics)
        | {"X": X, "y": Y, "p": P, "np": np, "dt": dt, "math": math, "Ridge": Ridge}
        | {"LinearRegression": LinearRegression, "KFold": KFold, "cross_validate": cross_validate}
        | {"cross_val_score": cross_val_score, "train_test_split": train_test_split}
    )
    notebook.namespace["__name__"] = "__main__"
    notebook.run("target = X[:, 0]\nm = LinearRegression().fit(X, target)\nq = m.predict(X)")
    return notebook


# --- what a metric is called ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("acc = accuracy_score(y, p)", {"acc"}),
        ("accuracy_score(y, p)", {"accuracy_score"}),
        ("print(f'{accuracy_score(y, p):.2f}')", {"accuracy_score"}),
        ("d = {'acc': accuracy_score(y, p)}", {"acc"}),
        ("d = dict(acc=accuracy_score(y, p))", {"acc"}),
        ("d = {}\nd['acc'] = accuracy_score(y, p)", {"acc"}),
        ("d = {}\nd[0] = accuracy_score(y, p)", {"accuracy_score"}),
        ("acc, n = accuracy_score(y, p), 1", {"acc"}),
        ("acc: float = accuracy_score(y, p)", {"acc"}),
        ("print(acc := accuracy_score(y, p))", {"acc"}),
        ("acc = round(float(accuracy_score(y, p)), 3)", {"acc"}),
        (
            "print(accuracy_score(y, p), accuracy_score(p, y))",
            {"accuracy_score[y]", "accuracy_score[p]"},
        ),
        (
            "print(accuracy_score(y, p), accuracy_score(y, p))",
            {"accuracy_score[y]", "accuracy_score[y]#2"},
        ),
        (
            "print(accuracy_score(y[:], p), accuracy_score(y[:], p))",
            {"accuracy_score", "accuracy_score#2"},
        ),
    ],
)
def test_a_metric_is_named_by_what_holds_it_else_by_its_function(cells, code, names) -> None:
    found = metrics(cells.run(code))

    assert found == dict.fromkeys(names, ACCURACY)


def test_a_dict_of_numbers_is_flattened(cells) -> None:
    record = cells.run("report = classification_report(y, p, output_dict=True)")
    found = metrics(record)

    # By hand: of five called 1 four are right, all four of class 0's calls... three are.
    assert found["report.1.precision"] == 0.8
    assert found["report.0.recall"] == 0.75
    assert found["report.accuracy"] == ACCURACY
    assert found["report.1.support"] == 4.0


def test_a_text_report_has_no_numbers(cells) -> None:
    assert metrics(cells.run("print(classification_report(y, p))")) == {}


def test_an_array_is_data_not_metrics(cells) -> None:
    record = cells.run("matrix = confusion_matrix(y, p)\nf = f1_score(y, p, average=None)")

    assert metrics(record) == {}
    assert {"matrix", "f"} <= generated(record).keys()


def test_a_tuple_is_named_by_its_targets(cells) -> None:
    code = "pre, rec, f, _ = precision_recall_fscore_support(y, p, average='binary')"

    assert metrics(cells.run(code)) == {"pre": 0.8, "rec": 1.0, "f": pytest.approx(8 / 9)}


def test_folds_give_mean_and_standard_deviation(cells) -> None:
    cells.namespace["noise"] = np.array([0.0, 2, 1, 5, 3, 6, 5, 9])
    record = cells.run("scores = cross_val_score(LinearRegression(), X, noise, cv=2)")
    scores = cells.namespace["scores"]

    assert metrics(record) == {
        "scores.mean": pytest.approx(sum(scores) / 2),
        "scores.std": pytest.approx(abs(scores[0] - scores[1]) / 2),
    }


def test_cross_validate_gives_them_for_each_array(cells) -> None:
    record = cells.run("out = cross_validate(LinearRegression(), X, target, cv=2)")

    assert {"out.test_score.mean", "out.test_score.std"} == metrics(
        record
    ).keys()  # times are no metrics
    assert metrics(record)["out.test_score.mean"] == 1.0


def test_nan_and_infinity_are_kept(cells) -> None:
    cells.run("def evaluate(q): return {'a': float('nan'), 'b': math.inf}")
    found = metrics(cells.run("evaluate(q)"))

    assert math.isnan(found["a"])
    assert found["b"] == math.inf


# --- which numbers count ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("mse = ((target - m.predict(X)) ** 2).mean()", {"mse"}),
        ("mse = float(((target - q) ** 2).mean())", {"mse"}),  # q holds predictions
        ("mse = np.float32(abs(target - q).max())", {"mse"}),
        ("right = int((q > 1).sum())", set()),  # a count is a value, not a metric
        ("ok = bool((q > 1).all())", set()),
        ("share = float(target.mean())", set()),  # no model upstream
        ("d = q - target", set()),  # an array is data
        ("for e in (q - target): pass", set()),  # a loop variable is no number of its own
        ("n = 2.0", set()),
        ("q = 2.0\nn = q + 1", set()),  # bound anew
    ],
)
def test_a_float_computed_from_predictions_is_a_metric(cells, code, expected) -> None:
    record = cells.run(code)

    assert {m.name for m in record.metrics} == expected
    assert {m.origin for m in record.metrics} <= {"chain"}


def test_a_chain_goes_on_through_later_cells(cells) -> None:
    cells.run("errors = q - target")
    record = cells.run("worst = float(errors.max())")

    assert metric(record, "worst").model == f"{cells.kept.executions[0].id}:m"


def test_a_call_that_only_has_a_recognised_name_judges_nothing(cells) -> None:
    """Its result was a metric as soon as it had a name of its own (`x = game.score()`)."""
    cells.run("class Game:\n    def score(self): return 0.5\ngame = Game()")
    record = cells.run("x = game.score()\nz = x * 2")

    assert record.metrics == ()
    assert metrics(cells.run("later = x * 2")) == {}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("float(abs(a).max())", {"evaluate"}),
        ("{'mae': 0.5, 'n': 3, 'deep': {'mse': 1.5, 'k': 2}}", {"mae", "deep.mse", "deep.k"}),
        ("(0.5, 3, 1.5)", {"evaluate.0", "evaluate.2"}),
        ("3", set()),
        ("True", set()),
        ("'text'", set()),
        ("a", set()),
    ],
)
def test_a_users_function_that_gets_predictions_returns_metrics(cells, body, expected) -> None:
    cells.run(f"def evaluate(a): return {body}")
    record = cells.run("print(evaluate(q))")

    assert {m.name for m in record.metrics} == expected
    assert {m.origin for m in record.metrics} <= {"return"}


def test_a_users_function_without_predictions_returns_no_metric(cells) -> None:
    cells.run("def evaluate(a): return 0.5")

    assert metrics(cells.run("x = evaluate(target)")) == {}


def test_a_users_own_metric_may_have_a_known_name(cells) -> None:
    cells.run("def accuracy_score(a, b): return 0.25")
    record = cells.run("print(accuracy_score(target, q))")

    assert [(m.name, m.value, m.origin) for m in record.metrics] == [
        ("accuracy_score", 0.25, "return")
    ]


def test_two_models_in_one_cell_keep_their_numbers_apart(cells) -> None:
    record = cells.run(
        "a = Ridge(alpha=1.0).fit(X, target)\nb = Ridge(alpha=2.0).fit(X, target)\n"
        "ra = a.score(X, target)\nrb = r2_score(target, b.predict(X))"
    )

    assert metric(record, "ra").model == f"{record.id}:a"
    assert metric(record, "rb").model == f"{record.id}:b"
    reach = {p.value: set(p.reaches) for p in record.params if p.name == "alpha" and p.value == 2.0}
    assert {"b", "metric:rb"} <= reach[2.0]
    assert not {"a", "metric:ra"} & reach[2.0]


# --- params -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("C = 1", {"C": 1}),
        ("C = True\nD = None\nE = 'x'\nF = -1.5", {"C": True, "D": None, "E": "x", "F": -1.5}),
        ("a, b = 1, 2", {"a": 1, "b": 2}),
        ("grid = {'C': [1, 2]}", {"grid": {"C": [1, 2]}}),
        ("layers = (1, 2)", {"layers": [1, 2]}),
        ("C = 1\nC = 2", {"C": 2}),
        ("if False: C = 1", {}),
        ("if True:\n    C = 1\nelse:\n    C = 2", {"C": 1}),
        ("C = 1\nC = C + 1", {}),  # no longer what was written
        ("C = 1\ndel C", {}),
        ("C = 1 + 1", {}),
    ],
)
def test_a_literal_is_a_param_while_its_name_holds_it(cells, code, expected) -> None:
    assert params(cells.run(code)) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("r = Ridge(alpha=2.0)", {"alpha": 2.0}),
        ("a = 2.0\nr = Ridge(alpha=a)", {"a": 2.0, "alpha": 2.0}),
        ("r = Ridge(alpha=X)", {}),
        ("f = KFold(n_splits=3)", {"n_splits": 3}),
        (
            "s = train_test_split(X, test_size=0.5, random_state=0)",
            {"test_size": 0.5, "random_state": 0},
        ),
        ("s = sorted([2, 1], reverse=True)", {}),
        ("r = Ridge(2.0).fit(X, target)", {"alpha": 2.0}),  # positional: read when it is fitted
        ("r = Ridge(alpha=1.0).fit(X, target)", {"alpha": 1.0}),  # said, though the default
        ("r = Ridge().fit(X, target)", {}),
        ("r = Ridge()\nr.alpha = 3.0\nr.fit(X, target)", {"alpha": 3.0}),
    ],
)
def test_keywords_of_makers_and_what_differs_from_defaults(cells, code, expected) -> None:
    assert params(cells.run(code)) == expected


def test_a_param_says_whose_it_is_and_where_it_comes_from(cells) -> None:
    record = cells.run("C = 1\nr = Ridge(alpha=2.0)\ns = Ridge(3.0).fit(X, target)")
    found = [(p.name, p.origin, p.owner) for p in record.params]

    assert ("C", "literal", None) in found
    assert ("alpha", "keyword", "Ridge") in found
    assert ("alpha", "estimator", "Ridge") in found


def test_a_param_that_nothing_uses_reaches_only_itself(cells) -> None:
    record = cells.run("C = 1\nRidge(alpha=2.0)")

    assert param(record, "C").reaches == ("C",)
    assert param(record, "alpha").reaches == NOWHERE


@pytest.mark.parametrize("value", [np.float64(2.5), np.int64(2)], ids=repr)
def test_a_numpy_scalar_in_a_keyword_is_a_param(cells, value) -> None:
    """Grids come from `np.logspace`, so their values are NumPy's."""
    cells.namespace["a"] = value
    record = cells.run("r = Ridge(alpha=a)")

    assert params(record) == {"alpha": value}
    assert type(param(record, "alpha").value) in (float, int)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, (None, "none")),
        (True, (True, "bool")),
        (7, (7, "int")),
        (7.0, (7.0, "float")),
        ("x", ("x", "str")),
        (dt.date(2024, 1, 2), ("2024-01-02", "date")),
        (dt.datetime(2024, 1, 2, 3, tzinfo=dt.UTC), ("2024-01-02T03:00:00+00:00", "date")),
        ([1, (2, {3})], ([1, [2, [3]]], "list")),
        ((1, 2), ([1, 2], "tuple")),
        ({1: "a", None: [2]}, ({"1": "a", "None": [2]}, "dict")),
        ({2, 1}, ([1, 2], "set")),
        (Path("a/b"), ("a/b", "other")),
    ],
    ids=repr,
)
def test_plain_values(value, expected) -> None:
    assert plain_value(value) == expected


@pytest.mark.parametrize(
    "value", [np.float64(0.5), np.int32(3), np.bool_(1), np.str_("a")], ids=repr
)
def test_numpy_scalars_are_pythons_in_the_record(value) -> None:
    plain, kind = plain_value(value)

    assert (type(plain).__module__, plain) == ("builtins", value.item())
    assert kind == type(value.item()).__name__


def test_a_long_text_is_a_param(cells) -> None:
    record = cells.run(f"text = {'word ' * 200!r}")

    assert params(record)["text"] == "word " * 200


# --- steps ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("for a in [1.0, 2.0]:\n    s = Ridge(alpha=a).fit(X, target).score(X, target)", True),
        ("for i in range(2):\n    s = Ridge(alpha=i + 1).fit(X, target).score(X, target)", True),
        ("for i in range(2):\n    s = Ridge().fit(X, target).score(X, target)", False),
        ("for i in range(2):\n    s = accuracy_score(y, p)", False),
        ("for t in [0.1, 0.2]:\n    s = accuracy_score(y, p)", True),
        ("for i, t in enumerate([0.1, 0.2]):\n    s = accuracy_score(y, p)", True),
        ("for t in [0.1]:\n    s = accuracy_score(y, p)", False),  # one step is no table
        ("n = 2\nwhile n:\n    s = accuracy_score(y, p)\n    n -= 1", False),
        ("s = [accuracy_score(y, p) for t in (1, 2)]", True),
        ("s = accuracy_score(y, p)", False),
    ],
)
def test_steps_are_rows_when_something_varies_between_them(cells, code, expected) -> None:
    record = cells.run(code)

    assert cells.error is None
    assert record.steps_are_rows is expected


def test_a_step_has_the_params_of_its_estimator_and_its_loop(cells) -> None:
    record = cells.run(
        "for a in [1.0, 2.0]:\n    r = Ridge(alpha=a).fit(X, target)\n    s = r.score(X, target)"
    )
    found = {(p.step, p.name, p.value) for p in record.params if p.step is not None}

    assert {(0, "a", 1.0), (1, "a", 2.0), (1, "alpha", 2.0)} <= found
    assert params(record) == {}


def test_the_values_of_a_numpy_grid_are_kept(cells) -> None:
    """`np.logspace` gives NumPy's floats; the steps of such a sweep had no params at all."""
    record = cells.run(
        "for a in np.logspace(0, 1, 2):\n    s = Ridge(alpha=a).fit(X, target).score(X, target)\n"
        "t = [r2_score(target, q) for k in np.arange(2)]"
    )
    steps = [step.variables for step in record.steps]

    assert steps == [{"a": 1.0}, {"a": 10.0}, {"k": 0}, {"k": 1}]
    assert {type(v) for step in steps for v in step.values()} == {float, int}
    alphas = [p.value for p in record.params if p.name == "alpha"]
    assert 10.0 in alphas
    assert {type(value) for value in alphas} == {float}


def test_a_float_computed_in_an_iteration_belongs_to_its_step(cells) -> None:
    record = cells.run("for t in [1, 2]:\n    s = accuracy_score(y, p)\n    loss = (1 - s) * t")

    assert series(record, "loss") == [(0, 0.125), (1, 0.25)]


def test_nothing_is_recorded_of_calls_when_the_passthrough_is_off(tmp_path) -> None:
    with Notebook(tmp_path) as made:
        made.namespace.update(accuracy_score=sklearn_metrics.accuracy_score, y=Y, p=P)
        object.__setattr__(made.recorder.settings, "passthrough", False)
        record = made.run("print(accuracy_score(y, p))")

    assert record.metrics == ()


def test_a_metric_does_not_depend_on_warnings(cells: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        record = cells.run("a = precision_score([0, 1], [0, 0])")

    assert metrics(record) == {"a": 0.0}
