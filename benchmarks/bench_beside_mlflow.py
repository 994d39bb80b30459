"""What a team does every day, beside MLflow, in one run: register, load by alias, list 1,000 versions, start, install.

Run ``python benchmarks/bench_beside_mlflow.py``. ``IPYMLOPS_MLFLOW_PYTHON`` names an interpreter that has MLflow,
``IPYMLOPS_ALONE_PYTHON`` one that has this package alone (``pip install .``), for the size of an environment. Both
sides do each step in processes of their own, ours first, theirs second, three times over; medians.
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

ROUNDS, REGISTERED, LOADED, LISTED = 3, 5, 9, 1_000
TARGET = 3  # times better

MODEL = """
import json, os, sys, time
import warnings; warnings.filterwarnings("ignore")
here = sys.argv[1]; os.chdir(here)
times, loads, many = map(int, sys.argv[2:5])
def timed(do):
    begun = time.perf_counter(); do(); return time.perf_counter() - begun
def middle(do, times):
    return sorted(timed(do) for _ in range(times))[times // 2]
def forest():
    import numpy as np, pandas as pd
    from sklearn.ensemble import RandomForestClassifier
    random = np.random.default_rng(0)
    X = pd.DataFrame(random.normal(size=(20_000, 20)), columns=[f"f{i}" for i in range(20)])
    y = pd.Series((X.f0 + X.f1 * X.f2 + random.normal(size=len(X)) > 0).astype(int), name="target")
    return RandomForestClassifier(100, random_state=0, max_depth=12).fit(X, y), X, y
"""

OURS = (
    MODEL
    + """
import ipymlops
model, X, y = forest()
project = ipymlops.open_project(here)
test = X.iloc[:4000] + 0.001, y.iloc[:4000]
def register(): return project.register(model, name="forest", train=(X, y), test=test)
register()
registered = middle(register, times)
project.alias("forest@1", "prod")
def load(): return project.load("forest@prod")
load()
loaded = middle(load, loads)
registry = project.registry
manifest = registry.resolve("forest@1").manifest
with registry.database.write():
    for _ in range(many):
        registry.add_version("long", manifest, {"metrics": []}, who="bench", why="", evidence={})
listed = middle(lambda: registry.versions("long"), 9)
print(json.dumps({"register and bundle": registered, "load by alias": loaded, "list 1,000 versions": listed}))
"""
)

THEIRS = (
    MODEL
    + """
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"; os.environ["GIT_PYTHON_REFRESH"] = "quiet"
import logging, mlflow, mlflow.sklearn
from mlflow import MlflowClient
logging.disable(logging.CRITICAL)
model, X, y = forest()
mlflow.set_tracking_uri(f"sqlite:///{here}/mlflow.db"); mlflow.set_experiment("bench")
def register():
    with mlflow.start_run():
        mlflow.sklearn.log_model(model, name="model", registered_model_name="forest", input_example=X.head(5),
                                 serialization_format="cloudpickle")
register()
registered = middle(register, times)
client = MlflowClient()
client.set_registered_model_alias("forest", "prod", 1)
def load(): return mlflow.sklearn.load_model("models:/forest@prod")
load()
loaded = middle(load, loads)
source = client.get_model_version("forest", 1).source
client.create_registered_model("long")
for _ in range(many): client.create_model_version("long", source)
listed = middle(lambda: client.search_model_versions("name='long'", max_results=10_000), 9)
print(json.dumps({"register and bundle": registered, "load by alias": loaded, "list 1,000 versions": listed}))
"""
)

ALONE = {  # each a whole process, on an empty folder
    "import": ("import ipymlops", "import mlflow"),
    "first use of an empty store, whole process": (
        "import ipymlops; print(ipymlops.open_project('.').registry.names())",
        "import mlflow; print(mlflow.MlflowClient('sqlite:///mlflow.db').search_registered_models())",
    ),
}


def main() -> None:
    """Print a table of both."""
    python = os.environ.get("IPYMLOPS_MLFLOW_PYTHON")
    if not python:
        print("Nothing was measured: IPYMLOPS_MLFLOW_PYTHON names no interpreter.")
        return
    sides = (sys.executable, OURS, 0), (python, THEIRS, 1)
    found: list[dict[str, list[float]]] = [{}, {}]
    for _ in range(ROUNDS):
        for interpreter, script, side in sides:
            for name, seconds in measure(interpreter, script, side).items():
                found[side].setdefault(name, []).append(seconds)
    print(f"| what | ours | MLflow {_version(python)} | times better |\n|---|---|---|---|")
    for name in found[0]:
        ours, theirs = (statistics.median(side[name]) for side in found)
        print(f"| {name} (s) | {ours:.3f} | {theirs:.3f} | {_times(ours, theirs)} |")
    if alone := os.environ.get("IPYMLOPS_ALONE_PYTHON"):
        ours, theirs = size_of(alone), size_of(python)
        print(f"| an environment of it alone (MB) | {ours:.0f} | {theirs:.0f} | {_times(ours, theirs)} |")


def measure(interpreter: str, script: str, side: int) -> dict[str, float]:
    """Seconds of one side, by what was done."""
    with tempfile.TemporaryDirectory() as folder:
        words = [interpreter, "-c", script, folder, *map(str, (REGISTERED, LOADED, LISTED))]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(done.stderr[-2000:])
        found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    for name, scripts in ALONE.items():
        with tempfile.TemporaryDirectory() as folder:
            begun = time.perf_counter()
            subprocess.run([interpreter, "-c", scripts[side]], cwd=folder, capture_output=True, check=True)
            found[name] = time.perf_counter() - begun
    return found


def size_of(python: str) -> float:
    """Megabytes of the packages of an environment."""
    code = "import sysconfig; print(sysconfig.get_paths()['purelib'])"
    place = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    return sum(path.lstat().st_size for path in Path(place).rglob("*") if path.is_file()) / 1e6


def _version(python: str) -> str:
    code = "from importlib.metadata import version; print(version('mlflow'))"
    return subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def _times(ours: float, theirs: float) -> str:
    times = theirs / ours
    return f"{times:.1f}" if times >= TARGET else f"{times:.1f} (**target {TARGET} missed**)"


if __name__ == "__main__":
    main()
