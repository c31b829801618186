"""What stands at and below executions, counted without a walk for each of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

# A set of executions as the bits of a number; a thousand of them are united in one step.
Bits = int


class Reach:
    """What is downstream of each execution of a closure.

    Parameters
    ----------
    rows : iterable of int
        Executions, in the order in which they ran.
    closure : frozenset of int
        Those that count; others stand for no bit.
    readers : mapping of int to set of int
        By execution: those that read what it made.
    """

    def __init__(
        self, rows: Iterable[int], closure: frozenset[int], *, readers: Mapping[int, set[int]]
    ) -> None:
        self._bits: dict[int, Bits] = {
            row: 1 << at if row in closure else 0 for at, row in enumerate(rows)
        }
        self._below = dict(self._bits)
        is_complete = False
        while not is_complete:  # twice, unless one read of an execution that began after it
            is_complete = True
            for row in reversed(self._bits):
                bits = self._below[row]
                for reader in readers.get(row, ()):
                    bits |= self._below[reader]
                is_complete &= bits == self._below[row]
                self._below[row] = bits

    def at(self, rows: Iterable[int]) -> Bits:
        """Return executions as bits; those that it does not know are left out."""
        return self._united(self._bits, rows)

    def below(self, rows: Iterable[int]) -> Bits:
        """Return the executions at and below some of them."""
        return self._united(self._below, rows)

    def rows(self, bits: Bits) -> set[int]:
        """Return the executions that bits stand for."""
        return {row for row, bit in self._bits.items() if bits & bit}

    @staticmethod
    def _united(known: dict[int, Bits], rows: Iterable[int]) -> Bits:
        found = 0
        for row in rows:
            found |= known.get(row, 0)
        return found
