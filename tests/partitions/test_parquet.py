"""Which files make up a table, and what is said where they do not."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ipymlops.errors import BadInput
from ipymlops.frames import Kind, Table
from ipymlops.partitions import folder_keys, in_threads, is_parquet, open_parquet, parquet, row_groups

DATA = pd.DataFrame({"n": np.arange(10), "s": list("abcdefghij")})


def put(path: Path, frame: pd.DataFrame = DATA) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.to_parquet(path, row_group_size=4)
    return path


def test_row_groups_of_a_file(tmp_path: Path) -> None:
    parts = list(row_groups(put(tmp_path / "data.parquet")))
    assert [part.rows for part in parts] == [4, 4, 2]
    assert np.concatenate([part.numbers("n") for part in parts]).tolist() == list(range(10))
    assert "".join(letter for part in parts for letter in part.strings("s")) == "abcdefghij"
    assert {part.kinds["s"] for part in parts} == {"category"}


@pytest.mark.parametrize("content", [b"nothing", None])
def test_no_parquet_file(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "data.parquet"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadInput, match=r"data.parquet.*could not be read"):
        list(row_groups(path))


@pytest.mark.parametrize("values", [1, 7, 1000])
def test_every_value_comes_once_and_in_order(tmp_path: Path, values: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "VALUES", values)
    for name in ("b", "a"):
        put(tmp_path / f"{name}.parquet", DATA.assign(s=DATA["s"] + name))
    seen: dict[str, list[str]] = {"n": [], "s": []}

    def read(table: Table) -> dict[str, list[str]]:
        assert table.rows * len(table.names) <= max(values, table.rows)
        return {name: list(table.strings(name)) for name in table.names}

    for piece in open_parquet(tmp_path).each(["n", "s"], read):
        for name, column in piece.items():
            seen[name] += column
    assert seen == {
        "n": [str(n) for n in range(10)] * 2,
        "s": [letter + name for name in "ab" for letter in "abcdefghij"],
    }


def test_a_column_beside_is_in_every_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "VALUES", 1)
    table = open_parquet(put(tmp_path / "data.parquet", DATA.assign(t=0.5)))
    assert set(table.each(["n", "s"], lambda t: t.names, beside=["t"])) == {("n", "t"), ("s", "t")}


BAD: dict[str, tuple[Callable[[Path], object], str]] = {
    "empty": (lambda root: None, "no Parquet file in the folder"),
    "only hidden files": (lambda root: put(root / "_temporary" / "a.parquet"), "no Parquet file in the folder"),
    "another file": (lambda root: (put(root / "a.parquet"), (root / "b.txt").touch()), "'b.txt'.*Parquet files only"),
    "a column less": (
        lambda root: (put(root / "a.parquet"), put(root / "b.parquet", DATA[["n"]])),
        "no column 's' in 'b.parquet', which 'a.parquet' has",
    ),
    "a column more": (
        lambda root: (put(root / "a.parquet", DATA[["n"]]), put(root / "b.parquet")),
        "no column 's' in 'a.parquet', which 'b.parquet' has",
    ),
    "another type": (
        lambda root: (put(root / "a.parquet"), put(root / "b.parquet", DATA.assign(n="x"))),
        "'n' of kind category in 'b.parquet', integer in 'a.parquet'",
    ),
    "a folder's key missing": (
        lambda root: (put(root / "k=1" / "a.parquet"), put(root / "b.parquet")),
        "no column 'k' in 'a.parquet', which 'b.parquet' has|no column 'k' in 'b.parquet', which 'a.parquet' has",
    ),
    "no Parquet inside": (
        lambda root: (put(root / "a.parquet"), (root / "b.parquet").write_bytes(b"PAR")),
        "'b.parquet' could not be read",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_folders_that_are_no_table(tmp_path: Path, case: str) -> None:
    make, said = BAD[case]
    make(tmp_path)
    with pytest.raises(BadInput, match=said) as raised:
        open_parquet(tmp_path)
    assert "\n" not in str(raised.value)


def test_columns_that_nobody_wants_may_differ(tmp_path: Path) -> None:
    put(tmp_path / "a.parquet")
    put(tmp_path / "b.parquet", DATA[["n"]].assign(more=1))
    assert open_parquet(tmp_path, {"n": "integer"}).rows == 20


@pytest.mark.parametrize("other", [DATA["n"] + 0.5, [None] * 10], ids=["fractions", "nothing"])
def test_gaps_do_not_make_another_schema(tmp_path: Path, other: object) -> None:
    put(tmp_path / "a.parquet")
    put(tmp_path / "b.parquet", DATA.assign(n=other))
    total = sum(open_parquet(tmp_path).each(["n"], lambda t: int(t.missing("n").sum())))
    assert total == (10 if isinstance(other, list) else 0)


def test_the_index_of_pandas_is_no_column(tmp_path: Path) -> None:
    table = open_parquet(put(tmp_path / "data.parquet", DATA.set_index("s")))
    assert list(table.kinds) == ["n"]


def test_a_path_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="No file is at"):
        open_parquet(tmp_path / "gone.parquet")


def test_a_file_cut_short_is_named(tmp_path: Path) -> None:
    path = put(tmp_path / "data.parquet", pd.DataFrame({"n": np.random.default_rng(0).random(10_000)}))
    table = open_parquet(path)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(BadInput, match=r"data.parquet.*could not be read"):
        list(table.each(["n"], lambda t: t.rows))


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        (["1", "2"], None, "int64"),
        (["01", "02"], None, "texts"),
        (["01", "02"], "integer", "int64"),
        (["1", "2"], "category", "texts"),
        (["1", "x"], "integer", "texts"),
        (["1.5", "2"], "integer", "double"),
        (["true", "false"], "boolean", "bool"),
        (["2026-01-02", None], "datetime", "timestamp[us]"),
        ([None], None, "texts"),
    ],
)
def test_types_of_folder_names(values: list[str | None], kind: Kind | None, expected: str) -> None:
    found = folder_keys.type_of(values, kind)
    assert ("texts" if pa.types.is_dictionary(found) else str(found)) == expected
    for value in values:
        column = folder_keys.column(value, found, 3)
        assert (len(column), column.null_count) == (3, 3 if value is None else 0)


def test_folders_and_parquet_files_are_told(tmp_path: Path) -> None:
    paths = (tmp_path, "a.parquet", "a.PQ", "a.csv", "a")
    assert [is_parquet(path) for path in paths] == [True, True, True, False, False]


def test_threads_hold_few_parts_at_once() -> None:
    running, most, lock = 0, 0, threading.Lock()

    def work(n: int) -> int:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        threading.Event().wait(0.01)
        with lock:
            running -= 1
        return n

    assert list(in_threads(range(20), work, threads=3)) == list(range(20))
    assert most <= 3


def test_an_error_in_a_thread_is_the_callers() -> None:
    with pytest.raises(ZeroDivisionError):
        list(in_threads([1, 0, 1], lambda n: 1 / n))


def test_a_schema_is_kept_of_every_type(tmp_path: Path) -> None:
    table = pa.table({"f": pa.array([1.5], pa.float32()), "b": pa.array([b"x"]), "t": pa.array([1], pa.time32("s"))})
    pq.write_table(table, tmp_path / "data.parquet")
    assert open_parquet(tmp_path).kinds == {"f": "number", "b": "category", "t": "category"}
