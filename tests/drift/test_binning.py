"""Counting by look-up agrees with a search, for every shape of column."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from ipymlops.drift.binning import CELLS, OUTSIDE, count, is_single, outside, quantile_edges

N = 4 * CELLS
HUGE = np.finfo(float).max


def columns() -> dict[str, np.ndarray]:
    random = np.random.default_rng(0)
    gamma = random.gamma(2, size=N)
    return {
        "normal": random.normal(size=N),
        "lognormal": random.lognormal(sigma=2, size=N),
        "cauchy": random.standard_cauchy(N),
        "rounded": random.normal(size=N).round(2),
        "a third zero": np.where(random.random(N) < 0.3, 0.0, gamma),
        "counts": random.poisson(5, N).astype(float),
        "two far groups": np.where(random.random(N) < 0.5, gamma, 1e12 + gamma),
        "times": 1.7e9 + random.uniform(0, 1e7, N),
        "constant": np.full(N, 3.0),
        "near the largest float": random.choice([-HUGE, -1.0, 1.0, HUGE], N) * random.random(N),
        "tiny": random.normal(size=N) * 1e-310,
        "one far outlier": np.append(random.normal(size=N - 1), 1e300),
    }


@pytest.mark.parametrize("bins", [4, 64, 1024, 4096])
@pytest.mark.parametrize("name", columns())
def test_look_up_counts_as_a_search(name: str, bins: int) -> None:
    values = columns()[name]
    edges = quantile_edges(values, bins)
    assert np.all(np.diff(edges) > 0)
    assert len(edges) <= 2 * bins + 1 + 2 * OUTSIDE
    others = np.concatenate([values, edges, np.nextafter(edges, -np.inf), [np.inf, -np.inf, 0.0]])
    for counted in (values, others):
        found = count(counted, edges)
        assert np.array_equal(
            found, np.bincount(np.searchsorted(edges, counted, side="right"), minlength=len(edges) + 1)
        )
        assert found.sum() == len(counted)


@pytest.mark.parametrize("bins", [8, 1024])
@pytest.mark.parametrize("name", columns())
def test_values_outside_are_counted_exactly(name: str, bins: int) -> None:
    values = columns()[name]
    edges, low, high = quantile_edges(values, bins), values.min(), values.max()
    assert outside(count(values, edges), edges, low, high) == 0
    strays = np.array([np.nextafter(low, -np.inf), np.nextafter(high, np.inf), low - 1e9, high + 1e9, np.inf, -np.inf])
    expected = ((strays < low) | (strays > high)).sum()
    assert outside(count(strays, edges), edges, low, high) == expected


def test_strays_are_told_apart_by_distance() -> None:
    edges = quantile_edges(np.linspace(0, 1, 5000))
    found = count(np.array([1.01, 1.1, 1.5, 3.0, -0.1, -30.0]), edges)
    assert found.max() == 1


def test_bins_hold_about_equal_shares() -> None:
    counts = count(values := columns()["lognormal"], quantile_edges(values, 64))
    assert counts.max() <= 2 * N / 64


def test_heavy_values_stand_alone() -> None:
    values = columns()["a third zero"]
    edges = quantile_edges(values, 64)
    alone = np.flatnonzero(is_single(edges))
    assert 0.0 in edges[alone - 1]
    assert count(values, edges)[np.searchsorted(edges, 0.0, side="right")] == (values == 0).sum()


@given(npst.arrays(np.float64, st.integers(1, 60), elements=st.integers(-5, 5).map(float)))
def test_few_distinct_values_are_isolated_all(values: np.ndarray) -> None:
    edges = quantile_edges(values, 64)
    counts, single = count(values, edges), is_single(edges)
    assert counts[~single].sum() == 0
    assert counts[single].tolist() == np.unique(values, return_counts=True)[1].tolist()


def test_no_value_has_no_edges() -> None:
    assert len(quantile_edges(np.zeros(0))) == 0
    assert count(np.array([1.0, np.inf]), np.zeros(0)).tolist() == [2]
