"""Evaluate, compare, drift, promote and show on stored versions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from ipymlops.errors import BadInput, Conflict, IntegrityError, MlopsError, UnknownName
from ipymlops.policy.risk_tier import RiskTier
from ipymlops.project import Project, judging
from ipymlops.views.table import render_text

Data = tuple[pd.DataFrame, pd.Series]


@pytest.fixture
def stored(project: Project, model: Any, train: Data, test: Data) -> Project:
    project.register(model, name="credit-risk", train=train, test=test, risk="medium")
    return project


def test_evaluate_gives_what_registration_gave(stored: Project) -> None:
    assert stored.evaluate("credit-risk").metrics == stored.show("credit-risk").evaluation.metrics  # type: ignore[union-attr]


def test_evaluate_other_data(stored: Project, train: Data) -> None:
    evaluation = stored.evaluate("credit-risk@1", train)
    assert (evaluation.data, evaluation.n_rows) == ("given data", 1200)


def test_groups_of_a_column_that_the_model_does_not_take(stored: Project, test: Data) -> None:
    X, y = test
    given = X.assign(sex=["f", "m"] * 400)
    found = stored.evaluate("credit-risk", (given, y), sensitive=["sex", "age"]).fairness
    assert [(f.column, len(f.groups)) for f in found] == [("sex", 2), ("age", 4)]
    assert stored.evaluate("credit-risk", sensitive=["age"]).fairness[0].gaps
    with pytest.raises(UnknownName, match="name a table that has it: --data X y"):
        stored.evaluate("credit-risk", sensitive=["sex"])


def test_costs_of_a_stored_version(stored: Project) -> None:
    found = stored.evaluate("credit-risk", cost={"fp": 1, "fn": 5}).costs
    assert found is not None
    assert found.best_threshold is not None
    assert found.best_threshold < 0.5


COLUMNS: dict[str, tuple[Callable[[pd.DataFrame], pd.DataFrame], str | None]] = {
    "missing": (lambda X: X[["age"]], "Missing from the table: income"),
    "another type": (lambda X: X.assign(income="high"), "'income' is category, not number"),
    "extra": (lambda X: X.assign(shoe_size=42), None),
    "reordered": (lambda X: X[["age", "income"]], None),
}


@pytest.mark.parametrize("case", COLUMNS)
def test_columns_other_than_in_training(stored: Project, test: Data, case: str) -> None:
    change, words = COLUMNS[case]
    if words is None:
        given = stored.evaluate("credit-risk", (change(test[0]), test[1]))
        assert given.headline.value == stored.evaluate("credit-risk").headline.value
    else:
        with pytest.raises(BadInput, match=words):
            stored.evaluate("credit-risk", (change(test[0]), test[1]))


def test_versions_that_are_one_are_not_offered_for_promotion(
    stored: Project, model: Any, train: Data, test: Data
) -> None:
    stored.register(model, name="credit-risk", train=train, test=test)
    for other, words in (("1", "credit-risk@1 was compared with itself"), ("2", "hold one model, byte for byte")):
        found = stored.compare("credit-risk@1", f"credit-risk@{other}")
        assert found.same
        assert words in found.words
        assert "promote" not in render_text(found)
        assert "the same" in render_text(found)


def test_promotion_is_an_event_with_evidence(stored: Project) -> None:
    done = stored.promote("credit-risk@1", why="looks good")
    assert done.promoted
    assert done.previous is None
    assert stored.registry.resolve("credit-risk@champion").number == 1
    last = stored.history("credit-risk").events[-1]
    assert (last.kind, last.why, last.who) == ("promote", "looks good", "ada")
    assert last.evidence["gates"]


def test_a_promotion_reuses_what_registration_measured(stored: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise AssertionError("it was measured again")

    monkeypatch.setattr(judging, "evaluate", refuse)
    assert {g.code: g.outcome for g in stored.promote("credit-risk@1").gates}["weak-slice"] == "pass"


@pytest.mark.parametrize(("risk", "level"), [("medium", 0.95), ("high", 0.99), ("low", None)])
def test_slices_are_looked_for_at_registration_where_a_gate_asks(
    project: Project, model: Any, train: Data, test: Data, risk: RiskTier, level: float | None
) -> None:
    found = project.register(model, name="m", train=train, test=test, risk=risk).evaluation
    assert found is not None
    assert (found.slices.level if found.slices else None) == level
    assert found.headline.level == 0.95


def test_limits_and_groups_are_judged_on_the_benchmark(stored: Project) -> None:
    refused = stored.promote("credit-risk@1", sensitive=["age"], limits={"size_mb": 1e-6, "latency_ms": 1e6})
    found = {g.code: g for g in refused.gates}
    assert not refused.promoted
    assert {code: found[code].outcome for code in ("size", "latency")} == {"size": "fail", "latency": "pass"}
    assert found["fairness-gap"].evidence.startswith("by age, ")
    assert found["weak-slice"].outcome != "not applicable"
    assert (found["weak-slice"].severity, found["fairness-gap"].severity) == ("warns", "warns")
    assert stored.promote("credit-risk@1", limits={"size_mb": 100}).promoted


def test_a_column_that_no_gate_can_see_says_what_promote_can_do(
    stored: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``--data`` is no option of promote; that the column lacks is told before anything is measured."""
    from ipymlops.evaluation import evaluation

    monkeypatch.setattr(evaluation, "predict", None)
    with pytest.raises(UnknownName, match="No column is called 'sex'") as caught:
        stored.promote("credit-risk@1", sensitive=["sex"])
    assert caught.value.next_step.startswith("see its groups with evaluate credit-risk@1 --data X y --sensitive sex; ")
    assert [e.kind for e in stored.registry.events("credit-risk")] == ["register"]


