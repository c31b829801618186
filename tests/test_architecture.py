"""The layers and bans of the architecture, read from the source without importing it.

Each ban is a function from one parsed module to sentences; the self-tests at the end plant a
violation of each and expect exactly one sentence back.
"""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import textwrap
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "celltrail"

# Top to bottom; a module imports from its own layer and from lower rows, never from a sibling.
LAYERS: tuple[tuple[str, ...], ...] = (
    ("celltrail",),  # celltrail/__init__.py: the public names
    ("faces",),
    ("capabilities",),
    ("figures",),
    ("pipeline", "lifecycle"),
    ("lineage", "analyses", "capture"),
    ("store",),
    ("settings",),
    ("core",),
)
RANKS = {layer: rank for rank, row in enumerate(LAYERS) for layer in row}
# The one sideways step: a pipeline may use what search, registry and governance offer.
SIBLINGS_ALLOWED = {("pipeline", "lifecycle")}

# Module: the prefixes of the modules that may import it, wherever the import stands.
PLACES: dict[str, tuple[str, ...]] = {
    "IPython": ("capture.hooks", "faces.magics", "faces.panels"),
    "ipywidgets": ("capture.hooks", "faces.magics", "faces.panels"),
    "plotly": ("figures", "faces"),
    "tornado": ("faces.server",),
    "jupyter_server": ("faces.server",),
    "papermill": ("pipeline.engine", "pipeline.papermill_client"),
    "nbclient": ("pipeline",),
    "sqlite3": ("store",),
    "sqlite_utils": ("store",),
    "sqlalchemy": ("store",),
}

# Not at module level, whatever the layer; ruff says so while typing (TID253 in pyproject.toml).
HEAVY = frozenset(
    "anywidget dask ipywidgets joblib jsonschema jupyter_server lightgbm matplotlib mlflow nbclient"
    " nbformat numpy optuna pandas papermill plotly polars pyarrow scipy sklearn sqlalchemy"
    " sqlite_utils torch tornado xgboost".split()
)
# Modules that are about a heavy library, and are themselves only imported inside functions.
ABOUT_HEAVY: dict[str, tuple[str, ...]] = {
    "pipeline.papermill_client": ("papermill", "nbclient"),
    "faces.server": ("jupyter_server", "tornado"),
    "store.migrations": ("sqlite_utils",),
    "figures": ("plotly",),
}

# What core must not even import: input, output, clock, environment, randomness, threads.
IMPURE = frozenset(
    "asyncio concurrent ctypes fcntl getpass glob http importlib io ipykernel IPython locale"
    " logging mmap multiprocessing nbclient nbformat os plotly platform pickle queue secrets select"
    " shelve shutil signal socket sqlite3 sqlite_utils ssl subprocess tempfile threading time"
    " traitlets urllib.request".split()
)
# Core tells values of these modules' classes apart; it must not call into them, but for these.
TYPES_ONLY = frozenset({"datetime", "pathlib", "random", "uuid", "zoneinfo"})
PURE_CALLS = frozenset(
    "datetime.date datetime.datetime datetime.datetime.fromisoformat datetime.time"
    " datetime.timedelta datetime.timezone pathlib.PurePath pathlib.PurePosixPath"
    " pathlib.PureWindowsPath uuid.UUID".split()
)
SYS_ALLOWED = frozenset(
    "byteorder float_info getrefcount getsizeof intern maxsize modules stdlib_module_names"
    " version_info".split()
)
IMPURE_BUILTINS = frozenset({"open", "print", "input", "exec", "eval", "breakpoint"})

SQL = re.compile(
    r"\bSELECT\s.+\sFROM\s|\bINSERT\s+(OR\s+\w+\s+)?INTO\s|\bUPDATE\s+\w+\s+SET\s|\bDELETE\s+FROM\s"
    r"|\bCREATE\s+(UNIQUE\s+|VIRTUAL\s+|TEMP\s+)?(TABLE|INDEX|VIEW|TRIGGER)\s|\bDROP\s+TABLE\s"
    r"|\bALTER\s+TABLE\s|\bPRAGMA\s+\w+|\bBEGIN\s+IMMEDIATE\b",
    re.DOTALL,
)


@dataclass(frozen=True)
class Module:
    """One source file: dotted name without the package, and its tree."""

    name: str  # "store.schema"; "" for celltrail/__init__.py
    tree: ast.Module

    @property
    def layer(self) -> str:
        return self.name.partition(".")[0] or "celltrail"


@dataclass(frozen=True)
class Import:
    """One imported module, and whether the import runs when the file is loaded."""

    target: str
    line: int
    at_module_level: bool


