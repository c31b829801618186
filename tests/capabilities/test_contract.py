"""What holds for every row of the table, so that adding one edits no face."""

from __future__ import annotations

import inspect
import json
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from celltrail.capabilities.capability import Capability, Place, figure
from celltrail.capabilities.table import TABLE, capabilities_of
from celltrail.capabilities.wording import clock
from celltrail.core.errors import CelltrailError
from celltrail.core.report import Code, Report, Table, encode_part
from celltrail.faces import magics, render
from celltrail.faces.cli import main
from celltrail.faces.options import help_text, parse
from celltrail.faces.server.asked import Asked, Home
from celltrail.faces.server.questions import reading_reply
from celltrail.lineage.reproducing.reproduction import ReproduceReport
from celltrail.store.database import connect
from celltrail.store.journal import add_report
from celltrail.store.trail import find_result, result_detail

ROOT = Path(__file__).parents[2]
LARGEST_FIGURE = 500_000  # bytes of JSON

CELLS = """
import numpy as np, pandas as pd
# %%
import celltrail
celltrail.log_metric("loss", float("nan"))
celltrail.log_metric("gain", float("inf"))
# %%
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
# %%
X = pd.DataFrame({"a": np.arange(40.0), "b": np.arange(40) % 7})
y = (X["a"] > 20).astype(int)
# %%
%mlops snapshot X --name train
# %%
C = 1.0
# %%
model = LogisticRegression(C=C).fit(X, y)
# %%
auc = roc_auc_score(y, model.predict_proba(X)[:, 1])
# %%
C = 0.0001
# %%
model = LogisticRegression(C=C).fit(X, y)
# %%
auc = roc_auc_score(y, model.predict_proba(X)[:, 1])
""".split("# %%")

by_row = pytest.mark.parametrize("capability", TABLE, ids=lambda row: row.name)


@pytest.fixture(scope="module")
def shell() -> Iterator[InteractiveShell]:
    config = Config()
    config.HistoryManager.enabled = False
    config.HistoryManager.hist_file = ":memory:"
    InteractiveShell.clear_instance()
    ip = InteractiveShell.instance(config=config, colors="nocolor")
    magics.register(ip)
    yield ip
    magics.unregister(ip)
    InteractiveShell.clear_instance()