def test_an_evaluation_measures_size_and_latency(stored: Project) -> None:
    found = stored.evaluate("credit-risk").footprint
    assert found is not None
    listed = stored.bundle(stored.registry.resolve("credit-risk@1")).manifest["files"]
    assert found.size == listed["model.skops"]["size"]
    assert [at.rows for at in found.latencies] == [1, 1000]


def test_the_champion_is_not_promoted_twice(stored: Project) -> None:
    stored.promote("credit-risk@1")
    again = stored.promote("credit-risk@1")
    assert (again.already, again.promoted, again.previous, again.gates) == (True, False, 1, ())
    assert [e.kind for e in stored.history("credit-risk").events] == ["register", "promote"]


def test_two_lines_are_not_compared(stored: Project, model: Any, train: Data, test: Data) -> None:
    stored.register(model, name="other", train=train, test=test)
    with pytest.raises(BadInput, match="Expected: two versions of one model line"):
        stored.compare("credit-risk@1", "other@1")


def test_a_worse_version_is_refused_and_recorded(stored: Project, worse: Any, train: Data, test: Data) -> None:
    stored.promote("credit-risk@1")
    stored.register(worse, name="credit-risk", train=train, test=test, risk="medium")
    refused = stored.promote("credit-risk@2")
    assert not refused.promoted
    assert any(g.outcome == "fail" for g in refused.gates)
    assert stored.registry.resolve("credit-risk@champion").number == 1
    assert stored.history("credit-risk").events[-1].kind == "refuse"


@pytest.mark.parametrize(("risk", "count"), [("low", 5), ("medium", 9), ("high", 10)])
def test_what_was_never_evaluated_is_not_promoted(
    project: Project, model: Any, train: Data, risk: RiskTier, count: int
) -> None:
    project.register(model, name="credit-risk", train=train, risk=risk)
    project.approve("credit-risk@1")
    refused = project.promote("credit-risk@1")
    assert not refused.promoted
    assert [g.outcome for g in refused.gates] == ["not applicable"] * count
    assert refused.event.why.startswith("credit-risk@1 was registered without test data")


def test_high_stakes_want_a_proof_and_a_second_person(
    project: Project, model: Any, train: Data, test: Data, monkeypatch: pytest.MonkeyPatch, key_pair: Any
) -> None:
    version = project.register(model, name="credit-risk", train=train, test=test, risk="high").version
    refused = project.promote("credit-risk@1")
    assert not refused.promoted
    open_gates = {"verified-pipeline", "approval", "signature", "not-worse", "fairness-gap"}
    assert {g.code for g in refused.gates if g.outcome != "pass"} == open_gates
    private, public = key_pair("team")
    project.sign("credit-risk@1", private)
    (project.root.parent / "mlops.toml").write_text(f"[signing]\ntrusted = ['{public}']")
    project = Project.at(project.root)
    project.registry.record("verify", "credit-risk", 1, who="ada", evidence={"verdict": "identical"})
    assert not project.approve("credit-risk@1").counts  # ada made it
    assert not project.promote("credit-risk@1").promoted
    monkeypatch.setenv("IPYMLOPS_USER", "grace")
    assert project.approve("credit-risk@1", why="looked at the slices").counts
    assert project.promote("credit-risk@1").promoted
    assert project.registry.resolve("credit-risk@champion").number == version.number


def test_a_lower_tier_is_no_way_around_the_gates(project: Project, model: Any, train: Data, test: Data) -> None:
    project.register(model, name="credit-risk", train=train, test=test, risk="high")
    project.registry.set_alias("credit-risk", "champion", 1, kind="promote", who="ada", why="", evidence={})
    silent = project.register(model, name="credit-risk", train=train)
    assert silent.version.facts["risk"] == "high"
    lower = project.register(model, name="credit-risk", train=train, risk="low")
    assert any("promotion asks for the stricter" in w for w in lower.warnings)
    refused = project.promote("credit-risk@3")
    assert {g.code for g in refused.gates if g.outcome == "fail"} >= {"approval", "verified-pipeline"}


def test_compare_tells_worse_from_better(stored: Project, worse: Any, train: Data, test: Data) -> None:
    stored.register(worse, name="credit-risk", train=train, test=test)
    assert stored.compare("credit-risk@1", "credit-risk@2").verdict == "worse"
    assert stored.compare("credit-risk@2", "credit-risk@1").verdict == "better"


