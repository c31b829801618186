"""R5: a notebook cannot tell whether it is recorded."""

# ruff: noqa: E501 - a cell reads better whole than broken into pieces of a string
from __future__ import annotations

from pathlib import Path

import pytest
from reliability.shells import Ran, Warm, assert_sound, problems, rows, statuses

IMPORTS = (
    "import copy, gc, pickle, random, sys, traceback, warnings, weakref\n"
    "import numpy as np\nimport pandas as pd\n"
    "from sklearn.linear_model import LogisticRegression\n"
    "from sklearn.metrics import accuracy_score, mean_squared_error\n"
    "X = np.arange(24.0).reshape(12, 2)\ny = np.array([0, 1] * 6)\n"
    "model = LogisticRegression(C=0.5)"
)

SEQUENCES = {
    "outputs": (
        "1; 2",
        "2 + 2",
        "x = 3;",
        "_ + 1",
        "print('a'); x",
        "'quiet';",
        "from IPython.display import HTML, display\ndisplay(HTML('<b>x</b>'), 5)\nHTML('<i>y</i>')",
        "pd.DataFrame({'a': [1, 2]})",
        "import sys\nprint('to stderr', file=sys.stderr)\nsys.stdout.write('no newline')",
        "print(sorted(Out), len(In), _7 is Out[7] if 7 in Out else None)",
        "for i in range(3):\n    print(i)\nelse:\n    print('end')",
        "model.fit(X, y)",
        "print(f'{accuracy_score(y, model.predict(X)):.3f}', model.score(X, y) > 0)",
        "%who\n%whos int",
        (
            "import contextlib, io\nwith contextlib.redirect_stdout(io.StringIO()) as kept:\n"
            "    print('inside')\nkept.getvalue()"
        ),
        "(best := accuracy_score(y, y))",
        "accuracy_score(*[y, y], **{'normalize': False})",
        "print({k: accuracy_score(y, y) for k in 'ab'}, [mean_squared_error([i], [0]) for i in (1, 2)])",
        "lambda_result = (lambda a: accuracy_score(a, a))(y)\nlambda_result",
        "del x\nx",
    ),
    "errors inside watched calls": (
        "accuracy_score([1], [1, 2])",
        "value = accuracy_score(\n    [1],\n    [1, 2],\n)",
        "print(f'{accuracy_score([1], [1, 2]):.3f}')",
        "round(accuracy_score([1], [1, 2]), 2)",
        "[accuracy_score(a, b) for a, b in [([1], [1]), ([1], [1, 2])]]",
        "for n in range(3):\n    accuracy_score([1] * (2 - n), [1, 1])",
        "accuracy_score(1 / 0, 2)",
        "accuracy_score(undefined, 1)",
        "accuracy_score.missing([1], [2])",
        "accuracy_score([1], [1])[0] + model.nothing.score(X)",
        "model.fit(X[:3], y)",
        "LogisticRegression(C=-1).fit(X, y).score(X, y)",
        "accuracy_score()",
        "def score(a):\n    return accuracy_score(a, [1, 2])\nscore([1])",
        (
            "try:\n    accuracy_score([1], [1, 2])\nexcept ValueError as error:\n"
            "    for frame in traceback.extract_tb(error.__traceback__)[:1]:\n"
            "        print(frame.lineno, frame.end_lineno, frame.colno, frame.end_colno, frame.name)\n"
            "    print(len(traceback.extract_tb(error.__traceback__)), *error.args)\n"
            "    traceback.print_exc()"
        ),
        (
            "try:\n    accuracy_score([1], [1, 2])\nexcept ValueError as error:\n"
            "    raise RuntimeError('from a handler') from error"
        ),
        "raise KeyboardInterrupt",
        "raise SystemExit(3)",
        "if True\n    pass",
        "  indented = 1\n print(indented)",
        "%nothing_of_that_name",
    ),
    "random numbers": (
        "random.seed(1); np.random.seed(2); rng = np.random.default_rng(3)",
        "frame = pd.DataFrame({'a': np.random.rand(2000), 'b': ['x', 'y'] * 1000})",
        "print(random.random(), np.random.rand(), rng.random())",
        "shuffled = frame.sample(frac=1.0)\nrandom.shuffle(order := list(range(50)))",
        "model.fit(X, y)\nprint(accuracy_score(y, model.predict(X)))",
        "frame.loc[3, 'a'] = 0.0",
        "print(random.getstate()[1][-1], np.random.get_state()[2], rng.bit_generator.state['state'])",
        "import hashlib\nhashlib.md5(repr((random.getstate(), np.random.get_state())).encode()).hexdigest()",
        "import torch_that_is_missing",
        "print(random.random(), np.random.rand(), rng.random(), shuffled.index[:5].tolist())",
    ),
    "lifetimes": (
        (
            "class Thing:\n    pass\n"
            "def alive():\n    return [name for name, ref in refs.items() if ref() is not None]\n"
            "def make():\n"
            "    return {'frame': pd.DataFrame({'a': range(1000)}), 'series': pd.Series([1.0, 2.0]),\n"
            "            'array': np.arange(1000), 'thing': Thing(), 'model': LogisticRegression(),\n"
            "            'function': lambda: Thing, 'class': type('Inner', (), {}),\n"
            "            'generator': (n for n in range(3)), 'set': frozenset([Thing()])}"
        ),
        (
            "gc.collect(); gc.disable()\nglobals().update(made := make())\n"
            "frame, thing, array = made['frame'], made['thing'], made['array']\n"
            "refs = {name: weakref.ref(value) for name, value in made.items()}"
        ),
        "frame['b'] = 1\nprint(accuracy_score(frame['b'], frame['b']))",
        "estimator = made['model'].fit(X, y)\nprint(estimator.score(X, y))",
        "print({name: sys.getrefcount(value) for name, value in made.items()})",
        (
            "print(sys.getrefcount(frame), sys.getrefcount(thing), sys.getrefcount(array),"
            " sys.getrefcount(estimator), sys.getrefcount(None) > 1)"
        ),
        (
            "def describe(value):\n"
            "    return sorted(type(r).__name__ for r in gc.get_referrers(value)\n"
            "                  if type(r).__name__ != 'frame')\n"
            "print(describe(frame), describe(estimator), describe(thing))"
        ),
        "local = Thing()\nlocal_ref = weakref.ref(local)\ndel local\nlocal_ref() is None",
        "del estimator, frame, thing, array\nfor name in made:\n    del globals()[name]\nalive()",
        "made.clear(); alive()",
        "print(alive())\ngc.enable()",
        "later = pd.DataFrame({'a': [1]})\nlater_ref = weakref.ref(later)",
        "print(mean_squared_error(later['a'], later['a']))",
        "later = None\nprint(later_ref() is None)",
        "big = np.zeros(10)\nbig_ref = weakref.ref(big)\nraise ValueError('kept by the traceback')",
        "del big\nprint(big_ref() is None)",
        "class Loud:\n    def __del__(self):\n        print('freed')\nloud = Loud()",
        "loud = 5\nprint('after')",
    ),
    "pickles and copies": (
        (
            "class Point:\n    def __init__(self):\n        self.x = [1, 2]\n"
            "point = Point()\nframe = pd.DataFrame({'a': [1, 2], 'b': ['x', 'y']})\n"
            "series, items = frame['a'], {'k': [1, 2.5, None]}"
        ),
        "model.fit(X, y)\nprint(model.score(X, y))",
        "frame.loc[0, 'a'] = 5",
        "def double(v):\n    return accuracy_score(v, v)\nnested = [double, point, items]",
        (
            "import hashlib\nfor value in (frame, series, model, point, items, X, double, Point):\n"
            "    print(hashlib.md5(pickle.dumps(value)).hexdigest())"
        ),
        "print(vars(point), vars(model).keys(), frame.attrs, series.attrs, frame.flags)",
        (
            "print(pickle.loads(pickle.dumps(point)).x, copy.deepcopy(frame).equals(frame),"
            " copy.deepcopy(model).score(X, y))"
        ),
        "print(double.__code__.co_consts, double.__code__.co_names, double.__code__.co_code.hex())",
        "import inspect\nprint(inspect.getsource(double))",
    ),
    "warnings": (
        "warnings.warn('one')",
        "warnings.warn('two', DeprecationWarning)",
        "for n in range(3):\n    warnings.warn('once a place')",
        "accuracy_score([], [])",
        "LogisticRegression(max_iter=1).fit(X, y).score(X, y)",
        "from sklearn.metrics import precision_score\nprecision_score([0, 1], [0, 0])",
        (
            "with warnings.catch_warnings(record=True) as caught:\n    warnings.simplefilter('always')\n"
            "    print(precision_score([0, 1], [0, 0]))\nprint([(w.lineno, str(w.message)) for w in caught])"
        ),
        "warnings.simplefilter('error')\nprecision_score([0, 1], [0, 0])",
        "frame = pd.DataFrame({'a': [1, 2]})\nframe['a'][0] = 5",
        "print(len(warnings.filters))\nwarnings.resetwarnings()",
        "x = 1 is 1",
        "'\\d'",
    ),
    "the state of the process": (
        "import asyncio, builtins, decimal, locale, os, signal, threading",
        "print(sorted(set(globals()) - {'In', 'Out'}))\nprint(sorted(locals()) == sorted(globals()))",
        "model.fit(X, y)\nprint(accuracy_score(y, model.predict(X)))",
        "print(sorted(n for n in globals() if not n.startswith('_i')))\nprint(dir())",
        "print(threading.active_count(), threading.enumerate(), sys.gettrace(), sys.getprofile())",
        "print(signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM), gc.get_threshold())",
        "print(sys.getrecursionlimit(), decimal.getcontext(), locale.getlocale(), os.getcwd() == os.environ['PWD'] or 'cwd')",
        "print(type(sys.stdout), type(sys.stderr), type(sys.stdin), sys.stdout is sys.__stdout__)",
        "print(pd.get_option('display.max_rows'), np.geterr(), sys.getswitchinterval())",
        "def depth(n=0):\n    try:\n        return depth(n + 1)\n    except RecursionError:\n        return n\nprint(depth())",
        "print(sys.exc_info(), sys._getframe().f_back is None, len(traceback.extract_stack()))",
        "print(open.__name__, builtins.open is open, __name__, __builtins__ is builtins)",
        "print(gc.isenabled(), len(gc.callbacks), sys.flags.dev_mode)",
    ),
    "streams of the user's own": (
        "print('write' in vars(sys.stdout), 'write' in vars(sys.stderr))",
        (
            "plain = sys.stdout.write\n"
            "def shout(text):\n    return plain(text.upper())\nsys.stdout.write = shout\nprint('one')"
        ),
        "print('two')",
        "print('three'); sys.stdout.write is shout",
        "sys.stdout.write = plain\nprint('four')",
        (
            "class Tee:\n    def __init__(self, under):\n        self.under, self.seen = under, []\n"
            "    def write(self, text):\n        self.seen.append(text)\n        return self.under.write(text)\n"
            "    def flush(self):\n        self.under.flush()\n"
            "before = sys.stdout\nsys.stdout = tee = Tee(before)\nprint('five')"
        ),
        "print('six')",
        "sys.stdout = before\nprint(tee.seen)",
        "print(vars(tee).keys(), 'seven')",
    ),
    "IPython's own": (
        "%%capture kept\nprint('hidden')\naccuracy_score(y, y)",
        "kept.show()\nprint(repr(kept.stdout), len(kept.outputs))",
        "get_ipython().run_cell('inner = 5\\nprint(inner)')\ninner + 1",
        "outcome = get_ipython().run_cell('1 / 0')\nprint(outcome.success)",
        "get_ipython().run_cell('print(accuracy_score(y, y))\\ninner', store_history=False, silent=True)",
        "get_ipython().ex('inner = 6'); get_ipython().ev('inner')",
        "import asyncio\nawait asyncio.sleep(0)\nprint(await asyncio.sleep(0, 'waited'))",
        "async def later():\n    await asyncio.sleep(0)\n    return accuracy_score(y, y)\nawait later()",
        "print(accuracy_score(y, await asyncio.sleep(0, y)))",
        "async for_nothing",
        "await asyncio.sleep(0, 1 / 0)",
        "",
        "   \n# only a comment",
        "?print",
        "x = 5\nx?",
        "!echo shell $x",
        "lines = !printf 'a\\nb'\nlines",
        "%env CELLTRAIL_TEST_NAME=5",
        "import os\nos.environ.pop('CELLTRAIL_TEST_NAME')",
        "get_ipython().ast_node_interactivity = 'all'",
        "1\n'two'\naccuracy_score(y, y)",
        "get_ipython().ast_node_interactivity = 'last_expr'\n3",
        "%reset -f",
        "print(sorted(n for n in globals() if not n.startswith('_')))",
        "z = 1\nz",
    ),
    "threads and processes": (
        "import multiprocessing, os, threading, time",
        (
            "def work(n):\n    print('thread', n)\n    return n * n\n"
            "threads = [threading.Thread(target=work, args=(n,)) for n in range(2)]\n"
            "[t.start() or t.join() for t in threads]\nprint('joined')"
        ),
        "late = threading.Timer(0.2, lambda: print('late'))\nlate.start()\nprint('started')",
        "late.join()\nprint('then')",
        "late_value = {}\ntimer = threading.Timer(0.05, lambda: late_value.update(a=1))\ntimer.start()",
        "timer.join(); late_value",
        (
            "from joblib import Parallel, delayed\n"
            "print(Parallel(n_jobs=2, backend='threading')(delayed(pow)(n, 2) for n in range(4)))"
        ),
        (
            "scores = Parallel(n_jobs=2, backend='loky')("
            "delayed(accuracy_score)(y, y) for n in range(3))\nprint(scores)"
        ),
        "from joblib.externals.loky import get_reusable_executor\nget_reusable_executor().shutdown()",
        (
            "with multiprocessing.get_context('fork').Pool(2) as pool:\n"
            "    print(pool.map(abs, [-1, -2, -3]))"
        ),
        (
            "child = os.fork()\nif child == 0:\n"
            "    import atexit\n    (lambda leave=os._exit: (atexit._run_exitfuncs(), leave(7)))()\n"
            "print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))"
        ),
        (
            "child = os.fork()\nif child == 0:\n"
            "    get_ipython().run_cell('in_child = 1')\n    os._exit(0)\n"
            "print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))"
        ),
        "print('end', globals().get('in_child'))",
    ),
}


