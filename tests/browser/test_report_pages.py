"""Report pages in a browser: at every width nothing is cut, and the threshold moves without a network."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from ipymlops.evaluation.evaluation import evaluate
from ipymlops.views import words
from ipymlops.views.table import report_page

pytestmark = pytest.mark.browser

# What a reader cannot see: what leaves the page, or lies outside of the figure that draws it. Tables may scroll.
CUT = """() => {
  const page = document.documentElement, found = [];
  if (page.scrollWidth > page.clientWidth) found.push(`the page is ${page.scrollWidth} px wide`);
  const told = (what, element) => found.push(`${what}: ${element.textContent.slice(0, 60)}`);
  for (const element of document.querySelectorAll('main *')) {
    const box = element.getBoundingClientRect();
    if (!box.width || element.closest('.m-scroll')) continue;
    if (box.right > page.clientWidth + 1 || box.left < -1) told(`${element.tagName} leaves the page`, element);
    const hides = getComputedStyle(element).overflowX !== 'visible' && !element.matches('caption, .m-bar');
    if (hides && element.scrollWidth > element.clientWidth + 1) told(`${element.tagName} is cut`, element);
  }
  for (const text of document.querySelectorAll('figure svg text')) {
    const box = text.getBoundingClientRect(), frame = text.closest('figure').getBoundingClientRect();
    if (!box.width) continue;
    if (box.left < frame.left || box.right > frame.right || box.top < frame.top || box.bottom > frame.bottom)
      told('text leaves its figure', text);
  }
  return found;
}"""
# Of a table that scrolls, and of one that does not: no cell is narrower than what stands in it.
CELLS = """() => [...document.querySelectorAll('.m-grid th, .m-grid td')]
  .filter(cell => cell.scrollWidth > cell.clientWidth + 1).map(cell => cell.textContent)"""
REPORTS = [
    "drift", "beyond", "wide drift", "over time", "segments", "binary", "costs", "groups", "weak slices", "regression",
    "multiclass", "estimate, windows", "comparison cannot tell", "refusal",
]  # fmt: skip


@pytest.fixture(scope="module")
def made() -> dict[str, Any]:
    """One result of every type, as the tests of views make them."""
    return _samples().samples()


def _samples() -> Any:
    path = Path(__file__).parents[1] / "views" / "conftest.py"
    spec = importlib.util.spec_from_file_location("made_results", path)
    assert spec is not None
    assert spec.loader is not None
    module: ModuleType = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def opened(chromium: Any, tmp_path: Path) -> Iterator[Any]:
    """Opens a page without any network; ``opened(result, width, scheme)``."""
    contexts = []

    def open_page(result: Any, width: int = 600, scheme: str = "light", **options: Any) -> Any:
        path = tmp_path / "report.html"
        path.write_text(report_page(result, "credit-risk@2: a report"), encoding="utf-8")
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True, **options
        )
        contexts.append(context)
        page = context.new_page()
        page.goto(path.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.mark.parametrize("name", REPORTS)
def test_nothing_is_cut_on_a_narrow_page(opened: Any, made: dict[str, Any], name: str) -> None:
    page = opened(made[name])
    page.evaluate("() => document.querySelectorAll('details').forEach(fold => fold.open = true)")
    for width in (1200, 800, 600, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate(CUT) == [], width
        assert page.evaluate(CELLS) == [], width


def test_the_checks_see_what_is_cut(opened: Any, made: dict[str, Any]) -> None:
    page = opened(made["over time"])
    page.add_style_tag(content="figcaption b{white-space:nowrap;width:900px} .m-verdict{overflow:hidden;width:90px;"
                               "white-space:nowrap}")  # fmt: skip
    found = " ".join(page.evaluate(CUT))
    assert "B leaves the page" in found
    assert "H3 is cut" in found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_threshold_moves_offline(opened: Any, scheme: str) -> None:
    result = _priced()
    page = opened(result, 1200, scheme)
    said, slider = page.locator(".m-threshold p"), page.get_by_role("slider", name="threshold")
    before = said.inner_text()
    assert before.startswith(f"From {words.short(result.threshold)} up: ")
    assert _table(page) == [f"{n:,}" for row in result.confusion for n in row]

    slider.focus()
    slider.press("Home")
    assert said.inner_text().startswith(f"From {words.short(result.curve[0].threshold)} up: 100 % of rows")
    assert ", cost " in said.inner_text()
    assert _table(page)[0] == _table(page)[2] == "0"  # everything is flagged: nothing is predicted to be in the first

    slider.fill(str(result.threshold))
    assert said.inner_text() == before
    at = page.evaluate(
        """() => [...document.querySelector('.m-row:has(.m-threshold)').querySelectorAll('path[opacity="1"]')]
            .filter(dot => dot.closest('.mark-symbol.role-mark'))
            .map(dot => +dot.getAttribute('transform').slice(10).split(',')[0])"""
    )
    assert at == pytest.approx([result.threshold * 236] * 3)


def test_without_scripts_the_page_stands_at_the_model_s_threshold(opened: Any) -> None:
    result = _priced()
    page = opened(result, java_script_enabled=False)
    assert not page.locator(".m-threshold input").is_visible()
    assert _table(page) == [f"{n:,}" for row in result.confusion for n in row]


def _table(page: Any) -> list[str]:
    return [str(text) for text in page.locator(".m-threshold td b").all_inner_texts()]


def _priced() -> Any:
    random = np.random.default_rng(0)
    X = random.normal(size=(300, 2))
    y = X[:, 0] + random.normal(size=300) > 0.8
    return evaluate(LogisticRegression().fit(X, y), X, y, name="m", version=1, cost={"fp": 1, "fn": 5})
