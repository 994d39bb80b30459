"""What every view must do: three forms, escaped, plain, offline."""

from __future__ import annotations

import dataclasses
import html
import re
from base64 import b64encode
from datetime import datetime, timedelta, timezone
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat import v4

import ipymlops
from ipymlops.errors import BadInput
from ipymlops.views.charts.bundle import mime_bundle
from ipymlops.views.reports import threshold
from ipymlops.views.reports.html import ROWS_BEFORE_FOLDING, card_html
from ipymlops.views.table import VIEWS, charts, render_html, render_text, report_page, view_of

HOSTILE = "<script>alert(1)</script>\"'&[red]x[/red]\x1b[31m"
URL = re.compile(r"https?://[^\s\"'<)]+")
NAMESPACES = {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
VOID = {"br", "meta", "link", "img", "hr"}


class Outline(HTMLParser):
    """Opened tags with attributes, the visible text, and whether all is closed in order."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.stack: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.stack.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.stack:
            self.text += data


def test_every_result_type_has_a_sample(made: dict[str, Any]) -> None:
    assert {type(r) for r in made.values()} == set(VIEWS)


def test_what_has_no_view_is_said_so() -> None:
    with pytest.raises(BadInput, match="Found a dict, which has no view"):
        view_of({})


def test_html_says_the_verdict_first_and_is_well_formed(result: Any) -> None:
    card = view_of(result).card(result)
    outline = Outline(render_html(result))
    assert not outline.stack
    text = " ".join(outline.text.split())
    assert text.startswith(" ".join(card.title.split()))
    assert " ".join(card.verdict.split()) in text
    assert [tag for tag, _ in outline.tags if tag in ("h1", "h2", "h3")] == ["h3"]
    assert len(card.figures) <= 5
    assert all(f"%mlops {s.command}" in text for s in card.steps if not s.shell)


def test_tables_have_scopes_and_the_card_has_a_label(result: Any) -> None:
    tags = Outline(render_html(result)).tags
    assert all(attributes.get("scope") in ("col", "row") for tag, attributes in tags if tag == "th")
    assert [a["aria-label"] for tag, a in tags if tag == "section"] == [view_of(result).card(result).title]


def test_states_are_a_mark_and_a_word(result: Any) -> None:
    badges = re.findall(r'<span class="m-badge [^"]+">(.*?)</span>', render_html(result))
    for badge in badges:
        assert re.fullmatch(r'<b aria-hidden="true">[✓✕?–]</b> \S.*', badge)


def test_text_has_the_same_order_and_no_escape_codes(result: Any) -> None:
    card, text = view_of(result).card(result), render_text(result, width=100)
    flat = " ".join(text.split())
    places = [flat.index(" ".join(part.split())) for part in (card.title, card.verdict)]
    places += [flat.rindex(s.command) for s in card.steps]
    assert places == sorted(places)
    assert "\x1b" not in text


@pytest.mark.parametrize("width", [40, 80, 200])
def test_text_keeps_to_its_width_save_lines_to_copy(made: dict[str, Any], width: int) -> None:
    for result in made.values():
        commands = {s.command for s in view_of(result).card(result).steps}
        lines = [x for x in render_text(result, width=width).splitlines() if not any(c in x for c in commands)]
        assert max(map(len, lines)) <= width


def test_colour_only_when_asked_and_the_prompt_is_the_command_lines(made: dict[str, Any]) -> None:
    text = render_text(made["drift"], color=True, prompt="ipymlops")
    assert "\x1b[" in text
    assert "ipymlops export credit-risk@2" in text
    assert "%mlops" not in text


def test_no_exclamation_marks_and_no_machine_words(result: Any) -> None:
    said = Outline(render_html(result)).text + render_text(result)
    assert "!" not in said
    assert not re.search(r"\b(nan|None(?! of \d)|inf)\b", said)


def test_charts_have_a_title_that_fits(result: Any) -> None:
    for chart in charts(result):
        data, metadata = mime_bundle(chart)
        assert data["text/plain"].startswith("[chart] ")
        assert metadata["image/png"]["width"] <= 640


def test_a_page_is_whole_and_fetches_nothing(result: Any) -> None:
    page = report_page(result, "A report")
    assert set(URL.findall(page)) <= NAMESPACES
    page = page.replace(f"<script>{threshold.SCRIPT}</script>", "").replace(f"<style>{threshold.STYLE}</style>", "")
    assert "<script" not in page
    assert "@import" not in page
    assert page.count("<style>") == 1
    assert page.count("<figure>") >= len(charts(result))
    assert page.count('<svg role="img" aria-label="') + page.count('class="m-threshold"') == page.count("<figure>")


def test_a_page_says_when_and_by_what_it_was_made(made: dict[str, Any]) -> None:
    when = datetime(2026, 3, 1, 12, 30, tzinfo=timezone(timedelta(hours=2)))
    foot = f"<footer>Made 2026-03-01 10:30:00 UTC by ipymlops {ipymlops.__version__}.</footer>"
    assert foot in report_page(made["drift"], made=when)
    assert f"<footer>Made by ipymlops {ipymlops.__version__}.</footer>" in report_page(made["drift"])
    assert report_page(made["drift"], made=when) == report_page(made["drift"], made=when)


@pytest.mark.parametrize("name", ["drift", "over time", "segments", "estimate", "binary"])
def test_a_page_is_called_what_it_is_of(made: dict[str, Any], name: str) -> None:
    page, card = report_page(made[name]), view_of(made[name]).card(made[name])
    assert "@2" in card.title
    assert f"<title>{html.escape(card.title)}</title>" in page
    assert f"<h1>{html.escape(card.title)}</h1>" in page
    assert 'class="m-title"' not in page


def test_lines_to_copy_begin_as_they_are_typed_where_they_are_read(result: Any) -> None:
    """In a shell ``ipymlops``; but what needs the live model is typed in a notebook."""
    card = view_of(result).card(result)
    steps = card.steps
    for source in (card_html(card, prompt="ipymlops"), render_text(result, prompt="ipymlops")):
        assert source.count("%mlops") == sum(s.command.startswith("register ") for s in steps)
    assert card_html(card).count("<code>%mlops ") == sum(not s.shell for s in steps)


def _hostile(value: Any) -> Any:
    """The same value with every free text turned hostile; texts that mean something to the code are kept."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        kept = {
            "verdict",
            "outcome",
            "severity",
            "kind",
            "task",
            "decision",
            "code",
            "primary",
            "alias",
            "distance",
            "state",
            "method",
        }
        changes = {f.name: _hostile(getattr(value, f.name)) for f in dataclasses.fields(value) if f.name not in kept}
        if "name" in changes and "greater_is_better" in changes:
            del changes["name"]
        return dataclasses.replace(value, **changes)
    if isinstance(value, tuple):
        return tuple(_hostile(v) for v in value)
    return HOSTILE + value[:8] if isinstance(value, str) else value


