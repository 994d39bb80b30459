"""Cells in, and what is said of test rows that reached the training; most of all, when nothing is."""

# ruff: noqa: E501 (one line a case reads better)

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from ipymlops.capture.journal import Journal
from ipymlops.pipelines.leakage import leaks

RunCells = Callable[..., tuple[dict[str, Any], Journal]]
DATA = """import numpy as np, pandas as pd
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression as LR
from sklearn.pipeline import make_pipeline
from sklearn.compose import make_column_transformer
from sklearn.preprocessing import StandardScaler, MinMaxScaler, OneHotEncoder, LabelEncoder, PolynomialFeatures
from sklearn.model_selection import train_test_split, GridSearchCV, cross_val_score
df = pd.DataFrame({"a": np.arange(80.) % 7, "b": np.arange(80.) % 5, "c": ["u", "v"] * 40, "t": np.arange(80) % 3 % 2})
df.loc[3, "a"] = np.nan
rows = df.fillna(0)
X, y = rows[["a", "b"]], rows["t"]
"""
SPLIT = "X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)"
FIT = "model = LR().fit(X_train, y_train)"
OWN = """class Stopper(LR):
    def __init__(self, C=1.0, early_stopping_rounds=None):
        super().__init__(C=C)
        self.early_stopping_rounds = early_stopping_rounds
    def fit(self, X, y, eval_set=(), early_stopping_rounds=None):
        super().fit(X, y)
        return self
"""


@dataclass(frozen=True)
class Case:
    """``said``: the beginnings of the sentences, in order."""

    name: str
    cells: list[str]
    said: tuple[str, ...] = ()


