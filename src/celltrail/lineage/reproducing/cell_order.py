"""What the text of a cell says of its names: in which order they come, and where they lead."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from celltrail.core.cell_text import tree_of
from celltrail.store.traces import Content, Measured, Trace

_WORD = re.compile(r"[^\W\d]\w*")


def names_towards(trace: Trace) -> frozenset[str] | None:
    """Return the names of an execution's code that its metrics may depend on.

    Statement by statement, backwards from where a metric is computed; None where that
    place is not found, and then every name may matter.
    """
    tree = tree_of(_without_magics(trace.code))
    metrics = [one for one in trace.measured if not one.is_value]
    if tree is None or not metrics:
        return None
    names = {one.name for one in metrics}
    functions = {(one.function or "").rpartition(".")[2] for one in metrics} - {""}
    found: set[str] = set()
    covered: set[str] = set()
    for statement in reversed(tree.body):
        used = {node.id for node in _names_of(statement)}
        called = _called(statement)
        bound = _bound(statement)
        stored = {node.id for node in _names_of(statement) if isinstance(node.ctx, ast.Store)}
        here = (names & stored) | (functions & called)
        if here:
            covered |= {one.name for one in metrics if one.name in stored or _last(one) in called}
        if here or found & bound:
            found |= used
    return frozenset(found) if covered >= names else None


def _names_of(node: ast.AST) -> list[ast.Name]:
    return [part for part in ast.walk(node) if isinstance(part, ast.Name)]


def _last(one: Measured) -> str:
    return (one.function or "").rpartition(".")[2]


def _called(statement: ast.stmt) -> set[str]:
    """Return the last names of what a statement calls."""
    callees = [node.func for node in ast.walk(statement) if isinstance(node, ast.Call)]
    names = {callee.id for callee in callees if isinstance(callee, ast.Name)}
    return names | {callee.attr for callee in callees if isinstance(callee, ast.Attribute)}


def _bound(statement: ast.stmt) -> set[str]:
    """Return the names that a statement may give another content.

    What a call does to its receiver and arguments nobody can tell, so those count.
    """
    whole: Sequence[ast.AST] = (statement,)
    if isinstance(statement, ast.Assign):
        simple = [target for target in statement.targets if isinstance(target, ast.Name)]
        if len(simple) == len(statement.targets):
            calls = [node for node in ast.walk(statement) if isinstance(node, ast.Call)]
            whole = (*simple, *calls)
    functions = {
        id(node.func)
        for part in whole
        for node in ast.walk(part)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    return {
        node.id
        for part in whole
        for node in ast.walk(part)
        if isinstance(node, ast.Name) and id(node) not in functions
    }


def _without_magics(code: str) -> str:
    """Return code without its magic and shell lines, which keeps the body of ``%%time``."""
    lines = ["" if line.lstrip().startswith(("%", "!")) else line for line in code.splitlines()]
    return "\n".join(lines)


def in_order(contents: Sequence[Content], code: str) -> list[Content]:
    """Return contents in the order in which code first speaks of their names.

    In one statement what is read comes before what is bound, because a value that was
    changed in place is the cause of what was made from it.
    """
    places: dict[str, int] = {}
    for name in _names(code):
        places.setdefault(name, len(places))
    last = len(places)
    return sorted(contents, key=lambda content: (places.get(content.name, last), content.name))


def _names(code: str) -> Iterator[str]:
    tree = tree_of(_without_magics(code))
    if tree is None:  # the order of words is nearly as good
        for word in _WORD.finditer(code):
            yield word[0]
        return
    for statement in tree.body:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield statement.name
            continue
        yield from _names_in(statement)


def _names_in(statement: ast.stmt) -> Iterator[str]:
    """Yield the names of a statement: of a simple one its reads first, else as they stand."""
    found = [node for node in ast.walk(statement) if isinstance(node, ast.Name)]
    is_simple = not hasattr(statement, "body")
    found.sort(
        key=lambda node: (
            is_simple and isinstance(node.ctx, ast.Store),
            node.lineno,
            node.col_offset,
        )
    )
    yield from (node.id for node in found)
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        yield from (alias.asname or alias.name.partition(".")[0] for alias in statement.names)
