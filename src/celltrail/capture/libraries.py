"""Settings of libraries that a cell changes: process-wide, in no variable of the notebook.

Judged from the code alone, which is cheap in every cell. What it says is only that the
cell changed something there; who depends on it, a reading decides.
"""

from __future__ import annotations

import re
import types
from collections.abc import Iterator, Mapping
from typing import Any

from celltrail.capture.plan import CellPlan
from celltrail.core.digest import digest_report, estimate_seconds
from celltrail.core.digest_types import inherits, is_library, is_library_class, module_name
from celltrail.core.source import Call, Statement

# Functions known by their last name alone, wherever they are called; what they change.
SETTERS: Mapping[str, str] = {
    "seterr": "module.numpy",
    "seterrcall": "module.numpy",
    "set_printoptions": "display.numpy",
    "filterwarnings": "module.warnings",
    "simplefilter": "module.warnings",
    "resetwarnings": "module.warnings",
    "setlocale": "module.locale",
    "setcontext": "module.decimal",
    "setrecursionlimit": "module.sys",
    "set_int_max_str_digits": "module.sys",
    "set_config": "module.sklearn",
    "tzset": "module.time",
    "manual_seed": "module.torch",
    "set_default_dtype": "module.torch",
    "register_adapter": "module.sqlite3",
    "register_converter": "module.sqlite3",
    "register_dialect": "module.csv",
    "register_dataframe_accessor": "module.pandas",
    "register_series_accessor": "module.pandas",
    "register_index_accessor": "module.pandas",
    "register_extension_dtype": "module.pandas",
}
_SETTING = re.compile(
    r"(?:set|add|use|patch)(?:_|[A-Z])|(?:register|enable|disable|configure|install)(?:_|[A-Z]|$)"
)
# Watched by content instead, or no setting of a library.
_WATCHED = frozenset({"os", "random", "matplotlib", "seaborn", "IPython", "celltrail"})
_WATCHED_PARTS = frozenset({"environ", "rcParams", "options", "random"})
_OPTIONS = frozenset({"set_option", "reset_option", "set_eng_float_format"})
_CODE_TYPES = (types.FunctionType, types.BuiltinFunctionType, types.ModuleType, type)
_SECONDS = 0.0005
_PATH_METHODS = frozenset({"append", "insert", "extend", "remove", "clear", "pop"})


def library_settings(plan: CellPlan, namespace: Mapping[str, Any]) -> set[str]:
    """Return what of libraries a cell changed: ``module.NAME``, ``display.NAME``, ``import.NAME``.

    Parameters
    ----------
    plan : CellPlan
        The cell's static plan.
    namespace : mapping
        The user's namespace after the cell; only looked into, never called.
    """
    found = {f"import.{name}" for name in plan.cell.submodules}
    if any(name.startswith("sklearn.experimental.") for name in plan.cell.imports.values()):
        found.add("module.sklearn")  # the import itself makes other imports possible
    for statement in plan.cell.statements:
        found.update(_assigned(statement, namespace))
        for call in statement.calls:
            changed = _called(call, plan, namespace)
            if changed is not None:
                found.add(changed)
    found.update(SETTERS[word] for word in plan.uses.words & SETTERS.keys())
    return found


def module_data(plan: CellPlan, namespace: Mapping[str, Any]) -> Iterator[tuple[str, str | None]]:
    """Yield each module of the user's that a cell reads, with a digest of the data it holds.

    None where there is too much to look at in every cell.
    """
    for name in sorted(plan.cell.loads | plan.cell.imports.keys()):
        module = namespace.get(name)
        if type(module) is not types.ModuleType:
            continue
        full = vars(module).get("__name__")
        if type(full) is not str or is_library(full):
            continue
        data = {
            key: value
            for key, value in vars(module).items()
            if not key.startswith("__") and not isinstance(value, _CODE_TYPES)
        }
        is_small = estimate_seconds(data) <= _SECONDS
        yield full.partition(".")[0], digest_report(data).value if is_small else None


def _assigned(statement: Statement, namespace: Mapping[str, Any]) -> Iterator[str]:
    """``np.foo = …``, ``DataFrame.foo = …``, ``sys.modules[…] = …``, ``getcontext().prec = …``."""
    for name in statement.assigned_into:
        root = _library_of(namespace.get(name))
        is_direct = name in statement.patched
        if root is None or (not is_direct and statement.attributes & _WATCHED_PARTS):
            continue
        if root not in _WATCHED or is_direct:
            yield f"module.{root}"


def _library_of(value: object) -> str | None:
    """The package of a module, of a library's class or function, of decimal's context."""
    kind = type(value)
    if kind is types.ModuleType:
        name = vars(value).get("__name__")
        return name.partition(".")[0] if type(name) is str else None
    if inherits(kind, type):
        return module_name(value).partition(".")[0] if is_library_class(value) else None  # type: ignore[arg-type]
    if kind is types.BuiltinFunctionType or kind is types.FunctionType:
        name = value.__module__
        root = name.partition(".")[0].lstrip("_") if type(name) is str else ""
        return root if root and root != "main__" else None
    return "decimal" if module_name(kind) == "decimal" and kind.__name__ == "Context" else None


def _called(call: Call, plan: CellPlan, namespace: Mapping[str, Any]) -> str | None:
    if call.last in SETTERS and call.last not in plan.cell.functions:
        return SETTERS[call.last]
    if call.path in {"setattr", "delattr", "reload"} or call.path.endswith(".reload"):
        root = _library_of(namespace.get((call.first_argument or "").partition(".")[0]))
        return None if root is None else f"module.{root}"
    first, _, rest = call.path.partition(".")
    value = namespace.get(first)
    if type(value) is not types.ModuleType:
        return None
    root = _library_of(value)
    if root == "sys":
        is_path = rest.startswith(("path.", "modules.")) and call.last in _PATH_METHODS
        return "module.sys" if is_path else None
    if root is None or root in _WATCHED or call.last in _OPTIONS or not _SETTING.match(call.last):
        return None
    # ``np.add(a, b)`` is no setting; what is called for its effect alone may be one.
    return f"module.{root}" if _stands_alone(call) else None


def _stands_alone(call: Call) -> bool:
    statement = call.statement
    same_line = (call.node.lineno, call.node.end_lineno) == (statement.line, statement.end_line)
    return (
        not statement.stores and same_line and not call.comprehension and len(statement.calls) == 1
    )
