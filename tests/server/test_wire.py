"""Replies are of the types in `wire`; errors have one shape."""

from __future__ import annotations

import inspect
import typing
from pathlib import Path

import pytest
from wire_types import misfits

from celltrail.faces.server import wire
from celltrail.lineage.reproducing.reproduction import ReproduceReport
from celltrail.store.database import connect
from celltrail.store.journal import add_report
from celltrail.store.trail import find_result, result_detail

REPLIES = [
    ("status", wire.StatusReply, {}),
    ("changes", wire.ChangesReply, {"since": 0, "notebook": "work.ipynb"}),
    ("capabilities", wire.CapabilitiesReply, {}),
    ("executions", wire.ExecutionsReply, {"limit": 2}),
    ("results", wire.ResultsReply, {"limit": 3, "sort": "-auc"}),
    ("results/latest", wire.ResultReply, {}),
    ("runs", wire.RunsReply, {}),
    ("runs/base", wire.RunReply, {}),
    ("lineage", wire.LineageReply, {"of": "latest"}),
    ("reports", wire.ReportsReply, {}),
    ("reports/latest", wire.ReportReply, {}),
    ("stale", wire.StaleReply, {"notebook": "work.ipynb"}),
    ("readings/why", wire.ReadingReply, {}),
    ("readings/compare", wire.ReadingReply, {}),
    ("readings/recipe", wire.ReadingReply, {}),
    ("readings/show", wire.ReadingReply, {}),
]


@pytest.fixture
def with_report(trail, root: Path) -> None:
    connection = connect(root / ".celltrail", role="tool")
    target = result_detail(connection, find_result(connection, "latest")).result.id
    verdict = ReproduceReport(summary="the same", verdict="ok", result=target,
                              outcome="identical", at=1_700_000_000_000_000)  # fmt: skip
    add_report(connection, verdict, target=target, at=verdict.at, id="ab" * 16)
    connection.close()


@pytest.mark.parametrize(("path", "shape", "query"), REPLIES, ids=[row[0] for row in REPLIES])
async def test_reply_is_of_its_type(ask, with_report, path, shape, query) -> None:
    reply = await ask(*path.split("/"), **query)

    assert reply.status == 200, reply.text
    assert list(misfits(reply.json, shape)) == []


SHAPES = [found for _, found in inspect.getmembers(wire, inspect.isclass)
          if found.__module__ == wire.__name__ and found is not wire.NotFinite]  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_a_type_describes_the_fields_that_it_has(shape: type) -> None:
    text = inspect.getdoc(shape) or ""
    head, _, listed = text.partition("Attributes\n----------\n")
    lines = [line for line in listed.splitlines() if line and not line.startswith(" ")]
    described = [name for line in lines for name in line.split(", ")]
    fields = typing.get_type_hints(shape)
    others = [typing.get_type_hints(other) for other in SHAPES]
    inherited = {name for other in others if other.items() < fields.items() for name in other}
    own = [name for name in fields if name not in inherited]

    assert head.strip()
    assert not listed or described == own


async def test_a_number_that_is_not_finite_is_spelled_in_json(ask, trail) -> None:
    reply = await ask("results", filter="params.C = 10")
    (row,) = reply.json["results"]

    assert row["metrics"] == {"auc": {"$float": "nan"}, "loss": {"$float": "inf"}}


async def test_hostile_names_are_texts_of_a_json_answer(ask, trail) -> None:
    reply = await ask("results", limit=1000)
    names = [name for row in reply.json["results"] for name in row["metrics"]]

    assert reply.headers["Content-Type"] == "application/json"
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert any(name.startswith("<img src=x onerror=alert(1)>") for name in names)


