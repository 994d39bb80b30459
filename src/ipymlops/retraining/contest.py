"""The candidate against the champion, on rows that the candidate has not been trained on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from ipymlops.evaluation.gates import Signature
from ipymlops.evaluation.results import Comparison, Evaluation, Gate, Outcome
from ipymlops.project.benchmarking import FEWEST_ROWS
from ipymlops.project.contender import Contender
from ipymlops.registry.records import Version
from ipymlops.registry.schema import Schema


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
    signature: Signature,
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
    number = int(version) if version.isdigit() else None
    slices = tier.slice_tolerance is not None
    evaluation = evaluate(candidate, X, y, name=model, version=number, target=candidate.schema.target, slices=slices)
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
    gates = requirements.judge(
        tier.name, evaluation=evaluation, comparison=comparison, verification=verification, signature=signature
    )
    if champion is not None:
        gates = (same_columns(champion.schema, candidate.schema), *gates)
    return Contest(evaluation, comparison, gates)


def same_columns(before: Schema, after: Schema) -> Gate:
    """Whoever asks the champion sends its columns: other ones are a person's decision, made in a notebook."""
    was, now = ({c.name: c.kind for c in schema.columns} for schema in (before, after))
    changes = [f"{n} is gone" for n in was if n not in now] + [f"{n} is new" for n in now if n not in was]
    changes += [f"{n} was {was[n]} and is {now[n]}" for n in was if n in now and _group(was[n]) != _group(now[n])]
    said = "; ".join(changes[:3]) + (f"; {len(changes) - 3} more" if len(changes) > 3 else "")
    outcome: Outcome = "fail" if changes else "pass"
    return Gate("same-columns", "It takes the champion's columns", "blocks", outcome, said or f"all {len(was)} of them")


def _group(kind: str) -> str:
    """Whole numbers turn into others as soon as one value is missing: no change of type."""
    return "number" if kind in ("integer", "boolean") else kind


def _too_few(rows: int) -> Gate:
    said = f"cannot tell: {rows:,} benchmark rows are left that may judge it, at least {FEWEST_ROWS} are needed"
    return Gate("unseen-rows", "The benchmark holds rows the model has not seen", "blocks", "fail", said)
