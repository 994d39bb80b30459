"""What the drift check finds of planted changes, and how often it finds some where there are none.

Tables of 50 columns (numbers of eight shapes, whole numbers, categories, booleans; some with missing values), 5,000
rows on either side, a new reference for each repetition. ``python -m benchmarks.detection [REPETITIONS]``: 200 without
any drift, and a fifth of that for each planted change. *Significant* is a corrected p-value below 0.05, of a column or
of its missing rate; *found* is that and an effect above the threshold, which is what the check alarms on.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.bench_drift import FLOATS
from ipymlops.drift.drift_check import check_drift
from ipymlops.drift.profile import Profile
from ipymlops.drift.results import ColumnDrift, DriftReport
from ipymlops.drift.thresholds import THRESHOLDS
from ipymlops.frames import as_table

ROWS, ALPHA, TARGET = 5_000, 0.05, 0.05
Random = np.random.Generator
Change = Callable[[Random, pd.Series], pd.Series]


def fifty(random: Random) -> pd.DataFrame:
    """Nothing in it depends on when it was drawn."""
    columns: dict[str, Any] = {f"float{i}": FLOATS[i % len(FLOATS)](random, ROWS) for i in range(24)}
    columns |= {f"gaps{i}": _with_gaps(random, random.normal(size=ROWS), 0.02 * (i + 1)) for i in range(6)}
    columns |= {f"count{i}": random.poisson(2 + 5 * i, ROWS) for i in range(5)}
    columns |= {f"whole{i}": random.integers(0, 10 ** (i + 1), ROWS) for i in range(3)}
    for i, levels in enumerate((3, 5, 10, 30, 100, 300)):
        share = 1 / np.arange(1, levels + 1)
        columns[f"level{i}"] = np.array([f"level {j}" for j in range(levels)])[
            random.choice(levels, ROWS, p=share / share.sum())
        ]
    columns |= {f"few{i}": _with_gaps(random, random.choice(["a", "b", "c"], ROWS), 0.1) for i in range(2)}
    columns |= {f"yes{i}": random.random(ROWS) < 0.2 + 0.2 * i for i in range(4)}
    return pd.DataFrame(columns)


def _with_gaps(random: Random, values: Any, share: float) -> Any:
    return np.where(random.random(ROWS) < share, None if values.dtype.kind == "U" else np.nan, values)


def _shifted(by: float) -> Change:
    return lambda random, column: column + by * column.std()


def _wider(by: float) -> Change:
    return lambda random, column: (column - column.mean()) * by + column.mean()


def _mixed(share: float) -> Change:
    """Some rows come from far to the right."""
    return lambda random, column: column.where(random.random(ROWS) >= share, column + 3 * column.std())


def _raised(share: float) -> Change:
    """More, in the same unit."""
    return lambda random, column: (column + random.poisson(share * column.mean(), ROWS)).astype(column.dtype)


def _moved(share: float) -> Change:
    """Rows of all levels move to the second one."""
    return lambda random, column: column.where(random.random(ROWS) >= share, column.dropna().unique()[-1])


def _turned_on(share: float) -> Change:
    return lambda random, column: column | (random.random(ROWS) < share)


def _lost(share: float) -> Change:
    return lambda random, column: column.where(random.random(ROWS) >= share)


@dataclass(frozen=True)
class Planted:
    """One change of several columns, and how its answer is read."""

    name: str
    columns: tuple[str, ...]
    change: Change
    missing: bool = False  # it is the missing rate that changes


FLOAT, GAPS = ("float0", "float3", "float4", "float15", "float23"), tuple(f"gaps{i}" for i in range(5))
COUNT, LEVEL = tuple(f"count{i}" for i in range(5)), tuple(f"level{i}" for i in range(5))
PLANTED = (
    *(Planted(f"numbers shifted by {d:g} standard deviations", FLOAT, _shifted(d)) for d in (0.1, 0.25, 0.5, 1.0)),
    *(Planted(f"numbers spread {w:g} times as wide", FLOAT, _wider(w)) for w in (1.2, 1.5, 2.0)),
    *(Planted(f"{s:.0%} of numbers far to the right", FLOAT, _mixed(s)) for s in (0.02, 0.1, 0.2)),
    *(Planted(f"counts {s:.0%} higher", COUNT, _raised(s)) for s in (0.05, 0.2, 0.5)),
    *(Planted(f"{s:.0%} of rows in another category", LEVEL, _moved(s)) for s in (0.03, 0.1, 0.25)),
    *(
        Planted(f"booleans on in {s:.0%} of the rest", ("yes0", "yes1", "yes2", "yes3"), _turned_on(s))
        for s in (0.03, 0.1, 0.25)
    ),
    *(Planted(f"{s:.0%} more missing", GAPS, _lost(s), missing=True) for s in (0.01, 0.03, 0.1)),
)


def check(random: Random, planted: Planted | None = None) -> DriftReport:
    reference, current = fifty(random), fifty(random)
    for name in planted.columns if planted else ():
        assert planted is not None
        current[name] = planted.change(random, current[name])
    return check_drift(
        Profile.of(as_table(reference)), as_table(current), model="m", version=1, data="d", alpha=ALPHA,
        thresholds={"missing-rate": 0.0},  # so that it says which rates are significant at all
    )  # fmt: skip


def significant(column: ColumnDrift) -> bool:
    return column.missing_changed or (column.p_adjusted is not None and column.p_adjusted < ALPHA)


def found(column: ColumnDrift) -> bool:
    return column.drifted or (column.missing_changed and away(column) > THRESHOLDS["missing-rate"])


def away(column: ColumnDrift) -> float:
    return abs(column.current_missing - column.reference_missing)


def without_drift(repetitions: int) -> float:
    """Print how often a whole check errs; the share of checks with a significant column."""
    reports = [check(np.random.default_rng(seed)) for seed in range(repetitions)]
    some = sum(any(map(significant, r.columns)) for r in reports)
    called = sum(any(map(found, r.columns)) for r in reports)
    print(f"| without any drift, {repetitions} checks of 50 columns | checks | share |\n|---|---|---|")
    print(f"| at least one column significant | {some} | {some / repetitions:.1%} |")
    print(f"| at least one column found | {called} | {called / repetitions:.1%} |")
    return some / repetitions


def with_drift(planted: Planted, repetitions: int) -> None:
    """Print one row: of the planted columns and of all others, how many were found."""
    mine: list[ColumnDrift] = []
    others: list[ColumnDrift] = []
    for seed in range(repetitions):
        for column in check(np.random.default_rng(10_000 + seed), planted).columns:
            (mine if column.column in planted.columns else others).append(column)
    effect = np.median([away(c) if planted.missing else c.effect for c in mine])
    shares = " | ".join(f"{np.mean([rule(c) for c in mine]):.0%}" for rule in (significant, found))
    wrong = " | ".join(f"{sum(rule(c) for c in others)}" for rule in (significant, found))
    print(
        f"| {planted.name} | {len(planted.columns)} | {effect:.3f} | {shares} | {wrong} of {len(others):,} |",
        flush=True,
    )


def main() -> int:
    repetitions = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    start = time.process_time()
    rate = without_drift(repetitions)
    print("\n| planted in k of 50 columns | k | effect | significant | found | others significant | others found |")
    print("|---|---|---|---|---|---|---|")
    for planted in PLANTED:
        with_drift(planted, max(repetitions // 5, 1))
    print(f"\n{time.process_time() - start:.0f} CPU s; load of the machine {os.getloadavg()[0]:.1f}.")
    print(f"target: a check without drift errs in at most {TARGET:.0%}{' MISSED' if rate > TARGET else ''}")
    return 1 if rate > TARGET else 0


if __name__ == "__main__":
    sys.exit(main())
