"""The history of a model as a card."""

from __future__ import annotations

from collections.abc import Sequence

from ipymlops.registry.records import Event, History
from ipymlops.views import words
from ipymlops.views.card import Card, Cell, Figure, Grid, Step, fold, headings


def history_card(result: History) -> Card:
    """Who did what to which version, when and why; newest first."""
    versions = {e.version for e in result.events if e.version is not None}
    champion = current_champion(result.events)
    now = f"Version {champion} is the champion" if champion is not None else "There is no champion"
    return Card(
        title=f"History of {result.model}",
        verdict=f"{now}; {words.count(len(result.events), 'event')} on {words.count(len(versions), 'version')}.",
        figures=_history_figures(result),
        steps=(Step("Look at the version in use", f"show {result.model}"),),
        folds=fold("Events, newest first", event_grid(result.events), open=True),
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
    alias = event.evidence.get("alias", "champion")
    return event.kind in ("promote", "rollback", "alias") and alias == "champion" and event.version is not None


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
