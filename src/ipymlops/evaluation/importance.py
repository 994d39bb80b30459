"""How much a model uses each column: what its answers lose when the column is shuffled."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from ipymlops import frames
from ipymlops.evaluation.evaluation import primary_of
from ipymlops.evaluation.predictions import Predictions, predict

ROWS = 1000
# Many shuffled columns are put to the model at once (a forest costs more a call than a row), in bounded memory.
ROWS_A_CALL = 50_000

Index = npt.NDArray[np.intp]


def permutation_importance(
    model: Any, X: Any, y: Any, *, seed: int = 0, rows: int = ROWS, repeats: int = 1
) -> dict[str, float]:
    """Each column's share of what the model uses: 0 or more, together 1, largest first.

    Taken on at most ``rows`` labelled rows drawn with ``seed``: what is lost when one column is shuffled, averaged
    over ``repeats``. Lost is the metric that decides (ROC AUC, balanced accuracy, RMSE). Where shuffling hurts
    nowhere, every share is 0. Columns that go together share their importance or hide each other's, so a small
    share does not prove a column unused.

    References: Breiman (2001), Random Forests; Fisher, Rudin, Dominici (2019), JMLR 20.
    """
    random = np.random.default_rng(seed)
    table, targets = frames.as_table(X), frames.vector(y)
    if table.rows <= rows or table.rows != len(targets):
        sample = table
    else:
        index = np.sort(random.choice(table.rows, rows, replace=False))
        sample, targets = frames.as_table(table.take(index), _names(table)), targets[index]
    whole = predict(model, sample.native, targets, from_scores=True)
    losses = np.zeros(len(table.names))
    for _ in range(repeats):
        losses += _losses(model, sample, targets, whole, random)
    return _shares(table.names, losses)


def _losses(
    model: Any, sample: frames.Table, targets: Any, whole: Predictions, random: np.random.Generator
) -> npt.NDArray[np.float64]:
    metric = primary_of(whole)
    sign = 1 if metric.greater_is_better else -1
    best = float(metric.value(whole))
    values = [
        float(metric.value(part))
        for shuffled, count in _shuffled(sample, random)
        for part in _split(predict(model, shuffled, np.tile(targets, count), from_scores=True), count)
    ]
    return np.array([sign * (best - value) for value in values])


def _shuffled(sample: frames.Table, random: np.random.Generator) -> Iterator[tuple[Any, int]]:
    """Tables that hold the sample several times over, one column shuffled in each copy, and the copies in each."""
    at_once = max(1, ROWS_A_CALL // sample.rows)
    columns = range(len(sample.names))
    straight = np.arange(sample.rows)
    for start in range(0, len(columns), at_once):
        block = columns[start : start + at_once]
        index: list[Index] = [
            np.concatenate([random.permutation(sample.rows) if c == shuffled else straight for shuffled in block])
            for c in columns
        ]
        yield sample.gather(index), len(block)


def _split(p: Predictions, count: int) -> Iterator[Predictions]:
    size = len(p.true) // count
    for i in range(count):
        part = slice(i * size, (i + 1) * size)
        yield Predictions(
            p.task,
            p.true[part],
            p.predicted[part],
            p.classes,
            None if p.probabilities is None else p.probabilities[part],
            None if p.scores is None else p.scores[part],
        )


def _shares(names: tuple[str, ...], losses: npt.NDArray[np.float64]) -> dict[str, float]:
    losses = np.maximum(losses, 0.0)
    total = losses.sum()
    shares = losses / total if total > 0 else losses
    order = np.argsort(-shares, kind="stable")
    return {names[i]: float(shares[i]) for i in order}


def _names(table: frames.Table) -> tuple[str, ...] | None:
    return table.names if table.container == "numpy" else None
