"""Real runs in clean processes: what is proved, and what is said when it is not."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ipymlops.pipelines.verdicts import place_of
from ipymlops.pipelines.verification import attempt, clean_environment, verify

CELLS = (
    "import numpy as np\nimport pandas as pd\nfrom sklearn.tree import DecisionTreeClassifier",
    'df = pd.read_csv("rows.csv")',
    'df["c"] = df["a"]',
    'X = df[["a", "b", "c"]]\ny = df["t"]',
    "model = DecisionTreeClassifier(max_depth=3)\nmodel.fit(X, y)",
)


def write_rows(folder: Path) -> None:
    random = np.random.default_rng(3)
    rows = pd.DataFrame({"a": random.normal(size=200), "b": random.normal(size=200)})
    rows.assign(t=(rows["a"] + rows["b"] > 0).astype(int)).to_csv(folder / "rows.csv", index=False)


@pytest.fixture
def exported(run_notebook: Any, tmp_path: Path) -> Path:
    """A verified pipeline of an unseeded tree, which draws from NumPy's generator to break ties."""
    write_rows(tmp_path / "work")
    np.random.seed(8)  # unknown to the notebook; the same tree in every run of the tests
    export = run_notebook(*CELLS).export("line@1", tmp_path / "out" / "line")
    assert export.verification.verdict == "identical", export.verification
    assert export.verification.widened == 0
    assert 'pipeline.seed("In [5]")' in export.source
    folder: Path = export.folder
    return folder


def edit(folder: Path, old: str, new: str) -> None:
    script = folder / "retrain.py"
    text = script.read_text()
    assert old in text
    script.write_text(text.replace(old, new))


def test_it_is_identical_again_from_another_working_folder(
    exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    found = verify(exported)
    assert found.verdict == "identical"
    assert found.largest_difference == 0.0
    assert "predict_proba on 200 perturbed rows" in found.compared
    assert "predict on 60 benchmark rows" in found.compared


# A statement taken out or changed -> what is said of it.
FIRST = "    # In [2]\n"
BROKEN = {
    "a missing definition": (
        '    df["c"] = df["a"]\n',
        "",
        r"In \[4\] \(line \d+ of \S+ stopped with KeyError",
    ),
    "a missing name": ("    X = df", "    Z = df", r"In \[5\] .* stopped with NameError: .*'X'"),
    "other rows": ("X = df[", "df = df[:150]\n    X = df[", r"before the fit: 150 rows, were 200; then predict"),
    "other values": ("X = df[", 'df["c"] = df["b"]\n    X = df[', "other values or another order in its 200 rows"),
    "another parameter": ("max_depth=3", "max_depth=2", "its parameter max_depth is 2, was 3"),
    "a missing module": (FIRST, f"{FIRST}    import nowhere\n", r"In \[2\] .* is not installed"),
    "a missing file": (FIRST, f"{FIRST}    open('other.txt')\n", "is not an input and not there: other.txt"),
    "a question": (FIRST, f"{FIRST}    input()\n", "asks for input at the keyboard"),
    "a script that leaves": (FIRST, f"{FIRST}    raise SystemExit(3)\n", "SystemExit: 3"),
}
# Nothing was proved and nothing disproved.
NO_ANSWER = {
    "a process that dies": (FIRST, f"{FIRST}    import os; os._exit(9)\n", r"ended early: .*exit code 9"),
    "too little memory": (FIRST, f"{FIRST}    raise MemoryError\n", r"In \[2\] .* stopped with MemoryError"),
    "a model that is gone": (
        FIRST,
        f"{FIRST}    (__import__('pathlib').Path(__file__).parent / 'bundle/bundle.json').unlink()\n",
        "not be compared",
    ),
}


@pytest.mark.slow
def test_what_breaks_it_is_said(exported: Path) -> None:
    script = (exported / "retrain.py").read_text()
    cases = [(case, "not reproduced") for case in BROKEN.items()] + [(c, "not verified") for c in NO_ANSWER.items()]
    for (name, (old, new, words)), verdict in cases:
        edit(exported, old, new)
        found = verify(exported)
        assert found.verdict == verdict, name
        assert re.search(words, found.cause), f"{name}: {found.cause}"
        (exported / "retrain.py").write_text(script)


def test_without_the_recorded_random_state_it_is_another_tree(exported: Path) -> None:
    """The near miss: it agrees on every training row, because a and c are the same there."""
    record = json.loads((exported / "slice.json").read_text())
    record["random_states"]["In [5]"]["numpy"]["state"]["pos"] = 0
    verdicts = set()
    for start in range(4):
        record["random_states"]["In [5]"]["numpy"]["state"]["key"][0] = start
        (exported / "slice.json").write_text(json.dumps(record))
        found = verify(exported)
        verdicts.add(found.verdict)
        if found.verdict == "not reproduced":
            assert "perturbed rows" in found.cause
            assert "training rows" not in found.cause
    assert "not reproduced" in verdicts


def test_an_input_that_changed_is_named_with_both_hashes(exported: Path, tmp_path: Path) -> None:
    sha256 = json.loads((exported / "slice.json").read_text())["inputs"][0]["sha256"]
    with (tmp_path / "work" / "rows.csv").open("a") as file:
        file.write("1,1,1\n")
    found = attempt(exported)
    assert (found.final, found.verification.verdict) == (True, "not verified")
    assert f"the input rows (rows.csv) has changed: its sha256 was {sha256[:12]}" in found.verification.cause
    (tmp_path / "work" / "rows.csv").unlink()
    missing = verify(exported)
    assert (missing.verdict, missing.cause) == ("not verified", "the input rows is missing: no file is at rows.csv")


def test_training_that_takes_too_long_is_ended(exported: Path) -> None:
    edit(exported, "    # In [2]\n", "    # In [2]\n    while True: pass\n")
    found = verify(exported, timeout=4)
    assert found.verdict == "not verified"
    assert found.cause == "training was not done after 4 seconds; allow more with --timeout"


def test_the_clean_environment_has_nothing_of_the_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PYTHONPATH", "JPY_PARENT_PID", "IPYTHONDIR", "JUPYTER_TOKEN", "PYTHONHASHSEED"):
        monkeypatch.setenv(name, "x")
    assert not [k for k in clean_environment() if k.startswith(("PYTHON", "JPY", "IPY", "JUPYTER"))]


def test_the_clean_environment_has_nothing_that_a_cell_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SET_BY_A_CELL", "1")
    if Path("/proc/self/environ").exists():
        assert "SET_BY_A_CELL" not in clean_environment()
    assert "PATH" in clean_environment()


PLACES = [
    (None, "the script"),
    (1, "line 1 of retrain.py"),
    (3, "`clean` (line 3 of retrain.py)"),
    (6, "`train` (line 6 of retrain.py)"),
    (8, "In [2] (line 8 of retrain.py)"),
    (11, "In [10] (line 11 of retrain.py)"),
]


@pytest.mark.parametrize(("line", "place"), PLACES)
def test_a_line_is_given_its_cell(line: int | None, place: str) -> None:
    lines = ["import x", "def clean():", "    pass", "", "@pipeline.train", "def train():", "    # In [2]", "    a"]
    source = "\n".join([*lines, "", "    # In [10]", "    b"])
    assert place_of(line, source) == place
