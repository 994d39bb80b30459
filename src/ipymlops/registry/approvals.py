"""What people said of a version: yes or no, and what that comes to.

The last word of each person counts. A version is blocked while anybody's last word is a rejection: it stands until that
person, and nobody else, takes it back by approving. Where a tier demands a second person, an approval from before the
last rejection is none: it was given without knowing what that one knew.

Refusals by gates (``refuse``) are no person's word. Names are those that ``IPYMLOPS_USER`` or the system gives: this
keeps people who mean well from overlooking each other; it is no lock.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ipymlops.registry.records import Event


@dataclass(frozen=True, slots=True)
class Word:
    """The last word of one person on a version."""

    who: str
    approves: bool
    when: datetime  # UTC
    why: str
    event: int


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a version stands with people."""

    author: str
    words: tuple[Word, ...] = ()  # one a person, in the order in which they were said
    rejected: int = -1  # the event of the last rejection, taken back or not

    @property
    def rejections(self) -> tuple[Word, ...]:
        """Those that stand."""
        return tuple(w for w in self.words if not w.approves)

    @property
    def approver(self) -> str:
        """Who approves of it last, since the last rejection: somebody else than its author, if anybody does; empty
        where nobody does."""
        said = [w.who for w in self.words if w.approves and w.event > self.rejected]
        others = [who for who in said if who != self.author]
        return (others or said or [""])[-1]

    @property
    def refusal(self) -> str:
        """In words, why it may not be promoted; empty where nothing a person said stands against it."""
        return "; ".join(f"{w.who} rejected it" + (f": {w.why}" if w.why else "") for w in self.rejections)

    @property
    def way_out(self) -> str:
        """Whose approval it waits for; empty where for nobody's."""
        waiting = " and ".join(w.who for w in self.rejections)
        return f"{waiting} to approve it" if waiting else ""


def standing(events: Iterable[Event], version: int) -> Standing:
    """Where a version stands, after these ``events`` of its line, oldest first."""
    author, rejected = "", -1
    last: dict[str, Word] = {}
    for event in events:
        if event.version != version:
            continue
        if event.kind == "register":
            author = event.who
        if event.kind not in ("approve", "reject"):
            continue
        approves = event.kind == "approve"
        rejected = rejected if approves else event.number
        last.pop(event.who, None)
        last[event.who] = Word(event.who, approves, event.when, event.why, event.number)
    return Standing(author, tuple(last.values()), rejected)
