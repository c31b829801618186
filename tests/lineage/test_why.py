"""Why two results differ, on trails written by hand: every rule of finding and ranking."""

from __future__ import annotations

import json
import math
import zlib
from pathlib import Path
from typing import Any

import pytest
from trail_rows import Trail, metric, param

from celltrail.core.errors import NotFound
from celltrail.core.report import Code, Table
from celltrail.lineage.changes.why import previous_result, why
from celltrail.lineage.changes.why_report import Difference, WhyReport

STORE = Path("/project/.celltrail")


@pytest.fixture
def trail() -> Trail:
    return Trail()


def content(*parts: Any) -> int:
    """A content that differs when a part does; a trail keeps sixteen bytes of it."""
    return zlib.crc32(repr(parts).encode())


def chain(
    trail: Trail,
    *,
    session: str = "one",
    notebook: str | None = "work.ipynb",
    load: str = "df = load('x.csv')",
    x: Any = 1,
    clean: str = "df = clean(df)",
    cleaned: Any = None,
    params: str = "C = 1",
    c: Any = 1,
    fit: str = "model = fit(df, C)",
    fitted: Any = None,
    accuracy: float = 0.9,
    unseeded: list[str] | None = None,
    environment: str | None = None,
    cells: bool = True,
) -> int:
    """Write load, clean, params, fit, evaluate; contents follow from what is above them."""
    names = iter(["load", "clean", "params", "fit", "evaluate"])

    def cell() -> str | None:
        return next(names) if cells else None

    def run(code: str, **more: Any) -> int:
        place = {"session": session, "notebook": notebook, "cell": cell()}
        return trail.execute(code, **place, **more)

    loaded = content("raw", x)
    after = content(cleaned or (loaded, clean))
    model = content(fitted or (after, c, fit))
    number = content(c)
    read = run(load, uses={"file:x.csv": (None, x, "file")}, makes={"df": (loaded, "frame")})
    tidy = run(clean, uses={"df": (read, loaded, "frame")}, makes={"df": (after, "frame")})
    given = run(params, params=[param("C", c, "C")], makes={"C": (number, "scalar")})
    made = run(
        fit,
        uses={"df": (tidy, after, "frame"), "C": (given, number, "scalar")},
        makes={"model": (model, "estimator")},
        params=[param("C", c, "model", owner="Ridge", origin="keyword")],
        unseeded=unseeded,
    )
    run(
        "accuracy = score(model)",
        uses={"model": (made, model, "estimator")},
        metrics=[metric("accuracy", accuracy)],
        environment=environment,
    )
    return int(trail.connection.execute("SELECT max(id) FROM result").fetchone()[0])


def explain(trail: Trail, a: int, b: int) -> WhyReport:
    report = why(trail.connection, a, b, store=STORE)
    assert WhyReport.from_document(json.loads(json.dumps(report.document()))) == report
    return report


def told(report: WhyReport) -> list[tuple[str, str, str]]:
    return [(one.kind, one.name, one.certainty) for one in report.differences]


def only(report: WhyReport) -> Difference:
    (found,) = report.differences
    return found


def shown(report: WhyReport) -> str:
    parts = list(report.parts(lambda at: "" if at is None else "then"))
    return "\n".join(
        part.text
        if isinstance(part, Code)
        else "\n".join(" ".join(row) for row in (part.headings, *part.rows))
        if isinstance(part, Table)
        else part
        for part in parts
    )


# --- roots and consequences -----------------------------------------------------------------------


def test_a_changed_param_is_one_difference_with_its_diff_and_everything_below_is_folded(
    trail: Trail,
) -> None:
    a = chain(trail)
    b = chain(trail, session="two", params="C = 5", c=5, accuracy=0.8)

    report = explain(trail, a, b)

    found = only(report)
    assert (found.kind, found.name, found.a, found.b) == ("param", "C", 1, 5)
    assert found.diff is not None
    assert found.diff.endswith("-C = 1\n+C = 5")
    assert (found.reached, report.executions, found.distance) == (3, 5, 2)
    assert report.consequences == 2
    assert report.is_sufficient
    assert report.summary == (
        "accuracy fell from 0.9 to 0.8 because C changed from 1 to 5"
        " (1 difference; it alone suffices)."
    )


