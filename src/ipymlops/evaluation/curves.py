"""What a chart of an evaluation needs: thresholds, calibration, confusion, residuals; all of fixed size."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ipymlops.evaluation.answers import Predictions
from ipymlops.evaluation.results import CalibrationBin, CurvePoint, Residuals
from ipymlops.evaluation.uncertainty import wilson

Floats = npt.NDArray[np.float64]

POINTS = 100
BINS = 10
SCATTER = 500


def threshold_curve(p: Predictions) -> tuple[CurvePoint, ...]:
    """At most 101 thresholds: evenly spaced by the share of rows they flag, from all to few, and the model's own.

    The precision of a threshold that flags nothing would be a guess, so the highest threshold is the highest score.
    """
    if p.scores is None or not p.positive.any() or p.positive.all():
        return ()
    order = np.argsort(p.scores, kind="stable")
    ordered, positive = p.scores[order], p.positive[order]
    thresholds = ordered[np.linspace(0, len(ordered) - 1, POINTS).round().astype(np.intp)]
    own = own_threshold(p)
    thresholds = np.unique(thresholds if own is None else np.append(thresholds, own))
    start = np.searchsorted(ordered, thresholds, side="left")
    from_here = np.append(np.cumsum(positive[::-1])[::-1], 0)
    flagged = len(ordered) - start
    hits = from_here[start]
    false = flagged - hits
    negatives = len(ordered) - from_here[0]
    columns = (thresholds, hits / flagged, hits / from_here[0], false / negatives, flagged / len(ordered))
    return tuple(CurvePoint(*(float(v) for v in row)) for row in zip(*columns, strict=True))


def own_threshold(p: Predictions) -> float | None:
    """The score from which on the model answers with the positive class, so that a curve's point there has the
    figures of its labels: 0.5 for probabilities (0 for other scores) where that parts the same rows, else the lowest
    score it flags. None where it flags nothing, or its labels do not follow its scores."""
    flagged = p.predicted == 1
    if p.scores is None or not flagged.any():
        return None
    lowest = float(p.scores[flagged].min())
    if flagged.all():
        return lowest
    for threshold in (0.0 if p.probabilities is None else 0.5, lowest):
        if np.array_equal(p.scores >= threshold, flagged):
            return threshold
    return None


def calibration(p: Predictions, level: float = 0.95) -> tuple[CalibrationBin, ...]:
    """At most ten bins of about equally many rows: mean probability promised, rate observed.

    Binary: the probability of the positive class. Multiclass: the probability of the predicted class, and how often
    the prediction is right.
    """
    if p.probabilities is None or not p.probabilities.shape[1] >= 2:
        return ()
    if p.task == "binary":
        promised, happened = p.probabilities[:, 1], p.positive
    else:
        promised = p.probabilities[np.arange(len(p.true)), p.predicted]
        happened = p.true == p.predicted
    edges = np.unique(np.quantile(promised, np.linspace(0, 1, BINS + 1)[1:-1]))
    where = np.searchsorted(edges, promised, side="left")
    return tuple(_bin(promised[where == i], happened[where == i], level) for i in np.unique(where))


def _bin(promised: Floats, happened: npt.NDArray[np.bool_], level: float) -> CalibrationBin:
    low, high, _ = wilson(float(happened.sum()), len(happened), level)
    return CalibrationBin(float(promised.mean()), float(happened.mean()), low, high, len(happened))


def confusion(p: Predictions) -> tuple[tuple[int, ...], ...]:
    """Rows: the true class, columns: the predicted class, in the order of ``classes``."""
    size = len(p.classes)
    counts = np.bincount(p.true * size + p.predicted, minlength=size * size).reshape(size, size)
    return tuple(tuple(row) for row in counts.tolist())


def residuals(p: Predictions) -> Residuals:
    """The errors (true - predicted): their histogram, quantiles, and a scatter of at most 500 rows by rank."""
    errors = np.asarray(p.true - p.predicted, dtype=np.float64)
    counts, edges = np.histogram(errors, bins=_edges(errors))
    rank = np.lexsort((p.true, p.predicted))
    shown = rank[np.unique(np.linspace(0, len(rank) - 1, min(SCATTER, len(rank))).round().astype(np.intp))]
    return Residuals(
        edges=tuple(edges.tolist()),
        counts=tuple(counts.tolist()),
        quantiles=tuple(np.quantile(errors, [0.05, 0.25, 0.5, 0.75, 0.95]).tolist()),
        points=tuple(zip(p.predicted[shown].tolist(), p.true[shown].tolist(), strict=True)),
    )


def _edges(errors: Floats) -> Floats:
    """Equal bins over the middle 98 %; the outermost take the rest, so that one outlier does not flatten them all."""
    low, high = np.quantile(errors, [0.01, 0.99])
    if not high > low:
        low, high = errors.min(), errors.max()
    if not high > low:
        return np.array([low - 0.5, low + 0.5])
    inner = np.linspace(low, high, int(np.clip(np.sqrt(len(errors)), 5, 40)) + 1)
    inner[0], inner[-1] = min(inner[0], errors.min()), max(inner[-1], errors.max())
    return np.asarray(inner)
