"""Everybody can use the trail: axe finds no serious fault, and the keyboard is enough."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import pytest
from browser.lab import Lab, write_notebook
from playwright.sync_api import Locator, expect
from trail_rows import Trail, metric, param

from celltrail.store.database import connect

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.slow]

AXE = Path(__file__).parents[2] / "jupyter_extension/node_modules/axe-core/axe.min.js"
# What of a page is ours; the rest is JupyterLab's own.
OURS = ("#celltrail-sidebar", ".jp-Celltrail-page", ".jp-Celltrail-status", ".jp-Celltrail-mark")
RESULTS = 30
TABS_MOST = 80
FOCUSED = "() => document.activeElement.className"


@pytest.fixture
def path(folder: Path, project: Path) -> str:
    """A notebook with thirty results of one cell."""
    file = write_notebook(folder / "many.ipynb", "depth = 3", "loss = depth / 10")
    with contextlib.closing(connect(folder / ".celltrail", role="kernel")) as store:
        trail = Trail(store)
        for depth in range(RESULTS):
            trail.execute(
                f"fit({depth})",
                params=[param("depth", depth)],
                metrics=[metric("loss", 1 / (depth + 1))],
                notebook=str(file),
                cell="cell-1",
                unseeded=["numpy.random"] if depth % 7 == 0 else None,
            )
    return str(file.relative_to(project))


def load_axe(lab: Lab) -> None:
    lab.page.add_script_tag(path=AXE)
    # JupyterLab's body has no height; axe then takes all in it for hidden, and skips contrast.
    lab.page.evaluate("() => { document.body.style.height = '100vh'; }")


def faults(lab: Lab) -> list[tuple[str, str, str]]:
    """Return what axe finds in our parts of the page: rule, element, why."""
    for part in OURS:
        expect(lab.page.locator(part).first).to_be_attached()
    expect(lab.page.locator("[class*=jp-Celltrail-][aria-busy=true]:visible")).to_have_count(0)
    found: dict[str, Any] = lab.page.evaluate(
        "ours => axe.run({include: ours.map(part => [part])}, {resultTypes: ['violations']})",
        list(OURS),
    )
    return [
        (fault["id"], node["html"][:200], node["failureSummary"])
        for fault in found["violations"]
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"]
    ]


def test_axe_finds_no_serious_fault_in_light_or_dark(lab: Lab, path: str) -> None:
    lab.open(path)
    lab.sidebar()
    lab.run_all()
    lab.edit(0, "depth = 4")
    lab.run(0)
    expect(lab.cell(1)).to_have_attribute("data-celltrail", "stale")
    ids = [lab.results().nth(place).get_attribute("data-result-id") for place in (2, 3)]
    lab.results().nth(2).click()
    lab.results().nth(3).click(modifiers=["Control"])
    load_axe(lab)
    found = {}
    for theme in ("Light", "Dark"):
        lab.theme(theme)
        for reading in ("compare-results", "explain-result"):
            lab.command(f"celltrail:{reading}", ids=ids)
            expect(lab.page.locator(".jp-Celltrail-page:visible table").first).to_be_visible()
            found[theme, reading] = faults(lab)
        lab.command("celltrail:open-result", id=ids[0])
        lab.page.get_by_label("Filter results").fill("metrics.los < 1")
        expect(lab.page.locator("#celltrail-results").get_by_role("alert")).to_be_visible()
        found[theme, "result, and a wrong filter"] = faults(lab)
        lab.page.get_by_label("Filter results").press("Escape")

    assert {state: each for state, each in found.items() if each} == {}


def list_of(lab: Lab) -> Locator:
    return lab.page.get_by_role("listbox", name="Results")


def is_on(lab: Lab, text: str) -> None:
    """Check which row the keyboard is on, for the eye and for a screen reader."""
    row = lab.page.locator(".jp-Celltrail-result.jp-mod-active")
    expect(row).to_contain_text(text)
    expect(list_of(lab)).to_have_attribute("aria-activedescendant", row.get_attribute("id") or "")


def test_the_keyboard_is_enough_to_choose_open_and_filter_results(lab: Lab, path: str) -> None:
    lab.open(path)
    lab.sidebar()
    expect(lab.results().first).to_contain_text("depth 29")
    for _ in range(TABS_MOST):
        lab.page.keyboard.press("Tab")
        if "jp-Celltrail-list" in lab.page.evaluate(FOCUSED):
            break
    expect(list_of(lab)).to_be_focused()
    is_on(lab, "depth 29")
    lab.page.keyboard.press("ArrowDown")
    lab.page.keyboard.press("ArrowDown")
    is_on(lab, "depth 27")
    lab.page.keyboard.press("Space")
    lab.page.keyboard.press("End")
    is_on(lab, "depth 0")
    lab.page.keyboard.press("Space")
    chosen = list_of(lab).get_by_role("option", selected=True)
    expect(chosen).to_contain_text(["depth 0"])
    expect(lab.page.get_by_role("button", name="Compare 2")).to_be_visible()
    lab.picture("keyboard")
    lab.page.keyboard.press("Escape")
    expect(lab.page.get_by_role("button", name="Compare 2")).to_have_count(0)
    lab.page.keyboard.press("/")
    expect(lab.page.get_by_label("Filter results")).to_be_focused()
    lab.page.keyboard.type("params.depth = 7")
    lab.page.keyboard.press("Enter")
    expect(lab.results()).to_have_count(1)
    lab.page.keyboard.press("Escape")
    expect(lab.results().first).to_contain_text("depth 29")
    expect(list_of(lab)).to_be_focused()
    lab.page.keyboard.press("Home")
    lab.page.keyboard.press("Enter")

    expect(lab.page.locator(".jp-Celltrail-page:visible")).to_contain_text("depth")


def test_a_refresh_keeps_the_focus_and_the_row_it_is_on(
    lab: Lab, path: str, folder: Path, project: Path
) -> None:
    lab.open(path)
    lab.sidebar()
    expect(lab.results().first).to_contain_text("depth 29")
    list_of(lab).focus()
    lab.page.keyboard.press("ArrowDown")
    lab.page.keyboard.press("Space")
    with contextlib.closing(connect(folder / ".celltrail", role="kernel")) as store:
        trail = Trail(store)
        trail.count = RESULTS
        trail.sessions["one"] = trail.notebooks[str(project / path)] = 1
        trail.execute("loss = 0", params=[param("depth", 99)], metrics=[metric("loss", 0.0)],
                      notebook=str(project / path), cell="cell-1")  # fmt: skip
        trail.row("INSERT INTO changes(kind, row_id) VALUES ('execution', 1)")
    expect(lab.results().first).to_contain_text("depth 99")

    expect(list_of(lab)).to_be_focused()
    is_on(lab, "depth 28")
    expect(list_of(lab).get_by_role("option", selected=True)).to_contain_text("depth 28")


def test_the_menu_of_a_result_opens_by_the_keyboard(lab: Lab, path: str) -> None:
    lab.open(path)
    lab.sidebar()
    expect(lab.results().first).to_contain_text("depth 29")
    list_of(lab).focus()
    lab.page.keyboard.press("ArrowDown")
    menu = lab.page.locator(".lm-Menu")
    lab.page.keyboard.press("ContextMenu")
    expect(menu).to_contain_text("Show Recipe")
    lab.page.keyboard.press("Escape")
    expect(menu).to_have_count(0)
    list_of(lab).focus()
    lab.page.keyboard.press("Shift+F10")
    expect(menu).to_contain_text("Show Recipe")
    lab.picture("menu")
    menu.get_by_text("Show Recipe").click()

    expect(lab.page.locator(".jp-Celltrail-page:visible")).to_contain_text("fit(28)")
