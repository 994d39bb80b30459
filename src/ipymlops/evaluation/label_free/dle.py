"""DLE: the performance of a regression without labels, from a second model that predicts the size of its errors.

Errors differ from row to row, and a table that holds more of the hard rows lets one expect larger ones. It says nothing
of rows where the target follows other rules than before (concept drift).
Source: the description of direct loss estimation by the NannyML project. Other than there, sizes are learned with a log
link (never below 0, where a squared loss says so of easy rows), and an error varies in proportion to its expected size.

What the labelled rows leave open is told in two ways, and the larger one counts: by how far single errors differ from
what is predicted for them, and by how far fits that each leave a fifth of the rows out differ on the rows asked about
(delete-a-group jackknife, Shao and Wu 1989), which grows where these rows are rare among the labelled ones.

In simulations (``benchmarks/coverage.py --dle``: fits on 500 labelled rows) intervals at 95 % held the truth in 92 to
97 % of windows of 10 to 300 rows like the labelled ones, and in 87 to 97 % of those of 2,000. Trees do not see beyond
the rows they know: where rows move half a standard deviation towards errors that grow exponentially, it is 90 to 95 %
for MAE and 77 to 94 % for RMSE.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats

from ipymlops.errors import BadInput
from ipymlops.evaluation.answers import Answers, Predictions
from ipymlops.evaluation.results import Estimate
from ipymlops.evaluation.targets import Floats
from ipymlops.evaluation.units import TARGET_UNITS
from ipymlops.frames import Table, as_table
from ipymlops.frames.encoding import Encoding
from ipymlops.progress import Progress

FEWEST = 50  # labelled rows from which the size of errors can be learned
MOST = 20_000  # from which it is: more of them change the third digit and take minutes
FOLDS = 5
LEAST = 1e-12  # of the largest size, added to all
ROUNDS, RATE = 30, 0.2  # half the trees at twice the rate: as good in simulation, in half the time
LEAF = 40  # rows a leaf: the mean of fewer sizes says little
METHOD = "DLE"
HELD = (
    "In simulation, 95 % intervals of this kind (DLE) held the truth in 92 to 97 % of windows of up to 300 rows like "
    "the labelled ones; in fewer of larger windows, and of rows that are harder than any labelled one"
)
SPREAD = 20_000  # rows on which fits are compared: more of them change the third digit
METRICS = ("rmse", "mae")
_SIZES = {"mae": np.abs, "rmse": np.square}


@dataclass(frozen=True, slots=True)
class _Sizes:
    """One model of the size of errors, with what it misses on rows that it did not see."""

    model: Any
    columns: npt.NDArray[np.bool_]  # of the matrix, those that it takes
    scale: float  # by how much the mean size on unseen rows is more than predicted
    dispersion: float  # the variance of a single row's size, in squares of what is predicted for it
    doubt: float  # the relative variance of a mean size, from the rows that it was learned from
    parts: tuple[Any, ...]  # the same model, each without a fifth of the rows


@dataclass(frozen=True, slots=True)
class Dle:
    """Learned from labelled rows: for each metric, a model of the size of an error given the row and the answer."""

    encoding: Encoding
    sizes: dict[str, _Sizes]
    rows: int  # that it was learned from

    @classmethod
    def fit(cls, table: Table, reference: Predictions, seed: int = 0, progress: Progress | None = None) -> Dle:
        """From a model's answers (n,) on the labelled rows of ``table`` (n rows) that it was not trained on.
        ``progress`` hears of each fit. Of more than ``MOST`` rows it is a sample, drawn by ``seed``."""
        if len(reference.true) < FEWEST:
            raise BadInput(
                f"Found {len(reference.true)} labelled rows to learn the size of errors from",
                expected=f"at least {FEWEST}",
            )
        predicted, errors = reference.predicted, reference.true - reference.predicted
        if len(errors) > MOST:
            chosen = np.sort(np.random.default_rng(seed).permutation(len(errors))[:MOST])
            table, predicted, errors = as_table(table.take(chosen), table.names), predicted[chosen], errors[chosen]
        encoding = Encoding.of(table)
        X = _with_answers(encoding.matrix(table), predicted)
        say = progress or (lambda _: None)
        sizes = {name: _learned(X, _SIZES[name](errors), encoding, seed, say) for name in METRICS}
        return cls(encoding, sizes, len(errors))

    def estimate(self, table: Table, answers: Answers, level: float = 0.95) -> tuple[Estimate, ...]:
        """RMSE and MAE on these rows, in target units; the interval is that of what their labels will show."""
        X = _with_answers(self.encoding.matrix(table), answers.predicted)
        return tuple(_estimate(name, self.sizes[name], X, level) for name in METRICS)


@contextmanager
def _one_thread() -> Iterator[None]:
    """On tables of this size the threads of the trees wait for each other longer than they work: on a machine with
    other work to do, a hundred times as long."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, "openmp"):
        yield


