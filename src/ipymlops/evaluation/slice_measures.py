"""What makes a slice weak: probabilities that are off, or, of a model without them, more errors than elsewhere."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
from scipy import stats

from ipymlops.evaluation.answers import Predictions
from ipymlops.evaluation.recalibration import Promises, conspicuousness, tried
from ipymlops.evaluation.results import Estimate, WeakSlice
from ipymlops.evaluation.slice_rules import Rows
from ipymlops.evaluation.targets import Floats
from ipymlops.evaluation.terms import row_loss
from ipymlops.evaluation.uncertainty import Interval, mean_interval, newcombe, welch, welch_freedom, wilson, z_of
from ipymlops.evaluation.units import TARGET_UNITS

EVIDENT = 0.01  # p-value of all probabilities being off, before they are put right for all rows

Index = npt.NDArray[np.intp]


class Measure(Protocol):
    """How rows are searched, and how what was found there is measured on others."""

    @property
    def metric(self) -> str: ...
    @property
    def target(self) -> Floats:
        """What a tree is grown on, (n,) or (n, 2): of the rows to search."""
        ...

    def height(self, here: Rows) -> float:
        """By how many standard errors these rows stand out among the searched ones; 0 or less if not for the worse."""
        ...

    def slice(self, words: str, searched: Rows, here: Rows, level: float, candidates: int) -> WeakSlice | None:
        """The slice as it is on the measured rows, where it is weak for certain."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class PutRight:
    """Whether moving the probabilities for these rows alone would lower their log loss.

    The direction of the move (one shift, one stretch) is fitted on the searched rows of the slice, after a move for all
    rows where one is plainly needed; its length on the measured ones, against what right probabilities would give by
    chance. These cannot be improved by any move, so a perfect model has no weak slice, however uncertain outcomes are
    in some.
    """

    searched: Promises
    measured: Promises
    says: Floats
    varies: Floats
    metric: str = "log_loss"

    @classmethod
    def of(cls, p: Predictions, searched: Index, measured: Index) -> PutRight:
        every = Promises.of(p)
        known, honest = every.take(searched), every.take(measured)
        for_all = known.best_move()
        if tried(honest, for_all).p_value < EVIDENT:  # a needless move would itself put right probabilities wrong
            known, honest = known.moved(for_all), honest.moved(for_all)
        return cls(known, honest, *known.scores())

    @property
    def target(self) -> Floats:
        spread = self.says.std(axis=0)
        return np.asarray(self.says / np.where(spread > 0, spread, 1))

    def height(self, here: Rows) -> float:
        inside = here.astype(np.float64)
        return conspicuousness(inside @ self.says, inside @ self.varies)

    def slice(self, words: str, searched: Rows, here: Rows, level: float, candidates: int) -> WeakSlice | None:
        there, by = self.measured.take(here), self.searched.take(searched).best_move()
        trial = tried(there, by)
        p_value = min(1.0, 2 * candidates * trial.p_value)
        root, far = math.sqrt(2 * trial.saved), z_of(1 - (1 - level) / candidates)
        if not (root > far and p_value < 1 - level):
            return None
        rows = len(there.true)
        right = there.moved((trial.length * by[0], trial.length * by[1]))
        a, b = (_mean_loss(self.metric, side.loss(), level) for side in (there, right))
        low, high = ((root + side) ** 2 / (2 * rows) for side in (-far, far))
        return WeakSlice(words, rows, a, b, a.value - b.value, low, high, p_value)


@dataclass(frozen=True, slots=True, eq=False)
class AgainstTheRest:
    """Whether errors are larger, or more, than on the other rows. It tells nothing about whose fault that is."""

    searched: Floats  # the loss of each row
    measured: Floats
    metric: str
    unit: str = ""

    @classmethod
    def of(cls, p: Predictions, searched: Index, measured: Index) -> AgainstTheRest:
        loss = row_loss(p)
        name, unit = ("rmse", TARGET_UNITS) if p.task == "regression" else ("error_rate", "")
        return cls(loss[searched], loss[measured], name, unit)

    @property
    def target(self) -> Floats:
        return self.searched

    def height(self, here: Rows) -> float:
        """If all rows were equally spread: a slice's own spread would favour large slices that hold a bad part over
        that part."""
        loss, inside = self.searched, int(here.sum())
        rest = len(loss) - inside
        spread = float(loss.std()) * math.sqrt(1 / inside + 1 / rest)
        there = float(loss[here].sum())
        return (there / inside - (float(loss.sum()) - there) / rest) / spread if spread > 0 else 0.0

    def slice(self, words: str, searched: Rows, here: Rows, level: float, candidates: int) -> WeakSlice | None:
        inside, rest = self.measured[here], self.measured[~here]
        found, p_value = self._difference(inside, rest, 1 - (1 - level) / candidates)
        p_value = min(1.0, p_value * candidates)
        if not (found.low > 0 and p_value < 1 - level):
            return None
        a, b = self._estimate(inside, level), self._estimate(rest, level)
        return WeakSlice(words, len(inside), a, b, a.value - b.value, found.low, found.high, p_value)

    def _value(self, loss: Floats) -> float:
        mean = float(loss.mean())
        return math.sqrt(mean) if self.metric == "rmse" else mean

    def _estimate(self, loss: Floats, level: float) -> Estimate:
        if self.metric == "error_rate":
            low, high, method = wilson(float(loss.sum()), len(loss), level)
        else:
            low, high, method = mean_interval(loss, level)
            low, high = math.sqrt(max(low, 0.0)), math.sqrt(high)
        return Estimate(self.metric, self._value(loss), low, high, level, len(loss), method, False, self.unit)

    def _difference(self, inside: Floats, rest: Floats, level: float) -> tuple[Interval, float]:
        """The interval of the figure inside minus that of the rest, and the p-value of its not being higher."""
        sizes = len(inside), len(rest)
        if self.metric == "error_rate":
            wrong = float(inside.sum()), float(rest.sum())
            return newcombe(wrong, sizes, level), _exact(wrong, sizes)
        difference = self._value(inside) - self._value(rest)
        variances = self._variance(inside), self._variance(rest)
        if not sum(variances) > 0:
            return Interval(math.nan, math.nan, "no spread"), 1.0
        t = abs(difference) / math.sqrt(sum(variances))
        p_value = 2 * float(stats.t.sf(t, welch_freedom(variances, sizes)))
        return welch(difference, variances, sizes, level), p_value

    def _variance(self, loss: Floats) -> float:
        """Of the root of the mean loss, by the delta method."""
        return float(loss.var(ddof=1)) / len(loss) / max(4 * float(loss.mean()), 1e-300)


def measure_of(p: Predictions, searched: Index, measured: Index) -> Measure:
    """By the model's own probabilities, where it gives them."""
    right = p.probabilities is not None and p.probabilities.shape[1] >= 2
    return (PutRight if right else AgainstTheRest).of(p, searched, measured)


def _mean_loss(name: str, loss: Floats, level: float) -> Estimate:
    low, high, method = mean_interval(loss, level)
    return Estimate(name, float(loss.mean()), max(low, 0.0), high, level, len(loss), method, False)


def _exact(wrong: tuple[float, float], sizes: tuple[int, int]) -> float:
    """Fisher's test, one side doubled: of the few errors that a slice has, the normal tests are too sure."""
    table = [[w, n - w] for w, n in zip(wrong, sizes, strict=True)]
    return min(1.0, 2 * float(stats.fisher_exact(table, alternative="greater").pvalue))
