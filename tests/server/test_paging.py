"""Pages: each row once, whatever is written in between."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from server_cases import Ask, trail_at
from trail_rows import Trail, metric, param

from celltrail.core.records import decode_value
from celltrail.core.report import Answer
from celltrail.store.journal import add_report

RESULTS = 1_000


def many(trail: Trail, count: int, *, first: int = 0) -> list[str]:
    """Write results: every fifth value is shared by many, every seventh is not finite."""
    odd = [float("nan"), float("inf"), float("-inf")]
    made = []
    trail.connection.execute("BEGIN")
    for n in range(first, first + count):
        value = odd[n % 3] if n % 7 == 0 else (n % 50) / 50 if n % 5 else 0.5
        name = "other" if n % 11 == 0 else "auc"
        trail.execute(params=[param("C", n % 4)], metrics=[metric(name, value)])
        made.append(trail.id(trail.count))
    trail.connection.execute("COMMIT")
    return made


async def ids_of_all_pages(ask: Ask, path: str, between: Any = None, **query: Any) -> list[str]:
    found, cursor = [], None
    while True:
        reply = await ask(path, **query, **({"cursor": cursor} if cursor else {}))
        assert reply.status == 200, reply.text
        found += [row["id"] for row in reply.json[path]]
        cursor = reply.json["cursor"]
        if cursor is None:
            return found
        if between is not None:
            between()


@pytest.mark.parametrize("sort", ["-auc", "auc", "C, -auc", "status, auc", "-started_at", ""])
async def test_every_result_is_on_one_page_while_others_are_written(
    ask: Ask, root: Path, sort: str
) -> None:
    trail = trail_at(root)
    made = many(trail, RESULTS)

    def write_more() -> None:
        many(trail, 3, first=trail.count)

    query = {"sort": sort} if sort else {}
    found = await ids_of_all_pages(ask, "results", write_more, limit=93, **query)
    known = set(made)

    assert sorted(one for one in found if one in known) == sorted(made)
    assert len(set(found)) == len(found)


async def test_sorted_pages_are_in_order_with_missing_and_nan_last(ask: Ask, root: Path) -> None:
    many(trail_at(root), 120)
    values, cursor = [], None
    while True:
        more = {"cursor": cursor} if cursor else {}
        reply = await ask("results", sort="-auc", limit=7, **more)
        metrics = [decode_value(row["metrics"]) for row in reply.json["results"]]
        values += [found.get("auc", math.nan) for found in metrics]
        cursor = reply.json["cursor"]
        if cursor is None:
            break
    numbers = [value for value in values if not math.isnan(value)]

    assert len(values) == 120
    assert numbers == sorted(numbers, reverse=True)
    assert (numbers[0], numbers[-1]) == (math.inf, -math.inf)
    assert all(math.isnan(value) for value in values[len(numbers) :])


async def test_a_cursor_goes_with_its_order(ask: Ask, root: Path) -> None:
    many(trail_at(root), 20)
    cursor = (await ask("results", sort="-auc", limit=5)).json["cursor"]
    replies = [await ask("results", cursor=cursor, sort=sort) for sort in ("auc", "-C", "status")]
    replies.append(await ask("results", cursor=cursor))
    replies.append(await ask("executions", cursor=cursor))

    assert {reply.status for reply in replies} == {400}


@pytest.mark.parametrize("size", [1, 7])
async def test_executions_runs_and_reports_are_on_one_page_each(
    ask: Ask, root: Path, size: int
) -> None:
    trail = trail_at(root)
    for n in range(20):
        trail.execute(run=trail.run(f"run{n % 3}"))
        kept = Answer(facts=n)
        add_report(trail.connection, kept, target=None, at=n, id=f"{n:032x}")
    for path in ("executions", "runs", "reports"):
        whole = {row["id"] for row in (await ask(path, limit=1000)).json[path]}
        found = await ids_of_all_pages(
            ask, path, lambda: trail.execute(run=trail.run("later")), limit=size
        )

        assert len(whole) >= 20
        assert sorted(found) == sorted(whole)


async def test_executions_are_those_of_the_notebook_unless_all_are_wanted(
    ask: Ask, root: Path
) -> None:
    trail = trail_at(root)
    trail.execute("here = 1", notebook=str(root / "a.ipynb"), metrics=[metric("m", 1.0)])
    trail.execute("there = 1", notebook=str(root / "b.ipynb"), metrics=[metric("m", 2.0)])

    async def paths(route: str, **query: Any) -> list[str]:
        return [row["notebook_path"] for row in (await ask(route, **query)).json[route]]

    assert await paths("executions", notebook="a.ipynb") == ["a.ipynb"]
    assert await paths("executions", notebook="a.ipynb", scope="project") == ["b.ipynb", "a.ipynb"]
    assert await paths("results", notebook="a.ipynb") == ["b.ipynb", "a.ipynb"]
    assert await paths("results", notebook="a.ipynb", scope="notebook") == ["a.ipynb"]
    assert await paths("results", notebook="a.ipynb", scope="notebook", sort="-m") == ["a.ipynb"]


async def test_a_scope_without_a_notebook_is_refused(ask: Ask, trail: Trail) -> None:
    replies = [await ask("results", scope="notebook"), await ask("results", scope="all")]

    assert [reply.status for reply in replies] == [400, 400]
    assert replies[0].json["hint"] == "add notebook=PATH."


async def test_limits_are_capped(ask: Ask, root: Path) -> None:
    many(trail_at(root), 1_005)
    reply = await ask("results", limit=5_000)

    assert len(reply.json["results"]) == 1_000
    assert reply.json["cursor"] is not None
