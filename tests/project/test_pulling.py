"""Registered models of a real MLflow tracking server as versions here: bundles come back as they were, models that
MLflow wrote are audited, and what is not what it says leaves nothing behind."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from ipymlops.apps import cli
from ipymlops.errors import BadInput, IntegrityError, MlopsError, UnknownName, UnsafeModel
from ipymlops.project import Project
from ipymlops.project.pulling import parse
from ipymlops.registry.bundle import MANIFEST, pack
from ipymlops.registry.mlflow.tracking import Tracking
from ipymlops.storage.blobs import digest

pytestmark = [pytest.mark.peer, pytest.mark.timeout(600)]

LOG = """
import sys
import mlflow, pandas as pd
from mlflow.models import infer_signature
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from sklearn.pipeline import make_pipeline
name, table, form = sys.argv[1:]
data = pd.read_parquet(table)
X, y = data.drop(columns="defaulted"), data["defaulted"]
model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y)
with mlflow.start_run():
    mlflow.sklearn.log_model(
        model, name="model", registered_model_name=name, serialization_format=form,
        signature=infer_signature(X, model.predict(X)), pip_requirements=["scikit-learn"],
    )
mlflow.MlflowClient().set_registered_model_alias(name, "best", 1)
"""


@pytest.fixture
def there(tmp_path: Path) -> Project:
    """The project that pulls: another one than the one that pushed."""
    return Project.at(tmp_path / "there")


@pytest.fixture
def pushed(project: Project, model: Any, train: Any, test: Any, line: str, tracking: Tracking) -> Project:
    project.register(model, name=line, train=train, test=test, risk="medium")
    project.push(line, to=tracking.url)
    return project


def nothing_of(project: Project, line: str) -> bool:
    """Whether neither a version nor a file was stored."""
    return line not in project.registry.names() and list(project.blobs.names()) == []


def logged(tracking: Tracking, name: str, files: Mapping[str, bytes], tags: Mapping[str, str] | None = None) -> None:
    """A registered model with these very files, as any client may make one."""
    run = tracking.begin_run(tracking.experiment(name), "by hand", "eve", {})
    for file, data in files.items():
        tracking.server.put(f"{tracking.path_of(run.root)}/model/{file}", data)
    if tracking.model(name) is None:
        tracking.create_model(name, {})
    tracking.create_version(name, run, f"{run.root}/model", tags or {}, "")


def bundle_files(project: Project, ref: str) -> dict[str, bytes]:
    version = project.registry.resolve(ref)
    bundle = project.bundle(version)
    return {name: bundle.read(name) for name in bundle.names} | {MANIFEST: project.blobs.get(version.manifest)}


def resealed(files: Mapping[str, bytes], **changed: bytes) -> dict[str, bytes]:
    """The bundle with other files in it and a manifest that agrees. ``__`` in a name stands for its dot."""
    facts = {k: v for k, v in json.loads(files[MANIFEST]).items() if k not in ("files", "format")}
    new = {n: d for n, d in files.items() if n != MANIFEST} | {n.replace("__", "."): d for n, d in changed.items()}
    return {**new, MANIFEST: pack(new, facts)}


# --- bundles ---------------------------------------------------------------------------------------------------


def test_a_bundle_comes_back_byte_for_byte(
    pushed: Project, there: Project, line: str, tracking: Tracking, model: Any, test: Any
) -> None:
    done = there.pull(line, server=tracking.url, why="from the other team")
    before, now = pushed.registry.resolve(line), there.registry.resolve(line)
    assert (done.new, done.flavor, done.number, done.version.ref) == (True, "ipymlops", 1, f"{line}@1")
    assert now.manifest == before.manifest
    assert bundle_files(there, line) == bundle_files(pushed, line)
    assert there.load(line).predict(test[0]).tolist() == model.predict(test[0]).tolist()
    unlike = {"metrics": [], "primary": None, "warnings": [], "inferred": []}
    assert {k: now.facts[k] for k in before.facts} == before.facts | unlike
    assert now.facts["measured"] == "elsewhere"
    assert there.fsck().sound


def test_where_it_came_from_is_kept(pushed: Project, there: Project, line: str, tracking: Tracking) -> None:
    run_id = tracking.versions(line)[0].run_id
    url = tracking.url.replace("http://", "http://ada:secret@")
    there.pull(line, server=url, why="from the other team")
    version = there.registry.resolve(line)
    (event,) = there.registry.events(line)
    origin = event.evidence["mlflow"]
    assert (event.kind, event.who, event.why) == ("register", "ada", "from the other team")
    assert (origin["server"], origin["name"], origin["version"], origin["run_id"]) == (tracking.url, line, 1, run_id)
    assert origin["files"] == {MANIFEST: version.manifest}
    assert version.facts["pulled_from"] == f"{tracking.url}, {line}/1"
    assert "secret" not in json.dumps([dict(event.evidence), dict(version.facts)])


def test_the_same_bundle_is_one_version(pushed: Project, there: Project, line: str, tracking: Tracking) -> None:
    first, second = (there.pull(f"models:/{line}/1", server=tracking.url) for _ in range(2))
    assert (first.new, second.new) == (True, False)
    assert first.version.number == second.version.number
    assert len(there.registry.versions(line)) == 1
    assert pushed.pull(line, server=tracking.url).new is False  # where it came from, it is there already


def test_the_champion_does_not_come_along(pushed: Project, there: Project, line: str, tracking: Tracking) -> None:
    assert pushed.promote(line).promoted
    pushed.push(line, to=tracking.url)
    there.pull(f"{line}@champion", server=tracking.url, name="credit-eu")
    assert there.registry.aliases("credit-eu") == {}
    refused = there.promote("credit-eu")
    assert not refused.promoted
    assert {gate.outcome for gate in refused.gates} == {"not applicable"}


def test_a_risk_is_raised_and_never_lowered(pushed: Project, there: Project, line: str, tracking: Tracking) -> None:
    assert there.pull(line, server=tracking.url, name="a", risk="high").version.facts["risk"] == "high"
    assert there.pull(line, server=tracking.url, name="b", risk="low").version.facts["risk"] == "medium"


@pytest.mark.parametrize("name", ["model.skops", "schema.json", MANIFEST])
def test_a_file_that_was_changed(pushed: Project, there: Project, line: str, tracking: Tracking, name: str) -> None:
    path = f"{tracking.path_of(tracking.location(tracking.versions(line)[0]))}/{name}"
    data = bytearray(tracking.server.get(path, 10**8))
    data[len(data) // 2] ^= 1
    tracking.server.put(path, bytes(data))
    with pytest.raises(IntegrityError, match=f"{name} of {line}/1 on .* is not the file that was pushed"):
        there.pull(line, server=tracking.url)
    assert nothing_of(there, line)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda m: m["files"].update({"../../evil.py": {"sha256": "0" * 64, "size": 1}}), "outside of the bundle"),
        (lambda m: m["files"].update({"big.bin": {"sha256": "0" * 64, "size": 2**60}}), "bytes. Expected: at most"),
        (lambda m: m["files"].update({"none.bin": {"sha256": "0" * 64, "size": 1}}), "none.bin"),
        (lambda m: m.update(risk="none at all"), "No risk tier is called"),
        (lambda m: m.update(estimator=["x"]), "does not (say|hold) what it should"),
        (lambda m: m.update(format=99), "of format 99"),
        (lambda m: m["serializer"].update(code=[{"module": "evil"}]), "brings code of its own.*--code"),
    ],
)
def test_a_hostile_manifest(
    pushed: Project, there: Project, line: str, tracking: Tracking, change: Callable[[Any], None], error: str
) -> None:
    files = bundle_files(pushed, line)
    manifest = json.loads(files[MANIFEST])
    change(manifest)
    name = f"{line}-hostile"
    logged(tracking, name, {**files, MANIFEST: json.dumps(manifest).encode()})
    with pytest.raises(MlopsError, match=error) as refused:
        there.pull(name, server=tracking.url)
    assert "\n" not in str(refused.value)
    assert nothing_of(there, name)


def test_forged_figures_move_no_champion(
    pushed: Project, there: Project, line: str, tracking: Tracking, worse: Any, test: Any
) -> None:
    """The mask leaves only easy rows, the figures agree with nothing: gates read none of it."""
    files = bundle_files(pushed, line)
    record, seen = json.loads(files["metrics.json"]), json.loads(files["benchmark_seen.json"])
    for metric in record["metrics"]:
        metric |= {"value": 0.999, "low": 0.99, "high": 1.0, "n_rows": 10**6}
    seen |= {"frozen": True, "seen": list(range(700)), "coincidence": 1.0}
    forged = resealed(files, metrics__json=json.dumps(record).encode(), benchmark_seen__json=json.dumps(seen).encode())
    logged(tracking, f"{line}-forged", forged)
    there.pull(f"{line}-forged", server=tracking.url, name=line)
    refused = there.promote(line)
    assert not refused.promoted
    assert f"measured elsewhere; pull {line}-forged/1 --as {line} with --test" in refused.gates[0].evidence
    page = str(there.show(line).version.facts)
    assert "0.999" not in page
    own = there.register(worse, name=line, test=test)  # the rows that came along are nobody's benchmark
    assert json.loads(there.bundle(own.version).read("benchmark_seen.json"))["frozen"] is False
    assert json.loads(there.bundle(own.version).read("benchmark_seen.json"))["coincidence"] == 0.0


def test_a_bundle_is_measured_here_on_test_data(
    pushed: Project, there: Project, line: str, tracking: Tracking, test: Any
) -> None:
    there.pull(line, server=tracking.url)
    done = there.pull(line, server=tracking.url, test=test)
    assert (done.new, done.number, done.version.number) == (True, 1, 2)
    assert done.evaluation is not None
    assert done.evaluation.n_rows == len(test[1])
    bundle = there.bundle(done.version)
    assert bundle.manifest["mlflow"]["files"] == {MANIFEST: pushed.registry.resolve(line).manifest}
    assert not done.version.measured_elsewhere
    assert there.promote(f"{line}@2").promoted


def test_the_model_is_not_constructed_without_test_data(
    pushed: Project, there: Project, line: str, tracking: Tracking, test: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def constructed(*_: Any, **_said: Any) -> Any:
        raise AssertionError("constructed")

    monkeypatch.setattr("ipymlops.registry.serializers.load", constructed)
    assert there.pull(line, server=tracking.url).new
    with pytest.raises(AssertionError, match="constructed"):
        Project.at(there.root.parent.parent / "free").pull(line, server=tracking.url, test=test)


def test_a_bundle_with_code_is_taken_where_somebody_says_so(
    pushed: Project, there: Project, line: str, tracking: Tracking
) -> None:
    files = bundle_files(pushed, line)
    facts = {k: v for k, v in json.loads(files[MANIFEST]).items() if k not in ("files", "format")}
    facts["serializer"]["code"] = [{"module": "evil"}]
    kept = {n: d for n, d in files.items() if n != MANIFEST}
    logged(tracking, f"{line}-code", {**kept, MANIFEST: pack(kept, facts)})
    with pytest.raises(UnsafeModel, match=r"brings code of its own.*say --code"):
        there.pull(f"{line}-code", server=tracking.url)
    assert there.pull(f"{line}-code", server=tracking.url, code=True).new


def test_where_signatures_are_demanded_somebody_signs_before_it_is_constructed(
    pushed: Project, there: Project, line: str, tracking: Tracking, test: Any, key_pair: Any, tmp_path: Path
) -> None:
    private, public = key_pair("team")
    there.root.parent.mkdir()
    settings = f'[signing]\ntrusted = ["{public}"]\nrequired = true\n'
    there.root.parent.joinpath("mlops.toml").write_text(settings)
    demanding = Project.at(there.root.parent)
    with pytest.raises(IntegrityError, match="pull it without --test, sign that version"):
        demanding.pull(line, server=tracking.url, test=test)
    done = demanding.pull(line, server=tracking.url)
    assert any("cannot be loaded yet" in w for w in done.warnings)
    with pytest.raises(IntegrityError, match=f"{line}@1 is not signed"):
        demanding.pull(line, server=tracking.url, test=test)
    demanding.sign(f"{line}@1", private)
    assert demanding.pull(line, server=tracking.url, test=test).version.number == 2


def test_no_signature_is_added_to_what_was_pulled(
    pushed: Project, there: Project, line: str, tracking: Tracking, test: Any, key_pair: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("IPYMLOPS_SIGNING_KEY", str(key_pair("team")[0]))
    for number, given in enumerate((None, test), start=1):
        done = there.pull(line, server=tracking.url, test=given)
        assert f"Not signed: sign {line}@{number} if you trust where it comes from" in done.warnings
    assert {e.kind for e in there.registry.events(line)} == {"register"}


def test_a_tag_of_another_bundle(pushed: Project, there: Project, line: str, tracking: Tracking) -> None:
    logged(tracking, f"{line}-tag", bundle_files(pushed, line), {"ipymlops.bundle": digest(b"another")})
    with pytest.raises(IntegrityError, match=r"bundle.json of .* is not the file that was pushed"):
        there.pull(f"{line}-tag", server=tracking.url)


# --- models that MLflow wrote ----------------------------------------------------------------------------------


def log(python: str, server: str, name: str, form: str, data: tuple[pd.DataFrame, pd.Series], folder: Path) -> None:
    """Let the real MLflow train, log and register a model."""
    table = folder / "train.parquet"
    data[0].assign(defaulted=data[1]).to_parquet(table)
    environment = {**os.environ, "MLFLOW_TRACKING_URI": server}
    run = subprocess.run(
        [python, "-c", LOG, name, str(table), form],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert run.returncode == 0, run.stderr[-3000:]


def test_a_model_of_mlflow_in_skops(
    there: Project, line: str, tracking: Tracking, mlflow_python: str, train: Any, test: Any, tmp_path: Path
) -> None:
    log(mlflow_python, tracking.url, line, "skops", train, tmp_path)
    labelled = test[0][["age", "income"]].assign(channel="web", defaulted=test[1])
    done = there.pull(f"{line}@best", server=tracking.url, test=(labelled, "defaulted"), why="theirs")
    assert (done.flavor, done.new, done.evaluation is not None) == ("sklearn", True, True)
    version, bundle = there.registry.resolve(line), there.bundle(there.registry.resolve(line))
    assert bundle.schema().names == ("income", "age")
    accuracy = np.mean(there.load(line).predict(test[0]) == test[1])
    assert there.evaluate(line).metric("accuracy").value == pytest.approx(accuracy)
    origin = bundle.manifest["mlflow"]
    assert set(origin["files"]) == {"MLmodel", "model.skops"}
    assert origin["run_id"] == tracking.versions(line)[0].run_id
    assert "git" not in bundle.manifest
    assert "environment.json" not in bundle
    assert f"Pulled from MLflow: {line}/1" in bundle.text("README.md")
    assert version.facts["pulled_from"] == f"{tracking.url}, {line}/1"
    assert there.promote(line).promoted


def test_without_test_data_gates_are_not_applicable(
    there: Project, line: str, tracking: Tracking, mlflow_python: str, train: Any, tmp_path: Path
) -> None:
    log(mlflow_python, tracking.url, line, "skops", train, tmp_path)
    done = there.pull(line, server=tracking.url)
    assert done.evaluation is None
    refused = there.promote(line)
    assert not refused.promoted
    assert {gate.outcome for gate in refused.gates} == {"not applicable"}


@pytest.mark.parametrize("form", ["cloudpickle", "pickle"])
def test_a_pickle_is_refused(
    there: Project, line: str, tracking: Tracking, mlflow_python: str, train: Any, tmp_path: Path, form: str
) -> None:
    log(mlflow_python, tracking.url, line, form, train, tmp_path)
    with pytest.raises(
        UnsafeModel, match=f'{line}/1 on .* is stored as {form}.*serialization_format="skops"'
    ) as refused:
        there.pull(line, server=tracking.url)
    assert refused.value.exit_code == 2
    assert nothing_of(there, line)


class Evil:
    """Makes a file where it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return Path.touch, (self.path,)


