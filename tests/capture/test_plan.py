"""The plan of a cell: which calls are watched, which values are params, what flows into what."""

from __future__ import annotations

from typing import Any

import pytest
from capture_cells import plan_of
from sklearn.metrics import accuracy_score


def kinds(code: str, **names: Any) -> list[tuple[str, str]]:
    return [(site.kind, site.function) for site in plan_of(code, **names).sites]


def function(code: str) -> Any:
    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec(code, namespace)
    return namespace


# --- which calls are watched ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("accuracy_score(y, p)", [("metric", "accuracy_score")]),
        ("metrics.accuracy_score(y, p)", [("metric", "accuracy_score")]),
        ("from m import accuracy_score as a\na(y, p)", [("metric", "accuracy_score")]),
        (
            "from m import other as accuracy_score\naccuracy_score(y, p)",
            [("metric", "accuracy_score")],
        ),
        ("cross_val_score(m, X)", [("fold", "cross_val_score")]),
        ("cross_val_predict(m, X)", [("predict", "cross_val_predict")]),
        ("m.predict(X)", [("predict", "predict")]),
        ("predict(X)", []),
        ("m.score(X)", [("score", "score")]),
        ("score(X)", []),
        ("m.fit(X)", [("fit", "fit")]),
        ("fit(X)", []),
        ("m.fit(X).predict(X)", [("fit", "fit"), ("predict", "predict")]),
        ("models['a'].fit(X)", [("fit", "fit")]),
        ("def f(): return m.predict(X)\nf()", [("user", "f")]),
        ("def f(): return 1\nf()", []),
        ("print(1)", []),
        ("def f(): accuracy_score(y, p)", []),
        ("f = lambda: accuracy_score(y, p)", []),
    ],
)
def test_calls_are_chosen_by_their_last_name(code, expected) -> None:
    assert sorted(kinds(code)) == sorted(expected)


def test_a_name_bound_earlier_is_known_by_its_own_name() -> None:
    assert kinds("a(y, p)", a=accuracy_score) == [("metric", "accuracy_score")]


def test_a_function_of_the_users_is_his_whatever_its_name() -> None:
    namespace = function("def accuracy_score(y, p): return m.score(y, p)")

    from celltrail.capture.plan import plan_cell
    from celltrail.core.source import analyse

    plan = plan_cell(
        analyse(__import__("ast").parse("accuracy_score(y, p)")),
        namespace,
        predictions={},
        models={},
    )
    assert [site.kind for site in plan.sites] == ["user"]


@pytest.mark.parametrize(
    ("code", "count"),
    [
        ("p = m.predict(X)\ndef f(a): return 1\nf(p)", 2),  # it gets what a model said
        ("p = m.transform(X)\ndef f(a): return 1\nf(p)", 0),
        ("def f(a): return 1\nf(m.predict(X))", 2),
        ("def f(a): return 1\np = m.predict(X)\nq = f(1)", 1),
        ("def f(a): return 1\nf(old)", 1),  # `old` holds predictions since an earlier cell
    ],
)
def test_a_users_function_is_watched_where_it_judges_or_gets_predictions(code, count) -> None:
    sites = plan_of(code, predictions={"old": {"1:m"}}).sites

    assert len([site for site in sites if site.kind != "transform"]) == count


# --- params -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("C = 1", [("C", 1, None)]),
        ("Model(C=2, w=c)", [("C", 2, "Model"), ("w", None, "Model")]),
        ("lm.Model(C=2)", [("C", 2, "lm.Model")]),
        ("train_test_split(X, test_size=0.2)", [("test_size", 0.2, "train_test_split")]),
        ("from m import Model as make\nmake(C=2)", [("C", 2, "make")]),
        ("plot(alpha=2)", []),
        ("Model(**options)", []),
        ("Model(C=[n])", []),
        ("Model(C=a.b)", []),
        ("Model(C=-1)", [("C", -1, "Model")]),
    ],
)
def test_literals_and_keywords_of_makers_are_params(code, expected) -> None:
    plan = plan_of(code)

    assert [(param.name, param.value, param.owner) for param in plan.params] == expected


# --- flows ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("p = m.predict(X)\na = p + 1", {"p", "a"}),
        ("p = m.predict(X)\np = 1", set()),  # bound anew
        ("p = m.predict(X)\nif c: p = 1", {"p"}),
        ("a = 1\nfor i in s:\n    b = a\n    a = m.predict(i)", {"a", "b"}),  # next time round
        ("l = []\nl.append(m.predict(X))", {"l"}),
        ("l = []\nfor x in s:\n    l.append(m.predict(x))\nb = max(l)", {"l", "b"}),
        ("d = {}\nd['a'] = m.predict(X)", {"d"}),
        ("a, b = m.predict(X), 1", {"a", "b"}),  # a statement is the unit
        ("f.write(str(m.predict(X)))\nb = 2", {"f"}),
        ("p = m.predict(X)\nm2.fit(p, y)\nb = m2", {"p"}),  # a fitted model is no prediction
        ("p = m.predict(X)\nq = f'{p}'", {"p", "q"}),
        ("if (n := m.predict(X)): b = n", {"n", "b"}),
        ("for q in m.predict(X): b = q", {"q", "b"}),
        ("p = m.predict(X)\nr = p.mean()\ndel p", {"p", "r"}),
    ],
)
def test_what_a_model_said_flows_statement_by_statement(code, names) -> None:
    plan = plan_of(code)
    judged = {name for name, origins in plan.flows.items() if any(o[0] == "s" for o in origins)}

    assert judged == names


def test_a_param_reaches_what_is_computed_from_it() -> None:
    plan = plan_of("C = 1\nD = 2\nm = Model(C=C)\nm.fit(X)\nother = Model(C=D)\nn = D + 1")

    assert [param.name for param in plan.params] == ["C", "D", "C", "C"]
    assert plan.reaches(("p", 0)) == {"C", "m"}
    assert plan.reaches(("p", 1)) == {"D", "other", "n"}
    assert plan.reaches(("p", 2)) == {"m"}


def test_a_site_knows_what_went_into_it_and_not_into_its_neighbour() -> None:
    plan = plan_of("print(f1_score(y, a.predict(X)), f1_score(y, b.predict(X)))")
    origins = {(site.k, site.kind): {o for o in site.origins if o[0] == "s"} for site in plan.sites}

    predictions = [k for k, kind in origins if kind == "predict"]
    scores = [origins[key] for key in origins if key[1] == "metric"]
    assert scores == [{("s", k)} for k in predictions]


def test_predictions_and_models_of_earlier_cells_flow_on() -> None:
    plan = plan_of(
        "a = f1_score(y, p)\nb = clf", predictions={"p": {"1:clf"}}, models={"clf": "1:clf"}
    )

    assert ("m", "1:clf") in plan.flows["a"]
    assert plan.flows["b"] == {("g", "1:clf")}


def test_the_body_of_a_magic_is_planned_with_its_cell() -> None:
    plan = plan_of("get_ipython().run_cell_magic('time', '', 'C = 1\\nm.fit(X)\\na = m.score(X)')")

    assert [(site.kind, site.call.body) for site in plan.sites] == [("fit", 1), ("score", 1)]
    assert [param.name for param in plan.params] == ["C"]
