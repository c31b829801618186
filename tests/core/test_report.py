"""Reports as documents, and what they say."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import pytest

from celltrail.core.report import (
    Answer,
    Code,
    Finding,
    Part,
    Report,
    Table,
    When,
    decode_part,
    encode_part,
)

NAN, INF = float("nan"), float("inf")


@dataclass(frozen=True, slots=True)
class Line:
    name: str
    at: int
    value: float | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Example(Report):
    kind: ClassVar[str] = "example"

    lines: tuple[Line, ...]
    best: Line | None = None
    values: dict[str, float]

    def body(self, when: When) -> Iterator[Part]:
        yield from (f"{line.name} at {when(line.at)}" for line in self.lines)


EXAMPLE = Example(
    summary="2 lines",
    verdict="warning",
    findings=(Finding("failed", "a is gone", "make it again", ("ab", "cd")),),
    lines=(Line("a", 1, INF, ("x", "y")), Line("b", 2, None)),
    best=Line("a", 1, -INF),
    values={"a": 1.5, "b": -INF},
)


def through_json(document: dict[str, object]) -> dict[str, object]:
    found: dict[str, object] = json.loads(json.dumps(document, allow_nan=False))
    return found


def test_a_report_survives_its_document() -> None:
    assert Example.from_document(through_json(EXAMPLE.document())) == EXAMPLE


def test_nan_survives_its_document() -> None:
    report = Example(lines=(), values={"a": NAN})

    found = Example.from_document(through_json(report.document()))
    assert math.isnan(found.values["a"])


def test_a_document_of_a_later_version_loses_only_what_is_not_known() -> None:
    document = through_json(EXAMPLE.document()) | {"later": 1}

    assert Example.from_document(document) == EXAMPLE


def test_a_document_of_another_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="kind 'example' was found; expected 'answer'"):
        Answer.from_document(EXAMPLE.document())


def test_people_read_the_verdict_then_the_facts_then_the_findings() -> None:
    assert list(EXAMPLE.parts(lambda at: f"t{at}")) == [
        "warning: 2 lines",
        "a at t1",
        "b at t2",
        "failed: a is gone",
        "    hint: make it again",
    ]


def test_data_has_numbers_as_they_are() -> None:
    found = EXAMPLE.data()

    assert found["kind"] == "example"
    assert found["values"] == {"a": 1.5, "b": -INF}
    assert found["lines"][0] == {"name": "a", "at": 1, "value": INF, "notes": ["x", "y"]}


@pytest.mark.parametrize(("verdict", "code"), [("failed", 1), ("warning", 0), (None, 0)])
def test_only_a_failed_check_says_no(verdict, code) -> None:
    assert Answer(None, verdict=verdict).code == code


PARTS: tuple[Part, ...] = (
    "a sentence",
    Code("x = 1"),
    Code("-a\n+b", is_diff=True),
    Table(("a", "b"), (("1", "2"), ("3", "4")), frozenset({1}), frozenset({(0, 1)}), keep=2),
)


@pytest.mark.parametrize("part", PARTS, ids=["text", "code", "diff", "table"])
def test_a_part_survives_json(part) -> None:
    assert decode_part(through_json(encode_part(part))) == part


def test_an_answer_survives_its_document_with_what_it_shows() -> None:
    answer = Answer({"a": [INF, None]}, PARTS, rows=[{"a": INF}], summary="done")

    assert Answer.from_document(through_json(answer.document())) == answer
