"""The filter language: what it means, what it refuses, and that nothing slips through."""

from __future__ import annotations

import fnmatch
import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trail_rows import Trail, metric, param

from celltrail.core.errors import UsageFault
from celltrail.store.filter import compile_filter, compile_order, parse
from celltrail.store.trail import list_results

INF, NAN = float("inf"), float("nan")
ROWS: list[dict[str, object]] = [
    {"metrics": {"auc": 0.9, "acc": 1.0}, "params": {"C": 1, "kind": "svc", "7up": "7"}},
    {"metrics": {"auc": 0.5}, "params": {"C": 1.0, "kind": "SVC", "flag": True}},
    {"metrics": {"auc": NAN, "acc": 0.0}, "params": {"C": "1", "kind": None}},
    {"metrics": {"acc": INF}, "params": {"C": 7, "kind": "knn"}},
    {"metrics": {"acc": -INF, "auc": -1e-9}, "params": {"flag": False, "C": -2.5}},
    {"metrics": {"other": 3.0}, "params": {}},
]


@pytest.fixture(scope="module")
def trail() -> Trail:
    trail = Trail()
    for n, row in enumerate(ROWS):
        trail.execute(
            f"score({n})",
            metrics=[metric(k, v) for k, v in row["metrics"].items()],
            params=[param(k, v) for k, v in row["params"].items()],
            notebook=f"folder/nb{n % 2}.ipynb",
            cell=f"cell-{n}",
            run=trail.run("base") if n == 0 else None,
            environment="env-1" if n < 3 else None,
            uses={"df": (None, n % 3, "frame")},
            unseeded=["numpy"] if n == 1 else None,
        )
    trail.connection.execute("INSERT INTO tag VALUES (?, 'stage', 'final')", (_id(trail, 1),))
    trail.connection.execute("INSERT INTO tag VALUES (?, 'stage', 'draft')", (_id(trail, 2),))
    return trail


def _id(trail: Trail, execution: int) -> str:
    row = trail.connection.execute("SELECT hex(uuid) FROM execution WHERE id = ?", (execution,))
    return str(row.fetchone()[0]).lower()


