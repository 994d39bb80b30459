"""How often the intervals of estimates without labels hold what the labels then show.

``python benchmarks/coverage.py [REPETITIONS]`` draws a labelled benchmark and unlabelled rows of another mix again and
again, from a model that is badly calibrated; nominal are 95 %. ``python benchmarks/coverage.py --dle [FITS]`` does so
for regression: windows of rows like the labelled ones, and of moved ones, with errors that are the same for all rows or
grow exponentially with a column.
"""

from __future__ import annotations

import sys
from collections import Counter

import numpy as np
import pandas as pd

from ipymlops.evaluation.answers import Predictions
from ipymlops.evaluation.label_free.cbpe import Cbpe
from ipymlops.evaluation.label_free.dle import Dle
from ipymlops.evaluation.metrics import metrics_of
from ipymlops.frames import Table, as_table

BENCHMARK, CURRENT = 1500, 800  # rows


def drawn(random: np.random.Generator, rows: int, shift: float) -> Predictions:
    """A model whose log-odds are 1.6 times those of the truth."""
    odds = random.normal(shift, 1.5, rows)
    true = (random.random(rows) < 1 / (1 + np.exp(-odds))).astype(int)
    p = 1 / (1 + np.exp(-1.6 * odds))
    return Predictions("binary", true, (p >= 0.5).astype(int), (0, 1), np.stack([1 - p, p], axis=1), p)


def measure(repetitions: int) -> dict[str, float]:
    """Metric -> share of intervals that held the realized figure."""
    random = np.random.default_rng(0)
    value = {m.name: m.value for m in metrics_of("binary")}
    inside: Counter[str] = Counter()
    for seed in range(repetitions):
        current = drawn(random, CURRENT, 0.7)
        for e in Cbpe.fit(drawn(random, BENCHMARK, 0.0), seed).estimate(current.answers):
            inside[e.name] += e.low <= value[e.name](current) <= e.high
    return {name: count / repetitions for name, count in inside.items()}


LABELLED, POOL, WINDOWS = 500, 20_000, (10, 50, 300, 2000)  # rows
EACH = 40  # windows of a size, of each fit


def priced(random: np.random.Generator, rows: int, moved: float, grows: bool) -> tuple[Table, Predictions]:
    """A regression whose errors are as large for every row, or grow with a column that is ``moved``."""
    a, b = random.normal(moved, 1, rows), random.normal(0, 1, rows)
    predicted = a + b
    error = random.normal(0, 1, rows) * (np.exp(0.6 * a + 0.3 * b) if grows else 1)
    frame = pd.DataFrame({"a": a, "b": b, "noise": random.normal(size=rows)})
    return as_table(frame), Predictions("regression", predicted + error, predicted)


def measure_dle(fits: int, moved: float, grows: bool) -> dict[tuple[str, int], float]:
    """(metric, rows of a window) -> share of intervals that held the realized figure."""
    value = {m.name: m.value for m in metrics_of("regression")}
    inside: Counter[tuple[str, int]] = Counter()
    for seed in range(fits):
        random = np.random.default_rng(seed)
        fitted = Dle.fit(*priced(random, LABELLED, 0.0, grows), seed)
        pool, p = priced(random, POOL, moved, grows)
        for rows in WINDOWS:
            for _ in range(EACH):
                chosen = np.sort(random.choice(POOL, rows, replace=False))
                window = Predictions("regression", p.true[chosen], p.predicted[chosen])
                for e in fitted.estimate(as_table(pool.take(chosen), pool.names), window.answers):
                    inside[e.name, rows] += e.low <= value[e.name](window) <= e.high
    return {key: count / (fits * EACH) for key, count in inside.items()}


def show_dle(fits: int) -> None:
    for grows in (False, True):
        for moved in (0.0, 0.5):
            print(f"errors {'grow' if grows else 'of one size'}, rows moved by {moved} standard deviations")
            for (name, rows), share in measure_dle(fits, moved, grows).items():
                print(f"  {name:5} {rows:5} rows {share:.3f}")


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:] if word.isdigit()]
    if "--dle" in sys.argv:
        show_dle(*numbers or [30])
    else:
        for name, share in measure(*numbers or [2000]).items():
            print(f"{name:20} {share:.3f}")
