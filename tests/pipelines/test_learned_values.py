"""What models show of what they learned: compared even where no row tells."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier, VotingClassifier
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from ipymlops.pipelines.learned_values import compared_learned
from ipymlops.pipelines.likeness import compare_models
from ipymlops.pipelines.verdicts import verdict_of

RANDOM = np.random.default_rng(5)
X = pd.DataFrame({"a": RANDOM.normal(size=80), "b": RANDOM.normal(size=80), "c": RANDOM.choice(["x", "y"], 80)})
Y = np.asarray(X["a"] > 0).astype(int)
WIDE = make_pipeline(
    make_column_transformer(
        (SimpleImputer(strategy="median"), ["a", "b"]), (OneHotEncoder(handle_unknown="ignore"), ["c"])
    ),
    LogisticRegression(),
).fit(X, Y)
NUMBERS = X[["a", "b"]]


class Clocked(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Its answers rest on nothing; what it holds besides is of many kinds."""

    def fit(self, X: Any, y: Any = None) -> Clocked:
        self.fit_time_ = float(RANDOM.random())
        self.parts_ = {"b": np.array([1.0, 2.0]), "a": [3, 4]}
        self.names_ = np.array(["p", None], dtype=object)
        self.scorer_ = len
        self._hidden_ = float(RANDOM.random())
        self.plain = float(RANDOM.random())
        self.self_ = self
        return self

    def predict(self, X: Any) -> Any:
        return np.asarray(X)[:, 0]


def _imputer(model: Any) -> Any:
    return model[0].named_transformers_["simpleimputer"]


def _statistic(model: Any) -> None:
    _imputer(model).statistics_ = np.array([9.0, _imputer(model).statistics_[1]])


def _last_bit(model: Any) -> None:
    _imputer(model).statistics_ = np.nextafter(_imputer(model).statistics_, 9)


def _level(model: Any) -> None:
    model[0].named_transformers_["onehotencoder"].categories_ = [np.array(["x", "z"], dtype=object)]


def _gone(model: Any) -> None:
    del _imputer(model).statistics_


def _new(model: Any) -> None:
    model[-1].bonus_ = 1.0


def _shape(model: Any) -> None:
    _imputer(model).statistics_ = _imputer(model).statistics_[:1]


def _parts(model: Any) -> None:
    model.parts_ = {"a": [3, 5], "b": np.array([1.0, 2.0])}


def _search(model: Any) -> None:
    model.best_score_, model.cv_results_, model.n_splits_ = 0.1, {"mean": np.array([1.0])}, 9


def _found(model: Any) -> None:
    model.best_estimator_.classes_ = np.array([0, 2])


def _again(model: Any) -> None:
    model.fit(X, Y)


def _nothing(model: Any) -> None:
    return


IMPUTER = "steps[columntransformer].transformers_[simpleimputer].statistics_"
# a model, a change to a copy of it -> alike but for rounding, a piece of the words
CASES: dict[str, tuple[Any, Callable[[Any], None], bool, str]] = {
    "nothing": (WIDE, _nothing, True, ""),
    "a statistic of a part": (WIDE, _statistic, False, f"{IMPUTER} differs"),
    "a last bit": (WIDE, _last_bit, True, ""),
    "a level": (WIDE, _level, False, "transformers_[onehotencoder].categories_ differs"),
    "an attribute less": (WIDE, _gone, False, f"{IMPUTER} is not there"),
    "an attribute more": (WIDE, _new, False, "steps[logisticregression].bonus_ is new"),
    "another shape": (WIDE, _shape, False, f"{IMPUTER} differs"),
    "times and what is hidden": (Clocked().fit(X), _again, True, ""),
    "values in a dictionary": (Clocked().fit(X), _parts, False, "parts_ differs"),
    "how a search went": (
        GridSearchCV(LogisticRegression(), {"C": [1.0]}).fit(NUMBERS, Y),
        _search,
        True,
        "",
    ),
    "what a search found": (
        GridSearchCV(LogisticRegression(), {"C": [1.0]}).fit(NUMBERS, Y),
        _found,
        False,
        "best_estimator_.classes_ differs",
    ),
}


@pytest.mark.parametrize(("model", "change", "alike", "words"), CASES.values(), ids=CASES)
def test_what_differs_is_named(model: Any, change: Callable[[Any], None], alike: bool, words: str) -> None:
    other = copy.deepcopy(model)
    change(other)
    found = compared_learned(model, other)
    assert found is not None
    assert (found.close, words in found.problem) == (alike, True), found
    assert alike == (not found.problem)


@pytest.mark.parametrize(
    ("model", "rows"),
    [
        pytest.param(LogisticRegression().fit(NUMBERS, Y), 9, id="a model"),
        pytest.param(RandomForestClassifier(3).fit(NUMBERS, Y), 7 + 3 * 6, id="its estimators"),
        pytest.param(CountVectorizer().fit(["one two", "two three"]), 7, id="a dictionary of words"),
    ],
)
def test_how_many_values_were_compared(model: Any, rows: int) -> None:
    found = compared_learned(model, copy.deepcopy(model))
    assert found is not None
    assert (found.rows, found.identical) == (rows, True)


def test_earlier_fitted_models_are_looked_into() -> None:
    made = VotingClassifier([("one", LogisticRegression()), ("two", LogisticRegression(C=9))]).fit(NUMBERS, Y)
    other = copy.deepcopy(made)
    other.estimators_[1].intercept_ = other.estimators_[1].intercept_ + 1
    found = compared_learned(made, other)
    assert found is not None
    assert found.problem == "estimators_[1].intercept_ differs, named_estimators_[two].intercept_ differs"


def test_many_differences_are_counted() -> None:
    one, other = Clocked().fit(X), Clocked().fit(X)
    for number in range(5):
        setattr(one, f"w{number}_", 1.0)
        setattr(other, f"w{number}_", 2.0)
    found = compared_learned(one, other)
    assert found is not None
    assert found.problem == "w0_ differs, w1_ differs, w2_ differs and 2 more"


def test_nothing_shown_is_nothing_compared() -> None:
    assert compared_learned(object(), object()) is None


def test_a_statistic_that_no_row_tells_is_not_reproduced() -> None:
    other = copy.deepcopy(WIDE)
    _statistic(other)
    found = verdict_of(compare_models(WIDE, other, {"benchmark": X}))
    assert found.verdict == "not reproduced"
    assert found.cause.endswith(f"learned values: {IMPUTER} differs")
    same = verdict_of(compare_models(WIDE, copy.deepcopy(WIDE), {"benchmark": X}))
    assert same.verdict == "identical"
    assert any(words.endswith("learned values") for words in same.compared)
