"""CatBoost models: the same to the bit when they come back, and nothing built of JSON that training never writes."""

from __future__ import annotations

import copy
import json
import pickle
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from catboost import CatBoost, CatBoostClassifier, CatBoostRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from ipymlops.errors import BadInput, MlopsError, UnsafeModel
from ipymlops.registry import serializers
from ipymlops.registry.serializers.catboost import FILE
from ipymlops.registry.serializers.catboost_model import check_model

RANDOM = np.random.default_rng(0)
ROWS = 400


def table(*, seen: bool = True) -> pd.DataFrame:
    """Numbers with gaps, a few categories and many; ``seen`` or some that no training saw."""
    few, many = ("xyz", 30) if seen else ("xyzuv", 60)
    return pd.DataFrame(
        {
            "a": RANDOM.normal(size=ROWS),
            "b": np.where(RANDOM.random(ROWS) < 0.1, np.nan, RANDOM.normal(size=ROWS)),
            "few": RANDOM.choice(list(few), ROWS),
            "many": RANDOM.choice([f"k{n}" for n in range(many)], ROWS),
        }
    )


TABLE, LATER = table(), table(seen=False)
NUMBERS = ["a", "b"]
NUMBER = (TABLE["a"] + RANDOM.normal(size=ROWS)).to_numpy()
TWO = (TABLE["a"] + (TABLE["few"] == "x") + RANDOM.normal(size=ROWS) > 0.5).astype(int).to_numpy()
SETTINGS: dict[str, Any] = {"iterations": 20, "verbose": 0, "random_seed": 0, "allow_writing_files": False}
CATEGORIES: dict[str, Any] = {**SETTINGS, "cat_features": ["few", "many"]}

MODELS: dict[str, tuple[Any, list[str], Any]] = {
    "two classes": (CatBoostClassifier(**SETTINGS), NUMBERS, TWO),
    "classes by name": (CatBoostClassifier(**SETTINGS), NUMBERS, np.where(TWO, "yes", "no")),
    "classes true and false": (CatBoostClassifier(**SETTINGS), NUMBERS, TWO.astype(bool)),
    "three classes": (CatBoostClassifier(**SETTINGS), NUMBERS, TABLE["few"].to_numpy()),
    "three classes, trees by depth": (
        CatBoostClassifier(grow_policy="Depthwise", **SETTINGS), NUMBERS, TABLE["few"].to_numpy(),
    ),
    "a number": (CatBoostRegressor(**SETTINGS), NUMBERS, NUMBER),
    "a number, trees leaf by leaf": (CatBoostRegressor(grow_policy="Lossguide", **SETTINGS), NUMBERS, NUMBER),
    "three quantiles": (
        CatBoostRegressor(loss_function="MultiQuantile:alpha=0.1,0.5,0.9", **SETTINGS), NUMBERS, NUMBER,
    ),
    "counts": (CatBoostRegressor(loss_function="Poisson", **SETTINGS), NUMBERS, np.abs(NUMBER)),
    "categories": (CatBoostClassifier(**CATEGORIES), list(TABLE), TWO),
    "categories one by one and combined": (
        CatBoostClassifier(one_hot_max_size=5, max_ctr_complexity=2, **CATEGORIES), list(TABLE), TWO,
    ),
    "categories by their means": (
        CatBoostClassifier(
            simple_ctr=["Buckets", "BinarizedTargetMeanValue", "Counter"], max_ctr_complexity=1, **CATEGORIES
        ), list(TABLE), TWO,
    ),
    "categories, trees leaf by leaf": (
        CatBoostRegressor(grow_policy="Lossguide", **CATEGORIES), list(TABLE), NUMBER,
    ),
}  # fmt: skip
SAME = {"prediction_type": "RawFormulaVal"}


def load(files: dict[str, bytes], serializer: Any) -> Any:
    return serializers.load(files.__getitem__, {"serializer": serializer})


@pytest.mark.parametrize("name", MODELS)
def test_it_comes_back_to_the_bit(name: str) -> None:
    model, columns, target = MODELS[name]
    model.fit(TABLE[columns], target)
    files, facts = serializers.dump(model)
    again = load(files, facts["serializer"])
    for rows in (TABLE[columns], LATER[columns]):
        assert np.array_equal(again.predict(rows, **SAME), model.predict(rows, **SAME))
        assert np.array_equal(again.predict(rows), model.predict(rows))
        if hasattr(model, "predict_proba"):
            assert np.array_equal(again.predict_proba(rows), model.predict_proba(rows))
    assert again.get_params() == model.get_params()
    for shown in ("classes_", "feature_importances_", "learning_rate_", "n_features_in_", "tree_count_"):
        assert np.array_equal(getattr(again, shown), getattr(model, shown)), shown
    assert again.feature_names_ == columns
    assert serializers.dump(again)[0] == files


