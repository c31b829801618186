"""The rules of staleness, one by one, on trails written by hand."""

from __future__ import annotations

import json
from typing import Any

import pytest
from trail_rows import Trail, metric

from celltrail.core.errors import NotFound
from celltrail.lineage.freshness.present_source import PresentCell
from celltrail.lineage.freshness.stale_report import STATES, StaleReport
from celltrail.lineage.freshness.staleness import RESULTS, staleness
from celltrail.store.trail import execution_rows

NOTEBOOK = "work.ipynb"
SESSION = b"session:one".ljust(16)[:16].hex()


@pytest.fixture
def trail() -> Trail:
    return Trail()


def present(*names: str, **codes: str) -> list[PresentCell]:
    """Cells as saved; the code is ``code NAME`` where none is given."""
    return [PresentCell(name, codes.get(name, f"code {name}")) for name in names]


def run(trail: Trail, cell: str, **given: Any) -> int:
    """Run a cell; `uses` and `makes` as in `Trail.execute`, its code ``code NAME``."""
    return trail.execute(given.pop("code", f"code {cell}"), cell=cell, **given)


def scalar(**values: Any) -> dict[str, tuple[Any, str]]:
    return {name: (value, "scalar") for name, value in values.items()}


def found(trail: Trail, *names: str, **options: Any) -> StaleReport:
    cells = present(*names) if names else None
    return staleness(trail.connection, **{"notebook": NOTEBOOK, "cells": cells, **options})


def states(report: StaleReport) -> dict[str, str]:
    return {cell.cell or cell.line: cell.state for cell in report.cells}


def plan(report: StaleReport) -> list[str | None]:
    return [step.cell for step in report.plan]


# --- newer content --------------------------------------------------------------------------------


def test_another_digest_made_above_is_newer_content_and_an_equal_one_is_not(trail: Trail) -> None:
    first = run(trail, "a", makes=scalar(x=1))
    run(trail, "b", uses={"x": (first, 1, "scalar")})
    run(trail, "a", makes=scalar(x=1))
    equal = found(trail, "a", "b")
    run(trail, "a", makes=scalar(x=2))
    other = found(trail, "a", "b")

    assert states(equal) == {"a": "current", "b": "current"}
    assert equal.verdict == "ok"
    assert states(other) == {"a": "current", "b": "stale"}
    assert other.verdict == "warning"
    assert [r.sentence for r in other.cells[1].reasons] == ["x was made anew by In [4]"]
    assert other.cells[1].reasons[0].cause == trail.id(4)


def test_content_that_came_back_is_not_newer(trail: Trail) -> None:
    first = run(trail, "a", makes=scalar(x=1))
    run(trail, "b", uses={"x": (first, 1, "scalar")})
    run(trail, "a", makes=scalar(x=2))
    run(trail, "a", makes=scalar(x=1))

    assert states(found(trail, "a", "b")) == {"a": "current", "b": "current"}


def chain(trail: Trail) -> None:
    """A value, three cells that hang on it one behind the other, and the value made anew."""
    made = run(trail, "a", makes=scalar(x=1))
    for cell, name, before in (("b", "y", "x"), ("c", "z", "y"), ("d", "w", "z")):
        made = run(trail, cell, uses={before: (made, 1, "scalar")}, makes=scalar(**{name: 1}))
    run(trail, "a", makes=scalar(x=2))


def test_staleness_is_passed_on_and_names_the_nearest_cause(trail: Trail) -> None:
    chain(trail)
    report = found(trail, "a", "b", "c", "d")

    assert states(report) == {"a": "current", "b": "stale", "c": "stale", "d": "stale"}
    assert report.cells[3].reasons[0].sentence == "z comes from In [3], which is stale"
    assert plan(report) == ["b", "c", "d"]


def test_a_draw_of_random_numbers_makes_no_other_cell_stale(trail: Trail) -> None:
    first = run(trail, "a", makes={"ambient:random": (1, "ambient")})
    drew = {"ambient:random": (first, 1, "ambient"), "seed:random": (first, 1, "ambient")}
    second = run(trail, "b", uses=drew, makes={"ambient:random": (2, "ambient")})
    run(
        trail,
        "c",
        uses=drew | {"ambient:random": (second, 2, "ambient")},
        makes={"ambient:random": (3, "ambient")},
    )

    assert set(states(found(trail)).values()) == {"current"}


