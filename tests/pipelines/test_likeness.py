"""When two fitted models are the same, and how far apart they are when not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer, make_column_transformer
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from ipymlops.frames import perturbed
from ipymlops.pipelines.likeness import Likeness, compare_models
from ipymlops.pipelines.verdicts import verdict_of

RANDOM = np.random.default_rng(5)
X = pd.DataFrame({"a": RANDOM.normal(size=80), "b": RANDOM.normal(size=80)})
Y = (X["a"] + X["b"] > 0).astype(int)

# two models -> verdict, a piece of the cause
PAIRS: dict[str, tuple[Any, Any, str, str]] = {
    "the same": (LogisticRegression().fit(X, Y), LogisticRegression().fit(X, Y), "identical", ""),
    "a pipeline": (
        make_pipeline(StandardScaler(), SVC()).fit(X, Y),
        make_pipeline(StandardScaler(), SVC()).fit(X, Y),
        "identical",
        "",
    ),
    "a transformer": (StandardScaler().fit(X), StandardScaler().fit(X), "identical", ""),
    "another parameter": (
        LogisticRegression(C=1.0).fit(X, Y),
        LogisticRegression(C=0.1).fit(X, Y),
        "not reproduced",
        "its parameter C is 0.1, was 1.0",
    ),
    "a parameter that changes no answer": (
        LogisticRegression().fit(X, Y),
        LogisticRegression(max_iter=101).fit(X, Y),
        "not reproduced",
        "its parameter max_iter is 101, was 100",
    ),
    "another class": (
        LogisticRegression().fit(X, Y),
        LinearRegression().fit(X, Y),
        "not reproduced",
        "it is a LinearRegression, the registered model is a LogisticRegression",
    ),
    "other columns": (
        LogisticRegression().fit(X, Y),
        LogisticRegression().fit(X[["b", "a"]], Y),
        "not reproduced",
        "its feature_names_in_ is ['b', 'a'], was ['a', 'b']",
    ),
    "other classes": (
        LogisticRegression().fit(X, Y),
        LogisticRegression().fit(X, Y + 1),
        "not reproduced",
        "its classes_ is [1, 2], was [0, 1]",
    ),
    "other rows": (
        LogisticRegression().fit(X, Y),
        LogisticRegression().fit(X[:60], Y[:60]),
        "not reproduced",
        "predict_proba differs on 80 of 80 benchmark rows",
    ),
    "a last bit": (
        LinearRegression().fit(X, Y),
        LinearRegression().fit(X * (1 + 1e-15), Y),
        "within tolerance",
        "",
    ),
    "functions as parameters": (
        make_pipeline(FunctionTransformer(np.tanh), LinearRegression()).fit(X, Y),
        make_pipeline(FunctionTransformer(np.tanh), LinearRegression()).fit(X, Y),
        "identical",
        "",
    ),
}


@pytest.mark.parametrize(("registered", "trained", "verdict", "cause"), PAIRS.values(), ids=PAIRS)
def test_verdict(registered: Any, trained: Any, verdict: str, cause: str) -> None:
    likeness = compare_models(registered, trained, {"benchmark": X})
    found = verdict_of(likeness)
    assert (found.verdict, cause in found.cause) == (verdict, True), found
    assert Likeness.from_json(likeness.to_json()) == likeness


class Odd:
    """A model of somebody's own; what it answers is the function it was made with."""

    def __init__(self, answer: Any, learned: Any = None) -> None:
        self.answer = answer
        self.learned = learned

    def predict(self, rows: Any) -> Any:
        return self.answer(rows)


def _only_known(rows: Any) -> Any:
    if len(rows) != len(X):
        raise ValueError("rows that I do not know")
    return np.arange(len(rows))


def _zeros(rows: Any) -> Any:
    return np.zeros(len(rows))


def _by_chance(rows: Any) -> Any:
    return np.random.default_rng().normal(size=len(rows))


def _last_bit_by_chance(rows: Any) -> Any:
    return rows["a"] * (1 + np.random.default_rng().normal() * 1e-15)


def _words(rows: Any) -> Any:
    return ["high" if a > 0 else None for a in rows["a"]]


def _times(rows: Any) -> Any:
    return pd.Series([pd.Timestamp("2026-01-01") if a > 0 else pd.NaT for a in rows["a"]])


def _missing(rows: Any) -> Any:
    return pd.array([1 if a > 0 else pd.NA for a in rows["a"]], dtype="Int64")


