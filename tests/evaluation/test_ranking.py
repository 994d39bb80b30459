"""DeLong against its definition, pair by pair, and against the scikit-learn area."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from ipymlops.evaluation.ranking import delong, roc_auc_influence, variance_of_mean


def _brute_force(positive: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The formulas (4) and (5) of the paper, over every pair of a positive and a negative."""
    placed_up, placed_down = [], []
    for row in scores:
        kernel = np.array([[1.0 if u > d else 0.5 if u == d else 0.0 for d in row[~positive]] for u in row[positive]])
        placed_up.append(kernel.mean(axis=1))
        placed_down.append(kernel.mean(axis=0))
    up, down = np.array(placed_up), np.array(placed_down)
    return up.mean(axis=1), np.cov(up) / up.shape[1] + np.cov(down) / down.shape[1]


@settings(max_examples=40)
@given(seed=st.integers(0, 2**32 - 1), ups=st.integers(2, 25), downs=st.integers(2, 25), levels=st.integers(2, 50))
def test_areas_and_covariance_are_those_of_the_definition(seed: int, ups: int, downs: int, levels: int) -> None:
    random = np.random.default_rng(seed)
    positive = random.permutation(np.arange(ups + downs) < ups)
    scores = random.integers(0, levels, (2, ups + downs)) / levels + 0.3 * positive
    areas, covariance = delong(positive, scores)
    expected_areas, expected_covariance = _brute_force(positive, scores)
    assert areas == pytest.approx(expected_areas, abs=1e-12)
    assert covariance == pytest.approx(expected_covariance, abs=1e-12)
    assert areas[0] == pytest.approx(roc_auc_score(positive, scores[0]), abs=1e-12)


def test_influence_has_the_spread_of_delong() -> None:
    random = np.random.default_rng(0)
    positive = random.random(4000) < 0.3
    scores = random.normal(size=4000) + positive
    _, covariance = delong(positive, scores)
    assert variance_of_mean(roc_auc_influence(positive, scores)) == pytest.approx(float(covariance[0, 0]), rel=2e-3)


def test_the_interval_of_the_area_holds_the_truth_as_often_as_it_says() -> None:
    """Normal scores one apart: the area is Phi(1 / sqrt(2)). 400 tables at 0.9: 360 hits, 4 deviations are 24."""
    from ipymlops.evaluation.uncertainty import on_logit_scale

    random = np.random.default_rng(8)
    hits = 0
    for _ in range(400):
        positive = random.permutation(np.arange(150) < 40)
        areas, covariance = delong(positive, random.normal(size=150) + positive)
        low, high, _ = on_logit_scale(float(areas[0]), float(covariance[0, 0]), 0.9, "DeLong")
        hits += low <= 0.7602499 <= high
    assert 336 <= hits <= 384
