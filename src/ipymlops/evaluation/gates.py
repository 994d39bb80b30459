"""Gates: one small demand on a candidate each, answered with pass, fail or not applicable, and the evidence.

To add one: a frozen dataclass with ``code``, ``title``, ``severity`` and ``look``; then a line in
``policy/requirements.py`` for the tiers that demand it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Protocol

from ipymlops.evaluation.results import (
    CalibrationBin,
    Comparison,
    Estimate,
    Evaluation,
    Gap,
    Gate,
    Outcome,
    Severity,
)
from ipymlops.metric_names import metric_name


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is known of a candidate when its gates are judged.

    ``comparison`` is None for the first version of a line; ``verification`` is the verdict on its pipeline;
    ``author`` made the version, ``approved_by`` said yes to it.
    """

    evaluation: Evaluation
    comparison: Comparison | None = None
    verification: str = "not verified"
    author: str = ""
    approved_by: str = ""


class Demand(Protocol):
    """What every gate offers."""

    @property
    def code(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def severity(self) -> Severity: ...
    def look(self, evidence: Evidence) -> tuple[Outcome, str]:
        """The outcome, and the sentence that shows why."""
        ...


def answer(demand: Demand, evidence: Evidence) -> Gate:
    outcome, sentence = demand.look(evidence)
    return Gate(demand.code, demand.title, demand.severity, outcome, sentence)


@dataclass(frozen=True, slots=True)
class EnoughRows:
    """A benchmark too small says nothing about what comes after it; the rarest class limits most figures."""

    rows: int
    of_class: int = 0
    severity: Severity = "blocks"
    code: ClassVar[str] = "enough-rows"
    title: ClassVar[str] = "The benchmark is large enough"

    def look(self, evidence: Evidence) -> tuple[Outcome, str]:
        found, counts = evidence.evaluation.n_rows, evidence.evaluation.class_rows
        said = f"{found:,} rows, {self.rows:,} are asked for"
        if not counts:
            return _when(found >= self.rows), said
        rarest = min(counts, key=lambda name: counts[name])
        enough = found >= self.rows and counts[rarest] >= self.of_class
        return _when(enough), f"{said}; {counts[rarest]:,} of class {rarest}, {self.of_class:,} are asked for"


# The value of a model that has learned nothing; balanced accuracy has one that depends on the classes.
CHANCE = {"roc_auc": 0.5, "roc_auc_ovr": 0.5, "r2": 0.0}


@dataclass(frozen=True, slots=True)
class BeatsChance:
    """The whole interval lies above what guessing gives."""

    severity: Severity = "blocks"
    code: ClassVar[str] = "beats-chance"
    title: ClassVar[str] = "Better than guessing"

    def look(self, evidence: Evidence) -> tuple[Outcome, str]:
        found = _against_chance(evidence.evaluation)
        if found is None:
            return "not applicable", "no figure with a known value for guessing was computed"
        estimate, chance = found
        if math.isnan(estimate.low):
            return "fail", f"{_with_interval(estimate)}; without an interval guessing cannot be ruled out"
        return _when(estimate.low > chance), f"{_with_interval(estimate)}; guessing gives {chance:.3f}"


@dataclass(frozen=True, slots=True)
class Floor:
    """The metric that decides reaches a value that the project has set."""

    value: float
    severity: Severity = "blocks"
    code: ClassVar[str] = "floor"
    title: ClassVar[str] = "Reaches the floor"

    def look(self, evidence: Evidence) -> tuple[Outcome, str]:
        found = evidence.evaluation.headline
        reached = found.value >= self.value if found.greater_is_better else found.value <= self.value
        word = "at least" if found.greater_is_better else "at most"
        return _when(reached), f"{metric_name(found.name)} is {found.value:z.4g}; {word} {self.value:.4g} is asked for"


@dataclass(frozen=True, slots=True)
class NotBelowChampion:
    """The figure itself, without its uncertainty, is not below the champion's by more than the margin."""

    severity: Severity = "blocks"
    code: ClassVar[str] = "not-below-champion"
    title: ClassVar[str] = "Not below the champion"

    def look(self, evidence: Evidence) -> tuple[Outcome, str]:
        found = evidence.comparison
        if found is None:
            return "not applicable", "there is no champion to compare with"
        return _when(found.difference >= -found.margin), f"{_compared(found)}: {found.words}"


@dataclass(frozen=True, slots=True)
class NotWorse:
    """The paired interval at ``level`` leaves out a loss above the margin, and reaches zero: a loss that is certain
    is not let through for being small, or a line would sink one margin at a time."""

    level: float
    severity: Severity = "blocks"
    code: ClassVar[str] = "not-worse"
    title: ClassVar[str] = "Shown not to be worse than the champion"

    def look(self, evidence: Evidence) -> tuple[Outcome, str]:
        found = evidence.comparison
        if found is None:
            return "not applicable", "there is no champion to compare with"
        if found.level < self.level - 1e-9:
            return "fail", f"compared at {found.level:.0%}, but {self.level:.0%} is asked for"
        shown = found.low >= -found.margin and found.high >= 0
        return _when(shown), f"{_compared(found)}: {found.words}"


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
        said = f"{worst.predicted:.0%} promised, {worst.observed:.0%} observed in {worst.n_rows:,} rows"
        if excess == 0:
            return "pass", f"every one of {len(bins)} bins agrees within its uncertainty"
        allowed = f"{self.tolerance:.0%} beyond its interval is allowed"
        return _when(excess <= self.tolerance), f"worst bin: {said}; {allowed}"


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
            return "pass", f"{search.candidates} candidates, none is weak for certain"
        worst = max(search.found, key=lambda s: s.difference)
        saves = f"{worst.difference:z.3f} ({worst.low:z.3f} to {worst.high:z.3f})"
        said = f"{worst.rule}: {saves} of log loss could be saved in {worst.n_rows:,} rows; {allowed}"
        return _when(worst.difference <= self.tolerance), said


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
        return _when(not large), f"by {column}, {_gap(worst)}; {self.tolerance:.2f} is allowed where it is certain"


@dataclass(frozen=True, slots=True)
class FastEnough:
    """99 of 100 answers to one row come within ``milliseconds`` on the machine that judges."""

    milliseconds: float
    severity: Severity = "blocks"
    code: ClassVar[str] = "latency"
    title: ClassVar[str] = "Answers in time"

    def look(self, evidence: Evidence) -> tuple[Outcome, str]:
        found = evidence.evaluation.footprint
        if found is None:
            return "not applicable", "the latency was not measured"
        one = min(found.latencies, key=lambda at: at.rows)
        slow = 1000 * one.slow
        taken = f"one row took {1000 * one.median:.3g} ms in the median, {slow:.3g} ms at 99 % of {one.measured} times"
        return _when(slow <= self.milliseconds), f"{taken} on {found.processor}; {self.milliseconds:g} ms are allowed"


@dataclass(frozen=True, slots=True)
class SmallEnough:
    """The stored model is no larger than ``megabytes`` (of 1,000,000 bytes)."""

    megabytes: float
    severity: Severity = "blocks"
    code: ClassVar[str] = "size"
    title: ClassVar[str] = "Small enough"

    def look(self, evidence: Evidence) -> tuple[Outcome, str]:
        found = evidence.evaluation.footprint
        if found is None:
            return "not applicable", "the size is not known"
        return _when(found.size <= 1e6 * self.megabytes), f"{found.size:,} bytes; {self.megabytes:g} MB are allowed"


@dataclass(frozen=True, slots=True)
class Verified:
    """The pipeline of the version was run again in a clean process and gave the same model."""

    severity: Severity = "blocks"
    code: ClassVar[str] = "verified-pipeline"
    title: ClassVar[str] = "The pipeline reproduces the model"

    def look(self, evidence: Evidence) -> tuple[Outcome, str]:
        found = evidence.verification or "not verified"
        return _when(found in ("identical", "within tolerance")), f"verification: {found}"


@dataclass(frozen=True, slots=True)
class Approved:
    """A second person said yes."""

    severity: Severity = "blocks"
    code: ClassVar[str] = "approval"
    title: ClassVar[str] = "Approved by a second person"

    def look(self, evidence: Evidence) -> tuple[Outcome, str]:
        if not evidence.approved_by:
            return "fail", "nobody has approved it"
        if evidence.approved_by == evidence.author:
            return "fail", f"{evidence.author} made it and approved it; a second person is asked for"
        return "pass", f"approved by {evidence.approved_by}"


def _gap(found: Gap) -> str:
    interval = f"{found.difference:z.3f} ({found.low:z.3f} to {found.high:z.3f})"
    return f"{metric_name(found.metric)} is higher for {found.highest} than for {found.lowest} by {interval}"


def _excess(found: CalibrationBin) -> float:
    """How far a promise lies outside the interval of what happened."""
    return max(found.low - found.predicted, found.predicted - found.high, 0.0)


def _when(holds: bool) -> Outcome:
    return "pass" if holds else "fail"


def _against_chance(evaluation: Evaluation) -> tuple[Estimate, float] | None:
    levels = CHANCE | {"balanced_accuracy": 1 / max(len(evaluation.classes), 2)}
    computed = {m.name: m for m in evaluation.metrics}
    return next(((computed[name], chance) for name, chance in levels.items() if name in computed), None)


def _with_interval(estimate: Estimate) -> str:
    return f"{metric_name(estimate.name)} {estimate.value:z.3f} ({estimate.low:z.3f} to {estimate.high:z.3f})"


def _compared(found: Comparison) -> str:
    return (
        f"{metric_name(found.metric)} {found.candidate_value:z.4g} against the champion's {found.champion_value:z.4g}"
    )
