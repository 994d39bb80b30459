from __future__ import annotations

import datetime
import functools
import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import skops.io
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import Birch
from sklearn.compose import TransformedTargetRegressor, make_column_selector, make_column_transformer
from sklearn.ensemble import (
    BaggingClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.multioutput import ClassifierChain
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.svm import SVC, SVR
from sklearn.tree import DecisionTreeClassifier

from ipymlops.errors import BadInput, IntegrityError, UnsafeModel
from ipymlops.registry import serializers

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(90, 4))
Y = (X[:, 0] > 0).astype(int)
THREE = Y + (X[:, 1] > 0.5)
REAL = X[:, 0] + 2 * X[:, 1]
TABLE = pd.DataFrame(X, columns=list("abcd")).assign(home=pd.Categorical(RANDOM.choice(["own", "rent"], 90)))
WORDS = [f"word{i % 7} and word{i % 3}" for i in range(90)]

MODELS: dict[str, tuple[Any, Any, Any]] = {
    "logistic": (LogisticRegression(), X, Y),
    "tree": (DecisionTreeClassifier(), X, np.where(Y, "yes", "no").astype(object)),
    "forest": (RandomForestClassifier(5), X, THREE),
    "forest of two outputs": (RandomForestRegressor(5), X, np.column_stack([REAL, -REAL])),
    "extra trees": (ExtraTreesRegressor(5, max_leaf_nodes=9), X, REAL),
    "boosting": (GradientBoostingClassifier(n_estimators=4), X, THREE),
    "histogram boosting": (HistGradientBoostingClassifier(max_iter=4), X, THREE),
    "histogram boosting of categories": (HistGradientBoostingClassifier(max_iter=4), TABLE, Y),
    "isolation forest": (IsolationForest(n_estimators=4, max_features=2), X, Y),
    "bagging of columns": (BaggingClassifier(DecisionTreeClassifier(), 4, max_features=0.5), X, Y),
    "network": (MLPClassifier((4,), solver="lbfgs", max_iter=200), X, Y),
    "calibrated forest": (CalibratedClassifierCV(RandomForestClassifier(3), cv=2), X, Y),
    "calibrated isotonic": (CalibratedClassifierCV(LogisticRegression(), method="isotonic", cv=2), X, Y),
    "voting": (
        VotingClassifier([("f", RandomForestClassifier(3)), ("l", LogisticRegression())], voting="soft"),
        X,
        Y,
    ),
    "stacking": (StackingClassifier([("t", DecisionTreeClassifier())], RandomForestClassifier(3), cv=2), X, Y),
    "search": (
        GridSearchCV(RandomForestClassifier(3), {"max_depth": [2, 3]}, cv=StratifiedKFold(2), scoring="roc_auc"),
        X,
        Y,
    ),
    "chain": (ClassifierChain(RandomForestClassifier(3)), X, np.column_stack([Y, 1 - Y])),
    "neighbours": (KNeighborsClassifier(), X, Y),
    "ball tree": (KNeighborsClassifier(algorithm="ball_tree", p=1), X, Y),
    "support vectors": (SVC(), X, THREE),
    "support vector regression": (SVR(), X, REAL),
    "gaussian process": (GaussianProcessRegressor(), X, REAL),
    "transformed target": (TransformedTargetRegressor(Ridge(), func=np.arcsinh, inverse_func=np.sinh), X, REAL),
    "ufunc in a pipeline": (make_pipeline(FunctionTransformer(np.abs), StandardScaler(), Ridge()), X, REAL),
    "mixed columns": (
        make_pipeline(
            make_column_transformer(
                (StandardScaler(), make_column_selector(dtype_include=float)), (OneHotEncoder(), ["home"])
            ),
            RandomForestClassifier(3),
        ),
        TABLE,
        Y,
    ),
    "words": (make_pipeline(TfidfVectorizer(), LogisticRegression()), WORDS, Y),
}


