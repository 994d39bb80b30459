"""Results of statsmodels from the cell to the retraining: by name only, stored, judged, exported, proved, run again."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest

from ipymlops.capture.recorder import Recorder
from ipymlops.project import Project
from ipymlops.registry.pyfunc import PyfuncModel

READ = 'import numpy as np, pandas as pd\ndf = pd.read_csv("rows.csv")'
SPLIT = "from sklearn.model_selection import train_test_split"
SM, SMF = "import statsmodels.api as sm", "import statsmodels.formula.api as smf"


class Session(NamedTuple):
    """The cells, and what must come of them; ``features`` are the schema's columns."""

    cells: tuple[str, ...]
    estimator: str
    task: str
    features: tuple[str, ...]
    expected: str = "results.predict(df)"  # what the notebook says of all rows


SESSIONS = {
    "OLS on arrays": Session(
        (
            SM,
            'X_train, X_test, y_train, y_test = train_test_split(df[["area", "rooms"]], df["price"], random_state=0)',
            "model = sm.OLS(y_train, sm.add_constant(X_train))\nresults = model.fit()\nprint(results.summary())",
        ),
        "OLS",
        "regression",
        ("area", "rooms"),
        'results.predict(sm.add_constant(df[["area", "rooms"]]))',
    ),
    "Logit on a table with its constant": Session(
        (
            SM,
            'X = sm.add_constant(df[["area", "rooms"]])\ny = df["sold"]',
            "X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y)",  # without a seed
            "results = sm.Logit(y_train, X_train).fit(disp=0)",
        ),
        "Logit",
        "binary",
        ("area", "rooms"),
        "results.predict(X)",
    ),
    "OLS by a formula": Session(
        (
            SMF,
            "train, test = train_test_split(df, random_state=1)",
            'results = smf.ols("price ~ np.log(area) * C(city) + I(rooms > 3)", data=train).fit()',
        ),
        "OLS",
        "regression",
        ("area", "city", "rooms"),
    ),
    "GLM of yes and no by a formula": Session(
        (
            f"{SM}\n{SMF}",
            "train, test = train_test_split(df, random_state=2)",
            'results = smf.glm("sold ~ area + city", train, family=sm.families.Binomial()).fit()',
        ),
        "GLM (Binomial, Logit)",
        "binary",
        ("area", "city"),
    ),
    "GLM of counts on an array": Session(
        (
            SM,
            'A, A_test, y, y_test = train_test_split(df[["area"]].to_numpy(), df["visits"].to_numpy(), random_state=3)',
            "A1 = sm.add_constant(A)\nresults = sm.GLM(y, A1, family=sm.families.Poisson()).fit()",
        ),
        "GLM (Poisson, Log)",
        "regression",
        ("x0",),
        'results.predict(sm.add_constant(df[["area"]].to_numpy()))',
    ),
}

LOADER = """import json, sys, pandas as pd
from ipymlops.project import Project
model = Project.open(sys.argv[1]).load("line@1")
table = pd.read_csv(sys.argv[2])
print(json.dumps(model.predict(table if model.columns else table[["area"]].to_numpy()).tolist()))
"""


def rows(count: int, seed: int) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    area, rooms = random.uniform(30, 200, count), random.integers(1, 7, count)
    city = random.choice(["Bonn", "Köln", "Ulm"], count)
    price = 3 * area + 10 * rooms + 40 * (city == "Ulm") + random.normal(0, 20, count)
    sold = (price + random.normal(0, 80, count) > 400).astype(int)
    table = {"area": area, "rooms": rooms, "city": city, "price": price, "sold": sold}
    return pd.DataFrame({**table, "visits": random.poisson(np.exp(area / 100)), "note": "x"})


def register(folder: Path, cells: tuple[str, ...]) -> tuple[Project, dict[str, Any], Any]:
    names: dict[str, Any] = {"__name__": "__main__"}
    recorder = Recorder(names, folder=str(folder), notebook="work.ipynb")
    for number, source in enumerate(cells, 1):
        recorder.before(source, number, None)
        exec(compile(source, f"<{number}>", "exec"), names)
        recorder.after(True, None)
    project = Project.open(folder)
    done = project.register(
        names["results"],
        name="line",
        journal=recorder.journal(),
        targets=("results",),
        value=lambda text: eval(text, names),
    )
    return project, names, done


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, cwd=cwd, check=False)


@pytest.mark.parametrize("name", SESSIONS)
def test_a_result_goes_all_the_way(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    session = SESSIONS[name]
    monkeypatch.chdir(tmp_path)
    rows(400, 0).to_csv("rows.csv", index=False)
    project, names, done = register(tmp_path, (READ, SPLIT, *session.cells))
    assert len(done.inferred) == 2, done.warnings  # the training and the test data
    assert done.warnings == ()
    assert done.version.facts["estimator"] == session.estimator
    assert project.evaluate("line@1").task == session.task
    assert project.bundle(done.version).schema().names == session.features

    again = run("-c", LOADER, str(tmp_path), "rows.csv", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout) == eval(session.expected, names).tolist()

    bundle, wanted = project.bundle(done.version), eval(session.expected, names)
    if "x0" not in session.features:  # as MLflow asks: by the columns of the schema, without the constant
        np.testing.assert_allclose(PyfuncModel(bundle).predict(names["df"]), wanted, rtol=1e-12)
        assert "double" in bundle.read("MLmodel").decode().partition("outputs")[2]

    table = names["df"] if "x0" not in session.features else names["A"]
    assert {c.column for c in project.drift("line@1", table).columns} == set(session.features)
    requirements = project.bundle(done.version).read("requirements.txt").decode()
    assert any(line.startswith("statsmodels==") for line in requirements.splitlines())

    export = project.export("line@1", tmp_path / "out")
    assert (export.verification.verdict, export.verification.cause) == ("identical", "")
    assert any("learned numbers" in words for words in export.verification.compared)

    rows(500, 1).to_csv("later.csv", index=False)
    later = run("out/retrain.py", "--input", "rows=later.csv", "--project", ".", "--json", cwd=tmp_path)
    assert json.loads(later.stdout)["decision"] in ("promoted", "registered", "refused"), later.stderr
    first, second = (Project.open(tmp_path).load(f"line@{number}") for number in (1, 2))
    assert type(second) is type(first)
    assert second.params.tolist() != first.params.tolist()
