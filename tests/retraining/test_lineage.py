"""A retrained version: whose pipeline trained it, what is proved of it, and what its export is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ipymlops.apps import cli
from ipymlops.errors import BadInput
from ipymlops.project import Project
from ipymlops.registry.records import Version
from ipymlops.retraining import Pipeline
from ipymlops.retraining.run import run

Load = Callable[[], Pipeline]
Month = Callable[..., str]


def test_it_has_its_parent_and_the_proof_of_its_pipeline(champion: Project, load: Load, month: Month) -> None:
    run(champion, load(), {"rows": month()})
    version = champion.registry.resolve("loans@2")
    assert champion.bundle(version).manifest["parent"] == "loans@1"
    assert (version.facts["risk"], version.verification) == ("low", "identical")
    event = next(e for e in champion.registry.events("loans") if e.kind == "retrain")
    assert event.evidence["verdict"] == "identical"


def test_the_export_of_a_retrained_champion_is_the_pipeline_that_trained_it(
    champion: Project, load: Load, month: Month, tmp_path: Path
) -> None:
    run(champion, load(), {"rows": month()})
    assert "champion" in champion.registry.resolve("loans").aliases
    export = champion.export("loans", tmp_path / "out")
    assert (export.model, export.version, export.verification.verdict) == ("loans", 1, "identical")
    assert export.notes[0] == "loans@2 was retrained by the pipeline of loans@1: this is that pipeline"
    event = champion.registry.events("loans")[-1]
    assert (event.kind, event.version, event.evidence["asked"]) == ("export", 1, "loans@2")
    assert champion.verify("loans@2").version == 1


def test_the_versions_that_led_to_it_are_a_line(
    champion: Project, load: Load, month: Month, capsys: pytest.CaptureFixture[str]
) -> None:
    run(champion, load(), {"rows": month()})
    assert run(champion, load(), {"rows": month(flip=True, name="bad.csv")}).decision == "refused"
    run(champion, load(), {"rows": month(seed=8, name="next.csv")}, force=True)
    first, last = champion.lineage("loans@1"), champion.lineage("loans@4")
    assert (first.made, first.notebook, first.executed) == ("notebook", "loans.ipynb", 4)
    assert [c.execution for c in first.cells or ()] == [1, 2, 3, 4]
    assert [(f.path, bool(f.sha256)) for f in first.inputs or ()] == [("rows.csv", True)]
    assert (last.made, last.pipeline, last.cells) == ("pipeline", "loans@1", None)
    numbers = [(a.number, a.retrained) for a in last.chain]
    assert numbers == [(1, False), (2, True), (4, True)]  # version 3 was refused
    assert last.chain[-1].champion == ("champion" in champion.registry.resolve("loans@4").aliases)
    assert last.fingerprint != first.fingerprint
    assert [i.path for i in last.inputs or ()] != ["rows.csv"]
    assert cli.main(["show", "loans@4", "--lineage", "--project", str(champion.root)]) == 0
    told = capsys.readouterr().out
    assert "loans@4 was retrained by the pipeline of loans@1, after version 2." in told
    assert "loans@1 → loans@2" in told


def test_who_may_not_move_the_champion_leaves_it_to_those_who_may(
    champion: Project, load: Load, month: Month, place: Path
) -> None:
    (place / "mlops.toml").write_text('[aliases]\nprotected = {champion = ["grace"]}')
    found = run(champion, load(), {"rows": month()})
    assert (found.decision, found.exit_code, found.champion_after, found.version) == ("registered", 0, 1, 2)
    assert "its promotion waits for a person" in found.words
    assert found.notes[-1].startswith("ada may not move loans@champion. Expected: grace, says [aliases] in mlops.toml.")
    kinds = [e.kind for e in champion.registry.events("loans") if e.version == 2]
    assert kinds == ["register", "retrain"]


def test_a_rule_made_while_it_registers_leaves_the_promotion_to_others(
    champion: Project, load: Load, month: Month, place: Path
) -> None:
    def forbid(_: Version) -> None:
        (place / "mlops.toml").write_text('[aliases]\nprotected = {champion = ["grace"]}')

    found = run(champion, load(), {"rows": month()}, storing=forbid)
    assert (found.decision, found.exit_code, found.champion_after, found.version) == ("registered", 0, 1, 2)
    assert "its promotion waits for a person" in found.words
    assert any(note.startswith("ada may not move loans@champion") for note in found.notes)
    retrained = champion.registry.events("loans", kind="retrain")[-1]
    assert (retrained.version, retrained.evidence["decision"]) == (2, "registered")
    assert champion.registry.aliases("loans") == {"champion": 1}


def test_a_pipeline_from_elsewhere_has_no_parent_here(load: Load, month: Month, tmp_path: Path) -> None:
    """``loans@1`` is another model in another project; to export that one in its name would be wrong."""
    fresh = Project.open(tmp_path / "fresh")
    run(fresh, load(), {"rows": month()})
    run(fresh, load(), {"rows": month(seed=8, name="next.csv")})
    for ref in ("loans@1", "loans@2"):
        assert "parent" not in fresh.bundle(fresh.registry.resolve(ref)).manifest
        with pytest.raises(BadInput, match=f"{ref} was not registered from a notebook"):
            fresh.export(ref, tmp_path / "out")
