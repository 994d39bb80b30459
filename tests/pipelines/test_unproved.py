"""Pipelines that hand over the registered model, or rows that prove nothing: none of them is called verified."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from ipymlops.pipelines.verification import verify

CELLS = (
    "import joblib\nimport pandas as pd\nfrom sklearn.linear_model import LogisticRegression",
    'df = pd.read_csv("rows.csv")\nX = df[["a", "b"]]\ny = df["t"]',
    "model = LogisticRegression().fit(X, y)",
)
FIT = "model = LogisticRegression().fit(X, y)"


@pytest.fixture(autouse=True)
def rows(tmp_path: Path) -> pd.DataFrame:
    random = np.random.default_rng(3)
    rows = pd.DataFrame({"a": random.normal(size=200), "b": random.normal(size=200)})
    rows = rows.assign(t=(rows["a"] + rows["b"] > 0).astype(int))
    (tmp_path / "work").mkdir(exist_ok=True)
    rows.to_csv(tmp_path / "work" / "rows.csv", index=False)
    return rows


def edit(folder: Path, old: str, new: str) -> None:
    script = folder / "retrain.py"
    text = script.read_text()
    assert old in text
    script.write_text(text.replace(old, new))


def test_a_model_from_a_file_is_called_read_and_not_trained(
    run_notebook: Any, rows: pd.DataFrame, tmp_path: Path
) -> None:
    joblib.dump(LogisticRegression().fit(rows[["a", "b"]], rows["t"]), tmp_path / "work" / "old.joblib")
    project = run_notebook(*CELLS[:2], 'model = joblib.load("old.joblib")')
    done = project.export("line@1", tmp_path / "out", lock=False)
    assert done.verification.verdict == "identical"
    assert [i.default for i in done.inputs] == ["rows.csv", "old.joblib"]
    said = "the model is read from the file old.joblib: what it learned before is not trained here"
    assert said in done.verification.notes
    assert said in done.notes


def test_a_script_that_hands_over_its_own_bundle_proves_nothing(run_notebook: Any, tmp_path: Path) -> None:
    folder = run_notebook(*CELLS).export("line@1", tmp_path / "out", lock=False).folder
    edit(folder, FIT, "model = pipeline.bundle.model()")
    found = verify(folder)
    assert found.verdict == "not verified"
    assert found.cause == ("the script reads bundle.json of its own bundle, so it may hand over what it should train")


def test_other_training_rows_are_no_rows_to_compare_on(run_notebook: Any, tmp_path: Path) -> None:
    """Somebody edits the script so that it returns one row, to which any model gives that answer."""
    folder = run_notebook(*CELLS, test=False).export("line@1", tmp_path / "out", lock=False).folder
    assert verify(folder).verdict == "identical"
    edit(folder, FIT, f"{FIT}\n    X, y = X[:1], y[:1]")
    found = verify(folder)
    assert found.verdict == "not verified"
    assert found.cause == (
        "the training data differs before the fit: 1 row, were 200, and there are no other rows on which the models "
        "could be compared"
    )


def test_few_rows_are_made_many(run_notebook: Any, tmp_path: Path, rows: pd.DataFrame) -> None:
    rows[:12].to_csv(tmp_path / "work" / "rows.csv", index=False)
    done = run_notebook(*CELLS, test=False).export("line@1", tmp_path / "out", lock=False)
    assert done.verification.verdict == "identical"
    assert "predict on 12 training rows" in done.verification.compared
    assert "predict on 200 perturbed rows" in done.verification.compared