def test_drift_needs_only_the_profile(stored: Project, test: Data) -> None:
    assert stored.drift("credit-risk", test[0]).drifted == ()
    moved = test[0].assign(income=test[0]["income"] + 20)
    report = stored.drift("credit-risk", moved, name="july")
    assert report.drifted == report.that_matter == ("income",)
    assert report.data == "july"


@pytest.mark.parametrize("name", ["new.parquet", "new.csv", "folder"])
def test_drift_of_what_lies_at_a_path(stored: Project, test: Data, tmp_path: Path, name: str) -> None:
    moved = test[0].assign(income=test[0]["income"] + 20)
    path = tmp_path / name
    if name == "folder":
        path.mkdir()
        for half in (0, 1):
            moved[half::2].to_parquet(path / f"{half}.parquet")
    else:
        moved.to_csv(path, index=False) if name.endswith("csv") else moved.to_parquet(path)
    in_memory = stored.drift("credit-risk", moved)
    for data in (path, str(path)):
        report = stored.drift("credit-risk", data)
        assert [(c.column, c.effect, c.p_adjusted) for c in report.columns] == [
            (c.column, c.effect, c.p_adjusted) for c in in_memory.columns
        ]


UNKNOWN = {
    "credit-rsik": "did you mean 'credit-risk'",
    "credit-risk@7": "7",
    "credit-risk@champoin": "champoin",
}


@pytest.mark.parametrize("ref", UNKNOWN)
def test_unknown_names(stored: Project, ref: str) -> None:
    stored.promote("credit-risk@1")
    with pytest.raises(UnknownName, match=UNKNOWN[ref]):
        stored.evaluate(ref)


def test_a_corrupted_blob_is_named_and_nothing_is_loaded(stored: Project) -> None:
    bundle = stored.bundle(stored.registry.resolve("credit-risk"))
    sha = bundle.manifest["files"]["model.skops"]["sha256"]
    blob = next(p for p in (stored.root / "blobs").rglob("*") if p.is_file() and sha in "".join(p.parts[-2:]))
    blob.chmod(0o644)
    blob.write_bytes(blob.read_bytes()[:-1] + b"x")
    with pytest.raises(IntegrityError):
        stored.load("credit-risk")


def test_two_people_promoting_at_once(
    stored: Project, model: Any, train: Data, test: Data, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the judgement and the move somebody else moves the alias: the slower one is told who was faster."""
    from ipymlops.project import judging

    stored.register(model, name="credit-risk", train=train, test=test)
    decide = judging.judge

    def slowly(project: Project, version: Any, champion: int | None, **named: Any) -> Any:
        gates = decide(project, version, champion, **named)
        project.registry.set_alias("credit-risk", "champion", 1, kind="promote", who="grace", why="", evidence={})
        return gates

    monkeypatch.setattr(judging, "judge", slowly)
    with pytest.raises(Conflict, match="grace"):
        stored.promote("credit-risk@2")
    assert stored.registry.resolve("credit-risk@champion").number == 1


def test_show_has_everything_on_one_page(stored: Project) -> None:
    card = stored.show("credit-risk@1")
    assert [c["name"] for c in card.columns] == ["income", "age"]
    assert card.card.startswith("---")
    assert {f["name"] for f in card.files} >= {"model.skops", "MLmodel"}
    assert [e.kind for e in card.events] == ["register"]


def test_errors_are_ours(stored: Project) -> None:
    with pytest.raises(MlopsError):
        stored.drift("credit-risk", "not a table")


def test_the_steps_of_an_evaluation_are_told(stored: Project, test: Data) -> None:
    steps: list[str] = []
    X, y = test
    asked: dict[str, Any] = {"level": 0.95, "sensitive": ["age"]}
    found = judging.evaluate(stored, "credit-risk", (X, y), **asked, progress=steps.append)
    assert found.metrics == judging.evaluate(stored, "credit-risk", (X, y), **asked).metrics
    assert steps[:3] == ["read the rows", "load the model", "ask the model"]
    assert steps[-4:] == [
        "search for weak slices",
        "compare the groups of age, 1 of 1",
        "measure how long the model takes to answer",
        "look for training rows among them",
    ]


def test_the_steps_of_a_comparison_are_told(stored: Project, worse: Any, train: Data) -> None:
    stored.register(worse, name="credit-risk", train=train)
    steps: list[str] = []
    judging.compare(stored, "credit-risk@1", "credit-risk@2", metric=None, progress=steps.append)
    assert steps[:3] == ["read the rows", "load both models", "ask credit-risk@1, 1 of 2"]


def test_so_are_those_of_the_gates(stored: Project) -> None:
    steps: list[str] = []
    judging.promote(stored, "credit-risk", why="", limits={"latency_ms": 500}, progress=steps.append)
    assert "measure how long the model takes to answer" in steps
