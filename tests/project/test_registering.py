"""Registration: what it stores, what it warns of, and that a refused one leaves nothing behind."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.ensemble import VotingClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from ipymlops import progress
from ipymlops.errors import BadInput, MlopsError
from ipymlops.evaluation import evaluation
from ipymlops.project import Project

Data = tuple[pd.DataFrame, pd.Series]


def test_a_version_has_all_that_is_needed_to_judge_and_rebuild_it(
    project: Project, model: Any, train: Data, test: Data
) -> None:
    done = project.register(model, name="credit-risk", train=train, test=test, risk="medium", why="first")
    bundle = project.bundle(done.version)
    assert done.version.ref == "credit-risk@1"
    assert {
        "MLmodel", "README.md", "benchmark.parquet", "environment.json", "metrics.json", "model.skops",
        "profile.json", "python_env.yaml", "requirements.txt", "schema.json", "training.json",
        "training_rows.npy",
    } <= set(bundle.names)  # fmt: skip
    assert done.evaluation is not None
    assert done.evaluation.n_rows == 800
    assert done.warnings == ()
    event = project.history("credit-risk").events[0]
    assert (event.kind, event.who, event.why) == ("register", "ada", "first")


def test_the_loaded_model_predicts_the_same(project: Project, model: Any, train: Data, test: Data) -> None:
    project.register(model, name="credit-risk", train=train, test=test)
    loaded = project.load("credit-risk@1")
    np.testing.assert_array_equal(loaded.predict_proba(test[0]), model.predict_proba(test[0]))


def test_the_first_test_set_stays_the_benchmark(project: Project, model: Any, train: Data, test: Data) -> None:
    project.register(model, name="credit-risk", train=train, test=test)
    other = test[0].head(50), test[1].head(50)
    second = project.register(model, name="credit-risk", train=train, test=other)
    assert second.evaluation is not None
    assert second.evaluation.n_rows == 800
    assert second.warnings == ("Judged on the benchmark frozen with this line; the test data given was not used",)


def test_benchmark_rows_that_were_trained_on_do_not_count(
    project: Project, model: Any, train: Data, test: Data
) -> None:
    """A file that has grown holds benchmark rows; here mostly those of one class, as a stratified split may."""
    first = project.register(model, name="credit-risk", train=train, test=test)
    ones = test[1].to_numpy() == 1
    known = np.flatnonzero(ones)[:300].tolist() + np.flatnonzero(~ones)[:100].tolist()
    grown = pd.concat([train[0], test[0].iloc[known]]), pd.concat([train[1], test[1].iloc[known]])
    second = project.register(LogisticRegression().fit(*grown), name="credit-risk", train=grown)
    assert first.evaluation is not None
    assert second.evaluation is not None
    left = ones.sum() - 300
    assert second.evaluation.n_rows == left + len(ones[~ones]) * left // ones.sum()
    assert any(w.startswith("400 of 800 benchmark rows stand in the training data") for w in second.warnings)
    assert project.evaluate("credit-risk@2").metrics == second.evaluation.metrics
    assert project.compare("credit-risk@1", "credit-risk@2").n_rows == second.evaluation.n_rows
    assert project.compare("credit-risk@2", "credit-risk@1").n_rows == second.evaluation.n_rows


def test_in_a_table_of_few_distinct_rows_equality_says_nothing(project: Project) -> None:
    random = np.random.default_rng(0)
    table = pd.DataFrame({"a": random.integers(0, 3, 600), "b": random.integers(0, 3, 600)})
    y = pd.Series((table["a"] + random.normal(size=600) > 1).astype(int))
    train, test = (table[:400], y[:400]), (table[400:], y[400:])
    project.register(LogisticRegression().fit(*train), name="few", train=train, test=test)
    second = project.register(LogisticRegression(C=0.1).fit(*train), name="few", train=train)
    assert second.evaluation is not None
    assert second.evaluation.n_rows == 200
    assert any("equality tells nothing here" in w for w in second.warnings)
    assert project.compare("few@1", "few@2").n_rows == 200


def test_new_columns_start_a_new_benchmark_and_say_so(project: Project, model: Any, train: Data, test: Data) -> None:
    project.register(model, name="credit-risk", train=train, test=test)
    wider = tuple((X.assign(region=1.0), y) for X, y in (train, test))
    second = project.register(
        LogisticRegression(max_iter=1000).fit(*wider[0]), name="credit-risk", train=wider[0], test=wider[1]
    )
    assert any("becomes a new benchmark" in w for w in second.warnings)


def test_a_version_of_fewer_columns_leaves_the_benchmark_whole(
    project: Project, model: Any, train: Data, test: Data
) -> None:
    project.register(model, name="credit-risk", train=train, test=test)
    fewer = train[0][["income"]], train[1]
    project.register(LogisticRegression().fit(*fewer), name="credit-risk", train=fewer)
    third = project.register(model, name="credit-risk", train=train)
    assert third.evaluation == project.register(model, name="credit-risk", train=train).evaluation
    assert third.evaluation is not None
    assert third.warnings == ()
    assert project.compare("credit-risk@1", "credit-risk@3").difference == 0


def test_test_rows_that_were_trained_on_are_counted(project: Project, model: Any, train: Data, test: Data) -> None:
    mixed = pd.concat([test[0], train[0].head(25)]), pd.concat([test[1], train[1].head(25)])
    done = project.register(model, name="credit-risk", train=train, test=mixed)
    assert any(w.startswith("25 of 825 test rows are equal to training rows") for w in done.warnings)


def test_without_test_data_nothing_is_known_and_said(project: Project, model: Any, train: Data) -> None:
    done = project.register(model, name="credit-risk", train=train)
    assert done.evaluation is None
    assert any("nothing is known of how good it is" in w for w in done.warnings)
    with pytest.raises(BadInput, match="has no benchmark"):
        project.evaluate("credit-risk")


def test_without_any_data(project: Project, model: Any, test: Data) -> None:
    done = project.register(model, name="credit-risk")
    assert done.evaluation is None
    with pytest.raises(BadInput, match="has no profile"):
        project.drift("credit-risk", test[0])
    assert project.show("credit-risk@1").columns == ()
    with pytest.raises(MlopsError):
        project.evaluate("credit-risk", test)


def test_arrays_polars_and_regression(project: Project, train: Data, test: Data) -> None:
    X, y = train[0].to_numpy(), train[0]["income"].to_numpy() * 2
    arrays = project.register(LinearRegression().fit(X, y), name="numbers", train=(X, y), test=(X[:300] + 1, y[:300]))
    assert arrays.evaluation is not None
    assert arrays.evaluation.task == "regression"
    frame = pl.from_pandas(train[0])
    fitted = LogisticRegression().fit(frame, train[1])
    held = pl.from_pandas(test[0])
    polars = project.register(fitted, name="polars", train=(frame, train[1]), test=(held, test[1]))
    assert polars.evaluation is not None
    assert project.evaluate("polars").headline.value == polars.evaluation.headline.value


def _half_fitted(model: Any, train: Data, *, y: bool = False) -> Any:
    """A fit that raised on missing values."""
    X, targets = train if y else (train[0].assign(age=np.nan), train[1])
    with pytest.raises(ValueError, match="NaN"):
        model.fit(X, targets.astype(float).where(targets == 0) if y else targets)
    return model


REFUSED: dict[str, tuple[Callable[[Any, Data, Data], dict[str, Any]], str]] = {
    "unfitted": (lambda m, tr, te: {"model": LogisticRegression(), "train": tr, "test": te}, "not fitted"),
    "half fitted": (lambda m, tr, te: {"model": _half_fitted(LogisticRegression(), tr)}, "not fitted: LogisticReg"),
    "a step half fitted": (
        lambda m, tr, te: {"model": _half_fitted(make_pipeline(StandardScaler(), LinearRegression()), tr, y=True)},
        "not fitted: Pipeline",
    ),
    "a voter half fitted": (
        lambda m, tr, te: {"model": _half_fitted(VotingClassifier([("a", LogisticRegression())]), tr), "train": tr},
        "not fitted: VotingClassifier",
    ),
    "lengths": (
        lambda m, tr, te: {"model": m, "train": (tr[0], tr[1][:-5]), "test": te},
        "training data has 1,200 rows and 1,195 targets",
    ),
    "test lengths": (
        lambda m, tr, te: {"model": m, "train": tr, "test": (te[0][:-1], te[1])},
        "test data has 799 rows and 800 targets",
    ),
    "empty": (lambda m, tr, te: {"model": m, "train": tr, "test": (te[0][:0], te[1][:0])}, "test data has no rows"),
    "not a table": (lambda m, tr, te: {"model": m, "train": ("X", tr[1]), "test": te}, "Found a str"),
    "not a model": (lambda m, tr, te: {"model": 3, "train": tr, "test": te}, "Found int"),
    "name": (lambda m, tr, te: {"model": m, "name": "credit risk!", "train": tr, "test": te}, "Found the model name"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_is_one_line_and_leaves_nothing(
    project: Project, model: Any, train: Data, test: Data, case: str
) -> None:
    make, words = REFUSED[case]
    arguments = {"name": "credit-risk", **make(model, train, test)}
    with pytest.raises(MlopsError, match=words) as caught:
        project.register(arguments.pop("model"), **arguments)
    assert "\n" not in str(caught.value)
    assert not project.exists


def test_a_lambda_in_the_model_is_refused_with_the_way_out(project: Project, train: Data, test: Data) -> None:

    model = make_pipeline(FunctionTransformer(lambda X: X), LogisticRegression()).fit(*train)
    with pytest.raises(MlopsError, match="Next:"):
        project.register(model, name="credit-risk", train=train, test=test)
    assert not project.exists


def test_the_parts_of_a_slow_step_are_told(
    project: Project, model: Any, train: Data, test: Data, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    ask = evaluation.predict

    def slow(*given: Any, **options: Any) -> Any:
        time.sleep(0.5)
        return ask(*given, **options)

    monkeypatch.setattr(evaluation, "predict", slow)
    monkeypatch.setattr(progress, "QUIET", 0.1)
    project.register(model, name="credit-risk", train=train, test=test, progress=steps.append)
    assert steps.index("evaluate: ask the model") == steps.index("evaluate") + 1
    assert [step for step in steps if ":" not in step] == [
        "check the data", "store the model", "evaluate", "profile the training data", "record where it came from",
        "write the bundle",
    ]  # fmt: skip
