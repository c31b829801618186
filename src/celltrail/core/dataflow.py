"""What flows into what in a cell, call by call: the names, never the values.

An expression becomes nested lists, which are JSON as they stand:

- ``["name", "X"]``: a variable;
- ``["columns", E, labels, names]``: E with the same rows, such as ``df["a"]`` or ``X.values``;
  `labels` are the columns' names where they are known, `names` what else chose them;
- ``["rows", E, key, names]``: some rows of E; `key` is the same for the same text, and
  empty where the choice is drawn anew each time;
- ``["call", n]``: what the watched call n of the cell returned;
- ``["item", E, i]``: one of several values;
- ``["items", [[label, E], …]]``: a list, tuple or dict written out;
- ``["method", E, [E, …]]``: what a method made of E, perhaps row by row;
- ``["same", [E, …]]``: has the rows of the first of these that has any;
- ``["join", [E, …]]``: has the rows of all of these;
- ``["mix", [E, …]]``: made from these in some other way.
"""

from __future__ import annotations

import ast
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from celltrail.core.scopes import bound_names
from celltrail.core.source import dotted, root_name
from celltrail.core.walker import BODY_MAGICS

Expression = list[Any]
# Longer lists and dicts written out are data, not parts that later steps refer to.
_MAX_ITEMS = 100
_MAX_LABELS = 100
# Methods whose outcome has a row for each row of what they are called on.
_SAME_ROWS = frozenset(
    {
        "abs", "add", "apply", "applymap", "assign", "astype", "bfill", "clip", "copy", "div",
        "ffill", "fillna", "flatten", "interpolate", "isin", "isna", "isnull", "map", "mul",
        "notna", "ravel", "rename", "replace", "reset_index", "round", "select_dtypes",
        "set_index", "sort_index", "sort_values", "squeeze", "sub", "to_frame", "to_list",
        "to_numpy", "to_pandas", "toarray", "todense", "tolist", "where", "with_columns",
    }
)  # fmt: skip
_SOME_ROWS = frozenset(
    {"drop_duplicates", "dropna", "filter", "head", "nlargest", "nsmallest", "query", "tail"}
)
_DRAWN = frozenset({"sample"})  # other rows each time, though the text is the same
_SAME_FUNCTIONS = frozenset(
    {
        "DataFrame", "Series", "abs", "array", "asarray", "ascontiguousarray", "clip",
        "csr_matrix", "exp", "expm1", "get_dummies", "log", "log1p", "nan_to_num", "round",
        "sqrt", "to_datetime", "to_numeric",
    }
)  # fmt: skip
_JOINS = frozenset({"column_stack", "concat", "concatenate", "hstack", "row_stack", "vstack"})
_POSITIONAL = frozenset({"loc", "iloc"})


@dataclass(slots=True)
class Event:
    """One step of a cell: a watched call, or a name that gets a value.

    Attributes
    ----------
    kind : str
        ``call``, ``assign``, ``store`` (into a part of the target), ``each`` (a loop) or
        ``function`` (one is defined that calls what is not seen there).
    site : int or None
        The watched call.
    value : Expression or None
        What the targets get; the receiver of a call.
    arguments : list of (str or None, Expression)
        Of a call: keyword and expression.
    labels : tuple of str
        Of a store: the keys, where they are known.
    function : str or None
        Of a function of the cell: what it calls, unseen.
    targets : tuple of str
    line, top : int
        Where it stands; `top` is the position of its top-level statement.
    conditional, loop : bool
        Whether it may not run; whether it stands in a loop or comprehension.
    statement : int
        Events of one simple statement share it.
    """

    kind: str
    line: int
    top: int
    conditional: bool
    loop: bool
    statement: int
    site: int | None = None
    value: Expression | None = None
    arguments: list[tuple[str | None, Expression | None]] = field(default_factory=list)
    labels: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    function: str | None = None


def trace(
    body: Sequence[ast.stmt],
    bodies: Sequence[tuple[str, ast.Module]],
    site_of: Callable[[ast.Call], int | None],
    column_names: Callable[[str], tuple[str, ...] | None],
) -> list[Event]:
    """Return the events of a cell, in the order in which they happen if all of it runs once.

    Parameters
    ----------
    body : sequence of ast.stmt
        The cell's top-level statements.
    bodies : sequence of (str, ast.Module)
        Magic and parsed body, as in `CellSource.bodies`.
    site_of : callable
        The number of a watched call; None for other calls.
    column_names : callable
        The columns whose names a variable holds; () for columns that are not known,
        None where it holds none.
    """
    tracer = _Tracer(bodies, site_of, column_names)
    for top, statement in enumerate(body):
        tracer.top = top
        tracer.statement(statement)
    return tracer.events


