"""MLServer's MLflow runtime serves our bundle as it is. It lives in an environment of its own, named by
IPYMLOPS_MLSERVER_PYTHON: .ci/mlserver-requirements.txt (ipymlops itself is put on its path)."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

import ipymlops
from ipymlops.project import Project

PYTHON = os.environ.get("IPYMLOPS_MLSERVER_PYTHON", "")

pytestmark = [
    pytest.mark.peer,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not PYTHON, reason="IPYMLOPS_MLSERVER_PYTHON names no Python with mlserver-mlflow in it"),
]


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


@contextmanager
def served(bundle: Path, folder: Path) -> Iterator[str]:
    """MLServer with the bundle as its only model, on loopback; the address, once the model is ready."""
    parameters = {"uri": str(bundle)}
    model = {"name": "credit", "implementation": "mlserver_mlflow.MLflowRuntime", "parameters": parameters}
    port, grpc, metrics = free_port(), free_port(), free_port()
    ports = {"http_port": port, "grpc_port": grpc, "metrics_port": metrics}
    folder.mkdir()
    (folder / "model-settings.json").write_text(json.dumps(model))
    (folder / "settings.json").write_text(json.dumps({"host": "127.0.0.1", "parallel_workers": 0, **ports}))
    paths = [str(Path(ipymlops.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in paths if p)}
    log = folder / "server.log"
    with log.open("wb") as said:
        command = [str(Path(PYTHON).parent / "mlserver"), "start", str(folder)]
        server = subprocess.Popen(
            command, env=environment, cwd=folder, stdout=said, stderr=said, start_new_session=True
        )
    address = f"http://127.0.0.1:{port}/v2/models/credit"
    try:
        until = time.monotonic() + 150
        while not ready(address):
            assert server.poll() is None, log.read_text()[-3000:]
            assert time.monotonic() < until, log.read_text()[-3000:]
            time.sleep(0.2)
        yield address
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=60)


def ready(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/ready", timeout=5):
            return True
    except OSError:  # not listening yet, or listening and still loading (HTTPError is an OSError)
        return False


def asked(address: str, table: pd.DataFrame) -> Any:
    """The answer to an inference request of the Open Inference Protocol: one input a column."""
    types = {"float64": "FP64", "int64": "INT64", "bool": "BOOL"}
    inputs = [
        {"name": name, "datatype": types.get(str(column.dtype), "BYTES"), "shape": [len(table), 1],
         "data": column.tolist()}
        for name, column in table.items()
    ]  # fmt: skip
    body = json.dumps({"inputs": inputs}).encode()
    request = urllib.request.Request(f"{address}/infer", body, {"Content-Type": "application/json"}, method="POST")
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def test_mlserver_serves_a_bundle(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    table = pd.DataFrame(
        {
            "income": random.normal(3000, 500, 80),
            "children": random.integers(0, 4, 80),
            "home": random.choice(["rent", "own", "other"], 80),
            "insured": random.random(80) < 0.5,
        }
    )
    y = np.where(table["income"] > 3000, "bad", "good")
    encode = make_column_transformer((OneHotEncoder(handle_unknown="ignore"), ["home"]), remainder="passthrough")
    model = make_pipeline(encode, RandomForestClassifier(10, random_state=0)).fit(table, y)
    project = Project.open(tmp_path)
    done = project.register(model, name="credit", train=(table, y))
    project.bundle(done.version).extract(tmp_path / "bundle")

    with served(tmp_path / "bundle", tmp_path / "server") as address:
        answer = asked(address, table)
        with urllib.request.urlopen(address, timeout=30) as said:
            described = json.load(said)

    assert [name["name"] for name in described["inputs"]] == list(table.columns)
    (output,) = answer["outputs"]
    assert output["data"] == model.predict(table).tolist()
