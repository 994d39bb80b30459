"""Distances against scipy, and what holds for all of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from scipy import spatial, stats

from ipymlops.drift import distances
from ipymlops.drift.binning import count, quantile_edges
from ipymlops.drift.profile import Profile
from ipymlops.drift.summaries import Numbers
from ipymlops.frames import as_table

counts = npst.arrays(np.int64, 6, elements=st.integers(0, 1000))
values = npst.arrays(np.float64, st.integers(1, 80), elements=st.floats(-100, 100).map(lambda x: round(x, 1)))


def pair(first: np.ndarray, second: np.ndarray, bins: int = 1024) -> tuple[Numbers, Numbers]:
    profile = Profile.of(as_table(first[:, None]), bins=bins)
    now = profile.measure(as_table(second[:, None])).columns["x0"]
    before = profile.columns["x0"]
    assert isinstance(before, Numbers)
    assert isinstance(now, Numbers)
    return before, now


@given(counts, counts)
def test_jensen_shannon_is_scipys(first: np.ndarray, second: np.ndarray) -> None:
    assume(first.any() and second.any())
    expected = spatial.distance.jensenshannon(first, second, base=2)
    assert distances.jensen_shannon(first, second) == pytest.approx(np.nan_to_num(expected), abs=1e-7)


@given(counts, counts, st.permutations(range(6)))
def test_what_holds_for_every_distance(first: np.ndarray, second: np.ndarray, order: list[int]) -> None:
    assume(first.any() and second.any())
    for name, distance in distances.DISTANCES.items():
        found = distance(first, second)
        assert found >= 0
        assert found == pytest.approx(distance(second, first), abs=1e-9), name
        assert found == pytest.approx(distance(first[order], second[order]), abs=1e-9), name
        assert distance(first, first) == pytest.approx(0, abs=1e-7), name
        assert name == "psi" or found <= 1 + 1e-12


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # by hand from shares (1/2, 1/2) and (3/4, 1/4)
        ("hellinger", np.sqrt(1 - (np.sqrt(3 / 8) + np.sqrt(1 / 8)))),
        ("total-variation", 0.25),
        ("psi", 0.25 * np.log(3)),
    ],
)
def test_values_by_hand(name: str, expected: float) -> None:
    many = 10**7  # where half a row more a bin is nothing
    found = distances.DISTANCES[name](np.array([2, 2]) * many, np.array([3, 1]) * many)
    assert found == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("levels", [2, 20, 200])
def test_noise_of_jensen_shannon_is_what_samples_show(levels: int) -> None:
    random = np.random.default_rng(0)
    shares = np.full(levels, 1 / levels)
    draws = [(random.multinomial(4000, shares), random.multinomial(2000, shares)) for _ in range(300)]
    observed = np.mean([distances.jensen_shannon(p, q) ** 2 for p, q in draws])
    assert distances.jensen_shannon_noise(levels, 4000, 2000) == pytest.approx(observed, rel=0.15)


@given(values, values, st.sampled_from([4, 8, 32, 1024]))
def test_ks_interval_contains_scipys_distance(first: np.ndarray, second: np.ndarray, bins: int) -> None:
    edges = quantile_edges(first, bins)
    low, high = distances.ks_interval(count(first, edges), count(second, edges), edges)
    with np.errstate(divide="ignore"):  # scipy's p-value, not looked at, of one row against one
        exact = stats.ks_2samp(first, second, method="asymp").statistic
    assert low - 1e-12 <= exact <= high + 1e-12
    if len(np.unique(first)) <= bins // 2:
        assert low == high


def test_ks_interval_is_narrow() -> None:
    random = np.random.default_rng(0)
    first, second = random.lognormal(size=50_000), random.lognormal(0.1, size=40_000)
    edges = quantile_edges(first)
    low, high = distances.ks_interval(count(first, edges), count(second, edges), edges)
    assert low <= stats.ks_2samp(first, second, method="asymp").statistic <= high
    assert high - low < 0.0015


@given(values, values)
def test_wasserstein_is_scipys_where_values_are_the_references(first: np.ndarray, second: np.ndarray) -> None:
    both = np.append(first, np.setdiff1d(second, first))  # the reference has every value of the other side
    assume(both.std() > 0.01)
    before, now = pair(both, second)
    expected = stats.wasserstein_distance(both, second) / both.std()
    assert distances.wasserstein(before, now) == pytest.approx(expected, abs=1e-9)


def test_wasserstein_is_near_scipys_elsewhere() -> None:
    random = np.random.default_rng(0)
    first, second = random.normal(size=30_000), random.normal(0.5, 1.5, size=20_000)
    expected = stats.wasserstein_distance(first, second) / first.std()
    assert distances.wasserstein(*pair(first, second)) == pytest.approx(expected, rel=0.01)


def test_wasserstein_is_undefined_without_spread() -> None:
    assert np.isnan(distances.wasserstein(*pair(np.array([1.0, 1.0]), np.array([2.0, 3.0]))))


def test_infinities_leave_the_distance_of_the_finite_as_it_is() -> None:
    first, second = np.array([1.0, 2.0, 4.0]), np.array([1.0, 5.0])
    odd = [np.append(side, [np.inf, -np.inf]) for side in (first, second)]
    assert distances.wasserstein(*pair(*odd)) == distances.wasserstein(*pair(first, second))


@given(npst.arrays(np.int64, st.integers(1, 300), elements=st.integers(0, 50)), st.integers(1, 30))
def test_coarse_bins_keep_rows_and_are_few(reference: np.ndarray, groups: int) -> None:
    assume(reference.any())
    before, now = distances.coarse(reference, reference[::-1], groups)
    assert before.sum() == now.sum() == reference.sum()
    assert len(before) <= groups
