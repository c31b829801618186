"""Results run again in real kernels: what came out the same, and what departs first."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from reproduce_histories import LOAD, POINTS, SHOP, Project

from celltrail.core.errors import NotFound, UsageFault
from celltrail.lineage.reproducing.reproduction import ReproduceReport, reproductions
from celltrail.pipeline.clean_kernel import CleanKernel
from celltrail.pipeline.reproduce import reproduce
from celltrail.store import trail
from celltrail.store.database import connect

# One worker runs them all: the reproductions are made once for the module.
pytestmark = [pytest.mark.kernel, pytest.mark.xdist_group("reproduce")]


def lines(report: ReproduceReport) -> list[str]:
    return [str(part) for part in report.parts(lambda at: "now")]


class Reports:
    """Every history run again, two at a time, after the planted breaks; asked for by name."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.before = {
            path: path.stat().st_mtime_ns
            for path in project.folder.rglob("*")
            if path.is_file() and ".celltrail" not in path.parts
        }
        (project.folder / "data" / "points.csv").write_text(POINTS.replace("30", "31"))
        changed = SHOP.replace("1.0", "2.0").replace("2.0\n", "3.0\n")
        (project.folder / "shop" / "__init__.py").write_text(changed)
        asked: dict[str, Callable[[], ReproduceReport]] = {
            name: self.ask(name)
            for name in (
                "pipeline", "steps", "unseeded", "csv", "package", "close", "raises", "secret",
                "project", "run", "large", "later",
            )
        }  # fmt: skip
        without_base = [row for row in project.executions("missing") if not self.is_base(row)]
        asked["missing"] = self.ask("missing", executions=without_base)
        asked["secret given"] = self.ask("secret", PASSWORD="hunter2-correct-horse")
        asked["tells"] = self.ask("tells", API_TOKEN="sk-hunter2-correct-horse-battery")
        asked["shell"] = self.ask("shell", yes=True)
        asked["slow"] = self.ask("slow", timeout=1.0, TEST_SLEEP="60")
        asked["dies"] = self.ask("dies", TEST_DIE="1")
        with (
            tempfile.TemporaryDirectory(prefix="ct") as folder,
            pytest.MonkeyPatch.context() as patch,
        ):
            patch.setattr(tempfile, "tempdir", folder)
            with ThreadPoolExecutor(2) as pool:
                self.futures: dict[str, Future[ReproduceReport]] = {
                    name: pool.submit(call) for name, call in asked.items()
                }
            self.left = list(Path(folder).iterdir())

    def ask(self, name: str, **options: object) -> Callable[[], ReproduceReport]:
        added = {key: str(options.pop(key)) for key in list(options) if key.isupper()}
        return partial(
            reproduce,
            self.project.store,
            self.project.results[name],
            environ=self.project.environ | added,
            **options,
        )

    def is_base(self, row: int) -> bool:
        ((code,),) = self.project.rows(
            "SELECT source FROM code JOIN execution ON code.id = code_id WHERE execution.id = ?",
            row,
        )
        return code == "base = 20"

    def __getitem__(self, name: str) -> ReproduceReport:
        return self.futures[name].result()


