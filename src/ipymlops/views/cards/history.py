"""The history of a model as a card."""

from __future__ import annotations

from collections.abc import Sequence

from ipymlops.registry.records import CHAMPION, Event, History
from ipymlops.registry.timeline import LiveThen, Reign, moved_alias, reigns
from ipymlops.views import words
from ipymlops.views.card import Card, Cell, Figure, Grid, Step, fold, headings
from ipymlops.views.cards.approval import line_warnings


def history_card(result: History) -> Card:
    """Who did what to which version, when and why; newest first."""
    versions = {e.version for e in result.events if e.version is not None}
    champion = current_champion(result.events)
    now = f"Version {champion} is the champion" if champion is not None else "There is no champion"
    return Card(
        title=f"History of {result.model}",
        verdict=f"{now}; {words.count(len(result.events), 'event')} on {words.count(len(versions), 'version')}.",
        figures=_history_figures(result),
        warnings=line_warnings(result.model, result.events),
        steps=(Step("Look at the version in use", f"show {result.model}"),),
        folds=(
            *fold("Champions, newest first", _reign_grid([r for r in reigns(result.events) if r.alias == CHAMPION])),
            *fold("Events, newest first", event_grid(result.events), open=True),
        ),
    )


def _reign_grid(found: Sequence[Reign]) -> Grid:
    """How long each version was the champion, and who put it there."""
    rows: list[tuple[Cell, ...]] = [
        (f"version {r.version}", r.since, r.until or "now", words.NOTHING if r.until is None else _stay(r), r.who,
         r.why or words.NOTHING)
        for r in reversed(found)
    ]  # fmt: skip
    return Grid("Champions", headings("version", "from", "until", "#for", "who", "why"), tuple(rows))


def _stay(reign: Reign) -> str:
    """In days, or in hours where it was less than two."""
    assert reign.until is not None
    hours = (reign.until - reign.since).total_seconds() / 3600
    return f"{hours / 24:,.0f} days" if hours >= 48 else f"{hours:,.1f} h"


def live_card(result: LiveThen) -> Card:
    """What was live at a moment, since when, and who put it there."""
    moment = words.utc(result.at)
    champion = result.champion
    if champion is None:
        newest = f"; the newest was version {result.newest}" if result.newest is not None else ""
        verdict = f"{result.model} had no champion at {moment}{newest}."
    else:
        verdict = (
            f"Version {champion.version} of {result.model} was the champion at {moment}, since "
            f"{words.utc(champion.since)}, put there by {champion.who}."
        )
    rows = [(r.alias, f"version {r.version}", r.since, r.who, r.why or words.NOTHING) for r in result.live]
    return Card(
        title=f"{result.model} at {moment}",
        verdict=verdict,
        figures=(Figure("newest version then", words.NOTHING if result.newest is None else f"{result.newest}"),),
        steps=(Step("See all that happened", f"history {result.model}"),),
        folds=fold(
            "Aliases then", Grid("Aliases", headings("alias", "version", "since", "who", "why"), tuple(rows)), open=True
        ),
    )


def event_card(result: Event) -> Card:
    """One thing that was done just now."""
    alias, previous = result.evidence.get("alias"), result.evidence.get("previous")
    before = f", in place of version {previous}" if previous is not None else ""
    if alias is None:
        verdict = f"{result.kind} of {result.ref}."
    elif result.version is None:
        verdict = f"{result.model}@{alias} points nowhere now{before}."
    else:
        verdict = f"{result.model}@{alias} is version {result.version} now{before}."
    return Card(
        title=f"{words.sentence(result.kind).rstrip('.')} of {result.model}",
        verdict=verdict,
        figures=(Figure("by", result.who, words.moment(result.when)),),
        steps=(Step("See all that happened", f"history {result.model}"),),
    )


def _history_figures(result: History) -> tuple[Figure, ...]:
    if not result.events:
        return ()
    first, last = result.events[0], result.events[-1]
    people = len({e.who for e in result.events})
    return (
        Figure("began", words.moment(first.when), f"by {first.who}"),
        Figure("last event", words.moment(last.when), f"{last.kind} by {last.who}"),
        Figure("people", f"{people:,}"),
    )


def current_champion(events: Sequence[Event]) -> int | None:
    """Which version the last promotion or rollback left in place."""
    moved = [e.version for e in events if is_champion_move(e)]
    return moved[-1] if moved else None


def is_champion_move(event: Event) -> bool:
    """Whether the event put a version in the champion's place."""
    return moved_alias(event) == CHAMPION and event.version is not None


def event_grid(events: Sequence[Event]) -> Grid:
    """Newest first."""
    return Grid(
        "Events, newest first",
        headings("when", "what", "version", "who", "why"),
        tuple(_event_row(e) for e in reversed(events)),
    )


def _event_row(e: Event) -> tuple[Cell, ...]:
    alias = str(e.evidence.get("alias", ""))
    what = f"{e.kind} ({alias})" if alias and alias != "champion" else e.kind
    return (e.when, what, words.NOTHING if e.version is None else str(e.version), e.who, e.why or words.NOTHING)