def test_what_a_cell_does_to_its_own_input_does_not_make_it_stale(trail: Trail) -> None:
    made = run(trail, "a", makes=scalar(n=1))
    again = run(trail, "b", uses={"n": (made, 1, "scalar")}, makes=scalar(n=2))
    run(trail, "b", uses={"n": (again, 2, "scalar")}, makes=scalar(n=3))

    assert states(found(trail)) == {"a": "current", "b": "current"}
    assert states(found(trail, "a", "b")) == {"a": "current", "b": "current"}


def test_what_builds_on_a_cells_change_is_not_newer_than_its_input(trail: Trail) -> None:
    made = run(trail, "a", makes=scalar(n=1))
    again = run(trail, "b", uses={"n": (made, 1, "scalar")}, makes=scalar(n=2))
    run(trail, "c", uses={"n": (again, 2, "scalar")}, makes=scalar(n=3))

    assert states(found(trail)) == {"a": "current", "b": "current", "c": "current"}


@pytest.mark.parametrize("known", [True, False], ids=["saved notebook known", "not known"])
def test_what_a_later_cell_made_counts_only_where_it_may_stand_above(
    trail: Trail, known: bool
) -> None:
    made = run(trail, "a", makes=scalar(x=1))
    run(trail, "b", uses={"x": (made, 1, "scalar")})
    run(trail, "c", makes=scalar(x=5))
    report = found(trail, "a", "b", "c") if known else found(trail)

    assert report.is_order_known is known
    assert states(report)["b"] == ("overtaken" if known else "stale")
    assert plan(report) == ([] if known else ["b"])
    assert report.verdict == ("ok" if known else "warning")


# --- what cannot be compared ----------------------------------------------------------------------


def with_scopes(trail: Trail, scope: str, digest: bytes | None, other: bytes | None) -> StaleReport:
    """A frame of some scope that a cell used, and the same name made anew above it."""
    first = run(trail, "a")
    run(trail, "b")
    again = run(trail, "a")
    ids = [
        trail.row(
            "INSERT INTO entity(kind, type, digest, scope, lineage_digest)"
            " VALUES ('frame', ?, ?, ?, ?)",
            f"frame{n}",
            value,
            scope,
            None if value else bytes([n]) * 16,
        )
        for n, value in enumerate((digest, other))
    ]
    for execution, entity in ((first, ids[0]), (again, ids[1])):
        trail.row(
            "INSERT INTO generated VALUES (?, 'df', ?, 'rebound', 'boundary')", execution, entity
        )
    trail.row("INSERT INTO used VALUES (2, 'df', ?, ?, 'static', NULL)", ids[0], first)
    return found(trail, "a", "b")


@pytest.mark.parametrize(
    ("scope", "digest", "other", "state", "is_said"),
    [
        ("sampled", b"1" * 16, b"1" * 16, "current", True),
        ("sampled", b"1" * 16, b"2" * 16, "stale", False),
        ("unknown", None, None, "current", True),
        ("metadata", b"1" * 16, b"2" * 16, "current", True),
        ("full", b"1" * 16, b"1" * 16, "current", False),
    ],
    ids=["equal samples", "other samples", "unknown", "metadata", "full"],
)
def test_what_cannot_be_compared_counts_as_current_and_is_said(
    trail: Trail,
    scope: str,
    digest: bytes | None,
    other: bytes | None,
    state: str,
    is_said: bool,
) -> None:
    report = with_scopes(trail, scope, digest, other)

    assert states(report)["b"] == state
    assert any("cannot be compared" in r.sentence for r in report.cells[1].reasons) is is_said
    assert any("could not be compared" in sentence for sentence in report.unknown) is is_said


def test_an_input_compared_by_a_sample_is_said_to_be(trail: Trail) -> None:
    made = run(trail, "a", makes=scalar(x=1))
    run(trail, "b", uses={"x": (made, 1, "scalar")})
    trail.connection.execute("UPDATE used SET \"check\" = 'sampled-equal'")
    report = found(trail, "a", "b")

    assert states(report)["b"] == "current"
    assert [reason.state for reason in report.cells[1].reasons] == ["unknown"]
    assert "sample" in report.cells[1].reasons[0].sentence


# --- code, cells and sessions ---------------------------------------------------------------------


