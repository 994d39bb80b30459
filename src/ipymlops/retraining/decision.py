"""What becomes of a candidate, and the words for it."""

from __future__ import annotations

from ipymlops.metric_names import metric_name
from ipymlops.retraining.contest import Contest
from ipymlops.retraining.line import Used
from ipymlops.retraining.results import LATER, Decision


def decided(contest: Contest, risk: str) -> Decision:
    """Refused by a gate; else promoted where the tier allows that without a person."""
    from ipymlops.policy.requirements import passed
    from ipymlops.policy.risk_tier import tier_of

    if not passed(g for g in contest.gates if g.code not in LATER):
        return "refused"
    waits = not passed(contest.gates) or not tier_of(risk).unattended_promotion
    return "registered" if waits else "promoted"


def grounds(contest: Contest) -> str:
    """What decided it, in a sentence or two."""
    from ipymlops.policy.requirements import refusal

    against = refusal(g for g in contest.gates if g.code not in LATER)
    if against:
        return f"What stands in the way: {against}"
    waits = refusal(g for g in contest.gates if g.code == "signature")
    return "; ".join(filter(None, (_shown(contest), waits)))


def _shown(contest: Contest) -> str:
    if contest.comparison is not None:
        return f"Against {contest.comparison.champion}: {contest.comparison.words}"
    headline = contest.evaluation.headline if contest.evaluation else None
    return f"Its {metric_name(headline.name)} is {headline.value:z.4g} on the benchmark" if headline else ""


def happened(decision: Decision) -> str:
    """What became of the version."""
    return {
        "promoted": "registered and promoted",
        "registered": "registered; its promotion waits for a person",
        "refused": "registered and refused; the champion stays",
    }.get(decision, decision)


def nothing_new(used: list[Used]) -> str:
    """How the sentence begins that there is nothing to do."""
    return "The pipeline reads no files, and there is" if not used else "The files are those of"


def changes(changed: list[str]) -> str:
    """Why there is something to do."""
    return f"{', '.join(changed)} changed" if changed else "training was forced"
