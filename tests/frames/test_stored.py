"""pandas objects as text: what comes back is the same, and a text that nobody wrote is refused."""

from __future__ import annotations

import datetime
import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ipymlops.errors import BadInput
from ipymlops.frames.stored import from_text, is_pandas, to_text

CATEGORIES = pd.Categorical(["a", "b", None, "a"], categories=["b", "a", "z"], ordered=True)
TABLE = pd.DataFrame(
    {
        "a": [1.0, np.nan, -0.0],
        "b": [1, 2, 3],
        "c": ["x", None, "z"],
        "d": pd.Categorical(["u", "v", "u"]),
        "t": pd.date_range("2020-01-01", periods=3, tz="Europe/Berlin"),
        "o": pd.Series([1, True, 2.5], dtype=object),
        "m": pd.array([1, None, 3], dtype="Int64"),
    }
)
TEXTS = pd.Series(["a", None], dtype="string")
KEPT: dict[str, Any] = {
    "medians": TABLE[["a", "b"]].median(),
    "modes of columns of all kinds": TABLE.mode().iloc[0],
    "a table": TABLE,
    "rows in another order": TABLE.iloc[[2, 0]],
    "a table of nothing": pd.DataFrame(),
    "a column of nothing": pd.Series(dtype=float),
    "names twice": pd.DataFrame([[1, 2]], columns=["a", "a"]),
    "numbers for names": pd.DataFrame([[1, 2.5]]),
    "texts": TABLE["c"],
    "texts that Python holds": pd.Series(["a", None], dtype=pd.StringDtype("python")),
    "a column with names": pd.Series([1, 2], name="n", index=pd.Index(["a", "b"], name="k")),
    "single precision": pd.Series(np.array([1, 2], dtype="f4")),
    "complex numbers": pd.Series([1 + 2j]),
    "NumPy's values as objects": pd.Series([np.float64(1), np.int64(3), True, None], dtype=object),
    "categories": CATEGORIES,
    "a column of categories": pd.Series(CATEGORIES),
    "an index of categories": pd.CategoricalIndex(CATEGORIES),
    "counts": TABLE["d"].value_counts(),
    "counts of missing values": TABLE.isna().sum(),
    "column names": TABLE.columns,
    "a range": pd.RangeIndex(5, 1, -2, name="r"),
    "days": pd.date_range("2020", periods=4, freq="D"),
    "hours": pd.timedelta_range("1h", periods=3),
    "months": pd.period_range("2020-01", periods=3, freq="M"),
    "a fixed offset": pd.Series(pd.to_datetime(["2020-01-01T00:00+02:00"])),
    "intervals": pd.interval_range(0, 3),
    "a cut": pd.cut(pd.Series([1, 2, 3]), 2),
    "the bins of a cut": pd.qcut(pd.Series(range(9)), 3).cat.categories,
    "means of groups": TABLE.groupby(["b", "c"])["a"].mean(),
    "levels": pd.MultiIndex.from_product([["a", "b"], [1, 2]], names=["q", None]),
    "columns of levels": TABLE.groupby("d", observed=True)[["a", "b"]].agg(["mean", "max"]),
    "tuples as labels": pd.Series([1], index=pd.Index([("a", 1)], tupleize_cols=False)),
    "truths that may miss": pd.array([True, None], dtype="boolean"),
    "numbers that may miss": pd.array([1.5, None], dtype="Float32"),
    "a time": pd.Timestamp("2020-01-01 12:34:56.123456789"),
    "a time with a zone": pd.Timestamp("2020-01-01", tz="UTC"),
    "a time in seconds": pd.Timestamp("2020-01-01").as_unit("s"),
    "a time span": pd.Timedelta("3h"),
    "a month": pd.Period("2020-01", "M"),
    "an interval": pd.Interval(0, 1),
    "NA": pd.NA,
    "NaT": pd.NaT,
}


@pytest.mark.parametrize("name", KEPT)
def test_what_is_read_is_what_was_written(name: str) -> None:
    value = KEPT[name]
    assert is_pandas(value)
    text = to_text(value)
    read = from_text(text)
    assert type(read) is type(value)
    assert to_text(read) == text
    if isinstance(value, pd.DataFrame):
        pd.testing.assert_frame_equal(read, value, check_exact=True)
    elif isinstance(value, pd.Series):
        pd.testing.assert_series_equal(read, value, check_exact=True)
    elif isinstance(value, pd.Index):
        pd.testing.assert_index_equal(read, value, exact=True, check_exact=True)
    elif isinstance(value, pd.api.extensions.ExtensionArray):
        pd.testing.assert_extension_array_equal(read, value, check_exact=True)
    else:
        assert read is value or (read == value and getattr(read, "unit", "") == getattr(value, "unit", ""))


def test_bits_are_kept() -> None:
    odd = np.array([0x7FF8000000000001, 0x8000000000000000, 1], dtype=np.uint64).view(np.float64)
    read = from_text(to_text(pd.Series(odd)))
    assert read.to_numpy().view(np.uint64).tolist() == odd.view(np.uint64).tolist()
    read.iloc[0] = 1.0  # its memory is its own


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (pd.Series([datetime.date(2020, 1, 1)]), "Found a datetime.date"),
        (pd.Series([{}]), "Found a builtins.dict"),
        (pd.Series(pd.arrays.SparseArray([0, 1])), r"type Sparse\[int64, 0\]"),
        (TABLE.groupby("b"), "DataFrameGroupBy"),
    ],
)
def test_other_kinds_are_refused_by_name(value: Any, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        to_text(value)


def _changed(value: Any, **changes: Any) -> str:
    record = json.loads(to_text(value))
    place = record["values"]
    place.update(changes)
    return json.dumps(record)


NINES = json.loads(to_text(pd.Series([9] * 4)))["values"]
HOSTILE = {
    "no JSON": "pickle",
    "no record": "[]",
    "another kind": '{"is": "call"}',
    "deep": '{"is":"single","of":' + '{"is":"tuple","of":[' * 5000 + "]}" * 5000 + "}",
    "objects as numbers": _changed(pd.Series([1.0]), type="|O"),
    "records as numbers": _changed(pd.Series([1.0]), type="i4,i4"),
    "no base 64": _changed(pd.Series([1.0]), of="!!"),
    "half a number": _changed(pd.Series([1.0]), of="AAAA"),
    "fewer values than labels": _changed(pd.Series([1.0, 2.0]), of="AAAAAAAAAAA="),
    "codes outside of the categories": _changed(pd.Series(CATEGORIES), codes=NINES),
    "a zone of a file": _changed(pd.Series(TABLE["t"]), tz="dateutil//etc/passwd"),
    "a zone that is long": _changed(pd.Series(TABLE["t"]), tz="A" * 100),
    "texts that are records": _changed(TEXTS, of=["x", {}]),
    "a storage of texts": _changed(TEXTS, storage="mine"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_text_that_nobody_wrote_is_refused(name: str) -> None:
    with pytest.raises(ValueError):
        from_text(HOSTILE[name])
