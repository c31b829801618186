"""The recorder in a real shell: events in any order, and nothing left behind."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from reliability.shells import Shell, Warm, problems, rows, statuses


@pytest.fixture
def shell(warm: Warm, tmp_path: Path) -> Iterator[Shell]:
    with warm.shell(tmp_path) as made:
        yield made


def sources(shell: Shell) -> list[tuple[str, str]]:
    """Code and status of every execution, in order."""
    query = (
        "SELECT source, status FROM execution JOIN code ON code.id = code_id ORDER BY execution.id"
    )
    return [(source, status) for source, status in rows(shell.folder, query)]


STATE = """
import builtins, sys
def names(callbacks): return sorted(getattr(c, '__qualname__', str(c)) for c in callbacks)
result = {
    'events': {k: names(v) for k, v in shell.events.callbacks.items()},
    'ast': [type(t).__name__ for t in shell.ast_transformers],
    'input': names(shell.input_transformers_cleanup) + names(shell.input_transformers_post),
    'finders': [type(f).__name__ + getattr(f, '__name__', '') for f in sys.meta_path],
    'builtins': sorted(vars(builtins)),
    'user': sorted(shell.user_ns),
    'shell': sorted(vars(shell)),
    'streams': ['write' in vars(s) for s in (sys.stdout, sys.stderr)],
    'readers': __import__('pandas').read_parquet.__code__.co_name,
    'publishers': [len(getattr(p, '_hooks', [])) for p in (shell.display_pub, shell.displayhook)],
}
"""


def test_unloading_leaves_the_shell_as_it_was(warm, tmp_path) -> None:
    with warm.shell(tmp_path, record=False) as shell:
        shell.run("pass")
        before = shell.python(STATE)
        shell.python("shell.run_line_magic('load_ext', 'celltrail')")
        shell.run("a = 1\nprint(a)", "1 / 0", store_history=False)
        during = shell.python(STATE)
        shell.python("shell.run_line_magic('unload_ext', 'celltrail')\nshell.user_ns.pop('a')")
        after = shell.python(STATE)

    assert during != before
    for part in before:
        if part != "user":  # history names come with every cell
            assert after[part] == before[part], part
    assert [name for name in after["user"] if "celltrail" in name] == []


def run_as_a_kernel_does(code: str) -> str:
    """Test code for an async cell: run without the tee of IPython's `run_cell`."""
    return (
        "import asyncio\nr = asyncio.run(shell.run_cell_async("
        f"{code!r}, store_history=True, transformed_cell={code!r}))\n"
        "shell.events.trigger('post_run_cell', r)\n"
    )


def test_between_cells_the_streams_are_the_users_own(shell) -> None:
    found = shell.python(
        "import sys\nplain = 'write' in vars(sys.stdout)\n"
        + run_as_a_kernel_does("import asyncio\nprint(1)\nawait asyncio.sleep(0)")
        + "result = [plain, 'write' in vars(sys.stdout)]"
    )

    assert found == [False, False]
    assert len(sources(shell)) == 1


def test_a_second_load_changes_nothing(shell) -> None:
    before = shell.python(STATE)
    shell.python(
        "import celltrail.capture.hooks as h\nh.load(shell)\n"
        "shell.run_line_magic('load_ext', 'celltrail')"
    )

    assert shell.python(STATE) == before
    shell.run("a = 1")
    assert sources(shell) == [("a = 1", "ok")]


def test_loading_again_after_unloading_records_again(shell) -> None:
    shell.run("a = 1")
    shell.python("shell.run_line_magic('unload_ext', 'celltrail')")
    shell.run("b = 1")
    shell.python("shell.run_line_magic('load_ext', 'celltrail')")
    shell.run("c = 1")

    assert [code for code, _ in sources(shell)] == ["a = 1", "c = 1"]


def test_what_a_cell_does_to_its_stream_stays_done(shell) -> None:
    """A patch of `sys.stdout.write` made in an async cell was undone when the cell ended."""
    patch = "import sys\nsys.stdout.write = lambda t, w=sys.stdout.write: w(t.upper())\nawait f()"
    found = shell.python(
        "import sys\nasync def f(): pass\nshell.user_ns['f'] = f\n"
        + run_as_a_kernel_does(patch)
        + "result = sys.stdout.write.__name__\nprint('a', flush=True)\ndel sys.stdout.write"
    )
    (ran,) = shell.run("print('b')")

    assert found == "<lambda>"
    assert ran.stdout == "A\nb\n"


@pytest.mark.parametrize("code", ["", "  \n\t", "# only this"], ids=repr)
def test_an_empty_cell_is_harmless(shell, code) -> None:
    shell.run(code, "a = 1")

    assert ("a = 1", "ok") in sources(shell)
    assert problems(shell.folder) == []


