"""Whether the global random generators moved, asked before and after every cell.

Taking a Mersenne Twister's state out of its object costs 20 µs in `random` and 70 µs in
NumPy, more than anything else in a trivial cell. So the memory that holds the state is
compared instead, once a full reading has shown that it is the state.
"""

from __future__ import annotations

import ctypes
import random
import sys
from dataclasses import dataclass
from struct import pack
from typing import Any

import xxhash

_WORDS = 624
_BYTES = 4 * _WORDS + 4  # the words and the position in them


@dataclass(slots=True)
class _Reading:
    """A full reading of a state, and the memory that stands for it."""

    memory: bytes
    number: int


_readings: dict[str, _Reading] = {}


def random_states() -> dict[str, int]:
    """Return a number for each generator that changes when it moves (in this process only)."""
    states = {"random": _python_state()}
    if "numpy.random" in sys.modules:
        states["numpy.random"] = _numpy_state(sys.modules["numpy.random"])
    return states


def _python_state() -> int:
    generator = vars(random).get("_inst")
    memory = b""
    # A normal number that waits to be drawn is kept outside the words.
    if type(generator) is random.Random and vars(generator).get("gauss_next", 0) is None:
        header = object.__basicsize__
        if random.Random.__basicsize__ >= header + _BYTES:
            memory = ctypes.string_at(id(generator) + header, _BYTES)
    known = _readings.get("random")
    if known is not None and memory == known.memory:
        return known.number
    state = random.getstate()
    _, words, _ = state
    expected = pack(f"=i{_WORDS}I", words[-1], *words[:-1]) if len(words) == _WORDS + 1 else None
    return _read("random", memory, expected, hash(state))


def _numpy_state(numpy_random: Any) -> int:
    generator = numpy_random.get_bit_generator()
    if type(generator) is not numpy_random.MT19937:
        return hash(repr(numpy_random.get_state(legacy=False)))
    memory = ctypes.string_at(generator.ctypes.state_address, _BYTES)
    known = _readings.get("numpy.random")
    if known is not None and memory == known.memory:
        return known.number
    state = numpy_random.get_state(legacy=False)
    key, position = state["state"]["key"], state["state"]["pos"]
    number = xxhash.xxh3_64_intdigest(key) ^ hash((position, state["has_gauss"], state["gauss"]))
    # A normal number that waits to be drawn is kept outside the words: then they say too little.
    expected = None if state["has_gauss"] else key.tobytes() + pack("=i", position)
    return _read("numpy.random", memory, expected, number)


def _read(name: str, memory: bytes, expected: bytes | None, number: int) -> int:
    """Note a full reading; the memory stands for it where it is what was expected."""
    if memory == expected:
        _readings[name] = _Reading(memory, number)
    else:
        _readings.pop(name, None)
    return number
