from __future__ import annotations

import pytest

from celltrail.core.cell_slice import loaded_names, slice_of

CASES = {
    "what another line made is left out": (
        "a = f(x)\nb = f(y)\nc = a + 1", "c", (), ["a = f(x)", "c = a + 1"], {"x", "f"}),
    "a later value hides an earlier one": (
        "c = f(x)\nc = y", "c", (), ["c = y"], {"y"}),
    "a branch may keep the earlier one": (
        "c = x\nif q:\n    c = y", "c", (), ["c = x", "if q:", "    c = y"], {"x", "y", "q"}),
    "a store into a part adds to what was there": (
        "df['r'] = df.a / m", "df", ("df",), ["df['r'] = df.a / m"], {"df", "m"}),
    "a method may change what it is called on": (
        "df.update(o)\nn = df.size", "df", ("df",), ["df.update(o)"], {"df", "o"}),
    "a method changes nothing that stayed the same": (
        "d2 = df.merge(o)\ndf = df.copy()", "df", ("d2",), ["df = df.copy()"], {"df"}),
    "several names at once": (
        "a, b = split(x, y)", "b", (), ["a, b = split(x, y)"], {"split", "x", "y"}),
    "what a function of the cell reads counts": (
        "def g():\n    return raw\nc = g()", "c", (), ["def g():", "    return raw", "c = g()"],
        {"raw"}),
    "imports and magics are no steps": (
        "%%time\nimport pandas as pd\nc = pd.concat([x])", "c", (), ["c = pd.concat([x])"], {"x"}),
}  # fmt: skip


@pytest.mark.parametrize(("code", "name", "changed", "lines", "inputs"), CASES.values(), ids=CASES)
def test_slice(
    code: str, name: str, changed: tuple[str, ...], lines: list[str], inputs: set[str]
) -> None:
    found = slice_of(code, name, changed=changed)

    assert list(found.lines) == lines
    assert found.inputs == inputs


def test_calls_are_named_in_full() -> None:
    code = "import pandas as pd\nfrom sklearn.svm import SVC as S\nm = S().fit(pd.read_csv('a'))"

    assert {"pandas.read_csv", "sklearn.svm.SVC"} <= set(slice_of(code, "m").calls)


def test_a_written_file_is_found_in_the_text() -> None:
    found = slice_of("a.to_csv('out/x.csv')\nb.to_csv('y.csv')", "y.csv")

    assert found.lines == ("b.to_csv('y.csv')",)


@pytest.mark.parametrize("code", ["x = (", "", "y = 1"])
def test_a_cell_that_cannot_be_taken_apart_is_taken_whole(code: str) -> None:
    found = slice_of(code, "x")

    assert found.inputs is None
    assert "\n".join(found.lines) == code


def test_names_that_lines_read() -> None:
    assert loaded_names("%matplotlib inline\nx = f(y)") == {"f", "y"}
    assert loaded_names("x = (") is None
