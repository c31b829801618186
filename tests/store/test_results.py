"""What a result row holds: metrics, params in force, root data."""

from __future__ import annotations

import time

from trail_rows import Trail, metric, param


def model_of(trail: Trail, execution: int, name: str = "model") -> str:
    uuid = trail.connection.execute("SELECT hex(uuid) FROM execution WHERE id = ?", (execution,))
    return f"{uuid.fetchone()[0].lower()}:{name}"


def test_params_upstream_count_only_when_their_value_was_used() -> None:
    trail = Trail()
    settings = trail.execute(params=[param("alpha", 0.5, "alpha"), param("other", 1, "other")])
    evaluation = trail.execute(
        uses={"alpha": (settings, 0.5, "scalar")}, metrics=[metric("acc", 0.9)]
    )

    assert trail.params(evaluation) == {"alpha": 0.5}


def test_params_of_an_execution_not_upstream_do_not_count() -> None:
    trail = Trail()
    trail.execute(params=[param("alpha", 0.5)])
    evaluation = trail.execute(
        params=[param("beta", 2, "metric:acc")], metrics=[metric("acc", 0.9)]
    )

    assert trail.params(evaluation) == {"beta": 2}


def test_own_params_count_when_they_reach_the_metric_or_nothing_is_known() -> None:
    trail = Trail()
    evaluation = trail.execute(
        params=[
            param("reaching", 1, "model", "metric:acc"),
            param("elsewhere", 2, "plot"),
            param("unknown", 3),
        ],
        metrics=[metric("acc", 0.9)],
    )

    assert trail.params(evaluation) == {"reaching": 1, "unknown": 3}


def test_a_later_value_of_the_same_owner_and_name_wins() -> None:
    trail = Trail()
    first = trail.execute(params=[param("seed", 1, "seed")], makes={"seed": (1, "scalar")})
    split = trail.execute(uses={"seed": (first, 1, "scalar")}, makes={"X": (1, "frame")})
    second = trail.execute(params=[param("seed", 2, "seed")], makes={"seed": (2, "scalar")})
    evaluation = trail.execute(
        uses={"X": (split, 1, "frame"), "seed": (second, 2, "scalar")}, metrics=[metric("acc", 0.9)]
    )

    assert trail.params(evaluation) == {"seed": 2}


def test_owned_params_are_bare_when_unique_and_qualified_when_not() -> None:
    trail = Trail()
    evaluation = trail.execute(
        params=[
            param("C", 1.0, owner="LogisticRegression"),
            param("random_state", 0, owner="LogisticRegression"),
            param("random_state", 7, owner="train_test_split"),
        ],
        metrics=[metric("acc", 0.9)],
    )

    assert trail.params(evaluation) == {
        "C": 1.0,
        "LogisticRegression.random_state": 0,
        "train_test_split.random_state": 7,
    }


def test_a_keyword_that_repeats_a_variable_of_its_name_is_that_variable() -> None:
    trail = Trail()
    evaluation = trail.execute(
        params=[
            param("C", 0.1),
            param("C", 0.1, owner="SVC"),
            param("k", 3),
            param("k", 4, owner="KNN"),
        ],
        metrics=[metric("acc", 0.9)],
    )

    assert trail.params(evaluation) == {"C": 0.1, "k": 3, "KNN.k": 4}


def test_executions_that_judge_the_same_model_join_the_first_result() -> None:
    trail = Trail()
    fit = trail.execute(
        params=[param("C", 1.0, "model", owner="SVC")], makes={"model": (1, "model")}
    )
    key = model_of(trail, fit)
    first = trail.execute(
        uses={"model": (fit, 1, "model")}, metrics=[metric("acc", 0.9, model=key)]
    )
    trail.execute(
        uses={"model": (fit, 1, "model")},
        metrics=[metric("f1", 0.8, model=key)],
        params=[param("average", "macro", "metric:f1", owner="f1_score")],
    )

    assert trail.results() == [(first, -1)]
    assert trail.metrics(first) == {"acc": 0.9, "f1": 0.8}
    assert trail.params(first) == {"C": 1.0, "average": "macro"}
    members = trail.connection.execute("SELECT count(*) FROM result_execution").fetchone()[0]
    assert members == 2