def with_and_without(
    warm: Warm, folder: Path, cells: tuple[str, ...], prelude: str = ""
) -> tuple[list[Ran], list[Ran]]:
    found = []
    for record in (True, False):
        place = folder / f"recording-{record}"
        place.mkdir()
        with warm.shell(place, record=record, prelude=prelude, environ={"PWD": "x"}) as shell:
            found.append(shell.run(*cells))
            shell.end()
    return found[0], found[1]


def assert_alike(cells: tuple[str, ...], recorded: list[Ran], plain: list[Ran]) -> None:
    differing = [
        f"{cell}\n--- recorded\n{one.seen}\n--- plain\n{other.seen}"
        for cell, one, other in zip(cells, recorded, plain, strict=True)
        if one.without_addresses != other.without_addresses
    ]
    assert not differing, "\n\n".join(differing)


@pytest.mark.parametrize("name", SEQUENCES)
def test_cells_show_the_same_with_and_without_recording(
    name: str, warm: Warm, tmp_path: Path
) -> None:
    cells = (IMPORTS, *SEQUENCES[name])

    recorded, plain = with_and_without(warm, tmp_path, cells)

    assert_alike(cells, recorded, plain)
    folder = tmp_path / "recording-True"
    assert problems(folder) == []
    executed = [cell for cell in cells if cell.strip()]
    found = [
        code
        for (code,) in rows(
            folder,
            "SELECT source FROM execution JOIN code ON code.id = code_id ORDER BY started_at",
        )
    ]
    assert found == executed  # each cell once, whatever processes and nested cells it had
    assert_sound(folder)
    assert not (tmp_path / "recording-False" / ".celltrail").exists()