def read_modules(package: Path) -> list[Module]:
    found = []
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found.append(Module(name, ast.parse(path.read_text("utf-8"), str(path))))
    return found


def imports_of(module: Module) -> Iterator[Import]:
    """Yield every import, also by `__import__("x")` and `import_module("x")`."""
    yield from _imports(module.tree, at_module_level=True)


def _imports(node: ast.AST, *, at_module_level: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        inside = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        level = at_module_level and not inside
        if isinstance(child, ast.If) and _is_type_checking(child.test):
            level = False
        match child:
            case ast.Import():
                for alias in child.names:
                    yield Import(alias.name, child.lineno, level)
            case ast.ImportFrom(module=str(origin), level=0):
                for alias in child.names:
                    yield Import(f"{origin}.{alias.name}", child.lineno, level)
            case ast.ImportFrom():
                yield Import("(relative)", child.lineno, level)
            case ast.Call(func=function, args=[ast.Constant(value=str(target)), *_]) if dotted(
                function
            ).rpartition(".")[2] in {"__import__", "import_module"}:
                yield Import(target, child.lineno, level)
        yield from _imports(child, at_module_level=level)


def _is_type_checking(test: ast.expr) -> bool:
    return dotted(test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}


def dotted(node: ast.AST) -> str:
    """Return `a.b.c` for a chain of names, else an empty string."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=name):
            before = dotted(value)
            return f"{before}.{name}" if before else ""
    return ""


def is_under(name: str, prefixes: tuple[str, ...]) -> bool:
    return any(name == prefix or name.startswith(f"{prefix}.") for prefix in prefixes)


def upward_imports(module: Module) -> Iterator[str]:
    """Imports go down only; in the package's own file they stand inside functions."""
    for found in imports_of(module):
        parts = found.target.split(".")
        if found.target == "(relative)":
            yield f"{module.name}:{found.line} uses a relative import"
        if parts[0] != "celltrail":
            continue
        layer = parts[1] if len(parts) > 1 and parts[1] in RANKS else "celltrail"
        names = {found.target}
        if found.target == "celltrail":  # `import celltrail`: what counts is what is read from it
            names = {name for node in ast.walk(module.tree)
                     if (name := dotted(node)).startswith("celltrail.")}  # fmt: skip
        if layer == module.layer or names == {"celltrail.__version__"}:
            continue
        if (module.layer, layer) in SIBLINGS_ALLOWED:
            continue
        if RANKS.get(module.layer, -1) < 0:
            yield f"{module.name}:{found.line} is in no layer"
        elif RANKS[layer] <= RANKS[module.layer]:
            yield f"{module.name}:{found.line} imports {found.target}, which is not below it"
        elif module.layer == "celltrail" and found.at_module_level and layer != "core":
            yield f"celltrail:{found.line} imports {found.target} before anyone asks for it"


def misplaced_imports(module: Module) -> Iterator[str]:
    """Some libraries belong to a few modules."""
    for found in imports_of(module):
        library = found.target.partition(".")[0]
        if library in PLACES and not is_under(module.name, PLACES[library]):
            allowed = ", ".join(PLACES[library])
            yield f"{module.name}:{found.line} imports {library}; only {allowed} may"


def heavy_at_module_level(module: Module) -> Iterator[str]:
    """Heavy libraries are imported inside the function that needs them."""
    about = [name for prefix in ABOUT_HEAVY if is_under(module.name, (prefix,))
             for name in ABOUT_HEAVY[prefix]]  # fmt: skip
    for found in imports_of(module):
        library = found.target.partition(".")[0]
        if found.at_module_level and library in HEAVY and library not in about:
            yield f"{module.name}:{found.line} imports {library} at module level"


def impurities(module: Module) -> Iterator[str]:
    """Core has no input, output, clock, environment or randomness."""
    if module.layer != "core":
        return
    for found in imports_of(module):
        origin, _, name = found.target.rpartition(".")
        draws = origin in TYPES_ONLY - {"datetime"} and name.islower()
        if is_under(found.target, tuple(IMPURE)) or draws:
            yield f"{module.name}:{found.line} imports {found.target}"
    meaning = imported_names(module.tree)
    for node in ast.walk(module.tree):
        match node:
            case ast.Attribute(value=ast.Name(id="sys"), attr=name) if name not in SYS_ALLOWED:
                yield f"{module.name}:{node.lineno} reads sys.{name}"
            case ast.Call(func=function) if name := dotted(function):
                first, dot, rest = name.partition(".")
                name = meaning.get(first, first) + dot + rest
                calls_a_type = first in meaning and name.partition(".")[0] in TYPES_ONLY
                if name in IMPURE_BUILTINS or (calls_a_type and name not in PURE_CALLS):
                    yield f"{module.name}:{node.lineno} calls {name}"


def imported_names(tree: ast.Module) -> dict[str, str]:
    """Return what each imported name stands for: `{"np": "numpy", "date": "datetime.date"}`."""
    meaning = {}
    for node in ast.walk(tree):
        match node:
            case ast.Import():
                for alias in node.names:
                    root = alias.name.partition(".")[0]
                    meaning[alias.asname or root] = alias.name if alias.asname else root
            case ast.ImportFrom(module=str(origin)):
                for alias in node.names:
                    meaning[alias.asname or alias.name] = f"{origin}.{alias.name}"
    return meaning


def sql_outside_store(module: Module) -> Iterator[str]:
    """SQL stands in `store`; elsewhere not even as text."""
    if module.layer == "store":
        return
    descriptions = {id(text) for node in ast.walk(module.tree) if (text := _docstring(node))}
    for node in ast.walk(module.tree):
        match node:
            case ast.Constant(value=str(text)) if id(node) not in descriptions:
                if SQL.search(text):
                    yield f"{module.name}:{node.lineno} holds SQL: {text.strip()[:40]!r}"


def _docstring(node: ast.AST) -> ast.Constant | None:
    match node:
        case (
            ast.Module(body=[ast.Expr(value=ast.Constant(value=str()) as text), *_])
            | ast.ClassDef(body=[ast.Expr(value=ast.Constant(value=str()) as text), *_])
            | ast.FunctionDef(body=[ast.Expr(value=ast.Constant(value=str()) as text), *_])
            | ast.AsyncFunctionDef(body=[ast.Expr(value=ast.Constant(value=str()) as text), *_])
        ):
            return text
    return None


BANS = (
    upward_imports,
    misplaced_imports,
    heavy_at_module_level,
    impurities,
    sql_outside_store,
)


def violations(package: Path) -> list[str]:
    return [found for module in read_modules(package) for ban in BANS for found in ban(module)]


@pytest.mark.parametrize("ban", BANS, ids=lambda ban: ban.__name__)
def test_source_keeps_to_the_architecture(ban):
    found = [sentence for module in read_modules(PACKAGE) for sentence in ban(module)]

    assert found == []


def test_ruff_bans_the_same_heavy_libraries():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    banned = settings["tool"]["ruff"]["lint"]["flake8-tidy-imports"]["banned-module-level-imports"]

    assert set(banned) == HEAVY


def test_every_module_is_in_a_layer():
    assert {module.layer for module in read_modules(PACKAGE)} <= set(RANKS)


# --- what is loaded at run time -----------------------------------------------------------------

NOT_LOADED = "ipywidgets jupyter_server numpy optuna pandas plotly sklearn sqlite_utils".split()


def loaded_after(code: str, folder: Path, **environment: str) -> list[str]:
    """Run `code` in a fresh interpreter and return which of NOT_LOADED it loaded."""
    report = f"import sys; print(*(n for n in {NOT_LOADED!r} if n in sys.modules))"
    script = f"{textwrap.dedent(code)}\nprint()\n{report}"
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("CELLTRAIL")}
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=folder,
        env=inherited | {"IPYTHONDIR": str(folder / "ipython")} | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1].split()


