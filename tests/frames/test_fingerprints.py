"""Rows that are equal, and rows that are not."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from ipymlops.frames import as_table, row_fingerprints, shared_rows


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ([1, 2], [1.0, 2.0]),
        ([1, 0], [True, False]),
        ([0.0], [-0.0]),
        ([math.nan, 1.0], pd.array([None, 1], dtype="Int64")),
        (["a", "b"], pd.Categorical(["a", "b"], categories=["b", "a", "c"])),
        ([None, "a"], pd.Categorical([None, "a"])),
        ([None, None], [math.nan, math.nan]),
        (pd.to_datetime(["2020-01-01"]), pd.to_datetime(["2020-01-01"]).tz_localize("UTC")),
        (np.array([1], np.uint8), [1]),
    ],
)
def test_equal_values_have_equal_fingerprints(left: Any, right: Any) -> None:
    first, second = (as_table(pd.DataFrame({"c": values})) for values in (left, right))
    assert np.array_equal(row_fingerprints(first), row_fingerprints(second))
    assert shared_rows(first, second) == first.rows


def test_fingerprints_tell_columns_and_containers_apart_only_where_values_differ() -> None:
    pandas = as_table(pd.DataFrame({"a": [1, 2, 3], "b": ["x", "y", None]}))
    polars = as_table(pl.DataFrame({"a": [1, 2, 3], "b": ["x", "y", None]}))
    swapped = as_table(pd.DataFrame({"b": ["x", "y", "z"], "a": [1, 2, 3]}))
    assert shared_rows(pandas, polars) == 3
    assert shared_rows(pandas, swapped) == 2  # by name
    assert shared_rows(as_table(pd.DataFrame({"a": [1], "b": [2]})), as_table(np.array([[2, 1]]))) == 0
    assert shared_rows(as_table(np.array([[1, 2]])), as_table(np.array([[1, 2, 3]]))) == 0


@given(npst.arrays(np.float64, npst.array_shapes(min_dims=2, max_dims=2, max_side=6)), st.randoms())
def test_fingerprints_follow_their_rows(values: Any, random: Any) -> None:
    order = list(range(len(values)))
    random.shuffle(order)
    prints = row_fingerprints(as_table(values))
    assert np.array_equal(row_fingerprints(as_table(values[order])), prints[order])
    distinct = {tuple(None if v != v else v + 0.0 for v in row) for row in values.tolist()}
    assert len(np.unique(prints)) == len(distinct)
