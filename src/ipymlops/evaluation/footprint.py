"""How large a model is and how long it takes to answer, on the machine that asks."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from ipymlops.evaluation.results import Footprint, Latency
from ipymlops.frames import as_table

BATCHES = (1, 1000)  # rows at once
SECONDS = 0.15  # for each of them
FEWEST, MOST = 3, 500  # measurements


def footprint(model: Any, X: Any, *, size: int, clock: Callable[[], float] = perf_counter) -> Footprint:
    """The time from a table of one row, and of 1,000, to its answers, and ``size``, the bytes that are stored.

    Asked is for probabilities where there are any, else for labels or numbers. Each batch is asked for once without
    being counted, then for 0.15 s: at least three times, at most 500. The rows are those of ``X``, repeated where
    there are fewer than 1,000. It is the model alone: reading a request and finding its columns come on top. Other work
    on the machine makes it larger, which is why the median is told beside the slowest of a hundred.
    """
    ask = getattr(model, "predict_proba", None) or model.predict
    return Footprint(size, tuple(_latency(ask, X, rows, clock) for rows in BATCHES), processor(), os.cpu_count() or 1)


def _latency(ask: Callable[[Any], Any], X: Any, rows: int, clock: Callable[[], float]) -> Latency:
    table = as_table(X)
    batch = table.take(np.arange(rows) % table.rows)
    ask(batch)
    taken: list[float] = []
    while len(taken) < FEWEST or (sum(taken) < SECONDS and len(taken) < MOST):
        start = clock()
        ask(batch)
        taken.append(clock() - start)
    median, slow = np.quantile(taken, (0.5, 0.99))
    return Latency(rows, float(median), float(slow), len(taken))


def processor() -> str:
    """What this machine calls its processor."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        named = (line for line in cpuinfo.read_text(errors="replace").splitlines() if line.startswith("model name"))
        if line := next(named, ""):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
