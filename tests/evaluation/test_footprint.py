"""Size and latency, with a clock of the test's own: no assertion hangs on how fast a machine is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.linear_model import LinearRegression

from ipymlops.evaluation.evaluation import evaluate
from ipymlops.evaluation.footprint import FEWEST, MOST, footprint
from ipymlops.evaluation.stored import from_record, to_record


class Asked:
    """Remembers how many rows it was asked about, and takes so many seconds a row on ``clock``."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.now, self.rows = seconds, 0.0, list[int]()

    def predict(self, X: Any) -> Any:
        self.rows.append(len(X))
        self.now += self.seconds * len(X)
        return np.zeros(len(X))

    def clock(self) -> float:
        return self.now


TABLES: dict[str, Callable[[pd.DataFrame], Any]] = {
    "pandas": lambda X: X,
    "numpy": lambda X: X.to_numpy(),
    "arrow": pa.Table.from_pandas,
}


@pytest.mark.parametrize("kind", TABLES)
def test_one_row_and_a_thousand_whatever_the_table(kind: str) -> None:
    model = Asked(2**-10)
    found = footprint(model, TABLES[kind](pd.DataFrame({"a": np.arange(7.0)})), size=12, clock=model.clock)
    one, thousand = found.latencies
    assert (one.rows, one.median, one.slow) == (1, 2**-10, 2**-10)
    assert (thousand.rows, thousand.median, thousand.measured) == (1000, 1000 / 1024, FEWEST)
    assert 100 < one.measured < MOST
    assert set(model.rows) == {1, 1000}
    assert found.size == 12
    assert found.processor


def test_a_clock_that_does_not_move_ends_too() -> None:
    model = Asked(0.0)
    assert {at.measured for at in footprint(model, np.ones((3, 2)), size=1, clock=model.clock).latencies} == {MOST}


def test_what_a_machine_took_is_not_stored() -> None:
    X, y = np.arange(40.0)[:, None], np.arange(40.0) % 7
    model = LinearRegression().fit(X, y)
    plain = evaluate(model, X, y, name="m")
    measured = replace(plain, footprint=footprint(model, X, size=1))
    assert to_record(measured) == to_record(plain)
    assert from_record(to_record(measured)) == plain
