"""Registering a 100-tree forest (20 features, 20,000 rows), beside MLflow's log_model + register of the same forest.

Run ``python benchmarks/bench_register.py``. MLflow needs an environment of its own: name its interpreter in
``IPYMLOPS_MLFLOW_PYTHON``. Target: under 1.0 s once the libraries are imported, verification excluded.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

REPEATS = 5

PEER = """
import json, os, sys, tempfile, time, warnings, logging
warnings.filterwarnings("ignore")
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ["GIT_PYTHON_REFRESH"] = "quiet"
here = tempfile.mkdtemp()
os.chdir(here)
start = time.perf_counter()
import mlflow, mlflow.sklearn, joblib, pandas as pd
imports = time.perf_counter() - start
logging.disable(logging.CRITICAL)
model, X, y = joblib.load(sys.argv[1])
mlflow.set_tracking_uri(f"sqlite:///{here}/mlflow.db")
mlflow.set_experiment("bench")
seconds = []
for i in range(int(sys.argv[2])):
    start = time.perf_counter()
    with mlflow.start_run():
        mlflow.sklearn.log_model(model, name="model", registered_model_name="forest",
                                 input_example=X.head(5), serialization_format="cloudpickle")
    seconds.append(time.perf_counter() - start)
print(json.dumps({"imports": imports, "seconds": seconds, "version": mlflow.__version__}))
"""


def main() -> None:
    """Print a table of both."""
    model, X, y = _forest()
    rows = [("ipymlops", *_ours(model, X, y))]
    peer = _peer(model, X, y)
    if peer is not None:
        rows.append((f"MLflow {peer['version']}", peer["imports"], peer["seconds"]))
    print("| tool | imports (s) | first call (s) | later calls, median (s) |")
    print("|---|---|---|---|")
    for name, imports, seconds in rows:
        print(f"| {name} | {imports:.2f} | {seconds[0]:.2f} | {statistics.median(seconds[1:]):.2f} |")
    if peer is None:
        print("MLflow was not measured: IPYMLOPS_MLFLOW_PYTHON names no interpreter.")


def _forest() -> tuple[Any, Any, Any]:
    import numpy as np
    import pandas as pd
    from sklearn.ensemble import RandomForestClassifier

    random = np.random.default_rng(0)
    X = pd.DataFrame(random.normal(size=(20_000, 20)), columns=[f"f{i}" for i in range(20)])
    y = pd.Series((X.f0 + X.f1 * X.f2 + random.normal(size=len(X)) > 0).astype(int), name="target")
    return RandomForestClassifier(100, random_state=0, n_jobs=2).fit(X, y), X, y


def _ours(model: Any, X: Any, y: Any) -> tuple[float, list[float]]:
    import ipymlops

    model.set_params(n_jobs=None)
    test = X.iloc[:4000] + 0.001  # rows of its own, so that nothing is flagged as overlap
    seconds = []
    for _ in range(REPEATS):
        project = ipymlops.open_project(tempfile.mkdtemp())
        start = time.perf_counter()
        done = project.register(model, name="forest", train=(X, y), test=(test, y.iloc[:4000]))
        seconds.append(time.perf_counter() - start)
    for step, spent in done.seconds.items():
        print(f"  {step:<30} {spent:.3f} s", file=sys.stderr)
    return seconds[0] - statistics.median(seconds[1:]), seconds


def _peer(model: Any, X: Any, y: Any) -> dict[str, Any] | None:
    import joblib

    python = os.environ.get("IPYMLOPS_MLFLOW_PYTHON")
    if not python:
        return None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "forest.joblib"
        joblib.dump((model, X, y), path)
        done = subprocess.run(
            [python, "-c", PEER, str(path), str(REPEATS)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True
        )
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


if __name__ == "__main__":
    main()
