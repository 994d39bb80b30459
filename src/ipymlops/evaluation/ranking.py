"""Figures of a ranking (area under the ROC curve, average precision) with their sampling variance."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


def delong(positive: Bools, scores: Floats) -> tuple[Floats, Floats]:
    """Areas under the ROC curve of m rankings of the same n rows, and their covariance.

    ``positive`` is (n,), ``scores`` (m, n); gives (m,) areas and an (m, m) covariance. With two rankings the
    variance of the difference is ``c[0, 0] + c[1, 1] - 2 * c[0, 1]``: the paired test that needs far fewer rows
    than two separate ones. It misleads with fewer than about ten rows of a class, and at an area of exactly 1,
    where the variance is 0.

    >>> areas, covariance = delong(np.array([0, 0, 1, 1], bool), np.array([[0.1, 0.4, 0.35, 0.8]]))
    >>> float(areas[0]), float(covariance[0, 0])
    (0.75, 0.125)

    References: DeLong, DeLong, Clarke-Pearson (1988), Biometrics 44; computed with midranks in O(n log n) as by
    Sun and Xu (2014), IEEE Signal Processing Letters 21.
    """
    parts = [_placements(positive, row) for row in np.atleast_2d(scores)]
    of_positives = np.stack([p for p, _ in parts])
    of_negatives = np.stack([q for _, q in parts])
    covariance = _covariance(of_positives) + _covariance(of_negatives)
    return of_positives.mean(axis=1), covariance


def roc_auc_influence(positive: Bools, scores: Floats) -> Floats:
    """What each row adds to the area under the ROC curve, shape (n,), mean 0; its spread is the area's."""
    of_positives, of_negatives = _placements(positive, scores)
    area = of_positives.mean()
    influence = np.empty(len(scores))
    influence[positive] = (of_positives - area) / positive.mean()
    influence[~positive] = (of_negatives - area) / (~positive).mean()
    return influence


def average_precision_influence(positive: Bools, scores: Floats) -> Floats:
    """What each row adds to the average precision, shape (n,), mean 0 (the infinitesimal jackknife).

    ``np.var(influence) / n`` is the variance of the average precision; the difference of two models' influences
    gives the variance of their paired difference. It misleads with fewer than about ten positives.

    Reference: Jaeckel (1972); the derivative is that of the step-wise sum which scikit-learn computes.
    """
    values, tied = np.unique(-scores, return_inverse=True)  # position 0 is the highest score
    positives_at = np.bincount(tied, weights=positive, minlength=len(values))
    rows_up_to = np.cumsum(np.bincount(tied, minlength=len(values)))
    precision = np.cumsum(positives_at) / rows_up_to
    count = positive.sum()
    average = float(np.sum(positives_at * precision) / count)
    # A row counts in the precision of its own step and of every step further down the ranking.
    true_part = _sum_from(positives_at / rows_up_to)
    flagged_part = _sum_from(positives_at * precision / rows_up_to)
    own = positive * (precision[tied] - average)
    return np.asarray((own + positive * true_part[tied] - flagged_part[tied]) * len(scores) / count)


def variance_of_mean(influence: Floats) -> float:
    """The variance of a figure from its rows' influence."""
    return float(np.var(influence, ddof=1) / len(influence)) if len(influence) > 1 else float("nan")


def _placements(positive: Bools, scores: Floats) -> tuple[Floats, Floats]:
    """For each positive the share of negatives below it, for each negative the share of positives above it."""
    up, down = scores[positive], scores[~positive]
    ranks = rankdata(np.concatenate([up, down]))
    of_up = (ranks[: len(up)] - rankdata(up)) / len(down)
    of_down = 1 - (ranks[len(up) :] - rankdata(down)) / len(up)
    return of_up, of_down


def _covariance(placements: Floats) -> Floats:
    count = placements.shape[1]
    if count < 2:
        return np.full((len(placements), len(placements)), np.nan)
    return np.asarray(np.atleast_2d(np.cov(placements)) / count)


def _sum_from(values: Floats) -> Floats:
    return np.asarray(np.cumsum(values[::-1])[::-1])
