"""Rows with gaps and with new levels, for every kind of table and column."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from ipymlops.frames import as_table, can_miss, new_level, with_gaps, with_levels
from ipymlops.frames.odd_rows import NEW_TEXT

FRAME = pd.DataFrame(
    {
        "x": np.float32([1, 2, 3, 4]),
        "n": [1, 2, 3, 4],
        "b": [True, False, True, True],
        "c": list("uvuv"),
        "small": np.int8([1, 2, 3, 100]),
        "d": pd.date_range("2020-01-01", periods=4),
    }
)
PANDAS = FRAME.assign(
    k=FRAME["c"].astype("category"), q=FRAME["n"].astype("category"), N=FRAME["n"].astype("Int64"), o=[1, "u", None, 2]
)
POLARS = pl.from_pandas(FRAME).with_columns(e=pl.col("c").cast(pl.Enum(["u", "v"])))
FRAME_LEVELS = {"n": 8, "c": NEW_TEXT}
# table, the columns that cannot miss a value, the new levels by column
TABLES: dict[str, tuple[Any, set[str], dict[str, Any]]] = {
    "pandas": (PANDAS, set(), {**FRAME_LEVELS, "k": NEW_TEXT, "q": 5, "N": 8, "o": NEW_TEXT}),
    "polars": (POLARS, set(), FRAME_LEVELS),
    "pyarrow": (pa.Table.from_pandas(FRAME), set(), FRAME_LEVELS),
    "floats": (FRAME[["x", "x"]].to_numpy(), set(), {}),
    "integers": (FRAME[["n", "n"]].to_numpy(), set(), {"x0": 8, "x1": 8}),
    "small integers": (FRAME[["small", "small"]].to_numpy(), set(), {}),
    "truths": (FRAME[["b", "b"]].to_numpy(), set(), {}),
    "objects": (FRAME[["n", "c"]].to_numpy(dtype=object), set(), {"x0": 8, "x1": NEW_TEXT}),
    "texts": (FRAME[["c", "c"]].to_numpy().astype("U1"), {"x0", "x1"}, {"x0": NEW_TEXT, "x1": NEW_TEXT}),
    "a column": (FRAME["c"], set(), {"c": NEW_TEXT}),
}
ROWS = np.array([True, False, False, True])


@pytest.mark.parametrize(("data", "never", "levels"), TABLES.values(), ids=TABLES)
def test_only_the_cells_asked_for_are_changed(data: Any, never: set[str], levels: dict[str, Any]) -> None:
    table = as_table(data)
    assert {name for i, name in enumerate(table.names) if not can_miss(table, i)} == never
    found = {name: level for i, name in enumerate(table.names) if (level := new_level(table, i)) is not None}
    assert found == levels
    for i, name in enumerate(table.names):
        if name not in never:
            gaps = as_table(with_gaps(table, {i: ROWS}))
            assert type(gaps.native) is type(table.native)
            assert gaps.missing(name).tolist() == (table.missing(name) | ROWS).tolist()
            assert _texts(gaps, name)[1] == _texts(table, name)[1]
            _others_are_the_same(table, gaps, name)
        if name in levels:
            new = as_table(with_levels(table, {i: ROWS}, {i: levels[name]}))
            assert type(new.native) is type(table.native)
            assert [new.strings(name)[0], new.strings(name)[3]] == [str(levels[name])] * 2
            assert list(new.strings(name)[1:3]) == list(table.strings(name)[1:3])
            _others_are_the_same(table, new, name)


def _texts(table: Any, name: str) -> list[str | None]:
    """As text, truths and whole numbers as they are when they become floats."""
    same = {"False": "0", "True": "1"}
    return [None if text is None else same.get(text, text.removesuffix(".0")) for text in table.strings(name)]


def _others_are_the_same(one: Any, other: Any, changed: str) -> None:
    for name in set(one.names) - {changed}:
        assert _texts(one, name) == _texts(other, name)
