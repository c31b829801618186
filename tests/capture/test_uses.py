"""What loaded names may read on: the notebook's own functions, however they are held."""

from __future__ import annotations

import ast
import types
from typing import Any

import pytest

from celltrail.capture.uses import close_over, is_judging, is_user_name
from celltrail.core.source import analyse


def namespace_of(code: str) -> dict[str, Any]:
    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec(code, namespace)
    return namespace


def names_used(cell: str, before: str) -> set[str]:
    return set(close_over(analyse(ast.parse(cell), parse=ast.parse), namespace_of(before)).names)


@pytest.mark.parametrize(
    ("held", "load"),
    [
        ("f = lambda: y", "f()"),
        ("def f(): return y", "table.apply(f)"),
        ("def g(): return y\ndef f(): return g()", "f()"),
        ("def f():\n return [v for v in y]", "f()"),
        ("def f():\n def g(): return y\n return g", "f()"),
        ("def make():\n def g(): return y\n return g\nf = make()", "f()"),
        ("def make(h): return lambda: h()\nf = make(lambda: y)", "f()"),
        ("def g(): return y\ndef f(a=g): return a()", "f()"),
        ("def g(): return y\ndef f(*, a=g): return a()", "f()"),
        ("from functools import partial\nf = partial(lambda a: y, 1)", "f()"),
        ("from functools import partial\nf = partial(max, key=lambda a: y)", "f([1])"),
        ("from functools import partial\nf = partial(map, lambda a: y)", "f([1])"),
        ("import functools\n@functools.wraps(len)\ndef f(): return y", "f()"),
        ("import functools\n@functools.lru_cache\ndef f(): return y", "f()"),
        ("import functools\n@functools.cache\ndef f(): return y", "f()"),
        ("import functools\n@functools.singledispatch\ndef f(a): return y", "f(1)"),
        ("f = [lambda: y]", "f[0]()"),
        ("f = {'a': (lambda: y,)}", "f['a'][0]()"),
        ("def g():\n yield y\nf = g()", "next(f)"),
        ("async def g(): return y\nf = g()\nf.close()\nf = [g]", "await f[0]()"),
        ("class A:\n def m(self): return y\nf = A()", "f.m()"),
        ("class A:\n def m(self): return y\nf = A().m", "f()"),
        ("class A:\n @property\n def m(self): return y\nf = A()", "f.m"),
        ("class A:\n @staticmethod\n def m(): return y\nf = A", "f.m()"),
        ("class A:\n @classmethod\n def m(cls): return y\nf = A", "f.m()"),
        ("class B:\n def m(self): return y\nclass A(B): pass\nf = A()", "f.m()"),
        ("class A: pass\nf = A()\nf.g = lambda: y", "f.g()"),
        (
            (
                "import functools\nclass A:\n"
                " @functools.cached_property\n def m(self): return y\nf = A()"
            ),
            "f.m",
        ),
        (
            (
                "class A: pass\nclass P: pass\nf = P()\n"
                "f.steps = [('a', A())]\nf.steps[0][1].func = lambda: y"
            ),
            "f.x()",
        ),
        ("import abc\nclass A(abc.ABC):\n def m(self): return y\nf = A()", "f.m()"),
    ],
)
def test_a_loaded_name_reads_what_the_code_it_holds_reads(held, load) -> None:
    used = names_used(load, f"y = 1\nother = 2\n{held}")

    assert "y" in used
    assert "other" not in used


def test_a_waiting_coroutine_reads_what_its_code_reads() -> None:
    namespace = namespace_of("y = 1\nasync def g(): return y\nc = g()\ndel g")
    used = close_over(analyse(ast.parse("await c")), namespace)
    namespace["c"].close()

    assert set(used.names) == {"c", "y"}


