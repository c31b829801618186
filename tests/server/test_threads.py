"""A slow reading holds up nobody, ends at its limit, and an unforeseen error says little."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from celltrail.capabilities.capability import reading
from celltrail.faces.server import installing
from celltrail.faces.server.asked import Asked, Home
from celltrail.faces.server.readers import Readers
from celltrail.faces.server.routes import Route

ENDLESS = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c"
PIECE = ENDLESS.replace("FROM c)", "FROM c LIMIT 50000)")
ended: list[str] = []


def endless(asked: Asked) -> dict[str, Any]:
    """Read for ever, and note when SQLite was stopped."""
    try:
        with reading(asked.place) as connection:
            connection.execute(ENDLESS).fetchone()
    finally:
        ended.append(asked.subject)
    return {}


def endless_in_pieces(asked: Asked) -> dict[str, Any]:
    """Read for ever, a short statement at a time."""
    try:
        with reading(asked.place) as connection:
            while True:
                connection.execute(PIECE).fetchone()
    finally:
        ended.append("pieces")


def broken(asked: Asked) -> dict[str, Any]:
    raise ValueError("what stood at /secret/place")


def wrong_statement(asked: Asked) -> dict[str, Any]:
    with reading(asked.place) as connection:
        connection.execute("SELECT nothing FROM nowhere")
    return {}


@pytest.fixture
def trial(jp_serverapp: Any, trail: Any, root: Path) -> Callable[..., None]:
    """Add routes under `trial/`, with a time limit of their own."""
    ended.clear()

    def add(*routes: Route, seconds: float) -> None:
        installing.install(jp_serverapp, home=Home(root, {}), readers=Readers(seconds=seconds),
                           routes=routes, namespace="trial")  # fmt: skip

    return add


@pytest.mark.parametrize("is_long", [True, False])
async def test_another_route_answers_while_a_slow_reading_runs(ask, trial, is_long) -> None:
    trial(Route("endless", endless, is_long=is_long), seconds=2)
    slow = asyncio.create_task(ask("endless", namespace="trial"))
    await asyncio.sleep(0.2)
    begun = time.monotonic()
    quick = await ask("changes")
    seconds = time.monotonic() - begun

    assert (quick.status, slow.done()) == (200, False)
    assert seconds < 1
    assert (await slow).status == 503


@pytest.mark.parametrize("answer", [endless, endless_in_pieces])
async def test_a_reading_is_ended_at_its_limit_and_says_so(ask, trial, answer) -> None:
    trial(Route("endless", answer), seconds=0.4)
    reply = await ask("endless", namespace="trial")
    await until(lambda: ended)

    assert reply.status == 503
    assert reply.json == {
        "message": "The server ended this reading after 0.4 s.",
        "reason": "too_long",
        "code": "too-long",
        "hint": "ask for less, or ask in a cell (`%mlops`), which may take as long as it needs.",
    }


async def test_slow_readings_fill_their_own_threads_only(ask, trial) -> None:
    trial(Route("endless", endless, is_long=True), Route("quick", lambda _: {"a": 1}), seconds=1.5)
    slow = [asyncio.create_task(ask("endless", namespace="trial")) for _ in range(6)]
    await asyncio.sleep(0.2)
    quick = await ask("quick", namespace="trial")

    assert quick.json == {"a": 1}
    assert {reply.status for reply in await asyncio.gather(*slow)} == {503}
    assert len(ended) < 6  # those that got no thread in time never began


async def test_a_reading_ends_when_its_asker_has_gone(ask, trial, jp_fetch) -> None:
    trial(Route("endless", endless), seconds=30)
    with pytest.raises(Exception, match="imeout"):
        await jp_fetch("trial", "endless", request_timeout=0.5)
    begun = time.monotonic()
    await until(lambda: ended)

    assert time.monotonic() - begun < 5


async def test_an_unforeseen_error_is_logged_and_says_only_that_it_was(ask, trial, caplog) -> None:
    trial(Route("broken", broken), seconds=5)
    with caplog.at_level(logging.ERROR):
        reply = await ask("broken", namespace="trial")

    assert (reply.status, reply.json) == (
        500,
        {
            "message": "Internal Server Error.",
            "reason": "failed",
            "code": "http-500",
            "hint": "the server's log has the traceback; please report it.",
        },
    )
    assert "/secret/place" in caplog.text
    assert "Traceback" in caplog.text


async def test_a_statement_of_ours_that_is_wrong_is_logged_too(ask, trial, caplog) -> None:
    trial(Route("wrong", wrong_statement), seconds=5)
    with caplog.at_level(logging.ERROR):
        reply = await ask("wrong", namespace="trial")

    assert (reply.status, reply.json["reason"]) == (422, "failed")
    assert "Traceback" in caplog.text


async def until(happened: Callable[[], object], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not happened() and time.monotonic() < end:  # noqa: ASYNC110 - a thread makes it happen
        await asyncio.sleep(0.02)
    assert happened()
