from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import yaml

from ipymlops.frames import as_table
from ipymlops.registry.mlmodel import mlmodel, python_env, requirements_txt
from ipymlops.registry.schema import Schema

MIXED = as_table(
    pd.DataFrame({"a": [1.5], "b": [1], "c": [True], "d": ["x"], "e": pd.to_datetime(["2020-01-01"]), "f": [None]})
)


def test_mlflow_finds_our_loader_and_the_columns() -> None:
    record = yaml.safe_load(mlmodel(Schema.of(MIXED, task="regression"), python="3.11.7", estimator="Ridge"))
    assert record["flavors"]["python_function"]["loader_module"] == "ipymlops.registry.pyfunc"
    inputs = json.loads(record["signature"]["inputs"])
    assert [(c["name"], c["type"]) for c in inputs][:5] == [
        ("a", "double"),
        ("b", "long"),
        ("c", "boolean"),
        ("d", "string"),
        ("e", "datetime"),
    ]
    assert all(c["required"] for c in inputs)


def test_an_array_is_a_tensor() -> None:
    schema = Schema.of(as_table(np.zeros((2, 3))), task="regression")
    (tensor,) = json.loads(yaml.safe_load(mlmodel(schema, python="3", estimator="x"))["signature"]["inputs"])
    assert tensor == {"type": "tensor", "tensor-spec": {"dtype": "float64", "shape": [-1, 3]}}


@pytest.mark.parametrize(
    ("task", "classes", "answer"),
    [
        ("regression", (), "double"),
        ("binary", (0, 1), "long"),
        ("binary", (False, True), "boolean"),
        ("multiclass", ("a", "b", "1"), "string"),
    ],
)
def test_what_it_answers(task: str, classes: tuple[object, ...], answer: str) -> None:
    schema = Schema.of(MIXED, task=task, classes=classes)
    record = yaml.safe_load(mlmodel(schema, python="3", estimator="x"))
    assert json.loads(record["signature"]["outputs"]) == [{"type": answer}]


def test_a_model_that_answers_with_probabilities_gives_numbers() -> None:
    schema = Schema.of(MIXED, task="binary", classes=(0, 1))
    record = yaml.safe_load(mlmodel(schema, python="3", estimator="Logit", probabilities=True))
    assert json.loads(record["signature"]["outputs"]) == [{"type": "double"}]


def test_the_environment_files() -> None:
    assert requirements_txt(["b==2", "A==1", "b==2"]) == b"A==1\nb==2\n"
    assert yaml.safe_load(python_env("3.11.7")) == {
        "python": "3.11.7",
        "build_dependencies": ["pip", "setuptools", "wheel"],
        "dependencies": ["-r requirements.txt"],
    }
