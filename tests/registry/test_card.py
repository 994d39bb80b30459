from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
import yaml

from ipymlops.frames import as_table
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
