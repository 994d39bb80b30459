"""Intervals against published values, and how often they hold the truth."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ipymlops.evaluation import uncertainty
from ipymlops.evaluation.uncertainty import Resampling, median_interval, wilson


# Newcombe (1998), Statistics in Medicine 17, table I, method 3 (score interval without continuity correction).
@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_against_the_published_table(successes: int, trials: int, low: float, high: float) -> None:
    found = wilson(successes, trials)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


@given(trials=st.integers(1, 10**6), share=st.floats(0, 1), level=st.floats(0.5, 0.999))
def test_wilson_agrees_with_scipy_and_holds_the_rate(trials: int, share: float, level: float) -> None:
    successes = round(share * trials)
    low, high, _ = wilson(successes, trials, level)
    theirs = stats.binomtest(successes, trials).proportion_ci(level, "wilson")
    assert (low, high) == pytest.approx((theirs.low, theirs.high), abs=1e-9)
    assert 0 <= low <= successes / trials <= high <= 1


def test_no_trials_no_interval() -> None:
    assert math.isnan(wilson(0, 0).low)


def _mean(sums: np.ndarray) -> np.ndarray:
    return np.asarray(sums[..., 0] / sums[..., 1])


def _mean_interval(values: np.ndarray, seed: int, level: float = 0.9) -> tuple[float, float]:
    draws = Resampling.of([values], seed)
    low, high, _ = draws.interval(draws.totals([values, np.ones(len(values))]), _mean, level)
    return low, high


@pytest.mark.parametrize("rows", [60, 1000], ids=["rows", "groups of rows"])
def test_the_bootstrap_holds_the_truth_as_often_as_it_says(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """200 tables of a skewed variable at level 0.9: 180 hits expected, 4 standard deviations are 17."""
    monkeypatch.setattr(uncertainty, "GROUPS", 200)
    random = np.random.default_rng(11)
    hits = 0
    for i in range(200):
        low, high = _mean_interval(random.exponential(size=rows), i)
        hits += low <= 1.0 <= high
    assert 163 <= hits <= 197


def test_groups_of_rows_spread_like_the_rows() -> None:
    values = np.random.default_rng(3).lognormal(size=50_000)
    low, high = _mean_interval(values, 0)
    half = stats.norm.ppf(0.95) * values.std() / math.sqrt(len(values))
    assert (high - low) / 2 == pytest.approx(half, rel=0.1)


def test_the_median_interval_holds_the_truth_at_least_as_often_as_it_says() -> None:
    random = np.random.default_rng(2)
    found = [median_interval(random.exponential(size=41), 0.9) for _ in range(400)]
    hits = sum(low <= math.log(2) <= high for low, high, _ in found)
    assert hits >= 340


@pytest.mark.parametrize("rows", [1, 5])
def test_too_few_rows_for_a_median_interval(rows: int) -> None:
    assert math.isnan(median_interval(np.arange(float(rows))).low)


def test_the_same_seed_gives_the_same_interval() -> None:
    values = np.random.default_rng(1).normal(size=300)
    assert _mean_interval(values, 4) == _mean_interval(values, 4)
    assert _mean_interval(values, 4) != _mean_interval(values, 5)
