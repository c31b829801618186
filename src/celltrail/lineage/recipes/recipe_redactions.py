"""Secrets that were taken out of code, as variables of the environment where it is exported."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from celltrail.core.cell_text import tree_of
from celltrail.core.redaction import MARK

_NOT_WORD = re.compile(r"\W+")
_SHELL_LINE = re.compile(r"\s*(?:[\w, ]+=\s*)?!")
_WHOLE = re.compile(r"[rRbBuU]{0,2}([\"'])(?:‹redacted:(\w+)›|<redacted:(\w+)>)\1")


@dataclass(frozen=True, slots=True)
class Restored:
    """Code whose redacted literals are read from the environment.

    Attributes
    ----------
    code : str
    names : tuple of str
        The variables, in the order in which they stand.
    left : int
        Marks that stay, in comments, shell lines and f-strings.
    """

    code: str
    names: tuple[str, ...]
    left: int


def restored(code: str) -> Restored:
    """Return the code with ``os.environ[…]`` in the place of redacted literals.

    Examples
    --------
    >>> restored('password = "‹redacted:password›"').code
    'password = os.environ["PASSWORD"]'
    """
    if not MARK.search(code):
        return Restored(code, (), 0)
    tree = tree_of(code)
    names: list[str] = []
    if tree is None:
        code = "\n".join(_in_line(line, names) for line in code.split("\n"))
    else:
        code = _in_tree(code, tree, names)
    return Restored(code, tuple(dict.fromkeys(names)), len(MARK.findall(code)))


def _in_line(line: str, names: list[str]) -> str:
    """A line that is not all Python: a shell line fills in ``{…}``, a magic may not."""
    if _SHELL_LINE.match(line):
        return MARK.sub(
            lambda found: f"{{{_expression(_name(None, found[1] or found[2]), names)}}}", line
        )
    if line.lstrip().startswith("%"):
        return line
    return _WHOLE.sub(lambda found: _expression(_name(None, found[2] or found[3]), names), line)


def _expression(name: str, names: list[str]) -> str:
    names.append(name)
    return f'os.environ["{name}"]'


def _name(target: str | None, kind: str) -> str:
    word = _NOT_WORD.sub("_", target or kind).strip("_").upper()
    return word if word and not word[0].isdigit() else f"SECRET_{word}"


def _in_tree(code: str, tree: ast.Module, names: list[str]) -> str:
    lines = code.encode().splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    inside_f = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for part in ast.walk(node)
    }
    targets = _targets(tree)
    edits: list[tuple[int, int, str, str]] = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or id(node) in inside_f:
            continue
        if not isinstance(node.value, (str, bytes)):
            continue
        is_bytes = isinstance(node.value, bytes)
        text = node.value.decode("latin-1") if isinstance(node.value, bytes) else node.value
        if not MARK.search(text):
            continue
        start = starts[node.lineno - 1] + node.col_offset
        end = starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)
        edits.append((start, end, text, "bytes" if is_bytes else targets.get(id(node), "")))
        if is_bytes:
            edits[-1] = (start, end, text, f"bytes:{targets.get(id(node), '')}")
    raw = code.encode()
    for start, end, text, target in sorted(edits, reverse=True):
        raw = raw[:start] + _pieces(text, target, names).encode() + raw[end:]
    names.reverse()
    return raw.decode()


def _pieces(text: str, target: str, names: list[str]) -> str:
    """An expression for a text with marks: its fixed parts and the variables between them."""
    is_bytes = target.startswith("bytes:")
    target = target.removeprefix("bytes:")
    parts: list[str] = []
    done = 0
    marks = list(MARK.finditer(text))
    for mark in marks:
        if mark.start() > done:
            parts.append(repr(text[done : mark.start()]))
        kind = mark[1] or mark[2]
        is_whole = mark.end() - mark.start() == len(text)
        parts.append(_expression(_name(target if is_whole else f"{target}_{kind}", kind), names))
        done = mark.end()
    if done < len(text):
        parts.append(repr(text[done:]))
    joined = parts[0] if len(parts) == 1 else f"({' + '.join(parts)})"
    return f"{joined}.encode()" if is_bytes else joined


def _targets(tree: ast.Module) -> dict[int, str]:
    """What each literal is called: its variable, keyword or key."""
    found: dict[int, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found[id(node.value)] = _called(targets[0])
        elif isinstance(node, ast.keyword) and node.arg:
            found[id(node.value)] = node.arg
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    found[id(value)] = key.value
    return found


def _called(target: ast.expr) -> str:
    if isinstance(target, ast.Name):
        return target.id
    if isinstance(target, ast.Attribute):
        return target.attr
    if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
        return str(target.slice.value)
    return ""