def test_hostile_names_stay_text(result: Any) -> None:
    hostile = _hostile(result)
    page = report_page(hostile, HOSTILE).replace(f"<script>{threshold.SCRIPT}</script>", "")
    for source in (render_html(hostile), page):
        assert "<script" not in source
        assert "\x1b" not in source
        outline = Outline(source)
        assert not outline.stack
    assert "\x1b" not in render_text(hostile)


def test_hostile_names_are_shown_as_they_are(made: dict[str, Any]) -> None:
    text = Outline(render_html(_hostile(made["drift"]))).text
    assert '<script>alert(1)</script>"' in text
    assert html.escape(HOSTILE[:25]) in render_html(_hostile(made["drift"]))


def test_more_than_ten_rows_fold(made: dict[str, Any]) -> None:
    source = render_html(made["wide drift"])
    assert f"<summary>{50 - ROWS_BEFORE_FOLDING} more</summary>" in source
    assert "40 more; --json has all" in render_text(made["wide drift"])


def test_fifty_columns_stay_small_in_a_notebook(made: dict[str, Any], tmp_path: Path) -> None:
    """As nbformat stores the outputs of the cell: the card, and each chart with its picture in base64."""
    result = made["wide drift"]
    bundles = [({"text/html": render_html(result), "text/plain": render_text(result)}, {})]
    bundles += [mime_bundle(chart) for chart in charts(result)]
    outputs = [
        v4.new_output("display_data", {k: _as_text(v) for k, v in data.items()}, metadata=metadata)
        for data, metadata in bundles
    ]
    sizes = []
    for name, stored in (("without", []), ("with", outputs)):
        path = tmp_path / f"{name}.ipynb"
        nbformat.write(v4.new_notebook(cells=[v4.new_code_cell("%mlops drift", outputs=stored)]), path)
        nbformat.validate(nbformat.read(path, as_version=4))
        sizes.append(path.stat().st_size)
    assert sizes[1] - sizes[0] < 300_000


def _as_text(value: Any) -> Any:
    return b64encode(value).decode() if isinstance(value, bytes) else value


@pytest.mark.parametrize("name", ["wide drift", "binary", "costs", "weak slices", "regression", "over time"])
def test_a_page_is_small_and_asks_for_nothing(made: dict[str, Any], name: str) -> None:
    """No script but that of the threshold, and no address that a browser would fetch: it reads the same offline."""
    page = report_page(made[name], "A report")
    assert len(page.encode()) < 2_000_000
    page = page.replace(f"<script>{threshold.SCRIPT}</script>", "")
    assert not re.search(r"<(script|link|iframe|img|object|embed|image|base)\b", page, re.IGNORECASE)
    assert not re.search(r"@import|@font-face|url\((?!#)", page)
    assert not re.search(r"""\b(?:src|href|srcset)\s*=\s*["']?(?!#)""", page.replace('xlink:href="#', 'href="#'))


def _text(result: Any, width: int = 80) -> str:
    return render_text(result, width=width)


def test_intervals_marks_and_moments_stay_on_one_line(made: dict[str, Any]) -> None:
    for name in ("models", "refusal", "drift", "history", "version page"):
        for line in _text(made[name]).splitlines():
            assert line.count("(") == line.count(")"), line
            assert not re.search(r"[✓✕?]$|\bto$|→$", line), line


def test_a_table_that_fits_nowhere_becomes_lines_by_row(made: dict[str, Any]) -> None:
    lines = [line.strip() for line in _text(made["wide drift"]).splitlines()]
    at = lines.index("feature_with_a_rather_long_name_00")
    assert lines[at + 1].startswith("outcome ✕ drifted · effect 0.300 · threshold 0.1 · corrected p < 0.001")
    assert "missing 1.0 % → 1.3 %" in lines[at + 2]
    assert not any("feature_with_a_rather_long_name_00" in line for line in lines[at + 1 :])