def _one_answer(rows: Any) -> Any:
    return [1.0]


# What equal answers prove: two models -> verdict, a piece of the cause or of the notes
WEAK: dict[str, tuple[Any, Any, str, str]] = {
    "one answer to all, held alike": (
        Odd(_zeros, [1, 2]),
        Odd(_zeros, [1, 2]),
        "identical",
        "is the same, bit for bit",
    ),
    "one answer to all, held otherwise": (
        Odd(_zeros, [1, 2]),
        Odd(_zeros, [1, 3]),
        "not verified",
        "every row that was compared gets the same answer, and what the two models hold differs",
    ),
    "a constant of scikit-learn": (
        DummyClassifier(strategy="constant", constant=1).fit(X, Y),
        DummyClassifier(strategy="constant", constant=1).fit(X, Y),
        "identical",
        "is the same, bit for bit",
    ),
    "no answer to new rows": (
        Odd(_only_known, 1),
        Odd(_only_known, 2),
        "not verified",
        "no answer could be had to rows that were not trained on",
    ),
    "another answer each time": (
        Odd(_by_chance),
        Odd(_by_chance),
        "not verified",
        "predict of the registered model is not deterministic",
    ),
    "another last bit each time": (Odd(_last_bit_by_chance), Odd(_last_bit_by_chance), "within tolerance", ""),
    "steady, while the trained one is not": (Odd(_words), Odd(_by_chance), "not reproduced", "predict differs on 80"),
    "a list of words and gaps": (Odd(_words), Odd(_words), "identical", ""),
    "times and gaps": (Odd(_times), Odd(_times), "identical", ""),
    "integers and gaps": (Odd(_missing), Odd(_missing), "identical", ""),
    "a gap where there was a number": (Odd(_zeros), Odd(_missing), "not reproduced", "predict differs on"),
    "one answer instead of one a row": (Odd(_one_answer), Odd(_one_answer), "not verified", "there are no rows"),
    "one of the two answers a row": (Odd(_words), Odd(_one_answer), "not reproduced", "gives 1 answers to 80 rows"),
}


@pytest.mark.parametrize(("registered", "trained", "verdict", "words"), WEAK.values(), ids=WEAK)
def test_what_equal_answers_prove(registered: Any, trained: Any, verdict: str, words: str) -> None:
    unseen = perturbed(X.iloc[np.arange(200) % 80])
    found = verdict_of(compare_models(registered, trained, {"training": X, "perturbed": unseen}))
    assert found.verdict == verdict, found
    assert words in " ".join((found.cause, *found.notes))


def test_agreement_on_the_training_rows_is_no_proof() -> None:
    """Two columns that say the same: trees may use either, and agree on every row that was ever seen."""
    twins = pd.DataFrame({"a": X["a"], "b": X["a"]})
    target = (X["a"] > 0).astype(int)
    trees = [DecisionTreeClassifier(random_state=s).fit(twins, target) for s in range(20)]
    first = trees[0]
    other = next(t for t in trees if t.tree_.feature[0] != first.tree_.feature[0])
    other.set_params(random_state=0)  # so that only the tree itself differs
    assert verdict_of(compare_models(first, other, {"training": twins})).verdict == "identical"
    found = verdict_of(compare_models(first, other, {"training": twins, "perturbed": perturbed(twins)}))
    assert found.verdict == "not reproduced"
    assert "perturbed" in found.cause


def test_nothing_to_compare_on_is_not_verified() -> None:
    model = LogisticRegression().fit(X, Y)
    assert verdict_of(compare_models(model, model, {})).verdict == "not verified"


def test_the_digest_tells_models_apart() -> None:
    one, same, other = (RandomForestClassifier(5, random_state=s).fit(X, Y) for s in (1, 1, 2))
    digests = [compare_models(one, model, {"benchmark": X}).digest for model in (one, same, other)]
    assert digests[0] == digests[1] != digests[2]


