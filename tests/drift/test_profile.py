"""A profile's parts add up, and its bytes come back."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipymlops.drift.binning import is_single
from ipymlops.drift.profile import Profile
from ipymlops.drift.summaries import LEVELS, Levels, Numbers, Unread
from ipymlops.errors import BadInput, ProjectError
from ipymlops.frames import as_table
from ipymlops.partitions import chunks, row_groups, summarise

ROWS = 400


def mixed(seed: int = 0, rows: int = ROWS) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    amount = random.lognormal(size=rows)
    amount[::7] = np.nan
    return pd.DataFrame(
        {
            "amount": amount,
            "age": pd.array(np.where(random.random(rows) < 0.1, None, random.integers(18, 90, rows)), dtype="Int64"),
            "region": random.choice(["north", "south", None], rows),
            "owner": random.random(rows) < 0.3,
            "opened": pd.Timestamp("2024-01-01", tz="UTC") + pd.to_timedelta(random.integers(0, 10**7, rows), unit="s"),
            "nested": [[1]] * rows,
        }
    )


REFERENCE = Profile.of(as_table(mixed()), {"amount": 0.7, "age": 0.3})


def rows_of(names: tuple[str, ...] = ("a", "b", "c")) -> Any:
    return st.lists(
        st.tuples(st.one_of(st.none(), st.floats(width=32)), st.sampled_from([*names, None])), min_size=1, max_size=30
    )


def table_of(rows: list[tuple[float | None, str | None]]) -> Any:
    number = np.array([np.nan if n is None else n for n, _ in rows])
    return as_table(pd.DataFrame({"n": number, "s": pd.Series([s for _, s in rows], dtype="str")}))


def counted(profile: Profile) -> Any:
    number, level = profile.columns["n"], profile.columns["s"]
    assert isinstance(number, Numbers)
    assert isinstance(level, Levels)
    exact = (profile.rows, number.counts.tolist(), number.missing, number.infinite, number.low, number.high)
    return (*exact, dict(level.counts), dict(level.unseen), level.other, level.missing)


def moments(profile: Profile) -> tuple[float, float]:
    number = profile.columns["n"]
    assert isinstance(number, Numbers)
    return number.mean, number.std


@given(rows_of(), rows_of(), rows_of(("a", "d")), rows_of(("e",)))
def test_profiles_are_a_commutative_monoid(fixed: Any, one: Any, two: Any, three: Any) -> None:
    plan = Profile.of(table_of(fixed))
    x, y, z = (plan.measure(table_of(rows)) for rows in (one, two, three))
    assert counted(x.merge(y)) == counted(y.merge(x))
    assert counted(x.merge(y).merge(z)) == counted(x.merge(y.merge(z)))
    assert counted(x.merge(plan.empty())) == counted(plan.empty().merge(x)) == counted(x)
    whole = plan.measure(table_of(one + two + three))
    assert counted(x.merge(y).merge(z)) == counted(whole)
    assert moments(x.merge(y).merge(z)) == pytest.approx(moments(whole), rel=1e-6, abs=1e-6 * max(1, moments(whole)[1]))


@given(rows_of(), st.randoms())
def test_order_of_rows_changes_nothing(rows: Any, random: Any) -> None:
    shuffled = random.sample(rows, len(rows))
    assert counted(Profile.of(table_of(rows))) == counted(Profile.of(table_of(shuffled)))


@given(rows_of())
def test_the_references_own_rows_are_its_counts(rows: Any) -> None:
    profile = Profile.of(table_of(rows))
    assert counted(profile.measure(table_of(rows))) == counted(profile)
    assert Profile.from_bytes(profile.to_bytes()) == profile


def test_bytes_come_back_and_are_the_same() -> None:
    assert Profile.of(as_table(mixed()), {"amount": 0.7, "age": 0.3}).to_bytes() == REFERENCE.to_bytes()
    back = Profile.from_bytes(REFERENCE.to_bytes())
    assert back == REFERENCE
    assert back.importance == {"amount": 0.7, "age": 0.3}
    assert list(back.columns) == list(mixed().columns)
    assert back.measure(as_table(mixed(1))) == REFERENCE.measure(as_table(mixed(1)))
    assert Profile.of(as_table(mixed(1))) != REFERENCE


def test_fifty_columns_stay_under_a_megabyte() -> None:
    values = np.random.default_rng(0).normal(size=(20_000, 50))
    assert len(Profile.of(as_table(values)).to_bytes()) < 1_000_000


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{}", b"\xff", b'{"format":1,"rows":1,"columns":{"a":{}},"importance":{}}']
)
def test_other_bytes_are_no_profile(data: bytes) -> None:
    with pytest.raises(BadInput, match="no profile"):
        Profile.from_bytes(data)


def test_a_newer_format_is_refused() -> None:
    newer = json.dumps({**json.loads(REFERENCE.to_bytes()), "format": 3}).encode()
    with pytest.raises(ProjectError, match=r"format 3.*upgrade"):
        Profile.from_bytes(newer)


@pytest.mark.parametrize("rows", [1, 7, 150, ROWS])
def test_parts_in_memory_are_the_whole(rows: int) -> None:
    table = as_table(mixed(1))
    whole = REFERENCE.measure(table)
    for merged in (
        REFERENCE.measure_parts(chunks(table, rows)),
        summarise(chunks(table, rows), REFERENCE.measure, Profile.merge),
    ):
        assert merged.rows == ROWS
        assert strip(merged) == strip(whole)


def test_row_groups_are_the_whole(tmp_path: Path) -> None:
    arrow = pa.Table.from_pandas(mixed(1))
    pq.write_table(arrow, tmp_path / "data.parquet", row_group_size=150)
    merged = summarise(row_groups(tmp_path / "data.parquet"), REFERENCE.measure, Profile.merge)
    assert strip(merged) == strip(REFERENCE.measure(as_table(mixed(1))))


def strip(profile: Profile) -> Any:
    """Everything but the moments, which are equal up to rounding."""
    document = json.loads(profile.to_bytes())
    for column in document["columns"].values():
        column.pop("moments", None)
    return document


@pytest.mark.parametrize(
    "convert",
    [
        pl.from_pandas,
        pa.Table.from_pandas,
        lambda df: df.convert_dtypes(),
        lambda df: df.astype({"region": "category"}),
    ],
    ids=["polars", "pyarrow", "nullable", "categorical"],
)
def test_containers_say_the_same(convert: Any) -> None:
    data = mixed().drop(columns="nested")
    assert strip(Profile.of(as_table(convert(data)))) == strip(Profile.of(as_table(data)))


def test_a_numpy_table() -> None:
    profile = Profile.of(as_table(np.array([[1, 2.5], [3, np.nan]])))
    assert [column.kind for column in profile.columns.values()] == ["number", "number"]
    assert [column.missing for column in profile.columns.values()] == [0, 1]


def test_no_rows_and_other_bins_are_refused() -> None:
    with pytest.raises(BadInput, match="without rows"):
        Profile.of(as_table(pd.DataFrame({"a": []})))
    one, two = (Profile.of(as_table(np.array([[x], [2.0]]))) for x in (0.0, 1.0))
    with pytest.raises(BadInput, match="different bins"):
        one.merge(two)
    with pytest.raises(BadInput, match="'b' in one part only"):
        one.measure(as_table(np.array([[1.0]]))).merge(one.measure(as_table(np.array([[1.0, 2.0]]), ["x0", "b"])))


def of(values: Any) -> Any:
    return Profile.of(as_table(pd.DataFrame({"c": values}))).columns["c"]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.arange(1000), True),
        (np.random.default_rng(0).permutation(1000) + 10**6, True),
        (np.arange(99), False),
        (np.random.default_rng(0).integers(20_000, 200_000, 1000), False),
        (np.random.default_rng(0).normal(size=1000), False),
        ([f"user-{i}" for i in range(1000)], True),
        ([f"user-{i}" for i in range(99)], False),
        ([f"shop-{i % 400}" for i in range(1000)], False),
    ],
)
def test_identifiers_are_recognised(values: Any, expected: bool) -> None:
    assert of(values).identifier is expected


def test_many_levels_are_capped_and_counted() -> None:
    levels = of([f"level-{i}" for i in range(100_000) for _ in range(3)] + ["common"] * 50)
    assert len(levels.counts) == LEVELS
    assert next(iter(levels.counts)) == "common"
    assert levels.other == 3 * (100_000 - LEVELS + 1)
    assert levels.present == 300_050


def test_infinities_and_nan_are_counted_apart() -> None:
    column = of([np.inf, -np.inf, np.nan, 1.0, 3.0])
    assert (column.infinite, column.missing, column.present, column.counted) == (2, 1, 4, 2)
    assert (column.mean, column.std, column.low, column.high) == (2.0, 1.0, 1.0, 3.0)
    assert column.counts[[0, -1]].tolist() == [0, 0]


@pytest.mark.parametrize(
    ("values", "expected"),
    [([5.0], False), ([5.0, 5.0], True), ([5.0, 6.0], False), (["a", "a"], True), ([True], False)],
)
def test_constant(values: Any, expected: bool) -> None:
    assert of(values).is_constant is expected


def test_times_are_seconds() -> None:
    column = of([dt.date(1970, 1, 2), None])
    assert (column.kind, column.low, column.missing) == ("datetime", 86_400.0, 1)
    assert is_single(column.edges).sum() == 1


@pytest.mark.parametrize("values", [[[1], [2]], [1j, 2j]])
def test_what_cannot_be_counted_is_unread(values: Any) -> None:
    assert isinstance(of(values), Unread)


@pytest.mark.parametrize(
    "values", [[np.inf, -np.inf, 1.0, 2.0, np.nan], [np.inf, np.inf], [1.0, 2.0], [-np.inf, 5e307]]
)
def test_profiles_of_format_1_counted_infinities_in_the_outermost_bins(values: list[float]) -> None:
    profile = Profile.of(as_table(pd.DataFrame({"x": values, "nested": [[1]] * len(values)})))
    old = json.loads(profile.to_bytes())
    column = old["columns"]["x"]
    column["counts"][0] += sum(v == -np.inf for v in values)
    column["counts"][-1] += sum(v == np.inf for v in values)
    old["columns"]["nested"].pop("present")
    assert Profile.from_bytes(json.dumps({**old, "format": 1}).encode()) == profile
