"""Two versions side by side: every kind of difference is found, and nothing where there is none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from ipymlops.apps import cli
from ipymlops.project import Project
from ipymlops.registry.differences import code_difference, parameter_differences

RANDOM = np.random.default_rng(0)
X = pd.DataFrame({"age": RANDOM.normal(40, 10, 300), "region": RANDOM.choice(["n", "s"], 300), "n": 1.0})
Y = (X["age"] > 40).astype(int)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.open(tmp_path)


def register(project: Project, model: Any, columns: list[str], rows: int = 200) -> None:
    train = X[columns][:rows], Y[:rows]
    project.register(model.fit(*train), name="m", train=train, test=(X[columns][200:], Y[200:]))


def told(project: Project, area: str) -> dict[str, tuple[str, str]]:
    found = project.diff("m@1", "m@2").differences
    return {d.what: (d.before, d.after) for d in found if d.area == area}


def test_nothing_is_different_from_itself(project: Project) -> None:
    register(project, LogisticRegression(), ["age"])
    found = project.diff("m@1", "m@1")
    assert found.same
    assert not found.code_known  # nobody typed it into a notebook


def test_parameters_model_and_metrics(project: Project) -> None:
    for C in (1e-6, 1.0):
        register(project, make_pipeline(StandardScaler(), LogisticRegression(C=C)), ["age"])
    assert told(project, "parameters") == {"logisticregression__C": ("1e-06", "1.0")}
    assert set(told(project, "model")) == {"stored model, as a hash"}
    assert "log_loss" in told(project, "metrics")
    assert told(project, "data") == {}
    assert told(project, "environment") == {}


def test_columns_ranges_and_rows(project: Project) -> None:
    register(project, LogisticRegression(), ["age"], rows=100)
    register(project, LogisticRegression(), ["age", "n"])
    found = told(project, "data")
    assert found["training rows"] == ("100", "200")
    assert found["column n"] == ("none", "number")
    assert "training rows, as a hash" in found
    assert "range of age" in found


def test_a_parameter_that_only_one_has() -> None:
    found = list(parameter_differences({"a": 1, "b": 2}, {"a": 1, "c": "x"}))
    assert [(d.what, d.before, d.after) for d in found] == [("b", "2", "none"), ("c", "none", "'x'")]


def test_a_parameter_that_only_one_has_and_leaves_unset_is_no_difference() -> None:
    found = parameter_differences({"a": None, "b": None, "c": None}, {"b": 3, "d": None})
    assert [(d.what, d.before, d.after) for d in found] == [("b", "None", "3")]


def test_code_is_a_unified_diff() -> None:
    same = code_difference(["a = 1", "b = 2"], ["a = 1", "b = 2"], ("m@1", "m@2"))
    other = code_difference(["a = 1", "b = 2"], ["a = 1", "b = 3"], ("m@1", "m@2"))
    assert same == ()
    assert other == ("--- m@1", "+++ m@2", "@@ -1,2 +1,2 @@", " a = 1", "-b = 2", "+b = 3")


def test_in_a_shell(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    for C in (0.1, 1.0):
        register(project, LogisticRegression(C=C), ["age"])
    assert cli.main(["diff", "m@1", "m@2", "--project", str(project.root)]) == 0
    said = capsys.readouterr().out
    assert "Different: model (1), parameters (1)" in said
    assert "cannot be compared" in said
