"""What stood where when, from events alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ipymlops.registry.records import Event, EventKind
from ipymlops.registry.timeline import before, live_then, reigns

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


def test_the_champion_before() -> None:
    assert before(STORY[:2], "champion") is None
    assert before(STORY[:5], "champion") == 1
    assert before(STORY, "champion") == 2
    again = (*STORY[:5], event(6, "promote", 2, alias="champion"))
    assert before(again, "champion") == 1  # not itself


def test_a_clock_that_goes_backwards_changes_no_order() -> None:
    events = (event(1, "promote", 1, hours=5), event(2, "promote", 2, hours=3))
    assert [(r.version, r.until is None) for r in reigns(events)] == [(1, False), (2, True)]


@given(st.lists(st.tuples(st.sampled_from(["champion", "staging"]), st.one_of(st.none(), st.integers(1, 4)))))
def test_the_last_move_of_an_alias_is_where_it_stands(moves: list[tuple[str, int | None]]) -> None:
    events = [event(n, "alias", version, alias=alias) for n, (alias, version) in enumerate(moves)]
    expected = dict(moves)
    found = live_then("m", events, START + timedelta(hours=len(moves)))
    assert {r.alias: r.version for r in found.live} == {a: v for a, v in expected.items() if v is not None}
