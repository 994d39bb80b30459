"""What a drift check within segments says: frozen values that know nothing of display."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ipymlops.drift.parts_results import DriftInParts, PartDrift, told
from ipymlops.drift.results import ColumnDrift, Finding


@dataclass(frozen=True, slots=True)
class SegmentDrift(PartDrift):
    """The rows of one value against the reference's rows of that value. Its columns carry no distributions."""

    segment: str
    reference_rows: int
    rows: int
    columns: tuple[ColumnDrift, ...]
    findings: tuple[Finding, ...] = ()
    enough: bool = True  # rows on both sides for "no drift" to say anything

    def label(self) -> str:
        return self.segment


@dataclass(frozen=True, slots=True)
class DriftBySegment(DriftInParts):
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

    def parts(self) -> tuple[SegmentDrift, ...]:
        return self.segments

    @property
    def alarming(self) -> bool:
        """Whether somebody should act: on a segment, or on a changed mix that the model is not known to ignore."""
        return any(s.alarming for s in self.segments) or bool(self.mix and self.mix.alarming)

    def rows(self) -> list[dict[str, Any]]:
        """One dictionary a segment and column, ready for ``pandas.DataFrame(...)``."""
        return [
            {
                "segment": s.segment,
                "reference_rows": s.reference_rows,
                "rows": s.rows,
                **told(c),
                "enough": s.enough,
            }
            for s in self.segments
            for c in s.columns
        ]
