"""The bill of materials: valid CycloneDX 1.6, the same bytes each time, and true to what it is made of."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from ipymlops.frames import as_table
from ipymlops.project import Project
from ipymlops.registry.bom import FILE, bom
from ipymlops.registry.schema import Schema

TABLE = pd.DataFrame({"income": [1.0, None], "home|x": ["<b>rent", "own"]})
SCHEMA = Schema.of(as_table(TABLE), task="binary", classes=("bad", "good"))
FACTS = {"model": "credit-risk", "estimator": "RandomForestClassifier", "risk": "medium", "why": "first", "rows": 20000}
METRICS = [
    {"name": "roc_auc", "value": 0.912345, "low": 0.9, "high": 0.92, "n_rows": 600},
    {"name": "mcc", "value": 0.5, "low": math.nan, "high": math.nan},
    {"name": "log_loss", "value": None, "low": None, "high": None},
    {"name": "f1", "value": math.nan, "low": math.nan, "high": math.nan},
]
MODEL = {"model.skops": "a1" * 32}


def made(facts: dict[str, Any] = FACTS, metrics: Any = METRICS, schema: Schema = SCHEMA, **more: Any) -> Any:
    said: dict[str, Any] = {"model_hashes": MODEL, "requirements": ["numpy==2.4.6", "Scikit_Learn==1.9.1"], **more}
    text = bom(facts, metrics, schema, **said).decode()
    problem = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    assert problem is None, problem
    return json.loads(text)


def test_it_says_what_the_model_is_and_how_well_it_does() -> None:
    model = made()["metadata"]["component"]
    assert (model["name"], model["description"]) == ("credit-risk", "first")
    assert model["components"][0]["hashes"] == [{"alg": "SHA-256", "content": "a1" * 32}]
    card = model["modelCard"]
    assert card["modelParameters"]["task"] == "classification"
    assert [i["format"] for i in card["modelParameters"]["inputs"]] == [
        "income: number, may be missing",
        "home|x: category",
    ]
    assert card["modelParameters"]["outputs"] == [{"format": "one of: bad, good"}]
    assert card["quantitativeAnalysis"]["performanceMetrics"] == [
        {
            "type": "roc_auc",
            "value": "0.912345",
            "slice": "600 rows of the benchmark",
            "confidenceInterval": {"lowerBound": "0.9", "upperBound": "0.92"},
        },
        {"type": "mcc", "value": "0.5"},
    ]


def test_it_lists_libraries_and_data_and_what_depends_on_what() -> None:
    read = [{"name": "rows.csv", "sha256": "b2" * 32}, {"name": "a table", "sha256": None}]
    found = made(
        inputs=read, requirements=["numpy==2.4.6", "torch==2.13.0+cpu", "-r other.txt", "numpy==2.4.6 # x"][:3]
    )
    by_ref = {c["bom-ref"]: c for c in found["components"]}
    assert set(by_ref) == {
        "pkg:pypi/numpy@2.4.6", "pkg:pypi/torch@2.13.0%2Bcpu", "training-data", "input:rows.csv", "input:a table",
    }  # fmt: skip
    assert by_ref["training-data"]["data"][0]["description"] == "20,000 rows"
    assert by_ref["input:rows.csv"]["hashes"] == [{"alg": "SHA-256", "content": "b2" * 32}]
    assert "hashes" not in by_ref["input:a table"]
    assert set(found["dependencies"][0]["dependsOn"]) == set(by_ref)


def test_names_of_libraries_are_those_of_the_index() -> None:
    assert {c.get("purl") for c in made()["components"]} >= {"pkg:pypi/scikit-learn@1.9.1"}


def test_what_is_not_known_is_said() -> None:
    card = made({"model": "m"}, [])["metadata"]["component"]["modelCard"]
    assert "nothing is known" in card["considerations"]["technicalLimitations"][0]
    assert "quantitativeAnalysis" not in card
    assert made({"model": "m"}, [])["components"][-1]["data"][0]["description"] == "Not given at registration."


def test_the_same_content_is_the_same_bytes_and_another_one_another_number() -> None:
    one, again = made(), made()
    assert one == again
    assert one["serialNumber"] != made(model_hashes={"model.skops": "c3" * 32})["serialNumber"]
    assert "timestamp" not in one["metadata"]


@given(name=st.text(min_size=1), why=st.text(), value=st.floats(allow_infinity=True), column=st.text(min_size=1))
def test_whatever_it_is_called_it_is_valid(name: str, why: str, value: float, column: str) -> None:
    table = pd.DataFrame({column.encode("utf-8", "replace").decode(): [1.0, 2.0]})
    schema = Schema.of(as_table(table), task="regression")
    metrics = [{"name": "rmse", "value": value, "low": -value, "high": value}]
    assert made({"model": name, "why": why}, metrics, schema)["bomFormat"] == "CycloneDX"


def test_a_version_has_one_and_it_names_the_file_of_the_model(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    X = pd.DataFrame({"a": random.normal(size=60)})
    y = (X["a"] > 0).astype(int)
    project = Project.open(tmp_path)
    project.register(LogisticRegression().fit(X, y), name="m", train=(X, y), test=(X, y))
    bundle = project.bundle(project.registry.resolve("m@1"))
    found = bundle.json(FILE)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(found)) is None
    (file,) = found["metadata"]["component"]["components"]
    assert file["name"] == "model.skops"
    assert file["hashes"][0]["content"] == bundle.manifest["files"]["model.skops"]["sha256"]
    assert any(c["name"] == "scikit-learn" for c in found["components"])


@pytest.mark.parametrize("task", ["binary", "regression"])
def test_the_task(task: str) -> None:
    schema = Schema.of(as_table(TABLE), task=task, classes=("a", "b") if task == "binary" else ())
    said = made(schema=schema)["metadata"]["component"]["modelCard"]["modelParameters"]
    assert said["task"] == ("regression" if task == "regression" else "classification")
    assert said["outputs"][0]["format"] == ("a number" if task == "regression" else "one of: a, b")
