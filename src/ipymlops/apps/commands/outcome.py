"""What a command answers to a shell: 0 done, 1 unexpected, 2 cannot be used as given, 3 the answer is no."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ipymlops.drift.results import DriftReport
from ipymlops.errors import GateRefused, IntegrityError, MlopsError
from ipymlops.evaluation.results import Comparison
from ipymlops.pipelines.results import Export, Verification
from ipymlops.project.results import Promotion
from ipymlops.retraining.results import Retraining

UNEXPECTED, BAD_INPUT, NO = 1, 2, 3


def says_no(result: Any) -> bool:
    """Whether a scheduler should stop here and a person look."""
    return any(isinstance(result, kind) and refuses(result) for kind, refuses in ANSWERS)


def exit_code(result: Any) -> int:
    """The exit code of a result that came without an error."""
    if isinstance(result, Retraining):
        return result.exit_code
    return NO if says_no(result) else 0


def exit_code_of_error(error: MlopsError) -> int:
    """The exit code of an error that a person can act upon."""
    if isinstance(error, GateRefused):
        return NO
    return UNEXPECTED if isinstance(error, IntegrityError) or type(error) is MlopsError else BAD_INPUT


ANSWERS: tuple[tuple[type, Callable[[Any], bool]], ...] = (
    (DriftReport, lambda report: report.alarming),
    (Promotion, lambda promotion: not promotion.promoted),
    (Comparison, lambda comparison: comparison.verdict == "worse"),
    (Export, lambda export: export.verification.verdict == "not reproduced"),
    (Verification, lambda verification: verification.verdict == "not reproduced"),
)
