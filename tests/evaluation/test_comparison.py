"""Paired comparisons: against definitions, against scipy, in words, and how often they are wrong."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats
from sklearn.linear_model import LinearRegression, LogisticRegression

from ipymlops.errors import BadInput, UnknownName
from ipymlops.evaluation.comparison import _words, compare, labels_needed, mcnemar, paired_rates, verdict_of
from ipymlops.evaluation.metrics import METRICS
from ipymlops.evaluation.results import Comparison
from ipymlops.evaluation.uncertainty import Interval


class Given:
    """A model that answers what it was given: probabilities of class 1, or numbers."""

    def __init__(self, answers: np.ndarray, *, classes: tuple[Any, ...] | None = (0, 1)) -> None:
        self.answers = answers
        if classes is not None:
            self.classes_ = np.array(classes)

    def predict(self, X: Any) -> np.ndarray:
        return self.answers if not hasattr(self, "classes_") else self.classes_[(self.answers >= 0.5).astype(int)]

    def __getattr__(self, name: str) -> Any:
        if name == "predict_proba" and "classes_" in self.__dict__:
            return lambda X: np.stack([1 - self.answers, self.answers], axis=1)
        raise AttributeError(name)


class Stern(Given):
    """One that asks for more before it says yes."""

    def predict(self, X: Any) -> np.ndarray:
        return (self.answers >= 0.6).astype(int)


def _scores(rows: int, seed: int, quality: tuple[float, float]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    y = (random.random(rows) < 0.4).astype(int)
    common = random.normal(size=rows)
    both = [1 / (1 + np.exp(-(q * (y - 0.5) + common + 0.5 * random.normal(size=rows)))) for q in quality]
    return y, both[0], both[1]


def _compare(y: np.ndarray, a: np.ndarray, b: np.ndarray, **options: Any) -> Comparison:
    models = (Given(a), Given(b))
    return compare(*models, np.zeros((len(y), 1)), y, champion_ref="m@1", candidate_ref="m@2", **options)


COMPARABLE = [m.name for m in METRICS if m.task == "binary"]


@pytest.mark.parametrize("metric", COMPARABLE)
def test_positive_is_better_and_the_interval_holds_the_difference(metric: str) -> None:
    y, a, b = _scores(800, 0, (0.5, 3.0))
    found = _compare(y, a, b, metric=metric)
    assert found.difference > 0
    assert found.low < found.difference < found.high
    assert found.verdict == "better"
    assert found.words.startswith("better by ")
    lower_is_better = metric in ("log_loss", "brier")
    assert (found.candidate_value < found.champion_value) == lower_is_better


@pytest.mark.parametrize("metric", COMPARABLE)
def test_changing_sides_changes_the_sign(metric: str) -> None:
    y, a, b = _scores(500, 1, (1.0, 1.4))
    there, back = _compare(y, a, b, metric=metric), _compare(y, b, a, metric=metric)
    assert there.difference == pytest.approx(-back.difference)
    exact = metric in ("roc_auc", "accuracy", "average_precision")
    assert there.low == pytest.approx(-back.high, abs=1e-9 if exact else 0.01)


@pytest.mark.parametrize("metric", COMPARABLE)
def test_the_order_of_the_rows_changes_nothing(metric: str) -> None:
    y, a, b = _scores(400, 2, (1.0, 1.4))
    order = np.random.default_rng(9).permutation(400)
    found, moved = _compare(y, a, b, metric=metric), _compare(y[order], a[order], b[order], metric=metric)
    assert (moved.low, moved.difference, moved.high) == pytest.approx((found.low, found.difference, found.high))


@pytest.mark.parametrize("metric", COMPARABLE)
def test_a_model_against_itself_is_not_worse(metric: str) -> None:
    y, a, _ = _scores(400, 3, (1.0, 1.0))
    found = _compare(y, a, a, metric=metric, margin=0.01)
    assert found.difference == 0
    assert found.verdict == "not worse"
    assert (found.same, found.words) == (True, "the same: both gave each of 400 rows the same answer")


def test_equal_scores_with_another_threshold_are_not_the_same() -> None:
    y, a, _ = _scores(400, 3, (1.0, 1.0))
    found = compare(
        Given(a), Stern(a), np.zeros((400, 1)), y, champion_ref="m@1", candidate_ref="m@2", metric="accuracy"
    )
    assert not found.same


def _faultless(rows: int, low: float = 0.6) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Two models that rank and label every row right, each with scores of its own."""
    random = np.random.default_rng(8)
    y = np.arange(rows) % 2
    a, b = (np.where(y == 1, random.uniform(low, 1, rows), random.uniform(0, 1 - low, rows)) for _ in range(2))
    return y, a, b


