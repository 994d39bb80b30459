"""Cells in, and the test data that they tell: the expressions of the rows that were put aside, or why there are none."""

# ruff: noqa: E501 (one line a case reads better)

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from ipymlops.capture.journal import Journal
from ipymlops.pipelines.call_log import History
from ipymlops.pipelines.fit_call import Unclear, find_fit
from ipymlops.pipelines.held_out import find_held_out

RunCells = Callable[..., tuple[dict[str, Any], Journal]]
DATA = """import numpy as np, pandas as pd
from sklearn.linear_model import LogisticRegression as LR
from sklearn.preprocessing import StandardScaler
from sklearn.utils import shuffle
from sklearn.model_selection import train_test_split as tts, KFold, ShuffleSplit
df = pd.DataFrame({"a": np.arange(80.) % 7, "b": np.arange(80.) % 5, "t": np.arange(80) % 2})
X, y = df[["a", "b"]].copy(), df["t"].copy()
"""
SPLIT = "X_train, X_test, y_train, y_test = tts(X, y)"
FIT = "model = LR().fit(X_train, y_train)"
FRAMES = "train, test = tts(df)"
OF_FRAMES = "model = LR().fit(train[['a']], train.t)"


@dataclass(frozen=True)
class Case:
    """``told``: the two expressions and the cell of the split, a piece of the words, or None: nothing was put aside."""

    name: str
    cells: list[str]
    told: tuple[str, str, int] | str | None


