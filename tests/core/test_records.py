"""Records as JSON and back: every kind, every float, every unknown field."""

from __future__ import annotations

import dataclasses
import json
import math
import types
import typing
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from celltrail.core.records import (
    EntityRecord,
    EnvironmentRecord,
    ExecutionRecord,
    MetricRecord,
    NotebookRecord,
    ParamRecord,
    ProblemRecord,
    RunRecord,
    SessionRecord,
    StartRecord,
    decode,
    decode_value,
    encode,
    encode_value,
)

KINDS = [SessionRecord, StartRecord, ExecutionRecord, RunRecord, ProblemRecord, NotebookRecord]

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=5).filter(lambda k: k != "$float"), inner, max_size=3)
    ),
    max_leaves=6,
)
# `fields` below is made from the annotations, so a new field is covered the day it is added.
SIMPLE = {
    str: st.text(max_size=8),
    int: st.integers(-(2**63), 2**63 - 1),
    bool: st.booleans(),
    float: st.floats(),
    Any: plain,
}


def values_of(hint: Any) -> st.SearchStrategy[Any]:
    if hint in SIMPLE:
        return SIMPLE[hint]
    if isinstance(hint, types.UnionType):
        return st.one_of(
            *(st.none() if item is types.NoneType else values_of(item) for item in hint.__args__)
        )
    if dataclasses.is_dataclass(hint):
        return record(hint)
    arguments = typing.get_args(hint)
    if typing.get_origin(hint) is dict:
        return st.dictionaries(
            st.text(max_size=5).filter(lambda k: k != "$float"), values_of(arguments[1]), max_size=2
        )
    assert typing.get_origin(hint) is tuple, hint
    if arguments[-1] is ...:
        return st.lists(values_of(arguments[0]), max_size=2).map(tuple)
    return st.tuples(*map(values_of, arguments))


def record(kind: type[Any]) -> st.SearchStrategy[Any]:
    hints = typing.get_type_hints(kind)
    return st.builds(
        kind,
        **{
            item.name: st.deferred(lambda h=hints[item.name]: values_of(h))
            for item in dataclasses.fields(kind)
        },
    )


def same(one: Any, other: Any) -> bool:
    """Equal in type and value, with NaN equal to NaN and -0.0 different from 0.0."""
    return repr(one) == repr(other)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@settings(max_examples=20)
@given(data=st.data())
def test_a_record_comes_back_from_its_json(kind, data) -> None:
    written = data.draw(record(kind))
    # Strict JSON: no NaN of Python's own.
    text = json.dumps(encode(written), allow_nan=False)

    assert same(decode(json.loads(text)), written)


@given(plain)
def test_a_plain_value_comes_back_from_its_json(value) -> None:
    text = json.dumps(encode_value(value), allow_nan=False)

    assert same(decode_value(json.loads(text)), value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (math.nan, {"$float": "nan"}),
        (math.inf, {"$float": "inf"}),
        (-math.inf, {"$float": "-inf"}),
        (-0.0, -0.0),
        ([1, (2.5, math.inf)], [1, [2.5, {"$float": "inf"}]]),
        ({1: {"a": math.nan}}, {"1": {"a": {"$float": "nan"}}}),
    ],
)
def test_values_without_a_spelling_in_json_get_one(value, text) -> None:
    assert same(encode_value(value), text)


@pytest.mark.parametrize("value", [{"$float": "abc"}, {"$float": 1}, {"$float": ["nan"]}], ids=repr)
def test_a_users_dict_that_looks_like_a_float_comes_back_as_it_was(value) -> None:
    """Reading a param of this shape raised, and with it every reader of the trail."""
    assert decode_value(encode_value(value)) == value


def test_a_record_says_its_kind() -> None:
    assert encode(NotebookRecord("n", "a.ipynb")) == {
        "record": "notebook",
        "id": "n",
        "path": "a.ipynb",
        "is_bound": False,
    }


def test_unknown_fields_are_dropped_and_missing_ones_get_their_defaults() -> None:
    """A spool may have been written by a newer version, or by an older one."""
    document = {"record": "start", "id": "1", "session": "2", "started_at": 3, "code": "x"}

    assert decode({**document, "mood": "good"}) == StartRecord("1", "2", 3, "x")


def test_nested_records_come_back_as_records() -> None:
    execution = ExecutionRecord(
        "1", "2", "ok", 3, 4, "x",
        environment=EnvironmentRecord("d", "3.11", "Linux", {"a": "1"}, None, {"cpus": 2}),
        entities=(EntityRecord("frame", "F", "ct1:0", "full", columns=(("a", "int64", "d"),)),),
        params=(ParamRecord("C", [1.0, math.inf], "list", "literal", reaches=("m",)),),
        metrics=(MetricRecord("auc", math.nan, "call"),),
    )  # fmt: skip

    assert same(decode(json.loads(json.dumps(encode(execution)))), execution)


@pytest.mark.parametrize("kind", [None, "cell", "ExecutionRecord", []], ids=repr)
def test_an_unknown_kind_is_refused_with_the_known_ones(kind) -> None:
    with pytest.raises(ValueError, match="expected one of session, start, execution"):
        decode({"record": kind, "id": "1"})
