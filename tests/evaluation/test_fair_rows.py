"""Leaving out rows that were trained on, without changing what the classes are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from ipymlops.evaluation.fair_rows import FEWEST_IN_CLASS, fair_rows


def table(*classes: tuple[Any, int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Labels and seen rows from (class, rows, rows seen)."""
    y = np.concatenate([np.full(rows, label, dtype=object) for label, rows, _ in classes])
    return y, np.concatenate([np.arange(rows) < seen for _, rows, seen in classes])


@pytest.mark.parametrize(
    ("classes", "kept"),
    [
        pytest.param([("a", 80, 0), ("b", 20, 0)], {"a": 80, "b": 20}, id="nothing seen"),
        pytest.param([("a", 80, 40), ("b", 20, 10)], {"a": 40, "b": 10}, id="seen in proportion"),
        pytest.param([("a", 80, 40), ("b", 20, 15)], {"a": 20, "b": 5}, id="the scarcest decides"),
        pytest.param([("a", 80, 70), ("b", 20, 0)], {"a": 10, "b": 2}, id="the larger class may be the scarcest"),
        pytest.param([("a", 500, 100), ("b", 499, 99), ("c", 1, 1)], {"a": 400, "b": 399}, id="a class of one row"),
        pytest.param([("a", 80, 40), ("b", 20, 10), ("c", 4, 1)], {"a": 40, "b": 10, "c": 3}, id="a small class stays"),
        pytest.param([("a", 80, 40), ("b", 5, 5)], {}, id="nothing left of a class that counts"),
        pytest.param([("a", 80, 80), ("b", 4, 0)], {}, id="only a small class is left"),
        pytest.param([("a", 3, 1), ("b", 4, 4)], {"a": 2}, id="small classes only"),
        pytest.param([("a", 80, 80)], {}, id="all seen"),
    ],
)
def test_how_many_of_each_class_are_left(classes: list[tuple[Any, int, int]], kept: dict[str, int]) -> None:
    y, seen = table(*classes)
    left = fair_rows(y, seen, classes=True)
    labels, counts = np.unique(y[left].astype(str), return_counts=True)
    assert dict(zip(labels, counts, strict=True)) == kept


def test_measurements_are_never_thinned() -> None:
    y, seen = table((1.0, 80, 40), (2.0, 20, 15))
    assert fair_rows(y, seen, classes=False).tolist() == np.flatnonzero(~seen).tolist()


def test_the_seed_chooses_which_of_a_class() -> None:
    y, seen = table(("a", 80, 40), ("b", 20, 15))
    assert fair_rows(y, seen, classes=True).tolist() == fair_rows(y, seen, classes=True).tolist()
    assert fair_rows(y, seen, classes=True).tolist() != fair_rows(y, seen, classes=True, seed=1).tolist()


@given(st.data())
def test_what_is_left_is_unseen_and_in_proportion(data: st.DataObject) -> None:
    rows = data.draw(st.integers(1, 200))
    y = data.draw(npst.arrays(np.int64, rows, elements=st.integers(0, 5)))
    seen = data.draw(npst.arrays(np.bool_, rows))
    left = fair_rows(y, seen, classes=True)
    assert left.tolist() == sorted(set(left.tolist()))
    assert not seen[left].any()
    before, after = np.bincount(y, minlength=6), np.bincount(y[left], minlength=6)
    large = before >= FEWEST_IN_CLASS
    if large.any() and len(left):
        scale = max(after[large] / before[large])
        assert (np.abs(after[large] - before[large] * scale) <= 1 + 1e-9).all()
        scarcest = min((np.bincount(y[~seen], minlength=6) / np.maximum(before, 1))[large])
        assert scale == pytest.approx(scarcest)
