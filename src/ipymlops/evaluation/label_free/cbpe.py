"""CBPE: the performance of a classifier without labels, from its calibrated probabilities.

If the probability of each class given the score still holds, it tells how many of the answers are right. It says
nothing of rows whose labels follow other rules than before (concept drift).
Source: Bialek et al., "Estimating Model Performance Under Covariate Shift Without Labels", 2024.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ipymlops.evaluation.answers import Answers, Predictions
from ipymlops.evaluation.label_free import calibration
from ipymlops.evaluation.label_free.calibration import Calibration
from ipymlops.evaluation.label_free.expected import EXPECTED, variance
from ipymlops.evaluation.results import Estimate
from ipymlops.evaluation.targets import Floats
from ipymlops.evaluation.uncertainty import Interval, wilson, z_of

DRAWS = 40  # calibrations on resampled reference rows, for what the reference itself leaves open
METHOD = "CBPE"
SPREAD = 1e-9  # half an interval below this is none
_WITHOUT = {"scores": ("roc_auc",), "probabilities": ("log_loss", "brier", "roc_auc_ovr")}


@dataclass(frozen=True, slots=True)
class Cbpe:
    """Learned from labelled rows. ``calibrations`` hold one row a draw, the first from all rows; one entry a class."""

    names: tuple[str, ...]  # how each class was calibrated
    calibrations: tuple[tuple[Calibration, ...], ...]

    @classmethod
    def fit(cls, reference: Predictions, seed: int = 0) -> Cbpe:
        """From a model's answers on labelled rows that it was not trained on."""
        answers = reference.answers
        columns = _columns(answers)
        truths = [reference.true == c for c in _judged(answers)]
        names = tuple(calibration.chosen(s, t, seed) for s, t in zip(columns, truths, strict=True))
        draws = [_fitted(names, columns, truths, None)]
        random = np.random.default_rng(seed)
        for _ in range(DRAWS):
            weights = np.bincount(random.integers(0, len(reference.true), len(reference.true)),
                                  minlength=len(reference.true)).astype(np.float64)  # fmt: skip
            draws.append(_fitted(names, columns, truths, weights))
        return cls(names, tuple(draws))

    def probabilities(self, answers: Answers, draw: int = 0) -> Floats:
        """Of each class, (n, k)."""
        found = [c.apply(s) for c, s in zip(self.calibrations[draw], _columns(answers), strict=True)]
        if len(found) == 1:
            return np.stack([1 - found[0], found[0]], axis=1)
        each = np.clip(np.stack(found, axis=1), 0.0, 1.0)
        total = each.sum(axis=1, keepdims=True)
        return np.asarray(np.where(total > 0, each / np.where(total > 0, total, 1.0), 1 / each.shape[1]))

    def estimate(self, answers: Answers, level: float = 0.95) -> tuple[Estimate, ...]:
        """Every metric of the task on these rows; the interval is that of the figure which their labels will show."""
        draws = [self.probabilities(answers, i) for i in range(len(self.calibrations))]
        return tuple(_estimate(name, answers, draws, level) for name in metrics_for(answers))


def metrics_for(answers: Answers) -> tuple[str, ...]:
    """What can be estimated, given what the model says."""
    lacking = {"scores": answers.scores is None, "probabilities": answers.probabilities is None}
    without = {name for need, names in _WITHOUT.items() if lacking[need] for name in names}
    return tuple(name for name in EXPECTED[answers.task] if name not in without)


def _estimate(name: str, answers: Answers, draws: list[Floats], level: float) -> Estimate:
    expected = EXPECTED[answers.task][name]
    value, slope = expected(answers, draws[0])
    chance = variance(slope, draws[0])
    learned = float(np.var([expected(answers, p)[0] for p in draws[1:]], ddof=1))
    half = z_of(level) * math.sqrt(chance + learned)
    less_is_better = name in ("log_loss", "brier")
    top = math.inf if name == "log_loss" else 1.0
    low, high = float(max(0.0, value - half)), float(min(top, value + half))
    if value in (0.0, 1.0) and half < SPREAD and name != "log_loss":
        low, high, _ = _of_smallest_class(value, draws[0], level)
    return Estimate(name, value, low, high, level, len(answers.predicted), METHOD, not less_is_better)


def _of_smallest_class(value: float, p: Floats, level: float) -> Interval:
    """Probabilities of 0 and 1 leave nothing to chance, which does not mean that the next labels do. A perfect figure
    then has the lower end of as many right answers, one after another, as the smallest class is expected to have rows,
    as it has where the labels are known."""
    expected = p.sum(axis=0)
    smallest = float(expected[expected > 0].min())
    return wilson(smallest * value, smallest, level)


def _columns(answers: Answers) -> list[Floats]:
    """What is calibrated: the score of a binary task, the probabilities of several classes; the label itself, as 0 and
    1, where the model says nothing more."""
    if answers.task == "binary":
        return [answers.scores if answers.scores is not None else answers.predicted.astype(np.float64)]
    if answers.probabilities is not None:
        return list(answers.probabilities.T)
    return [(answers.predicted == c).astype(np.float64) for c in range(len(answers.classes))]


def _judged(answers: Answers) -> list[int]:
    return [1] if answers.task == "binary" else list(range(len(answers.classes)))


def _fitted(
    names: tuple[str, ...], columns: list[Floats], truths: list[Any], weights: Floats | None
) -> tuple[Calibration, ...]:
    return tuple(calibration.fitted(n, s, t, weights) for n, s, t in zip(names, columns, truths, strict=True))