def test_changed_code_is_a_root_and_the_data_it_makes_is_none(trail: Trail) -> None:
    a = chain(trail)
    b = chain(trail, session="two", clean="df = clean(df, hard)", accuracy=0.8)

    found = only(explain(trail, a, b))

    assert (found.kind, found.name, found.certainty) == ("code", "df", "effective")
    assert found.reached == 3


def test_data_from_outside_is_a_root(trail: Trail) -> None:
    a = chain(trail)
    b = chain(trail, session="two", x=2, accuracy=0.8)

    found = only(explain(trail, a, b))

    assert (found.kind, found.name, found.reached) == ("data", "x.csv", 4)


def test_what_touches_more_of_the_closure_comes_first(trail: Trail) -> None:
    a = chain(trail)
    b = chain(trail, session="two", x=2, params="C = 5", c=5, accuracy=0.8)

    report = explain(trail, a, b)

    assert told(report) == [("data", "x.csv", "effective"), ("param", "C", "effective")]
    assert [one.rank for one in report.differences] == [1, 2]
    assert not report.is_sufficient
    assert "probably because file x.csv differs; and C changed from 1 to 5" in report.summary


def test_code_whose_products_are_the_same_comes_after_what_has_an_effect(trail: Trail) -> None:
    a = chain(trail, cleaned="same")
    b = chain(
        trail, session="two", clean="df = clean(df); show(df)", cleaned="same", params="C = 5",
        c=5, accuracy=0.8,
    )  # fmt: skip

    report = explain(trail, a, b)

    assert told(report) == [("param", "C", "effective"), ("code", "df", "without effect")]
    assert report.is_sufficient


def test_a_comment_is_listed_last_as_cosmetic_and_explains_nothing(trail: Trail) -> None:
    a = chain(trail, cleaned="same")
    b = chain(trail, session="two", clean="df = clean(df)  # tidy", cleaned="same")

    report = explain(trail, a, b)

    assert told(report) == [("code", "df", "cosmetic")]
    assert report.summary == (
        "accuracy is 0.9 in both; nothing that was observed differs but comments and blanks."
    )


@pytest.mark.parametrize(
    ("before", "after", "count"), [(7, 7.0, 0), (7, "7", 1), (1, True, 1), (7, 8, 1)]
)
def test_seven_is_seven_point_zero_and_not_the_text(
    trail: Trail, before: Any, after: Any, count: int
) -> None:
    a = chain(trail, params=f"C = {before!r}", c=before, fitted="same")
    b = chain(trail, session="two", params=f"C = {after!r}", c=after, fitted="same")

    params = [one for one in explain(trail, a, b).differences if one.kind == "param"]

    assert len(params) == count
    if count:
        assert params[0].sentence == f"C changed from {before!r} to {after!r}"


def test_a_param_named_for_a_seed_is_a_seed(trail: Trail) -> None:
    results = [
        trail.execute(
            f"m = fit(random_state={seed})", metrics=[metric("auc", score)],
            params=[param("random_state", seed, owner="Forest", origin="keyword")],
            cell="fit", session=str(seed),
        )
        for seed, score in ((1, 0.5), (2, 0.6))
    ]  # fmt: skip
    assert len(results) == 2

    found = only(explain(trail, 1, 2))

    assert (found.kind, found.name) == ("seed", "random_state")
    assert found.sentence == "random_state changed from 1 to 2"


def test_a_cell_that_one_side_has_is_told_with_its_code(trail: Trail) -> None:
    a = swapped(trail, "one", ["load", "scale"], 0.5)
    b = swapped(trail, "two", ["load", "scale", "widen"], 0.6)

    found = only(explain(trail, a, b))

    assert (found.kind, found.name) == ("code", "df")
    assert found.sentence == "In [6] `df = widen(df)` is part of b only"
    assert found.diff == "+df = widen(df)"