PUT_ASIDE = ("X_test", "y_test", 2)
CASES = [
    Case("a split", [SPLIT, FIT], PUT_ASIDE),
    Case("other names", ["one, two, three, four = tts(X, y, stratify=y, test_size=0.3)", "model = LR().fit(one, three)"], ("two", "four", 2)),
    Case("three arrays", ["X_train, X_test, y_train, y_test, a, b = tts(X, y, df.a)", FIT], PUT_ASIDE),
    Case("the last of two splits", [SPLIT, SPLIT, FIT], ("X_test", "y_test", 3)),
    Case("values of the names", [SPLIT, "model = LR().fit(X_train.values, y_train.to_numpy())"], ("X_test.values", "y_test.to_numpy()", 2)),
    Case("columns of the names", [SPLIT, "cols = ['a']", "model = LR().fit(X_train[cols], y_train)"], ("X_test[cols]", "y_test", 2)),
    Case("one frame", [FRAMES, "X_train, y_train = train[['a', 'b']], train['t']", FIT], ("test[['a', 'b']]", "test['t']", 2)),
    Case("one frame, with test names", [FRAMES, "X_train, y_train = train[['a', 'b']], train['t']\nX_test, y_test = test[['a', 'b']], test['t']", FIT], PUT_ASIDE),
    Case("one frame without its target", [FRAMES, "model = LR().fit(train.drop(columns='t'), train.t)"], ("test.drop(columns='t')", "test.t", 2)),
    Case("a list of columns made of it", [FRAMES, "cols = [c for c in train.columns if c != 't']\nX_train, y_train = train[cols], train['t']", FIT], ("test[cols]", "test['t']", 2)),
    Case("popped targets", [FRAMES, "y_train = train.pop('t')\ny_test = test.pop('t')", "model = LR().fit(train, y_train)"], ("test", "y_test", 2)),
    Case("scaled", [SPLIT, "sc = StandardScaler()\nA = sc.fit_transform(X_train)\nB = sc.transform(X_test)", "model = LR().fit(A, y_train)"], ("B", "y_test", 2)),
    Case("with a constant of statsmodels", [SPLIT, "import statsmodels.api as sm\nA = sm.add_constant(X_train)", "model = sm.OLS(y_train, A).fit()"], PUT_ASIDE),
    Case("with a constant in the call", [SPLIT, "import statsmodels.api as sm\nmodel = sm.OLS(y_train, sm.add_constant(X_train)).fit()"], PUT_ASIDE),
    Case("scaled in two steps", [SPLIT, "sc = StandardScaler().fit(X_train)\nA = sc.transform(X_train)\nB = sc.transform(X_test)", "model = LR().fit(A, y_train)"], ("B", "y_test", 2)),
    Case("scaled under the same names", [SPLIT, "sc = StandardScaler()\nX_train = sc.fit_transform(X_train)\nX_test = sc.transform(X_test)", FIT], PUT_ASIDE),
    Case("scaled and a frame again", [SPLIT, "sc = StandardScaler()\nA = pd.DataFrame(sc.fit_transform(X_train), columns=X_train.columns)\nB = pd.DataFrame(sc.transform(X_test), columns=X_test.columns)", "model = LR().fit(A, y_train)"], ("B", "y_test", 2)),
    Case("standardised by hand", [SPLIT, "m, s = X_train.mean(), X_train.std()\nX_train = (X_train - m) / s\nX_test = (X_test - m) / s", FIT], PUT_ASIDE),
    Case("a column on both sides", [SPLIT, "X_train['c'] = X_train.a * 2\nX_test['c'] = X_test.a * 2", FIT], PUT_ASIDE),
    Case("a column in a loop over both", [SPLIT, "for d in (X_train, X_test):\n    d['c'] = d.a * 2", FIT], PUT_ASIDE),
    Case("dropped on both sides", [SPLIT, "X_train.drop(columns='b', inplace=True)\nX_test.drop(columns='b', inplace=True)", FIT], PUT_ASIDE),
    Case("by a function, both at once", ["def prepare(d):\n    return d[['a', 'b']] * 2", SPLIT, "A, B = prepare(X_train), prepare(X_test)", "model = LR().fit(A, y_train)"], ("B", "y_test", 3)),
    Case("by a function, on one side", ["def prepare(d):\n    return d[['a', 'b']] * 2", SPLIT, "A = prepare(X_train)", "model = LR().fit(A, y_train)"], "A is made of the training rows in In [4]"),
    Case("shuffled training rows", [SPLIT, "X_train, y_train = shuffle(X_train, y_train)", FIT], PUT_ASIDE),
    Case("the first and the rest", ["X_train, X_test, y_train, y_test = X[:60], X[60:], y[:60], y[60:]", FIT], PUT_ASIDE),
    Case("the first and the rest, by iloc", ["X_train, y_train = X.iloc[:60], y.iloc[:60]", "X_test, y_test = X.iloc[60:], y.iloc[60:]", FIT], PUT_ASIDE),
    Case("the last ones aside", ["n = 20\nX_train, y_train = X[:-n], y[:-n]\nX_test, y_test = X[-n:], y[-n:]", FIT], PUT_ASIDE),
    Case("rows and columns of an array", ["d = df.values", "A, b = d[:60, :2], d[:60, 2]\nC, e = d[60:, :2], d[60:, 2]", "model = LR().fit(A, b)"], ("C", "e", 3)),
    Case("by a comparison", ["train = df[df.a < 5]\ntest = df[df.a >= 5]", OF_FRAMES], ("test[['a']]", "test.t", 2)),
    Case("by a mask", ["mask = df.a < 5\ntrain, test = df[mask].copy(), df[~mask].copy()", OF_FRAMES], ("test[['a']]", "test.t", 2)),
    Case("by the opposite mask", ["late = df.a > 4\ntrain, test = df.loc[~late], df.loc[late]", OF_FRAMES], ("test[['a']]", "test.t", 2)),
    Case("by a sample", ["train = df.sample(frac=0.8, random_state=1)\ntest = df.drop(train.index)", OF_FRAMES], ("test[['a']]", "test.t", 2)),
    Case("by an index", ["train = df.sample(frac=0.8, random_state=1)\ntest = df[~df.index.isin(train.index)]", OF_FRAMES], ("test[['a']]", "test.t", 2)),
    Case("every other training row", [SPLIT, "X_train, y_train = X_train.iloc[::2], y_train.iloc[::2]", FIT], PUT_ASIDE),
    Case("a few training rows", [SPLIT, "small = X_train[:30]\nmodel = LR().fit(small, y_train[:30])"], PUT_ASIDE),
    Case("a sample of them", [SPLIT, "part = X_train.sample(40, random_state=0)\nmodel = LR().fit(part, y_train[part.index])"], ("X_test", "y_test[X_test.index]", 2)),
    Case("by positions", ["tr, te = next(ShuffleSplit(1, random_state=0).split(X))\nX_train, y_train = X.iloc[tr], y.iloc[tr]\nX_test, y_test = X.iloc[te], y.iloc[te]", FIT], PUT_ASIDE),
    Case("by positions that were split", ["tr, te = tts(np.arange(80))", "model = LR().fit(X.iloc[tr], y.iloc[tr])"], ("X.iloc[te]", "y.iloc[te]", 2)),
    Case("without names", ["model = LR().fit(X[:60], y[:60])\nmodel.score(X[60:], y[60:])"], ("X[60:]", "y[60:]", 2)),
    Case("rows put aside before the validation rows", ["X_rest, X_test, y_rest, y_test = tts(X, y)", "X_train, X_val, y_train, y_val = tts(X_rest, y_rest)", FIT], PUT_ASIDE),
    # --- nothing was put aside
    Case("all rows", ["model = LR().fit(X, y)"], None),
    Case("all rows beside a split", [SPLIT, "model = LR().fit(X, y)"], None),
    Case("some rows", ["model = LR().fit(X[:60], y[:60])"], None),
    Case("folds", ["for tr, te in KFold(2).split(X):\n    X_train, y_train = X.iloc[tr], y.iloc[tr]\n    X_test, y_test = X.iloc[te], y.iloc[te]\n    model = LR().fit(X_train, y_train)"], None),
    Case("parts that are not each other's rest", ["X_train, X_test, y_train, y_test = X[:60], X[50:], y[:60], y[50:]", FIT], None),
    Case("parts of a table that changed between", ["train = df[:60]", "df = df[::-1]", "test = df[60:]", OF_FRAMES], None),
    # --- it cannot be told
    Case("split again", ["X_train, X_temp, y_train, y_temp = tts(X, y)\nX_val, X_test, y_val, y_test = tts(X_temp, y_temp)", FIT], "X_temp was split again in In [2]: give --test X y"),
    Case("no name", ["X_train, _, y_train, _ = tts(X, y)", FIT], "has no name of its own"),
    Case("trained on the test part", [SPLIT, "model = LR().fit(X_test, y_test)"], "X_test is the test part of the split in In [2]"),
    Case("scaled on one side", [SPLIT, "A = StandardScaler().fit_transform(X_train)", "model = LR().fit(A, y_train)"], "A is made of the training rows in In [3], and nothing was made of the test rows in the same way"),
    Case("scaled anew on the test rows", [SPLIT, "sc = StandardScaler()\nA = sc.fit_transform(X_train)\nB = sc.fit_transform(X_test)", "model = LR().fit(A, y_train)"], "nothing was made of the test rows in the same way"),
    Case("scaled, and the scaler fitted again before the test rows", [SPLIT, "sc = StandardScaler()\nA = sc.fit_transform(X_train)\nsc.fit(X)\nB = sc.transform(X_test)", "model = LR().fit(A, y_train)"], "nothing was made of the test rows in the same way"),
    Case("test rows of an earlier split", [SPLIT, "sc = StandardScaler()\nA = sc.fit_transform(X_train)\nB = sc.transform(X_test)", SPLIT, "A = sc.fit_transform(X_train)", "model = LR().fit(A, y_train)"], "A is made of the training rows in In [5]"),
    Case("a column on one side", [SPLIT, "X_train['c'] = X_train.a * 2", FIT], "X_train may have been changed in In [3], and X_test not in the same way"),
    Case("a mask of the training rows", [FRAMES, "known = train.a > 1\nA, b = train.loc[known, ['a']], train.t[known]", "model = LR().fit(A, b)"], "A is made of the training rows in In [3]"),
    Case("changed on the test side of an earlier split", [SPLIT, "X_train['c'] = 1\nX_test['c'] = 1", SPLIT, "X_train['c'] = 1", FIT], "X_train may have been changed in In [5], and X_test not in the same way"),
    Case("changed through memory that both share", ["d = df[['a', 'b', 't']].values\nA, B = d[:60], d[60:]", "A[0, 0] = 5", "model = LR().fit(A[:, :2], A[:, 2])"], "A may have been changed in In [3], and B not in the same way"),
    Case("popped on one side", [FRAMES, "y_train = train.pop('t')", "model = LR().fit(train, y_train)"], "train may have been changed in In [3], and test not in the same way"),
    Case("changed before the test rows were scaled", [SPLIT, "sc = StandardScaler()\nA = sc.fit_transform(X_train)\nX_test['a'] = 0\nB = sc.transform(X_test)", "model = LR().fit(A, y_train)"], "nothing was made of the test rows in the same way"),
    Case("predictions written into the test rows", [SPLIT, FIT, "X_test['p'] = model.predict(X_test)"], "X_test was changed after the split, in In [4]"),
    Case("fewer test rows", [SPLIT, FIT, "X_test = X_test[:10]"], "X_test was changed after the split, in In [4]"),
    Case("other columns now", [SPLIT, "cols = ['a']\nmodel = LR().fit(X_train[cols], y_train)", "cols = ['b']"], "cols was changed after the split, in In [4]"),
    Case("two splits", ["X_train, X_test = tts(X, random_state=0)", "y_train, y_test = tts(y, random_state=0)", FIT], "come from two splits, in In [2] and In [3]"),
    Case("targets of no split", ["X_train, X_test = tts(X, shuffle=False)", "y_train = list(y)[:60]", FIT], "No split was seen that y_train comes from"),
]  # fmt: skip


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_the_test_data_that_the_cells_tell(case: Case, run_cells: RunCells) -> None:
    namespace, journal = run_cells(DATA, *case.cells)
    told = _told(History(journal, "model"))
    if not isinstance(case.told, tuple):
        assert told is None if case.told is None else case.told in str(told)
        return
    X, y, execution = case.told
    assert told == (X, y, f"In [{execution}]")
    model, rows, targets = (eval(e, namespace) for e in ("model", X, y))
    assert len(rows) == len(targets)
    if hasattr(model, "score"):  # statsmodels' results have none
        assert 0 <= model.score(rows, targets) <= 1


def _told(history: History) -> tuple[str, str, str] | str | None:
    fit = find_fit(history)
    assert fit.y is not None
    try:
        found = find_held_out(history, fit.X, fit.y, fit.index)
    except Unclear as error:
        return str(error)
    return found and (ast.unparse(found.X), ast.unparse(found.y), history.place(found.index))
