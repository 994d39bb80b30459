"""Whole notebooks, from the cells to the proof: each must come out identical on the narrowest slice."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ipymlops.project import Project

HEAD = (
    "import numpy as np, pandas as pd\nfrom sklearn.ensemble import RandomForestClassifier\n"
    "from sklearn.linear_model import LogisticRegression"
)
READ = 'df = pd.read_csv("rows.csv")'
XY = 'X = df[["a", "b"]]; y = df["t"]'
FIT = "model = RandomForestClassifier(5).fit(X, y)"  # without a seed

# name -> cells, the names of the inputs
NOTEBOOKS: dict[str, tuple[list[str], list[str]]] = {
    "a configuration file": (
        [
            HEAD,
            'import json\nwith open("conf.json") as f:\n    conf = json.load(f)',
            READ,
            XY,
            'model = RandomForestClassifier(conf["n"], random_state=1).fit(X, y)',
        ],
        ["conf_file", "rows"],
    ),
    "a global seed, and draws in between": (
        [HEAD, "np.random.seed(3)", READ, "noise = np.random.rand(5)", "np.random.shuffle(noise)", XY, FIT],
        ["rows"],
    ),
    "Python's generator": (
        [
            HEAD,
            "import random",
            READ,
            "order = list(range(len(df)))\nrandom.shuffle(order)\ndf = df.iloc[order]",
            XY,
            FIT,
        ],
        ["rows"],
    ),
    "a table that is awaited": (
        [
            HEAD,
            "import asyncio",
            "async def load(name):\n    await asyncio.sleep(0)\n    return pd.read_csv(name)",
            'df = await load("rows.csv")',
            XY,
            "async def fit():\n    return LogisticRegression().fit(X, y)\nmodel = await fit()",
        ],
        ["rows"],
    ),
    "code in a text": (
        [HEAD, READ, "exec('noise = 2')\nexec(\"\"\"\ndf['b'] = df['b'] * noise\n\"\"\")", XY, FIT],
        ["rows"],
    ),
    "an estimator that an import enables": (
        [
            HEAD,
            READ,
            "from sklearn.experimental import enable_halving_search_cv\n"
            "from sklearn.model_selection import HalvingGridSearchCV",
            XY,
            "search = HalvingGridSearchCV(LogisticRegression(), {'C': [0.1, 1.0]}, cv=2, random_state=0).fit(X, y)",
            "model = search.best_estimator_",
        ],
        ["rows"],
    ),
    "a method put on tables": (
        [
            HEAD,
            READ,
            "def doubled(table, name):\n    return table.assign(**{name: table[name] * 2})",
            "pd.DataFrame.doubled = doubled",
            'df = df.doubled("a")',
            XY,
            "model = LogisticRegression().fit(X, y)",
        ],
        ["rows"],
    ),
    "a cell that ran twice": (
        [HEAD, READ, 'df["a"] = df["a"] * 2', 'df["a"] = df["a"] * 2', XY, "model = LogisticRegression().fit(X, y)"],
        ["rows"],
    ),
    "a search": (
        [
            HEAD,
            READ,
            XY,
            "from sklearn.model_selection import GridSearchCV\n"
            'search = GridSearchCV(RandomForestClassifier(3), {"max_depth": [2, 3]}, cv=2).fit(X, y)',
            "model = search.best_estimator_",
        ],
        ["rows"],
    ),
    "the first of two files that is there": (
        [
            HEAD,
            'try:\n    df = pd.read_csv("none.csv")\nexcept FileNotFoundError:\n    df = pd.read_csv("rows.csv")',
            XY,
            FIT,
        ],
        ["none", "rows"],
    ),
    "names made in a loop": (
        [
            HEAD,
            'parts = []\nfor m in ["rows", "more"]:\n    parts.append(pd.read_csv(f"{m}.csv"))',
            "df = pd.concat(parts, ignore_index=True)",
            XY,
            FIT,
        ],
        ["folder"],
    ),
    "a list of files": (
        [
            HEAD,
            'files = ["rows.csv", "more.csv"]\ndf = pd.concat([pd.read_csv(f) for f in files], ignore_index=True)',
            XY,
            FIT,
        ],
        ["rows", "more"],
    ),
    "a pattern": (
        [
            HEAD,
            'import glob\nparts = [pd.read_csv(f) for f in sorted(glob.glob("data/*.csv"))]',
            "df = pd.concat(parts, ignore_index=True)",
            XY,
            FIT,
        ],
        ["data_files"],
    ),
    "another folder": ([HEAD, 'import os\nos.chdir("data")', 'df = pd.read_csv("one.csv")', XY, FIT], ["data", "one"]),
    "written, then read back": (
        [
            HEAD,
            READ,
            'df["a"] = df["a"] * 2\ndf.to_csv("clean.csv", index=False)',
            'df = pd.read_csv("clean.csv")',
            XY,
            FIT,
        ],
        ["rows"],
    ),
    "a model that was stored and loaded": (
        [
            HEAD,
            READ,
            XY,
            FIT,
            "import os, pickle\nfrom pathlib import Path\nOUT = 'out'\nos.makedirs(OUT, exist_ok=True)",
            "with open(os.path.join(OUT, 'm.pkl'), 'wb') as file:\n    pickle.dump(model, file)",
            "model = pickle.loads(Path(OUT, 'm.pkl').read_bytes())",
        ],
        ["rows"],
    ),
    "stored under a name": (
        [
            HEAD,
            READ,
            XY,
            FIT,
            "import joblib\nfilename = 'm.sav'\njoblib.dump(model, filename)",
            "model = joblib.load('m.sav')",
        ],
        ["rows"],
    ),
    "written by a function, into a folder that is there": (
        [
            HEAD,
            "def save(table, where):\n    table.to_csv(where, index=False)",
            READ,
            "save(df[df.a > 0], 'data/half.csv')",
            "df = pd.read_csv('./data/half.csv')",
            XY,
            FIT,
        ],
        ["rows"],
    ),
    "a cache": (
        [
            HEAD,
            "import os",
            "def get():\n    if os.path.exists('cache.pkl'):\n        return pd.read_pickle('cache.pkl')\n"
            "    d = pd.read_csv('rows.csv')\n    d.to_pickle('cache.pkl')\n    return d",
            "df = get()",
            "df = get()",
            XY,
            FIT,
        ],
        ["rows"],
    ),
    "a database that the notebook fills": (
        [
            HEAD,
            "import sqlite3\ncon = sqlite3.connect('shop.db')",
            READ,
            "n = df.to_sql('t', con, index=False)",
            "df = pd.read_sql('select * from t where a > -1', con)\ncon.close()",
            XY,
            FIT,
        ],
        ["rows"],
    ),
    "environment variables": (
        [
            f"%env IPYMLOPS_TREES=3\n{HEAD}",
            "import os\nos.environ['IPYMLOPS_DEPTH'] = '2'",
            READ,
            XY,
            "def build():\n    env = os.environ\n"
            "    return RandomForestClassifier(int(env['IPYMLOPS_TREES']), max_depth=int(os.getenv('IPYMLOPS_DEPTH')))",
            "model = build().fit(X, y)",
        ],
        ["rows"],
    ),
    "modules in a folder of their own": (
        [
            HEAD,
            'import sys\nsys.path.append("lib")\nfrom my_lib import twice',
            READ,
            'df["a"] = twice(df["a"])',
            XY,
            FIT,
        ],
        ["rows"],
    ),
    "arrays": (
        [HEAD, 'A = np.loadtxt("rows.csv", delimiter=",", skiprows=1)\nX, y = A[:, :2], A[:, 2].astype(int)', FIT],
        ["rows"],
    ),
    "Polars": (
        [
            HEAD,
            'import polars as pl\ndf = pl.read_csv("rows.csv")\nX = df.select("a", "b")\ny = df["t"].to_numpy()',
            FIT,
        ],
        ["rows"],
    ),
    "magics and looks": (
        [
            f"%matplotlib inline\n{HEAD}",
            READ,
            "df.describe()",
            "%time n = len(df)",
            XY,
            f"print(n)\n{FIT}\nprint(model)",
        ],
        ["rows"],
    ),
    "nothing has a seed": (
        [
            HEAD,
            READ,
            "from sklearn.model_selection import train_test_split\nfrom sklearn.utils import shuffle\ndf = shuffle(df)",
            XY,
            "X, X_test, y, y_test = train_test_split(X, y)",
            FIT,
        ],
        ["rows"],
    ),
    "a generator without a seed, used in the cell that makes it": (
        [HEAD, READ, 'rng = np.random.default_rng()\ndf["a"] += rng.normal(size=len(df))', XY, FIT],
        ["rows"],
    ),
    "an old generator without a seed": (
        [
            HEAD,
            READ,
            "rng = np.random.RandomState(None)",
            "rng.rand(3)",
            XY,
            "model = RandomForestClassifier(5, random_state=rng).fit(X, y)",
        ],
        ["rows"],
    ),
    "Python's own generator without a seed": (
        [HEAD, "import random\nrng = random.Random()", READ, "df = df.iloc[rng.sample(range(150), 90)]", XY, FIT],
        ["rows"],
    ),
    "two generators at once": (
        [
            HEAD,
            READ,
            "one, two = np.random.default_rng(), np.random.default_rng()",
            'df["a"] += two.normal(size=len(df)) + one.normal(size=len(df))',
            XY,
            FIT,
        ],
        ["rows"],
    ),
    "a class of one's own": (
        [
            HEAD,
            READ,
            "class Cleaner:\n    def __init__(self, k):\n        self.k = k\n\n    def clean(self, table):\n"
            '        return table.assign(a=table["a"] * self.k)',
            "cleaner = Cleaner(2)",
            "df = cleaner.clean(df)",
            XY,
            FIT,
        ],
        ["rows"],
    ),
}


@pytest.fixture(autouse=True)
def _files(tmp_path: Path, run_notebook: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delenv("IPYMLOPS_TREES", raising=False)
    monkeypatch.delenv("IPYMLOPS_DEPTH", raising=False)
    folder = tmp_path / "work"
    random = np.random.default_rng(0)
    rows = pd.DataFrame({"a": random.normal(size=150), "b": random.normal(size=150)})
    rows = rows.assign(t=(rows["a"] + rows["b"] > 0).astype(int))
    (folder / "data").mkdir()
    for name, table in {"rows": rows, "more": rows[::-1], "data/one": rows, "data/two": rows[5:]}.items():
        table.to_csv(folder / f"{name}.csv", index=False)
    (folder / "conf.json").write_text('{"n": 4}')
    (folder / "lib").mkdir()
    (folder / "lib" / "my_lib.py").write_text("def twice(x):\n    return x * 2\n")


@pytest.mark.parametrize(("cells", "inputs"), NOTEBOOKS.values(), ids=NOTEBOOKS)
def test_it_is_identical(run_notebook: Any, tmp_path: Path, cells: list[str], inputs: list[str]) -> None:
    export = run_notebook(*cells).export("line@1", tmp_path / "out")
    assert (export.verification.verdict, export.verification.cause) == ("identical", "")
    assert export.verification.widened == 0
    assert [i.name for i in export.inputs] == inputs
    assert not (tmp_path / "work" / "retrain.py").exists()


@pytest.mark.parametrize("fitted", ["X", "X * noise"])
def test_words_counted_apart_from_the_model_are_compared_as_they_are(
    run_cells: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fitted: str
) -> None:
    monkeypatch.chdir(tmp_path / "work")
    namespace, journal = run_cells(
        HEAD,
        "from sklearn.feature_extraction.text import CountVectorizer\nfrom sklearn.naive_bayes import MultinomialNB",
        READ,
        'texts = df["t"].map({0: "red apple ", 1: "green pear "}) + df["a"].round(1).map("n{}".format)',
        "vectorizer = CountVectorizer()\nvectorizer.fit(texts)",
        f'X = vectorizer.transform(texts)\nnoise = np.random.rand()\nX = {fitted}\ny = df["t"]',
        "model = MultinomialNB()\nmodel.fit(X, y)",
    )
    project = Project.open(tmp_path / "work")
    project.register(namespace["model"], name="line", journal=journal, targets=("model", "X", "y"))
    export = project.export("line@1", tmp_path / "out")
    assert (export.verification.verdict, export.verification.cause) == ("identical", "")
    assert any("training rows" in words for words in export.verification.compared)


def test_loaded_late_without_a_seed_it_cannot_be_and_says_why(run_notebook: Any, tmp_path: Path) -> None:
    export = run_notebook(HEAD, READ, XY, FIT, evidence=False).export("line@1", tmp_path / "out")
    assert export.verification.verdict == "not reproduced"
    assert "In [4] draws from NumPy's generator without a seed, and its state before was not recorded" in (
        export.verification.cause
    )
    seeded = run_notebook(HEAD, READ, XY, "model = RandomForestClassifier(5, random_state=1).fit(X, y)", evidence=False)
    assert seeded.export("line@2", tmp_path / "seeded").verification.verdict == "identical"


NO_REPLAY = {
    "without a name": ('df["a"] += np.random.default_rng().normal(size=len(df))', 'df["a"] += np.random.default_rng()'),
    "Python's own, drawn from at once": (
        'import random\nrng = random.Random()\ndf["a"] += rng.random()',
        "rng = random.Random()",
    ),
    "in a dictionary": (
        'tools = {"rng": np.random.default_rng()}\ndf["a"] += tools["rng"].normal(size=len(df))',
        'tools = {"rng": np.random.default_rng()}',
    ),
    "made in a loop": (
        'for c in "ab":\n    rng = np.random.default_rng()\n    df[c] += rng.normal(size=len(df))',
        'for c in "ab":',
    ),
}


@pytest.mark.parametrize(("cell", "named"), NO_REPLAY.values(), ids=NO_REPLAY)
def test_a_generator_that_cannot_be_replayed_is_named(run_notebook: Any, tmp_path: Path, cell: str, named: str) -> None:
    found = run_notebook(HEAD, READ, cell, XY, FIT).export("line@1", tmp_path / "out").verification
    assert found.verdict == "not reproduced"
    assert f"`{named}" in found.cause
    assert "in In [3] asks the operating system for randomness" in found.cause


def test_production_starts_an_unseeded_generator_the_same_each_time(run_notebook: Any, tmp_path: Path) -> None:
    draw = 'rng = np.random.default_rng()\ndf["a"] += rng.normal(size=len(df))'
    export = run_notebook(HEAD, READ, draw, XY, "model = LogisticRegression().fit(X, y)").export(
        "line@1", tmp_path / "o"
    )
    assert 'rng = pipeline.seeded(rng, "In [3] rng")' in export.source
    assert any("In [3] draws random numbers without a seed" in note for note in export.notes)
    code = "import retrain; print(retrain.pipeline.fit(retrain.pipeline.paths({}))[0].coef_.tolist())"
    runs = {
        subprocess.run(
            [sys.executable, "-c", code], cwd=export.folder, capture_output=True, text=True, check=True
        ).stdout
        for _ in range(2)
    }
    assert len(runs) == 1