def matches(trail: Trail, text: str) -> list[int]:
    page = list_results(trail.connection, where=text, order_by="started_at", limit=100)
    return [row.execution for row in page.rows]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [1, 2, 3, 4, 5, 6]),
        ("metrics.auc > 0.4", [1, 2]),
        ("auc > 0.4", [1, 2]),
        ("auc >= 0.5 and not auc = 0.5", [1]),
        ("metric.auc = nan", [3]),
        ("auc != nan", [1, 2, 5]),
        ("acc = inf or acc = -inf", [4, 5]),
        ("acc > 100", [4]),
        ("auc != 0.9", [2, 3, 5]),
        ("auc is null", [4, 6]),
        ("auc in (nan, 0.5)", [2, 3]),
        ("params.C in ('1', 1, 1, -2.5, 9007199254740993)", [1, 2, 3, 5]),
        ("params.flag in (true, false)", [2, 5]),
        ("auc is not null", [1, 2, 3, 5]),
        ("acc in (1, 0)", [1, 3]),
        ("acc not in (1, 0)", [2, 4, 5, 6]),
        ("params.C = 1", [1, 2]),
        ("params.C = 1.0", [1, 2]),
        ("params.C = '1'", [3]),
        ('params.C = "1"', [3]),
        ("params.C != 1", [3, 4, 5]),
        ("params.C > 0", [1, 2, 4]),
        ("params.C < 0", [5]),
        ("params.C IN (7, '1')", [3, 4]),
        ("params.`7up` = '7'", [1]),
        ('params."7up" = 7', []),
        ("params.flag = true", [2]),
        ("params.flag = false", [5]),
        ("params.flag = 1", []),
        ("kind = 'svc'", [1]),
        ("kind LIKE 's%'", [1]),
        ("kind ILIKE 's_c'", [1, 2]),
        ("kind NOT LIKE 's%'", [2, 3, 4, 5, 6]),
        ("kind > 'kzz'", [1]),
        ("tags.stage = 'final'", [1]),
        ("tag.stage != 'final'", [2]),
        ("tags.stage is null", [3, 4, 5, 6]),
        ("stage = 'draft'", [2]),
        ("status = 'ok' and attributes.notebook = 'nb1.ipynb'", [2, 4, 6]),
        ("notebook = 'folder/nb0.ipynb'", [1, 3, 5]),
        ("notebook != 'nb0.ipynb'", [2, 4, 6]),
        ("cell LIKE 'cell-_'", [1, 2, 3, 4, 5, 6]),
        ("cell = 'cell-3'", [4]),
        ("run = 'base'", [1]),
        ("run is null", [2, 3, 4, 5, 6]),
        ("unseeded = true", [2]),
        (
            "started_at > '2023-01-01' and started_at < '2024-01-01T00:00:00+00:00'",
            [1, 2, 3, 4, 5, 6],
        ),
        ("started_at < 5", []),
        ("duration = 0.5", [1, 2, 3, 4, 5, 6]),
        ("env.python = '3.11.7'", [1, 2, 3]),
        ("env.pandas LIKE '3%'", [1, 2, 3]),
        ("env.pandas != '2'", [1, 2, 3]),
        ("code.source LIKE '%score(2)%'", [3]),
        ("data.df is null", []),
        ("data.df = 'ct1:64663d302e2e2e2e2e2e2e2e2e2e2e2e'", [1, 4]),
        ("data.df != '64663d302e2e2e2e2e2e2e2e2e2e2e2e'", [2, 3, 5, 6]),
        ("(auc > 0 or acc > 0) and not (params.C = 1 or other = 3)", [4]),
        ("not not auc > 0.6", [1]),
        ("not auc > 0.6", [2, 3, 4, 5, 6]),
    ],
)
def test_conditions_mean_what_they_say(trail: Trail, text: str, expected: list[int]) -> None:
    assert matches(trail, text) == expected


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("metrics.acu > 1", "auc"),
        ("params.knd = 'x'", "kind"),
        ("attributes.statsu = 'ok'", "status"),
        ("tags.stag = 'x'", "stage"),
        ("data.d = 'x'", "df"),
        ("code.text = 'x'", "source"),
        ("env.panda = 'x'", "pandas"),
        ("nothing_like_it = 1", "choose from"),
        ("auc >", "number or a quoted text"),
        ("auc > best", "'best'"),
        ("auc > 'x'", "compared with a number"),
        ("auc 3", "expected here"),
        ("auc > 1 acc", "AND, OR or the end"),
        ("(auc > 1", "closing parenthesis"),
        ("auc in 3", "list in parentheses"),
        ("auc in (3", "comma"),
        ("auc is 3", "NULL"),
        ("auc like 'x'", "a metric is a number"),
        ("kind like 3", "quoted pattern"),
        ("kind = 'x", "never closed"),
        ("auc > 1; drop table result", "';'"),
        ("started_at > 'yesterday'", "2026-01-31"),
        ("unseeded = 3", "true or false"),
        ("(" * 60 + "auc > 1" + ")" * 60, "parentheses"),
        (" or ".join(["auc > 1"] * 300), "conditions"),
        ("auc > 1" + " " * 20_000, "characters"),
        ("kind like '" + "%a" * 40 + "'", "%"),
        ("metrics. > 1", "name was expected"),
    ],
)
def test_mistakes_are_named(trail: Trail, text: str, says: str) -> None:
    with pytest.raises(UsageFault) as caught:
        matches(trail, text)

    assert says.lower() in str(caught.value).lower()


def test_a_syntax_error_points_at_its_place() -> None:
    with pytest.raises(UsageFault) as caught:
        parse("auc > 0.9 AND ! x")

    line, caret = caught.value.fact.splitlines()[-2:]
    assert line[caret.index("^")] == "!"


