"""What differs between two versions of a cell."""

from __future__ import annotations

from typing import Any

import pytest

from celltrail.lineage.changes.code_change import (
    ABSENT,
    code_change,
    environ_names,
    imported_names,
    similarity,
    unified,
)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = 1", "x = 1  # one"),
        ("f(1, 2)", "f(\n    1,\n    2,\n)"),
        ("x = 1\n\n\ny = 2", "x = 1\ny = 2"),
        ("x = 'a'", 'x = "a"'),
        ("%time x = 1", "# timed\n%time x = 1"),
        ("this is (no Python", "# a comment\nthis is (no Python"),
    ],
)
def test_comments_blanks_and_quotes_are_cosmetic(before: str, after: str) -> None:
    assert code_change(before, after).is_cosmetic


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = 1", "x = 2"),
        ("x = 1", "x = 1.0"),
        ("%time x = 1", "%time x = 2"),
        ("!ls a", "!ls b"),
        ("if x:\n    y = 1", "if x:\n    z = 1"),
        ("this is (no Python", "this is (not Python"),
        ("x = '# a'", "x = '# b'"),
    ],
)
def test_what_runs_otherwise_is_not_cosmetic(before: str, after: str) -> None:
    assert not code_change(before, after).is_cosmetic


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("C = 1.0", "C = 0.1", [("C", "assignment", 1.0, 0.1)]),
        ("C = 1", "C = -1", [("C", "assignment", 1, -1)]),
        ("a = [1, 2]", "a = [1]", [("a", "assignment", [1, 2], [1])]),
        ("f(x, depth=3)", "f(x, depth=4)", [("depth", "keyword", 3, 4)]),
        ("f(x)", "f(x, depth=4)", [("depth", "keyword", ABSENT, 4)]),
        ("f(x, depth=4)", "f(x)", [("depth", "keyword", 4, ABSENT)]),
        ("df = df.fillna(0)", "df = df.fillna(1)", [("fillna", "argument", 0, 1)]),
        ("np.random.seed(1)", "np.random.seed(2)", [("numpy.random", "seed", 1, 2)]),
        ("random.seed(1)", "random.seed(2)", [("random", "seed", 1, 2)]),
        ("r = default_rng(1)", "r = default_rng(2)", [("default_rng", "seed", 1, 2)]),
        (
            "os.environ['A'] = '1'",
            "os.environ['A'] = '2'",
            [("A", "environ", "1", "2")],
        ),
        ("a = 1\nb = 2", "a = 3\nb = 4", [("a", "assignment", 1, 3), ("b", "assignment", 2, 4)]),
    ],
)
def test_a_changed_literal_is_found_with_what_it_belongs_to(
    before: str, after: str, expected: list[tuple[str, str, Any, Any]]
) -> None:
    found = code_change(before, after)

    assert [(one.place, one.role, one.before, one.after) for one in found.literals] == expected
    assert found.is_literal_only


def test_a_literal_beside_another_statement_is_found_and_is_not_all() -> None:
    found = code_change("C = 1\nfit()", "C = 2\nclean()\nfit()")

    assert [(one.place, one.after) for one in found.literals] == [("C", 2)]
    assert not found.is_literal_only


def test_a_changed_function_is_named_when_nothing_else_changed() -> None:
    before = "def f(x):\n    return x\n\ndef g(x):\n    return x"
    after = "def f(x):\n    return x\n\ndef g(x):\n    return x + y"

    assert code_change(before, after).definitions == ("g",)
    assert code_change(before + "\nz = 1", after + "\nz = h()").definitions == ()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("f(a=g(), b=h())", "f(b=h(), a=g())"),
        ("a = [1, 2]", "a = [1, 2.0]"),
        ("@one\ndef f(): pass", "@two\ndef f(): pass"),
        ("a = 1; b = 2", "a = 1; b = 3"),
        ("a = 1\rb = 2", "a = 1\rb = 3"),
        ('x = """\na"""', 'x = """\nb"""'),
    ],
)
def test_a_change_that_looks_small_is_seen(before: str, after: str) -> None:
    assert not code_change(before, after).is_cosmetic


def test_a_diff_names_both_sides() -> None:
    shown = unified("a = 1\nb = 2", "a = 1\nb = 3", ("a In [1]", "b In [4]")).splitlines()

    assert shown[:2] == ["--- a In [1]", "+++ b In [4]"]
    assert shown[-2:] == ["-b = 2", "+b = 3"]


def test_codes_without_anything_in_common_are_not_similar() -> None:
    assert similarity("x = 1", "for a in b:\n    print(a)") == 0
    assert similarity("model.fit(X, y)", "model.fit(X, y2)") > 0.9


def test_environment_variables_are_read_from_the_code() -> None:
    code = (
        "a = os.environ['A']; b = os.environ.get('B', 1); c = os.getenv(\"C\"); d = os.environ[x]"
    )

    assert environ_names(code) == ("A", "B", "C")


def test_names_bound_by_an_import_are_found_by_package() -> None:
    lines = ["%load_ext x", "import sklearn.tree as tree, numpy", "from sklearn import svm as s"]
    code = "\n".join([*lines, "from . import y"])

    assert imported_names(code, "sklearn") == {"tree", "s"}
    assert imported_names(code, "numpy") == {"numpy"}
    assert imported_names(code, "pandas") == set()