def test_the_same_metric_of_the_same_model_again_is_another_result() -> None:
    """A new user judged one model on test, then on train rows: the first number was gone."""
    trail = Trail()
    fit = trail.execute(makes={"model": (1, "model")})
    key = model_of(trail, fit)
    first = trail.execute(
        params=[param("beta", 2, "metric:score")], metrics=[metric("score", 0.5, model=key)]
    )
    second = trail.execute(
        params=[param("gamma", 3, "metric:score")], metrics=[metric("score", 0.6, model=key)]
    )

    assert trail.metrics(first) == {"score": 0.5}
    assert trail.params(first) == {"beta": 2}
    assert trail.metrics(second) == {"score": 0.6}
    assert trail.params(second) == {"gamma": 3}


def test_a_draw_from_the_random_generator_links_no_results() -> None:
    """Two fits that draw from NumPy's generator: the second got the first one's params."""
    trail = Trail()
    first = trail.execute(
        makes={"ambient:numpy.random": (1, "ambient"), "m": (1, "model")},
        params=[param("C", 5, "m", "metric:a", "ambient:numpy.random")],
        metrics=[metric("a", 0.5)],
    )
    second = trail.execute(
        uses={"ambient:numpy.random": (first, 1, "ambient")}, metrics=[metric("b", 0.6)]
    )

    assert trail.params(second) == {}


def test_models_of_other_sessions_and_refitted_models_do_not_join() -> None:
    trail = Trail()
    fit = trail.execute(makes={"model": (1, "model")})
    refit = trail.execute(makes={"model": (2, "model")})
    one = trail.execute(metrics=[metric("acc", 0.9, model=model_of(trail, fit))])
    two = trail.execute(metrics=[metric("acc", 0.8, model=model_of(trail, refit))])
    three = trail.execute(metrics=[metric("acc", 0.7, model=model_of(trail, fit))], session="two")

    assert trail.results() == [(one, -1), (two, -1), (three, -1)]


def test_steps_are_rows_with_their_own_params_and_metrics() -> None:
    trail = Trail()
    loop = trail.execute(
        params=[
            param("seed", 0, "metric:acc"),
            param("C", 0.1, "metric:acc", owner="SVC", step=0),
            param("C", 1.0, "metric:acc", owner="SVC", step=1),
        ],
        metrics=[metric("acc", 0.8, step=0), metric("acc", 0.9, step=1)],
        steps_are_rows=True,
    )

    assert trail.results() == [(loop, 0), (loop, 1)]
    assert trail.params(loop, 0) == {"seed": 0, "C": 0.1}
    assert trail.params(loop, 1) == {"seed": 0, "C": 1.0}
    assert trail.metrics(loop, 1) == {"acc": 0.9}


def test_a_metric_after_the_loop_joins_the_last_step_when_it_judges_the_same_model() -> None:
    trail = Trail()
    key = trail.id(1) + ":model"
    loop = trail.execute(
        metrics=[
            metric("acc", 0.8, step=0, model=key),
            metric("acc", 0.9, step=1, model=key),
            metric("f1", 0.7, model=key),
        ],
        steps_are_rows=True,
    )
    trail.execute(uses={"model": (loop, 1, "model")}, metrics=[metric("auc", 0.6, model=key)])

    assert trail.results() == [(loop, 0), (loop, 1)]
    assert trail.metrics(loop, 0) == {"acc": 0.8}
    assert trail.metrics(loop, 1) == {"acc": 0.9, "f1": 0.7, "auc": 0.6}


def test_a_metric_after_the_loop_of_no_model_is_a_row_of_its_own() -> None:
    trail = Trail()
    loop = trail.execute(
        metrics=[metric("acc", 0.8, step=0), metric("acc", 0.9, step=1), metric("best", 0.9)],
        steps_are_rows=True,
    )

    assert trail.results() == [(loop, -1), (loop, 0), (loop, 1)]
    assert trail.metrics(loop) == {"best": 0.9}


