"""A promotion as a card: an alias that moved, or what refused to move it."""

from __future__ import annotations

from ipymlops.project.results import Promotion
from ipymlops.views import words
from ipymlops.views.card import Badge, Card, Figure, Step, fold
from ipymlops.views.cards.evaluation import failed, gate_badge, gate_grid, let_through
from ipymlops.views.cards.refusal import step_after_refusal


def promotion_card(result: Promotion) -> Card:
    """An alias that moved, or the gates that refused to move it."""
    ref = words.version_ref(result.model, result.version)
    return Card(
        title=f"Promotion of {ref} to {result.alias}",
        verdict=promotion_verdict(result),
        badge=_badge(result),
        figures=_gate_figures(result),
        steps=(_promotion_step(result, ref),),
        folds=fold("Gates", gate_grid(result.gates), open=True),
    )


def promotion_verdict(result: Promotion) -> str:
    """Who is in charge now, or what stood in the way."""
    ref = words.version_ref(result.model, result.version)
    if result.already:
        return f"{ref} is the {result.alias} already: there is nothing to do, and no gate was asked."
    if result.promoted:
        before = f", in place of version {result.previous}" if result.previous not in (None, result.version) else ""
        return f"{ref} is the {result.alias} now{before}.{_let_through(result)}"
    stopped = failed(result.gates)
    shown = stopped or result.gates[:1]  # where none applies, the first says why
    reasons = words.listed([g.evidence or g.title for g in shown], 2)
    stays = f" Version {result.previous} stays the {result.alias}." if result.previous is not None else ""
    return f"Not ready to promote{': ' + reasons if reasons else ''}".rstrip(".") + "." + stays


def _badge(result: Promotion) -> Badge:
    if result.already:
        return Badge("not applicable", "nothing to do")
    if not result.promoted:
        return Badge("fail", "refused")
    codes = [g.code for g in let_through(result.gates)]
    if not codes:
        return Badge("pass", "promoted")
    return Badge("cannot tell", "promoted with a gap" if "fairness-gap" in codes else "promoted with a warning")


def _let_through(result: Promotion) -> str:
    """What is not met, and did not stand in the way."""
    gates = let_through(result.gates)
    if not gates:
        return ""
    tier = f"tier {result.tier}" if result.tier else "its tier"
    said = words.listed([f"{g.title[0].lower()}{g.title[1:]} ({g.evidence})" for g in gates], 2)
    return f" Not met, and let through by {tier}: {said}."


def _gate_figures(result: Promotion) -> tuple[Figure, ...]:
    if not result.gates:
        return ()
    total = f"of {words.count(len(result.gates), 'gate')}"
    came_out = [gate_badge(g).word for g in result.gates]
    names = {"pass": "passed", "fail": "failed", "warns": "warn", "not applicable": "not applicable"}
    shown = [o for o in names if o != "warns" or o in came_out]
    return tuple(Figure(names[o], f"{came_out.count(o)}", total) for o in shown)


def _promotion_step(result: Promotion, ref: str) -> Step:
    if result.promoted or result.already:
        return Step("Check whether new data still looks like its training data", f"drift {ref} --data NEW_DATA")
    codes = [g.code for g in failed(result.gates) or result.gates[:1]]
    return step_after_refusal(codes, result.model, result.version, seen=False)
