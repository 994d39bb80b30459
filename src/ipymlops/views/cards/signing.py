"""A signature as a card."""

from __future__ import annotations

from ipymlops.project.results import SignedVersion
from ipymlops.views import words
from ipymlops.views.card import Badge, Card, Figure, Step


def signed_card(result: SignedVersion) -> Card:
    """Who signed what, with which key, and whether that is believed here."""
    ref, key = result.version.ref, result.key[:12]
    badge = Badge("pass", "signed") if result.believed else Badge("cannot tell", "signed; no key is trusted here")
    trust = Step(
        "Write into mlops.toml whose signatures count ([signing], trusted = [...]), and see what this one is worth",
        f"show {ref}",
    )
    promote = Step("Make it the champion, if its gates pass", f"promote {ref}")
    return Card(
        title=f"Signature of {ref}",
        verdict=f"{result.event.who} signed {ref} with the key {key}.",
        badge=badge,
        figures=(Figure("key", key), Figure("signed", words.moment(result.event.when))),
        steps=(promote if result.believed else trust,),
    )
