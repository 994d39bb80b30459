"""Models of every kind, labels of every kind, and input that cannot be judged."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.cluster import KMeans
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression, RidgeClassifier
from sklearn.mixture import GaussianMixture
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from ipymlops.errors import BadInput
from ipymlops.evaluation.evaluation import evaluate, task_of
from ipymlops.evaluation.stored import from_record, to_record

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(400, 3))
Y = (X[:, 0] + RANDOM.normal(size=400) > 0).astype(int)
FITTED = LogisticRegression().fit(X, Y)


class Oracle:
    """A model of no known library, with predict alone."""

    def __init__(self, answers: Any) -> None:
        self.answers = np.asarray(answers)

    def predict(self, X: Any) -> np.ndarray:
        return self.answers[: len(X)]


class Wrapped:
    """A model around a model, as the project gives one to a comparison."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)


@pytest.mark.parametrize(
    ("model", "y", "task"),
    [
        (LogisticRegression(), ["a", "b"] * 10, "binary"),
        (LogisticRegression(), ["a", "b", "c", "a"] * 5, "multiclass"),
        (LinearRegression(), list(range(20)), "regression"),
        (make_pipeline(StandardScaler(), LinearRegression()), [0, 1] * 10, "regression"),
        (Oracle([0]), [0, 1] * 10, "binary"),
        (Oracle([0]), [True, False] * 10, "binary"),
        (Oracle([0]), [0, 1, 2] * 7, "multiclass"),
        (Oracle([0]), np.arange(21), "regression"),
        (Oracle([0]), [0.5, 1.25, 3.0], "regression"),
        (Oracle([0]), ["x", "y", "z"], "multiclass"),
        (FITTED, [1, 1, 1], "binary"),
        (Wrapped(LinearRegression()), [0, 1] * 10, "regression"),
        (Wrapped(FITTED), [0, 1] * 10, "binary"),
    ],
)
def test_the_task(model: Any, y: Any, task: str) -> None:
    assert task_of(model, y) == task


@pytest.mark.parametrize(
    ("model", "missing"),
    [
        (LogisticRegression(), set()),
        (make_pipeline(StandardScaler(), LogisticRegression()), set()),
        (SVC(), {"log_loss", "brier"}),
        (LinearSVC(), {"log_loss", "brier"}),
        (make_pipeline(StandardScaler(), RidgeClassifier()), {"log_loss", "brier"}),
    ],
)
def test_scores_come_from_what_the_model_has(model: Any, missing: set[str]) -> None:
    found = evaluate(model.fit(X, Y), X, Y, name="m")
    every = {m.name for m in evaluate(FITTED, X, Y, name="m").metrics}
    assert every - {m.name for m in found.metrics} == missing
    assert found.primary == "roc_auc"
    assert bool(missing) == any("no probabilities" in note for note in found.notes)


def test_labels_only() -> None:
    found = evaluate(Oracle(Y), X, 1 - Y, name="m")
    assert found.primary == "balanced_accuracy"
    assert found.metric("accuracy").value == 0
    assert any("ROC AUC, average precision cannot be computed" in note for note in found.notes)
    assert found.curve == ()
    assert found.calibration == ()


LABELS = {
    "strings": np.array(["no", "yes"])[Y],
    "booleans": Y.astype(bool),
    "floats": Y.astype(float),
    "series": pd.Series(np.array(["no", "yes"])[Y]),
    "categorical": pd.Series(pd.Categorical(np.array(["no", "yes"])[Y])),
    "nullable": pd.Series(Y, dtype="Int64"),
    "one-column frame": pd.DataFrame({"y": Y}),
    "polars": pl.Series("y", Y),
    "list": Y.tolist(),
    "unsigned": Y.astype(np.uint8),
    "negative": np.where(Y == 1, 1, -1),
}


@pytest.mark.parametrize("kind", LABELS)
def test_labels_of_every_kind_give_the_same_figures(kind: str) -> None:
    y = LABELS[kind]
    plain = np.asarray(y.to_numpy() if hasattr(y, "to_numpy") else y).ravel()
    model = LogisticRegression().fit(X, plain.astype(plain.tolist()[0].__class__))
    found, expected = evaluate(model, X, y, name="m"), evaluate(FITTED, X, Y, name="m")
    assert [m.value for m in found.metrics] == pytest.approx([m.value for m in expected.metrics])
    assert found.positive == found.classes[1]
    assert found.confusion == expected.confusion


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA])
def test_rows_without_a_label_are_left_out_and_counted(missing: Any) -> None:
    y = pd.Series(np.array(["no", "yes"])[Y], dtype=object)
    model = LogisticRegression().fit(X, y)
    y[:25] = missing
    found = evaluate(model, X, y, name="m")
    assert found.n_rows == 375
    assert "25 of 400 rows have no label and are left out" in found.notes
    rest = evaluate(model, X[25:], y[25:], name="m")
    assert [m.value for m in found.metrics] == [m.value for m in rest.metrics]


