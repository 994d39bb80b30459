"""The real MLflow loads our bundle. It lives in an environment of its own, named by IPYMLOPS_MLFLOW_PYTHON:
a Python in which mlflow and the dependencies of ipymlops are installed (ipymlops itself is put on its path)."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

import ipymlops
from ipymlops.frames import as_table
from ipymlops.registry import serializers
from ipymlops.registry.bundle import Bundle, pack
from ipymlops.registry.code import Code
from ipymlops.registry.code import load as load_code
from ipymlops.registry.mlmodel import mlmodel, python_env, requirements_txt
from ipymlops.registry.schema import Schema
from ipymlops.storage.blobs import Blobs

PYTHON = os.environ.get("IPYMLOPS_MLFLOW_PYTHON", "")

pytestmark = [
    pytest.mark.peer,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not PYTHON, reason="IPYMLOPS_MLFLOW_PYTHON names no Python with mlflow in it"),
]

LOAD = """
import json, sys
import mlflow.pyfunc, numpy as np, pandas as pd
folder, table, kind = sys.argv[1:]
model = mlflow.pyfunc.load_model(folder)
data = pd.read_parquet(table)
given = data.to_numpy() if kind == "numpy" else data
answers = [str(a) for a in np.asarray(model.predict(given)).tolist()]
try:
    model.predict(given[:, 1:] if kind == "numpy" else data.drop(columns=data.columns[0]))
    refused = ""
except Exception as error:
    refused = f"{type(error).__module__}.{type(error).__name__}: {error}"
turned = given if kind == "numpy" else data[data.columns[::-1]]
reordered = [str(a) for a in np.asarray(model.predict(turned)).tolist()]
print(json.dumps({"answers": answers, "reordered": reordered, "refused": refused,
                  "inputs": len(model.metadata.get_input_schema().inputs)}))
"""


def applications(rows: int = 60) -> pd.DataFrame:
    random = np.random.default_rng(1)
    return pd.DataFrame(
        {
            "income": np.where(random.random(rows) < 0.1, np.nan, random.normal(3000, 500, rows)),
            "children": random.integers(0, 4, rows),
            "home": random.choice(["rent", "own", "other"], rows),
            "insured": random.random(rows) < 0.5,
        }
    )


def write_bundle(model: Any, data: Any, schema: Schema, folder: Path, codes: tuple[Code, ...] = ()) -> None:
    files, facts = serializers.dump(model, codes)
    files |= {
        "schema.json": schema.to_json(),
        "MLmodel": mlmodel(schema, python="3.11.7", estimator=facts["estimator"]),
        "python_env.yaml": python_env("3.11.7"),
        "requirements.txt": requirements_txt(["scikit-learn==1.9.1"]),
    }
    blobs = Blobs(folder.parent / "blobs")
    for content in files.values():
        blobs.put(content)
    Bundle.from_blobs(blobs, blobs.put(pack(files, facts))).extract(folder)


def environment() -> dict[str, str]:
    """With ipymlops on the path of the other Python."""
    paths = [str(Path(ipymlops.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in paths if p)}


def loaded_by_mlflow(folder: Path, table: Path, kind: str) -> dict[str, Any]:
    run = subprocess.run(
        [PYTHON, "-c", LOAD, str(folder), str(table), kind],
        env=environment(),
        cwd=folder.parent,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    answer: dict[str, Any] = json.loads(run.stdout.strip().splitlines()[-1])
    return answer


def test_a_pipeline_trained_on_a_mixed_table(tmp_path: Path) -> None:
    table = applications()
    y = np.where(table["income"].fillna(3000) > 3000, "bad", "good")
    encode = make_column_transformer((OneHotEncoder(handle_unknown="ignore"), ["home"]), remainder="passthrough")
    model = make_pipeline(encode, RandomForestClassifier(10, random_state=0)).fit(table, y)
    schema = Schema.of(as_table(table), task="binary", classes=model.classes_)
    write_bundle(model, table, schema, tmp_path / "bundle")
    table.to_parquet(tmp_path / "table.parquet")

    answer = loaded_by_mlflow(tmp_path / "bundle", tmp_path / "table.parquet", "pandas")

    assert answer["answers"] == [str(a) for a in model.predict(table)]
    assert answer["reordered"] == answer["answers"]
    assert answer["inputs"] == 4
    assert "MlflowException" in answer["refused"]
    assert "income" in answer["refused"]


def test_a_forest_trained_on_an_array(tmp_path: Path) -> None:
    X = np.random.default_rng(2).normal(size=(80, 3))
    model = RandomForestRegressor(10, random_state=0).fit(X, X[:, 0])
    schema = Schema.of(as_table(X), task="regression")
    write_bundle(model, X, schema, tmp_path / "bundle")
    pd.DataFrame(X, columns=["a", "b", "c"]).to_parquet(tmp_path / "table.parquet")

    answer = loaded_by_mlflow(tmp_path / "bundle", tmp_path / "table.parquet", "numpy")

    assert answer["answers"] == [str(a) for a in model.predict(X).tolist()]
    assert "MlflowException" in answer["refused"]


NOTEBOOK_CODE = """from sklearn.base import BaseEstimator, TransformerMixin


