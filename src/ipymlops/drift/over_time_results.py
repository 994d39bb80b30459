"""What a drift check over windows says: frozen values that know nothing of display."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ipymlops.drift.results import BREAKING, ColumnDrift, Finding


@dataclass(frozen=True, slots=True)
class WindowDrift:
    """One window against the reference. Its columns carry no distributions; p-values are corrected over all windows."""

    window: str
    rows: int
    columns: tuple[ColumnDrift, ...]
    findings: tuple[Finding, ...] = ()
    enough: bool = True  # rows for "no drift" to say anything

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
class DriftOverTime:
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

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that were compared in any window."""
        return tuple(dict.fromkeys(c.column for w in self.windows for c in w.columns))

    @property
    def drifted(self) -> tuple[str, ...]:
        """The columns that drifted in any window."""
        return tuple(dict.fromkeys(column for w in self.windows for column in w.drifted))

    @property
    def broken(self) -> tuple[str, ...]:
        """The columns that the model cannot be given in some window."""
        return tuple(dict.fromkeys(column for w in self.windows for column in w.broken))

    @property
    def alarming(self) -> bool:
        """Whether somebody should act on any window: a column broken, or changed and not known to be hardly used."""
        return any(w.alarming for w in self.windows)

    def of(self, column: str) -> tuple[ColumnDrift | None, ...]:
        """One column in each window; None where it could not be compared."""
        return tuple(next((c for c in w.columns if c.column == column), None) for w in self.windows)

    def rows(self) -> list[dict[str, Any]]:
        """One dictionary a window and column, ready for ``pandas.DataFrame(...)``."""
        return [
            {
                "window": w.window,
                "rows": w.rows,
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
            }
            for w in self.windows
            for c in w.columns
        ]