def test_labels_of_one_class_are_named_not_guessed() -> None:
    found = evaluate(FITTED, X, np.ones(400, dtype=int), name="m")
    assert found.primary == "accuracy"
    assert {m.name for m in found.metrics} == {"accuracy", "precision", "recall", "f1", "log_loss", "brier"}
    assert any(note.endswith("all labels are of one class") for note in found.notes)
    negatives = evaluate(FITTED, X, np.zeros(400, dtype=int), name="m")
    assert any(note == "recall, F1 cannot be computed: no row is of the positive class" for note in negatives.notes)


def test_a_class_without_rows() -> None:
    y = np.repeat([0, 1, 2], [150, 150, 100])
    model = LogisticRegression().fit(X, y)
    found = evaluate(model, X[:300], y[:300], name="m")
    assert found.classes == ("0", "1", "2")
    assert "ROC AUC, one vs rest cannot be computed: some classes have no row" in found.notes
    assert sum(found.confusion[2]) == 0


def test_predicting_a_class_that_has_no_row() -> None:
    y = np.repeat([0, 1, 2], [150, 150, 100])
    found = evaluate(DecisionTreeClassifier().fit(X[::-1], y), X, np.minimum(y, 1), name="m")
    assert found.metric("balanced_accuracy").value < 1
    assert sum(row[2] for row in found.confusion) > 0


def test_a_model_that_knows_one_class() -> None:
    found = evaluate(DecisionTreeClassifier().fit(X, np.zeros(400, dtype=int)), X, np.zeros(400, dtype=int), name="m")
    assert {m.name for m in found.metrics} == {"accuracy"}
    assert found.positive is None
    assert "the model knows one class only" in found.notes


class Single(LogisticRegression):
    def predict_proba(self, X: Any) -> np.ndarray:
        return np.asarray(super().predict_proba(X).astype(np.float32))


@pytest.mark.parametrize("classes", [2, 3])
def test_probabilities_in_single_precision(classes: int) -> None:
    y = np.digitize(X[:, 0], [-0.3, 0.4][: classes - 1])
    found = evaluate(Single().fit(X, y), X, y, name="m")
    expected = evaluate(LogisticRegression().fit(X, y), X, y, name="m")
    assert [m.value for m in found.metrics] == pytest.approx([m.value for m in expected.metrics], abs=1e-5)


class Loud(LogisticRegression):
    def predict_proba(self, X: Any) -> np.ndarray:
        return np.asarray(super().predict_proba(X) * 3)


def test_what_only_claims_to_be_a_probability_still_ranks() -> None:
    found = evaluate(Loud().fit(X, Y), X, Y, name="m")
    assert found.metric("roc_auc").value == evaluate(FITTED, X, Y, name="m").metric("roc_auc").value
    assert any("lie outside 0..1" in note for note in found.notes)
    assert "log_loss" not in {m.name for m in found.metrics}


def test_one_row() -> None:
    found = evaluate(FITTED, X[:1], Y[:1], name="m")
    assert found.metric("accuracy").n_rows == 1
    assert math.isnan(found.metric("log_loss").low)


def test_a_perfect_model_is_not_sure_of_being_perfect() -> None:
    model = DecisionTreeClassifier().fit(X, Y)
    found = evaluate(model, X, Y, name="m")
    for name in ("roc_auc", "average_precision", "balanced_accuracy", "f1", "accuracy"):
        assert 0.97 < found.metric(name).low < found.metric(name).value == 1.0 == found.metric(name).high, name


def test_a_model_that_is_always_wrong_is_not_sure_of_it() -> None:
    found = evaluate(Wrong().fit(X, Y), X, Y, name="m")
    for name in ("roc_auc", "balanced_accuracy", "f1", "accuracy"):
        assert found.metric(name).low == found.metric(name).value == 0.0 < found.metric(name).high < 0.03, name


class Wrong(DecisionTreeClassifier):
    def predict_proba(self, X: Any) -> np.ndarray:
        return np.asarray(super().predict_proba(X)[:, ::-1])

    def predict(self, X: Any) -> np.ndarray:
        return np.asarray(1 - super().predict(X))


def test_constant_scores_are_worth_nothing() -> None:
    found = evaluate(DummyClassifier().fit(X, Y), X, Y, name="m")
    assert found.metric("roc_auc").value == 0.5
    assert len(found.curve) == 1
    assert len(found.calibration) == 1


class Floats(LinearRegression):
    def predict(self, X: Any) -> np.ndarray:
        answers = super().predict(X)
        answers[:3] = np.nan
        return np.asarray(answers)


