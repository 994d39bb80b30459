"""What the recorder is told of each cell: the source as typed, and the line that failed."""

from __future__ import annotations

from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell

from ipymlops.apps.notebook import extension, hooks

FAILING = {
    "1 / 0": 1,
    "x = 1\n1 / 0\ny = 2": 2,
    "\n\nx = 1\n1 / 0": 2,  # as the journal numbers it
    "def f():\n    return 1 / 0\nx = 1\nf()": 4,
    "import json\n\njson.loads('{')": 3,
    "x = 1\nfor i in range(3):\n    y = i\n    1 / (2 - i)\nz = 1": 4,
    "x = (1 +": 1,
    "x = 1\n%no_such_magic\ny = 1": 2,
    "%%time\nx = 1\n1 / 0": 3,
    "%%time\nx = 1\ndivide = lambda a: 1 / a\n\n\ndivide(0)": 6,
    "x = 1\n%time 1 / 0": 2,
    "x = 1\nlist(map(lambda a: 1 / a, [0]))": 2,
}


@pytest.mark.parametrize(("source", "line"), FAILING.items())
def test_the_failing_line_is_the_one_a_person_sees(
    shell: InteractiveShell, source: str, line: int, capsys: pytest.CaptureFixture[str]
) -> None:
    result = shell.run_cell(source, store_history=True)
    assert capsys.readouterr().out + capsys.readouterr().err is not None
    assert not result.success
    assert hooks.failed_line(result, shell.user_global_ns) == line


def test_a_cell_that_succeeds_has_no_failing_line(shell: InteractiveShell) -> None:
    assert hooks.failed_line(shell.run_cell("x = 1", store_history=True), shell.user_global_ns) is None


def test_the_recorder_sees_the_source_as_typed_and_how_it_went(shell: InteractiveShell) -> None:
    extension.load(shell)
    for source in ("%time x = 1", "x = 2\n1 / 0"):
        shell.run_cell(source, store_history=True, cell_id="abc")
    journal = extension.held(shell).hooks.recorder.journal()
    assert [cell.source for cell in journal] == ["%time x = 1", "x = 2\n1 / 0"]
    assert [(cell.succeeded, cell.failed_line, cell.cell_id) for cell in journal] == [
        (True, None, "abc"),
        (False, 2, "abc"),
    ]


NUMBERED = [
    ("x = 1\ny = 2", "x = 1\ny = 2"),
    ("\n  \nx = 1", "x = 1"),
    ("%mlops drift c \\\n  --data x\ny = 2", "%mlops drift c    --data x\ny = 2"),
    ("r = %mlops drift c \\\n  --data x\ny = 2", "r = %mlops drift c    --data x\ny = 2"),
    ("x = 1 + \\\n  2\ny = 2", "x = 1 + \\\n  2\ny = 2"),
    ("s = '''\n% a \\\n b'''\ny = 2", "s = '''\n% a \\\n b'''\ny = 2"),
    ("%%time\nx = 1\ny = 2", "%%time\nx = 1\ny = 2"),
]


@pytest.mark.parametrize(("typed", "kept"), NUMBERED)
def test_the_journal_numbers_lines_as_the_running_code_does(shell: InteractiveShell, typed: str, kept: str) -> None:
    assert hooks.as_numbered(typed, shell.transform_cell(typed)) == kept


def test_earlier_cells_are_those_of_this_session(shell: InteractiveShell) -> None:
    for source in ("a = 1", "b = 2  # twice"):
        shell.run_cell(source, store_history=True)
    shell.run_cell("c = 3", store_history=False)
    assert hooks.earlier_cells(shell) == [(1, "a = 1"), (2, "b = 2  # twice")]


@pytest.mark.parametrize("named", [None, "relative/notebook.ipynb", "/no/such/folder/notebook.ipynb"])
def test_without_a_usable_notebook_path_the_search_starts_here(
    shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch, named: str | None
) -> None:
    if named:
        monkeypatch.setenv("JPY_SESSION_NAME", named)
    assert hooks.start_folder(shell) == Path.cwd()


def test_the_search_starts_beside_the_notebook(
    shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("JPY_SESSION_NAME", str(tmp_path / "credit.ipynb"))
    assert hooks.start_folder(shell) == tmp_path
    monkeypatch.delenv("JPY_SESSION_NAME")
    shell.user_ns["__vsc_ipynb_file__"] = str(tmp_path / "other.ipynb")
    assert hooks.notebook_path(shell) == str(tmp_path / "other.ipynb")


def test_cells_that_raised_before_we_were_loaded_are_known_with_their_line(shell: InteractiveShell) -> None:
    for source in ("x = 1\ny = nowhere\nz = 2", "v = 3", "w = (1 +"):
        shell.run_cell(source, store_history=True)
    recorder = hooks.Hooks(shell).recorder
    cells = recorder.journal().cells
    assert [(cell.succeeded, cell.failed_line) for cell in cells[-3:]] == [(False, 2), (True, None), (False, 1)]