def test_a_name_that_is_metric_and_param_must_say_which() -> None:
    trail = Trail()
    trail.execute(metrics=[metric("size", 1.0)], params=[param("size", 2)])

    with pytest.raises(UsageFault, match="a metric and a param"):
        matches(trail, "size > 0")
    assert matches(trail, "params.size = 2") == [1]


def test_an_empty_store_has_no_unknown_columns() -> None:
    assert matches(Trail(), "metrics.auc > 1 and params.C = 1 and tags.x = 'y'") == []


@pytest.mark.parametrize(
    "hostile",
    [
        "x' OR '1'='1",
        "'; DROP TABLE result; --",
        '" OR 1=1 --',
        "%' UNION SELECT 1 --",
        "\\' OR 1",
        "`",
        "*[",
        "é'",
    ],
)
def test_values_and_names_are_never_pasted(trail: Trail, hostile: str) -> None:
    quoted = hostile.replace("'", "''")
    for text in (
        f"kind = '{quoted}'",
        f"kind LIKE '{quoted}'",
        f"stage = '{quoted}'",
        f"notebook IN ('{quoted}')",
        f"data.df = '{quoted}'",
    ):
        assert matches(trail, text) == []
    name = hostile.replace("`", "")
    with pytest.raises(UsageFault):
        matches(trail, f"metrics.`{name}` = 1")
    assert trail.connection.execute("SELECT count(*) FROM result").fetchone()[0] == len(ROWS)


def test_every_literal_of_a_filter_is_bound(trail: Trail) -> None:
    compiled = compile_filter(
        trail.connection, "kind = 'zqx' and auc > 0.123 and tags.stage = 'wvu'"
    )

    assert "zqx" not in compiled.sql
    assert "0.123" not in compiled.sql
    assert "wvu" not in compiled.sql


WORDS = [
    "metrics.",
    "params.",
    "auc",
    "C",
    "kind",
    "`",
    "'",
    '"',
    "(",
    ")",
    "AND",
    "or",
    "NOT",
    "IN",
    "LIKE",
    "is",
    "null",
    "=",
    "!=",
    "<",
    ">=",
    "0.9",
    "-7",
    "1e999",
    "nan",
    ",",
    "tags.stage",
    "data.df",
    "env.",
    "status",
    " ",
    "\n",
    "--",
    ";",
    "\\",
    "\0",
    "\ud800",
    "é",
    "_",
    "%",
]


@settings(max_examples=10_000)
@given(st.one_of(st.text(), st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)))
def test_random_text_runs_or_is_refused_with_a_usage_fault(text: str) -> None:
    try:
        list_results(RANDOM.connection, where=text, limit=5)
    except UsageFault:
        return


RANDOM = Trail()
for _row in ROWS:
    RANDOM.execute(
        metrics=[metric(k, v) for k, v in _row["metrics"].items()],
        params=[param(k, v) for k, v in _row["params"].items()],
    )

NUMBERS = st.sampled_from([0, 1, 1.0, 7, -2.5, 0.5, 0.9, INF, -INF])
TEXTS = st.sampled_from(["svc", "SVC", "knn", "1", "7", "s%", "%c", "_vc"])