@pytest.fixture(scope="module")
def project(_environment_of_nobody: None, tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project(tmp_path_factory.mktemp("reproduce") / "project")


@pytest.fixture(scope="module")
def reports(project: Project) -> Reports:
    return Reports(project)


def test_a_seeded_pipeline_is_identical(reports: Reports):
    found = reports["pipeline"]

    assert (found.outcome, found.verdict) == ("identical", "ok")
    assert found.departure is None
    assert [(pair.name, pair.agreement) for pair in found.metrics] == [("accuracy", "same")]
    assert found.compared >= 6  # X, y, four parts, the model
    assert found.code == 0


def test_a_clock_that_the_metric_does_not_depend_on_is_named_aside(reports: Reports):
    assert "started" in {departure.name for departure in reports["pipeline"].aside}


def test_cells_that_the_result_does_not_need_are_not_run(reports: Reports):
    found = reports["pipeline"]

    codes = reports.project.rows(
        "SELECT source FROM run JOIN run_execution ON run_id = run.id JOIN execution AS e"
        " ON e.id = execution_id JOIN code ON code.id = code_id WHERE run.uuid = ?",
        bytes.fromhex(found.run),
    )
    assert not [code for (code,) in codes if "unrelated" in code]
    assert len(codes) == found.ran == found.asked


def test_a_step_of_a_loop_is_identical(reports: Reports):
    found = reports["steps"]

    assert found.result.endswith(".1")
    assert found.outcome == "identical"
    assert [pair.step for pair in found.metrics] == [1]


def test_an_unseeded_draw_is_the_first_departure(reports: Reports):
    found = reports["unseeded"]

    assert (found.outcome, found.verdict, found.code) == ("different", "failed", 1)
    assert found.departure is not None
    assert (found.departure.what, found.departure.name) == ("variable", "draws")
    assert "without a seed" in found.findings[0].sentence


def test_one_changed_value_of_a_file_is_named_with_its_column(reports: Reports):
    found = reports["csv"]

    assert found.outcome == "different"
    assert [file.path for file in found.files] == ["data/points.csv"]
    assert found.files[0].recorded != found.files[0].present
    assert found.departure is not None
    assert (found.departure.name, found.departure.column) == ("points", "b")
    assert "data/points.csv" in found.summary


def test_a_changed_package_is_named_with_both_versions_and_the_variable(reports: Reports):
    found = reports["package"]

    assert found.outcome == "different"
    assert [(change.name, change.recorded, change.present) for change in found.packages] == [
        ("shop", "1.0", "2.0")
    ]
    assert [file.path for file in found.files] == ["shop/__init__.py"]
    assert found.departure is not None
    assert (found.departure.name, found.departure.recorded) == ("amount", "6.0")
    assert found.departure.present == "9.0"


def test_a_missing_cell_is_named_by_the_variable_that_it_made(reports: Reports):
    found = reports["missing"]

    assert found.outcome == "different"
    assert found.departure is not None
    assert (found.departure.what, found.departure.name) == ("error", "base")
    assert found.departure.present == "NameError: name 'base' is not defined"
    assert found.halt is not None
    assert found.halt.execution == found.departure.execution
    assert [pair.agreement for pair in found.metrics] == ["missing"]


def test_metrics_within_the_tolerance_are_equivalent_and_the_departure_is_named(reports: Reports):
    found = reports["close"]

    assert (found.outcome, found.verdict) == ("equivalent", "ok")
    assert [pair.agreement for pair in found.metrics] == ["close"]
    assert found.departure is not None
    assert found.departure.name == "wobble"


def test_sessions_that_a_file_joins_run_in_kernels_of_their_own(reports: Reports):
    found = reports["later"]
    made = reports.project.folder / "out" / "clean.csv"

    assert found.outcome == "identical"
    assert made.stat().st_mtime_ns == reports.before[made]  # it is made again in the copy alone
    sessions = reports.project.rows(
        "SELECT DISTINCT session_id FROM run JOIN run_execution ON run_id = run.id"
        " JOIN execution AS e ON e.id = execution_id WHERE run.uuid = ?",
        bytes.fromhex(found.run),
    )
    assert len(sessions) == 2


def test_what_was_known_by_a_sample_is_compared_by_a_sample_and_not_called_identical(
    reports: Reports,
):
    found = reports["large"]

    assert found.sampled == ("large",)
    assert found.outcome == "equivalent"
    assert "could not be compared in full" in found.summary


def test_a_cell_that_raised_is_expected_to_raise_again(reports: Reports):
    found = reports["raises"]

    assert found.outcome == "identical"
    assert found.halt is None


def test_a_folder_that_is_only_called_otherwise_is_no_departure(reports: Reports):
    found = reports["raises"]

    assert found.departure is None
    assert found.compared >= 4  # seen twice, here, name


def test_a_secret_that_is_not_kept_makes_the_verdict_unknown(reports: Reports):
    found = reports["secret"]

    assert (found.outcome, found.verdict) == ("unknown", "unknown")
    assert found.redacted == ("PASSWORD",)
    assert found.halt is not None
    assert found.halt.why == "secret"
    assert "PASSWORD" in found.summary


def test_a_secret_that_is_given_again_can_be_identical(reports: Reports):
    found = reports["secret given"]

    assert found.outcome == "identical"
    assert not [row for row in reports.project.rows("SELECT source FROM code")
                if "hunter2" in str(row)]  # fmt: skip


def test_an_error_that_quotes_a_secret_is_kept_without_it(reports: Reports):
    found = reports["tells"]

    assert found.halt is not None
    assert found.halt.message.startswith("ValueError: invalid literal")
    assert "hunter2" not in json.dumps(found.document())


def test_a_shell_line_is_listed_and_not_run_without_consent(reports: Reports, project: Project):
    runs = project.rows("SELECT count(*) FROM run")

    with pytest.raises(UsageFault, match=r"uses the shell: !echo 3") as raised:
        reports.ask("shell")()

    assert "--yes" in str(raised.value.hint)
    assert project.rows("SELECT count(*) FROM run") == runs


def test_a_shell_line_runs_with_consent(reports: Reports):
    assert reports["shell"].outcome == "identical"


def test_a_write_into_the_project_by_a_made_up_path_is_stopped(reports: Reports):
    found = reports["project"]
    made = reports.project.folder / "made.txt"

    assert found.outcome == "unknown"
    assert found.halt is not None
    assert (found.halt.why, str(made) in found.halt.message) == ("outside", True)
    assert made.stat().st_mtime_ns == reports.before[made]


def test_a_named_run_keeps_what_it_had(reports: Reports, project: Project):
    assert reports["run"].outcome == "identical"
    named = project.rows(
        "SELECT run.name, session.client FROM run JOIN run_execution ON run_id = run.id"
        " JOIN execution AS e ON e.id = execution_id JOIN session ON session.id = session_id"
        " WHERE run.name IS NOT NULL"
    )
    assert ("named", None) in named
    assert {client for _, client in named} == {None}


def test_a_cell_that_takes_too_long_is_named(reports: Reports):
    found = reports["slow"]

    assert found.outcome == "different"
    assert found.halt is not None
    assert (found.halt.why, found.halt.message) == ("timeout", "took longer than 1 s")
    assert found.seconds < 40


def test_a_kernel_that_dies_is_named_with_the_cell(reports: Reports):
    found = reports["dies"]

    assert found.outcome == "different"
    assert found.halt is not None
    assert found.halt.why == "died"
    assert "with code 3" in found.halt.message


def test_results_skip_what_reproducing_made(reports: Reports, project: Project):
    recorded = project.rows(
        "SELECT count(*) FROM result JOIN execution AS e ON e.id = execution_id"
        " JOIN session ON session.id = session_id WHERE client IS NULL"
    )
    with closing(connect(project.store, role="reader")) as connection:
        page = trail.list_results(connection, limit=200)
        latest = trail.result_rows(connection, [trail.find_result(connection, "latest")])

    assert [(len(page.rows),)] == recorded
    assert latest[0].id == project.results["later"]


def test_the_newest_verdicts_of_a_page_of_results_are_read_at_once(
    reports: Reports, project: Project
):
    queries: list[str] = []
    with closing(connect(project.store, role="reader")) as connection:
        connection.set_trace_callback(queries.append)
        found = reproductions(connection, project.results.values())

    assert found[project.results["pipeline"]].outcome == "identical"
    assert found[project.results["csv"]].outcome == "different"
    assert "imports" not in project.results  # it has no metric
    assert len(queries) == 1


def test_reports_survive_their_document_with_what_they_say(reports: Reports):
    for name in ("pipeline", "csv", "missing", "slow", "secret"):
        found = reports[name]
        again = ReproduceReport.from_document(json.loads(json.dumps(found.document())))

        assert again == found
        assert lines(again) == lines(found)


def test_nothing_is_left_behind(reports: Reports):
    assert reports.left == []
    present = {
        path
        for path in reports.project.folder.rglob("*")
        if path.is_file() and ".celltrail" not in path.parts
    }
    assert present == set(reports.before)


def test_an_unknown_result_gets_near_matches(project: Project):
    with pytest.raises(NotFound):
        reproduce(project.store, "pipelime")


def test_a_folder_that_holds_something_is_not_written_into(project: Project):
    with pytest.raises(UsageFault, match="holds something"):
        reproduce(project.store, project.results["raises"], keep=project.folder)


def test_it_runs_inside_a_kernel_and_keeps_the_copy_where_asked(
    reports: Reports, project: Project, tmp_path: Path
):
    """A kernel's cell runs inside an event loop, where another one cannot be started."""
    keep = tmp_path / "kept"
    code = (
        "from pathlib import Path\nfrom celltrail.pipeline.reproduce import reproduce\n"
        f"found = reproduce(Path({str(project.store)!r}), {project.results['files']!r},"
        f" keep=Path({str(keep)!r}))"
    )
    environment = project.environ | {"CELLTRAIL_STORE": str(tmp_path / ".celltrail")}
    with (
        tempfile.TemporaryDirectory(prefix="ct") as scratch,
        CleanKernel(Path(scratch), "e" * 32, working=tmp_path, environment=environment) as kernel,
    ):
        kernel.run(LOAD, silent=True)
        reply = kernel.run(code, expressions={"outcome": "found.outcome"})

    assert reply.error is None
    assert reply.values == {"outcome": "'identical'"}
    assert (keep / "out" / "clean.csv").read_text() == "n\n1\n2\n"


def test_a_reproduction_does_not_reproduce(project: Project):
    environ = project.environ | {"CELLTRAIL_REPRODUCING": "a"}

    with pytest.raises(UsageFault, match="already"):
        reproduce(project.store, "latest", environ=environ)
