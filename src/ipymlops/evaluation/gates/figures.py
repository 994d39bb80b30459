"""How good a candidate is on the whole: enough rows, better than guessing, not worse than the champion."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from ipymlops.evaluation.chance import against_chance
from ipymlops.evaluation.gates.demand import Evidence, when
from ipymlops.evaluation.results import Comparison, Estimate, Outcome, Severity
from ipymlops.metric_names import metric_name
from ipymlops.phrases import count


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
        said = f"{count(found, 'row')}, {self.rows:,} are asked for"
        if not counts:
            return when(found >= self.rows), said
        rarest = min(counts, key=lambda name: counts[name])
        enough = found >= self.rows and counts[rarest] >= self.of_class
        return when(enough), f"{said}; {counts[rarest]:,} of class {rarest}, {self.of_class:,} are asked for"


@dataclass(frozen=True, slots=True)
class BeatsChance:
    """The whole interval lies above what guessing gives."""

    severity: Severity = "blocks"
    code: ClassVar[str] = "beats-chance"
    title: ClassVar[str] = "Better than guessing"

    def look(self, evidence: Evidence) -> tuple[Outcome, str]:
        found = against_chance(evidence.evaluation)
        if found is None:
            return "not applicable", "no figure with a known value for guessing was computed"
        estimate, chance = found
        if math.isnan(estimate.low):
            return "fail", f"{_with_interval(estimate)}; without an interval guessing cannot be ruled out"
        return when(estimate.low > chance), f"{_with_interval(estimate)}; guessing gives {chance:.3f}"


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
        return when(reached), f"{metric_name(found.name)} is {found.value:z.4g}; {word} {self.value:.4g} is asked for"


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
        if found.doubt:
            return "fail", found.doubt
        return when(found.difference >= -found.margin), f"{_compared(found)}: {found.words}"


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
        if found.doubt:
            return "fail", found.doubt
        if found.level < self.level - 1e-9:
            return "fail", f"compared at {found.level * 100:g} %, but {self.level * 100:g} % is asked for"
        shown = found.low >= -found.margin and found.high >= 0
        return when(shown), f"{_compared(found)}: {found.words}"


def _with_interval(estimate: Estimate) -> str:
    return f"{metric_name(estimate.name)} {estimate.value:z.3f} ({estimate.low:z.3f} to {estimate.high:z.3f})"


def _compared(found: Comparison) -> str:
    return (
        f"{metric_name(found.metric)} {found.candidate_value:z.4g} against the champion's {found.champion_value:z.4g}"
    )