def mlmodel(**flavors: Any) -> bytes:
    return yaml.safe_dump({"flavors": flavors}).encode()


SKLEARN = {"pickled_model": "model.skops", "serialization_format": "skops", "sklearn_version": "1.9.1"}


def test_a_pickle_that_says_it_is_skops(there: Project, line: str, tracking: Tracking, tmp_path: Path) -> None:
    files = {"MLmodel": mlmodel(sklearn=SKLEARN), "model.skops": pickle.dumps(Evil(tmp_path / "evil"))}
    logged(tracking, line, files)
    with pytest.raises(MlopsError, match="not a whole skops file"):
        there.pull(line, server=tracking.url)
    assert not (tmp_path / "evil").exists()
    assert nothing_of(there, line)


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"MLmodel": mlmodel(sklearn={**SKLEARN, "pickled_model": "../../../etc/passwd"})}, "names the file"),
        ({"MLmodel": mlmodel(sklearn={**SKLEARN, "pickled_model": "missing.skops"})}, "answered (404|500)"),
        ({"MLmodel": mlmodel(sklearn={"pickled_model": "model.pkl"})}, "stored as unknown format"),
        ({"MLmodel": mlmodel(tensorflow={}, python_function={})}, "of the flavors python_function, tensorflow"),
        ({"MLmodel": mlmodel(xgboost={"data": "m.json", "model_format": "json"})}, 'model_format="ubj"'),
        ({"MLmodel": mlmodel(lightgbm={"model_class": "lightgbm.basic.Booster"})}, "a Booster of LightGBM"),
        ({"MLmodel": b"a: &a [1]\nb: *a\n"}, "refers to another"),
        ({"MLmodel": b"- 1"}, "is no mapping"),
        ({"MLmodel": b"{"}, "cannot be read"),
        ({"MLmodel": b"\xff"}, "cannot be read"),
        ({"MLmodel": b"!!python/object/apply:os.system ['true']"}, "cannot be read"),
        ({"other.txt": b"x"}, "holds no MLmodel"),
    ],
)
def test_what_is_no_model_that_is_read(
    there: Project, line: str, tracking: Tracking, files: dict[str, bytes], words: str
) -> None:
    logged(tracking, line, files)
    with pytest.raises(MlopsError, match=words) as refused:
        there.pull(line, server=tracking.url)
    assert "\n" not in str(refused.value)
    assert nothing_of(there, line)


