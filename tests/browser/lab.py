"""A real JupyterLab on loopback, and a page of a real browser in it."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import Locator, Page, expect

TOKEN = "celltrail-tests"
START_SECONDS = 90
# Where screenshots go that a run leaves for people to look at.
PICTURES = Path(os.environ.get("CELLTRAIL_PICTURES", ".build/pictures")).absolute()
INSTALL = "apt-get update && apt-get install -y chromium"

_READY = """async () => {
  const panel = jupyterapp.shell.currentWidget;
  await panel.revealed;
  await panel.context.ready;
  await panel.sessionContext.ready;
  await panel.sessionContext.session?.kernel?.info;
}"""


def chromium() -> str:
    """Return the browser of this machine.

    Raises
    ------
    RuntimeError
        If there is none, with the command that installs it.
    """
    for name in ("chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name)
        if found:
            return found
    raise RuntimeError(f"The browser tests need Chromium; on Debian, as root: {INSTALL}")


@contextmanager
def jupyter(
    root: Path, *, app: str = "jupyterlab", environ: Mapping[str, str] | None = None
) -> Iterator[str]:
    """Run a server of a folder; yield its address."""
    state = root.parent / f"{root.name}-jupyter-{app}"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    places = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython",
        "HOME": "home",
    }
    variables = os.environ | {name: str(state / place) for name, place in places.items()}
    quiet = {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}
    (state / "config" / "labconfig").mkdir(parents=True)
    (state / "home").mkdir()
    (state / "config" / "labconfig" / "page_config.json").write_text(json.dumps(quiet))
    command = [
        os.environ.get("CELLTRAIL_LAB_PYTHON", sys.executable), "-m", app,
        "--no-browser", "--allow-root", "--ip=127.0.0.1",
        f"--port={port}", f"--IdentityProvider.token={TOKEN}",
        f"--ServerApp.root_dir={root}", "--LabApp.expose_app_in_browser=True",
        "--JupyterNotebookApp.expose_app_in_browser=True",
    ]  # fmt: skip
    log = state / "server.log"
    with log.open("w") as output:
        server = subprocess.Popen(
            command, cwd=root, env=variables | dict(environ or {}), stdout=output, stderr=output
        )
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for(f"{address}/api/status?token={TOKEN}", server, log)
            yield address
        finally:
            server.terminate()
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _wait_for(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while time.monotonic() < until and server.poll() is None:
        try:
            with direct.open(address, timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"Jupyter did not start:\n{log.read_text()[-4000:]}")


def write_notebook(file: Path, *codes: str, **metadata: Any) -> Path:
    """Write a notebook whose cells are named ``cell-0``, ``cell-1`` and so on."""
    cells = [new_code_cell(code, id=f"cell-{place}") for place, code in enumerate(codes)]
    notebook = new_notebook(cells=cells)
    notebook.metadata.update(
        kernelspec={"name": "python3", "display_name": "Python 3", "language": "python"}, **metadata
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, file)
    return file


class Lab:
    """What a person does in one page of JupyterLab."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def open(self, path: str | None = None) -> None:
        """Open a notebook in a fresh workspace, and wait until its kernel is ready."""
        place = f"/lab/tree/{path}" if path else "/lab"
        self.page.goto(f"{self.address}{place}?token={TOKEN}&reset")
        self.page.wait_for_selector("#jp-main-dock-panel", timeout=60_000)
        expect(self.page.locator("#jupyterlab-splash")).to_have_count(0, timeout=60_000)
        if path:
            self.ready()

    def ready(self) -> None:
        """Wait until the notebook that opens can be used, and its kernel."""
        self.page.wait_for_selector(".jp-NotebookPanel .jp-Cell", timeout=60_000)
        self.page.evaluate(_READY)
        self.idle()

    def idle(self) -> None:
        """Wait until the kernel has nothing to do."""
        self.page.wait_for_function(
            "() => jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status"
            " === 'idle'",
            timeout=60_000,
        )

    def sidebar(self) -> None:
        """Show the trail's sidebar."""
        self.page.evaluate("() => jupyterapp.commands.execute('celltrail:open-sidebar')")
        self.page.wait_for_selector("#celltrail-sidebar:visible")

    def command(self, name: str, **arguments: Any) -> None:
        """Run a command and wait for its end."""
        self.page.evaluate(
            "([name, args]) => jupyterapp.commands.execute(name, args)", [name, arguments]
        )

    def cell(self, place: int) -> Locator:
        """Return a cell by its place."""
        return self.page.locator(".jp-NotebookPanel:visible .jp-Cell").nth(place)

    def run(self, place: int) -> None:
        """Run one cell as Ctrl+Enter does, and wait for its end."""
        self.cell(place).locator(".cm-content").click()
        self.page.keyboard.press("Control+Enter")
        self.page.keyboard.press("Escape")
        self._wait_run(place)

    def run_all(self) -> None:
        """Run every cell, and wait for the last one."""
        self.command("notebook:run-all-cells")
        self.idle()

    def edit(self, place: int, code: str) -> None:
        """Replace the code of a cell by typing."""
        self.cell(place).locator(".cm-content").click()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(code)
        self.page.keyboard.press("Escape")

    def _wait_run(self, place: int) -> None:
        self.page.wait_for_function(
            """place => {
              const cell = jupyterapp.shell.currentWidget.content.widgets[place];
              return cell.model.executionState !== 'running'
                && !/\\*/.test(cell.node.querySelector('.jp-InputPrompt').textContent);
            }""",
            arg=place,
            timeout=60_000,
        )
        self.idle()

    def mark(self, place: int) -> Locator:
        """Return the mark of a cell."""
        return self.cell(place).locator(":scope > .jp-Celltrail-mark")

    def results(self) -> Locator:
        """Return the rows of the sidebar's list."""
        return self.page.locator(".jp-Celltrail-result")

    def metadata(self) -> Any:
        """Return what stands under `celltrail` in the notebook's metadata."""
        return self.page.evaluate(
            "() => jupyterapp.shell.currentWidget.model.getMetadata('celltrail') ?? null"
        )

    @staticmethod
    def having(text: str) -> re.Pattern[str]:
        """Return what an attribute that holds a text matches."""
        return re.compile(re.escape(text))

    def theme(self, name: str) -> None:
        """Choose a theme: Light or Dark."""
        self.command("apputils:change-theme", theme=f"JupyterLab {name}")
        self.page.wait_for_function(
            "theme => document.body.dataset.jpThemeName === theme", arg=f"JupyterLab {name}"
        )
        expect(self.page.locator("#jupyterlab-splash")).to_have_count(0)

    def picture(self, name: str) -> None:
        """Leave screenshots, light and dark, for people to look at."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        for theme in ("Dark", "Light"):
            self.theme(theme)
            self.page.screenshot(path=PICTURES / f"{name}-{theme.lower()}.png")

    def restart(self) -> None:
        """Restart the kernel without the question whether to."""
        self.page.evaluate(
            "() => jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()"
        )
        self.idle()