@pytest.mark.parametrize(
    ("cell", "before", "used"),
    [
        ("y = 5\nf()", "y = 1\ndef f(): return y", {"f"}),  # bound by the cell before the call
        ("f()\ny = 5", "y = 1\ndef f(): return y", {"f", "y"}),
        ("def f(): return z\nf()", "y = z = 1\ndef f(): return y", {"z"}),  # the new f
        ("def g(): return z\nf()", "y = z = 1\ndef g(): return y\ndef f(): return g()", {"f", "z"}),
        ("a = f", "a = 1\nf = len", {"f"}),
        ("absent()", "y = 1", set()),
        ("f()", "def f(): return f()", {"f"}),  # a cycle ends
        ("len([])", "y = 1", set()),
    ],
)
def test_what_the_cell_bound_by_then_is_not_read(cell, before, used) -> None:
    assert names_used(cell, before) == used


def test_an_instance_reads_its_class_by_the_name_it_has() -> None:
    assert names_used("f.x", "class A: pass\nf = A()") == {"f", "A"}


def test_code_of_other_modules_is_not_followed() -> None:
    module = types.ModuleType("other")
    exec("def f(): return y", vars(module))
    namespace = {"__name__": "__main__", "f": vars(module)["f"], "y": 1}
    used = close_over(analyse(ast.parse("f()")), namespace)

    assert set(used.names) == {"f"}


def test_global_statements_of_loaded_functions_rebind() -> None:
    namespace = namespace_of("y = 1\ndef f():\n global y, z\n y = 2\n z = 3")

    assert close_over(analyse(ast.parse("f()")), namespace).rebinds == {"y", "z"}
    assert close_over(analyse(ast.parse("g = 1")), namespace).rebinds == set()


def test_the_earliest_statement_that_reads_is_kept() -> None:
    namespace = namespace_of("y = 1\ndef f(): return y")
    used = close_over(analyse(ast.parse("a = 1\nf()\ny")), namespace)

    assert used.names == {"f": 1, "y": 1}


@pytest.mark.parametrize(
    ("cell", "before", "word"),
    [
        ("get_ipython().system('ls $folder')", "folder = '.'", "folder"),
        ("d.query(text)", "d = 1\nlow = 2\ntext = 'a > @low'", "low"),
        ("m.eval('low + 1')", "import math as m\nlow = 2", "low"),
    ],
)
def test_names_in_texts_are_read_if_they_exist(cell, before, word) -> None:
    assert word in names_used(cell, before)


def test_a_frames_own_eval_reads_its_columns_not_the_namespace() -> None:
    assert names_used("d.eval('low + 1')", "d = 1\nlow = 2") == {"d"}


class Hostile:
    def __getattribute__(self, name: str) -> Any:
        raise SystemExit(name)

    def __iter__(self) -> Any:
        raise SystemExit("iterated")


def test_unknown_objects_are_not_asked_anything() -> None:
    used = close_over(analyse(ast.parse("h.x()")), {"h": Hostile(), "k": [Hostile()]})

    assert set(used.names) == {"h"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("x", True), ("_x", True), ("__x", True), ("_1a", True), ("i1", True),
        ("_", False), ("_7", False), ("_i7", False), ("_i", False), ("__", False),
        ("__name__", False), ("__anything__", False), ("Out", False), ("In", False),
    ],
)  # fmt: skip
def test_ipythons_names_are_not_the_users(name, expected) -> None:
    assert is_user_name(name) is expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return m.predict(X)", True),
        ("return m.score(X, y)", True),
        ("return accuracy_score(y, p)", True),
        ("return metrics.accuracy_score(y, p)", True),
        ("return helper()", True),
        ("return helper", True),  # handed on, it may be called there
        ("return max(y, p)", False),
        ("return f()", False),
    ],
)
def test_a_function_judges_when_it_predicts_or_measures(body, expected) -> None:
    before = f"def helper(): return m.predict(X)\ndef f():\n {body}"
    here = analyse(ast.parse(before))

    assert is_judging("f", analyse(ast.parse("")), namespace_of(before)) is expected
    assert is_judging("f", here, {}) is expected
