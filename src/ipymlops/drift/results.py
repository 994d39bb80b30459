"""What a drift check says: frozen values that know nothing of display."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from ipymlops.drift.held_out_results import ErrorChange, Separation

# Findings that need no statistics; each is said in words in ``detail``.
FindingCode = Literal[
    "missing-column",
    "extra-column",
    "type-changed",
    "new-categories",
    "vanished-categories",
    "constant",
    "all-missing",
    "all-infinite",
    "newly-filled",
    "out-of-range",
    "missing-rate",
    "infinite",
    "too-few-rows",
    "unsupported",
    "identifier",
]
# With one of these a column cannot be given to the model as it is.
BREAKING: tuple[FindingCode, ...] = ("missing-column", "type-changed")
# With one of these a column has values to compare on one side only.
ONE_SIDED: tuple[FindingCode, ...] = ("all-missing", "all-infinite", "newly-filled")
# With one of these a column that alarms has probably not moved: its values come wrong.
SUSPECT: tuple[FindingCode, ...] = ("constant", "missing-rate", "infinite")

ALL = "(all columns)"  # the column of a finding about the whole table


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about one column that a person should know."""

    column: str
    code: FindingCode
    detail: str
    matters: bool | None = None  # whether the model leans on the column; None where that is not known
    importance: float | None = None  # of the column: share of the model's permutation importance, 0 to 1

    @property
    def alarming(self) -> bool:
        """Whether somebody should act: on a broken column, or one that has lost all its values or got its first, and is
        not known to be hardly used."""
        return self.code in BREAKING or (self.code in ONE_SIDED and self.matters is not False)


def found_in(findings: Sequence[Finding], codes: Sequence[FindingCode]) -> tuple[str, ...]:
    """The columns with a finding of one of ``codes``."""
    return tuple(dict.fromkeys(f.column for f in findings if f.code in codes))


