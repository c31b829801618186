"""Quick readings: the table's own parameters and reports."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from server_cases import Ask
from trail_rows import Trail

from celltrail.capabilities.capability import Place
from celltrail.capabilities.explaining import compare
from celltrail.capabilities.table import TABLE
from celltrail.core.errors import CelltrailError
from celltrail.faces.options import parse

BY_NAME = {row.name: row for row in TABLE}


async def test_a_reading_answers_with_its_report_in_words_and_drawn(
    ask: Ask, trail: Trail, root
) -> None:
    reply = await ask("readings", "compare", ids=["-1", "-2"])
    expected = compare(Place(root / ".celltrail"), ids=("-1", "-2"))

    assert reply.json["report"] == json.loads(json.dumps(expected.document()))
    assert reply.json["parts"][0]["part"] == "text"
    assert {"data", "layout"} <= reply.json["figure"].keys()
    assert reply.json["no_figure"] is None


async def test_a_reading_without_a_figure_says_why(ask: Ask, trail: Trail) -> None:
    reply = await ask("readings", "recipe", id="latest")

    assert (reply.json["figure"], reply.json["no_figure"]) == (None, BY_NAME["recipe"].no_figure)


async def test_a_name_of_two_words_is_one_part_of_the_address(ask: Ask, trail: Trail) -> None:
    reply = await ask("readings", "data list")

    assert (reply.status, reply.json["capability"]) == (200, "data list")


async def test_a_reading_of_a_notebook_takes_a_contents_path(ask: Ask, trail: Trail, root) -> None:
    reply = await ask("readings", "stale", notebook="work.ipynb")
    outside = await ask("readings", "stale", notebook="../work.ipynb")

    assert reply.json["report"]["notebook"] == str(root / "work.ipynb")
    assert outside.status == 400


WRONG = {
    "a number": ("results", {"limit": "many"}, ["--limit", "many"]),
    "a real column": ("results", {"sort": "aucc"}, ["--sort", "aucc"]),
    "a filter": ("results", {"filter": "metrics.auc >"}, ["--filter", "metrics.auc >"]),
    "too many": ("why", {"ids": ["a", "b", "c"]}, ["a", "b", "c"]),
    "not there": ("show", {"id": "zzzz"}, ["zzzz"]),
}


@pytest.mark.parametrize(("name", "query", "words"), WRONG.values(), ids=WRONG.keys())
async def test_mistakes_are_worded_as_on_the_command_line(
    ask: Ask, trail: Trail, root, name, query, words
) -> None:
    reply = await ask("readings", name, **query)
    with pytest.raises(CelltrailError) as caught:
        by_words(name, words, root)

    assert (reply.json["message"], reply.json["hint"]) == (caught.value.fact, caught.value.hint)


def by_words(name: str, words: list[str], root: Path) -> None:
    options = parse(BY_NAME[name], words, "cli") or {}
    own = {option.name: options[option.name] for option in BY_NAME[name].parameters}
    BY_NAME[name].run(Place(root / ".celltrail"), **own)


@pytest.mark.parametrize("name", ["to", "force"])
async def test_a_reading_writes_no_file(ask: Ask, trail: Trail, root, name: str) -> None:
    before = sorted(root.rglob("*"))
    reply = await ask("readings", "recipe", **{"id": "latest", name: str(root / "x.py")})

    assert (reply.status, reply.json["reason"]) == (400, "usage")
    assert sorted(root.rglob("*")) == before


async def test_a_value_that_looks_like_an_option_is_a_value(ask: Ask, trail: Trail) -> None:
    sorted_down = await ask("readings", "results", sort="-auc")
    by_age = await ask("readings", "show", id="-2")
    help_wanted = await ask("readings", "show", id="--help")

    assert [sorted_down.status, by_age.status, help_wanted.status] == [200, 200, 404]


async def test_what_acts_takes_long_or_reads_data_is_left_to_a_cell(ask: Ask, trail: Trail) -> None:
    table = {row["name"]: row for row in (await ask("capabilities")).json["capabilities"]}
    left = {name for name, row in table.items() if "rest" not in row["faces"]}
    replies = {name: await ask("readings", name) for name in left}

    assert {"reproduce", "tag", "forget", "snapshot", "data get", "data diff"} <= left
    assert {"why", "compare", "stale", "recipe", "lineage", "check", "show", "runs"} & left == set()
    assert {reply.status for reply in replies.values()} == {404}
    assert replies["tag"].json["hint"] == "run it in a cell: %mlops tag"


async def test_an_unknown_reading_gets_near_matches(ask: Ask, trail: Trail) -> None:
    reply = await ask("readings", "comparee")

    assert (reply.status, reply.json["hint"]) == (404, "did you mean compare?")


async def test_lineage_of_an_execution_without_a_result_is_found(ask: Ask, trail: Trail) -> None:
    reply = await ask("lineage", of=trail.id(1))
    unknown = await ask("lineage", of="zzzz")

    assert (reply.status, reply.json["result"]) == (200, None)
    assert reply.json["nodes"][0]["execution"] == trail.id(1)
    assert unknown.status == 404
