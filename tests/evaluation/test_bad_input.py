"""The inputs that somebody will give: each has one clear line."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ipymlops.errors import BadInput
from ipymlops.evaluation.enough import nothing_to_say, too_few
from ipymlops.evaluation.evaluation import evaluate
from ipymlops.evaluation.results import Estimate, Evaluation, Task
from ipymlops.views.table import render_text

X = np.random.default_rng(0).normal(size=(200, 2))
Y = (X[:, 0] > 0).astype(int)


def right(rows: int) -> Any:
    positive = 1 / (1 + np.exp(-X[:rows, 0]))
    return np.stack([1 - positive, positive], axis=1)


class Model:
    """Says what it is told to."""

    def __init__(self, probabilities: Callable[[int], Any] = right, labels: Any = None, classes: Any = (0, 1)) -> None:
        self.probabilities, self.labels, self.classes_ = probabilities, labels, np.array(classes)

    def predict_proba(self, rows: Any) -> Any:
        return self.probabilities(len(rows))

    def predict(self, rows: Any) -> Any:
        return self.labels if self.labels is not None else self.classes_[right(len(rows)).argmax(axis=1)]


NOTES = {
    "one class": (Model(), np.zeros(200, int), "balanced accuracy cannot be computed: all labels are of one class"),
    "sums": (Model(lambda n: 0.7 * right(n)), Y, "those of 200 of 200 rows do not sum to 1, but to 0.7"),
    "outside": (Model(lambda n: right(n) + [[-2, 2]]), Y, "those of 200 of 200 rows lie outside 0..1, such as -1."),
    "one row": (Model(lambda n: right(n) + (np.arange(n) == 3)[:, None]), Y, "those of 1 of 200 rows lie outside 0..1"),
}


@pytest.mark.parametrize("case", NOTES)
def test_what_can_be_judged_in_part_says_what_cannot(case: str) -> None:
    model, y, words = NOTES[case]
    found = evaluate(model, X, y, name="m", slices=True)
    assert sum(words in note for note in found.notes) == 1
    assert found.headline.n_rows == 200


REFUSED = {
    "texts for numbers": (
        Model(labels=Y.astype(str)),
        Y,
        "Found the predictions '0' .* Next: the classes are numbers: give the predictions as numbers, too",
    ),
    "labels as texts": (
        Model(),
        Y.astype(str),
        "Found the labels '0' .* Next: the classes are numbers: give the labels as numbers, too",
    ),
    "labels as numbers": (
        Model(classes=("0", "1")),
        Y,
        "Found the labels 0 .* Next: the classes are texts: give the labels as texts, too",
    ),
    "other words": (
        Model(),
        np.where(Y, "yes", "no"),
        r"Found the labels 'no' .* Next: if they mean the same, map them, each to its class: "
        r"y = y\.map\({'no': CLASS, 'yes': CLASS}\)\.$",
    ),
    "other words for one class": (
        Model(classes=("good", "bad")),
        np.full(200, 7),
        r"Found the label 7 .* y = y\.map\({7: CLASS}\)",
    ),
    "another column": (Model(), np.arange(200) + 5, r"Found the labels 5 .* Next: name the column of true answers\.$"),
    "another class": (Model(), Y + 1, r"Found the label 2 .*the model was not trained on it. Expected: one of 0, 1\.$"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_judged_is_refused_in_one_line(case: str) -> None:
    model, y, words = REFUSED[case]
    with pytest.raises(BadInput, match=words) as refused:
        evaluate(model, X, y, name="m")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("rows", [1, 3, 15])
def test_a_sample_too_small_says_how_many_are_needed(rows: int) -> None:
    found = evaluate(Model(), X[:rows], Y[:rows], name="m")
    assert sum("too few to say" in note and "are needed" in note for note in found.notes) == 1


TOO_FEW = {
    "three rows": ((2, 1), "3 rows are too few to say anything; about 390 are needed, 10 of each class at least"),
    "one row": ((1, 0), "1 row is too few to say anything"),
    "a class is absent": (
        (5000, 0),
        "5,000 rows with none of class 1 are too few to say anything; at least 10 of each",
    ),
    "a rare class": ((996, 4), "1,000 rows with 4 of class 1 are .* 10 of each class are needed, .* about 2,500 such"),
    "a class of ten": ((40, 10), ""),
    "two of three classes": ((40, 12, 2), ""),
    "one of three classes": ((40, 9, 2), "51 rows with 9 of class 1 are too few to say anything"),
}


@pytest.mark.parametrize("case", TOO_FEW)
def test_rows_or_a_class_too_few_for_any_figure(case: str) -> None:
    counts, words = TOO_FEW[case]
    estimate = Estimate("accuracy", 0.9, 0.89, 0.91, 0.95, sum(counts), "")
    classes = tuple(str(c) for c in range(len(counts)))
    confusion = tuple(tuple(n if c == k else 0 for k in range(len(counts))) for c, n in enumerate(counts))
    task: Task = "binary" if len(counts) == 2 else "multiclass"
    found = Evaluation("m", 1, task, sum(counts), "d", "accuracy", (estimate,), classes, confusion=confusion)
    assert re.search(words, nothing_to_say(found))
    assert bool(nothing_to_say(found)) == bool(words)
    text = render_text(found)
    assert ("promote m@1" in text) == (not words)
    if words:
        assert re.search(words.partition(" .* ")[0], text.splitlines()[1])
        assert "0.9" not in text.splitlines()[1]
        assert "accuracy" not in text


def test_a_regression_on_few_rows_says_nothing() -> None:
    rmse = Estimate("rmse", 9, 8.9, 9.1, 0.95, 19, "", False, "target units")
    found = Evaluation("m", 1, "regression", 19, "d", "rmse", (rmse,))
    assert nothing_to_say(found) == "19 rows are too few to say anything; about 200 are needed"
    assert nothing_to_say(replace(found, n_rows=20)) == ""


CASES = [
    (Estimate("accuracy", 0.75, 0.51, 0.90, 0.95, 20, ""), "known to within 0.20 only; about 310 are needed for 0.05"),
    (Estimate("accuracy", 0.75, 0.65, 0.85, 0.95, 90, ""), ""),
    (Estimate("roc_auc", 0.5, math.nan, math.nan, 0.95, 3, ""), "3 rows are too few to say anything; about 390 are"),
    (Estimate("roc_auc", 0.5, math.nan, math.nan, 0.95, 750, ""), "ROC AUC has no interval: the answers to these 750"),
    (Estimate("accuracy", 1.0, 0.21, 1.0, 0.95, 1, ""), "1 row is too few to say much"),
    (Estimate("rmse", 10, 4, 16, 0.95, 20, "", False, "target units"), "within 60.0 % of itself only; about 720 are"),
    (Estimate("rmse", 10, 9, 11, 0.95, 200, "", False, "target units"), ""),
    (Estimate("rmse", 0, 0, 0, 0.95, 200, "", False, "target units"), ""),
]


@pytest.mark.parametrize(("found", "words"), CASES)
def test_how_many(found: Estimate, words: str) -> None:
    said = too_few(found)
    assert words in said
    assert bool(said) == bool(words)
