"""How long profile and check take on 1,000,000 x 50; `pytest benchmarks/bench_drift.py`, and IPYMLOPS_ROWS for less."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ipymlops.drift.binning import count, quantile_edges
from ipymlops.drift.drift_check import check_drift
from ipymlops.drift.profile import Profile
from ipymlops.frames import Table, as_table, row_fingerprints

ROWS = int(os.environ.get("IPYMLOPS_ROWS", 1_000_000))
FLOATS: list[Callable[[np.random.Generator, int], Any]] = [
    lambda random, rows: random.normal(size=rows),
    lambda random, rows: random.lognormal(size=rows),
    lambda random, rows: random.uniform(size=rows),
    lambda random, rows: random.exponential(size=rows),
    lambda random, rows: random.gamma(2, size=rows),
    lambda random, rows: random.normal(size=rows).round(2),
    lambda random, rows: np.where(random.random(rows) < 0.3, 0.0, random.gamma(2, size=rows)),
    lambda random, rows: random.standard_t(3, size=rows),
]


def fifty_columns(seed: int, rows: int = ROWS) -> Table:
    """40 floats of eight shapes, 5 integers, 5 categories of 10 to 1,000 levels."""
    random = np.random.default_rng(seed)
    columns: dict[str, Any] = {f"f{i}": FLOATS[i % len(FLOATS)](random, rows) for i in range(40)}
    columns |= {f"i{i}": random.poisson(3 + 10 * i, rows) for i in range(5)}
    for levels in (10, 30, 100, 300, 1000):
        columns[f"c{levels}"] = np.array([f"level {j}" for j in range(levels)])[random.integers(0, levels, rows)]
    return as_table(pd.DataFrame(columns))


@pytest.fixture(scope="module")
def tables() -> tuple[Table, Table]:
    return fifty_columns(0), fifty_columns(1)


def test_floor_one_look_up_a_value(benchmark: Any, tables: tuple[Table, Table]) -> None:
    """The loop that a check cannot do without, for one column: what the rest is to be measured against."""
    values = tables[0].numbers("f0")
    edges = quantile_edges(values)
    counts = benchmark(count, values, edges)
    assert counts.sum() == ROWS


def test_profile(benchmark: Any, tables: tuple[Table, Table]) -> None:
    profile = benchmark.pedantic(Profile.of, args=(tables[0],), rounds=3)
    assert len(profile.to_bytes()) < 1_000_000


def test_check(benchmark: Any, tables: tuple[Table, Table]) -> None:
    profile = Profile.of(tables[0])
    report = benchmark.pedantic(
        check_drift, args=(profile, tables[1]), kwargs={"model": "m", "version": 1, "data": "d"}, rounds=3
    )
    assert report.drifted == ()


def test_row_fingerprints(benchmark: Any, tables: tuple[Table, Table]) -> None:
    prints = benchmark.pedantic(row_fingerprints, args=(tables[0], tables[0].names[-20:]), rounds=3)
    assert len(np.unique(prints)) == ROWS
