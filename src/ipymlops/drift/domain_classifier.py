"""Whether rows as a whole look otherwise: a classifier that tries to tell reference rows from current ones.

It sees what column by column checks cannot: columns that keep their own distributions while their relation changes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

from ipymlops.drift.held_out_results import Separation
from ipymlops.drift.summaries import FAMILY
from ipymlops.errors import BadInput
from ipymlops.frames import Table, as_table, row_fingerprints
from ipymlops.frames.encoding import Encoding

ROWS = 10_000  # of each side, at most: the interval is then about 0.02 wide
FEWEST = 200  # of each side: with fewer the interval says nothing
FOLDS = 5
# About what a column shows whose distribution moves by the threshold of its own check (ks 0.1 of a normal: 0.57).
THRESHOLD = 0.55
SHOWN = 0.02  # of the separation: columns with a smaller share are noise
JUDGED = 2000  # rows of a fold that tell which columns separate

Floats = npt.NDArray[np.float64]
Hashes = npt.NDArray[np.uint64]
# Areas under the ROC curve of m rankings and their (m, m) covariance: evaluation.ranking.delong.
Areas = Callable[[npt.NDArray[np.bool_], Floats], tuple[Floats, Floats]]


def separation(
    reference: Table,
    current: Table,
    *,
    areas: Areas,
    columns: Sequence[str],
    importance: Mapping[str, float] | None = None,
    matters: float = 0.0,
    level: float = 0.95,
) -> Separation:
    """The out-of-fold area under the ROC curve of a classifier between the two tables, and which columns it leans on.

    ``columns`` are those it may use: leave out times and identifiers, which always tell old rows from new ones.
    ``importance`` is the share of each in what the model uses; the separation matters if its columns hold ``matters``.
    At most ``ROWS`` rows of each side are used, chosen by a hash of their values: the same rows always, in any order.
    A row that both tables hold falls into one fold, so data that contain reference rows are not told apart by memory.

    The area is the mean over folds, each judged by a classifier that saw none of its rows. Its variance is twice what
    DeLong's would be for independent folds: of two folds, each judges what the other taught, so where nothing differs
    their errors go together (simulated: 1.6 times; the bound of a linear classifier: 2).
    Where they are told apart, the same classifier made to look at columns one by one says what each shows by itself
    (``apart``): what is beyond that is how columns go together.
    It misleads where rows belong together (many of one customer) and where the reference is of another time of year.
    Reference: LeDell, Petersen, van der Laan (2015), Electronic Journal of Statistics 9, for the interval.

    >>> import pandas as pd
    >>> from ipymlops.evaluation.ranking import delong
    >>> random = np.random.default_rng(0)
    >>> before = as_table(pd.DataFrame({"x": random.normal(size=1000)}))
    >>> now = as_table(pd.DataFrame({"x": random.normal(1, size=1000)}))
    >>> found = separation(before, now, areas=delong, columns=["x"])
    >>> found.separated, round(found.auc, 2), found.columns
    (True, 0.75, (('x', 1.0),))
    """
    names = [n for n in columns if _alike(n, reference, current)]
    if not names:
        raise BadInput("Found no column that a classifier can use", expected="numbers, categories or booleans on both")
    for side in (reference, current):
        if not side.rows:
            raise BadInput("Found a table without rows", expected="rows to check")
    sides = _samples(reference, current, names)
    unknown = Separation(
        np.nan, np.nan, np.nan, level, THRESHOLD, sides[0][0].rows, sides[1][0].rows, reference.rows, current.rows,
        rows_needed=FEWEST,
    )  # fmt: skip
    if not unknown.enough:
        return unknown
    tables, hashes = zip(*sides, strict=True)
    encoding = replace(Encoding.of(*tables), names=tuple(names))
    X = np.concatenate([encoding.matrix(t) for t in tables])
    is_current = np.repeat([False, True], [t.rows for t in tables])
    folds = np.concatenate(hashes) % np.uint64(FOLDS)
    models = [_fitted(X[folds != k], is_current[folds != k], encoding) for k in range(FOLDS)]
    parts = [(X[folds == k], is_current[folds == k]) for k in range(FOLDS)]
    auc, low, high = _area(models, parts, areas, level)
    found = replace(unknown, auc=auc, low=low, high=high)
    if not found.separated:
        return found
    shares = _shares(models, parts, encoding.names, areas)
    alone = [_fitted(X[folds != k], is_current[folds != k], encoding, together=False) for k in range(FOLDS)]
    apart, gained = _gained(models, alone, parts, areas, level)
    return replace(
        found, columns=shares, matters=_matters(shares, importance or {}, matters), apart=apart, gained=gained
    )


def _alike(name: str, reference: Table, current: Table) -> bool:
    families = {FAMILY[side.kinds.get(name, "unsupported")] for side in (reference, current)}
    return len(families) == 1 and families <= {"numbers", "levels"}


def _samples(reference: Table, current: Table, names: Sequence[str]) -> tuple[tuple[Table, Hashes], ...]:
    """Of each table at most ``ROWS`` rows in the order of their hashes, and these.

    A row that stands once in either table is the same observation and has one hash, so both copies share a fold, and
    no classifier is trained on one and judged by the other. Rows that repeat within a table are equal by coincidence:
    their copies have hashes of their own, so that the folds of either side are drawn independently.
    """
    prints = [row_fingerprints(side, names) for side in (reference, current)]
    shared = np.intersect1d(_single(prints[0]), _single(prints[1]))
    salts = (np.uint64(1 << 40), np.uint64(2 << 40))
    return tuple(
        _sample(side, np.where(np.isin(some, shared), _mixed(some), _mixed(some + _mixed(_copies(some) + salt))))
        for side, some, salt in zip((reference, current), prints, salts, strict=True)
    )


def _sample(table: Table, hashes: Hashes) -> tuple[Table, Hashes]:
    chosen = np.argsort(hashes, kind="stable")[:ROWS]
    return as_table(table.take(chosen), table.names), hashes[chosen]


def _single(prints: Hashes) -> Hashes:
    values, counts = np.unique(prints, return_counts=True)
    return np.asarray(values[counts == 1])


def _copies(prints: Hashes) -> Hashes:
    """For each row, how many equal ones stand before it."""
    order = np.argsort(prints, kind="stable")
    ranked = prints[order]
    places = np.arange(len(prints))
    starts = np.where(np.append(True, ranked[1:] != ranked[:-1]), places, 0)
    count = np.empty(len(prints), dtype=np.uint64)
    count[order] = places - np.maximum.accumulate(starts)
    return count


def _mixed(values: Hashes) -> Hashes:
    """Each bit of the result hangs on each bit of the value (the finaliser of SplitMix64)."""
    mixed = values + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def _fitted(X: Floats, is_current: npt.NDArray[np.bool_], encoding: Encoding, *, together: bool = True) -> Any:
    """A classifier between the two; without ``together`` a sum of what each column says."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits

    model = HistGradientBoostingClassifier(
        max_iter=60, learning_rate=0.1, max_leaf_nodes=15, min_samples_leaf=20, early_stopping=False, random_state=0,
        categorical_features=list(encoding.categorical), interaction_cst=None if together else "no_interactions",
    )  # fmt: skip
    with threadpool_limits(1, "openmp"):  # on tables this small, threads wait for each other longer than they work
        return model.fit(X, is_current)


