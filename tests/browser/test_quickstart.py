"""The quickstart in JupyterLab, from the first cell to the champion in the panel, with nothing from elsewhere."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "quickstart.ipynb"
FOLDER = "quickstart"
MODEL = "credit-risk"
# What the pictures show: a name, and a piece of the source of the cell to scroll to.
SIGHTS = {
    "register": "%mlops register",
    "evaluate": "%mlops evaluate",
    "drift": "%mlops drift",
    "show": "--show",
    "export": "export = %mlops export",
    "promote": "%mlops promote",
}
VEGA = "application/vnd.vegalite.v5+json"

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]


def test_the_quickstart_runs_and_its_model_stands_in_the_panel(browser: Any) -> None:
    folder = browser.lab.root / FOLDER
    folder.mkdir()
    shutil.copy(NOTEBOOK, folder)
    browser.open_notebook(f"{FOLDER}/{NOTEBOOK.name}")
    panel = browser.open_panel()
    panel.get_by_text("No models yet").wait_for()

    cells = [cell for cell in browser.run_all() if cell["cell_type"] == "code"]
    errors = [output for cell in cells for output in cell["outputs"] if output["output_type"] == "error"]
    assert not errors, errors[0]["traceback"]
    assert all(cell["execution_count"] for cell in cells)

    browser.execute("application:toggle-left-area")
    browser.widen_panel(110)
    row = panel.get_by_role("region", name=MODEL).get_by_role("button", name="Version 1")
    row.wait_for(timeout=20_000)
    text = " ".join(row.inner_text().split())
    assert "champion" in text
    assert "identical" in text
    assert "ROC AUC 0." in text
    row.click()
    panel.get_by_role("table", name="On the benchmark").wait_for()

    drawn = {name for name, source in SIGHTS.items() if VEGA in json.dumps(_cell(cells, source)["outputs"])}
    assert {"evaluate", "drift"} <= drawn, "a result that should show a chart shows none"
    _pictures(browser, drawn, "light")
    _switch_to_dark(browser, SIGHTS["evaluate"])
    _pictures(browser, drawn, "dark")
    browser.theme("JupyterLab Light")


def _switch_to_dark(browser: Any, source: str) -> None:
    """Charts are drawn again for the new theme; else their titles would be black on black."""
    _show(browser, source)
    chart = _chart(browser, source)
    before = chart.evaluate("canvas => canvas.toDataURL()")
    browser.theme("JupyterLab Dark")
    for _ in range(100):
        if chart.evaluate("canvas => canvas.toDataURL()") != before:
            return
        browser.page.wait_for_timeout(100)
    pytest.fail("the chart was not drawn again for the dark theme")


def _cell(cells: list[dict[str, Any]], source: str) -> dict[str, Any]:
    return next(cell for cell in cells if source in cell["source"])


def _pictures(browser: Any, drawn: set[str], theme: str) -> None:
    for name, source in SIGHTS.items():
        _show(browser, source)
        if name in drawn:
            _chart(browser, source).wait_for()
        assert _errors(browser, source) == []
        browser.screenshot(f"quickstart-{name}-{theme}")


def _show(browser: Any, source: str) -> None:
    """Bring the cell with that source to the top of the notebook."""
    browser.run(
        """async (app, source) => {
            const notebook = app.shell.currentWidget.content;
            const index = notebook.widgets.findIndex(cell => cell.model.sharedModel.getSource().includes(source));
            notebook.activeCellIndex = index;
            await notebook.scrollToItem(index, 'start');
            notebook.widgets[index].node.scrollIntoView({ block: 'start' });
        }""",
        source,
    )


def _chart(browser: Any, source: str) -> Any:
    """The first chart of the cell, once Vega has drawn it."""
    return _output(browser, source).locator(".vega-embed canvas").first


def _errors(browser: Any, source: str) -> list[str]:
    """What JupyterLab says below a cell where it cannot draw a chart; the kernel knows nothing of it."""
    said: list[str] = _output(browser, source).locator("[data-mime-type$='stderr']").all_inner_texts()
    return said


def _output(browser: Any, source: str) -> Any:
    return browser.page.locator(".jp-CodeCell", has_text=source).first
