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
from sklearn.decomposition import PCA
from sklearn.ensemble import VotingClassifier
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder

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
COUNTER = CountVectorizer().fit(["one two", "two three"])
SCORED = LogisticRegression().fit(NUMBERS, Y)
SCORED.scores_ = {1: np.array([0.5, 0.25])}  # as those have that choose their own strength


class Own(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """What a class of somebody's own shows may be a clock, a cache or the order of a set."""

    def fit(self, X: Any, y: Any = None) -> Own:
        self.fitted_at_ = float(RANDOM.random())
        self.dtypes_ = pd.DataFrame({"dtype": [1.0], "b": [2.0]})
        self.part_ = LogisticRegression().fit(np.asarray(X)[:, :1].astype(float), Y)
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


def _words(model: Any) -> None:
    model.vocabulary_ = {**model.vocabulary_, "three": 0}


def _word_more(model: Any) -> None:
    model.vocabulary_ = {**model.vocabulary_, "four": 3}


def _nested(model: Any) -> None:
    model.scores_ = {key: value + 1e-15 for key, value in model.scores_.items()}


def _search(model: Any) -> None:
    model.best_score_, model.cv_results_, model.n_splits_ = 0.1, {"mean": np.array([1.0])}, 9


def _found(model: Any) -> None:
    model.best_estimator_.classes_ = np.array([0, 2])


def _turned(model: Any) -> None:
    _imputer(model).statistics_ = _imputer(model).statistics_.reshape(1, -1)


def _own_part(model: Any) -> None:
    model.part_.coef_ = model.part_.coef_ + 1


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
    "a level": (WIDE, _level, False, "transformers_[onehotencoder].categories_[0] differs"),
    "an attribute less, as another version may have": (WIDE, _gone, True, ""),
    "an attribute more": (WIDE, _new, True, ""),
    "fewer values": (WIDE, _shape, False, f"{IMPUTER} differs"),
    "another shape": (WIDE, _turned, False, f"{IMPUTER}.shape differs"),
    "what somebody's own class shows": (Own().fit(X), _again, True, ""),
    "a model in somebody's own class": (Own().fit(X), _own_part, False, "part_.coef_ differs"),
    "values of a dictionary": (COUNTER, _words, False, "vocabulary_ differs"),
    "keys of a dictionary": (COUNTER, _word_more, False, "vocabulary_.keys differs, vocabulary_ differs"),
    "a last bit in a dictionary": (SCORED, _nested, True, ""),
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
        # coefficients, intercept, iterations, classes, two names, columns; and a shape for each array
        pytest.param(LogisticRegression().fit(NUMBERS, Y), 2 + 1 + 1 + 2 + 2 + 1 + 2 + 1 + 1 + 1 + 1, id="a model"),
        pytest.param(COUNTER, 3 + 3 + 1, id="words, their places, and whether they were given"),
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
    one, other = LogisticRegression().fit(NUMBERS, Y), LogisticRegression().fit(NUMBERS, Y)
    for number in range(5):
        setattr(one, f"a{number}_", 1.0)
        setattr(other, f"a{number}_", 2.0)
    found = compared_learned(one, other)
    assert found is not None
    assert found.problem == "a0_ differs, a1_ differs, a2_ differs and 2 more"


def test_what_turns_with_the_last_bit_is_not_another_model() -> None:
    """Directions that no row has are decided by rounding: the answers agree up to it, the components do not."""
    random = np.random.default_rng(0)
    data = random.normal(size=(200, 3)) @ random.normal(size=(3, 7))
    one = PCA().fit(data)
    other = copy.deepcopy(one)
    other.components_[-1] = -one.components_[-1]
    alone = compared_learned(one, other)
    assert alone is not None
    assert alone.problem == "components_ differs"
    levels = copy.deepcopy(WIDE)
    _level(levels)
    assert (compared_learned(WIDE, levels, rounded=True) or alone).problem.endswith("categories_[0] differs")
    found = verdict_of(compare_models(one, other, {"benchmark": pd.DataFrame(data)}))
    assert (found.verdict, found.cause) == ("within tolerance", "")


def test_nothing_shown_is_nothing_compared() -> None:
    assert compared_learned(object(), object()) is None
    assert compared_learned(FunctionTransformer(), FunctionTransformer()) is None


def test_a_statistic_that_no_row_tells_is_not_reproduced() -> None:
    other = copy.deepcopy(WIDE)
    _statistic(other)
    found = verdict_of(compare_models(WIDE, other, {"benchmark": X}))
    assert found.verdict == "not reproduced"
    assert found.cause.endswith(f"learned values: {IMPUTER} differs")
    same = verdict_of(compare_models(WIDE, copy.deepcopy(WIDE), {"benchmark": X}))
    assert same.verdict == "identical"
    assert any(words.endswith("learned values") for words in same.compared)
