"""Intervals: Wilson for rates, order statistics for medians, the bootstrap for what is a function of sums."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import special, stats

Floats = npt.NDArray[np.float64]
# from the sums of m per-row terms, shape (..., m), to the figure, shape (...)
OfSums = Callable[[Floats], Floats]

SAMPLES = 1000
GROUPS = 2000


class Interval(NamedTuple):
    """The lower and upper end, and in words how they were found."""

    low: float
    high: float
    method: str


NO_INTERVAL = Interval(math.nan, math.nan, "no interval: too few rows")


def z_of(level: float) -> float:
    """The standard normal quantile of a two-sided interval: 1.96 at 0.95."""
    return float(special.ndtri(0.5 + level / 2))


def wilson(successes: float, trials: float, level: float = 0.95) -> Interval:
    """The score interval of a rate: ``successes`` of ``trials`` (both counts, in rows).

    It stays in 0..1 and keeps its level where the rate is near an end, where the textbook interval does not.
    It misleads where the trials are not independent (many rows of one customer).

    >>> low, high, _ = wilson(81, 263)
    >>> round(low, 4), round(high, 4)
    (0.2553, 0.3662)

    Reference: Wilson (1927); the example is the first of Newcombe (1998).
    """
    if trials <= 0:
        return NO_INTERVAL
    z2 = z_of(level) ** 2
    rate = successes / trials
    centre = (rate + z2 / (2 * trials)) / (1 + z2 / trials)
    half = math.sqrt(z2 * (rate * (1 - rate) + z2 / (4 * trials)) / trials) / (1 + z2 / trials)
    # Rounding must not push the rate itself out of its interval.
    return Interval(min(max(0.0, centre - half), rate), max(min(1.0, centre + half), rate), "Wilson")


def newcombe(successes: tuple[float, float], trials: tuple[float, float], level: float = 0.95) -> Interval:
    """The interval of the first rate minus the second, of two independent groups, from their Wilson intervals.

    >>> low, high, _ = newcombe((56, 48), (70, 80))
    >>> round(low, 4), round(high, 4)
    (0.0524, 0.3339)

    Reference: Newcombe (1998), Statistics in Medicine 17, 873-890, method 10; the example is its table II (a).
    """
    if min(trials) <= 0:
        return NO_INTERVAL
    a, b = successes[0] / trials[0], successes[1] / trials[1]
    first, second = wilson(successes[0], trials[0], level), wilson(successes[1], trials[1], level)
    low = a - b - math.hypot(a - first.low, second.high - b)
    high = a - b + math.hypot(first.high - a, b - second.low)
    return Interval(low, high, "Newcombe")


def mean_interval(values: Floats, level: float = 0.95) -> Interval:
    """Student's interval of a mean; ``values`` is (n,). It misleads for few rows of a very skewed figure.

    >>> low, high, _ = mean_interval(np.array([1.0, 2.0, 3.0, 4.0, 5.0]))
    >>> round(low, 3), round(high, 3)
    (1.037, 4.963)
    """
    n = len(values)
    if n < 2:
        return NO_INTERVAL
    half = float(stats.t.ppf(0.5 + level / 2, n - 1) * values.std(ddof=1) / math.sqrt(n))
    mean = float(values.mean())
    return Interval(mean - half, mean + half, "Student's t")


def welch(difference: float, variances: tuple[float, float], rows: tuple[int, int], level: float) -> Interval:
    """The interval of a difference of two independent figures, each with the variance of its estimate.

    Reference: Welch (1947), Biometrika 34.
    """
    total = sum(variances)
    if min(rows) < 2 or not total > 0:
        return NO_INTERVAL
    half = float(stats.t.ppf(0.5 + level / 2, welch_freedom(variances, rows))) * math.sqrt(total)
    return Interval(difference - half, difference + half, "Welch's t")


def welch_freedom(variances: tuple[float, float], rows: tuple[int, int]) -> float:
    """The degrees of freedom of Welch's t, by Satterthwaite."""
    return sum(variances) ** 2 / sum(v**2 / (n - 1) for v, n in zip(variances, rows, strict=True))


def median_interval(values: Floats, level: float = 0.95) -> Interval:
    """The interval of a median from two of the sorted values; free of any assumption but independence.

    ``values`` is (n,). Its true level is at least ``level``, and n must be at least 6 at 0.95.

    >>> median_interval(np.arange(1.0, 11.0))[:2]
    (2.0, 9.0)

    Reference: Thompson (1936); Conover, Practical Nonparametric Statistics, section 3.2.
    """
    n = len(values)
    below = int(stats.binom.ppf((1 - level) / 2, n, 0.5))
    if below < 1:
        return NO_INTERVAL
    ordered = np.partition(values, (below - 1, n - below))
    return Interval(float(ordered[below - 1]), float(ordered[n - below]), "order statistics")


