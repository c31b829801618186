"""Leaks: the corpus of `tests/leaks`, and rules on trails written by hand."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from leak_histories import checked, load, names, plain_shell, recorded_shell, run
from trail_writing import Kernel

from celltrail.core.errors import NotFound
from celltrail.core.records import (
    ArgumentRecord,
    CallRecord,
    EntityRecord,
    GeneratedRecord,
    UsedRecord,
)
from celltrail.lineage.leakage.leak_wording import expected_best
from celltrail.lineage.leakage.leaks import CheckReport, check
from celltrail.store.call_rows import call_sessions
from celltrail.store.database import Connection, connect
from celltrail.store.finding import find_result, notebook_paths

NAMES = names()


@pytest.mark.parametrize("name", NAMES)
def test_a_history_gives_the_findings_expected_by_hand(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = load(name)
    store = tmp_path / ".celltrail"
    with recorded_shell(store, monkeypatch) as shell:
        run(shell, history.cells)
        recorder = shell.celltrail_hooks.recorder
        problems = [*recorder.problems, *recorder.writer.problems]
    report, counts = checked(store)
    found = [
        (finding.verdict, finding.sentence, [counts[name] for name in finding.executions])
        for finding in report.findings
    ]
    left = list(found)
    missing = []
    for item in history.expected:
        for candidate in left:
            verdict, sentence, executions = candidate
            unique = list(dict.fromkeys(item.counts))
            if verdict == item.verdict and all(t in sentence for t in item.texts) \
                    and executions == unique:  # fmt: skip
                left.remove(candidate)
                break
        else:
            missing.append(item)

    assert not problems
    assert not missing, found
    assert not left
    assert report.verdict == history.verdict


@pytest.mark.parametrize("name", NAMES[::9])
def test_recording_calls_changes_no_output(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = load(name)
    with plain_shell() as shell:
        expected = run(shell, history.cells)
    with recorded_shell(tmp_path / ".celltrail", monkeypatch) as shell:
        found = run(shell, history.cells)

    assert found == expected


def test_the_corpus_holds_enough_true_and_false_cases() -> None:
    histories = [load(name) for name in NAMES]
    true = [h for h in histories if any(item.verdict == "warning" for item in h.expected)]

    assert len(true) >= 15
    assert len(histories) - len(true) >= 20
    assert all(h.name < "51" for h in true)


LEAK = """\
X, y = df[["a", "b"]], df["label"]
Xs = StandardScaler().fit_transform(X)
X_train, X_test, y_train, y_test = train_test_split(Xs, y, random_state=0)
print(LogisticRegression().fit(X_train, y_train).score(X_test, y_test))
"""
CLEAN = """\
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
pipe = make_pipeline(StandardScaler(), LogisticRegression(C=3)).fit(X_train, y_train)
print(accuracy_score(y_test, pipe.predict(X_test)))
"""


@pytest.fixture
def two_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connection]:
    """A result with a leak, then one without, in one session."""
    store = tmp_path / ".celltrail"
    monkeypatch.setenv("CELLTRAIL_NOTEBOOK", str(tmp_path / "work.ipynb"))
    with recorded_shell(store, monkeypatch) as shell:
        run(shell, (LEAK, CLEAN))
    with closing(connect(store, role="reader")) as connection:
        yield connection


def warnings(report: CheckReport) -> list[str]:
    return [finding.sentence for finding in report.findings if finding.verdict == "warning"]


def test_a_result_is_checked_for_what_concerns_it(two_results: Connection) -> None:
    clean, leaky = (find_result(two_results, text) for text in ("-1", "-2"))

    assert warnings(check(two_results, result=clean)) == []
    assert len(warnings(check(two_results, result=leaky))) == 1


def test_a_notebook_and_a_session_are_checked_whole(two_results: Connection) -> None:
    (path,) = notebook_paths(two_results)
    ((session,),) = two_results.execute("SELECT lower(hex(uuid)) FROM session").fetchall()
    by_notebook = check(two_results, notebook=path)

    assert by_notebook == check(two_results, session=session) == check(two_results)
    assert len(warnings(by_notebook)) == 1
    assert (by_notebook.fits, by_notebook.splits, by_notebook.scores) == (3, 2, 2)


def test_an_unknown_notebook_or_session_is_said(two_results: Connection) -> None:
    with pytest.raises(NotFound, match=r"wrok\.ipynb"):
        check(two_results, notebook="wrok.ipynb")
    with pytest.raises(NotFound, match="session 'zz'"):
        check(two_results, session="zz")


def test_a_report_survives_being_stored(two_results: Connection) -> None:
    report = check(two_results)
    document = json.loads(json.dumps(report.document()))

    assert CheckReport.from_document(document) == report
    assert any("looked at 3 fits" in str(part) for part in report.parts(str))


def test_leaks_are_told_apart_from_reuse(two_results: Connection) -> None:
    clean, leaky = (find_result(two_results, text) for text in ("-1", "-2"))
    reports = [check(two_results, result=row) for row in (leaky, clean)]

    assert reports[0].summary == "1 leak: 1 transformer fitted before the split"
    assert [(report.leaks, report.reused) for report in reports] == [(1, 0), (0, 0)]


def test_reuse_is_no_leak(tmp_path: Path) -> None:
    other = call(0, "fit", name("o"), name("A"), name("yA"), classes=MODEL)
    again = call(1, "score", name("o"), name("B"), name("yB"), classes=MODEL)
    estimator = {"o": EntityRecord("estimator", "o", f"ct1:{8:032x}", "full")}
    report = by_hand(
        tmp_path, (XY, []), (PARTS, SPLIT), (ESTIMATOR, JUDGE), (estimator, [other, again])
    )

    assert report.summary == "no leak found; B was used to judge 2 models"
    assert (report.verdict, report.leaks, report.reused) == ("warning", 0, 1)


def test_models_beyond_five_are_counted_by_class_and_none_is_left_out(tmp_path: Path) -> None:
    cells = []
    for n in range(7):
        fit = call(0, "fit", name(f"m{n}"), name("A"), name("yA"), classes=SCALER if n else MODEL)
        score = call(1, "score", name(f"m{n}"), name("B"), name("yB"))
        made = {f"m{n}": EntityRecord("estimator", f"m{n}", f"ct1:{n:032x}", "full")}
        cells.append((made, [fit, score]))
    report = by_hand(tmp_path, (XY, []), (PARTS, SPLIT), *cells)

    assert "LogisticRegression, StandardScaler 6 times (" in report.findings[0].sentence
    assert "more" not in report.findings[0].sentence


def test_an_empty_store_gives_unknown(tmp_path: Path) -> None:
    with closing(connect(tmp_path / ".celltrail", role="kernel")) as connection:
        report = check(connection)

    assert (report.verdict, report.executions) == ("unknown", 0)


def test_a_cell_that_was_put_right_and_run_again_is_not_held_against(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tmp_path / ".celltrail"
    with recorded_shell(store, monkeypatch) as shell:
        run(shell, ())
        for code in (LEAK, CLEAN.replace("X,", "df[['a']],", 1).replace("X, y", "df[['a']], y")):
            shell.run_cell(code, store_history=True, cell_id="one").raise_error()
    report, _ = checked(store)

    assert warnings(report) == []


def test_the_best_of_several_is_expected_above_the_truth_by_normal_order_statistics() -> None:
    """Means of the largest of n normal values: Harter (1961), table 1; Blom is within 5 %."""
    exact = {2: 0.564, 3: 0.846, 5: 1.163, 10: 1.539}

    assert expected_best(1) == 0
    assert all(abs(expected_best(n) / value - 1) < 0.05 for n, value in exact.items())


# --- trails written by hand ---------------------------------------------------------------


def data(name: str, kind: str = "frame", shape: tuple[int, ...] = (100, 3)) -> EntityRecord:
    digest = f"ct1:{zlib.crc32(name.encode()):032x}"
    return EntityRecord(kind, kind, digest, "full", summary={"shape": list(shape)})


def call(n: int, kind: str, value: Any = None, *given: Any, **more: Any) -> CallRecord:
    function = None if kind in ("assign", "each", "store") else kind
    arguments = tuple(ArgumentRecord(None, item) for item in given)
    return CallRecord(n, kind, 1, function, value=value, arguments=arguments, **more)


def name(text: str) -> list[str]:
    return ["name", text]


def by_hand(store: Path, *cells: tuple[dict[str, EntityRecord], list[CallRecord]]) -> CheckReport:
    """Check a trail of cells, each with what it generated and its steps."""
    kernel = Kernel(store)
    at_hand: dict[str, tuple[str, EntityRecord]] = {}
    for number, (made, steps) in enumerate(cells):
        generated = tuple(
            GeneratedRecord(key, n, "created", "boundary") for n, key in enumerate(made)
        )
        names = [key for key in at_hand if f'["name", "{key}"]' in json.dumps(_values(steps))]
        used = tuple(
            UsedRecord(key, n, at_hand[key][0], "static") for n, key in enumerate(names, len(made))
        )
        entities = (*made.values(), *(at_hand[key][1] for key in names))
        ran = kernel.run(
            f"cell {number}",
            entities=entities,
            generated=generated,
            used=used,
            calls=tuple(steps),
        )
        at_hand |= {key: (ran, entity) for key, entity in made.items()}
    kernel.writer.close()
    with closing(connect(store, role="reader")) as connection:
        return check(connection)


def _values(steps: list[CallRecord]) -> list[Any]:
    return [[step.value, [given.value for given in step.arguments]] for step in steps]


SCALER = ("sklearn.preprocessing._data.StandardScaler",)
MODEL = ("sklearn.linear_model._logistic.LogisticRegression",)
SPLIT = [
    call(0, "split", None, name("X"), name("y")),
    *(call(n + 1, "assign", ["item", ["call", 0], n], targets=(part,))
      for n, part in enumerate(("A", "B", "yA", "yB"))),
]  # fmt: skip
JUDGE = [
    call(0, "fit", name("m"), name("A"), name("yA"), classes=MODEL),
    call(1, "score", name("m"), name("B"), name("yB"), classes=MODEL),
]
XY = {"X": data("X"), "y": data("y", "series", (100,))}
PARTS = {
    "A": data("A", shape=(75, 3)),
    "B": data("B", shape=(25, 3)),
    "yA": data("yA", "series", (75,)),
    "yB": data("yB", "series", (25,)),
}
ESTIMATOR = {"m": EntityRecord("estimator", "m", f"ct1:{9:032x}", "full")}


def test_a_split_and_a_score_by_hand_are_ok(tmp_path: Path) -> None:
    report = by_hand(tmp_path, (XY, []), (PARTS, SPLIT), (ESTIMATOR, JUDGE))

    assert (report.verdict, report.fits, report.splits, report.scores) == ("ok", 1, 1, 1)
    assert [(item.name, item.rows, item.models) for item in report.test_sets] == [("B", 25, 1)]


def test_what_led_to_no_fit_split_or_score_is_counted_and_not_read(tmp_path: Path) -> None:
    aside = [call(0, "assign", ["method", name("X"), []], targets=("Z",))]
    report = by_hand(
        tmp_path, (XY, []), (PARTS, SPLIT), ({"Z": data("Z")}, aside), (ESTIMATOR, JUDGE)
    )
    with closing(connect(tmp_path, role="reader")) as connection:
        sessions = call_sessions(connection, [1])

    assert report.executions == sessions.executions == 4
    assert [history.row for history in sessions.histories] == [1, 2, 4]


def test_a_fit_on_the_whole_by_hand_is_a_leak(tmp_path: Path) -> None:
    fit = call(0, "fit", name("m"), name("X"), name("y"), classes=MODEL)
    report = by_hand(tmp_path, (XY, []), (PARTS, SPLIT), (ESTIMATOR, [fit, JUDGE[1]]))

    assert report.verdict == "warning"
    assert "fitted on X, which holds the rows of B" in report.findings[0].sentence


def test_a_stateless_step_inside_a_pipeline_is_none(tmp_path: Path) -> None:
    learns = ("sklearn.pipeline.Pipeline",), ("sklearn.preprocessing._data.Normalizer",)
    steps = [
        call(0, "fit_transform", ["mix", []], name("X"), classes=learns[0], inside=learns[1]),
        call(1, "assign", ["call", 0], targets=("X",)),
    ]
    report = by_hand(
        tmp_path, (XY, []), ({"X": data("X2")}, steps), (PARTS, SPLIT), (ESTIMATOR, JUDGE)
    )

    assert report.verdict == "ok"


def test_a_scaler_before_the_split_by_hand_is_a_leak(tmp_path: Path) -> None:
    steps = [
        call(0, "fit_transform", ["mix", []], name("X"), classes=SCALER),
        call(1, "assign", ["call", 0], targets=("X",)),
    ]
    report = by_hand(
        tmp_path, (XY, []), ({"X": data("X2")}, steps), (PARTS, SPLIT), (ESTIMATOR, JUDGE)
    )

    assert [finding.verdict for finding in report.findings] == ["warning"]


def test_rows_of_another_number_are_not_taken_for_the_same(tmp_path: Path) -> None:
    """What a step of unknown effect made has rows of its own, so nothing follows."""
    steps = [call(0, "assign", ["method", name("X"), []], targets=("Z",))]
    judge = [
        call(0, "fit", name("m"), name("X"), name("y"), classes=MODEL),
        call(1, "score", name("m"), name("Z"), name("w"), classes=MODEL),
    ]
    more = {"Z": data("Z", shape=(140, 3)), "w": data("w", "series", (140,))}
    report = by_hand(tmp_path, (XY, []), (more, steps), (ESTIMATOR, judge))

    assert report.verdict == "ok"


def test_a_session_restarted_keeps_contents_and_no_names(tmp_path: Path) -> None:
    """The same split again is the same test set; a model of before the restart is gone."""
    first = by_hand(tmp_path, (XY, []), (PARTS, SPLIT), (ESTIMATOR, JUDGE))
    again = by_hand(tmp_path, (XY, []), (PARTS, SPLIT), (ESTIMATOR, [JUDGE[1]]))

    assert first.fits == 1
    assert (again.fits, again.scores, again.test_sets) == (0, 1, ())
