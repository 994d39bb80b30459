"""One exported pipeline, made once; each test works on a copy of it and of its project."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ipymlops.capture.recorder import Recorder
from ipymlops.project import Project
from ipymlops.retraining import Pipeline

MODEL = "loans"
CELLS = (
    "import pandas as pd\nfrom sklearn.ensemble import RandomForestClassifier",
    'df = pd.read_csv("rows.csv")',
    'test = df[:600]\ntrain = df[600:]\nX, y = train[["a", "b"]], train["t"]',
    "model = RandomForestClassifier(n_estimators=10, max_depth=4)\nmodel.fit(X, y)",
)


def rows(count: int, seed: int, *, flip: bool = False) -> pd.DataFrame:
    """Rows whose target follows a + b; with ``flip`` it follows the opposite, so that a model of them is useless."""
    random = np.random.default_rng(seed)
    table = pd.DataFrame({"a": random.normal(size=count), "b": random.normal(size=count)})
    chance = 1 / (1 + np.exp(-3 * (table["a"] + table["b"])))
    target = (random.random(count) < chance).astype(int)
    return table.assign(t=1 - target if flip else target)


@pytest.fixture(scope="session")
def _made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("made")
    rows(1400, 1).to_csv(place / "rows.csv", index=False)
    names: dict[str, Any] = {"__name__": "notebook"}
    recorder = Recorder(names, folder=str(place), notebook="loans.ipynb")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        patch.setenv("IPYMLOPS_USER", "ada")
        np.random.seed(5)  # the notebook sets no seed; its forest is the same in every run of the tests all the same
        for number, source in enumerate(CELLS, 1):
            recorder.before(source, number, None)
            exec(source, names)
            recorder.after(True, None)
        project = Project.open(place)
        test = names["test"]
        project.register(
            names["model"],
            name=MODEL,
            train=(names["X"], names["y"]),
            test=(test[["a", "b"]], test["t"]),
            journal=recorder.journal(),
            targets=("model", "X", "y"),
        )
        export = project.export(f"{MODEL}@1", place / "pipelines" / MODEL, lock=False)
    assert export.verification.verdict == "identical"
    return place


@pytest.fixture
def place(_made: Path, tmp_path: Path) -> Path:
    """The notebook's folder: ``rows.csv``, ``.mlops``, ``pipelines/loans``."""
    folder = tmp_path / "work"
    shutil.copytree(_made, folder)
    return folder


@pytest.fixture
def project(place: Path) -> Project:
    """With version 1, which is not the champion yet."""
    return Project.open(place)


@pytest.fixture
def champion(project: Project) -> Project:
    """With version 1 as champion."""
    assert project.promote(f"{MODEL}@1").promoted
    return project


@pytest.fixture
def script(place: Path) -> Path:
    return place / "pipelines" / MODEL / "retrain.py"


@pytest.fixture
def load(script: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Pipeline]:
    """The script's pipeline, as it is on the disk now."""

    def read() -> Pipeline:
        spec = importlib.util.spec_from_file_location("retrain", script)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, "retrain", module)
        spec.loader.exec_module(module)
        pipeline: Pipeline = module.pipeline
        return pipeline

    return read


@pytest.fixture
def month(tmp_path: Path) -> Callable[..., str]:
    """``month(count, seed)`` writes a file of new rows and answers its path."""

    def write(count: int = 3000, seed: int = 7, name: str = "month.csv", **rest: Any) -> str:
        path = tmp_path / name
        rows(count, seed, **rest).to_csv(path, index=False)
        return str(path)

    return write