def test_a_series_shows_its_last_step_whatever_the_order_of_logging() -> None:
    trail = Trail()
    loop = trail.execute(metrics=[metric("loss", 0.3, step=2), metric("loss", 0.9, step=0)])

    assert trail.results() == [(loop, -1)]
    assert trail.metrics(loop) == {"loss": 0.3}


def test_values_alone_make_no_result() -> None:
    trail = Trail()
    trail.execute(metrics=[metric("mean", 3.2, is_value=True)])

    assert trail.results() == []


def test_run_params_count_and_an_assignment_in_the_code_wins() -> None:
    trail = Trail()
    outer = trail.run("outer", params={"lr": 0.5, "depth": 2})
    run = trail.run("base", params={"lr": 0.1}, parent=outer)
    trail.execute(run=run, params=[param("note", "logged", origin="logged")])
    evaluation = trail.execute(
        run=run, params=[param("depth", 9, "metric:acc")], metrics=[metric("acc", 0.9)]
    )

    assert trail.params(evaluation) == {"lr": 0.1, "depth": 9, "note": "logged"}


def test_params_of_the_run_that_fitted_the_model_count_in_a_later_cell() -> None:
    trail = Trail()
    fit = trail.execute(
        run=trail.run("base", params={"lr": 0.1}), makes={"model": (1, "estimator")}
    )
    trail.execute(run=trail.run("other", params={"lr": 0.7}))
    evaluation = trail.execute(uses={"model": (fit, 1, "estimator")}, metrics=[metric("acc", 0.9)])

    assert trail.params(evaluation) == {"lr": 0.1}


def test_data_is_what_the_metric_and_the_model_saw_and_the_file_it_came_from() -> None:
    trail = Trail()
    read = trail.execute(
        uses={"train.csv": (None, 1, "file")}, makes={"df": (1, "frame"), "unused": (1, "frame")}
    )
    split = trail.execute(
        uses={"df": (read, 1, "frame")}, makes={"X_train": (1, "frame"), "X_test": (1, "frame")}
    )
    fit = trail.execute(uses={"X_train": (split, 1, "frame")}, makes={"model": (1, "model")})
    evaluation = trail.execute(
        uses={"model": (fit, 1, "model"), "X_test": (split, 1, "frame")},
        metrics=[metric("acc", 0.9, model=model_of(trail, fit))],
    )

    assert trail.data(evaluation) == {"train.csv", "df", "X_train", "X_test"}


def test_data_made_from_nothing_in_the_metric_cell_counts() -> None:
    trail = Trail()
    evaluation = trail.execute(
        makes={"X": (1, "array"), "y": (1, "array"), "model": (1, "model")},
        metrics=[metric("acc", 0.9)],
    )

    assert trail.data(evaluation) == {"X", "y"}


def test_projecting_twice_changes_nothing() -> None:
    from celltrail.core.records import ExecutionRecord
    from celltrail.store.results import project

    trail = Trail()
    evaluation = trail.execute(params=[param("a", 1)], metrics=[metric("acc", 0.9)])
    before = list(trail.connection.iterdump())
    project(
        trail.connection,
        evaluation,
        ExecutionRecord(
            id=trail.id(1),
            session="one",
            status="ok",
            started_at=0,
            ended_at=0,
            code="",
            metrics=(metric("acc", 0.9),),
        ),
    )

    assert list(trail.connection.iterdump()) == before


def test_a_diamond_of_depth_fifty_is_walked_once_per_execution() -> None:
    """2^50 paths lead through it; a depth column in the union would walk each."""
    trail = Trail()
    left = right = None
    for _ in range(25):
        uses = {"a": (left, 1, "frame"), "b": (right, 1, "frame")} if left else {}
        left, right = (
            trail.execute(uses=uses, params=[param("p", 1, "a")], makes={"a": (1, "frame")}),
            trail.execute(uses=uses, makes={"b": (1, "frame")}),
        )
    began = time.perf_counter()
    trail.execute(
        uses={"a": (left, 1, "frame"), "b": (right, 1, "frame")}, metrics=[metric("acc", 0.9)]
    )

    assert time.perf_counter() - began < 1
