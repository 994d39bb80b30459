"""From a score to the probability of a class, learned on rows whose labels are known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from ipymlops.evaluation.targets import Floats

FOLDS = 5
NEAR = 1e-6  # how near to 0 and 1 a probability may come before its log-odds are taken


@dataclass(frozen=True, slots=True)
class Calibration:
    """``name`` says how: "logistic" or "isotonic"; ``apply`` takes scores (n,) to probabilities (n,)."""

    name: str
    apply: Callable[[Floats], Floats]


Fit = Callable[[Floats, npt.NDArray[np.bool_], Floats | None], Callable[[Floats], Floats]]


def chosen(scores: Floats, positive: npt.NDArray[np.bool_], seed: int = 0) -> str:
    """The calibration with the smallest squared error on rows that it did not see (``FOLDS`` folds).

    On few rows the flexible isotonic one loses, as it should: it learns the labels by heart. To leave scores as they
    are is no choice: it wins whenever the rows are too few to show that the scores are wrong, and then the intervals,
    which know nothing of that choice, hold the truth too seldom (88 % for 95 % in a simulation).
    """
    names = list(FITS)
    if len(scores) < 2 * FOLDS or positive.all() or not positive.any():
        return names[0]
    fold = np.random.default_rng(seed).permutation(len(scores)) % FOLDS
    errors = {name: _error(name, scores, positive, fold) for name in names}
    return min(names, key=lambda name: errors[name])


def fitted(name: str, scores: Floats, positive: npt.NDArray[np.bool_], weights: Floats | None = None) -> Calibration:
    """The calibration of that name on these rows; ``weights`` (n,) count a row more than once."""
    return Calibration(name, FITS[name](scores, positive, weights))


def _error(name: str, scores: Floats, positive: npt.NDArray[np.bool_], fold: npt.NDArray[np.intp]) -> float:
    total = 0.0
    for one in range(FOLDS):
        out = fold == one
        apply = FITS[name](scores[~out], positive[~out], None)
        total += float(np.sum((apply(scores[out]) - positive[out]) ** 2))
    return total / len(scores)


def _logistic(scores: Floats, positive: npt.NDArray[np.bool_], weights: Floats | None) -> Callable[[Floats], Floats]:
    """Platt scaling, on log-odds where the scores are probabilities."""
    from sklearn.linear_model import LogisticRegression

    if positive.all() or not positive.any():
        return _constant(positive)
    prepare = _log_odds if _are_probabilities(scores) else np.asarray
    model = LogisticRegression(C=1e6, solver="newton-cholesky").fit(prepare(scores)[:, None], positive, weights)
    slope, intercept = float(model.coef_[0, 0]), float(model.intercept_[0])
    return lambda given: np.asarray(special.expit(slope * prepare(given) + intercept))


def _isotonic(scores: Floats, positive: npt.NDArray[np.bool_], weights: Floats | None) -> Callable[[Floats], Floats]:
    from sklearn.isotonic import IsotonicRegression

    model = IsotonicRegression(out_of_bounds="clip").fit(scores, positive, weights)
    x, y = model.X_thresholds_, model.y_thresholds_
    return lambda given: np.interp(given, x, y)


FITS: dict[str, Fit] = {"logistic": _logistic, "isotonic": _isotonic}


def _constant(positive: npt.NDArray[np.bool_]) -> Callable[[Floats], Floats]:
    return lambda given: np.full(len(given), float(positive.mean()))


def _are_probabilities(scores: Floats) -> bool:
    return bool(scores.min() >= 0 and scores.max() <= 1)


def _log_odds(scores: Floats) -> Floats:
    return np.asarray(special.logit(np.clip(scores, NEAR, 1 - NEAR)))
