"""Slice, write, prove; and widen what was not enough, rung by rung, until the pipeline reproduces its model."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from ipymlops.capture.journal import Journal
from ipymlops.pipelines import nondeterminism
from ipymlops.pipelines.origin import Origin
from ipymlops.pipelines.overwriting import what_is_gone
from ipymlops.pipelines.results import NOT_TRIED, PipelineInput, Slice, Verification
from ipymlops.pipelines.slicing import EVERYTHING
from ipymlops.pipelines.verdicts import Attempt
from ipymlops.pipelines.verification import attempt
from ipymlops.pipelines.writing import Written, write

RUNGS = (
    "the statements it needs",
    "with what defines the missing name",
    "with everything that draws random numbers",
    "with calls of unknown effect",
    "with whole cells",
    "with everything that was executed",
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One script and what its run proved."""

    slice: Slice
    inputs: tuple[PipelineInput, ...]
    written: Written
    tried: Attempt

    @property
    def verification(self) -> Verification:
        return replace(self.tried.verification, widened=self.slice.widened)


@dataclass(slots=True)
class Ladder:
    """Tries wider and wider slices until one reproduces the model."""

    origin: Origin
    draft: Path
    timeout: float
    progress: Callable[[str], None]
    typed: Journal | None = None  # with the secrets that the stored one has not
    done: dict[tuple[int, ...], Outcome] = field(default_factory=dict)  # by the statements kept

    def climb(self) -> Outcome:
        first = outcome = self.attempt(0)
        if not self._hopeful(outcome):
            return outcome
        if cause := self._hopeless(outcome):
            return _because(first, cause)
        for rung in range(1, EVERYTHING + 1):
            outcome = self.attempt(rung, outcome.tried.evidence)
            if not self._hopeful(outcome):
                return outcome if outcome.verification.reproduced else first
        return _because(first, what_is_gone(outcome.slice, outcome.inputs))

    def first_unproved(self) -> Outcome:
        """The narrowest slice, written and not run."""
        slice_ = self.origin.slice(0)
        return Outcome(slice_, *self._written(slice_), Attempt(Verification("not verified", NOT_TRIED)))

    def attempt(self, rung: int, evidence: str = "", *, again: bool = False) -> Outcome:
        slice_ = self.origin.slice(rung, evidence)
        kept = tuple(k.statement.index for k in slice_.kept)
        if kept in self.done and not again:
            return self.done[kept]
        self.progress(f"verify {RUNGS[rung]}")
        outcome = self._run(slice_)
        self.done.setdefault(kept, outcome)
        return outcome

    def _hopeful(self, outcome: Outcome) -> bool:
        return not (outcome.verification.reproduced or outcome.tried.final)

    def _hopeless(self, outcome: Outcome) -> str:
        """Whether even all that was executed gives another model, or another one each time: then no slice helps."""
        if not outcome.tried.digest:
            return ""  # it failed before there was a model: more statements may help
        whole = self.attempt(EVERYTHING)
        if whole.verification.reproduced or not whole.tried.digest:
            return ""
        again = self.attempt(EVERYTHING, again=True)
        if again.tried.digest and again.tried.digest != whole.tried.digest:
            return self._not_deterministic(outcome.slice, whole.slice)
        again_too = "everything that was executed, run again in order, gives another model too"
        gone = what_is_gone(whole.slice, whole.inputs)
        return gone or again_too + nondeterminism.may_be_hash_order(outcome.slice)

    def _not_deterministic(self, needed: Slice, whole: Slice) -> str:
        """Why: with one hash seed for all, whatever hangs on the order of a set of strings is the same."""
        one, other = (self._run(whole, hash_seed=0).tried.digest for _ in range(2))
        return nondeterminism.hash_order(needed) if one and one == other else nondeterminism.unstable(needed)

    def _run(self, slice_: Slice, *, hash_seed: int | None = None) -> Outcome:
        inputs, written = self._written(slice_)
        typed = self.origin.values_typed(self.typed, slice_)
        tried = attempt(self.draft, timeout=self.timeout, typed=typed, hash_seed=hash_seed)
        return Outcome(slice_, inputs, written, tried)

    def _written(self, slice_: Slice) -> tuple[tuple[PipelineInput, ...], Written]:
        inputs = self.origin.inputs(slice_)
        return inputs, write(self.origin, slice_, inputs, self.draft)


def _because(outcome: Outcome, cause: str) -> Outcome:
    said = outcome.verification.cause
    causes = [cause, said, *sorted(outcome.slice.left_out, key=lambda words: not _is_named(words, said))[:2]]
    verification = replace(outcome.tried.verification, cause="; ".join(c for c in causes if c))
    return replace(outcome, tried=replace(outcome.tried, verification=verification))


def _is_named(words: str, cause: str) -> bool:
    """Whether the words begin with a name that the cause quotes."""
    return any(words.startswith(f"`{name}`") for name in re.findall(r"'([^']+)'", cause))
