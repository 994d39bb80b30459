"""Notebooks that write over what they have read: nothing is destroyed, and no proof rests on what they left behind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from ipymlops.pipelines.overwriting import overwritten
from ipymlops.pipelines.results import Export, PipelineInput

HEAD = "import pandas as pd\nfrom pathlib import Path\nfrom sklearn.linear_model import LinearRegression"
FIT = 'X, y = df[["a", "b"]], df["t"]\nmodel = LinearRegression().fit(X, y)'
LOWERED = 'df["t"] = df["t"].clip(upper=0.5)'
RAISED = 'df["t"] = df["t"] + 100 * df["a"]'
# name -> how the notebook reads, writes, and reads again
WAYS = {
    "literals": ('df = pd.read_csv("rows.csv")', 'df.to_csv("rows.csv", index=False)'),
    "a name": ('PLACE = "rows.csv"\ndf = pd.read_csv(PLACE)', "df.to_csv(PLACE, index=False)"),
    "another spelling": ('df = pd.read_csv("rows.csv")', 'df.to_csv("./rows.csv", index=False)'),
    "an open file": (
        'df = pd.read_csv("rows.csv")',
        'with open("rows.csv", "w") as file:\n    df.to_csv(file, index=False)',
    ),
    "a function": (
        'PLACE = "rows.csv"\ndf = pd.read_csv(PLACE)',
        "def save(table, place):\n    table.to_csv(place, index=False)\nsave(df, PLACE)",
    ),
}


@pytest.fixture
def table(tmp_path: Path, run_notebook: Any) -> Path:
    rows = pd.DataFrame({"a": range(200), "b": [i % 7 for i in range(200)], "t": [i % 5 / 4 for i in range(200)]})
    rows.to_csv(tmp_path / "work" / "rows.csv", index=False)
    return tmp_path / "work" / "rows.csv"


def _exported(run_notebook: Any, table: Path, read: str, change: str) -> tuple[Export, bytes]:
    """The export of a notebook that reads, changes what it has read, and reads it again; the table before it."""
    project = run_notebook(HEAD, read, change, "df['t'] += 1", read.splitlines()[-1], FIT)
    before = table.read_bytes()
    return project.export("line@1", table.parent / "out", lock=False), before


@pytest.mark.parametrize(("read", "write"), WAYS.values(), ids=WAYS)
def test_what_comes_out_the_same_is_identical(run_notebook: Any, table: Path, read: str, write: str) -> None:
    export, before = _exported(run_notebook, table, read, f"{LOWERED}\n{write}")
    assert (export.verification.verdict, export.verification.cause) == ("identical", "")
    assert "own_copy(rows)" in export.source
    assert table.read_bytes() == before


def test_a_run_leaves_new_rows_as_they_are(run_notebook: Any, table: Path) -> None:
    read, write = WAYS["literals"]
    export, before = _exported(run_notebook, table, read, f"{LOWERED}\n{write}")
    new = pd.read_csv(table).assign(t=lambda d: d["t"] * 8)
    new.to_csv(table.with_name("new.csv"), index=False)
    run = [sys.executable, export.script, "--input", "rows=new.csv", "--force", "--json"]
    told = subprocess.run(run, cwd=table.parent, capture_output=True, text=True)
    assert told.returncode in (0, 3), told.stderr  # 3: the gate refuses what is no better
    assert table.read_bytes() == before
    assert pd.read_csv(table.with_name("new.csv")).equals(new)


def test_what_is_gone_is_told(run_notebook: Any, table: Path) -> None:
    read, write = WAYS["a name"]
    export, before = _exported(run_notebook, table, read, f"{RAISED}\n{write}")
    assert export.verification.verdict == "not reproduced"
    assert "the notebook writes over rows.csv after it has read it" in export.verification.cause
    assert table.read_bytes() == before


def test_files_found_by_a_pattern_are_left_alone(run_notebook: Any, table: Path) -> None:
    loop = "for place in Path('.').glob('*.csv'):\n    df = pd.read_csv(place)\n    df.to_csv(place)"
    project = run_notebook(HEAD, loop, FIT)
    before = table.read_bytes()
    export = project.export("line@1", table.parent / "out", lock=False)
    assert "Training would write over its own input" in export.verification.cause
    assert table.read_bytes() == before


def test_the_same_name_in_another_folder_is_another_file(make_slice: Any) -> None:
    slice_ = make_slice(['df = pd.read_csv("raw/x.csv")', 'df.to_csv("clean/x.csv")'], written={"x.csv": 1})
    assert overwritten(slice_, [PipelineInput("x", "raw/x.csv", None)]) == frozenset()