@pytest.mark.parametrize("container", ["pandas", "numpy", "polars", "pyarrow"])
def test_perturbed_rows_are_new_rows_of_plausible_values(container: str) -> None:
    import polars as pl
    import pyarrow as pa

    frame = pd.DataFrame(
        {
            "x": RANDOM.normal(size=50),
            "n": np.arange(50),
            "c": pd.Series(["u", "v", None, "w", "u"] * 10),
            "f": RANDOM.normal(size=50).astype("float32"),
        },
        index=range(100, 150),
    )
    made = {
        "pandas": lambda: frame.assign(k=frame["c"].astype("category"), b=frame["n"] > 20),
        "numpy": lambda: frame[["x", "n"]].to_numpy(),
        "polars": lambda: pl.from_pandas(frame),
        "pyarrow": lambda: pa.Table.from_pandas(frame, preserve_index=False),
    }[container]()
    moved, again = perturbed(made, seed=3), perturbed(made, seed=3)
    assert type(moved) is type(made)
    if container == "numpy":
        assert moved.shape == made.shape
        assert np.array_equal(moved, again)
        assert not (moved[:, 0] == made[:, 0]).any()
        return
    table, old = (d if container == "pandas" else d.to_pandas() for d in (moved, made))
    assert list(table.dtypes) == list(old.dtypes)
    assert sorted(table["n"]) == sorted(old["n"])
    assert list(table["n"]) != list(old["n"])
    assert table["c"].value_counts(dropna=False).to_dict() == old["c"].value_counts(dropna=False).to_dict()
    assert not set(table["x"]) & set(old["x"])
    if container == "pandas":
        pd.testing.assert_frame_equal(moved, again)


TABLE = X.assign(n=np.arange(80) % 7, c=pd.Series(["u", "v"] * 40))
UNSEEN = {"training": TABLE, "perturbed": perturbed(TABLE.iloc[np.arange(200) % 80].reset_index(drop=True))}


def _imputed(change: float = 0.0, columns: tuple[str, ...] = ("a", "b", "n")) -> Any:
    """Gaps are filled in these columns; ``change`` is added to what they are filled with."""
    kept = [name for name in ("a", "b", "n") if name not in columns]
    steps = [("filled", SimpleImputer(), list(columns)), ("as they are", "passthrough", kept)]
    made = make_pipeline(ColumnTransformer(steps), LogisticRegression()).fit(TABLE, Y)
    made[0].named_transformers_["filled"].statistics_ += change
    return made


def _encoded(encoder: Any) -> Any:
    return make_pipeline(make_column_transformer((encoder, ["c", "n"])), DecisionTreeClassifier(random_state=0))


def _by_level(unknown: float) -> Any:
    return Odd(lambda rows: rows["c"].map({"u": 0.0, "v": 1.0}).fillna(unknown) + rows["a"].fillna(0))


def _refusing(error: type[Exception], gaps: bool) -> Any:
    """Refuses rows with a gap, or rows with a level that it does not know."""

    def answer(rows: Any) -> Any:
        if rows["a"].isna().any() if gaps else not rows["c"].dropna().isin(["u", "v"]).all():
            raise error
        return rows["b"].fillna(0)

    return Odd(answer)


REFUSES, ANSWERS = _refusing(ValueError, True), Odd(lambda rows: rows["b"].fillna(0))
NO_GAPS = "a missing value in 1 of 4 columns: both models refuse such rows"
STRICT, LOOSE = OneHotEncoder(), OneHotEncoder(handle_unknown="ignore")
# two models that agree on every row without gaps and new levels -> verdict, a piece of the cause, what both refuse
UNUSUAL: dict[str, tuple[Any, Any, str, str, str]] = {
    "the same imputer": (_imputed(), _imputed(), "identical", "", ""),
    "another statistic": (
        _imputed(),
        _imputed(0.4),
        "not reproduced",
        "predict_proba differs on 150 of 200 incomplete",
        "",
    ),
    "the last bit of a statistic": (_imputed(), _imputed(1e-15), "within tolerance", "", ""),
    "another statistic of one column": (
        _imputed(columns=("a",)),
        _imputed(0.4, columns=("a",)),
        "not reproduced",
        "incomplete rows",
        "a missing value in 2 of 4 columns: both models refuse such rows",
    ),
    "another value for a new level": (
        _by_level(0.5),
        _by_level(0.6),
        "not reproduced",
        "50 of 100 unfamiliar rows",
        "",
    ),
    "the same value for a new level": (_by_level(0.5), _by_level(0.5), "identical", "", ""),
    "gaps refused alike": (REFUSES, _refusing(ValueError, True), "identical", "", NO_GAPS),
    "gaps refused by the registered one": (
        REFUSES,
        ANSWERS,
        "not reproduced",
        "incomplete rows: the registered model raised ValueError",
        "",
    ),
    "gaps refused by the trained one": (
        ANSWERS,
        REFUSES,
        "not reproduced",
        "incomplete rows: the pipeline's model raised ValueError",
        "",
    ),
    "gaps refused for other reasons": (
        REFUSES,
        _refusing(KeyError, True),
        "not reproduced",
        "the pipeline's model raised KeyError, the registered model raised ValueError",
        "",
    ),
    "new levels refused alike": (
        _encoded(STRICT).fit(TABLE, Y),
        _encoded(STRICT).fit(TABLE, Y),
        "identical",
        "",
        "a new level in 2 of 2 columns: both models refuse such rows",
    ),
    "new levels refused by one": (
        _refusing(ValueError, False),
        ANSWERS,
        "not reproduced",
        "unfamiliar rows: the registered model raised ValueError",
        "",
    ),
    "nothing refused": (_encoded(LOOSE).fit(TABLE, Y), _encoded(LOOSE).fit(TABLE, Y), "identical", "", ""),
}