def _area(
    models: Sequence[Any], parts: Sequence[tuple[Floats, npt.NDArray[np.bool_]]], areas: Areas, level: float
) -> tuple[float, float, float]:
    """The mean area over the folds with its interval, made on the log-odds scale so that it stays inside 0 to 1."""
    found = [areas(y, _scores(model, X)[None]) for model, (X, y) in zip(models, parts, strict=True)]
    auc = float(np.mean([area[0] for area, _ in found]))
    spread = float(np.sqrt(2 * sum(covariance[0, 0] for _, covariance in found))) / len(found)
    if not 0 < auc < 1:
        return auc, auc, auc
    half = special.ndtri(0.5 + level / 2) * spread / (auc * (1 - auc))
    centre = special.logit(auc)
    return auc, float(special.expit(centre - half)), float(special.expit(centre + half))


def _gained(
    models: Sequence[Any],
    alone: Sequence[Any],
    parts: Sequence[tuple[Floats, npt.NDArray[np.bool_]]],
    areas: Areas,
    level: float,
) -> tuple[float, float]:
    """The mean area of those that look at columns ``alone``, and the lower end of what ``models`` have beyond it; the
    variance is doubled as that of the area is."""
    found = [
        areas(y, np.stack([_scores(full, X), _scores(one, X)]))
        for full, one, (X, y) in zip(models, alone, parts, strict=True)
    ]
    full, apart = np.mean([area for area, _ in found], axis=0)
    variance = 2 * sum(c[0, 0] + c[1, 1] - 2 * c[0, 1] for _, c in found) / len(found) ** 2
    return float(apart), float(full - apart - special.ndtri(0.5 + level / 2) * np.sqrt(max(variance, 0.0)))


def _scores(model: Any, X: Floats) -> Floats:
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, "openmp"):
        return np.asarray(model.decision_function(X), dtype=np.float64)


def _shares(
    models: Sequence[Any],
    parts: Sequence[tuple[Floats, npt.NDArray[np.bool_]]],
    names: Sequence[str],
    areas: Areas,
) -> tuple[tuple[str, float], ...]:
    """What shuffling each column costs of the area, as shares of all costs, the largest first."""
    random = np.random.default_rng(0)
    costs = np.zeros(len(names))
    for model, (X, y) in zip(models, parts, strict=True):
        some = np.sort(random.permutation(len(y))[:JUDGED])
        X, y = X[some], y[some]
        rankings = [_scores(model, X)]
        for i in range(len(names)):
            shuffled = X.copy()
            shuffled[:, i] = X[random.permutation(len(X)), i]
            rankings.append(_scores(model, shuffled))
        of_each = areas(y, np.stack(rankings))[0]
        costs += of_each[0] - of_each[1:]
    costs = np.maximum(costs, 0)
    shares = costs / costs.sum() if costs.sum() else costs
    order = sorted(range(len(names)), key=lambda i: (-shares[i], names[i]))
    return tuple((names[i], float(shares[i])) for i in order if shares[i] >= SHOWN)


def _matters(shares: Sequence[tuple[str, float]], importance: Mapping[str, float], enough: float) -> bool | None:
    if not any(importance.values()) or any(name not in importance for name, _ in shares):
        return None
    return sum(importance[name] for name, _ in shares) >= enough
