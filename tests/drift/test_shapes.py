"""Pictures hold all rows, in few bars."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from ipymlops.drift.profile import Profile
from ipymlops.drift.results import Shape
from ipymlops.drift.shapes import BARS, levels_shape, numbers_shape
from ipymlops.frames import as_table


def shape(before: Any, now: Any) -> Shape:
    profile = Profile.of(as_table(pd.DataFrame({"c": before})))
    current = profile.measure(as_table(pd.DataFrame({"c": now})))
    first, second = profile.columns["c"], current.columns["c"]
    draw: Any = levels_shape if first.kind in ("category", "boolean") else numbers_shape
    found = draw(first, second)
    assert isinstance(found, Shape)
    return found


columns = npst.arrays(np.float64, st.integers(1, 50), elements=st.floats(-1e6, 1e6))
whole = npst.arrays(np.int64, st.integers(1, 50), elements=st.integers(-1000, 1000))


@given(st.one_of(st.tuples(columns, columns), st.tuples(whole, whole)))
def test_bars_hold_all_rows(pair: Any) -> None:
    found = shape(*pair)
    assert len(found.edges) == len(found.reference) + 1 == len(found.current) + 1 <= BARS + 1
    assert list(found.edges) == sorted(set(found.edges))
    assert sum(found.reference) == pytest.approx(1)
    assert sum(found.current) == pytest.approx(1)
    assert min(found.reference) >= 0
    assert min(found.current) >= 0


def test_bars_of_numbers_are_near_the_histogram() -> None:
    random = np.random.default_rng(0)
    before, now = random.normal(size=20_000), random.normal(1, 2, size=20_000)
    found = shape(before, now)
    for side, values in ((found.reference, before), (found.current, now)):
        inside = np.clip(values, found.edges[0], found.edges[-1])
        assert np.abs(np.histogram(inside, found.edges)[0] / 20_000 - side).max() < 0.01


def test_a_far_outlier_does_not_flatten_the_picture() -> None:
    values = np.random.default_rng(0).normal(size=2000)
    found = shape(values, np.append(values[:50], 1e9))
    assert found.edges[-1] < 10
    assert found.current[-1] >= 1 / 51 - 1e-9


@pytest.mark.parametrize("before", [[1, 1, 2, 4], [1.0, 1.0, 2.0, 4.0], [1.0, 1.0, np.nan, 2.0, 4.0]])
def test_bars_of_whole_numbers_hold_them_exactly(before: list[float]) -> None:
    found = shape(before, [1, 4, 4, 4])
    assert found.edges == (0.5, 1.5, 2.5, 3.5, 4.5)
    assert found.reference == (0.5, 0.25, 0.0, 0.25)
    assert found.current == (0.25, 0.0, 0.0, 0.75)


@pytest.mark.parametrize("highest", [10, 40, 300])
def test_bars_of_whole_numbers_kept_as_floats_hold_as_many_each(highest: int) -> None:
    values = np.random.default_rng(0).integers(0, highest, 5000).astype(float)
    found = shape(values, values + 3)
    widths = set(np.diff(found.edges))
    assert len(widths) == 1
    assert widths.pop() % 1 == 0
    assert {edge % 1 for edge in found.edges} == {0.5}


@pytest.mark.parametrize("value", [0.5, 2.0**52, 1e20, -1e20])
def test_values_that_have_no_whole_neighbours_are_drawn(value: float) -> None:
    found = shape([value, value], [value])
    assert found.reference == found.current == (1.0,)
    assert found.edges[0] < value < found.edges[1]


def test_levels_show_the_largest_of_either_side() -> None:
    before = [f"level {i}" for i in range(40)] + ["top"] * 60
    found = shape(before, ["new"] * 50 + ["top"] * 50)
    assert found.labels[:3] == ("top", "new", "level 0")
    assert (len(found.labels), found.labels[-1]) == (11, "(other)")
    assert found.reference[:2] == (0.6, 0.0)
    assert found.current[:2] == (0.5, 0.5)
    assert sum(found.reference) == pytest.approx(1)


def test_few_levels_need_no_rest() -> None:
    assert shape([True, False], [True, True]) == Shape((0.5, 0.5), (1.0, 0.0), labels=("True", "False"))
