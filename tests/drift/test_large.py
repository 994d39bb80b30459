"""A table in Parquet files, never whole in memory, says what it says in memory."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from ipymlops.drift.drift_check import check_drift, compare
from ipymlops.drift.large import measure_parts
from ipymlops.drift.large_over_time import check_parts_over_time
from ipymlops.drift.over_time import check_over_time
from ipymlops.drift.profile import Profile
from ipymlops.drift.results import ColumnDrift
from ipymlops.errors import BadInput, MlopsError
from ipymlops.frames import as_table
from ipymlops.partitions import ParquetTable, open_parquet, parquet

ROWS = 4000
ABOUT: dict[str, Any] = {"model": "credit", "version": 1, "data": "new"}


def applications(seed: int, rows: int = ROWS) -> pd.DataFrame:
    """Every kind of column, with gaps and with kinds that pandas keeps as objects."""
    random = np.random.default_rng(seed)
    amount = random.lognormal(size=rows)
    amount[::7] = np.nan
    amount[::501] = np.inf
    days = pd.Timestamp("2026-01-01") + pd.to_timedelta(random.integers(0, 110 * 86_400, rows), unit="s")
    return pd.DataFrame(
        {
            "amount": amount,
            "age": pd.array(np.where(random.random(rows) < 0.1, None, random.integers(18, 90, rows)), dtype="Int64"),
            "region": random.choice(["north", "south", None], rows),
            "grade": pd.Categorical(random.choice(["a", "b"], rows)),
            "owner": random.random(rows) < 0.3,
            "agreed": random.choice([True, False, None], rows),
            "opened": days.tz_localize("America/New_York", ambiguous="NaT", nonexistent="NaT"),
            "day": days.date,
            "clock": days.time,
            "nothing": [None] * rows,
            "nested": [[1]] * rows,
        }
    )


REFERENCE = Profile.of(as_table(applications(0)), {"amount": 0.7, "age": 0.3})


def exact(profile: Profile) -> Any:
    """Everything but the moments, which are equal up to rounding."""
    document = json.loads(profile.to_bytes())
    for column in document["columns"].values():
        column.pop("moments", None)
    return document


def said(columns: Sequence[ColumnDrift]) -> list[Any]:
    return [(c.column, c.effect_low, c.effect_high, c.p_value, c.p_adjusted, c.drifted) for c in columns]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "new.parquet"
    applications(1).to_parquet(path, row_group_size=700)
    return path


@pytest.mark.parametrize("values", [40, 3000, 10**6])
def test_counts_are_those_of_the_whole(file: Path, values: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "VALUES", values)
    whole = REFERENCE.measure(as_table(pd.read_parquet(file)))
    assert json.dumps(exact(measure_parts(REFERENCE, open_parquet(file)))) == json.dumps(exact(whole))


def test_so_is_the_report(file: Path) -> None:
    streamed = compare(REFERENCE, measure_parts(REFERENCE, open_parquet(file)), **ABOUT)
    whole = check_drift(REFERENCE, as_table(pd.read_parquet(file)), **ABOUT)
    assert streamed.findings == whole.findings
    assert streamed.notes == whole.notes
    assert said(streamed.columns) == said(whole.columns)


def test_folders_below_a_folder_are_one_table(tmp_path: Path) -> None:
    new = applications(1)
    for number, part in enumerate(np.array_split(np.arange(ROWS), 5)):
        place = tmp_path / f"year={2020 + number % 2}" / "deep"
        place.mkdir(parents=True, exist_ok=True)
        new.iloc[part].to_parquet(place / f"{number}.parquet")
    (tmp_path / "_SUCCESS").touch()
    (tmp_path / ".crc").mkdir()
    (tmp_path / ".crc" / "x.crc").touch()
    table = open_parquet(tmp_path)
    assert (table.rows, table.kinds["year"]) == (ROWS, "integer")
    measured = exact(measure_parts(REFERENCE, table))
    assert measured["columns"].pop("year") == {
        "kind": "integer",
        "missing": 0,
        "present": 0,
    }  # not of the reference: not read
    assert measured == exact(REFERENCE.measure(as_table(new)))


def test_only_the_models_columns_are_read(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: set[str] = set()
    tables = ParquetTable._tables
    monkeypatch.setattr(ParquetTable, "_tables", lambda self, piece, beside: note(read, tables(self, piece, beside)))
    some = Profile.of(as_table(applications(0)[["age", "region"]]))
    report = compare(some, measure_parts(some, open_parquet(file)), **ABOUT)
    assert read == {"age", "region"}
    assert {f.column for f in report.findings if f.code == "extra-column"} >= {"amount", "nested"}


def note(read: set[str], tables: Any) -> Any:
    for table in tables:
        read.update(table.names)
        yield table


def test_months_in_parts_are_the_months(tmp_path: Path) -> None:
    new = applications(1).drop(columns=["day", "nested"])
    new.loc[::11, "opened"] = pd.NaT
    new.loc[new["opened"].dt.month == 3, "amount"] *= 5
    for number, part in enumerate(np.array_split(np.arange(ROWS), 3)):
        new.iloc[part].to_parquet(tmp_path / f"{number}.parquet", row_group_size=300)
    streamed = check_parts_over_time(REFERENCE, open_parquet(tmp_path), by="month", **ABOUT)
    whole = check_over_time(REFERENCE, as_table(new), by="month", **ABOUT)
    assert streamed.notes == whole.notes
    assert streamed.current_rows == whole.current_rows < ROWS
    assert [w.window for w in streamed.windows] == ["2026-01", "2026-02", "2026-03", "2026-04"]
    for one, two in zip(streamed.windows, whole.windows, strict=True):
        assert (one.window, one.rows, one.findings) == (two.window, two.rows, two.findings)
        assert said(one.columns) == said(two.columns)
    assert [w.drifted for w in streamed.windows] == [(), (), ("amount",), ()]


@pytest.mark.parametrize(
    ("by", "time", "why"),
    [
        ("1000", None, "read the table into memory"),
        ("month", "age", "holds no times"),
        ("month", "wen", "did you mean"),
    ],
)
def test_windows_that_cannot_be_cut(file: Path, by: str, time: str | None, why: str) -> None:
    with pytest.raises(MlopsError, match=why):
        check_parts_over_time(REFERENCE, open_parquet(file), by=by, time=time, **ABOUT)


def test_no_rows(tmp_path: Path) -> None:
    applications(0).head(0).to_parquet(tmp_path / "none.parquet")
    with pytest.raises(BadInput, match="without rows"):
        measure_parts(REFERENCE, open_parquet(tmp_path))


def test_a_file_without_rows_among_others(tmp_path: Path, file: Path) -> None:
    applications(0).head(0).to_parquet(tmp_path / "none.parquet")
    assert measure_parts(REFERENCE, open_parquet(tmp_path)).rows == pq.read_metadata(file).num_rows


@pytest.mark.parametrize("values", [1, 30, 10**6])
def test_a_folders_name_is_a_column(tmp_path: Path, values: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "VALUES", values)
    new = applications(1, 600)
    for region, rows in new.groupby("region", dropna=False):
        place = tmp_path / ("region=" + ("__HIVE_DEFAULT_PARTITION__" if pd.isna(region) else str(region)))
        place.mkdir()
        rows.drop(columns="region").to_parquet(place / "rows.parquet")
    measured = exact(measure_parts(REFERENCE, open_parquet(tmp_path, REFERENCE.kinds)))
    assert measured == exact(REFERENCE.measure(as_table(new)))


@pytest.mark.parametrize(
    "ask",
    [
        lambda profile, parts: compare(profile, measure_parts(profile, parts), **ABOUT),
        lambda profile, parts: check_parts_over_time(profile, parts, by="month", time="opened", **ABOUT),
    ],
    ids=["whole", "by month"],
)
def test_no_column_of_the_reference(file: Path, ask: Any) -> None:
    other = Profile.of(as_table(pd.DataFrame({"income": [1.0, 2.0]})))
    parts = open_parquet(file)
    with pytest.raises(BadInput, match=r"no column of the reference.*'income'"):
        ask(other, parts)
