"""What a gate is: a demand on a candidate, looked at with all that is known of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from ipymlops.evaluation.results import Comparison, Evaluation, Gate, Outcome, Severity


@dataclass(frozen=True, slots=True)
class Signature:
    """What is known of a candidate's signature. ``good`` is None where nobody can tell: no key is trusted, or the
    library that checks is not there."""

    good: bool | None = None
    words: str = "no key is trusted here"
    required: bool = False  # by the project, whatever the tier says
    trusted: bool = False  # whether the project trusts any key


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is known of a candidate when its gates are judged.

    ``comparison`` is None for the first version of a line; ``verification`` is the verdict on its pipeline;
    ``author`` made the version, ``approved_by`` said yes to it; ``rejected`` says in words who said no, where that
    stands.
    """

    evaluation: Evaluation
    comparison: Comparison | None = None
    verification: str = "not verified"
    author: str = ""
    approved_by: str = ""
    signature: Signature = Signature()
    rejected: str = ""


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


def when(holds: bool) -> Outcome:
    return "pass" if holds else "fail"
