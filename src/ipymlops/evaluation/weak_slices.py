"""Segments of rows on which a model does worse than on the rest, found by itself and measured honestly."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats

from ipymlops.evaluation.predictions import Predictions
from ipymlops.evaluation.results import Estimate, SliceSearch, WeakSlice
from ipymlops.evaluation.slice_rules import Columns, Rows, Rule, single_column_rules, tree_rules
from ipymlops.evaluation.targets import Floats
from ipymlops.evaluation.terms import row_loss
from ipymlops.evaluation.uncertainty import Interval, mean_interval, newcombe, welch, welch_freedom, wilson
from ipymlops.frames import Table

MOST = 5  # slices that are told
CANDIDATES = 10  # that are measured; each one more widens all intervals
FEWEST = 30  # rows of a slice, in each half
SHARE = 0.02  # of the rows, that a slice has at least
SIMPLER = 0.5  # standard errors that each part of a rule must earn
ALIKE = 0.8  # of the smaller slice's rows, from which on it is part of the other
CELLS = 2_000_000  # of the matrix that is searched


def weak_slices(table: Table, p: Predictions, *, level: float = 0.95, seed: int = 0) -> SliceSearch:
    """Where the mean loss of a row is higher than on the rest, for certain.

    ``table`` has the n rows of ``p``. One half of them, drawn by ``seed`` whatever their order, is searched: levels and
    eighths of each column, and the nodes of a shallow tree on the loss of each row (squared error, log loss, or being
    wrong where there are labels only). The ten most conspicuous candidates are measured on the other half, with
    intervals and p-values corrected (Bonferroni) for there being ten.

    Why halves, and not all rows with a correction for all candidates: a tree chooses its cuts from more of them than
    anybody counts, and the figures of what was chosen for being bad look worse than they are. On rows that took no part
    in the choice they do not. The price is half the rows, so a small slice may go unseen.

    A slice may be worse because its rows are harder, for any model. It misleads where rows are not independent.

    >>> from ipymlops.frames import as_table
    >>> random = np.random.default_rng(0)
    >>> x, noise = random.uniform(0, 1, (1000, 2)), random.normal(size=1000)
    >>> errors = np.where(x[:, 1] > 0.75, 3, 1) * noise
    >>> search = weak_slices(as_table(x), Predictions("regression", errors, np.zeros(1000)))
    >>> search.found[0].rule
    'x1 above 0.7514'
    """
    measure = _Measure.of(p)
    rows = len(p.true)
    if rows < 4 * FEWEST:
        return _nothing(measure, level, f"fewer than {4 * FEWEST} rows are too few to look for weak slices")
    columns, loss = Columns.of(table), row_loss(p)
    if not columns.encoding.names:
        return _nothing(measure, level, "no column could be read to look for weak slices")
    searched, measured = _halves(columns.matrix, p, loss, seed)
    rules = _conspicuous(columns.take(searched), loss[searched])
    honest = columns.take(measured)
    inside = [(rule, honest.rows(rule)) for rule in rules]
    inside = [(rule, here) for rule, here in inside if _enough(here)]
    found = [
        s for rule, here in inside
        if (s := measure.slice(columns.words(rule), loss[measured], here, level, len(inside))) is not None
    ]  # fmt: skip
    found.sort(key=lambda s: -s.low)
    return SliceSearch(measure.name, tuple(found[:MOST]), len(inside), len(searched), len(measured), level)


@dataclass(frozen=True, slots=True)
class _Measure:
    """The figure that a mean loss is told as."""

    name: str
    unit: str = ""

    @classmethod
    def of(cls, p: Predictions) -> _Measure:
        if p.task == "regression":
            return cls("rmse", "target units")
        return cls("error_rate" if p.probabilities is None else "log_loss")

    def slice(self, words: str, loss: Floats, here: Rows, level: float, candidates: int) -> WeakSlice | None:
        """The slice, where it is worse for certain."""
        inside, rest = loss[here], loss[~here]
        found, p_value = self._difference(inside, rest, 1 - (1 - level) / candidates)
        p_value = min(1.0, p_value * candidates)
        if not (found.low > 0 and p_value < 1 - level):
            return None
        a, b = self._estimate(inside, level), self._estimate(rest, level)
        return WeakSlice(words, len(inside), a, b, a.value - b.value, found.low, found.high, p_value)

    def _value(self, loss: Floats) -> float:
        mean = float(loss.mean())
        return math.sqrt(mean) if self.name == "rmse" else mean

    def _estimate(self, loss: Floats, level: float) -> Estimate:
        if self.name == "error_rate":
            low, high, method = wilson(float(loss.sum()), len(loss), level)
        else:
            low, high, method = mean_interval(loss, level)
            low = max(low, 0.0)
            if self.name == "rmse":
                low, high = math.sqrt(low), math.sqrt(high)
        return Estimate(self.name, self._value(loss), low, high, level, len(loss), method, False, self.unit)

    def _difference(self, inside: Floats, rest: Floats, level: float) -> tuple[Interval, float]:
        """The interval of the figure inside minus that of the rest, and the p-value of its not being higher."""
        sizes = len(inside), len(rest)
        if self.name == "error_rate":
            wrong = float(inside.sum()), float(rest.sum())
            return newcombe(wrong, sizes, level), _exact(wrong, sizes)
        difference = self._value(inside) - self._value(rest)
        variances = self._variance(inside), self._variance(rest)
        if not sum(variances) > 0:
            return Interval(math.nan, math.nan, "no spread"), 1.0
        t = abs(difference) / math.sqrt(sum(variances))
        p_value = 2 * float(stats.t.sf(t, welch_freedom(variances, sizes)))
        return welch(difference, variances, sizes, level), p_value

    def _variance(self, loss: Floats) -> float:
        """Of the figure; that of a root by the delta method."""
        variance = float(loss.var(ddof=1)) / len(loss)
        return variance / max(4 * float(loss.mean()), 1e-300) if self.name == "rmse" else variance


def _exact(wrong: tuple[float, float], sizes: tuple[int, int]) -> float:
    """Fisher's test, one side doubled: of the few errors that a slice has, the normal tests are too sure."""
    table = [[w, n - w] for w, n in zip(wrong, sizes, strict=True)]
    return min(1.0, 2 * float(stats.fisher_exact(table, alternative="greater").pvalue))


