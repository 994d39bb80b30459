"""Expected figures: what scikit-learn says where labels are certain, and slopes that are derivatives."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as sk

from ipymlops.evaluation.answers import Answers
from ipymlops.evaluation.label_free.expected import EXPECTED, variance
from ipymlops.evaluation.metrics import metrics_of
from ipymlops.evaluation.results import Task
from ipymlops.evaluation.targets import Floats

ROWS = 60
CASES = [(task, name) for task, rows in EXPECTED.items() for name in rows]


def answers(task: Task, seed: int = 0, ties: bool = False) -> tuple[Answers, Floats]:
    """Some model's answers, and the probabilities of each row's classes."""
    random = np.random.default_rng(seed)
    k = 2 if task == "binary" else 4
    said = random.dirichlet(np.ones(k), ROWS)
    if ties:
        said = np.round(said[:, :1], 1)
        said = np.hstack([said, 1 - said])
    p = random.dirichlet(np.ones(k), ROWS)
    return Answers(task, said.argmax(axis=1), tuple(range(k)), said, said[:, 1] if k == 2 else None), p


@pytest.mark.parametrize(("task", "name"), CASES)
def test_with_certain_labels_it_is_the_figure_itself(task: Task, name: str) -> None:
    said, p = answers(task)
    true = p.argmax(axis=1)
    certain = np.eye(p.shape[1])[true]
    metric = next(m for m in metrics_of(task) if m.name == name)
    value, slope = EXPECTED[task][name](said, certain)
    assert value == pytest.approx(metric.value(said.judged_by(true)), abs=1e-12)
    assert variance(slope, certain) == pytest.approx(0, abs=1e-15)


@pytest.mark.parametrize(("task", "name"), CASES)
def test_the_slope_is_the_derivative(task: Task, name: str) -> None:
    said, p = answers(task, seed=3)
    value, slope = EXPECTED[task][name](said, p)
    step = 1e-6
    for row, c in ((0, 0), (7, 1), (31, p.shape[1] - 1)):
        moved = p.copy()
        moved[row] *= 1 - step
        moved[row, c] += step
        by = (EXPECTED[task][name](said, moved)[0] - value) / step
        # towards class c and away from the others, as their probabilities stand
        assert by == pytest.approx(slope[row, c] - float(slope[row] @ p[row]), rel=1e-3, abs=1e-7), (row, c)


def test_the_area_counts_every_pair_of_different_rows() -> None:
    said, p = answers("binary", seed=5, ties=True)
    scores, positive = said.probabilities[:, 1], p[:, 1]  # type: ignore[index]
    said = Answers("binary", said.predicted, (0, 1), said.probabilities, scores)
    won = pairs = 0.0
    for i in range(ROWS):
        for j in range(ROWS):
            if i != j:
                weight = positive[i] * (1 - positive[j])
                pairs += weight
                won += weight * (1.0 if scores[i] > scores[j] else 0.5 if scores[i] == scores[j] else 0.0)
    assert EXPECTED["binary"]["roc_auc"](said, p)[0] == pytest.approx(won / pairs, rel=1e-12)


@pytest.mark.parametrize(("task", "name"), CASES)
def test_value_and_spread_are_those_of_labels_drawn_from_the_probabilities(task: Task, name: str) -> None:
    """2,000 sets of labels: the mean figure is the estimate, its standard deviation the one that the slope gives."""
    random = np.random.default_rng(1)
    k = 2 if task == "binary" else 4
    p = random.dirichlet(np.full(k, 0.7), 400)
    noisy = p * np.exp(random.normal(0, 0.5, p.shape))
    said = noisy / noisy.sum(axis=1, keepdims=True)
    given = Answers(task, said.argmax(axis=1), tuple(range(k)), said, said[:, 1] if k == 2 else None)
    metric = next(m for m in metrics_of(task) if m.name == name)
    figures: list[Any] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sk.UndefinedMetricWarning if hasattr(sk, "UndefinedMetricWarning") else Warning)
        for _ in range(400):
            true = (p.cumsum(axis=1) < random.random((len(p), 1))).sum(axis=1).clip(max=k - 1)
            figures.append(metric.value(given.judged_by(true)))
    value, slope = EXPECTED[task][name](given, p)
    spread = float(np.std(figures))
    assert value == pytest.approx(np.mean(figures), abs=4 * spread / np.sqrt(len(figures)) + 1e-3)
    assert variance(slope, p) ** 0.5 == pytest.approx(spread, rel=0.12)


NOBODY = np.zeros(5, dtype=np.intp)


@pytest.mark.parametrize(
    ("name", "predicted", "positive"),
    [("precision", NOBODY, 0.3), ("recall", NOBODY, 0.0), ("f1", NOBODY, 0.0), ("roc_auc", NOBODY, 0.0)],
)
def test_a_figure_that_the_rows_do_not_have_is_not_known(name: str, predicted: Any, positive: float) -> None:
    said = Answers("binary", predicted, (0, 1), None, np.linspace(0, 1, 5))
    value, slope = EXPECTED["binary"][name](said, np.tile([1 - positive, positive], (5, 1)))
    assert np.isnan(value)
    assert not slope.any()


def test_a_class_that_is_surely_absent_has_no_say_in_balanced_accuracy() -> None:
    said = Answers("multiclass", np.array([0, 1, 0, 1]), (0, 1, 2))
    p = np.array([[1.0, 0, 0], [0, 1.0, 0], [0, 1.0, 0], [0, 1.0, 0]])
    assert EXPECTED["multiclass"]["balanced_accuracy"](said, p)[0] == pytest.approx((1 + 2 / 3) / 2)


@pytest.mark.parametrize(("task", "name"), CASES)
def test_values_are_plain_numbers(task: Task, name: str) -> None:
    """A number of NumPy makes comparisons that no chart and no JSON can take."""
    assert type(EXPECTED[task][name](*answers(task))[0]) is float
