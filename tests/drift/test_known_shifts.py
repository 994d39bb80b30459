"""The simulated credit market tells when what changed; the check has to find it, and nothing before."""

from __future__ import annotations

import functools
from typing import Any

import pytest

from ipymlops.drift.drift_check import check_drift
from ipymlops.drift.profile import Profile
from ipymlops.drift.results import DriftReport
from ipymlops.frames import as_table
from ipymlops.samples import FEATURES, credit_applications


@functools.cache
def market() -> Any:
    return credit_applications("2025-01", months=14, rows_per_month=1000)


def check(month: str) -> DriftReport:
    dates = market()["application_date"].dt.strftime("%Y-%m")
    profile = Profile.of(as_table(market().loc[dates <= "2025-04", list(FEATURES)]))
    return check_drift(
        profile, as_table(market().loc[dates == month, list(FEATURES)]), model="m", version=1, data=month
    )


@pytest.mark.parametrize(
    ("month", "drifted", "findings"),
    [
        ("2025-05", set(), set()),
        ("2025-06", set(), set()),
        ("2025-07", {"income"}, set()),
        ("2025-08", {"income", "purpose"}, {("purpose", "new-categories")}),
        ("2025-09", {"income", "purpose"}, {("purpose", "new-categories"), ("debt_ratio", "missing-rate")}),
        ("2025-11", {"income", "purpose", "age", "years_employed"}, {("purpose", "new-categories")}),
    ],
)
def test_what_changed_is_found_when_it_changed(month: str, drifted: set[str], findings: set[tuple[str, str]]) -> None:
    report = check(month)
    assert set(report.drifted) == drifted
    assert {(f.column, f.code) for f in report.findings} == findings


def test_a_small_true_shift_is_seen_and_not_called_drift() -> None:
    """Fewer home owners among the young: certain, and below what is worth a person's time."""
    found = next(c for c in check("2025-11").columns if c.column == "home_owner")
    assert found.p_adjusted is not None
    assert found.p_adjusted < 0.05
    assert not found.drifted