def test_a_nested_cell_belongs_to_the_cell_that_runs_it(warm: Warm, tmp_path: Path) -> None:
    with warm.shell(tmp_path) as shell:
        shell.run("get_ipython().run_cell('inner = 5')", "inner")
        shell.end()

    made = "SELECT execution_id, name FROM generated ORDER BY execution_id"
    used = "SELECT execution_id, name, source_id FROM used"
    assert rows(tmp_path, made) == [(1, "inner")]
    assert rows(tmp_path, used) == [(2, "inner", 1)]


def test_cells_without_history_are_recorded_though_their_count_repeats(
    warm: Warm, tmp_path: Path
) -> None:
    with warm.shell(tmp_path) as shell:
        shell.run("x = 1", "x = 2", store_history=False)
        shell.run("x = 3")
        shell.run("x = 4", silent=True)
        shell.run("x = 5")
        shell.end()

    assert list(statuses(tmp_path)) == ["x = 1", "x = 2", "x = 3", "x = 5"]


def test_no_container_of_ours_keeps_a_frame_alive(warm: Warm, tmp_path: Path) -> None:
    with warm.shell(tmp_path) as shell:
        shell.run(
            "import pandas as pd\nframe = pd.DataFrame({'a': [1, 2]})\nalias = [frame]",
            "frame.loc[0, 'a'] = 5\nview = frame['a']",
            "print(frame.sum())",
            "from sklearn.linear_model import LinearRegression\n"
            "model = LinearRegression().fit(frame, [1, 2])\nprint(model.score(frame, [1, 2]))",
        )
        holders = shell.python(
            "import gc\n"
            "space = shell.user_ns\n"
            "known = [space, space['alias'], vars(shell), globals()]; known.append(known)\n"
            "def holders(value):\n"
            "    return [type(r).__name__ for r in gc.get_referrers(value)\n"
            "            if not any(r is k for k in known) and type(r).__name__ != 'frame']\n"
            "result = {n: holders(space[n]) for n in ('frame', 'alias', 'view', 'model')}"
        )
        shell.end()

    assert holders == {"frame": [], "alias": [], "view": [], "model": []}


