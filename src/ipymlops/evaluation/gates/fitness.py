"""Whether a candidate may go into use, however good it is: its time and size, its pipeline, a second person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ipymlops.evaluation.gates.demand import Evidence, when
from ipymlops.evaluation.results import Outcome, Severity


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
        return when(slow <= self.milliseconds), f"{taken} on {found.processor}; {self.milliseconds:g} ms are allowed"


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
        return when(found.size <= 1e6 * self.megabytes), f"{found.size:,} bytes; {self.megabytes:g} MB are allowed"


@dataclass(frozen=True, slots=True)
class Verified:
    """The pipeline of the version was run again in a clean process and gave the same model."""

    severity: Severity = "blocks"
    code: ClassVar[str] = "verified-pipeline"
    title: ClassVar[str] = "The pipeline reproduces the model"

    def look(self, evidence: Evidence) -> tuple[Outcome, str]:
        found = evidence.verification or "not verified"
        return when(found in ("identical", "within tolerance")), f"verification: {found}"


@dataclass(frozen=True, slots=True)
class Signed:
    """The bundle carries a good signature by a key that the project trusts. Signing is a team's choice: one that trusts
    no key is not asked for a signature, unless its settings demand one."""

    severity: Severity = "blocks"
    code: ClassVar[str] = "signature"
    title: ClassVar[str] = "Signed by a trusted key"

    def look(self, evidence: Evidence) -> tuple[Outcome, str]:
        found = evidence.signature
        asked = found.trusted or found.required
        if found.good is None and (self.severity == "warns" or not asked):
            return "not applicable", found.words
        return when(bool(found.good)), found.words


@dataclass(frozen=True, slots=True)
class Approved:
    """A second person said yes, and nobody's no stands."""

    severity: Severity = "blocks"
    code: ClassVar[str] = "approval"
    title: ClassVar[str] = "Approved by a second person"

    def look(self, evidence: Evidence) -> tuple[Outcome, str]:
        if evidence.rejected:
            return "fail", evidence.rejected
        if not evidence.approved_by:
            return "fail", "nobody has approved it"
        if evidence.approved_by == evidence.author:
            return "fail", f"{evidence.author} made it and approved it; a second person is asked for"
        return "pass", f"approved by {evidence.approved_by}"
