"""DLE on errors whose size is known, and its edges."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ipymlops.errors import BadInput
from ipymlops.evaluation.answers import Predictions
from ipymlops.evaluation.label_free import dle
from ipymlops.evaluation.label_free.dle import FEWEST, Dle
from ipymlops.evaluation.metrics import metrics_of
from ipymlops.frames import Table, as_table


def drawn(rows: int, seed: int, old: float = 0.5) -> tuple[Table, Predictions]:
    """Old flats are priced with three times the error of new ones; ``old`` is their share."""
    random = np.random.default_rng(seed)
    area = random.uniform(30, 120, rows)
    age = np.where(random.random(rows) < old, "old", "new")
    predicted = 2 * area
    true = predicted + random.normal(0, np.where(age == "old", 30, 10))
    return as_table(pd.DataFrame({"area": area, "age": age})), Predictions("regression", true, predicted)


@pytest.fixture(scope="module")
def learned() -> Dle:
    return Dle.fit(*drawn(2000, 0))


@pytest.mark.parametrize("old", [0.05, 0.5, 0.95])
def test_the_size_of_errors_follows_the_rows(learned: Dle, old: float) -> None:
    table, p = drawn(3000, 1, old)
    value = {m.name: m.value for m in metrics_of("regression")}
    for found in learned.estimate(table, p.answers):
        assert found.low <= value[found.name](p) <= found.high, found.name
        assert found.unit == "target units"


def test_intervals_hold_what_the_labels_show(learned: Dle) -> None:
    value = {m.name: m.value for m in metrics_of("regression")}
    inside = []
    for seed in range(60):
        table, p = drawn(500, 100 + seed, 0.3)
        inside.append([e.low <= value[e.name](p) <= e.high for e in learned.estimate(table, p.answers)])
    assert np.mean(inside) >= 0.85


def test_intervals_hold_it_over_many_fits() -> None:
    """The nominal 95 %, give or take chance; ``benchmarks/coverage.py --dle`` asks for more fits and windows."""
    value = {m.name: m.value for m in metrics_of("regression")}
    inside = []
    for seed in range(15):
        fitted = Dle.fit(*drawn(300, 1000 + seed))
        for window in range(10):
            table, p = drawn(200, 2000 + 10 * seed + window)
            inside += [e.low <= value[e.name](p) <= e.high for e in fitted.estimate(table, p.answers)]
    assert 0.9 <= np.mean(inside) <= 0.995


@pytest.mark.parametrize("seed", range(3))
def test_rows_that_were_rare_are_estimated_less_surely(seed: int) -> None:
    """Of one row in ten, fits that leave some out tell different things: more than single errors do."""
    fitted = Dle.fit(*drawn(600, seed, old=0.1))
    width = {}
    for old in (0.0, 1.0):
        table, p = drawn(3000, 4, old)
        width[old] = {e.name: (e.high - e.low) / e.value for e in fitted.estimate(table, p.answers)}
    assert all(width[1.0][name] > width[0.0][name] for name in dle.METRICS)


def test_of_many_rows_the_fits_are_compared_on_as_many_as_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    fitted = Dle.fit(*drawn(600, 3))
    table, p = drawn(3000, 4)
    whole = fitted.estimate(table, p.answers)
    monkeypatch.setattr(dle, "SPREAD", 500)
    for one, other in zip(fitted.estimate(table, p.answers), whole, strict=True):
        assert one.value == other.value
        assert one.high - one.low == pytest.approx(other.high - other.low, rel=0.1)


def test_too_few_rows_to_learn_from() -> None:
    with pytest.raises(BadInput, match=f"at least {FEWEST}"):
        Dle.fit(*drawn(FEWEST - 1, 0))


def test_of_many_rows_a_sample_tells_as_much(learned: Dle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dle, "MOST", 500)
    sampled = Dle.fit(*drawn(2000, 0))
    assert (learned.rows, sampled.rows) == (2000, 500)
    table, p = drawn(3000, 1, 0.3)
    for one, other in zip(sampled.estimate(table, p.answers), learned.estimate(table, p.answers), strict=True):
        assert one.value == pytest.approx(other.value, rel=0.1)


def test_each_fit_is_told() -> None:
    steps: list[str] = []
    Dle.fit(*drawn(100, 0), progress=steps.append)
    assert steps == [f"learn how large errors are from 100 rows, {n} of 6" for n in range(1, 7)] * 2


@pytest.mark.parametrize("known", [0, 1, 3])
def test_columns_without_values_say_nothing(known: int) -> None:
    """Alone, or in the training part of a fold, which the trees refuse."""
    table, p = drawn(400, 0)
    frame = table.native.assign(note=np.where(np.arange(400) < known, 1.5, np.nan))
    found = Dle.fit(as_table(frame), p).estimate(as_table(frame), p.answers)
    plain = Dle.fit(table, p).estimate(table, p.answers)
    assert [e.value for e in found] == pytest.approx([e.value for e in plain], rel=0.02)
