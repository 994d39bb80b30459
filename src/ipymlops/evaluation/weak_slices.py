"""Segments of rows on which a model is weak, found by itself and measured honestly."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from ipymlops.evaluation.answers import Predictions
from ipymlops.evaluation.positive import as_learned
from ipymlops.evaluation.results import SliceSearch
from ipymlops.evaluation.slice_measures import Measure, measure_of
from ipymlops.evaluation.slice_rules import Columns, Rows, Rule, single_column_rules, tree_rules
from ipymlops.evaluation.targets import Floats
from ipymlops.evaluation.terms import row_loss
from ipymlops.frames import Table

MOST = 5  # slices that are told
CANDIDATES = 10  # that are measured; each one more widens all intervals
FEWEST = 30  # rows of a slice, in each half
SHARE = 0.02  # of the rows, that a slice has at least
SIMPLER = 0.5  # standard errors that each part of a rule must earn
ALIKE = 0.8  # of the smaller slice's rows, from which on it is part of the other
CELLS = 2_000_000  # of the matrix that is searched


def weak_slices(table: Table, p: Predictions, *, level: float = 0.95, seed: int = 0) -> SliceSearch:
    """Where a model is weak for certain: its probabilities are off, or its errors larger or more than on the rest.

    ``table`` has the n rows of ``p``. One half of them, drawn by ``seed`` whatever their order, is searched: levels and
    eighths of each column, and the nodes of a shallow tree. The ten most conspicuous candidates are measured on the
    other half, with intervals and p-values corrected (Bonferroni) for there being ten.

    Where a model gives probabilities, a slice is weak if moving them for its rows alone would lower their log loss
    (``slice_measures.PutRight``): outcomes that are hard to tell for anybody, and said to be so, are no weakness. Where
    there are none, the squared error or the share of wrong answers is compared with that of the other rows; these may
    be harder for any model.

    Why halves, and not all rows with a correction for all candidates: a tree chooses its cuts from more of them than
    anybody counts, and the figures of what was chosen for being bad look worse than they are. On rows that took no part
    in the choice they do not. The price is half the rows, so a small slice may go unseen.

    Which of two classes is the positive one changes nothing.

    It misleads where rows are not independent. What a model could know and does not, it can still be right about on
    average: a slice in which it says the base rate of every row is not found.

    >>> from ipymlops.frames import as_table
    >>> random = np.random.default_rng(0)
    >>> x, noise = random.uniform(0, 1, (1000, 2)), random.normal(size=1000)
    >>> errors = np.where(x[:, 1] > 0.75, 3, 1) * noise
    >>> search = weak_slices(as_table(x), Predictions("regression", errors, np.zeros(1000)))
    >>> search.found[0].rule
    'x1 above 0.7514'
    """
    p = as_learned(p)  # else the halves, which are dealt by what is in the rows, would be others
    rows = len(p.true)
    nobody = np.empty(0, dtype=np.intp)
    if rows < 4 * FEWEST:
        were = "row is" if rows == 1 else "rows are"
        few = f"{rows:,} {were} too few to look for weak slices; at least {4 * FEWEST} are needed"
        return _nothing(measure_of(p, nobody, nobody), level, few)
    columns = Columns.of(table)
    if not columns.encoding.names:
        return _nothing(measure_of(p, nobody, nobody), level, "no column could be read to look for weak slices")
    searched, measured = _halves(columns.matrix, p, row_loss(p), seed)
    measure = measure_of(p, searched, measured)
    known, honest = columns.take(searched), columns.take(measured)
    inside = [(rule, here) for rule in _conspicuous(known, measure) if _enough(here := honest.rows(rule))]
    found = [
        s for rule, here in inside
        if (s := measure.slice(columns.words(rule), known.rows(rule), here, level, len(inside))) is not None
    ]  # fmt: skip
    found.sort(key=lambda s: -s.low)
    return SliceSearch(measure.metric, tuple(found[:MOST]), len(inside), len(searched), len(measured), level)


def _conspicuous(columns: Columns, measure: Measure) -> list[Rule]:
    """The candidates that stand out most, without those that are nearly part of another."""
    scored: list[tuple[float, Rule, Rows]] = []
    for rule in _rules(columns, measure.target, _fewest(len(columns.matrix))):
        here = columns.rows(rule)
        if _enough(here) and (height := measure.height(here)) > 0:
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


def _rules(columns: Columns, target: Floats, fewest: int) -> Iterator[Rule]:
    yield from single_column_rules(columns, fewest)
    yield from tree_rules(columns, target, fewest)


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


def _nothing(measure: Measure, level: float, why: str) -> SliceSearch:
    return SliceSearch(measure.metric, (), 0, 0, 0, level, why)