@pytest.mark.parametrize(("one", "other", "verdict", "cause", "refused"), UNUSUAL.values(), ids=UNUSUAL)
def test_gaps_and_new_levels_tell_models_apart(one: Any, other: Any, verdict: str, cause: str, refused: str) -> None:
    likeness = compare_models(one, other, UNSEEN)
    found = verdict_of(likeness)
    assert (found.verdict, cause in found.cause) == (verdict, True), found
    assert refused in "; ".join(likeness.refused)
    assert bool(refused) == bool(likeness.refused)
    assert Likeness.from_json(likeness.to_json()) == likeness == compare_models(one, other, UNSEEN)
    usual = [a for a in likeness.answers if a.data in UNSEEN]
    assert usual
    assert all(a.close for a in usual)


def test_columns_are_only_tried_so_often() -> None:
    wide = pd.DataFrame(RANDOM.normal(size=(80, 300))).add_prefix("x")
    asked = []

    def answer(rows: Any) -> Any:
        asked.append(len(rows))
        if rows.isna().any(axis=None):
            raise ValueError
        return rows["x0"]

    likeness = compare_models(Odd(answer), Odd(answer), {"perturbed": perturbed(wide)})
    words = "a missing value in one of 300 columns: both models refuse such rows, asked for many columns together"
    assert likeness.refused == (words,)
    assert len(asked) < 2 * 70


class Holding:
    """Answers the same whatever it holds, as a network may whose last layer ignores most of the others."""

    def __init__(self, **held: Any) -> None:
        self.held = {name: np.asarray(value) for name, value in held.items()}

    def predict(self, X: Any) -> Any:
        return np.zeros(len(X))

    def tensors(self) -> dict[str, Any]:
        return self.held


HELD = [
    ({"a": [1.0, 2.0]}, {"a": [1.0, 2.0]}, "identical", ""),
    ({"a": [1.0, 2.0]}, {"a": [1.0, 2.5]}, "not reproduced", "1 of its 2 parameters and buffers differ, by up to 0.5"),
    ({"a": [1.0, 2.0]}, {"b": [1.0, 2.0]}, "not reproduced", "names, types or shapes differ"),
    ({"a": [1.0]}, {"a": np.float32([1.0])}, "not reproduced", "names, types or shapes differ"),
]


@pytest.mark.parametrize(("one", "other", "verdict", "cause"), HELD)
def test_what_networks_hold_is_compared_number_by_number(one: Any, other: Any, verdict: str, cause: str) -> None:
    found = verdict_of(compare_models(Holding(**one), Holding(**other), {"training": X, "perturbed": perturbed(X)}))
    assert found.verdict == verdict
    assert cause in found.cause


class Told(Odd):
    """A model that shows all it learned."""

    @property
    def learned_(self) -> Any:
        return self.learned


@pytest.mark.parametrize(
    ("learned", "verdict", "cause"),
    [
        ([1.0, 2.0], "identical", ""),
        ([1.0, 2.0 + 4e-16], "within tolerance", ""),
        ([1.0, 2.5], "not reproduced", "1 of its 2 learned numbers differ, by up to 0.5"),
        ([1.0], "not reproduced", "2 learned numbers: its shape is (1,), was (2,)"),
    ],
)
def test_what_was_learned_counts_besides_the_answers(learned: list[float], verdict: str, cause: str) -> None:
    def answer(rows: Any) -> Any:
        return np.asarray(rows)[:, 0]

    one, other = Told(answer, np.array([1.0, 2.0])), Told(answer, np.array(learned))
    found = verdict_of(compare_models(one, other, {"benchmark": X}))
    assert (found.verdict, found.cause) == (verdict, cause)
    assert "2 learned numbers" in found.compared
