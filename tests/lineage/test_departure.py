"""Two runs of the same executions, written by hand, and where the second departs."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from celltrail.lineage.reproducing.cell_order import in_order, names_towards
from celltrail.lineage.reproducing.departure import Comparison, agreement, compare
from celltrail.lineage.reproducing.reproduction import ReproduceReport
from celltrail.lineage.reproducing.reproduction_facts import ChangedFile, Halt, PackageChange
from celltrail.lineage.reproducing.reproduction_verdict import findings_of, outcome_of, summary_of
from celltrail.store.traces import Content, Measured, Trace


def content(name: str, digest: str | None, **facts: object) -> Content:
    given = {"kind": "scalar", "type": "int", "scope": "full" if digest else "unknown"}
    return Content(name=name, digest=digest, **given | facts)  # type: ignore[arg-type]


def trace(row: int, code: str, *made: Content, **facts: object) -> Trace:
    given: dict[str, object] = {
        "session": "s", "kernel": None, "notebook": None, "cell": None, "count": row,
        "status": "ok", "error": None, "environment": None, "unseeded": (), "opaque": (),
        "written": frozenset(), "measured": (), "inputs": (),
    }  # fmt: skip
    return Trace(row=row, id=f"{row:032x}", code=code, made=made, **given | facts)  # type: ignore[arg-type]


def metric(name: str, value: float, step: int | None = None, function: str | None = None):
    return Measured(name, step, value, False, function)


def compared(
    first: list[Trace],
    second: list[Trace | None],
    *,
    needed: dict[int, str] | None = None,
    own: int = 0,
    **options: object,
) -> Comparison:
    flows = {row: frozenset(names.split()) for row, names in (needed or {}).items()}
    given = {"tolerance": 1e-9, "own": frozenset({own})} | options
    return compare(first, second, needed=flows, **given)  # type: ignore[arg-type]


def test_two_equal_runs_have_no_departure():
    one = trace(1, "x = 1", content("x", "d1"), measured=(metric("m", 0.5),))

    found = compared([one], [one], own=1)

    assert found.departure is None
    assert (found.compared, found.failed) == (1, False)
    assert [pair.agreement for pair in found.metrics] == ["same"]


def test_the_first_execution_that_departs_is_named():
    first = [trace(1, "a = 1", content("a", "1")), trace(2, "b = a", content("b", "1"))]
    second = [trace(1, "a = 1", content("a", "2")), trace(2, "b = a", content("b", "2"))]

    found = compared(first, second, needed={1: "a"}, own=2)

    assert found.departure is not None
    assert (found.departure.name, found.departure.count) == ("a", 1)


def test_of_one_cell_the_first_name_in_its_code_is_named():
    code = "zeta = draw()\nalpha = zeta * 2"
    first = trace(1, code, content("alpha", "1"), content("zeta", "1"))
    second = trace(1, code, content("alpha", "2"), content("zeta", "2"))

    found = compared([first], [second], own=1)

    assert found.departure is not None
    assert found.departure.name == "zeta"


@pytest.mark.parametrize(
    ("code", "order"),
    [
        ("b = a.pop()", "a b"),
        ("%%time\nb = 1\na = b", "b a"),
        ("import b\na = 1", "b a"),
        ("def b():\n    return a\na = 1", "b a"),
        ("for b in x:\n    a = b", "b a"),
        ("b = !ls\na = b", "b a"),
        ("a = b = 1", "a b"),
    ],
)
def test_names_stand_in_the_order_of_the_code(code: str, order: str):
    found = in_order((content("a", "1"), content("b", "1")), code)

    assert [one.name for one in found] == order.split()


def test_a_frame_departs_in_its_first_different_column():
    columns = (("a", "int64", "1"), ("b", "int64", "1"), ("c", "int64", "1"))
    other = (("a", "int64", "1"), ("b", "int64", "2"), ("c", "int64", "2"))
    first = trace(1, "df = 1", content("df", "1", columns=columns, kind="frame"))
    second = trace(1, "df = 1", content("df", "2", columns=other, kind="frame"))

    found = compared([first], [second], own=1)

    assert found.departure is not None
    assert found.departure.column == "b"


@pytest.mark.parametrize(
    ("columns", "column", "now"),
    [
        ((("a", "float64", "1"),), "a", "float64"),
        ((("z", "int64", "1"),), "a", "column z"),
        ((), "a", None),
        ((("a", "int64", "1"), ("b", "bool", "1")), "b", "a column of bool"),
    ],
    ids=["another type", "renamed", "gone", "added"],
)
def test_what_became_of_a_column_is_said(columns: tuple, column: str, now: str | None):
    first = trace(1, "df = 1", content("df", "1", columns=(("a", "int64", "1"),)))
    second = trace(1, "df = 1", content("df", "2", columns=columns or (("q", "bool", "9"),)[:0]))

    found = compared([first], [second], own=1).departure

    assert found is not None
    if columns:
        assert (found.column, found.present) == (column, now)
    else:
        assert found.column is None  # nothing is known of its columns


def test_what_nobody_used_departs_aside():
    first = trace(1, "t = now()\nx = 1", content("t", "1"), content("x", "1"))
    second = trace(1, "t = now()\nx = 1", content("t", "2"), content("x", "1"))

    found = compared([first], [second], needed={1: "x"})

    assert found.departure is None
    assert [departure.name for departure in found.aside] == ["t"]


def test_a_name_that_was_not_made_again_is_compared_as_it_stands():
    """The first run did not see that nothing changed, or the second did not change it."""
    first = [trace(1, "x = [1]", content("x", "1")), trace(2, "x.sort()", content("x", "1"))]
    second = [trace(1, "x = [1]", content("x", "1")), trace(2, "x.sort()")]

    found = compared(first, second, needed={1: "x", 2: "x"})

    assert found.departure is None
    assert found.compared == 2


def test_a_name_that_is_not_made_at_all_departs():
    found = compared([trace(1, "x = 1", content("x", "1"))], [trace(1, "x = 1")], own=1)

    assert found.departure is not None
    assert found.departure.present == "not made"


def test_sessions_do_not_share_names():
    first = [
        trace(1, "x = 1", content("x", "1")),
        trace(2, "x = 2", content("x", "2"), session="other"),
        trace(3, "x += 0", content("x", "1")),
    ]
    second = [first[0], first[1], trace(3, "x += 0")]

    assert compared(first, second, needed={1: "x", 2: "x", 3: "x"}).departure is None


@pytest.mark.parametrize(
    ("recorded", "present", "expected"),
    [
        (("1", "sampled"), ("1", "sampled"), "sampled"),
        (("1", "sampled"), ("2", "sampled"), "departure"),
        (("1", "sampled"), ("2", "full"), "unknown"),
        ((None, "unknown"), ("2", "full"), "unknown"),
        (("1", "metadata"), ("2", "metadata"), "unknown"),
    ],
)
def test_what_is_not_known_in_full_is_never_called_the_same(recorded, present, expected: str):
    first = trace(1, "x = 1", content("x", recorded[0], scope=recorded[1]))
    second = trace(1, "x = 1", content("x", present[0], scope=present[1]))

    found = compared([first], [second], own=1)

    assert found.compared == 0
    assert {
        "sampled": found.sampled == ("x",),
        "unknown": found.unknown == ("x",),
        "departure": found.departure is not None,
    }[expected]


def test_another_shape_departs_even_where_contents_are_not_known():
    first = trace(1, "x = 1", content("x", "1", scope="sampled", shape=(3, 2)))
    second = trace(1, "x = 1", content("x", "2", shape=(4, 2)))

    assert compared([first], [second], own=1).departure is not None


def test_the_name_of_the_folder_is_no_departure():
    first = trace(1, "x = 1", content("x", "1", text="'/project/data'"))
    second = trace(1, "x = 1", content("x", "2", text="'/copy/data'"))

    found = compared(
        [first], [second], own=1, recorded_text=lambda text: text.replace("/copy", "/project")
    )

    assert (found.departure, found.compared) == (None, 1)


@pytest.mark.parametrize("name", ["ambient:numpy.random", "ambient:cwd", "seed:random"])
def test_ambient_state_is_not_compared(name: str):
    first, second = (trace(1, "x = 1", content(name, digest)) for digest in "12")

    found = compared([first], [second], own=1)

    assert (found.departure, found.compared, found.unknown) == (None, 0, ())


def test_an_error_ends_the_comparison_and_names_what_was_missing():
    first = [trace(1, "y = x", content("y", "1")), trace(2, "z = y", content("z", "1"))]
    second = [trace(1, "y = x", status="error", error="NameError: name 'x' is not defined")]

    found = compared(first, second, own=2)

    assert found.failed
    assert found.departure is not None
    assert (found.departure.what, found.departure.name) == ("error", "x")


def test_the_same_error_again_is_no_departure():
    first = trace(1, "1 / 0", status="error", error="ZeroDivisionError: division by zero")

    assert compared([first], [first], own=1).departure is None


def test_an_error_that_does_not_come_again_departs():
    first = trace(1, "1 / x", status="error", error="ZeroDivisionError: division by zero")

    found = compared([first], [replace(first, status="ok", error=None)], own=1)

    assert not found.failed
    assert found.departure is not None
    assert found.departure.present == "no error"


def test_an_execution_without_a_trace_is_unknown():
    first = trace(1, "x = 1", content("x", "1"), measured=(metric("m", 1.0),))

    found = compared([first], [None], own=1)

    assert found.unknown == ("x",)
    assert [pair.agreement for pair in found.metrics] == ["missing"]
    assert found.departure is None


def test_a_metric_that_is_only_printed_can_depart():
    first = trace(1, "print(f(x))", measured=(metric("f", 0.5),))
    second = trace(1, "print(f(x))", measured=(metric("f", 0.6),))

    found = compared([first], [second], own=1)

    assert found.departure is not None
    assert (found.departure.what, found.departure.name) == ("metric", "f")


def test_metrics_of_one_name_are_paired_by_step_and_then_in_order():
    first = trace(1, "f", measured=(metric("f", 1.0, 0), metric("f", 2.0, 1), metric("f", 3.0, 1)))
    second = trace(1, "f", measured=(metric("f", 2.0, 1), metric("f", 1.0, 0), metric("f", 9.0, 1)))

    found = compared([first], [second], own=1)

    assert [pair.agreement for pair in found.metrics] == ["same", "same", "different"]


@pytest.mark.parametrize(
    ("recorded", "present", "expected"),
    [
        (float("nan"), float("nan"), "same"),
        (float("inf"), float("inf"), "same"),
        (float("inf"), float("-inf"), "different"),
        (float("nan"), 1.0, "different"),
        (0.0, 1e-17, "close"),
        (0.0, 1e-12, "different"),
        (1.0, 1.0 + 1e-10, "close"),
        (1.0, 1.0 + 1e-8, "different"),
    ],
)
def test_numbers_agree_as_far_as_the_tolerance_goes(recorded, present, expected: str):
    assert agreement(recorded, present, 1e-9) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("t = clock()\nacc = score(m, x)", "acc m x score"),
        ("p = m.predict(x)\nacc = score(y, p)\nprint(acc, t)", "acc score y p m x"),
        ("x.sort()\nt = 1\nacc = score(x)", "acc score x"),
        ("%%time\nt = 1\nacc = score(x)", "acc score x"),
        ("print(score(x))", "print score x"),
    ],
)
def test_names_towards_a_metric_are_found_backwards(code: str, expected: str):
    found = names_towards(trace(1, code, measured=(metric("acc", 1.0, function="lib.score"),)))

    assert found == frozenset(expected.split())


@pytest.mark.parametrize("code", ["acc = !echo 1", "exec('acc = 1')", "results['n'] = 1"])
def test_where_a_metric_comes_from_may_not_be_found(code: str):
    assert names_towards(trace(1, code, measured=(metric("acc", 1.0),))) is None


# --- the verdict --------------------------------------------------------------------------------


def report(**facts: object) -> ReproduceReport:
    given: dict[str, object] = {"result": "0" * 31 + "1", "outcome": "different"}
    return ReproduceReport(**given | facts)  # type: ignore[arg-type]


def outcome(first: Trace, second: Trace, **facts: object) -> str:
    found = compared([first], [second], own=1)
    given = {"halt": None, "is_redacted": False, "is_input_changed": False} | facts
    return outcome_of(found, found.metrics, **given)  # type: ignore[arg-type]


ONE = trace(1, "x = 1", content("x", "1"), measured=(metric("m", 1.0),))
OTHER_CONTENT = replace(ONE, made=(content("x", "2"),))
OTHER_METRIC = replace(ONE, measured=(metric("m", 2.0),))
HALT = Halt("0" * 31 + "1", 1, "error", "ValueError: no")


@pytest.mark.parametrize(
    ("second", "facts", "expected"),
    [
        (ONE, {}, "identical"),
        (OTHER_CONTENT, {}, "equivalent"),
        (OTHER_METRIC, {}, "different"),
        (ONE, {"is_redacted": True}, "identical"),
        (OTHER_CONTENT, {"is_redacted": True}, "unknown"),
        (ONE, {"is_input_changed": True}, "equivalent"),
        (ONE, {"halt": HALT}, "different"),
        (ONE, {"halt": replace(HALT, why="secret")}, "unknown"),
        (ONE, {"halt": replace(HALT, why="outside")}, "unknown"),
        (replace(ONE, made=(content("x", None),)), {}, "equivalent"),
        (replace(ONE, measured=()), {}, "different"),
    ],
)
def test_the_verdict_follows_from_what_differs(second: Trace, facts: dict, expected: str):
    assert outcome(ONE, second, **facts) == expected


def test_a_report_survives_its_document_with_nan_and_infinities():
    first = trace(1, "x = 1", content("x", "1"), measured=(metric("m", float("nan")),))
    second = replace(first, measured=(metric("m", float("inf")),))
    found = compared([first], [second], own=1)
    whole = report(
        departure=found.departure,
        metrics=found.metrics,
        files=(ChangedFile("x.csv", first.id, 1, "ct1:1", None),),
        packages=(PackageChange("numpy", "1", "2"),),
        halt=HALT,
        unseeded=("random",),
    )

    again = ReproduceReport.from_document(json.loads(json.dumps(whole.document())))

    assert repr(again) == repr(whole)


def test_findings_name_the_generator_of_the_departing_execution():
    found = compared([ONE], [OTHER_METRIC], own=1)
    whole = report(departure=found.departure, unseeded=("numpy.random",))

    (finding,) = findings_of(whole, ["numpy.random"])

    assert finding.verdict == "failed"
    assert "numpy.random without a seed" in finding.sentence
    assert finding.executions == (ONE.id,)


def test_the_summary_names_a_file_that_is_gone_and_then_the_variable():
    found = compared([ONE], [OTHER_CONTENT], own=1)
    gone = ChangedFile("data/x.csv", ONE.id, 1, "ct1:1", None)

    said = summary_of(report(departure=found.departure, files=(gone,)))

    assert said.startswith("00000001 is different; first departs data/x.csv, read by In [1]")
    assert "is gone, then variable x of In [1]" in said
