"""The static analysis of a cell: what may be read as it was, what is bound, who is called."""

from __future__ import annotations

import ast
import builtins
import textwrap
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from celltrail.core.source import CellSource, analyse


def cell_of(code: str) -> CellSource:
    return analyse(ast.parse(textwrap.dedent(code)), parse=ast.parse)


def reads(code: str) -> set[str]:
    return set(cell_of(code).reads) - set(dir(builtins))


def calls(code: str) -> dict[str, Any]:
    return {call.path: call for call in cell_of(code).calls}


# --- reads: what may be read as it was before the cell ----------------------------------------


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("x = 5; y = x + 1", set()),
        ("y = x + 1; x = 5", {"x"}),
        ("x = x", {"x"}),
        ("x: int = 5; x", set()),
        ("x: int\nx", {"x"}),
        ("x: Kind = 5", {"Kind"}),
        ("x += 1", {"x"}),
        ("x += (x := 3)", {"x"}),
        ("x = 1; x += 1", set()),
        ("a, *b = c; a; b", {"c"}),
        ("(a, [b, c]) = 1, [2, 3]; a; b; c", set()),
        ("a.b = 1", {"a"}),
        ("a[i] = 1", {"a", "i"}),
        ("a = {}; a['k'] = v", {"v"}),
        ("for a['k'] in b: pass", {"a", "b"}),
        ("del x", set()),
        ("del a[i]", {"a", "i"}),
        ("import os.path as p, sys; p; sys", set()),
        ("from os import path as p; p", set()),
        ("from os import *\npath", {"path"}),
        ("f = g = lambda: 1\nf; g", set()),
        ("print(f'{a!r:>{width}}')", {"a", "width"}),
        ("a[b:c:d]", {"a", "b", "c", "d"}),
        ("await a", {"a"}),
        ("assert a, b", {"a", "b"}),
        ("raise A from b", {"A", "b"}),
    ],
)
def test_a_name_is_read_unless_the_cell_bound_it_before(code, expected) -> None:
    assert reads(code) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("if c: x = 1\nx", {"c", "x"}),
        ("if c: x = 1\nelse: x = 2\nx", {"c"}),
        ("if c: x = 1\nelif d: x = 2\nx", {"c", "d", "x"}),
        ("if c: x = 1\nelse: raise E\nx", {"c", "E"}),
        ("while c:\n x = 1\nx", {"c", "x"}),
        ("while c:\n x\n x = 1", {"c", "x"}),
        ("for i in s: x = i\nx", {"s", "x"}),
        ("for i in s: i", {"s"}),
        ("for i in s: pass\ni", {"s", "i"}),
        ("for i in s: pass\nelse: x = 1\nx", {"s"}),
        ("for i in s:\n if i: break\nelse: x = 1\nx", {"s", "x"}),
        ("while c:\n if d: break\nelse: x = 1\nx", {"c", "d", "x"}),
        ("while c:\n for i in s: break\nelse: x = 1\nx", {"c", "s"}),
        ("for i in s:\n if c: continue\n else: x = 1\n x", {"s", "c"}),
        ("async def f():\n async for i in s: x = i\nf", {"s"}),
    ],
)
def test_only_what_every_path_binds_counts_as_bound_by_branches_and_loops(code, expected) -> None:
    assert reads(code) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("try: x = f()\nexcept E: pass\nx", {"f", "E", "x"}),
        ("try: x = f()\nexcept E: x = 0\nx", {"f", "E"}),
        ("try: x = f()\nexcept E: raise\nx", {"f", "E"}),
        ("try: x = f()\nexcept E: x", {"f", "E", "x"}),
        ("try: f()\nexcept E as e: e", {"f", "E"}),
        ("try: f()\nexcept E as e: pass\ne", {"f", "E", "e"}),
        ("try: f()\nexcept E: x = 1\nelse: x = 2\nx", {"f", "E"}),
        ("try: f()\nfinally: x = 1\nx", {"f"}),
        ("try: x = f()\nfinally: pass\nx", {"f"}),
        ("try: x = f()\nfinally: x", {"f", "x"}),
        ("for i in s:\n try:\n  if i: break\n  x = 1\n finally: x", {"s", "x"}),
        ("try: x = f()\nexcept* E: pass\nx", {"f", "E", "x"}),
    ],
)
def test_an_exception_may_come_before_the_binding(code, expected) -> None:
    assert reads(code) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("with a as b, f(b) as (c, d): b; c; d", {"a", "f"}),
        ("with a: x = 1\nx", {"a"}),
        ("from contextlib import suppress\nwith suppress(E): x = f()\nx", {"E", "f", "x"}),
        ("import contextlib\nwith contextlib.suppress(E): x = f()\nx", {"E", "f", "x"}),
        ("match a:\n case 1: x = 1\n case _: x = 2\nx", {"a", "x"}),
        ("match a:\n case [b, *c]: b; c", {"a"}),
        ("match a:\n case {'k': b, **rest}: b; rest", {"a"}),
        ("match a:\n case P(x=b) if b > c: b", {"a", "P", "c"}),
        ("match a:\n case Color.RED | 1: pass", {"a", "Color"}),
        ("match a:\n case (1 | 2) as b: b\nb", {"a", "b"}),
    ],
)
def test_with_and_match(code, expected) -> None:
    assert reads(code) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("if (n := f()) > 1: n\nn", {"f"}),
        ("c and (x := 1)\nx", {"c", "x"}),
        ("if c and (x := f()): x", {"c", "f"}),
        ("if c and (x := f()): pass\nx", {"c", "f", "x"}),
        ("while c and (x := f()): x", {"c", "f"}),
        ("(x := f()) and x", {"f"}),
        ("(x := 1) if c else 2\nx", {"c", "x"}),
        ("c if (x := 1) else 2\nx", {"c"}),
        ("[(x := v) for v in s]\nx", {"s", "x"}),
        ("[x for x in x]", {"x"}),
        ("[x for x in s]; x", {"s", "x"}),
        ("[y for x in s for y in x if y]", {"s"}),
        ("{k: v for k, v in s.items()}", {"s"}),
        ("x = 1; [x for _ in s]", {"s"}),
        ("sum(x for x in s if x > limit)", {"s", "limit"}),
        ("[[i * j for i in a] for j in b]", {"a", "b"}),
    ],
)
def test_walrus_and_comprehensions_bind_by_pythons_scopes(code, expected) -> None:
    assert reads(code) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("def f(): return y", set()),  # defined, not loaded
        ("def f(): return y\nf()", {"y"}),
        ("def f(): return y\ny = 1\nf()", set()),
        ("def f(): return y\ng = f\ny = 1", {"y"}),
        ("def f(): y = 1; return y\nf()", set()),
        ("def f(y, *a, z=1, **k): return y, a, z, k\nf(1)", set()),
        ("def f(a=b, *, c: d = e) -> g: pass", {"b", "d", "e", "g"}),
        ("@deco\ndef f(): return y", {"deco", "y"}),
        ("def f():\n def g(): return y\n return g\nf()", {"y"}),
        ("def f(y):\n def g(): return y\n return g\nf(1)", set()),
        ("def f():\n global y\n y = 1\n return y\nf()", {"y"}),
        ("def f():\n y = 1\n def g():\n  global y\n  return y\n return g\nf()", {"y"}),
        ("def f():\n y = 1\n def g():\n  nonlocal y\n  y += 1\n return g\nf()", set()),
        ("def f(): return g()\ndef g(): return y\nf()", {"y"}),
        ("def f(): return g()\ndef g(): return f() + y\nf()", {"y"}),
        ("def f():\n import os\n return os\nf()", set()),
        ("def f():\n for i in s: j = i\n return i, j\nf()", {"s"}),
        ("def f():\n with a as b: return b\nf()", {"a"}),
        ("def f():\n try: pass\n except E as e: return e\nf()", {"E"}),
        ("def f(v):\n match v:\n  case {'a': a, **rest}: return a, rest\nf(1)", set()),
        ("def f(): return [i for i in s if i > t]\nf()", {"s", "t"}),
        ("def f(): return (n := 3) + n\nf()", set()),
        ("async def f(): return await y\nawait f()", {"y"}),
        ("f = lambda a, b=c: a + b + d", {"c"}),
        ("f = lambda a: a + d\nf(1)", {"d"}),
        ("map(lambda a: a + d, s)", {"d", "s"}),
        ("sorted(s, key=lambda a, t=u: a[t])", {"s", "u"}),
    ],
)
def test_a_function_reads_when_it_is_loaded(code, expected) -> None:
    assert reads(code) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("class A(Base, metaclass=Meta): pass", {"Base", "Meta"}),
        ("class A:\n n = 1\n m = n + k", {"k"}),
        ("class A:\n x = x", {"x"}),
        ("class A:\n def f(self): return y", set()),
        ("class A:\n def f(self): return y\nA().f()", {"y"}),
        ("class A:\n n = 1\n def f(self): return n\nA().f()", {"n"}),
        ("class A:\n @deco\n def f(self, a=b): pass", {"deco", "b"}),
        ("@deco\nclass A: pass", {"deco"}),
        ("class A:\n class B:\n  z = y", {"y"}),
    ],
)
def test_a_class_body_runs_at_once_and_its_methods_later(code, expected) -> None:
    assert reads(code) == expected


