"""What the source of a cell says before it runs: reads, writes, calls, literals.

The analysis works on the tree that IPython parsed anyway. It is a forward walk
that keeps the names already assigned on every path, so ``x = 5; y = x + 1`` does
not read an earlier ``x``, while ``if c: x = 5`` followed by ``x`` still may.
Function bodies count where the function is loaded, not where it is defined.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from celltrail.core.scopes import FunctionSource

_NO_LITERALS = (
    ast.Attribute, ast.Subscript, ast.Name, ast.Compare, ast.BoolOp, ast.IfExp, ast.Lambda,
    ast.JoinedStr, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Await,
)  # fmt: skip

Label = str | tuple[str | None, ...] | None
Parse = Callable[[str], "ast.Module | None"]


@dataclass(slots=True)
class Call:
    """One call in top-level code, as written."""

    node: ast.Call
    path: str  # "np.random.seed"; "().fit" where the receiver is no name
    last: str
    root: str | None  # name at the start of the path
    statement: Statement
    label: Label = None
    comprehension: tuple[str, ...] = ()  # loop variables of the comprehensions around it
    exact: bool = False  # the label names this very value, not something computed from it
    body: int = 0  # 0 for the cell itself, else position + 1 in `CellSource.bodies`
    first_argument: str | None = None  # as text, where it is a plain name or path
    # Read off before the passthrough rewrites the node:
    given: bool = True  # it is called with some argument
    in_place: bool = False  # it is called with ``inplace=…`` or ``out=…``
    argument_names: frozenset[str] = frozenset()  # names loaded anywhere in the arguments
    receiver_names: frozenset[str] = frozenset()  # names loaded anywhere in the callee


@dataclass(slots=True)
class Loop:
    """A top-level ``for`` or ``while`` (nested ones have a parent)."""

    index: int
    parent: int | None
    variables: tuple[str, ...]
    counters: frozenset[str]  # variables that only count: range, enumerate's first
    first: int = 0  # statements first <= i < last are its body
    last: int = 0


@dataclass(slots=True)
class Statement:
    """One simple statement, or the header of a compound one, in source order."""

    line: int
    end_line: int
    top: int  # position of the top-level statement it belongs to
    loop: int | None
    depth: int  # how many ifs, loops and tries stand around it
    loads: set[str] = field(default_factory=set)
    stores: set[str] = field(default_factory=set)
    changes: set[str] = field(default_factory=set)  # roots of a.b = …, a[b] = …, a.method(…)
    assigned_into: set[str] = field(default_factory=set)  # roots of a.b = …, a[b] = … alone
    bare: set[str] = field(default_factory=set)  # loaded outside the arguments of any call
    patched: set[str] = field(default_factory=set)  # names whose own attribute is set: a.b = …
    attributes: set[str] = field(default_factory=set)  # every attribute name it loads
    calls: list[Call] = field(default_factory=list)
    targets: tuple[str, ...] = ()

    @property
    def definite(self) -> bool:
        """Whether it runs whenever the cell reaches it."""
        return self.depth == 0


@dataclass(slots=True)
class Read:
    """A name that may be read as it was before the cell."""

    top: int  # the earliest top-level statement that reads it
    assigned: frozenset[str]  # names surely assigned in the cell by then


@dataclass(slots=True)
class CellSource:
    """All that the static observer knows about one cell."""

    reads: dict[str, Read] = field(default_factory=dict)
    loads: set[str] = field(default_factory=set)
    stores: set[str] = field(default_factory=set)  # may be bound at top level
    definite: set[str] = field(default_factory=set)  # surely bound if the cell ends well
    store_tops: dict[str, int] = field(default_factory=dict)  # first definite store
    literals: list[tuple[str, object, int]] = field(default_factory=list)  # name, value, statement
    statements: list[Statement] = field(default_factory=list)
    loops: list[Loop] = field(default_factory=list)
    functions: dict[str, FunctionSource] = field(default_factory=dict)
    imports: dict[str, str] = field(default_factory=dict)  # bound name -> dotted original
    submodules: set[str] = field(default_factory=set)  # "a.b" of ``import a.b``, which binds a
    mentioned: set[str] = field(default_factory=set)  # words of magic lines: reads if they exist
    opaque: set[str] = field(default_factory=set)
    # ``root.eval("a + b")`` reads a and b if root turns out to be a module, and
    # ``frame.query(text)`` reads the @names in the string that `text` stands for.
    evaluated: dict[str, set[str]] = field(default_factory=dict)
    queries: set[str] = field(default_factory=set)
    history: set[str] = field(default_factory=set)  # _, __, _7, "Out[7]": earlier outputs
    environ_reads: set[str] = field(default_factory=set)
    tops: list[tuple[int, int]] = field(default_factory=list)  # line span of top-level statements
    bodies: list[tuple[str, ast.Module]] = field(default_factory=list)  # magic, its parsed body

    @property
    def calls(self) -> Iterator[Call]:
        """Every call in top-level code, in evaluation order within a statement."""
        for statement in self.statements:
            yield from statement.calls

    def top_at(self, line: int) -> int | None:
        """Position of the top-level statement that holds `line`, or None."""
        for position, (first, last) in enumerate(self.tops):
            if first <= line <= last:
                return position
        return None


def dotted(node: ast.AST) -> str | None:
    """``a.b.c`` for a chain of attributes on a name, else None."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    parts.append(node.id)
    return ".".join(reversed(parts))


def root_name(node: ast.AST) -> str | None:
    """The name at the bottom of ``a.b[c].d``, else None."""
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Starred)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def literal(node: ast.AST) -> tuple[bool, object]:
    """Whether `node` is a literal (scalars and small containers of them), and its value."""
    if isinstance(node, _NO_LITERALS):  # most right-hand sides; raising for each would cost more
        return False, None
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False, None
    if isinstance(value, (list, tuple, dict, set)) and len(value) > 50:
        return False, None
    return not isinstance(value, (bytes, type(...))), value


def analyse(tree: ast.Module, *, parse: Parse | None = None) -> CellSource:
    """Analyse a parsed cell.

    Parameters
    ----------
    tree : ast.Module
        The cell after IPython's own transformations; it is not changed.
    parse : callable, optional
        Turns the body of a body-running magic (``%%time``) into a tree, or None
        where it cannot be parsed. Without it such bodies are not looked into.

    Returns
    -------
    CellSource
        Reads, stores, calls, literals and loops of the cell.
    """
    from celltrail.core.walker import Walker

    walker = Walker(parse)
    for position, node in enumerate(tree.body):
        walker.top = position
        walker.cell.tops.append((node.lineno, node.end_lineno or node.lineno))
        walker.statement(node)
    cell = walker.cell
    cell.definite = {name for name in walker.assigned if name in cell.stores}
    return cell
