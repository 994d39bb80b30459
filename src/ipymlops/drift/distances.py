"""How far apart two distributions are. Shares or counts in, one number out; each is a row of ``DISTANCES`` or named.

Reference and current are counts over the same bins, shape (k,); 0 is "the same" for all of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from ipymlops.drift.binning import Counts, Floats, is_single
from ipymlops.drift.summaries import Numbers

COARSE = 20  # bins of equal reference mass for the distances that many thin bins would fill with noise


def jensen_shannon(reference: Counts, current: Counts) -> float:
    """Jensen-Shannon distance with base 2, from 0 to 1.

    Says how well one could guess which side a row came from. Misleads with many levels and few rows: noise alone
    gives about ``jensen_shannon_noise``. Lin, "Divergence measures based on the Shannon entropy", 1991.

    >>> round(jensen_shannon(np.array([50, 50]), np.array([38, 62])), 3)
    0.103
    """
    p, q = _shares(reference), _shares(current)
    middle = (p + q) / 2
    divergence = (_entropy_against(p, middle) + _entropy_against(q, middle)) / 2
    return float(np.sqrt(max(divergence, 0.0)))


def jensen_shannon_noise(levels: int, reference_rows: int, current_rows: int) -> float:
    """The squared distance that two samples of one distribution show on average (delta method).

    >>> round(jensen_shannon_noise(1000, 5000, 5000) ** 0.5, 2)
    0.27
    """
    return max(levels - 1, 0) * (1 / reference_rows + 1 / current_rows) / (8 * math.log(2))


def hellinger(reference: Counts, current: Counts) -> float:
    """Hellinger distance, from 0 to 1; like Jensen-Shannon, and harsher on levels that vanish.

    >>> hellinger(np.array([1, 0]), np.array([0, 1]))
    1.0
    """
    return float(np.sqrt(((np.sqrt(_shares(reference)) - np.sqrt(_shares(current))) ** 2).sum() / 2))


def total_variation(reference: Counts, current: Counts) -> float:
    """The share of rows that would have to change their bin, from 0 to 1.

    >>> total_variation(np.array([5, 5]), np.array([6, 4])).__round__(3)
    0.1
    """
    return float(np.abs(_shares(reference) - _shares(current)).sum() / 2)


def psi(reference: Counts, current: Counts) -> float:
    """Population stability index; the trade's rule of thumb calls 0.1 a shift and 0.25 a large one.

    Misleads with few rows or many bins: it has no upper end and an empty bin would make it infinite, so half a row
    is added to each bin here. Siddiqi, "Credit Risk Scorecards", 2006.

    >>> round(psi(np.array([500, 500]), np.array([600, 400])), 3)
    0.04
    """
    p, q = _shares(reference, 0.5), _shares(current, 0.5)
    return float(((p - q) * np.log(p / q)).sum())


DISTANCES: dict[str, Callable[[Counts, Counts], float]] = {
    "jensen-shannon": jensen_shannon,
    "hellinger": hellinger,
    "total-variation": total_variation,
    "psi": psi,
}


def coarse(reference: Counts, current: Counts, groups: int = COARSE) -> tuple[Counts, Counts]:
    """Both counts over at most ``groups`` runs of neighbouring bins that hold about equal shares of the reference."""
    before = np.cumsum(reference) - reference
    group = np.minimum(before * groups // max(int(reference.sum()), 1), groups - 1)
    starts = np.flatnonzero(np.append(True, group[1:] != group[:-1]))
    return np.add.reduceat(reference, starts), np.add.reduceat(current, starts)


def ks_interval(reference: Counts, current: Counts, edges: Floats) -> tuple[float, float]:
    """Bounds of the Kolmogorov-Smirnov distance, the largest gap between the two cumulative distributions.

    Between two edges the gap is at most the crossed gap of the ends; a bin of a single value, or that one side has
    no rows in, adds nothing. Equal bounds are the exact distance. Counts have shape (k,), edges (k - 1,).

    >>> ks_interval(np.array([0, 2, 2]), np.array([0, 0, 4]), np.array([0.0, 1.0]))
    (0.5, 1.0)
    """
    f = np.concatenate([[0.0], np.cumsum(reference) / reference.sum()])
    g = np.concatenate([[0.0], np.cumsum(current) / current.sum()])
    low = float(np.abs(f - g).max())
    crossed = np.maximum(f[1:] - g[:-1], g[1:] - f[:-1])[~is_single(edges)]
    return low, max(low, float(crossed.max()))


def wasserstein(reference: Numbers, current: Numbers) -> float:
    """How far the average value has to move, in standard deviations of the reference; NaN where that is undefined.

    Exact where all values lie in bins of a single value; elsewhere rows are taken as even between two edges.
    Misleads with heavy tails, where a few rows set the standard deviation.
    """
    if not 0 < reference.std < np.inf:
        return float("nan")
    x, f = knots(reference, current)
    _, g = knots(current, reference)
    return float(_area_between(np.diff(x), f - g) / reference.std)


def wasserstein_interval(reference: Numbers, current: Numbers) -> tuple[float, float]:
    """Bounds of the Wasserstein distance in standard deviations of the reference, from the bins and from the means,
    which lie no farther apart than that; NaN where it is undefined."""
    if not 0 < reference.std < np.inf:
        return float("nan"), float("nan")
    low, high = moved_interval(reference, current)
    low = max(low, abs(current.mean - reference.mean) * (1 - 1e-9))
    return low / reference.std, max(low, high) / reference.std


def moved_interval(reference: Numbers, current: Numbers) -> tuple[float, float]:
    """Bounds of the area between the two cumulative distributions: in a bin each of them may be as low as at its start
    or as high as at its end."""
    x, f = knots(reference, current)
    _, g = knots(current, reference)
    above, below = f[1:] - g[:-1], g[1:] - f[:-1]  # how far either may be above the other in a bin
    certain = np.maximum(np.maximum(f[:-1] - g[1:], g[:-1] - f[1:]), 0.0)
    widths = np.diff(x)
    return float(np.dot(widths, certain)), float(np.dot(widths, np.maximum(above, below)))


def knots(side: Numbers, other: Numbers) -> tuple[Floats, Floats]:
    """Points and the share of ``side`` below each: the edges, and the ends of both sides where they lie outside."""
    edges = side.edges
    below = np.cumsum(side.counts)[:-1] / side.counts.sum()
    low, high = min(side.low, other.low), max(side.high, other.high)
    x = np.concatenate([[low] if low < edges[0] else [], edges, [high] if high > edges[-1] else []])
    share = np.concatenate([[0.0] if low < edges[0] else [], below, [1.0] if high > edges[-1] else []])
    finite = np.isfinite(x)
    return x[finite], share[finite]


def _area_between(widths: Floats, gap: Floats) -> float:
    left, right = gap[:-1], gap[1:]
    size = np.abs(left) + np.abs(right)
    crosses = left * right < 0
    with np.errstate(invalid="ignore", divide="ignore"):
        heights = np.where(crosses, (left**2 + right**2) / (2 * size), size / 2)
    return float(np.dot(widths, heights))


def _shares(counts: Counts, more: float = 0.0) -> Floats:
    raised = counts + more
    shares: Floats = raised / raised.sum()
    return shares


def _entropy_against(p: Floats, middle: Floats) -> float:
    some = p > 0
    return float((p[some] * np.log2(p[some] / middle[some])).sum())
