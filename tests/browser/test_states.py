"""What a person reads when half of celltrail is missing, or its store cannot be read."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser.lab import TOKEN, Lab, jupyter, write_notebook
from playwright.sync_api import Route, expect
from trail_rows import Trail

from celltrail.store.database import connect
from celltrail.store.location import database_file

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.slow]

# As if celltrail were not installed in the kernel's environment: importing it fails.
BARE = (
    "import sys; sys.modules['celltrail'] = None;"
    "from ipykernel import kernelapp; kernelapp.launch_new_instance()"
)
ECHO = """
from ipykernel.kernelapp import IPKernelApp
from ipykernel.kernelbase import Kernel

class Echo(Kernel):
    implementation = "echo"
    implementation_version = "1"
    banner = "Says what it is told."
    language_info = {"name": "echo", "mimetype": "text/plain", "file_extension": ".txt"}

    def do_execute(self, code, silent, *args, **kwargs):
        if not silent:
            self.send_response(self.iopub_socket, "stream", {"name": "stdout", "text": code})
        return {"status": "ok", "execution_count": self.execution_count, "payload": [],
                "user_expressions": {}}

IPKernelApp.launch_instance(kernel_class=Echo)
"""
KERNELS = {"bare": ("python", BARE), "echo": ("echo", ECHO)}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("states")


@pytest.fixture(scope="module")
def address(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server that knows two kernels more: one without celltrail, one of another language."""
    shared = tmp_path_factory.mktemp("share")
    for name, (language, code) in KERNELS.items():
        folder = shared / "kernels" / name
        folder.mkdir(parents=True)
        argv = [sys.executable, "-c", code, "-f", "{connection_file}"]
        spec = {"argv": argv, "display_name": name, "language": language}
        (folder / "kernel.json").write_text(json.dumps(spec))
    with jupyter(project, environ={"JUPYTER_PATH": str(shared)}) as found:
        yield found


@pytest.fixture
def path(folder: Path, project: Path) -> str:
    """A notebook of one cell."""
    file = write_notebook(folder / "one.ipynb", "print('it ' + 'runs')")
    return str(file.relative_to(project))


def with_kernel(path: str, project: Path, name: str) -> str:
    """Give a notebook another kernel."""
    file = project / path
    notebook = json.loads(file.read_text())
    notebook["metadata"]["kernelspec"] = {"name": name, "display_name": name}
    file.write_text(json.dumps(notebook))
    return path


def says(lab: Lab, *words: str) -> None:
    """Check that the sidebar has one state, in these words, and that nothing else complains."""
    notice = lab.page.locator("#celltrail-results .jp-Celltrail-notice")
    for text in words:
        expect(notice).to_contain_text(text)
    expect(lab.page.locator(".jp-Dialog")).to_have_count(0)
    expect(notice).not_to_contain_text("Traceback")


def runs(lab: Lab) -> None:
    """Check that the notebook's cell runs as if nothing were wrong."""
    lab.run(0)

    expect(lab.cell(0).locator(".jp-OutputArea-output").first).to_contain_text("it runs")
    expect(lab.page.locator(".jp-Dialog")).to_have_count(0)


