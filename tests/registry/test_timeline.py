"""What stood where when, from events alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipymlops.registry.records import Event, EventKind
from ipymlops.registry.timeline import live_then, not_withdrawn, reigns

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def event(number: int, kind: EventKind, version: int | None, *, hours: float | None = None, **evidence: Any) -> Event:
    when = START + timedelta(hours=number if hours is None else hours)
    return Event(number, kind, "m", version, "ada", when, f"reason {number}", evidence)


STORY = (
    event(1, "register", 1),
    event(2, "promote", 1, alias="champion"),
    event(3, "register", 2),
    event(4, "alias", 2, alias="staging"),
    event(5, "promote", 2, alias="champion"),
    event(6, "reject", 1),
    event(7, "rollback", 1, alias="champion"),
    event(8, "alias", None, alias="staging"),
)


def test_every_stay_has_its_beginning_its_end_and_its_reason() -> None:
    told = [(r.alias, r.version, r.since.hour, r.until and r.until.hour, r.why) for r in reigns(STORY)]
    assert told == [
        ("champion", 1, 14, 17, "reason 2"),
        ("staging", 2, 16, 20, "reason 4"),
        ("champion", 2, 17, 19, "reason 5"),
        ("champion", 1, 19, None, "reason 7"),
    ]


def test_what_was_live_then() -> None:
    def live(hours: float) -> tuple[dict[str, int], int | None]:
        found = live_then("m", STORY, START + timedelta(hours=hours))
        return {r.alias: r.version for r in found.live}, found.newest

    assert live(0.5) == ({}, None)
    assert live(1) == ({}, 1)
    assert live(4.5) == ({"champion": 1, "staging": 2}, 2)
    assert live(5) == ({"champion": 2, "staging": 2}, 2)  # the moment of the move itself
    assert live(99) == ({"champion": 1}, 2)


# p: promote, r: rollback, and to which version · what a rollback may go back to, the nearest first
BACK: dict[str, tuple[int, ...]] = {
    "": (),
    "p1": (),
    "p1 p2": (1,),
    "p1 p2 p2": (1,),  # not to itself
    "p1 p2 p3": (2, 1),
    "p1 p2 p3 r2": (1,),  # and not to 3 again
    "p1 p2 p3 r2 r1": (),
    "p1 p2 p3 r2 p4": (2, 1),
    "p1 p2 p3 r2 p4 r2": (1,),
    "p1 p2 r1 p2 p3": (2, 1),  # its gates let it back
    "p1 p2 p1": (2,),
    "p1 p2 p1 r2": (),
    "p1 p3 r1 r3": (),  # as it once went to and fro
}


@pytest.mark.parametrize("story", BACK)
def test_the_champions_before_without_those_that_a_rollback_withdrew(story: str) -> None:
    kinds: dict[str, EventKind] = {"p": "promote", "r": "rollback"}
    line = [event(n, kinds[word[0]], int(word[1:]), alias="champion") for n, word in enumerate(story.split())]
    assert not_withdrawn(line, "champion") == BACK[story]
    assert not_withdrawn(line, "staging") == ()


def test_a_clock_that_goes_backwards_changes_no_order() -> None:
    events = (event(1, "promote", 1, hours=5), event(2, "promote", 2, hours=3))
    assert [(r.version, r.until is None) for r in reigns(events)] == [(1, False), (2, True)]


@given(st.lists(st.tuples(st.sampled_from(["champion", "staging"]), st.one_of(st.none(), st.integers(1, 4)))))
def test_the_last_move_of_an_alias_is_where_it_stands(moves: list[tuple[str, int | None]]) -> None:
    events = [event(n, "alias", version, alias=alias) for n, (alias, version) in enumerate(moves)]
    expected = dict(moves)
    found = live_then("m", events, START + timedelta(hours=len(moves)))
    assert {r.alias: r.version for r in found.live} == {a: v for a, v in expected.items() if v is not None}
