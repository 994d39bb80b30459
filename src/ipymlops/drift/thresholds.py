"""From which size on a change is worth a person's time, and who says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ipymlops.drift.naming import listed
from ipymlops.drift.variability import ENOUGH, FEWEST, Stretch
from ipymlops.errors import BadInput, UnknownName

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from ipymlops.drift.profile import Profile
    from ipymlops.drift.results import ColumnDrift

# A change of this size is worth a person's time; smaller ones, however certain, are not.
# ks 0.1: a tenth of the rows moved past some value, as when a normal shifts by a quarter of its standard deviation.
# jensen-shannon 0.1: a level falls from 50 % to 38 % of the rows, or rises from 1 % to 5 %. Two samples of one
#   distribution show more than that when levels are many and rows few, so their noise is added (as squares add).
# missing-rate 0.02: two rows in a hundred more, or fewer, have no value.
THRESHOLDS = {"ks": 0.1, "jensen-shannon": 0.1, "missing-rate": 0.02}
# Where the reference's own chunks lie farther apart than this, KS has little room left below 1, its end: what is
# farther still is told by how far values have moved.
CROWDED = 0.5

# default: THRESHOLDS · given: said by the caller · reference: the reference's own variability, which is larger
Source = Literal["default", "given", "reference"]


@dataclass(frozen=True, slots=True)
class Limit:
    """What decides on one column: which distance, from where on, and who says so."""

    distance: str
    threshold: float
    source: Source


@dataclass(frozen=True, slots=True)
class Limits:
    """What decides on all columns: of the default and the reference's own variability the larger."""

    given: Mapping[str, float]  # by distance or column
    by: str = ""
    own: Stretch | None = None

    @classmethod
    def of_check(cls, reference: Profile, given: Mapping[str, float], by: str | None) -> Limits:
        """Raises BadInput or UnknownName for thresholds that mean nothing."""
        for name, limit in given.items():
            if name not in THRESHOLDS and name not in reference.columns:
                raise UnknownName.of("distance or column", name, [*THRESHOLDS, *reference.columns])
            if not 0 <= limit <= 1:
                raise BadInput(f"Found the threshold {limit} for {name!r}", expected="a number from 0 to 1")
        found = reference.variability.of(by) if reference.variability else None
        return cls(given, *found) if found else cls(given)

    def usual(self, distance: str) -> float:
        """The threshold of columns that vary no more than others."""
        return self.given.get(distance, THRESHOLDS[distance])

    def of(self, column: str, distance: str) -> Limit:
        """The limit of a column; where ``distance`` is KS it may come back as Wasserstein, see ``CROWDED``."""
        if column in self.given:
            return Limit(distance, self.given[column], "given")
        usual = self.usual(distance)
        own = self.own.effects.get(column, 0.0) if self.own else 0.0
        if self.own is None or own <= usual:
            return Limit(distance, usual, "given" if distance in self.given else "default")
        if distance == "ks" and own > CROWDED and column in self.own.moved:
            return Limit("wasserstein", self.own.moved[column], "reference")
        return Limit(distance, own, "reference")

    def missing(self, column: str) -> float:
        own = self.own.missing.get(column, 0.0) if self.own else 0.0
        return max(self.usual("missing-rate"), own)

    def said(self, reference: Profile, columns: Sequence[ColumnDrift], data: str = "the training data") -> str:
        """In words, where thresholds come from; ``data`` is what the reference is called."""
        if reference.variability is None:
            return "Thresholds are the defaults, a change worth a look; for the reference's own: register --time."
        time = reference.variability.time
        if self.own is None:
            return (
                f"How far {data} varies by itself cannot be told: {time!r} has fewer than {FEWEST} days, "
                f"weeks or months of {ENOUGH} rows. Thresholds are the defaults."
            )
        chunks = f"the {self.own.chunks} {self.by}s of {data}, by {time!r},"
        own = sorted(c.column for c in columns if c.threshold_from == "reference")
        if not own:
            return f"Thresholds are the defaults: {chunks} lie no farther from each other than those."
        said = f"Threshold from how far {chunks} lie from the rest of it: {listed(own)}; the others have the default."
        far = sorted(c.column for c in columns if c.distance == "wasserstein")
        if not far:
            return said
        return (
            f"{said} Where these {self.by}s hardly overlap, what counts is how far values moved, in standard "
            f"deviations of {data}: {listed(far)}."
        )


def datable(reference: Profile, current: Profile, running: Collection[str], cutter: str = "") -> str:
    """What ``register --time`` could be given: a column of times of the training data, where they were registered
    without one; empty where none is known.

    The column that cuts windows comes first, then times that are not compared: a date of birth tells no month of a row.
    One that the model does not take stood beside it, in a table whose name only the user knows.
    """
    if reference.variability is not None:
        return ""
    kinds = {**current.kinds, **reference.kinds}
    extra = [name for name in current.columns if name not in reference.columns]
    times = [name for name in (*sorted(running), *extra, *reference.columns) if kinds[name] == "datetime"]
    name = cutter or next(iter(times), "")
    if not name or name in reference.columns:
        return name
    return f"TABLE.{name}" if name.isidentifier() else f"TABLE[{name!r}]"
