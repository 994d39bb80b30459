"""Whether two models hold the same: equal training gives equal digests, other training other ones."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.svm import SVC

from ipymlops.pipelines import learned

RANDOM = np.random.default_rng(2)
X = RANDOM.normal(size=(60, 3))
Y = (X[:, 0] > 0).astype(int)

MODELS = {
    "trees": RandomForestClassifier(3, random_state=0),
    "boosting": GradientBoostingClassifier(n_estimators=3, random_state=0),
    "a search": GridSearchCV(SVC(), {"C": [1.0, 2.0]}, cv=2),
    "a pipeline with a function": make_pipeline(StandardScaler(), FunctionTransformer(np.tanh), SVC()),
    "an encoder with a dtype": make_pipeline(OneHotEncoder(handle_unknown="ignore"), SVC()),
    "a k-d tree": KNeighborsClassifier(algorithm="kd_tree"),
    "a kernel": GaussianProcessClassifier(),
}


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_equal_training_and_no_other_is_the_same(model: Any) -> None:
    one, again, other = (clone(model).fit(X[:n], Y[:n]) for n in (60, 60, 50))
    assert learned.same(one, again)
    assert not learned.same(one, other)


def _scaled(factor: float) -> Any:
    def scaled(rows: Any) -> Any:
        return rows * factor

    return scaled


# value, an equal one, another one
VALUES: dict[str, tuple[Any, Any, Any]] = {
    "objects in an array": (
        np.array([1, "a"], dtype=object),
        np.array([1, "a"], dtype=object),
        np.array([1, "b"], object),
    ),
    "a set": ({"b", "a"}, {"a", "b"}, {"a"}),
    "a closure": (_scaled(2.0), _scaled(2.0), _scaled(3.0)),
    "a dictionary": ({"a": (1, None)}, {"a": (1, None)}, {"a": (1, False)}),
    "a column and its labels": (pd.Series([1, 2]), pd.Series([1, 2]), pd.Series([1, 2], index=[1, 2])),
    "random state": (np.random.RandomState(1), np.random.RandomState(1), np.random.RandomState(2)),
}


@pytest.mark.parametrize(("value", "equal", "other"), VALUES.values(), ids=VALUES)
def test_values(value: Any, equal: Any, other: Any) -> None:
    assert learned.same(value, equal)
    assert not learned.same(value, other)


def test_what_a_clock_measured_does_not_count() -> None:
    assert learned.same({"refit_time_": 1.0, "a": 1}, {"refit_time_": 2.0, "a": 1})


def test_what_cannot_be_looked_into_is_never_the_same() -> None:
    lock = threading.Lock()
    assert learned.digest([lock]) == ""
    assert not learned.same([lock], [lock])


def test_what_holds_itself_comes_to_an_end() -> None:
    ring: list[Any] = [1]
    ring.append(ring)
    assert learned.same(ring, ring)
