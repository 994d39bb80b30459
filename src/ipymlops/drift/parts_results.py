"""What all drift checks in parts (windows, segments) can tell of their columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ipymlops.drift.results import ColumnDrift, Finding, WithFindings, first_of_each


class PartDrift(WithFindings):
    """One part of the data against its reference. Its columns carry no distributions."""

    __slots__ = ()
    rows: int
    enough: bool

    def label(self) -> str:
        """What the part is called."""
        raise NotImplementedError

    @property
    def drifted(self) -> tuple[str, ...]:
        return tuple(c.column for c in self.columns if c.drifted)

    @property
    def alarming(self) -> bool:
        return any(f.alarming for f in self.findings) or any(c.alarming for c in self.columns)


class DriftInParts:
    """All parts of one check."""

    __slots__ = ()

    def parts(self) -> Sequence[PartDrift]:
        raise NotImplementedError

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that were compared in any part."""
        return self._in_any(lambda part: [c.column for c in part.columns])

    @property
    def drifted(self) -> tuple[str, ...]:
        """The columns that drifted in any part."""
        return self._in_any(lambda part: part.drifted)

    @property
    def broken(self) -> tuple[str, ...]:
        """The columns that the model cannot be given in some part."""
        return self._in_any(lambda part: part.broken)

    @property
    def emptied(self) -> tuple[str, ...]:
        """The columns that have no value any more in some part."""
        return self._in_any(lambda part: part.emptied)

    @property
    def all_infinite(self) -> tuple[str, ...]:
        """The columns whose values are all infinite in some part."""
        return self._in_any(lambda part: part.all_infinite)

    @property
    def filled(self) -> tuple[str, ...]:
        """The columns that had nothing to compare in the reference and have in some part."""
        return self._in_any(lambda part: part.filled)

    @property
    def to_mend(self) -> tuple[Finding, ...]:
        """What to mend before anything learns from these data: the first fault of each column."""
        return first_of_each(f for part in self.parts() for f in part.to_mend)

    @property
    def short(self) -> tuple[str, ...]:
        """The parts with too few rows for "no drift" to say anything."""
        return tuple(part.label() for part in self.parts() if not part.enough)

    @property
    def alarming(self) -> bool:
        """Whether somebody should act on any part: a column broken, or changed and not known to be hardly used."""
        return any(part.alarming for part in self.parts())

    @property
    def undecided(self) -> bool:
        """Whether nothing was found, and in some part nothing could be: no column was compared, or rows are too few."""
        if self.alarming or self.drifted:
            return False
        return not self.columns or not all(part.enough for part in self.parts())

    def _in_any(self, columns: Callable[[PartDrift], Iterable[str]]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(column for part in self.parts() for column in columns(part)))

    def of(self, column: str) -> tuple[ColumnDrift | None, ...]:
        """One column in each part; None where it could not be compared."""
        return tuple(next((c for c in part.columns if c.column == column), None) for part in self.parts())


def told(c: ColumnDrift) -> dict[str, Any]:
    """One column of one part, as a row of a table."""
    return {
        "column": c.column,
        "distance": c.distance,
        "effect": c.effect,
        "threshold": c.threshold,
        "threshold_from": c.threshold_from,
        "p_adjusted": c.p_adjusted,
        "drifted": c.drifted,
        "importance": c.importance,
        "matters": c.matters,
        "missing": c.current_missing,
        "missing_changed": c.missing_changed,
        "infinite": c.current_infinite,
        "infinite_changed": c.infinite_changed,
    }
