from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest

from ipymlops.frames import as_table
from ipymlops.frames.encoding import LEVELS, Encoding

FRAME = pd.DataFrame(
    {
        "age": [31.0, np.nan, 45.0],
        "city": ["Rome", "Oslo", "Rome"],
        "owner": [True, False, True],
        "since": pd.to_datetime(["2026-01-01", None, "1970-01-02"]),
    }
)


@pytest.mark.parametrize("frame", [FRAME, pl.from_pandas(FRAME)], ids=["pandas", "polars"])
def test_each_kind_as_numbers(frame: object) -> None:
    encoding = Encoding.of(as_table(frame))
    assert encoding.categorical == (False, True, True, False)
    expected = [[31, 0, 0, 1767225600], [np.nan, 1, 1, np.nan], [45, 0, 0, 86400]]
    assert np.array_equal(encoding.matrix(as_table(frame)), expected, equal_nan=True)


def test_another_table_is_read_the_same_way() -> None:
    encoding = Encoding.of(as_table(FRAME))
    other = pd.DataFrame({"city": ["Oslo", "Bergen", None], "age": ["old", "young", "old"], "owner": [1, 0, 1]})
    found = encoding.matrix(as_table(other))
    assert np.array_equal(found[:, 1], [1, np.nan, np.nan], equal_nan=True)  # unseen and missing say nothing
    assert np.isnan(found[:, [0, 3]]).all()  # another kind, and a column that is not there
    assert np.isinf(as_table(pd.DataFrame({"age": [np.inf]})).numbers("age")).all()
    assert np.isnan(encoding.matrix(as_table(pd.DataFrame({"age": [np.inf]})))).all()


def test_rare_categories_share_a_code() -> None:
    many = pd.DataFrame({"id": [f"c{i:04}" for i in range(400)] + ["c0399"] * 5})
    found = Encoding.of(as_table(many)).matrix(as_table(many))[:, 0]
    assert found.max() == LEVELS - 1
    assert found[-1] == 0  # the most frequent first


def test_categories_of_several_tables_are_ranked_together() -> None:
    one, other = (as_table(pd.DataFrame({"c": values})) for values in (["a", "b"], ["z", "z", "z", None]))
    encoding = Encoding.of(one, other)
    assert encoding.codes == {"c": {"z": 0, "a": 1, "b": 2}}
    assert encoding.matrix(other)[:3, 0].tolist() == [0, 0, 0]