@pytest.mark.parametrize("inner", ["a = 1", "", "   ", "1 / 0", "a = = 1", "%time a = 1"], ids=repr)
def test_a_nested_cell_belongs_to_the_outer_one(shell, inner) -> None:
    """After a nested empty cell (it ends without having begun) the outer one was over too early."""
    code = f"x = 1\nr = get_ipython().run_cell({inner!r})\ny = 2"
    shell.run(code, "z = 3")

    assert sources(shell) == [(code, "ok"), ("z = 3", "ok")]
    assert problems(shell.folder) == []


def test_all_of_the_outer_cell_is_recorded_around_an_empty_one(shell) -> None:
    shell.run("x = 1\nr = get_ipython().run_cell('')\ny = 2\nprint('late')")
    made = shell.python(
        "v = shell.celltrail_hooks.recorder.variables.names\n"
        "result = sorted(n for n in ('x', 'y') if v[n].source is not None)"
    )

    assert made == ["x", "y"]


def test_an_end_without_a_beginning_is_ignored(shell) -> None:
    shell.python("shell.events.trigger('post_run_cell', None)")
    shell.run("a = 1")

    assert sources(shell) == [("a = 1", "ok")]
    assert problems(shell.folder) == []


def test_cells_without_history_are_recorded_and_silent_ones_are_not(shell) -> None:
    shell.run("a = 1", store_history=False)
    shell.run("b = 1", silent=True)
    shell.run("c = 1")

    assert [code for code, _ in sources(shell)] == ["a = 1", "c = 1"]


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("1 +", "error"),
        ("return", "error"),
        ("raise ValueError", "error"),
        ("raise KeyboardInterrupt", "interrupted"),
        ("raise SystemExit", "error"),
        ("import asyncio\nraise asyncio.CancelledError", "interrupted"),
        ("import asyncio\nawait asyncio.sleep(0)", "ok"),
        ("import asyncio\nasync def f(): raise asyncio.CancelledError\nawait f()", "interrupted"),
        ("%absent_magic", "error"),
        ("%%absent_magic\n1", "error"),
    ],
)
def test_how_a_cell_ends_is_its_status(shell, code, status) -> None:
    shell.run(code, "after = 1")

    assert sources(shell) == [(code, status), ("after = 1", "ok")]


def test_a_statement_that_does_not_compile_ends_the_cell_there(shell) -> None:
    """`return` outside a function is only found when its own statement is compiled."""
    shell.run("b = c = 5", "a = 1\nreturn\nb = 5\nc = 5")
    made = shell.python(
        "v = shell.celltrail_hooks.recorder.variables.names\n"
        "result = [v[n].source == v['a'].source for n in 'abc']"
    )

    assert made == [True, False, False]


def test_an_analysis_that_fails_changes_no_output_and_the_next_cell_is_recorded(shell) -> None:
    shell.python(
        "import celltrail.capture.recorder as r\nplain = r.analyse\n"
        "def broken(*a, **k): raise RuntimeError('no analysis')\nr.analyse = broken"
    )
    (ran,) = shell.run("a = 1\nprint(a)")
    shell.python("r.analyse = plain")
    shell.run("b = 2")

    assert (ran.stdout, ran.stderr) == ("1\n", "")
    assert [code for code, _ in sources(shell)] == ["a = 1\nprint(a)", "b = 2"]
    assert len(problems(shell.folder)) == 1
    assert "no analysis" in problems(shell.folder)[0]


def test_printed_texts_are_outputs_of_their_cell(shell) -> None:
    shell.run("import sys\nprint('a')\nprint('b', file=sys.stderr)")
    found = rows(shell.folder, "SELECT * FROM output")

    assert "a\n" in json.dumps(found, default=str).replace("\\n", "\n")


def test_a_switched_off_cell_is_not_recorded(shell) -> None:
    shell.run("# celltrail: off\na = 1", "b = a")

    assert statuses(shell.folder) == {"b = a": "ok"}


def test_what_follows_an_exit_of_the_process_is_nobodys(shell) -> None:
    """A child that the cell forks records nothing."""
    child = "    print('child')\n    os._exit(0)\n"
    code = f"import os\npid = os.fork()\nif pid == 0:\n{child}os.waitpid(pid, 0)"
    shell.run(code, "a = 1")

    assert [status for _, status in sources(shell)] == ["ok", "ok"]


DEPTH = """
import sys
def depth(write):
    count = 0
    while True:
        inner = [c.cell_contents for c in getattr(write, '__closure__', None) or ()]
        inner = [f for f in inner if callable(f) and getattr(f, '__name__', '') in ('write', 'tee')]
        if not inner:
            return count
        write, count = inner[0], count + 1
result = depth(sys.stdout.write)
"""


def test_writers_of_a_stream_do_not_pile_up_cell_by_cell(shell) -> None:
    """IPython wraps the writer as well: in another order of undoing, each cell would add one."""
    shell.run(*["a = 1"] * 20)

    assert shell.python(DEPTH) == 0