def test_what_is_not_explained_is_said_to_be_unknown(trail: Trail) -> None:
    a = chain(trail)
    b = chain(trail, session="two", fitted="other", accuracy=0.8)

    found = only(explain(trail, a, b))

    assert (found.kind, found.name) == ("unknown", "model")
    assert "not observed" in found.sentence


def test_an_unseeded_draw_explains_what_nothing_else_does(trail: Trail) -> None:
    a = chain(trail, unseeded=["numpy.random"])
    b = chain(trail, session="two", fitted="other", accuracy=0.8, unseeded=["numpy.random"])

    report = explain(trail, a, b)

    assert told(report) == [("unseeded", "numpy.random", "effective")]
    assert "which nothing seeded" in report.summary


def test_an_unseeded_draw_below_another_cause_is_possible(trail: Trail) -> None:
    a = chain(trail, unseeded=["random"])
    b = chain(trail, session="two", x=2, accuracy=0.8, unseeded=["random"])

    report = explain(trail, a, b)

    assert told(report) == [("data", "x.csv", "effective"), ("unseeded", "random", "possible")]
    assert not report.is_sufficient


# --- the environment ------------------------------------------------------------------------------


def environment(trail: Trail, digest: str, **columns: Any) -> None:
    known = {"python": "3.11", "platform": "Linux", "packages": "{}", "git_commit": None,
             "hardware": "{}"}  # fmt: skip
    values = {"digest": digest, **known, **columns}
    trail.row(
        f"INSERT INTO environment({', '.join(values)}) VALUES ({', '.join('?' * len(values))})",
        *values.values(),
    )


def test_a_package_that_no_cell_imports_comes_after_what_has_an_effect(trail: Trail) -> None:
    environment(trail, "e1", packages='{"left": "1", "load": "1", "gone": "1"}')
    environment(trail, "e2", packages='{"left": "2", "load": "1", "new": "1"}')
    a = chain(trail, environment="e1")
    b = chain(trail, session="two", x=2, accuracy=0.8, environment="e2")

    report = explain(trail, a, b)

    first, *others = report.differences
    assert (first.name, first.certainty) == ("x.csv", "effective")
    assert {one.name: (one.certainty, one.reached) for one in others} == {
        "left": ("indirect", 0),
        "gone, new": ("indirect", 0),
    }
    assert report.is_sufficient


def test_packages_that_one_side_alone_has_loaded_are_one_difference(trail: Trail) -> None:
    many = {f"p{number}": "1" for number in range(5)}
    environment(trail, "e1", packages='{"same": "1", "gone": "1.5"}')
    environment(trail, "e2", packages=json.dumps({"same": "1", **many}))
    a = chain(trail, environment="e1")
    b = chain(trail, session="two", environment="e2")

    found = only(explain(trail, a, b))

    assert (found.kind, found.certainty) == ("environment", "indirect")
    assert found.sentence == (
        "gone 1.5 is loaded in a only; p0 1, p1 1, p2 1 and 2 more packages are loaded in b only"
    )


def test_an_imported_package_explains_what_nothing_else_does(trail: Trail) -> None:
    environment(trail, "e1", packages='{"tool": "1"}')
    environment(trail, "e2", packages='{"tool": "2"}')
    fit = "from tool import fit\nmodel = fit(df, C)"
    a = chain(trail, fit=fit, environment="e1")
    b = chain(trail, session="two", fit=fit, fitted="other", accuracy=0.8, environment="e2")

    found = only(explain(trail, a, b))

    assert (found.kind, found.name, found.a, found.b) == ("environment", "tool", "1", "2")
    assert (found.certainty, found.reached) == ("effective", 2)


