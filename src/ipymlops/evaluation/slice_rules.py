"""Conditions on columns, in words and as rows: what a slice is made of, and where they are looked for."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ipymlops.evaluation.targets import Floats
from ipymlops.frames import Table
from ipymlops.frames.encoding import LEVELS, Encoding

DEPTH = 3
BINS = 8
DAY = 86_400.0

Kind = Literal["above", "at most", "=", "is not", "is missing", "is not missing"]
Rows = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Condition:
    """One column's part of a rule. ``with_missing``: rows without a value meet it too (above, at most)."""

    column: int
    kind: Kind
    value: float = math.nan
    with_missing: bool = False

    def rows(self, matrix: Floats) -> Rows:
        """Which rows of the matrix meet it, (n,)."""
        column = matrix[:, self.column]
        if self.kind in ("is missing", "is not missing"):
            missing = np.isnan(column)
            return missing if self.kind == "is missing" else ~missing
        if self.kind == "=":
            return np.asarray(column == self.value)
        if self.kind == "is not":
            return np.asarray(column != self.value)
        met = column > self.value if self.kind == "above" else column <= self.value
        return np.asarray(met | np.isnan(column) if self.with_missing else met)  # NaN is neither above nor below


Rule = tuple[Condition, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """A table as its matrix, with the words for what is in it."""

    matrix: Floats  # (n, d)
    encoding: Encoding
    times: tuple[bool, ...]

    @classmethod
    def of(cls, table: Table) -> Columns:
        encoding = Encoding.of(table)
        times = tuple(table.kinds[name] == "datetime" for name in encoding.names)
        return cls(encoding.matrix(table), encoding, times)

    def rows(self, rule: Rule) -> Rows:
        """Which rows meet every condition of the rule, (n,)."""
        met = rule[0].rows(self.matrix)
        for condition in rule[1:]:
            met = met & condition.rows(self.matrix)
        return met

    def take(self, index: npt.NDArray[np.intp]) -> Columns:
        """Those of the rows at these positions."""
        return Columns(self.matrix.T[:, index].T, self.encoding, self.times)

    def words(self, rule: Rule) -> str:
        """``age above 61.5 and region = north``; of two bounds on one side the tighter is said."""
        return " and ".join(self._condition(c) for c in _tightest(rule))

    def levels(self, column: int) -> dict[int, str]:
        """The codes of a column that stand for one level, with its name; empty for numbers."""
        codes = self.encoding.codes.get(self.encoding.names[column], {})
        return {code: level for level, code in codes.items() if code < LEVELS - 1}

    def rounded(self, column: int, value: float) -> float:
        """A threshold as a person would say it: four digits, or a day."""
        return math.floor(value / DAY) * DAY if self.times[column] else float(f"{value:.4g}")

    def _condition(self, c: Condition) -> str:
        name = self.encoding.names[c.column]
        if c.kind in ("is missing", "is not missing"):
            return f"{name} {c.kind}"
        if c.kind in ("=", "is not"):
            return f"{name} {c.kind} {self.levels(c.column)[int(c.value)]}"
        value = f"{c.value:,.10g}"
        if self.times[c.column]:
            value = f"{datetime.fromtimestamp(c.value, UTC):%Y-%m-%d}"
        return f"{name} {c.kind} {value}" + (" or missing" if c.with_missing else "")


def single_column_rules(columns: Columns, fewest: int) -> Iterator[Rule]:
    """Every level, every eighth of the numbers, and being missing, where ``fewest`` rows are so."""
    for j, categorical in enumerate(columns.encoding.categorical):
        values = columns.matrix[:, j]
        if np.isnan(values).sum() >= fewest:
            yield (Condition(j, "is missing"),)
        if categorical:
            counts = np.bincount(values[~np.isnan(values)].astype(np.intp), minlength=LEVELS)
            yield from ((Condition(j, "=", float(code)),) for code in columns.levels(j) if counts[code] >= fewest)
        else:
            yield from _bins(columns, j, values[~np.isnan(values)])


def _bins(columns: Columns, j: int, values: Floats) -> Iterator[Rule]:
    if not len(values):
        return
    cuts = np.unique([columns.rounded(j, v) for v in np.quantile(values, np.linspace(0, 1, BINS + 1)[1:-1])])
    cuts = cuts[(cuts >= values.min()) & (cuts < values.max())]
    for i, cut in enumerate(cuts):
        yield (Condition(j, "at most", float(cut)),) if i == 0 else (_above(j, cuts[i - 1]), _most(j, cut))
    if len(cuts):
        yield (_above(j, cuts[-1]),)


def tree_rules(columns: Columns, target: Floats, fewest: int) -> Iterator[Rule]:
    """Every node below the root of a shallow regression tree on one or several figures of each row, (n,) or (n, m)."""
    from sklearn.tree import DecisionTreeRegressor

    made = list(_features(columns, fewest))
    if not made:
        return
    features = np.stack([values for _, values in made], axis=1, dtype=np.float32, casting="same_kind")
    tree = DecisionTreeRegressor(max_depth=DEPTH, min_samples_leaf=fewest, random_state=0).fit(features, target).tree_
    yield from _below(columns, [condition for condition, _ in made], tree, 0, ())


def _features(columns: Columns, fewest: int) -> Iterator[tuple[Condition | int, Floats]]:
    """Numbers as they are; of categories, whether a row has each frequent level."""
    for j, categorical in enumerate(columns.encoding.categorical):
        values = columns.matrix[:, j]
        if not categorical:
            yield j, values
            continue
        for code in columns.levels(j):
            condition = Condition(j, "=", float(code))
            if (met := condition.rows(columns.matrix)).sum() >= fewest:
                yield condition, met.astype(np.float32)


def _below(columns: Columns, made: list[Any], tree: Any, node: int, path: Rule) -> Iterator[Rule]:
    if tree.children_left[node] < 0:
        return
    feature, threshold = made[tree.feature[node]], float(tree.threshold[node])
    if isinstance(feature, Condition):
        sides = Condition(feature.column, "is not", feature.value), feature
    elif not math.isfinite(threshold):  # how scikit-learn says that the values without a number go one way
        sides = Condition(feature, "is not missing"), Condition(feature, "is missing")
        sides = sides[::-1] if tree.missing_go_to_left[node] else sides
    else:
        lacking = bool(np.isnan(columns.matrix[:, feature]).any())
        left = lacking and bool(tree.missing_go_to_left[node])
        cut = columns.rounded(feature, threshold)
        sides = _most(feature, cut, left), _above(feature, cut, lacking and not left)
    for child, side in zip((tree.children_left[node], tree.children_right[node]), sides, strict=True):
        yield (*path, side)
        yield from _below(columns, made, tree, child, (*path, side))


def _tightest(rule: Rule) -> list[Condition]:
    said: dict[tuple[Any, ...], Condition] = {}
    for c in rule:
        key = (c.column, c.kind, c.with_missing, None if c.kind in ("above", "at most") else c.value)
        old = said.get(key)
        tighter = old is None or (c.value > old.value if c.kind == "above" else c.value < old.value)
        said[key] = c if tighter or old is None else old
    return list(said.values())


def _above(column: int, value: float, with_missing: bool = False) -> Condition:
    return Condition(column, "above", float(value), with_missing)


def _most(column: int, value: float, with_missing: bool = False) -> Condition:
    return Condition(column, "at most", float(value), with_missing)