UNSPREAD = ["roc_auc", "average_precision", "balanced_accuracy", "f1", "recall", "precision"]


@pytest.mark.parametrize("metric", UNSPREAD)
def test_two_models_without_a_fault_on_few_rows_are_not_certain_to_be_equal(metric: str) -> None:
    y, a, b = _faultless(60)
    found = _compare(y, a, b, metric=metric, level=0.99)
    assert (found.difference, found.champion_value) == (0, 1)
    assert found.verdict == "cannot tell"
    # by hand: the lower end of Wilson's interval of 30 of 30 is n / (n + z2), with z = 2.5758
    assert (found.low, found.high) == pytest.approx((-0.18111, 0.18111), abs=1e-5)


@pytest.mark.parametrize("metric", UNSPREAD)
def test_two_models_without_a_fault_on_many_rows_are_as_good(metric: str) -> None:
    found = _compare(*_faultless(4000), metric=metric, level=0.99)
    assert found.verdict == "not worse"
    assert -0.005 < found.low < 0 < found.high < 0.005


def test_a_ranking_without_a_fault_beats_its_reverse() -> None:
    y, a, _ = _faultless(60)
    found = _compare(y, 1 - a, a)
    assert found.verdict == "better"
    assert 0.8 < found.low < found.difference == found.high == 1


def test_equal_labels_are_no_proof_of_equal_models() -> None:
    y = np.arange(60) % 2
    models = Given(y, classes=None), Given(y.copy(), classes=None)
    found = compare(*models, np.zeros((60, 1)), y, champion_ref="m@1", candidate_ref="m@2", metric="balanced_accuracy")
    assert found.verdict == "cannot tell"


@pytest.mark.parametrize("metric", ["roc_auc", "accuracy", "average_precision", "log_loss"])
def test_two_equal_models_are_told_apart_as_rarely_as_promised(metric: str) -> None:
    """250 pairs at level 0.9: 25 false alarms expected, 4 standard deviations are 19."""
    verdicts = [_compare(*_scores(300, seed, (1.0, 1.0)), metric=metric, level=0.9).verdict for seed in range(250)]
    assert 6 <= sum(v in ("better", "worse") for v in verdicts) <= 44


@pytest.mark.parametrize(("b", "c"), [(0, 0), (1, 9), (10, 10), (3, 40)])
def test_mcnemar_is_the_exact_binomial_test(b: int, c: int) -> None:
    expected = 1.0 if b + c == 0 else 2 * min(stats.binom.cdf(min(b, c), b + c, 0.5), 0.5)
    assert mcnemar(b, c) == pytest.approx(expected)


def test_paired_rates_against_the_formula_of_the_paper() -> None:
    """By hand: p12 = 11 / 102, p21 = 4 / 102."""
    found = paired_rates(3, 10, 100)
    half = 1.959964 * math.sqrt((15 / 102 - (7 / 102) ** 2) / 102)
    assert (found.low, found.high) == pytest.approx((7 / 102 - half, 7 / 102 + half), abs=1e-6)


@pytest.mark.parametrize(
    ("low", "high", "margin", "verdict"),
    [
        (0.001, 0.02, 0.005, "better"),
        (-0.02, -0.001, 0.005, "worse"),
        (-0.02, -0.001, 0.05, "worse"),
        (-0.004, 0.01, 0.005, "not worse"),
        (-0.005, 0.01, 0.005, "not worse"),
        (-0.006, 0.01, 0.005, "cannot tell"),
        (0.0, 0.0, 0.0, "not worse"),
        (math.nan, math.nan, 0.005, "cannot tell"),
    ],
)
def test_the_verdict(low: float, high: float, margin: float, verdict: str) -> None:
    assert verdict_of(low, high, margin) == verdict