GOLDEN = {
    "no such result": (
        ("results/zzzz", {}),
        404,
        {
            "message": "There is no result 'zzzz'.",
            "reason": "not_found",
            "code": "not-found",
            "hint": "choose from 00020002, 00030003, 00050005, 00060006, base, latest.",
        },
    ),
    "a column that is near": (
        ("results", {"sort": "aucc"}),
        400,
        {
            "message": "There is no column 'aucc'.",
            "reason": "usage",
            "code": "usage",
            "hint": "did you mean auc?",
        },
    ),
    "a limit that is no number": (
        ("results", {"limit": "many"}),
        400,
        {
            "message": "The limit 'many' could not be read.",
            "reason": "usage",
            "code": "usage",
            "hint": "expected a whole number.",
        },
    ),
    "a parameter that is near": (
        ("results", {"filte": "x"}),
        400,
        {
            "message": "There is no parameter of results 'filte'.",
            "reason": "usage",
            "code": "usage",
            "hint": "did you mean filter?",
        },
    ),
    "a cursor of another list": (
        ("runs", {"cursor": "WyJvIiwgMV0="}),
        400,
        {
            "message": "The cursor belongs to another list.",
            "reason": "usage",
            "code": "usage",
            "hint": "start again without a cursor.",
        },
    ),
    "a reading that is an act": (
        ("readings/reproduce", {}),
        404,
        {
            "message": "The server does not answer reproduce: it changes something, takes long or"
            " reads data.",
            "reason": "not_found",
            "code": "not-found",
            "hint": "run it in a cell: %mlops reproduce",
        },
    ),
    "no such route": (
        ("resultz", {}),
        404,
        {
            "message": "There is no such route.",
            "reason": "not_found",
            "code": "http-404",
            "hint": "GET celltrail/capabilities says what can be asked.",
        },
    ),
}


@pytest.mark.parametrize(("asked", "status", "body"), GOLDEN.values(), ids=GOLDEN.keys())
async def test_error_has_the_one_shape(ask, trail, asked, status, body) -> None:
    path, query = asked
    reply = await ask(*path.split("/"), **query)

    assert (reply.status, reply.json) == (status, body)
    assert list(misfits(reply.json, wire.ErrorReply)) == []


FILTERS = ["' OR 1=1 --", "1; DROP TABLE result", "metrics.auc > 0.5 UNION SELECT 1",
           "params.`x` = '\\'", "tags.a = \"';--\"", "(" * 5000, "a" * 5000, "%", "?1"]  # fmt: skip


@pytest.mark.parametrize("text", FILTERS, ids=range(len(FILTERS)))
async def test_sql_in_a_filter_is_refused_in_words(ask, trail, text) -> None:
    replies = [await ask("results", filter=text), await ask("results", sort=text)]

    assert {(reply.status, reply.json["reason"]) for reply in replies} == {(400, "usage")}
    assert len((await ask("results")).json["results"]) == 4


async def test_a_route_that_is_only_read_refuses_patch(ask, trail) -> None:
    reply = await ask("status", method="PATCH", body={})

    assert (reply.status, reply.json["reason"], reply.json["code"]) == (405, "usage", "http-405")


LIMITS = ["0", "-1", "1.5", "1e3", "²", "9" * 30, " 5", "0x10", "None"]


@pytest.mark.parametrize("limit", LIMITS)
async def test_a_limit_that_is_no_whole_number_from_1_is_refused(ask, trail, limit) -> None:
    for path in ("results", "executions", "runs", "reports"):
        reply = await ask(path, limit=limit)

        assert (reply.status, reply.json["reason"]) == (400, "usage")


CURSORS = ["x", "é", "W10=", "bnVsbA==", "eyJhIjoxfQ", "WyJleGVjdXRpb25zIiwgImEiXQ",
           "WyJydW5zIiwgMSwgMl0", "WyJuZXdlc3QgcmVzdWx0cyIsMV0", "A" * 5000]  # fmt: skip


@pytest.mark.parametrize("cursor", CURSORS, ids=range(len(CURSORS)))
async def test_a_made_up_cursor_is_refused_by_every_list(ask, trail, cursor) -> None:
    for path in ("results", "executions", "runs", "reports"):
        reply = await ask(path, cursor=cursor)

        assert (reply.status, reply.json["message"]) == (400, "The cursor belongs to another list.")
