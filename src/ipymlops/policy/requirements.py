"""Which gates a tier demands, and how a candidate comes out of them."""

from __future__ import annotations

from collections.abc import Iterable

from ipymlops.evaluation import gates
from ipymlops.evaluation.results import Comparison, Evaluation, Gate, Severity
from ipymlops.policy.limits import NO_LIMITS, Limits
from ipymlops.policy.risk_tier import TIERS, RiskTier, Tier, tier_of

NO_SIGNATURE = gates.Signature()


def judge(
    tier: RiskTier,
    *,
    evaluation: Evaluation,
    comparison: Comparison | None,
    verification: str,
    floor: float | None = None,
    limits: Limits = NO_LIMITS,
    author: str = "",
    approved_by: str = "",
    signature: gates.Signature = NO_SIGNATURE,
    rejected: str = "",
) -> tuple[Gate, ...]:
    """Every gate of the tier, answered. Nothing is decided here: ``passed`` does that.

    Give ``compare`` the tier's ``margin`` and ``level``, else a comparison made at a lower level fails.
    """
    evidence = gates.Evidence(evaluation, comparison, verification, author, approved_by, signature, rejected)
    asked = {"groups": bool(evaluation.fairness), "signed": signature.required, "rejected": bool(rejected)}
    wanted = demands(tier_of(tier), floor, limits, **asked)
    return tuple(gates.answer(demand, evidence) for demand in wanted)


def unanswered(tier: RiskTier, why: str) -> tuple[Gate, ...]:
    """Every gate of the tier where nothing is known to judge by: none applies, so nothing passes."""
    return tuple(Gate(d.code, d.title, d.severity, "not applicable", why) for d in demands(tier_of(tier)))


def unsigned(tier: RiskTier, signature: gates.Signature) -> tuple[Gate, ...]:
    """Every gate of the tier where the model is not even loaded, because its signature is not what is demanded."""
    refused = gates.Signed("blocks")
    why = "its model was not loaded"
    others = tuple(gate for gate in unanswered(tier, why) if gate.code != refused.code)
    return (Gate(refused.code, refused.title, refused.severity, "fail", signature.words), *others)


def pickled(tier: RiskTier) -> tuple[Gate, ...]:
    """Every gate of tier high where the model is a pickle, which is not loaded there."""
    words = "it is stored as a pickle, which runs whatever it says when it is loaded"
    refused = Gate("no-pickle", "Stored without pickle", "blocks", "fail", words)
    return (refused, *unanswered(tier, "its model was not loaded"))


def passed(answers: Iterable[Gate]) -> bool:
    """Whether nothing that blocks has failed, and something was shown: *not applicable* never counts as a pass."""
    answers = tuple(answers)
    blocked = any(gate.outcome == "fail" and gate.severity == "blocks" for gate in answers)
    return not blocked and any(gate.outcome == "pass" for gate in answers)


def refusal(answers: Iterable[Gate]) -> str:
    """In a sentence, what stands in the way; empty when nothing does."""
    return "; ".join(
        f"not met: {gate.title[0].lower()}{gate.title[1:]} ({gate.evidence})"
        for gate in answers
        if gate.outcome == "fail" and gate.severity == "blocks"
    )


def demands(
    tier: Tier,
    floor: float | None = None,
    limits: Limits = NO_LIMITS,
    *,
    groups: bool = False,
    signed: bool = False,
    rejected: bool = False,
) -> tuple[gates.Demand, ...]:
    """The gates of a tier, in the order in which they are shown.

    A floor and limits are demanded where one is given, and that groups fare alike where somebody named some: in a tier
    that does not ask for it, as tier ``medium`` does. A signature is, where the tier or ``signed`` says so. A rejection
    that stands is asked about in every tier.
    """
    strict = tier.name != "low"
    wanted: list[gates.Demand] = [
        gates.EnoughRows(tier.benchmark_rows, tier.class_rows, "blocks" if strict else "warns"),
        gates.BeatsChance(),
        *([gates.Floor(floor)] if floor is not None else []),
        gates.NotWorse(tier.level) if tier.paired_interval else gates.NotBelowChampion(),
    ]
    if tier.calibration_tolerance is not None:
        wanted.append(gates.Calibrated(tier.calibration_tolerance))
    blocking: Severity = "blocks" if tier.name == "high" else "warns"
    if tier.slice_tolerance is not None:
        wanted.append(gates.NoWeakSlice(tier.slice_tolerance, blocking))
    alike = (
        TIERS["medium"].fairness_tolerance if groups and tier.fairness_tolerance is None else tier.fairness_tolerance
    )
    if alike is not None:
        wanted.append(gates.FairEnough(alike, blocking))
    if limits.latency_ms is not None:
        wanted.append(gates.FastEnough(limits.latency_ms))
    if limits.size_mb is not None:
        wanted.append(gates.SmallEnough(limits.size_mb))
    if strict:
        wanted.append(gates.Verified("blocks" if tier.verified_pipeline else "warns"))
    wanted.append(gates.Signed("blocks" if tier.signed or signed else "warns"))
    if tier.second_person or rejected:
        wanted.append(gates.Approved())
    return tuple(wanted)
