"""The forward walk over a cell's tree behind `celltrail.core.source.analyse`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from celltrail.core.scopes import FreeNames, all_loads, bound_names, signature_parts
from celltrail.core.source import (
    Call,
    CellSource,
    Label,
    Loop,
    Parse,
    Read,
    Statement,
    dotted,
    literal,
    root_name,
)

# Magics that run the rest of the line, or the cell below them, as code of the cell.
BODY_MAGICS = frozenset({"time", "timeit", "capture", "prun"})
# Magics whose work the observers cannot see into.
SHELL_MAGICS = frozenset(
    {"bash", "sh", "script", "!", "sx", "system", "perl", "ruby", "pip", "conda"}
)
# A metric keeps the name of the target through these: ``acc = round(accuracy_score(…), 3)``.
_NAMED_THROUGH = frozenset({"round", "float"})
# After these the statements of a ``with`` block may not have run to the end.
_SWALLOWING = frozenset({"suppress", "raises", "assertRaises"})
_KEYWORD_NAMES = frozenset({"dict", "update", "log", "assign"})
_IDENTIFIER = re.compile(r"[^\W\d]\w*")
_INTERPOLATED = re.compile(r"\{([^{}]+)\}|\$\{?([^\W\d]\w*)\}?")
_HISTORY = re.compile(r"_{1,3}|_\d+")
_QUERY_NAME = re.compile(r"@([^\W\d]\w*)")


class Walker:
    """The forward walk; `assigned` holds the names bound on every path so far."""

    def __init__(self, parse: Parse | None) -> None:
        self.cell = CellSource()
        self.parse = parse
        self.assigned: set[str] = set()
        self.top = 0
        self.loop: int | None = None
        self.conditional = 0
        self.current: Statement | None = None
        self.hidden: list[set[str]] = []  # names local to comprehensions and lambdas
        self.comprehension: list[str] = []
        self.calls_around = 0
        self.body_index = 0

    # --- statements -------------------------------------------------------------

    def statement(self, node: ast.stmt) -> None:
        method = getattr(self, f"_{type(node).__name__}", None)
        if method is not None:
            method(node)
        else:  # Expr, Return, Raise, Assert, Pass, Break, …
            self._open(node)
            for child in ast.iter_child_nodes(node):
                self.expression(child)

    def body(self, nodes: Sequence[ast.stmt]) -> None:
        for node in nodes:
            self.statement(node)

    def _open(self, node: ast.AST, *, header: bool = False) -> Statement:
        line = getattr(node, "lineno", 0)
        end = line if header else getattr(node, "end_lineno", line) or line
        self.current = Statement(line, end, self.top, self.loop, self.conditional)
        self.cell.statements.append(self.current)
        return self.current

    def _Assign(self, node: ast.Assign) -> None:
        self._assignment(node, node.targets, node.value)

    def _AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is None:
            self._open(node)
            self.expression(node.annotation)
            return
        self._assignment(node, [node.target], node.value)
        self.expression(node.annotation)

    def _assignment(self, node: ast.stmt, targets: list[ast.expr], value: ast.expr) -> None:
        statement = self._open(node)
        statement.targets = tuple(name for target in targets for name in bound_names(target))
        if isinstance(value, ast.Lambda) and all(isinstance(t, ast.Name) for t in targets):
            for part in signature_parts(value.args):
                self.expression(part)
            for name in statement.targets:
                self._bind(name)
                self._define(name, [value.body], value.args)
            return
        self.expression(value, _label(targets[0]), exact=True)
        self._literals(targets, value)
        for target in targets:
            self.store(target)

    def _literals(self, targets: list[ast.expr], value: ast.expr) -> None:
        pairs: list[tuple[ast.expr, ast.expr]] = [(target, value) for target in targets]
        while pairs:
            target, part = pairs.pop(0)
            if isinstance(target, ast.Name):
                known, content = literal(part)
                if known:
                    position = len(self.cell.statements) - 1
                    self.cell.literals.append((target.id, content, position))
            elif (
                isinstance(target, (ast.Tuple, ast.List))
                and isinstance(part, (ast.Tuple, ast.List))
                and len(target.elts) == len(part.elts)
            ):
                pairs.extend(zip(target.elts, part.elts, strict=True))

    def _AugAssign(self, node: ast.AugAssign) -> None:
        statement = self._open(node)
        root = root_name(node.target)
        if root is not None:  # ``x += …`` takes the old value before it looks at the right side
            self.load(root)
            statement.changes.add(root)
        self.expression(node.value)
        if isinstance(node.target, ast.Name):
            statement.targets = (node.target.id,)
        self.store(node.target)

    def _Delete(self, node: ast.Delete) -> None:
        statement = self._open(node)
        for target in node.targets:
            if isinstance(target, ast.Name):
                self.assigned.add(target.id)  # what follows cannot read the old value
                self.cell.stores.discard(target.id)
            else:
                self.store(target)
                root = root_name(target)
                if root:
                    statement.changes.add(root)

    def _Import(self, node: ast.Import) -> None:
        self._open(node)
        for alias in node.names:
            bound = alias.asname or alias.name.partition(".")[0]
            self.cell.imports[bound] = alias.name if alias.asname else bound
            if not alias.asname and "." in alias.name:
                self.cell.submodules.add(alias.name)
            self._bind(bound)

    def _ImportFrom(self, node: ast.ImportFrom) -> None:
        self._open(node)
        for alias in node.names:
            if alias.name == "*":
                continue  # the namespace difference sees what came
            bound = alias.asname or alias.name
            self.cell.imports[bound] = f"{node.module or ''}.{alias.name}"
            self._bind(bound)

    def _FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._open(node)
        for part in (*node.decorator_list, *signature_parts(node.args), node.returns):
            if part is not None:
                self.expression(part)
        self._bind(node.name)
        self._define(node.name, node.body, node.args)
        if node.decorator_list:
            # A decorator gets the function and may call it at once.
            self._close_over(node.name)

    _AsyncFunctionDef = _FunctionDef

    def _ClassDef(self, node: ast.ClassDef) -> None:
        self._open(node)
        for part in (*node.decorator_list, *node.bases, *(k.value for k in node.keywords)):
            self.expression(part)
        body = FreeNames()
        body.class_body(node.body)
        for name in body.immediate:
            self.load(name)
        self._bind(node.name)
        self.cell.functions[node.name] = body.found

    def _define(self, name: str, body: Sequence[ast.stmt | ast.expr], args: ast.arguments) -> None:
        free = FreeNames()
        free.function(body, args)
        self.cell.functions[name] = free.found

    def _For(self, node: ast.For | ast.AsyncFor) -> None:
        statement = self._open(node, header=True)
        self.expression(node.iter)
        names = tuple(bound_names(node.target))
        statement.targets = names
        outer, before = self.loop, set(self.assigned)
        counters = _counters(node.target, node.iter)
        loop = Loop(len(self.cell.loops), outer, names, counters, len(self.cell.statements))
        self.cell.loops.append(loop)
        self.conditional += 1
        self.store(node.target)
        self._loop_body(node, loop, before)

    _AsyncFor = _For

    def _While(self, node: ast.While) -> None:
        self._open(node, header=True)
        self.expression(node.test)
        outer, before = self.loop, set(self.assigned)
        loop = Loop(len(self.cell.loops), outer, (), frozenset(), len(self.cell.statements))
        self.cell.loops.append(loop)
        self.conditional += 1
        self.assigned |= _bound_if_true(node.test)
        self._loop_body(node, loop, before)

    def _loop_body(
        self, node: ast.For | ast.AsyncFor | ast.While, loop: Loop, before: set[str]
    ) -> None:
        """The body, which may run no time at all, and the ``else``, which a ``break`` skips."""
        self.loop = loop.index
        self.body(node.body)
        loop.last = len(self.cell.statements)
        self.loop = loop.parent
        self.assigned = set(before)
        self.body(node.orelse)
        self.conditional -= 1
        if _breaks(node.body):
            self.assigned = before

    def _If(self, node: ast.If) -> None:
        self._open(node, header=True)
        self.expression(node.test)
        before = set(self.assigned)
        ends: list[set[str]] = []
        self.conditional += 1
        for branch, bound in ((node.body, _bound_if_true(node.test)), (node.orelse, set())):
            self.assigned = before | bound
            self.body(branch)
            if not (branch and isinstance(branch[-1], (ast.Raise, ast.Break, ast.Continue))):
                ends.append(self.assigned)
        self.conditional -= 1
        self.assigned = set.intersection(*ends) if ends else before

    def _Try(self, node: ast.Try) -> None:
        before = set(self.assigned)
        self.conditional += 1
        self.body(node.body)
        self.body(node.orelse)
        ends = [self.assigned]
        for handler in node.handlers:
            self.assigned = set(before)
            self._open(handler, header=True)
            if handler.type is not None:
                self.expression(handler.type)
            if handler.name:
                self.assigned.add(handler.name)
            self.body(handler.body)
            if not (handler.body and isinstance(handler.body[-1], ast.Raise)):
                ends.append(self.assigned)
        self.conditional -= 1
        # It also runs on the way out of an exception or a ``break``: all may still be unbound.
        self.assigned = set(before)
        self.body(node.finalbody)
        self.assigned |= set.intersection(*ends)

    _TryStar = _Try

    def _With(self, node: ast.With | ast.AsyncWith) -> None:
        statement = self._open(node, header=True)
        for item in node.items:
            self.expression(item.context_expr)
            if item.optional_vars is not None:
                statement.targets += tuple(bound_names(item.optional_vars))
                self.store(item.optional_vars)
        before = set(self.assigned)
        swallows = any(_swallows(item.context_expr) for item in node.items)
        self.conditional += swallows
        self.body(node.body)
        self.conditional -= swallows
        if swallows:
            self.assigned = before

    _AsyncWith = _With

    def _Match(self, node: ast.Match) -> None:
        statement = self._open(node, header=True)
        self.expression(node.subject)
        before, ends = set(self.assigned), [set(self.assigned)]
        self.conditional += 1
        for case in node.cases:
            self.assigned = set(before)
            for part in ast.walk(case.pattern):
                name = getattr(part, "name", None) or getattr(part, "rest", None)
                if isinstance(name, str):
                    self._bind(name)
                    statement.targets += (name,)
                elif isinstance(part, ast.Name):
                    self.load(part.id)
            if case.guard is not None:
                self.expression(case.guard)
            self.body(case.body)
            ends.append(self.assigned)
        self.conditional -= 1
        self.assigned = set.intersection(*ends)

    # --- names ------------------------------------------------------------------

    def load(self, name: str) -> None:
        if any(name in names for names in self.hidden):
            return
        assert self.current is not None
        self.current.loads.add(name)
        if not self.calls_around:
            self.current.bare.add(name)
        self.cell.loads.add(name)
        if name[0] == "_" and _HISTORY.fullmatch(name) and name not in self.assigned:
            self.cell.history.add(name)
        if name not in self.assigned:
            self._read(name)
        self._close_over(name)

    def _read(self, name: str) -> None:
        known = self.cell.reads.get(name)
        if known is None:
            self.cell.reads[name] = Read(self.top, frozenset(self.assigned))
        else:
            known.assigned = known.assigned & self.assigned

    def _close_over(self, name: str) -> None:
        """A function of this cell is loaded here, so its free names may be read here."""
        pending, seen = [name], {name}
        while pending:
            function = self.cell.functions.get(pending.pop())
            if function is None:
                continue
            for free in function.loads:
                if free in seen:
                    continue
                seen.add(free)
                self.cell.loads.add(free)
                if free not in self.assigned:
                    self._read(free)
                pending.append(free)

    def _bind(self, name: str) -> None:
        assert self.current is not None
        self.current.stores.add(name)
        self.cell.stores.add(name)
        self.assigned.add(name)
        self.cell.functions.pop(name, None)
        if self.conditional == 0:
            self.cell.store_tops.setdefault(name, self.top)

    def store(self, target: ast.expr) -> None:
        if isinstance(target, ast.Name):
            self._bind(target.id)
        elif isinstance(target, (ast.Tuple, ast.List)):
            for element in target.elts:
                self.store(element)
        elif isinstance(target, ast.Starred):
            self.store(target.value)
        elif isinstance(target, (ast.Attribute, ast.Subscript)):
            root = root_name(target)
            if root is None and self.current is not None:
                # ``a.reshape(-1)[0] = 1`` may write to a, or to a copy of it.
                self.current.assigned_into.update(_names_in(target.value))
            if root is not None and self.current is not None:
                self.current.changes.add(root)
                self.current.assigned_into.add(root)
                if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
                    self.current.patched.add(root)
            self.expression(target.value)
            if isinstance(target, ast.Subscript):
                self.expression(target.slice)

    # --- expressions ------------------------------------------------------------

    def expression(self, node: ast.AST, label: Label = None, *, exact: bool = False) -> None:
        if isinstance(node, ast.Name):
            self.load(node.id)
        elif isinstance(node, ast.Constant):
            pass
        elif isinstance(node, ast.Call):
            self._call(node, label, exact=exact)
        elif isinstance(node, ast.Attribute):
            assert self.current is not None
            self.current.attributes.add(node.attr)
            self.expression(node.value)
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if key is not None:
                    self.expression(key)
                self.expression(value, _constant_text(key), exact=True)
        elif isinstance(node, (ast.Tuple, ast.List)):
            labels = label if isinstance(label, tuple) else ()
            matched = len(labels) == len(node.elts)
            for position, element in enumerate(node.elts):
                self.expression(element, labels[position] if matched else None, exact=matched)
        elif isinstance(node, ast.IfExp):
            self.expression(node.test)
            with self._perhaps(_bound_if_true(node.test)):
                self.expression(node.body, label, exact=exact)
            with self._perhaps():
                self.expression(node.orelse, label, exact=exact)
        elif isinstance(node, ast.BoolOp):
            self.expression(node.values[0])
            with self._perhaps():
                for value in node.values[1:]:
                    self.expression(value)
        elif isinstance(node, ast.NamedExpr):
            around, self.calls_around = self.calls_around, 0  # it is kept past the calls around
            self.expression(node.value, node.target.id, exact=True)
            self.calls_around = around
            self.store(node.target)
            assert self.current is not None
            self.current.targets += (node.target.id,)
        elif isinstance(node, ast.Lambda):
            self._lambda(node)
        elif isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)):
            self._comprehension(node)
        elif isinstance(node, ast.Await):
            self.expression(node.value, label, exact=exact)
        else:
            if isinstance(node, ast.Subscript):
                self._environ_subscript(node)
                if dotted(node.value) == "Out" and isinstance(node.slice, ast.Constant):
                    self.cell.history.add(f"Out[{node.slice.value!r}]")
            for child in ast.iter_child_nodes(node):
                self.expression(child)

    @contextmanager
    def _perhaps(self, bound: Iterable[str] = ()) -> Iterator[None]:
        """A part that may not be evaluated: a walrus in it binds nothing surely."""
        before = set(self.assigned)
        self.assigned |= set(bound)
        self.conditional += 1
        try:
            yield
        finally:
            self.conditional -= 1
            self.assigned = before

    def _lambda(self, node: ast.Lambda) -> None:
        for default in (*node.args.defaults, *filter(None, node.args.kw_defaults)):
            self.expression(default)
        free = FreeNames()
        free.function([node.body], node.args)
        for name in free.found.loads:
            self.load(name)

    def _comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp
    ) -> None:
        names: set[str] = set()
        self.hidden.append(names)
        depth = len(self.comprehension)
        self.expression(node.generators[0].iter)
        with self._perhaps():
            for position, generator in enumerate(node.generators):
                if position:
                    self.expression(generator.iter)
                bound = list(bound_names(generator.target))
                names.update(bound)
                self.comprehension.extend(bound)
                for condition in generator.ifs:
                    self.expression(condition)
            if isinstance(node, ast.DictComp):
                self.expression(node.key)
                self.expression(node.value)
            else:
                self.expression(node.elt)
        del self.comprehension[depth:]
        self.hidden.pop()

    def _call(self, node: ast.Call, label: Label, *, exact: bool) -> None:
        assert self.current is not None
        if self._host_call(node):
            return
        path = dotted(node.func)
        last = node.func.attr if isinstance(node.func, ast.Attribute) else (path or "")
        root = path.partition(".")[0] if path else root_name(node.func)
        self.calls_around += 1
        self.expression(node.func)
        if isinstance(node.func, ast.Attribute) and root is not None:
            self.current.changes.add(root)
        inner = label if last in _NAMED_THROUGH else None
        for position, argument in enumerate(node.args):
            keep = inner if position == 0 else None
            self.expression(argument, keep, exact=exact and keep is not None)
        for keyword in node.keywords:
            named = keyword.arg if last in _KEYWORD_NAMES else None
            self.expression(keyword.value, named, exact=named is not None)
        self._named_in_text(node, last)
        self.calls_around -= 1
        call = Call(node, path or f"().{last}", last, root, self.current, label)
        call.comprehension = tuple(self.comprehension)
        call.exact = exact and label is not None
        call.body = self.body_index
        call.given = bool(node.args or node.keywords)
        call.in_place = any(keyword.arg in {"inplace", "out"} for keyword in node.keywords)
        call.argument_names = _names_in(*node.args, *(keyword.value for keyword in node.keywords))
        call.receiver_names = _names_in(node.func)
        call.first_argument = dotted(node.args[0]) if node.args else None
        self.current.calls.append(call)

    def _named_in_text(self, node: ast.Call, last: str) -> None:
        """Names inside string constants of ``query``, ``eval`` and ``exec`` are reads."""
        if last in {"getenv", "get"} and node.args:
            self._environ_call(node, last)
        if last not in {"query", "eval", "exec"} or not node.args:
            return
        text = _query_text(node.args[0], self.cell.literals)
        if text is None:
            if isinstance(node.args[0], ast.Name) and last == "query":
                self.cell.queries.add(node.args[0].id)
            if last == "exec" or (last == "eval" and isinstance(node.func, ast.Name)):
                self.cell.opaque.add("exec")
            return
        if last == "exec":
            self.cell.opaque.add("exec")
        for name in query_names(text):
            self.load(name)
        try:
            names = all_loads(ast.parse(text.strip()))
        except (SyntaxError, ValueError, RecursionError):
            return
        if isinstance(node.func, ast.Name) or last == "exec":
            for name in sorted(names):
                self.load(name)
        elif last == "eval" and isinstance(node.func, ast.Attribute):
            root = dotted(node.func.value)
            if root is not None:
                self.cell.evaluated.setdefault(root, set()).update(names)

    def _environ_call(self, node: ast.Call, last: str) -> None:
        text = _constant_text(node.args[0])
        path = dotted(node.func) or ""
        if text and (last == "getenv" or path.endswith("environ.get")):
            self.cell.environ_reads.add(text)

    def _environ_subscript(self, node: ast.Subscript) -> None:
        text = _constant_text(node.slice)
        environ = (dotted(node.value) or "").endswith("environ")
        if text and environ and isinstance(node.ctx, ast.Load):
            self.cell.environ_reads.add(text)

    # --- magics and shell lines -------------------------------------------------

    def _host_call(self, node: ast.Call) -> bool:
        """Handle ``get_ipython().x("…")``, which is what IPython makes of magics."""
        function = node.func
        if not (
            isinstance(function, ast.Attribute)
            and isinstance(function.value, ast.Call)
            and dotted(function.value.func) == "get_ipython"
        ):
            return False
        texts = [_constant_text(argument) or "" for argument in node.args]
        if function.attr in {"system", "getoutput"} and texts:
            self.cell.opaque.add("shell")
            self._interpolations(texts[0])
        elif function.attr == "run_line_magic" and len(texts) >= 2:
            self._magic(texts[0], texts[1], None)
        elif function.attr == "run_cell_magic" and len(texts) >= 3:
            self._magic(texts[0], texts[1], texts[2])
        else:
            return False
        return True

    def _interpolations(self, text: str) -> None:
        for expression, name in _INTERPOLATED.findall(text):
            self.cell.mentioned.update([name] if name else _IDENTIFIER.findall(expression))

    def _magic(self, name: str, line: str, body: str | None) -> None:
        if name in BODY_MAGICS:
            self._interpolations(line)
            code = body if body is not None else _without_options(line)
            tree = self.parse(code) if self.parse is not None else None
            if tree is None:
                self.cell.mentioned.update(_IDENTIFIER.findall(line))
                return
            outer, outer_body = self.current, self.body_index
            self.cell.bodies.append((name, tree))
            self.body_index = len(self.cell.bodies)
            if name == "timeit":  # its names live in a function of their own
                for free in sorted(all_loads(tree)):
                    self.load(free)
            else:
                self.body(tree.body)
            self.current, self.body_index = outer, outer_body
            return
        if name in SHELL_MAGICS:
            self.cell.opaque.add("shell")
            # IPython fills in the line of a cell magic; in the body $x is the shell's own.
            self._interpolations(line)
            return
        if name == "run":
            self.cell.opaque.add("run")
        self.cell.mentioned.update(_IDENTIFIER.findall(line))


def _without_options(line: str) -> str:
    """The code of ``%timeit -n 10 -o x = f()``: leading options and their numbers dropped."""
    words = line.split(" ")
    while words and words[0].startswith("-"):
        if words.pop(0) in {"-n", "-r", "-p"} and words and words[0].isdigit():
            words.pop(0)
    return " ".join(words)


def _names_in(*nodes: ast.expr) -> frozenset[str]:
    names = (part.id for node in nodes for part in ast.walk(node) if isinstance(part, ast.Name))
    return frozenset(names)


def _bound_if_true(test: ast.expr) -> set[str]:
    """Names that ``c and (x := f())`` binds when all of it is true."""
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        return set().union(*map(_bound_if_true, test.values))
    if isinstance(test, ast.Compare):
        return _bound_if_true(test.left)
    return {test.target.id} if isinstance(test, ast.NamedExpr) else set()


def _breaks(body: Sequence[ast.stmt]) -> bool:
    """Whether a ``break`` in the body of a loop ends that very loop."""
    pending: list[ast.AST] = list(body)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Break):
            return True
        if isinstance(node, (ast.For, ast.AsyncFor, ast.While)):
            pending.extend(node.orelse)  # a break in it is the outer loop's
        elif not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.expr)):
            pending.extend(ast.iter_child_nodes(node))
    return False


def _swallows(context: ast.expr) -> bool:
    """Whether a ``with`` goes on behind its block when something is raised in it."""
    if not isinstance(context, ast.Call):
        return False
    return (dotted(context.func) or "").rpartition(".")[2] in _SWALLOWING


def query_names(text: str) -> list[str]:
    """The names that a ``query`` text takes from the namespace: ``@name``."""
    return _QUERY_NAME.findall(text)


def _query_text(node: ast.expr, literals: list[tuple[str, object, int]]) -> str | None:
    """The text of a constant, of an f-string's fixed parts, or of a literal of the cell."""
    if isinstance(node, ast.JoinedStr):
        return " ".join([_constant_text(part) or "0" for part in node.values])
    if isinstance(node, ast.Name):
        for name, value, _ in reversed(literals):
            if name == node.id and isinstance(value, str):
                return value
    return _constant_text(node)


def _constant_text(node: ast.AST | None) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return None


def _label(target: ast.expr) -> Label:
    """What an assignment target calls its value."""
    if isinstance(target, ast.Name):
        return target.id
    if isinstance(target, ast.Subscript):
        return _constant_text(target.slice)
    if isinstance(target, ast.Attribute):
        return target.attr
    if isinstance(target, (ast.Tuple, ast.List)):
        return tuple(
            element.id if isinstance(element, ast.Name) else None for element in target.elts
        )
    return None


def _counters(target: ast.expr, iterable: ast.expr) -> frozenset[str]:
    """Loop variables that only count: all of ``range``, the first of ``enumerate``."""
    if not (isinstance(iterable, ast.Call) and isinstance(iterable.func, ast.Name)):
        return frozenset()
    if iterable.func.id in {"range", "trange"}:
        return frozenset(bound_names(target))
    first = target.elts[:1] if isinstance(target, ast.Tuple) else []
    if iterable.func.id == "enumerate":
        return frozenset(name for element in first for name in bound_names(element))
    return frozenset()