def test_a_model_of_xgboost(there: Project, line: str, tracking: Tracking, train: Any, test: Any) -> None:
    xgboost = pytest.importorskip("xgboost")
    model = xgboost.XGBClassifier(n_estimators=5, max_depth=2).fit(*train)
    facts = {"data": "model.ubj", "model_format": "ubj", "model_class": "xgboost.sklearn.XGBClassifier",
             "xgb_version": xgboost.__version__}  # fmt: skip
    raw = bytes(model.get_booster().save_raw("ubj"))
    logged(tracking, line, {"MLmodel": mlmodel(xgboost=facts), "model.ubj": raw})
    done = there.pull(line, server=tracking.url, test=test)
    assert (done.flavor, done.version.facts["estimator"]) == ("xgboost", "XGBClassifier")
    found, wanted = (m.predict_proba(test[0]) for m in (there.load(line), model))
    assert np.array_equal(found, wanted)


def test_a_model_of_xgboost_whose_trees_go_round(there: Project, line: str, tracking: Tracking, train: Any) -> None:
    xgboost = pytest.importorskip("xgboost")
    model = xgboost.XGBClassifier(n_estimators=1, max_depth=2).fit(*train)
    raw = bytes(model.get_booster().save_raw("ubj"))
    at = raw.index(b"left_children") + len(b"left_children")
    assert raw[at : at + 5] == b"[$l#L"  # numbers of four bytes, after their count in eight
    first = at + 13
    hostile = raw[:first] + bytes(4) + raw[first + 4 :]  # the root is its own child
    assert hostile != raw
    facts = {"data": "model.ubj", "model_format": "ubj", "model_class": "xgboost.sklearn.XGBClassifier",
             "xgb_version": xgboost.__version__}  # fmt: skip
    logged(tracking, line, {"MLmodel": mlmodel(xgboost=facts), "model.ubj": hostile})
    with pytest.raises(UnsafeModel, match="The XGBoost model could not be read"):
        there.pull(line, server=tracking.url)


