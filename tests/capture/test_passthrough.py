"""Watched calls: nothing changes for the user, and what is noted is bounded."""

from __future__ import annotations

import ast
import asyncio
import builtins
import gc
import inspect
import io
import traceback
import weakref
from typing import Any

import numpy as np
import pytest
from capture_cells import Notebook, metrics, plan_of, series
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import accuracy_score

from celltrail.capture import passthrough
from celltrail.capture.estimators import read_estimator
from celltrail.capture.passthrough import is_float


def estimator_params(model: object) -> dict[str, object]:
    """Params that differ from the defaults, of the estimator itself."""
    return {name: value for (_, name), value in read_estimator(model, "m").params.items()}


Y = [0, 1, 1, 1]
P = [0, 1, 1, 0]  # accuracy 0.75 by hand


class Answer:
    """A value of the user's that can be watched dying."""


def make_answer(*args: Any, **kwargs: Any) -> Answer:
    return Answer()


class Fake:
    """An object whose method has a recognised name, and who is no estimator."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []

    def score(self, *args: Any, **kwargs: Any) -> Any:
        self.calls.append((args, kwargs))
        return args[0] if args else 0.5


def rewritten(code: str, **names: Any) -> ast.Module:
    tree = ast.parse(code)
    from celltrail.capture.plan import plan_cell
    from celltrail.core.source import analyse

    plan = plan_cell(analyse(tree, parse=ast.parse), names, predictions={}, models={})
    passthrough.rewrite(tree, plan.sites)
    return tree


# --- nothing changes --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code",
    [
        "r = f.score(v)",
        "(r := f.score(v))",
        "r = f.score(*[v])",
        "r = f.score(*(), v, *())",
        "r = f.score(v, **{'a': 1}, b=2)",
        "r = [f.score(x) for x in [v]][0]",
        "r = [f.score(x) for y in [[v]] for x in y if f.score(x)][0]",
        "r = {k: f.score(k) for k in [v]}[v]",
        "r = next(f.score(x) for x in [v])",
        "r = f.score(f.score(v))",
        "r = (f.score)(v)",
        "r = f.score(x for x in [v]).__next__()",
        "for r in [f.score(v)]: pass",
        "r = (lambda g: g)(f.score(v))",
        "r = None or f.score(v)",
        "with_ = f'{f.score(v)}'; r = v",
        "[r] = [f.score(v)]",
    ],
)
def test_a_watched_call_returns_the_very_object(notebook, code) -> None:
    value = Answer()
    notebook.namespace.update(f=Fake(), v=value)
    record = notebook.run(code)

    assert notebook.error is None
    assert record.problems == ()
    assert notebook.namespace["r"] is value


def test_a_call_gets_the_very_arguments(notebook) -> None:
    given = [Answer(), Answer(), Answer()]
    fake = Fake()
    notebook.namespace.update(f=fake, a=given)
    notebook.run("f.score(a[0], *a[1:2], k=a[2])")

    ((args, kwargs),) = fake.calls
    assert [*args, kwargs["k"]] == given


@pytest.mark.parametrize(
    "code",
    ["x = await score(1)", "x = [await score(i) for i in range(2)]", "[(x := await score(1))]"],
)
def test_an_awaited_call_is_awaited(code) -> None:
    async def score(value: int) -> int:
        return value

    tree = rewritten(code.replace("score", "roc_auc_score"))
    passthrough.install_helpers()
    try:
        made = compile(tree, "cell", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        namespace = {"roc_auc_score": score}
        asyncio.run(eval(made, namespace))  # type: ignore[arg-type]
    finally:
        passthrough.remove_helpers()

    assert "__celltrail_val__" in ast.dump(tree)
    assert namespace["x"] in (1, [0, 1])  # type: ignore[comparison-overlap]
    assert inspect.CO_COROUTINE & made.co_flags


@pytest.mark.parametrize(
    "code",
    [
        "f.score(1 / 0)",
        "x = f.score(boom(1),\n    2)",
        "boom(f.score(1))",
        "f.score(*1)",
        "f.score(**{1: 2})",
        "absent.score(1)",
        "f.absent.score(f.score(1))",
        "f.score(1) + 'a'",
        "[f.score(1 / x) for x in [1, 0]]",
        "accuracy_score([1], [1, 2])",
        "accuracy_score()",
        "f.score.fit(3)",
        "None.score(1)",
    ],
)
def test_tracebacks_and_their_carets_are_the_users(code, monkeypatch) -> None:
    def shown(tree: ast.Module) -> str:
        def boom(value: object) -> None:
            raise ValueError(value)

        namespace = {"f": Fake(), "boom": boom, "accuracy_score": accuracy_score}
        try:
            exec(compile(tree, "<a cell>", "exec"), namespace)
        except Exception as error:  # noqa: BLE001 - whatever the cell raises
            text = io.StringIO()
            traceback.print_exception(error, file=text)
            return text.getvalue().partition("<a cell>")[2]
        raise AssertionError("the cell was expected to raise")

    import linecache

    lines = [line + "\n" for line in code.split("\n")]
    monkeypatch.setitem(linecache.cache, "<a cell>", (len(code), None, lines, "<a cell>"))
    plain = shown(ast.parse(code))
    tree = rewritten(code)
    passthrough.install_helpers()
    try:
        watched = shown(tree)
    finally:
        passthrough.remove_helpers()

    assert "__celltrail" in ast.dump(tree)
    assert watched == plain


def test_bodies_of_functions_lambdas_and_classes_stay_as_they_are() -> None:
    code = "def g(): return f.score(1)\nh = lambda: f.score(1)\nclass A:\n    b = f.score(1)"

    assert ast.dump(rewritten(code)) == ast.dump(ast.parse(code))


def test_an_exception_while_edits_are_built_leaves_the_tree_as_it_was() -> None:
    tree = ast.parse("f.score(1)\nf.score(2)")
    text = ast.dump(tree)
    plan = plan_of("f.score(1)\nf.score(2)")
    del plan.sites[1].call.comprehension  # the second edit cannot be built

    with pytest.raises(AttributeError):
        passthrough.rewrite(tree, plan.sites)
    assert ast.dump(tree) == text


def test_a_failing_rewrite_is_a_problem_and_the_cell_runs(notebook, monkeypatch) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr(passthrough, "_edit", broken)
    notebook.namespace.update(f=Fake())
    record = notebook.run("x = f.score(1)")

    assert notebook.namespace["x"] == 1
    assert [problem.where for problem in record.problems] == ["analysis"]
    assert {edge.name for edge in record.generated} == {"x", "f"}


def test_the_helpers_are_in_builtins_and_nowhere_else() -> None:
    passthrough.install_helpers()
    assert hasattr(builtins, passthrough.FUNCTION_HELPER)

    passthrough.remove_helpers()
    passthrough.remove_helpers()
    assert not hasattr(builtins, passthrough.FUNCTION_HELPER)
    assert not hasattr(builtins, passthrough.VALUE_HELPER)


# --- lifetimes --------------------------------------------------------------------------------


def test_no_reference_is_kept_past_the_call(notebook) -> None:
    notebook.namespace.update(np=np, LR=LinearRegression, alive=[], weakref=weakref, gc=gc)
    notebook.run(
        "m = LR().fit(np.ones((3, 1)), np.ones(3))\n"
        "X = np.ones((3, 1))\n"
        "s = m.score(X, np.ones(3))\n"
        "refs = [weakref.ref(m), weakref.ref(X)]\n"
        "del m, X\n"
        "gc.collect()\n"
        "alive += [r() is not None for r in refs]"
    )

    assert notebook.namespace["alive"] == [False, False]


def test_a_returned_object_dies_when_the_user_lets_it_go(notebook) -> None:
    notebook.namespace.update(roc_auc_score=make_answer, weakref=weakref, alive=[])
    notebook.run(
        "for i in range(3):\n"
        "    ref = weakref.ref(roc_auc_score(i))\n"
        "    alive.append(ref() is not None)"
    )

    assert notebook.namespace["alive"] == [False] * 3


# --- who is believed --------------------------------------------------------------------------


class Hostile:
    def __getattr__(self, name: str) -> Any:
        raise SystemExit(f"asked for {name}")

    def __eq__(self, other: object) -> bool:
        raise SystemExit("compared")

    __hash__ = None  # type: ignore[assignment]

    def __call__(self, *args: Any) -> float:
        return 0.5


def test_a_hostile_callee_is_only_called(notebook) -> None:
    notebook.namespace.update(accuracy_score=Hostile())
    record = notebook.run("x = accuracy_score(1, 2)")

    assert notebook.namespace["x"] == 0.5
    assert record.metrics == ()
    assert record.problems == ()


@pytest.mark.parametrize(
    "names",
    [
        {"accuracy_score": lambda y, p: 0.5},  # defined elsewhere than in a metric's module
        {"accuracy_score": Hostile()},
        {"accuracy_score": int.__add__},
    ],
    ids=["lambda", "object", "builtin"],
)
def test_a_name_alone_makes_no_metric(notebook, names) -> None:
    notebook.namespace.update(names)

    assert notebook.run("x = accuracy_score(1, 2)").metrics == ()


def test_an_estimators_name_alone_makes_no_metric(notebook) -> None:
    notebook.namespace.update(f=Fake())

    assert notebook.run("x = f.score()").metrics == ()


def test_a_failing_watch_is_a_problem_and_later_calls_pass(notebook, monkeypatch) -> None:
    monkeypatch.setattr(passthrough, "_numbers", lambda site, value: 1 / 0)
    notebook.namespace.update(accuracy_score=accuracy_score, y=Y, p=P)
    record = notebook.run("a = accuracy_score(y, p)\nb = accuracy_score(y, y)")

    assert (notebook.namespace["a"], notebook.namespace["b"]) == (0.75, 1.0)
    assert [problem.where for problem in record.problems] == ["passthrough"]


def test_a_call_after_the_cell_goes_to_nobody(notebook) -> None:
    """A generator of a watched call may be consumed by a later cell."""
    notebook.namespace.update(accuracy_score=accuracy_score, y=Y, p=P)
    notebook.run("g = (accuracy_score(y, q) for q in [p, y])")
    record = notebook.run("values = list(g)")

    assert notebook.namespace["values"] == [0.75, 1.0]
    assert record.problems == ()


def test_a_call_inside_a_watched_call_is_noted_on_its_own(notebook) -> None:
    notebook.namespace.update(accuracy_score=accuracy_score, y=Y, p=P)
    notebook.run("def evaluate(q):\n    return accuracy_score(y, q)")
    record = notebook.run("a = max(evaluate(p), evaluate(y))")

    assert [m.value for m in record.metrics if m.origin == "return"] == [0.75, 1.0]


def test_a_call_that_raises_leaves_no_number_and_the_next_one_counts(notebook) -> None:
    notebook.namespace.update(accuracy_score=accuracy_score, y=Y, p=P)
    record = notebook.run(
        "try:\n    a = accuracy_score(y, [1])\nexcept ValueError:\n    a = accuracy_score(y, p)"
    )

    assert [m.value for m in record.metrics] == [0.75]


# --- steps ------------------------------------------------------------------------------------


def loops(notebook: Notebook, code: str) -> Any:
    notebook.namespace.update(accuracy_score=accuracy_score, y=Y, p=P, right=[P, Y, P])
    return notebook.run(code)


def test_each_iteration_with_a_metric_is_a_step(notebook) -> None:
    record = loops(notebook, "for q in right:\n    a = accuracy_score(y, q)")

    assert series(record, "a") == [(0, 0.75), (1, 1.0), (2, 0.75)]


def test_two_metrics_of_one_iteration_share_its_step(notebook) -> None:
    record = loops(
        notebook, "for q in right:\n    a = accuracy_score(y, q)\n    b = accuracy_score(q, q)"
    )

    assert series(record, "b") == [(0, 1.0), (1, 1.0), (2, 1.0)]


def test_iterations_without_a_metric_are_no_steps(notebook) -> None:
    record = loops(notebook, "for i in range(4):\n    if i % 2:\n        a = accuracy_score(y, p)")

    assert [step.variables for step in record.steps] == [{"i": 1}, {"i": 3}]


def test_equal_loop_variables_are_still_two_iterations(notebook) -> None:
    record = loops(notebook, "for i in [1, 1]:\n    a = accuracy_score(y, p)")

    assert [step.variables for step in record.steps] == [{"i": 1}, {"i": 1}]


def test_inner_steps_know_the_variables_of_the_loops_around_them(notebook) -> None:
    record = loops(
        notebook,
        "for i in range(2):\n    for s in 'ab':\n        a = accuracy_score(y, p)\n"
        "    b = accuracy_score(y, y)",
    )

    assert [step.variables for step in record.steps] == [
        {"s": "a", "i": 0}, {"s": "b", "i": 0}, {"i": 0},
        {"s": "a", "i": 1}, {"s": "b", "i": 1}, {"i": 1},
    ]  # fmt: skip


def test_a_while_loop_steps_when_its_call_comes_again(notebook) -> None:
    record = loops(notebook, "n = 3\nwhile n:\n    a = accuracy_score(y, p)\n    n -= 1")

    assert series(record, "a") == [(0, 0.75), (1, 0.75), (2, 0.75)]


def test_only_scalars_and_short_texts_of_the_loop_are_kept(notebook) -> None:
    record = loops(
        notebook,
        "for s, t, l, n in [('a', 'b' * 101, [1], None)]:\n    a = accuracy_score(y, p)",
    )

    assert [step.variables for step in record.steps] == [{"s": "a", "n": None}]


def test_a_loop_variable_that_the_body_deletes_is_not_recorded(notebook) -> None:
    record = loops(notebook, "for i in [1, 2]:\n    del i\n    a = accuracy_score(y, p)")

    assert notebook.error is None
    assert [step.variables for step in record.steps] == [{}, {}]


def test_comprehension_variables_come_with_the_value(notebook) -> None:
    record = loops(notebook, "r = [accuracy_score(y, q) for i, q in enumerate(right)]")

    assert [step.variables for step in record.steps] == [{"i": 0}, {"i": 1}, {"i": 2}]
    assert [m.value for m in record.metrics] == [0.75, 1.0, 0.75]


def test_comprehension_variables_may_have_any_name(notebook) -> None:
    record = loops(notebook, "r = [accuracy_score(y, p) for k in [1] for value in [k + 1]]")

    assert [step.variables for step in record.steps] == [{"k": 1, "value": 2}]


def test_after_a_thousand_steps_calls_are_only_passed_through(notebook) -> None:
    notebook.namespace.update(mean_squared_error=None)
    notebook.run("from sklearn.metrics import auc")
    record = notebook.run(
        "total = 0\nfor i in range(1005):\n    a = auc([0, 1], [1, 1])\n    total += a"
    )

    assert notebook.namespace["total"] == 1005.0
    assert len(record.steps) == 1000
    assert len(series(record, "a")) == 1000
    assert [problem.where for problem in record.problems] == ["steps"]


# --- what is read off an estimator ------------------------------------------------------------


def test_params_that_differ_from_the_defaults_are_read_without_calling() -> None:
    model = LogisticRegression(C=2.0, max_iter=100, solver="saga", class_weight={0: 1})

    assert estimator_params(model) == {"C": 2.0, "solver": "saga"}  # max_iter is the default


def test_params_of_an_object_without_constructor_or_dict() -> None:
    class Slots:
        __slots__ = ("a",)

        def __init__(self, a: int = 1) -> None:
            self.a = a

    assert estimator_params(Slots(2)) == {}
    assert estimator_params(object()) == {}


def test_keyword_only_params_and_changed_types_count() -> None:
    class Model:
        def __init__(self, a: float, *, b: int = 1, c: int = 2) -> None:
            self.a, self.b, self.c = a, b, c

    assert estimator_params(Model(1.5, b=True)) == {"a": 1.5, "b": True}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1.0, True), (np.float64(1), True), (np.float32(1), True), (float("nan"), True),
        (1, False), (True, False), (np.int64(1), False), (np.bool_(1), False), ("1.0", False),
        (np.ones(1), False), (None, False),
    ],
    ids=repr,
)  # fmt: skip
def test_floats_are_floats_and_nothing_else(value, expected) -> None:
    assert is_float(value) is expected


def test_a_metric_is_read_from_the_names_the_cell_imports(notebook) -> None:
    notebook.namespace.update(y=Y, p=P)
    record = notebook.run("from sklearn.metrics import accuracy_score as acc_of\na = acc_of(y, p)")

    assert metrics(record) == {"a": 0.75}
