"""Tables of every container and every kind of column."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from ipymlops.errors import BadInput
from ipymlops.frames import as_table, from_parquet, to_parquet, vector

DAYS = [dt.date(2020, 1, 1), None, dt.date(2021, 1, 1)]


SECONDS = [1577836800.0, math.nan, 1609459200.0]


PARIS = [s - 3600 for s in SECONDS]


STAMPS = pd.to_datetime(["2020-01-01", None, "2021-01-01"])


def same(values: Any, expected: Any) -> bool:
    return np.array_equal(np.asarray(values, dtype=float), np.asarray(expected, dtype=float), equal_nan=True)


@pytest.mark.parametrize(
    ("values", "kind", "numbers"),
    [
        pytest.param([1.5, math.nan, math.inf], "number", [1.5, math.nan, math.inf], id="floats with NaN and infinity"),
        pytest.param(np.array([1, 2, 255], np.uint8), "integer", [1, 2, 255], id="unsigned"),
        pytest.param(pd.array([1, None, 3], dtype="Int64"), "integer", [1, math.nan, 3], id="nullable integers"),
        pytest.param(pd.array([1, None, 3], dtype="int64[pyarrow]"), "integer", [1, math.nan, 3], id="arrow integers"),
        pytest.param(np.array([1, None, 2], object), "integer", [1, math.nan, 2], id="integers as objects"),
        pytest.param([1, None, 2.5], "number", [1, math.nan, 2.5], id="ints and floats"),
        pytest.param([Decimal("1.5"), None, Decimal(2)], "number", [1.5, math.nan, 2], id="decimals"),
        pytest.param([True, False, True], "boolean", [1, 0, 1], id="booleans"),
        pytest.param(pd.array([True, None, False], "boolean"), "boolean", [1, math.nan, 0], id="nullable booleans"),
        pytest.param([True, None, False], "boolean", [1, math.nan, 0], id="booleans as objects"),
        pytest.param(STAMPS, "datetime", SECONDS, id="times"),
        pytest.param(STAMPS.tz_localize("Europe/Paris"), "datetime", PARIS, id="times with a zone"),
        pytest.param(DAYS, "datetime", SECONDS, id="dates as objects"),
    ],
)
def test_pandas_columns_as_numbers(values: Any, kind: str, numbers: list[float]) -> None:
    table = as_table(pd.DataFrame({"c": values}))
    assert table.kinds["c"] == kind
    assert same(table.numbers("c"), numbers)
    assert table.missing("c").tolist() == [math.isnan(n) for n in numbers]
    assert table.numbers("c").dtype == np.float64


@pytest.mark.parametrize(
    ("values", "kind", "strings"),
    [
        pytest.param(["a", None, "b"], "category", ["a", None, "b"], id="strings"),
        pytest.param(np.array(["a", None, "b"], object), "category", ["a", None, "b"], id="strings as objects"),
        pytest.param(pd.Categorical(["x", "y", None]), "category", ["x", "y", None], id="categoricals"),
        pytest.param(pd.Categorical([1, 2, None]), "category", ["1", "2", None], id="categoricals of numbers"),
        pytest.param([1, "1", None], "category", ["1", "1", None], id="mixed"),
        pytest.param([1, True, "a"], "category", ["1", "True", "a"], id="values that hash alike"),
        pytest.param([None, None, None], "category", [None, None, None], id="nothing"),
        pytest.param([[1], None, {"a": 1}], "unsupported", ["[1]", None, "{'a': 1}"], id="nested"),
        pytest.param([1j, 2j, 3j], "unsupported", ["1j", "2j", "3j"], id="complex"),
    ],
)
def test_pandas_columns_as_strings(values: Any, kind: str, strings: list[str | None]) -> None:
    table = as_table(pd.DataFrame({"c": values}))
    assert table.kinds["c"] == kind
    assert table.strings("c").tolist() == strings
    assert table.missing("c").tolist() == [s is None for s in strings]


POLARS = pl.DataFrame(
    {
        "number": [1.5, None, math.nan],
        "integer": pl.Series([1, None, 2**53], dtype=pl.UInt64),
        "boolean": [True, None, False],
        "category": ["a", None, "b"],
        "enum": pl.Series(["a", None, "b"], dtype=pl.Enum(["a", "b"])),
        "date": DAYS,
        "zoned": pl.Series([dt.datetime(2020, 1, 1), None, dt.datetime(2021, 1, 1)]).dt.replace_time_zone(
            "Europe/Paris"
        ),
        "decimal": [Decimal("1.5"), None, Decimal(2)],
        "nested": [[1], None, [2]],
    }
)


@pytest.mark.parametrize("data", [POLARS, POLARS.to_arrow()], ids=["polars", "pyarrow"])
def test_polars_and_arrow_columns(data: Any) -> None:
    table = as_table(data)
    kinds = ["number", "integer", "boolean", "category", "category", "datetime", "datetime", "number", "unsupported"]
    assert list(table.kinds.values()) == kinds
    assert same(table.numbers("number"), [1.5, math.nan, math.nan])
    assert same(table.numbers("integer"), [1, math.nan, 2**53])
    assert table.strings("integer").tolist() == ["1", None, str(2**53)]
    assert same(table.numbers("boolean"), [1, math.nan, 0])
    assert same(table.numbers("decimal"), [1.5, math.nan, 2])
    assert same(table.numbers("date"), SECONDS)
    assert same(table.numbers("zoned"), PARIS)
    assert table.strings("category").tolist() == table.strings("enum").tolist() == ["a", None, "b"]
    assert table.missing("nested").tolist() == [False, True, False]
    assert type(table.head(2)) is type(table.take(np.array([2, 0]))) is type(data)
    assert as_table(table.take(np.array([2, 0]))).strings("category").tolist() == ["b", "a"]


def test_levels_point_at_distinct_values() -> None:
    values, codes = as_table(pd.DataFrame({"c": ["b", None, "a", "b"]})).levels("c")
    assert values.tolist() == ["b", "a"]
    assert codes.tolist() == [0, -1, 1, 0]


@pytest.mark.parametrize(
    ("data", "names"),
    [
        (np.zeros((2, 3)), ("x0", "x1", "x2")),
        ([[1, 2], [3, 4]], ("x0", "x1")),
        (pd.Series([1, 2], name="only"), ("only",)),
        (pl.Series("only", [1, 2]), ("only",)),
        (pd.DataFrame({0: [1], 1: [2]}), ("0", "1")),
        (pd.DataFrame({"b": [1], "a": [2]}, index=[7]), ("b", "a")),
    ],
)
def test_what_is_a_table(data: Any, names: tuple[str, ...]) -> None:
    assert as_table(data).names == names


def test_native_keeps_names_that_are_numbers() -> None:
    data = pd.DataFrame({0: [1, 2], 1: [3, 4]})
    table = as_table(data)
    assert list(table.head(1).columns) == list(table.take(np.array([1])).columns) == [0, 1]
    assert list(from_parquet(to_parquet(table)).columns) == [0, 1]
    assert as_table(table) is table


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "'a' more than once"),
        (pd.DataFrame([[1, 2]], columns=[1, "1"]), "'1' more than once"),
        (pa.table([[1], [2]], names=["a", "a"]), "'a' more than once"),
        (pd.DataFrame(np.eye(2), columns=pd.MultiIndex.from_tuples([("a", 1), ("a", 2)])), "2 levels"),
        (pd.DataFrame(), "without columns"),
        (3, "an int"),
        ({"a": [1]}, "a dict"),
        (None, "a NoneType"),
        (np.arange(3), r"shape \(3,\)"),
        (np.zeros((2, 0)), r"shape \(2, 0\)"),
        ([[1, 2], [3]], "different length"),
        (pl.DataFrame({"a": [1]}).lazy(), "LazyFrame.*collect"),
    ],
)
def test_what_is_no_table(data: Any, said: str) -> None:
    with pytest.raises(BadInput, match=said) as caught:
        as_table(data)
    assert "\n" not in str(caught.value)


def test_names_of_an_array_must_fit() -> None:
    with pytest.raises(BadInput, match="2 columns"):
        as_table(np.zeros((1, 2)), ["a"])
    with pytest.raises(BadInput, match="'a' more than once"):
        as_table(np.zeros((1, 2)), ["a", "a"])


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pd.Series([1, 2]), [1, 2]),
        (pd.DataFrame({"y": [1, 2]}), [1, 2]),
        (pl.Series([1, 2]), [1, 2]),
        (np.array([[1], [2]]), [1, 2]),
        (pd.Series(pd.Categorical(["a", "b"])), ["a", "b"]),
        (pa.chunked_array([["a", None], ["b"]]).dictionary_encode(), ["a", None, "b"]),
        ((1, 2), [1, 2]),
    ],
)
def test_vector(values: Any, expected: list[Any]) -> None:
    assert vector(values).tolist() == expected


def test_vector_refuses_a_table() -> None:
    with pytest.raises(BadInput, match=r"shape \(2, 2\)"):
        vector(np.eye(2))


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/New_York", "America/Argentina/Buenos_Aires"])
def test_times_of_every_zone_are_times(zone: str) -> None:
    """narwhals does not read the names of zones with an underscore."""
    frame = pd.DataFrame({"when": pd.to_datetime(["2026-01-31 12:00"]).tz_localize("UTC").tz_convert(zone)})
    table = as_table(frame)
    assert table.kinds == {"when": "datetime"}
    assert table.numbers("when").tolist() == [pd.Timestamp("2026-01-31 12:00").timestamp()]
    assert not table.missing("when").any()
