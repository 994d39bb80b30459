"""Tables from files, and to Parquet and back."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipymlops.errors import BadInput
from ipymlops.frames import Kind, as_table, from_parquet, read_table, row_fingerprints, to_parquet

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
        ("data.csv", "name\nMüller\n".encode("utf-16"), "data.csv' in UTF-16.*UTF-8.*encoding='utf-16'"),
        ("data.csv", "name\nMüller\n".encode("latin-1"), "another encoding than UTF-8.*save it as UTF-8"),
        ("data.csv", "Straße\nMüller\n".encode("latin-1"), "another encoding than UTF-8.*save it as UTF-8"),
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
    ("kind", "written", "found", "values"),
    [
        ("category", ["01067", "", "80331"], "category", ["01067", None, "80331"]),
        ("category", ["1.50", "2e3"], "category", ["1.50", "2e3"]),
        ("category", ["True", "False"], "category", ["True", "False"]),
        ("category", ["2026-01-31", "x"], "category", ["2026-01-31", "x"]),
        ("datetime", ["2026-01-31", "2026-02-28 12:30"], "datetime", [1769817600.0, 1772281800.0]),
        ("datetime", ["20260131", ""], "datetime", [1769817600.0, None]),
        ("datetime", ["2026-01-31T01:00+01:00", "2026-07-01T02:00+02:00"], "datetime", [1769817600.0, 1782864000.0]),
        ("datetime", ["01/02/2026", "03/02/2026"], "category", ["01/02/2026", "03/02/2026"]),
        ("datetime", ["2026-01-31", "soon"], "category", ["2026-01-31", "soon"]),
        ("boolean", ["True", "false"], "boolean", [1.0, 0.0]),
        ("boolean", ["1", "0"], "boolean", [1.0, 0.0]),
        ("boolean", ["True", "", "False"], "boolean", [1.0, None, 0.0]),
        ("boolean", ["yes", "no"], "category", ["yes", "no"]),
        ("boolean", ["1", "2"], "category", ["1", "2"]),
        ("number", ["1.5", "2"], "number", [1.5, 2.0]),
        ("integer", ["1", "2.5"], "number", [1.0, 2.5]),
        ("integer", ["1", "x"], "category", ["1", "x"]),
        ("unsupported", ["1", "2"], "integer", [1.0, 2.0]),
    ],
)
def test_a_csv_column_is_read_as_the_kind_it_should_be(
    tmp_path: Path, kind: Kind, written: list[str], found: Kind, values: list[Any]
) -> None:
    path = tmp_path / "data.csv"
    path.write_text("other,c\n" + "".join(f"7,{text}\n" for text in written), encoding="utf-8")
    table = as_table(read_table(path, like={"c": kind, "absent": "category"}))
    assert table.kinds == {"other": "integer", "c": found}
    if found == "category":
        assert table.strings("c").tolist() == values
    else:
        assert [None if np.isnan(v) else v for v in table.numbers("c")] == values


def test_a_parquet_file_says_itself_what_its_columns_are(tmp_path: Path) -> None:
    path = tmp_path / "data.parquet"
    pd.DataFrame({"zip": [1067], "when": ["2026-01-31"]}).to_parquet(path)
    assert as_table(read_table(path, like={"zip": "category", "when": "datetime"})).kinds == {
        "zip": "integer",
        "when": "category",
    }


TABLES = st.builds(
    lambda codes, days, flags: pd.DataFrame({"zip": codes, "when": pd.to_datetime(days), "ok": flags}),
    st.lists(st.from_regex(r"\A[0-9]{1,5}\Z"), min_size=4, max_size=4),
    st.lists(st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2200, 1, 1)), min_size=4, max_size=4),
    st.lists(st.booleans(), min_size=4, max_size=4),
)


@given(TABLES)
def test_a_table_written_to_csv_comes_back_row_for_row(data: pd.DataFrame) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "data.csv")
        data.to_csv(path, index=False)
        table = as_table(data)
        back = as_table(read_table(path, like=table.kinds))
    assert back.kinds == table.kinds
    assert np.array_equal(row_fingerprints(back), row_fingerprints(table))
