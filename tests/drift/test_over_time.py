"""Drift in windows, on rows whose moment of change is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from ipymlops.drift.drift_check import check_drift
from ipymlops.drift.over_time import check_over_time
from ipymlops.drift.over_time_results import DriftOverTime
from ipymlops.drift.profile import Profile
from ipymlops.errors import BadInput
from ipymlops.frames import as_table

MONTHS = ["2026-01", "2026-02", "2026-03", "2026-04"]


def applications(rows: int, seed: int) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "income": random.normal(size=rows),
            "age": random.normal(size=rows),
            "region": random.choice(["north", "south", "east"], rows),
            "day": pd.Timestamp("2026-01-01") + pd.to_timedelta(np.arange(rows) * 120 / rows, unit="D"),
        }
    )


def check(table: pd.DataFrame, reference: pd.DataFrame | None = None, by: str = "month", **more: Any) -> DriftOverTime:
    profile = Profile.of(as_table(applications(4000, 0) if reference is None else reference))
    return check_over_time(profile, as_table(table), by=by, model="credit", version=1, data="new", **more)


def month(table: pd.DataFrame) -> pd.Series[str]:
    return table["day"].dt.strftime("%Y-%m")


def test_a_change_is_seen_from_its_month_on() -> None:
    new = applications(4000, 1)
    new.loc[month(new) >= "2026-03", "income"] += 1
    report = check(new, time="day")
    assert [w.window for w in report.windows] == MONTHS
    assert [w.drifted for w in report.windows] == [(), (), ("income",), ("income",)]
    assert report.alarming
    assert report.drifted == ("income",)


def test_what_stays_as_it_was_does_not_drift() -> None:
    report = check(applications(4000, 1))
    assert not report.alarming
    assert all(w.enough for w in report.windows)


def test_the_column_that_cuts_is_not_compared() -> None:
    report = check(applications(2000, 1))
    assert "day" not in report.columns
    assert any("'day' cuts the windows" in note for note in report.notes)
    assert not any(f.column == "day" for w in report.windows for f in w.findings)


def test_one_window_of_all_rows_says_what_the_plain_check_says() -> None:
    reference, new = applications(3000, 0).drop(columns="day"), applications(2000, 1).drop(columns="day")
    new["age"] += 0.5
    plain = check_drift(Profile.of(as_table(reference)), as_table(new), model="credit", version=1, data="new")
    [window] = check(new, reference, by="2000").windows
    assert [(c.column, c.effect, c.p_adjusted) for c in window.columns] == [
        (c.column, c.effect, c.p_adjusted) for c in plain.columns
    ]


def test_p_values_are_corrected_over_windows_too() -> None:
    """The same rows in one window of many are less certain than alone."""
    new = applications(4000, 1)
    new.loc[:199, "income"] += 0.3
    alone, among = check(new[:200], by="200"), check(new, by="200")
    assert alone.of("income")[0].p_adjusted < among.of("income")[0].p_adjusted  # type: ignore[union-attr]
    assert among.rows_needed > alone.rows_needed


def test_many_small_windows_without_a_change_raise_no_false_alarm() -> None:
    """40 windows of 50 rows: uncorrected, about 6 of 120 tests would be significant."""
    no_times = applications(4000, 0).drop(columns="day")
    report = check(applications(2000, 2).drop(columns="day"), no_times, by="50")
    assert report.drifted == ()
    assert not any(w.enough for w in report.windows)


def test_missing_values_and_empty_columns_are_told_with_their_window() -> None:
    new = applications(4000, 1)
    new.loc[month(new) == "2026-02", "region"] = None
    new.loc[(month(new) == "2026-03") & (np.arange(4000) % 3 == 0), "age"] = np.nan
    report = check(new)
    assert [w.emptied for w in report.windows] == [(), ("region",), (), ()]
    assert report.of("region")[1] is None
    assert [c is not None and c.missing_changed for c in report.of("age")] == [False, False, True, False]
    assert report.alarming


def test_rows_without_a_time_are_told() -> None:
    new = applications(2000, 1)
    new.loc[:2, "day"] = pd.NaT
    report = check(new)
    assert report.current_rows == 1997
    assert "3 rows without a time: in no window." in report.notes


def test_rows_in_any_order_give_the_same() -> None:
    new = applications(2000, 1)
    assert check(new).rows() == check(new.sample(frac=1, random_state=0)).rows()


@pytest.mark.parametrize(("table", "by", "said"), [(applications(0, 0), "month", "without rows"),
                                                   (applications(2002, 0), "2", "1,001 windows")])  # fmt: skip
def test_what_cannot_be_checked(table: pd.DataFrame, by: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        check(table, by=by)


def test_windows_are_told_one_by_one_and_nothing_changes() -> None:
    steps: list[str] = []
    new = applications(2000, 1)
    assert check(new, progress=steps.append) == check(new)
    windows = [f"window {name}, {number} of 4" for number, name in enumerate(MONTHS, start=1)]
    assert steps == [*windows, "compare 4 windows"]