class Ours(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """As if a notebook had defined it."""

    def fit(self, X: Any, y: Any = None) -> Ours:
        self.fitted_ = True
        return self

    def transform(self, X: Any) -> Any:
        return X


Ours.__module__ = "__main__"


def stored(model: Any) -> dict[str, bytes]:
    return serializers.dump(model)[0]


def load(data: bytes, facts: Any = None) -> Any:
    return serializers.load(lambda _name: data, facts or {"serializer": {"family": "scikit-learn"}})


@pytest.mark.parametrize("name", MODELS)
def test_a_model_answers_the_same_when_it_comes_back(name: str) -> None:
    model, table, y = MODELS[name]
    model.fit(table, y)
    files, facts = serializers.dump(model)
    again = load(files["model.skops"], facts)
    for method in ("predict", "predict_proba"):
        if hasattr(model, method):
            assert np.array_equal(getattr(again, method)(table), getattr(model, method)(table))
    assert facts["estimator"] == serializers.estimator_name(model)


def test_a_pipeline_is_called_by_what_ends_it() -> None:
    assert serializers.estimator_name(Ridge()) == "Ridge"
    assert serializers.estimator_name(make_pipeline(StandardScaler(), Ridge())) == "Ridge in a Pipeline"


TRAIN_AND_HASH = """
import hashlib, numpy as np
from sklearn.ensemble import RandomForestClassifier, HistGradientBoostingRegressor, StackingClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline
from ipymlops.registry import serializers
X = np.random.default_rng(0).normal(size=(300, 4))
y = (X[:, 0] > 0).astype(int)
words = [f"word{i % 7}" for i in range(300)]
models = (
    RandomForestClassifier(8, random_state=0, n_jobs=2).fit(X, y),
    HistGradientBoostingRegressor(max_iter=4, random_state=0).fit(X, X[:, 1]),
    StackingClassifier([("f", RandomForestClassifier(3, random_state=0))]).fit(X, y),
    make_pipeline(TfidfVectorizer(stop_words=None), RandomForestClassifier(3, random_state=0)).fit(words, y),
)
for model in models:
    print(hashlib.sha256(serializers.dump(model)[0]["model.skops"]).hexdigest())
"""


def test_the_same_training_gives_the_same_bytes_in_another_process() -> None:
    runs = [
        subprocess.run(
            [sys.executable, "-c", TRAIN_AND_HASH],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "MALLOC_PERTURB_": seed},
        ).stdout.split()
        for seed in ("1", "170")
    ]
    assert len(runs[0]) == 4
    assert runs[0] == runs[1]


def test_a_model_that_came_back_is_stored_as_the_same_bytes() -> None:
    files = stored(RandomForestClassifier(5, random_state=0).fit(X, Y))
    assert stored(load(files["model.skops"])) == files


def test_pandas_and_times_come_back_as_they_were_and_the_model_stays() -> None:
    model = Ridge().fit(X, REAL)
    medians = TABLE.groupby("home", observed=True).median()
    model.kept_ = {"medians": medians, "again": medians, "since": datetime.date(2024, 1, 1)}
    model.when_ = (pd.Timestamp("2024-01-01", tz="UTC"), datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC))
    read = load(stored(model)["model.skops"])
    pd.testing.assert_frame_equal(read.kept_["medians"], medians, check_exact=True)
    assert read.kept_["medians"] is read.kept_["again"]
    assert read.when_ == model.when_
    assert read.kept_["since"] == model.kept_["since"]
    assert model.kept_["medians"] is medians
    assert stored(read) == stored(model)


