"""Every planted change of the corpus is the first difference; two planted are the first two."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from reliability.shells import Warm
from why_pairs import Pair, load_pairs, record

from celltrail.lineage.changes.why import previous_result, why
from celltrail.lineage.changes.why_report import WhyReport
from celltrail.store import trail
from celltrail.store.database import connect

PAIRS = load_pairs()
ONE = [pair for pair in PAIRS.values() if len(pair.expected) == 1]
TWO = [pair for pair in PAIRS.values() if len(pair.expected) == 2]


@pytest.fixture(scope="module")
def warm(_environment_of_nobody: None) -> Iterator[Warm]:
    process = Warm()
    yield process
    process.close()


def report_of(pair: Pair, warm: Warm, folder: Path) -> WhyReport:
    store = record(pair, warm, folder) / ".celltrail"
    with contextlib.closing(connect(store, role="reader")) as connection:
        newest = trail.find_result(connection, "latest")
        return why(connection, previous_result(connection, newest), newest, store=store)


def test_the_corpus_is_as_large_as_promised() -> None:
    assert len(ONE) >= 44
    assert len(TWO) >= 10


@pytest.mark.parametrize("pair", ONE, ids=lambda pair: pair.name)
def test_a_planted_change_is_the_first_difference(pair: Pair, warm: Warm, tmp_path: Path) -> None:
    (expected,) = pair.expected

    report = report_of(pair, warm, tmp_path)

    first = report.differences[0]
    assert (first.kind, first.name) == (expected["kind"], expected["name"]), report.differences
    shown = f"{first.sentence} {first.diff or ''}"
    assert [word for word in expected["words"] if word not in shown] == []
    rest = [one for one in report.differences[1:] if one.certainty == "effective"]
    assert rest == []
    assert first.certainty != "without effect"
    assert type(report).from_document(json.loads(json.dumps(report.document()))) == report


@pytest.mark.parametrize("pair", TWO, ids=lambda pair: pair.name)
def test_two_planted_changes_are_the_first_two(pair: Pair, warm: Warm, tmp_path: Path) -> None:
    report = report_of(pair, warm, tmp_path)

    found = {(one.kind, one.name) for one in report.differences[:2]}
    assert found == {(one["kind"], one["name"]) for one in pair.expected}, report.differences
    assert not report.is_sufficient


def test_what_two_changes_of_one_cell_made_is_said_once(warm: Warm, tmp_path: Path) -> None:
    summary = report_of(PAIRS["seed_and_number_in_one_call"], warm, tmp_path).summary

    assert summary.count(", so drawn has 96 rows instead of 192") == 1
