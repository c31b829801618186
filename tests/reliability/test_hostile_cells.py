"""R4: recording never calls, waits for or changes what a cell holds, however hostile it is."""

# ruff: noqa: E501 - a cell reads better whole than broken into pieces of a string
from __future__ import annotations

import statistics
from pathlib import Path

import pytest
from reliability.shells import Ran, Warm, assert_sound, problems, rows, statuses

# Defined inside the shell, as a user would: every method counts itself, then does its harm.
WORLD = """
import random, time
CALLS = []
SPECIAL = (
    "__eq__ __ne__ __lt__ __le__ __len__ __length_hint__ __getattr__ __getattribute__ __reduce__"
    " __reduce_ex__ __getstate__ __repr__ __str__ __format__ __hash__ __iter__ __next__ __bool__"
    " __contains__ __getitem__ __missing__ __dir__ __sizeof__ __index__ __int__ __float__ __call__"
    " __array__ __array_interface__ __array_struct__ __dataframe__ __arrow_c_stream__ __copy__"
    " __deepcopy__ __enter__ __await__ __buffer__ __setattr__ __delattr__ __set_name__ keys items"
    " values get_params shape dtype columns _mgr fit score name"
).split()
PROPERTIES = ("__class__", "__dict__", "__doc__", "__module__", "__wrapped__", "__self__", "__code__")
META = (
    "__getattribute__ __getattr__ __eq__ __hash__ __instancecheck__ __subclasscheck__ __repr__"
    " __len__ __iter__ __bool__ __dir__ __or__"
).split()

def act(name, how):
    def method(*args, **kwargs):
        CALLS.append(name)
        if how == "raises":
            raise RuntimeError(name)
        if how == "interrupts":
            raise KeyboardInterrupt
        if how == "blocks":
            time.sleep(3600)
        if how == "mutates":
            globals()["victim"].append(name)
            globals()["made by " + name] = 1
        return 1
    return method

def hostile(label, how, names, base=(), properties=(), meta=()):
    body = {name: act(name, how) for name in names}
    body |= {name: property(act(name, how)) for name in properties}
    kind = type
    if meta:
        kind = type("Meta", (type,), {name: act("meta " + name, how) for name in meta})
    cls = type.__new__(kind, label, base, body)
    return (base[0] if base else object).__new__(cls), cls

victim = []
"""
# Reads, holds, passes on and deletes, without touching the object itself.
AFTERWARDS = (
    "holder = [objects, {'inside': objects[0]}]\nalias = objects[0]",
    "for n, one in enumerate(objects):\n    globals()[f'name{n % 50}'] = one",
    "def reaches(n):\n    return objects[n]\nreached = reaches(0)\n(lambda: alias)() is alias",
    "name1, name2 = name2, name1\nobjects = objects[:-1]",
    "from sklearn.metrics import accuracy_score\nprint(accuracy_score([1, 0], [1, 1]), len(holder))",
    "alias\nname3\nNone",
    "del alias, name4\nprint('deleted')",
    "print(CALLS, victim, sorted(n for n in globals() if n.startswith('made by')))",
)
BEHAVIOURS = ("raises", "interrupts", "blocks", "mutates")


def with_and_without(
    warm: Warm, folder: Path, cells: tuple[str, ...]
) -> tuple[list[Ran], list[Ran]]:
    found = []
    for record in (True, False):
        place = folder / f"recording-{record}"
        place.mkdir()
        with warm.shell(place, record=record, wait_seconds=20) as shell:
            found.append(shell.run(*cells))
            shell.end()
    return found[0], found[1]


def assert_untouched(
    folder: Path, cells: tuple[str, ...], ran: list[Ran], plain: list[Ran]
) -> None:
    assert [one.seen for one in ran] == [one.seen for one in plain]
    assert ran[-1].stdout == "[] [] []\n"  # no call, nothing mutated, nothing made
    recorded = folder / "recording-True"
    assert list(statuses(recorded)) == list(cells)
    assert set(statuses(recorded).values()) == {"ok"}
    assert problems(recorded) == []
    assert_sound(recorded)


@pytest.mark.parametrize("how", BEHAVIOURS)
def test_no_special_method_of_an_object_is_called(how: str, warm: Warm, tmp_path: Path) -> None:
    cells = (
        WORLD,
        (
            f"objects = [hostile('One', '{how}', [name])[0] for name in SPECIAL]\n"
            f"objects += [hostile('Two', '{how}', [], properties=[name])[0] for name in PROPERTIES]\n"
            f"objects += [hostile('Three', '{how}', [], meta=[name])[0] for name in META]\n"
            f"objects += [hostile('All', '{how}', SPECIAL, meta=META)[0]]"
        ),
        *AFTERWARDS,
    )

    recorded, plain = with_and_without(warm, tmp_path, cells)

    assert_untouched(tmp_path, cells, recorded, plain)


