"""Digests of plain values, containers, functions, classes and instances."""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
import decimal
import enum
import functools
import json
import math
import random
import subprocess
import sys
import zoneinfo
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from celltrail.core.digest import digest, digest_report, sample_digest


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


class Point(NamedTuple):
    x: int
    y: int


@dataclasses.dataclass
class Settings:
    rate: float
    layers: list[int]


class Slotted:
    __slots__ = ("a", "b")


def slotted(**values: Any) -> Slotted:
    made = Slotted()
    for name, value in values.items():
        setattr(made, name, value)
    return made


def adder(by: int) -> Any:
    def add(x: int, more: int = 0) -> int:
        return x + by + more

    return add


LEAVES = (
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.binary(max_size=5)
    | st.floats(allow_nan=False).filter(lambda x: not (x == 0 and math.copysign(1, x) < 0))
)  # fmt: skip
TREES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=20)
        | st.dictionaries(st.text(max_size=3), inner, max_size=4)
        | st.tuples(inner, inner)
    ),
    max_leaves=30,
)


def typed(value: Any) -> str:
    """Another way to write a tree down: types and order included."""
    if type(value) in (list, tuple):
        return f"{type(value).__name__}({[typed(one) for one in value]})"
    if type(value) is dict:
        return f"dict({[(typed(key), typed(one)) for key, one in value.items()]})"
    return f"{type(value).__name__}:{value!r}"


@settings(max_examples=300, deadline=None)
@given(TREES, TREES)
def test_trees_agree_exactly_when_their_typed_text_does(left: Any, right: Any) -> None:
    assert (digest(left) == digest(right)) is (typed(left) == typed(right))


@settings(max_examples=150, deadline=None)
@given(TREES)
def test_digest_survives_a_copy(tree: Any) -> None:
    import copy

    assert digest(copy.deepcopy(tree)) == digest(tree)


NOW = dt.datetime(2024, 1, 2, 3, 4, 5)  # noqa: DTZ001  (naive on purpose)
DISTINCT: dict[str, Any] = {
    "int": 1, "float": 1.0, "bool": True, "complex": 1 + 0j, "text": "1", "bytes": b"1",
    "bytearray": bytearray(b"1"), "none": None, "decimal": decimal.Decimal(1),
    "decimal 1.0": decimal.Decimal("1.0"), "minus zero": -0.0, "zero": 0.0, "nan": math.nan,
    "inf": math.inf, "big": 1 << 200, "minus": -1, "list": [1], "tuple": (1,), "set": {1},
    "frozenset": frozenset({1}), "dict": {1: 1}, "ordered": collections.OrderedDict({1: 1}),
    "counter": collections.Counter({1: 1}), "deque": collections.deque([1]),
    "nested": [[1]], "twice": [1, 1], "empty list": [], "empty tuple": (), "empty dict": {},
    "empty text": "", "empty bytes": b"", "empty set": set(), "ellipsis": ..., "range": range(1),
    "range 2": range(2), "slice": slice(1), "datetime": NOW, "date": NOW.date(),
    "time": NOW.time(), "utc": NOW.replace(tzinfo=dt.UTC), "fold": NOW.replace(fold=1),
    "berlin": NOW.replace(tzinfo=zoneinfo.ZoneInfo("Europe/Berlin")),
    "delta": dt.timedelta(1), "many ints": list(range(20)),
    "many floats": [float(one) for one in range(20)], "many bools": [True] * 20,
    "many ones": [1] * 20, "many texts": ["1"] * 20, "many big": [1 << 70] * 20,
    "text boundaries": ["ab", "c"] * 10, "other boundaries": ["a", "bc"] * 10,
    "red": Colour.RED, "blue": Colour.BLUE, "point": Point(1, 2), "pair": (1, 2),
    "settings": Settings(0.1, [1]), "other settings": Settings(0.1, [2]),
    "slots a": slotted(a=1), "slots b": slotted(b=1), "slots none": slotted(),
    "add 1": adder(1), "add 2": adder(2), "lambda": lambda x: x, "lambda 2": lambda x: x + 1,
    "default": lambda x=1: x, "partial": functools.partial(max, 1), "len": len, "max": max,
    "method": "a".join, "other method": "b".join, "int type": int, "Settings type": Settings,
    "Point type": Point, "random": random.Random(1), "random 2": random.Random(2),
}  # fmt: skip


def test_different_values_have_different_digests() -> None:
    seen: dict[str, str] = {}
    for name, value in DISTINCT.items():
        found = digest(value)
        assert found is not None, (name, digest_report(value).reason)
        assert found not in seen, (name, seen[found])
        seen[found] = name


def test_every_report_is_json_and_complete() -> None:
    for name, value in DISTINCT.items():
        report = digest_report(value)
        json.dumps(report.summary, allow_nan=False)
        assert report.scope == "full", name
        assert report.size is not None
        assert str(report.value).startswith("ct1:")
        assert len(str(report.value)) == 36


def test_samples_are_never_equal_to_full_digests() -> None:
    for value in DISTINCT.values():
        sample = sample_digest(value)
        assert sample.scope == "sampled"
        assert sample.value == sample_digest(value).value
        assert sample.value != digest(value)


