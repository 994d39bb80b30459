"""Moving aliases by hand, and asking what was live."""

from __future__ import annotations

from pathlib import Path

import pytest

from ipymlops.apps import cli
from ipymlops.errors import BadInput, Conflict, NotAllowed, UnknownName
from ipymlops.project import Project
from ipymlops.registry.bundle import pack


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project.open(tmp_path)
    for _ in range(3):
        made.registry.add_version("m", made.blobs.put(pack({}, {})), {}, who="ada", why="", evidence={})
    return made


def promote(project: Project, number: int) -> None:
    project.registry.set_alias("m", "champion", number, kind="promote", who="ada", why="", evidence={})


def test_a_rollback_goes_to_the_champion_before_and_says_why(project: Project) -> None:
    for number in (1, 3):
        promote(project, number)
    event = project.rollback("m", why="complaints")
    assert (event.kind, event.version, event.why, event.evidence["previous"]) == ("rollback", 1, "complaints", 3)
    assert project.registry.aliases("m") == {"champion": 1}


def test_two_rollbacks_go_one_further_back_and_never_to_what_was_withdrawn(project: Project) -> None:
    for number in (1, 2, 3):
        promote(project, number)
    assert [project.rollback("m").version for _ in range(2)] == [2, 1]
    with pytest.raises(
        BadInput, match=r"Nothing is before m@1 to go back to\. .*no rollback withdrew.*promote m@NUMBER"
    ):
        project.rollback("m")
    assert project.registry.aliases("m") == {"champion": 1}
    promote(project, 3)  # its gates let it back
    assert project.rollback("m").version == 1


def test_a_rollback_passes_over_what_was_rejected_and_what_would_not_load(project: Project) -> None:
    damaged = project.registry.add_version("m", project.blobs.put(b"{ }"), {}, who="ada", why="", evidence={})
    for number in (1, 2, damaged.number, 3):
        promote(project, number)
    project.reject("m@2", why="leaks")
    project.blobs.remove(damaged.manifest)
    event = project.rollback("m")
    assert event.version == 1
    assert event.evidence["passed_over"]["2"] == "ada rejected it: leaks"
    assert "is missing from" in event.evidence["passed_over"]["4"]
    promote(project, 3)
    project.reject("m@1", why="older still")
    with pytest.raises(BadInput, match=r"m@3 to go back to \(version 1: ada rejected it: older still; version 4: "):
        project.rollback("m")


