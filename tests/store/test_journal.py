"""Reports that are kept: written, found again, and forgotten with what they are about."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from trail_writing import NOW, Kernel, identifier, rows

from celltrail.core.errors import NotFound, UsageFault
from celltrail.core.records import MetricRecord, RunRecord
from celltrail.core.report import Answer
from celltrail.store.database import connect
from celltrail.store.forget import Targets, forget, gc
from celltrail.store.journal import (
    KeptReport,
    add_report,
    find_report,
    list_reports,
    newest_report,
    newest_reports,
)


@pytest.fixture
def kernel(store: Path) -> Kernel:
    return Kernel(store)


def run(kernel: Kernel, code: str = "score()") -> str:
    return kernel.run(code, metrics=(MetricRecord("auc", 0.5, "call"),))


def keep(
    store: Path, target: str | None, word: str = "fine", *, facts: object = None, at: int = NOW
) -> str:
    made = identifier()
    with closing(connect(store, role="tool")) as connection:
        report = Answer(summary=word, verdict="ok", facts=facts or {"word": word})
        add_report(connection, report, target=target, at=at, id=made)
    return made


def read(store: Path, ask, *arguments, **options):
    with closing(connect(store, role="reader")) as connection:
        return ask(connection, *arguments, **options)


def test_a_report_is_kept_with_its_document(store: Path, kernel: Kernel):
    target = run(kernel)

    made = keep(store, target, "fine", facts={"nan": float("nan")})
    found = read(store, newest_report, target, "answer")

    assert isinstance(found, KeptReport)
    assert (found.id, found.kind, found.target, found.at) == (made, "answer", target, NOW)
    assert (found.verdict, found.summary) == ("ok", "fine")
    assert repr(Answer.from_document(found.document).facts) == "{'nan': nan}"


def test_the_newest_report_of_each_is_read_in_one_query(store: Path, kernel: Kernel):
    first, second, third = (run(kernel) for _ in range(3))
    keep(store, first, "old")
    keep(store, second, "other")
    keep(store, first, "new")
    queries: list[str] = []
    with closing(connect(store, role="reader")) as connection:
        connection.set_trace_callback(queries.append)
        found = newest_reports(connection, [first, second, third], "answer")

    assert {target: report.summary for target, report in found.items()} == {
        first: "new",
        second: "other",
    }
    assert len(queries) == 1


def test_newest_reports_meet_an_index(store: Path, kernel: Kernel):
    keep(store, run(kernel))
    with closing(sqlite3.connect(store / "trail.db")) as connection:
        queries: list[str] = []
        connection.set_trace_callback(queries.append)
        newest_reports(connection, ["a"], "answer")
        plan = connection.execute(f"EXPLAIN QUERY PLAN {queries[0]}").fetchall()

    assert not [step for *_, step in plan if step.startswith("SCAN report")]


def test_reports_of_another_kind_are_not_given(store: Path, kernel: Kernel):
    target = run(kernel)
    keep(store, target)

    assert read(store, newest_report, target, "reproduce") is None


def test_reports_are_listed_newest_first(store: Path, kernel: Kernel):
    target = run(kernel)
    for word in ("one", "two", "three"):
        keep(store, target, word)

    found = read(store, list_reports, kind="answer", limit=2)

    assert [report.summary for report in found] == ["three", "two"]
    assert read(store, list_reports, kind="why") == []


def test_a_report_is_found_by_its_digits_and_by_what_it_is_about(store: Path, kernel: Kernel):
    target = run(kernel)
    made = keep(store, target)

    assert read(store, find_report, made).id == made
    assert read(store, find_report, made[-8:]).id == made
    assert read(store, find_report, target[-8:]).id == made
    assert read(store, find_report, "latest").id == made


def test_an_unknown_report_gets_near_matches(store: Path, kernel: Kernel):
    made = keep(store, run(kernel))
    wrong = made[-8:-1] + ("0" if made[-1] != "0" else "1")

    with pytest.raises(NotFound) as raised:
        read(store, find_report, wrong)

    assert made[-8:] in str(raised.value.hint)


def test_digits_of_several_reports_are_refused(store: Path, kernel: Kernel):
    target = run(kernel)
    made = [keep(store, target) for _ in range(2)]
    common = made[0][:6]

    with pytest.raises(UsageFault, match="more than one"):
        read(store, find_report, common)


def test_readers_are_told_of_a_new_report(store: Path, kernel: Kernel):
    keep(store, run(kernel))

    assert rows(store, "SELECT kind FROM changes ORDER BY seq DESC LIMIT 1") == [("report",)]


def test_a_report_goes_with_the_result_that_it_is_about(store: Path, kernel: Kernel):
    gone, stays = run(kernel), run(kernel)
    keep(store, gone, "about the whole")
    keep(store, f"{gone}.3", "about a step")
    keep(store, stays, "stays")
    keep(store, None, "about nothing")

    forget(store, Targets(executions=(gone,)))

    assert {summary for (summary,) in rows(store, "SELECT summary FROM report")} == {
        "stays",
        "about nothing",
    }


def test_a_report_goes_with_any_execution_that_it_quotes(store: Path, kernel: Kernel):
    upstream, result = run(kernel, "x = 1"), run(kernel)
    keep(store, result, "quotes", facts={"executions": [upstream]})

    forget(store, Targets(executions=(upstream,)))

    assert rows(store, "SELECT count(*) FROM report") == [(0,)]


def test_gc_drops_reports_about_what_is_gone(store: Path, kernel: Kernel):
    stays = run(kernel)
    keep(store, identifier(), "loose")
    keep(store, stays, "stays")

    gc(store)

    assert rows(store, "SELECT summary FROM report") == [("stays",)]


def test_executions_that_repeated_a_forgotten_one_go_as_well(store: Path, kernel: Kernel):
    gone, stays = run(kernel, "secret()"), run(kernel, "other()")
    again = Kernel(store)
    repeat = identifier()
    again.writer.write(RunRecord(repeat, None, "reproduce", NOW))
    repeated = again.run("secret()", run=repeat)

    forget(store, Targets(executions=(gone,)))

    left = {uuid.hex() for (uuid,) in rows(store, "SELECT uuid FROM execution")}
    assert left == {stays}
    assert repeated not in left
