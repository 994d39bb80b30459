"""One pass or two through the model: the same answers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.svm import SVC

from ipymlops.errors import BadInput
from ipymlops.evaluation.predictions import predict

X = np.random.default_rng(0).normal(size=(200, 3))
TWO, THREE = (X[:, 0] > 0).astype(int), np.digitize(X[:, 0], [-0.5, 0.5])


class Loud(LogisticRegression):
    def predict_proba(self, X: Any) -> np.ndarray:
        return np.asarray(super().predict_proba(X) * 3)


@pytest.mark.parametrize(
    ("model", "y"),
    [
        (RandomForestClassifier(10), TWO),
        (RandomForestClassifier(10), THREE),
        (SVC(), TWO),
        (Loud(), TWO),
        (LinearRegression(), TWO),
    ],
)
def test_from_scores_gives_the_same_answers(model: Any, y: np.ndarray) -> None:
    model.fit(X, y)
    one, two = predict(model, X, y, from_scores=True), predict(model, X, y)
    assert one.classes == two.classes
    assert one.notes == two.notes
    assert np.array_equal(one.true, two.true)
    assert np.array_equal(one.predicted, two.predicted)


def test_from_scores_spares_a_pass() -> None:
    model = RandomForestClassifier(5).fit(X, TWO)
    model.predict = None  # type: ignore[method-assign]
    assert predict(model, X, TWO, from_scores=True).scores is not None


class Probable:
    """A model whose ``predict`` gives the probability of the second class, perhaps beyond 1."""

    gives_probabilities = True
    classes_ = np.array([0, 1])

    def __init__(self, scale: float) -> None:
        self.scale = scale

    def predict(self, X: Any) -> np.ndarray:
        return self.scale / (1 + np.exp(-X[:, 0]))

    def predict_proba(self, X: Any) -> np.ndarray:
        yes = self.predict(X)
        return np.column_stack([1 - yes, yes])


@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_probabilities_for_answers_are_read_as_classes(scale: float) -> None:
    model = Probable(scale)
    for y in (TWO, TWO.astype(bool), TWO.astype(float)):
        found = predict(model, X, y)
        assert found.task == "binary"
        assert found.predicted.tolist() == (model.predict(X) > 0.5).astype(int).tolist()
        assert (found.probabilities is None) == (scale > 1)


def test_no_answer_where_something_is_missing_is_told_by_the_column() -> None:
    lacking = np.where(np.arange(600).reshape(X.shape) == 0, np.nan, X)
    with pytest.raises(BadInput, match=r"cannot read missing values, and found some in 'x0' \(1 row\)"):
        predict(Probable(1.0), lacking, TWO)
