"""The first line of a cell."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from celltrail.core.directive import (
    Directive,
    is_switched_off,
    parse_value,
    read_directive,
    transform_lines,
)
from celltrail.core.errors import UsageFault


def test_a_run_line_gives_its_name_typed_params_and_tags() -> None:
    found = read_directive(
        "%%mlops run --name 'my base' -p lr=0.1 -p depth=3 --param kind=adam -pflag=True"
        " --tag team=blue --tag=note=a=b\nfit()"
    )

    assert found == Directive(
        "run",
        "my base",
        {"lr": 0.1, "depth": 3, "kind": "adam", "flag": True},
        {"team": "blue", "note": "a=b"},
    )


@pytest.mark.parametrize(
    "cell",
    [
        "",
        "x = 1",
        "%%mlops",
        "%%mlops \n",
        "%%mlopsy run",
        "%%mlops search --metric auc",
        "%%time",
        "%mlops run",
        "%%mlops run --help",
        "x\n%%mlops run",
    ],
)
def test_cells_without_a_directive_have_none_and_stay(cell: str) -> None:
    assert read_directive(cell) is None
    lines = cell.splitlines(keepends=True)
    assert transform_lines(lines) is lines


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("%%mlops run --nmae base", "--name"),
        ("%%mlops run base", "--name base"),
        ("%%mlops run --name", "has no value"),
        ("%%mlops run -p lr", "name=value"),
        ("%%mlops run -p =3", "name=value"),
        ("%%mlops run --name 'open", "quotation"),
        ("%%mlops off now", "takes no options"),
        ("%%mlops run\n%%mlops off", "one is expected"),
    ],
)
def test_bad_options_say_what_was_expected(line: str, says: str) -> None:
    with pytest.raises(UsageFault) as caught:
        read_directive(line)
    assert says in str(caught.value)

    with pytest.raises(UsageFault):
        transform_lines(line.splitlines(keepends=True))


def test_the_line_becomes_a_comment_so_that_line_numbers_stay() -> None:
    assert transform_lines(["%%mlops run\n", "x = 1\n"]) == ["#\n", "x = 1\n"]
    assert transform_lines(["%%mlops off"]) == ["#"]
    assert transform_lines(["\n", "%%mlops run\n", "x"]) == ["\n", "#\n", "x"]


def test_the_line_goes_when_another_cell_magic_follows() -> None:
    assert transform_lines(["%%mlops run\n", "%%time\n", "x = 1"]) == ["%%time\n", "x = 1"]
    assert transform_lines(["%%mlops run\n", "\n", "%%time\n"]) == ["%%time\n"]


@given(
    st.lists(
        st.sampled_from(
            [
                "%%mlops run\n",
                "%%mlops off\n",
                "%%time\n",
                "\n",
                "x = 1\n",
                "%%mlops run -p a=1\n",
                "%%mlops run --x\n",
                "  \n",
                "%%mlops",
            ]
        )
    )
)
def test_transforming_twice_is_transforming_once(lines: list[str]) -> None:
    before = list(lines)
    try:
        once = transform_lines(lines)
    except UsageFault:
        return

    assert transform_lines(once) == once
    assert lines == before


@settings(max_examples=500)
@given(st.text())
def test_any_text_is_read_or_refused_with_a_usage_fault(text: str) -> None:
    for cell in (text, "%%mlops " + text, "%%mlops run " + text):
        try:
            read_directive(cell)
            transform_lines(cell.splitlines(keepends=True))
        except UsageFault:
            pass
        is_switched_off(cell)


def test_non_finite_values_and_containers_are_read() -> None:
    assert str(parse_value("nan")) == "nan"
    assert parse_value("-inf") == float("-inf")
    assert parse_value("{'a': [1, None]}") == {"a": [1, None]}
    assert parse_value("{1, 2}") == "{1, 2}"
    assert parse_value("b'x'") == "b'x'"


@pytest.mark.parametrize(
    ("cell", "tags", "off"),
    [
        ("# celltrail: off\nx", (), True),
        ("x = 1\n  #celltrail:OFF because", (), True),
        ("%%mlops off\nx", (), True),
        ("x", ("celltrail-off",), True),
        ("x", ("parameters",), False),
        ("# celltrail: official", (), False),
        ("print('# celltrail: off')", (), False),
        ("%%mlops run", (), False),
    ],
)
def test_off_is_said_by_comment_first_line_or_tag(
    cell: str, tags: tuple[str, ...], off: bool
) -> None:
    assert is_switched_off(cell, tags) is off


@pytest.mark.parametrize("above", ["%%time", "%%timeit -n1", "%%capture out", "%%time\n%%capture"])
def test_a_directive_below_a_magic_that_runs_its_body_counts(above: str) -> None:
    """It was taken off with the body of `%%time`, and nobody had read it."""
    cell = f"{above}\n\n%%mlops run --name base\nx = 1\n"
    lines = cell.splitlines(keepends=True)
    found = read_directive(cell)
    left = transform_lines(lines)

    assert found is not None
    assert found.name == "base"
    assert "".join(left) == f"{above}\n\n#\nx = 1\n"
    assert transform_lines(left) == left
    assert is_switched_off(f"{above}\n%%mlops off\nx")


@pytest.mark.parametrize("above", ["%%writefile x.py", "%%bash", "%%timeout", "x = 1"])
def test_a_directive_below_anything_else_is_text(above: str) -> None:
    lines = [f"{above}\n", "%%mlops run\n", "x = 1\n"]

    assert read_directive("".join(lines)) is None
    assert transform_lines(lines) == lines
    assert not is_switched_off(f"{above}\n%%mlops off\n")


def test_a_directive_between_two_magics_is_left_out() -> None:
    lines = ["\n", "%%time\n", "%%mlops run\n", "%%capture\n", "x = 1"]

    assert transform_lines(lines) == ["%%time\n", "%%capture\n", "x = 1"]


def test_an_exported_off_cell_is_switched_off() -> None:
    assert is_switched_off("get_ipython().run_cell_magic('mlops', 'off', 'token = 1')")
    assert not is_switched_off("get_ipython().run_cell_magic('mlops', 'offer', 'token = 1')")
