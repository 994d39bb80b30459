"""Which version an alias pointed to when: read from the events, which are never changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from ipymlops.registry.lookup import MOVES
from ipymlops.registry.records import CHAMPION, Event


@dataclass(frozen=True, slots=True)
class Reign:
    """From one move of an alias to the next; ``until`` is None for the one that goes on."""

    alias: str
    version: int
    since: datetime  # UTC
    until: datetime | None
    who: str
    why: str
    event: int  # that put it there


@dataclass(frozen=True, slots=True)
class LiveThen:
    """What ``%mlops history MODEL --at MOMENT`` answers."""

    model: str
    at: datetime  # UTC
    live: tuple[Reign, ...]  # one an alias, the champion first
    newest: int | None  # the newest version that was registered by then

    @property
    def champion(self) -> Reign | None:
        return next((r for r in self.live if r.alias == CHAMPION), None)

    def rows(self) -> list[dict[str, Any]]:
        return [
            {"alias": r.alias, "version": r.version, "since": r.since, "until": r.until, "who": r.who, "why": r.why}
            for r in self.live
        ]


def moved_alias(event: Event) -> str | None:
    """The alias that an event moved or took away; None where it moved none."""
    if event.kind not in MOVES:
        return None
    alias = event.evidence.get("alias", CHAMPION if event.kind in ("promote", "rollback") else None)
    return None if alias is None else str(alias)


def reigns(events: Iterable[Event]) -> tuple[Reign, ...]:
    """Every stay of a version at an alias, in the order in which they began. ``events`` are of one line, oldest first:
    their order is that of the numbers, whatever a clock said."""
    found: list[Reign] = []
    last: dict[str, int] = {}  # alias -> where its open reign stands
    for event in events:
        alias = moved_alias(event)
        if alias is None:
            continue
        if alias in last:
            place = last.pop(alias)
            found[place] = _ended(found[place], event.when)
        if event.version is not None:
            last[alias] = len(found)
            found.append(Reign(alias, event.version, event.when, None, event.who, event.why, event.number))
    return tuple(found)


def live_then(model: str, events: Iterable[Event], at: datetime) -> LiveThen:
    """What stood where at the moment ``at`` (aware)."""
    known = [e for e in events if e.when <= at]
    there = [r for r in reigns(known) if r.until is None]
    there.sort(key=lambda r: (r.alias != CHAMPION, r.alias))
    registered = [e.version for e in known if e.kind == "register" and e.version is not None]
    return LiveThen(model, at, tuple(there), max(registered, default=None))


def not_withdrawn(events: Iterable[Event], alias: str) -> tuple[int, ...]:
    """The versions that the alias pointed to before the one it points to now, the last one first, without those that a
    rollback took away from it and nothing but a rollback put there since."""
    line, withdrawn = tuple(events), set[int]()
    moves = {e.number: e.kind for e in line}
    stays = [r for r in reigns(line) if r.alias == alias]
    for stay, after in pairwise(stays):
        if moves[after.event] == "rollback":
            withdrawn.add(stay.version)
        else:
            withdrawn.discard(after.version)
    leave_out = withdrawn | {stay.version for stay in stays[-1:]}
    return tuple(dict.fromkeys(stay.version for stay in reversed(stays) if stay.version not in leave_out))


def _ended(reign: Reign, when: datetime) -> Reign:
    return Reign(reign.alias, reign.version, reign.since, when, reign.who, reign.why, reign.event)
