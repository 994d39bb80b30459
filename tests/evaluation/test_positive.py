"""Which class is flagged: every figure, curve and cost is about it, against scikit-learn's ``pos_label``."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as sk
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.svm import SVC

from ipymlops.errors import BadInput, UnknownName
from ipymlops.evaluation.comparison import compare
from ipymlops.evaluation.evaluation import evaluate
from ipymlops.evaluation.label_free.estimating import estimate
from ipymlops.evaluation.predictions import predict
from ipymlops.evaluation.results import Evaluation

RANDOM = np.random.default_rng(0)
X = pd.DataFrame(RANDOM.normal(size=(900, 3)), columns=list("abc"))
truth = np.where(X["a"] + RANDOM.normal(size=900) > 0.8, "good", "bad")
MODEL = LogisticRegression().fit(X, truth)
COST = {"fp": 1.0, "fn": 5.0}


def judged(positive: Any = None, **more: Any) -> Evaluation:
    return evaluate(MODEL, X, truth, name="m", positive=positive, **more)


@pytest.mark.parametrize("positive", ["bad", "good"])
def test_recall_precision_and_rankings_are_those_of_the_class(positive: str) -> None:
    found, said = judged(positive), MODEL.predict(X)
    score = MODEL.predict_proba(X)[:, list(MODEL.classes_).index(positive)]
    assert (found.positive, found.classes[1]) == (positive, positive)
    for name, value in {
        "recall": sk.recall_score(truth, said, pos_label=positive),
        "precision": sk.precision_score(truth, said, pos_label=positive),
        "f1": sk.f1_score(truth, said, pos_label=positive),
        "roc_auc": sk.roc_auc_score(truth == positive, score),
        "average_precision": sk.average_precision_score(truth == positive, score),
        "brier": sk.brier_score_loss(truth == positive, score),
        "log_loss": sk.log_loss(truth, MODEL.predict_proba(X)),
        "accuracy": sk.accuracy_score(truth, said),
    }.items():
        assert found.metric(name).value == pytest.approx(value), name
    own = next(point for point in found.curve if point.threshold == found.threshold)
    assert (own.recall, own.precision) == pytest.approx((found.metric("recall").value, found.metric("precision").value))
    (negatives, wrongly), (missed, right) = found.confusion
    assert right / (missed + right) == found.metric("recall").value
    assert wrongly / (negatives + wrongly) == pytest.approx(own.false_positive_rate)


def test_not_said_it_is_the_second_of_the_model() -> None:
    assert judged().metrics == judged("good").metrics
    assert judged().positive == "good"


def test_costs_are_those_of_the_class_and_turn_round_with_it() -> None:
    bad = judged("bad", cost=COST).costs
    good = judged("good", cost={"fp": COST["fn"], "fn": COST["fp"]}).costs
    assert bad is not None
    assert good is not None
    assert bad.own.value == pytest.approx(good.own.value)
    assert bad.saving == pytest.approx(good.saving, abs=0.02)
    assert bad.best_threshold is not None
    assert good.best_threshold is not None
    assert bad.best_threshold < 0.5 < good.best_threshold  # to miss a bad one is dear
    assert judged("good", cost=COST).costs.best_threshold != bad.best_threshold  # type: ignore[union-attr]


def test_groups_and_scores_without_probabilities() -> None:
    machine = SVC().fit(X, truth)
    found = evaluate(machine, X, truth, name="m", positive="bad", sensitive=["c"])
    assert found.metric("roc_auc").value == pytest.approx(
        sk.roc_auc_score(truth == "bad", -machine.decision_function(X))
    )
    assert found.threshold == 0
    assert any("sign turned: high means 'bad'" in note for note in found.notes)
    first = found.fairness[0].groups[0]
    here = X["c"].to_numpy() <= np.quantile(X["c"], 0.25, method="inverted_cdf") + 1e-3
    recall = next(e for e in first.figures if e.name == "recall")
    assert recall.value == pytest.approx(
        sk.recall_score(truth[here], machine.predict(X)[here], pos_label="bad"), abs=0.01
    )


@pytest.mark.parametrize(
    ("labels", "positive", "shown"),
    [((0, 1), 0, "0"), ((0, 1), "0", "0"), ((0.0, 1.0), "0", "0.0"), ((False, True), "False", "False"),
     ((-1, 1), "-1", "-1")],
)  # fmt: skip
def test_a_class_as_it_is_typed(labels: tuple[Any, Any], positive: Any, shown: str) -> None:
    y = np.array(labels)[(truth == "good").astype(int)]
    found = evaluate(LogisticRegression().fit(X, y), X, y, name="m", positive=positive)
    assert found.positive == shown


def test_an_unknown_class_is_told_with_those_there_are() -> None:
    with pytest.raises(
        UnknownName, match=r"No class is called 'badd'; did you mean 'bad'\? Expected: one of bad, good"
    ):
        judged("badd")


WITHOUT_TWO: dict[str, tuple[Any, Any, str]] = {
    "regression": (LinearRegression(), np.asarray(X["a"]), "a regression model"),
    "three classes": (LogisticRegression(), np.digitize(X["a"], [-0.5, 0.5]), "a multiclass model"),
}


@pytest.mark.parametrize("case", WITHOUT_TWO)
def test_models_without_two_classes(case: str) -> None:
    model, y, words = WITHOUT_TWO[case]
    with pytest.raises(BadInput, match=f"Found --positive 1 for {words}"):
        evaluate(model.fit(X, y), X, y, name="m", positive=1)


def test_two_models_are_compared_by_the_recall_of_the_class() -> None:
    weak = LogisticRegression(C=1e-4).fit(X, truth)
    for positive in ("bad", "good"):
        found = compare(
            weak, MODEL, X, truth, champion_ref="m@1", candidate_ref="m@2", metric="recall", positive=positive
        )
        assert found.positive == positive
        assert found.candidate_value == pytest.approx(sk.recall_score(truth, MODEL.predict(X), pos_label=positive))


def test_estimates_without_labels_are_about_the_class_too() -> None:
    found = estimate(
        MODEL, (X[:450], truth[:450]), X[450:], name="m", version=1, data="new", labels=truth[450:], positive="bad"
    )
    [recall] = found.of("recall")
    assert found.positive == "bad"
    assert recall.realized is not None
    assert recall.realized.value == pytest.approx(sk.recall_score(truth[450:], MODEL.predict(X[450:]), pos_label="bad"))
    assert recall.estimate.value == pytest.approx(recall.realized.value, abs=0.06)


def test_turned_answers_say_so_when_rows_are_taken_and_judged() -> None:
    p = predict(MODEL, X, truth, positive="bad")
    some = np.arange(10)
    assert p.answers.take(some).judged_by(p.true[some]).answers.turned
    assert not predict(MODEL, X, truth).turned
