"""Files that cells read and write, by whatever means Python has of opening one."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
from capture_cells import Notebook, generated

from celltrail.capture import files


@pytest.fixture
def cells(tmp_path, monkeypatch) -> Any:
    monkeypatch.chdir(tmp_path)
    with Notebook(tmp_path) as made:
        names = {"os": os, "sys": sys, "np": np, "pd": pd, "Path": Path, "joblib": joblib}
        made.namespace.update(names, sqlite3=sqlite3, subprocess=subprocess, tempfile=tempfile)
        yield made


def file_uses(cells: Notebook, record: Any) -> set[str]:
    return {edge for edge in cells.used(record) if edge.startswith("file:")}


def file_writes(record: Any) -> set[str]:
    return {name for name in generated(record) if name.startswith("file:")}


def both(cells: Notebook, code: str) -> tuple[set[str], set[str]]:
    record = cells.run(code)
    assert cells.error is None
    assert record.problems == ()
    return file_uses(cells, record), file_writes(record)


READ, WRITTEN = ({"file:a<-0"}, set()), (set(), {"file:a"})
BOTH = ({"file:a<-0"}, {"file:a"})


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("open('a').close()", READ),
        ("open('a', 'rb').close()", READ),
        ("open(os.path.abspath('a')).close()", READ),
        ("open('./a').close()", READ),
        ("open(b'a').close()", READ),
        ("Path('a').read_text()", READ),
        ("os.close(os.open('a', os.O_RDONLY))", READ),
        ("np.loadtxt('a')", READ),
        ("pd.read_csv('a')", READ),
        ("open('a', 'w').close()", WRITTEN),
        ("open('a', 'w+').close()", WRITTEN),
        ("Path('a').write_text('2')", WRITTEN),
        ("pd.DataFrame().to_csv('a')", WRITTEN),
        ("os.close(os.open('a', os.O_WRONLY | os.O_TRUNC))", WRITTEN),
        ("open('a', 'a').close()", BOTH),
        ("open('a', 'r+').close()", BOTH),
        ("f = open('a', 'a'); f.write('2'); f.close()", BOTH),
        ("f = open('a', 'r+'); f.write('2'); f.close()", BOTH),
        ("os.close(os.open('a', os.O_RDWR))", BOTH),
        ("os.close(os.open('a', os.O_WRONLY | os.O_APPEND))", BOTH),
        ("t = open('a').read(); open('a', 'w').write(t + '2') and None", BOTH),
        ("os.stat('a'); os.path.exists('a')", (set(), set())),
        ("fd = os.open('a', os.O_RDONLY); open(fd).close()", READ),
    ],
)
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_how_a_file_is_opened_says_what_becomes_of_it(cells, code, expected) -> None:
    """Appending lost the edge to the cell that wrote what was there."""
    cells.run("open('a', 'w').write('1')")

    assert both(cells, code) == expected


def test_what_is_used_when_it_is_changed_is_what_was_there(cells) -> None:
    first = cells.run("Path('a').write_text('1')")
    record = cells.run("with open('a', 'a') as f: f.write('2')")

    (used,) = (edge for edge in record.used if edge.name == "file:a")
    (written,) = (edge for edge in record.generated if edge.name == "file:a")
    (made,) = (edge for edge in first.generated if edge.name == "file:a")
    assert record.entities[used.entity].digest == first.entities[made.entity].digest
    assert record.entities[written.entity].digest != record.entities[used.entity].digest


@pytest.mark.parametrize(
    ("write", "read", "name"),
    [
        ("np.save('a.npy', np.ones(2))", "np.load('a.npy')", "a.npy"),
        ("joblib.dump([1], 'a.joblib')", "joblib.load('a.joblib')", "a.joblib"),
        ("pd.DataFrame({'x': [1]}).to_pickle('a.pkl')", "pd.read_pickle('a.pkl')", "a.pkl"),
        ("os.mkdir('d'); Path('d/a').write_text('1')", "(Path('d') / 'a').read_text()", "d/a"),
    ],
)
def test_what_one_cell_writes_another_reads(cells, write, read, name) -> None:
    assert both(cells, write) == (set(), {f"file:{name}"})
    assert both(cells, read) == ({f"file:{name}<-0"}, set())


@pytest.mark.parametrize("path", ["'a.db'", "Path('a.db')", "b'a.db'"])
def test_a_database_is_written_when_it_changed(cells, path) -> None:
    """SQLite opens files out of Python's sight, and `Path` was not seen at all."""
    connect = f"c = sqlite3.connect({path})\n"
    write = both(cells, f"{connect}c.execute('create table t(x)'); c.commit(); c.close()")
    old = Path("a.db")
    os.utime(old, (1, 1))
    cells.recorder.files.writers[str(old.absolute())] = files.Written(
        cells.kept.executions[0].id,
        cells.recorder.files.writers[str(old.absolute())].entity,
        (0, 0, 0),
    )
    read = both(cells, f"{connect}list(c.execute('select * from t')); c.close()")

    assert write == (set(), {"file:a.db"})
    assert read == ({"file:a.db<-0"}, set())


def test_a_database_in_memory_is_no_file(cells) -> None:
    assert both(cells, "sqlite3.connect(':memory:').close()") == (set(), set())


def test_a_file_nobody_here_wrote_is_an_input(cells) -> None:
    Path("a").write_text("1")

    assert both(cells, "open('a').close()") == ({"file:a<-"}, set())