LEAKING = [
    Case("scaled before the split", ["X = StandardScaler().fit_transform(X)", SPLIT, FIT], ("In [2] fits StandardScaler on all rows before the split in In [3]: the test rows have leaked into training",)),
    Case("scaled under another name", ["scaler = MinMaxScaler()\nX_scaled = scaler.fit_transform(X)", "X_train, X_test, y_train, y_test = train_test_split(X_scaled, y)", FIT], ("In [2] fits MinMaxScaler",)),
    Case("fitted, then transformed", ["scaler = StandardScaler()\nscaler.fit(X)", "X = pd.DataFrame(scaler.transform(X), columns=X.columns)", SPLIT, FIT], ("In [2] fits StandardScaler",)),
    Case("within the split's own call", ["X_train, X_test, y_train, y_test = train_test_split(StandardScaler().fit_transform(X), y)", FIT], ("In [2] fits StandardScaler",)),
    Case("columns written back", ["rows[['a', 'b']] = StandardScaler().fit_transform(rows[['a', 'b']])", "X, y = rows[['a', 'b']], rows['t']", SPLIT, FIT], ("In [2] fits StandardScaler",)),
    Case("a list of columns written back", ["cols = ['a', 'b']\nrows[cols] = StandardScaler().fit_transform(rows[cols])", "train, test = train_test_split(rows)", "model = LR().fit(train[cols], train['t'])"], ("In [2] fits StandardScaler",)),
    Case("scaled before a split by hand", ["X = pd.DataFrame(StandardScaler().fit_transform(X), columns=X.columns)", "X_train, X_test, y_train, y_test = X[:60], X[60:], y[:60], y[60:]", FIT], ("In [2] fits StandardScaler on all rows before the split in In [3]",)),
    Case("filled before a split by a mask", ["df['a'] = df['a'].fillna(df['a'].mean())", "late = df.b > 3\ntrain, test = df[~late], df[late]", "model = LR().fit(train[['a', 'b']], train.t)"], ("In [2] uses `df['a'].mean()`",)),
    Case("chosen by the rows put aside by hand", ["X_train, X_test, y_train, y_test = X[:60], X[60:], y[:60], y[60:]", "best = 0\nfor c in (1, 2):\n    m = LR(C=c).fit(X_train, y_train)\n    if m.score(X_test, y_test) > best:\n        model = m"], ("In [3] selects by the score on the test rows of the split in In [2]",)),
    Case("encoded", ["X = OneHotEncoder(sparse_output=False).fit_transform(df[['c']])", SPLIT, FIT], ("In [2] fits OneHotEncoder",)),
    Case("imputed", ["X = SimpleImputer().fit_transform(df[['a', 'b']])", SPLIT, FIT], ("In [2] fits SimpleImputer",)),
    Case("components", ["X = PCA(1).fit_transform(X)", SPLIT, FIT], ("In [2] fits PCA",)),
    Case("selected columns", ["X = SelectKBest(k=1).fit_transform(X, y)", SPLIT, FIT], ("In [2] fits SelectKBest",)),
    Case("selected columns by their names", ["best = SelectKBest(k=1).fit(X, y)\nX = X.loc[:, best.get_support()]", SPLIT, FIT], ("In [2] fits SelectKBest",)),
    Case("clusters as a column", ["X = X.assign(k=KMeans(2, n_init=1).fit_predict(X))", SPLIT, FIT], ("In [2] fits KMeans",)),
    Case("a pipeline of transformers", ["X = make_pipeline(SimpleImputer(), StandardScaler()).fit_transform(X)", SPLIT, FIT], ("In [2] fits Pipeline",)),
    Case("in a function", ["def scaled(d):\n    return StandardScaler().fit_transform(d)", "X = scaled(X)", SPLIT, FIT], ("In [3] fits StandardScaler",)),
    Case("two of them", ["X = SimpleImputer().fit_transform(df[['a', 'b']])", "X = StandardScaler().fit_transform(X)", SPLIT, FIT], ("In [2] fits SimpleImputer", "In [3] fits StandardScaler")),
    Case("fitted on all rows after the split", [SPLIT, "scaler = StandardScaler().fit(X)\nA = scaler.transform(X_train)", "model = LR().fit(A, y_train)"], ("In [3] fits StandardScaler on all rows, the test rows of the split in In [2] included",)),
    Case("selected on all rows, used after the split", ["best = SelectKBest(k=1).fit(X, y)", SPLIT, "A = best.transform(X_train)", "model = LR().fit(A, y_train)"], ("In [2] fits SelectKBest on all rows",)),
    Case("filled with the mean", ["df = df.fillna({'a': df['a'].mean()})", "X, y = df[['a', 'b']], df['t']", SPLIT, FIT], ("In [2] uses `df['a'].mean()` of all rows before the split in In [4]: the test rows have leaked into training",)),
    Case("a column filled with the median", ["df['a'] = df['a'].fillna(df['a'].median())", "X, y = df[['a', 'b']], df['t']", SPLIT, FIT], ("In [2] uses `df['a'].median()`",)),
    Case("filled with a figure that has a name", ["m = df['a'].mean()", "df['a'] = df['a'].fillna(m)", "X, y = df[['a', 'b']], df['t']", SPLIT, FIT], ("In [2] uses `df['a'].mean()`",)),
    Case("all columns filled", ["X = df[['a', 'b']]\nX = X.fillna(X.mean())", SPLIT, FIT], ("In [2] uses `X.mean()`",)),
    Case("standardised by hand", ["X = (X - X.mean()) / X.std()", SPLIT, FIT], ("In [2] uses `X.std()` and `X.mean()`",)),
    Case("a target encoding", ["rows['e'] = rows.groupby('c')['t'].transform('mean')", "X, y = rows[['a', 'e']], rows['t']", SPLIT, FIT], ("In [2] uses `rows.groupby('c')['t'].transform('mean')`",)),
    Case("a target encoding by map", ["rows['e'] = rows['c'].map(rows.groupby('c')['t'].mean())", "X, y = rows[['a', 'e']], rows['t']", SPLIT, FIT], ("In [2] uses `rows.groupby('c')['t'].mean()`",)),
    Case("tuned on all rows before the split", ["search = GridSearchCV(LR(), {'C': [1, 2]}, cv=2).fit(X, y)", SPLIT, "model = LR(**search.best_params_).fit(X_train, y_train)"], ("In [2] tunes GridSearchCV on all rows, the test rows of the split in In [3] included",)),
    Case("tuned on all rows after the split", [SPLIT, "search = GridSearchCV(LR(), {'C': [1, 2]}, cv=2)\nsearch.fit(X, y)", "model = LR(C=search.best_params_['C']).fit(X_train, y_train)"], ("In [3] tunes GridSearchCV on all rows",)),
    Case("the search is the model", [SPLIT, "search = GridSearchCV(LR(), {'C': [1, 2]}, cv=2).fit(X, y)", "model = search.best_estimator_"], ("In [3] fits the model on all rows, the test rows of the split in In [2] included",)),
    Case("fitted on everything in the end", [SPLIT, FIT, "model.fit(X, y)"], ("In [4] fits the model on all rows, the test rows of the split in In [2] included",)),
    Case("another model fitted on everything", [SPLIT, "first = LR().fit(X_train, y_train)", "model = LR().fit(rows[['a', 'b']], rows['t'])"], ("In [4] fits the model on all rows",)),
    Case("stopped on the test rows", [OWN, SPLIT, "model = Stopper().fit(X_train, y_train, eval_set=[(X_test, y_test)], early_stopping_rounds=5)"], ("In [4] stops training early on the test rows of the split in In [3]: the test rows have leaked into training",)),
    Case("the best of a loop by test score", [SPLIT, "best = 0\nfor c in (1, 2):\n    m = LR(C=c).fit(X_train, y_train)\n    s = m.score(X_test, y_test)\n    if s > best:\n        best, model = s, m"], ("In [3] selects by the score on the test rows of the split in In [2]: the test rows have leaked into training",)),
    Case("the best of a list of scores", [SPLIT, "models, results = {'one': LR(), 'two': LR(C=2)}, []\nfor name, m in models.items():\n    m.fit(X_train, y_train)\n    p = m.predict(X_test)\n    results.append((np.mean(p == y_test), name))", "model = models[max(results)[1]]"], ("In [3] selects by the score",)),
    Case("scores by name, filled in a loop", [SPLIT, "models, scores = {}, {}\nfor c in (1, 2):\n    models[c] = LR(C=c).fit(X_train, y_train)\n    scores[c] = models[c].score(X_test, y_test)", "model = models[max(scores, key=scores.get)]"], ("In [3] selects by the score",)),
    Case("the best of a dictionary by test score", [SPLIT, "models = {c: LR(C=c).fit(X_train, y_train) for c in (1, 2)}", "scores = {c: m.score(X_test, y_test) for c, m in models.items()}", "model = models[max(scores, key=scores.get)]"], ("In [4] selects by the score",)),
]  # fmt: skip
CLEAN = [
    Case("a split and a fit", [SPLIT, FIT]),
    Case("no split at all", ["X = StandardScaler().fit_transform(X)", "model = LR().fit(X, y)"]),
    Case("a pipeline", [SPLIT, "model = make_pipeline(SimpleImputer(), StandardScaler(), LR()).fit(X_train, y_train)"]),
    Case("a pipeline over columns", [SPLIT, "model = make_pipeline(make_column_transformer((StandardScaler(), ['a', 'b'])), LR()).fit(X_train, y_train)"]),
    Case("a pipeline that is searched", [SPLIT, "search = GridSearchCV(make_pipeline(StandardScaler(), LR()), {'logisticregression__C': [1, 2]}, cv=2)\nsearch.fit(X_train, y_train)", "model = search.best_estimator_"]),
    Case("scaled after the split", [SPLIT, "sc = StandardScaler()\nX_train = sc.fit_transform(X_train)\nX_test = sc.transform(X_test)", FIT]),
    Case("scaled after a split by hand", ["A, B, a, b = X[:60], X[60:], y[:60], y[60:]", "sc = StandardScaler()\nC = sc.fit_transform(A)\nD = sc.transform(B)", "model = LR().fit(C, a)"]),
    Case("labels numbered before the split", ["y = LabelEncoder().fit_transform(df['c'])", SPLIT, FIT]),
    Case("powers before the split", ["X = PolynomialFeatures(2).fit_transform(X)", SPLIT, FIT]),
    Case("dummies before the split", ["X = pd.get_dummies(rows[['a', 'c']])", SPLIT, FIT]),
    Case("filled with a constant", ["X = df[['a', 'b']].fillna(0)", SPLIT, FIT]),
    Case("filled with the training mean", ["X, y = df[['a', 'b']], df['t']", SPLIT, "m = X_train.mean()\nX_train = X_train.fillna(m)\nX_test = X_test.fillna(m)", FIT]),
    Case("a mean of each row", ["rows['m'] = rows[['a', 'b']].mean(axis=1)", "X, y = rows[['a', 'm']], rows['t']", SPLIT, FIT]),
    Case("a mean of each row, by position", ["X = X.sub(X.mean(1), axis=0)\nX = X - X.mean(1).values.reshape(-1, 1)", SPLIT, FIT]),
    Case("a transformer of another table's transformation", ["other = pd.DataFrame({'a': [1.0, 2.0], 'b': [1.0, 3.0]})\none = PolynomialFeatures(1, include_bias=False).fit(X)\ntwo = StandardScaler().fit(one.transform(other))", "X = two.transform(one.transform(X))", SPLIT, FIT]),
    Case("a ratio of columns", ["rows['r'] = rows['a'] / (rows['b'] + 1)", "X, y = rows[['a', 'r']], rows['t']", SPLIT, FIT]),
    Case("a target cut at the median", ["y = (rows['b'] > rows['b'].median()).astype(int)", SPLIT, FIT]),
    Case("rows left out by a quantile", ["rows = rows[rows['a'] <= rows['a'].quantile(0.9)]\nX, y = rows[['a', 'b']], rows['t']", SPLIT, FIT]),
    Case("figures that are only looked at", ["print(X.mean())\nX.describe()\nmeans = X.mean()", SPLIT, FIT]),
    Case("aggregated rows", ["rows = rows.groupby(['a', 'b'], as_index=False).mean(numeric_only=True)\nX, y = rows[['a', 'b']], (rows['t'] > 0).astype(int)", SPLIT, FIT]),
    Case("windows over time", ["rows['w'] = rows['a'] - rows['a'].rolling(3, min_periods=1).mean()", "X, y = rows[['a', 'w']], rows['t']", SPLIT, FIT]),
    Case("a scaler that was tried and left", ["A = StandardScaler().fit_transform(X)\nprint(A.mean())", SPLIT, FIT]),
    Case("components that are only drawn", ["coordinates = PCA(2).fit_transform(X)\nprint(coordinates[:3])", SPLIT, FIT]),
    Case("clusters that are only looked at", ["k = KMeans(2, n_init=1).fit(X)\nprint(k.inertia_)", SPLIT, FIT]),
    Case("another model on all rows", ["other = LR().fit(X, y)\nprint(other.score(X, y))", SPLIT, FIT]),
    Case("the same model on all rows before", ["model = LR().fit(X, y)", SPLIT, "model.fit(X_train, y_train)"]),
    Case("a search on the training rows", [SPLIT, "search = GridSearchCV(LR(), {'C': [1, 2]}, cv=2).fit(X_train, y_train)", "model = LR(**search.best_params_).fit(X_train, y_train)"]),
    Case("cross validation on all rows", [SPLIT, FIT, "print(cross_val_score(LR(), X, y, cv=2))"]),
    Case("scored on the test rows", [SPLIT, FIT, "score = model.score(X_test, y_test)\nprint(score)"]),
    Case("scored in a loop without a choice", [SPLIT, "models = {'one': LR(), 'two': LR(C=2)}\nfor name, m in models.items():\n    m.fit(X_train, y_train)\n    print(name, m.score(X_test, y_test))", "model = models['one']"]),
    Case("models kept in a loop that also scores", [SPLIT, "models, scores = {}, {}\nfor c in (1, 2):\n    models[c] = LR(C=c).fit(X_train, y_train)\n    scores[c] = models[c].score(X_test, y_test)", "model = models[1]"]),
    Case("the best of a loop by validation score", ["X_rest, X_test, y_rest, y_test = train_test_split(X, y)", "X_train, X_val, y_train, y_val = train_test_split(X_rest, y_rest)", "best = 0\nfor c in (1, 2):\n    m = LR(C=c).fit(X_train, y_train)\n    s = m.score(X_val, y_val)\n    if s > best:\n        best, model = s, m"]),
    Case("scaled between two splits", ["X_rest, X_test, y_rest, y_test = train_test_split(X, y)", "A = StandardScaler().fit_transform(X_rest)", "X_train, X_val, y_train, y_val = train_test_split(A, y_rest)", FIT]),
    Case("watched without stopping", [OWN, SPLIT, "model = Stopper().fit(X_train, y_train, eval_set=[(X_test, y_test)])"]),
    Case("stopped on validation rows", [OWN, "X_rest, X_test, y_rest, y_test = train_test_split(X, y)", "X_train, X_val, y_train, y_val = train_test_split(X_rest, y_rest)", "model = Stopper().fit(X_train, y_train, eval_set=[(X_val, y_val)], early_stopping_rounds=5)"]),
    Case("fitted on part of the rows by hand", ["early = X[:40]\nsc = StandardScaler().fit(early)", SPLIT, "A = sc.transform(X_train)", "model = LR().fit(A, y_train)"]),
    Case("filled with a figure of another table", ["other = pd.DataFrame({'a': [1.0, 2.0]})", "df['a'] = df['a'].fillna(other['a'].mean())\nX, y = df[['a', 'b']], df['t']", SPLIT, FIT]),
    Case("an encoder of another table", ["other = pd.DataFrame({'a': [1.0, 2.0], 'b': [1.0, 3.0]})\nsc = StandardScaler().fit(other)", "X = sc.transform(X)", SPLIT, FIT]),
    Case("a table that only shares its name", ["X_old = X\nX = X[:40]\nsc = StandardScaler().fit(X)", "X = X_old", SPLIT, "A = sc.transform(X_train)", "model = LR().fit(A, y_train)"]),
]  # fmt: skip


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("case", [*LEAKING, *CLEAN], ids=lambda c: c.name)
def test_what_is_said_of_test_rows_in_the_training(case: Case, run_cells: RunCells) -> None:
    namespace, journal = run_cells(DATA, *case.cells)
    assert "model" in namespace
    said = leaks(journal, "model")
    assert len(said) == len(case.said), said
    for sentence, beginning in zip(said, case.said, strict=True):
        assert sentence.startswith(beginning)


def test_many_are_cut_short(run_cells: RunCells) -> None:
    filled = [f"df['a{i}'] = df['a'].fillna(df['a'].mean())" for i in range(12)]
    columns = [f"a{i}" for i in range(12)]
    _, journal = run_cells(DATA, *filled, f"X, y = df[{columns}], df['t']", SPLIT, FIT)
    said = leaks(journal, "model")
    assert said[0].startswith("In [2] uses")
    assert said[8:] == ("4 more statements let test rows into training",)
