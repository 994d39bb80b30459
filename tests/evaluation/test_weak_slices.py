"""Planted slices are found, noise is not, and neither hangs on the order of rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.svm import LinearSVC

from ipymlops.evaluation.answers import Predictions
from ipymlops.evaluation.evaluation import evaluate
from ipymlops.evaluation.results import SliceSearch
from ipymlops.evaluation.stored import from_record, to_record
from ipymlops.evaluation.weak_slices import weak_slices
from ipymlops.frames import as_table


def people(rows: int, seed: int) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "age": random.integers(18, 90, rows),
            "income": np.where(random.random(rows) < 0.1, np.nan, random.normal(50, 10, rows)),
            "region": random.choice(["north", "south", "east", "west"], rows),
            "since": pd.Timestamp("2026-01-01") + pd.to_timedelta(random.integers(0, 200, rows), "D"),
        }
    )


PLANTED = {
    "region = north": lambda X: X["region"] == "north",
    "income is missing": lambda X: X["income"].isna(),
    "age above 6": lambda X: X["age"] > 64,
    "since above 2026-0": lambda X: X["since"] > "2026-05-01",
    "age above 6 and region = north": lambda X: (X["age"] > 61) & (X["region"] == "north"),
}


def search(X: pd.DataFrame, weak: Any, task: str, seed: int = 0) -> SliceSearch:
    """Answers that are worse on the rows of ``weak``."""
    random = np.random.default_rng(seed)
    rows = len(X)
    if task == "regression":
        return weak_slices(
            as_table(X), Predictions("regression", random.normal(0, np.where(weak, 3, 1)), np.zeros(rows))
        )
    true = (random.random(rows) < 0.5).astype(np.intp)
    wrong = random.random(rows) < np.where(weak, 0.4, 0.1)
    predicted = np.where(wrong, 1 - true, true)
    if task == "labels":
        return weak_slices(as_table(X), Predictions("binary", true, predicted, (0, 1)))
    positive = np.where(predicted == 1, 0.9, 0.1)
    probabilities = np.stack([1 - positive, positive], axis=1)
    return weak_slices(as_table(X), Predictions("binary", true, predicted, (0, 1), probabilities, positive))


@pytest.mark.parametrize("task", ["regression", "labels", "probabilities"])
@pytest.mark.parametrize("planted", PLANTED)
def test_a_planted_slice_is_found(planted: str, task: str) -> None:
    X = people(3000, 1)
    found = search(X, PLANTED[planted](X), task).found
    assert found
    first = found[0]
    column, _, rest = planted.partition(" and ")
    assert column in first.rule
    assert not rest or any(rest in s.rule for s in found)
    assert first.here.value > first.beside.value
    assert 0 < first.low < first.difference < first.high
    assert first.p_value < 0.05
    assert first.n_rows == first.here.n_rows >= 30


@pytest.mark.parametrize("task", ["regression", "labels", "probabilities"])
def test_noise_seldom_looks_like_a_slice(task: str) -> None:
    alarms = 0
    for seed in range(200):
        X = people(400, seed)
        alarms += bool(search(X, np.zeros(len(X), bool), task, seed + 1000).found)
    assert alarms <= 10


def test_the_order_of_rows_changes_nothing() -> None:
    X = people(1000, 2)
    random = np.random.default_rng(3)
    true = random.normal(0, np.where(X["region"] == "north", 3, 1))
    shuffled = random.permutation(len(X))
    ones = weak_slices(as_table(X), Predictions("regression", true, np.zeros(1000)))
    other = weak_slices(as_table(X.iloc[shuffled]), Predictions("regression", true[shuffled], np.zeros(1000)))
    assert [s.rule for s in ones.found] == [s.rule for s in other.found]
    assert ones.found[0].rule == "region = north"
    assert ones.found[0].difference == pytest.approx(other.found[0].difference)


@pytest.mark.parametrize("model", [LogisticRegression(), LinearSVC()], ids=["probabilities", "labels"])
@pytest.mark.parametrize("seed", range(6))
def test_the_positive_class_changes_nothing(model: Any, seed: int) -> None:
    """Weak in a part that is large enough to be found with most halves, and small enough to be missed with some."""
    random = np.random.default_rng(seed)
    X = pd.DataFrame({"x": random.normal(size=700), "age": random.uniform(20, 70, 700)})
    means = np.where(X["age"] > 60, -1.5, 1.5) * X["x"] + random.logistic(size=700)
    y = np.where(means > 0, "good", "bad")
    fitted = model.fit(X, y)
    found = [
        evaluate(fitted, X, y, name="m", positive=one, slices=True, seed=seed).slices for one in (None, "good", "bad")
    ]
    assert found[0] is not None
    assert found[0] == found[1] == found[2]


def test_few_rows_are_said_to_be_too_few() -> None:
    X = people(100, 1)
    nothing = search(X, np.zeros(100, bool), "regression")
    assert (nothing.found, nothing.candidates) == ((), 0)
    assert "too few" in nothing.note


def test_a_perfect_model_has_no_weak_slice() -> None:
    X = people(500, 1)
    assert weak_slices(as_table(X), Predictions("regression", np.ones(500), np.ones(500))).found == ()


@pytest.mark.parametrize("model", [LinearRegression(), LogisticRegression(), LinearSVC()])
def test_part_of_an_evaluation_that_can_be_stored(model: Any) -> None:
    random = np.random.default_rng(0)
    X = random.normal(size=(900, 3))
    y = (X[:, 0] + random.normal(0, np.where(X[:, 1] > 0.5, 4, 0.2)) > 0).astype(float)
    y[::10] = np.nan
    fitted = model.fit(X[~np.isnan(y)], y[~np.isnan(y)].astype(int))
    found = evaluate(fitted, X, y, name="noisy", slices=True)
    assert found.slices is not None
    assert any(slice_.rule.startswith("x1 above 0.") for slice_ in found.slices.found)
    assert found.slices.searched_rows + found.slices.measured_rows == found.n_rows
    assert from_record(to_record(found)) == found
    before = {k: v for k, v in to_record(found).items() if k != "slices"}
    assert from_record(before).slices is None  # stored before slices were looked for


def applicants(rows: int, seed: int) -> tuple[pd.DataFrame, Any]:
    """Three numbers and a region, and the true log odds of each row: sure for most, even for those with b above 0.7."""
    random = np.random.default_rng(seed)
    X = pd.DataFrame({name: random.normal(size=rows) for name in "ac"})
    X["b"] = random.uniform(size=rows)
    X["region"] = random.choice(["n", "s", "e", "w"], rows)
    return X, np.where(X["b"] > 0.7, 0.1, 4) * X["a"].to_numpy() - np.where(X["region"] == "n", 1, 0)


def judged(X: pd.DataFrame, truth: Any, said: Any, seed: int) -> SliceSearch:
    """What is found of a model that says log odds, where the true ones are others."""
    true = (np.random.default_rng(seed + 5000).random(len(X)) < 1 / (1 + np.exp(-truth))).astype(np.intp)
    positive = 1 / (1 + np.exp(-said))
    probabilities = np.stack([1 - positive, positive], axis=1)
    predicted = (positive > 0.5).astype(np.intp)
    return weak_slices(as_table(X), Predictions("binary", true, predicted, (0, 1), probabilities, positive))


@pytest.mark.parametrize("rows", [400, 1500])
def test_rows_that_are_hard_for_anybody_are_no_weak_slice(rows: int) -> None:
    named = 0
    for seed in range(200):
        X, truth = applicants(rows, seed)
        named += bool(judged(X, truth, truth, seed).found)
    assert named <= 10


# what is wrong with the answers in one region: the truth from what the model says
OFF = {
    "too low": lambda said, here: said + np.where(here, 1, 0),
    "too sure": lambda said, here: said * np.where(here, 0.3, 1),
    "too modest": lambda said, here: said * np.where(here, 3, 1),
    "the wrong way round": lambda said, here: said * np.where(here, -1, 1),
}


@pytest.mark.parametrize("wrong", OFF)
def test_a_slice_whose_probabilities_are_off_is_found_among_hard_rows(wrong: str) -> None:
    found = 0
    for seed in range(20):
        X, _ = applicants(4000, seed)
        said = np.where(X["b"] > 0.7, 0.1, 1.5) * X["a"].to_numpy()
        search = judged(X, OFF[wrong](said, (X["region"] == "n").to_numpy()), said, seed)
        found += any("region = n" in s.rule for s in search.found)
        for s in search.found:
            assert s.difference == pytest.approx(s.here.value - s.beside.value)
            assert 0 < s.low < s.high
    assert found >= 18


def test_a_model_of_several_classes_that_is_too_sure_somewhere() -> None:
    random = np.random.default_rng(0)
    X = people(4000, 0)
    odds = np.exp(1.5 * random.normal(size=(4000, 3)))
    said = odds / odds.sum(axis=1, keepdims=True)
    here = (X["region"] == "north").to_numpy()[:, None]
    chances = np.where(here, 0.4 * said + 0.2, said)
    true = (chances.cumsum(axis=1) < random.random((4000, 1))).sum(axis=1).clip(0, 2)
    found = weak_slices(as_table(X), Predictions("multiclass", true, said.argmax(axis=1), (0, 1, 2), said)).found
    assert "region = north" in found[0].rule
