from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser.lab import INSTALL, PICTURES, Lab, chromium, jupyter
from playwright.sync_api import Browser, expect, sync_playwright

# A first answer may wait for plotly to be imported, on a machine that runs other tests.
expect.set_options(timeout=30_000)


# Not of the whole session: while Playwright runs, this thread can have no other event loop.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium without a window."""
    try:
        path = chromium()
    except RuntimeError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"{error} ({INSTALL})")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(
            executable_path=path, args=["--disable-gpu", "--disable-quic"]
        )
        yield found
        found.close()


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the server serves; every test works in a folder of its own in it."""
    return tmp_path_factory.mktemp("lab")


@pytest.fixture(scope="session")
def address(project: Path) -> Iterator[str]:
    with jupyter(project) as found:
        yield found


@pytest.fixture
def lab(browser: Browser, address: str, request: pytest.FixtureRequest) -> Iterator[Lab]:
    """A page of its own, which must not have raised an error; a picture is left of its end."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    made = Lab(context.new_page(), address)
    yield made
    (PICTURES / "ends").mkdir(parents=True, exist_ok=True)
    made.page.screenshot(path=PICTURES / "ends" / f"{request.node.name}.png")
    context.close()
    assert made.errors == []


@pytest.fixture
def folder(project: Path, request: pytest.FixtureRequest) -> Path:
    """The test's own folder: a project with a store of its own."""
    made = project / request.node.name.replace("[", "-").replace("]", "")[:60]
    made.mkdir()
    (made / ".celltrail").mkdir()
    return made