def test_edited_and_gone_need_the_saved_notebook_and_else_are_unknown(trail: Trail) -> None:
    made = run(trail, "a", makes=scalar(x=1))
    run(trail, "b", uses={"x": (made, 1, "scalar")})
    edited = found(trail, cells=present("a", "b", b="other code"))
    gone = found(trail, "b")
    unknown = found(trail, problem="work.ipynb is not JSON, as a saved notebook is")

    assert states(edited) == {"a": "current", "b": "edited"}
    assert plan(edited) == ["b"]
    assert states(gone) == {"b": "orphan", "a": "orphan"}
    assert gone.blocked == ("In [1] cannot be refreshed: its cell is gone",)
    assert states(unknown) == {"a": "current", "b": "current"}
    assert "work.ipynb is not JSON" in unknown.unknown[0]


def test_cells_of_another_notebook_in_the_same_kernel_are_neither_gone_nor_listed(
    trail: Trail,
) -> None:
    made = run(trail, "z", makes=scalar(x=1), notebook="other.ipynb")
    run(trail, "b", uses={"x": (made, 1, "scalar")})
    report = found(trail, "b")

    assert states(report) == {"b": "current"}


def test_the_parameters_that_a_batch_runner_put_in_are_not_gone(trail: Trail) -> None:
    made = trail.execute("x = 7", makes=scalar(x=7))
    trail.row("INSERT INTO tag VALUES (?, 'injected-parameters', 'true')", trail.id(1))
    trail.execute("code b", uses={"x": (made, 7, "scalar")})

    assert states(found(trail, "b")) == {"b": "current"}


def test_a_new_session_has_nothing_of_the_old_ones(trail: Trail) -> None:
    made = run(trail, "a", makes=scalar(x=1))
    run(trail, "b", uses={"x": (made, 1, "scalar")})
    run(trail, "a", makes=scalar(x=2), session="two")
    report = found(trail, "a", "b")
    old = found(trail, "a", "b", session=SESSION)
    fresh = found(trail, "a", "b", session="f" * 32)

    assert states(report) == {"a": "current", "b": "other session"}
    assert states(old) == {"a": "current", "b": "current"}
    assert states(fresh) == {"a": "other session", "b": "other session"}
    assert fresh.verdict == "unknown"
    assert fresh.plan == ()


@pytest.mark.parametrize("status", ["error", "interrupted", "aborted"])
def test_a_run_that_did_not_come_to_its_end_is_failed(trail: Trail, status: str) -> None:
    run(trail, "a", status=status)
    report = found(trail, "a")

    assert states(report) == {"a": "failed"}
    assert report.verdict == "warning"


def test_a_running_cell_is_judged_by_its_run_before(trail: Trail) -> None:
    run(trail, "a")
    run(trail, "a", status="running")
    run(trail, "b", status="running")
    report = found(trail, "a", "b")

    assert states(report) == {"a": "current", "b": "running"}


def test_the_cell_that_asks_is_not_listed_as_running(trail: Trail) -> None:
    run(trail, "a")
    asking = run(trail, "b", status="running")
    report = found(trail, "a", "b", asking=execution_rows(trail.connection, [asking])[0].id)

    assert states(report) == {"a": "current"}


def test_a_cell_with_several_states_shows_the_first_of_the_documented_order(trail: Trail) -> None:
    made = run(trail, "a", makes=scalar(x=1))
    run(trail, "b", uses={"x": (made, 1, "scalar")}, unseeded=["random"])
    run(trail, "a", makes=scalar(x=2))
    (_, cell) = found(trail, cells=present("a", "b", b="other")).cells

    assert cell.states == ("edited", "stale", "unseeded")
    assert cell.state == "edited"
    assert [STATES.index(state) for state in cell.states] == sorted(map(STATES.index, cell.states))


# --- results --------------------------------------------------------------------------------------


def test_a_result_is_judged_by_the_run_that_made_it(trail: Trail) -> None:
    made = run(trail, "a", makes=scalar(x=1))
    run(trail, "b", uses={"x": (made, 1, "scalar")}, metrics=[metric("acc", 0.5)])
    made = run(trail, "a", makes=scalar(x=2))
    run(trail, "b", uses={"x": (made, 2, "scalar")}, metrics=[metric("acc", 0.6)])
    report = found(trail, "a", "b")

    assert [(result.count, result.state) for result in report.results] == [
        (4, "current"),
        (2, "stale"),
    ]
    assert states(report) == {"a": "current", "b": "current"}


