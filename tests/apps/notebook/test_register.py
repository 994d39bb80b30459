"""``%mlops register`` with nothing but the model, in a real shell with a real project."""

from __future__ import annotations

from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

from ipymlops.apps.notebook import extension
from ipymlops.errors import BadInput
from ipymlops.project import Project
from ipymlops.project.results import Registration
from ipymlops.views.table import render_text

DATA = """
import numpy as np, pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split, GridSearchCV
from sklearn.preprocessing import StandardScaler
rng = np.random.default_rng(7)
df = pd.DataFrame({"age": rng.integers(20, 70, 900), "income": rng.normal(3000, 800, 900)})
df["approved"] = (60 * df.age + df.income + rng.normal(0, 800, 900) > 5600).astype(int)
X, y = df[["age", "income"]], df["approved"]
"""
SPLIT = "X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)"
FIT = "credit_risk = LogisticRegression(max_iter=1000)\ncredit_risk.fit(X_train, y_train)"


@pytest.fixture
def notebook(shell: InteractiveShell) -> InteractiveShell:
    extension.load(shell)
    _run(shell, DATA)
    return shell


def _run(shell: InteractiveShell, source: str) -> None:
    shell.run_cell(source, store_history=True).raise_error()


def _register(shell: InteractiveShell, line: str) -> Registration:
    _run(shell, f"done = %mlops register {line}")
    done = shell.user_ns["done"]
    assert isinstance(done, Registration)
    return done


def _bundle(done: Registration) -> Any:
    project = Project.open(create=False)
    return project.bundle(done.version)


def test_name_training_and_test_data_are_inferred_and_said(notebook: InteractiveShell) -> None:
    _run(notebook, SPLIT)
    _run(notebook, FIT)
    done = _register(notebook, "credit_risk")
    assert done.version.ref == "credit-risk@1"
    assert done.inferred == (
        "name credit-risk from the variable (--name)",
        "training data X_train, y_train from the fit in In [3] (--train X y)",
        "test data X_test, y_test from the split in In [2] (--test X y)",
    )
    assert done.warnings == ()
    assert done.evaluation is not None
    assert done.evaluation.n_rows == 225
    assert done.version.facts["rows"] == 675
    assert _bundle(done).json("targets.json")["targets"] == ["credit_risk", "X_train", "y_train"]


def test_the_card_says_what_was_inferred_and_show_says_it_again(notebook: InteractiveShell) -> None:
    _run(notebook, f"{SPLIT}\n{FIT}")
    done = _register(notebook, "credit_risk")
    words = "Test data X_test, y_test from the split in In [2] (--test X y)."
    assert words in render_text(done)
    _run(notebook, "%mlops register credit_risk --json")
    _run(notebook, "plain = %mlops register credit_risk --json")
    assert "test data X_test, y_test from the split in In [2] (--test X y)" in notebook.user_ns["plain"]["inferred"]
    assert list(done.version.facts["inferred"]) == list(done.inferred)


def test_what_is_given_is_not_inferred(notebook: InteractiveShell) -> None:
    _run(notebook, f"{SPLIT}\n{FIT}")
    given = _register(notebook, "credit_risk --name given --train X_train y_train --test X_test[:50] y_test[:50]")
    assert given.inferred == ()
    assert given.evaluation is not None
    assert given.evaluation.n_rows == 50
    half = _register(notebook, "credit_risk --name half --train X_train y_train")
    assert half.inferred == ("test data X_test, y_test from the split in In [2] (--test X y)",)


def test_data_that_changed_since_the_fit_is_not_used(notebook: InteractiveShell) -> None:
    _run(notebook, f"{SPLIT}\n{FIT}")
    _run(notebook, "X_train['extra'] = 1")
    done = _register(notebook, "credit_risk")
    assert done.warnings == ("X_train was changed after the fit, in In [3]: give --train X y",)
    assert done.inferred[1:] == ("test data X_test, y_test from the split in In [2] (--test X y)",)
    assert "training.json" not in _bundle(done).names


def test_without_test_data_the_version_says_so_and_no_gate_applies(notebook: InteractiveShell) -> None:
    _run(notebook, "credit_risk = LogisticRegression(max_iter=1000).fit(X, y)")
    done = _register(notebook, "credit_risk")
    assert done.evaluation is None
    assert done.inferred[1:] == ("training data X, y from the fit in In [2] (--train X y)",)
    assert done.version.facts["warnings"] == [
        "No test data was given, so nothing is known of how good it is: --test X_test y_test"
    ]
    _run(notebook, "answer = %mlops promote credit-risk@1")
    answer = notebook.user_ns["answer"]
    assert {g.outcome for g in answer.gates} == {"not applicable"}
    assert "Not ready to promote: credit-risk@1 was registered without test data" in render_text(answer)


