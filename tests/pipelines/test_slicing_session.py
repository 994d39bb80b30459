"""A whole exploratory session, as people write them: what is left of it trains the same model."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ipymlops.capture.journal import Journal
from ipymlops.capture.random_state import restore
from ipymlops.capture.recorder import Recorder
from ipymlops.pipelines.magics import plain
from ipymlops.pipelines.slicing import slice_journal

CELLS = [
    """import os, json, warnings
from pathlib import Path
import numpy as np
import pandas as pd
import matplotlib.pyplot as plt
import seaborn as sns
from sklearn.model_selection import train_test_split, cross_val_score, GridSearchCV
from sklearn.ensemble import RandomForestClassifier, GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import StandardScaler, OneHotEncoder
from sklearn.metrics import roc_auc_score, classification_report, RocCurveDisplay
%matplotlib inline
sns.set_theme()
warnings.filterwarnings('ignore')
pd.set_option('display.max_columns', 50)
np.random.seed(42)""",
    """DATA = Path('.')
df = pd.read_csv(DATA / 'applications.csv', parse_dates=['date'])
df.head()""",
    """df.info()
df.describe().T
print(df.isna().sum())
sns.barplot(df['job'].value_counts(normalize=True))""",
    """fig, axes = plt.subplots(1, 2, figsize=(10, 4))
for ax, col in zip(axes, ['age', 'income']):
    ax.hist(df[col], bins=30)
    ax.set_title(col)
plt.tight_layout()
plt.show()""",
    """sns.heatmap(df.select_dtypes('number').corr(), annot=True)
plt.show()""",
    """def add_features(frame):
    frame = frame.copy()
    frame['log_income'] = np.log1p(frame['income'])
    frame['month'] = frame['date'].dt.month
    frame['young'] = frame['age'] < YOUNG
    return frame

YOUNG = 25
df = add_features(df)""",
    """df.loc[df['age'] > 75, 'age'] = np.nan
df['job'] = df['job'].fillna('unknown')
df.sample(5)""",
    """features = ['age', 'log_income', 'month', 'young']
features.append('job')
target = 'default'
X = df[features]
y = df[target]
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, stratify=y)
X_train.shape, X_test.shape""",
    """baseline = LogisticRegression(max_iter=1000)
baseline.fit(X_train[['log_income', 'month']], y_train)
print(roc_auc_score(y_test, baseline.predict_proba(X_test[['log_income', 'month']])[:, 1]))""",
    """numeric = [c for c in features if X[c].dtype != object and c != 'job']
pre = ColumnTransformer([
    ('num', Pipeline([('imp', SimpleImputer(strategy='median')), ('sc', StandardScaler())]), numeric),
    ('cat', OneHotEncoder(handle_unknown='ignore'), ['job']),  # jobs
])
results = {}
tried = {'rf': RandomForestClassifier(n_estimators=10), 'gb': GradientBoostingClassifier(n_estimators=10)}
for name, clf in tried.items():
    pipe = Pipeline([('pre', pre), ('clf', clf)])
    scores = cross_val_score(pipe, X_train, y_train, cv=3, scoring='roc_auc')
    results[name] = scores.mean()
sns.barplot(pd.Series(results))""",
    """# the final model
model = Pipeline([('pre', pre), ('clf', RandomForestClassifier(n_estimators=20))])
model.fit(X_train, y_train)
pred = model.predict(X_test)
print(classification_report(y_test, pred))""",
    """YOUNG = 30
importances = pd.Series(model.named_steps['clf'].feature_importances_)
sns.barplot(importances.sort_values())
df['pred'] = model.predict_proba(X)[:, 1]
df.to_csv('scored.csv')""",
]
TARGETS = ("model", "X_train", "y_train")


@pytest.fixture(autouse=True)
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_plots: None) -> None:
    monkeypatch.chdir(tmp_path)
    rng, rows = np.random.default_rng(0), 300
    columns = {
        "age": rng.integers(18, 80, rows).astype(float),
        "income": rng.lognormal(10, 1, rows),
        "job": rng.choice(["a", "b", "c"], rows),
        "date": pd.date_range("2020-01-01", periods=rows).astype(str),
        "default": rng.integers(0, 2, rows),
    }
    pd.DataFrame(columns).to_csv("applications.csv", index=False)


def session(cells: list[str], *, evidence: bool) -> tuple[dict[str, Any], Journal]:
    namespace: dict[str, Any] = {}
    history = () if evidence else enumerate(cells, start=1)
    recorder = Recorder(namespace, folder=".", notebook=None, history=history)
    for number, source in enumerate(cells, start=1):
        if evidence:
            recorder.before(source, number, None)
        exec(plain(source).text, namespace)
        if evidence:
            recorder.after(True, None)
    return namespace, recorder.journal()


@pytest.mark.parametrize(("seeded", "evidence", "most"), [(True, True, 31), (True, False, 31), (False, True, 27)])
def test_what_is_kept_trains_the_same_model(seeded: bool, evidence: bool, most: int) -> None:
    cells = CELLS if seeded else [CELLS[0].replace("np.random.seed(42)", ""), *CELLS[1:]]
    with warnings.catch_warnings():
        namespace, journal = session(cells, evidence=evidence)
        cut = slice_journal(journal, TARGETS)
        runs = {r.execution: r for r in journal}
        replayed: dict[str, Any] = {}
        np.random.seed(5)
        restored: set[int] = set()
        for kept in cut.kept:
            execution = kept.statement.execution
            states = runs[execution].random_before
            if execution in cut.unseeded and execution not in restored and states is not None:
                restore(states, cut.unseeded[execution])
            restored.add(execution)
            exec(kept.statement.source, replayed)
    assert replayed["X_train"].equals(namespace["X_train"])
    test = namespace["X_test"]
    np.testing.assert_array_equal(replayed["model"].predict_proba(test), namespace["model"].predict_proba(test))
    assert len(cut.kept) <= most
    assert cut.total == 62 - (not seeded)
    assert cut.left_out == ()
    assert bool(cut.unseeded) is not seeded
    text = "\n".join(k.statement.source for k in cut.kept)
    assert [
        noise for noise in ("plt", "sns", "describe", "baseline", "YOUNG = 30", "scored.csv") if noise in text
    ] == []
