"""Which column of times ``register --time`` could take, where thresholds do not know the training data's own months."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ipymlops.drift.drift_check import check_drift
from ipymlops.drift.over_time import check_over_time
from ipymlops.drift.profile import Profile
from ipymlops.frames import as_table

ROWS = 1200


def loans(first: str, *times: str, seed: int = 0) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    days = pd.Timestamp(first) + pd.to_timedelta(np.arange(ROWS) * 300 / ROWS, unit="D")
    made = pd.DataFrame({"income": random.normal(size=ROWS)})
    return made.assign(**dict.fromkeys(times, days))


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        ((), (), ""),
        (("applied_on",), ("applied_on",), "applied_on"),
        ((), ("applied_on",), "TABLE.applied_on"),
        ((), ("applied on",), "TABLE['applied on']"),
        (("born",), ("born", "applied_on"), "TABLE.applied_on"),
    ],
)
def test_a_column_of_times_is_named_as_register_takes_it(
    before: tuple[str, ...], now: tuple[str, ...], said: str
) -> None:
    profile = Profile.of(as_table(loans("2025-01-01", *before)))
    report = check_drift(profile, as_table(loans("2025-01-01", *now)), model="m", version=1, data="new")
    assert report.datable == said


def test_not_where_its_months_are_known_or_another_table_is_the_reference() -> None:
    before, now = as_table(loans("2025-01-01", "day")), as_table(loans("2026-01-01", "day"))
    known = Profile.of(before, times=as_table(loans("2025-01-01", "day")[["day"]]))
    assert check_drift(known, now, model="m", version=1, data="new").datable == ""
    against = ("last year", before)
    assert check_drift(Profile.of(before), now, model="m", version=1, data="new", against=against).datable == ""


def test_the_column_that_cuts_windows_comes_first() -> None:
    profile = Profile.of(as_table(loans("2025-01-01")))
    now = as_table(loans("2025-01-01", "applied_on", "paid_on"))
    report = check_over_time(profile, now, by="quarter", time="paid_on", model="m", version=1, data="new")
    assert (report.time, report.datable) == ("paid_on", "TABLE.paid_on")
    assert check_over_time(profile, as_table(loans("2025")), by="500", model="m", version=1, data="new").time == ""
