"""Versions on a real MLflow tracking server: they load there, are there once, and nothing half of them ever is."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import ipymlops
from ipymlops.apps import cli
from ipymlops.errors import BadInput, Conflict, IntegrityError, ServerError
from ipymlops.project import Project
from ipymlops.registry.mlflow.server import Refused, Server
from ipymlops.registry.mlflow.tracking import Tracking

pytestmark = [pytest.mark.peer, pytest.mark.timeout(600)]

PREDICT = """
import json, sys
import mlflow, numpy as np, pandas as pd
uri, table = sys.argv[1:]
model = mlflow.pyfunc.load_model(uri)
print(json.dumps(np.asarray(model.predict(pd.read_parquet(table))).tolist()))
"""


@pytest.fixture
def registered(project: Project, model: Any, train: Any, test: Any, line: str) -> Project:
    project.register(model, name=line, train=train, test=test)
    return project


def predicted(python: str, server: str, uri: str, rows: pd.DataFrame, folder: Path) -> list[Any]:
    """What MLflow itself answers, in a process of its own."""
    table = folder / "rows.parquet"
    rows.to_parquet(table)
    environment = {**os.environ, "PYTHONPATH": str(Path(ipymlops.__file__).parents[1]), "MLFLOW_TRACKING_URI": server}
    run = subprocess.run(
        [python, "-c", PREDICT, uri, str(table)],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    answers: list[Any] = json.loads(run.stdout.strip().splitlines()[-1])
    return answers


def test_a_pushed_version_is_loaded_by_mlflow_and_answers_alike(
    registered: Project, model: Any, test: Any, line: str, mlflow_python: str, mlflow_server: str, tmp_path: Path
) -> None:
    done = registered.push(line, to=mlflow_server, why="for the other team")
    assert (done.name, done.number, done.new, done.server) == (line, 1, True, mlflow_server)
    answers = predicted(mlflow_python, mlflow_server, f"models:/{line}/1", test[0], tmp_path)
    assert answers == model.predict(test[0]).tolist()


def test_what_the_server_knows_of_it(registered: Project, line: str, tracking: Tracking) -> None:
    done = registered.push(line, to=tracking.url)
    version = registered.registry.resolve(line)
    (remote,) = tracking.versions(line)
    assert remote.tags["ipymlops.bundle"] == version.manifest
    assert remote.tags["ipymlops.ref"] == f"{line}@1"
    assert remote.tags["ipymlops.version"] == ipymlops.__version__
    assert remote.run_id == done.run_id
    run = tracking.server.ask("runs/get", run_id=done.run_id)["run"]
    assert run["info"]["status"] == "FINISHED"
    parameters = {p["key"]: p["value"] for p in run["data"]["params"]}
    assert (parameters["C"], parameters["ipymlops.estimator"]) == ("1.0", "LogisticRegression")
    metrics = {m["key"]: m["value"] for m in run["data"]["metrics"]}
    (auc,) = [m for m in version.facts["metrics"] if m["name"] == "roc_auc"]
    assert [metrics["roc_auc"], metrics["roc_auc_low"]] == pytest.approx([auc["value"], auc["low"]])


def test_the_same_bundle_is_there_once(registered: Project, line: str, tracking: Tracking) -> None:
    first, second = (registered.push(line, to=tracking.url) for _ in range(2))
    assert (first.new, second.new) == (True, False)
    assert (first.number, first.run_id) == (second.number, second.run_id)
    assert len(tracking.versions(line)) == 1
    told = [e.evidence["mlflow"] for e in registered.registry.events(line) if e.kind == "push"]
    assert [t["new"] for t in told] == [True, False]
    assert told[0]["manifest"] == registered.registry.resolve(line).manifest


def test_the_champion_is_the_champion_there(registered: Project, line: str, tracking: Tracking) -> None:
    assert registered.push(line, to=tracking.url).aliases == ()
    assert registered.promote(line).promoted
    assert registered.push(line, to=tracking.url).aliases == ("champion",)
    found = tracking.model(line)
    assert found is not None
    assert found.aliases == {"champion": 1}
    assert registered.push(line, to=tracking.url).aliases == ()  # it points there already
    assert registered.push(line, to=tracking.url, aliases=["staging"]).aliases == ("staging",)


@pytest.mark.parametrize("alias", ["latest", "v3", "7", "a b"])
def test_an_alias_that_mlflow_reads_otherwise(registered: Project, line: str, tracking: Tracking, alias: str) -> None:
    with pytest.raises(BadInput, match="Found the"):
        registered.push(line, to=tracking.url, aliases=[alias])
    assert tracking.model(line) is None


def test_a_name_that_others_took(registered: Project, line: str, tracking: Tracking) -> None:
    tracking.create_model(line, {})
    with pytest.raises(Conflict, match=f"was not pushed from here.*or into it: --as {line}"):
        registered.push(line, to=tracking.url)
    assert registered.push(line, to=tracking.url, name=line).number == 1


def test_a_name_that_another_line_took(
    registered: Project, line: str, tracking: Tracking, model: Any, test: Any
) -> None:
    registered.push(line, to=tracking.url)
    registered.register(model, name="other", test=test)
    with pytest.raises(Conflict, match=f"holds versions of '{line}'.*--as NAME"):
        registered.push("other", to=tracking.url, name=line)
    assert len(tracking.versions(line)) == 1


def test_a_version_that_only_says_that_it_is_this_one(registered: Project, line: str, tracking: Tracking) -> None:
    done = registered.push(line, to=tracking.url)
    path = f"{tracking.path_of(tracking.location(tracking.versions(line)[0]))}/bundle.json"
    tracking.server.put(path, b"{}")
    with pytest.raises(Conflict, match=f"{line}/{done.number} on .* says that it is {line}@1, and holds other files"):
        registered.push(line, to=tracking.url)


def runs_of(tracking: Tracking, line: str) -> list[dict[str, Any]]:
    """All runs of the line's experiment that were not taken away."""
    experiment = tracking.experiment(line)
    found: list[dict[str, Any]] = tracking.server.tell("runs/search", {"experiment_ids": [experiment]}).get("runs", [])
    return found


