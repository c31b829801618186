"""Names that compiled functions read from and write to their module, from bytecode alone."""

from __future__ import annotations

import opcode
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from types import CodeType

_EXTENDED = opcode.opmap["EXTENDED_ARG"]
_LOAD_GLOBAL = opcode.opmap["LOAD_GLOBAL"]
_LOADS = {opcode.opmap["LOAD_NAME"], _LOAD_GLOBAL}
_STORES = {opcode.opmap["STORE_GLOBAL"], opcode.opmap["DELETE_GLOBAL"]}
_ATTRIBUTES = {opcode.opmap[name] for name in ("LOAD_ATTR", "LOAD_METHOD") if name in opcode.opmap}
# Since 3.11 LOAD_GLOBAL, and since 3.12 LOAD_ATTR, keep a flag in the lowest bit.
_SHIFTED = {_LOAD_GLOBAL} | (
    {opcode.opmap["LOAD_ATTR"]} if "LOAD_METHOD" not in opcode.opmap else set()
)


@dataclass(frozen=True, slots=True)
class CodeNames:
    """What one function's code, and the code nested in it, names."""

    loads: frozenset[str]
    stores: frozenset[str]
    attributes: frozenset[str]


def _instructions(code: CodeType) -> Iterator[tuple[int, int]]:
    extended = 0
    raw = code.co_code
    for position in range(0, len(raw), 2):
        operation, argument = raw[position], raw[position + 1] | extended
        extended = argument << 8 if operation == _EXTENDED else 0
        yield operation, argument


@lru_cache(maxsize=4096)
def code_names(code: CodeType) -> CodeNames:
    """Global loads, global stores and attribute names of `code` and of all code inside it."""
    loads: set[str] = set()
    stores: set[str] = set()
    attributes: set[str] = set()
    pending = [code]
    while pending:
        current = pending.pop()
        pending.extend(item for item in current.co_consts if isinstance(item, CodeType))
        names = current.co_names
        for operation, argument in _instructions(current):
            index = argument >> 1 if operation in _SHIFTED else argument
            if operation in _LOADS:
                loads.add(names[index])
            elif operation in _STORES:
                stores.add(names[index])
            elif operation in _ATTRIBUTES:
                attributes.add(names[index])
    return CodeNames(frozenset(loads), frozenset(stores), frozenset(attributes))
