"""Rows of sparse matrices: how many are compared, those that are made up, and what they tell of two models."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import sparse
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.naive_bayes import MultinomialNB
from sklearn.tree import DecisionTreeClassifier

from ipymlops.pipelines import sparse_rows
from ipymlops.pipelines.likeness import compare_models
from ipymlops.pipelines.sparse_rows import bounded, is_sparse, mixed, rows_in
from ipymlops.pipelines.verdicts import verdict_of

RANDOM = np.random.default_rng(3)
COUNTS = sparse.csr_matrix(RANDOM.poisson(0.6, size=(90, 6)))
Y = (COUNTS.toarray()[:, 0] > COUNTS.toarray()[:, 1]).astype(int)
TABLES = {"training": COUNTS, "perturbed": mixed(COUNTS)}


@pytest.mark.parametrize("kind", [sparse.csr_matrix, sparse.csc_matrix, sparse.coo_matrix, sparse.csr_array])
def test_rows_of_every_kind_of_matrix_can_be_taken(kind: Any) -> None:
    matrix = kind(COUNTS)
    assert is_sparse(matrix)
    assert rows_in(matrix) == 90
    assert (bounded(matrix, 1_000).toarray() == COUNTS.toarray()).all()


def test_few_rows_are_taken_several_times_and_many_evenly() -> None:
    assert (bounded(COUNTS[:2], 1_000, at_least=5).toarray() == COUNTS[[0, 1, 0, 1, 0]].toarray()).all()
    assert (bounded(COUNTS, 3).toarray() == COUNTS[[0, 44, 89]].toarray()).all()


def test_wide_rows_are_fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sparse_rows, "MOST_CELLS", 60)
    assert rows_in(bounded(COUNTS, 1_000)) == 10


def test_rows_that_nobody_has_seen_are_two_in_one() -> None:
    made = mixed(COUNTS)
    assert made.shape == COUNTS.shape
    assert made.min() == 0
    assert made.sum() == 2 * COUNTS.sum()
    known = {tuple(row) for row in COUNTS.toarray()}
    assert sum(tuple(row) not in known for row in made.toarray()) > 45
    assert (mixed(COUNTS) != made).nnz == 0


@pytest.mark.parametrize(
    ("one", "other", "verdict", "cause"),
    [
        (MultinomialNB().fit(COUNTS, Y), MultinomialNB().fit(COUNTS, Y), "identical", ""),
        (TfidfTransformer().fit(COUNTS), TfidfTransformer().fit(COUNTS), "identical", ""),
        (MultinomialNB().fit(COUNTS, Y), MultinomialNB().fit(COUNTS[1:], Y[1:]), "not reproduced", "90 training rows"),
        (
            DecisionTreeClassifier(random_state=0).fit(COUNTS, Y),
            DecisionTreeClassifier(random_state=0).fit(COUNTS[:, ::-1], Y),
            "not reproduced",
            "predict differs",
        ),
    ],
)
def test_two_models_are_told_apart(one: Any, other: Any, verdict: str, cause: str) -> None:
    found = verdict_of(compare_models(one, other, TABLES))
    assert found.verdict == verdict
    assert cause in found.cause
