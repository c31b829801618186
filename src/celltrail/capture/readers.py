"""Hooks on readers and writers that raise no audit event (pyarrow, polars, parquet).

They are put in when the library is imported and can be taken out again. A hook
notes the path and calls the original; what goes wrong in it is counted, not raised.
"""

from __future__ import annotations

import functools
import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from types import ModuleType
from typing import Any

from celltrail.capture import files

# module -> (attribute path, name of the path parameter, writes)
READERS: dict[str, tuple[tuple[str, str, bool], ...]] = {
    "pandas": (
        ("read_parquet", "path", False),
        ("read_orc", "path", False),
        ("DataFrame.to_parquet", "path", True),
        ("DataFrame.to_orc", "path", True),
    ),
    "pyarrow.parquet": (
        ("read_table", "source", False),
        ("write_table", "where", True),
    ),
    "pyarrow.csv": (("read_csv", "input_file", False), ("write_csv", "output_file", True)),
    "pyarrow.feather": (
        ("read_table", "source", False),
        ("read_feather", "source", False),
        ("write_feather", "dest", True),
    ),
    "polars": (
        *((name, "source", False) for name in (
            "read_csv", "read_parquet", "read_json", "read_ndjson", "read_ipc", "read_excel",
            "scan_csv", "scan_parquet", "scan_ndjson", "scan_ipc",
        )),
        *((f"DataFrame.{name}", "file", True) for name in (
            "write_csv", "write_parquet", "write_json", "write_ndjson", "write_ipc",
        )),
    ),
}  # fmt: skip

errors = 0  # hooks that failed; `%mlops status` shows the count
_undo: list[tuple[Any, str, Any]] = []


def _wrapped(original: Callable[..., Any], parameter: str, *, writes: bool) -> Callable[..., Any]:
    position = 1 if writes and "." in getattr(original, "__qualname__", "") else 0
    if getattr(original, "__name__", "") in {"write_table", "write_csv", "write_feather"}:
        position = 1

    @functools.wraps(original)
    def reader(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True  # IPython leaves this frame out of the user's traceback
        _note(args, kwargs, position, parameter, writes=writes)
        return original(*args, **kwargs)

    return reader


def _note(
    args: tuple[Any, ...], kwargs: dict[str, Any], position: int, parameter: str, *, writes: bool
) -> None:
    global errors
    try:
        target = kwargs.get(parameter, args[position] if len(args) > position else None)
        if isinstance(target, (str, bytes, os.PathLike)) and "://" not in os.fspath(target)[:12]:
            files.note(os.fspath(target), read=not writes, written=writes, evidence="hook")
    except Exception:  # counted: a hook must not change what the reader does
        errors += 1


def _hook_module(module: ModuleType) -> None:
    for path, parameter, writes in READERS[module.__name__]:
        owner: Any = module
        *parents, name = path.split(".")
        for parent in parents:
            owner = vars(owner).get(parent)
            if owner is None:
                break
        original = vars(owner).get(name) if owner is not None else None
        if original is None or not callable(original):
            continue
        wrapped = _wrapped(original, parameter, writes=writes)
        places = [owner]
        # A function is pickled by the module that defines it, and must be found there.
        home = sys.modules.get(getattr(original, "__module__", None) or "")
        if home is not None and home is not owner and vars(home).get(name) is original:
            places.append(home)
        for place in places:
            _undo.append((place, name, original))
            setattr(place, name, wrapped)


class _Finder(importlib.abc.MetaPathFinder):
    """Lets the ordinary finders work, then hooks the module once it is loaded."""

    def __init__(self) -> None:
        self.busy: set[str] = set()

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002  (the finders' protocol)
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname not in READERS or fullname in self.busy:
            return None
        self.busy.add(fullname)
        try:
            spec = importlib.util.find_spec(fullname)
        finally:
            self.busy.discard(fullname)
        if spec is not None and spec.loader is not None:
            _hook_loader(spec.loader)
        return spec


def _hook_loader(loader: Any) -> None:
    execute = loader.exec_module

    def exec_module(module: ModuleType) -> None:
        execute(module)
        loader.exec_module = execute
        global errors
        try:
            _hook_module(module)
        except Exception:  # counted: an import must not fail for us
            errors += 1

    loader.exec_module = exec_module


_finder = _Finder()


def install() -> None:
    """Hook the readers that are loaded, and those that get imported later."""
    if _finder not in sys.meta_path:
        sys.meta_path.insert(0, _finder)
        for name in _loaded():
            _hook_module(sys.modules[name])


def _loaded() -> Iterator[str]:
    return (name for name in READERS if isinstance(sys.modules.get(name), ModuleType))


def remove() -> None:
    """Put every original back."""
    if _finder in sys.meta_path:
        sys.meta_path.remove(_finder)
    while _undo:
        owner, name, original = _undo.pop()
        setattr(owner, name, original)
