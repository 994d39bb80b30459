"""How often the intervals of estimates without labels hold what the labels then show.

``python benchmarks/coverage.py [REPETITIONS]`` draws a labelled benchmark and unlabelled rows of another mix again and
again, from a model that is badly calibrated; nominal are 95 %.
"""

from __future__ import annotations

import sys
from collections import Counter

import numpy as np

from ipymlops.evaluation.answers import Predictions
from ipymlops.evaluation.label_free.cbpe import Cbpe
from ipymlops.evaluation.metrics import metrics_of

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


if __name__ == "__main__":
    repetitions = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    for name, share in measure(repetitions).items():
        print(f"{name:20} {share:.3f}")
