"""Steps that read earlier outputs (``_``, ``Out[7]``), with names that hold elsewhere too."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from celltrail.core.cell_text import input_numbers, tree_of
from celltrail.lineage.recipes.recipe_report import RecipeStep

_OUT = re.compile(r"Out\[(\d+)\]")
_NUMBERED = re.compile(r"_(i?)(\d+)")
_RECENT = ("_", "__", "___")


def without_history(steps: Sequence[RecipeStep]) -> list[tuple[RecipeStep, str]]:
    """Return each step with its code; a displayed value that another step reads gets a name.

    Outside the recorded session the numbers of ``Out[7]`` are others, and a script has none.
    The text of an earlier cell (``In[7]``) becomes that text.
    """
    shown = {
        int(found[1]): step.execution
        for step in steps
        for name in step.names
        if (found := _OUT.fullmatch(name))
    }
    texts: dict[int, str] = {}
    result: list[tuple[RecipeStep, str]] = []
    for step in steps:
        code = step.code
        if shown or input_numbers(code):
            code = _reading(code, _earlier(shown, steps, step), texts)
        if step.execution in shown.values():
            number = next(n for n, maker in shown.items() if maker == step.execution)
            code = _keeping(code, number)
        result.append((step, code))
        if step.count is not None:
            texts[step.count] = step.code
    return result


def _earlier(shown: dict[int, str], steps: Sequence[RecipeStep], step: RecipeStep) -> list[int]:
    """Numbers of the displayed values of earlier steps, the latest first."""
    order = {one.execution: position for position, one in enumerate(steps)}
    found = [
        (order[maker], number)
        for number, maker in shown.items()
        if order[maker] < order[step.execution]
    ]
    return [number for _, number in sorted(found, reverse=True)]


def _keeping(code: str, number: int) -> str:
    """The value of the last expression bound to ``_out_7`` before it is displayed."""
    tree = tree_of(code)
    if tree is None or not tree.body or not isinstance(tree.body[-1], ast.Expr):
        return code
    last = tree.body[-1]
    return _replaced(code, [(last.lineno, last.col_offset, f"_out_{number} = ", False, last)])


def _reading(code: str, numbers: list[int], texts: dict[int, str]) -> str:
    tree = tree_of(code)
    if tree is None:
        return code
    bound = {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)
    }
    edits: list[tuple[int, int, str, bool, ast.expr | ast.stmt]] = []
    for node in ast.walk(tree):
        if not isinstance(node, (ast.Name, ast.Subscript)):
            continue
        text = None
        if not isinstance(node, ast.Name) or node.id not in bound:
            text = _instead(node, numbers, texts)
        if text is not None:
            edits.append((node.lineno, node.col_offset, text, True, node))
    return _replaced(code, edits)


def _instead(
    node: ast.Name | ast.Subscript, numbers: list[int], texts: dict[int, str]
) -> str | None:
    """What stands for ``_``, ``_7``, ``Out[7]``, ``_i7`` or ``In[7]`` elsewhere."""
    table, number = "", None
    if isinstance(node, ast.Name):
        if node.id in _RECENT:
            table, place = "Out", len(node.id) - 1
            number = numbers[place] if place < len(numbers) else None
        elif (found := _NUMBERED.fullmatch(node.id)) is not None:
            table, number = "In" if found[1] else "Out", int(found[2])
    elif isinstance(node.value, ast.Name) and isinstance(node.slice, ast.Constant):
        table = {"_oh": "Out", "_ih": "In"}.get(node.value.id, node.value.id)
        number = node.slice.value if isinstance(node.slice.value, int) else None
    if table == "Out" and number in numbers:
        return f"_out_{number}"
    return repr(texts[number]) if table == "In" and number in texts else None


def _replaced(code: str, edits: list[tuple[int, int, str, bool, ast.expr | ast.stmt]]) -> str:
    """Put texts before nodes, or in their place; positions are in bytes, as `ast` has them."""
    lines = [line.encode() for line in code.split("\n")]
    for line, column, text, instead, node in sorted(edits, key=lambda e: e[:2], reverse=True):
        row = lines[line - 1]
        end = (node.end_col_offset or column) if instead else column
        lines[line - 1] = row[:column] + text.encode() + row[end:]
    return b"\n".join(lines).decode()