@pytest.mark.parametrize("name", ["xgboost.core.Booster", "os.system", "xgboost.sklearn.XGBModel"])
def test_a_class_of_xgboost_that_is_not_made(there: Project, line: str, tracking: Tracking, name: str) -> None:
    facts = {"data": "model.ubj", "model_format": "ubj", "model_class": name, "xgb_version": "3.2.0"}
    logged(tracking, line, {"MLmodel": mlmodel(xgboost=facts), "model.ubj": b"{}"})
    with pytest.raises(BadInput, match=f"of the class '{name}'"):
        there.pull(line, server=tracking.url)


def test_a_model_of_lightgbm(there: Project, line: str, tracking: Tracking, train: Any, test: Any) -> None:
    import skops.io

    lightgbm = pytest.importorskip("lightgbm")
    model = lightgbm.LGBMClassifier(n_estimators=5, verbose=-1).fit(*train)
    facts = {"data": "model.skops", "serialization_format": "skops", "lgb_version": lightgbm.__version__,
             "model_class": "lightgbm.sklearn.LGBMClassifier"}  # fmt: skip
    logged(tracking, line, {"MLmodel": mlmodel(lightgbm=facts), "model.skops": skops.io.dumps(model)})
    done = there.pull(line, server=tracking.url, test=test)
    assert (done.flavor, done.version.facts["estimator"]) == ("lightgbm", "LGBMClassifier")
    assert np.array_equal(there.load(line).predict(test[0]), model.predict(test[0]))