# --- when capture itself fails -------------------------------------------------------------------

FAILING = (
    "from sklearn.metrics import accuracy_score",
    "print(accuracy_score([1, 0], [1, 1]))",
    "x = 1\nx",
    "accuracy_score([1], [1, 2])",
)


def test_an_analysis_that_raises_leaves_outputs_alone_and_files_a_problem(
    warm: Warm, tmp_path: Path
) -> None:
    breaking = (
        "import celltrail.capture.recorder as recorder\n"
        "analyse = recorder.analyse\n"
        "def broken(*arguments, **options):\n    raise LookupError('broken on purpose')\n"
        "recorder.analyse = broken\n"
    )
    recorded, plain = with_and_without(warm, tmp_path, FAILING, prelude=breaking)

    assert_alike(FAILING, recorded, plain)
    folder = tmp_path / "recording-True"
    assert list(statuses(folder).values()) == ["ok", "ok", "ok", "error"]
    filed = rows(folder, "SELECT place, message, execution IS NOT NULL FROM problem")
    assert len(filed) == len(FAILING)
    for place, message, has_execution in filed:
        assert place == "analysis"
        assert "LookupError: broken on purpose" in message
        assert has_execution


def test_the_cell_after_a_failed_analysis_is_recorded_in_full(warm: Warm, tmp_path: Path) -> None:
    with warm.shell(tmp_path) as shell:
        shell.python(
            "import celltrail.capture.recorder as recorder\n"
            "analyse = recorder.analyse\n"
            "def broken(*arguments, **options):\n    raise LookupError('broken on purpose')\n"
            "recorder.analyse = broken"
        )
        shell.run(FAILING[0])
        shell.python("recorder.analyse = analyse")
        shell.run("x = 1", FAILING[1])
        shell.end()

    assert rows(tmp_path, "SELECT name, value FROM metric") == [("accuracy_score", 0.5)]
    assert rows(tmp_path, "SELECT name FROM generated WHERE execution_id = 2") == [("x",)]
    assert len(problems(tmp_path)) == 1


