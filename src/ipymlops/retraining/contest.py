"""The candidate against the champion, on rows that the candidate has not been trained on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from ipymlops.evaluation.results import Comparison, Evaluation, Gate
from ipymlops.registry.records import Version
from ipymlops.registry.schema import Schema

FEWEST_ROWS = 50  # of the benchmark that must be left to say anything


@dataclass(frozen=True, slots=True)
class Contender:
    """A fitted model with the columns that it takes; its answers to a table that may hold more."""

    ref: str
    model: Any
    schema: Schema

    def __getattr__(self, name: str) -> Any:
        value = getattr(self.model, name)
        if name not in ("predict", "predict_proba", "decision_function"):
            return value
        return lambda X: value(self.schema.conform(X))


@dataclass(frozen=True, slots=True)
class Contest:
    """How it came out. ``evaluation`` is None where too few rows were left to judge on."""

    evaluation: Evaluation | None
    comparison: Comparison | None
    gates: tuple[Gate, ...]
    notes: tuple[str, ...]

    def of(self, version: Version) -> Contest:
        """The same, under the number that the candidate got in the end: another run may have been faster."""
        evaluation = replace(self.evaluation, version=version.number) if self.evaluation else None
        comparison = replace(self.comparison, candidate=version.ref) if self.comparison else None
        return replace(self, evaluation=evaluation, comparison=comparison)


def judge(
    candidate: Contender,
    champion: Contender | None,
    benchmark: tuple[Any, Any],
    training: Any,
    *,
    risk: str,
    verification: str,
) -> Contest:
    """Both on the benchmark, without the rows that the new training data holds, under the gates of the risk tier."""
    from ipymlops.evaluation.comparison import compare
    from ipymlops.evaluation.evaluation import evaluate
    from ipymlops.policy import requirements
    from ipymlops.policy.risk_tier import tier_of

    X, y, notes = unseen(benchmark, training)
    if len(y) < FEWEST_ROWS:
        return Contest(None, None, (_too_few(len(y)),), notes)
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
    return Contest(evaluation, comparison, gates, notes)


def unseen(benchmark: tuple[Any, Any], training: Any) -> tuple[Any, Any, tuple[str, ...]]:
    """The benchmark without the rows that stand in the training data too, and a note that counts them."""
    import numpy as np

    from ipymlops.frames import as_table, row_fingerprints

    X, y = benchmark
    if training is None:
        return X, y, ()
    table, seen = as_table(X), as_table(training)
    if not set(seen.names) <= set(table.names):
        return X, y, ()
    known = np.isin(row_fingerprints(table, seen.names), row_fingerprints(seen))
    if not known.any():
        return X, y, ()
    note = f"{int(known.sum()):,} of {len(y):,} benchmark rows stand in the new training data and do not count"
    return table.take(np.flatnonzero(~known)), y[~known], (note,)


def _too_few(rows: int) -> Gate:
    said = f"cannot tell: {rows:,} benchmark rows are not in the training data, at least {FEWEST_ROWS} are needed"
    return Gate("unseen-rows", "The benchmark holds rows the model has not seen", "blocks", "fail", said)
