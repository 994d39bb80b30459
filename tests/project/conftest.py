"""A small credit table, a fitted model and an empty project, shared by the tests of the project's stories."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from ipymlops.project import Project
from ipymlops.registry.mlflow.address import Address
from ipymlops.registry.mlflow.server import Server
from ipymlops.registry.mlflow.tracking import Tracking


def rows(count: int, seed: int) -> tuple[pd.DataFrame, pd.Series]:
    random = np.random.default_rng(seed)
    table = pd.DataFrame({"income": random.normal(50, 10, count), "age": random.integers(18, 70, count)})
    risk = 1 / (1 + np.exp((table["income"] - 50) / 4 + (table["age"] - 44) / 20))
    return table, pd.Series((random.random(count) < risk).astype(int), name="defaulted")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.open(tmp_path)


@pytest.fixture(scope="session")
def train() -> tuple[pd.DataFrame, pd.Series]:
    return rows(1200, 1)


@pytest.fixture(scope="session")
def test() -> tuple[pd.DataFrame, pd.Series]:
    return rows(800, 2)


@pytest.fixture(scope="session")
def model(train: tuple[pd.DataFrame, pd.Series]) -> Any:
    return LogisticRegression().fit(*train)


@pytest.fixture(scope="session")
def worse(train: tuple[pd.DataFrame, pd.Series]) -> Any:
    """Fitted on targets of which half are shuffled."""
    X, y = train
    random = np.random.default_rng(3)
    return LogisticRegression().fit(X, np.where(random.random(len(y)) < 0.95, random.permutation(y), y))


@pytest.fixture
def line() -> str:
    """The name of a model line that no other test pushes: the tracking server is one for all."""
    return f"credit-{uuid4().hex[:10]}"


@pytest.fixture
def tracking(mlflow_server: str, monkeypatch: pytest.MonkeyPatch) -> Tracking:
    """The real server, asked by us; nobody's own variables say anything."""
    for name in [name for name in os.environ if name.startswith("MLFLOW")]:
        monkeypatch.delenv(name)
    return Tracking(Server(Address(mlflow_server)))
