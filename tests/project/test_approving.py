"""Approvals and rejections of stored versions, in every tier: who said what, and whether it is promoted."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from ipymlops.apps import cli
from ipymlops.errors import BadInput, NotAllowed, UnknownName
from ipymlops.project import Project
from ipymlops.views.table import render_text

Data = tuple[pd.DataFrame, pd.Series]


@pytest.fixture
def stored(project: Project, model: Any, train: Data, test: Data) -> Project:
    project.register(model, name="credit-risk", train=train, test=test)
    return project


def says(monkeypatch: pytest.MonkeyPatch, who: str) -> None:
    monkeypatch.setenv("IPYMLOPS_USER", who)


def test_a_rejection_blocks_the_lowest_tier_too(stored: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    says(monkeypatch, "grace")
    said = stored.reject("credit-risk@1", why="worse on the self-employed")
    assert (said.event.kind, said.event.why, said.counts) == ("reject", "worse on the self-employed", True)
    refused = stored.promote("credit-risk@1")
    gate = next(g for g in refused.gates if g.code == "approval")
    assert not refused.promoted
    assert refused.event.kind == "refuse"
    assert (gate.outcome, gate.severity) == ("fail", "blocks")
    assert gate.evidence == "grace rejected it: worse on the self-employed"
    says(monkeypatch, "lin")
    assert stored.approve("credit-risk@1").standing.refusal == gate.evidence  # one rejection is enough
    assert not stored.promote("credit-risk@1").promoted
    says(monkeypatch, "grace")
    assert stored.approve("credit-risk@1", why="looked again").standing.refusal == ""
    assert stored.promote("credit-risk@1").promoted


def test_an_approval_says_whether_anything_waits_for_it(stored: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    told = render_text(stored.approve("credit-risk@1"))
    assert "✓ approved  ada approved credit-risk@1. Nothing waits for that: risk tier low asks for no approval." in told
    told = render_text(stored.approve("credit-risk@1"))
    assert "ada approved credit-risk@1 again, which changes nothing. Nothing waits for that" in told
    says(monkeypatch, "grace")
    stored.reject("credit-risk@1", why="mixed up")
    says(monkeypatch, "ada")
    told = render_text(stored.approve("credit-risk@1"))
    assert "which changes nothing, and made it: a second person is asked for." in " ".join(told.split())
    says(monkeypatch, "grace")
    assert "✓ approved  grace approved credit-risk@1, and with" in (
        told := render_text(stored.approve("credit-risk@1"))
    )
    assert "Nothing waits" not in told
    assert "%mlops promote credit-risk@1" in told
    stored.promote("credit-risk@1")
    assert "%mlops drift credit-risk@1 --data NEW_DATA" in render_text(stored.approve("credit-risk@1"))


def test_an_author_who_approves_is_sent_to_a_second_person(
    project: Project, model: Any, train: Data, test: Data
) -> None:
    project.register(model, name="loans", train=train, test=test, risk="high")
    told = render_text(project.approve("loans@1"))
    assert "ada approved loans@1, and made it: a second person is asked for." in told
    assert "Next: let a second person look at it and say yes:\n  %mlops approve loans@1" in told


def test_a_sole_user_takes_the_own_rejection_back(stored: Project) -> None:
    no = stored.reject("credit-risk@1", why="I mixed up the columns")
    assert not stored.promote("credit-risk@1").promoted
    said = stored.approve("credit-risk@1", why="no, I did not")
    assert said.takes_back
    assert said.event.evidence == {"takes_back": no.event.number}
    assert "✓ approved  ada approved credit-risk@1, and with that took the own rejection of it back." in render_text(
        said
    )
    assert stored.promote("credit-risk@1").promoted
    assert not stored.approve("credit-risk@1").takes_back  # nothing is left to take back


def test_nobody_takes_back_what_somebody_else_said(stored: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    says(monkeypatch, "grace")
    stored.reject("credit-risk@1", why="worse on small loans")
    says(monkeypatch, "ada")
    assert not stored.approve("credit-risk@1").takes_back
    assert not stored.promote("credit-risk@1").promoted


def test_somebody_who_rejects_it_while_it_is_judged_is_not_overlooked(
    stored: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile(_: str) -> None:
        stored.registry.record("reject", "credit-risk", 1, who="grace", why="wait")

    monkeypatch.setattr("ipymlops.policy.requirements.passed", lambda gates: meanwhile("now") or True)
    with pytest.raises(
        NotAllowed, match=r"may not be promoted: grace rejected it: wait\. Expected: grace to approve it"
    ):
        stored.promote("credit-risk@1")
    assert stored.registry.aliases("credit-risk") == {}


def test_a_rejection_says_why_and_of_what(stored: Project) -> None:
    with pytest.raises(BadInput, match=r'without a reason.*reject credit-risk@1 -m "WHY"'):
        stored.reject("credit-risk@1", why=" ")
    with pytest.raises(UnknownName):
        stored.reject("credit-risk@7", why="no such thing")
    assert [e.kind for e in stored.registry.events()] == ["register"]


def test_it_is_told_wherever_one_looks(stored: Project, capsys: pytest.CaptureFixture[str]) -> None:
    where = ("--project", str(stored.root))
    assert cli.main(["reject", "credit-risk@1", "-m", "columns mixed up", *where]) == 0
    assert "ada rejected credit-risk@1: columns mixed up." in capsys.readouterr().out
    for verb in ("show", "history"):
        assert cli.main([verb, "credit-risk", *where]) == 0
        told = " ".join(capsys.readouterr().out.split())
        assert "credit-risk@1 is not promoted: ada rejected it: columns mixed up. It waits for" in told
    assert cli.main(["reject", "credit-risk@1", *where]) == 2
    assert "without a reason" in capsys.readouterr().err


def test_rejecting_the_champion_knows_where_a_rollback_would_land(stored: Project, model: Any, train: Data) -> None:
    assert stored.promote("credit-risk@1").promoted
    assert stored.reject("credit-risk@1", why="late").before is None  # the only champion there ever was
    stored.register(model, name="credit-risk", train=train, why="again")
    stored.registry.set_alias("credit-risk", "champion", 2, kind="promote", who="ada", why="", evidence={})
    said = stored.reject("credit-risk@2", why="worse")
    assert said.before is None  # the one before is rejected, too
    assert "promote credit-risk@NUMBER" in render_text(said)
    stored.approve("credit-risk@1")
    said = stored.reject("credit-risk@2", why="worse still")
    assert said.before == 1
    assert "rollback credit-risk" in render_text(said)
    assert stored.rollback("credit-risk").version == 1
