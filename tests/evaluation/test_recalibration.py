"""A move is found where probabilities are off, and its evidence is that of exact tests."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from ipymlops.evaluation.answers import Predictions
from ipymlops.evaluation.recalibration import Promises, tried


def promises(true: np.ndarray, positive: np.ndarray) -> Promises:
    probabilities = np.stack([1 - positive, positive], axis=1)
    return Promises.of(Predictions("binary", true, (positive > 0.5).astype(int), (0, 1), probabilities, positive))


@pytest.mark.parametrize(("shift", "stretch"), [(0.8, 0.0), (-0.5, -0.5), (0.0, 1.0)])
def test_the_move_that_was_made_is_found(shift: float, stretch: float) -> None:
    random = np.random.default_rng(0)
    odds = random.normal(size=20_000)
    happened = random.random(20_000) < 1 / (1 + np.exp(-((1 + stretch) * odds + shift)))
    found = promises(happened.astype(int), 1 / (1 + np.exp(-odds))).best_move()
    assert found == pytest.approx((shift, stretch), abs=0.08)


@pytest.mark.parametrize(("rows", "hits", "chance"), [(30, 8, 0.1), (40, 30, 0.5), (200, 25, 0.05), (30, 7, 0.02)])
def test_the_evidence_is_that_of_the_exact_binomial_test(rows: int, hits: int, chance: float) -> None:
    true = (np.arange(rows) < hits).astype(int)
    found = tried(promises(true, np.full(rows, chance)), (1.0, 0.0)).p_value
    exact, middle = stats.binom.sf(hits - 1, rows, chance), stats.binom.sf(hits, rows, chance)
    assert middle < found < exact * 1.1  # the saddlepoint of a continuous sum lies between


def test_a_move_the_wrong_way_is_no_evidence() -> None:
    assert tried(promises(np.ones(50, int), np.full(50, 0.3)), (-1.0, 0.0)).p_value == 1
