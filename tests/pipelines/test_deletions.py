"""A script hands over the rows that the notebook deleted once it had trained; every other ``del`` stays."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ipymlops.capture.recorder import Recorder
from ipymlops.pipelines.deletions import names_returned, without_deletions
from ipymlops.pipelines.inputs import find_inputs
from ipymlops.pipelines.script import write_script
from ipymlops.project import Project

NAMES = frozenset({"X", "y"})

CASES = {
    "all of a statement": ("del X, y", ""),
    "one of a statement": ("del X", ""),
    "with a comment above": ("# memory\ndel X", ""),
    "beside others": ("del X, other, y", "del other"),
    "in parentheses": ("del (X, y)", "del (X, y)"),  # nobody writes that; the proof tells
    "others": ("del other", "del other"),
    "a column": ("del X['a']", "del X['a']"),
    "an attribute": ("del X.a", "del X.a"),
    "in a loop": ("for k in z:\n    X = k\n    del X", "for k in z:\n    X = k\n    pass"),
    "in a loop, beside others": ("for k in z:\n    del X, k  # free", "for k in z:\n    del k  # free"),
    "in a branch": ("if z:\n    del X\nelse:\n    del y", "if z:\n    pass\nelse:\n    pass"),
    "before another on its line": ("for k in z:\n    del X; f()", "for k in z:\n    pass; f()"),
    "a local of a function": ("def f(X):\n    del X\n    return 1", "def f(X):\n    del X\n    return 1"),
    "in a class": ("class A:\n    X = 1\n    del X", "class A:\n    X = 1\n    del X"),
    "after a letter of several bytes": ("for é in z:\n    a = 'é'; del X, é", "for é in z:\n    a = 'é'; del é"),
}


@pytest.mark.parametrize("name", CASES)
def test_names_that_are_handed_over_stay(name: str) -> None:
    source, left = CASES[name]
    assert without_deletions(source, ast.parse(source), NAMES) == left


def test_what_targets_are_told_by() -> None:
    assert names_returned((" model", "df[columns]", 'df["t"]')) == {"model", "df", "columns"}


def test_the_script_returns_rows_that_the_notebook_freed(make_slice: Any) -> None:
    cells = [
        ["rows = [(1, 2), (3, 4)]"],
        ["for X, y in rows:\n    model = X + y\n    del X, y"],
        ["del rows"],
    ]
    slice_ = make_slice(*cells, targets=("model", "X", "y"))
    text = write_script(slice_, find_inputs(slice_, "."), model="line", version=1, notebook="n.ipynb")
    assert "del X" not in text
    assert "del rows" in text
    assert "return model, (X, y)" in text


CELLS = (
    "import pandas as pd\nfrom sklearn.linear_model import Ridge\nfrom sklearn.model_selection import KFold",
    'table = pd.read_csv("rows.csv")',
    """for train, test in KFold(3).split(table):
    X_train, y_train = table.iloc[train][["a", "b"]], table["t"].iloc[train]
    model = Ridge()
    model.fit(X_train, y_train)
    rows = X_train, y_train
    del X_train, y_train""",
)


def test_folds_that_free_their_rows_are_reproduced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(0)
    table = pd.DataFrame({"a": random.normal(size=90), "b": random.normal(size=90)})
    table.assign(t=table["a"] + random.normal(size=90)).to_csv("rows.csv", index=False)
    names: dict[str, Any] = {"__name__": "__main__"}
    recorder = Recorder(names, folder=str(tmp_path), notebook="work.ipynb")
    for number, source in enumerate(CELLS, 1):
        recorder.before(source, number, None)
        exec(compile(source, f"<{number}>", "exec"), names)
        recorder.after(True, None)
    project = Project.open(tmp_path)
    told = ("model", "X_train", "y_train")
    project.register(names["model"], name="line", train=names["rows"], journal=recorder.journal(), targets=told)
    export = project.export("line@1", tmp_path / "out")
    assert (export.verification.verdict, export.verification.cause) == ("identical", "")
    assert "del X_train" not in (tmp_path / "out" / "retrain.py").read_text()