TRANSFORMERS = {
    "raises": "def visit(self, tree):\n        raise RuntimeError('hostile transformer')",
    "returns nothing": "def visit(self, tree):\n        return None",
    "doubles every number": "def visit_Constant(self, node):\n"
    "        if type(node.value) is int and node.value > 1:\n"
    "            return ast.copy_location(ast.Constant(node.value * 2), node)\n"
    "        return node",
    "renames what is called": "def visit_Call(self, node):\n"
    "        self.generic_visit(node)\n"
    "        if isinstance(node.func, ast.Name) and node.func.id == 'first':\n"
    "            node.func.id = 'second'\n"
    "        return node",
    "empties the cell": "def visit_Module(self, tree):\n        tree.body = []\n        return tree",
}


@pytest.mark.parametrize("place", ["before ours", "after ours"])
@pytest.mark.parametrize("kind", TRANSFORMERS)
def test_a_transformer_of_the_users_own_has_the_same_effect(
    kind: str, place: str, warm: Warm, tmp_path: Path
) -> None:
    position = "insert(0, Mine())" if place == "before ours" else "append(Mine())"
    cells = (
        *FAILING[:1],
        (
            f"import ast\nclass Mine(ast.NodeTransformer):\n    {TRANSFORMERS[kind]}\n"
            "first, second = abs, float\n"
            f"get_ipython().ast_transformers.{position}"
        ),
        "print(5, first(7), accuracy_score([1, 0, 3], [1, 0, 3]))",
        "for n in (2, 3):\n    print(accuracy_score([n, 4], [4, 4]))",
        *FAILING[1:],
    )

    recorded, plain = with_and_without(warm, tmp_path, cells)

    assert_alike(cells, recorded, plain)
    assert list(statuses(tmp_path / "recording-True")) == list(cells)
