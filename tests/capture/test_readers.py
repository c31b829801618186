"""Hooks on readers that raise no audit event: seen both ways, removable, harmless."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.csv
import pyarrow.feather
import pyarrow.parquet
import pytest
from capture_cells import Notebook, generated

from celltrail.capture import files, readers


@pytest.fixture
def cells(tmp_path, monkeypatch) -> Any:
    monkeypatch.chdir(tmp_path)
    with Notebook(tmp_path) as made:
        made.namespace.update(pd=pd, pl=pl, pa=pa, Path=Path)
        made.namespace["pq"], made.namespace["feather"] = pyarrow.parquet, pyarrow.feather
        made.namespace["pacsv"] = pyarrow.csv
        made.run(
            "d = pd.DataFrame({'x': [1]})\nq = pl.DataFrame({'x': [1]})\nt = pa.table({'x': [1]})"
        )
        yield made


PAIRS = [
    ("d.to_parquet('a')", "pd.read_parquet('a')"),
    ("d.to_parquet(path=Path('a'))", "pd.read_parquet(path=Path('a'))"),
    ("q.write_parquet('a')", "pl.read_parquet('a')"),
    ("q.write_parquet('a')", "pl.scan_parquet('a').collect()"),
    ("q.write_csv('a')", "pl.read_csv('a')"),
    ("q.write_csv(file='a')", "pl.read_csv(source='a')"),
    ("q.write_ndjson('a')", "pl.read_ndjson('a')"),
    ("pq.write_table(t, 'a')", "pq.read_table('a')"),
    ("pq.write_table(t, where='a')", "pq.read_table(source='a')"),
    ("pacsv.write_csv(t, 'a')", "pacsv.read_csv('a')"),
    ("feather.write_feather(t, 'a')", "feather.read_feather('a')"),
    ("feather.write_feather(t, 'a')", "feather.read_table('a')"),
]


@pytest.mark.parametrize(("write", "read"), PAIRS)
def test_what_is_written_is_read(cells, write, read) -> None:
    written = cells.run(write)
    done = cells.run(f"_r = {read}")

    assert cells.error is None
    assert {"file:a"} == {n for n in generated(written) if n.startswith("file:")}
    assert {"file:a<-1"} == {e for e in cells.used(done) if e.startswith("file:")}


def test_buffers_addresses_and_wrong_arguments_are_passed_on(cells) -> None:
    before = readers.errors
    cells.run("import io\nb = io.BytesIO()\nd.to_parquet(b)\nr = pd.read_parquet(b)")
    assert cells.error is None
    cells.run("pd.read_parquet()")
    assert isinstance(cells.error, TypeError)
    record = cells.run("try: pd.read_parquet('mem://nowhere/a')\nexcept Exception: pass")

    assert {e for e in cells.used(record) if e.startswith("file:")} == set()
    assert readers.errors == before


class Path_(Path):  # noqa: N801 - a path of the user's
    def __fspath__(self) -> str:
        raise RuntimeError("no path")


def test_an_error_in_a_hook_is_counted_and_the_call_goes_on(monkeypatch) -> None:
    monkeypatch.setattr(readers, "errors", 0)
    monkeypatch.setattr(files, "note", lambda *a, **k: 1 / 0)
    hooked = readers._wrapped(lambda path: f"read {path}", "path", writes=False)

    assert hooked("a") == "read a"
    assert readers.errors == 1


def test_removing_restores_the_originals() -> None:
    def everything() -> list[Any]:
        found = []
        for name, hooks in readers.READERS.items():
            for path, *_ in hooks:
                value: Any = sys.modules.get(name)
                for part in path.split("."):
                    value = getattr(value, part, None)
                found.append(value)
        return found

    readers.remove()
    before, finders = everything(), list(sys.meta_path)
    readers.install()
    readers.install()
    during = everything()
    readers.remove()

    assert sum(one is not other for one, other in zip(before, during, strict=True)) > 20
    assert all(one is other for one, other in zip(before, everything(), strict=True))
    assert sys.meta_path == finders
    assert "__wrapped__" not in vars(pd.DataFrame.to_parquet)


@pytest.mark.parametrize(
    "name",
    [
        "pandas.read_parquet",
        "polars.read_csv",
        "pyarrow.parquet.read_table",
        "pyarrow.feather.read_feather",
    ],
)
def test_a_hooked_function_is_pickled_as_before(name) -> None:
    """`pool.map(pq.read_table, paths)` failed: its pickle looks the function up by name."""
    module, _, attribute = name.rpartition(".")
    readers.remove()
    plain = pickle.dumps(getattr(sys.modules[module], attribute))
    readers.install()
    try:
        hooked = getattr(sys.modules[module], attribute)
        assert hooked.__wrapped__
        assert pickle.dumps(hooked) == plain
        assert pickle.loads(plain) is hooked
    finally:
        readers.remove()


def test_a_hooked_function_looks_like_the_original() -> None:
    import inspect

    readers.remove()
    plain = pd.read_parquet
    readers.install()
    hooked = pd.read_parquet
    readers.remove()

    assert hooked is not plain
    assert (hooked.__name__, hooked.__doc__, hooked.__module__) == (
        plain.__name__, plain.__doc__, plain.__module__,
    )  # fmt: skip
    assert inspect.signature(hooked) == inspect.signature(plain)


@pytest.fixture
def later(tmp_path, monkeypatch) -> Any:
    """A module with a reader, imported after the hooks are in."""
    (tmp_path / "later_reader.py").write_text("def load(path):\n    return 'loaded'\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setitem(
        readers.READERS, "later_reader", (("load", "path", False), ("absent", "x", True))
    )
    readers.install()
    yield "later_reader"
    readers.remove()
    sys.modules.pop("later_reader", None)


def test_a_library_is_hooked_when_it_is_imported(later) -> None:
    import importlib

    module: ModuleType = importlib.import_module(later)
    hooked = module.load
    assert hooked.__wrapped__
    assert module.load("a") == "loaded"
    assert not hasattr(module, "absent")

    readers.remove()
    assert module.load is hooked.__wrapped__


def test_a_reload_hooks_once(later) -> None:
    import importlib

    module = importlib.reload(importlib.import_module(later))

    assert not hasattr(module.load.__wrapped__, "__wrapped__")


def test_a_library_that_fails_to_import_fails_as_before(later, tmp_path) -> None:
    (tmp_path / "later_reader.py").write_text("1 / 0")

    with pytest.raises(ZeroDivisionError):
        __import__(later)
    assert later not in sys.modules
