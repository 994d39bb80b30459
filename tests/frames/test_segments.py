"""Tables cut by the values of a column."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from ipymlops.errors import BadInput, UnknownName
from ipymlops.frames import as_table
from ipymlops.frames.segments import segments
from ipymlops.frames.windows import Window


def found(cut: tuple[tuple[Window, ...], int]) -> tuple[dict[str, list[int]], int]:
    return {s.label: s.rows.tolist() for s in cut[0]}, cut[1]


@pytest.mark.parametrize(
    ("values", "expected", "without"),
    [
        (["b", "a", None, "b"], {"a": [1], "b": [0, 3]}, 1),
        (pd.Categorical(["b", "a", None, "b"], categories=["c", "b", "a"]), {"a": [1], "b": [0, 3]}, 1),
        ([True, False, True], {"False": [1], "True": [0, 2]}, 0),
        (pd.array([True, None, False], dtype="boolean"), {"False": [2], "True": [0]}, 1),
        ([10, 9, 10], {"9": [1], "10": [0, 2]}, 0),  # numbers in the order of numbers
        (pd.array([1, None, 2], dtype="Int64"), {"1": [0], "2": [2]}, 1),
        (pd.array([None, None], dtype="string"), {}, 2),
    ],
)
def test_values_and_their_rows(values: Any, expected: dict[str, list[int]], without: int) -> None:
    assert found(segments(as_table(pd.DataFrame({"s": pd.Series(values)})), "s")) == (expected, without)


def test_polars_reads_the_same() -> None:
    table = as_table(pl.DataFrame({"s": ["b", "a", None, "b"]}))
    assert found(segments(table, "s")) == ({"a": [1], "b": [0, 3]}, 1)


def test_whole_numbers_that_became_fractions_by_a_missing_value_are_read_as_before() -> None:
    later = as_table(pd.DataFrame({"s": [1.0, np.nan, 2.0]}))
    assert found(segments(later, "s", like="integer")) == ({"1": [0], "2": [2]}, 1)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (np.arange(51), "51 values in column 's'"),
        ([0.5, 1.5], "holds numbers"),
        (pd.to_datetime(["2026-01-01"]), "holds times.*--by month"),
    ],
)
def test_what_does_not_cut_is_refused_in_one_line(values: Any, said: str) -> None:
    with pytest.raises(BadInput, match=said) as refused:
        segments(as_table(pd.DataFrame({"s": values})), "s")
    assert "\n" not in str(refused.value)


def test_a_column_that_is_not_there() -> None:
    with pytest.raises(UnknownName, match="regoin"):
        segments(as_table(pd.DataFrame({"region": ["a"]})), "regoin")