def test_the_assigned_names_of_a_read_are_those_bound_on_every_way_to_it() -> None:
    cell = cell_of("a = 1\nf(a)\nb = 2\nf(b)")

    assert cell.reads["f"].top == 1
    assert cell.reads["f"].assigned == {"a"}


# --- stores -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "stores", "definite"),
    [
        ("x = 1", {"x"}, {"x"}),
        ("if c: x = 1", {"x"}, set()),
        ("for i in s: x = i", {"i", "x"}, set()),
        ("c and (x := 1)", {"x"}, set()),
        ("[(x := v) for v in s]", {"x"}, set()),
        ("(x := 1) + 2", {"x"}, {"x"}),
        ("x = 1\ndel x", set(), set()),
        ("del x\nx = 1", {"x"}, {"x"}),
        ("def f(): y = 1", {"f"}, {"f"}),
        ("class A: y = 1", {"A"}, {"A"}),
        ("import a.b, c as d", {"a", "d"}, {"a", "d"}),
        ("f = g = lambda: 1", {"f", "g"}, {"f", "g"}),
        ("a.b = c[d] = 1", set(), set()),
        ("with suppress(E): x = 1", {"x"}, set()),
    ],
)
def test_what_is_bound_and_what_surely_is(code, stores, definite) -> None:
    cell = cell_of(code)

    assert cell.stores == stores
    assert cell.definite == definite
    assert cell.store_tops.keys() - definite <= (set() if stores else {"x"})


