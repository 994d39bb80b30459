"""``%%mlops VERB ...`` above a cell: the cell runs, then the verb, and the journal holds what really ran."""

from __future__ import annotations

from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

from ipymlops.apps.notebook import extension
from ipymlops.errors import BadInput, MlopsError, UnknownName
from ipymlops.pipelines.slicing import slice_journal
from ipymlops.project.results import Registration

DATA = """
import pandas as pd
from sklearn.linear_model import LogisticRegression
X = pd.DataFrame({"age": range(60), "income": [(i * 37) % 60 for i in range(60)]})
y = (X.age > 30).astype(int)
"""
FIT = "C = 0.5\nmodel = LogisticRegression(C=C)\nmodel.fit(X, y)"


@pytest.fixture
def notebook(shell: InteractiveShell) -> InteractiveShell:
    extension.load(shell)
    shell.run_cell(DATA, store_history=True).raise_error()
    return shell


def last_cell(shell: InteractiveShell) -> Any:
    return extension.held(shell).hooks.recorder.journal().cells[-1]  # type: ignore[union-attr]


def kept(shell: InteractiveShell) -> str:
    journal = extension.held(shell).hooks.recorder.journal()  # type: ignore[union-attr]
    return "\n".join(one.statement.source for one in slice_journal(journal, ("model",)).kept)


def test_the_cell_runs_and_then_the_verb(notebook: InteractiveShell) -> None:
    notebook.run_cell(f"%%mlops register model --name credit\n{FIT}", store_history=True).raise_error()
    done = notebook.user_ns["_"]
    assert isinstance(done, Registration)
    assert "training data X, y from the fit in In [2] (--train X y)" in done.inferred
    assert FIT.splitlines()[1] in kept(notebook)
    assert last_cell(notebook).succeeded


def test_nested_in_another_cell_magic(notebook: InteractiveShell) -> None:
    notebook.run_cell(f"%%mlops register model --name credit\n%%time\n{FIT}", store_history=True).raise_error()
    assert "model.fit(X, y)" in kept(notebook)


def test_a_verb_that_fails_takes_nothing_back(notebook: InteractiveShell) -> None:
    result = notebook.run_cell(f"%%mlops evaluate nothing\n{FIT}", store_history=True)
    assert isinstance(result.error_in_exec, MlopsError)
    assert not last_cell(notebook).succeeded
    assert "model.fit(X, y)" in kept(notebook)
    assert "except" not in kept(notebook)


def test_a_cell_that_fails_asks_nothing(notebook: InteractiveShell, capsys: pytest.CaptureFixture[str]) -> None:
    result = notebook.run_cell("%%mlops register model\nmodel = 1\nmodel / 0\nafter = 2", store_history=True)
    assert isinstance(result.error_in_exec, ZeroDivisionError)
    cell = last_cell(notebook)
    assert (cell.succeeded, cell.failed_line) == (False, 3)
    assert "after" not in notebook.user_ns
    assert capsys.readouterr().out.count("ZeroDivisionError") <= 2  # once shown: the head and the foot of one traceback


def test_a_verb_that_is_mistyped_is_told_before_anything_runs(notebook: InteractiveShell) -> None:
    result = notebook.run_cell("%%mlops regster model\nmodel = 1", store_history=True)
    assert isinstance(result.error_in_exec, UnknownName)
    assert "model" not in notebook.user_ns


def test_a_cell_that_is_no_python_is_told_once(notebook: InteractiveShell, capsys: pytest.CaptureFixture[str]) -> None:
    result = notebook.run_cell("%%mlops models\nmodel = = 1", store_history=True)
    assert isinstance(result.error_in_exec, BadInput)
    assert capsys.readouterr().out.count("SyntaxError") == 1
    assert not last_cell(notebook).rebound


def test_unloading_takes_the_cell_magic_away(notebook: InteractiveShell) -> None:
    extension.unload(notebook)
    assert "mlops" not in notebook.magics_manager.magics["cell"]