def test_a_result_of_code_that_its_cell_no_longer_holds_is_edited(trail: Trail) -> None:
    run(trail, "a", code="fit(1)", metrics=[metric("acc", 0.5)])
    run(trail, "a", code="fit(2)", metrics=[metric("acc", 0.6)])
    known = found(trail, cells=present("a", a="fit(2)"))
    unknown = found(trail)
    gone = found(trail, "z")

    assert [result.state for result in known.results] == ["current", "edited"]
    assert [result.state for result in unknown.results] == ["current", "edited"]
    assert [result.state for result in gone.results] == ["orphan", "orphan"]


def test_every_step_of_a_sweep_is_a_result_with_the_states_of_its_run(trail: Trail) -> None:
    made = run(trail, "a", makes=scalar(x=1))
    steps = [metric("acc", n / 10, step=n) for n in range(3)]
    run(trail, "b", uses={"x": (made, 1, "scalar")}, metrics=steps, steps_are_rows=True)
    run(trail, "a", makes=scalar(x=2))
    report = found(trail, "a", "b")

    assert [result.result[-2:] for result in report.results] == [".0", ".1", ".2"]
    assert {result.state for result in report.results} == {"stale"}


def test_results_beyond_the_newest_are_said_to_be_left_out(trail: Trail) -> None:
    for _ in range(RESULTS + 1):
        run(trail, "a", metrics=[metric("acc", 0.5)])
    report = found(trail, "a")

    assert len(report.results) == RESULTS
    assert any(str(RESULTS) in sentence for sentence in report.unknown)


# --- the plan -------------------------------------------------------------------------------------


def test_the_plan_makes_an_input_afresh_where_another_cell_has_changed_it_since(
    trail: Trail,
) -> None:
    made = run(trail, "a", makes=scalar(df=1))
    k = run(trail, "k", makes=scalar(k=1))
    run(trail, "b", uses={"df": (made, 1, "scalar"), "k": (k, 1, "scalar")})
    run(trail, "c", uses={"df": (made, 1, "scalar")}, makes=scalar(df=2))
    run(trail, "k", makes=scalar(k=2))
    report = found(trail, "a", "k", "b", "c")

    assert states(report) == {"a": "current", "k": "current", "b": "stale", "c": "current"}
    assert plan(report) == ["a", "b", "c"]
    assert "needs df" in report.plan[0].why
    assert "anew above it" in report.plan[2].why


def test_a_step_that_would_apply_its_change_twice_is_marked_as_not_repeatable(
    trail: Trail,
) -> None:
    """What it changes came from outside: no cell can make it afresh."""
    k = run(trail, "k", makes=scalar(k=1))
    run(
        trail,
        "b",
        uses={"df": (None, 1, "scalar"), "k": (k, 1, "scalar")},
        makes=scalar(df=2),
    )
    run(trail, "k", makes=scalar(k=2))
    report = found(trail, "k", "b")

    assert plan(report) == ["b"]
    assert report.plan[0].warning == "not repeatable: it has changed df already"
    assert [finding.verdict for finding in report.findings] == ["warning"]


def test_a_plan_that_draws_again_says_that_the_seed_is_not_set_anew(trail: Trail) -> None:
    seed = run(trail, "a", makes={"ambient:random": (1, "ambient")})
    k = run(trail, "k", makes=scalar(k=1))
    run(
        trail,
        "b",
        uses={"seed:random": (seed, 1, "ambient"), "k": (k, 1, "scalar")},
        makes={"ambient:random": (2, "ambient")},
    )
    run(trail, "k", makes=scalar(k=2))
    report = found(trail, "a", "k", "b")

    assert plan(report) == ["b"]
    assert "not from its seed" in (report.plan[0].warning or "")


def test_what_only_a_cell_that_is_gone_can_make_is_said_to_be_out_of_reach(trail: Trail) -> None:
    made = run(trail, "a", makes=scalar(df=1))
    k = run(trail, "k", makes=scalar(k=1))
    run(trail, "b", uses={"df": (made, 1, "scalar"), "k": (k, 1, "scalar")})
    run(trail, "c", uses={"df": (made, 1, "scalar")}, makes=scalar(df=2))
    run(trail, "k", makes=scalar(k=2))
    report = found(trail, "k", "b", "c")

    assert plan(report) == ["b"]
    assert "In [3] needs df as In [1] made it, whose cell is gone" in report.blocked


