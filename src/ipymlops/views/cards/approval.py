"""What people said of a version, as cards."""

from __future__ import annotations

from collections.abc import Sequence

from ipymlops.project.results import Approval
from ipymlops.registry.approvals import Standing, Word, standing
from ipymlops.registry.records import Event
from ipymlops.views import words
from ipymlops.views.card import Badge, Card, Figure, Grid, Step, fold, headings


def approval_card(result: Approval) -> Card:
    """Who said yes or no to what, and what stands against the version now."""
    ref, who, approves = result.version.ref, result.event.who, result.event.kind == "approve"
    return Card(
        title=f"{'Approval' if approves else 'Rejection'} of {ref}",
        verdict=_verdict(result, approves),
        badge=_badge(result, approves),
        figures=(
            Figure("made by", result.version.who),
            Figure("approved" if approves else "rejected", words.moment(result.event.when), f"by {who}"),
        ),
        warnings=standing_warnings(ref, result.standing),
        steps=(_step(result, ref),),
        folds=fold("The last word of each person", word_grid(result.standing.words)),
    )


def _verdict(result: Approval, approves: bool) -> str:
    ref, who = result.version.ref, result.event.who
    if not approves:
        return f"{who} rejected {ref}: {words.stopped(result.event.why)}"
    again = " again, which changes nothing" if result.again else ""
    taken = ", and with that took the own rejection of it back" if result.takes_back else ""
    said = f"{who} approved {ref}{again}{taken}"
    if not result.asked_for:
        return f"{said}. Nothing waits for that: risk tier {result.tier} asks for no approval."
    return f"{said}, and made it: a second person is asked for." if result.waits else f"{said}."


def _badge(result: Approval, approves: bool) -> Badge:
    if not approves:
        return Badge("fail", "rejected")
    if result.standing.refusal:
        return Badge("cannot tell", "approved, and rejected")
    return Badge("cannot tell", "approved by its author") if result.waits else Badge("pass", "approved")


def _step(result: Approval, ref: str) -> Step:
    model = result.version.model
    if _rejects_champion(result):
        if result.before is None:
            return Step("It is in use: put another version in its place", f"promote {model}@NUMBER")
        return Step(f"It is in use: put {words.version_ref(model, result.before)} back", f"rollback {model}")
    if result.standing.refusal:
        return Step("See what was said of it", f"history {result.version.model}")
    if result.waits:
        return Step("Let a second person look at it and say yes", f"approve {ref}")
    if "champion" in result.version.aliases:
        return Step("Check whether new data still looks like its training data", f"drift {ref} --data NEW_DATA")
    return Step("Make it the champion, if its gates pass", f"promote {ref}")


def _rejects_champion(result: Approval) -> bool:
    return result.event.kind == "reject" and "champion" in result.version.aliases


def standing_warnings(ref: str, found: Standing) -> tuple[str, ...]:
    """What people said stands against its promotion, and whose word it waits for."""
    if not found.refusal:
        return ()
    return (f"{ref} is not promoted: {found.refusal.rstrip('.')}. It waits for {found.way_out}.",)


def line_warnings(model: str, events: Sequence[Event]) -> tuple[str, ...]:
    """Of every version of a line that a rejection stands against, the newest first."""
    numbers = sorted({e.version for e in events if e.kind == "reject" and e.version is not None}, reverse=True)
    return tuple(told for n in numbers for told in standing_warnings(words.version_ref(model, n), standing(events, n)))


def word_grid(said: Sequence[Word]) -> Grid:
    """The last word of each person, newest first."""
    rows = tuple(
        (
            w.who,
            Badge("pass", "approved") if w.approves else Badge("fail", "rejected"),
            w.when,
            w.why or words.NOTHING,
        )
        for w in reversed(said)
    )
    return Grid("The last word of each person", headings("who", "said", "when", "why"), rows)