def test_python_may_matter_and_the_commit_and_the_machine_hardly(trail: Trail) -> None:
    environment(trail, "e1", git_commit="abc", hardware='{"cpus": 2}')
    environment(trail, "e2", python="3.12", git_commit="def", hardware='{"cpus": 4}')
    a = chain(trail, environment="e1")
    b = chain(trail, session="two", environment="e2")

    assert told(explain(trail, a, b)) == [
        ("environment", "Python", "possible"),
        ("environment", "git commit", "indirect"),
        ("environment", "hardware", "indirect"),
    ]


def test_a_missing_environment_is_not_observed(trail: Trail) -> None:
    a, b = chain(trail), chain(trail, session="two")

    assert any("environment" in line for line in explain(trail, a, b).not_observed)


# --- order ----------------------------------------------------------------------------------------


def swapped(trail: Trail, session: str, order: list[str], score: float) -> int:
    """Write cells that each pass `df` on, in an order."""
    source, after = None, content("raw")
    for name in order:
        before, after = after, content(after, name)
        source = trail.execute(
            f"df = {name}(df)", uses={"df": (source, before, "frame")},
            makes={"df": (after, "frame")}, session=session, cell=name,
        )  # fmt: skip
    trail.execute("acc = score(df)", uses={"df": (source, after, "frame")}, session=session,
                  metrics=[metric("acc", score)], cell="score")  # fmt: skip
    return int(trail.connection.execute("SELECT max(id) FROM result").fetchone()[0])


def test_the_same_cells_in_another_order_are_one_difference(trail: Trail) -> None:
    a = swapped(trail, "one", ["load", "scale", "clip"], 0.5)
    b = swapped(trail, "two", ["load", "clip", "scale"], 0.6)

    found = only(explain(trail, a, b))

    assert (found.kind, found.name) == ("order", "df")
    order = "`df = clip(df)` ran before In [7] `df = scale(df)` in b, after it in a"
    assert order in found.sentence


def test_a_cell_that_ran_twice_is_told_with_both_counts(trail: Trail) -> None:
    a = swapped(trail, "one", ["load", "scale"], 0.5)
    b = swapped(trail, "two", ["load", "scale", "scale"], 0.6)

    found = only(explain(trail, a, b))

    assert found.kind == "order"
    assert found.sentence.endswith("ran twice in b, once in a")


# --- odd results ----------------------------------------------------------------------------------


def test_a_result_beside_itself_does_not_differ(trail: Trail) -> None:
    a = chain(trail)

    report = explain(trail, a, a)

    assert report.differences == ()
    assert report.summary == "The same result was given twice; nothing differs."
    assert not report.is_sufficient


def test_the_same_history_in_another_notebook_does_not_differ(trail: Trail) -> None:
    a = chain(trail)
    b = chain(trail, session="two", notebook="copy.ipynb", cells=False)

    report = explain(trail, a, b)

    assert report.differences == ()
    assert report.summary == "accuracy is 0.9 in both; nothing that was observed differs."


def test_equal_metrics_are_said_and_differences_still_listed(trail: Trail) -> None:
    a = chain(trail)
    b = chain(trail, session="two", params="C = 5", c=5)

    report = explain(trail, a, b)

    assert report.summary == "accuracy is 0.9 in both, although C changed from 1 to 5."
    assert not report.is_sufficient


def test_nan_and_infinite_metrics_are_compared_and_kept(trail: Trail) -> None:
    a = chain(trail, accuracy=math.nan)
    b = chain(trail, session="two", accuracy=math.inf, params="C = 5", c=5)
    c = chain(trail, session="three", accuracy=math.nan)

    document = why(trail.connection, a, b, store=STORE).document()
    back = WhyReport.from_document(json.loads(json.dumps(document)))

    assert back.document() == document
    assert math.isnan(back.metrics[0].a or 0)
    assert back.metrics[0].b == math.inf
    assert back.summary.startswith("accuracy changed from nan to inf because C")
    same = why(trail.connection, a, c, store=STORE)
    assert same.summary == "accuracy is nan in both; nothing that was observed differs."


