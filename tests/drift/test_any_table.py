"""Whatever two tables hold, a check answers, and its numbers are numbers."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from typing import Any

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from ipymlops.drift.drift_check import check_drift
from ipymlops.drift.profile import Profile
from ipymlops.frames import as_table

cells = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), st.text(max_size=3), st.dates(),
    st.datetimes(), st.decimals(allow_nan=False, allow_infinity=False, places=2), st.tuples(st.integers()),
)  # fmt: skip
columns = st.one_of(
    st.lists(cells, min_size=1, max_size=30),
    st.lists(st.floats(), min_size=1, max_size=30),
    st.lists(st.one_of(st.none(), st.booleans()), min_size=1, max_size=30),
    st.lists(st.one_of(st.none(), st.sampled_from("abc")), min_size=1, max_size=30),
    st.lists(st.datetimes(), min_size=1, max_size=30),
)


def table(values: list[Any]) -> Any:
    return as_table(pd.DataFrame({"c": pd.Series(values), "k": pd.Series(range(len(values)))}))


@settings(max_examples=300)
@given(columns, columns)
def test_any_table_is_answered(before: list[Any], now: list[Any]) -> None:
    profile = Profile.from_bytes(Profile.of(table(before)).to_bytes())
    report = check_drift(profile, table(now), model="m", version=1, data="d")
    assert "k" in {c.column for c in report.columns}
    told = {c.column for c in report.columns} | {f.column for f in report.findings}
    assert "c" in told or any("'c'" in note for note in report.notes)
    for found in report.columns:
        assert 0 <= found.effect_low <= found.effect <= found.effect_high <= 1 + 1e-9
        assert found.p_value is not None
        assert found.p_adjusted is not None
        assert 0 <= found.p_value <= found.p_adjusted + 1e-12 <= 1 + 1e-9
        assert all(math.isfinite(value) for value in found.others.values())
    assert json.dumps(asdict(report), allow_nan=False)


@given(columns)
def test_a_table_has_not_drifted_from_itself(values: list[Any]) -> None:
    profile = Profile.of(table(values))
    report = check_drift(profile, table(values), model="m", version=1, data="d")
    assert report.drifted == ()
    assert {f.code for f in report.findings} <= {"too-few-rows", "unsupported"}
