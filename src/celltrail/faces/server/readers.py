"""Threads in which the store is read: few of them, and none for longer than a limit."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from celltrail.core.errors import CelltrailError
from celltrail.faces.server.faults import TookTooLong
from celltrail.store.trail import Connection

READING_SECONDS = 20.0
# What lists and polls wait for is quick; a long reading must not stand in their way.
_QUICK_THREADS, _LONG_THREADS = 4, 2
# SQLite asks whether to go on after so many of its steps, about every millisecond.
_STEPS = 10_000
_Found = TypeVar("_Found")


class Limit:
    """The time by which a reading has to be over, its waiting for a thread included.

    SQLite asks for it between its steps, in the thread that reads. So a statement that begins
    later ends as well; `Connection.interrupt` would end only the one that is running.

    Parameters
    ----------
    seconds : float
    """

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self._is_given_up = False

    @property
    def is_over(self) -> bool:
        """Whether time is up, or nobody waits for the answer any more."""
        return self._is_given_up or time.monotonic() >= self._end

    def give_up(self) -> None:
        """End the reading: nobody waits for it."""
        self._is_given_up = True

    def watch(self, connection: Connection) -> None:
        """End what a connection does when time is up."""
        connection.set_progress_handler(lambda: self.is_over, _STEPS)


class Readers:
    """Runs readings in threads.

    Parameters
    ----------
    seconds : float
        How long each may take.
    """

    def __init__(self, *, seconds: float = READING_SECONDS) -> None:
        self.seconds = seconds
        self._quick = ThreadPoolExecutor(_QUICK_THREADS, "celltrail-quick")
        self._long = ThreadPoolExecutor(_LONG_THREADS, "celltrail-long")

    async def run(
        self, reading: Callable[[], _Found], limit: Limit, *, is_long: bool = False
    ) -> _Found:
        """Return what a reading finds.

        Raises
        ------
        TookTooLong
            When its time is up; it then ends at its next step.
        CelltrailError
            What the reading raises.
        """

        def begin() -> _Found:
            if limit.is_over:  # it waited too long for a thread
                raise TookTooLong.after(self.seconds)
            return reading()

        pool = self._long if is_long else self._quick
        future = asyncio.wrap_future(pool.submit(begin))
        try:
            return await asyncio.wait_for(future, self.seconds)
        except TimeoutError:
            raise TookTooLong.after(self.seconds) from None
        except CelltrailError:
            if limit.is_over:  # what SQLite says of a statement that was ended
                raise TookTooLong.after(self.seconds) from None
            raise
