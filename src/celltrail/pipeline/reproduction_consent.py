"""What in a recipe reaches outside of a temporary copy, so that a person has to agree first."""

from __future__ import annotations

import ast
import os
import re
import tempfile
from collections.abc import Iterator, Sequence

from celltrail.core.cell_text import tree_of
from celltrail.core.errors import UsageFault
from celltrail.core.wording import counted, cut
from celltrail.lineage.reproducing.reproduction_facts import label
from celltrail.pipeline.reproduction_folder import Layout, is_below, written_files
from celltrail.store.traces import Trace

_ADDRESS = re.compile(
    r"^(https?|ftp|sftp|s3|s3a|gs|gcs|az|abfs|hdfs|postgresql|mysql)\w*://", re.IGNORECASE
)
# Libraries start processes of their own (to count processors, say); these words are the user's.
_PROCESS = re.compile(
    r"\b(subprocess|os\.system|os\.popen|os\.spawn\w+|os\.exec\w+|Popen|pexpect)\b"
)
_SHOWN = 12


def reaching_out(recipe: Sequence[Trace], layout: Layout) -> list[tuple[Trace, str]]:
    """Return the executions that reach outside of a copy, each with what it does.

    Parameters
    ----------
    recipe : sequence of Trace
    layout : Layout
    """
    found: dict[int, list[str]] = {}
    for path, trace in written_files(recipe, layout).items():
        if layout.inside(path) is None and not _is_temporary(path):
            found.setdefault(trace.row, []).append(f"writes {path}")
        elif layout.inside(path) is not None and _names(trace.code, path):
            found.setdefault(trace.row, []).append(f"writes {path} by its full path")
    starts_processes = any(_PROCESS.search(trace.code) for trace in recipe)
    for trace in recipe:
        reasons = found.setdefault(trace.row, [])
        if "shell" in trace.opaque:
            reasons.append("uses the shell")
        if "process" in trace.opaque and "shell" not in trace.opaque and starts_processes:
            reasons.append("starts other programs")
        reasons.extend(f"reaches {address}" for address in _addresses(trace.code))
    return [(trace, "; ".join(found[trace.row])) for trace in recipe if found[trace.row]]


def ask_first(reaching: Sequence[tuple[Trace, str]], result: str) -> UsageFault:
    """Return the error that lists them and says how to agree."""
    lines = [
        f"  {label(trace.id, trace.count)}  {reason}: {cut(_first_line(trace.code), 60)}"
        for trace, reason in reaching[:_SHOWN]
    ]
    more = len(reaching) - _SHOWN
    lines += [f"  and {more:,} more"] if more > 0 else []
    verb = "reaches" if len(reaching) == 1 else "reach"
    return UsageFault(
        f"{counted(len(reaching), 'execution')} behind {result} {verb} outside of a temporary"
        " copy, so nothing was run:\n" + "\n".join(lines),
        f"look at them with `recipe {result}`, then add --yes to run them all the same.",
    )


def _names(code: str, path: str) -> bool:
    """Whether code holds a path, or a folder of it, in full."""
    folder = os.path.split(path)[0]
    return path in code or (len(folder) > 1 and f"{folder}/" in code)


def _is_temporary(path: str) -> bool:
    return is_below(os.path.realpath(path), os.path.realpath(tempfile.gettempdir()))


def _addresses(code: str) -> Iterator[str]:
    tree = tree_of(code)
    if tree is None:
        return  # the kernel refuses what cannot be read here
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found = _ADDRESS.match(node.value)
            if found:
                yield cut(node.value, 60)


def _first_line(code: str) -> str:
    return next((line.strip() for line in code.splitlines() if line.strip()), "")