def test_with_the_labels_asked_for_the_answer_comes_about_eight_times_in_ten() -> None:
    quality = (1.0, 1.08)
    first = _compare(*_scores(300, 21, quality))
    # The truth, from many rows, stands in for the first estimate, so that only the formula is tested.
    truth = _compare(*_scores(200_000, 5, quality)).difference
    more = labels_needed(truth, (first.high - first.low) / 2, 0.005, 300)
    assert 300 < more < 20_000
    verdicts = [_compare(*_scores(300 + int(more), 100 + seed, quality)).verdict for seed in range(60)]
    assert 39 <= sum(v in ("better", "not worse") for v in verdicts) <= 58


def test_no_number_of_labels_settles_nothing() -> None:
    assert labels_needed(0.0, 0.01, 0.0, 100) == math.inf
    assert labels_needed(-0.005, 0.01, 0.005, 100) > 100


@pytest.mark.parametrize(
    ("difference", "half", "margin", "verdict", "words"),
    [
        (0.012, 0.008, 0.005, "better", "better by 0.0120 (0.0040 to 0.0200)"),
        (-0.03, 0.02, 0.005, "worse", "worse by 0.030 (0.010 to 0.050)"),
        (0.01, 0.01, 0.02, "not worse", "not worse by more than 0.02 (difference 0.010, 0.000 to 0.020)"),
        (-0.0, 0.0, 0.005, "not worse", "not worse by more than 0.005 (difference 0.000, 0.000 to 0.000)"),
        (20.0, 50.0, 12.5, "cannot tell", "cannot tell: about 3,800 more labels needed (difference 20, -30 to 70)"),
        (1500.0, 80.0, 12.5, "better", "better by 1,500 (1,420 to 1,580)"),
        (0.0, 0.5, 0.0, "cannot tell", "cannot tell: more than 100 million more labels needed (difference 0.000"),
    ],
)
def test_the_words(difference: float, half: float, margin: float, verdict: Any, words: str) -> None:
    found = Interval(difference - half, difference + half, "any")
    assert _words(verdict, difference, found, margin, 1000, 0.95).startswith(words)


def test_words_when_it_cannot_tell() -> None:
    y, a, b = _scores(200, 4, (1.0, 1.0))
    found = _compare(y, a, b)
    assert found.verdict == "cannot tell"
    assert found.words.startswith("cannot tell: about ")
    assert " more labels needed (difference " in found.words


@pytest.mark.parametrize(
    ("rows", "positives", "said"),
    [
        (19, 9, "19 rows are too few to say anything; about 390 are needed, 10 of each class at least"),
        (400, 9, "400 rows with 9 of class 1 are too few to say anything"),
        (400, 0, "400 rows with none of class 1 are too few to say anything"),
        (400, 10, ""),
    ],
)
def test_rows_too_few_to_judge_one_model_are_too_few_to_compare_two(rows: int, positives: int, said: str) -> None:
    y = (np.arange(rows) < positives).astype(int)
    found = _compare(y, np.where(y == 1, 0.2, 0.1), np.where(y == 1, 0.9, 0.15), metric="accuracy")
    assert found.doubt.startswith(said)
    assert bool(found.doubt) is bool(said)
    assert not said or (found.verdict, found.words) == ("cannot tell", f"cannot tell: {found.doubt}")


def test_few_rows_that_both_answer_alike_are_the_same() -> None:
    y = np.arange(12) % 2
    found = _compare(y, y * 0.9, y * 0.9)
    assert (found.same, found.doubt) == (True, "")


def test_regression_margin_is_a_share_of_the_champions_error() -> None:
    random = np.random.default_rng(0)
    y = random.normal(scale=1000, size=600)
    a, b = y + random.normal(scale=100, size=600), y + random.normal(scale=60, size=600)
    models = Given(a, classes=None), Given(b, classes=None)
    found = compare(*models, np.zeros((600, 1)), y, champion_ref="m@1", candidate_ref="m@2", margin=0.02)
    assert found.metric == "rmse"
    assert found.margin == pytest.approx(0.02 * found.champion_value)
    assert found.verdict == "better"
    assert found.difference == pytest.approx(found.champion_value - found.candidate_value)