def test_a_column_that_the_test_data_lacks(
    there: Project, line: str, tracking: Tracking, model: Any, test: Any
) -> None:
    import skops.io

    logged(tracking, line, {"MLmodel": mlmodel(sklearn=SKLEARN), "model.skops": skops.io.dumps(model)})
    with pytest.raises(UnknownName, match="No column of the test data is called 'income'"):
        there.pull(line, server=tracking.url, test=(test[0][["age"]], test[1]))
    assert nothing_of(there, line)


# --- what is asked for -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ref", "found"),
    [
        ("churn", ("churn", None)),
        ("churn@champion", ("churn", "champion")),
        ("churn/3", ("churn", "3")),
        ("models:/churn/3", ("churn", "3")),
        ("models:/churn@best", ("churn", "best")),
        ("churn@3", ("churn", "3")),
    ],
)
def test_how_a_version_is_named(ref: str, found: tuple[str, str | None]) -> None:
    assert parse(ref) == found


@pytest.mark.parametrize("ref", ["", "churn@", "churn/", "churn/latest", "a/b/3", "models:/", "@champion", "churn@a/b"])
def test_what_names_no_version(ref: str) -> None:
    with pytest.raises(BadInput, match="NAME, NAME@ALIAS or NAME/VERSION"):
        parse(ref)