def test_results_without_a_metric_in_common_are_still_compared(trail: Trail) -> None:
    a = chain(trail)
    trail.execute("rmse = other()", metrics=[metric("rmse", 1.0)], session="two")

    report = explain(trail, a, a + 1)

    assert report.summary.startswith("The results have no metric in common")
    assert {(one.name, one.difference) for one in report.metrics} == {
        ("accuracy", None),
        ("rmse", None),
    }


def test_steps_of_one_execution_differ_by_their_params(trail: Trail) -> None:
    trail.execute(
        "for C in (1, 9): score(fit(C))",
        steps_are_rows=True,
        params=[param("C", 1, step=0, origin="loop"), param("C", 9, step=1, origin="loop")],
        metrics=[metric("acc", 0.5, step=0, model="a:m"), metric("acc", 0.7, step=1, model="b:m")],
        cell="loop",
    )

    report = explain(trail, 1, 2)

    found = only(report)
    assert (found.kind, found.name, found.a, found.b) == ("param", "C", 1, 9)
    assert report.is_sufficient
    assert report.b.short.endswith(".1")


def test_a_forgotten_cell_is_no_difference_where_its_product_is_the_same(trail: Trail) -> None:
    a = chain(trail)
    b = chain(trail, session="two", params="C = 5", c=5, accuracy=0.8)
    trail.connection.execute("DELETE FROM execution WHERE id = 1")

    report = explain(trail, a, b)

    assert told(report) == [("param", "C", "effective")]
    assert any("df in a: forgotten" in line for line in report.not_observed)


def test_what_a_forgotten_cell_made_otherwise_is_data(trail: Trail) -> None:
    a = chain(trail)
    b = chain(trail, session="two", x=2, accuracy=0.8)
    trail.connection.execute("DELETE FROM execution WHERE id IN (1, 6)")

    assert told(explain(trail, a, b)) == [("data", "df", "effective")]


def test_what_was_sampled_unknown_or_opaque_is_named(trail: Trail) -> None:
    a = chain(trail)
    b = chain(trail, session="two")
    trail.connection.execute("UPDATE entity SET scope = 'sampled' WHERE kind = 'file'")
    trail.connection.execute("UPDATE entity SET digest = NULL, scope = 'unknown',"
                             " lineage_digest = X'01' WHERE kind = 'estimator'")  # fmt: skip
    trail.connection.execute("UPDATE execution SET opaque = '[\"shell\"]' WHERE id = 7")

    lines = "\n".join(explain(trail, a, b).not_observed)

    assert "file:x.csv in In [6]: only a sample" in lines
    assert "model in In [10]: its content is unknown" in lines
    assert "shell in In [7] of b" in lines


def test_a_missing_result_is_named(trail: Trail) -> None:
    chain(trail)

    with pytest.raises(NotFound, match="99"):
        why(trail.connection, 1, 99, store=STORE)


# --- the result before ----------------------------------------------------------------------------


def test_the_result_before_is_the_last_with_the_same_metric_in_the_same_notebook(
    trail: Trail,
) -> None:
    first = chain(trail)
    chain(trail, session="two", notebook="other.ipynb")
    trail.execute("rmse = 1", metrics=[metric("rmse", 1.0)])
    last = chain(trail)

    assert previous_result(trail.connection, last) == first


def test_the_result_before_may_be_of_another_notebook_but_is_no_reproduction(trail: Trail) -> None:
    first = chain(trail, notebook="other.ipynb")
    repeat = chain(trail, notebook="other.ipynb", session="again")
    run = trail.run("repeat", kind="reproduce")
    trail.row(
        "INSERT INTO run_execution SELECT ?, execution_id FROM result WHERE id = ?", run, repeat
    )
    last = chain(trail, session="two")

    assert previous_result(trail.connection, last) == first


def test_without_an_earlier_result_the_metric_is_named(trail: Trail) -> None:
    first = chain(trail)

    with pytest.raises(NotFound, match="No earlier result has accuracy") as caught:
        previous_result(trail.connection, first)

    assert caught.value.hint is not None


