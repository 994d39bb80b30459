from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipymlops.errors import BadInput, UnknownName
from ipymlops.frames import as_table
from ipymlops.frames.windows import STRETCHES, windows, zone_of, zone_told

TIMES = ["2026-01-30 23:59:59", "2026-02-01", "2026-02-02 10:15", "2026-04-01", "2027-01-01"]
LABELS = {
    "hour": ["2026-01-30 23", "2026-02-01 00", "2026-02-02 10", "2026-04-01 00", "2027-01-01 00"],
    "day": ["2026-01-30", "2026-02-01", "2026-02-02", "2026-04-01", "2027-01-01"],
    "week": ["2026-01-26", "2026-02-02", "2026-03-30", "2026-12-28"],  # Mondays; both of 1 February and before are one
    "month": ["2026-01", "2026-02", "2026-04", "2027-01"],
    "quarter": ["2026-Q1", "2026-Q2", "2027-Q1"],
    "year": ["2026", "2027"],
}


def table(times: list[str] | Any, **more: Any) -> Any:
    return as_table(
        pd.DataFrame({"when": pd.to_datetime(pd.Series(times), format="ISO8601"), "x": range(len(times)), **more})
    )


@pytest.mark.parametrize("by", STRETCHES)
def test_stretches_are_named_by_where_they_begin(by: str) -> None:
    found, undated = windows(table(TIMES[::-1]), by, "when")
    assert [w.label for w in found] == LABELS[by]
    assert undated == 0


@pytest.mark.parametrize("by", STRETCHES)
@given(st.lists(st.datetimes(pd.Timestamp(1900, 1, 1), pd.Timestamp(2100, 1, 1)), min_size=1, max_size=30))
def test_every_row_is_in_one_window_with_its_like(by: str, times: list[Any]) -> None:
    found, _ = windows(table([str(t) for t in times]), by)
    assert sorted(np.concatenate([w.rows for w in found])) == list(range(len(times)))
    periods = {"hour": "h", "day": "D", "week": "W", "month": "M", "quarter": "Q", "year": "Y"}
    expected = pd.Series(pd.to_datetime([str(t) for t in times], format="ISO8601")).dt.to_period(periods[by])
    assert [set(w.rows) for w in found] == [set(rows) for _, rows in sorted(expected.groupby(expected).groups.items())]


def test_a_time_with_a_zone_counts_where_it_is_in_utc() -> None:
    zoned = pd.to_datetime(["2026-01-31 23:30"]).tz_localize("America/New_York")
    assert windows(as_table(pd.DataFrame({"when": zoned})), "month")[0][0].label == "2026-02"


def test_runs_of_rows() -> None:
    found, _ = windows(table(TIMES), 2)
    assert [(w.label, w.rows.tolist()) for w in found] == [("1-2", [0, 1]), ("3-4", [2, 3]), ("5-5", [4])]
    assert [w.rows.tolist() for w in windows(table(TIMES[::-1]), "3", "when")[0]] == [[4, 3, 2], [1, 0]]


def test_rows_without_a_time_are_counted() -> None:
    found, undated = windows(table([None, *TIMES]), "year")
    assert [w.rows.tolist() for w in found] == [[1, 2, 3, 4], [5]]
    assert undated == 1


WRONG = {
    "an unknown stretch": ("fortnight", "when", UnknownName, "fortnight"),
    "an unknown column": ("month", "wen", UnknownName, "when"),
    "a column of numbers": ("month", "x", BadInput, "pd.to_datetime"),
    "no rows in a run": (0, None, BadInput, "0 rows"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_cut(case: str) -> None:
    by, time, error, said = WRONG[case]
    with pytest.raises(error, match=said):
        windows(table(TIMES), by, time)


def test_two_columns_of_times_need_a_name() -> None:
    with pytest.raises(BadInput, match="--time"):
        windows(table(TIMES, paid=pd.to_datetime(TIMES, format="ISO8601")), "month")
    with pytest.raises(BadInput, match="no row with a time"):
        windows(table([None, None]), "month", "when")


@pytest.mark.parametrize(("zone", "told"), [(None, ""), ("UTC", ""), ("Europe/Berlin", "Europe/Berlin")])
def test_another_zone_than_that_of_the_windows_is_told(zone: str | None, told: str) -> None:
    day = pd.Series(pd.date_range("2026-01-31 23:30", periods=3, freq="h", tz=zone))
    table = as_table(pd.DataFrame({"day": day}))
    assert zone_of(table, "day") == told
    said = zone_told("day", zone_of(table, "day"))
    assert said == (told and f"The times of 'day' are in {told}; windows are cut in UTC.")
