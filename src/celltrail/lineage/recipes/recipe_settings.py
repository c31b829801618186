"""What a recipe keeps of settings: options of libraries, folders, the environment."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import PurePath

from celltrail.core.cell_text import is_display_only, keeps_text, words
from celltrail.lineage.recipes.recipe_known import PROCESSES, UNSEEN_CODE, Kept, Known
from celltrail.lineage.recipes.recipe_reasons import deed

_PLOTS = frozenset({"plot", "hist", "boxplot", "savefig", "figure", "subplots", "scatter"})
_TEXT_OF_DATES = frozenset(
    {"locale", "strftime", "strptime", "strxfrm", "strcoll", "day_name", "month_name", "calendar"}
)
_HANDLING = frozenset({"try", "except", "catch_warnings", "warnings", "showwarning"})
_FOLDERS = frozenset({"getcwd", "cwd", "listdir", "glob", "rglob", "scandir", "walk", "abspath",
                      "resolve", "absolute", "exists"})  # fmt: skip
_ALL_VARIABLES = frozenset({"environ", "getenv", "environb", "expandvars"})
# Variables that libraries and the interpreter read without a cell naming them.
_READ_BY_ALL = re.compile(r"^(TZ|LANG|LC_\w+|PATH|PYTHON\w*|HOME|TMPDIR|TEMP|\w*NUM_THREADS)$")
_ATTRIBUTE_SET = re.compile(r"\.(\w+)\s*=(?!=)|setattr\([^,]+,\s*[\"'](\w+)[\"']")


def settings(known: Known) -> Kept:
    """Options of libraries, patched modules, the folder, variables of the environment."""
    for session in list(known.sessions):
        last: dict[tuple[str, str], int] = {}
        for made in reversed(known.state(session)):
            row, name = made.execution, made.name
            if row in known.kept or name.startswith("file:"):
                continue
            key = (name, _variant(known, name, row))
            if key not in last:
                depends = _dependent(known, name, row)
                # Only an answer that holds for earlier changes too may be remembered.
                last[key] = -1 if depends is None else known.place[depends]
            if known.place[row] < last[key]:
                user = known.sessions[session][last[key]]
                yield row, f"{deed(name)}, before {known.title(user)}"


def _variant(known: Known, name: str, row: int) -> str:
    """What the answer depends on besides the name of the state."""
    code = known.short_code(row)
    if name == "ambient:pandas.options":
        return "display" if is_display_only(code) else ""
    return code if name.startswith(("ambient:module.", "ambient:import.")) else ""


def _dependent(known: Known, name: str, row: int) -> int | None:
    """The last kept execution of the session that may depend on a piece of state."""
    test = _test(known, name, row)
    session = known.kept_in.get(known.session(row), [])
    return next((user for user in reversed(session) if user != row and test(user)), None)


def _test(known: Known, name: str, row: int) -> Callable[[int], bool]:
    kind, _, rest = name.partition(":")
    if kind == "environ":
        return lambda user: _reads_variable(known, user, rest)
    if kind == "folder":
        return lambda user: _works_in(known, user, rest)
    if rest == "cwd":
        return lambda user: bool(
            known.files(user)
            or known.opaque(user) & (PROCESSES | UNSEEN_CODE)
            or words(known.code(user)) & _FOLDERS
        )
    if rest == "matplotlib.rcParams":
        return lambda user: bool(
            known.involves(user, "matplotlib")
            or known.involves(user, "seaborn")
            or words(known.code(user)) & _PLOTS
        )
    if rest == "pandas.options":
        looks = is_display_only(known.short_code(row))
        return lambda user: (
            known.involves(user, "pandas")
            and (not looks or keeps_text(known.code(user)) or _reads_options(known, user))
        )
    part, _, library = rest.partition(".")
    if part == "display":
        return lambda user: known.involves(user, library) and keeps_text(known.code(user))
    return _module_test(known, library, known.short_code(row))


def _reads_options(known: Known, user: int) -> bool:
    return bool(words(known.code(user)) & {"get_option", "options", "option_context"})


def _module_test(known: Known, library: str, code: str) -> Callable[[int], bool]:
    if library == "warnings":
        if "error" not in code:  # a warning that is not shown changes nothing else
            return lambda user: "catch_warnings" in words(known.code(user))
        return lambda user: bool(words(known.code(user)) & _HANDLING)
    if library == "locale":
        return lambda user: bool(words(known.code(user)) & _TEXT_OF_DATES)
    if library == "sys":
        return lambda user: bool(words(known.code(user)) & {"sys", "import"})
    patched = {name for pair in _ATTRIBUTE_SET.findall(code) for name in pair if name}
    root = library.partition(".")[0]
    return lambda user: (
        known.involves(user, root) or not patched.isdisjoint(words(known.code(user)))
    )


def _reads_variable(known: Known, user: int, name: str) -> bool:
    code = known.code(user)
    found = words(code)
    if name in found or known.opaque(user) & PROCESSES:
        return True
    # ``os.environ[key]`` may be any; where every key is a text, it is not this one.
    if found & _ALL_VARIABLES and re.search(
        r"environ\b(?!\s*\[\s*[\"']|\.get\(\s*[\"'])|getenv\((?!\s*[\"'])|expandvars", code
    ):
        return True
    if _READ_BY_ALL.match(name):
        return True
    return any(
        name.upper().startswith(f"{package.upper()}_") and known.involves(user, package)
        for package in {*known.packages, *known.types[user]}
    )


def _works_in(known: Known, user: int, folder: str) -> bool:
    prefix = folder.rstrip("/") + "/"
    if any(path.startswith(prefix) for path in known.files(user)):
        return True
    return PurePath(folder).name in words(known.code(user))
