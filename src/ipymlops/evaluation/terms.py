"""The per-row parts of figures: terms whose sums make them up, and each row's influence on a ranking."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from ipymlops.evaluation.answers import Predictions
from ipymlops.evaluation.ranking import average_precision_influence, roc_auc_influence
from ipymlops.evaluation.targets import Floats

Terms = Iterable[npt.NDArray[Any]]

LEAST = 1e-3  # probability; a forest says 0 freely, and the log of 0 would drown all other rows


def row_loss(p: Predictions) -> Floats:
    """What each row costs, (n,): the squared error of a regression, the log loss where there are probabilities, being
    wrong where there are labels only."""
    if p.task == "regression":
        return np.asarray((p.true - p.predicted) ** 2, dtype=np.float64)
    if p.probabilities is None:
        return np.asarray(p.true != p.predicted, dtype=np.float64)
    return np.asarray(-np.log(np.maximum(p.probabilities[np.arange(len(p.true)), p.true], LEAST)))


def right(p: Predictions) -> Terms:
    return (p.true == p.predicted, np.ones(len(p.true)))


def precision(p: Predictions) -> Terms:
    return (p.positive & (p.predicted == 1), p.predicted == 1)


def recall(p: Predictions) -> Terms:
    return (p.positive & (p.predicted == 1), p.positive)


def f1(p: Predictions) -> Terms:
    return (p.positive & (p.predicted == 1), p.positive, p.predicted == 1)


def hits_by_class(p: Predictions) -> Terms:
    for c in np.unique(p.true):
        yield (p.true == c) & (p.predicted == c)
        yield p.true == c


def f1_by_class(p: Predictions) -> Terms:
    for c in np.union1d(p.true, p.predicted):
        yield (p.true == c) & (p.predicted == c)
        yield p.true == c
        yield p.predicted == c


def surprise(p: Predictions) -> Terms:
    """Minus the log of the probability given to what happened, clipped as scikit-learn does."""
    assert p.probabilities is not None
    tiny = np.finfo(p.probabilities.dtype).eps
    given = np.clip(p.probabilities[np.arange(len(p.true)), p.true], tiny, 1 - tiny)
    return (-np.log(given), np.ones(len(p.true)))


def squared_doubt(p: Predictions) -> Terms:
    assert p.probabilities is not None
    return ((p.probabilities[:, 1] - p.positive) ** 2, np.ones(len(p.true)))


def squares(p: Predictions) -> Terms:
    return ((p.true - p.predicted) ** 2, np.ones(len(p.true)))


def sizes(p: Predictions) -> Terms:
    return (np.abs(p.true - p.predicted), np.ones(len(p.true)))


def errors(p: Predictions) -> Terms:
    return (p.true - p.predicted, np.ones(len(p.true)))


def explained(p: Predictions) -> Terms:
    centred = p.true - p.true.mean()  # else the squares of large targets swallow their spread
    return ((p.true - p.predicted) ** 2, centred, centred**2, np.ones(len(p.true)))


def mean(sums: Floats) -> Floats:
    return np.asarray(sums[..., 0] / sums[..., 1])


def root_mean(sums: Floats) -> Floats:
    return np.sqrt(mean(sums))


def r2(sums: Floats) -> Floats:
    errors, total, squares, rows = np.moveaxis(sums, -1, 0)
    return np.asarray(1 - errors / (squares - total**2 / rows))


def harmonic(sums: Floats) -> Floats:
    return np.asarray(2 * sums[..., 0] / (sums[..., 1] + sums[..., 2]))


def mean_of_rates(sums: Floats) -> Floats:
    return np.asarray(np.mean(sums[..., 0::2] / sums[..., 1::2], axis=-1))


def mean_of_f1(sums: Floats) -> Floats:
    members = sums[..., 1::3] + sums[..., 2::3]
    # A class that a resample does not hold scores 0, as in scikit-learn, rather than undoing the resample.
    scores = np.divide(2 * sums[..., 0::3], members, out=np.zeros_like(members), where=members > 0)
    return np.asarray(np.mean(scores, axis=-1))


def ovr_influence(p: Predictions) -> Floats:
    assert p.probabilities is not None
    every = [roc_auc_influence(p.true == c, p.probabilities[:, c]) for c in range(len(p.classes))]
    return np.asarray(np.mean(every, axis=0))


def ap_influence(p: Predictions) -> Floats:
    assert p.scores is not None
    return average_precision_influence(p.positive, p.scores)


def auc_influence(p: Predictions) -> Floats:
    assert p.scores is not None
    return roc_auc_influence(p.positive, p.scores)