def test_what_is_rejected_on_the_way_is_not_put_back(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in (1, 2):
        promote(project, number)
    events = project.registry.events

    def meanwhile(model: str | None = None) -> object:
        found = events(model)
        project.registry.record("reject", "m", 1, who="grace", why="wait")
        return found

    monkeypatch.setattr(project.registry, "events", meanwhile)
    with pytest.raises(NotAllowed, match="grace rejected it: wait"):
        project.rollback("m")
    assert project.registry.aliases("m") == {"champion": 2}


def test_without_one_before_there_is_no_way_back(project: Project) -> None:
    with pytest.raises(BadInput, match=r"m has no champion.*promote m@NUMBER"):
        project.rollback("m")
    promote(project, 2)
    with pytest.raises(BadInput, match="Nothing is before m@2"):
        project.rollback("m")


def test_an_alias_of_ones_own_is_set_moved_and_taken_away(project: Project) -> None:
    assert project.alias("m@2", "staging", why="to try").evidence == {"alias": "staging", "previous": None}
    assert project.alias("m@3", "staging").evidence["previous"] == 2
    assert project.registry.resolve("m@staging").number == 3
    gone = project.alias("m", "staging", remove=True)
    assert (gone.version, gone.evidence) == (None, {"alias": "staging", "previous": 3})
    assert project.registry.aliases("m") == {}
    assert project.fsck().faults[-1:] == () or all(f.kind != "alias" for f in project.fsck().faults)
    with pytest.raises(UnknownName, match="staging"):
        project.alias("m", "staging", remove=True)


def test_a_name_that_cannot_be_an_alias_is_called_one(project: Project) -> None:
    with pytest.raises(BadInput, match=r"^Found the alias 'a/b'\. Expected: up to 100 letters"):
        project.alias("m@1", "a/b")


def test_the_champion_moves_by_its_gates_only(project: Project) -> None:
    for remove in (False, True):
        with pytest.raises(BadInput, match=r"gates only.*promote m@2, or rollback m"):
            project.alias("m@2", "champion", remove=remove)


def test_an_alias_moves_by_those_who_may(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in (1, 2, 3):
        promote(project, number)
    rules = project.root.parent / "mlops.toml"
    rules.write_text('[aliases]\nprotected = {champion = ["grace"], prod = ["grace", "ada"]}\npermanent = ["prod"]')
    project.alias("m@1", "prod")
    with pytest.raises(NotAllowed, match=r"permanent.*alias m@NUMBER prod"):
        project.alias("m", "prod", remove=True)
    for attempt in (lambda: project.rollback("m"), lambda: project.promote("m@2")):
        with pytest.raises(
            NotAllowed, match=r"ada may not move m@champion\. Expected: grace, says \[aliases\] in mlops"
        ):
            attempt()
    monkeypatch.setenv("IPYMLOPS_USER", "lin")
    with pytest.raises(NotAllowed, match=r"lin may not move m@prod\. Expected: grace or ada"):
        project.alias("m@2", "prod")
    assert project.registry.aliases("m") == {"champion": 3, "prod": 1}
    monkeypatch.setenv("IPYMLOPS_USER", "grace")
    assert project.rollback("m").version == 2
    rules.write_text('[aliases]\nprotected = {champion = ["ada"]}')  # read anew: a kernel lives longer than a rule
    with pytest.raises(NotAllowed, match="grace may not move"):
        project.rollback("m")


def test_a_shell_is_refused_in_one_line(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    (project.root.parent / "mlops.toml").write_text('[aliases]\nprotected = {prod = ["grace"]}')
    assert cli.main(["alias", "m@1", "prod", "--project", str(project.root)]) == 3
    told = capsys.readouterr().err
    assert len(told.splitlines()) == 1
    assert "ask grace to do it, or have ada added there" in told


def test_a_rollback_that_somebody_overtook_is_refused(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in (1, 2):
        promote(project, number)
    events = project.registry.events

    def overtaken(model: str | None = None) -> object:
        promote(project, 3)
        return events(model)

    monkeypatch.setattr(project.registry, "events", overtaken)
    with pytest.raises(Conflict, match="set to version 3"):
        project.rollback("m")


def test_what_was_live(project: Project) -> None:
    promote(project, 2)
    day = project.registry.events("m")[-1].when.date()
    live = project.live_at("m", str(day)).champion
    assert live is not None
    assert live.version == 2
    assert project.live_at("m", "2020-01-01").champion is None
    assert project.live_at("m", "2020-01-01T10:00+02:00").at.hour == 8


@pytest.mark.parametrize("moment", ["", "yesterday", "2026-13-01", "3.3.2026"])
def test_a_moment_that_is_none(project: Project, moment: str) -> None:
    with pytest.raises(BadInput, match="2026-03-03"):
        project.live_at("m", moment)


def test_the_verbs_in_a_shell(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    where = ("--project", str(project.root))
    for number in (1, 2):
        promote(project, number)
    assert cli.main(["alias", "m@3", "staging", *where]) == 0
    assert cli.main(["rollback", "m", "-m", "complaints", *where]) == 0
    assert "m@champion is version 1 now, in place of version 2." in capsys.readouterr().out
    assert cli.main(["history", "m", "--at", "2999-01-01", *where]) == 0
    assert "Version 1 of m was the champion" in capsys.readouterr().out
