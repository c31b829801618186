"""Whether a reply is what `wire` says it is, field by field."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from typing import Any


def misfits(value: Any, hint: Any, at: str = "reply") -> Iterator[str]:
    """Yield what of a JSON value is not of a type of `wire`."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint is Any:
        return
    if typing.is_typeddict(hint):
        yield from _fields(value, hint, at)
    elif origin in (types.UnionType, typing.Union):
        found = [list(misfits(value, choice, at)) for choice in arguments]
        if all(found):
            yield min(found, key=len)[0]
    elif origin is typing.Literal:
        if value not in arguments:
            yield f"{at} is {value!r}, none of {arguments}"
    elif origin is list:
        size = len(value) if isinstance(value, list) else 0
        yield from _items(value, [arguments[0]] * size, at)
    elif origin is tuple:
        yield from _items(value, list(arguments), at)
    elif origin is dict and isinstance(value, dict):
        for key, item in value.items():
            yield from misfits(item, arguments[1], f"{at}[{key!r}]")
    elif type(value) is not hint and not (hint is float and type(value) is int):
        yield f"{at} is {value!r}, no {hint}"


def _fields(value: Any, hint: Any, at: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{at} is {value!r}, no {hint.__name__}"
        return
    hints = typing.get_type_hints(hint)
    for name in hint.__required_keys__ - value.keys():
        yield f"{at} has no {name}"
    for name, item in value.items():
        if name not in hints:
            yield f"{at}.{name} is not in {hint.__name__}"
        else:
            yield from misfits(item, hints[name], f"{at}.{name}")


def _items(value: Any, hints: list[Any], at: str) -> Iterator[str]:
    if not isinstance(value, list) or len(value) != len(hints):
        yield f"{at} is {value!r}, no list of {len(hints)}"
        return
    for n, (item, hint) in enumerate(zip(value, hints, strict=True)):
        yield from misfits(item, hint, f"{at}[{n}]")
