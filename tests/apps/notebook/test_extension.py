"""Loading and unloading in a real shell, once and again."""

from __future__ import annotations

import pytest
from IPython.core.interactiveshell import InteractiveShell

from ipymlops.apps.notebook import extension
from ipymlops.apps.notebook.completion import MATCHER
from ipymlops.apps.notebook.display import SHOWN


def run(shell: InteractiveShell, source: str) -> object:
    return shell.run_cell(source, store_history=True).raise_error()


def matchers(shell: InteractiveShell) -> list[str]:
    return [getattr(m, "matcher_identifier", "") for m in shell.Completer.custom_matchers]


def callbacks(shell: InteractiveShell) -> int:
    return sum(len(functions) for functions in shell.events.callbacks.values())


def test_loading_adds_and_unloading_takes_all_of_it_away(shell: InteractiveShell) -> None:
    formatter = shell.display_formatter.formatters["text/plain"]
    before = callbacks(shell), dict(formatter.deferred_printers)
    run(shell, "%load_ext ipymlops")
    assert "mlops" in shell.magics_manager.magics["line"]
    assert matchers(shell) == [MATCHER]
    assert set(SHOWN) <= set(formatter.deferred_printers)
    run(shell, "%unload_ext ipymlops")
    assert "mlops" not in shell.magics_manager.magics["line"]
    assert matchers(shell) == []
    assert (callbacks(shell), formatter.deferred_printers) == before


def test_loading_twice_changes_nothing(shell: InteractiveShell) -> None:
    extension.load(shell)
    once = callbacks(shell), matchers(shell)
    extension.load(shell)
    assert (callbacks(shell), matchers(shell)) == once


def test_reloading_leaves_one_of_everything(shell: InteractiveShell) -> None:
    run(shell, "%load_ext ipymlops")
    once = callbacks(shell), matchers(shell)
    run(shell, "%reload_ext ipymlops")
    assert (callbacks(shell), matchers(shell)) == once


def test_unloading_what_is_not_loaded_changes_nothing(shell: InteractiveShell) -> None:
    before = callbacks(shell)
    extension.unload(shell)
    assert callbacks(shell) == before


def test_the_magic_tells_its_verbs_when_asked_for_help(shell: InteractiveShell) -> None:
    run(shell, "%load_ext ipymlops")
    told = shell.inspector.info(shell.find_line_magic("mlops"))["docstring"]
    assert "register" in told
    assert "MODEL[@REF]" in told


@pytest.mark.parametrize("source", ["%load_ext ipymlops", "import os\n%load_ext ipymlops\nx = 1"])
def test_the_cell_that_loads_is_in_the_journal_once(shell: InteractiveShell, source: str) -> None:
    run(shell, "early = 1")
    run(shell, source)
    run(shell, "late = 2")
    journal = extension.held(shell).hooks.recorder.journal()
    assert [cell.source for cell in journal] == ["early = 1", source, "late = 2"]
    assert [cell.execution for cell in journal] == [1, 2, 3]
    assert [cell.evidence for cell in journal] == [False, False, True]
