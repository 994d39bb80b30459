"""Every figure equals scikit-learn's, and every figure has an interval that behaves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk
from sklearn.datasets import make_classification, make_regression
from sklearn.linear_model import LinearRegression, LogisticRegression

from ipymlops.evaluation.evaluation import evaluate
from ipymlops.evaluation.metrics import METRICS, metrics_of
from ipymlops.evaluation.results import Evaluation

Setting = tuple[Any, np.ndarray, np.ndarray]


def _binary() -> Setting:
    X, y = make_classification(900, 8, flip_y=0.2, weights=[0.7], random_state=1)
    return LogisticRegression().fit(X[:300], y[:300]), X[300:], y[300:]


def _multiclass() -> Setting:
    X, y = make_classification(900, 8, n_informative=5, n_classes=3, flip_y=0.2, random_state=2)
    labels = np.array(["high", "low", "middle"])[y]
    return LogisticRegression().fit(X[:300], labels[:300]), X[300:], labels[300:]


def _regression() -> Setting:
    X, y = make_regression(900, 5, noise=30, random_state=3)
    return LinearRegression().fit(X[:300], y[:300]), X[300:], y[300:]


SETTINGS = {"binary": _binary(), "multiclass": _multiclass(), "regression": _regression()}
BY_HAND: dict[tuple[str, str], Callable[[Any, Any, Any], float]] = {
    ("binary", "roc_auc"): lambda m, X, y: sk.roc_auc_score(y, m.predict_proba(X)[:, 1]),
    ("binary", "average_precision"): lambda m, X, y: sk.average_precision_score(y, m.predict_proba(X)[:, 1]),
    ("binary", "accuracy"): lambda m, X, y: sk.accuracy_score(y, m.predict(X)),
    ("binary", "balanced_accuracy"): lambda m, X, y: sk.balanced_accuracy_score(y, m.predict(X)),
    ("binary", "precision"): lambda m, X, y: sk.precision_score(y, m.predict(X)),
    ("binary", "recall"): lambda m, X, y: sk.recall_score(y, m.predict(X)),
    ("binary", "f1"): lambda m, X, y: sk.f1_score(y, m.predict(X)),
    ("binary", "log_loss"): lambda m, X, y: sk.log_loss(y, m.predict_proba(X)),
    ("binary", "brier"): lambda m, X, y: sk.brier_score_loss(y, m.predict_proba(X)[:, 1]),
    ("multiclass", "accuracy"): lambda m, X, y: sk.accuracy_score(y, m.predict(X)),
    ("multiclass", "balanced_accuracy"): lambda m, X, y: sk.balanced_accuracy_score(y, m.predict(X)),
    ("multiclass", "f1_macro"): lambda m, X, y: sk.f1_score(y, m.predict(X), average="macro"),
    ("multiclass", "roc_auc_ovr"): lambda m, X, y: sk.roc_auc_score(y, m.predict_proba(X), multi_class="ovr"),
    ("multiclass", "log_loss"): lambda m, X, y: sk.log_loss(y, m.predict_proba(X)),
    ("regression", "rmse"): lambda m, X, y: sk.root_mean_squared_error(y, m.predict(X)),
    ("regression", "mae"): lambda m, X, y: sk.mean_absolute_error(y, m.predict(X)),
    ("regression", "r2"): lambda m, X, y: sk.r2_score(y, m.predict(X)),
    ("regression", "median_absolute_error"): lambda m, X, y: sk.median_absolute_error(y, m.predict(X)),
    ("regression", "mean_error"): lambda m, X, y: float(np.mean(y - m.predict(X))),
}


def _evaluated(task: str) -> Evaluation:
    return evaluate(*SETTINGS[task], name="m")


EVALUATED = {task: _evaluated(task) for task in SETTINGS}


def test_every_row_of_the_table_is_checked_here() -> None:
    assert {(m.task, m.name) for m in METRICS} == set(BY_HAND)


@pytest.mark.parametrize(("task", "name"), BY_HAND)
def test_value_is_that_of_scikit_learn(task: str, name: str) -> None:
    assert EVALUATED[task].metric(name).value == pytest.approx(BY_HAND[task, name](*SETTINGS[task]), rel=1e-12)


@pytest.mark.parametrize(("task", "name"), BY_HAND)
def test_interval_holds_the_value_and_says_how(task: str, name: str) -> None:
    found = EVALUATED[task].metric(name)
    assert found.low < found.value < found.high
    assert found.method
    assert found.n_rows == 600
    wider = evaluate(*SETTINGS[task], name="m", level=0.99).metric(name)
    assert wider.low < found.low
    assert found.high < wider.high


@pytest.mark.parametrize("task", SETTINGS)
def test_sums_and_terms_give_the_value_itself(task: str) -> None:
    from ipymlops.evaluation.predictions import predict

    p = predict(*SETTINGS[task])
    for metric in metrics_of(p.task):
        if metric.terms is not None and metric.of_sums is not None:
            sums = np.array([np.sum(term) for term in metric.terms(p)], dtype=float)
            assert float(metric.of_sums(sums)) == pytest.approx(float(metric.value(p)), rel=1e-9), metric.name


@pytest.mark.parametrize("task", SETTINGS)
def test_influence_sums_to_nothing(task: str) -> None:
    from ipymlops.evaluation.predictions import predict

    p = predict(*SETTINGS[task])
    for metric in metrics_of(p.task):
        if metric.influence is not None:
            assert float(np.mean(metric.influence(p))) == pytest.approx(0, abs=1e-9), metric.name


@pytest.mark.parametrize("task", SETTINGS)
@settings(max_examples=8)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_order_of_the_rows_changes_nothing(task: str, seed: int) -> None:
    model, X, y = SETTINGS[task]
    order = np.random.default_rng(seed).permutation(len(y))
    for ours, theirs in zip(
        evaluate(model, X[order], y[order], name="m").metrics, EVALUATED[task].metrics, strict=True
    ):
        assert (ours.value, ours.low, ours.high) == pytest.approx((theirs.value, theirs.low, theirs.high), rel=1e-9)


def test_average_precision_influence_is_its_derivative() -> None:
    """Against the definition: what a little more weight on one row does, ties included."""
    from ipymlops.evaluation.ranking import average_precision_influence

    random = np.random.default_rng(5)
    scores = np.round(random.random(60), 1)
    positive = random.random(60) < scores
    base = sk.average_precision_score(positive, scores)
    step = 1e-6
    slopes = []
    for i in range(60):
        weights = np.ones(60)
        weights[i] += step
        slopes.append(60 * (sk.average_precision_score(positive, scores, sample_weight=weights) - base) / step)
    assert average_precision_influence(positive, scores) == pytest.approx(np.array(slopes), abs=1e-3)
