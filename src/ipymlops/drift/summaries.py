"""One column in a few numbers. Two summaries over the same bins add up: in any order, in any grouping."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from ipymlops.drift.binning import Counts, Floats
from ipymlops.drift.moments import merged
from ipymlops.drift.unseen import kept
from ipymlops.drift.words import Words
from ipymlops.errors import BadInput
from ipymlops.frames import Kind

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


def _joined_moments(left: Numbers, right: Numbers) -> tuple[float, float]:
    n, m = left.counted, right.counted
    if not n or not m:
        return (right.mean, right.spread_sum) if not n else (left.mean, left.spread_sum)
    return merged((n, left.mean, left.spread_sum), (m, right.mean, right.spread_sum))


def _added(left: Mapping[str, int], right: Mapping[str, int]) -> dict[str, int]:
    total = Counter(left)
    total.update(right)
    return dict(total)