def test_an_expression_needs_a_name(notebook: InteractiveShell) -> None:
    _run(notebook, f"{SPLIT}\nsearch = GridSearchCV(LogisticRegression(max_iter=1000), {{'C': [1, 2]}}, cv=2)")
    _run(notebook, "search.fit(X_train, y_train)")
    with pytest.raises(BadInput, match="no name"):
        notebook.run_line_magic("mlops", "register search.best_estimator_")
    done = _register(notebook, "search.best_estimator_ --name best")
    assert done.inferred[0] == "training data X_train, y_train from the fit in In [3] (--train X y)"


def test_two_models_of_one_kernel_have_their_own_data(notebook: InteractiveShell) -> None:
    _run(notebook, SPLIT)
    _run(
        notebook,
        "scaler = StandardScaler()\nA_train = scaler.fit_transform(X_train)\nA_test = scaler.transform(X_test)",
    )
    _run(notebook, "one = LogisticRegression(max_iter=1000).fit(X_train, y_train)")
    _run(notebook, "two = LogisticRegression().fit(A_train, y_train)")
    first, second = _register(notebook, "one"), _register(notebook, "two")
    assert "training data X_train, y_train from the fit in In [4] (--train X y)" in first.inferred
    assert "training data A_train, y_train from the fit in In [5] (--train X y)" in second.inferred
    assert "test data A_test, y_test from the split in In [2] (--test X y)" in second.inferred


def test_a_refit_is_the_next_version_and_the_first_stays_what_it_was(notebook: InteractiveShell) -> None:
    _run(notebook, f"{SPLIT}\n{FIT}")
    first = _register(notebook, "credit_risk")
    _run(notebook, "young = X_train.age < 50")
    _run(notebook, "X_young, y_young = X_train[young], y_train[young]\ncredit_risk.fit(X_young, y_young)")
    second = _register(notebook, "credit_risk")
    assert second.version.ref == "credit-risk@2"
    assert "training data X_young, y_young from the fit in In [5] (--train X y)" in second.inferred
    assert _bundle(first).json("targets.json")["targets"] == ["credit_risk", "X_train", "y_train"]
    _run(notebook, "exported = %mlops export credit-risk@1 --to pipelines/first")
    exported = notebook.user_ns["exported"]
    assert exported.verification.verdict == "identical"
    assert "young" not in exported.source


def test_leakage_is_reported_by_registration_and_export(notebook: InteractiveShell) -> None:
    _run(notebook, "X = StandardScaler().fit_transform(X)")
    _run(notebook, f"{SPLIT}\n{FIT}")
    done = _register(notebook, "credit_risk")
    words = "In [2] fits StandardScaler on all rows before the split in In [3]: the test rows have leaked into training"
    assert done.warnings == (words,)
    _run(notebook, "exported = %mlops export credit-risk")
    assert words in notebook.user_ns["exported"].notes
    assert "fit_transform(X)" in notebook.user_ns["exported"].source


def test_a_cell_may_split_fit_and_register(notebook: InteractiveShell) -> None:
    _run(notebook, f"{SPLIT}\n{FIT}\ndone = %mlops register credit_risk\nX_train = None")
    done = notebook.user_ns["done"]
    assert done.inferred[1:] == (
        "training data X_train, y_train from the fit in In [2] (--train X y)",
        "test data X_test, y_test from the split in In [2] (--test X y)",
    )


def test_a_split_that_ran_again_is_not_the_one_of_the_model(notebook: InteractiveShell) -> None:
    _run(notebook, f"{SPLIT}\n{FIT}")
    _run(notebook, SPLIT.replace("random_state=0", "random_state=1"))
    done = _register(notebook, "credit_risk")
    assert done.inferred == ("name credit-risk from the variable (--name)",)
    assert done.warnings[:2] == (
        "X_train was changed after the fit, in In [3]: give --train X y",
        "X_test was changed after the split, in In [3]: give --test X y",
    )
    assert done.evaluation is None


def test_a_model_whose_last_fit_raised_is_refused(notebook: InteractiveShell) -> None:
    _run(notebook, f"{SPLIT}\n{FIT}")
    with pytest.raises(NameError):
        _run(notebook, "credit_risk.fit(X_trian, y_train)")
    assert _register(notebook, "credit_risk").evaluation is not None  # the fit never began
    with pytest.raises(ValueError, match="NaN"):
        _run(notebook, "credit_risk.fit(X_train.assign(age=np.nan), y_train)")
    with pytest.raises(BadInput, match=r"LogisticRegression is not fitted: its last fit, in In \[5\], raised"):
        _register(notebook, "credit_risk")
