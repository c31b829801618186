"""What a recipe keeps, on trails written by hand: one rule a test, each with what it drops."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from trail_rows import Trail, metric

from celltrail.core.errors import NotFound
from celltrail.lineage.recipes.recipe import recipe, recipe_of_result
from celltrail.lineage.recipes.recipe_report import RecipeReport

NOWHERE = Path("/nonexistent")
FRAME = "pandas.DataFrame"


@pytest.fixture
def trail() -> Trail:
    return Trail()


def asked(trail: Trail, *members: int) -> RecipeReport:
    return recipe(trail.connection, members, result="asked", store=NOWHERE, with_dropped=True)


def kept(trail: Trail, *members: int) -> list[str]:
    return [step.code for step in asked(trail, *members).steps]


def ambient(trail: Trail, name: str, code: str, **options: Any) -> int:
    return trail.execute(code, makes={name: (code, "ambient")}, **options)


def opaque(trail: Trail, row: int, *words: str) -> int:
    trail.connection.execute(
        "UPDATE execution SET opaque = ? WHERE id = ?", (json.dumps(words), row)
    )
    return row


# --- edges ------------------------------------------------------------------------------------


def test_a_recipe_keeps_what_was_used_and_says_why(trail) -> None:
    read = trail.execute("df = read()", makes={"df": (1, FRAME)}, cell="a")
    trail.execute("df.head()", uses={"df": (read, 1, FRAME)})
    fit = trail.execute("fit(df)", uses={"df": (read, 1, FRAME)}, makes={"m": (1, "estimator")})
    score = trail.execute("score(m)", uses={"m": (fit, 1, "estimator")}, metrics=[metric("a", 1)])
    trail.execute("df = None", uses={"df": (read, 1, FRAME)}, makes={"df": (2, FRAME)})

    found = recipe_of_result(trail.connection, 1, store=NOWHERE, with_dropped=True)

    assert [step.row for step in found.steps] == [read, fit, score]
    assert [step.reason for step in found.steps] == [
        "makes df, used by In [3]", "makes m, used by In [4]", "result"
    ]  # fmt: skip
    assert found.steps[0].names == ("df",)
    assert [step.code for step in found.dropped] == ["df.head()"]  # what came later is not listed
    assert found.dropped[0].reason == "dropped: nothing the result needs"
    assert found.result == trail.id(4)


def test_a_step_of_a_result_keeps_its_whole_name(trail) -> None:
    step = f"{'0' * 24}8ec3d0a2.3"
    members = [trail.execute("x = 1")]

    found = recipe(trail.connection, members, result=step, store=NOWHERE)

    assert found.summary == "1 of 1 execution makes 8ec3d0a2.3 again"


def test_a_result_that_is_not_there_is_not_found(trail) -> None:
    with pytest.raises(NotFound):
        recipe_of_result(trail.connection, 9, store=NOWHERE)


def test_draws_between_the_seed_and_the_use_are_kept(trail) -> None:
    name, seed = "ambient:random", "seed:random"
    trail.execute("random.random()", makes={name: (0, "ambient")})
    seeding = trail.execute("random.seed(1)", makes={name: (1, "ambient")})
    between = trail.execute(
        "random.random()",
        uses={name: (seeding, 1, "ambient"), seed: (seeding, 1, "ambient")},
        makes={name: (2, "ambient")},
    )
    draw = trail.execute(
        "x = random.random()",
        uses={name: (between, 2, "ambient"), seed: (seeding, 1, "ambient")},
        makes={name: (3, "ambient"), "x": (1, "float")},
    )

    found = asked(trail, draw)

    assert [step.row for step in found.steps] == [seeding, between, draw]
    assert found.steps[0].reason.startswith("seeds random")
    assert found.steps[1].reason == "moves random on from its seed, used by In [4]"


def test_draws_without_a_seed_have_no_order_to_repeat(trail) -> None:
    name = "ambient:random"
    first = trail.execute("random.random()", makes={name: (1, "ambient")}, unseeded=["random"])
    draw = trail.execute(
        "x = random.random()", uses={name: (first, 1, "ambient")}, unseeded=["random"]
    )

    found = asked(trail, draw)

    assert [step.row for step in found.steps] == [draw]
    assert found.unseeded == ("random",)
    assert [finding.verdict for finding in found.findings] == ["warning"]


def test_names_from_outside_are_said_to_be_unknown(trail) -> None:
    use = trail.execute("y = x + 1", uses={"x": (None, 1, "int"), "file:a.csv": (None, 1, "file")})

    assert asked(trail, use).outside == ("x",)


# --- settings of libraries, folder, environment -----------------------------------------------


@pytest.mark.parametrize(
    ("name", "code", "user", "is_kept"),
    [
        ("ambient:pandas.options", "pd.options.mode.x = 1", "df.sum()", True),
        ("ambient:pandas.options", "pd.set_option('display.width', 9)", "df.sum()", False),
        ("ambient:pandas.options", "pd.set_option('display.width', 9)", "df.to_string()", True),
        ("ambient:pandas.options", "pd.set_option('display.x', 9)", "pd.get_option('x')", True),
        ("ambient:matplotlib.rcParams", "plt.rcParams['a'] = 1", "df.sum()", False),
        ("ambient:matplotlib.rcParams", "plt.rcParams['a'] = 1", "df.plot()", True),
        ("ambient:module.numpy", "np.seterr(all='raise')", "df / 0", True),
        ("ambient:module.torch", "torch.set_default_dtype(x)", "df / 0", False),
        ("ambient:module.warnings", "filterwarnings('ignore')", "try: df / 0", False),
        ("ambient:module.warnings", "filterwarnings('error')", "try: df / 0", True),
        ("ambient:module.locale", "setlocale(0, 'de')", "df.sum()", False),
        ("ambient:module.locale", "setlocale(0, 'de')", "t.strftime('%A')", True),
        ("ambient:module.json", "json.dumps = mine", "write(dumps(df))", True),
        ("ambient:display.numpy", "np.set_printoptions(3)", "df.sum()", False),
        ("environ:MODE", "os.environ['MODE'] = 'a'", "df.sum()", False),
        ("environ:MODE", "os.environ['MODE'] = 'a'", "os.getenv('MODE')", True),
        ("environ:MODE", "os.environ['MODE'] = 'a'", "os.environ['OTHER']", False),
        ("environ:MODE", "os.environ['MODE'] = 'a'", "os.environ[key]", True),
        ("environ:TZ", "os.environ['TZ'] = 'UTC'", "df.sum()", True),
        ("environ:PANDAS_X", "os.environ['PANDAS_X'] = '1'", "df.sum()", True),
        ("ambient:cwd", "os.chdir('a')", "df.sum()", False),
        ("ambient:cwd", "os.chdir('a')", "Path.cwd()", True),
        ("folder:out", "os.mkdir('out')", "df.sum()", False),
        ("folder:out", "os.mkdir('out')", "df.to_csv(f'out/{n}')", True),
    ],
)  # fmt: skip
def test_hidden_state_is_kept_where_later_code_may_depend_on_it(
    trail, name, code, user, is_kept
) -> None:
    ambient(trail, name, code)
    used = trail.execute(user, uses={"df": (None, 1, FRAME)})

    assert kept(trail, used) == ([code, user] if is_kept else [user])


def test_a_setting_after_the_last_use_is_dropped(trail) -> None:
    use = trail.execute("df / 0", uses={"df": (None, 1, FRAME)})
    ambient(trail, "ambient:module.numpy", "np.seterr(all='raise')")
    last = trail.execute("y = 1", makes={"y": (1, "int")})

    assert kept(trail, use, last) == ["df / 0", "y = 1"]


def test_every_change_of_the_folder_before_a_file_is_kept(trail) -> None:
    ambient(trail, "ambient:cwd", "os.chdir('a')")
    ambient(trail, "ambient:cwd", "os.chdir('..')")
    read = trail.execute("open('x')", uses={"file:x": (None, 1, "file")})

    assert kept(trail, read) == ["os.chdir('a')", "os.chdir('..')", "open('x')"]


def test_the_needs_of_a_setting_are_kept_too(trail) -> None:
    level = trail.execute("level = 'raise'", makes={"level": (1, "str")})
    trail.execute(
        "np.seterr(all=level)",
        uses={"level": (level, 1, "str")},
        makes={"ambient:module.numpy": (1, "ambient")},
    )
    use = trail.execute("a / 0", uses={"a": (None, 1, "numpy.ndarray")})

    assert kept(trail, use) == ["level = 'raise'", "np.seterr(all=level)", "a / 0"]


# --- what was not seen ------------------------------------------------------------------------


def test_a_cell_of_which_only_a_sample_was_compared_may_have_changed_it(trail) -> None:
    made = trail.execute("df = read()", makes={"df": (1, FRAME)})
    maybe = trail.execute("f(df)", uses={"df": (made, 1, FRAME)})
    trail.connection.execute(
        "UPDATE used SET \"check\" = 'sampled-equal' WHERE execution_id = ?", (maybe,)
    )
    use = trail.execute("df.sum()", uses={"df": (made, 1, FRAME)})

    assert kept(trail, use) == ["df = read()", "f(df)", "df.sum()"]
    assert kept(trail, made) == ["df = read()"]


def test_code_in_a_text_is_followed_by_its_words(trail) -> None:
    base = trail.execute("base = 2", makes={"base": (2, "int")})
    trail.execute("spare = 3", makes={"spare": (3, "int")})
    text = trail.execute("text = 'y = base * 2'", makes={"text": (1, "str")})
    run = opaque(trail, trail.execute("exec(text)", uses={"text": (text, 1, "str")}), "exec")

    assert [step.row for step in asked(trail, run).steps] == [base, text, run]


def test_code_in_a_text_may_change_what_it_names(trail) -> None:
    rows = trail.execute("rows = [1]", makes={"rows": (1, "list")})
    text = trail.execute("text = 'rows.append(2)'", makes={"text": (1, "str")})
    run = opaque(trail, trail.execute("exec(text)", uses={"text": (text, 1, "str")}), "exec")
    opaque(trail, trail.execute("exec('z = 1')"), "exec")
    use = trail.execute("sum(rows)", uses={"rows": (rows, 1, "list")})

    assert [step.row for step in asked(trail, use).steps] == [rows, text, run, use]


def test_a_name_taken_from_globals_by_its_start_is_found(trail) -> None:
    trail.execute("part_a = 1", makes={"part_a": (1, "int")})
    trail.execute("other = 1", makes={"other": (1, "int")})
    use = trail.execute("globals()[f'part_{letter}']")

    assert kept(trail, use) == ["part_a = 1", "globals()[f'part_{letter}']"]


def test_a_shell_line_is_kept_for_the_file_that_it_names(trail) -> None:
    made = trail.execute("save('a.txt')", makes={"file:a.txt": (1, "file")})
    trail.execute("save('b.txt')", makes={"file:b.txt": (1, "file")})
    copied = opaque(trail, trail.execute("!cp a.txt deep/c.txt"), "shell")
    opaque(trail, trail.execute("!echo hello"), "shell")
    opaque(trail, trail.execute("!pip install c.txt"), "shell")
    read = trail.execute("open('deep/c.txt')", uses={"file:deep/c.txt": (None, 9, "file")})

    found = asked(trail, read)

    assert [step.row for step in found.steps] == [made, copied, read]
    assert "installs packages" in found.dropped[-1].reason


def test_a_script_may_read_any_file_written_before(trail) -> None:
    made = trail.execute("save('settings.json')", makes={"file:settings.json": (1, "file")})
    run = opaque(
        trail, trail.execute("!python train.py", makes={"file:out.csv": (1, "file")}), "shell"
    )

    assert [step.row for step in asked(trail, run).steps] == [made, run]


def test_a_deleted_name_matters_where_the_builtin_is_meant_again(trail) -> None:
    shadow = trail.execute("sum = 5\nx = [1]", makes={"sum": (5, "int"), "x": (1, "list")})
    for name in ("sum", "spare"):
        row = trail.execute(f"del {name}")
        trail.connection.execute("INSERT INTO invalidated VALUES (?, ?)", (row, name))
    use = trail.execute("sum(x)", uses={"x": (shadow, 1, "list")})

    assert kept(trail, use) == ["sum = 5\nx = [1]", "del sum", "sum(x)"]


@pytest.mark.parametrize("later", ["rebound", "deleted"])
def test_a_class_that_was_changed_is_kept_so_for_instances_made_before_its_name_meant_another(
    trail, later
) -> None:
    made = trail.execute("class A: ...", makes={"A": (1, "type")})
    instance = trail.execute(
        "a = A()", uses={"A": (made, 1, "type")}, makes={"a": (1, "__main__.A")}
    )
    changed = trail.execute("A.x = 2", uses={"A": (made, 1, "type")}, makes={"A": (2, "type")})
    trail.connection.execute(
        "UPDATE generated SET change = 'mutated' WHERE execution_id = ?", (changed,)
    )
    if later == "rebound":
        trail.execute("class A: pass", makes={"A": (3, "type")})
    else:
        row = trail.execute("del A")
        trail.connection.execute("INSERT INTO invalidated VALUES (?, 'A')", (row,))
    plain = trail.execute("n = 1", makes={"n": (1, "int")})
    use = trail.execute("a.x", uses={"a": (instance, 1, "__main__.A")})

    assert [step.row for step in asked(trail, use).steps] == [made, instance, changed, use]
    assert [step.row for step in asked(trail, instance, plain).steps] == [made, instance, plain]


def test_a_magic_is_kept_with_what_defines_it(trail) -> None:
    trail.execute("%load_ext sql")
    trail.execute("@register_line_magic\ndef double(line): ...", makes={"double": (1, "function")})
    trail.execute("@register_line_magic\ndef other(line): ...", makes={"other": (1, "function")})
    use = trail.execute("%time x = 1\n%double 3")

    assert kept(trail, use) == [
        "%load_ext sql", "@register_line_magic\ndef double(line): ...", "%time x = 1\n%double 3"
    ]  # fmt: skip


# --- sessions ---------------------------------------------------------------------------------


def test_a_file_of_another_session_brings_the_cell_that_wrote_it(trail) -> None:
    trail.execute("save(old)", makes={"file:a.csv": (1, "file")}, session="first")
    trail.execute("copy()", makes={"file:b.csv": (1, "file")}, session="first")
    trail.execute("save(newer)", makes={"file:a.csv": (2, "file")}, session="first")
    read = trail.execute("read()", uses={"file:a.csv": (None, 2, "file")}, session="second")

    found = asked(trail, read)

    assert [step.code for step in found.steps] == ["save(newer)", "read()"]
    assert found.steps[0].reason == "writes a.csv, read by In [4]"
    assert [step.code for step in found.dropped] == ["save(old)", "copy()"]


def test_what_was_reproduced_wrote_no_file_of_a_recipe(trail) -> None:
    run = trail.run("again", kind="reproduce")
    trail.execute("save()", makes={"file:a.csv": (1, "file")}, session="first", run=run)
    read = trail.execute("read()", uses={"file:a.csv": (None, 1, "file")}, session="second")

    assert kept(trail, read) == ["read()"]


def test_sessions_side_by_side_do_not_mix(trail) -> None:
    x = trail.execute("x = 1", makes={"x": (1, "int")}, session="reader")
    trail.execute("x = 2", makes={"file:a": (1, "file")}, session="writer")
    read = trail.execute(
        "read(x)", uses={"x": (x, 1, "int"), "file:a": (None, 1, "file")}, session="reader"
    )

    assert kept(trail, read) == ["x = 2", "x = 1", "read(x)"]


# --- the report -------------------------------------------------------------------------------


def test_the_report_survives_being_stored_and_lists_executions(trail) -> None:
    made = trail.execute("x = 1", makes={"x": (1, "int")}, cell="c1")
    trail.execute("'aside'")
    use = trail.execute("key = '‹redacted:key›'; x", uses={"x": (made, 1, "int")})

    found = recipe(trail.connection, [use], result="asked", store=NOWHERE)

    assert RecipeReport.from_document(json.loads(json.dumps(found.document()))) == found
    assert found.redacted == ("KEY",)
    rows = found.data()
    assert [(row["code"], row["reason"], row["kept"], row["names"]) for row in rows] == [
        ("x = 1", "makes x, used by In [3]", True, ["x"]),
        ("key = '‹redacted:key›'; x", "result", True, []),
    ]
    assert {"id", "cell", "notebook", "count"} <= rows[0].keys()
    assert found.records() == rows


def test_what_is_dropped_is_counted_and_listed_where_asked(trail) -> None:
    trail.execute("'aside'")
    use = trail.execute("x = 1")

    plain = recipe(trail.connection, [use], result="asked", store=NOWHERE)
    listed = asked(trail, use)

    assert (plain.dropped, plain.dropped_count, listed.dropped_count) == ((), 1, 1)
    assert "1 execution not needed; --dropped lists them" in plain.parts(str)
    assert [row["code"] for row in plain.data()] == ["x = 1"]
    assert [(row["code"], row["kept"]) for row in listed.data()] == [
        ("'aside'", False),
        ("x = 1", True),
    ]
    assert RecipeReport.from_document(json.loads(json.dumps(listed.document()))) == listed


def test_the_path_of_the_notebook_is_not_said_with_each_step(trail) -> None:
    made = trail.execute("x = 1", makes={"x": (1, "int")}, cell="c1")
    use = trail.execute("x + 1", uses={"x": (made, 1, "int")}, cell="c2")

    lines = [part for part in asked(trail, use).parts(str) if isinstance(part, str)]

    assert lines[1:] == [
        f"In [1] {trail.id(made)[-8:]}  makes x, used by In [2]",
        f"In [2] {trail.id(use)[-8:]}  result",
    ]


def test_long_code_is_read_from_its_file_and_missed_when_it_is_gone(trail) -> None:
    long = trail.execute("x")
    trail.connection.execute("UPDATE code SET source = NULL, blob = ?", ("ab" * 16,))

    with pytest.raises(NotFound):
        asked(trail, long)
