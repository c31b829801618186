"""Reading executions, results, runs and labels; what an identifier means."""

from __future__ import annotations

import pytest
from trail_rows import Trail, metric, param

from celltrail.core.errors import NotFound, UsageFault
from celltrail.store import trail as reading


def identifier(trail: Trail, execution: int) -> str:
    row = trail.connection.execute("SELECT hex(uuid) FROM execution WHERE id = ?", (execution,))
    return str(row.fetchone()[0]).lower()


def tag(trail: Trail, target: str, **tags: str | None) -> None:
    reading.label(trail.connection, target, reading.Labels(tags=tags), at=0)


@pytest.fixture
def trail() -> Trail:
    trail = Trail()
    trail.connection.isolation_level = None  # as `connect` opens it
    return trail


def test_results_come_newest_first_with_everything_pivoted(trail: Trail) -> None:
    read = trail.execute(makes={"df": (1, "frame")}, cell="c0")
    trail.execute(
        uses={"df": (read, 1, "frame")}, params=[param("C", 1), param("name", "é")], cell="c1",
        metrics=[metric("auc", 0.9), metric("loss", float("inf"))], environment="env",
        unseeded=["numpy"],
    )  # fmt: skip
    trail.execute(metrics=[metric("auc", float("nan"))], status="error")
    newest, older = reading.list_results(trail.connection).rows

    assert (newest.status, str(newest.metrics["auc"])) == ("error", "nan")
    assert older.metrics == {"auc": 0.9, "loss": float("inf")}
    assert older.params == {"C": 1, "name": "é"}
    assert [(item.name, item.shape) for item in older.data] == [("df", (3, 2))]
    assert (older.notebook, older.cell, older.environment) == ("work.ipynb", "c1", "env")
    assert older.is_unseeded


@pytest.mark.parametrize(
    "order", ["", "auc", "-auc", "C", "-C", "status, -auc", "stage", "-stage", "cell"]
)
def test_pages_put_together_are_the_whole_list(trail: Trail, order: str) -> None:
    values = [0.5, None, 0.9, float("nan"), 0.5, float("inf"), 0.1]
    for n, value in enumerate(values):
        execution = trail.execute(
            metrics=[metric("auc", value) if value is not None else metric("other", 1.0)],
            params=[param("C", [3, "x", 1.5, None][n])] if n < 4 else [],
            status="ok" if n % 2 else "error",
        )
        if n in (1, 4):
            key = (identifier(trail, execution), "stage", f"s{n}")
            trail.connection.execute("INSERT INTO tag VALUES (?, ?, ?)", key)
    whole = [row.row for row in reading.list_results(trail.connection, order_by=order or ()).rows]
    for size in (1, 2, 3, 7):
        found: list[int] = []
        cursor = None
        while True:
            page = reading.list_results(
                trail.connection, order_by=order or (), limit=size, cursor=cursor
            )
            found.extend(row.row for row in page.rows)
            cursor = page.cursor
            if cursor is None:
                break
        assert found == whole
    assert sorted(whole) == [1, 2, 3, 4, 5, 6, 7]


def test_order_by_metric_puts_missing_and_nan_last_both_ways(trail: Trail) -> None:
    for value in (0.5, float("nan"), 0.9, float("-inf")):
        trail.execute(metrics=[metric("auc", value)])
    trail.execute(metrics=[metric("other", 1.0)])
    up = [row.row for row in reading.list_results(trail.connection, order_by="auc").rows]
    down = [row.row for row in reading.list_results(trail.connection, order_by="-auc").rows]

    assert (up[:3], set(up[3:])) == ([4, 1, 3], {2, 5})
    assert (down[:3], set(down[3:])) == ([3, 1, 4], {2, 5})


def test_split_shows_each_execution_of_a_joined_result(trail: Trail) -> None:
    fit = trail.execute(makes={"model": (1, "estimator")})
    key = f"{identifier(trail, fit)}:model"
    trail.execute(metrics=[metric("acc", 0.9, model=key)])
    trail.execute(metrics=[metric("f1", 0.8, model=key)])
    (joined,) = reading.list_results(trail.connection).rows
    parts = reading.list_results(trail.connection, split=True).rows

    assert joined.metrics == {"acc": 0.9, "f1": 0.8}
    assert [part.metrics for part in parts] == [{"f1": 0.8}, {"acc": 0.9}]
    assert parts[1].id == joined.id