# --- what cannot be stored ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "error", "words"),
    [
        (lambda: RandomForestClassifier(), BadInput, "RandomForestClassifier is not fitted.*call its fit first"),
        (lambda: make_pipeline(StandardScaler(), Ridge()), BadInput, "is not fitted"),
        (lambda: {"a": "dict"}, BadInput, r"Found a builtins\.dict.*scikit-learn"),
        (
            lambda: Birch(n_clusters=2).fit(X),
            BadInput,
            "Birch cannot be stored: the attribute .* is a .*Next: keep plain",
        ),
        (
            lambda: make_pipeline(FunctionTransformer(lambda x: x), Ridge()).fit(X, REAL),
            UnsafeModel,
            r"holds a lambda.*give it a name",
        ),
        (
            lambda: make_pipeline(Ours(), Ridge()).fit(X, REAL),
            UnsafeModel,
            "holds 'Ours', which this notebook defines.*scikit-learn class",
        ),
        (
            lambda: Ridge().fit(X, REAL).set_params(alpha=functools.reduce),
            UnsafeModel,
            r"holds _functools\.reduce, which is not among",
        ),
        (
            lambda: make_pipeline(FunctionTransformer(StandardScaler().fit(X).transform), Ridge()).fit(X, REAL),
            UnsafeModel,
            r"attribute func of FunctionTransformer is a method of an object, StandardScaler\.transform.*as a step",
        ),
        (
            lambda: Ridge().fit(X, REAL).set_params(alpha=(TABLE["a"], TABLE.groupby("home", observed=True))),
            UnsafeModel,
            r"The attribute alpha of Ridge cannot be stored: found a pandas.*DataFrameGroupBy.*Next: keep it as",
        ),
    ],
)
def test_what_cannot_be_stored_says_which_type_and_what_to_do(
    model: Callable[[], Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words) as caught:
        serializers.dump(model())
    assert "\n" not in str(caught.value)


# --- what is not loaded ------------------------------------------------------------------------------------------


def rewritten(data: bytes, change: Callable[[dict[str, Any]], Any]) -> bytes:
    """The archive with its schema changed by hand."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(target, "w") as archive:
        for name in source.namelist():
            content = source.read(name)
            if name == "schema.json":
                schema = json.loads(content)
                change(schema)
                content = json.dumps(schema).encode()
            archive.writestr(name, content)
    return target.getvalue()


def put(schema: dict[str, Any], node: dict[str, Any]) -> None:
    schema["content"]["content"]["alpha"] = node


JSON_ARGUMENTS = {"__class__": "str", "__module__": "builtins", "__loader__": "JsonNode", "content": '["touch pwned"]'}
STORED = {"__class__": "Stored", "__module__": "ipymlops.registry.serializers.tables"}
HOSTILE: dict[str, dict[str, Any]] = {
    "a table without its text": {**STORED, "__loader__": "ObjectNode", "content": JSON_ARGUMENTS},
    "a table of other arguments": {
        **STORED,
        "__loader__": "ConstructorFromReduceNode",
        "content": {**JSON_ARGUMENTS, "content": "[1]"},
    },
    "a table of a text that nobody wrote": {
        **STORED,
        "__loader__": "ConstructorFromReduceNode",
        "content": {**JSON_ARGUMENTS, "content": '["{}"]'},
    },
    "a function": {"__class__": "system", "__module__": "os", "__loader__": "FunctionNode"},
    "a type": {"__class__": "Popen", "__module__": "subprocess", "__loader__": "TypeNode"},
    "a constructor": {
        "__class__": "system",
        "__module__": "os",
        "__loader__": "ConstructorFromReduceNode",
        "content": JSON_ARGUMENTS,
    },
    "an object": {"__class__": "Thread", "__module__": "threading", "__loader__": "ObjectNode"},
    "a method of a trusted type": {
        "__class__": "ndarray",
        "__module__": "numpy",
        "__loader__": "MethodNode",
        "content": {
            "func": "tofile",
            "obj": {
                "__class__": "ndarray",
                "__module__": "numpy",
                "__loader__": "NdArrayNode",
                "type": "json",
                "content": [],
                "shape": {**JSON_ARGUMENTS, "content": "[0]"},
            },
        },
    },
    "a function of scikit-learn": {
        "__class__": "fetch_openml",
        "__module__": "sklearn.datasets._openml",
        "__loader__": "FunctionNode",
    },
    "pickle": {
        "__class__": "loads",
        "__module__": "pickle",
        "__loader__": "ConstructorFromReduceNode",
        "content": JSON_ARGUMENTS,
    },
    "an unknown loader": {"__class__": "x", "__module__": "y", "__loader__": "EvalNode"},
    "nothing": {},
}


@pytest.mark.parametrize("name", HOSTILE)
def test_types_that_are_not_ours_are_never_constructed(
    name: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    data = rewritten(stored(Ridge().fit(X, REAL))["model.skops"], lambda schema: put(schema, HOSTILE[name]))
    with pytest.raises(UnsafeModel, match=r"model\.skops (holds types|could not be read)"):
        load(data)
    assert list(tmp_path.iterdir()) == []


def test_the_file_does_not_choose_the_laxer_code_of_older_formats() -> None:
    data = rewritten(stored(Ridge().fit(X, REAL))["model.skops"], lambda schema: schema.update(protocol=0))
    with pytest.raises(UnsafeModel, match="old skops format"):
        load(data)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.99])
def test_a_truncated_model_is_refused_in_words(share: float) -> None:
    data = stored(RandomForestClassifier(3).fit(X, Y))["model.skops"]
    with pytest.raises((IntegrityError, UnsafeModel), match=r"model\.skops"):
        load(data[: int(len(data) * share)])


def test_a_pickle_is_not_a_model() -> None:
    with pytest.raises(IntegrityError, match="not a whole skops file"):
        load(b"\x80\x04cos\nsystem\n(S'touch pwned'\ntR.")


@pytest.mark.parametrize("facts", [{}, {"serializer": None}, {"serializer": {"family": "joblib"}}, {"serializer": []}])
def test_a_family_that_is_not_ours(facts: dict[str, Any]) -> None:
    with pytest.raises(UnsafeModel, match="family"):
        load(b"", facts or {"x": 1})


# --- what is loaded and then looked at ---------------------------------------------------------------------------


def with_nodes(model: Any, changes: dict[str, Any]) -> None:
    """Set fields of the root of the model's first tree."""
    tree = (model.estimators_[0] if hasattr(model, "estimators_") else model).tree_
    state = tree.__getstate__()
    nodes = state["nodes"].copy()
    for field, value in changes.items():
        nodes[field][0] = value
    tree.__setstate__({**state, "nodes": nodes})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"left_child": 10**6}, "point outside"),
        ({"right_child": -7}, "point outside"),
        ({"left_child": 0}, "point outside"),
        ({"feature": 4}, "column that is not there"),
        ({"feature": -2}, "column that is not there"),
        ({"left_child": -1}, "one child"),
    ],
)
@pytest.mark.parametrize("kind", [DecisionTreeClassifier, RandomForestClassifier])
def test_a_tree_that_would_crash_the_interpreter_is_refused(kind: Any, changes: dict[str, Any], words: str) -> None:
    model = kind().fit(X, Y)
    with_nodes(model, changes)
    with pytest.raises(UnsafeModel, match=words):
        load(stored(model)["model.skops"])


