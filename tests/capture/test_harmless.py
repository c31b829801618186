"""Whether the text of a cell allows an object to be written, for objects too large to look at."""

from __future__ import annotations

from typing import Any

import pytest
from capture_cells import plan_of

from celltrail.capture.harmless import cannot_write


def plan(code: str, before: str = "") -> Any:
    names: dict[str, Any] = {"__name__": "__main__", "x": [1], "y": [2]}
    exec(before, names)
    import ast

    from celltrail.capture.plan import plan_cell
    from celltrail.core.source import analyse

    return plan_cell(analyse(ast.parse(code), parse=ast.parse), names, predictions={}, models={})


@pytest.mark.parametrize(
    "code",
    [
        "x",
        "print(x)",
        "len(x) + 1",
        "x.head()",
        "x.mean()",
        "n = x.mean()",
        "x.describe().head()",
        "x['a']",
        "x == y",
        "m.fit(x, y)",
        "accuracy_score(y, x)",
        "cross_val_score(m, x, y)",
        "if len(x): pass",
        "for i in range(3): x.head(i)",
    ],
)
def test_these_leave_it_as_it_was(code) -> None:
    assert cannot_write(plan(code), "x")


@pytest.mark.parametrize(
    "code",
    [
        "x[0] = 1",
        "x.a = 1",
        "x.a.b[0] = 1",
        "x += [1]",
        "x.append(1)",
        "x.unknown()",
        "unknown(x)",
        "unknown(y, k=[x])",
        "x.head().unknown()",
        "x.sort_values('a', inplace=True)",
        "x.fillna(0, inplace=True)",
        "x.clip(0, 1, inplace=True)",
        "b = x",
        "b = x['a']",
        "a, b = 1, x",
        "b = [x]",
        "for b in x: b.append(1)",
        "with x as b: b.append(1)",
        "(b := x)",
        "del x[0]",
        "x.fit(y)",
        "get_ipython().system('rm $x')",
        "exec('x[0] = 1')",
        "def f(): x.append(1)\nf()",
        "f = lambda: x.append(1)\nf()",
        "print(*map(lambda v: v.append(1), x))",
        "[v.append(1) for v in x]",
        "y",
        "class A: y = x.append(1)",
        "print([v.append(1) for v in x])",
        "x.reshape(-1)[0] = 1",
        "b = x.reshape(-1)\nb[0] = 1",
        "for v in x.values(): v.append(1)",
        "for a, b in zip(x, y): a.append(1)",
        "np.add(y, y, out=x)",
        "np.clip(y, 0, 1, out=x)",
        "b = len(y) or x",
        "len(b := x); b.append(1)",
    ],
)
def test_these_may_write_to_it(code) -> None:
    assert not cannot_write(plan(code), "x")


def test_a_function_of_an_earlier_cell_may_write_to_what_it_names() -> None:
    before = "def f():\n    x.append(1)"

    assert not cannot_write(plan("print(x)\nf()", before), "x")


def test_a_function_that_rebinds_it_writes_to_it() -> None:
    assert not cannot_write(plan("print(x)\nf()", "def f():\n    global x\n    x = 1"), "x")


def test_keywords_do_not_make_a_call_write() -> None:
    assert cannot_write(plan_of("x.sample(3, random_state=0)", x=[1]), "x")