def test_what_reproducing_ran_is_left_out_unless_asked_for(trail: Trail) -> None:
    trail.execute(metrics=[metric("acc", 0.9)])
    again = trail.execute(metrics=[metric("acc", 0.9)], run=trail.run("check", kind="reproduce"))
    shown = reading.list_results(trail.connection).rows
    every = reading.list_results(trail.connection, with_reproduced=True).rows

    assert (len(shown), len(every)) == (1, 2)
    assert again not in [row.row for row in reading.list_executions(trail.connection)]
    assert len(reading.list_executions(trail.connection, with_reproduced=True)) == 2
    assert reading.list_runs(trail.connection) == []
    assert reading.find_result(trail.connection, "latest") == 1


def test_an_identifier_is_found_whole_by_its_ends_by_age_and_by_run(trail: Trail) -> None:
    run = trail.run("base")
    first = trail.execute(metrics=[metric("acc", 0.1)], run=run)
    trail.execute(metrics=[metric("acc", 0.2)])
    connection, whole = trail.connection, identifier(trail, first)

    for text in (whole, whole.upper(), whole[-8:], whole[-5:], "-2", "base", f" {whole[-8:]} "):
        assert reading.find_result(connection, text) == 1
    dashed = f"{whole[:8]}-{whole[8:12]}-{whole[12:16]}-{whole[16:20]}-{whole[20:]}"
    assert reading.find_result(connection, dashed) == 1
    assert reading.find_result(connection, "latest") == 2
    assert reading.find_result(connection, "-1") == 2


@pytest.mark.parametrize(
    "text", ["", "-0", "-9", "abc", "nobody", "0" * 32, "f" * 31, "latest.1", "é", "-99999999999"]
)
def test_what_is_not_there_is_not_found(trail: Trail, text: str) -> None:
    trail.execute(metrics=[metric("acc", 0.1)], run=trail.run("base"))

    for find in (reading.find_result, reading.find_execution, reading.find_target):
        with pytest.raises((NotFound, UsageFault)):
            find(trail.connection, text)


def test_near_matches_are_named(trail: Trail) -> None:
    trail.execute(metrics=[metric("acc", 0.1)], run=trail.run("baseline"))

    with pytest.raises(NotFound, match="did you mean baseline"):
        reading.find_result(trail.connection, "basline")


def test_digits_that_fit_several_ask_for_more(trail: Trail) -> None:
    trail.execute(metrics=[metric("acc", 0.1)])
    trail.execute(metrics=[metric("acc", 0.1)])

    with pytest.raises(UsageFault, match="fits more than one"):
        reading.find_result(trail.connection, "01000")


def test_a_step_is_named_by_its_number(trail: Trail) -> None:
    loop = trail.execute(
        metrics=[metric("acc", 0.8, step=0), metric("acc", 0.9, step=1)], steps_are_rows=True
    )
    digits = identifier(trail, loop)[-8:]

    assert reading.find_result(trail.connection, f"{digits}.1") == 2
    assert reading.find_target(trail.connection, f"{digits}.1") == f"{identifier(trail, loop)}.1"
    with pytest.raises(UsageFault, match="one per step"):
        reading.find_result(trail.connection, digits)
    with pytest.raises(NotFound):
        reading.find_result(trail.connection, f"{digits}.7")
    assert reading.find_execution(trail.connection, digits) == loop


def test_an_execution_that_joined_a_result_stands_for_it(trail: Trail) -> None:
    key = f"{'0' * 32}:model"
    trail.execute(metrics=[metric("acc", 0.9, model=key)])
    second = trail.execute(metrics=[metric("f1", 0.8, model=key)])

    assert reading.find_result(trail.connection, identifier(trail, second)) == 1


def test_an_execution_without_a_result_is_found_and_told_in_full(trail: Trail) -> None:
    made = trail.execute("df = load()", makes={"df": (1, "frame")}, params=[param("C", 1)])
    uses = trail.execute(
        "df.x", uses={"df": (made, 1, "frame")}, metrics=[metric("n", 3.0, is_value=True)]
    )
    found = reading.find_execution(trail.connection, identifier(trail, uses)[-8:])
    detail = reading.execution_detail(trail.connection, found)

    assert found == uses
    assert detail.execution.code == "df.x"
    assert [(edge.name, edge.source) for edge in detail.used] == [("df", identifier(trail, made))]
    assert detail.metrics[0]["is_value"] is True
    assert reading.execution_detail(trail.connection, made).params[0]["value"] == 1


def test_series_and_environment_are_part_of_the_detail(trail: Trail) -> None:
    trail.execute(
        metrics=[metric("loss", 0.5, step=0), metric("loss", 0.2, step=1)], environment="env"
    )
    detail = reading.result_detail(trail.connection, 1)

    assert detail.series == {"loss": ((0, 0.5), (1, 0.2))}
    assert detail.environment is not None
    assert detail.environment["packages"] == {"pandas": "3.0"}


