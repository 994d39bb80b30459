"""The table of metrics. A row: its value by scikit-learn, what it needs, and how its uncertainty is found.

To add one: a ``Metric`` in ``METRICS``. A figure that is a function of sums over rows gives ``terms`` and
``of_sums``; a ranking gives ``influence``. Either also makes it comparable between two models.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from sklearn import metrics as sk

from ipymlops.evaluation import terms
from ipymlops.evaluation.answers import Predictions
from ipymlops.evaluation.ranking import delong, variance_of_mean
from ipymlops.evaluation.results import Estimate, Task
from ipymlops.evaluation.targets import Floats
from ipymlops.evaluation.uncertainty import (
    NO_INTERVAL,
    Interval,
    Resampling,
    median_interval,
    on_logit_scale,
    wilson,
)
from ipymlops.evaluation.units import TARGET_UNITS

Need = Literal["scores", "probabilities", "two classes", "every class", "positives", "flagged", "a varying target"]


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure. ``perfect`` bounds a figure whose interval cannot come from resampling when nothing is wrong."""

    name: str
    task: Task
    value: Callable[[Predictions], float]
    needs: tuple[Need, ...] = ()
    terms: Callable[[Predictions], terms.Terms] | None = None
    of_sums: Callable[[Floats], Floats] | None = None
    influence: Callable[[Predictions], Floats] | None = None
    rate: bool = False  # the two terms are successes and trials
    greater_is_better: bool = True
    in_target_units: bool = False
    comparable: bool = True  # False where more and less are not better and worse
    decides: bool = False  # the first computable one of a task is its primary metric

    def missing_need(self, p: Predictions) -> Need | None:
        return next((need for need in self.needs if not NEEDS[need].met(p)), None)

    def estimate(self, p: Predictions, draws: Resampling, level: float) -> Estimate:
        value = float(self.value(p))
        low, high, method = self.interval(p, value, draws, level)
        unit = TARGET_UNITS if self.in_target_units else ""
        return Estimate(self.name, value, low, high, level, len(p.true), method, self.greater_is_better, unit)

    def interval(self, p: Predictions, value: float, draws: Resampling, level: float) -> Interval:
        if self.name == "roc_auc":
            return _of_auc(p, value, level)
        if self.name == "median_absolute_error":
            return median_interval(np.abs(p.true - p.predicted), level)
        if self.influence is not None:
            variance = variance_of_mean(self.influence(p))
            return _or_smallest_class(
                p, value, on_logit_scale(value, variance, level, "infinitesimal jackknife"), level
            )
        assert self.terms is not None, f"{self.name} has no interval"
        assert self.of_sums is not None, f"{self.name} has no interval"
        if self.rate:
            successes, trials = (float(np.sum(term)) for term in self.terms(p))
            return wilson(successes, trials, level)
        found = draws.interval(draws.totals(self.terms(p)), self.of_sums, level)
        return _or_smallest_class(p, value, found, level) if found.low == found.high and p.classes else found


@dataclass(frozen=True, slots=True)
class Condition:
    """When a need is met, and in words why a figure cannot be computed without it."""

    met: Callable[[Predictions], bool]
    otherwise: str


NEEDS: dict[Need, Condition] = {
    "scores": Condition(lambda p: p.scores is not None, "the model gives labels only, no scores"),
    "probabilities": Condition(lambda p: p.probabilities is not None, "the model gives no probabilities"),
    "two classes": Condition(lambda p: len(np.unique(p.true)) >= 2, "all labels are of one class"),
    "every class": Condition(lambda p: len(np.unique(p.true)) == len(p.classes), "some classes have no row"),
    "positives": Condition(lambda p: bool(p.positive.any()), "no row is of the positive class"),
    "flagged": Condition(lambda p: bool((p.predicted == 1).any()), "no row is predicted positive"),
    "a varying target": Condition(lambda p: len(p.true) > 1 and np.ptp(p.true) > 0, "all targets are equal"),
}


def resampling_of(*predictions: Predictions, seed: int) -> Resampling:
    """Bootstrap draws for one model's rows, or the same draws for several models on the same rows."""
    keys = [predictions[0].true]
    for p in predictions:
        keys.append(p.predicted)
        if p.scores is not None:
            keys.append(p.scores)
        elif p.probabilities is not None:
            keys.extend(p.probabilities.T)
    return Resampling.of(keys, seed)


def metrics_of(task: Task) -> tuple[Metric, ...]:
    return tuple(m for m in METRICS if m.task == task)


def _of_auc(p: Predictions, value: float, level: float) -> Interval:
    assert p.scores is not None
    _, covariance = delong(p.positive, p.scores[None, :])
    return _or_smallest_class(p, value, on_logit_scale(value, float(covariance[0, 0]), level, "DeLong"), level)


