"""The slice marked in its notebook: lines in, out and needed without being able to leave, and the chain from each."""

from __future__ import annotations

import pytest

from ipymlops.capture.cell_run import CellRun
from ipymlops.capture.journal import Journal
from ipymlops.pipelines.marking import MarkedNotebook, mark
from ipymlops.pipelines.slicing import slice_journal


def marked(*cells: str, target: str = "v", rung: int = 0) -> MarkedNotebook:
    journal = Journal(tuple(CellRun(n, source) for n, source in enumerate(cells, 1)), notebook="work.ipynb")
    cut = slice_journal(journal, (target,), rung=rung)
    return mark(journal, cut, model="line", version=1, notebook="work.ipynb")


def letters(notebook: MarkedNotebook) -> list[str]:
    """A letter a line: i in, . out, s stays."""
    return [
        "".join(found.state[0] if (found := cell.at(n)) else "." for n in range(1, len(cell.source.splitlines()) + 1))
        for cell in notebook.cells
    ]


LINES = [
    ("one line", ["v = 1"], ["i"]),
    ("a statement beside", ["v = 1\nw = 2\nprint(w)"], ["i.."]),
    ("a whole block", ["a = []\nfor i in range(3):\n\n    a.append(i)\nb = 1", "v = a"], ["iiii.", "i"]),
    ("comments above belong to it", ["w = 1\n# about v\n# more of it\nv = 1\n# the end"], [".iii."]),
    ("a heading apart belongs to what comes next", ["# a heading\n\nv = 1"], ["iii"]),
    ("magics", ["%matplotlib inline\n%%time\nv = 1", "%%time\nv = 1"], ["...", ".i"]),
    ("a decorated function", ["import functools\n@functools.cache\ndef f():\n    return 1\nv = f()"], ["iiiii"]),
    ("two on a line, one needed", ["v = 1; w = 2"], ["i"]),
    ("cells that are not needed", ["w = 1", "v = 1", "print(v)"], [".", "i", "."]),
    ("a cell that ran again", ["v = 1", "v = 2"], [".", "i"]),
    ("what cannot leave", ["files = !ls", "v = len(files)"], ["s", "i"]),
]


@pytest.mark.parametrize(("cells", "expected"), [c[1:] for c in LINES], ids=[c[0] for c in LINES])
def test_lines_are_marked(cells: list[str], expected: list[str]) -> None:
    assert letters(marked(*cells)) == expected


def test_the_chain_leads_from_a_statement_to_the_model() -> None:
    notebook = marked("import pandas as pd", "df = pd.read_csv('x.csv')", "X = df[['a']]\nw = 1", "v = X")
    rows = notebook.rows()
    assert [r["chain"] for r in rows] == [
        "In [2] -> In [3] -> In [4] -> `v`", "In [3] -> In [4] -> `v`", "In [4] -> `v`", "", "`v`",
    ]  # fmt: skip
    assert rows[0]["why"] == "defines `pd`, which In [2] needs"
    assert [r["state"] for r in rows] == ["in", "in", "in", "out", "in"]
    assert rows[2]["source"] == "X = df[['a']]"


def test_a_cell_that_leads_on_within_itself_is_said_once() -> None:
    notebook = marked("a = 1\nb = a\nc = b\nv = c")
    assert notebook.rows()[0]["chain"] == "In [1] -> `v`"


def test_a_wider_slice_marks_what_it_added_and_says_why() -> None:
    notebook = marked("v = 1", "print(2)", rung=5)
    assert letters(notebook) == ["i", "i"]
    assert [(r["why"], r["chain"]) for r in notebook.rows()][1] == ("was executed", "")


def test_counts_are_those_of_the_slice() -> None:
    notebook = marked("w = 1", "v = 1\nprint(v)", "files = !ls")
    assert (notebook.kept, notebook.total, notebook.cells_kept, len(notebook.cells)) == (1, 4, 1, 3)
    assert notebook.left_out == ()


def test_what_cannot_leave_is_said_and_not_counted_as_kept() -> None:
    notebook = marked("files = !ls", "v = len(files)")
    assert notebook.kept == 1
    assert notebook.left_out == ("`files = !ls` asks the notebook or the shell, in In [1]",)


def test_a_cell_that_raised_keeps_what_took_effect() -> None:
    run = CellRun(1, "v = 1\nv = 1 / 0\nw = 2", succeeded=False, failed_line=2)
    journal = Journal((run,))
    notebook = mark(journal, slice_journal(journal, ("v",)), model="line", version=1, notebook=None)
    assert letters(notebook) == ["ii."]
    assert notebook.cells[0].raised


def test_what_is_kept_to_be_safe_says_why() -> None:
    notebook = marked("from lib import f\na = [1]", "f(a)", "v = a")
    (call,) = [r for r in notebook.rows() if r["source"] == "f(a)"]
    assert call["doubt"]
    assert notebook.doubtful == 2  # and the import that only it needs
    assert marked("a = [1]", "v = a").doubtful == 0