class _Tracer:
    def __init__(
        self,
        bodies: Sequence[tuple[str, ast.Module]],
        site_of: Callable[[ast.Call], int | None],
        column_names: Callable[[str], tuple[str, ...] | None],
    ) -> None:
        self.bodies = list(bodies)
        self.site_of = site_of
        self.column_names = column_names
        self.events: list[Event] = []
        self.top = 0
        self.line = 0
        self.number = 0
        self.conditional = 0
        self.loops = 0
        self.renamed: list[Mapping[str, str]] = []  # names of comprehensions around

    # --- statements -------------------------------------------------------------

    def statement(self, node: ast.stmt) -> None:
        self.line = node.lineno
        self.number += 1
        match node:
            case ast.Assign():
                value = self.expression(node.value)
                for target in node.targets:
                    self.assign(target, node.value, value)
            case ast.AnnAssign(value=ast.expr() as given):
                self.assign(node.target, given, self.expression(given))
            case ast.AugAssign():
                value = self.expression(node.value)
                if isinstance(node.target, ast.Name):
                    held: Expression = ["name", node.target.id]
                    value = _mix([held, value])
                self.assign(node.target, None, value)
            case ast.For() | ast.AsyncFor():
                self.each(node.target, node.iter)
                self.repeated([*node.body, *node.orelse])
            case ast.While():
                self.expression(node.test)
                self.repeated([*node.body, *node.orelse])
            case ast.If():
                self.expression(node.test)
                self.perhaps([*node.body, *node.orelse])
            case ast.Try() | ast.TryStar():
                handlers = [line for handler in node.handlers for line in handler.body]
                self.perhaps([*node.body, *handlers, *node.orelse, *node.finalbody])
            case ast.With() | ast.AsyncWith():
                for item in node.items:
                    value = self.expression(item.context_expr)
                    if item.optional_vars is not None:
                        self.assign(item.optional_vars, item.context_expr, value)
                self.block(node.body)
            case ast.Match():
                self.expression(node.subject)
                self.perhaps([line for case in node.cases for line in case.body])
            case ast.Expr():
                self.expression(node.value)
            case ast.Assert():
                self.expression(node.test)

    def block(self, nodes: Iterable[ast.stmt]) -> None:
        for node in nodes:
            self.statement(node)

    def repeated(self, nodes: Iterable[ast.stmt]) -> None:
        self.loops += 1
        self.block(nodes)
        self.loops -= 1

    def perhaps(self, nodes: Iterable[ast.stmt]) -> None:
        self.conditional += 1
        self.block(nodes)
        self.conditional -= 1

    def assign(self, target: ast.expr, node: ast.expr | None, value: Expression | None) -> None:
        match target:
            case ast.Name():
                self.event("assign", value=value, targets=(self.name(target.id),))
            case ast.Tuple() | ast.List():
                parts = node.elts if isinstance(node, (ast.Tuple, ast.List)) else []
                items = value[1] if value is not None and value[0] == "items" else []
                matched = len(parts) == len(target.elts) == len(items)
                for position, element in enumerate(target.elts):
                    part = items[position][1] if matched else ["item", value, position]
                    self.assign(element, parts[position] if matched else None, part)
            case ast.Starred():
                self.assign(target.value, None, _mix([value]))
            case ast.Subscript() | ast.Attribute():
                root = root_name(target)
                if root is not None:
                    labels = self.stored(target)
                    self.event("store", value=value, targets=(self.name(root),), labels=labels)

    def each(self, target: ast.expr, iterable: ast.expr) -> None:
        value = self.expression(iterable)
        names = tuple(self.name(name) for name in bound_names(target))
        self.event("each", value=value, targets=names)

    def event(self, kind: str, **facts: Any) -> int:
        conditional, loop = self.conditional > 0, self.loops > 0
        self.events.append(
            Event(kind, self.line, self.top, conditional, loop, self.number, **facts)
        )
        return len(self.events) - 1

    def name(self, name: str) -> str:
        for names in reversed(self.renamed):
            if name in names:
                return names[name]
        return name

    # --- expressions ------------------------------------------------------------

    def expression(self, node: ast.expr | None) -> Expression | None:
        """Return the expression, after the events of the calls inside it; None for constants."""
        if isinstance(node, ast.Name):  # most are, so the rest need not be asked for
            return ["name", self.name(node.id)]
        if node is None or isinstance(node, (ast.Constant, ast.Lambda)):
            return None
        if isinstance(node, ast.Call):
            return self.call(node)
        if isinstance(node, ast.Attribute):
            base = self.expression(node.value)
            return None if base is None else ["columns", base, [node.attr], []]
        if isinstance(node, ast.Subscript):
            return self.subscript(node)
        if isinstance(node, (ast.Tuple, ast.List)):
            return _items((str(n), self.expression(e)) for n, e in enumerate(node.elts))
        if isinstance(node, ast.Dict):
            pairs = zip(node.keys, node.values, strict=True)
            return _items((_text(key), self.expression(value)) for key, value in pairs)
        if isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)):
            return self.comprehension(node)
        if isinstance(node, (ast.Starred, ast.Await)):
            return self.expression(node.value)
        if isinstance(node, ast.NamedExpr):
            value = self.expression(node.value)
            self.event("assign", value=value, targets=(self.name(node.target.id),))
            return value
        if isinstance(node, ast.IfExp):
            return self.either(node)
        tag = "mix" if isinstance(node, ast.JoinedStr) else "same"
        return _mix([self.expression(part) for part in _operands(node)], tag)

    def call(self, node: ast.Call) -> Expression | None:
        if self.host_call(node):
            return None
        function = node.func
        base = self.expression(function.value) if isinstance(function, ast.Attribute) else None
        arguments: list[tuple[str | None, Expression | None]] = []
        arguments += [(None, self.expression(argument)) for argument in node.args]
        arguments += [(word.arg, self.expression(word.value)) for word in node.keywords]
        site = self.site_of(node)
        if site is not None:
            return ["call", self.event("call", site=site, value=base, arguments=arguments)]
        if isinstance(function, ast.Attribute) and base is not None:
            chosen = self.chosen(node, function.attr, base)
            if chosen is not None:
                return chosen
        last = function.attr if isinstance(function, ast.Attribute) else _name_of(function)
        values = [value for _, value in arguments]
        if last in _JOINS:
            return _mix(_flat(values), "join")
        if last in _SAME_FUNCTIONS:
            return _mix([*values, base], "same")
        if base is not None:
            return ["method", base, _mix(values)[1]]
        return _mix(values)

    def chosen(self, node: ast.Call, method: str, base: Expression) -> Expression | None:
        """What a method leaves of rows, where its name says so."""
        is_drop = method == "drop"
        if method in _SAME_ROWS or (is_drop and _drops_columns(node)):
            return ["columns", base, [], self.names_in([*node.args, *node.keywords])]
        if is_drop or method in _SOME_ROWS or method in _DRAWN:
            inner = [*node.args, *node.keywords]
            key = "" if method in _DRAWN else _key(inner, method)
            return ["rows", base, key, self.names_in(inner)]
        return None

    def host_call(self, node: ast.Call) -> bool:
        """Trace the body of ``%%time`` where its magic is run."""
        function = node.func
        if not isinstance(function, ast.Attribute) or not isinstance(function.value, ast.Call):
            return False
        if dotted(function.value.func) != "get_ipython":
            return False
        name = _text(node.args[0]) if node.args else None
        if name in BODY_MAGICS and self.bodies and self.bodies[0][0] == name:
            magic, tree = self.bodies.pop(0)
            if magic != "timeit":  # its names live in a function of their own
                self.block(tree.body)
        return True

    def subscript(self, node: ast.Subscript) -> Expression | None:
        base_node, where = node.value, node.slice
        by_position = isinstance(base_node, ast.Attribute) and base_node.attr in _POSITIONAL
        if by_position and isinstance(base_node, ast.Attribute):
            base_node = base_node.value
        base = self.expression(base_node)
        self.expression(where)  # for the calls inside it
        if base is None:
            return None
        label, names = _text(where), self.names_in([where])
        if isinstance(where, ast.Tuple) and where.elts and _is_everything(where.elts[0]):
            chosen = self.columns(where.elts[-1])
            return ["columns", base, list(chosen or ()), names]
        chosen = None if by_position else self.columns(where)
        if chosen is not None or _is_everything(where):
            return ["columns", base, list(chosen or ()), [] if chosen else names]
        if label is not None and not by_position:  # ``folds[0]``: an item, or a row
            return ["item", base, int(label) if label.lstrip("-").isdigit() else label]
        return ["rows", base, _key([where]), names]

    def columns(self, node: ast.expr) -> tuple[str, ...] | None:
        """The columns that a subscript surely names; () for unknown ones, None for rows."""
        match node:
            case ast.Constant():
                return (node.value,) if isinstance(node.value, str) else None
            case ast.List() | ast.Tuple():
                return self.all_columns(node.elts)
            case ast.BinOp(op=ast.Add()):
                return self.all_columns([node.left, node.right])
            case ast.Name():
                return self.column_names(node.id)
            case ast.Attribute():
                return () if node.attr == "columns" else None
            case ast.Subscript(value=owner) | ast.Call(func=ast.Attribute(value=owner)):
                return None if self.columns(owner) is None else ()
        return None

    def all_columns(self, nodes: Sequence[ast.expr]) -> tuple[str, ...] | None:
        found = [self.columns(node) for node in nodes[:_MAX_LABELS]]
        if not found or any(names is None for names in found):
            return None
        if not all(found):
            return ()
        return tuple(name for names in found if names for name in names)[:_MAX_LABELS]

    def stored(self, target: ast.Subscript | ast.Attribute) -> tuple[str, ...]:
        """The keys that a store into a part of something names."""
        if isinstance(target, ast.Attribute):
            return (target.attr,)
        where = target.slice
        if isinstance(where, ast.Tuple) and where.elts:
            where = where.elts[-1]
        text = _text(where)
        return (text,) if text is not None else (self.columns(where) or ())

    def comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp
    ) -> Expression:
        depth = len(self.renamed)
        self.loops += 1
        for generator in node.generators:
            value = self.expression(generator.iter)
            names = tuple(bound_names(generator.target))
            # They hide names of the cell, which keep their values.
            self.renamed.append({name: f"{name}~" for name in names})
            self.event("each", value=value, targets=tuple(map(self.name, names)))
            for condition in generator.ifs:
                self.expression(condition)
        element = self.expression(node.value if isinstance(node, ast.DictComp) else node.elt)
        self.loops -= 1
        del self.renamed[depth:]
        return ["items", [[None, element]]]

    def either(self, node: ast.IfExp) -> Expression:
        self.expression(node.test)
        self.conditional += 1
        self.expression(node.body)
        self.expression(node.orelse)
        self.conditional -= 1
        return ["mix", []]

    def names_in(self, nodes: Iterable[ast.AST]) -> list[str]:
        found = (part.id for node in nodes for part in ast.walk(node) if isinstance(part, ast.Name))
        return [self.name(name) for name in dict.fromkeys(found)]


