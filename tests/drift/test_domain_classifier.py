"""A classifier between old and new rows: what it finds, what it must not find, and how sure it is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from ipymlops.drift import domain_classifier
from ipymlops.drift.domain_classifier import FEWEST, separation
from ipymlops.drift.drift_check import check_drift
from ipymlops.drift.held_out_results import Separation
from ipymlops.drift.profile import Profile
from ipymlops.errors import BadInput
from ipymlops.evaluation.ranking import delong
from ipymlops.frames import as_table


def related(rows: int, seed: int, correlation: float) -> pd.DataFrame:
    """Two standard normal columns of this correlation, and one that has to do with neither."""
    random = np.random.default_rng(seed)
    a = random.normal(size=rows)
    b = correlation * a + np.sqrt(1 - correlation**2) * random.normal(size=rows)
    return pd.DataFrame({"debt": a, "income": b, "age": random.normal(size=rows)})


def found(before: pd.DataFrame, now: pd.DataFrame, **more: Any) -> Separation:
    return separation(as_table(before), as_table(now), areas=delong, columns=list(before), **more)


def test_a_relation_that_turns_is_found_where_no_column_moved() -> None:
    before, now = related(1500, 0, 0.7), related(1500, 1, -0.7)
    columns = check_drift(Profile.of(as_table(before)), as_table(now), model="credit", version=1, data="new")
    assert columns.drifted == ()
    told = found(before, now)
    assert told.separated
    assert told.low > 0.75
    assert {name for name, _ in told.columns} == {"debt", "income"}


def test_a_relation_that_turns_shows_in_no_column_alone() -> None:
    told = found(related(1500, 0, 0.7), related(1500, 1, -0.7))
    assert told.apart == pytest.approx(0.5, abs=0.03)
    assert told.together
    assert told.gained < told.auc - told.apart


@pytest.mark.parametrize("how", ["infinite", "missing", "moved", "two moved a little"])
def test_what_columns_show_one_by_one_is_not_put_down_to_how_they_go_together(how: str) -> None:
    before, now = related(1500, 0, 0.7), related(1500, 1, 0.7)
    some = now.index % 3 == 0
    changed = {
        "infinite": {"age": now["age"].where(~some, np.inf)},
        "missing": {"age": now["age"].where(~some)},
        "moved": {"age": now["age"] + 1},
        "two moved a little": {"age": now["age"] + 0.3, "debt": now["debt"] + 0.3},
    }
    told = found(before, now.assign(**changed[how]))
    assert told.separated
    assert told.apart == pytest.approx(told.auc, abs=0.05)
    assert not told.together


def test_where_rows_are_not_told_apart_nothing_is_asked_of_single_columns() -> None:
    told = found(related(800, 0, 0.7), related(800, 1, 0.7))
    assert not told.separated
    assert np.isnan(told.apart)
    assert np.isnan(told.gained)
    assert not told.together


def test_the_area_is_about_what_is_possible() -> None:
    """Of two normals a standard deviation apart, no classifier has an area above 0.760."""
    random = np.random.default_rng(0)
    before, now = (pd.DataFrame({"x": random.normal(at, size=3000)}) for at in (0, 1))
    told = found(before, now)
    assert told.low < 0.760 < told.high
    best = roc_auc_score(np.repeat([0, 1], 3000), np.concatenate([before["x"], now["x"]]))
    assert told.auc == pytest.approx(best, abs=0.01)


@pytest.mark.parametrize("kind", ["mixed", "few distinct rows"])
def test_false_alarms_stay_below_five_percent(kind: str) -> None:
    """Without any change the whole interval lies above 0.5 in at most 5 % of checks; the mean area is 0.5."""
    told = [found(*(unchanged(250, 2 * seed + side, kind) for side in (0, 1))) for seed in range(60)]
    assert sum(t.low > 0.5 for t in told) <= 6  # at 5 %, more than 6 of 60 come three times in a hundred
    assert not any(t.alarming for t in told[:20])
    assert np.mean([t.auc for t in told]) == pytest.approx(0.5, abs=0.01)


def unchanged(rows: int, seed: int, kind: str) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    # Names differ from check to check, as the folds hang on them.
    if kind == "mixed":
        towns = random.choice([f"town {i}" for i in range(3000)], rows)  # most are on one side only, by chance
        return pd.DataFrame({"x": random.normal(size=rows), "town": towns})
    return pd.DataFrame(
        {"owner": random.random(rows) < 0.3, "grade": random.choice([f"{g}{seed // 2}" for g in "abc"], rows)}
    )


def test_the_reference_itself_is_not_told_apart() -> None:
    """Rows learned from one side must not be held against their copies on the other."""
    before = related(1000, 0, 0.7)
    assert found(before, before.sample(frac=1, random_state=0)).auc == pytest.approx(0.5, abs=0.01)
    part = found(before, before[:500])
    assert part.low < 0.5 < part.high


def test_rows_in_any_order_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(domain_classifier, "ROWS", 400)
    before, now = related(1000, 0, 0.7), related(800, 1, 0.2)
    told = found(before, now)
    assert (told.reference_rows, told.current_rows, told.of_reference, told.of_current) == (400, 400, 1000, 800)
    assert found(before.sample(frac=1, random_state=0), now.sample(frac=1, random_state=1)) == told


def test_repeated_rows_keep_their_shares_in_the_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(domain_classifier, "ROWS", 1000)
    before = pd.DataFrame({"level": np.repeat(["a", "b"], [3000, 1000])})
    now = pd.DataFrame({"level": np.repeat(["a", "b"], [1000, 3000])})
    told = found(before, now)
    assert told.auc == pytest.approx(0.75, abs=0.03)  # half of 1 + 0.75 - 0.25


def test_new_categories_and_missing_values_separate() -> None:
    before = pd.DataFrame({"x": np.arange(400.0) % 7, "region": np.repeat(["north", "south"], 200)})
    now = before.assign(x=np.where(np.arange(400) % 2, np.nan, before["x"]), region="abroad")
    told = found(before, now)
    assert told.auc > 0.99
    assert told.columns[0][0] == "region"


@pytest.mark.parametrize(
    ("importance", "matters", "alarming"),
    [({"debt": 0.5, "income": 0.4, "age": 0.1}, True, True), ({"debt": 0.0, "income": 0.01, "age": 0.99}, False, False),
     ({}, None, True), ({"debt": 0.0, "income": 0.0, "age": 0.0}, None, True)],
)  # fmt: skip
def test_what_the_model_hardly_uses_alarms_nobody(
    importance: dict[str, float], matters: bool | None, alarming: bool
) -> None:
    told = found(related(600, 0, 0.8), related(600, 1, -0.8), importance=importance, matters=0.02)
    assert (told.separated, told.matters, told.alarming) == (True, matters, alarming)


def test_too_few_rows_cannot_tell() -> None:
    told = found(related(FEWEST - 1, 0, 0.9), related(2000, 1, -0.9))
    assert not told.enough
    assert not told.separated
    assert np.isnan(told.auc)


def test_columns_that_changed_their_type_are_left_out() -> None:
    before = related(400, 0, 0.5)
    told = found(before, related(400, 1, 0.5).assign(debt="none", day=pd.Timestamp("2026-01-01")))
    assert told.low < 0.5


def test_what_cannot_be_checked() -> None:
    with pytest.raises(BadInput, match="no column that a classifier can use"):
        separation(as_table(related(9, 0, 0)), as_table(related(9, 0, 0)), areas=delong, columns=["nowhere"])
    with pytest.raises(BadInput, match="without rows"):
        found(related(300, 0, 0.5), related(0, 0, 0.5))