TRAIN_AND_HASH = """
import hashlib, numpy as np, pandas as pd
from catboost import CatBoostClassifier
from ipymlops.registry import serializers
r = np.random.default_rng(0)
X = pd.DataFrame({"a": r.normal(size=300), "c": r.choice([f"k{n}" for n in range(20)], 300)})
model = CatBoostClassifier(iterations=10, verbose=0, random_seed=0, allow_writing_files=False, cat_features=["c"])
print(hashlib.sha256(serializers.dump(model.fit(X, X["a"] > 0))[0]["model.catboost.json"]).hexdigest())
"""


def test_the_same_training_gives_the_same_bytes_in_another_process() -> None:
    command = [sys.executable, "-c", TRAIN_AND_HASH]
    runs = [subprocess.run(command, capture_output=True, text=True, check=True).stdout for _ in range(2)]
    assert runs[0] == runs[1] != ""


def test_trained_on_an_array() -> None:
    rows = TABLE[NUMBERS].to_numpy()
    model = CatBoostRegressor(**SETTINGS).fit(rows, NUMBER)
    files, facts = serializers.dump(model)
    assert np.array_equal(load(files, facts["serializer"]).predict(rows), model.predict(rows))
    assert facts["estimator"] == "CatBoostRegressor"


def test_where_it_stopped_is_kept() -> None:
    model = CatBoostRegressor(early_stopping_rounds=2, learning_rate=0.9, **{**SETTINGS, "iterations": 200})
    model.fit(TABLE[NUMBERS][:300], NUMBER[:300], eval_set=(TABLE[NUMBERS][300:], NUMBER[300:]))
    files, facts = serializers.dump(model)
    again = load(files, facts["serializer"])
    assert again.best_iteration_ == model.best_iteration_ < 199
    assert again.best_score_["validation"] == pytest.approx(model.best_score_["validation"])
    assert serializers.dump(again)[0] == files


class Objective:
    def calc_ders_range(self, approxes: Any, targets: Any, weights: Any) -> Any:
        return [(t - a, -1.0) for a, t in zip(approxes, targets, strict=True)]


def of_texts() -> Any:
    rows = pd.DataFrame({"said": [f"word{n % 7} and word{n % 3}" for n in range(200)]})
    model = CatBoostClassifier(text_features=["said"], **SETTINGS)
    return model.fit(rows, np.arange(200) % 7 > 3)