def narrow(model: Any) -> None:
    model.n_features_in_ = 2


def narrow_everywhere(model: Any) -> None:
    model.n_features_in_ = model._max_features = 2


def swap_tree(model: Any) -> None:
    model.estimators_[0] = DecisionTreeClassifier().fit(np.tile(X, 3), Y)


def lose_outputs(model: Any) -> None:
    model.n_trees_per_iteration_ = 1


def bad_predictor(field: str, value: int) -> Callable[[Any], None]:
    def change(model: Any) -> None:
        model._predictors[0][0].nodes[field][0] = value

    return change


def fewer_coefficients(model: Any) -> None:
    model._dual_coef_ = model._dual_coef_[:, :2].copy()


def bad_neighbours(model: Any) -> None:
    state = list(model._tree.__getstate__())
    state[1] = state[1] + 10**6
    model._tree.__setstate__(tuple(state))


@pytest.mark.parametrize(
    ("model", "change", "words"),
    [
        (DecisionTreeClassifier(), narrow, "other columns than its estimator"),
        (RandomForestClassifier(3), narrow, "other columns than its ensemble"),
        (RandomForestClassifier(3), swap_tree, "other columns than its ensemble"),
        (IsolationForest(n_estimators=3), narrow, "other columns"),
        (IsolationForest(n_estimators=3), narrow_everywhere, "other columns"),
        (GradientBoostingClassifier(n_estimators=3), lose_outputs, "outputs that it has not"),
        (HistGradientBoostingClassifier(max_iter=3), bad_predictor("left", 10**6), "point outside"),
        (HistGradientBoostingClassifier(max_iter=3), bad_predictor("feature_idx", 99), "not there"),
        (HistGradientBoostingClassifier(max_iter=3), narrow, "other columns"),
        (SVC(), fewer_coefficients, "do not fit each other"),
        (KNeighborsClassifier(), bad_neighbours, "rows that are not there"),
        (KNeighborsClassifier(), narrow, "other columns"),
    ],
)
def test_content_that_does_not_fit_together_is_refused(model: Any, change: Callable[[Any], None], words: str) -> None:
    model.fit(X, THREE)
    change(model)
    with pytest.raises(UnsafeModel, match=f"not what training writes.*{words}"):
        load(stored(model)["model.skops"])


def test_skops_alone_would_not_have_loaded_a_forest() -> None:
    data = stored(RandomForestClassifier(3).fit(X, Y))["model.skops"]
    assert skops.io.get_untrusted_types(data=data) == ["sklearn.tree._tree.Tree"]
