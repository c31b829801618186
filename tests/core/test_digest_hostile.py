"""Hostile objects: no effect, no exception, unknown or object with a reason (target R4)."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest

from celltrail.core.digest import (
    Limits,
    digest,
    digest_report,
    estimate_seconds,
    memory_spans,
    sample_digest,
)

EFFECTS: list[str] = []
SPECIAL = (
    "__eq__", "__ne__", "__lt__", "__len__", "__getattr__", "__getattribute__", "__reduce__",
    "__reduce_ex__", "__getstate__", "__repr__", "__str__", "__format__", "__hash__", "__iter__",
    "__next__", "__bool__", "__contains__", "__getitem__", "__keys__", "keys", "items", "values",
    "__dir__", "__sizeof__", "__index__", "__int__", "__float__", "__array__", "__call__",
    "__array_interface__", "__dataframe__", "__arrow_c_stream__", "__enter__", "__copy__",
    "__deepcopy__", "__class_getitem__", "get_params", "shape", "dtype", "columns", "_mgr",
)  # fmt: skip
PROPERTIES = ("__class__", "__dict__", "__doc__", "__module__", "__slots_values__", "_name_")
META = ("__getattribute__", "__eq__", "__hash__", "__instancecheck__", "__subclasscheck__",
        "__call__", "__repr__", "mro_values", "__len__", "__iter__", "__bool__")  # fmt: skip
BASES: tuple[tuple[type, ...], ...] = (
    (), (), (), (dict,), (list,), (tuple,), (str,), (int,), (float,), (set,), (bytes,),
    (Exception,), (pd.DataFrame,),
)  # fmt: skip


def act(name: str, how: int) -> Any:
    """A method that leaves an effect, then raises, blocks, mutates or lies."""

    def method(*args: Any, **kwargs: Any) -> Any:
        EFFECTS.append(name)
        if how == 0:
            raise RuntimeError(name)
        if how == 1:
            time.sleep(5)
        if how == 2:
            raise KeyboardInterrupt
        return 1

    return method


def hostile(seed: int) -> Any:
    """One generated object and its class, from a seed."""
    rng = random.Random(seed)
    bases = rng.choice(BASES)
    how = rng.randrange(4)
    body: dict[str, Any] = {
        name: act(name, how) for name in rng.sample(SPECIAL, rng.randrange(1, len(SPECIAL)))
    }
    for name in rng.sample(PROPERTIES, rng.randrange(3)):
        body[name] = property(act(name, how))
    body["__module__"] = body.get("__module__", rng.choice(["__main__", "pandas", "sklearn.x"]))
    if not bases and rng.random() < 0.3:
        body["__slots__"] = ("payload",)
    meta: type = type
    if rng.random() < 0.4:
        meta = type("Meta", (type,), {name: act(name, how) for name in rng.sample(META, 4)})
        if "__call__" in vars(meta):
            type.__delattr__(meta, "__call__")
    cls = type.__new__(meta, f"Hostile{seed}", bases, body)
    made = bases[0].__new__(cls) if bases else object.__new__(cls)
    return made, cls


@pytest.fixture(autouse=True)
def alarm() -> Iterator[None]:
    """Anything that blocks is a failure, not a hang."""
    signal.alarm(120)
    EFFECTS.clear()
    yield
    signal.alarm(0)


@pytest.mark.parametrize("first", range(0, 1000, 100))
def test_hostile_objects_have_no_effect(first: int) -> None:
    for seed in range(first, first + 100):
        made, cls = hostile(seed)
        EFFECTS.clear()
        shells: list[Any] = [made, [made], (1, made), {"a": made}, [[{"b": (made,)}]], cls]
        for shell in shells:
            for call in (digest_report, sample_digest):
                report = call(shell)
                assert EFFECTS == [], (seed, report)
                assert (report.value is None) == (report.scope == "unknown")
                assert report.value is not None or report.reason
            estimate_seconds(shell)
            memory_spans(shell)
            assert EFFECTS == [], seed


def test_hostile_objects_in_frames_and_closures_have_no_effect() -> None:
    for seed in range(0, 1000, 7):
        made, _ = hostile(seed)
        cells = pd.Series([1, 2], dtype=object)
        cells.array._ndarray[0] = made

        def uses() -> Any:
            return made  # noqa: B023

        EFFECTS.clear()
        digest_report(cells)
        digest_report(uses)
        sample_digest(cells)
        assert EFFECTS == [], seed


def test_object_that_hides_its_attributes_is_unknown_with_a_reason() -> None:
    class Hidden:
        def __getattribute__(self, name: str) -> Any:
            raise RuntimeError

    report = digest_report([1, Hidden()])

    assert report.value is None
    assert report.scope == "unknown"
    assert "attribute access" in str(report.reason)


def test_generators_and_handles_are_not_read() -> None:
    def three() -> Iterator[int]:
        yield from (1, 2, 3)

    source = three()
    numbers = iter([1, 2, 3])
    with open(__file__) as handle:  # noqa: PTH123  (a handle from open is the subject)
        reports = [digest_report(one) for one in (source, numbers, handle, [source])]
        assert handle.tell() == 0

    assert [one.value for one in reports] == [None] * 4
    assert [one.kind for one in reports] == ["generator", "generator", "handle", "container"]
    assert all(one.reason for one in reports)
    assert list(source) == [1, 2, 3]
    assert list(numbers) == [1, 2, 3]


def test_deep_and_wide_objects_stop_at_the_caps() -> None:
    deep: list[Any] = []
    for _ in range(5_000):
        deep = [deep]

    assert "nested deeper" in str(digest_report(deep).reason)
    wide = [(number, str(number)) for number in range(100)]
    assert "more than 50 objects" in str(digest_report(wide, limits=Limits(max_nodes=50)).reason)
    assert "bytes" in str(digest_report("x" * 1_000, limits=Limits(max_bytes=10)).reason)


def test_the_deadline_is_kept() -> None:
    ticks = iter(range(1_000_000))
    limits = Limits(clock=lambda: float(next(ticks)), deadline=2.0)

    report = digest_report([[number] for number in range(100_000)], limits=limits)

    assert report.reason == "no time left"


def test_shared_parts_do_not_explode() -> None:
    """Sixty levels of [x, x] are 2**60 objects to a reader without a memory."""
    twins: list[Any] = [1, 2, 3, 4, 5, 6, 7, 8, 9]
    for _ in range(60):
        twins = [twins, twins]

    assert digest(twins) is not None


def test_objects_are_freed() -> None:
    import gc
    import weakref

    class Thing:
        pass

    thing = Thing()
    digest_report([thing, {"a": thing}] * 20)
    kept, kept_class = weakref.ref(thing), weakref.ref(Thing)
    del thing, Thing
    gc.collect()

    assert kept() is None
    assert kept_class() is None