def failing(monkeypatch: pytest.MonkeyPatch, method: str, error: BaseException, on: str = "") -> None:
    """The server's ``method`` raises where a path holds ``on``."""
    real: Callable[..., Any] = getattr(Server, method)

    def fails(self: Server, path: str, *rest: Any, **more: Any) -> Any:
        if on in path:
            raise error
        return real(self, path, *rest, **more)

    monkeypatch.setattr(Server, method, fails)


@pytest.mark.parametrize(
    ("method", "on", "error"),
    [
        ("put", "model.skops", ServerError("away")),
        ("put", "bundle.json", KeyboardInterrupt()),
        ("get", "schema.json", ServerError("away")),
        ("tell", "runs/log-batch", ServerError("away")),
        ("tell", "registered-models/create", ServerError("away")),
        ("tell", "model-versions/create", ServerError("away")),
    ],
)
def test_nothing_half_pushed_stays(
    registered: Project, line: str, tracking: Tracking, monkeypatch: pytest.MonkeyPatch, method: str, on: str,
    error: BaseException,
) -> None:  # fmt: skip
    with monkeypatch.context() as patched:
        failing(patched, method, error, on)
        with pytest.raises(type(error)):
            registered.push(line, to=tracking.url)
    assert tracking.model(line) is None
    assert runs_of(tracking, line) == []
    assert [e for e in registered.registry.events(line) if e.kind == "push"] == []
    assert registered.push(line, to=tracking.url).number == 1


@pytest.mark.parametrize("lost", [True, False], ids=["the reply is lost", "it fails"])
@pytest.mark.parametrize("known", [True, False], ids=["model known", "model new"])
def test_a_version_that_the_server_made_is_taken_back(
    registered: Project, line: str, tracking: Tracking, monkeypatch: pytest.MonkeyPatch, lost: bool, known: bool
) -> None:
    if known:
        tracking.create_model(line, {"ipymlops.model": line})
    real = Server.tell

    def tell(self: Server, path: str, *rest: Any, **more: Any) -> Any:
        answer = real(self, path, *rest, **more)
        if path == "model-versions/create":
            if lost:
                raise ServerError("away")
            answer["model_version"]["status"] = "FAILED_REGISTRATION"
        return answer

    with monkeypatch.context() as patched:
        patched.setattr(Server, "tell", tell)
        with pytest.raises(ServerError):
            registered.push(line, to=tracking.url)
    assert tracking.versions(line) == ()
    assert runs_of(tracking, line) == []
    assert registered.push(line, to=tracking.url).new


def test_files_that_come_back_otherwise_are_no_version(
    registered: Project, line: str, tracking: Tracking, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Server.get
    monkeypatch.setattr(Server, "get", lambda self, path, most: real(self, path, most)[::-1])
    with pytest.raises(IntegrityError, match=r"gives other bytes for .* than it was sent"):
        registered.push(line, to=tracking.url)
    assert tracking.model(line) is None


def test_a_run_that_cannot_be_taken_away_is_named(
    registered: Project, line: str, tracking: Tracking, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, "put", ServerError("away"), "model.skops")
    failing(monkeypatch, "tell", Refused("no", 500, ""), "runs/delete")
    with pytest.raises(ServerError, match=r"away; run [0-9a-f]{32} stays there\."):
        registered.push(line, to=tracking.url)


def test_a_version_without_a_schema(project: Project, model: Any, line: str, tracking: Tracking) -> None:
    project.register(model, name=line)
    with pytest.raises(BadInput, match=r"has no schema, so MLflow could not load it.*--test X_test y_test"):
        project.push(line, to=tracking.url)
    assert tracking.model(line) is None


def test_long_parameters_and_many_of_them(
    project: Project, test: Any, train: Any, line: str, tracking: Tracking
) -> None:
    from sklearn.compose import ColumnTransformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    steps = [(f"scale{i}", StandardScaler(), ["income"]) for i in range(40)]
    model = make_pipeline(ColumnTransformer(steps), LogisticRegression(class_weight={0: 1, 1: 2})).fit(*train)
    project.register(model, name=line, test=test)
    done = project.push(line, to=tracking.url)
    parameters = tracking.server.ask("runs/get", run_id=done.run_id)["run"]["data"]["params"]
    assert len(parameters) > 120
    assert max(len(p["value"]) for p in parameters) <= 500


def test_on_the_command_line(
    registered: Project,
    line: str,
    mlflow_server: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", mlflow_server)
    where = ["--project", str(registered.root.parent)]
    assert cli.main(["push", f"{line}@1", "-m", "shared", *where]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert f"{line}@1 is {line}/1 on {mlflow_server.removeprefix('http://')}" in said
    assert f'mlflow.pyfunc.load_model("models:/{line}/1")' in said
    assert cli.main(["push", line, "--json", *where]) == 0
    record = json.loads(capsys.readouterr().out)
    assert (record["kind"], record["new"], record["number"]) == ("push", False, 1)
    assert cli.main(["push", line, "--to", "http://127.0.0.1:1", *where]) == 2
    assert "does not answer" in capsys.readouterr().err
