"""How much a model uses each column: what its answers lose when the column is shuffled."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from ipymlops import frames
from ipymlops.evaluation.answers import Predictions
from ipymlops.evaluation.predictions import predict
from ipymlops.evaluation.targets import Floats
from ipymlops.evaluation.terms import row_loss
from ipymlops.progress import Progress

ROWS = 1000
FEWEST = 50  # rows that a table of many columns is cut to; one that needs fewer is not measured at all
# Many shuffled columns are put to the model at once (a forest costs more a call than a row), in bounded memory.
ROWS_A_CALL, CELLS_A_CALL = 50_000, 10_000_000
# The price: each column asks for as many answers as there are rows, each answer reads all columns.
MOST_ANSWERS, MOST_CELLS = 300_000, 500_000_000
REPEATS = 5  # at most; small samples are shuffled several times at the price of one large one
NOISE = 2.0  # standard errors over rows that a column's loss must stand above
LITTLE = 0.02  # a share that is not worth telling from none
ROUNDING = 1e-9  # of the loss's scale; less is arithmetic, however regular

Index = npt.NDArray[np.intp]


def permutation_importance(
    model: Any,
    X: Any,
    y: Any,
    *,
    seed: int = 0,
    rows: int = ROWS,
    repeats: int | None = None,
    progress: Progress | None = None,
) -> dict[str, float]:
    """Each column's share of what the model uses: 0 or more, together 1, largest first.

    Taken on at most ``rows`` labelled rows drawn with ``seed``, best ones the model was not trained on: what each row's
    loss gains when one column is shuffled, averaged over ``repeats`` (None: as many as cost no more than 1,000 rows).
    Above 300 columns fewer rows are taken, and above 3,162, where they would be fewer than 50, the answer is empty.
    The loss is the log loss where there are probabilities, being wrong where there are labels only, and the squared
    error of a regression: none of them stops moving where the model is nearly perfect, as ROC AUC does.

    The gain is compared with its own standard error over rows. Above it, a column has its share. Not above it, a
    column has 0 where even the upper end of its gain is a share below 0.02, and else is left out: nobody knows. Where
    no column stands above its noise the answer is empty, for the same reason.

    It misleads where columns go together: they share their importance or hide each other's, so a small share does
    not prove a column unused.

    References: Breiman (2001), Random Forests; Fisher, Rudin, Dominici (2019), JMLR 20.
    """
    random = np.random.default_rng(seed)
    table, targets = frames.as_table(X), frames.vector(y)
    most = affordable(len(table.names))
    if most < FEWEST:
        return {}
    rows = min(rows, most)
    if table.rows <= rows or table.rows != len(targets):
        sample = table
    else:
        index = np.sort(random.choice(table.rows, rows, replace=False))
        sample, targets = frames.as_table(table.take(index), _names(table)), targets[index]
    whole = predict(model, sample.native, targets, from_scores=True)
    times = repeats or int(np.clip(min(ROWS, most) // max(sample.rows, 1), 1, REPEATS))
    tell = _counted(progress, times * len(table.names))
    gains = np.mean([_gains(model, sample, targets, whole, random, tell) for _ in range(times)], axis=0)
    return _shares(table.names, gains, ROUNDING * _scale(whole))


def affordable(columns: int) -> int:
    """How many rows a table of so many columns can be measured on."""
    return min(MOST_ANSWERS // columns, MOST_CELLS // columns**2)


def _gains(
    model: Any,
    sample: frames.Table,
    targets: Any,
    whole: Predictions,
    random: np.random.Generator,
    tell: Callable[[int], None],
) -> npt.NDArray[np.float64]:
    """What each row's loss gains, a row of the answer for each shuffled column."""
    before, gains = row_loss(whole), []
    for shuffled, count in _shuffled(sample, random):
        tell(count)
        answered = predict(model, shuffled, np.tile(targets, count), from_scores=True)
        gains += [row_loss(part) - before for part in _split(answered, count)]
    return np.array(gains)


def _counted(progress: Progress | None, total: int) -> Callable[[int], None]:
    """To be called with how many columns are shuffled next."""
    done = 0

    def tell(more: int) -> None:
        nonlocal done
        done += more
        if progress is not None:
            progress(f"shuffle columns to see which are used, {done:,} of {total:,}")

    return tell


def _scale(p: Predictions) -> float:
    return float(np.var(p.true)) if p.task == "regression" else 1.0


def _shuffled(sample: frames.Table, random: np.random.Generator) -> Iterator[tuple[Any, int]]:
    """Tables that hold the sample several times over, one column shuffled in each copy, and the copies in each."""
    columns = len(sample.names)
    at_once = max(1, min(ROWS_A_CALL, CELLS_A_CALL // columns) // sample.rows)
    straight = np.arange(sample.rows)
    for start in range(0, columns, at_once):
        block = range(start, min(start + at_once, columns))
        moved: dict[int, Index] = {
            c: np.concatenate([random.permutation(sample.rows) if c == shuffled else straight for shuffled in block])
            for c in block
        }
        yield sample.gather(np.tile(straight, len(block)), moved), len(block)


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


def _shares(names: tuple[str, ...], gains: Floats, least: float) -> dict[str, float]:
    """From what each row's loss gains, (columns, rows)."""
    rows = gains.shape[1]
    if rows < 2:
        return {}
    mean = gains.mean(axis=1)
    noise = NOISE * gains.std(axis=1, ddof=1) / np.sqrt(rows)
    used = mean > np.maximum(noise, least)
    total = mean[used].sum()
    if not total > 0:
        return {}
    known = used | (np.maximum(mean, 0.0) + noise <= max(least, LITTLE * total))
    shares = np.where(used, mean, 0.0) / total
    return {names[i]: float(shares[i]) for i in np.argsort(-shares, kind="stable") if known[i]}


def _names(table: frames.Table) -> tuple[str, ...] | None:
    return table.names if table.container == "numpy" else None
