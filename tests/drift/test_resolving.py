"""What bins leave open is decided by values where both sides have them, and said to be open where not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from scipy import stats

from ipymlops.drift import distances
from ipymlops.drift.binning import count
from ipymlops.drift.drift_check import check_drift
from ipymlops.drift.profile import Profile
from ipymlops.drift.resolving import exact_ks
from ipymlops.drift.results import DriftReport
from ipymlops.drift.summaries import Numbers
from ipymlops.frames import as_table

values = npst.arrays(np.float64, st.integers(1, 80), elements=st.floats(-100, 100).map(lambda x: round(x, 1)))


def check(before: np.ndarray, now: np.ndarray, threshold: float, *, raw: bool) -> DriftReport:
    table = as_table(before[:, None])
    return check_drift(
        Profile.of(table), as_table(now[:, None]), model="m", version=1, data="d",
        thresholds={"ks": threshold}, against=("before", table) if raw else None,
    )  # fmt: skip


@given(values, values)
def test_the_exact_distance_is_scipys(first: np.ndarray, second: np.ndarray) -> None:
    assume(len(first) > 1 and len(second) > 1)  # scipy divides by zero below
    expected = stats.ks_2samp(first, second, method="asymp").statistic
    assert exact_ks(first, second) == pytest.approx(expected, abs=1e-12)
    assert exact_ks(np.append(first, np.nan), second) == exact_ks(second, first)


@given(values, values, st.integers(2, 12))
def test_the_wasserstein_interval_contains_scipys(first: np.ndarray, second: np.ndarray, bins: int) -> None:
    profile = Profile.of(as_table(first[:, None]), bins=bins)
    before, now = profile.columns["x0"], profile.measure(as_table(second[:, None])).columns["x0"]
    assert isinstance(before, Numbers)
    assert isinstance(now, Numbers)
    low, high = distances.wasserstein_interval(before, now)
    if not before.std:
        assert np.isnan(low)
        return
    exact = stats.wasserstein_distance(first, second) / before.std
    assert low - 1e-9 <= exact * (1 + 1e-9)
    assert exact <= high * (1 + 1e-9) + 1e-9


@pytest.mark.parametrize("side", [-1e-5, 1e-5])
def test_a_column_on_its_threshold_is_decided_by_its_values(side: float) -> None:
    random = np.random.default_rng(0)
    before, now = random.normal(size=5000), random.normal(0.5, size=4000)
    exact = exact_ks(before, now)
    [open_one] = check(before, now, exact + side, raw=False).columns
    assert open_one.effect_low <= open_one.threshold < open_one.effect_high
    assert not open_one.drifted
    report = check(before, now, exact + side, raw=True)
    assert report.columns[0].effect == report.columns[0].effect_low == report.columns[0].effect_high == exact
    assert report.columns[0].drifted is (side < 0)
    assert report.notes == ()


def test_what_is_decided_is_not_sorted() -> None:
    random = np.random.default_rng(0)
    before, now = random.normal(size=5000), random.normal(0.5, size=4000)
    assert check(before, now, 0.1, raw=True).columns == check(before, now, 0.1, raw=False).columns


@given(st.lists(st.floats(0.01, 0.99), min_size=1, max_size=40))
def test_both_ends_of_the_interval_fit_the_counts_whatever_is_current(current: list[float]) -> None:
    """One bin, 0 to 1, with all of both sides: references that differ only inside of it reach 0 and 1."""
    edges, now = np.array([0.0, 1.0]), np.array(current)
    alike, first = now, np.zeros(len(now))
    assert count(alike, edges).tolist() == count(first, edges).tolist()
    assert distances.ks_interval(count(first, edges), count(now, edges), edges) == (0.0, 1.0)
    assert (exact_ks(alike, now), exact_ks(first, now)) == (0.0, 1.0)
