"""What rests on columns that changed, broke or lost their values, and what somebody has to mend first."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from ipymlops.drift.drift_check import check_drift
from ipymlops.drift.profile import Profile
from ipymlops.drift.results import DriftReport
from ipymlops.frames import as_table

SHARES = {"income": 0.7, "age": 0.2, "region": 0.1, "phone": 0.0}


def applications(seed: int, rows: int = 2000) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "income": random.normal(50, 10, rows),
            "age": random.integers(18, 90, rows),
            "region": random.choice(["north", "south"], rows),
            "phone": random.normal(size=rows),
        }
    )


def checked(now: pd.DataFrame, shares: dict[str, float] | None = None) -> DriftReport:
    profile = Profile.of(as_table(applications(0)), SHARES if shares is None else shares)
    return check_drift(profile, as_table(now), model="credit", version=1, data="new")


BROKEN: dict[str, tuple[str, Callable[[pd.DataFrame], pd.DataFrame]]] = {
    "gone": ("missing-column", lambda new: new.drop(columns="income")),
    "texts": ("type-changed", lambda new: new.assign(income=new["income"].map("about {:.0f}".format))),
    "emptied": ("all-missing", lambda new: new.assign(income=np.nan)),
    "all infinite": ("all-infinite", lambda new: new.assign(income=np.inf)),
    "partly infinite": ("infinite", lambda new: new.assign(income=new["income"].where(new.index % 4 > 0, np.inf))),
    "partly missing": ("missing-rate", lambda new: new.assign(income=new["income"].where(new.index % 4 > 0))),
    "constant": ("constant", lambda new: new.assign(income=50.0)),
}


@pytest.mark.parametrize("how", BROKEN)
def test_the_weight_of_a_broken_column_counts_as_changed_and_it_is_to_be_mended(how: str) -> None:
    code, change = BROKEN[how]
    report = checked(change(applications(1)))
    assert report.changed_use == {"income": 0.7}
    assert [(f.column, f.code) for f in report.to_mend] == [("income", code)]
    assert report.alarming


@pytest.mark.parametrize("how", BROKEN)
def test_of_a_column_that_was_not_weighed_the_share_is_not_known(how: str) -> None:
    report = checked(BROKEN[how][1](applications(1)), {})
    assert report.changed_use == {"income": None}


def test_what_only_moved_is_not_to_be_mended() -> None:
    report = checked(applications(1).assign(income=lambda X: X["income"] + 10))
    assert report.changed_use == {"income": 0.7}
    assert report.to_mend == ()


def test_nothing_rests_on_what_is_as_before() -> None:
    report = checked(applications(1))
    assert (report.changed_use, report.to_mend) == ({}, ())


def test_a_constant_that_the_model_hardly_uses_is_nothing_to_mend() -> None:
    report = checked(applications(1).assign(phone=1.0))
    assert report.changed_use == {"phone": 0.0}
    assert report.to_mend == ()


def test_columns_that_lost_their_values_are_weighed_together_with_those_that_drifted() -> None:
    shares = {"income": 0.97, "age": 0.015, "region": 0.0, "phone": 0.015}
    emptied = applications(1).assign(phone=np.nan)
    assert not checked(emptied, shares).alarming
    report = checked(emptied.assign(age=lambda X: X["age"] + 30), shares)
    assert report.that_matter == ("age",)
    assert [f.matters for f in report.findings if f.column == "phone"] == [True]
    assert report.notes[-1] == "Each hardly used, but together 3.0 % of what the model uses: 'age' and 'phone'."
