"""TypeScript for the JSON of the REST routes, from the types in `faces.server.wire`."""

from __future__ import annotations

import inspect
import sys
import types
import typing
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, is_typeddict

from celltrail.core.wording import LESS_IS_BETTER
from celltrail.faces.server import wire

FILE = Path(__file__).parents[2] / "jupyter_extension" / "src" / "wire.ts"
_HEAD = """\
// Written by `make wire` from src/celltrail/faces/server/wire.py; a test keeps it fresh.

"""
_NAMES = {str: "string", int: "number", float: "number", bool: "boolean", Any: "unknown"}


def typescript() -> str:
    """Return the module."""
    named = {name: found for name, found in vars(wire).items() if _is_ours(name, found)}
    known = {id(found): name for name, found in named.items()}
    blocks = [_declared(name, found, known) for name, found in named.items()]
    constants = (
        f"export const API = {wire.API};\n\n"
        "/** Names of metrics that are better the smaller they are. */\n"
        f"export const LESS_IS_BETTER = /{LESS_IS_BETTER.pattern}/i;\n\n"
    )
    return _HEAD + constants + "\n".join(blocks)


def _is_ours(name: str, found: Any) -> bool:
    if name.startswith("_") or name in {"Any", "Literal", "TypedDict"}:
        return False
    return (
        is_typeddict(found) or get_origin(found) is not None or isinstance(found, types.UnionType)
    )


def _declared(name: str, found: Any, known: dict[int, str]) -> str:
    if not is_typeddict(found):
        return f"export type {name} = {_type(found, known, inside=name)};\n"
    lines = []
    if found.__doc__ and not found.__doc__.startswith("dict("):
        text = inspect.cleandoc(found.__doc__).replace("*/", "* /").splitlines()
        lines += ["/**", *(f" * {line}".rstrip() for line in text), " */"]
    lines.append(f"export interface {name} {{")
    for field, of in typing.get_type_hints(found).items():
        mark = "" if field in found.__required_keys__ else "?"
        key = field if field.isidentifier() else f"'{field}'"
        lines.append(f"  {key}{mark}: {_type(of, known)};")
    return "\n".join([*lines, "}", ""])


def _type(found: Any, known: dict[int, str], *, inside: str | None = None) -> str:
    """Return the TypeScript of a type; `inside` is the name that is being declared."""
    name = known.get(id(found)) or next((n for i, n in known.items() if _same(i, n, found)), None)
    if name is not None and name != inside:
        return name
    if found in _NAMES:
        return _NAMES[found]
    if found is type(None):
        return "null"
    origin, inner = get_origin(found), get_args(found)
    if origin is Literal:
        return " | ".join(f"'{word}'" for word in inner)
    if origin in (typing.Union, types.UnionType):
        return " | ".join(_type(one, known) for one in inner)
    if origin is list:
        of = _type(inner[0], known)
        return f"({of})[]" if " | " in of else f"{of}[]"
    if origin is tuple:
        return f"[{', '.join(_type(one, known) for one in inner)}]"
    if origin is dict:
        return f"Record<string, {_type(inner[1], known)}>"
    if found is dict:
        return "Record<string, unknown>"
    raise TypeError(f"{found!r} has no TypeScript here; add it to {__file__}.")


def _same(_: int, name: str, found: Any) -> bool:
    """Whether a type is an alias's, which Python makes anew in every annotation."""
    alias = getattr(wire, name)
    return not is_typeddict(alias) and alias == found


if __name__ == "__main__" and sys.argv[1:] == ["--update"]:
    FILE.write_text(typescript(), "utf-8")
