"""Cells in, and the training data that they tell: the expressions of the fit, or the words why there are none."""

# ruff: noqa: E501 (one line a case reads better)

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ipymlops.capture.cell_run import CellRun
from ipymlops.capture.journal import Journal
from ipymlops.pipelines.call_log import History
from ipymlops.pipelines.fit_call import TRAIN, Unclear, check_unchanged, find_fit, fit_that_raised

DATA = """import numpy as np, pandas as pd
from sklearn.base import clone
from sklearn.cluster import KMeans
from sklearn.linear_model import LogisticRegression as LR, SGDClassifier
from sklearn.ensemble import RandomForestClassifier as RF, VotingClassifier
from sklearn.preprocessing import StandardScaler
from sklearn.pipeline import make_pipeline
from sklearn.model_selection import train_test_split, GridSearchCV, KFold
df = pd.DataFrame({"a": np.arange(80.) % 7, "b": np.arange(80.) % 5, "t": np.arange(80) % 2})
X, y = df[["a", "b"]], df["t"]
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
"""


@dataclass(frozen=True)
class Case:
    """``told``: the two expressions and the cell of the fit, or a piece of the words."""

    name: str
    cells: list[str]
    told: tuple[str, str | None, int] | str
    target: str = "model"
    executed: bool = True  # False: only read, so that the library need not be there


