"""Columns of times that move on because time does, with no time named at the registration."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from ipymlops.drift.drift_check import check_drift
from ipymlops.drift.over_time import check_over_time
from ipymlops.drift.profile import Profile
from ipymlops.frames import as_table

ABOUT: dict[str, Any] = {"model": "credit", "version": 1, "data": "new"}


def applications(first: str, last: str, rows: int, seed: int, oldest: int = 70) -> pd.DataFrame:
    """Accounts opened up to a year before their application, and customers born 18 to ``oldest`` years before."""
    random = np.random.default_rng(seed)
    days = (pd.Timestamp(last) - pd.Timestamp(first)).days
    applied = pd.Timestamp(first) + pd.to_timedelta(np.sort(random.integers(0, days * 86_400, rows)), unit="s")
    return pd.DataFrame(
        {
            "income": random.normal(size=rows),
            "applied": applied,
            "opened": applied - pd.to_timedelta(random.integers(0, 365 * 86_400, rows), unit="s"),
            "born": applied - pd.to_timedelta(random.integers(18 * 365, oldest * 365, rows), unit="D"),
        }
    )


REFERENCE = Profile.of(as_table(applications("2026-01-01", "2026-07-01", 4000, 0)))


@pytest.mark.parametrize(
    ("new", "drifted", "running"),
    [
        pytest.param(
            applications("2026-07-01", "2026-10-01", 3000, 1), (), "'applied' and 'opened'", id="the next months"
        ),
        pytest.param(applications("2026-05-01", "2026-09-01", 3000, 1), (), "'applied' and 'opened'", id="overlapping"),
        pytest.param(applications("2026-01-01", "2026-07-01", 3000, 2), (), "", id="the same months"),
        pytest.param(applications("2025-01-01", "2025-07-01", 3000, 1), ("applied", "opened"), "", id="back in time"),
        pytest.param(
            applications("2026-07-01", "2026-10-01", 3000, 1, 45),
            ("born",),
            "'applied' and 'opened'",
            id="younger customers",
        ),
    ],
)
def test_what_moves_on_with_time_is_said_and_is_no_drift(new: pd.DataFrame, drifted: Any, running: str) -> None:
    report = check_drift(REFERENCE, as_table(new), **ABOUT)
    assert tuple(sorted(report.drifted)) == drifted
    assert report.alarming is bool(drifted)
    notes = [note for note in report.notes if "only run on" in note]
    assert notes == ([f"Times that only run on, which were not compared: {running}."] if running else [])


def test_windows_are_judged_together() -> None:
    """Of the first alone too little lies after the reference."""
    new = applications("2026-07-01", "2026-12-01", 6000, 1)
    report = check_over_time(REFERENCE, as_table(new), by="month", time="applied", **ABOUT)
    assert [w.drifted for w in report.windows] == [()] * 5
    assert "Times that only run on, which were not compared: 'opened'." in report.notes