def test_where_cells_hang_on_what_stands_below_the_plan_follows_what_is_used(
    trail: Trail,
) -> None:
    first = run(trail, "z", makes=scalar(x=1))
    low = run(trail, "c", uses={"x": (first, 1, "scalar")}, makes=scalar(y=1))
    run(trail, "b", uses={"y": (low, 1, "scalar")})
    run(trail, "z", makes=scalar(x=2))
    report = found(trail, "z", "b", "c")

    assert plan(report) == ["c", "b"]


def test_edited_code_that_no_longer_holds_a_name_does_not_make_it(trail: Trail) -> None:
    """What used it gets it from the cell above, and runs again."""
    run(trail, "a", makes=scalar(f=1))
    made = run(trail, "b", makes=scalar(f=2))
    run(trail, "c", uses={"f": (made, 2, "scalar")})
    report = found(trail, cells=present("a", "b", "c", b="g = 3"))
    kept = found(trail, cells=present("a", "b", "c", b="f = 3"))

    assert plan(report) == ["a", "b", "c"]
    assert plan(kept) == ["b", "c"]


def test_in_a_circle_the_plan_holds_every_cell_once(trail: Trail) -> None:
    first = run(trail, "z", makes=scalar(k=1))
    b = run(trail, "b", makes=scalar(x=1))
    c = run(trail, "c", uses={"x": (b, 1, "scalar"), "k": (first, 1, "scalar")}, makes=scalar(y=1))
    run(trail, "b", uses={"y": (c, 1, "scalar"), "k": (first, 1, "scalar")}, makes=scalar(x=1))
    run(trail, "z", makes=scalar(k=2))
    report = found(trail, "z", "b", "c")

    assert sorted(map(str, plan(report))) == ["b", "c"]


# --- what is asked --------------------------------------------------------------------------------


def test_an_unknown_notebook_is_not_found_and_near_ones_are_named(trail: Trail) -> None:
    run(trail, "a")

    with pytest.raises(NotFound, match="worl") as fault:
        found(trail, notebook="worl.ipynb")
    assert "work.ipynb" in (fault.value.hint or "")


def test_of_a_notebook_that_was_never_recorded_every_cell_never_ran(trail: Trail) -> None:
    report = found(trail, "a", "b", notebook="new.ipynb")

    assert states(report) == {"a": "never run", "b": "never run"}
    assert report.verdict == "unknown"


def test_a_secret_in_a_cell_that_has_not_run_is_a_mark(trail: Trail) -> None:
    cells = present("a", a='db_password = "opensesame1"')

    report = staleness(trail.connection, notebook="new.ipynb", cells=cells)

    assert [cell.line for cell in report.cells] == ['db_password = "‹redacted:password›"']


def test_without_a_notebook_the_newest_session_is_meant(trail: Trail) -> None:
    run(trail, "a")
    trail.execute("y = 1", session="plain", notebook=None)
    report = found(trail, notebook=None)

    assert states(report) == {"y = 1": "current"}
    assert report.notebook is None


def test_what_reproducing_a_result_ran_is_no_session_of_the_notebook(trail: Trail) -> None:
    run(trail, "a")
    again = trail.run("again", kind="reproduce")
    run(trail, "a", session="copy", run=again)
    report = found(trail, "a")

    assert report.session == SESSION
    assert states(report) == {"a": "current"}


def test_an_empty_trail_without_cells_has_no_answer(trail: Trail) -> None:
    with pytest.raises(NotFound):
        found(trail, notebook=None)


def test_the_report_survives_being_written_as_json(trail: Trail) -> None:
    chain(trail)
    run(trail, "d", uses={"z": (3, 1, "scalar")}, metrics=[metric("acc", float("nan"))])
    report = found(trail, "a", "b", "c")

    assert report.plan
    assert report.results
    assert report.blocked
    assert StaleReport.from_document(json.loads(json.dumps(report.document()))) == report


def test_the_report_says_its_cells_and_its_plan(trail: Trail) -> None:
    chain(trail)
    report = found(trail, "a", "b", "c", "d")
    parts = list(report.parts(str))
    records = report.records()

    assert parts[0] == "warning: 4 cells: 3 stale, 1 current; 3 cells to run"
    assert "run in order: In [2], In [3], In [4]" in parts
    assert [(row["cell"], row["state"]) for row in records][:2] == [
        ("a", "current"),
        ("b", "stale"),
    ]