RunCells = Callable[..., tuple[dict[str, Any], Journal]]
SGD = "model = SGDClassifier()"
TRAINED = ("X_train", "y_train", 2)
CASES = [
    Case("a bare fit", ["model = LR()\nmodel.fit(X_train, y_train)"], TRAINED),
    Case("a chained fit", ["model = LR().fit(X_train, y_train)"], TRAINED),
    Case("keyword arguments", ["model = LR().fit(y=y_train, X=X_train)"], TRAINED),
    Case("one keyword argument", ["model = LR().fit(X_train, y=y_train)"], TRAINED),
    Case("weights besides", ["model = LR().fit(X_train, y_train, sample_weight=np.ones(60))"], TRAINED),
    Case("an eval set besides", ["class M:\n    def fit(self, X, y, eval_set=()):\n        self.m = LR().fit(X, y)\n        return self\nmodel = M().fit(X_train, y_train, eval_set=[(X_test, y_test)])"], TRAINED),
    Case("a pipeline", ["model = make_pipeline(StandardScaler(), LR()).fit(X_train, y_train)"], TRAINED),
    Case("a timed cell", ["%%time\nmodel = LR()\nmodel.fit(X_train, y_train)"], TRAINED),
    Case("a fit in an earlier cell", ["m = LR().fit(X_train, y_train)", "model = m"], TRAINED),
    Case("a fit after the alias", ["m = LR()\nmodel = m\nm.fit(X_train, y_train)"], TRAINED),
    Case("the newest of two fits", ["model = LR().fit(X, y)", "model.fit(X_train, y_train)"], ("X_train", "y_train", 3)),
    Case("a cell that ran twice", ["model = LR().fit(X, y)"] * 2, ("X", "y", 3)),
    Case("another model's fit after it", ["model = LR().fit(X_train, y_train)", "other = LR().fit(X, y)"], TRAINED),
    Case("a search", ["search = GridSearchCV(LR(), {'C': [1, 2]}, cv=2)\nsearch.fit(X_train, y_train)", "model = search.best_estimator_"], TRAINED),
    Case("the search itself", ["model = GridSearchCV(LR(), {'C': [1, 2]}, cv=2).fit(X_train, y_train)"], TRAINED),
    Case("the best of a search as an expression", ["search = GridSearchCV(LR(), {'C': [1, 2]}, cv=2).fit(X_train, y_train)"], TRAINED, "search.best_estimator_"),
    Case("its best parameters", ["search = GridSearchCV(LR(), {'C': [1, 2]}, cv=2).fit(X, y)", "model = LR(**search.best_params_).fit(X_train, y_train)"], ("X_train", "y_train", 3)),
    Case("a dictionary of models", ["models = {'rf': RF(3), 'lr': LR()}\nfor name, m in models.items():\n    m.fit(X_train, y_train)", "model = models['rf']"], TRAINED),
    Case("an element of it as an expression", ["models = {'rf': RF(3), 'lr': LR()}\nfor name, m in models.items():\n    m.fit(X_train, y_train)"], TRAINED, "models['lr']"),
    Case("a dictionary filled in a loop", ["models = {}\nfor c in (1, 2):\n    models[c] = LR(C=c).fit(X_train, y_train)", "model = models[1]"], TRAINED),
    Case("a list", ["models = []\nfor c in (1, 2):\n    m = LR(C=c).fit(X_train, y_train)\n    models.append(m)", "model = models[0]"], TRAINED),
    Case("a comprehension", ["models = {c: LR(C=c).fit(X_train, y_train) for c in (1, 2)}", "model = models[1]"], TRAINED),
    Case("a loop over parameters", ["for c in (1, 2):\n    model = LR(C=c).fit(X_train, y_train)"], TRAINED),
    Case("the best of a loop", ["best = 0\nfor c in (1, 2):\n    m = LR(C=c).fit(X_train, y_train)\n    if m.score(X_test, y_test) > best:\n        model = m"], TRAINED),
    Case("a function", ["def train(A, b):\n    m = RF(3)\n    m.fit(A, b)\n    return m", "model = train(X_train, y_train)"], ("X_train", "y_train", 3)),
    Case("a function, called by keywords", ["def train(A, b):\n    return RF(3).fit(A, b)", "model = train(b=y_train, A=X_train)"], ("X_train", "y_train", 3)),
    Case("a function with a local of its own", ["def train(d):\n    A = d[['a', 'b']]\n    return RF(3).fit(A, d['t'])", "model = train(df)"], ("df[['a', 'b']]", "df['t']", 3)),
    Case("a function that reads globals", ["def train():\n    return RF(3).fit(X_train, y_train)", "model = train()"], ("X_train", "y_train", 3)),
    Case("a function within a function", ["def fit(m, A, b):\n    return m.fit(A, b)\ndef train(A, b):\n    return fit(LR(), A, b)", "model = train(X_train, y_train)"], ("X_train", "y_train", 3)),
    Case("a function given the model", ["def fit(m, A, b):\n    m.fit(A, b)", "model = LR()\nfit(model, X_train, y_train)"], ("X_train", "y_train", 3)),
    Case("a lambda", ["fit = lambda A, b: LR().fit(A, b)", "model = fit(X_train, y_train)"], ("X_train", "y_train", 3)),
    Case("a class of the notebook", ["class Trainer:\n    def __init__(self, m):\n        self.m = m\n    def fit(self, A, b):\n        self.m.fit(A, b)", "t = Trainer(RF(3))\nt.fit(X_train, y_train)\nmodel = t.m"], ("X_train", "y_train", 3)),
    Case("expressions as arguments", ["cols = ['a', 'b']\nmodel = LR().fit(df[cols], df['t'])"], ("df[cols]", "df['t']", 2)),
    Case("arrays as arguments", ["model = LR().fit(X.values, df.t)"], ("X.values", "df.t", 2)),
    Case("a table without its target", ["model = LR().fit(df.drop(columns='t'), df.t)"], ("df.drop(columns='t')", "df.t", 2)),
    Case("a part of the rows", ["model = LR().fit(X[:60], y[:60])"], ("X[:60]", "y[:60]", 2)),
    Case("a voter of fitted parts", ["one = LR().fit(X, y)", "model = VotingClassifier([('one', one)]).fit(X_train, y_train)"], ("X_train", "y_train", 3)),
    Case("clusters have no targets", ["model = KMeans(2, n_init=1).fit(X)"], ("X", None, 2)),
    Case("statsmodels takes y first", ["import statsmodels.api as sm\nmodel = sm.OLS(y_train, X_train).fit()"], TRAINED, executed=False),
    Case("a model of statsmodels does not change its data", ["import statsmodels.api as sm\nA = sm.add_constant(X_train)", "model = sm.Logit(y_train, A).fit(disp=0)"], ("A", "y_train", 3), executed=False),
    Case("a statsmodels object of its own", ["import statsmodels.api as sm\nols = sm.OLS(y_train, sm.add_constant(X_train))", "model = ols.fit()"], ("X_train", "y_train", 3), executed=False),
    Case("a formula", ["import statsmodels.formula.api as smf\nmodel = smf.ols('t ~ a + b', data=df).fit()"], ("df.drop(columns='t')", "df['t']", 2), executed=False),
    Case("a formula of a changed target", ["import statsmodels.formula.api as smf\nmodel = smf.ols('np.log1p(t) ~ a', data=df).fit()"], "does not say its rows", executed=False),
    Case("looked at afterwards", ["model = LR().fit(X_train, y_train)", "print(X_train.head())\nX_train.describe()"], TRAINED),
    Case("predicted afterwards", ["model = LR().fit(X_train, y_train)", "p = model.predict(X_train)\nX_test['p'] = 1"], TRAINED),
    Case("a fit that raised does not count", ["model = LR().fit(X_train, y_train)", "model.fit(X_train, None)"], TRAINED),
    # --- piece by piece
    Case("pieces of a split", [SGD, "for A, b in zip(np.array_split(X, 4), np.array_split(y, 4)):\n    model.partial_fit(A, b, classes=[0, 1])"], ("X", "y", 3)),
    Case("pieces that were split before", [SGD, "pieces = list(zip(np.array_split(X_train, 4), np.array_split(y_train, 4)))", "for A, b in pieces:\n    model.partial_fit(A, b, classes=[0, 1])"], ("X_train", "y_train", 4)),
    Case("pieces of one table", [SGD, "for part in np.array_split(df, 4):\n    model.partial_fit(part[['a', 'b']], part['t'], classes=[0, 1])"], ("df[['a', 'b']]", "df['t']", 3), executed=False),
    Case("pieces with names of their own", [SGD, "for n, part in enumerate(np.array_split(df, 4)):\n    A = part.drop(columns='t')\n    b = part['t']\n    model.partial_fit(A, b, classes=[0, 1])\n    print(n)"], ("df.drop(columns='t')", "df['t']", 3), executed=False),
    Case("pieces of the positions", [SGD, "for rows in np.array_split(np.arange(len(X)), 4):\n    model.partial_fit(X.iloc[rows], y.iloc[rows], classes=[0, 1])"], ("X", "y", 3)),
    Case("pieces of positions of an array", [SGD + "\nA, b = X.to_numpy(), y.to_numpy()", "for rows in np.array_split(np.arange(len(A)), 4):\n    model.partial_fit(A[rows], b[rows], classes=[0, 1])"], ("A", "b", 3)),
    Case("slices", [SGD, "for i in range(0, len(X), 30):\n    model.partial_fit(X[i:i + 30], y[i:i + 30], classes=[0, 1])"], ("X", "y", 3)),
    Case("slices by iloc", [SGD + "\nsize = 30", "for start in range(0, X.shape[0], size):\n    A, b = X.iloc[start:start + size], y.iloc[start:start + size]\n    model.partial_fit(A, b, classes=[0, 1])"], ("X", "y", 3)),
    Case("slices of rows and columns", [SGD, "for i in range(0, len(df), 30):\n    model.partial_fit(df.iloc[i:i + 30, :2], df.iloc[i:i + 30, 2], classes=[0, 1])"], ("df.iloc[:, :2]", "df.iloc[:, 2]", 3)),
    Case("slices up to a row", [SGD + "\nrows = 50", "for i in range(0, rows, 20):\n    stop = min(i + 20, rows)\n    model.partial_fit(X[i:stop], y[i:stop], classes=[0, 1])"], ("X[:rows]", "y[:rows]", 3)),
    Case("numbered slices", [SGD + "\nn = 20", "for k in range(4):\n    model.partial_fit(X[k * n:(k + 1) * n], y[k * n:(k + 1) * n], classes=[0, 1])"], ("X[:4 * n]", "y[:4 * n]", 3)),
    Case("several times over all rows", [SGD, "for epoch in range(3):\n    for i in range(0, len(X), 30):\n        model.partial_fit(X[i:i + 30], y[i:i + 30], classes=[0, 1])"], ("X", "y", 3)),
    Case("all rows at once, several times", [SGD, "for _ in range(3):\n    model.partial_fit(X_train, y_train, classes=[0, 1])"], TRAINED[:2] + (3,)),
    Case("the same rows in two cells", [SGD, "model.partial_fit(X_train, y_train, classes=[0, 1])", "model.partial_fit(X_train, y_train)"], TRAINED[:2] + (4,)),
    Case("a partial fit of the same rows after the fit", [SGD, "model.fit(X_train, y_train)", "model.partial_fit(X_train, y_train)"], TRAINED[:2] + (4,)),
    Case("more trees of the same rows", ["model = RF(3, warm_start=True).fit(X_train, y_train)", "model.set_params(n_estimators=5)\nmodel.fit(X_train, y_train)"], TRAINED[:2] + (3,)),
    Case("more trees in a loop", ["model = RF(1, warm_start=True)\nfor n in (2, 3):\n    model.set_params(n_estimators=n)\n    model.fit(X_train, y_train)"], TRAINED),
    Case("changed between two passes", [SGD, "model.partial_fit(X_train, y_train, classes=[0, 1])", "X_train['a'] = 0", "model.partial_fit(X_train, y_train)"], "X_train was changed after the fit, in In [4]"),
    Case("changed after they were split", [SGD, "pieces = list(zip(np.array_split(X, 4), np.array_split(y, 4)))", "X = X[:40]", "for A, b in pieces:\n    model.partial_fit(A, b, classes=[0, 1])"], "goes on from earlier rows"),
    Case("slices that go on behind the row", [SGD + "\nrows = 50", "for i in range(0, rows, 20):\n    model.partial_fit(X[i:i + 20], y[i:i + 20], classes=[0, 1])"], "goes on from earlier rows"),
    Case("slices with gaps", [SGD, "for i in range(0, len(X), 30):\n    model.partial_fit(X[i:i + 20], y[i:i + 20], classes=[0, 1])"], "goes on from earlier rows"),
    Case("slices from a later row", [SGD, "for i in range(10, len(X), 30):\n    model.partial_fit(X[i:i + 30], y[i:i + 30], classes=[0, 1])"], "goes on from earlier rows"),
    Case("pieces of which some are left out", [SGD, "for A, b in zip(np.array_split(X, 4), np.array_split(y, 4)):\n    if b.sum() > 3:\n        model.partial_fit(A, b, classes=[0, 1])"], "goes on from earlier rows"),
    Case("a loop that is left", [SGD, "for A, b in zip(np.array_split(X, 4), np.array_split(y, 4)):\n    model.partial_fit(A, b, classes=[0, 1])\n    if b.sum() > 3:\n        break"], "goes on from earlier rows"),
    Case("pieces of different numbers", [SGD, "for A, b in zip(np.array_split(X, 4), np.array_split(y[:80], 5)):\n    model.partial_fit(A, b[:1].repeat(len(A)), classes=[0, 1])"], "goes on from earlier rows"),
    Case("a file in pieces", [SGD + "\ndf.to_csv('rows.csv')", "for part in pd.read_csv('rows.csv', chunksize=30):\n    model.partial_fit(part[['a', 'b']], part['t'], classes=[0, 1])"], "goes over the pieces of read_csv, which are not kept: give --train X y"),
    Case("other rows later", [SGD, "for i in range(0, len(X), 30):\n    model.partial_fit(X[i:i + 30], y[i:i + 30], classes=[0, 1])", "model.partial_fit(X_test, y_test)"], "partial_fit in In [4] goes on"),
    # --- what cannot be told
    Case("a column added afterwards", ["model = LR().fit(X_train, y_train)", "X_train['c'] = 1"], "X_train was changed after the fit, in In [3]: give --train X y"),
    Case("a name bound anew", ["model = LR().fit(X_train, y_train)", "y_train = y_train * 2"], "y_train was changed after the fit, in In [3]"),
    Case("the split run again", ["model = LR().fit(X_train, y_train)", "X_train, X_test, y_train, y_test = train_test_split(X, y)"], "X_train was changed after the fit, in In [3]"),
    Case("a list of columns that grew", ["cols = ['a']\nmodel = LR().fit(df[cols], y)", "cols.append('b')"], "cols was changed after the fit, in In [3]"),
    Case("changed in place", ["model = LR().fit(X_train, y_train)", "X_train.drop(columns='a', inplace=True)"], "X_train was changed after the fit, in In [3]"),
    Case("changed by a function", ["def add(d):\n    d['n'] = 1", "model = LR().fit(X_train, y_train)", "add(X_train)"], "X_train was changed after the fit, in In [4]"),
    Case("given to something unknown", ["import colorsys as unknown", "model = LR().fit(X_train, y_train)", "try:\n    unknown.touch(X_train)\nexcept Exception:\n    pass"], "X_train may have been changed after the fit, in In [4]"),
    Case("deleted", ["model = LR().fit(X_train, y_train)", "del X_train"], "X_train is gone since the fit in In [2]"),
    Case("folds", ["for tr, te in KFold(2).split(X):\n    model = LR().fit(X.iloc[tr], y.iloc[tr])"], "was changed by the very statement of the fit, In [2]"),
    Case("names of a comprehension", ["models = [LR().fit(A, b) for A, b in [(X, y)]]\nmodel = models[0]"], "`A`, fitted in In [2], exists only within the loop"),
    Case("chunks", ["model = SGDClassifier()\nfor i in (0, 40):\n    model.partial_fit(X[i:i + 40], y[i:i + 40], classes=[0, 1])"], "partial_fit in In [2] goes on from earlier rows"),
    Case("a partial fit after a fit", ["model = SGDClassifier().fit(X_train, y_train)", "model.partial_fit(X_test, y_test)"], "partial_fit in In [3] goes on"),
    Case("a warm start", ["model = RF(3, warm_start=True).fit(X_train, y_train)", "model.set_params(n_estimators=5)\nmodel.fit(X_test, y_test)"], "The fit in In [3] goes on from an earlier one"),
    Case("a warm start set later", ["model = RF(3).fit(X_train, y_train)", "model.set_params(n_estimators=5, warm_start=True).fit(X_test, y_test)"], "goes on from an earlier one"),
    Case("a booster that goes on from another", ["from lightgbm import LGBMClassifier as GB\nfirst = GB().fit(X, y)", "model = GB().fit(X_test, y_test, init_model=first)"], "The fit in In [3] goes on from an earlier one", executed=False),
    Case("a booster that goes on from a file", ["from xgboost import XGBClassifier as GB\nmodel = GB().fit(X_test, y_test, xgb_model='first.json')"], "goes on from an earlier one", executed=False),
    Case("a booster that goes on with other rows", ["from xgboost import XGBClassifier as GB\nmodel = GB().fit(X_train, y_train)", "model.fit(X_test, y_test, xgb_model=model)"], "goes on from an earlier one", executed=False),
    Case("a booster that goes on with the same rows", ["from xgboost import XGBClassifier as GB\nmodel = GB().fit(X_train, y_train)", "model.fit(X_train, y_train, xgb_model=model)"], TRAINED[:2] + (3,), executed=False),
    Case("a booster that goes on from nothing", ["from xgboost import XGBClassifier as GB\nmodel = GB().fit(X_train, y_train, xgb_model=None)"], TRAINED, executed=False),
    Case("a warm start that started once", ["model = RF(3, warm_start=True).fit(X_train, y_train)"], TRAINED),
    Case("arguments of a tuple", ["data = X_train, y_train\nmodel = LR().fit(*data)"], "does not say its rows as arguments"),
    Case("locals of a function", ["def train(d):\n    A, B, a, b = train_test_split(d[['a']], d['t'])\n    return LR().fit(A, a)", "model = train(df)"], "`A`, fitted in In [3], exists only within train()"),
    Case("a parameter that is bound anew", ["def train(A, b):\n    A = A * 2\n    return LR().fit(A, b)", "model = train(X, y)"], "`A`, fitted in In [3], exists only within train()"),
    Case("a transformer fitted on the way", ["model = LR().fit(StandardScaler().fit_transform(X_train), y_train)"], "cannot be evaluated again without doing something"),
    Case("a sample", ["model = LR().fit(X.sample(40), y[:40])"], "cannot be evaluated again without doing something"),
    Case("two fits of one statement", ["if len(X) > 5:\n    model = LR().fit(X_train, y_train)\nelse:\n    model = LR().fit(X, y)"], "more than once, with different rows"),
    Case("a step of a pipeline", ["pipe = make_pipeline(StandardScaler(), LR()).fit(X_train, y_train)", "model = pipe[-1]"], "No cell was seen that fits `model`"),
    Case("a clone", ["m = LR().fit(X, y)\nmodel = clone(m)"], "No cell was seen that fits `model`"),
    Case("never fitted here", ["import pickle\nmodel = pickle.loads(pickle.dumps(LR().fit(X, y)))"], "No cell was seen that fits `model`"),
]  # fmt: skip


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_the_training_data_that_the_cells_tell(
    case: Case, run_cells: RunCells, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    if case.executed:
        _, journal = run_cells(DATA, *case.cells)
    else:
        journal = Journal(tuple(CellRun(n, s, evidence=False) for n, s in enumerate([DATA, *case.cells], 1)))
    told = _told(History(journal, case.target))
    if isinstance(case.told, str):
        assert isinstance(told, str)
        assert case.told in told
    else:
        X, y, execution = case.told
        assert told == (X, y, f"In [{execution}]")


def _told(history: History) -> tuple[str, str | None, str] | str:
    try:
        fit = find_fit(history)
        for node in (fit.X, fit.y):
            if node is not None:
                check_unchanged(history, node, fit.since, "fit", TRAIN)
    except Unclear as error:
        return str(error)
    return ast.unparse(fit.X), fit.y and ast.unparse(fit.y), history.place(fit.index)


def test_without_run_time_evidence_the_words_are_the_same(run_cells: RunCells) -> None:
    """The extension was loaded last: the cells are known from IPython's history alone."""
    cells = ["model = LR().fit(X_train, y_train)", "X_train['c'] = 1"]
    _, journal = run_cells(DATA, *cells, evidence=False)
    assert _told(History(journal, "model")) == "X_train was changed after the fit, in In [3]: give --train X y"


def test_words_quote_no_address() -> None:
    cells = ["model = LR().fit(pd.read_csv('https://ann:secret@example.org/rows.csv'), y)"]
    journal = Journal(tuple(CellRun(n, s, evidence=False) for n, s in enumerate([DATA, *cells], 1)))
    words = _told(History(journal, "model"))
    assert words == "`pd.read_csv(...)` cannot be evaluated again without doing something: give --train X y"


RAISED = [
    ("never fitted", ["model = LR()", "model.fit(X.assign(a=np.nan), y)"], "In [3]"),
    ("fitted before", ["model = LR().fit(X, y)", "model.fit(X.assign(a=np.nan), y)"], "In [3]"),
    ("within a function", ["def train(m, A):\n    m.fit(A, y)", "model = LR()", "train(model, X.assign(a=np.nan))"], "In [4]"),
    ("a class of the notebook", ["class M:\n    def fit(self, X, y):\n        raise ValueError", "model = M()", "model.fit(X, y)"], "In [4]"),
    ("a name that is not there, as its argument", ["model = LR().fit(X, y)", "model.fit(X_trian, y)"], ""),
    ("an argument that raises", ["model = LR().fit(X, y)", "model.fit(StandardScaler().fit_transform(X.assign(a='x')), y)"], ""),
    ("the score after it", ["model = LR()", "model.fit(X, y).score(X[['a']], y)"], ""),
    ("a model that was never bound", ["model = LR().fit(X, y)", "model = LR().fit(X.assign(a=np.nan), y)"], ""),
    ("another model", ["model = LR().fit(X, y)", "other = LR()", "other.fit(X.assign(a=np.nan), y)"], ""),
    ("fitted again", ["model = LR()", "model.fit(X.assign(a=np.nan), y)", "model.fit(X, y)"], ""),
]  # fmt: skip


@pytest.mark.parametrize(("cells", "place"), [c[1:] for c in RAISED], ids=[c[0] for c in RAISED])
def test_a_last_fit_that_raised_is_known(cells: list[str], place: str, run_cells: RunCells) -> None:
    namespace, journal = run_cells(DATA, *cells)
    assert fit_that_raised(History(journal, "model")) == place
    assert "model" in namespace
