"""Tables from files, and to Parquet and back."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from ipymlops.errors import BadInput
from ipymlops.frames import as_table, from_parquet, read_table, row_fingerprints, to_parquet

POLARS = pl.DataFrame(
    {"number": [1.5, None], "day": [dt.date(2020, 1, 1), None], "word": ["x", None], "yes": [True, None]}
)


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
