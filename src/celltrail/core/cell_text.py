"""What the text of a cell says when nobody watched: its words, imports and magics."""

from __future__ import annotations

import ast
import re
import warnings
from functools import lru_cache

_WORD = re.compile(r"[^\W\d]\w*")
_IMPORT = re.compile(r"^[ \t]*import[ \t]+(.+)$", re.MULTILINE)
_FROM = re.compile(r"^[ \t]*from[ \t]+([\w.]+)[ \t]+import[ \t]*(\([^)]*\)|.+)$", re.MULTILINE)
_MAGIC = re.compile(r"^[ \t]*(?:\w[\w, ]*=[ \t]*)?%{1,2}(\w+)", re.MULTILINE)
_INPUTS = re.compile(r"\b(?:In|_ih)\[(\d+)\]|\b_i(\d+)\b")
_FORMATS = re.compile(r"\b(?:to_string|to_html|to_latex|to_markdown|repr|str|format)\b")
_KEPT_TEXT = re.compile(r"=\s*r?f[\"']|\+=?\s*f[\"']|\(\s*f[\"'].*\)\s*\.|return\s+f[\"']")
# Options of pandas that change more than how things look.
_DEEP_OPTIONS = re.compile(r"\b(?:mode|compute|future|io|infer_string|copy_on_write|use_inf\w*)\b")
_DISPLAY_OPTIONS = re.compile(r"\b(?:display|styler|plotting)\b")


@lru_cache(maxsize=16_384)
def words(code: str) -> frozenset[str]:
    """Return every identifier in the text, those in strings and comments included."""
    return frozenset(_WORD.findall(code))


@lru_cache(maxsize=4096)
def imported(code: str) -> dict[str, str]:
    r"""Return the names that import statements bind, each with the package it comes from.

    Examples
    --------
    >>> imported("import numpy as np\nfrom sklearn.svm import SVC, SVR as R")
    {'np': 'numpy', 'SVC': 'sklearn', 'R': 'sklearn'}
    """
    found: dict[str, str] = {}
    for line in _IMPORT.findall(code):
        for part in line.partition("#")[0].split(","):
            name, _, alias = part.partition(" as ")
            root = name.strip().partition(".")[0]
            if root:
                found[alias.strip() or root] = root
    for module, names in _FROM.findall(code):
        for part in re.sub(r"#.*", "", names).strip("() \t").split(","):
            name, _, alias = part.partition(" as ")
            if name.strip():
                found[alias.strip() or name.strip()] = module.partition(".")[0]
    return found


def input_numbers(code: str) -> list[int]:
    """Return the numbers of earlier cells whose text is read: ``In[7]``, ``_ih[7]``, ``_i7``."""
    if "In[" not in code and "_i" not in code:
        return []
    return [int(number) for found in _INPUTS.findall(code) for number in found if number]


def magics(code: str) -> frozenset[str]:
    """Return the names of the magics that the text calls with ``%`` or ``%%``."""
    return frozenset(_MAGIC.findall(code))


def keeps_text(code: str) -> bool:
    """Whether the text may keep what something looks like, as ``to_string`` and ``repr`` do."""
    return bool(_FORMATS.search(code) or _KEPT_TEXT.search(code))


def is_display_only(code: str) -> bool:
    """Whether a cell that sets options of pandas sets only how frames are shown."""
    return bool(_DISPLAY_OPTIONS.search(code)) and not _DEEP_OPTIONS.search(code)


@lru_cache(maxsize=1024)
def is_python(code: str) -> bool:
    """Whether the text runs as plain Python: no magic, shell line or top-level ``await``."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an odd escape in a text is not our affair
        try:
            compile(code, "<cell>", "exec", dont_inherit=True)
        except (SyntaxError, ValueError):
            return False
    return True


@lru_cache(maxsize=1024)
def tree_of(code: str) -> ast.Module | None:
    """Return the tree of plain Python; None for anything else."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(code)
        except (SyntaxError, ValueError):
            return None
