"""What a drift check over windows says: frozen values that know nothing of display."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ipymlops.drift.parts_results import DriftInParts, PartDrift, told
from ipymlops.drift.results import ColumnDrift, Finding


@dataclass(frozen=True, slots=True)
class WindowDrift(PartDrift):
    """One window against the reference. Its columns carry no distributions; p-values are corrected over all windows."""

    window: str
    rows: int
    columns: tuple[ColumnDrift, ...]
    findings: tuple[Finding, ...] = ()
    enough: bool = True  # rows for "no drift" to say anything

    def label(self) -> str:
        return self.window


@dataclass(frozen=True, slots=True)
class DriftOverTime(DriftInParts):
    """Current data in windows, each against a version's stored profile, in the order of time."""

    model: str
    version: int | None
    data: str
    by: str  # "month", "5,000 rows"
    reference_rows: int
    current_rows: int  # in the windows
    alpha: float
    windows: tuple[WindowDrift, ...]
    notes: tuple[str, ...] = ()
    rows_needed: int = 0  # in a window, to see a change at the threshold in any column
    thresholds: str = ""  # in words, where they come from
    against: str = ""  # the reference where it is another table than the training data
    time: str = ""  # the column of times that cuts; empty where rows were cut in their order
    datable: str = ""  # what `register --time` could take for thresholds from the training data's own months

    def parts(self) -> tuple[WindowDrift, ...]:
        return self.windows

    def rows(self) -> list[dict[str, Any]]:
        """One dictionary a window and column, ready for ``pandas.DataFrame(...)``."""
        return [{"window": w.window, "rows": w.rows, **told(c)} for w in self.windows for c in w.columns]
