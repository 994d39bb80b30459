"""One row a case: what arrives, and what is found in it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ipymlops.drift.drift_check import check_drift
from ipymlops.drift.profile import Profile
from ipymlops.drift.results import DriftReport
from ipymlops.frames import as_table

ROWS = 1200
RANDOM = np.random.default_rng(0)
FLOATS = RANDOM.normal(size=ROWS)
WHOLE = RANDOM.integers(0, 50, ROWS)
LETTERS = RANDOM.choice(["a", "b", "c"], ROWS)
FLAGS = RANDOM.random(ROWS) < 0.5
DAYS = pd.Timestamp("2024-01-01") + pd.to_timedelta(RANDOM.integers(0, 10**7, ROWS), unit="s")
KEYS = [f"customer-{i:06}" for i in range(ROWS)]
TEXTS = [f"order {i} of a customer" for i in range(ROWS)]


def replaced(values: Any, share: float, by: Any) -> Any:
    changed = np.array(values, dtype=object if not isinstance(by, float) else float)
    changed[: int(share * ROWS)] = by
    return changed


def check(before: Any, now: Any, name: str = "c") -> DriftReport:
    """One column as given beside an untouched one."""
    frames = [pd.DataFrame({"k": FLOATS, **({name: side} if side is not None else {})}) for side in (before, now)]
    return check_drift(Profile.of(as_table(frames[0])), as_table(frames[1]), model="m", version=1, data="d")


@pytest.mark.parametrize(
    ("before", "now", "codes", "said"),
    [
        pytest.param(FLOATS, FLOATS, [], "", id="same numbers"),
        pytest.param(LETTERS, LETTERS, [], "", id="same categories"),
        pytest.param(FLOATS, None, ["missing-column"], "not in the data", id="column gone"),
        pytest.param(None, FLOATS, ["extra-column"], "not compared", id="column new"),
        pytest.param(FLOATS, LETTERS, ["type-changed"], "was numbers and is categories", id="words for numbers"),
        pytest.param(FLOATS, FLOATS.astype(str), ["type-changed"], "is categories", id="numbers as strings"),
        pytest.param(LETTERS, WHOLE, ["type-changed"], "was categories and is numbers", id="numbers for words"),
        pytest.param(DAYS, DAYS.astype(str), ["type-changed"], "was times and is categories", id="times as strings"),
        pytest.param(WHOLE, DAYS, ["type-changed"], "was numbers and is times", id="times for numbers"),
        pytest.param(FLAGS, WHOLE, ["type-changed"], "was booleans and is numbers", id="numbers for booleans"),
        pytest.param(FLAGS, LETTERS, ["type-changed"], "was booleans", id="words for booleans"),
        pytest.param(WHOLE, WHOLE + 0.5, ["type-changed"], "whole numbers and holds fractions", id="fractions"),
        pytest.param(FLOATS, [[1]] * ROWS, ["type-changed"], "a type that is not read", id="lists for numbers"),
        pytest.param([[1]] * ROWS, FLOATS, ["unsupported"], "not compared", id="lists in the reference"),
        pytest.param(LETTERS, replaced(LETTERS, 0.01, "z"), ["new-categories"], "'z'.*12 rows", id="new category"),
        pytest.param(LETTERS, np.where(LETTERS == "c", "a", LETTERS), ["vanished-categories"], "'c' gone", id="gone"),
        pytest.param(FLOATS, np.full(ROWS, 0.25), ["constant"], "0.25", id="stuck number"),
        pytest.param(LETTERS, np.full(ROWS, "a"), ["constant", "vanished-categories"], "'a'", id="stuck category"),
        pytest.param(np.zeros(ROWS), np.zeros(ROWS), [], "", id="constant as ever"),
        pytest.param(FLOATS, np.full(ROWS, np.nan), ["all-missing"], "no value in 1,200 rows", id="all NaN"),
        pytest.param(FLOATS, [None] * ROWS, ["all-missing"], "no value", id="all None"),
        pytest.param(LETTERS, np.full(ROWS, np.nan), ["all-missing"], "no value", id="all NaN for categories"),
        pytest.param([None] * ROWS, FLOATS, ["newly-filled"], "has one in 1,200 of 1,200 rows", id="newly filled"),
        pytest.param([None] * ROWS, [[1]] * ROWS, ["newly-filled"], "nothing to compare", id="newly filled with lists"),
        pytest.param([None] * ROWS, replaced([None] * ROWS, 0.001, "a"), [], "", id="one value, which chance may give"),
        pytest.param([None] * ROWS, [None] * ROWS, [], "", id="no value on either side"),
        pytest.param(np.full(ROWS, np.nan), [None] * ROWS, [], "", id="neither NaN nor None"),
        pytest.param(replaced(FLOATS, 0.3, np.nan), [None] * ROWS, ["all-missing"], "was missing in 30.0 %", id="lost"),
        pytest.param(FLOATS, FLOATS * 2, ["out-of-range"], "outside the reference's range", id="beyond the range"),
        pytest.param(FLOATS, replaced(FLOATS, 0.01, np.inf), ["infinite"], "12 inf.*1.0 % .*reference none", id="inf"),
        pytest.param(FLOATS, replaced(FLOATS, 0.1, -np.inf), ["infinite"], "120 inf.*10.0 % of rows", id="minus inf"),
        pytest.param(
            replaced(FLOATS, 0.1, np.inf), FLOATS, ["infinite"], "0 inf.*reference 120, 10.0 %", id="inf gone"
        ),
        pytest.param(replaced(FLOATS, 0.1, np.inf), replaced(FLOATS, 0.1, -np.inf), [], "", id="as many infinities"),
        pytest.param(FLOATS, np.full(ROWS, np.inf), ["all-infinite"], "no finite value: 1,200", id="all infinite"),
        pytest.param(np.full(ROWS, np.inf), FLOATS, ["newly-filled"], "no finite value in the ref", id="newly finite"),
        pytest.param(np.full(ROWS, np.inf), np.full(ROWS, -np.inf), [], "", id="infinite on both sides"),
        pytest.param(DAYS, DAYS - pd.Timedelta(days=200), ["out-of-range"], "2024-01-01 00:", id="earlier times"),
        pytest.param(DAYS, DAYS + pd.Timedelta(days=200), [], "", id="times that run on"),
        pytest.param(FLOATS, replaced(FLOATS, 0.1, np.nan), ["missing-rate"], "10.0 %.*was 0 %", id="more missing"),
        pytest.param(replaced(LETTERS, 0.3, None), LETTERS, ["missing-rate"], "0 %.*was 30.0 %", id="fewer missing"),
        pytest.param(FLOATS, replaced(FLOATS, 0.01, np.nan), [], "", id="a few missing"),
        pytest.param(np.arange(ROWS), np.arange(ROWS) + ROWS, ["identifier"], "not compared", id="row numbers"),
        pytest.param(TEXTS, TEXTS[::-1], [], "", id="texts"),
        pytest.param(TEXTS, LETTERS, [], "", id="words for texts"),
        pytest.param(TEXTS, WHOLE, ["type-changed"], "was texts and is numbers", id="numbers for texts"),
        pytest.param(TEXTS, [None] * ROWS, ["all-missing"], "no value", id="no texts"),
        pytest.param(KEYS, KEYS[::-1], ["identifier"], "as an identifier does", id="keys"),
        pytest.param(FLOATS[:, None] * [1], LETTERS, ["type-changed"], "", id="a column vector"),
    ],
)
def test_findings(before: Any, now: Any, codes: list[str], said: str) -> None:
    before, now = (side.ravel() if isinstance(side, np.ndarray) else side for side in (before, now))
    report = check(before, now)
    assert sorted(f.code for f in report.findings) == codes
    assert all(f.column == "c" for f in report.findings)
    if said:
        assert pd.Series([f.detail for f in report.findings]).str.contains(said).any()
    assert "k" not in report.drifted


@pytest.mark.parametrize(
    ("before", "now", "note"),
    [
        pytest.param(WHOLE, WHOLE.astype(float), True, id="integers as floats"),
        pytest.param(WHOLE, replaced(WHOLE, 0.01, np.nan), True, id="integers as floats for their NaN"),
        pytest.param(FLOATS.round(), FLOATS.round().astype(int), True, id="floats as integers"),
        pytest.param(FLAGS, FLAGS.astype(float), True, id="booleans as 0 and 1"),
        pytest.param(FLAGS, replaced(FLAGS, 0.01, None), False, id="booleans as objects"),
        pytest.param(LETTERS, pd.Categorical(LETTERS), False, id="strings as categories"),
        pytest.param(pd.Categorical(LETTERS, categories=list("cbad")), LETTERS, False, id="categories as strings"),
        pytest.param(WHOLE, WHOLE.astype(np.uint8), False, id="unsigned"),
        pytest.param(WHOLE, pd.array(WHOLE, dtype="Int16"), False, id="nullable"),
        pytest.param(DAYS, DAYS.tz_localize("UTC"), False, id="times with a zone"),
    ],
)
def test_other_types_of_the_same_values_are_no_finding(before: Any, now: Any, note: bool) -> None:
    report = check(before, now)
    assert report.findings == ()
    assert report.drifted == ()
    assert len(report.columns) == 2
    assert any("stored as another: 'c'" in said for said in report.notes) is note


def test_days_as_dates_or_times_are_the_same() -> None:
    days = DAYS.normalize()
    objects = [dt.date(d.year, d.month, d.day) for d in days]
    assert check(days, objects).findings == ()


def test_order_of_columns_is_a_note() -> None:
    before = pd.DataFrame({"a": FLOATS, "b": WHOLE})
    report = check_drift(Profile.of(as_table(before)), as_table(before[["b", "a"]]), model="m", version=1, data="d")
    assert report.notes == ("Columns stand in another order than in the reference.",)
    assert report.findings == ()


def test_names_that_are_no_strings() -> None:
    before = pd.DataFrame({0: FLOATS, 1: WHOLE})
    report = check_drift(Profile.of(as_table(before)), as_table(before + 100), model="m", version=1, data="d")
    assert set(report.drifted) == {"0", "1"}


EMPTY, SOME = [None] * ROWS, [1.0] * ROWS


@pytest.mark.parametrize(
    ("before", "now", "broken", "emptied", "filled"),
    [
        pytest.param(EMPTY, EMPTY, False, False, False, id="both"),
        pytest.param(SOME, EMPTY, False, True, False, id="lost"),
        pytest.param(EMPTY, SOME, False, False, True, id="filled"),
        pytest.param(EMPTY, None, True, False, False, id="gone"),
    ],
)
@pytest.mark.parametrize("used", [None, 0.0, 0.5])
def test_a_column_without_values_is_not_called_broken(
    before: Any, now: Any, broken: bool, emptied: bool, filled: bool, used: float | None
) -> None:
    importance = {} if used is None else {"k": 1 - used, "c": used}
    frames = [pd.DataFrame({"k": FLOATS, **({"c": side} if side is not None else {})}) for side in (before, now)]
    profile = Profile.from_bytes(Profile.of(as_table(frames[0]), importance).to_bytes())
    report = check_drift(profile, as_table(frames[1]), model="m", version=1, data="d")
    assert (report.broken, report.emptied, report.filled) == tuple(("c",) * one for one in (broken, emptied, filled))
    assert report.alarming is (broken or ((emptied or filled) and used != 0.0))
    said = [note for note in report.notes if "Without a value to compare on either side" in note]
    assert len(said) == (before is EMPTY and now is EMPTY)


@pytest.mark.parametrize("rows", [1, 5])
def test_few_rows_without_a_value_may_be_chance(rows: int) -> None:
    before = pd.DataFrame({"k": FLOATS, "c": replaced(FLOATS, 0.95, np.nan)})
    now = pd.DataFrame({"k": FLOATS[:rows], "c": [None] * rows})
    report = check_drift(Profile.of(as_table(before)), as_table(now), model="m", version=1, data="d")
    assert not report.alarming
    assert "With values on one side only, which may be chance, and not compared: 'c'." in report.notes


@pytest.mark.parametrize("share", [0.01, 0.1])
@pytest.mark.parametrize("used", [None, 0.0, 0.5])
def test_infinities_are_compared_like_missing_values(share: float, used: float | None) -> None:
    """They alarm from two more rows in a hundred on, and never move the finite rest."""
    importance = {} if used is None else {"k": 1 - used, "c": used}
    frames = [pd.DataFrame({"k": FLOATS, "c": side}) for side in (FLOATS, replaced(FLOATS, share, np.inf))]
    profile = Profile.of(as_table(frames[0]), importance)
    [found] = [c for c in check_drift(profile, as_table(frames[1]), model="m", version=1, data="d").columns
               if c.column == "c"]  # fmt: skip
    assert (found.reference_infinite, found.current_infinite) == (0.0, share)
    assert (found.drifted, found.infinite_changed, found.alarming) == (False, share > 0.02, share > 0.02 and used != 0)


def test_unchecked_columns_are_listed() -> None:
    assert check(FLOATS, None).unchecked == ("c",)
    assert check(FLOATS, LETTERS).unchecked == ("c",)
    assert check(WHOLE, WHOLE + 0.5).unchecked == ()


def test_long_lists_are_cut() -> None:
    now = np.array([f"new {i}" for i in range(50)] * (ROWS // 50))
    detail = check(LETTERS, now).findings[0].detail
    assert "and 45 more not in the reference, 1,200 rows" in detail


def test_chance_rarely_finds_anything() -> None:
    random = np.random.default_rng(1)
    found = 0
    for rows in [200, 2000] * 20:
        before, now = (random.standard_t(3, size=(n, 20)) for n in (1000, rows))
        profile = Profile.of(as_table(before))
        report = check_drift(profile, as_table(now), model="m", version=1, data="d", thresholds={"ks": 0.3})
        found += len(report.findings)
    assert found <= 2