class Filler(BaseEstimator, TransformerMixin):
    def fit(self, X, y=None):
        self.medians_ = X.median()
        return self

    def transform(self, X):
        return X.fillna(self.medians_)
"""


def test_a_class_of_the_notebook_that_keeps_a_column(tmp_path: Path) -> None:
    code = Code(NOTEBOOK_CODE, ("Filler",))
    table = applications()[["income", "children"]].assign(children=lambda t: t["children"].astype(float))
    y = (table["children"] > 1).astype(int)
    model = make_pipeline(load_code(code).Filler(), RandomForestClassifier(10, random_state=0)).fit(table, y)
    schema = Schema.of(as_table(table), task="binary", classes=model.classes_)
    write_bundle(model, table, schema, tmp_path / "bundle", (code,))
    table.to_parquet(tmp_path / "table.parquet")

    answer = loaded_by_mlflow(tmp_path / "bundle", tmp_path / "table.parquet", "pandas")

    assert answer["answers"] == [str(a) for a in model.predict(table)]
    assert answer["reordered"] == answer["answers"]
    assert "MlflowException" in answer["refused"]


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """``mlflow models serve`` of a bundle on a free port of this machine; its address, once it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [PYTHON, "-m", "mlflow", "models", "serve", "-m", str(folder), "-p", str(port), "--env-manager", "local"]
    log = folder.parent / "serve.log"
    bins = f"{Path(PYTHON).parent}{os.pathsep}{os.environ['PATH']}"  # it calls uvicorn by its name
    with log.open("wb") as said:
        server = subprocess.Popen(
            command, env={**environment(), "PATH": bins}, cwd=folder.parent, stdout=said, stderr=said,
            start_new_session=True,
        )  # fmt: skip
    try:
        until = time.monotonic() + 120
        while True:
            assert server.poll() is None, log.read_text()[-3000:]
            assert time.monotonic() < until, log.read_text()[-3000:]
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/ping", timeout=5):
                    break
            except OSError:
                time.sleep(0.2)
        yield f"http://127.0.0.1:{port}/invocations"
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=30)


def asked(address: str, body: dict[str, Any]) -> Any:
    request = urllib.request.Request(
        address, json.dumps(body).encode(), {"Content-Type": "application/json"}, method="POST"
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def test_mlflow_serves_a_bundle(tmp_path: Path) -> None:
    table = applications().dropna()
    y = np.where(table["income"] > 3000, "bad", "good")
    encode = make_column_transformer((OneHotEncoder(handle_unknown="ignore"), ["home"]), remainder="passthrough")
    model = make_pipeline(encode, RandomForestClassifier(10, random_state=0)).fit(table, y)
    write_bundle(model, table, Schema.of(as_table(table), task="binary", classes=model.classes_), tmp_path / "bundle")
    split = {"dataframe_split": {k: v for k, v in table.to_dict("split").items() if k != "index"}}
    with served(tmp_path / "bundle") as address:
        assert asked(address, split)["predictions"] == model.predict(table).tolist()
        lacking = {"dataframe_split": {"columns": ["home"], "data": [["rent"]]}}
        with pytest.raises(urllib.error.HTTPError) as refused:
            asked(address, lacking)
        said = refused.value.read().decode()
    assert refused.value.code == 400
    assert "income" in said