def test_what_is_not_there(there: Project, line: str, tracking: Tracking) -> None:
    with pytest.raises(UnknownName, match=f"has no registered model '{line}'"):
        there.pull(line, server=tracking.url)
    tracking.create_model(line, {})
    with pytest.raises(BadInput, match="has no versions"):
        there.pull(line, server=tracking.url)
    logged(tracking, line, {"x": b"x"})
    with pytest.raises(UnknownName, match=r"has no version 7 on .*a number up to 1"):
        there.pull(f"{line}/7", server=tracking.url)
    with pytest.raises(UnknownName, match="alias"):
        there.pull(f"{line}@best", server=tracking.url)


def test_a_name_that_no_line_may_have(there: Project, tracking: Tracking) -> None:
    with pytest.raises(BadInput, match="name the line here: --as MODEL"):
        there.pull("my model", server=tracking.url)


def test_on_the_command_line(
    pushed: Project, there: Project, line: str, tracking: Tracking, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--from", tracking.url, "--as", "credit-eu", "--project", str(there.root.parent)]
    there.root.parent.mkdir()
    assert cli.main(["pull", f"{line}@1", "-m", "theirs", *where]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert f"Registered credit-eu@1 from {line}/1 of {tracking.url.removeprefix('http://')}" in said
    assert cli.main(["pull", line, "--json", *where]) == 0
    assert json.loads(capsys.readouterr().out)["new"] is False
    assert cli.main(["pull", "nobody", *where]) == 2
    assert "has no registered model 'nobody'" in capsys.readouterr().err
