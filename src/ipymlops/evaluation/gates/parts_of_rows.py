"""Whether a candidate is right for everybody: for each promised probability, each slice and each group of rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ipymlops.evaluation.gates.demand import Evidence, when
from ipymlops.evaluation.results import CalibrationBin, Gap, Outcome, Severity
from ipymlops.metric_names import metric_name
from ipymlops.phrases import count
from ipymlops.shares import percent


@dataclass(frozen=True, slots=True)
class Calibrated:
    """No bin of predictions is further from what happened than its own uncertainty plus ``tolerance``."""

    tolerance: float
    severity: Severity = "blocks"
    code: ClassVar[str] = "calibration"
    title: ClassVar[str] = "Probabilities mean what they say"

    def look(self, evidence: Evidence) -> tuple[Outcome, str]:
        bins = evidence.evaluation.calibration
        if not bins:
            return "not applicable", "the model gives no probabilities"
        worst = max(bins, key=_excess)
        excess = _excess(worst)
        said = (
            f"{percent(worst.predicted)} promised, {percent(worst.observed)} observed in {count(worst.n_rows, 'row')}"
        )
        if excess == 0:
            return "pass", f"every one of {len(bins)} bins agrees within its uncertainty"
        allowed = f"{percent(self.tolerance)} beyond its interval is allowed"
        return when(excess <= self.tolerance), f"worst bin: {said}; {allowed}"


@dataclass(frozen=True, slots=True)
class NoWeakSlice:
    """In no slice are probabilities off for certain by so much that putting them right there would save more log loss
    than ``tolerance`` (0.005: about 5 points at a probability of one half, 0.02: about 10)."""

    tolerance: float
    severity: Severity = "blocks"
    code: ClassVar[str] = "weak-slice"
    title: ClassVar[str] = "No slice whose probabilities are off"

    def look(self, evidence: Evidence) -> tuple[Outcome, str]:
        search = evidence.evaluation.slices
        if search is None:
            return "not applicable", "no weak slices were looked for"
        if search.note:
            return "not applicable", search.note
        if search.metric != "log_loss":
            return "not applicable", "without probabilities a weak slice cannot be told from rows that are hard"
        allowed = f"{self.tolerance:.3f} is allowed"
        if not search.found:
            return "pass", f"{count(search.candidates, 'candidate')}, none is weak for certain"
        worst = max(search.found, key=lambda s: s.difference)
        saves = f"{worst.difference:z.3f} ({worst.low:z.3f} to {worst.high:z.3f})"
        said = f"{worst.rule}: {saves} of log loss could be saved in {count(worst.n_rows, 'row')}; {allowed}"
        return when(worst.difference <= self.tolerance), said


# By rates of what is true of a row: who is flagged at all may differ because the groups do.
GAPS = ("recall", "false_positive_rate", "precision", "accuracy")


@dataclass(frozen=True, slots=True)
class FairEnough:
    """Between groups of the columns that were named, no certain gap in what is right or wrong above ``tolerance``."""

    tolerance: float
    severity: Severity = "blocks"
    code: ClassVar[str] = "fairness-gap"
    title: ClassVar[str] = "Groups are treated alike"

    def look(self, evidence: Evidence) -> tuple[Outcome, str]:
        named = evidence.evaluation.fairness
        if not named:
            return "not applicable", "no column was named: --sensitive COLUMN"
        gaps = [(f.column, gap) for f in named for gap in f.gaps if gap.metric in GAPS]
        if not gaps:
            return "not applicable", "no two groups have enough rows to compare a rate of right answers"
        large = [(column, gap) for column, gap in gaps if gap.certain and gap.difference > self.tolerance]
        column, worst = max(large or gaps, key=lambda found: found[1].difference)
        return when(not large), f"by {column}, {_gap(worst)}; {self.tolerance:.2f} is allowed where it is certain"


def _gap(found: Gap) -> str:
    interval = f"{found.difference:z.3f} ({found.low:z.3f} to {found.high:z.3f})"
    said = f"{metric_name(found.metric)} is higher for {found.highest} than for {found.lowest} by {interval}"
    return f"{said}, on {found.highest_rows:,} and {found.lowest_rows:,} rows"


def _excess(found: CalibrationBin) -> float:
    """How far a promise lies outside the interval of what happened."""
    return max(found.low - found.predicted, found.predicted - found.high, 0.0)
