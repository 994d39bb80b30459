"""What one headless run of a pipeline did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from ipymlops.errors import DONE, NO, NOTHING_TO_DO
from ipymlops.evaluation.results import Comparison, Evaluation, Gate

LATER = ("approval", "signature")  # gates that a person can open once the version is there
# promoted: registered, gates passed, champion now · registered: gates passed, promotion waits for a person
# refused: a gate failed, the champion is untouched · nothing to do: the same inputs as the champion's
# checked: --check or --dry-run, nothing written
Decision = Literal["promoted", "registered", "refused", "nothing to do", "checked"]
EXIT_CODES: dict[Decision, int] = {
    "promoted": DONE,
    "registered": DONE,
    "checked": DONE,
    "refused": NO,
    "nothing to do": NOTHING_TO_DO,
}


@dataclass(frozen=True, slots=True)
class Retraining:
    """The whole story of one run; ``words`` tells it in a sentence."""

    model: str
    decision: Decision
    words: str
    version: int | None  # the version registered by this run
    champion_before: int | None
    champion_after: int | None
    inputs: tuple[dict[str, Any], ...]  # name, path, sha256, changed
    evaluation: Evaluation | None
    comparison: Comparison | None
    gates: tuple[Gate, ...]
    seconds: float
    notes: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """A dry run answers as the run would: refused is refused."""
        failed = any(g.outcome == "fail" and g.severity == "blocks" and g.code not in LATER for g in self.gates)
        return NO if self.decision == "checked" and failed else EXIT_CODES[self.decision]
