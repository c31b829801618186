"""Which names a function or class body takes from the module, by Python's scoping."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class FunctionSource:
    """Free names and attributes in the body of a function of the cell."""

    loads: set[str] = field(default_factory=set)
    attributes: set[str] = field(default_factory=set)


def bound_names(target: ast.AST) -> Iterator[str]:
    """Names that an assignment target binds (not those it changes inside)."""
    if isinstance(target, ast.Name):
        yield target.id
    elif isinstance(target, ast.Starred):
        yield from bound_names(target.value)
    elif isinstance(target, (ast.Tuple, ast.List)):
        for element in target.elts:
            yield from bound_names(element)


def signature_parts(args: ast.arguments) -> Iterator[ast.expr]:
    """Defaults and annotations: evaluated when the function is defined."""
    yield from args.defaults
    yield from filter(None, args.kw_defaults)
    every = (*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg)
    for arg in every:
        if arg is not None and arg.annotation is not None:
            yield arg.annotation


def all_loads(node: ast.AST) -> set[str]:
    """Every name loaded anywhere below `node`, free of its inner scopes' own names."""
    free = FreeNames()
    free.visit(node)
    return free.found.loads


def _scan_scope(nodes: Sequence[ast.AST], names: set[str], declared: set[str]) -> None:
    """Add the names bound in this scope to `names`, those under ``global`` to `declared`."""
    pending = list(nodes)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Global):
            declared.update(node.names)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(node.name)
            continue
        elif isinstance(node, ast.Lambda):
            continue
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            names.add(node.id)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names.update((a.asname or a.name).partition(".")[0] for a in node.names)
        elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name:
            names.add(node.name)
        elif isinstance(node, ast.MatchMapping) and node.rest:
            names.add(node.rest)
        if isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)):
            # Targets are the comprehension's own; only a walrus inside leaks out.
            for part in ast.walk(node):
                if isinstance(part, ast.NamedExpr):
                    names.add(part.target.id)
            continue
        pending.extend(ast.iter_child_nodes(node))


class FreeNames(ast.NodeVisitor):
    """Visitor that collects them in `found` (and a class body's own reads in `immediate`)."""

    def __init__(self) -> None:
        self.found = FunctionSource()
        self.immediate: set[str] = set()
        self.scopes: list[tuple[set[str], set[str]]] = []  # own names, those under ``global``

    def function(self, body: Sequence[ast.stmt | ast.expr], args: ast.arguments) -> None:
        names = {arg.arg for arg in (*args.posonlyargs, *args.args, *args.kwonlyargs)}
        names.update(arg.arg for arg in (args.vararg, args.kwarg) if arg is not None)
        declared: set[str] = set()
        _scan_scope(body, names, declared)
        self.scopes.append((names - declared, declared))
        for node in body:
            self.visit(node)
        self.scopes.pop()

    def class_body(self, body: list[ast.stmt]) -> None:
        """Methods go to `found`; what the body itself reads when it runs, to `immediate`."""
        bound: set[str] = set()
        for node in body:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                self.function(node.body, node.args)
                outside = (*node.decorator_list, *signature_parts(node.args), node.returns)
                for part in filter(None, outside):
                    self.immediate |= all_loads(part) - bound
            else:
                self.immediate |= all_loads(node) - bound
            _scan_scope([node], bound, set())

    def visit_Name(self, node: ast.Name) -> None:
        if not isinstance(node.ctx, ast.Load):
            return
        for own, declared in reversed(self.scopes):
            if node.id in declared:
                break
            if node.id in own:
                return
        self.found.loads.add(node.id)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self.found.attributes.add(node.attr)
        self.visit(node.value)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for part in (*node.decorator_list, *signature_parts(node.args), node.returns):
            if part is not None:
                self.visit(part)
        self.function(node.body, node.args)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self.function([node.body], node.args)

    def visit_ListComp(self, node: ast.ListComp) -> None:
        names: set[str] = set()
        for generator in node.generators:
            names.update(bound_names(generator.target))
        self.scopes.append((names, set()))
        self.generic_visit(node)
        self.scopes.pop()

    visit_SetComp = visit_GeneratorExp = visit_DictComp = visit_ListComp  # type: ignore[assignment]
