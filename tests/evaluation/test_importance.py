"""Shares of what a model uses, for tables of every library."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from ipymlops.errors import BadInput
from ipymlops.evaluation import importance
from ipymlops.evaluation.importance import permutation_importance

FRAME = pd.DataFrame(np.random.default_rng(0).normal(size=(600, 4)), columns=list("abcd"))
TARGET = (3 * FRAME["a"] + FRAME["b"]).to_numpy()


@pytest.mark.parametrize(
    "convert", [lambda f: f, pl.from_pandas, lambda f: f.to_numpy()], ids=["pandas", "polars", "numpy"]
)
def test_shares_follow_the_coefficients(convert: Any) -> None:
    data = convert(FRAME)
    found = permutation_importance(LinearRegression().fit(data, TARGET), data, TARGET)
    assert sum(found.values()) == pytest.approx(1)
    assert list(found.values()) == sorted(found.values(), reverse=True)
    first, second, *rest = found.values()
    assert first > 2 * second > 0.2
    assert rest == [0, 0]


def test_it_does_not_depend_on_how_many_columns_are_asked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    model = RandomForestClassifier(10, random_state=0).fit(FRAME, TARGET > 0)
    together = permutation_importance(model, FRAME, TARGET > 0, rows=200)
    monkeypatch.setattr(importance, "ROWS_A_CALL", 1)
    assert permutation_importance(model, FRAME, TARGET > 0, rows=200) == together


def test_mixed_types_keep_their_types() -> None:
    frame = pd.DataFrame(
        {"kind": pd.Categorical(["x", "y"] * 100), "noise": np.arange(200.0), "on": [True, False] * 100}
    )
    y = (frame["kind"] == "x").to_numpy()
    columns = make_column_transformer((OneHotEncoder(), ["kind"]), ("passthrough", ["noise"]))
    model = make_pipeline(columns, LogisticRegression(max_iter=5000)).fit(frame, y)
    found = permutation_importance(model, frame, y)
    assert found["kind"] > 0.99
    assert found["on"] == 0


def test_missing_labels_are_left_out() -> None:
    target = TARGET.copy()
    target[::5] = np.nan
    found = permutation_importance(LinearRegression().fit(FRAME, TARGET), FRAME, target)
    assert next(iter(found)) == "a"


def test_a_model_that_uses_nothing() -> None:
    found = permutation_importance(LinearRegression().fit(FRAME, np.ones(600)), FRAME, TARGET)
    assert set(found.values()) == {0.0}


def test_lengths_must_agree() -> None:
    with pytest.raises(BadInput, match="600 rows in X and 10 in y"):
        permutation_importance(LinearRegression().fit(FRAME, TARGET), FRAME, TARGET[:10], rows=100)
