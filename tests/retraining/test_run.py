"""Headless runs against a real project: what is decided, what is written, and what is not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ipymlops.drift.profile import Profile
from ipymlops.errors import BadInput, Conflict, IntegrityError, UnknownName
from ipymlops.frames import as_table
from ipymlops.pipelines import proof
from ipymlops.pipelines.results import Verification
from ipymlops.project import Project
from ipymlops.project.signing import signature_file
from ipymlops.registry.benchmark import benchmark_files
from ipymlops.registry.registry import Registry
from ipymlops.retraining import Pipeline
from ipymlops.retraining.failure import TrainingFailed
from ipymlops.retraining.run import run
from ipymlops.storage.blobs import digest

Load = Callable[[], Pipeline]
Month = Callable[..., str]


def state(project: Project) -> tuple[Any, ...]:
    """Everything the registry says of the line."""
    registry = project.registry
    return registry.versions("loans"), registry.aliases("loans"), registry.events("loans")


def test_better_or_equal_on_new_rows_is_promoted(champion: Project, load: Load, month: Month) -> None:
    path = month()
    found = run(champion, load(), {"rows": path})
    assert (found.decision, found.version, found.champion_before, found.champion_after) == ("promoted", 2, 1, 2)
    assert found.exit_code == 0
    assert champion.registry.aliases("loans")["champion"] == 2
    assert found.comparison is not None
    assert (found.comparison.champion, found.comparison.candidate) == ("loans@1", "loans@2")
    assert found.evaluation is not None
    assert found.evaluation.n_rows == 600
    assert found.inputs[0]["changed"] is True
    assert found.inputs[0]["path"] == path
    kinds = [e.kind for e in champion.registry.events("loans") if e.version == 2]
    assert kinds == ["register", "retrain", "promote"]
    event = next(e for e in champion.registry.events("loans") if e.kind == "retrain")
    assert event.evidence["decision"] == "promoted"
    assert event.evidence["verification"] == "identical"
    assert {g["outcome"] for g in event.evidence["gates"]} >= {"pass"}
    card = champion.show("loans@2")
    assert [i.name for i in card.inputs] == ["rows"]


def test_a_retrained_version_keeps_the_drift_thresholds_of_its_line(
    champion: Project, load: Load, month: Month, place: Path
) -> None:
    """Nobody tells when the new rows were made, so what the months of the old ones did by themselves still holds."""
    df = pd.read_csv(place / "rows.csv")[600:]
    times = pd.Series(pd.date_range("2025-01-01", periods=len(df), freq="6h"), name="made")
    model = champion.load("loans@1")
    champion.register(model, name="loans", train=(df[["a", "b"]], df["t"]), time=times)
    champion.registry.set_alias("loans", "champion", 2, kind="promote", who="ada", why="", evidence={}, expected=1)
    found = run(champion, load(), {"rows": month()})
    first, second = (
        Profile.from_bytes(champion.bundle(champion.registry.resolve(f"loans@{n}")).read("profile.json")).variability
        for n in (2, found.version)
    )
    assert first is not None
    assert first.time == "made"
    assert second == first


def test_a_worse_candidate_is_kept_as_evidence_and_refused(champion: Project, load: Load, month: Month) -> None:
    found = run(champion, load(), {"rows": month(flip=True)})
    assert (found.decision, found.exit_code, found.version, found.champion_after) == ("refused", 3, 2, 1)
    assert champion.registry.aliases("loans")["champion"] == 1
    assert "stands in the way" in found.words
    kinds = [e.kind for e in champion.registry.events("loans") if e.version == 2]
    assert kinds == ["register", "retrain"]


def test_the_same_files_again_are_nothing_to_do(champion: Project, load: Load, month: Month) -> None:
    before = state(champion)
    found = run(champion, load(), {})
    assert (found.decision, found.exit_code) == ("nothing to do", 4)
    assert state(champion) == before
    path = month(flip=True)
    assert run(champion, load(), {"rows": path}).decision == "refused"
    assert run(champion, load(), {"rows": path}).decision == "nothing to do"  # it was tried already
    assert run(champion, load(), {"rows": path}, force=True).version == 3


@pytest.mark.parametrize("how", ["check", "dry_run"])
def test_looking_writes_nothing(champion: Project, load: Load, month: Month, how: str) -> None:
    asked: dict[str, Any] = {how: True}
    before = state(champion)
    found = run(champion, load(), {"rows": month()}, **asked)
    assert (found.decision, found.exit_code) == ("checked", 0)
    assert state(champion) == before
    assert (found.evaluation is not None) == (how == "dry_run")


def test_later_runs_are_deterministic_though_the_notebook_was_not(project: Project, load: Load, month: Month) -> None:
    path = month()
    one, _ = load().fit({"rows": path})
    np.random.seed(99)
    two, _ = load().fit({"rows": path})
    rows = pd.DataFrame({"a": np.linspace(-2, 2, 50), "b": np.linspace(2, -2, 50)})
    assert np.array_equal(one.predict_proba(rows), two.predict_proba(rows))


def test_without_a_champion_the_gates_alone_decide(project: Project, load: Load, month: Month) -> None:
    found = run(project, load(), {"rows": month()})
    assert (found.decision, found.champion_before, found.champion_after) == ("promoted", None, 2)
    assert found.comparison is None


def test_a_fresh_project_starts_with_the_bundles_benchmark(tmp_path: Path, load: Load, month: Month) -> None:
    fresh = Project.open(tmp_path / "fresh")
    found = run(fresh, load(), {"rows": month()})
    assert (found.decision, found.version, found.champion_after) == ("promoted", 1, 1)
    assert "benchmark.parquet" in fresh.bundle(fresh.registry.resolve("loans@1"))
    again = run(fresh, load(), {"rows": month(seed=8)})
    assert again.comparison is not None


def test_high_risk_waits_for_a_person(script: Path, tmp_path: Path, load: Load, month: Month) -> None:
    manifest = script.parent / "bundle" / "bundle.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "risk": "high"}))
    proof.write(script.parent, Verification("identical"))
    fresh = Project.open(tmp_path / "fresh")
    found = run(fresh, load(), {"rows": month(20000)})
    assert (found.decision, found.exit_code, found.champion_after) == ("registered", 0, None), found.gates
    assert "waits for a person" in found.words
    assert fresh.registry.aliases("loans") == {}
    assert [g.outcome for g in found.gates if g.code == "approval"] == ["fail"]


def test_benchmark_rows_that_were_trained_on_do_not_count(champion: Project, load: Load, tmp_path: Path) -> None:
    known, _ = champion.bundle(champion.registry.resolve("loans@1")).benchmark()
    new = pd.read_csv(champion.root.parent / "rows.csv")
    leaking = pd.concat([new[:600], new[:150]])  # the cell trains on everything after the first 600
    path = tmp_path / "leaking.csv"
    pd.concat([leaking, new[900:]]).to_csv(path, index=False)
    found = run(champion, load(), {"rows": str(path)})
    assert [n for n in found.notes if n.startswith("150 of 600 benchmark rows stand in the training data")]
    assert found.evaluation is not None
    assert found.comparison is not None
    # the others are thinned until the classes stand as in the whole benchmark
    assert len(known) - 250 < found.evaluation.n_rows <= len(known) - 150
    assert found.comparison.n_rows == found.evaluation.n_rows


def test_rows_that_the_champion_was_trained_on_do_not_count_either(
    champion: Project, load: Load, month: Month, tmp_path: Path
) -> None:
    """A champion that has seen benchmark rows would look better on them than it is."""
    new = pd.read_csv(champion.root.parent / "rows.csv")
    path = tmp_path / "leaking.csv"
    pd.concat([new[:600], new[:150], new[900:]]).to_csv(path, index=False)
    run(champion, load(), {"rows": str(path)}, force=True)
    champion.registry.set_alias("loans", "champion", 2, kind="promote", who="ada", why="", evidence={})
    found = run(champion, load(), {"rows": month()})
    assert found.comparison is not None
    assert found.comparison.champion == "loans@2"
    assert found.comparison.n_rows <= 450


def test_too_few_unseen_rows_cannot_tell(champion: Project, load: Load, tmp_path: Path) -> None:
    new = pd.read_csv(champion.root.parent / "rows.csv")
    path = tmp_path / "leaking.csv"
    pd.concat([new[:600], new[:560]]).to_csv(path, index=False)
    found = run(champion, load(), {"rows": str(path)})
    assert found.decision == "refused"
    assert [(g.code, g.outcome) for g in found.gates] == [("unseen-rows", "fail")]
    assert "cannot tell: 38 benchmark rows are left" in found.words


def test_bad_input_is_named_and_nothing_is_written(champion: Project, load: Load, tmp_path: Path) -> None:
    before = state(champion)
    with pytest.raises(BadInput, match="The input rows is missing: no file is at"):
        run(champion, load(), {"rows": str(tmp_path / "none.csv")})
    with pytest.raises(UnknownName, match="did you mean 'rows'"):
        run(champion, load(), {"row": "x.csv"})
    (tmp_path / "short.csv").write_text("a,t\n1,0\n")
    with pytest.raises(TrainingFailed, match=r"Training stopped in In \[3\] \(line \d+ of retrain.py\): KeyError"):
        run(champion, load(), {"rows": str(tmp_path / "short.csv")})
    assert state(champion) == before


def test_an_interruption_while_writing_leaves_the_registry_as_it_was(
    champion: Project, load: Load, month: Month, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = state(champion)
    path = month()
    for step in ("add_version", "record", "set_alias"):
        original = getattr(Registry, step)

        def interrupted(self: Any, *arguments: Any, original: Any = original, **rest: Any) -> Any:
            original(self, *arguments, **rest)
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(Registry, step, interrupted)
            with pytest.raises(KeyboardInterrupt):
                run(champion, load(), {"rows": path})
        assert state(champion) == before, step
    assert run(champion, load(), {"rows": path}).decision == "promoted"


def test_somebody_who_promoted_first_wins(
    champion: Project, load: Load, month: Month, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline = load()
    fit = pipeline.fit

    def slow(inputs: Any) -> Any:
        other = run(Project.open(champion.root), load(), {"rows": month(3001, name="other.csv")})
        assert other.decision == "promoted"
        return fit(inputs)

    monkeypatch.setattr(pipeline, "fit", slow)
    with pytest.raises(Conflict):
        run(champion, pipeline, {"rows": month()})
    assert champion.registry.aliases("loans")["champion"] == 2
    assert len(champion.registry.versions("loans")) == 2


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("retrain.py", "retrain.py was edited"),
        ("slice.json", "slice.json was edited"),
        ("bundle/bundle.json", "bundle/bundle.json was edited"),
        ("helper.py", "helper.py was added"),
    ],
)
def test_an_edited_folder_runs_and_says_that_it_is_not_the_verified_one(
    champion: Project, load: Load, month: Month, script: Path, name: str, said: str
) -> None:
    assert load().verdict == "identical"
    with (script.parent / name).open("a") as file:
        file.write("\n")
    found = run(champion, load(), {"rows": month()})
    assert found.decision == "promoted"
    assert f"{said} after the export, so this is not the verified pipeline" in found.notes
    event = next(e for e in champion.registry.events("loans") if e.kind == "retrain")
    assert event.evidence["verification"] == "not verified"


def trusting(project: Project, **signing: Any) -> Project:
    lines = "\n".join(f"{name} = {json.dumps(value)}" for name, value in signing.items())
    (project.root.parent / "mlops.toml").write_text(f"[signing]\n{lines}")
    return Project.at(project.root)


def test_a_run_that_can_sign_promotes_where_signatures_are_required(
    champion: Project, load: Load, month: Month, key_pair: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    private, public = key_pair("server")
    champion.sign("loans@1", private)
    strict = trusting(champion, trusted=[str(public)], required=True)
    monkeypatch.setenv("IPYMLOPS_SIGNING_KEY", str(private))
    found = run(strict, load(), {"rows": month()})
    assert found.decision == "promoted"
    assert [g.outcome for g in found.gates if g.code == "signature"] == ["pass"]
    assert strict.show("loans@2").signature == "is signed by server.pub"
    assert strict.load("loans@champion") is not None


def test_a_run_that_cannot_sign_leaves_the_promotion_to_a_person(
    champion: Project, load: Load, month: Month, key_pair: Any
) -> None:
    private, public = key_pair("team")
    champion.sign("loans@1", private)
    strict = trusting(champion, trusted=[str(public)], required=True)
    found = run(strict, load(), {"rows": month()})
    assert (found.decision, found.exit_code, found.champion_after) == ("registered", 0, 1)
    assert "not met: signed by a trusted key (nothing signs here: set IPYMLOPS_SIGNING_KEY" in found.words
    assert any("loans@2 is not signed" in note for note in found.notes)
    strict.sign("loans@2", private)
    assert strict.promote("loans@2").promoted


def test_a_key_that_is_missing_stops_a_run_before_it_trains(
    champion: Project, load: Load, month: Month, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IPYMLOPS_SIGNING_KEY", str(tmp_path / "gone.pem"))
    before = state(champion)
    with pytest.raises(BadInput, match=r"gone\.pem cannot be read"):
        run(champion, load(), {"rows": month()})
    assert state(champion) == before


# --- what the exported folder says, where signatures are demanded ----------------------------------------------------


@pytest.fixture
def signed_folder(project: Project, script: Path, key_pair: Any, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """The bundle of the exported folder with the signature of its version, and the public key; the run can sign."""
    private, public = key_pair("team")
    project.sign("loans@1", private)
    version = project.registry.resolve("loans@1")
    signature = signature_file(project, version, project.bundle(version))
    assert signature is not None
    (script.parent / "bundle" / "model.sig").write_bytes(signature)
    monkeypatch.setenv("IPYMLOPS_SIGNING_KEY", str(private))
    return script.parent / "bundle", public


def fresh_project(folder: Path, **signing: Any) -> Project:
    folder.mkdir()
    return trusting(Project.at(folder), **signing)


def with_easy_rows(bundle: Path) -> None:
    """Another benchmark, with hashes that fit."""
    told = json.loads((bundle / "bundle.json").read_text())
    table = pd.DataFrame({"a": [-3.0, 3.0] * 300, "b": [-3.0, 3.0] * 300})
    files = benchmark_files(as_table(table), pd.Series([0, 1] * 300))
    for name, data in files.items():
        (bundle / name).write_bytes(data)
        told["files"][name] = {"sha256": digest(data), "size": len(data)}
    (bundle / "bundle.json").write_text(json.dumps(told))


def test_a_folder_with_other_rows_judges_no_new_line(
    signed_folder: tuple[Path, Path], load: Load, month: Month, tmp_path: Path
) -> None:
    bundle, public = signed_folder
    fresh = fresh_project(tmp_path / "fresh", trusted=[str(public)], required=True)
    with_easy_rows(bundle)
    with pytest.raises(IntegrityError, match=r"loans@1 has a signature of other files.*export it again from where"):
        run(fresh, load(), {"rows": month()})
    assert fresh.registry.names() == ()
    lenient = fresh_project(tmp_path / "lenient", trusted=[str(public)])
    assert run(lenient, load(), {"rows": month()}).version == 1  # none is demanded


def test_a_folder_as_it_was_signed_begins_a_line(
    signed_folder: tuple[Path, Path], load: Load, month: Month, tmp_path: Path
) -> None:
    bundle, public = signed_folder
    fresh = fresh_project(tmp_path / "fresh", trusted=[str(public)], required=True)
    assert run(fresh, load(), {"rows": month()}).decision == "promoted"
    (bundle / "model.sig").unlink()
    bare = fresh_project(tmp_path / "bare", trusted=[str(public)], required=True)
    with pytest.raises(IntegrityError, match=r"loans@1 is not signed"):
        run(bare, load(), {"rows": month()})


def test_one_night_after_the_other_without_a_key(champion: Project, load: Load, month: Month, key_pair: Any) -> None:
    """The newest version waits for its signature; the rows of the signed one before it still judge."""
    private, public = key_pair("team")
    champion.sign("loans@1", private)
    strict = trusting(champion, trusted=[str(public)], required=True)
    for night in (2, 3):
        found = run(strict, load(), {"rows": month(seed=night)})
        assert (found.decision, found.version) == ("registered", night)
