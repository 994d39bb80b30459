"""A retrained version: whose pipeline trained it, what is proved of it, and what its export is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ipymlops.errors import BadInput
from ipymlops.project import Project
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


def test_a_pipeline_from_elsewhere_has_no_parent_here(load: Load, month: Month, tmp_path: Path) -> None:
    """``loans@1`` is another model in another project; to export that one in its name would be wrong."""
    fresh = Project.open(tmp_path / "fresh")
    run(fresh, load(), {"rows": month()})
    run(fresh, load(), {"rows": month(seed=8, name="next.csv")})
    for ref in ("loans@1", "loans@2"):
        assert "parent" not in fresh.bundle(fresh.registry.resolve(ref)).manifest
        with pytest.raises(BadInput, match=f"{ref} was not registered from a notebook"):
            fresh.export(ref, tmp_path / "out")