def test_a_store_knows_the_first_statement_that_surely_runs_it() -> None:
    cell = cell_of("if c:\n    x = 1\nx = 2\nx = 3")

    assert cell.store_tops == {"x": 1}


def test_statements_say_whose_inside_they_change() -> None:
    cell = cell_of("a.b = 1\nc[0].d = 2\ne.f(g)\nh += 1")

    changed = [statement.changes for statement in cell.statements]
    assert changed == [{"a"}, {"c"}, {"e"}, {"h"}]
    assert [statement.assigned_into for statement in cell.statements] == [
        {"a"},
        {"c"},
        set(),
        set(),
    ]
    assert [statement.patched for statement in cell.statements] == [{"a"}, set(), set(), set()]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("x = 1", [("x", 1)]),
        ("x = -1.5", [("x", -1.5)]),
        ("a, (b, c) = 1, (2, n)", [("a", 1), ("b", 2)]),
        ("a = b = 'x'", [("a", "x"), ("b", "x")]),
        ("x = [1, {'a': None}]", [("x", [1, {"a": None}])]),
        ("x = b'bytes'", []),
        ("x = ...", []),
        ("x = [n]", []),
        (f"x = {list(range(51))}", []),
        ("x = 1 + 1", []),
        ("x += 1", []),
        ("def f(): x = 1", []),
    ],
)
def test_literals_bound_to_names(code, expected) -> None:
    assert [(name, value) for name, value, _ in cell_of(code).literals] == expected