AGREE: dict[str, tuple[Any, Any]] = {
    "set order": ({"a", "b", "c"}, {"c", "b", "a"}),
    "nan": (math.nan, -math.nan),
    "nan in long list": ([math.nan] * 20, [-math.nan] * 20),
    "instance": (Settings(1.0, [1]), Settings(1.0, [1])),
    "closure": (adder(1), adder(1)),
    "shared or not": ((lambda x: [x, x])([1]), [[1], [1]]),  # noqa: PLC3002
    "namedtuple": (Point(1, 2), Point(1, 2)),
    "random state": (random.Random(3), random.Random(3)),
}


@pytest.mark.parametrize("pair", AGREE.values(), ids=AGREE.keys())
def test_equal_content_agrees(pair: tuple[Any, Any]) -> None:
    assert digest(pair[0]) is not None
    assert digest(pair[0]) == digest(pair[1])


def test_dict_order_counts() -> None:
    assert digest({"a": 1, "b": 2}) != digest({"b": 2, "a": 1})


def test_cycles_are_finite() -> None:
    first: list[Any] = [1]
    first.append(first)
    second: list[Any] = [1]
    second.append(second)
    other: list[Any] = [2]
    other.append(other)
    parent, child = {"name": "p"}, {"name": "c"}
    parent["child"], child["parent"] = child, parent  # type: ignore[assignment]

    assert digest(first) == digest(second) is not None
    assert digest(first) != digest(other)
    assert digest(parent) is not None


def test_a_back_reference_says_how_far_it_reaches() -> None:
    to_self: list[Any] = []
    to_self.append(to_self)
    inner: list[Any] = []
    to_parent = [inner]
    inner.append(to_parent)

    assert digest([to_self]) != digest([to_parent])


def test_function_digest_ignores_where_it_stands() -> None:
    source = "def f(x):\n    return x + 1\n"
    spaces: list[dict[str, Any]] = [{}, {}]
    exec(compile(source, "one.py", "exec"), spaces[0])
    exec(compile("\n\n\n" + source, "two.py", "exec"), spaces[1])
    changed: dict[str, Any] = {}
    exec(compile(source.replace("+ 1", "+ 2"), "one.py", "exec"), changed)

    assert digest(spaces[0]["f"]) == digest(spaces[1]["f"])
    assert digest(spaces[0]["f"]) != digest(changed["f"])


def test_class_digest_follows_its_members() -> None:
    def make(number: int) -> type:
        class Model:
            limit = number

            @property
            def double(self) -> int:
                return self.limit * 2

            def __init__(self) -> None:
                super().__init__()

        return Model

    assert digest(make(1)) == digest(make(1)) is not None
    assert digest(make(1)) != digest(make(2))


def test_bound_method_includes_its_object() -> None:
    class Counter:
        def __init__(self, start: int) -> None:
            self.start = start

        def count(self) -> int:
            return self.start

    assert digest(Counter(1).count) == digest(Counter(1).count) is not None
    assert digest(Counter(1).count) != digest(Counter(2).count)


def test_looking_at_a_cached_property_is_no_change() -> None:
    class Lazy:
        @functools.cached_property
        def answer(self) -> int:
            return 42

    lazy = Lazy()
    before = digest(lazy)
    assert lazy.answer == 42

    assert digest(lazy) == before


def test_modules_are_known_by_name_only() -> None:
    report = digest_report(json)

    assert report.kind == "module"
    assert report.scope == "metadata"
    assert digest(json) is None
    assert digest_report([json]).scope == "metadata"


def test_random_state_is_not_moved() -> None:
    state = random.getstate()
    digest(random.Random(0))
    digest(random.seed)

    assert random.getstate() == state


def test_digests_agree_in_processes_with_other_hash_seeds() -> None:
    script = (
        "from celltrail.core.digest import digest\n"
        "class A:\n"
        "    def m(self): return {'x', 'y', 'z'}\n"
        "print([digest(x) for x in ({'a', 'b', 'c'}, A, A(), A().m, 1.5, lambda: {1, 2, 'q'},\n"
        "       lambda v: v in {'p', 'q', 'r'})])\n"
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={"PYTHONHASHSEED": str(seed), "PYTHONPATH": ":".join(sys.path)},
            capture_output=True, text=True, check=True,
        ).stdout
        for seed in (0, 1, 2)
    }  # fmt: skip

    assert len(printed) == 1
    assert "None" not in printed.pop()


def test_scientific_libraries_are_not_imported() -> None:
    script = (
        "import sys\n"
        "from celltrail.core.digest import digest\n"
        "digest([1, 'a', {'b': 2.0}])\n"
        "print([m for m in ('numpy', 'pandas', 'pyarrow', 'sklearn') if m in sys.modules])"
    )
    printed = subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONPATH": ":".join(sys.path)}, capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert printed.stdout.strip() == "[]"


def test_format_ct1_stays_as_it_is() -> None:
    """Stored digests are compared for years: these may change with the prefix only."""
    assert digest(7) == "ct1:0b61d3be1dc2b4f45e6084a43c09359e"
    assert digest("seven") == "ct1:6019bb2ba1a58ff66241886ce09afdfa"
    assert digest([1, 2.5, None, {"a": (True,)}]) == "ct1:e3bd33c041c8824d3057b2f855967195"
