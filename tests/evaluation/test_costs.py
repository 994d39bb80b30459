"""Costs against counts by hand, the best threshold against theory, and input that cannot have a price."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

from ipymlops.errors import BadInput, UnknownName
from ipymlops.evaluation.answers import Predictions
from ipymlops.evaluation.costs import costs
from ipymlops.evaluation.evaluation import evaluate
from ipymlops.evaluation.stored import from_record, to_record


def calibrated(rows: int, seed: int = 0) -> Predictions:
    """Labels drawn by the very probabilities that are given."""
    random = np.random.default_rng(seed)
    score = random.random(rows)
    true = (random.random(rows) < score).astype(np.intp)
    return Predictions(
        "binary", true, (score >= 0.5).astype(np.intp), (0, 1), np.stack([1 - score, score], axis=1), score
    )


def test_costs_counted_by_hand() -> None:
    score = np.array([0.1, 0.2, 0.3, 0.6, 0.7, 0.9])
    true = np.array([0, 1, 0, 0, 1, 1])
    p = Predictions("binary", true, (score >= 0.5).astype(np.intp), (0, 1), None, score)
    found = costs(p, {"fp": 1, "fn": 5})
    assert [c.cost for c in found.curve] == pytest.approx([3 / 6, 2 / 6, 7 / 6, 6 / 6, 5 / 6, 10 / 6])
    assert found.best_threshold == 0.2
    assert found.own.value == pytest.approx(6 / 6)


@pytest.mark.parametrize(("fp", "fn"), [(1, 1), (1, 5), (9, 1)])
def test_the_best_threshold_is_that_of_theory(fp: float, fn: float) -> None:
    found = costs(calibrated(40_000), {"fp": fp, "fn": fn})
    assert found.best_threshold == pytest.approx(fp / (fp + fn), abs=0.05)
    assert found.best.low < found.best.value < found.best.high


def test_the_saving_is_there_where_it_is_and_is_not_where_it_is_not() -> None:
    worth = costs(calibrated(3000), {"fp": 1, "fn": 5})
    assert 0 < worth.low < worth.saving < worth.high
    alarms = sum(costs(calibrated(300, seed), {"fp": 1, "fn": 1}).low > 0 for seed in range(200))
    assert alarms <= 10  # its own threshold is the best there is


def test_errors_that_cost_so_much_that_nobody_is_flagged() -> None:
    score = np.linspace(0, 1, 50)
    true = np.tile([1, 0, 0, 0, 0], 10)
    p = Predictions("binary", true, (score >= 0.5).astype(np.intp), (0, 1), None, score)
    assert costs(p, {"fp": 100, "fn": 1}).best_threshold is None


def test_the_order_of_rows_changes_nothing() -> None:
    p = calibrated(500)
    shuffled = np.random.default_rng(1).permutation(500)
    other = p.answers.take(shuffled).judged_by(p.true[shuffled])
    assert costs(p, {"fp": 1, "fn": 5}).saving == pytest.approx(costs(other, {"fp": 1, "fn": 5}).saving)


BAD: dict[str, tuple[dict[str, float], str]] = {
    "negative": ({"fp": -1, "fn": 5}, "Found the cost fp=-1"),
    "infinite": ({"fp": 1, "fn": float("inf")}, "Found the cost fn=inf"),
    "not a number": ({"fp": 1, "fn": float("nan")}, "Found the cost fn=nan"),
    "free": ({"fp": 0, "fn": 0}, "Found the cost fp=0 fn=0"),
    "one only": ({"fp": 1}, "Found no cost for fn"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_a_cost(case: str) -> None:
    cost, words = BAD[case]
    with pytest.raises(BadInput, match=words):
        costs(calibrated(100), cost)


def test_an_unknown_name() -> None:
    with pytest.raises(UnknownName, match="fnn"):
        costs(calibrated(100), {"fp": 1, "fnn": 5})


@pytest.mark.parametrize(
    ("p", "words"),
    [
        (Predictions("binary", np.array([0, 1]), np.array([0, 1]), (0, 1)), "a binary model that gives labels only"),
        (Predictions("regression", np.array([0.0, 1.0]), np.array([0.0, 1.0])), "a regression model"),
        (Predictions("binary", np.ones(9, int), np.ones(9, int), (0, 1), None, np.ones(9)), "labels of one class only"),
    ],
)
def test_models_that_have_no_threshold(p: Any, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        costs(p, {"fp": 1, "fn": 5})


def test_part_of_an_evaluation_that_can_be_stored() -> None:
    random = np.random.default_rng(0)
    X = random.normal(size=(400, 2))
    y = (X[:, 0] + random.normal(size=400) > 0).astype(int)
    found = evaluate(LogisticRegression().fit(X, y), X, y, name="m", cost={"fp": 1, "fn": 5})
    assert found.costs is not None
    assert from_record(to_record(found)) == found
    with pytest.raises(BadInput, match="a regression model"):
        evaluate(LinearRegression().fit(X, y), X, y, name="m", cost={"fp": 1, "fn": 5})