def test_importing_celltrail_loads_nothing_heavy(tmp_path):
    assert loaded_after("import celltrail", tmp_path) == []


def test_importing_the_engine_loads_nothing_heavy(tmp_path):
    code = "import celltrail.pipeline.engine, sys; assert 'papermill' not in sys.modules"

    assert loaded_after(code, tmp_path) == []


def test_the_routes_of_a_server_load_nothing_that_reads_data(tmp_path):
    code = "import celltrail.faces.server.installing"

    assert loaded_after(code, tmp_path) == ["jupyter_server"]


RECORD_A_CELL = """
    from IPython.core.interactiveshell import InteractiveShell
    shell = InteractiveShell.instance()
    shell.kernel = object()  # recording acts only where there is a kernel
    import celltrail.capture.autoload
    celltrail.capture.autoload.start()
    shell.run_cell("x = 1")
"""


def test_auto_load_and_a_trivial_cell_load_nothing_heavy(tmp_path):
    assert loaded_after(RECORD_A_CELL, tmp_path) == []
    assert (tmp_path / ".celltrail" / "trail.db").exists()


def test_cli_status_loads_nothing_heavy(tmp_path):
    loaded_after(RECORD_A_CELL, tmp_path)
    code = """
        import sys
        from celltrail.faces.cli import main
        try:
            code = main(["status"])
        except SystemExit as end:
            code = end.code
        assert not code, code
    """

    assert loaded_after(code, tmp_path) == []


