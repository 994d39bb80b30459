"""Tables of every container and every kind of column."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from ipymlops.errors import BadInput
from ipymlops.frames import as_table, from_parquet, read_table, row_fingerprints, shared_rows, to_parquet, vector

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
        (3, "a int"),
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
    "data",
    [
        pd.DataFrame({"a": [1, 2], "b": ["x", None], "c": pd.Categorical(["u", "v"])}, index=[5, 3]),
        POLARS,
        POLARS.to_arrow(),
        np.arange(6, dtype=np.float32).reshape(2, 3),
        pd.DataFrame({0: [1], "a": [2]}),
    ],
    ids=["pandas", "polars", "pyarrow", "numpy", "mixed names"],
)
def test_parquet_gives_the_table_back_and_the_same_bytes(data: Any) -> None:
    table = as_table(data)
    stored = to_parquet(table)
    assert stored == to_parquet(as_table(data))
    back = from_parquet(stored, table.container)
    assert type(back) is type(data)
    again = as_table(back, None if table.container != "numpy" else table.names)
    assert again.names == table.names
    assert again.kinds == table.kinds
    assert np.array_equal(row_fingerprints(again), row_fingerprints(table))


def test_parquet_bytes_leave_out_the_index_and_the_notes() -> None:
    plain = pd.DataFrame({"a": [1, 2]})
    noted = pd.DataFrame({"a": [1, 2]}, index=[9, 8])
    noted.attrs["source"] = object()
    assert to_parquet(as_table(plain)) == to_parquet(as_table(noted))


def test_a_column_of_mixed_types_cannot_be_stored() -> None:
    with pytest.raises(BadInput, match=r"cannot be stored.*one type"):
        to_parquet(as_table(pd.DataFrame({"a": [1, "x"]})))


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".feather", ".arrow"])
def test_files_are_read(tmp_path: Path, suffix: str) -> None:
    data, path = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}), tmp_path / f"data{suffix}"
    write = {".csv": lambda p: data.to_csv(p, index=False), ".parquet": data.to_parquet}.get(suffix, data.to_feather)
    write(path)
    assert read_table(path).to_dict("list") == {"a": [1, 2], "b": ["x", "y"]}


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("data.parquet", b"no parquet", "could not be read"),
        ("data.arrow", b"no arrow", "could not be read"),
        ("data.csv", b"", "could not be read"),
        ("data.csv", b"\xff\xfe\x00", "could not be read"),
        ("data.csv", b"a,b\n1,2,3,4\n1\n1,2,3,4,5,6\n", "could not be read"),
        ("data.xlsx", b"", "data.xlsx.*csv"),
        ("data.csv", None, "No file is at"),
    ],
)
def test_bad_files(tmp_path: Path, name: str, content: bytes | None, said: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInput, match=said) as caught:
        read_table(tmp_path / name)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pd.Series([1, 2]), [1, 2]),
        (pd.DataFrame({"y": [1, 2]}), [1, 2]),
        (pl.Series([1, 2]), [1, 2]),
        (np.array([[1], [2]]), [1, 2]),
        (pd.Series(pd.Categorical(["a", "b"])), ["a", "b"]),
        ((1, 2), [1, 2]),
    ],
)
def test_vector(values: Any, expected: list[Any]) -> None:
    assert vector(values).tolist() == expected


def test_vector_refuses_a_table() -> None:
    with pytest.raises(BadInput, match=r"shape \(2, 2\)"):
        vector(np.eye(2))


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


@settings(deadline=None)
@given(npst.arrays(np.float64, npst.array_shapes(min_dims=2, max_dims=2, max_side=6)), st.randoms())
def test_fingerprints_follow_their_rows(values: Any, random: Any) -> None:
    order = list(range(len(values)))
    random.shuffle(order)
    prints = row_fingerprints(as_table(values))
    assert np.array_equal(row_fingerprints(as_table(values[order])), prints[order])
    distinct = {tuple(None if v != v else v + 0.0 for v in row) for row in values.tolist()}
    assert len(np.unique(prints)) == len(distinct)