@pytest.mark.filterwarnings("ignore:Failed to import numba")  # CatBoost's, of objectives in Python
@pytest.mark.parametrize(
    ("model", "error", "words"),
    [
        (lambda: CatBoostClassifier(), BadInput, "CatBoostClassifier is not fitted.*call its fit first"),
        (
            lambda: CatBoost(SETTINGS).fit(TABLE[NUMBERS], NUMBER),
            BadInput,
            "Found a CatBoost. Expected: a CatBoostClassifier",
        ),
        (
            lambda: CatBoostRegressor(
                iterations=3, verbose=0, allow_writing_files=False, loss_function=Objective(), eval_metric="RMSE"
            ).fit(TABLE[NUMBERS], NUMBER),
            BadInput,
            "its loss_function is a Objective.*by their names",
        ),
        (of_texts, MlopsError, "texts"),
        (
            lambda: make_pipeline(StandardScaler(), CatBoostRegressor(**SETTINGS)).fit(TABLE[["a"]], NUMBER),
            MlopsError,
            "CatBoost",
        ),
    ],
)
def test_what_cannot_be_stored_says_why(model: Callable[[], Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        serializers.dump(model())


# --- JSON that training never writes -----------------------------------------------------------------------------

Change = Callable[[dict[str, Any]], Any]


def stored(name: str) -> tuple[dict[str, bytes], dict[str, Any]]:
    model, columns, target = MODELS[name]
    files, facts = serializers.dump(model.fit(TABLE[columns], target))
    return files, facts["serializer"]


def split(m: dict[str, Any], **said: Any) -> None:
    """In the first split of its kind."""
    found = next(s for t in m["oblivious_trees"] for s in t["splits"] if said.keys() <= s.keys())
    found.update(said)


def statistic(m: dict[str, Any], **said: Any) -> None:
    m["features_info"]["ctrs"][0].update(said)


def category_table(m: dict[str, Any], **said: Any) -> None:
    next(iter(m["ctr_data"].values())).update(said)


def node(m: dict[str, Any]) -> dict[str, Any]:
    return next(t for t in m["trees"] if "split" in t)  # type: ignore[no-any-return]


CATEGORY: dict[str, tuple[Change, str]] = {
    "a split far away": (lambda m: split(m, split_index=10**6), "out of its range"),
    "a split before the first": (lambda m: split(m, split_index=-1), "out of its range"),
    "a split that is no number": (lambda m: split(m, split_index="1"), "out of its range"),
    "a split of true": (lambda m: split(m, split_index=True), "out of its range"),
    "another border than its number means": (lambda m: split(m, border=0.12345), "another than its number"),
    "another column than its number means": (lambda m: split(m, float_feature_index=10**6), "another than its number"),
    "another kind than its number means": (lambda m: split(m, split_type="OneHotFeature"), "another than its number"),
    "fewer values than leaves": (lambda m: m["oblivious_trees"][0]["leaf_values"].pop(), "do not fit its leaves"),
    "fewer weights than leaves": (lambda m: m["oblivious_trees"][0]["leaf_weights"].pop(), "do not fit its leaves"),
    "a value that is none": (lambda m: m["oblivious_trees"][0]["leaf_values"].__setitem__(0, "x"), "number is none"),
    "a value without end": (lambda m: m["oblivious_trees"][0]["leaf_values"].__setitem__(0, 1e999), "not finite"),
    "a tree of a million levels": (
        lambda m: m["oblivious_trees"][0].update(splits=m["oblivious_trees"][0]["splits"] * 10), "deeper than",
    ),
    "more outputs than values": (lambda m: m.update(scale_and_bias=[1, [0] * 1000]), "do not fit"),
    "no outputs": (lambda m: m.update(scale_and_bias=[1, []]), "outputs makes no sense"),
    "a scale that is a text": (lambda m: m.update(scale_and_bias=["1", [0]]), "number is none"),
    "two kinds of trees": (lambda m: m.update(trees=[]), "two kinds"),
    "no trees": (lambda m: m.pop("oblivious_trees"), "no trees"),
    "texts": (lambda m: m["features_info"].update(text_features=[]), "texts or embeddings"),
    "borders in no order": (
        lambda m: m["features_info"]["float_features"][0]["borders"].reverse(), "in no order",
    ),
    "columns at one place": (
        lambda m: m["features_info"]["float_features"][0].update(flat_feature_index=1), "at one place",
    ),
    "a column far away": (
        lambda m: m["features_info"]["float_features"][0].update(flat_feature_index=2**40), "out of its range",
    ),
    "columns in another order": (
        lambda m: m["features_info"]["float_features"].reverse(), "not numbered",
    ),
    "a statistic of a class that is not there": (lambda m: statistic(m, target_border_idx=5), "class that is not"),
    "a statistic of a class far away": (lambda m: statistic(m, target_border_idx=2**40), "out of its range"),
    "a statistic of another kind": (lambda m: statistic(m, ctr_type="Counter"), "not of its kind"),
    "a statistic of no kind": (lambda m: statistic(m, ctr_type="Python"), "not of its kind"),
    "a statistic without a table": (lambda m: statistic(m, identifier="x"), "'x'"),
    "a statistic of a column far away": (
        lambda m: m["features_info"]["ctrs"][0]["elements"][0].update(cat_feature_index=99), "out of its range",
    ),
    "a statistic of nothing": (lambda m: statistic(m, elements=[]), "of no column"),
    "a statistic made otherwise": (
        lambda m: m["features_info"]["ctrs"][0]["elements"][0].update(combination_element="code"), "'code'",
    ),
    "a table of another width": (lambda m: category_table(m, hash_stride=7), "incomplete|not of its kind"),
    "a table of no width": (lambda m: category_table(m, hash_stride=0), "incomplete"),
    "a table of nothing": (lambda m: category_table(m, hash_map=[]), "incomplete"),
    "a table of names that are none": (lambda m: category_table(m, hash_map=["x", 1, 1], hash_stride=3), "lacks names"),
    "a table of counts below zero": (lambda m: category_table(m, hash_map=["1", -1, 1], hash_stride=3), "range"),
    "classes without end": (
        lambda m: m["model_info"]["class_params"].update(class_names=list(range(1000))), "fit its outputs",
    ),
    "a class twice": (lambda m: m["model_info"]["class_params"].update(class_names=[0, 0]), "one name"),
    "a class of another kind": (lambda m: m["model_info"]["class_params"].update(class_names=[{}, []]), "one kind"),
    "labels of no class": (lambda m: m["model_info"]["class_params"].update(class_to_label=[0, 7]), "not there"),
    "no classes' kind": (lambda m: m["model_info"]["class_params"].update(class_label_type="Code"), "'Code'"),
    "a list in its place": (lambda m: m.update(features_info=[1, 2]), ""),
    "nothing in its place": (lambda m: m.update(model_info=None), ""),
}  # fmt: skip
LEAF: dict[str, tuple[Change, str]] = {
    "a node with one child": (lambda m: node(m).pop("left"), "one child"),
    "a leaf with children": (lambda m: node(m).pop("split"), "'value'|leaf with children"),
    "a leaf of several values": (lambda m: m["trees"].append({"value": [1.0, 2.0], "weight": 1}), "fit its outputs"),
    "a leaf of no number": (lambda m: m["trees"].append({"value": None, "weight": 1}), "number is none"),
    "a split far away": (lambda m: node(m)["split"].update(split_index=10**9), "out of its range"),
    "a tree that is a text": (lambda m: m["trees"].append("tree"), ""),
}


@pytest.mark.parametrize("kind", [*((CATEGORY, n) for n in CATEGORY), *((LEAF, n) for n in LEAF)], ids=lambda k: k[1])
def test_json_that_would_lead_catboost_astray_is_not_built(kind: tuple[dict[str, tuple[Change, str]], str]) -> None:
    cases, name = kind
    files, serializer = stored("categories" if cases is CATEGORY else "a number, trees leaf by leaf")
    content = json.loads(files[FILE])
    change, words = cases[name]
    change(content)
    with pytest.raises(UnsafeModel, match=f"The CatBoost model is not what training writes: .*{words}"):
        load({FILE: json.dumps(content).encode()}, serializer)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (lambda d: d[: len(d) // 2], "could not be read"),
        (lambda d: b"", "could not be read"),
        (lambda d: b"[" * 10**6, "could not be read"),
        (lambda d: b'{"scale_and_bias": [1, [0]], ' + d[1:], "says a name twice"),
        (lambda d: b"CBM1" + d, "could not be read"),
        (lambda d: b"[]", "not what training writes"),
        (lambda d: b"\xff\xfe" + d, "could not be read"),
    ],
)
def test_bytes_that_are_no_json_of_a_model(data: Callable[[bytes], bytes], words: str) -> None:
    files, serializer = stored("two classes")
    with pytest.raises(UnsafeModel, match=words):
        load({FILE: data(files[FILE])}, serializer)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"estimator": "CatBoostRanker"}, "CatBoost model is a 'CatBoostRanker'"),
        ({"estimator": ["CatBoostClassifier"]}, r"CatBoost model is a \["),
        ({"parameters": {"__class__": 1}}, "parameters that no CatBoostClassifier has"),
        ({"parameters": {"self": 1}}, "parameters that no CatBoostClassifier has"),
        ({"parameters": None}, "parameters that no CatBoostClassifier has"),
        ({"libraries": None}, "does not say which catboost"),
        ({"learned": None}, "could not be read"),
        ({"learned": {"importances": ["x"], "learning_rate": 0.1}}, "what it learned is no numbers"),
        ({"learned": {"importances": [0.5], "learning_rate": 0.1}}, "what it learned is no numbers"),
    ],
)
def test_facts_that_are_not_of_such_a_model(said: dict[str, Any], words: str) -> None:
    files, serializer = stored("two classes")
    with pytest.raises(UnsafeModel, match=words):
        load(files, {**serializer, **said})


