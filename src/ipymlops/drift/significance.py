"""Whether a difference is more than chance: p-values, their correction over columns, and the rows that takes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import special, stats

from ipymlops.drift.binning import Counts, Floats
from ipymlops.drift.words import Words

EXPECTED = 5.0  # rows a level must be expected to have on both sides to stand alone in a chi-squared test
COMMON = 20  # times a word must be found on both sides together, for its share to be about normal
EXACT = 250_000  # pairs of rows up to which all orders of the two samples are counted
LARGE = 5000  # effective rows from which the limit is right to 1 % of the p-value at 0.05
FAINT = 1e-9  # below this the exact count is a difference of nearly equal numbers


def ks_p_value(distance: float, reference_rows: int, current_rows: int) -> float:
    """Two-sided: exact for small samples, then from the distribution of the one-sample statistic at the effective
    size (scipy's asymptotic mode), and from its limit where the size is large and that distribution slow.

    Given the lower bound of the distance it never says less than the exact distance would: safe against false
    alarms. With many equal values it is larger than the truth, too.

    >>> round(ks_p_value(0.1, 1000, 1000), 6)
    8.3e-05
    """
    effective = reference_rows * current_rows / (reference_rows + current_rows)
    if effective > LARGE:
        return float(stats.kstwobign.sf(distance * np.sqrt(effective)))
    limit = float(np.clip(stats.kstwo.sf(distance, max(round(effective), 1)), 0.0, 1.0))
    if reference_rows * current_rows > EXACT:
        return limit
    exact = _ks_exact(distance, *sorted((reference_rows, current_rows)))
    return exact if exact > FAINT else min(limit, FAINT)


def ks_noise(reference_rows: int, current_rows: int) -> float:
    """The squared KS distance that two samples of one distribution show on average: the limit's second moment,
    pi squared / 12, over the effective rows.

    >>> round(ks_noise(1000, 1000) ** 0.5, 3)
    0.041
    """
    return float(np.pi**2 / 12 * (1 / reference_rows + 1 / current_rows))


def _ks_exact(distance: float, n: int, m: int) -> float:
    """Of all orders of ``n`` and ``m`` equal rows, the share with at least this distance: paths from (0, 0) to
    (n, m) that leave the band ``|i / n - j / m| < distance``. Hodges, "The significance probability of the Smirnov
    two-sample test", 1958."""
    reach = round(distance * n * m)
    if reach <= 0:
        return 1.0
    steps = np.arange(n + 1) * m
    low = np.maximum((steps - reach) // n + 1, 0)
    high = np.minimum(-((-steps - reach) // n) - 1, m)
    paths = np.zeros(m + 1)
    paths[: high[0] + 1] = 1.0
    scale = 0.0
    for first, last in zip(low[1:], high[1:], strict=True):
        window = np.cumsum(paths[first : last + 1])
        top = window[-1] if len(window) else 0.0
        if not top:
            return 1.0
        paths[:] = 0.0
        paths[first : last + 1] = window / top
        scale += np.log(top)
    if not paths[m]:
        return 1.0
    inside = np.log(paths[m]) + scale - (special.gammaln(n + m + 1) - special.gammaln(n + 1) - special.gammaln(m + 1))
    return float(np.clip(-np.expm1(inside), 0.0, 1.0))


def levels_p_value(reference: Counts, current: Counts) -> float:
    """Chi-squared test of equal shares; levels expected fewer than five times are pooled first, and two levels that
    still are go to Fisher's exact test. 1 where nothing is left to compare.

    >>> round(levels_p_value(np.array([50, 50]), np.array([30, 70])), 4)
    0.0039
    """
    pooled = _pooled(np.stack([reference, current]))
    if pooled.shape[1] < 2 or not pooled.sum(axis=1).all():
        return 1.0
    if pooled.shape[1] == 2 and _expected(pooled).min() < EXPECTED:
        return float(stats.fisher_exact(pooled).pvalue)
    return float(stats.chi2_contingency(pooled, correction=False).pvalue)


def words_p_value(reference: Words, current: Words) -> float:
    """Whether the share of any word differs: each as a ratio over texts, whose words go together, with its linearised
    variance; the smallest of the p-values, times their number (Bonferroni, right however words hang together).

    Words found fewer than ``COMMON`` times are not tested. Cochran, "Sampling techniques", 1977, section 6.4.
    """
    found = reference.counts + current.counts >= COMMON
    if not found.any():
        return 1.0
    shares, variances = zip(*(_ratios(side, found) for side in (reference, current)), strict=True)
    spread = np.sqrt(variances[0] + variances[1])
    away = np.abs(shares[0] - shares[1])
    z = np.divide(away, spread, out=np.zeros_like(away), where=spread > 0)
    return float(min(1.0, found.sum() * 2 * stats.norm.sf(z.max())))


def _ratios(side: Words, found: npt.NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Shares of words and their variances. A word nobody used is given one use, so that its variance is not 0."""
    n = max(side.total, 1)
    share = side.counts[found] / n
    squares = side.squares[found] - 2 * share * side.products[found] + share**2 * side.lengths
    return share, np.maximum(squares, 1.0) / n**2


def adjusted(p_values: Sequence[float]) -> list[float]:
    """Benjamini and Hochberg, "Controlling the false discovery rate", 1995: of the columns called drifted, at most
    the share alpha is expected to be wrong; where nothing drifted, a report errs with probability alpha.

    >>> adjusted([0.01, 0.04, 0.5])
    [0.03, 0.06, 0.5]
    """
    if not p_values:
        return []
    return [float(p) for p in stats.false_discovery_control(p_values)]


def rows_needed(threshold: float, alpha: float, tests: int) -> int:
    """Rows of current data from which a KS distance of ``threshold`` would count as significant in the hardest case
    (every other column unchanged), next to a much larger reference. From the Kolmogorov tail ``2 exp(-2 n d^2)``.

    >>> rows_needed(0.1, 0.05, 20)
    335
    """
    return int(np.ceil(np.log(2 * tests / alpha) / (2 * threshold**2)))


def _expected(table: Counts) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.outer(table.sum(axis=1), table.sum(axis=0)) / max(int(table.sum()), 1)


def _pooled(table: Counts) -> Counts:
    table = table[:, table.sum(axis=0) > 0]
    if table.shape[1] <= 2:
        return table
    sparse = _expected(table).min(axis=0) < EXPECTED
    if not sparse.any():
        return table
    kept, rest = table[:, ~sparse], table[:, sparse].sum(axis=1, keepdims=True)
    joined = np.concatenate([kept, rest], axis=1)
    if kept.shape[1] < 2 or _expected(joined)[:, -1].min() >= EXPECTED:
        return joined
    smallest = int(kept.sum(axis=0).argmin())
    kept[:, smallest] += rest[:, 0]
    return kept