def _conspicuous(columns: Columns, loss: Floats) -> list[Rule]:
    """The candidates whose loss stands furthest above the rest's, without those that are nearly part of another."""
    fewest = _fewest(len(loss))
    scored: list[tuple[float, Rule, Rows]] = []
    for rule in _rules(columns, loss, fewest):
        here = columns.rows(rule)
        if _enough(here) and (height := _height(loss, here)) > 0:
            parts = sum(1 + c.with_missing for c in rule)
            scored.append((SIMPLER * parts - height, rule, here))
    scored.sort(key=lambda s: (s[0], [(c.column, c.kind, c.value) for c in s[1]]))
    kept: list[tuple[Rule, Rows]] = []
    for _, rule, here in scored:
        if all((here & other).sum() <= ALIKE * min(here.sum(), other.sum()) for _, other in kept):
            kept.append((rule, here))
        if len(kept) == CANDIDATES:
            break
    return [rule for rule, _ in kept]


def _rules(columns: Columns, loss: Floats, fewest: int) -> Iterator[Rule]:
    yield from single_column_rules(columns, fewest)
    yield from tree_rules(columns, loss, fewest)


def _height(loss: Floats, here: Rows) -> float:
    """By how many standard errors the mean loss is higher than on the rest, if all rows were equally spread: a slice's
    own spread would favour large slices that hold a bad part over that part."""
    inside, rest = loss[here], loss[~here]
    spread = float(loss.std()) * math.sqrt(1 / len(inside) + 1 / len(rest))
    return float(inside.mean() - rest.mean()) / spread if spread > 0 else 0.0


def _halves(matrix: Floats, p: Predictions, loss: Floats, seed: int) -> tuple[npt.NDArray[np.intp], ...]:
    """Positions of the rows to search and to measure on. They are dealt from the sorted rows, so that the order in
    which rows came changes nothing; what is too much to search goes to the measuring."""
    random = np.random.default_rng(seed)
    order = np.argsort(_keys((p.true, p.predicted, loss, *matrix.T), random), kind="stable")
    dealt = order[random.permutation(len(order))]
    half = max(2 * FEWEST, min(len(order) // 2, CELLS // matrix.shape[1]))
    return dealt[:half], dealt[half:]


def _keys(columns: Iterable[npt.NDArray[Any]], random: np.random.Generator) -> Floats:
    """A number for each row that depends on what is in it alone, and hardly ever is that of another row, (n,)."""
    key: Floats = np.zeros(1)
    for column in columns:
        known = np.nan_to_num(column.astype(np.float64), nan=math.pi)
        key = key + known * (random.uniform(1, 2) / max(float(np.abs(known).max()), 1e-300))
    return key


def _fewest(rows: int) -> int:
    return max(FEWEST, math.ceil(SHARE * rows))


def _enough(here: Rows) -> bool:
    inside = int(here.sum())
    return _fewest(len(here)) <= inside <= len(here) - FEWEST


def _nothing(measure: _Measure, level: float, why: str) -> SliceSearch:
    return SliceSearch(measure.name, (), 0, 0, 0, level, why)
