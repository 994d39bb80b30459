"""What a drift check within segments says: frozen values that know nothing of display."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ipymlops.drift.results import BREAKING, ColumnDrift, Finding


@dataclass(frozen=True, slots=True)
class SegmentDrift:
    """The rows of one value against the reference's rows of that value. Its columns carry no distributions."""

    segment: str
    reference_rows: int
    rows: int
    columns: tuple[ColumnDrift, ...]
    findings: tuple[Finding, ...] = ()
    enough: bool = True  # rows on both sides for "no drift" to say anything

    @property
    def drifted(self) -> tuple[str, ...]:
        return tuple(c.column for c in self.columns if c.drifted)

    @property
    def broken(self) -> tuple[str, ...]:
        """The columns that the model cannot be given: gone, empty, or of another type."""
        return tuple(dict.fromkeys(f.column for f in self.findings if f.code in BREAKING))

    @property
    def alarming(self) -> bool:
        return bool(self.broken) or any(c.alarming for c in self.columns)


@dataclass(frozen=True, slots=True)
class DriftBySegment:
    """Current data by the values of a column, each against the reference's rows of that value, what matters first."""

    model: str
    version: int | None
    data: str
    by: str  # the column that cuts
    against: str  # in words, what the reference rows are
    reference_rows: int
    current_rows: int
    alpha: float
    segments: tuple[SegmentDrift, ...]  # those that both sides have
    mix: ColumnDrift | None  # the shares of the segments themselves; None where they could not be compared
    new: dict[str, int]  # rows by value that the reference does not have
    gone: dict[str, int]  # reference rows by value that the data does not have
    notes: tuple[str, ...] = ()
    rows_needed: int = 0  # in a segment, on both sides, to see a change at the threshold in any column

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that were compared in any segment."""
        return tuple(dict.fromkeys(c.column for s in self.segments for c in s.columns))

    @property
    def drifted(self) -> tuple[str, ...]:
        """The columns that drifted in any segment."""
        return tuple(dict.fromkeys(column for s in self.segments for column in s.drifted))

    @property
    def broken(self) -> tuple[str, ...]:
        """The columns that the model cannot be given in some segment."""
        return tuple(dict.fromkeys(column for s in self.segments for column in s.broken))

    @property
    def alarming(self) -> bool:
        """Whether somebody should act: on a segment, or on a changed mix that the model is not known to ignore."""
        return any(s.alarming for s in self.segments) or bool(self.mix and self.mix.alarming)

    def of(self, column: str) -> tuple[ColumnDrift | None, ...]:
        """One column in each segment; None where it could not be compared."""
        return tuple(next((c for c in s.columns if c.column == column), None) for s in self.segments)

    def rows(self) -> list[dict[str, Any]]:
        """One dictionary a segment and column, ready for ``pandas.DataFrame(...)``."""
        return [
            {
                "segment": s.segment,
                "reference_rows": s.reference_rows,
                "rows": s.rows,
                "column": c.column,
                "distance": c.distance,
                "effect": c.effect,
                "threshold": c.threshold,
                "p_adjusted": c.p_adjusted,
                "drifted": c.drifted,
                "importance": c.importance,
                "matters": c.matters,
                "missing": c.current_missing,
                "missing_changed": c.missing_changed,
                "enough": s.enough,
            }
            for s in self.segments
            for c in s.columns
        ]