@pytest.fixture(scope="module")
def recorded(shell: InteractiveShell, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A project whose store holds two comparable results and one of NaN and infinity."""
    from celltrail.capture import hooks

    project = tmp_path_factory.mktemp("project")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(project)
        hooks.load(shell)
        for cell in CELLS:
            shell.run_cell(cell, store_history=True, silent=False).raise_error()
        keep_a_report(project / ".celltrail")
        yield project
        hooks.unload(shell)


def keep_a_report(store: Path) -> None:
    """Keep a verdict, as reproducing a result does in some seconds."""
    connection = connect(store, role="tool")
    result = find_result(connection, "latest")
    target = result_detail(connection, result).result.id
    verdict = ReproduceReport(summary="all the same", verdict="ok", result=target,
                              outcome="identical", at=1_700_000_000_000_000)  # fmt: skip
    add_report(connection, verdict, target=target, at=verdict.at, id="ab" * 16)
    connection.close()


@pytest.fixture
def project(recorded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it for one test, which may delete from it."""
    copy = tmp_path / "project"
    shutil.copytree(recorded, copy)
    monkeypatch.chdir(copy)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.delenv("CELLTRAIL_STORE", raising=False)
    return copy


def asked(capability: Capability, place: Place) -> Report:
    """Ask what the row's example asks."""
    words = shlex.split(capability.example.removeprefix(capability.name))
    options = parse(capability, words, place.face)
    assert options is not None
    for common in ("help", "json", "csv", "store", "debug"):
        options.pop(common, None)
    return capability.run(place, **options)


def parts_or_fault(capability: Capability, place: Place) -> Iterator[object]:
    """Yield what the row says; of an error its fact and its hint, which may not be missing."""
    try:
        report = asked(capability, place)
    except CelltrailError as fault:
        yield from (fault.fact.endswith("."), fault.hint)
    else:
        yield from report.parts(clock())


def place_of(capability: Capability, store: Path) -> Place:
    return Place(store, face=capability.faces[-1])


@by_row
def test_row_is_complete(capability: Capability) -> None:
    parameters = set(inspect.signature(capability.run).parameters) - {"place"}

    assert capability.example.startswith(capability.name)
    assert capability.summary
    assert not capability.summary.endswith(".")
    assert (capability.run.__doc__ or "").strip()
    assert {parameter.name for parameter in capability.parameters} == parameters
    assert all(parameter.help for parameter in capability.parameters)
    assert bool(capability.draw) != bool(capability.no_figure), "a figure, or why there is none"
    assert capability.needs in ("store", "kernel")
    assert issubclass(capability.report_class, Report)


@by_row
def test_row_is_in_the_readme(capability: Capability) -> None:
    readme = (ROOT / "README.md").read_text("utf-8")

    assert re.search(rf"(%mlops|celltrail) {capability.name}\b", readme)


@by_row
def test_help_agrees_with_the_row_on_every_face(capability: Capability, shell, capsys) -> None:
    for face in capability.faces:
        text = help_text(capability, face)

        assert all(
            parameter.help.split(";")[0].split()[0] in text for parameter in capability.parameters
        )
        assert capability.example in text
    if "magic" in capability.faces:
        shell.run_line_magic("mlops", f"help {capability.name}")
        first = capsys.readouterr().out
        shell.run_line_magic("mlops", f"{capability.name} --help")
        assert capsys.readouterr().out == first
    if "cli" in capability.faces:
        assert main(["help", capability.name]) == 0
        first = capsys.readouterr().out
        assert main([capability.name, "--help"]) == 0
        assert capsys.readouterr().out == first


@by_row
@pytest.mark.parametrize("is_made", [False, True], ids=["no store", "empty store"])
def test_with_nothing_recorded_it_says_what_to_do(
    capability: Capability, is_made: bool, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    store = tmp_path / ".celltrail"
    if is_made:
        capabilities_of("cli")["init"].run(Place(store))

    said = list(parts_or_fault(capability, place_of(capability, store)))

    assert said
    assert all(said)


@by_row
def test_report_survives_its_document(capability: Capability, project: Path, shell) -> None:
    report = report_of(capability, project, shell)
    document = json.loads(json.dumps(report.document(), allow_nan=False))

    assert isinstance(report, capability.report_class)
    again = type(report).from_document(document)
    assert json.dumps(again.document()) == json.dumps(report.document())
    assert all(isinstance(part, (str, Table, Code)) for part in report.parts(clock()))


@by_row
def test_every_face_shows_it(capability: Capability, project: Path, shell) -> None:
    report = report_of(capability, project, shell)

    assert render.as_text(report)
    assert render.as_html(report).startswith('<div class="jp-Celltrail-answer"')
    assert json.loads(render.as_json(report)) is not None
    assert isinstance(render.as_csv(report), str)


@by_row
def test_figure_is_valid_and_small_or_there_is_a_reason(
    capability: Capability, project: Path, shell
) -> None:
    report = report_of(capability, project, shell)
    if capability.draw is None:
        with pytest.raises(CelltrailError) as caught:
            figure(capability, report)
        assert caught.value.hint == capability.no_figure
        return
    drawn = figure(capability, report)
    text = drawn.to_json(validate=True)

    assert json.loads(text)["data"]
    assert len(text) < LARGEST_FIGURE


READINGS = [row for row in TABLE if row.is_reading and set(row.faces) == {"magic", "cli"}]


@pytest.mark.parametrize("capability", READINGS, ids=lambda row: row.name)
def test_magic_and_command_line_answer_the_same(
    capability: Capability, project: Path, shell, capsys
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CELLTRAIL_STORE", str(project / ".celltrail"))
        shell.run_line_magic(
            "mlops", f"{capability.example} --json".replace("--json --json", "--json")
        )
        by_magic = capsys.readouterr().out
        main([*shlex.split(capability.example), "--json"])
        by_line = capsys.readouterr().out

    assert json.loads(by_magic) == json.loads(by_line)


@pytest.mark.parametrize(
    "capability", [row for row in TABLE if row.is_quick_reading], ids=lambda row: row.name
)
def test_route_answers_the_report_of_the_command_line(
    capability: Capability, project: Path
) -> None:
    words = shlex.split(capability.example.removeprefix(capability.name))
    options = parse(capability, words, "cli") or {}
    own = {option.name: options[option.name] for option in capability.parameters}
    query = {name: as_query(value) for name, value in own.items() if value not in (None, False)}
    home = Home(project, {})
    by_route = reading_reply(Asked(home, home.place(None, None), None, capability.name, query))
    by_line = capability.run(home.place(None, None), **own)

    assert by_route["report"] == by_line.document()
    assert by_route["parts"] == [encode_part(part) for part in by_line.parts(clock())]
    assert (by_route["figure"] is None) == (capability.draw is None)


def as_query(value: object) -> tuple[str, ...]:
    """Spell an option's value as a query does."""
    return tuple(map(str, value)) if isinstance(value, (list, tuple)) else (str(value),)


def test_a_word_that_is_no_capability_gets_near_matches(shell) -> None:
    with pytest.raises(UsageError, match="results"):
        shell.run_line_magic("mlops", "result")


def report_of(capability: Capability, project: Path, shell: InteractiveShell) -> Report:
    """Ask the row's example where it works: with live objects for those that want them."""
    store = project / ".celltrail"
    if capability.needs == "kernel":
        place = Place(store, face="magic", namespace=shell.user_ns)
        return asked(capability, place)
    return asked(capability, place_of(capability, store))
