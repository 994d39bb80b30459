"""What people said of a version, and what that comes to: ada made version 2."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from ipymlops.registry.approvals import standing
from ipymlops.registry.records import Event, EventKind

START = datetime(2026, 3, 1, tzinfo=UTC)


def line(story: str) -> list[Event]:
    """``grace- lin+``: grace rejects, then lin approves."""
    kinds: dict[str, EventKind] = {"+": "approve", "-": "reject", "x": "refuse"}
    told: list[tuple[EventKind, str, str]] = [("register", "ada", "")]
    told += [(kinds[word[-1]], word[:-1], f"because {n}") for n, word in enumerate(story.split(), 1)]
    return [Event(n, kind, "m", 2, who, START + timedelta(hours=n), why) for n, (kind, who, why) in enumerate(told, 1)]


# what was said, oldest first · who approves of it · in words, what stands against it · whose approval it waits for
CASES: dict[str, tuple[str, str, str]] = {
    "": ("", "", ""),
    "grace+": ("grace", "", ""),
    "ada+": ("ada", "", ""),
    "ada+ grace+": ("grace", "", ""),
    "grace+ ada+": ("grace", "", ""),
    "grace+ lin- lin+": ("lin", "", ""),
    "grace-": ("", "grace rejected it: because 1", "grace"),
    "grace- grace+": ("grace", "", ""),
    "grace+ grace-": ("", "grace rejected it: because 2", "grace"),
    "grace- grace+ grace-": ("", "grace rejected it: because 3", "grace"),
    "grace- lin+": ("lin", "grace rejected it: because 1", "grace"),
    "lin+ grace-": ("", "grace rejected it: because 2", "grace"),
    "grace- lin+ grace+": ("grace", "", ""),
    "grace- lin-": ("", "grace rejected it: because 1; lin rejected it: because 2", "grace and lin"),
    "grace- lin- grace+": ("grace", "lin rejected it: because 2", "lin"),
    "grace- ada+": ("ada", "grace rejected it: because 1", "grace"),
    "ada-": ("", "ada rejected it: because 1", "ada"),
    "ada- ada+": ("ada", "", ""),
    "ada- ada+ grace+": ("grace", "", ""),
    "ada- grace+": ("grace", "ada rejected it: because 1", "ada"),
    "ada- grace+ ada+": ("grace", "", ""),
    "grace+ ada- ada+": ("ada", "", ""),  # what grace said was said before
    "gatesx": ("", "", ""),
    "gatesx grace+ gatesx": ("grace", "", ""),
}


@pytest.mark.parametrize("story", CASES)
def test_the_last_word_of_each_person_counts_and_one_rejection_blocks(story: str) -> None:
    approver, refusal, waits = CASES[story]
    found = standing(line(story), 2)
    assert (found.author, found.approver, found.refusal) == ("ada", approver, refusal)
    assert found.way_out == (f"{waits} to approve it" if waits else "")


def test_each_person_is_told_once_in_the_order_of_the_last_words() -> None:
    found = standing(line("grace- lin+ grace+"), 2)
    assert [(w.who, w.approves, w.why, w.event) for w in found.words] == [
        ("lin", True, "because 2", 3),
        ("grace", True, "because 3", 4),
    ]
    assert found.rejections == ()


def test_what_is_said_of_another_version_is_not_said_of_this_one() -> None:
    assert standing(line("grace-"), 1).words == ()


def test_a_rejection_is_lifted_by_whoever_said_it_and_by_nobody_else() -> None:
    """Every story of up to four words, against the rules read from their end."""
    people, kinds = ("ada", "grace", "lin"), "+-"
    for length in range(5):
        for said in product(product(people, kinds), repeat=length):
            last = dict(said)
            rejections = [n for n, (_, kind) in enumerate(said) if kind == "-"]
            since = said[rejections[-1] + 1 :] if rejections else said
            free = "-" not in last.values()
            found = standing(line(" ".join(who + kind for who, kind in said)), 2)
            assert (found.refusal == "") == (found.way_out == "") == free, said
            second = any(who != "ada" and kind == "+" for who, kind in since)
            assert (found.approver not in ("", "ada")) == second, said
