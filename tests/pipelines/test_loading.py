"""What a training script reads instead of learning it. The hook stays in its process, so it is one of their own."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

BEGIN = """
import gzip, json, pickle
from pathlib import Path
import joblib
from sklearn.ensemble import VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from ipymlops.pipelines.loading import Loading

Path("bundle").mkdir()
X, y = [[0.0], [1.0], [2.0], [3.0]] * 5, [0, 0, 1, 1] * 5
model = LogisticRegression().fit(X, y)
joblib.dump(model, "plain.joblib")
joblib.dump(model, "packed.joblib", compress=3)
joblib.dump(StandardScaler().fit(X), "scaler.joblib")
joblib.dump({"x": 1, "y": [model]}, "inside.joblib")
Path("model.pkl").write_bytes(pickle.dumps(model))
Path("model.pkl.gz").write_bytes(gzip.compress(pickle.dumps(model)))
Path("numbers.pkl").write_bytes(pickle.dumps([1, 2, 3]))
Path("rows.csv").write_text("x,y")
Path("rows.csv.gz").write_bytes(gzip.compress(b"x,y"))
joblib.dump(model, "bundle/model.joblib")
"""
READ = "is read from the file {}: what it learned before is not trained here"

# statements -> the notes, the files of the bundle
CASES: dict[str, tuple[str, list[str], list[str]]] = {
    "nothing": ("model = LogisticRegression().fit(X, y)", [], []),
    "joblib": ("model = joblib.load('plain.joblib')", [f"the model {READ.format('plain.joblib')}"], []),
    "packed": ("model = joblib.load('packed.joblib')", [f"the model {READ.format('packed.joblib')}"], []),
    "pickle": ("model = pickle.load(open('model.pkl', 'rb'))", [f"the model {READ.format('model.pkl')}"], []),
    "gzip": ("model = pickle.load(gzip.open('model.pkl.gz'))", [f"the model {READ.format('model.pkl.gz')}"], []),
    "a model in a dictionary": (
        "model = joblib.load('inside.joblib')['y'][0]",
        [f"the model {READ.format('inside.joblib')}"],
        [],
    ),
    "a part of it": (
        "scaler = joblib.load('scaler.joblib'); model = LogisticRegression().fit(scaler.transform(X), y)",
        [f"a StandardScaler {READ.format('scaler.joblib')}"],
        [],
    ),
    "data": ("pickle.load(open('numbers.pkl', 'rb'))", [], []),
    "a table": ("open('rows.csv').read(); model = LogisticRegression().fit(X, y)", [], []),
    "workers that send models back": (
        "gzip.open('rows.csv.gz').read(); "
        "model = VotingClassifier([('a', LogisticRegression()), ('b', SVC())], n_jobs=2).fit(X, y)",
        [],
        [],
    ),
    "a model that is written": ("joblib.dump(model, 'new.joblib')", [], []),
    "its own bundle": (
        "model = joblib.load('bundle/model.joblib')",
        [f"the model {READ.format('model.joblib')}"],
        ["model.joblib"],
    ),
}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[list[str]]]:
    """Case -> notes and own files, all from one process, since starting it takes longest."""
    cases = "".join(
        f"    loading = Loading(Path('bundle')); loading.begin()\n    {statements}\n    loading.end()\n"
        f"    found[{name!r}] = [loading.notes(model), loading.own]\n"
        for name, (statements, _, _) in CASES.items()
    )
    program = f"{BEGIN}\nif __name__ == '__main__':\n    found = {{}}\n{cases}    print(json.dumps(found))\n"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        cwd=tmp_path_factory.mktemp("reads"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, list[list[str]]] = json.loads(done.stdout)
    return answer


@pytest.mark.parametrize(("name", "notes", "own"), [(n, notes, own) for n, (_, notes, own) in CASES.items()])
def test_what_was_read(found: dict[str, list[list[str]]], name: str, notes: list[str], own: list[str]) -> None:
    assert found[name] == [notes, own]