REFUSED = {
    "lengths": (FITTED, X, Y[:390], "400 rows in X and 390 in y"),
    "no rows": (FITTED, X[:0], Y[:0], "without rows"),
    "no labels": (FITTED, X[:2], np.array([np.nan, np.nan]), "no row with a label"),
    "unfitted": (LogisticRegression(), X, Y, "Found an estimator that is not fitted: LogisticRegression"),
    "unfitted pipeline": (make_pipeline(StandardScaler(), LogisticRegression()), X, Y, "not fitted: Pipeline"),
    "a class": (LogisticRegression, X, Y, "the class LogisticRegression without a predict method"),
    "no model": ("model.pkl", X, Y, "str without a predict method"),
    "columns": (FITTED, X[:, :2], Y, "cannot read these rows: X has 2 features"),
    "continuous": (FITTED, X, Y + 0.37, r"continuous targets \(such as \d\.37\) for a classifier"),
    "strange label": (
        FITTED,
        X,
        np.array(["0", "1"])[Y],
        r"the labels '1' \(204 rows\), '0' \(196 rows\) in the benchmark; the model was not trained on them",
    ),
    "many strange labels": (
        FITTED,
        X,
        np.array(list("aabbcdef") * 50),
        r"the labels 'a' \(100 rows\), 'b' \(100 rows\), 'c' \(50 rows\) and 3 more labels in the benchmark",
    ),
    "one strange label": (FITTED, X[:3], np.array([0, 1, 7]), r"the label 7 \(1 row\) in the benchmark"),
    "missing values": (
        FITTED,
        np.where(np.arange(400)[:, None] < [3] + [0] * (X.shape[1] - 2) + [1], np.nan, X),
        Y,
        rf"cannot read missing values, and found some in 'x0' \(3 rows\), 'x{X.shape[1] - 1}' \(1 row\)\. "
        "Expected: a value in every row",
    ),
    "a clusterer": (KMeans(2, n_init=1).fit(X), X, Y, "Found KMeans, a clusterer. Expected: a classifier or"),
    "a pipeline of one": (make_pipeline(StandardScaler(), KMeans(2, n_init=1)).fit(X), X, Y, "Pipeline, a clusterer"),
    "a mixture": (GaussianMixture(2).fit(X), X, Y, "GaussianMixture, a density estimator"),
    "words": (LinearRegression().fit(X, Y), X, np.array(["no", "yes"])[Y], "for a regression. Expected: numbers"),
    "nan predictions": (Floats().fit(X, Y), X, Y, "3 predictions that are NaN"),
    "infinite targets": (LinearRegression().fit(X, Y), X, np.where(Y, np.inf, 0.0), "targets that are NaN or infinite"),
    "two columns": (FITTED, X, np.stack([Y, Y], axis=1), "one value per row"),
    "short answers": (Oracle(Y[:10]), X, Y, "10 predictions for 400 rows"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_judged_is_refused(case: str) -> None:
    model, rows, labels, words = REFUSED[case]
    with pytest.raises(BadInput, match=words):
        evaluate(model, rows, labels, name="m")


@pytest.mark.parametrize("level", [0.0, 1.0, 95])
def test_a_level_that_is_none(level: float) -> None:
    with pytest.raises(BadInput, match=r"a number from 0\.5 to below 1"):
        evaluate(FITTED, X, Y, name="m", level=level)


def test_regression_has_residuals() -> None:
    y = X @ np.array([1.0, 2.0, 0.0]) + 0.1 * X[:, 2]
    found = evaluate(DecisionTreeRegressor(max_depth=3).fit(X, y), pd.DataFrame(X), y, name="m")
    assert found.primary == "rmse"
    assert found.headline.unit == "target units"
    assert found.residuals is not None
    assert sum(found.residuals.counts) == 400
    assert found.classes == ()


def test_constant_targets_have_no_r2() -> None:
    found = evaluate(LinearRegression().fit(X, Y), X, np.ones(400), name="m")
    assert "R² cannot be computed: all targets are equal" in found.notes


@pytest.mark.parametrize("model", [FITTED, LinearRegression().fit(X, Y), Oracle(Y)])
def test_an_evaluation_survives_its_bundle(model: Any) -> None:
    found = evaluate(model, X, Y, name="m", version=2)
    assert from_record(to_record(found)) == found


def test_each_step_is_told_as_it_begins_and_changes_nothing() -> None:
    steps: list[str] = []
    asked: dict[str, Any] = {"name": "m", "sensitive": ["x0", "x1"], "cost": {"fp": 1, "fn": 5}, "slices": True}
    told = evaluate(FITTED, X, Y, **asked, progress=steps.append)
    assert to_record(told) == to_record(evaluate(FITTED, X, Y, **asked))
    count = len(told.metrics)
    assert steps[:3] == [
        "ask the model",
        "draw samples for the intervals",
        f"measure ROC AUC and its interval, 1 of {count}",
    ]
    assert steps[count + 1].endswith(f"and its interval, {count} of {count}")
    assert steps[count + 2 :] == [
        "draw curves and calibration",
        "search for weak slices",
        "compare the groups of x0, 1 of 2",
        "compare the groups of x1, 2 of 2",
        "price the errors",
    ]


def test_what_was_not_asked_for_is_no_step() -> None:
    steps: list[str] = []
    evaluate(FITTED, X, Y, name="m", progress=steps.append)
    assert steps[-1] == "draw curves and calibration"
