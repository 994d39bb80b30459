"""DLE: the performance of a regression without labels, from a second model that predicts the size of its errors.

Errors differ from row to row, and a table that holds more of the hard rows lets one expect larger ones. It says nothing
of rows where the target follows other rules than before (concept drift).
Source: the description of direct loss estimation by the NannyML project.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ipymlops.errors import BadInput
from ipymlops.evaluation.answers import Answers, Predictions
from ipymlops.evaluation.results import Estimate
from ipymlops.evaluation.targets import Floats
from ipymlops.evaluation.uncertainty import z_of
from ipymlops.frames import Table
from ipymlops.frames.encoding import Encoding

FEWEST = 50  # labelled rows from which the size of errors can be learned
FOLDS = 5
LEAF = 40  # rows a leaf: the mean of fewer sizes says little
METHOD = "DLE"
METRICS = ("rmse", "mae")
_SIZES = {"mae": np.abs, "rmse": np.square}


@dataclass(frozen=True, slots=True)
class _Sizes:
    """One model of the size of errors, with what it misses on rows that it did not see."""

    model: Any
    columns: npt.NDArray[np.bool_]  # of the matrix, those that it takes
    shift: float  # the mean size that it misses
    spread: float  # the standard deviation of a single row's size around what is predicted
    rows: int


@dataclass(frozen=True, slots=True)
class Dle:
    """Learned from labelled rows: for each metric, a model of the size of an error given the row and the answer."""

    encoding: Encoding
    sizes: dict[str, _Sizes]

    @classmethod
    def fit(cls, table: Table, reference: Predictions, seed: int = 0) -> Dle:
        """From a model's answers (n,) on the labelled rows of ``table`` (n rows) that it was not trained on."""
        if len(reference.true) < FEWEST:
            raise BadInput(
                f"Found {len(reference.true)} labelled rows to learn the size of errors from",
                expected=f"at least {FEWEST}",
            )
        encoding = Encoding.of(table)
        X = _with_answers(encoding.matrix(table), reference.predicted)
        errors = reference.true - reference.predicted
        return cls(encoding, {name: _learned(X, _SIZES[name](errors), encoding, seed) for name in METRICS})

    def estimate(self, table: Table, answers: Answers, level: float = 0.95) -> tuple[Estimate, ...]:
        """RMSE and MAE on these rows, in target units; the interval is that of what their labels will show."""
        X = _with_answers(self.encoding.matrix(table), answers.predicted)
        return tuple(_estimate(name, self.sizes[name], X, level) for name in METRICS)


def _learned(X: Floats, sizes: Floats, encoding: Encoding, seed: int) -> _Sizes:
    from sklearn.ensemble import HistGradientBoostingRegressor
    from sklearn.model_selection import KFold, cross_val_predict

    folds = list(KFold(FOLDS, shuffle=True, random_state=seed).split(X))
    columns = _with_values(X, folds)
    X = X[:, columns]
    leaf = min(LEAF, max(5, len(X) // 20))
    model = HistGradientBoostingRegressor(
        max_leaf_nodes=15,
        max_iter=60,
        min_samples_leaf=leaf,
        categorical_features=np.array([*encoding.categorical, False])[columns],
        early_stopping=False,
        random_state=seed,
    )
    unseen = cross_val_predict(model, X, sizes, cv=folds)
    missed = sizes - unseen
    return _Sizes(model.fit(X, sizes), columns, float(missed.mean()), float(missed.std()), len(X))


def _with_values(X: Floats, folds: list[Any]) -> npt.NDArray[np.bool_]:
    """The columns that hold a value in the training part of every fold: the trees raise on others."""
    known = np.isfinite(X)
    return np.asarray(np.logical_and.reduce([known[train].any(axis=0) for train, _ in folds]))


def _estimate(name: str, sizes: _Sizes, X: Floats, level: float) -> Estimate:
    mean = float(sizes.model.predict(X[:, sizes.columns]).mean()) + sizes.shift
    mean = max(mean, 0.0)
    half = z_of(level) * sizes.spread * math.sqrt(1 / len(X) + 1 / sizes.rows)
    value, low, high = mean, max(0.0, mean - half), mean + half
    if name == "rmse":
        value, low, high = math.sqrt(value), math.sqrt(low), math.sqrt(high)
    return Estimate(name, value, low, high, level, len(X), METHOD, greater_is_better=False, unit="target units")


def _with_answers(X: Floats, predicted: Floats) -> Floats:
    return np.column_stack([X, predicted])