def _learned(X: Floats, sizes: Floats, encoding: Encoding, seed: int, say: Progress) -> _Sizes:
    from sklearn.base import clone
    from sklearn.ensemble import HistGradientBoostingRegressor
    from sklearn.model_selection import KFold

    folds = list(KFold(FOLDS, shuffle=True, random_state=seed).split(X))
    columns = _with_values(X, folds)
    X = X[:, columns]
    leaf = min(LEAF, max(5, len(X) // 20))
    model = HistGradientBoostingRegressor(
        max_leaf_nodes=15,
        max_iter=ROUNDS,
        learning_rate=RATE,
        min_samples_leaf=leaf,
        categorical_features=np.array([*encoding.categorical, False])[columns],
        early_stopping=False,
        loss="poisson",
        random_state=seed,
    )
    sizes = sizes + np.maximum(sizes.max() * LEAST, np.finfo(np.float64).tiny)  # a Poisson loss needs some size
    unseen, parts = np.empty(len(X)), []
    with _one_thread():
        for number, (train, test) in enumerate(folds, start=1):
            say(f"learn how large errors are from {len(X):,} rows, {number} of {FOLDS + 1}")
            parts.append(clone(model).fit(X[train], sizes[train]))
            unseen[test] = parts[-1].predict(X[test])
        say(f"learn how large errors are from {len(X):,} rows, {FOLDS + 1} of {FOLDS + 1}")
        model.fit(X, sizes)
    scale = float(sizes.mean() / unseen.mean())
    unseen *= scale
    dispersion = float(np.sum((sizes - unseen) ** 2) / np.sum(unseen**2))
    doubt = dispersion * float(np.sum(unseen**2) / np.sum(unseen) ** 2)
    return _Sizes(model, columns, scale, dispersion, doubt, tuple(parts))


def _with_values(X: Floats, folds: list[Any]) -> npt.NDArray[np.bool_]:
    """The columns that hold a value in the training part of every fold: the trees raise on others."""
    known = np.isfinite(X)
    return np.asarray(np.logical_and.reduce([known[train].any(axis=0) for train, _ in folds]))


def _estimate(name: str, sizes: _Sizes, X: Floats, level: float) -> Estimate:
    """A mean of sizes is taken for a gamma variable, as that of squared normal errors is: skewed where rows are few."""
    with _one_thread():
        each = sizes.scale * sizes.model.predict(X[:, sizes.columns])
        doubt = max(sizes.doubt, _spread(sizes.parts, X[:, sizes.columns]))
    value = float(each.mean())
    shape = 1 / (sizes.dispersion * float(np.sum(each**2) / np.sum(each) ** 2) + doubt)
    low, high = (value * float(stats.gamma.ppf(p, shape)) / shape for p in ((1 - level) / 2, (1 + level) / 2))
    if name == "rmse":
        value, low, high = math.sqrt(value), math.sqrt(low), math.sqrt(high)
    return Estimate(name, value, low, high, level, len(X), METHOD, greater_is_better=False, unit=TARGET_UNITS)


def _spread(parts: tuple[Any, ...], X: Floats) -> float:
    """The relative variance of the mean size of these rows, from fits that each leave a part of what was learned from
    out. Of more than ``SPREAD`` rows it takes as many, evenly."""
    rows = X[np.linspace(0, len(X) - 1, min(len(X), SPREAD)).astype(np.intp)]
    means = np.array([part.predict(rows).mean() for part in parts])
    return float((len(means) - 1) * np.var(means) / means.mean() ** 2)


def _with_answers(X: Floats, predicted: Floats) -> Floats:
    return np.column_stack([X, predicted])