# --- calls ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "label", "exact"),
    [
        ("acc = f(y)", "acc", True),
        ("acc = round(f(y), 3)", "acc", True),
        ("acc = float(round(f(y), 3))", "acc", True),
        ("acc = round(3, f(y))", None, False),
        ("acc = 1 - f(y)", None, False),
        ("t['acc'] = f(y)", "acc", True),
        ("t[0] = f(y)", None, False),
        ("o.acc = f(y)", "acc", True),
        ("a, b = f(y)", ("a", "b"), True),
        ("a, b = f(y), 2", "a", True),
        ("a, b = 2, f(y)", "b", True),
        ("{'acc': f(y)}", "acc", True),
        ("{key: f(y)}", None, False),
        ("dict(acc=f(y))", "acc", True),
        ("t.update(acc=f(y))", "acc", True),
        ("g(acc=f(y))", None, False),
        ("acc = f(y) if c else 0", "acc", True),
        ("print(acc := f(y))", "acc", True),
        ("acc = await f(y)", "acc", True),
        ("f(y)", None, False),
        ("acc = [f(y) for _ in s]", None, False),
    ],
)
def test_the_label_of_a_call_is_what_its_value_is_called(code, label, exact) -> None:
    call = calls(code)["f"]

    assert (call.label, call.exact) == (label, exact)


@pytest.mark.parametrize(
    ("code", "path", "root", "last"),
    [
        ("f()", "f", "f", "f"),
        ("a.b.f()", "a.b.f", "a", "f"),
        ("a[0].f()", "().f", "a", "f"),
        ("g().f()", "().f", None, "f"),
        ("g()()", "().", None, ""),
    ],
)
def test_the_path_of_a_call_ends_where_it_is_no_name(code, path, root, last) -> None:
    call = calls(code)[path]

    assert (call.root, call.last) == (root, last)


def test_what_a_call_is_given() -> None:
    call = calls("f(a.b, [c], *d, k=e, **g, inplace=True)")["f"]

    assert call.first_argument == "a.b"
    assert call.argument_names == {"a", "c", "d", "e", "g"}
    assert call.in_place
    assert call.given
    assert not calls("f()")["f"].given


def test_comprehension_variables_reach_the_calls_that_see_them() -> None:
    found = calls("[f(x, y) for x in g(s) for y in h(x) if k(y)]")

    assert found["g"].comprehension == ()
    assert found["h"].comprehension == ("x",)
    assert found["k"].comprehension == ("x", "y")
    assert found["f"].comprehension == ("x", "y")


def test_bodies_of_functions_lambdas_and_classes_hold_no_calls() -> None:
    code = "@d(1)\ndef f(a=g()): h()\nclass A:\n    b = i()\nk = lambda: j()\nmap(lambda: m(), s)"

    assert set(calls(code)) == {"d", "g", "map"}