CORRUPT = """
import json, pickle, random, sys
from ipymlops.registry.serializers import catboost
from ipymlops.errors import MlopsError
data, serializer, rows = pickle.load(sys.stdin.buffer)
random.seed(0)
passed = 0
for _ in range(300):
    changed = bytearray(data)
    for _ in range(random.choice([1, 1, 2, 3])):
        at = random.randrange(len(data))
        digit = 48 <= data[at] < 58
        other = random.choice([data[at], data[at], random.randrange(128)])
        changed[at] = random.choice(b"0123456789-") if digit else other
    try:
        model = catboost.load({"model.catboost.json": bytes(changed)}.__getitem__, serializer)
    except MlopsError:
        continue
    passed += 1
    try:
        model.predict(rows)
    except Exception:
        pass
print("passed", passed)
"""


@pytest.mark.parametrize("name", ["categories one by one and combined", "categories, trees leaf by leaf"])
def test_what_passes_never_ends_the_process(name: str) -> None:
    """Bytes changed at random: refused, or a model that answers."""
    files, serializer = stored(name)
    package = pickle.dumps((files[FILE], serializer, LATER))
    done = subprocess.run([sys.executable, "-c", CORRUPT], input=package, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr[-500:]
    assert int(done.stdout.split()[-1]) > 50


def test_a_model_as_trained_passes() -> None:
    files, _ = stored("categories")
    content = json.loads(files[FILE])
    before = copy.deepcopy(content)
    check_model(content)
    assert content == before
