"""Curves, bins, confusion and residuals against direct counts."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from ipymlops.evaluation import curves
from ipymlops.evaluation.answers import Predictions


def _binary(scores: np.ndarray, positive: np.ndarray) -> Predictions:
    predicted = (scores >= 0.5).astype(np.intp)
    both = np.stack([1 - scores, scores], axis=1)
    return Predictions("binary", positive.astype(np.intp), predicted, ("no", "yes"), both, scores)


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32 - 1), rows=st.integers(2, 500), levels=st.integers(1, 300))
def test_each_threshold_counts_what_it_flags(seed: int, rows: int, levels: int) -> None:
    random = np.random.default_rng(seed)
    scores = random.integers(0, levels + 1, rows) / levels
    positive = np.append(random.random(rows - 2) < scores[2:], [True, False])
    found = curves.threshold_curve(_binary(scores, positive))
    assert 1 <= len(found) <= 101
    assert found[0].recall == found[0].flagged == 1
    for point in found:
        flagged = scores >= point.threshold
        assert point.flagged == pytest.approx(flagged.mean())
        assert point.precision == pytest.approx(positive[flagged].mean())
        assert point.recall == pytest.approx(flagged[positive].mean())
        assert point.false_positive_rate == pytest.approx(flagged[~positive].mean())


@pytest.mark.parametrize("cut", [0.5, 0.3])
@pytest.mark.parametrize("ties_count", [True, False])
def test_the_models_own_threshold_is_a_point_with_the_figures_of_its_labels(cut: float, ties_count: bool) -> None:
    random = np.random.default_rng(0)
    scores = random.integers(0, 1001, 700) / 1000
    scores[:5] = cut
    positive = random.random(700) < scores
    p = dataclasses.replace(
        _binary(scores, positive), predicted=((scores >= cut) if ties_count else (scores > cut)).astype(np.intp)
    )
    own = curves.own_threshold(p)
    point = next(point for point in curves.threshold_curve(p) if point.threshold == own)
    assert (own == 0.5) == (cut == 0.5 and ties_count)
    assert point.precision == sk.precision_score(positive, p.predicted)
    assert point.recall == sk.recall_score(positive, p.predicted)


@pytest.mark.parametrize(
    ("scores", "predicted", "own"),
    [
        ([0.1, 0.2, 0.9], [0, 0, 1], 0.5),
        ([0.1, 0.2, 0.3], [0, 0, 0], None),
        ([0.1, 0.2, 0.3], [0, 1, 0], None),
        ([0.6, 0.7, 0.8], [1, 1, 1], 0.6),
    ],
    ids=["switches", "flags nothing", "labels do not follow scores", "flags all"],
)
def test_where_the_models_labels_switch(scores: list[float], predicted: list[int], own: float | None) -> None:
    p = dataclasses.replace(_binary(np.array(scores), np.array([False, True, True])), predicted=np.array(predicted))
    assert curves.own_threshold(p) == own


@settings(max_examples=30)
@given(seed=st.integers(0, 2**32 - 1), rows=st.integers(1, 2000), levels=st.integers(1, 300))
def test_calibration_bins_hold_every_row_once(seed: int, rows: int, levels: int) -> None:
    random = np.random.default_rng(seed)
    scores = random.integers(0, levels + 1, rows) / levels
    positive = random.random(rows) < scores
    bins = curves.calibration(_binary(scores, positive))
    assert sum(b.n_rows for b in bins) == rows
    assert len(bins) <= 10
    assert sum(b.observed * b.n_rows for b in bins) == pytest.approx(positive.sum())
    assert sum(b.predicted * b.n_rows for b in bins) == pytest.approx(scores.sum())
    assert all(b.low <= b.observed <= b.high for b in bins)
    assert [b.predicted for b in bins] == sorted(b.predicted for b in bins)


def test_confusion_is_that_of_scikit_learn() -> None:
    random = np.random.default_rng(0)
    true, predicted = random.integers(0, 4, (2, 300))
    p = Predictions("multiclass", true, predicted, ("a", "b", "c", "d"))
    assert np.array_equal(np.array(curves.confusion(p)), sk.confusion_matrix(true, predicted))


@pytest.mark.parametrize("kind", ["normal", "constant", "outlier", "one row", "mostly equal"])
def test_residuals_count_every_row(kind: str) -> None:
    random = np.random.default_rng(1)
    errors = {
        "normal": random.normal(size=3000),
        "constant": np.zeros(50),
        "outlier": np.append(random.normal(size=2999), 1e9),
        "one row": np.array([2.5]),
        "mostly equal": np.append(np.zeros(999), 4.0),
    }[kind]
    predicted = random.normal(size=len(errors))
    found = curves.residuals(Predictions("regression", predicted + errors, predicted))
    assert sum(found.counts) == len(errors)
    assert len(found.edges) == len(found.counts) + 1
    assert list(found.edges) == sorted(found.edges)
    assert len(found.points) <= 500
    if kind == "outlier":  # one value does not push all the others into one bin
        assert max(found.counts) < 1500
