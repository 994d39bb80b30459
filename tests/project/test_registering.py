"""Registration: what it stores, what it warns of, and that a refused one leaves nothing behind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

from ipymlops.errors import BadInput, MlopsError
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


def test_new_columns_start_a_new_benchmark_and_say_so(project: Project, model: Any, train: Data, test: Data) -> None:
    project.register(model, name="credit-risk", train=train, test=test)
    wider = tuple((X.assign(region=1.0), y) for X, y in (train, test))
    second = project.register(
        LogisticRegression(max_iter=1000).fit(*wider[0]), name="credit-risk", train=wider[0], test=wider[1]
    )
    assert any("becomes a new benchmark" in w for w in second.warnings)


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


REFUSED: dict[str, tuple[Callable[[Any, Data, Data], dict[str, Any]], str]] = {
    "unfitted": (lambda m, tr, te: {"model": LogisticRegression(), "train": tr, "test": te}, "not fitted"),
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
    assert project.models().models == ()
    assert not list((project.root / "blobs").rglob("*")) or project.registry.names() == ()


def test_a_lambda_in_the_model_is_refused_with_the_way_out(project: Project, train: Data, test: Data) -> None:
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer

    model = make_pipeline(FunctionTransformer(lambda X: X), LogisticRegression()).fit(*train)
    with pytest.raises(MlopsError, match="Next:"):
        project.register(model, name="credit-risk", train=train, test=test)
    assert project.models().models == ()
