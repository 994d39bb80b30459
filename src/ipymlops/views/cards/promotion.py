"""A promotion as a card: an alias that moved, or what refused to move it."""

from __future__ import annotations

from ipymlops.project.results import Promotion
from ipymlops.views import words
from ipymlops.views.card import Badge, Card, Figure, Step, fold
from ipymlops.views.cards.evaluation import failed, gate_badge, gate_grid


def promotion_card(result: Promotion) -> Card:
    """An alias that moved, or the gates that refused to move it."""
    ref = words.version_ref(result.model, result.version)
    return Card(
        title=f"Promotion of {ref} to {result.alias}",
        verdict=promotion_verdict(result),
        badge=Badge("pass", "promoted") if result.promoted else Badge("fail", "refused"),
        figures=_gate_figures(result),
        steps=(_promotion_step(result, ref),),
        folds=fold("Gates", gate_grid(result.gates), open=True),
    )


def promotion_verdict(result: Promotion) -> str:
    """Who is in charge now, or what stood in the way."""
    ref = words.version_ref(result.model, result.version)
    if result.promoted:
        before = f", in place of version {result.previous}" if result.previous not in (None, result.version) else ""
        return f"{ref} is the {result.alias} now{before}."
    stopped = failed(result.gates)
    shown = stopped or result.gates[:1]  # where none applies, the first says why
    reasons = words.listed([g.evidence or g.title for g in shown], 2)
    stays = f" Version {result.previous} stays the {result.alias}." if result.previous is not None else ""
    return f"Not ready to promote{': ' + reasons if reasons else ''}".rstrip(".") + "." + stays


def _gate_figures(result: Promotion) -> tuple[Figure, ...]:
    if not result.gates:
        return ()
    total = f"of {words.count(len(result.gates), 'gate')}"
    came_out = [gate_badge(g).word for g in result.gates]
    names = {"pass": "passed", "fail": "failed", "warns": "warn", "not applicable": "not applicable"}
    shown = [o for o in names if o != "warns" or o in came_out]
    return tuple(Figure(names[o], f"{came_out.count(o)}", total) for o in shown)


def _promotion_step(result: Promotion, ref: str) -> Step:
    if result.promoted:
        return Step("Check whether new data still looks like its training data", f"drift {ref} --data NEW_DATA")
    if any("verif" in g.code.lower() for g in failed(result.gates)):
        return Step("Write the pipeline that retrains it, and prove it", f"export {ref} --to pipelines/{result.model}")
    if any(g.code == "evaluated" for g in result.gates):
        return Step("Register it again with test data", f"register MODEL --name {result.model} --test X_test y_test")
    return Step("See its figures", f"evaluate {ref}")
