"""p-values against scipy, the correction against its definition, and the rows that a check asks for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ipymlops.drift.significance import adjusted, ks_p_value, levels_p_value, rows_needed


@pytest.mark.parametrize(("n", "m"), [(1, 1), (1, 3), (2, 50), (8, 500), (30, 50), (300, 400)])
@pytest.mark.parametrize("shift", [0.0, 0.5, 5.0])
def test_ks_of_few_rows_is_scipys_exact_p_value(n: int, m: int, shift: float) -> None:
    random = np.random.default_rng(n)
    for _ in range(5):
        found = stats.ks_2samp(random.normal(size=n), random.normal(shift, size=m), method="exact")
        assert ks_p_value(found.statistic, n, m) == pytest.approx(found.pvalue, rel=1e-3, abs=1e-9)
        assert ks_p_value(found.statistic, m, n) == ks_p_value(found.statistic, n, m)


@pytest.mark.parametrize(("n", "m"), [(700, 500), (5000, 3000), (40_000, 30_000)])
@pytest.mark.parametrize("shift", [0.0, 0.02, 0.1])
def test_ks_is_scipys_asymptotic_p_value(n: int, m: int, shift: float) -> None:
    random = np.random.default_rng(n)
    found = stats.ks_2samp(random.normal(size=n), random.normal(shift, size=m), method="asymp")
    assert ks_p_value(found.statistic, n, m) == pytest.approx(found.pvalue, rel=0.05, abs=1e-12)


@given(st.integers(1, 10**7), st.integers(1, 10**7), st.floats(0, 1), st.floats(0, 1))
def test_a_smaller_distance_never_has_a_smaller_p_value(n: int, m: int, one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert 0 <= ks_p_value(high, n, m) <= ks_p_value(low, n, m) + 1e-12 <= 1 + 1e-12


@pytest.mark.parametrize(
    ("before", "now"), [([50, 50], [30, 70]), ([10, 20, 30], [30, 20, 10]), ([900, 80, 20], [880, 90, 30])]
)
def test_levels_is_scipys_chi_squared(before: list[int], now: list[int]) -> None:
    expected = stats.chi2_contingency([before, now], correction=False).pvalue
    assert levels_p_value(np.array(before), np.array(now)) == pytest.approx(expected, rel=1e-12)


def test_sparse_levels_are_pooled() -> None:
    before, now = np.array([500, 400, 3, 3, 3, 1]), np.array([450, 450, 0, 1, 4, 5])
    pooled = stats.chi2_contingency([[500, 400, 10], [450, 450, 10]], correction=False).pvalue
    assert levels_p_value(before, now) == pytest.approx(pooled, rel=1e-12)


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ([3, 1], [1, 3], stats.fisher_exact([[3, 1], [1, 3]]).pvalue),
        ([500, 400, 1], [450, 450, 0], stats.chi2_contingency([[500, 401], [450, 450]], correction=False).pvalue),
        ([10, 0], [20, 0], 1.0),
        ([10], [20], 1.0),
        ([0, 0], [1, 2], 1.0),
        ([1] * 30, [1] * 30, 1.0),
    ],
)
def test_levels_at_the_edges(before: list[int], now: list[int], expected: float) -> None:
    assert levels_p_value(np.array(before), np.array(now)) == pytest.approx(expected, rel=1e-12)


@given(st.lists(st.floats(0, 1), max_size=20))
def test_adjusted_is_benjamini_hochberg(p_values: list[float]) -> None:
    n = len(p_values)
    ordered = sorted(p_values)
    # by definition: the smallest bound m p / rank among those at least as large
    by_hand = [min([1.0] + [n * q / (i + 1) for i, q in enumerate(ordered) if q >= p]) for p in p_values]
    assert adjusted(p_values) == pytest.approx(by_hand)


def test_rows_needed_are_enough_and_not_many_too_many() -> None:
    needed = rows_needed(0.1, 0.05, 20)
    assert ks_p_value(0.1, 10**9, needed) * 20 <= 0.05
    assert ks_p_value(0.1, 10**9, int(needed * 0.95)) * 20 > 0.05
    assert rows_needed(0.05, 0.05, 20) > rows_needed(0.1, 0.05, 20) > rows_needed(0.1, 0.05, 2)
