"""One column in a few numbers. Two summaries over the same bins add up: in any order, in any grouping."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from ipymlops.drift import binning, words
from ipymlops.drift.binning import Counts, Floats
from ipymlops.drift.moments import merged, moments
from ipymlops.drift.unseen import kept
from ipymlops.drift.words import Words
from ipymlops.errors import BadInput
from ipymlops.frames import Kind, Table, tokens

LEVELS = 1000  # categories kept by name; the rest are counted together as other
FEW = 100  # rows from which a column may be called an identifier


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """Numbers, whole numbers or times (seconds): counts in ``len(edges) + 1`` fixed bins and moments of the finite
    ones; infinities, of either sign, are counted apart."""

    kind: Kind
    edges: Floats
    counts: Counts  # of the finite values
    missing: int
    infinite: int
    mean: float
    spread_sum: float  # sum of squared distances to the mean
    low: float  # of the finite values; +inf where there are none
    high: float  # -inf where there are none
    identifier: bool = False
    fractional: bool = False  # of an integer reference: values that are not whole have been seen

    @property
    def counted(self) -> int:
        """Rows that stand in a bin."""
        return int(self.counts.sum())

    @property
    def present(self) -> int:
        """Rows with a value, infinities among them."""
        return self.counted + self.infinite

    @property
    def rows(self) -> int:
        return self.missing + self.present

    @property
    def std(self) -> float:
        """The standard deviation of the finite values, 0 where there are none."""
        finite = self.counted
        return float(np.sqrt(self.spread_sum / finite)) if finite else 0.0

    @property
    def is_constant(self) -> bool:
        return self.present > 1 and not self.infinite and self.low == self.high

    def __add__(self, other: Numbers) -> Numbers:
        if not np.array_equal(self.edges, other.edges):
            raise BadInput("Found two summaries over different bins", expected="both measured on one profile")
        mean, spread_sum = _joined_moments(self, other)
        return Numbers(
            self.kind if self.kind == other.kind else "number",
            self.edges,
            self.counts + other.counts,
            self.missing + other.missing,
            self.infinite + other.infinite,
            mean,
            spread_sum,
            min(self.low, other.low),
            max(self.high, other.high),
            self.identifier or other.identifier,
            self.fractional or other.fractional,
        )


@dataclass(frozen=True, slots=True)
class Levels:
    """Categories or booleans: rows by level, and ``other`` for levels beyond those kept."""

    kind: Kind
    counts: Mapping[str, int]
    other: int
    missing: int
    unseen: Mapping[str, int] = field(default_factory=dict)  # levels that the reference does not name, see ``kept``
    identifier: bool = False
    unnamed: int = 0  # rows of such levels beyond those kept

    @property
    def present(self) -> int:
        return sum(self.counts.values()) + self.other + sum(self.unseen.values()) + self.unnamed

    @property
    def counted(self) -> int:
        return self.present

    @property
    def rows(self) -> int:
        return self.missing + self.present

    @property
    def is_constant(self) -> bool:
        levels = [*self.counts.values(), *self.unseen.values()]
        return not self.other and not self.unnamed and self.present > 1 and sum(n > 0 for n in levels) == 1

    def __add__(self, other: Levels) -> Levels:
        unseen, unnamed = kept(_added(self.unseen, other.unseen), self.unnamed + other.unnamed)
        return Levels(
            self.kind if self.kind == other.kind else "category",
            _added(self.counts, other.counts),
            self.other + other.other,
            self.missing + other.missing,
            unseen,
            self.identifier or other.identifier,
            unnamed,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """Texts that mostly differ: how long they are, in characters, and their words (of the reference: of one half of its
    texts, over a vocabulary of the other)."""

    kind: Kind
    lengths: Numbers
    words: Words

    @property
    def missing(self) -> int:
        return self.lengths.missing

    @property
    def present(self) -> int:
        return self.lengths.present

    @property
    def counted(self) -> int:
        return self.lengths.counted

    @property
    def rows(self) -> int:
        return self.missing + self.present

    @property
    def identifier(self) -> bool:
        return False

    @property
    def is_constant(self) -> bool:
        return False

    def __add__(self, other: Texts) -> Texts:
        return Texts(self.kind, self.lengths + other.lengths, self.words + other.words)


@dataclass(frozen=True, slots=True)
class Unread:
    """A column that was not counted: its kind cannot be, or is not what the reference holds."""

    kind: Kind
    missing: int = 0
    present: int = 0

    @property
    def counted(self) -> int:
        return 0

    @property
    def rows(self) -> int:
        return self.missing + self.present

    @property
    def identifier(self) -> bool:
        return False

    @property
    def is_constant(self) -> bool:
        return False


Summary = Numbers | Levels | Texts | Unread
FAMILY: dict[Kind, Literal["numbers", "levels", "times", "unread"]] = {
    "number": "numbers",
    "integer": "numbers",
    "boolean": "levels",
    "category": "levels",
    "datetime": "times",
    "unsupported": "unread",
}


def added(left: Summary, right: Summary) -> Summary:
    """Both counts together; a column that either side could not read stays unread."""
    if isinstance(left, Numbers) and isinstance(right, Numbers):
        return left + right
    if isinstance(left, Levels) and isinstance(right, Levels):
        return left + right
    if isinstance(left, Texts) and isinstance(right, Texts):
        return left + right
    kinds = sorted({side.kind for side in (left, right) if isinstance(side, Unread)})
    return Unread(kinds[0], left.missing + right.missing, left.present + right.present)


def reference(table: Table, name: str, bins: int) -> Summary:
    """Summarise a column over bins and levels of its own."""
    kind = table.kinds[name]
    if FAMILY[kind] == "unread":
        return _unread(table, name)
    if FAMILY[kind] == "levels":
        levels = _levels(table, name)
        texts = _as_texts(levels, table.rows, bins) if kind == "category" else None
        return texts or _capped(levels, table.rows)
    values = table.numbers(name)
    finite = values[np.isfinite(values)]
    summary = _numbers(kind, values, binning.quantile_edges(finite, bins))
    return replace(summary, identifier=kind == "integer" and _is_serial(finite))


def measured(like: Summary, table: Table, name: str) -> Summary:
    """Summarise a column over the bins or levels of ``like``; Unread where its kind does not allow that."""
    kind = table.kinds[name]
    if kind != like.kind and not _convertible(like, table, name):
        found = _unread(table, name)
        return found if found.present else _all_missing(like, found.missing)
    if isinstance(like, Numbers):
        values = table.numbers(name)
        summary = _numbers(kind, values, like.edges)
        fractional = like.kind == "integer" and kind == "number" and bool(np.any(np.mod(_finite(values), 1)))
        return replace(summary, fractional=fractional)
    if isinstance(like, Texts):
        levels = _levels(table, name)
        return _texts(like, levels)
    if isinstance(like, Levels):
        return _placed(like, _levels(table, name, as_boolean=like.kind == "boolean"))
    return _unread(table, name)


def empty(like: Summary) -> Summary:
    """Nothing counted, over the same bins or levels: adding it changes nothing."""
    if isinstance(like, Numbers):
        return Numbers(like.kind, like.edges, np.zeros_like(like.counts), 0, 0, 0.0, 0.0, np.inf, -np.inf)
    if isinstance(like, Levels):
        return Levels(like.kind, dict.fromkeys(like.counts, 0), 0, 0)
    if isinstance(like, Texts):
        lengths = empty(like.lengths)
        assert isinstance(lengths, Numbers)
        return Texts(like.kind, lengths, like.words.empty())
    return Unread(like.kind)


def _unread(table: Table, name: str) -> Unread:
    missing = int(table.missing(name).sum())
    return Unread(table.kinds[name], missing, table.rows - missing)


def _all_missing(like: Summary, rows: int) -> Summary:
    nothing = empty(like)
    if isinstance(nothing, Texts):
        return replace(nothing, lengths=replace(nothing.lengths, missing=rows))
    return replace(nothing, missing=rows)


def _convertible(like: Summary, table: Table, name: str) -> bool:
    kind = table.kinds[name]
    if like.kind == "boolean":  # 0 and 1, as booleans with missing values arrive
        return FAMILY[kind] == "numbers" and bool(np.isin(_finite(table.numbers(name)), (0.0, 1.0)).all())
    return isinstance(like, Numbers) and like.kind != "datetime" and kind in ("number", "integer", "boolean")


def _numbers(kind: Kind, values: Floats, edges: Floats) -> Numbers:
    low, high = (float(values.min()), float(values.max())) if len(values) else (np.inf, -np.inf)
    finite, missing = values, 0
    if not np.isfinite(low) or not np.isfinite(high):  # NaN is the smallest and the largest of all
        finite = _finite(values)
        missing = int(np.isnan(values).sum())
        low, high = (float(finite.min()), float(finite.max())) if len(finite) else (np.inf, -np.inf)
    mean, spread_sum = moments(finite)
    infinite = len(values) - missing - len(finite)
    return Numbers(kind, edges, binning.count(finite, edges), missing, infinite, mean, spread_sum, low, high)


def _finite(values: Floats) -> Floats:
    finite = np.isfinite(values)
    return values if finite.all() else values[finite]


def _joined_moments(left: Numbers, right: Numbers) -> tuple[float, float]:
    n, m = left.counted, right.counted
    if not n or not m:
        return (right.mean, right.spread_sum) if not n else (left.mean, left.spread_sum)
    return merged((n, left.mean, left.spread_sum), (m, right.mean, right.spread_sum))


def _levels(table: Table, name: str, *, as_boolean: bool = False) -> Levels:
    kind = table.kinds[name]
    if kind == "boolean" or as_boolean:
        values = table.numbers(name)
        ones, missing = int(np.nansum(values)), int(np.isnan(values).sum())
        return Levels(kind, {"False": len(values) - missing - ones, "True": ones}, 0, missing)
    names, codes = table.levels(name)
    rows = np.bincount(codes + 1, minlength=len(names) + 1)
    present = {level: n for level, n in zip(names.tolist(), rows[1:].tolist(), strict=True) if n}
    return Levels(kind, present, 0, int(rows[0]))


def _as_texts(levels: Levels, rows: int, bins: int) -> Texts | None:
    """The values as texts, where they mostly differ and have several words; None for categories and identifiers."""
    present, distinct = rows - levels.missing, len(levels.counts)
    if present < FEW or (distinct <= present / 2 and distinct <= LEVELS):
        return None
    values, held = _in_order(levels)
    if not words.are_texts(values, held):
        return None
    edges = binning.quantile_edges(np.repeat(tokens.lengths(values), held), bins)
    # the words that a half holds most often are rarer elsewhere: counted where chosen, they would seem to fall later
    chosen = words.vocabulary(values[::2], held[::2])
    return Texts(
        "category", _text_lengths(edges, values, held, levels.missing), words.counted(chosen, values[1::2], held[1::2])
    )


def _texts(like: Texts, levels: Levels) -> Texts:
    values, held = _in_order(levels)
    lengths = _text_lengths(like.lengths.edges, values, held, levels.missing)
    return Texts("category", lengths, words.counted(like.words.vocabulary, values, held))


def _text_lengths(edges: Floats, values: Sequence[str], held: Counts, missing: int) -> Numbers:
    lengths = np.append(np.repeat(tokens.lengths(values), held), np.full(missing, np.nan))
    return _numbers("integer", lengths, edges)


def _in_order(levels: Levels) -> tuple[list[str], Counts]:
    """Distinct values by name, so that the order of rows changes nothing, and the rows of each."""
    values = sorted(levels.counts)
    return values, np.array([levels.counts[value] for value in values], dtype=np.int64)


def _capped(levels: Levels, rows: int) -> Levels:
    """The most frequent levels by name (ties by name), the rest as other; sorted, so that bytes are the same."""
    ranked = sorted(levels.counts.items(), key=lambda item: (-item[1], item[0]))
    kept, rest = dict(ranked[:LEVELS]), sum(n for _, n in ranked[LEVELS:])
    present = rows - levels.missing
    unlike = present >= FEW and len(ranked) > present / 2
    return replace(levels, counts=kept, other=rest, identifier=unlike)


def _placed(like: Levels, levels: Levels) -> Levels:
    """Rows under the levels of ``like``; other levels under ``other`` if ``like`` has some, else by name."""
    known = {level: levels.counts.get(level, 0) for level in like.counts}
    strange = {level: n for level, n in levels.counts.items() if level not in known}
    if like.other:
        return replace(levels, counts=known, other=sum(strange.values()))
    unseen, unnamed = kept(strange)
    return replace(levels, counts=known, unseen=unseen, unnamed=unnamed)


def _added(left: Mapping[str, int], right: Mapping[str, int]) -> dict[str, int]:
    total = Counter(left)
    total.update(right)
    return dict(total)


def _is_serial(finite: Floats) -> bool:
    """Whole numbers that all differ and lie close: row numbers. By chance, below one in 100,000 columns."""
    n = len(finite)
    if n < FEW or finite.max() - finite.min() > 4 * n:
        return False
    return bool(np.all(np.diff(np.sort(finite)) > 0))
