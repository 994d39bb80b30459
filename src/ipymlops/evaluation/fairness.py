"""How a model treats groups of rows: rates by group with intervals, and the gap between the best and the worst."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from ipymlops.errors import UnknownName
from ipymlops.evaluation.answers import Predictions
from ipymlops.evaluation.groups import Codes, groups_of
from ipymlops.evaluation.results import Estimate, Fairness, Gap, GroupFigures
from ipymlops.evaluation.targets import Floats
from ipymlops.evaluation.uncertainty import Interval, mean_interval, newcombe, welch, wilson
from ipymlops.evaluation.units import TARGET_UNITS
from ipymlops.frames import Table

FEWEST = 20  # rows that a figure of a group counts, below which it says nothing
ELSEWHERE = "name a table that has it: --data X y"

Rows = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of the rows of a group: ``hit`` among ``counted``. Which end is the better one is None where nobody can
    say: a selection rate."""

    name: str
    hit: Callable[[Predictions], Rows]
    counted: Callable[[Predictions], Rows]
    greater_is_better: bool = True


def _every(p: Predictions) -> Rows:
    return np.ones(len(p.true), dtype=bool)


def _flagged(p: Predictions) -> Rows:
    return np.asarray(p.predicted == 1)


def _right(p: Predictions) -> Rows:
    return np.asarray(p.true == p.predicted)


BINARY = (
    Rate("selection_rate", _flagged, _every),
    Rate("recall", _flagged, lambda p: p.positive),
    Rate("false_positive_rate", _flagged, lambda p: ~p.positive, greater_is_better=False),
    Rate("precision", lambda p: p.positive, _flagged),
)
MULTICLASS = (Rate("accuracy", _right, _every),)
ERRORS: dict[str, Callable[[Predictions], Floats]] = {
    "mean_error": lambda p: np.asarray(p.true - p.predicted, dtype=np.float64),
    "mae": lambda p: np.asarray(np.abs(p.true - p.predicted), dtype=np.float64),
}


def check_sensitive(table: Table, columns: Sequence[str], next_step: str = ELSEWHERE) -> None:
    """Raise UnknownName where the table lacks one of the columns, or cannot be read in it."""
    readable = [name for name in table.names if table.kinds[name] != "unsupported"]
    for name in columns:
        if name not in readable:
            raise UnknownName.of("column", name, readable, next_step=next_step)


def fairness(table: Table, column: str, p: Predictions, *, level: float = 0.95) -> Fairness:
    """The figures of each group of ``column``, and for each figure the gap between its highest and its lowest group.

    ``table`` has the n rows of ``p``. A group is a level of the column, or a quarter of its numbers; levels beyond the
    ten largest are one group, and so are rows without a value. Binary: selection rate, recall (true positive rate),
    false positive rate and precision, with Wilson's intervals and Newcombe's for gaps. Multiclass: accuracy.
    Regression: mean error (true - predicted) and mean absolute error, with Student's t and Welch's.

    The two groups of a gap are chosen for being furthest apart, so its interval is corrected (Bonferroni) for all pairs
    of groups, and for all figures: somebody will act on whichever shows a gap. A figure that counts fewer than 20 rows
    of a group takes no part in gaps, and is said to be too small.

    Equal rates are several demands that seldom can be met at once; which one is fair is no question of statistics.
    It misleads where labels themselves were made unfairly.

    References: Hardt, Price, Srebro (2016); Newcombe (1998), Statistics in Medicine 17.
    """
    names, codes = groups_of(table, column)
    figures = list(_rates(p, names, codes, level) if p.task != "regression" else _means(p, names, codes, level))
    groups = tuple(
        GroupFigures(name, int((codes == g).sum()), tuple(f.by_group[g] for f in figures))
        for g, name in enumerate(names)
    )
    gaps = tuple(gap for f in figures if (gap := _gap(f, names, 1 - (1 - level) / len(figures))) is not None)
    return Fairness(column, groups, gaps, FEWEST, level)


@dataclass(frozen=True, slots=True)
class _Figure:
    """One figure of every group, and the interval of the difference of two of them at a level."""

    name: str
    by_group: tuple[Estimate, ...]
    difference: Callable[[int, int, float], Interval]


def _rates(p: Predictions, names: Sequence[str], codes: Codes, level: float) -> Iterator[_Figure]:
    for rate in BINARY if p.task == "binary" else MULTICLASS:
        counted = rate.counted(p)
        trials = np.bincount(codes[counted], minlength=len(names)).tolist()
        hits = np.bincount(codes[counted & rate.hit(p)], minlength=len(names)).tolist()
        found = tuple(_rate(rate, hits[g], trials[g], level) for g in range(len(names)))

        def difference(a: int, b: int, at: float, hits: Any = hits, trials: Any = trials) -> Interval:
            return newcombe((hits[a], hits[b]), (trials[a], trials[b]), at)

        yield _Figure(rate.name, found, difference)


def _rate(rate: Rate, hits: int, trials: int, level: float) -> Estimate:
    low, high, method = wilson(hits, trials, level)
    value = hits / trials if trials else float("nan")
    return Estimate(rate.name, value, low, high, level, trials, method, rate.greater_is_better)


def _means(p: Predictions, names: Sequence[str], codes: Codes, level: float) -> Iterator[_Figure]:
    for name, of in ERRORS.items():
        parts = [of(p)[codes == g] for g in range(len(names))]
        found = tuple(_mean(name, part, level) for part in parts)

        def difference(a: int, b: int, at: float, parts: list[Floats] = parts) -> Interval:
            one, other = parts[a], parts[b]
            variances = float(one.var(ddof=1)) / len(one), float(other.var(ddof=1)) / len(other)
            return welch(float(one.mean() - other.mean()), variances, (len(one), len(other)), at)

        yield _Figure(name, found, difference)


def _mean(name: str, values: Floats, level: float) -> Estimate:
    low, high, method = mean_interval(values, level)
    return Estimate(name, float(values.mean()), low, high, level, len(values), method, False, TARGET_UNITS)


def _gap(figure: _Figure, names: Sequence[str], level: float) -> Gap | None:
    """Between the highest and the lowest of the groups that are large enough; None where there are not two."""
    enough = [g for g, e in enumerate(figure.by_group) if e.n_rows >= FEWEST]
    if len(enough) < 2:
        return None
    pairs = len(list(combinations(enough, 2)))
    enough.sort(key=lambda g: figure.by_group[g].value)
    low, high = enough[0], enough[-1]
    found = figure.difference(high, low, 1 - (1 - level) / pairs)
    top, bottom = figure.by_group[high], figure.by_group[low]
    difference = top.value - bottom.value
    rows = top.n_rows, bottom.n_rows
    return Gap(figure.name, names[high], names[low], difference, found.low, found.high, len(enough), top.unit, *rows)
