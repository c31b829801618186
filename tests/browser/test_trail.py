"""What a person sees of the trail in JupyterLab, from opening a notebook on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from browser.lab import Lab, write_notebook
from playwright.sync_api import expect

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.slow]

LOAD = (
    "from sklearn.datasets import load_iris\n"
    "from sklearn.model_selection import train_test_split\n"
    "X, y = load_iris(return_X_y=True, as_frame=True)"
)
SPLIT = "train, test, y_train, y_test = train_test_split(X, y, random_state=3)"
DEPTH = "depth = 1"
FIT = (
    "from sklearn.tree import DecisionTreeClassifier\n"
    "model = DecisionTreeClassifier(max_depth=depth, random_state=0).fit(train, y_train)"
)
SCORE = "accuracy = model.score(test, y_test)"
CODES = (LOAD, SPLIT, DEPTH, FIT, SCORE)
HOSTILE = "<img src=x onerror=window.hacked=1>"


@pytest.fixture
def path(folder: Path, project: Path) -> str:
    """A notebook that trains a tree."""
    file = write_notebook(folder / "iris.ipynb", *CODES)
    return str(file.relative_to(project))


def test_cells_are_recorded_without_a_line_of_code(lab: Lab, path: str) -> None:
    lab.open(path)
    lab.sidebar()
    expect(lab.page.get_by_text("No results yet.")).to_be_visible()
    lab.picture("nothing-recorded")
    lab.run_all()

    row = lab.results().first
    expect(row).to_contain_text("DecisionTreeClassifier")
    expect(row).to_contain_text("max_depth 1")
    expect(lab.page.get_by_role("button", name="● recording 5")).to_be_visible()
    lab.picture("recorded")


def test_recording_goes_on_after_a_restart(lab: Lab, path: str) -> None:
    lab.open(path)
    lab.run_all()
    lab.restart()
    expect(lab.page.get_by_role("button", name="● recording 0")).to_be_visible()
    lab.run(0)

    expect(lab.page.get_by_role("button", name="● recording 1")).to_be_visible()
    expect(lab.mark(4)).to_have_attribute("title", lab.having("other session"))


def test_an_edit_upstream_makes_cells_stale_and_a_button_runs_them(lab: Lab, path: str) -> None:
    lab.open(path)
    lab.sidebar()
    lab.run_all()
    expect(lab.cell(4)).to_have_attribute("data-celltrail", "current")
    lab.edit(2, "depth = 2")
    expect(lab.cell(2)).to_have_attribute("data-celltrail", "edited")
    lab.run(2)
    expect(lab.cell(3)).to_have_attribute("data-celltrail", "stale")
    expect(lab.mark(3)).to_have_attribute("title", lab.having("depth"))
    lab.picture("stale")
    lab.page.get_by_role("button", name="Run 2 stale cells in order").click()

    for place in range(5):
        expect(lab.cell(place)).to_have_attribute("data-celltrail", "current")


def test_a_filter_leaves_the_results_that_match(lab: Lab, path: str) -> None:
    two_results(lab, path)
    lab.page.get_by_label("Filter results").fill("params.max_depth = 2")
    expect(lab.results()).to_have_count(1)
    lab.page.get_by_label("Filter results").fill("metrics.accuracy > 2")
    expect(lab.page.get_by_text("No result matches this filter.")).to_be_visible()
    lab.page.get_by_label("Filter results").fill("metrics.acuracy > 2")
    expect(lab.page.get_by_role("alert")).to_contain_text("accuracy")
    lab.picture("wrong-filter")
    lab.page.get_by_label("Filter results").press("Escape")

    expect(lab.results()).to_have_count(2)


def test_two_results_are_compared_and_the_change_explained(lab: Lab, path: str) -> None:
    two_results(lab, path)
    lab.results().nth(0).click()
    lab.results().nth(1).click(modifiers=["Control"])
    lab.page.get_by_role("button", name="Compare 2").click()
    comparison = lab.page.locator(".jp-Celltrail-page:visible")
    expect(comparison).to_contain_text("max_depth")
    lab.picture("compare")
    lab.page.get_by_role("button", name="Why", exact=True).click()
    answer = lab.page.locator(".jp-Celltrail-page:visible").last

    expect(answer).to_contain_text("depth")
    expect(answer.locator(".jp-Celltrail-code")).to_contain_text("depth = 2")
    lab.picture("why")
    answer.get_by_role("button", name="Insert as cell").click()
    lab.idle()
    expect(lab.page.locator(".jp-Cell .cm-content").last).to_contain_text("%mlops why")


def test_a_cell_in_the_lineage_leads_to_the_notebooks_cell(lab: Lab, path: str) -> None:
    lab.open(path)
    lab.sidebar()
    lab.run_all()
    lineage = lab.page.locator("#celltrail-lineage")
    expect(lineage.get_by_role("button", name="In [5], accuracy")).to_be_visible()
    expect(lab.results().first).to_be_visible()
    lineage.get_by_role("button", name="Show all").click()
    node = lineage.get_by_role("button", name="In [3], depth = 1")
    expect(node).to_be_visible()
    lab.picture("lineage")
    node.click()

    lab.page.wait_for_function(
        "() => jupyterapp.shell.currentWidget.content.activeCell.model.id === 'cell-2'"
    )


def test_names_stay_text(lab: Lab, folder: Path, project: Path) -> None:
    code = f"import celltrail\ncelltrail.log_metric({HOSTILE!r}, 1.0)"
    file = write_notebook(folder / "names.ipynb", code)
    lab.open(str(file.relative_to(project)))
    lab.sidebar()
    lab.run_all()
    expect(lab.results().first).to_contain_text(HOSTILE)
    lab.results().first.dblclick()
    expect(lab.page.locator(".jp-Celltrail-page:visible")).to_contain_text(HOSTILE)

    assert lab.page.evaluate("() => window.hacked") is None


def test_the_switch_in_the_status_bar_turns_recording_off(
    lab: Lab, path: str, folder: Path
) -> None:
    lab.open(path)
    lab.run(0)
    lab.page.get_by_role("button", name="● recording 1").click()
    expect(lab.page.get_by_role("button", name="○ off")).to_be_visible()
    lab.run(1)
    lab.picture("off")

    expect(lab.page.get_by_role("button", name="○ off")).to_be_visible()
    assert "recording = false" in (folder / ".celltrail" / "settings.toml").read_text()


def test_a_notebook_gets_its_identifier_when_its_first_cell_runs(
    lab: Lab, path: str, project: Path
) -> None:
    lab.open(path)
    before = lab.metadata()
    lab.run(0)
    identifier = lab.metadata()["id"]
    lab.command("docmanager:save")
    copy = (project / path).with_name("copy.ipynb")
    copy.write_bytes((project / path).read_bytes())
    lab.open(str(copy.relative_to(project)))
    lab.run(0)

    assert before is None
    assert len(identifier) == 32
    assert lab.metadata()["copied_from"] == identifier
    assert lab.metadata()["id"] != identifier
    assert json.loads((project / path).read_text())["metadata"]["celltrail"]["id"] == identifier


def test_a_renamed_notebook_keeps_its_trail(lab: Lab, path: str) -> None:
    lab.open(path)
    lab.run_all()
    lab.page.evaluate("() => jupyterapp.shell.currentWidget.context.rename('other.ipynb')")
    lab.page.wait_for_function(
        "() => jupyterapp.shell.currentWidget.context.path.endsWith('other.ipynb')"
    )
    lab.edit(2, "depth = 3")
    lab.run(2)

    expect(lab.cell(4)).to_have_attribute("data-celltrail", "stale")


def test_labels_are_edited_where_they_stand(lab: Lab, path: str) -> None:
    lab.open(path)
    lab.sidebar()
    lab.run_all()
    lab.results().first.dblclick()
    page = lab.page.locator(".jp-Celltrail-page:visible")
    page.get_by_role("button", name="Star").click()
    page.get_by_label("New tag, key or key=value").fill("team=blue")
    page.get_by_role("button", name="Add tag").click()

    expect(page.get_by_role("button", name="Remove tag team=blue")).to_be_visible()
    expect(lab.results().first.get_by_label("starred")).to_be_visible()
    lab.picture("result")


def test_the_menu_of_a_result_shows_its_recipe(lab: Lab, path: str) -> None:
    two_results(lab, path)
    lab.results().nth(1).click(button="right")
    menu = lab.page.locator(".lm-Menu")
    expect(menu).to_contain_text("Why Did It Change?")
    lab.picture("menu")
    menu.get_by_text("Show Recipe").click()

    expect(lab.page.locator(".jp-Celltrail-page:visible")).to_contain_text("depth = 1")


def test_the_best_of_a_metric_comes_first(lab: Lab, path: str) -> None:
    two_results(lab, path)
    lab.edit(2, "depth = 1")
    lab.run_all()
    expect(lab.results()).to_have_count(3)
    expect(lab.results().first).to_contain_text("0.6842")
    lab.page.get_by_label("Order", exact=True).select_option("Best accuracy first")

    expect(lab.results().first).to_contain_text("0.9474")


def two_results(lab: Lab, path: str) -> None:
    """Run the notebook with two depths."""
    lab.open(path)
    lab.sidebar()
    lab.run_all()
    expect(lab.results()).to_have_count(1)
    lab.edit(2, "depth = 2")
    lab.run_all()
    expect(lab.results()).to_have_count(2)