def _operands(node: ast.AST) -> list[ast.expr]:
    """The expressions right inside another one (the values of an f-string, too)."""
    return [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]


def _mix(parts: Iterable[Expression | None], tag: str = "mix") -> Expression:
    # What is made from nothing says nothing, however deep it is nested.
    return [tag, [part for part in parts if part is not None and part != ["mix", []]]]


def _items(pairs: Iterable[tuple[str | None, Expression | None]]) -> Expression:
    found = [[label, value] for label, value in pairs]
    return ["items", found if len(found) <= _MAX_ITEMS else []]


def _flat(values: Iterable[Expression | None]) -> Iterable[Expression | None]:
    """The parts of lists, for ``concat([a, b])``."""
    for value in values:
        if value is not None and value[0] == "items":
            yield from (part for _, part in value[1])
        else:
            yield value


def _name_of(node: ast.expr) -> str | None:
    return node.id if isinstance(node, ast.Name) else None


def _is_everything(node: ast.expr) -> bool:
    """``:`` or ``...``."""
    if isinstance(node, ast.Slice):
        return node.lower is None and node.upper is None and node.step is None
    return isinstance(node, ast.Constant) and node.value is ...


def _drops_columns(node: ast.Call) -> bool:
    """Whether ``df.drop(…)`` drops columns, by its keywords."""
    words = {word.arg: word.value for word in node.keywords}
    axis: ast.expr | None = words.get("axis") or (node.args[1] if len(node.args) > 1 else None)
    return "columns" in words or _text(axis) in {"1", "columns"}


def _text(node: ast.AST | None) -> str | None:
    """A text or whole number as text."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _text(node.operand)
        return None if inner is None else f"-{inner}"
    if isinstance(node, ast.Constant) and type(node.value) in (str, int):
        return str(node.value)
    return None


def _key(nodes: Iterable[ast.AST], prefix: str = "") -> str:
    """A short mark of a text, which holds none of it (it may be a secret)."""
    # A dump tells ``[:80]`` from ``[80:]``.
    dumped = prefix + "".join(ast.dump(node) for node in nodes)
    return f"{zlib.crc32(dumped.encode('utf-8', 'replace')):08x}"
