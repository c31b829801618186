"""Labels edited in place."""

from __future__ import annotations

from typing import Any

import pytest
from server_cases import Ask
from trail_rows import Trail

SECRET = "ghp_" + "a1B2c3D4" * 4 + "zZ99"  # in the form of a token


async def patch(ask: Ask, path: str, body: Any) -> Any:
    return await ask(*path.split("/"), method="PATCH", body=body)


async def test_a_run_gets_a_name_tags_a_note_and_a_star(ask: Ask, trail: Trail) -> None:
    body = {"name": "after cleaning", "tags": {"stage": "final"}, "note": "why", "star": True}
    reply = await patch(ask, "runs/base", body)
    again = (await ask("runs", reply.json["id"])).json

    assert reply.status == 200
    assert again == reply.json
    assert (again["name"], again["notes"], again["is_starred"]) == ("after cleaning", ["why"], True)
    assert again["tags"] == {"stage": "final", "star": ""}


async def test_what_is_not_named_stays_and_null_removes(ask: Ask, trail: Trail) -> None:
    await patch(ask, "results/latest", {"tags": {"a": "1", "b": "2"}, "star": True})
    await patch(ask, "results/latest", {"tags": {"a": None}})
    reply = await patch(ask, "results/latest", {"note": "second"})

    assert reply.json["tags"] == {"b": "2", "star": ""}
    assert (reply.json["is_starred"], reply.json["notes"]) == (True, ["second"])
    assert (await patch(ask, "results/latest", {"star": False})).json["is_starred"] is False


async def test_the_star_of_a_run_is_not_that_of_its_results(ask: Ask, trail: Trail) -> None:
    await patch(ask, "runs/base", {"star": True})
    (row,) = (await ask("results", filter="run = 'base'")).json["results"]

    assert (row["is_starred"], row["tags"]) == (False, {"star": ""})


async def test_labels_are_seen_by_whoever_polls(ask: Ask, trail: Trail) -> None:
    before = (await ask("changes")).json["sequence"]
    await patch(ask, "results/latest", {"star": True})
    after = (await ask("changes", since=before)).json

    assert (after["sequence"], after["kinds"]) == (before + 1, ["result"])


async def test_secrets_in_labels_are_marks(ask: Ask, trail: Trail) -> None:
    body = {"name": f"run {SECRET}", "note": f"token {SECRET}", "tags": {"password": "hunter22x",
            "plain": SECRET}}  # fmt: skip
    reply = await patch(ask, "runs/base", body)
    dump = "\n".join(trail.connection.iterdump())

    assert reply.status == 200
    assert SECRET not in dump + reply.text
    assert "hunter22x" not in dump + reply.text
    assert "redacted" in reply.json["notes"][0]


BAD = {
    "no JSON": "{",
    "no object": "[]",
    "nothing": "{}",
    "deep": "[" * 100_000,
    "an unknown label": {"tgas": {}},
    "a tag that is no text": {"tags": {"a": 1}},
    "a tag without a key": {"tags": {" ": "x"}},
    "tags that are no object": {"tags": ["a"]},
    "an empty note": {"note": "  "},
    "a note that is no text": {"note": 5},
    "a long note": {"note": "x" * 10_001},
    "a star that is no flag": {"star": "yes"},
    "an empty name": {"name": ""},
}


@pytest.mark.parametrize("body", BAD.values(), ids=BAD.keys())
async def test_a_body_that_cannot_be_read_changes_nothing(ask: Ask, trail: Trail, body) -> None:
    reply = await patch(ask, "runs/base", body)

    assert (reply.status, reply.json["reason"]) == (400, "usage")
    assert reply.json["hint"]
    assert (await ask("changes")).json["sequence"] == 1


async def test_a_result_has_no_name_of_its_own(ask: Ask, trail: Trail) -> None:
    reply = await patch(ask, "results/latest", {"name": "x", "star": True})

    assert reply.status == 400
    assert (await ask("results", "latest")).json["is_starred"] is False


async def test_half_a_surrogate_pair_in_a_label_is_kept_as_a_question_mark(
    ask: Ask, trail: Trail
) -> None:
    reply = await patch(ask, "runs/base", '{"note": "a\\ud83db", "tags": {"k": "\\ud83d"}}')

    assert (reply.json["notes"], reply.json["tags"]) == (["a?b"], {"k": "?"})


async def test_an_unknown_run_gets_near_matches(ask: Ask, trail: Trail) -> None:
    reply = await patch(ask, "runs/bsae", {"star": True})

    assert (reply.status, reply.json["hint"]) == (404, "did you mean base?")