class TestWithoutTheServerHalf:
    @pytest.fixture
    def project(self, tmp_path_factory: pytest.TempPathFactory) -> Path:
        return tmp_path_factory.mktemp("half")

    @pytest.fixture
    def address(self, project: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
        """A server that was told to leave celltrail out."""
        config = tmp_path_factory.mktemp("config")
        left_out = {"ServerApp": {"jpserver_extensions": {"celltrail": False}}}
        (config / "jupyter_server_config.json").write_text(json.dumps(left_out))
        with jupyter(project, environ={"JUPYTER_CONFIG_PATH": str(config)}) as found:
            yield found

    def test_the_sidebar_says_so_and_recording_goes_on(
        self, lab: Lab, path: str, folder: Path
    ) -> None:
        lab.open(path)
        lab.sidebar()
        says(lab, "The server half of celltrail is missing.", "Install celltrail 0.1.0 where")
        runs(lab)

        expect(lab.page.get_by_role("button", name="● recording 1")).to_be_visible()
        says(lab, "The server half of celltrail is missing.")
        lab.picture("state-no-server")
        with contextlib.closing(sqlite3.connect(database_file(folder / ".celltrail"))) as store:
            assert store.execute("SELECT count(*) FROM execution").fetchone() == (1,)


@pytest.mark.parametrize(
    ("step", "word", "hint"),
    [(1, "newer", "Reload the page."), (-1, "older", "Install the same version there")],
    ids=["newer", "older"],
)
def test_a_server_of_another_version_is_named_until_it_is_the_same(
    lab: Lab, step: int, word: str, hint: str
) -> None:
    def change(route: Route) -> None:
        # Asked and answered without a mark: a page keeps an answer for as long as its mark holds.
        asked = {k: v for k, v in route.request.headers.items() if k != "if-none-match"}
        reply = route.fetch(headers=asked)
        found = reply.json()
        said = json.dumps(found | {"api": found["api"] + step, "version": "9.8.7"})
        route.fulfill(status=200, content_type="application/json", body=said)

    lab.page.route("**/celltrail/status*", change)
    lab.open()
    lab.sidebar()
    says(lab, f"The server has celltrail 9.8.7, which is {word} than this page (0.1.0).", hint)
    lab.picture(f"state-server-{word}")
    lab.page.unroute("**/celltrail/status*")
    lab.page.locator("#celltrail-results").get_by_role("button", name="Retry").click()

    says(lab, "No results yet.")


def test_a_newer_store_is_named_and_cells_run(lab: Lab, path: str, folder: Path) -> None:
    with contextlib.closing(connect(folder / ".celltrail", role="kernel")) as store:
        store.execute(
            "INSERT INTO _sqlite_migrations(migration_set, name)"
            " VALUES ('celltrail', 'v9999_later')"
        )
    lab.open(path)
    lab.sidebar()
    says(lab, "v9999_later", "upgrade with")
    lab.picture("state-store-newer")

    runs(lab)


def test_a_broken_store_says_what_repairs_it_and_cells_run(
    lab: Lab, path: str, folder: Path
) -> None:
    database_file(folder / ".celltrail").write_bytes(b"no database" * 1000)
    lab.open(path)
    lab.sidebar()
    says(lab, "doctor --repair")
    lab.picture("state-store-broken")

    runs(lab)


def test_a_locked_store_is_named_and_read_once_it_is_free(
    lab: Lab, path: str, folder: Path
) -> None:
    with contextlib.closing(connect(folder / ".celltrail", role="kernel")) as store:
        Trail(store).execute("x = 1")
    lab.open(path)
    lab.sidebar()
    says(lab, "No results yet.")
    file = database_file(folder / ".celltrail")
    with contextlib.closing(sqlite3.connect(file, isolation_level=None, timeout=30)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        lab.page.get_by_label("Filter results").fill("metrics.loss < 1")
        says(lab, "locked")
        lab.picture("state-store-locked")
        runs(lab)
    lab.page.get_by_label("Filter results").press("Escape")

    says(lab, "No results yet.")


def test_a_kernel_without_celltrail_is_told_how_to_get_it(
    lab: Lab, path: str, project: Path
) -> None:
    lab.open(with_kernel(path, project, "bare"))
    lab.sidebar()
    says(lab, "The kernel of this notebook has no celltrail", "%pip install celltrail")
    runs(lab)

    expect(lab.page.locator(".jp-Celltrail-status")).to_contain_text(
        "○ no celltrail in this kernel"
    )
    lab.picture("state-kernel-without")


def test_a_kernel_of_another_language_is_not_recorded(lab: Lab, path: str, project: Path) -> None:
    lab.open(with_kernel(path, project, "echo"))
    lab.sidebar()
    says(lab, "Kernels of echo are not recorded.", "celltrail records Python.")
    lab.run(0)

    expect(lab.cell(0).locator(".jp-OutputArea-output")).to_contain_text("print(")
    expect(lab.page.locator(".jp-Celltrail-status")).to_contain_text("○ not recorded")
    lab.picture("state-other-language")


def test_a_notebook_that_cannot_be_saved_is_recorded_and_left_as_it_is(
    lab: Lab, path: str, project: Path
) -> None:
    """The server's word is changed on its way: for root no file is without permission."""

    def forbid(route: Route) -> None:
        reply = route.fetch()
        route.fulfill(response=reply, json=reply.json() | {"writable": False})

    lab.page.route(f"**/api/contents/{path}*", forbid)
    before = (project / path).read_bytes()
    lab.open(path)
    lab.sidebar()
    runs(lab)

    expect(lab.page.get_by_role("button", name="● recording 1")).to_be_visible()
    expect(lab.cell(0)).to_have_attribute("data-celltrail", "current")
    lab.picture("state-read-only-notebook")
    assert lab.metadata() is None
    assert (project / path).read_bytes() == before


@pytest.fixture
def recording_off(lab: Lab) -> Iterator[None]:
    """JupyterLab's own setting is off for the time of a test."""
    headers = {"Authorization": f"token {TOKEN}"}
    place = f"{lab.address}/lab/api/settings/celltrail:plugin"
    for_all = lab.page.context.request
    for_all.put(place, headers=headers, data={"raw": '{"recordNotebooks": false}'})
    yield
    for_all.put(place, headers=headers, data={"raw": "{}"})


def test_the_setting_ends_recording_in_the_kernels_of_notebooks(
    lab: Lab, path: str, folder: Path, recording_off: None
) -> None:
    lab.open(path)
    lab.sidebar()
    expect(lab.page.get_by_role("button", name="○ off")).to_be_visible()
    runs(lab)

    expect(lab.page.get_by_role("button", name="○ off")).to_be_visible()
    says(lab, "Recording is off")
    lab.picture("state-setting-off")
    assert not database_file(folder / ".celltrail").exists()
