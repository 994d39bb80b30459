"""A table in parts says what the whole says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from ipymlops.errors import BadInput
from ipymlops.frames import Table, as_table
from ipymlops.partitions import chunks, summarise

DATA = pd.DataFrame({"n": np.arange(10), "s": list("abcdefghij")})


def letters(table: Table) -> str:
    return "".join(table.strings("s"))


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("rows", [1, 3, 4, 10, 99])
def test_parts_are_merged_in_their_order(rows: int, threads: int) -> None:
    said = summarise(chunks(as_table(DATA), rows), letters, lambda a, b: a + b, threads=threads)
    assert said == "abcdefghij"


def test_no_part_is_an_error() -> None:
    with pytest.raises(BadInput, match="no rows"):
        summarise([], letters, lambda a, b: a + b)


@pytest.mark.parametrize("data", [DATA, pa.Table.from_pandas(DATA), DATA[["n"]].to_numpy()])
def test_chunks_keep_container_and_names(data: Any) -> None:
    table = as_table(data)
    parts = list(chunks(table, 4))
    assert [part.rows for part in parts] == [4, 4, 2]
    assert {part.container for part in parts} == {table.container}
    assert {part.names for part in parts} == {table.names}