# --- what people read -----------------------------------------------------------------------------


def test_the_text_says_metrics_differences_details_and_what_was_not_seen(trail: Trail) -> None:
    a = chain(trail)
    b = chain(trail, session="two", x=2, params="C = 5", c=5, accuracy=0.8)

    text = shown(explain(trail, a, b))

    assert "accuracy 0.9 0.8 -0.1" in text
    assert "1 data x.csv 4 of 5 cells" in text
    assert "2. In [8]: C changed from 1 to 5" in text
    assert text.index("metric a b") < text.index("kind what") < text.index("Not observed:")


def test_comments_are_in_the_table_and_their_diff_is_not_shown(trail: Trail) -> None:
    a = chain(trail, cleaned="same")
    b = chain(trail, session="two", clean="df = clean(df)  # tidy", cleaned="same")

    text = shown(explain(trail, a, b))

    assert "1 code df 0 of 5 cells cosmetic" in text
    assert "# tidy" not in text


def test_long_lists_are_cut_in_the_text_and_whole_in_the_facts(trail: Trail) -> None:
    before = "\n".join(f"p{n} = {n}" for n in range(40))
    after = "\n".join(f"p{n} = {n + 1}" for n in range(40))
    for session, code, plus in (("one", before, 0), ("two", after, 1)):
        trail.execute(
            code, params=[param(f"p{n}", n + plus) for n in range(40)], session=session,
            metrics=[metric("auc", 0.5 + plus / 10)], cell="all",
        )  # fmt: skip

    report = explain(trail, 1, 2)
    text = shown(report)

    assert len(report.differences) == 40
    assert "and 28 more differences" in text
    assert f"and {len((report.differences[0].diff or '').splitlines()) - 60} more lines" in text


def test_unknown_content_that_both_read_from_the_same_run_is_the_same(trail: Trail) -> None:
    made = trail.execute("g = stream()", makes={"g": (1, "other")}, cell="make")
    for score in (0.5, 0.6):
        trail.execute("acc = use(g)", uses={"g": (made, 1, "other")}, cell="use",
                      metrics=[metric("acc", score)])  # fmt: skip
    trail.connection.execute(
        "UPDATE entity SET digest = NULL, scope = 'unknown', lineage_digest = X'01'"
    )

    report = explain(trail, 1, 2)

    assert told(report) == [("unknown", "the metric", "effective")]
    assert not any("g in" in line for line in report.not_observed)


def test_of_two_files_that_one_cell_reads_each_is_told_by_what_is_made_of_it(trail: Trail) -> None:
    def result(session: str, left: int, right: int, score: float) -> int:
        contents = {"df": (content("l", left), "frame"), "prices": (content("r", right), "frame")}
        read = trail.execute(
            "df = read('left.csv')\nprices = read('in/r.csv')\nmore = 1",
            uses={
                "file:left.csv": (None, left, "file"),
                "file:in/r.csv": (None, right, "file"),
            },
            makes=contents,
            session=session,
            cell="read",
        )
        trail.execute(
            "auc = score(df, prices)",
            uses={name: (read, *made) for name, made in contents.items()},
            metrics=[metric("auc", score)],
            session=session,
            cell="score",
        )
        return int(trail.connection.execute("SELECT max(id) FROM result").fetchone()[0])

    a, b = result("one", 1, 1, 0.5), result("two", 2, 2, 0.6)
    for number, columns in ((2, 2), (7, 3)):
        trail.connection.execute(
            "UPDATE entity SET summary = ? WHERE id IN (SELECT entity_id FROM generated"
            " WHERE name = 'prices' AND execution_id = ?)",
            (json.dumps({"shape": [number, columns]}), 1 if number == 2 else 3),
        )

    found = {one.name: one.sentence for one in explain(trail, a, b).differences}

    assert found == {
        "left.csv": "file left.csv differs",
        "in/r.csv": "file in/r.csv differs: rows 2 -> 7 (+5)",
    }
