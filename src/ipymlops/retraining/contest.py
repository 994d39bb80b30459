"""The candidate against the champion, on rows that the candidate has not been trained on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from ipymlops.evaluation.results import Comparison, Evaluation, Gate
from ipymlops.project.benchmarking import FEWEST_ROWS
from ipymlops.project.contender import Contender
from ipymlops.registry.records import Version


@dataclass(frozen=True, slots=True)
class Contest:
    """How it came out. ``evaluation`` is None where too few rows were left to judge on."""

    evaluation: Evaluation | None
    comparison: Comparison | None
    gates: tuple[Gate, ...]
    notes: tuple[str, ...] = ()

    def of(self, version: Version) -> Contest:
        """The same, under the number that the candidate got in the end: another run may have been faster."""
        evaluation = replace(self.evaluation, version=version.number) if self.evaluation else None
        comparison = replace(self.comparison, candidate=version.ref) if self.comparison else None
        return replace(self, evaluation=evaluation, comparison=comparison)


def judge(
    candidate: Contender,
    champion: Contender | None,
    X: Any,
    y: Any,
    *,
    risk: str,
    verification: str,
) -> Contest:
    """Both on the benchmark rows that neither was trained on, under the gates of the risk tier."""
    from ipymlops.evaluation.comparison import compare
    from ipymlops.evaluation.evaluation import evaluate
    from ipymlops.policy import requirements
    from ipymlops.policy.risk_tier import tier_of

    if len(y) < FEWEST_ROWS:
        return Contest(None, None, (_too_few(len(y)),))
    tier = tier_of(risk)
    model, _, version = candidate.ref.partition("@")
    evaluation = evaluate(candidate, X, y, name=model, version=int(version) if version.isdigit() else None)
    comparison = None
    if champion is not None:
        comparison = compare(
            champion,
            candidate,
            X,
            y,
            champion_ref=champion.ref,
            candidate_ref=candidate.ref,
            margin=tier.margin,
            level=tier.level,
        )
    gates = requirements.judge(tier.name, evaluation=evaluation, comparison=comparison, verification=verification)
    return Contest(evaluation, comparison, gates)


def _too_few(rows: int) -> Gate:
    said = f"cannot tell: {rows:,} benchmark rows are left that may judge it, at least {FEWEST_ROWS} are needed"
    return Gate("unseen-rows", "The benchmark holds rows the model has not seen", "blocks", "fail", said)
