"""Drift within segments, on rows of which it is known where they changed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from ipymlops.drift.segments import check_segments
from ipymlops.drift.segments_results import DriftBySegment, SegmentDrift
from ipymlops.errors import BadInput, UnknownName
from ipymlops.frames import as_table

SHARES = (0.5, 0.3, 0.2)
REGIONS = ("north", "south", "east")


def applications(rows: int, seed: int, shares: tuple[float, ...] = SHARES) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "region": random.choice(REGIONS, rows, p=shares),
            "income": random.normal(size=rows),
            "age": random.normal(size=rows),
            "channel": random.choice(["shop", "web"], rows),
        }
    )


def check(now: pd.DataFrame, before: pd.DataFrame | None = None, by: str = "region", **more: Any) -> DriftBySegment:
    reference = applications(4000, 0) if before is None else before
    return check_segments(as_table(reference), as_table(now), by=by, against="the held-out rows", model="credit",
                          version=1, data="new", **more)  # fmt: skip


def segment(report: DriftBySegment, name: str) -> SegmentDrift:
    return next(s for s in report.segments if s.segment == name)


def test_a_change_in_one_segment_is_found_there_and_only_there() -> None:
    now = applications(4000, 1)
    now.loc[now["region"] == "south", "income"] += 0.8
    report = check(now)
    assert {s.segment: s.drifted for s in report.segments} == {"north": (), "south": ("income",), "east": ()}
    assert report.segments[0].segment == "south"  # what matters first
    assert report.alarming


def test_a_change_that_cancels_out_over_the_whole_is_found_in_its_segments() -> None:
    """North rises and south falls; all rows together look as before."""
    before, now = applications(6000, 0, (0.5, 0.5, 0.0)), applications(6000, 1, (0.5, 0.5, 0.0))
    high = np.where(before["region"] == "north", 1.0, -1.0)
    before["income"] += high
    now["income"] -= np.where(now["region"] == "north", 1.0, -1.0)
    assert stats.ks_2samp(before["income"], now["income"]).statistic < 0.05
    assert {s.segment: s.drifted for s in check(now, before).segments} == {"north": ("income",), "south": ("income",)}


def test_another_mix_alone_is_no_drift_within_segments() -> None:
    """Incomes differ by region, and regions come in other shares: column by column, income seems to drift."""
    before, now = applications(4000, 0), applications(4000, 1, (0.2, 0.3, 0.5))
    for table in (before, now):
        table["income"] += table["region"].map({"north": 2, "south": 0, "east": -2})
    assert stats.ks_2samp(before["income"], now["income"]).pvalue < 1e-20
    report = check(now, before)
    assert report.drifted == ()
    assert report.mix is not None
    assert report.mix.drifted
    assert report.alarming


def test_effects_are_those_of_scipy() -> None:
    now = applications(3000, 1)
    before = applications(4000, 0)
    for s in check(now, before).segments:
        sides = [t.loc[t["region"] == s.segment, "income"] for t in (before, now)]
        exact = stats.ks_2samp(*sides).statistic
        income = next(c for c in s.columns if c.column == "income")
        assert income.effect_low - 1e-12 <= exact <= income.effect_high + 1e-12
        assert (s.reference_rows, s.rows) == (len(sides[0]), len(sides[1]))


def test_p_values_are_corrected_over_segments_and_the_mix() -> None:
    """Of one segment alone there are fewer tests, so the same rows are more certain."""
    before, now = applications(4000, 0), applications(4000, 1)
    now.loc[now["region"] == "south", "income"] += 0.1
    among = segment(check(now, before), "south")
    only = {"before": before[before["region"] == "south"], "now": now[now["region"] == "south"]}
    alone = segment(check(only["now"], only["before"]), "south")
    p = {name: next(c.p_adjusted for c in s.columns if c.column == "income") for name, s in
         (("among", among), ("alone", alone))}  # fmt: skip
    assert p["alone"] < p["among"]  # type: ignore[operator]


def test_false_alarms_of_a_whole_check_stay_below_five_percent() -> None:
    """200 checks of 9 columns and a mix without any change; small thresholds, so that significance decides alone."""
    alarms = 0
    for seed in range(200):
        report = check(applications(600, 2 * seed), applications(600, 2 * seed + 1))
        certain = [c.p_adjusted for s in report.segments for c in s.columns] + [report.mix.p_adjusted]  # type: ignore[union-attr]
        alarms += min(p for p in certain if p is not None) < 0.05
    assert alarms <= 18  # at 5 %, more than 18 of 200 come once in a hundred


def test_small_segments_say_that_rows_are_too_few() -> None:
    now = applications(4000, 1, (0.9, 0.095, 0.005))
    report = check(now, applications(4000, 0, (0.9, 0.095, 0.005)))
    assert segment(report, "north").enough
    assert not segment(report, "east").enough
    assert segment(report, "east").findings[0].code == "too-few-rows"


def test_new_and_vanished_segments_are_told_with_their_rows() -> None:
    now = applications(2000, 1)
    now["region"] = now["region"].replace({"east": "abroad"})
    now.loc[:1, "region"] = None
    report = check(now)
    assert list(report.new) == ["abroad"]
    assert list(report.gone) == ["east"]
    assert "2 rows without a region: in no segment." in report.notes


def test_levels_that_only_the_reference_has_count_as_change() -> None:
    before, now = applications(3000, 0), applications(3000, 1)
    before.loc[before["region"] == "north", "channel"] = "phone"
    report = check(now, before)
    assert segment(report, "north").drifted == ("channel",)


def test_identifiers_are_not_compared() -> None:
    before, now = applications(1000, 0), applications(1000, 1)
    before["id"], now["id"] = np.arange(1000), np.arange(1000, 2000)
    report = check(now, before)
    assert "id" not in report.columns
    assert any("'id'" in note for note in report.notes)


def test_a_column_missing_in_the_data_is_broken() -> None:
    report = check(applications(1000, 1).drop(columns="age"))
    assert report.broken == ("age",)
    assert report.alarming


def test_a_mix_of_what_the_model_does_not_take_alarms_nobody() -> None:
    report = check(applications(4000, 1, (0.1, 0.2, 0.7)), columns=("income", "age"))
    assert report.mix is not None
    assert report.mix.drifted
    assert not report.alarming


def test_rows_in_any_order_give_the_same() -> None:
    now = applications(2000, 1)
    assert check(now).rows() == check(now.sample(frac=1, random_state=0)).rows()


@pytest.mark.parametrize(
    ("now", "by", "error", "said"),
    [
        (applications(0, 0), "region", BadInput, "without rows"),
        (applications(9, 0), "regoin", UnknownName, "regoin"),
        (applications(9, 0).assign(branch="x"), "branch", BadInput, "not among the held-out rows"),
        (applications(9, 0), "income", BadInput, "holds numbers"),
        (applications(9, 0).assign(region="abroad"), "region", BadInput, "'abroad' in column 'region'"),
        (applications(9, 0).drop(columns="region"), "region", UnknownName, "region"),
    ],
)
def test_what_cannot_be_checked(now: pd.DataFrame, by: str, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said) as refused:
        check(now, by=by)
    assert "\n" not in str(refused.value)


def test_segments_are_told_one_by_one_and_nothing_changes() -> None:
    steps: list[str] = []
    now = applications(2000, 1)
    report = check(now, progress=steps.append)
    assert report == check(now)
    assert steps[0] == "cut the rows by region"
    assert {step.split(",")[0] for step in steps[1:-1]} == {f"segment {name}" for name in REGIONS}
    assert [step.split(", ")[1] for step in steps[1:-1]] == ["1 of 3", "2 of 3", "3 of 3"]
    assert steps[-1] == "compare 3 segments"
