"""What the reference does by itself is no drift; what it never did is."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ipymlops.drift.drift_check import check_drift
from ipymlops.drift.over_time import check_over_time
from ipymlops.drift.profile import Profile
from ipymlops.drift.results import ColumnDrift, DriftReport
from ipymlops.drift.thresholds import THRESHOLDS
from ipymlops.drift.variability import FEWEST
from ipymlops.frames import as_table

A_MONTH = 800


def year(first: str, seed: int, rows: int = 12 * A_MONTH, months: int = 12) -> tuple[pd.DataFrame, pd.Series[Any]]:
    """Temperature and sales follow the season, income and region do not."""
    random = np.random.default_rng(seed)
    start = pd.Timestamp(first)
    days = (start + pd.DateOffset(months=months) - start).days
    day = pd.Series(start + pd.to_timedelta(np.sort(random.uniform(0, days, rows)), unit="D"), name="day")
    season = -np.cos(2 * np.pi * (day.dt.day_of_year.to_numpy() - 15) / 365)
    table = pd.DataFrame(
        {
            "temperature": 10 + 10 * season + random.normal(0, 3, rows),
            "sales": random.normal(0.5 * season, 1),
            "income": random.lognormal(10, 0.5, rows),
            "goods": np.where(random.random(rows) < 0.4 + 0.3 * season, "summer", random.choice(["a", "b"], rows)),
            "region": random.choice(["north", "south", "east"], rows),
        }
    )
    table.loc[random.random(rows) < 0.15 + 0.1 * season, "sales"] = np.nan
    return table, day


TABLE, DAY = year("2024-01-01", 0)
PLAIN = Profile.of(as_table(TABLE))
TOLD = Profile.of(as_table(TABLE), times=as_table(DAY))
SEASONAL = {"temperature", "sales", "goods"}


def checked(profile: Profile, table: pd.DataFrame) -> DriftReport:
    return check_drift(profile, as_table(table), model="shop", version=1, data="new")


def month_of_next_year(number: int, seed: int = 1) -> pd.DataFrame:
    table, day = year("2025-01-01", seed)
    return table[day.dt.month == number]


def column(report: DriftReport, name: str) -> ColumnDrift:
    return next(c for c in report.columns if c.column == name)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("month", [1, 4, 7])
def test_a_season_is_an_alarm_only_where_it_is_not_known(month: int, seed: int) -> None:
    now = month_of_next_year(month, seed)
    assert set(checked(TOLD, now).drifted) == set()
    assert not checked(TOLD, now).alarming
    assert checked(PLAIN, now).drifted


@pytest.mark.parametrize(
    ("name", "moved"),
    [
        ("temperature", lambda now: now.temperature + 12),
        ("sales", lambda now: now.sales + 1),
        ("income", lambda now: now.income * 1.4),
        ("goods", lambda now: now.goods.where(now.goods == "summer", "winter")),
        ("region", lambda now: "north"),
    ],
)
def test_what_no_month_ever_did_is_drift(name: str, moved: Any) -> None:
    now = month_of_next_year(7)
    report = checked(TOLD, now.assign(**{name: moved(now)}))
    assert report.drifted == (name,)
    assert report.alarming


def test_which_threshold_came_from_where_is_said() -> None:
    report = checked(TOLD, month_of_next_year(2))
    assert {c.column for c in report.columns if c.threshold_from == "reference"} == SEASONAL
    assert {c.threshold for c in report.columns if c.column == "income"} == {THRESHOLDS["ks"]}
    assert column(report, "temperature").distance == "wasserstein"
    assert 1 < column(report, "temperature").threshold < 1.7
    assert column(report, "sales").distance == "ks"
    assert "the 12 months of the training data, by 'day'," in report.thresholds
    assert "'goods', 'sales' and 'temperature'; the others have the default" in report.thresholds
    assert "standard deviations of the training data: 'temperature'" in report.thresholds
    assert "the defaults" in checked(PLAIN, TABLE).thresholds


def test_a_threshold_that_was_said_stands() -> None:
    now = month_of_next_year(7)
    report = check_drift(TOLD, as_table(now), model="m", version=1, data="d", thresholds={"temperature": 0.2})
    found = column(report, "temperature")
    assert (found.distance, found.threshold, found.threshold_from, found.drifted) == ("ks", 0.2, "given", True)


def test_a_missing_rate_of_the_season_is_no_change() -> None:
    now = month_of_next_year(7)
    assert column(checked(PLAIN, now), "sales").missing_changed
    assert not column(checked(TOLD, now), "sales").missing_changed
    assert column(
        checked(TOLD, now.assign(sales=now.sales.where(np.arange(len(now)) % 2 == 0))), "sales"
    ).missing_changed


def test_windows_are_held_against_windows_of_their_length() -> None:
    assert TOLD.variability is not None
    assert list(TOLD.variability.stretches) == ["month", "week"]  # days have 26 rows
    table, day = year("2025-01-01", 3)
    for by in ("month", "week", "quarter"):
        report = check_over_time(TOLD, as_table(table.assign(day=day)), by=by, model="m", version=1, data="d")
        assert set(report.drifted) <= ({"income"} if by == "week" else set())
        assert f"{'week' if by == 'week' else 'month'}s of the training data" in report.thresholds
    assert check_over_time(PLAIN, as_table(table.assign(day=day)), by="month", model="m", version=1, data="d").alarming


def test_columns_that_stay_put_keep_the_default() -> None:
    """Of 200 columns chance moves one in a thousand for certain."""
    times = as_table(pd.Series(pd.date_range("2024-01-01", "2024-12-31", periods=2400), name="t"))
    moved = 0
    for seed in range(10):
        table = as_table(np.random.default_rng(seed).normal(size=(2400, 20)))
        found = Profile.of(table, times=times).variability
        assert found is not None
        moved += sum(len(stretch.effects) for stretch in found.stretches.values())
    assert moved <= 1


@pytest.mark.parametrize(("months", "rows", "known"), [(3, 3 * A_MONTH, ["week"]), (12, 500, []), (4, 400, [])])
def test_too_few_chunks_cannot_tell(months: int, rows: int, known: list[str]) -> None:
    table, day = year("2024-01-01", 0, rows, months)
    profile = Profile.of(as_table(table), times=as_table(day))
    assert profile.variability is not None
    assert list(profile.variability.stretches) == known
    report = checked(profile, table)
    if not known:
        assert {c.threshold_from for c in report.columns} == {"default"}
        assert f"cannot be told: 'day' has fewer than {FEWEST} days, weeks or months" in report.thresholds


def test_bytes_come_back_and_older_ones_are_read() -> None:
    assert Profile.from_bytes(TOLD.to_bytes()) == TOLD
    assert len(TOLD.to_bytes()) - len(PLAIN.to_bytes()) < 1000
    older = json.loads(PLAIN.to_bytes())
    assert "variability" not in older
    assert Profile.from_bytes(json.dumps(older).encode()).variability is None
    assert TOLD.measure(as_table(TABLE)).variability == TOLD.empty().variability == TOLD.variability


def test_order_of_rows_changes_nothing() -> None:
    order = np.random.default_rng(0).permutation(len(TABLE))
    shuffled = Profile.of(as_table(TABLE.iloc[order]), times=as_table(DAY.iloc[order]))
    assert shuffled.variability == TOLD.variability


def test_rows_without_a_time_are_in_no_chunk() -> None:
    some = DAY.where(np.arange(len(DAY)) % 10 > 0)
    found = Profile.of(as_table(TABLE), times=as_table(some)).variability
    assert found is not None
    assert found.stretches["month"].chunks == 12


def test_a_column_of_times_that_follows_the_rows_is_not_compared() -> None:
    both = TABLE.assign(day=DAY, paid=DAY + pd.Timedelta(days=3), born=pd.Timestamp("1980-01-01") + (DAY - DAY[0]) * 30)
    both["born"] = np.random.default_rng(0).permutation(both["born"])
    profile = Profile.of(as_table(both), times=as_table(DAY))
    assert profile.variability is not None
    assert profile.variability.serial == ("day", "paid")
    part = both[DAY.dt.month == 5]
    report = checked(profile, part.assign(born=part.born + pd.Timedelta(days=4000)))
    assert report.drifted == ("born",)
    assert report.findings[0].column == "born"
    assert "Times that only run on, which were not compared: 'day' and 'paid'." in report.notes


def test_the_time_beside_the_table_is_no_extra_column() -> None:
    now = month_of_next_year(7).assign(day=pd.Timestamp("2025-07-01"))
    assert checked(TOLD, now).findings == ()
    said = "'day', by which the reference was registered (--time), tells when rows were made; not compared."
    assert said in checked(TOLD, now).notes
    assert said not in checked(TOLD, now.drop(columns="day")).notes
    assert [f.code for f in checked(PLAIN, now).findings if f.code == "extra-column"] == ["extra-column"]
