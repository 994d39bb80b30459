"""Labels of one class: its recall is known, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import recall_score

from ipymlops.evaluation.evaluation import evaluate
from ipymlops.evaluation.one_class import one_class
from ipymlops.evaluation.uncertainty import wilson
from ipymlops.views.table import render_text

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(400, 2))
truth = np.where(X[:, 0] + RANDOM.normal(size=400) > 0, "good", "bad")
MODEL = LogisticRegression().fit(X, truth)


@pytest.mark.parametrize("known", ["bad", "good"])
@pytest.mark.parametrize("others", [0, 3])
def test_the_recall_of_the_class_that_is_there(known: str, others: int) -> None:
    rows = np.concatenate([np.flatnonzero(truth == known)[:60], np.flatnonzero(truth != known)[:others]])
    found = evaluate(MODEL, X[rows], truth[rows], name="m", version=1)
    told = one_class(found)
    assert told is not None
    right = recall_score(truth[rows], MODEL.predict(X[rows]), labels=[known], average=None)[0]
    assert (told.name, told.other_rows, told.recall.n_rows) == (known, others, 60)
    assert told.recall.value == pytest.approx(right)
    assert (told.recall.low, told.recall.high) == pytest.approx(wilson(right * 60, 60)[:2])
    said = " ".join(render_text(found, width=200).split())
    assert f"Known is the recall of '{known}' alone: {right:.3f}" in said
    assert "cannot tell" in said
    assert "at least 10 of each class are needed" in said
    assert "promote" not in said


def test_nothing_is_known_of_few_rows_and_all_of_both_classes() -> None:
    for rows in (np.flatnonzero(truth == "bad")[:1], np.arange(400)):
        found = evaluate(MODEL, X[rows], truth[rows], name="m", version=1)
        assert one_class(found) is None
        assert "Known is the recall" not in render_text(found)


def test_one_row_cannot_tell_and_says_how_many_are_needed() -> None:
    found = evaluate(MODEL, X[:1], truth[:1], name="m", version=1)
    said = " ".join(render_text(found, width=200).split())
    assert "1 row is too few to say anything; about 390 are needed, 10 of each class at least" in said
    assert "too few rows" in said
