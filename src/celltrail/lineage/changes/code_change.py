"""What differs between two versions of a cell's code, by their syntax trees."""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

# A line of a magic or of the shell is no Python; as a text it still counts as code.
_MAGIC = re.compile(r"^(\s*)([%!].*|\?.*|[^#'\"\n]*\?)$")
_LINE_END = re.compile(r"\r\n|\r|\n")  # as Python counts lines
_LITERAL_NODES = (ast.Tuple, ast.List, ast.Set, ast.Dict, ast.UnaryOp, ast.BinOp, ast.Call)
_SEEDING = frozenset(
    "seed default_rng RandomState manual_seed set_seed set_random_seed seed_everything".split()
)


class _Absent:
    """Stands for the value that one side does not have."""


ABSENT = _Absent()


@dataclass(frozen=True, slots=True)
class Expression:
    """A keyword's value that is no literal, as text."""

    text: str

    def __repr__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Literal:
    """A literal with another value, or a keyword that only one side has.

    `place` is the variable, keyword or function that it belongs to ("" where none is
    near); `role` is assignment, keyword, argument, seed, environ or other.
    """

    place: str
    role: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class CodeChange:
    """How a cell's code changed.

    Attributes
    ----------
    is_cosmetic : bool
        Only comments, blanks or line breaks.
    literals : tuple of Literal
        The literals that changed.
    is_literal_only : bool
        Whether nothing else changed.
    definitions : tuple of str
        The functions and classes that changed, when nothing outside of them did.
    """

    is_cosmetic: bool = False
    literals: tuple[Literal, ...] = ()
    is_literal_only: bool = False
    definitions: tuple[str, ...] = ()


def code_change(before: str, after: str) -> CodeChange:
    """Return what differs between two versions of a cell's code."""
    trees = tree_of(before), tree_of(after)
    if trees[0] is None or trees[1] is None:
        return CodeChange(is_cosmetic=_without_comments(before) == _without_comments(after))
    keys = _lines_of(trees[0], before), _lines_of(trees[1], after)
    literals: list[Literal] = []
    is_literal_only = True
    changed: list[ast.stmt] = []
    matcher = difflib.SequenceMatcher(None, *keys, autojunk=False)
    for tag, a, a_end, b, b_end in matcher.get_opcodes():
        if tag == "equal":
            continue
        ours, theirs = trees[0].body[a:a_end], trees[1].body[b:b_end]
        if len(ours) != len(theirs):
            is_literal_only = False
            changed += ours + theirs
            ours, theirs = _matched(ours, theirs)
        for one, other in zip(ours, theirs, strict=True):
            found: list[Literal] = []
            is_alike = _literals(one, other, "", "other", found)
            if is_alike and not found and ast.dump(one) == ast.dump(other):
                continue  # other blanks or comments
            changed += [one, other]
            literals += found if is_alike else []
            is_literal_only &= is_alike
    return CodeChange(
        is_cosmetic=not changed,
        literals=tuple(literals),
        is_literal_only=is_literal_only and bool(literals),
        definitions=_definitions(changed),
    )


def unified(before: str, after: str, names: tuple[str, str]) -> str:
    """Return the unified diff of two versions, with three lines around each change."""
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), names[0], names[1], lineterm=""
    )
    return "\n".join(lines)


def similarity(one: str, other: str) -> float:
    """Return how alike two codes are, from 0 to 1."""
    matcher = difflib.SequenceMatcher(None, one, other, autojunk=False)
    if matcher.real_quick_ratio() < 0.5 or matcher.quick_ratio() < 0.5:
        return 0.0
    return matcher.ratio()


def environ_names(code: str) -> tuple[str, ...]:
    """Return the environment variables that a code names (``os.environ["A"]``, ``getenv("A")``)."""
    found = re.findall(
        r"(?:environ\s*(?:\[|\.get\()|getenv\()\s*['\"]([A-Za-z_][A-Za-z0-9_]*)['\"]", code
    )
    return tuple(dict.fromkeys(found))


def imported_names(code: str, package: str) -> set[str]:
    """Return the names that a code binds by importing a package or parts of it."""
    tree = tree_of(code)
    names: set[str] = set()
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.partition(".")[0] == package:
                    names.add(alias.asname or package)
        elif isinstance(node, ast.ImportFrom):
            root = "" if node.level else (node.module or "").partition(".")[0]
            names |= {one.asname or one.name for one in node.names if root == package}
    return names


def tree_of(code: str) -> ast.Module | None:
    """Return the syntax tree of a cell's code, its magics as texts; None where there is none."""
    lines = [_MAGIC.sub(lambda m: m[1] + repr(m[2].strip()), line) for line in code.split("\n")]
    for text in (code, "\n".join(lines)):
        try:
            return ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
    return None