def test_a_file_that_changed_outside_is_an_input_again(cells) -> None:
    cells.run("Path('a').write_text('1')")
    Path("a").write_text("22")

    assert both(cells, "open('a').close()") == ({"file:a<-"}, set())


def test_a_file_that_is_gone_when_the_cell_ends(cells) -> None:
    cells.run("Path('a').write_text('1')")

    assert both(cells, "t = Path('a').read_text(); os.remove('a')") == ({"file:a<-0"}, set())
    assert both(cells, "Path('b').write_text('1'); os.remove('b')") == (set(), set())
    assert both(cells, "try: open('absent')\nexcept OSError: pass") == (set(), set())


@pytest.mark.parametrize(
    "code",
    [
        "os.listdir('.')",
        "try: open('.')\nexcept OSError: pass",
        "open(os.__file__).close()",
        "open(np.__file__).close()",
        "open('/proc/self/status').close()",
        "open(os.devnull, 'w').close()",
        "tempfile.TemporaryFile().close()",
        "f = tempfile.NamedTemporaryFile(); f.write(b'1'); f.flush(); f.close()",
        "os.makedirs('.celltrail', exist_ok=True); Path('.celltrail/x').write_text('1')",
        "open(__import__('celltrail').__file__).close()",
    ],
)
def test_the_interpreters_own_temporary_and_our_files_are_nobodys(cells, code) -> None:
    assert both(cells, code) == (set(), set())


def test_a_module_is_known_by_its_source(cells, tmp_path, monkeypatch) -> None:
    Path("mine_of_tests.py").write_text("x = 1")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    first = both(cells, "import mine_of_tests")
    del sys.modules["mine_of_tests"]
    second = both(cells, "import mine_of_tests")
    del sys.modules["mine_of_tests"]

    assert "file:mine_of_tests.py<-" in first[0]
    assert {edge.partition("<-")[0] for edge in second[0]} == {"file:mine_of_tests.py"}
    assert second[1] == set()


def test_names_are_relative_to_the_notebook_and_taken_when_opened(cells, tmp_path) -> None:
    Path("d").mkdir()
    Path("d/a").write_text("1")

    assert both(cells, "os.chdir('d'); open('a').close(); os.chdir('..')")[0] == {"file:d/a<-"}


def test_files_of_a_shell_are_those_that_changed(cells) -> None:
    Path("old").write_text("1")
    os.utime("old", (1, 1))
    record = cells.run(
        "subprocess.run([sys.executable, '-c', \"open('new', 'w').write('1')\"], check=True)"
    )

    assert file_writes(record) == {"file:new"}
    assert record.opaque == ("process",)


def test_a_file_too_large_for_the_budget_is_known_by_its_stamp(tmp_path, monkeypatch) -> None:
    """And still by who wrote it, when it was small enough to be read then."""
    monkeypatch.chdir(tmp_path)
    with Notebook(tmp_path, exact=False) as made:
        made.namespace.update(Path=Path)
        account = made.recorder.account
        first = made.run("Path('a').write_text('1')")
        account.balance = account.ceiling = -1.0
        record = made.run("Path('a').read_text()")

        (used,) = (edge for edge in record.used if edge.name == "file:a")
        (written,) = (edge for edge in first.generated if edge.name == "file:a")
        assert first.entities[written.entity].scope == "full"
        assert record.entities[used.entity].scope == "metadata"
        assert record.entities[used.entity].reason
        assert used.source == first.id


def test_other_threads_and_other_times_are_not_the_cells(cells) -> None:
    Path("a").write_text("1")
    cells.namespace["Thread"] = __import__("threading").Thread
    threaded = both(
        cells,
        "t = Thread(target=Path('a').read_text); t.start(); t.join()",
    )
    Path("a").read_text()

    assert threaded == (set(), set())
    assert both(cells, "1") == (set(), set())


def test_what_celltrail_reads_to_answer_is_no_input_of_the_asking_cell(cells) -> None:
    for name in "ab":
        Path(name).write_text("1")
    cells.namespace["asking"] = files.asking
    asked = both(
        cells,
        "open('a').close()\n"
        "with asking():\n"
        "    open('b').close(); sqlite3.connect('b').close(); os.makedirs('folder')\n"
        "    subprocess.run([sys.executable, '-c', '1'])\n"
        "    open('c', 'w').close()\n",
    )

    assert asked == ({"file:a<-"}, {"file:c"})
    assert cells.kept.executions[-1].opaque == ()


def test_files_that_imports_open_do_not_crowd_out_the_cells_own(cells, monkeypatch) -> None:
    """A cell that imported pandas and scikit-learn before it read its data lost the data."""
    monkeypatch.setattr(files, "_MAX_TOUCHED", 5)
    Path("data.csv").write_text("a\n1\n")
    folder = Path(np.__file__).parent

    used, _ = both(
        cells,
        f"for path in list(Path({str(folder)!r}).glob('*.py'))[:9]: path.read_bytes()\n"
        "frame = pd.read_csv('data.csv')",
    )

    assert used == {"file:data.csv<-"}


def test_a_thousand_files_are_enough(cells, monkeypatch) -> None:
    monkeypatch.setattr(files, "_MAX_TOUCHED", 3)

    assert len(both(cells, "for i in range(9): Path(str(i)).write_text('')")[1]) == 3