def _or_smallest_class(p: Predictions, value: float, found: Interval, level: float) -> Interval:
    """A perfect score has no spread to estimate; its lower end is then that of as many right answers, one after
    another, as the smallest class has rows. It is on the wide side. The same for a score of 0."""
    if value not in (0, 1) or not p.classes:
        return found if found.low != found.high else NO_INTERVAL
    counts = np.bincount(p.true)
    smallest = int(counts[counts > 0].min())
    low, high, _ = wilson(smallest * value, smallest, level)
    return Interval(low, high, "Wilson on the smallest class")


def _log_loss(p: Predictions) -> float:
    return float(sk.log_loss(p.true, p.probabilities, labels=np.arange(len(p.classes))))


def _ovr(p: Predictions) -> float:
    return float(sk.roc_auc_score(p.true, p.probabilities, multi_class="ovr", labels=np.arange(len(p.classes))))


def _both(name: str, **row: Any) -> tuple[Metric, Metric]:
    return Metric(name, "binary", **row), Metric(name, "multiclass", **row)


METRICS: tuple[Metric, ...] = (
    Metric(
        "roc_auc",
        "binary",
        lambda p: sk.roc_auc_score(p.positive, p.scores),
        ("scores", "two classes"),
        influence=terms.auc_influence,
        decides=True,
    ),
    Metric(
        "average_precision",
        "binary",
        lambda p: sk.average_precision_score(p.positive, p.scores),
        ("scores", "two classes"),
        influence=terms.ap_influence,
    ),
    *_both(
        "balanced_accuracy",
        # balanced_accuracy_score is the same, but warns where a class without rows is predicted
        value=lambda p: sk.recall_score(p.true, p.predicted, labels=np.unique(p.true), average="macro"),
        needs=("two classes",),
        terms=terms.hits_by_class,
        of_sums=terms.mean_of_rates,
        decides=True,
    ),
    *_both(
        "accuracy",
        value=lambda p: sk.accuracy_score(p.true, p.predicted),
        terms=terms.right,
        of_sums=terms.mean,
        rate=True,
        decides=True,
    ),
    Metric(
        "precision",
        "binary",
        lambda p: sk.precision_score(p.positive, p.predicted == 1),
        ("flagged",),
        terms.precision,
        terms.mean,
        rate=True,
    ),
    Metric(
        "recall",
        "binary",
        lambda p: sk.recall_score(p.positive, p.predicted == 1),
        ("positives",),
        terms.recall,
        terms.mean,
        rate=True,
    ),
    Metric(
        "f1", "binary", lambda p: sk.f1_score(p.positive, p.predicted == 1), ("positives",), terms.f1, terms.harmonic
    ),
    Metric(
        "f1_macro",
        "multiclass",
        lambda p: sk.f1_score(p.true, p.predicted, average="macro", zero_division=0.0),
        (),
        terms.f1_by_class,
        terms.mean_of_f1,
    ),
    Metric("roc_auc_ovr", "multiclass", _ovr, ("probabilities", "every class"), influence=terms.ovr_influence),
    *_both(
        "log_loss",
        value=_log_loss,
        needs=("probabilities",),
        terms=terms.surprise,
        of_sums=terms.mean,
        greater_is_better=False,
    ),
    Metric(
        "brier",
        "binary",
        lambda p: sk.brier_score_loss(p.positive, p.probabilities[:, 1]) if p.probabilities is not None else math.nan,
        ("probabilities",),
        terms.squared_doubt,
        terms.mean,
        greater_is_better=False,
    ),
    Metric(
        "rmse",
        "regression",
        lambda p: sk.root_mean_squared_error(p.true, p.predicted),
        (),
        terms.squares,
        terms.root_mean,
        greater_is_better=False,
        in_target_units=True,
        decides=True,
    ),
    Metric(
        "mae",
        "regression",
        lambda p: sk.mean_absolute_error(p.true, p.predicted),
        (),
        terms.sizes,
        terms.mean,
        greater_is_better=False,
        in_target_units=True,
    ),
    Metric(
        "r2", "regression", lambda p: sk.r2_score(p.true, p.predicted), ("a varying target",), terms.explained, terms.r2
    ),
    Metric(
        "median_absolute_error",
        "regression",
        lambda p: sk.median_absolute_error(p.true, p.predicted),
        comparable=False,  # neither a function of sums nor a ranking
        greater_is_better=False,
        in_target_units=True,
    ),
    Metric(
        "mean_error",
        "regression",
        lambda p: float(np.mean(p.true - p.predicted)),
        (),
        terms.errors,
        terms.mean,
        comparable=False,
        greater_is_better=False,
        in_target_units=True,
    ),
)
