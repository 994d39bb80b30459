"""Categories without a name in the reference: exact sums in bounded memory, whatever the parts."""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ipymlops.drift.drift_check import compare
from ipymlops.drift.profile import Profile
from ipymlops.drift.summaries import Levels
from ipymlops.drift.unseen import NAMED, distinct
from ipymlops.frames import as_table

REFERENCE = Profile.of(as_table(pd.DataFrame({"c": ["a", "b"] * 500})))


def measured(values: list[str], size: int) -> tuple[Profile, Levels]:
    parts = [values[i : i + size] for i in range(0, len(values), size)]
    whole = reduce(Profile.merge, (REFERENCE.measure(as_table(pd.DataFrame({"c": part}))) for part in parts))
    levels = whole.columns["c"]
    assert isinstance(levels, Levels)
    return whole, levels


@pytest.mark.parametrize("different", [5, NAMED, 3 * NAMED, 20 * NAMED])
def test_parts_say_what_the_whole_says_in_bounded_memory(different: int) -> None:
    values = [f"new {i % different}" for i in range(25_000)] + ["a"] * 1000
    np.random.default_rng(0).shuffle(values)
    whole, levels = measured(values, 10**6)
    parts, again = measured(values, 4_000)
    assert parts == whole
    assert again == levels
    assert len(levels.unseen) == min(different, NAMED)
    assert sum(levels.unseen.values()) + levels.unnamed == 25_000
    assert levels.counts["a"] == 1000
    assert levels.unseen == {name: values.count(name) for name in list(levels.unseen)[:20]} | levels.unseen
    assert distinct(levels.unseen, levels.unnamed) == pytest.approx(different, rel=0.1 if different > NAMED else 0)
    assert Profile.from_bytes(whole.to_bytes()) == whole


def test_the_distance_does_not_depend_on_names() -> None:
    """Half a row a category in the stability index apart, categories of the current side alone count as one."""
    told: list[Any] = []
    for different in (1, 5 * NAMED):
        current, _ = measured([f"new {i % different}" for i in range(10_000)] + ["a", "b"] * 5000, 10**6)
        report = compare(REFERENCE, current, model="m", version=1, data="d")
        told.append(report.columns[0])
        [found] = [f for f in report.findings if f.code == "new-categories"]
        assert "10,000 rows" in found.detail
        assert ("about " in found.detail) == (different > NAMED)
    assert told[0].effect == pytest.approx(told[1].effect)
    assert told[0].others["hellinger"] == pytest.approx(told[1].others["hellinger"])