@pytest.mark.parametrize("seed", range(4))
def test_a_thousand_generated_objects_feel_nothing(seed: int, warm: Warm, tmp_path: Path) -> None:
    make = f"""
import numpy as np, pandas as pd
from sklearn.base import BaseEstimator
rng = random.Random({seed})
class Quiet(BaseEstimator):
    def __init_subclass__(cls, **options):
        "What scikit-learn does here would call the methods."
BASES = ((), (), (), (dict,), (list,), (tuple,), (str,), (int,), (float,), (set,), (bytes,),
         (Exception,), (pd.DataFrame,), (Quiet,), (np.ndarray,))
objects = []
for n in range(250):
    base = rng.choice(BASES)
    if base and base[0] is np.ndarray:
        made = np.zeros(3).view(type("Sub", base, {{name: act(name, "raises") for name in SPECIAL[:4]}}))
    else:
        made, cls = hostile(
            f"Hostile{{n}}", rng.choice({BEHAVIOURS}),
            rng.sample(SPECIAL, rng.randrange(1, len(SPECIAL))), base,
            rng.sample(PROPERTIES, rng.randrange(3)),
            rng.sample(META, 3) if rng.random() < 0.4 else (),
        )
    objects.append(made)
CALLS.clear(); victim.clear()
for name in [n for n in globals() if n.startswith("made by")]:
    del globals()[name]
"""
    cells = (WORLD, make, *AFTERWARDS)

    recorded, plain = with_and_without(warm, tmp_path, cells)

    assert_untouched(tmp_path, cells, recorded, plain)


@pytest.mark.parametrize("how", BEHAVIOURS)
def test_hostile_classes_themselves_are_left_alone(how: str, warm: Warm, tmp_path: Path) -> None:
    cells = (
        WORLD,
        (
            f"objects = [hostile('Three', '{how}', SPECIAL, meta=[name])[1] for name in META]\n"
            f"objects += [hostile('All', '{how}', SPECIAL, meta=META, properties=PROPERTIES)[1]]"
        ),
        *AFTERWARDS,
    )

    recorded, plain = with_and_without(warm, tmp_path, cells)

    assert_untouched(tmp_path, cells, recorded, plain)


@pytest.mark.parametrize("how", ["raises", "interrupts", "mutates"])
def test_an_object_as_metric_estimator_or_exception_is_only_touched_by_the_cell(
    how: str, warm: Warm, tmp_path: Path
) -> None:
    """Where the cell itself calls the object, recording adds no call of its own."""
    cells = (
        WORLD,
        (
            f"class Number(float):\n    __float__ = act('float', '{how}')\n"
            "    __repr__ = __str__ = act('repr', 'returns')\n"
            "def accuracy_score(a, b):\n    return Number(0.5)\n"
            f"class Model:\n    __getattr__ = act('getattr', '{how}')\n"
            f"    __eq__ = act('eq', '{how}')\n    __hash__ = None\n"
            "    def fit(self, x):\n        return self\n    def predict(self, x):\n        return x\n"
            "    def score(self, x):\n        return Number(0.25)\n"
            f"class Loud(Exception):\n    __str__ = __repr__ = act('str', '{how}')\n"
            f"    __eq__ = act('exception eq', '{how}')\n    __hash__ = None"
        ),
        "value = accuracy_score(1, 2)\nprint(CALLS)",
        "model = Model().fit(3)\nprinted = model.predict(3)\nscore = model.score(3)\nprint(CALLS)",
        "for depth in (Number(1.0), Model(), 3):\n    s = model.score(depth)\nprint(CALLS)",
        "n = len(CALLS)\ntry:\n    raise Loud('x')\nexcept Loud as error:\n    pass\nprint(CALLS[n:])",
        "print(CALLS)",
        "raise Loud('x')",
        "print(CALLS)",
        "model",
        "print(CALLS)",
    )

    recorded, plain = with_and_without(warm, tmp_path, cells)

    assert [one.without_addresses for one in recorded] == [one.without_addresses for one in plain]
    assert list(statuses(tmp_path / "recording-True")) == list(dict.fromkeys(cells))


def test_hostile_objects_are_recorded_as_unknown_with_a_reason(warm: Warm, tmp_path: Path) -> None:
    cells = (
        WORLD,
        (
            "one = hostile('One', 'raises', SPECIAL)[0]\n"
            "listed = [one]\n"
            "number = hostile('Number', 'raises', SPECIAL, (int,))[0]\n"
            "table = hostile('Table', 'raises', SPECIAL, (dict,))[0]"
        ),
    )
    with warm.shell(tmp_path) as shell:
        shell.run(*cells)
        shell.end()

    found = {
        name: (digest, scope, reason)
        for name, digest, scope, reason in rows(
            tmp_path,
            "SELECT name, digest, scope, reason FROM generated JOIN entity ON entity.id = entity_id"
            " WHERE execution_id = 2",
        )
    }
    assert found.keys() == {"one", "listed", "number", "table"}
    for name, (digest, scope, reason) in found.items():
        assert digest is None or scope != "full", name
        assert reason, name


