"""A click in the list of a drift chart shows another column's distributions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import vl_convert

from ipymlops.drift.results import ColumnDrift, DriftReport, Shape
from ipymlops.views.charts.bundle import CONVERTER_VERSION, specification
from ipymlops.views.charts.drift import drift_charts

pytestmark = pytest.mark.browser

NUMBERS = Shape((0.2, 0.5, 0.3), (0.1, 0.1, 0.8), edges=(0.0, 10.0, 20.0, 30.0))
LEVELS = Shape((0.5, 0.5), (0.1, 0.9), labels=("north", "south"))


def column(name: str, effect: float, shape: Shape) -> ColumnDrift:
    return ColumnDrift(
        name, "number", "ks", effect, effect, effect, 0.1, 0.001, 0.001, True, 0.5, True, 0.0, 0.0, shape=shape
    )


def test_a_click_shows_another_column(chromium: Any, tmp_path: Path) -> None:
    columns = (column("income", 0.4, NUMBERS), column("region", 0.2, LEVELS))
    report = DriftReport("credit-risk", 2, "june", 20_000, 5_312, 0.05, columns, ())
    chart = drift_charts(report)[0]
    page_file = tmp_path / "chart.html"
    page_file.write_text(
        vl_convert.vegalite_to_html(
            specification(chart),
            vl_version=CONVERTER_VERSION,
            bundle=True,
            renderer="svg",  # the version of JupyterLab
        ),
        encoding="utf-8",
    )
    page = chromium.new_page()
    try:
        page.goto(page_file.as_uri())
        said = page.locator("svg text")
        said.filter(has_text="income: drifted, effect 0.4").wait_for()
        assert said.filter(has_text="north").count() == 0
        page.locator("svg path[aria-label^='column: region']").click(position={"x": 390, "y": 9})  # beside its dot
        said.filter(has_text="region: drifted, effect 0.2").wait_for()
        said.filter(has_text="north").wait_for()
        assert said.filter(has_text="income: drifted").count() == 0
        page.locator("svg path[aria-label*='column: income'][aria-roledescription='point']").click()
        said.filter(has_text="income: drifted").wait_for()
    finally:
        page.close()
