"""What flows into what, from the text of a cell."""

from __future__ import annotations

import ast

import pytest

from celltrail.core.dataflow import Event, trace


def events(
    code: str, *, watched: tuple[str, ...] = (), columns: tuple[str, ...] = ()
) -> list[Event]:
    """The events of a cell in which the calls of these methods or functions are watched."""
    tree = ast.parse(code)
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    sites = {
        id(call): n
        for n, call in enumerate(calls)
        if (call.func.attr if isinstance(call.func, ast.Attribute) else ast.unparse(call.func))
        in watched
    }

    def held(name: str) -> tuple[str, ...] | None:
        return ("a",) if name in columns else None

    return trace(tree.body, [], lambda node: sites.get(id(node)), held)


def value(code: str, **options: tuple[str, ...]) -> list[object] | None:
    """The expression that the only assignment of a cell assigns."""
    (event,) = events(f"z = {code}", **options)
    return event.value


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("X", ["name", "X"]),
        ("df['a']", ["columns", ["name", "df"], ["a"], []]),
        ("df[['a', 'b']]", ["columns", ["name", "df"], ["a", "b"], []]),
        ("df.loc[:, 'a']", ["columns", ["name", "df"], ["a"], []]),
        ("X[:, 1]", ["columns", ["name", "X"], [], []]),
        ("X.values", ["columns", ["name", "X"], ["values"], []]),
        ("df.drop(columns='y')", ["columns", ["name", "df"], [], []]),
        ("df.drop('y', axis=1)", ["columns", ["name", "df"], [], []]),
        ("X[X.columns]", ["columns", ["name", "X"], [], ["X"]]),
        ("d[0]", ["item", ["name", "d"], 0]),
        ("a + 1", ["same", [["name", "a"]]]),
        ("pd.concat([a, b])", ["join", [["name", "a"], ["name", "b"]]]),
        ("f(a, k=b)", ["mix", [["name", "a"], ["name", "b"]]]),
        ("a.f(b)", ["method", ["name", "a"], [["name", "b"]]]),
        ("(a, b)", ["items", [["0", ["name", "a"]], ["1", ["name", "b"]]]]),
        ("{'k': a}", ["items", [["k", ["name", "a"]]]]),
        ("7", None),
        ("a if c else b", ["mix", []]),
    ],
)
def test_an_expression_says_which_rows_it_has(code, expected):
    assert value(code) == expected


@pytest.mark.parametrize(
    "code",
    ["df[mask]", "df.iloc[:80]", "df.loc[rows]", "X[train]", "df.drop(rows)", "df.dropna()"],
)
def test_chosen_rows_are_some_rows_of_the_same_choice_each_time(code):
    found, again = value(code), value(code)

    assert found is not None
    assert found[0] == "rows"
    assert found == again


def test_two_choices_are_told_apart():
    codes = ["X[:80]", "X[80:]", "X[m]", "X[~m]", "X[m > 1]", "X[m >= 1]", "X.head(3)", "X.tail(3)"]
    found = {str(value(code)) for code in codes}

    assert len(found) == len(codes)


def test_a_name_that_holds_columns_names_chooses_columns():
    assert value("df[cols]", columns=("cols",)) == ["columns", ["name", "df"], ["a"], []]


def test_a_drawn_sample_is_another_choice_each_time():
    found = value("df.sample(frac=0.5)")

    assert found is not None
    assert found[0] == "rows"
    assert found[2] == ""


def test_calls_come_in_the_order_in_which_they_run():
    code = "accuracy_score(y_test, model.fit(X, y).predict(Z))"
    found = events(code, watched=("accuracy_score", "fit", "predict"))

    assert [event.kind for event in found] == ["call", "call", "call"]
    assert found[1].value == ["call", 0]  # predict is called on what fit gave back
    assert found[2].arguments[1] == (None, ["call", 1])


def test_a_name_of_a_comprehension_is_not_the_name_of_the_cell():
    found = events("s = [m.score(X, y) for m in models]", watched=("score",))

    assert [(event.kind, event.targets, event.loop) for event in found] == [
        ("each", ("m~",), True),
        ("call", (), True),
        ("assign", ("s",), False),
    ]
    assert found[1].value == ["name", "m~"]


def test_parts_of_a_split_are_items_of_its_call():
    found = events("a, b = train_test_split(X)", watched=("train_test_split",))

    assert [(event.targets, event.value) for event in found[1:]] == [
        (("a",), ["item", ["call", 0], 0]),
        (("b",), ["item", ["call", 0], 1]),
    ]


def test_steps_under_a_condition_say_so():
    found = events("if c:\n    X = A\nfor i in A:\n    Y = A\nZ = A")

    assert [(event.kind, event.conditional, event.loop) for event in found] == [
        ("assign", True, False),
        ("each", False, False),
        ("assign", False, True),
        ("assign", False, False),
    ]


def test_a_choice_is_marked_without_its_text():
    found = value("df[df.key == 'sk-secret-0123456789']")

    assert "secret" not in str(found)