def test_odd_keys_of_the_namespace_disturb_nothing(warm: Warm, tmp_path: Path) -> None:
    cells = (
        WORLD,
        (
            "key = hostile('Key', 'returns', ['__repr__', '__format__', '__len__'], (str,))[0]\n"
            "globals()[5] = 'five'\nglobals()[None] = 1\nglobals()['not a name'] = 2"
        ),
        "globals()[key] = 'odd'\nCALLS.clear()",
        "x = 1\nx",
        "print(CALLS, victim, [])",
        "y = x + 1\nprint(y)",
    )

    recorded, plain = with_and_without(warm, tmp_path, cells)

    assert [one.seen for one in recorded] == [one.seen for one in plain]
    folder = tmp_path / "recording-True"
    assert list(statuses(folder)) == list(cells)
    made = rows(folder, "SELECT name FROM generated WHERE execution_id IN (4, 6) ORDER BY name")
    assert made == [("x",), ("y",)]


def test_cyclic_deep_and_endless_objects_change_nothing(warm: Warm, tmp_path: Path) -> None:
    cells = (
        (
            "import collections, functools, io, itertools\n"
            "cyclic = []; cyclic.append(cyclic)\nknot = {}; knot['knot'] = [knot]\n"
            "class Node:\n    pass\nnode = Node(); node.next = node"
        ),
        "deep = []\nfor n in range(100_000):\n    deep = [deep]",
        "tall = {}\nfor n in range(100_000):\n    tall = {'k': tall}",
        "call = len\nfor n in range(1000):\n    call = functools.partial(call)",
        "def closure(f):\n    return lambda: f\nchain = 1\nfor n in range(10_000):\n    chain = closure(chain)",
        (
            "def endless():\n    n = 0\n    while True:\n        n += 1\n        yield n\n"
            "gen, count, forever = endless(), itertools.count(), itertools.cycle('ab')\n"
            "listed, pairs, mapped = iter([1, 2, 3]), zip('ab', 'cd'), map(str, [1, 2])\n"
            "handle = io.StringIO('one\\ntwo\\n')\nsource = open(__import__('os').__file__)"
        ),
        "held = [gen, count, forever, listed, pairs, mapped, handle, source]",
        "print(next(gen), next(count), next(forever), next(listed), next(pairs), next(mapped))",
        "print(next(gen), next(count), next(forever), next(listed), next(pairs), next(mapped))",
        "print(handle.tell(), handle.readline(), source.tell(), len(source.readline()) > 0)",
        "print(handle.tell(), len(deep), len(tall), cyclic[0] is cyclic, node.next is node)",
        "source.close()\nqueue = collections.deque(maxlen=2); queue.append(queue)\nlen(queue)",
        "deep.append(cyclic); tall['x'] = knot; node.other = deep\nprint('changed')",
    )

    recorded, plain = with_and_without(warm, tmp_path, cells)

    assert [one.seen for one in recorded] == [one.seen for one in plain]
    folder = tmp_path / "recording-True"
    assert list(statuses(folder)) == list(dict.fromkeys(cells))
    assert problems(folder) == []


HUGE = {
    "a list of ten million": ("huge = list(range(10_000_000))", "huge[5]", "huge.append(1)"),
    "a dict of a million": ("huge = dict.fromkeys(range(1_000_000))", "huge[5]", "huge[-1] = 1"),
    "a set of a million": ("huge = set(range(1_000_000))", "5 in huge", "huge.add(-1)"),
    "a text of fifty megabytes": ("huge = 'x' * 50_000_000", "huge[5]", "huge[6]"),
    "an array of 400 megabytes": (
        "import numpy as np\nhuge = np.zeros(50_000_000)",
        "huge[5]",
        "huge[6] = 1",
    ),
    "a frame of ten million rows": (
        "import numpy as np, pandas as pd\nhuge = pd.DataFrame({'a': np.zeros(10_000_000)})",
        "len(huge)",
        "huge.loc[6, 'a'] = 1",
    ),
    "lists in a list, ten million together": (
        "huge = [[n] * 1000 for n in range(10_000)]",
        "huge[5][5]",
        "huge[6][6] = -1",
    ),
    "objects, half a million": (
        "class P:\n    pass\nhuge = [P() for n in range(500_000)]",
        "len(huge)",
        "huge[6].x = 1",
    ),
    "frames, five thousand": (
        "import pandas as pd\none = pd.DataFrame({'a': [1]})\nhuge = [one.copy() for n in range(5000)]",
        "len(huge)",
        "huge[6]['b'] = 1",
    ),
}


@pytest.mark.parametrize("what", HUGE)
def test_a_huge_object_costs_a_cell_less_than_a_tenth_of_a_second(
    what: str, warm: Warm, tmp_path: Path
) -> None:
    make, read, change = HUGE[what]
    with warm.shell(tmp_path, environ={"CELLTRAIL_EXACT": "off"}) as shell:
        (made,) = shell.run(make)
        seconds = [one.seconds for one in shell.run(*[read, change] * 5)]
        spent = shell.python("result = shell.user_ns.get('huge') is not None")
        shell.end()

    assert made.error is None
    assert spent
    # What the cells do takes microseconds; the median, because others share the machine.
    assert statistics.median(seconds) < 0.1
    assert len(rows(tmp_path, "SELECT id FROM execution WHERE status = 'ok'")) == 11
    assert problems(tmp_path) == []
