"""Names in compiled code, read from raw bytecode; `dis` reads them the second way."""

from __future__ import annotations

import argparse
import ast
import csv
import dis
import inspect
import json.decoder
import random
import textwrap
from collections.abc import Iterator
from types import CodeType, FunctionType

import pytest

from celltrail.core.functions import CodeNames, code_names


def by_dis(code: CodeType) -> CodeNames:
    loads, stores, attributes = set[str](), set[str](), set[str]()
    pending = [code]
    while pending:
        current = pending.pop()
        pending.extend(item for item in current.co_consts if isinstance(item, CodeType))
        for instruction in dis.get_instructions(current):
            if instruction.opname in {"LOAD_GLOBAL", "LOAD_NAME"}:
                loads.add(instruction.argval)
            elif instruction.opname in {"STORE_GLOBAL", "DELETE_GLOBAL"}:
                stores.add(instruction.argval)
            elif instruction.opname in {"LOAD_ATTR", "LOAD_METHOD"}:
                attributes.add(instruction.argval)
    return CodeNames(frozenset(loads), frozenset(stores), frozenset(attributes))


def functions_of(module: object) -> Iterator[FunctionType]:
    for value in vars(module).values():
        if inspect.isfunction(value):
            yield value
        elif inspect.isclass(value):
            yield from (part for part in vars(value).values() if inspect.isfunction(part))


@pytest.mark.parametrize(
    "module",
    [argparse, ast, csv, inspect, json.decoder, random, textwrap],
    ids=lambda m: m.__name__,
)
def test_names_are_those_that_dis_finds_in_the_standard_library(module) -> None:
    found = [
        (f.__qualname__, code_names(f.__code__), by_dis(f.__code__)) for f in functions_of(module)
    ]

    assert found
    assert [name for name, ours, theirs in found if ours != theirs] == []


def test_names_past_the_256th_need_an_extended_argument() -> None:
    lines = [f"    g{n}; o.a{n}" for n in range(300)]
    scope: dict[str, object] = {}
    exec("def f():\n    global s\n" + "\n".join(lines) + "\n    s = 1", scope)
    function = scope["f"]
    assert isinstance(function, FunctionType)
    names = code_names(function.__code__)

    assert names.loads == {"o", *(f"g{n}" for n in range(300))}
    assert names.attributes == {f"a{n}" for n in range(300)}
    assert names.stores == {"s"}


def test_code_inside_code_counts_and_locals_do_not() -> None:
    def outer(argument):
        local = argument

        def inner():
            return [first(local, item.second) for item in third]  # noqa: F821

        return inner, lambda: fourth  # noqa: F821

    assert code_names(outer.__code__).loads == {"first", "third", "fourth"}
    assert code_names(outer.__code__).attributes == {"second"}


def test_deleting_a_global_writes_it() -> None:
    code = compile("def f():\n global x\n del x", "cell", "exec").co_consts[0]

    assert code_names(code).stores == {"x"}
