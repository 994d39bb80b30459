"""Benchmark rows that stand in the training data: who counts them, and that both sides say so."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from ipymlops.project import Project
from ipymlops.views.table import render_text

Data = tuple[pd.DataFrame, pd.Series]


def said(result: Any) -> str:
    return " ".join(render_text(result, width=200).split())


@pytest.fixture
def overlapping(project: Project, model: Any, train: Data, test: Data) -> Project:
    """A first test set of 800 rows, 8 of them training rows."""
    mixed = tuple(pd.concat([old[:8], new[8:]], ignore_index=True) for old, new in zip(train, test, strict=True))
    project.register(model, name="credit-risk", train=train, test=mixed)  # type: ignore[arg-type]
    return project


def test_evaluate_counts_them_as_registration_did_and_estimate_does_not(overlapping: Project, test: Data) -> None:
    judged, estimated = overlapping.evaluate("credit-risk"), overlapping.estimate("credit-risk", test[0])
    assert judged.n_rows == 800
    assert 780 <= estimated.reference_rows <= 792  # the others keep the classes in proportion
    assert judged.metrics == overlapping.show("credit-risk").evaluation.metrics  # type: ignore[union-attr]
    rows = "8 of 800 benchmark rows stand in the training data and"
    assert f"{rows} counted at registration, as here; `compare` and `estimate` leave them out." in said(judged)
    assert f"{rows} do not count" in " ".join(estimated.notes)
    assert "`evaluate` counts them, as registration did" in " ".join(estimated.notes)


def test_of_a_frozen_benchmark_neither_counts_them(overlapping: Project, worse: Any, train: Data, test: Data) -> None:
    more = tuple(pd.concat([old, new[-100:]], ignore_index=True) for old, new in zip(train, test, strict=True))
    overlapping.register(worse, name="credit-risk", train=more)  # type: ignore[arg-type]
    judged = overlapping.evaluate("credit-risk@2")
    estimated = overlapping.estimate("credit-risk@2", test[0])
    assert judged.n_rows == estimated.reference_rows < 800
    assert any("108 of 800 benchmark rows stand in the training data and do not count" in n for n in judged.notes)
    assert not any("`evaluate` counts them" in note for note in estimated.notes)


def test_without_such_rows_nothing_is_said(project: Project, model: Any, train: Data, test: Data) -> None:
    project.register(model, name="credit-risk", train=train, test=test)
    judged, estimated = project.evaluate("credit-risk"), project.estimate("credit-risk", test[0])
    assert judged.n_rows == estimated.reference_rows
    assert not any("training data" in note for note in (*judged.notes, *estimated.notes))


def test_rows_given_that_equal_training_rows_by_chance_are_told(
    project: Project, model: Any, train: Data, test: Data
) -> None:
    """A table of two coarse columns: some rows come again."""
    coarse = [(X.round(0), y) for X, y in (train, test)]
    project.register(model, name="credit-risk", train=coarse[0], test=coarse[1])
    found = project.evaluate("credit-risk", coarse[1])
    assert found.trained_on is not None
    assert found.trained_on.equal
    assert not found.trained_on.beyond_chance
    assert f"{found.trained_on.equal} rows of 800 equal training rows, no more than chance explains" in said(found)


def test_an_estimate_reads_only_the_columns_of_its_version(
    project: Project, model: Any, train: Data, test: Data
) -> None:
    """The benchmark may have more of them than a later version takes."""
    from sklearn.linear_model import LogisticRegression

    project.register(model, name="credit-risk", train=train, test=test)
    narrow = LogisticRegression().fit(train[0][["income"]], train[1])
    project.register(narrow, name="credit-risk", train=(train[0][["income"]], train[1]))
    found = project.estimate("credit-risk@2", test[0])
    assert found.of("roc_auc")[0].estimate.value == pytest.approx(
        project.evaluate("credit-risk@2").metric("roc_auc").value, abs=0.05
    )
