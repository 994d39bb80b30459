"""How results show: text in a terminal; a card and then its charts where a front end draws."""

from __future__ import annotations

import importlib
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from ipymlops.apps.notebook import display
from ipymlops.registry.records import ModelList
from ipymlops.views import table
from ipymlops.views.charts import bundle

LIST = ModelList("here", ())


@pytest.fixture
def rich(shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch) -> InteractiveShell:
    monkeypatch.setattr(display, "is_rich", lambda shell: True)
    shell.active_types = ["text/html", "text/plain"]
    display.register(shell)
    return shell


def shown(shell: InteractiveShell, source: str) -> list[Any]:
    shell.user_ns["listed"] = LIST
    with capture_output() as captured:
        shell.run_cell(source, store_history=True).raise_error()
    return list(captured.outputs)


def test_the_rows_here_are_the_rows_of_the_views() -> None:
    named = {getattr(importlib.import_module(module), name) for module, name in display.SHOWN}
    assert named == set(table.VIEWS)


def test_a_bare_line_shows_the_card_once(rich: InteractiveShell) -> None:
    [card] = shown(rich, "listed")
    assert card.data == {"text/html": table.render_html(LIST), "text/plain": table.render_text(LIST)}


def test_display_shows_the_same(rich: InteractiveShell) -> None:
    assert shown(rich, "from IPython.display import display\ndisplay(listed)")[0].data.keys() == {
        "text/html",
        "text/plain",
    }


def test_a_kept_result_shows_nothing(rich: InteractiveShell) -> None:
    assert shown(rich, "kept = listed") == []


def test_each_chart_is_an_output_of_its_own_below_the_card(
    rich: InteractiveShell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "charts", lambda result: ("first", "second"))
    monkeypatch.setattr(bundle, "mime_bundle", lambda chart: ({"text/plain": chart}, {"image/png": {"width": 620}}))
    card, first, second = shown(rich, "listed")
    assert "text/html" in card.data
    assert (first.data["text/plain"], second.data["text/plain"]) == ("first", "second")
    assert first.metadata == {"image/png": {"width": 620}}


def test_a_terminal_gets_text(shell: InteractiveShell, capsys: pytest.CaptureFixture[str]) -> None:
    display.register(shell)
    shell.user_ns["listed"] = LIST
    shell.run_cell("listed", store_history=True).raise_error()
    assert table.render_text(LIST) in capsys.readouterr().out
    assert shell.user_ns["_"] is LIST


def test_other_values_show_as_ever(rich: InteractiveShell, capsys: pytest.CaptureFixture[str]) -> None:
    rich.run_cell("[1, 2]", store_history=True).raise_error()
    assert "[1, 2]" in capsys.readouterr().out