# --- loops ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "variables", "counters"),
    [
        ("for i in range(3)", ("i",), {"i"}),
        ("for i in trange(3)", ("i",), {"i"}),
        ("for i in s", ("i",), set()),
        ("for i, x in enumerate(s)", ("i", "x"), {"i"}),
        ("for i, (a, *b) in enumerate(s)", ("i", "a", "b"), {"i"}),
        ("for a, b in zip(s, t)", ("a", "b"), set()),
        ("for t in enumerate(s)", ("t",), set()),
        ("while c", (), set()),
    ],
)
def test_a_loop_knows_its_variables_and_which_of_them_count(header, variables, counters) -> None:
    (loop,) = cell_of(f"{header}: pass").loops

    assert loop.variables == variables
    assert loop.counters == counters


def test_nested_loops_know_their_parents_and_the_statements_inside() -> None:
    cell = cell_of("x = 0\nfor i in s:\n    f(i)\n    while c:\n        g()\nelse:\n    h()\nk()")

    outer, inner = cell.loops
    assert (outer.parent, inner.parent) == (None, 0)
    # 0 x=, 1 for, 2 f, 3 while, 4 g, 5 h, 6 k
    assert (outer.first, outer.last, inner.first, inner.last) == (2, 5, 4, 5)
    assert [s.loop for s in cell.statements] == [None, None, 0, 0, 1, None, None]
    assert [s.definite for s in cell.statements] == [True, True, False, False, False, False, True]


def test_lines_belong_to_top_level_statements() -> None:
    cell = cell_of("x = (1,\n     2)\n\nif x:\n    y = 1")

    assert [cell.top_at(line) for line in (1, 2, 3, 4, 5, 6)] == [0, 0, None, 1, 1, None]


# --- texts, magics, environment, history -----------------------------------------------------


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("df.query('a > @low and b < @high')", {"df", "low", "high"}),
        ("text = 'a > @low'\ndf.query(text)", {"df", "low"}),
        ("df.query(f'a > @low + {k}')", {"df", "low", "k"}),
        ("eval('a + b')", {"a", "b"}),
        ("exec('c = a')", {"a"}),
        ("eval('a +')", set()),
        ("df.eval('a + @low')", {"df", "low"}),
    ],
)
def test_names_in_the_texts_of_query_and_eval_are_read(code, expected) -> None:
    assert reads(code) == expected


def test_a_text_that_is_not_known_before_the_cell_is_looked_up_or_opaque() -> None:
    assert cell_of("df.query(text)").queries == {"text"}
    assert cell_of("eval(text)").opaque == {"exec"}
    assert cell_of("exec(f())").opaque == {"exec"}
    assert cell_of("pd.eval('a + b')").evaluated == {"pd": {"a", "b"}}
    assert cell_of("df.eval(text)").opaque == set()


def magic(name: str, line: str, body: str | None = None) -> str:
    if body is None:
        return f"get_ipython().run_line_magic({name!r}, {line!r})"
    return f"get_ipython().run_cell_magic({name!r}, {line!r}, {body!r})"


def test_bodies_of_magics_are_part_of_the_cell() -> None:
    cell = cell_of(magic("time", "", "x = f(y)\nz = x"))

    assert set(cell.reads) == {"f", "y"}
    assert cell.stores == {"x", "z"}
    assert [(call.path, call.body) for call in cell.calls] == [("f", 1)]
    assert [name for name, _ in cell.bodies] == ["time"]


def test_the_line_of_a_timing_magic_is_code_behind_its_options() -> None:
    cell = cell_of(magic("time", "x = f(y)"))
    timed = cell_of(magic("timeit", "-n 10 x = f(y)"))

    assert (set(cell.reads), cell.stores) == ({"f", "y"}, {"x"})
    assert timed.reads.keys() >= {"f", "y"}
    assert timed.stores == set()  # its names live in a function of their own


@pytest.mark.parametrize(
    ("code", "opaque", "mentioned"),
    [
        (
            "get_ipython().system('ls {folder} $name ${other}')",
            {"shell"},
            {"folder", "name", "other"},
        ),
        ("get_ipython().getoutput('ls {a.b + c}')", {"shell"}, {"a", "b", "c"}),
        (magic("bash", "{a}", "echo $b"), {"shell"}, {"a"}),
        (magic("run", "script.py"), {"run"}, {"script", "py"}),
        (magic("store", "a b"), set(), {"a", "b"}),
    ],
)
def test_magics_and_shell_lines_mention_names(code, opaque, mentioned) -> None:
    cell = cell_of(code)

    assert cell.opaque == opaque
    assert cell.mentioned == mentioned