def leaves() -> st.SearchStrategy[tuple[str, object]]:
    """Return (text, predicate on a row) of single conditions."""

    def number_test(space: str, name: str, operator: str, value: float) -> tuple[str, object]:
        def met(row: dict[str, dict[str, object]]) -> bool:
            if name not in row[space]:
                return False
            found = row[space][name]
            is_number = type(found) in (int, float)
            if operator == "!=":
                return not (is_number and found == value)
            if not is_number:
                return False
            return {
                "=": found == value,
                "<": found < value,
                ">": found > value,
                "<=": found <= value,
                ">=": found >= value,
            }[operator]

        return f"{space}.{name} {operator} {value!r}", met

    def like_test(name: str, operator: str, pattern: str) -> tuple[str, object]:
        def met(row: dict[str, dict[str, object]]) -> bool:
            found = row["params"].get(name)
            if not isinstance(found, str):
                return False
            shell = pattern.replace("%", "*").replace("_", "?")
            if operator == "ilike":
                return fnmatch.fnmatchcase(found.lower(), shell.lower())
            return fnmatch.fnmatchcase(found, shell)

        return f"params.{name} {operator} '{pattern}'", met

    def text_test(name: str, operator: str, value: str) -> tuple[str, object]:
        def met(row: dict[str, dict[str, object]]) -> bool:
            if name not in row["params"]:
                return False
            return (row["params"][name] == value) == (operator == "=")

        return f"params.{name} {operator} '{value}'", met

    def null_test(space: str, name: str) -> tuple[str, object]:
        return f"{space}.{name} IS NULL", lambda row: name not in row[space]

    def in_test(values: list[float]) -> tuple[str, object]:
        def met(row: dict[str, dict[str, object]]) -> bool:
            found = row["params"].get("C")
            return type(found) in (int, float) and found in values

        return f"params.C IN ({', '.join(map(repr, values))})", met

    operators = st.sampled_from(["=", "!=", "<", ">", "<=", ">="])
    return st.one_of(
        st.builds(
            number_test, st.just("metrics"), st.sampled_from(["auc", "acc"]), operators, NUMBERS
        ),
        st.builds(number_test, st.just("params"), st.just("C"), operators, NUMBERS),
        st.builds(text_test, st.sampled_from(["C", "kind"]), st.sampled_from(["=", "!="]), TEXTS),
        st.builds(
            like_test, st.sampled_from(["C", "kind"]), st.sampled_from(["like", "ilike"]), TEXTS
        ),
        st.builds(null_test, st.sampled_from(["metrics"]), st.sampled_from(["auc", "acc"])),
        st.builds(null_test, st.just("params"), st.sampled_from(["C", "kind", "flag"])),
        st.builds(in_test, st.lists(st.sampled_from([1, 7.0, -2.5]), min_size=1, max_size=3)),
    )


def both(kind: str, one: tuple, other: tuple) -> tuple[str, object]:
    joined = f"({one[0]} {kind} {other[0]})"
    if kind == "and":
        return joined, lambda row: one[1](row) and other[1](row)
    return joined, lambda row: one[1](row) or other[1](row)


def negated(one: tuple) -> tuple[str, object]:
    return f"NOT ({one[0]})", lambda row: not one[1](row)


LEAF = leaves()
PAIR = st.builds(both, st.sampled_from(["and", "or"]), LEAF, LEAF)
SMALL = st.one_of(LEAF, PAIR, st.builds(negated, PAIR))
TREES = st.one_of(SMALL, st.builds(both, st.sampled_from(["and", "or"]), SMALL, SMALL))
TREES = st.one_of(TREES, st.builds(negated, TREES))


@settings(max_examples=1_000)
@given(TREES)
def test_filters_agree_with_python(tree: tuple) -> None:
    text, met = tree
    page = list_results(RANDOM.connection, where=text, order_by="started_at")
    found = [row.execution - 1 for row in page.rows]

    assert found == [n for n, row in enumerate(ROWS) if met(row)]


def test_orders_are_read_with_direction() -> None:
    keys = compile_order(RANDOM.connection, "metrics.auc DESC, C asc, status")
    short = compile_order(RANDOM.connection, ["-auc"])

    assert [(key.namespace, key.name, key.is_descending) for key in keys] == [
        ("metrics", "auc", True),
        ("params", "C", False),
        ("attributes", "status", False),
    ]
    assert short == keys[:1]
    with pytest.raises(UsageFault):
        compile_order(RANDOM.connection, "auc upwards")
    with pytest.raises(UsageFault):
        compile_order(RANDOM.connection, "code.source")


def test_a_filter_never_raises_sqlite_errors_for_long_lists() -> None:
    values = ", ".join(str(n) for n in range(200))
    big = ", ".join(str((1 << 60) + n) for n in range(200))
    try:
        list_results(
            RANDOM.connection,
            where=f"params.C in ({values}) or params.C in ({big}) or acc in ({values})",
        )
    except sqlite3.Error as error:  # pragma: no cover
        pytest.fail(str(error))