def first_of_each(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """One finding a column, the first."""
    first: dict[str, Finding] = {}
    for finding in findings:
        first.setdefault(finding.column, finding)
    return tuple(first.values())


class WithFindings:
    """What the findings of a check say of its columns."""

    __slots__ = ()
    columns: tuple[ColumnDrift, ...]
    findings: tuple[Finding, ...]

    @property
    def broken(self) -> tuple[str, ...]:
        """The columns that the model cannot be given: gone, or of another type."""
        return found_in(self.findings, BREAKING)

    @property
    def emptied(self) -> tuple[str, ...]:
        """The columns that have no value any more."""
        return found_in(self.findings, ("all-missing",))

    @property
    def all_infinite(self) -> tuple[str, ...]:
        """The columns whose values are all infinite now."""
        return found_in(self.findings, ("all-infinite",))

    @property
    def filled(self) -> tuple[str, ...]:
        """The columns that had nothing to compare in the reference and have now."""
        return found_in(self.findings, ("newly-filled",))

    @property
    def to_mend(self) -> tuple[Finding, ...]:
        """What to mend before anything learns from these data: the first fault of each column that alarms and looks
        broken rather than moved."""
        moved = {c.column for c in self.columns if c.alarming}
        faults = [f for f in self.findings if f.alarming or (f.code in SUSPECT and f.column in moved)]
        return first_of_each(faults)


@dataclass(frozen=True, slots=True)
class Shape:
    """A distribution for a picture: labels (categories) or edges (numbers, k + 1), shares of both sides (k)."""

    reference: tuple[float, ...]
    current: tuple[float, ...]
    edges: tuple[float, ...] = ()
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ColumnDrift:
    """One column's answer. ``p_value`` is None where no test applies, ``matters`` where importance is unknown."""

    column: str
    kind: str
    distance: str  # which effect size: "ks", "jensen-shannon", "wasserstein" (in standard deviations)
    effect: float
    effect_low: float  # certified interval of the effect; equal to it where exact
    effect_high: float
    threshold: float
    p_value: float | None
    p_adjusted: float | None
    drifted: bool
    reference_missing: float
    current_missing: float
    others: dict[str, float] = field(default_factory=dict)  # "psi", "wasserstein", ... by name
    importance: float | None = None  # share of the model's permutation importance, 0 to 1
    matters: bool | None = None
    shape: Shape | None = None
    threshold_from: Literal["default", "given", "reference"] = "default"  # reference: its own variability
    aspect: Literal["values", "lengths", "words"] = "values"  # of texts, the one of two that changed more
    missing_changed: bool = False  # another share of rows has no value, certainly and by more than the threshold
    reference_infinite: float = 0.0  # share of rows
    current_infinite: float = 0.0
    infinite_changed: bool = False  # as missing_changed

    @property
    def changed(self) -> bool:
        """Drifted, or another share of rows is missing or infinite."""
        return self.drifted or self.missing_changed or self.infinite_changed

    @property
    def alarming(self) -> bool:
        """Changed, and not known to be a column that the model hardly uses."""
        return self.changed and self.matters is not False


@dataclass(frozen=True, slots=True)
class HeldOut:
    """What was asked of the data beyond single columns, against the held-out rows stored with the version."""

    against: str  # in words: "the 2,000 held-out rows stored with credit-risk@1"
    prediction: ColumnDrift | None = None  # what the model says: a score, a number, or a label
    target: ColumnDrift | None = None  # what turned out to be true
    errors: ErrorChange | None = None
    separation: Separation | None = None
    enough: bool = True  # rows for "no drift" of predictions and labels to say anything
    notes: tuple[str, ...] = ()
    refused: str = ""  # why the model does not answer for these rows, so that predictions could not be compared

    @property
    def alarming(self) -> bool:
        """Whether somebody should act on any of it."""
        moved = any(c is not None and c.alarming for c in (self.prediction, self.target))
        worse = self.errors is not None and self.errors.worse
        return bool(self.refused) or moved or worse or bool(self.separation and self.separation.alarming)

    @property
    def unanswered(self) -> tuple[str, ...]:
        """What was asked and has too few rows for an answer, in words."""
        moved = (("predictions", self.prediction), ("labels", self.target))
        return (
            *(["errors"] if self.errors is not None and math.isnan(self.errors.low) else []),
            *(name for name, c in moved if c is not None and not c.drifted and not self.enough),
            *(["rows as a whole"] if self.separation is not None and not self.separation.enough else []),
        )


@dataclass(frozen=True, slots=True)
class DriftReport(WithFindings):
    """All columns of one check of current data against a version's stored profile, worst first."""

    model: str
    version: int | None
    data: str
    reference_rows: int
    current_rows: int
    alpha: float
    columns: tuple[ColumnDrift, ...]
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    rows_needed: int = 0  # on both sides, to see a change at the threshold in any column
    thresholds: str = ""  # in words, where they come from
    against: str = ""  # the reference where it is another table than the training data
    held_out: HeldOut | None = None  # what was asked beyond single columns
    datable: str = ""  # what `register --time` could take for thresholds from the training data's own months

    @property
    def enough(self) -> bool:
        """Whether there are rows enough for "no drift" to say anything. A large change shows on fewer."""
        return min(self.reference_rows, self.current_rows) >= self.rows_needed

    @property
    def drifted(self) -> tuple[str, ...]:
        """The columns whose effect and corrected significance both pass."""
        return tuple(c.column for c in self.columns if c.drifted)

    @property
    def that_matter(self) -> tuple[str, ...]:
        """The drifted columns that the model leans on."""
        return tuple(c.column for c in self.columns if c.drifted and c.matters)

    @property
    def changed_use(self) -> dict[str, float | None]:
        """The share in what the model uses of each column that changed, is broken, or lost its values or got its first;
        None where it is not known."""
        lost = {f.column: f.importance for f in self.findings if f.code in (*BREAKING, *ONE_SIDED)}
        return {**lost, **{c.column: c.importance for c in self.columns if c.changed}}

    @property
    def explained_by(self) -> tuple[str, ...]:
        """Of the columns by which a classifier tells rows apart, those that changed or broke by themselves."""
        told = self.held_out.separation if self.held_out else None
        return tuple(name for name, _ in told.columns if name in self.changed_use) if told else ()

    @property
    def unchecked(self) -> tuple[str, ...]:
        """The columns found to be otherwise of which nothing could be compared."""
        tested = {c.column for c in self.columns}
        return tuple(c for c in found_in(self.findings, (*BREAKING, *ONE_SIDED)) if c not in tested)

    @property
    def alarming(self) -> bool:
        """Whether somebody should act: the one condition behind the exit code, the badge and the next step.

        True where a column is broken, or drifted, emptied or missing otherwise than before without being known to be
        hardly used, or where the held-out rows tell so. Drift in a column that the model hardly uses is told, and
        alarms nobody.
        """
        beyond = self.held_out is not None and self.held_out.alarming
        return beyond or any(f.alarming for f in self.findings) or any(column.alarming for column in self.columns)

    @property
    def undecided(self) -> bool:
        """Whether nothing was found because nothing could be: no column was compared, or rows are too few."""
        if self.alarming or self.drifted:
            return False
        asked_in_vain = self.held_out is not None and bool(self.held_out.unanswered)
        return not self.columns or not self.enough or asked_in_vain

    def rows(self) -> list[dict[str, Any]]:
        """One dictionary a column, ready for ``pandas.DataFrame(...)``."""
        return [
            {
                "column": c.column,
                "kind": c.kind,
                "distance": c.distance,
                "aspect": c.aspect,
                "effect": c.effect,
                "threshold": c.threshold,
                "threshold_from": c.threshold_from,
                "p_adjusted": c.p_adjusted,
                "drifted": c.drifted,
                "importance": c.importance,
                "matters": c.matters,
            }
            for c in self.columns
        ]
