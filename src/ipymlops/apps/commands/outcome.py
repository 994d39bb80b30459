"""Which results say no, and which say nothing. The exit codes, and those of errors, stand in ``ipymlops.errors``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ipymlops.drift.over_time_results import DriftOverTime
from ipymlops.drift.results import DriftReport
from ipymlops.drift.segments_results import DriftBySegment
from ipymlops.errors import CANNOT_TELL, DONE, NO, UNEXPECTED
from ipymlops.evaluation import chance
from ipymlops.evaluation.label_free.results import PerformanceEstimate
from ipymlops.evaluation.results import Comparison, Evaluation
from ipymlops.pipelines.marking import MarkedNotebook
from ipymlops.pipelines.results import NOT_TRIED, Export, Verification
from ipymlops.project.results import Promotion
from ipymlops.registry.upkeep import Checkup
from ipymlops.retraining.results import Retraining


def says_no(result: Any) -> bool:
    """Whether a scheduler should stop here and a person look."""
    return any(isinstance(result, kind) and refuses(result) for kind, refuses in ANSWERS)


def cannot_tell(result: Any) -> bool:
    """Whether the question was asked and has no answer yet: nothing says no, and nothing says that all is well."""
    return any(isinstance(result, kind) and undecided(result) for kind, undecided in UNDECIDED)


def exit_code(result: Any) -> int:
    """The exit code of a result that came without an error; a run of a pipeline brings its own."""
    if isinstance(result, Retraining):
        return result.exit_code
    if isinstance(result, Checkup) and result.damaged:
        return UNEXPECTED  # as of the error that whoever loads the version would get
    if says_no(result):
        return NO
    return CANNOT_TELL if cannot_tell(result) else DONE


ANSWERS: tuple[tuple[type, Callable[[Any], bool]], ...] = (
    (DriftReport, lambda report: report.alarming),
    (DriftOverTime, lambda report: report.alarming),
    (DriftBySegment, lambda report: report.alarming),
    (PerformanceEstimate, lambda estimate: estimate.alarming or estimate.contradicted),
    (Evaluation, chance.says_no),
    (Promotion, lambda promotion: not (promotion.promoted or promotion.already)),
    (Comparison, lambda comparison: comparison.verdict == "worse"),
    (Export, lambda export: not export.verification.reproduced and export.verification.cause != NOT_TRIED),
    (MarkedNotebook, lambda marked: bool(marked.left_out)),
    (Verification, lambda verification: not verification.reproduced),
    (Checkup, lambda checkup: not checkup.sound),
)

UNDECIDED: tuple[tuple[type, Callable[[Any], bool]], ...] = (
    (DriftReport, lambda report: report.undecided),
    (DriftOverTime, lambda report: report.undecided),
    (DriftBySegment, lambda report: report.undecided),
    (PerformanceEstimate, lambda estimate: estimate.undecided),
    (Evaluation, chance.undecided),
    (Comparison, lambda comparison: comparison.verdict == "cannot tell"),
)