def test_a_body_that_cannot_be_parsed_leaves_only_its_line() -> None:
    cell = analyse(ast.parse(magic("time", "", "x = f(y)")))

    assert cell.reads == {}
    assert cell.bodies == []


@pytest.mark.parametrize(
    "code",
    ["os.environ['A']", "environ.get('A', 1)", "os.getenv('A')", "os.environ.get('A')"],
)
def test_names_read_from_the_environment(code) -> None:
    assert cell_of(code).environ_reads == {"A"}


def test_what_is_set_in_the_environment_is_not_read_from_it() -> None:
    assert cell_of("os.environ['A'] = '1'; d.get('B')").environ_reads == set()


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("_ + __", {"_", "__"}),
        ("_7", {"_7"}),
        ("Out[7]", {"Out[7]"}),
        ("for _ in s: _", set()),
        ("_private", set()),
    ],
)
def test_reads_of_earlier_outputs(code, expected) -> None:
    assert cell_of(code).history == expected


# --- the oracle -------------------------------------------------------------------------------


class Tracing(dict[str, Any]):
    """A namespace that notes the names read from it before the code under test wrote them."""

    def __init__(self, names: str) -> None:
        super().__init__({name: index for index, name in enumerate(names)})
        self.written: set[str] = set()
        self.read: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        if name not in self.written:
            self.read.add(name)
        return super().__getitem__(name)

    def __setitem__(self, name: str, value: Any) -> None:
        self.written.add(name)
        super().__setitem__(name, value)


NAMES = "abcd"
name = st.sampled_from(NAMES)
# Every operand is evaluated, so that what may be read and what is read are the same.
expression = st.recursive(
    name | st.integers(0, 9).map(str),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*"), inner).map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
        st.tuples(name, inner).map(lambda p: f"({p[0]} := {p[1]})"),
        st.tuples(name, inner, inner).map(lambda p: f"sum([{p[1]} for {p[0]} in [{p[2]}]])"),
        st.tuples(name, inner).map(lambda p: f"(lambda {p[0]}: {p[0]})({p[1]})"),
    ),
    max_leaves=5,
)
statement = st.one_of(
    st.tuples(name, expression).map(" = ".join),
    st.tuples(name, expression).map(" += ".join),
    st.tuples(name, name, expression, expression).map("{0[0]}, {0[1]} = {0[2]}, {0[3]}".format),
    st.tuples(name, name, expression).map("{0[0]}, *{0[1]} = [{0[2]}]; {0[1]} = 1".format),
    st.tuples(name, expression).map("for {0[0]} in [{0[1]}]: pass".format),
    expression,
    st.tuples(name, expression).map("{0[0]}: int = {0[1]}".format),
)


def is_traced(code: str) -> bool:
    """A walrus in a comprehension makes its name ``global``, which is stored past the dict."""
    loops = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.ListComp)]
    return not any(isinstance(part, ast.NamedExpr) for loop in loops for part in ast.walk(loop))


@given(st.lists(statement, min_size=1, max_size=6).map("\n".join))
def test_reads_of_a_straight_program_are_those_a_namespace_sees(code: str) -> None:
    """The namespace itself says, as the code runs, which names it gave before it got them."""
    assume(is_traced(code))
    namespace = Tracing(NAMES)
    exec(compile(code, "cell", "exec"), namespace)
    seen, found = namespace.read & set(NAMES), reads(code)

    # What a loop or a comprehension binds may not be bound: extra reads are right there.
    assert seen == found if "for" not in code else seen <= found
