from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from ipymlops.frames import as_table
from ipymlops.project import Project
from ipymlops.registry.card import model_card
from ipymlops.registry.schema import Schema

TABLE = pd.DataFrame({"income": [1.0, 2.0], "home|x": ["<b>rent", "own"], "children": [0, 3]})
SCHEMA = Schema.of(as_table(TABLE), task="binary", classes=("bad", "good"))
FACTS = {
    "model": "credit-risk",
    "estimator": "RandomForestClassifier",
    "risk": "medium",
    "why": "first\nmodel",
    "who": "ada",
    "rows": 20000,
    "python": "3.11.7",
    "parameters": {"n_estimators": 100},
}
METRICS = [
    {"name": "roc_auc", "value": 0.912345, "low": 0.9, "high": 0.92, "n_rows": 600, "method": "bootstrap"},
    {"name": "log_loss", "value": None, "low": None, "high": None, "n_rows": 600, "method": "not defined"},
    {"name": "f1", "value": float("nan"), "low": float("nan"), "high": float("nan"), "n_rows": 0, "method": "none"},
]


def front_matter(card: str) -> dict[str, Any]:
    _, front, _ = card.split("---\n", 2)
    read: dict[str, Any] = yaml.safe_load(front)
    return read


def test_the_hub_can_index_it() -> None:
    front = front_matter(model_card(FACTS, METRICS, SCHEMA))
    assert front["library_name"] == "sklearn"
    assert front["pipeline_tag"] == "tabular-classification"
    (index,) = front["model-index"]
    (result,) = index["results"]
    assert index["name"] == "credit-risk"
    assert result["metrics"] == [{"type": "roc_auc", "value": 0.912345, "name": "ROC AUC"}]
    assert set(result) == {"task", "dataset", "metrics"}


def test_a_person_reads_what_goes_in_and_how_well_it_does() -> None:
    card = model_card(FACTS, METRICS, SCHEMA)
    for line in (
        "# credit-risk",
        "| ROC AUC | 0.9123 | 0.9 to 0.92 | 600 | bootstrap |",
        "| F1 | nan | - | 0 | none |",
        "| income | number | 1 to 2 | no |",
        "| home\\|x | category | &lt;b>rent, own | no |",
        "| n_estimators | 100 |",
        "Registered because: first model",
        "On 20,000 rows.",
    ):
        assert line in card.splitlines(), line


@pytest.mark.parametrize("metrics", [[], METRICS[1:]])
def test_without_figures_there_is_no_index(metrics: list[dict[str, Any]]) -> None:
    assert "model-index" not in front_matter(model_card({"model": "m"}, metrics, SCHEMA))


def test_a_regression_is_called_one() -> None:
    card = model_card({"model": "m", "estimator": "Ridge"}, [], Schema.of(as_table(TABLE), task="regression"))
    assert front_matter(card)["pipeline_tag"] == "tabular-regression"
    assert "3 columns in, a number out." in card
    assert "nothing is known" in card


def test_the_same_facts_give_the_same_card() -> None:
    assert model_card(FACTS, METRICS, SCHEMA) == model_card(dict(reversed(FACTS.items())), METRICS, SCHEMA)


FOUND = {
    "metric": "rmse",
    "candidates": 10,
    "note": "",
    "found": [{"rule": "home|x = own", "n_rows": 1200, "here": {"value": 2.5}, "beside": {"value": 1.25}}],
}
WEAK = {
    "not judged": ([], None, "Nobody knows: it was judged on no rows."),
    "not looked for": (METRICS, None, "Nobody looked for groups of rows on which it does worse."),
    "too few rows": (METRICS, {**FOUND, "note": "too few rows"}, "could not be looked for: too few rows."),
    "none": (METRICS, {**FOUND, "found": []}, "No group of rows does worse for certain; 10 were compared."),
    "one": (METRICS, FOUND, "| home\\|x = own | 1,200 | 2.5 | 1.25 |"),
    "against the others": (METRICS, FOUND, "root mean squared error on the other rows |"),
    "against itself": (METRICS, {**FOUND, "metric": "log_loss"}, "log loss were its probabilities put right |"),
}


@pytest.mark.parametrize(("metrics", "slices", "said"), WEAK.values(), ids=WEAK)
def test_it_says_where_it_is_weak_as_far_as_anybody_looked(metrics: Any, slices: Any, said: str) -> None:
    assert said in model_card(FACTS, metrics, SCHEMA, slices=slices)


def test_it_says_where_it_comes_from() -> None:
    git = {"commit": "a1b2", "dirty": True, "has_notebook": False}
    facts = {**FACTS, "parent": "credit-risk@1", "notebook": "credit.ipynb", "git": git}
    cells = [{"execution": 2, "id": "c0ffee"}, {"execution": 5, "id": None}]
    inputs = [{"name": "rows.csv", "sha256": "c3"}, {"name": "a table", "sha256": None}]
    lines = model_card(facts, METRICS, SCHEMA, inputs=inputs, cells=cells).splitlines()
    for line in (
        "- Retrained by the pipeline of credit-risk@1.",
        "- Notebook: credit.ipynb; the cells that it needs are in `journal.json`.",
        "- Cells that lead to it: In [2] (c0ffee), In [5].",
        "- Commit a1b2, with changes that were not committed; the notebook is not in git.",
        "- Read rows.csv (sha256 c3).",
        "- Read a table (not hashed).",
    ):
        assert line in lines


def test_the_card_of_a_version_names_its_weak_slice(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    X = pd.DataFrame({"a": random.normal(size=4000), "c": random.choice(["x", "y", "z"], 4000)})
    noise = np.where(X["c"] == "z", 4.0, 0.3) * random.normal(size=4000)
    y = (X["a"] + noise > 0).astype(int)
    encode = make_column_transformer((OneHotEncoder(), ["c"]), remainder="passthrough")
    train, test = (X[:2000], y[:2000]), (X[2000:], y[2000:])
    model = make_pipeline(encode, LogisticRegression()).fit(*train)
    project = Project.open(tmp_path)
    project.register(model, name="m", train=train, test=test, risk="high")
    card = project.bundle(project.registry.resolve("m@1")).read("README.md").decode()
    assert re.search(r"\| c = z[^|]*\| [\d,]+ \| [\d.]+ \| [\d.]+ \|", card)
