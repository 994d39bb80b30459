"""Shares of what a model uses, for tables of every library."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.svm import LinearSVC

from ipymlops.errors import BadInput
from ipymlops.evaluation import importance
from ipymlops.evaluation.importance import permutation_importance

FRAME = pd.DataFrame(np.random.default_rng(0).normal(size=(600, 4)), columns=list("abcd"))
TARGET = (3 * FRAME["a"] + FRAME["b"]).to_numpy()


@pytest.mark.parametrize(
    "convert", [lambda f: f, pl.from_pandas, lambda f: f.to_numpy()], ids=["pandas", "polars", "numpy"]
)
def test_shares_follow_the_coefficients(convert: Any) -> None:
    data = convert(FRAME)
    found = permutation_importance(LinearRegression().fit(data, TARGET), data, TARGET)
    assert sum(found.values()) == pytest.approx(1)
    assert list(found.values()) == sorted(found.values(), reverse=True)
    first, second, *rest = found.values()
    assert first == pytest.approx(0.9, abs=0.03)  # 3 and 1, squared
    assert second == pytest.approx(0.1, abs=0.03)
    assert rest == [0, 0]


def test_it_does_not_depend_on_how_many_columns_are_asked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    model = RandomForestClassifier(10, random_state=0).fit(FRAME, TARGET > 0)
    together = permutation_importance(model, FRAME, TARGET > 0, rows=200)
    monkeypatch.setattr(importance, "ROWS_A_CALL", 1)
    assert permutation_importance(model, FRAME, TARGET > 0, rows=200) == together


@pytest.mark.parametrize("columns", [299, 700])
def test_a_wide_table_is_measured_on_fewer_rows_and_in_bounded_memory(columns: int) -> None:
    class Sums:
        classes_ = None

        def fit(self, X: Any, y: Any) -> Sums:
            return self

        def predict(self, X: Any) -> Any:
            asked.append(X.shape)
            return 2 * X[:, 3] + X[:, 5]

    asked: list[tuple[int, int]] = []
    X = np.random.default_rng(0).normal(size=(2000, columns))
    found = permutation_importance(Sums(), X, 2 * X[:, 3] + X[:, 5])
    assert list(found)[:2] == ["x3", "x5"]
    answers = sum(rows for rows, _ in asked[1:])
    assert answers == columns * min(1000, importance.affordable(columns)) <= importance.MOST_ANSWERS
    assert max(rows * width for rows, width in asked) <= importance.CELLS_A_CALL


def test_a_table_too_wide_to_measure_has_no_shares(monkeypatch: pytest.MonkeyPatch) -> None:
    model = LinearRegression().fit(FRAME, TARGET)
    monkeypatch.setattr(importance, "MOST_CELLS", 4 * 4 * importance.FEWEST - 1)
    assert permutation_importance(model, FRAME, TARGET) == {}


def test_mixed_types_keep_their_types() -> None:
    frame = pd.DataFrame(
        {"kind": pd.Categorical(["x", "y"] * 100), "noise": np.arange(200.0), "on": [True, False] * 100}
    )
    y = (frame["kind"] == "x").to_numpy()
    columns = make_column_transformer((OneHotEncoder(), ["kind"]), ("passthrough", ["noise"]))
    model = make_pipeline(columns, LogisticRegression(max_iter=5000)).fit(frame, y)
    found = permutation_importance(model, frame, y)
    assert found["kind"] > 0.99
    assert found["on"] == 0


def test_missing_labels_are_left_out() -> None:
    target = TARGET.copy()
    target[::5] = np.nan
    found = permutation_importance(LinearRegression().fit(FRAME, TARGET), FRAME, target)
    assert next(iter(found)) == "a"


@pytest.mark.parametrize(
    ("model", "y"),
    [
        (LinearRegression().fit(FRAME, np.ones(600)), TARGET),
        (LinearRegression().fit(FRAME, 1e-15 * TARGET), TARGET),  # its answers move by rounding only
        (RandomForestClassifier(20, random_state=0).fit(FRAME, TARGET > 0), np.arange(600) % 7 == 0),
        (LogisticRegression().fit(FRAME[:2], [False, True]), (TARGET > 0)[:1]),
    ],
    ids=["nothing used", "rounding", "labels unrelated", "one row"],
)
def test_nothing_above_its_noise_is_not_known(model: Any, y: Any) -> None:
    assert permutation_importance(model, FRAME[: len(y)], y) == {}


def test_a_nearly_perfect_forest_still_uses_what_it_learned() -> None:
    """Its ROC AUC on the training rows is 1 whatever single column is shuffled."""
    X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    fitted, held_out, target, truth = train_test_split(X, y, random_state=0)
    model = RandomForestClassifier(50, random_state=0).fit(fitted, target)
    for rows, labels in ((fitted, target), (held_out, truth)):
        found = permutation_importance(model, rows, labels)
        assert found["worst area"] > 0.05
        assert found["worst perimeter"] > 0.05
        assert sum(found.values()) == pytest.approx(1)


def test_what_chance_cannot_exclude_is_left_out_and_what_is_surely_unused_is_0() -> None:
    random = np.random.default_rng(0)
    X = pd.DataFrame(random.normal(size=(60, 3)), columns=["strong", "weak", "unused"])
    model = LinearRegression().fit(X, 3 * X["strong"] + X["weak"])
    y = 3 * X["strong"] + 9 * random.standard_t(2, 60)
    assert permutation_importance(model, X, y) == {"strong": 1.0, "unused": 0.0}


def test_labels_alone_are_judged_by_how_many_are_wrong() -> None:
    found = permutation_importance(LinearSVC().fit(FRAME, TARGET > 0), FRAME, TARGET > 0)
    assert next(iter(found)) == "a"
    assert found["a"] > 3 * found["b"] > 0


def test_lengths_must_agree() -> None:
    with pytest.raises(BadInput, match="600 rows in X and 10 in y"):
        permutation_importance(LinearRegression().fit(FRAME, TARGET), FRAME, TARGET[:10], rows=100)


def test_columns_are_told_as_they_are_shuffled_and_nothing_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    model, steps = LinearRegression().fit(FRAME, TARGET), list[str]()
    quiet = permutation_importance(model, FRAME, TARGET, rows=200)
    monkeypatch.setattr(importance, "ROWS_A_CALL", 500)  # two columns of 200 rows
    told = permutation_importance(model, FRAME, TARGET, rows=200, repeats=2, progress=steps.append)
    assert told == permutation_importance(model, FRAME, TARGET, rows=200, repeats=2)
    assert list(told) == list(quiet)
    assert steps == [f"shuffle columns to see which are used, {done} of 8" for done in (2, 4, 6, 8)]
