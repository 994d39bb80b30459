"""An approval as a card."""

from __future__ import annotations

from ipymlops.project.results import Approval
from ipymlops.views import words
from ipymlops.views.card import Badge, Card, Figure, Step


def approval_card(result: Approval) -> Card:
    """Who said yes to what, and whether that is the second person that high stakes ask for."""
    ref, who = result.version.ref, result.event.who
    verdict = f"{who} approved {ref}."
    if not result.counts:
        verdict = f"{who} approved {ref}, and made it: at high risk a second person is asked for."
    return Card(
        title=f"Approval of {ref}",
        verdict=verdict,
        badge=Badge("pass", "approved") if result.counts else Badge("cannot tell", "approved by its author"),
        figures=(Figure("made by", result.version.who), Figure("approved", words.moment(result.event.when))),
        steps=(Step("Make it the champion, if its gates pass", f"promote {ref}"),),
    )