def on_logit_scale(value: float, variance: float, level: float, method: str) -> Interval:
    """The normal interval of a figure in 0..1, made on the log-odds scale so that it stays inside."""
    if not 0 < value < 1 or not variance >= 0:
        return NO_INTERVAL
    centre = special.logit(value)
    half = z_of(level) * math.sqrt(variance) / (value * (1 - value))
    return Interval(float(special.expit(centre - half)), float(special.expit(centre + half)), method)


@dataclass(frozen=True, slots=True)
class Resampling:
    """The same bootstrap samples for every figure (and, in a comparison, for both models).

    Rows are dealt at random into at most ``GROUPS`` groups, and groups are drawn with replacement: with up to 2,000
    rows this is the ordinary bootstrap; above, the spread of a function of sums is still estimated without bias (the
    group sums are independent and alike), at a cost that no longer grows with the rows. The dealing starts from the
    sorted rows, so the order in which they came changes nothing.
    """

    group: npt.NDArray[np.intp]
    weights: Floats  # (samples, groups): how often each group was drawn

    @classmethod
    def of(cls, keys: Sequence[npt.NDArray[Any]], seed: int = 0, samples: int = SAMPLES) -> Resampling:
        """``keys``: arrays of (n,) that tell the rows apart; rows equal in all of them are interchangeable."""
        random = np.random.default_rng(seed)
        rows = len(keys[0])
        size = min(rows, GROUPS)
        group = np.empty(rows, dtype=np.intp)
        group[np.lexsort(keys)] = random.permutation(rows) % size
        drawn = random.integers(0, size, (samples, size)) + size * np.arange(samples)[:, None]
        counts = np.bincount(drawn.ravel(), minlength=samples * size)
        return cls(group, counts.reshape(samples, size).astype(np.float64))

    def totals(self, terms: Iterable[npt.NDArray[Any]]) -> Floats:
        """The sum of each term in each group, shape (groups, m)."""
        size = self.weights.shape[1]
        return np.stack([np.bincount(self.group, weights=term, minlength=size) for term in terms], axis=1)

    def interval(self, totals: Floats, figure: OfSums, level: float = 0.95) -> Interval:
        """The bias-corrected and accelerated interval of ``figure`` of the sums.

        It misleads below about 20 rows, for figures that hang on a few rows, and where rows are not independent.

        >>> values = np.random.default_rng(0).normal(10, 2, 400)
        >>> draws = Resampling.of([values])
        >>> low, high, how = draws.interval(draws.totals([values, np.ones(400)]), lambda s: s[..., 0] / s[..., 1])
        >>> bool(low < values.mean() < high), round(high - low, 1), how
        (True, 0.4, 'bootstrap (BCa)')

        Reference: Efron (1987), Better bootstrap confidence intervals, JASA 82.
        """
        with np.errstate(divide="ignore", invalid="ignore"):
            value = float(figure(totals.sum(axis=0)))
            replicates = figure(self.weights @ totals)
            left_out = figure(totals.sum(axis=0) - totals)
        return bca(value, replicates, left_out, level)


def bca(value: float, replicates: Floats, left_out: Floats, level: float = 0.95) -> Interval:
    """Bootstrap interval from the replicates (B,) and the leave-one-out values (g,) of a figure."""
    replicates = replicates[np.isfinite(replicates)]
    left_out = left_out[np.isfinite(left_out)]
    if len(left_out) < 2 or len(replicates) < 100:
        return NO_INTERVAL
    spread = replicates.max() - replicates.min()
    if spread <= 1e-12 * max(1.0, abs(value)):
        return Interval(value, value, "bootstrap: every sample gives the same")
    z0 = special.ndtri(np.clip(_share_below(replicates, value), 1e-4, 1 - 1e-4))
    skew = _acceleration(left_out)
    ends = []
    for side in (-1, 1):
        z = z0 + side * z_of(level)
        ends.append(float(np.quantile(replicates, special.ndtr(z0 + z / (1 - skew * z)))))
    return Interval(ends[0], ends[1], "bootstrap (BCa)")


def _share_below(replicates: Floats, value: float) -> float:
    """Ties count half, so that figures of few distinct values are not pushed to one side."""
    return float(np.mean(replicates < value) + np.mean(replicates == value) / 2)


def _acceleration(left_out: Floats) -> float:
    apart = left_out.mean() - left_out
    scale = float(np.sum(apart**2)) ** 1.5
    return float(np.sum(apart**3) / (6 * scale)) if scale > 0 else 0.0
