"""What a metric is expected to be when each row's label is only known as probabilities, and how much chance it holds.

Each row of ``EXPECTED`` gives a figure and its slope: (n, k), by how much the figure changes per row if the label of
that row is class c for certain. Labels are independent given their probabilities ``p``, (n, k), so the variance of the
figure is the sum over rows of the variance of the slope under ``p`` (delta method; exact for figures that are means).
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from ipymlops.evaluation.answers import Answers
from ipymlops.evaluation.results import Task
from ipymlops.evaluation.targets import Floats

Expected = tuple[float, Floats]
NEAR = np.finfo(np.float64).eps  # scikit-learn's own distance from 0 and 1 in a log loss


def variance(slope: Floats, p: Floats) -> float:
    """Of the figure whose ``slope`` this is; both (n, k)."""
    mean = np.einsum("nk,nk->n", p, slope)
    return float(np.sum(np.einsum("nk,nk->n", p, slope**2) - mean**2))


def accuracy(answers: Answers, p: Floats) -> Expected:
    hit = _hits(answers, p)
    return float((p * hit).sum() / len(p)), hit / len(p)


def balanced_accuracy(answers: Answers, p: Floats) -> Expected:
    hit, total = _hits(answers, p), p.sum(axis=0)
    there = total > 0  # a class that is surely absent has no recall
    with np.errstate(invalid="ignore", divide="ignore"):
        recalls = (p * hit).sum(axis=0) / total
        slope = np.where(there, (hit - recalls) / total / there.sum(), 0.0)
    return float(recalls[there].mean()), np.asarray(slope)


def precision(answers: Answers, p: Floats) -> Expected:
    flagged = answers.predicted == 1
    count = flagged.sum()
    if not count:
        return _unknown(p)
    return float(p[flagged, 1].sum() / count), _of_positives(flagged / count)


def recall(answers: Answers, p: Floats) -> Expected:
    flagged, total = answers.predicted == 1, p[:, 1].sum()
    if not total > 0:
        return _unknown(p)
    value = p[flagged, 1].sum() / total
    return float(value), _of_positives((flagged - value) / total)


def f1(answers: Answers, p: Floats) -> Expected:
    flagged = answers.predicted == 1
    total = p[:, 1].sum() + flagged.sum()
    if not total > 0:
        return _unknown(p)
    value = 2 * p[flagged, 1].sum() / total
    return float(value), _of_positives((2 * flagged - value) / total)


def f1_macro(answers: Answers, p: Floats) -> Expected:
    hit = _hits(answers, p)
    total = p.sum(axis=0) + hit.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        each = np.where(total > 0, 2 * (p * hit).sum(axis=0) / total, 0.0)
        slope = np.where(total > 0, (2 * hit - each) / total / p.shape[1], 0.0)
    return float(each.mean()), slope


def brier(answers: Answers, p: Floats) -> Expected:
    said = _said(answers)[:, 1]
    losses = np.stack([said**2, (1 - said) ** 2], axis=1)
    return float((p * losses).sum() / len(p)), losses / len(p)


def log_loss(answers: Answers, p: Floats) -> Expected:
    losses = -np.log(np.clip(_said(answers), NEAR, 1 - NEAR))
    return float((p * losses).sum() / len(p)), losses / len(p)


def roc_auc(answers: Answers, p: Floats) -> Expected:
    assert answers.scores is not None
    value, slope = _auc(answers.scores, p[:, 1])
    return value, _of_positives(slope)


def roc_auc_ovr(answers: Answers, p: Floats) -> Expected:
    """The mean over classes of each against the rest."""
    said = _said(answers)
    found = [_auc(said[:, c], p[:, c]) for c in range(p.shape[1])]
    return float(np.mean([value for value, _ in found])), np.stack([s for _, s in found], axis=1) / p.shape[1]


EXPECTED: dict[Task, dict[str, Callable[[Answers, Floats], Expected]]] = {
    "binary": {
        "roc_auc": roc_auc,
        "balanced_accuracy": balanced_accuracy,
        "accuracy": accuracy,
        "precision": precision,
        "recall": recall,
        "f1": f1,
        "log_loss": log_loss,
        "brier": brier,
    },
    "multiclass": {
        "balanced_accuracy": balanced_accuracy,
        "accuracy": accuracy,
        "f1_macro": f1_macro,
        "roc_auc_ovr": roc_auc_ovr,
        "log_loss": log_loss,
    },
}


def _auc(scores: Floats, p: Floats) -> Expected:
    """The share of pairs of different rows, one positive and one negative, that the scores put in order; ties half.

    Its numerator and denominator are expectations over independent labels, so that their quotient is free of bias but
    for terms of 1 / n; the slope is that of the quotient.
    """
    values, tied = np.unique(scores, return_inverse=True)
    positives = np.bincount(tied, weights=p, minlength=len(values))
    negatives = np.bincount(tied, weights=1 - p, minlength=len(values))
    below = np.cumsum(negatives) - negatives / 2  # negatives below a score, those tied counted half
    above = positives.sum() - np.cumsum(positives) + positives / 2
    n_positive, n_negative, own = p.sum(), (1 - p).sum(), float(np.sum(p * (1 - p)))
    won = float(np.dot(positives, below)) - own / 2  # a row is not compared with itself
    pairs = n_positive * n_negative - own
    if not pairs > 0:
        return math.nan, np.zeros(len(p))
    value = float(won / pairs)
    slope_won = below[tied] - above[tied] - (1 - 2 * p) / 2
    slope_pairs = n_negative - n_positive - (1 - 2 * p)
    return value, (slope_won - value * slope_pairs) / pairs


def _unknown(p: Floats) -> Expected:
    """Of a figure that these rows do not have: a precision where no row is flagged."""
    return math.nan, np.zeros_like(p)


def _hits(answers: Answers, p: Floats) -> Floats:
    """(n, k): 1 where the class is the predicted one."""
    return np.asarray(answers.predicted[:, None] == np.arange(p.shape[1]), dtype=np.float64)


def _of_positives(slope: Floats) -> Floats:
    """The slope of a binary figure that only asks whether a row is positive."""
    return np.stack([np.zeros(len(slope)), slope], axis=1)


def _said(answers: Answers) -> Floats:
    assert answers.probabilities is not None
    return answers.probabilities
