"""XGBoost, LightGBM and CatBoost from the cell to the retraining: stored, judged, exported, proved, run again."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ipymlops.capture.recorder import Recorder
from ipymlops.project import Project

READ = """import numpy as np, pandas as pd
from sklearn.model_selection import train_test_split
df = pd.read_csv("rows.csv")
X, X_test, y, y_test = train_test_split(df[["a", "b"]], df["t"])"""  # without a seed

NOTEBOOKS = {
    "XGBoost that stops early": (
        "xgboost",
        "from xgboost import XGBClassifier\n"
        "model = XGBClassifier(n_estimators=30, early_stopping_rounds=3, subsample=0.7)",
        "model.fit(X, y, eval_set=[(X_test, y_test)], verbose=False)",
    ),
    "XGBoost searched in a pipeline": (
        "xgboost",
        "import xgboost as xgb\nfrom sklearn.model_selection import GridSearchCV\n"
        "from sklearn.pipeline import make_pipeline\nfrom sklearn.preprocessing import StandardScaler",
        "pipe = make_pipeline(StandardScaler(), xgb.XGBClassifier(n_estimators=5))\n"
        'model = GridSearchCV(pipe, {"xgbclassifier__max_depth": [2, 3]}, cv=2).fit(X, y)',
    ),
    "LightGBM": (
        "lightgbm",
        "import lightgbm as lgb",
        "model = lgb.LGBMClassifier(n_estimators=8, verbose=-1, bagging_freq=1, bagging_fraction=0.7).fit(X, y)",
    ),
    "CatBoost": (
        "catboost",
        "from catboost import CatBoostClassifier",
        "model = CatBoostClassifier(iterations=8, verbose=0, subsample=0.7, bootstrap_type='Bernoulli')\n"
        "model.fit(X, y, eval_set=(X_test, y_test), early_stopping_rounds=3)",
    ),
    "LightGBM in a vote": (
        "lightgbm",
        "from lightgbm import LGBMClassifier\nfrom sklearn.ensemble import RandomForestClassifier, VotingClassifier",
        'parts = [("g", LGBMClassifier(n_estimators=8, verbose=-1)), ("f", RandomForestClassifier(5))]\n'
        'model = VotingClassifier(parts, voting="soft").fit(X, y)',
    ),
}

LOADER = """import json, sys, pandas as pd
from ipymlops.project import Project
model = Project.open(sys.argv[1]).load("line@1")
print(json.dumps(model.predict_proba(pd.read_csv(sys.argv[2])[["a", "b"]]).astype(float).tolist()))
"""


def rows(count: int, seed: int) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    table = pd.DataFrame({"a": random.normal(size=count), "b": random.normal(size=count)})
    return table.assign(t=(table["a"] + table["b"] + random.normal(size=count) / 3 > 0).astype(int))


def register(folder: Path, cells: tuple[str, ...]) -> tuple[Project, dict[str, Any]]:
    names: dict[str, Any] = {"__name__": "__main__"}
    recorder = Recorder(names, folder=str(folder), notebook="work.ipynb")
    for number, source in enumerate(cells, 1):
        recorder.before(source, number, None)
        exec(compile(source, f"<{number}>", "exec"), names)
        recorder.after(True, None)
    project = Project.open(folder)
    project.register(
        names["model"],
        name="line",
        train=(names["X"], names["y"]),
        test=(names["X_test"], names["y_test"]),
        journal=recorder.journal(),
        targets=("model", "X", "y"),
    )
    return project, names


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, cwd=cwd, check=False)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_boosted_model_goes_all_the_way(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library, *cells = NOTEBOOKS[name]
    monkeypatch.chdir(tmp_path)
    rows(400, 0).to_csv("rows.csv", index=False)
    project, names = register(tmp_path, (READ, *cells))
    model = names["model"]

    again = run("-c", LOADER, str(tmp_path), "rows.csv", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    table = pd.read_csv("rows.csv")[["a", "b"]]
    assert json.loads(again.stdout) == model.predict_proba(table).astype(float).tolist()

    assert project.evaluate("line@1").task == "binary"
    assert {c.column for c in project.drift("line@1", table).columns} == {"a", "b"}
    assert project.show("line@1").version.number == 1
    requirements = project.bundle(project.registry.resolve("line@1")).read("requirements.txt").decode()
    assert any(line.startswith(library) for line in requirements.splitlines())  # by its distribution: xgboost-cpu

    export = project.export("line@1", tmp_path / "out")
    assert (export.verification.verdict, export.verification.cause) == ("identical", "")

    rows(500, 1).to_csv("later.csv", index=False)
    later = run("out/retrain.py", "--input", "rows=later.csv", "--project", ".", "--json", cwd=tmp_path)
    assert json.loads(later.stdout)["decision"] in ("promoted", "registered", "refused"), later.stderr
    retrained = Project.open(tmp_path).load("line@2")
    assert type(retrained) is type(model)
    assert retrained.predict_proba(table).tolist() != model.predict_proba(table).tolist()
