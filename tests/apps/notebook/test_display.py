"""How results show: text in a terminal; a card and then its charts where a front end draws."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest
from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.interactiveshell import InteractiveShell

from ipymlops.apps.notebook import extension
from ipymlops.apps.notebook.display import NO_PICTURES, SHOWN, Display
from ipymlops.apps.notebook.progress import NotebookProgress
from ipymlops.registry.records import ModelList
from ipymlops.views import table

LIST = ModelList("here", ())
CARD = {"text/html", "text/plain"}


@pytest.fixture
def rich(shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch) -> InteractiveShell:
    """A shell with a front end that draws: what it is sent can be read in ``display_pub.outputs``."""
    monkeypatch.setattr(Display, "is_rich", True)
    shell.display_pub = CapturingDisplayPublisher()
    extension.load(shell)
    shell.user_ns["listed"] = LIST
    return shell


def shown(shell: InteractiveShell, source: str) -> list[dict[str, Any]]:
    shell.run_cell(source, store_history=True).raise_error()
    return list(shell.display_pub.outputs)


def display_of(shell: InteractiveShell) -> Display:
    held = extension.held(shell)
    assert held is not None
    return held.display


def test_the_rows_here_are_the_rows_of_the_views() -> None:
    named = {getattr(importlib.import_module(module), name) for module, name in SHOWN}
    assert named == set(table.VIEWS)


def test_a_bare_line_shows_the_card_once(rich: InteractiveShell) -> None:
    [card] = shown(rich, "listed")
    assert card["data"] == {"text/html": table.render_html(LIST), "text/plain": table.render_text(LIST)}


def test_a_kept_result_shows_nothing(rich: InteractiveShell) -> None:
    assert shown(rich, "kept = listed") == []


def test_each_chart_is_an_output_of_its_own_below_the_card(
    rich: InteractiveShell, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ipymlops.views.charts import bundle

    monkeypatch.setattr(table, "charts", lambda result: ("first", "second"))
    monkeypatch.setattr(bundle, "mime_bundle", lambda chart: ({"text/plain": chart}, {"image/png": {"width": 620}}))
    card, first, second = shown(rich, "listed")
    assert set(card["data"]) == CARD
    assert (first["data"]["text/plain"], second["data"]["text/plain"]) == ("first", "second")
    assert first["metadata"] == {"image/png": {"width": 620}}


@pytest.mark.parametrize(("installed", "times"), [(False, 1), (True, 0)])
def test_missing_pictures_are_said_once_in_a_notebook(
    rich: InteractiveShell, monkeypatch: pytest.MonkeyPatch, installed: bool, times: int
) -> None:
    from ipymlops.views.charts import bundle

    monkeypatch.setattr(table, "charts", lambda result: ("first", "second"))
    monkeypatch.setattr(bundle, "mime_bundle", lambda chart: ({"text/plain": chart}, {}))
    monkeypatch.setattr(bundle, "draws_pictures", lambda: installed)
    shown(rich, "listed")
    texts = [output["data"]["text/plain"] for output in shown(rich, "listed")]
    assert texts.count(NO_PICTURES) == times
    assert texts.count("first") == texts.count("second") == 2


def test_steps_replace_each_other_and_the_card_replaces_them(rich: InteractiveShell) -> None:
    progress = NotebookProgress(display_of(rich), "register")
    progress("measure")
    progress("store <it>")
    progress.finish(LIST)
    outputs = shown(rich, "listed")
    assert [output["update"] for output in outputs] == [False, True, True, True]
    assert len({output["transient"]["display_id"] for output in outputs}) == 1
    assert "store &lt;it&gt;" in outputs[1]["data"]["text/html"]
    assert outputs[2]["data"]["text/plain"].startswith("register took ")
    assert outputs[3]["data"]["text/html"] == table.render_html(LIST)


def test_a_result_shown_again_is_a_new_output(rich: InteractiveShell) -> None:
    progress = NotebookProgress(display_of(rich), "register")
    progress("measure")
    progress.finish(LIST)
    shown(rich, "listed")
    assert [output["update"] for output in shown(rich, "listed")] == [False, True, True, False]


def test_another_result_does_not_take_the_place(rich: InteractiveShell) -> None:
    progress = NotebookProgress(display_of(rich), "register")
    progress("measure")
    progress.finish(ModelList("elsewhere", ()))
    assert shown(rich, "listed")[-1]["update"] is False


def test_a_command_without_steps_leaves_no_output(rich: InteractiveShell) -> None:
    progress = NotebookProgress(display_of(rich), "models")
    progress.finish(LIST)
    progress.stop()
    assert rich.display_pub.outputs == []


def test_a_command_that_fails_says_that_it_stopped(rich: InteractiveShell) -> None:
    progress = NotebookProgress(display_of(rich), "export")
    progress("prove")
    progress.stop()
    assert rich.display_pub.outputs[-1]["data"]["text/plain"].startswith("export stopped after ")


def test_a_terminal_gets_text(shell: InteractiveShell, capsys: pytest.CaptureFixture[str]) -> None:
    extension.load(shell)
    shell.user_ns["listed"] = LIST
    shell.run_cell("listed", store_history=True).raise_error()
    assert table.render_text(LIST) in capsys.readouterr().out
    assert shell.user_ns["_"] is LIST


def test_an_answer_is_printed_as_it_shows(shell: InteractiveShell, capsys: pytest.CaptureFixture[str]) -> None:
    extension.load(shell)
    Path(".mlops").mkdir()  # a project without a model
    shell.run_cell("answer = %mlops models", store_history=True).raise_error()
    assert capsys.readouterr().out == ""
    shell.run_cell("print(answer)", store_history=True).raise_error()
    answer = shell.user_ns["answer"]
    assert capsys.readouterr().out == f"{table.render_text(answer)}\n"
    assert f"{answer}" == str(answer)
    assert repr(answer).startswith("ModelList(")


def test_other_values_show_as_ever(rich: InteractiveShell, capsys: pytest.CaptureFixture[str]) -> None:
    rich.run_cell("[1, 2]", store_history=True).raise_error()
    assert "[1, 2]" in capsys.readouterr().out
