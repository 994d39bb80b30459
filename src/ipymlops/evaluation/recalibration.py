"""Probabilities put right: moved by one shift and one stretch for many rows at once, and what that is worth."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from ipymlops.evaluation.answers import Predictions
from ipymlops.evaluation.targets import Floats
from ipymlops.evaluation.terms import LEAST

STEPS = 25
FARTHEST = 4.0  # in log odds, and in stretch: beyond it there is nothing left to learn
RIDGE = 0.5  # rows' worth of belief that nothing is to be moved

Index = npt.NDArray[np.intp] | npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Promises:
    """What a model promised of n rows, as logs of its probabilities (n, k), and what happened (n,).

    A *shift* moves the log odds of ``side``, (n,): the positive class of a binary task, the predicted class of another.
    A *stretch* makes all probabilities bolder (above 0) or more modest.
    """

    logs: Floats
    true: npt.NDArray[np.intp]
    side: npt.NDArray[np.intp]

    @classmethod
    def of(cls, p: Predictions) -> Promises:
        assert p.probabilities is not None
        side = np.ones(len(p.true), dtype=np.intp) if p.task == "binary" else p.predicted
        return cls(_bounded(np.log(np.maximum(p.probabilities, LEAST))), p.true, side)

    def take(self, rows: Index) -> Promises:
        return Promises(self.logs[rows], self.true[rows], self.side[rows])

    def loss(self) -> Floats:
        """The log loss of each row, (n,)."""
        return np.asarray(-_picked(self.logs, self.true))

    def moved(self, by: tuple[float, float]) -> Promises:
        """With a shift and a stretch."""
        logs = (1 + by[1]) * self.logs
        logs[np.arange(len(logs)), self.side] += by[0]
        return Promises(_bounded(logs), self.true, self.side)

    def scores(self, by: tuple[float, float] = (0.0, 0.0)) -> tuple[Floats, Floats]:
        """After a move, each row's say in a shift and a stretch, (n, 2), and how much it is expected to vary: two
        variances and a covariance, (n, 3). If the probabilities are right, the say of any rows that are chosen by what
        is known beforehand is 0 on average, however uncertain their outcomes are."""
        chances = np.exp(self.moved(by).logs if any(by) else self.logs)
        on_side, log_side = _picked(chances, self.side), _picked(self.logs, self.side)
        expected = (chances * self.logs).sum(axis=1)
        says = np.stack([(self.true == self.side) - on_side, _picked(self.logs, self.true) - expected], axis=1)
        variances = (
            on_side * (1 - on_side),
            (chances * self.logs**2).sum(axis=1) - expected**2,
            on_side * (log_side - expected),
        )
        return says, np.stack(variances, axis=1)

    def best_move(self) -> tuple[float, float]:
        """The shift and stretch of the highest likelihood (Newton's method; the likelihood has one summit)."""
        by = np.zeros(2)
        for _ in range(STEPS):
            says, varies = (part.sum(axis=0) for part in self.scores((by[0], by[1])))
            step = np.linalg.solve(_square(varies) + RIDGE * np.eye(2), says - RIDGE * by)
            by = np.clip(by + np.clip(step, -1, 1), -FARTHEST, FARTHEST)
            if np.abs(step).max() < 1e-6:
                break
        return float(by[0]), float(by[1])


@dataclass(frozen=True, slots=True)
class Trial:
    """How far rows follow a move that was fitted on others: the length at which they follow it best, and evidence."""

    length: float  # 1: as far as was fitted; 0: not at all
    saved: float  # log loss, over all rows, by a move of that length
    p_value: float  # one-sided, of the probabilities being right as they are


def tried(promises: Promises, by: tuple[float, float]) -> Trial:
    """A move on rows that took no part in fitting it.

    What they have to say in its direction is a sum over rows, of which right probabilities give the whole distribution:
    its tail is found by a saddlepoint, which is good for few rows and skewed outcomes. The point where the tail is
    taken is the length of the move, and what it saves half the square of the signed root of the likelihood ratio.

    References: Lugannani and Rice (1980), Advances in Applied Probability 12; Barndorff-Nielsen (1986).
    """
    line: Floats = by[1] * promises.logs
    line[np.arange(len(line)), promises.side] += by[0]
    line -= (np.exp(promises.logs) * line).sum(axis=1, keepdims=True)
    found = float(_picked(line, promises.true).sum())
    length = 0.0
    for _ in range(STEPS):
        _, slope, bend = _cumulants(promises.logs, line, length)
        if not bend > 1e-12:
            break
        step = float(np.clip((found - slope) / bend, -1, 1))
        length = float(np.clip(length + step, -FARTHEST, FARTHEST))
        if abs(step) < 1e-6:
            break
    height, _, bend = _cumulants(promises.logs, line, length)
    saved = length * found - height
    if not (length > 0 and saved > 1e-9):
        return Trial(length, max(saved, 0.0), 1.0)
    root, scale = math.sqrt(2 * saved), length * math.sqrt(max(bend, 1e-12))
    tail = float(stats.norm.sf(root)) + float(stats.norm.pdf(root)) * (1 / scale - 1 / root)
    return Trial(length, saved, min(1.0, max(tail, 0.0)) if scale > 1e-3 else math.exp(-saved))


def _cumulants(logs: Floats, line: Floats, at: float) -> tuple[float, float, float]:
    """The cumulant generating function of the sum of what each row says along the line, and two derivatives."""
    tilted = logs + at * line
    top = np.max(tilted, axis=1, keepdims=True)
    weights: Floats = np.exp(tilted - top)
    total: Floats = weights.sum(axis=1, keepdims=True)
    weights /= total
    mean = (weights * line).sum(axis=1)
    return (
        float(np.log(total).sum() + top.sum()),
        float(mean.sum()),
        float(((weights * line**2).sum(axis=1) - mean**2).sum()),
    )


def conspicuousness(says: Floats, varies: Floats) -> float:
    """How unlikely sums of says are if nothing is to be moved, as the root of a chi-squared of 2 degrees."""
    squared = float(says @ np.linalg.pinv(_square(varies), hermitian=True) @ says)
    return math.sqrt(max(0.0, squared))


def _square(varies: Floats) -> Floats:
    shift, stretch, both = varies
    return np.array([[shift, both], [both, stretch]])


def _picked(values: Floats, column: npt.NDArray[np.intp]) -> Floats:
    return np.asarray(values[np.arange(len(values)), column])


def _bounded(logs: Floats) -> Floats:
    """Logs of probabilities that sum to one, none of them below ``LEAST``: a forest says 0 freely."""
    logs = logs - logs.max(axis=1, keepdims=True)
    chances = np.exp(logs)
    chances = np.maximum(chances / chances.sum(axis=1, keepdims=True), LEAST)
    return np.asarray(np.log(chances / chances.sum(axis=1, keepdims=True)))