# --- the checker itself -------------------------------------------------------------------------

PLANTED = {
    "core imports the clock": ("core/clock.py", "import time"),
    "core imports files inside a function": ("core/files.py", "def f():\n    import io"),
    "core opens a file": ("core/files.py", "def f(): return open('x')"),
    "core reads the clock": ("core/when.py", "import datetime\nx = datetime.datetime.now()"),
    "core reads the clock by name": (
        "core/when.py",
        "from datetime import datetime\nx = datetime.now()",
    ),
    "core draws a number": ("core/luck.py", "import random\nx = random.random()"),
    "core imports a drawing": ("core/luck.py", "from random import choice"),
    "core reads the arguments": ("core/argv.py", "import sys\nx = sys.argv"),
    "core imports numpy at module level": ("core/buffers.py", "import numpy as np"),
    "core imports the store": ("core/up.py", "import celltrail.store.schema"),
    "store imports capture": ("store/up.py", "from celltrail.capture import hooks"),
    "store imports its way up by name": ("store/up.py", "from celltrail import faces"),
    "store imports the package": ("store/up.py", "from celltrail import log_metric"),
    "store reads from the package": (
        "store/up.py",
        "import celltrail\ncelltrail.__version__\ncelltrail.log_metric",
    ),
    "siblings import each other": (
        "lineage/changes/why.py",
        "from celltrail.capture.hooks import x",
    ),
    "an import inside a function counts": (
        "store/up.py",
        "def f():\n    from celltrail.lineage import closure",
    ),
    "an import by name counts": (
        "store/up.py",
        "import importlib\nx = importlib.import_module('celltrail.faces.cli')",
    ),
    "a relative import": ("store/near.py", "from . import schema"),
    "the package loads a layer": ("__init__.py", "from celltrail.faces import cli"),
    "a folder in no layer": ("helpers/x.py", "import celltrail.core.records"),
    "sqlite outside store": ("lineage/rows.py", "def f():\n    import sqlite3"),
    "SQL outside store": ("lineage/rows.py", "Q = 'SELECT id FROM execution WHERE id = ?'"),
    "SQL in an f-string outside store": ("faces/q.py", "def f(t): return f'DELETE FROM {t}'"),
    "plotly in an analysis": ("analyses/x.py", "def f():\n    import plotly.graph_objects"),
    "IPython in the recorder": ("capture/recorder.py", "from IPython import get_ipython"),
    "tornado outside the server": ("faces/cli.py", "def f():\n    import tornado.web"),
    "papermill outside the engine": ("faces/cli.py", "def f():\n    import papermill"),
    "pandas at module level": ("analyses/profile.py", "import pandas as pd"),
    "pandas at module level in a try": (
        "analyses/profile.py",
        "try:\n    import pandas\nexcept ImportError:\n    pandas = None",
    ),
    "pandas in a class body": ("analyses/profile.py", "class A:\n    import pandas"),
}


@pytest.mark.parametrize(("path", "code"), PLANTED.values(), ids=PLANTED.keys())
def test_checker_catches(path, code, tmp_path):
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_text(code)

    assert len(violations(tmp_path)) == 1


ALLOWED = {
    "core has a variable called random": ("core/t.py", "def f(random): return random.get(1)"),
    "core names types": (
        "core/t.py",
        "import random, datetime\nT = (random.Random, datetime.date)",
    ),
    "core imports numpy in a function": ("core/t.py", "def f():\n    import numpy"),
    "the version": ("faces/cli.py", "def f():\n    import celltrail\n    celltrail.__version__"),
    "down": ("faces/cli.py", "from celltrail.store import schema"),
    "own layer": ("store/a.py", "from celltrail.store.schema import TRAIL"),
    "tornado in the server": ("faces/server/handlers.py", "from tornado import web"),
    "SQL in store": ("store/a.py", "import sqlite3\nQ = 'SELECT id FROM execution '"),
    "SQL in a docstring": ("lineage/a.py", '"""Like SELECT id FROM execution, but pure."""'),
    "prose that is no SQL": ("faces/a.py", "HELP = 'Select a result from the list'"),
    "types only": (
        "analyses/a.py",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import pandas",
    ),
    "lazy public names": ("__init__.py", "def f():\n    from celltrail.faces import cli"),
}


@pytest.mark.parametrize(("path", "code"), ALLOWED.values(), ids=ALLOWED.keys())
def test_checker_lets_pass(path, code, tmp_path):
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_text(code)

    assert violations(tmp_path) == []