REGRESSIONS = [m.name for m in METRICS if m.task == "regression" and m.comparable]


@pytest.mark.parametrize("metric", REGRESSIONS)
def test_regressions_by_every_metric(metric: str) -> None:
    random = np.random.default_rng(1)
    y = random.normal(size=500)
    models = [Given(y + random.normal(scale=s, size=500), classes=None) for s in (0.8, 0.5)]
    found = compare(models[0], models[1], np.zeros((500, 1)), y, champion_ref="m@1", candidate_ref="m@2", metric=metric)
    assert found.verdict == "better"
    assert found.low < found.difference < found.high


@pytest.mark.parametrize("metric", [m.name for m in METRICS if m.task == "multiclass"])
def test_several_classes_by_every_metric(metric: str) -> None:
    rows = np.random.default_rng(2).normal(size=(900, 2))
    y = np.digitize(rows[:, 0], [-0.5, 0.5])
    good, poor = LogisticRegression().fit(rows[:300], y[:300]), LogisticRegression().fit(rows[:300, 1:], y[:300])
    blind = Last(poor)
    found = compare(blind, good, rows[300:], y[300:], champion_ref="m@1", candidate_ref="m@2", metric=metric)
    assert found.verdict == "better"
    assert found.low < found.difference < found.high


class Last:
    """A model that is shown the last column only."""

    def __init__(self, model: LogisticRegression) -> None:
        self.model, self.classes_ = model, model.classes_

    def predict(self, X: np.ndarray) -> Any:
        return self.model.predict(X[:, -1:])

    def predict_proba(self, X: np.ndarray) -> Any:
        return self.model.predict_proba(X[:, -1:])


def test_a_model_without_scores_is_compared_by_its_labels() -> None:
    y, a, b = _scores(800, 0, (0.5, 3.0))
    champion = Given((a >= 0.5).astype(int), classes=None)
    found = compare(champion, Given(b), np.zeros((800, 1)), y, champion_ref="m@1", candidate_ref="m@2")
    assert found.metric == "balanced_accuracy"
    assert found.verdict == "better"


X = np.random.default_rng(0).normal(size=(100, 2))
Y = (X[:, 0] > 0).astype(int)
CLASSIFIER = LogisticRegression().fit(X, Y)


@pytest.mark.parametrize(
    ("candidate", "options", "error", "words"),
    [
        (LinearRegression().fit(X, Y), {}, BadInput, "a binary champion and a regression candidate"),
        (LogisticRegression(), {}, BadInput, "not fitted"),
        (LogisticRegression().fit(X, Y + 1), {}, BadInput, "the label 0 .* not trained on it"),
        (CLASSIFIER, {"metric": "roc_acu"}, UnknownName, "did you mean 'roc_auc'"),
        (CLASSIFIER, {"metric": "rmse"}, UnknownName, "No comparable metric is called 'rmse'"),
        (Given(X[:, 1] > 0, classes=(0, 1, 2)), {}, BadInput, "one column a class"),
        (CLASSIFIER, {"margin": -0.1}, BadInput, "the margin"),
        (CLASSIFIER, {"level": 95}, BadInput, "the level 95"),
        (Given(X[:, 1] > 0, classes=(1, 0)), {}, BadInput, "in the order 0, 1 and 1, 0"),
    ],
)
def test_what_cannot_be_compared(candidate: Any, options: dict[str, Any], error: type, words: str) -> None:
    with pytest.raises(error, match=words):
        compare(CLASSIFIER, candidate, X, Y, champion_ref="m@1", candidate_ref="m@2", **options)


def test_each_step_is_told_as_it_begins_and_changes_nothing() -> None:
    y, a, b = _scores(400, 0, (1.0, 1.5))
    steps: list[str] = []
    assert _compare(y, a, b, metric="f1", progress=steps.append) == _compare(y, a, b, metric="f1")
    assert steps == ["ask m@1, 1 of 2", "ask m@2, 2 of 2", "compare their answers row by row"]
