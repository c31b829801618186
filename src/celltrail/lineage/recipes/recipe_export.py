"""A recipe as a notebook or a script that runs without the trail."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from celltrail.core.cell_text import is_python, tree_of, words
from celltrail.core.wording import visible
from celltrail.lineage.recipes.recipe_history import without_history
from celltrail.lineage.recipes.recipe_redactions import restored
from celltrail.lineage.recipes.recipe_report import RecipeReport, RecipeStep, label
from celltrail.store.finding import short_result

_FUTURE = re.compile(r"^from __future__ import .+$", re.MULTILINE)
_SHELL = """\
import sys

from IPython.core.interactiveshell import InteractiveShell

InteractiveShell.clear_instance()
_shell = InteractiveShell.instance(
    user_module=sys.modules["__main__"], user_ns=globals(), history_length=0
)
"""
_OK = "ok"


@dataclass(frozen=True, slots=True)
class Block:
    """The code of one step, ready to be exported."""

    step: RecipeStep
    code: str

    @property
    def fails(self) -> bool:
        """Whether it ended in an error when it was recorded."""
        return self.step.status != _OK

    @property
    def needs_shell(self) -> bool:
        """Whether it is more than Python: magics, shell lines, top-level ``await``."""
        return not is_python(self.code) or "get_ipython" in words(self.code)


def as_notebook(report: RecipeReport) -> dict[str, Any]:
    """Return a recipe as a notebook (nbformat 4.5), one code cell for each kept execution.

    A cell that ended in an error carries the tag ``raises-exception``, with which nbclient
    and papermill go on behind it.
    """
    cells = [_markdown(f"recipe-{short_result(report.result).replace('.', '-')}", _heading(report))]
    if report.redacted:
        cells.append(_code_cell("recipe-imports", "import os", {}))
    for block in _blocks(report):
        step = block.step
        metadata: dict[str, Any] = {
            "celltrail": {"execution": step.execution, "reason": step.reason}
        }
        if block.fails:
            metadata["tags"] = ["raises-exception"]
        cells.append(_code_cell(f"recipe-{step.execution}", block.code, metadata))
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
            "celltrail": {"recipe": report.result},
        },
        "cells": cells,
    }


def as_script(report: RecipeReport) -> str:
    """Return a recipe as a script for ``python script.py``.

    Steps stand in it as they ran. Where one needs IPython (a magic, a shell line, ``await``),
    a shell is started at the top, and such steps run in it on the script's own names.
    """
    blocks = _blocks(report)
    written = [_block(block, inline=True) for block in blocks]
    script = _joined(report, blocks, written)
    if not is_python(script):
        # Each cell compiles, all in one do not: ``global x`` after x was bound, for example.
        written = [_block(block, inline=False) for block in blocks]
        script = _joined(report, blocks, written)
    return script


def _joined(report: RecipeReport, blocks: list[Block], written: list[str]) -> str:
    futures = dict.fromkeys(
        line.strip() for block in blocks for line in _FUTURE.findall(block.code)
    )
    head = "".join(f"# {line}\n" for line in _heading(report).splitlines() if line)
    parts = [head]
    if futures:
        parts.append("".join(f"{line}\n" for line in futures))
    if report.redacted:
        parts.append("import os\n")
    if any(block.needs_shell for block in blocks):
        parts.append(_SHELL)
    elif any("display" in words(block.code) for block in blocks):
        parts.append("from IPython.display import display\n")
    for block, text in zip(blocks, written, strict=True):
        title = visible(f"{label(block.step)}: {block.step.reason}")
        parts.append(f"# %% {title}\n{text}\n")
    return "\n".join(parts)


def _block(block: Block, *, inline: bool) -> str:
    code = block.code
    if block.needs_shell:
        ran = f"_shell.run_cell({_literal(code)}, silent=False)"
        return ran if block.fails else f"{ran}.raise_error()"
    if inline and not block.fails and not _FUTURE.search(code):
        return code
    if inline and block.fails and _can_be_indented(code):
        body = textwrap.indent(code, "    ")
    else:
        body = f"exec(compile({_literal(code)}, {label(block.step)!r}, 'exec'), globals())"
        if not block.fails:
            return body
        body = textwrap.indent(body, "    ") if "\n" not in body else f"    {body}"
    return f"try:  # it ended in an error when it was recorded\n{body}\nexcept BaseException as _error:\n    print(repr(_error))"  # noqa: E501


def _can_be_indented(code: str) -> bool:
    """Whether no text in it spans lines, which an indentation would change."""
    tree = tree_of(code)
    if tree is None or _FUTURE.search(code) or not tree.body:
        return False
    return (
        not any(
            isinstance(node, (ast.Constant, ast.JoinedStr))
            and (node.end_lineno or node.lineno) > node.lineno
            for node in ast.walk(tree)
            if isinstance(node, ast.expr)
        )
        and "\\\n" not in code
    )


def _literal(code: str) -> str:
    """The code as a literal that reads well: several lines between triple quotes."""
    if "\n" not in code:
        return repr(code)
    text = code.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    if text.endswith('"'):
        text = text[:-1] + '\\"'
    candidate = f'"""{text}"""'
    return candidate if ast.literal_eval(candidate) == code else repr(code)


def _blocks(report: RecipeReport) -> list[Block]:
    steps = without_history(report.steps)
    return [
        Block(step, restored(_without_directive(code)).code.strip("\n")) for step, code in steps
    ]


def _without_directive(code: str) -> str:
    """A first line ``%%mlops …`` speaks to the recorder; what it stands for has run."""
    first, line, rest = code.partition("\n")
    return rest if line and first.lstrip().startswith("%%mlops") else code


def _heading(report: RecipeReport) -> str:
    lines = [f"Recipe of {report.result}", report.summary]
    lines += [f"{finding.verdict}: {finding.sentence}" for finding in report.findings]
    return "\n\n".join(visible(line) for line in lines if line)


def _markdown(cell_id: str, text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": cell_id[:64], "metadata": {}, "source": _lines(text)}


def _code_cell(cell_id: str, code: str, metadata: dict[str, Any]) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "id": cell_id[:64],
        "metadata": metadata,
        "source": _lines(code),
        "outputs": [],
        "execution_count": None,
    }


def _lines(text: str) -> list[str]:
    return list(_split(text))


def _split(text: str) -> Iterable[str]:
    # Not `splitlines`: a form feed or a Unicode separator is part of the line.
    lines = text.split("\n")
    yield from (f"{line}\n" for line in lines[:-1])
    if lines[-1]:
        yield lines[-1]