def _lines_of(tree: ast.Module, code: str) -> list[tuple[int, str]]:
    """Return where in its line each statement begins, and the lines that it stands in.

    Two statements of which these are the same are the same; trees take ten times as long.
    """
    lines = _LINE_END.split(code)
    found = []
    for one in tree.body:
        decorators = getattr(one, "decorator_list", ())
        start = min([one.lineno, *(decorator.lineno for decorator in decorators)])
        found.append((one.col_offset, "\n".join(lines[start - 1 : one.end_lineno])))
    return found


def _without_comments(code: str) -> list[str]:
    lines = (line.rstrip() for line in code.splitlines())
    return [line for line in lines if line and not line.lstrip().startswith("#")]


def _matched(ours: list[ast.stmt], theirs: list[ast.stmt]) -> tuple[list[ast.stmt], list[ast.stmt]]:
    """Return the statements that bind the same names on both sides, in the same order."""
    left = {_bound(one): one for one in ours if _bound(one)}
    pairs = [(left[_bound(other)], other) for other in theirs if _bound(other) in left]
    return [one for one, _ in pairs], [other for _, other in pairs]


def _bound(statement: ast.stmt) -> str:
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return statement.name
    if isinstance(statement, ast.Assign):
        return ast.dump(statement.targets[0])
    return ""


def _definitions(changed: list[ast.stmt]) -> tuple[str, ...]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    if not all(isinstance(one, kinds) for one in changed):
        return ()
    return tuple(dict.fromkeys(one.name for one in changed if isinstance(one, kinds)))


def _literals(one: Any, other: Any, place: str, role: str, found: list[Literal]) -> bool:
    """Collect the literals that differ; False when anything else does."""
    values = _value(one), _value(other)
    if values[0] is not ABSENT and values[1] is not ABSENT:
        if repr(values[0]) != repr(values[1]):  # 1 and 1.0 are two, in a list as well
            found.append(Literal(place, role, *values))
        return True
    if type(one) is not type(other):
        return False
    if isinstance(one, ast.AST):
        return all(
            _literals(child, twin, child_place, child_role, found)
            for child, twin, child_place, child_role in _children(one, other, place, role, found)
        )
    if isinstance(one, list):
        return len(one) == len(other) and all(
            _literals(child, twin, place, role, found)
            for child, twin in zip(one, other, strict=True)
        )
    return bool(one == other)


def _children(
    one: ast.AST, other: Any, place: str, role: str, found: list[Literal]
) -> Iterator[tuple[Any, Any, str, str]]:
    """Yield the parts of two nodes of a kind, each with what its literals belong to."""
    if isinstance(one, ast.Assign) and len(one.targets) == 1:
        place, role = _target(one.targets[0])
    if isinstance(one, ast.keyword):
        place, role = one.arg or "", "keyword"
    if isinstance(one, ast.Call):
        name = _last_name(one.func)
        yield one.func, other.func, place, role
        if name in _SEEDING:
            yield one.args, other.args, _generator(one.func), "seed"
        else:
            is_argument = name and role != "environ"
            yield one.args, other.args, name or place, "argument" if is_argument else role
        ours = {word.arg: word for word in one.keywords}
        theirs = {word.arg: word for word in other.keywords}
        for key in ours | theirs:
            if key in ours and key in theirs:
                yield ours[key], theirs[key], place, role
                continue
            if key is None:
                yield 0, "", place, role  # ``**options`` on one side
                continue
            sides = [
                _written(side[key].value) if key in side else ABSENT for side in (ours, theirs)
            ]
            found.append(Literal(key, "keyword", *sides))
        return
    for name in one._fields:
        if name not in ("ctx", "type_comment", "kind", "type_ignores"):
            yield getattr(one, name, None), getattr(other, name, None), place, role


def _target(target: ast.expr) -> tuple[str, str]:
    if isinstance(target, ast.Name):
        return target.id, "assignment"
    if isinstance(target, ast.Subscript) and _last_name(target.value) == "environ":
        key = _value(target.slice)
        if isinstance(key, str):
            return key, "environ"
    return _last_name(target), "other"


def _last_name(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Name):
        return node.id
    return _last_name(node.value) if isinstance(node, ast.Subscript) else ""


def _generator(function: ast.expr) -> str:
    """Return what a seeding call seeds: ``numpy.random`` for ``np.random.seed``."""
    owner, _, name = ast.unparse(function).rpartition(".")
    if name != "seed" or not owner:
        return name
    return owner.replace("np.", "numpy.", 1) if owner.startswith("np.") else owner


def _written(node: ast.expr) -> Any:
    value = _value(node)
    return Expression(ast.unparse(node)) if value is ABSENT else value


def _value(node: Any) -> Any:
    if isinstance(node, ast.Constant):
        return node.value
    if not isinstance(node, _LITERAL_NODES):
        return ABSENT
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return ABSENT
