"""Text, HTML, JSON and CSV of an answer."""

from __future__ import annotations

import json
from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from celltrail.capabilities.wording import moment
from celltrail.core.report import Answer, Code, Table
from celltrail.core.wording import best_of, cut, number
from celltrail.faces.render import as_csv, as_html, as_json, as_text

NAN, INF = float("nan"), float("inf")


def test_numbers_have_six_digits_and_words_for_the_rest() -> None:
    assert [number(v) for v in (0.123456789, 1e-12, NAN, INF, -INF)] == [
        "0.123457", "1e-12", "nan", "inf", "-inf",
    ]  # fmt: skip


def test_json_is_strict_and_spells_what_json_cannot() -> None:
    text = as_json(Answer({"a": NAN, "b": [INF, -INF], "c": {1: "é"}}))

    found = json.loads(text, parse_constant=refuse)
    assert found == {
        "a": {"$float": "nan"},
        "b": [{"$float": "inf"}, {"$float": "-inf"}],
        "c": {"1": "é"},
    }


def refuse(name: str) -> None:
    raise AssertionError(f"{name} is no JSON")


def test_csv_quotes_and_defuses_formulas() -> None:
    text = as_csv(Answer(None, rows=[{"a": '=cmd("x")', "b": 'x,"y"'}, {"b": [1], "c": None}]))

    assert text.splitlines() == ["a,b,c", '"\'=cmd(""x"")","x,""y""",', ",[1],"]


def test_the_best_is_the_highest_and_of_losses_the_lowest() -> None:
    assert best_of([0.1, NAN, 0.9, None], "auc") == 2
    assert best_of([0.1, 0.05, INF], "val_loss") == 1
    assert best_of([3.0, 1.0], "mean_squared_error") == 1
    assert best_of([1.0, 1.0], "auc") is None
    assert best_of([None], "auc") is None


def test_columns_that_do_not_fit_are_named_below() -> None:
    table = Table(("id", "aaaaaaaa", "bbbbbbbb"), (("1", "2", "3"),))
    text = as_text(Answer(None, (table,)), width=20)

    assert text.splitlines() == ["id  aaaaaaaa", "1   2", "not shown for width:", "bbbbbbbb"]


def test_best_is_bold_where_colour_is_wanted() -> None:
    table = Table(("a", "b"), (("1", "2"),), best=frozenset({(0, 1)}))

    assert "\x1b[1m2\x1b[0m" in as_text(Answer(None, (table,)), with_colour=True)
    assert "\x1b" not in as_text(Answer(None, (table,)))
    assert "<b " in as_html(Answer(None, (table,)))


def test_wide_characters_take_two_columns() -> None:
    assert cut("日本語", 4) == "日…"
    table = Table(("a", "b"), (("日本", "x"), ("ab", "y")))
    assert as_text(Answer(None, (table,))).splitlines()[1:] == ["日本  x", "ab    y"]


def test_times_are_short_and_local() -> None:
    now = datetime.now().astimezone()
    at = int(now.replace(hour=14, minute=5).timestamp() * 1e6)

    assert moment(at, now=now) == "14:05"
    assert moment(at - 3 * 366 * 86_400_000_000, now=now).count("-") == 2
    assert moment(None, now=now) == ""
    assert moment(1 << 62, now=now) == "?"


@given(st.lists(st.text(), min_size=2, max_size=2), st.text(), st.integers(20, 120))
def test_any_text_is_shown_on_its_line_and_escaped(cells: list[str], code: str, width: int) -> None:
    answer = Answer(None, (Table(("a", "b"), (tuple(cells),)), Code(code)))
    lines = as_text(Answer(None, answer.shown[:1]), width=width).split("\n")
    found = as_html(answer)

    assert 2 <= len(lines) <= 4
    assert "\x1b" not in as_text(answer, width=width)
    assert found.count("<td") == 2
    assert found.count("<pre") == 1