def test_tags_of_run_execution_and_step_are_merged_the_nearest_winning(trail: Trail) -> None:
    run = trail.run("base")
    loop = trail.execute(metrics=[metric("acc", 1.0, step=0)], steps_are_rows=True, run=run)
    run_id = trail.connection.execute("SELECT hex(uuid) FROM run").fetchone()[0].lower()
    whole = identifier(trail, loop)
    tag(trail, run_id, a="run")
    tag(trail, run_id, b="run")
    tag(trail, whole, b="execution")
    tag(trail, f"{whole}.0", c="step")

    (row,) = reading.list_results(trail.connection).rows
    assert row.tags == {"a": "run", "b": "execution", "c": "step"}
    tag(trail, whole, b=None)
    assert reading.list_results(trail.connection).rows[0].tags["b"] == "run"
    kinds = [kind for (kind,) in trail.connection.execute("SELECT kind FROM changes ORDER BY seq")]
    assert kinds == ["run", "run", "execution", "result", "execution"]


def test_runs_are_counted_and_name_their_parent(trail: Trail) -> None:
    outer = trail.run("outer")
    inner = trail.run("inner", parent=outer, params={"lr": 0.1})
    trail.execute(metrics=[metric("acc", 1.0)], run=inner)
    newest, oldest = reading.list_runs(trail.connection)

    assert (newest.name, newest.executions, newest.results, newest.params) == (
        "inner",
        1,
        1,
        {"lr": 0.1},
    )
    assert newest.parent == oldest.id


@pytest.mark.parametrize(
    "cursor", ["", "x", "WyJuIl0=", "WyJvIiwgMV0=", "é", "W1tbW1s=", "bnVsbA=="]
)
def test_a_foreign_cursor_is_refused(trail: Trail, cursor: str) -> None:
    with pytest.raises(UsageFault, match="cursor"):
        reading.list_results(trail.connection, cursor=cursor)


def test_an_empty_store_has_empty_answers(trail: Trail) -> None:
    assert reading.list_results(trail.connection).rows == ()
    assert reading.list_executions(trail.connection) == []
    assert reading.counts(trail.connection).executions == 0
    with pytest.raises(NotFound, match="holds 0"):
        reading.find_result(trail.connection, "latest")


def test_a_result_shows_the_run_in_which_its_model_was_fitted(trail: Trail) -> None:
    """`%%mlops run` stood on the fitting cell: its params came along, its name did not."""
    run = trail.run("base", params={"lr": 0.1})
    fit = trail.execute(makes={"model": (1, "estimator")}, run=run)
    key = f"{identifier(trail, fit)}:model"
    trail.execute(uses={"model": (fit, 1, "estimator")}, metrics=[metric("acc", 0.9, model=key)])
    trail.execute(metrics=[metric("acc", 0.1)])
    connection = trail.connection
    connection.execute("INSERT INTO tag SELECT lower(hex(uuid)), 'stage', 'final' FROM run")
    found = reading.list_results(connection).rows

    assert [(row.run, row.tags) for row in found] == [(None, {}), ("base", {"stage": "final"})]
    for where in ("run = 'base'", "tags.stage = 'final'"):
        assert [row.row for row in reading.list_results(connection, where=where).rows] == [1]
    assert [row.row for row in reading.list_results(connection, order_by="run").rows] == [1, 2]
    assert reading.find_result(connection, "base") == 1
    assert reading.list_runs(connection)[0].results == 1


def test_the_run_of_the_evaluation_comes_before_that_of_the_fit(trail: Trail) -> None:
    fit = trail.execute(makes={"model": (1, "estimator")}, run=trail.run("training"))
    key = f"{identifier(trail, fit)}:model"
    trail.execute(metrics=[metric("acc", 0.9, model=key)])
    own = trail.run("judging")
    trail.execute(metrics=[metric("f1", 0.8, model=key)], run=own)
    (joined,) = reading.list_results(trail.connection).rows

    assert joined.run == "judging"
    assert [(run.name, run.results) for run in reading.list_runs(trail.connection)] == [
        ("judging", 0), ("training", 0)
    ]  # fmt: skip


def test_a_running_execution_is_counted_apart(trail: Trail) -> None:
    trail.execute()
    trail.execute(status="error")
    trail.execute(status="running")
    found = reading.counts(trail.connection)

    assert (found.executions, found.executions_ok, found.running) == (3, 1, 1)
