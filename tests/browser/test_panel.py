"""The models panel, as a person sees it: beside a notebook, light and dark, empty, failing, by keyboard."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ipymlops.project import Project
from ipymlops.registry.registry import Registry

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def test_an_empty_project_says_what_to_type(browser: Any) -> None:
    _notebook(browser.lab.root / "empty" / "start.ipynb", ["%load_ext ipymlops"])
    browser.open_notebook("empty/start.ipynb")
    panel = browser.open_panel()
    panel.get_by_text("No models yet").wait_for()
    browser.screenshot("panel-empty", panel)
    assert "%load_ext ipymlops" in panel.inner_text()
    assert "%mlops register model --name my-model --test X_test y_test" in panel.inner_text()


def test_models_of_the_notebooks_folder_are_listed(browser: Any) -> None:
    folder = browser.lab.root / "credit"
    _notebook(folder / "work" / "scoring.ipynb", ["print('hello')"])
    _two_models(Project.open(folder).registry)
    browser.open_notebook("credit/work/scoring.ipynb")
    panel = browser.open_panel()
    line = panel.get_by_role("region", name="credit-risk")
    line.wait_for()
    first = line.get_by_role("button", name="Version 3")
    text = first.inner_text()
    assert "champion" not in text
    assert "ROC AUC 0.829" in " ".join(text.split())
    assert "not verified" in text
    champion = line.get_by_role("button", name="Version 2")
    assert "champion" in champion.inner_text()
    assert "identical" in champion.inner_text()
    _look(browser, panel, "panel-models")


def test_a_version_opens_by_keyboard_and_shows_its_details(browser: Any) -> None:
    folder = browser.lab.root / "keys"
    _notebook(folder / "keys.ipynb", ["1"])
    _two_models(Project.open(folder).registry)
    browser.open_notebook("keys/keys.ipynb")
    panel = browser.open_panel()
    champion = panel.get_by_role("region", name="credit-risk").get_by_role("button", name="Version 2")
    champion.focus()
    browser.page.keyboard.press("Enter")
    table = panel.get_by_role("table", name="On the benchmark")
    table.wait_for()
    assert champion.get_attribute("aria-expanded") == "true"
    assert "Brier score" in table.inner_text()
    assert "promoted to champion" in panel.inner_text()
    assert champion.evaluate("row => row === document.activeElement"), "drawing again must not lose the focus"
    _look(browser, panel, "panel-details")
    browser.page.keyboard.press("Space")
    table.wait_for(state="detached")


def test_what_a_kernel_registers_appears_by_itself(browser: Any) -> None:
    folder = browser.lab.root / "live"
    _notebook(folder / "live.ipynb", ["%load_ext ipymlops", _REGISTER])
    browser.open_notebook("live/live.ipynb")
    panel = browser.open_panel()
    panel.get_by_text("No models yet").wait_for()
    cells = browser.run_all()
    assert not [o for cell in cells for o in cell.get("outputs", []) if o["output_type"] == "error"], cells
    panel.get_by_role("heading", name="churn").wait_for(timeout=10_000)


def test_an_error_is_shown_in_place_and_retried(browser: Any) -> None:
    folder = browser.lab.root / "broken"
    _notebook(folder / "broken.ipynb", ["1"])
    (folder / ".mlops").mkdir()
    (folder / ".mlops" / "registry.db").write_bytes(b"this is not a database, and long enough to be read as one" * 50)
    browser.open_notebook("broken/broken.ipynb")
    panel = browser.open_panel()
    alert = panel.get_by_role("alert")
    alert.wait_for()
    browser.screenshot("panel-error", panel)
    (folder / ".mlops" / "registry.db").unlink()
    alert.get_by_role("button", name="Try again").click()
    panel.get_by_text("No models yet").wait_for()


def test_what_was_known_stays_while_the_server_fails(browser: Any) -> None:
    folder = browser.lab.root / "away"
    _notebook(folder / "away.ipynb", ["1"])
    _two_models(Project.open(folder).registry)
    browser.open_notebook("away/away.ipynb")
    panel = browser.open_panel()
    panel.get_by_role("heading", name="credit-risk").wait_for()
    browser.page.route("**/ipymlops/api/models*", lambda route: route.abort())
    panel.get_by_role("button", name="Refresh models").click()
    alert = panel.get_by_role("alert")
    alert.wait_for()
    assert "does not answer" in alert.inner_text()
    assert "as it was at" in alert.inner_text()
    assert panel.get_by_role("heading", name="credit-risk").is_visible()
    browser.screenshot("panel-stale", panel)
    browser.page.unroute("**/ipymlops/api/models*")
    alert.get_by_role("button", name="Try again").click()
    alert.wait_for(state="detached")


def test_the_panel_follows_the_notebook_in_front(browser: Any) -> None:
    names = ("first", "second")
    for name in names:
        folder = browser.lab.root / f"follow-{name}"
        _notebook(folder / f"{name}.ipynb", ["1"])
        _version(Project.open(folder).registry, f"model-{name}", "Ridge", 0.7)
    panel = browser.open_panel()
    for name in (*names, "first"):
        browser.open_notebook(f"follow-{name}/{name}.ipynb")
        panel.get_by_role("heading", name=f"model-{name}").wait_for()
        assert panel.get_by_role("heading", level=3).count() == 1
    browser.run(
        "(app, paths) => app.serviceManager.contents.rename(...paths).then(() => null)",
        ["follow-first/first.ipynb", "follow-second/moved.ipynb"],
    )
    panel.get_by_role("heading", name="model-second").wait_for()


def test_many_versions_are_folded_but_never_the_champion(browser: Any) -> None:
    folder = browser.lab.root / "many"
    _notebook(folder / "many.ipynb", ["1"])
    registry = Project.open(folder).registry
    for step in range(12):
        _version(registry, "credit-risk", "Ridge", 0.7 + step / 100)
    _promote(registry, "credit-risk", 2, "")
    browser.open_notebook("many/many.ipynb")
    panel = browser.open_panel()
    more = panel.get_by_role("button", name="Show 6 more versions")
    more.wait_for()
    rows = panel.locator(".mlops-Version-row")
    numbers = [text.split()[1] for text in rows.all_inner_texts()]
    assert numbers == ["12", "11", "10", "9", "8", "2"]
    more.click()
    panel.get_by_role("button", name="Show only the newest").wait_for()
    assert rows.count() == 12
    browser.screenshot("panel-many", panel)


def test_the_command_is_in_the_palette(browser: Any) -> None:
    browser.execute("apputils:activate-command-palette")
    # Into the palette's own field: keys that are typed before it has the focus are lost.
    browser.page.locator(".jp-ModalCommandPalette input.lm-CommandPalette-input").fill("models of this project")
    browser.page.locator("[data-command='ipymlops:open-panel']").first.click()
    panel = browser.page.locator("#ipymlops-models")
    panel.wait_for(state="visible")
    assert panel.is_visible()


_REGISTER = """\
from ipymlops.project import Project
registry = Project.open(".").registry
version = registry.add_version(
    "churn", "0" * 64, {"estimator": "LogisticRegression"}, who="ada", why="", evidence={}
)
print(version.ref)
"""


def _look(browser: Any, panel: Any, name: str) -> None:
    """Pictures in light and dark, whole window and panel alone, narrow and wide, for people to look at."""
    browser.screenshot(f"{name}-narrow", panel)
    browser.widen_panel(130)
    for theme in ("Light", "Dark"):
        browser.theme(f"JupyterLab {theme}")
        browser.screenshot(f"{name}-{theme.lower()}-window")
        browser.screenshot(f"{name}-{theme.lower()}", panel)
    browser.theme("JupyterLab Light")


def _notebook(path: Path, sources: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cells = [
        {
            "cell_type": "code",
            "id": f"cell-{i}",
            "source": source,
            "metadata": {},
            "outputs": [],
            "execution_count": None,
        }
        for i, source in enumerate(sources)
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    path.write_text(json.dumps({"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}))


def _two_models(registry: Registry) -> None:
    """Three versions of one line, two of another, with what a project records of them."""
    for number, auc in enumerate((0.781, 0.812, 0.829), start=1):
        _version(registry, "credit-risk", "RandomForestClassifier", auc)
        if number == 2:
            _promote(registry, "credit-risk", number, "reviewed with the credit team")
            evidence = {"verdict": "identical", "seconds": 8.4}
            registry.record("export", "credit-risk", number, who="ada", evidence=evidence)
    evidence = {"verdict": "not reproduced", "cause": "the file data/applications.csv is gone"}
    registry.record("verify", "credit-risk", 1, who="ada", evidence=evidence)
    registry.set_alias("credit-risk", "challenger", 3, kind="alias", who="grace", why="", evidence={})
    for auc in (0.702, 0.71):
        _version(registry, "churn", "LogisticRegression", auc)
    _promote(registry, "churn", 1, "")


def _promote(registry: Registry, model: str, number: int, why: str) -> None:
    registry.set_alias(model, "champion", number, kind="promote", who="grace", why=why, evidence={})


def _version(registry: Registry, model: str, estimator: str, auc: float) -> None:
    facts = {
        "estimator": estimator,
        "task": "binary",
        "risk": "medium",
        "primary": "roc_auc",
        "rows": 20_000,
        "features": 14,
        "metrics": [
            _metric("roc_auc", auc, 0.016),
            _metric("average_precision", auc - 0.31, 0.021),
            _metric("recall", auc - 0.2, 0.03),
            _metric("brier", 0.141, 0.006),
            _metric("log_loss", 0.437, 0.014),
        ],
    }
    registry.add_version(model, "0" * 64, facts, who="ada", why="", evidence={})


def _metric(name: str, value: float, half: float) -> dict[str, Any]:
    return {"name": name, "value": value, "low": value - half, "high": value + half, "level": 0.95, "n_rows": 5000}
