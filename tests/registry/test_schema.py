from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipymlops.errors import BadInput, IntegrityError
from ipymlops.frames import as_table
from ipymlops.registry.schema import MANY_CATEGORIES, ColumnSchema, Schema


def training() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "income": [1000.0, None, 3000.0],
            "children": [0, 2, 1],
            "home": ["rent", "own", None],
            "insured": [True, False, True],
            "since": pd.to_datetime(["2020-01-01", "2021-06-01", "2020-03-03"]),
        }
    )


SCHEMA = Schema.of(as_table(training()), task="binary", target="default", classes=(0, 1))
ARRAY = Schema.of(as_table(np.arange(6.0).reshape(2, 3)), task="regression")


def test_a_schema_says_what_training_saw() -> None:
    assert SCHEMA.columns == (
        ColumnSchema("income", "number", True, 1000.0, 3000.0),
        ColumnSchema("children", "integer", False, 0.0, 2.0),
        ColumnSchema("home", "category", True, categories=("own", "rent"), distinct=2),
        ColumnSchema("insured", "boolean", False),
        ColumnSchema("since", "datetime", False, "2020-01-01T00:00:00+00:00", "2021-06-01T00:00:00+00:00"),
    )
    assert (SCHEMA.task, SCHEMA.target, SCHEMA.classes, SCHEMA.container) == ("binary", "default", ("0", "1"), "pandas")


def test_many_categories_are_counted_and_not_listed() -> None:
    table = as_table(pd.DataFrame({"id": [f"n{i}" for i in range(MANY_CATEGORIES + 1)]}))
    (column,) = Schema.of(table, task="binary").columns
    assert (column.categories, column.distinct) == (None, MANY_CATEGORIES + 1)


def test_a_column_without_values_has_no_range() -> None:
    (column,) = Schema.of(as_table(pd.DataFrame({"a": [np.nan, np.inf]})), task="binary").columns
    assert (column.low, column.high) == (None, None)


@pytest.mark.parametrize("schema", [SCHEMA, ARRAY])
def test_a_schema_survives_its_file(schema: Schema) -> None:
    assert Schema.from_json(schema.to_json()) == schema
    assert Schema.from_json(schema.to_json()).to_json() == schema.to_json()


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{}", b'{"columns": 3}', SCHEMA.to_json().replace(b'"number"', b'"eval"')]
)
def test_a_file_that_is_no_schema(data: bytes) -> None:
    with pytest.raises(IntegrityError, match=r"schema\.json cannot be read"):
        Schema.from_json(data)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            lambda t: t.drop(columns="income"),
            r"from the table: income\. Expected: the 5 columns income, children",
        ),
        (lambda t: t.drop(columns=["home", "income"]), "Missing from the table: income, home"),
        (lambda t: t.assign(income="much"), "'income' is category, not number"),
        (lambda t: t.assign(home=3.5), "'home' is number, not category"),
        (lambda t: t.assign(since=["x", "y", "z"]), "'since' is category, not datetime"),
        (lambda t: t.assign(income="a", children="b", home=1, insured="c", since=1), r"and 2 more"),
        (lambda t: t.to_numpy()[:, :2], "Found 2 columns. Expected: 5"),
    ],
)
def test_a_table_that_the_model_cannot_take(change: Any, words: str) -> None:
    with pytest.raises(BadInput, match=words) as caught:
        SCHEMA.conform(change(training()))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "notes"),
    [
        (lambda t: t, ()),
        (lambda t: t.assign(extra=1, more=2), ("ignored, because the model does not take them: extra, more",)),
        (lambda t: t[t.columns[::-1]], ("columns were put into the order of training",)),
        (lambda t: t.assign(children=t["children"] + 0.5), ("'children' is number, was integer in training",)),
        (lambda t: t.assign(home=np.nan), ("'home' is number, was category in training",)),
        (lambda t: t.assign(home=t["home"].astype("category")), ()),
    ],
)
def test_a_table_that_the_model_can_take_with_a_note(change: Any, notes: tuple[str, ...]) -> None:
    table = as_table(change(training()))
    assert SCHEMA.check(table) == notes
    assert list(SCHEMA.conform(table.native).columns) == list(SCHEMA.names)


def test_the_library_of_the_table_is_kept() -> None:
    table = training()
    assert isinstance(SCHEMA.conform(pl.from_pandas(table).with_columns(x=1)), pl.DataFrame)
    assert SCHEMA.conform(pl.from_pandas(table)).columns == list(SCHEMA.names)
    assert SCHEMA.conform(pl.from_pandas(table).to_arrow()).column_names == list(SCHEMA.names)


def test_arrays_and_tables_take_each_others_place_by_position() -> None:
    array = np.arange(6.0).reshape(2, 3)
    frame = pd.DataFrame(array, columns=["a", "b", "c"])
    by_name = Schema.of(as_table(frame), task="regression")
    assert (ARRAY.conform(frame) == array).all()
    assert (ARRAY.conform(pl.from_pandas(frame)) == array).all()
    assert (ARRAY.conform(frame.set_axis(["x2", "x0", "x1"], axis=1)) == array[:, [1, 2, 0]]).all()
    assert by_name.conform(array).equals(frame)
    with pytest.raises(BadInput, match=r"Found 2 columns\. Expected: 3"):
        ARRAY.conform(array[:, :2])


@given(st.permutations(range(5)), st.integers(0, 4))
def test_any_order_comes_back_in_the_order_of_training(order: list[int], extra: int) -> None:
    table = training()
    shuffled = table.iloc[:, order]
    shuffled.insert(extra, "extra", 1)
    assert SCHEMA.conform(shuffled).equals(table)
