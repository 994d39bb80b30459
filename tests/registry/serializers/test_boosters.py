"""XGBoost and LightGBM models: they come back as they were, and bytes that would end the process never reach them."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from io import BytesIO
from typing import Any

import numpy as np
import pandas as pd
import pytest
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import VotingClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from xgboost import XGBClassifier, XGBRegressor, XGBRFClassifier

from ipymlops.errors import BadInput, UnsafeModel
from ipymlops.registry import serializers
from ipymlops.registry.serializers import lightgbm, xgboost
from ipymlops.registry.serializers.ubjson import read_ubjson

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(200, 4))
Y = (X[:, 0] > 0).astype(int)
THREE = Y + (X[:, 1] > 0.5)
REAL = X[:, 0] + 2 * X[:, 1]
WORDS = np.where(Y, "yes", "no").astype(object)
TABLE = pd.DataFrame(X, columns=list("abcd")).assign(home=pd.Categorical(RANDOM.choice(["own", "rent", "x"], 200)))
QUIET = {"n_estimators": 5, "n_jobs": 1, "verbose": -1}

MODELS: dict[str, tuple[Any, Any, Any]] = {
    "xgboost": (XGBClassifier(n_estimators=5, n_jobs=1), TABLE[["a", "b"]], Y),
    "xgboost, three classes": (XGBClassifier(n_estimators=5, n_jobs=1), X, THREE),
    "xgboost, categories": (XGBClassifier(n_estimators=5, n_jobs=1, enable_categorical=True), TABLE, Y),
    "xgboost, sets of categories": (
        XGBClassifier(n_estimators=5, n_jobs=1, enable_categorical=True, max_cat_to_onehot=1),
        TABLE,
        Y,
    ),
    "xgboost, numbers": (XGBRegressor(n_estimators=5, n_jobs=1), X, REAL),
    "xgboost, two numbers": (XGBRegressor(n_estimators=5, n_jobs=1), X, X[:, :2]),
    "xgboost, pruned": (XGBRegressor(n_estimators=5, n_jobs=1, gamma=3, tree_method="exact"), X, X[:, 1]),
    "xgboost, dropped trees": (XGBClassifier(n_estimators=5, n_jobs=1, booster="dart", rate_drop=0.5), X, Y),
    "xgboost, linear": (XGBRegressor(n_estimators=5, n_jobs=1, booster="gblinear"), X, REAL),
    "xgboost, forest": (XGBRFClassifier(n_estimators=5, n_jobs=1), X, THREE),
    "lightgbm": (LGBMClassifier(**QUIET), TABLE[["a", "b"]], WORDS),
    "lightgbm, three classes": (LGBMClassifier(**QUIET), X, THREE),
    "lightgbm, categories": (LGBMClassifier(**QUIET, min_data_per_group=1, cat_smooth=0), TABLE, Y),
    "lightgbm, numbers": (LGBMRegressor(**QUIET), TABLE, REAL),
    "lightgbm, linear leaves": (LGBMRegressor(**QUIET, linear_tree=True), X, REAL),
    "lightgbm, forest": (LGBMRegressor(**QUIET, boosting_type="rf", bagging_freq=1, bagging_fraction=0.5), X, REAL),
    "lightgbm, too few rows to split": (LGBMRegressor(**QUIET), X[:10], REAL[:10]),
    "pipeline": (make_pipeline(StandardScaler(), XGBClassifier(n_estimators=5, n_jobs=1)), X, Y),
    "vote": (
        VotingClassifier(
            [("l", LGBMClassifier(**QUIET)), ("x", XGBClassifier(n_estimators=5, n_jobs=1))], voting="soft"
        ),
        X,
        Y,
    ),
    "search": (GridSearchCV(XGBClassifier(n_estimators=5, n_jobs=1), {"max_depth": [2, 3]}, cv=2), X, Y),
    "calibrated xgboost": (CalibratedClassifierCV(XGBClassifier(n_estimators=5, n_jobs=1), cv=2), X, Y),
    "calibrated lightgbm": (CalibratedClassifierCV(LGBMClassifier(**QUIET), cv=2), X, Y),
}
KEPT = ("classes_", "feature_names_in_", "n_features_in_", "best_iteration", "best_score", "best_iteration_")


def load(files: dict[str, bytes], serializer: Any) -> Any:
    return serializers.load(files.__getitem__, {"serializer": serializer})


def kept(model: Any, name: str) -> str:
    try:
        return repr(getattr(model, name))
    except AttributeError:
        return "not there"


@pytest.mark.parametrize("name", MODELS)
def test_it_comes_back_as_it_was(name: str) -> None:
    model, table, y = MODELS[name]
    model.fit(table, y)
    files, facts = serializers.dump(model)
    again = load(files, facts["serializer"])
    for method in ("predict", "predict_proba"):
        if hasattr(model, method):
            assert np.array_equal(getattr(again, method)(table), getattr(model, method)(table))
    assert repr(again.get_params()) == repr(model.get_params())
    assert [kept(again, n) for n in KEPT] == [kept(model, n) for n in KEPT]
    assert serializers.dump(again)[0] == files


def early(kind: str) -> Any:
    if kind == "xgboost":
        model: Any = XGBClassifier(n_estimators=200, n_jobs=1, early_stopping_rounds=2, learning_rate=1.0)
        return model.fit(X[:150], THREE[:150], eval_set=[(X[150:], THREE[150:])], verbose=False)
    from lightgbm import early_stopping

    model = LGBMClassifier(n_estimators=200, n_jobs=1, verbose=-1, learning_rate=1.0)
    stop = early_stopping(2, verbose=False)
    return model.fit(X[:150], THREE[:150], eval_X=X[150:], eval_y=THREE[150:], callbacks=[stop])


@pytest.mark.parametrize(("kind", "best"), [("xgboost", "best_iteration"), ("lightgbm", "best_iteration_")])
def test_where_it_stopped_is_kept(kind: str, best: str) -> None:
    model = early(kind)
    files, facts = serializers.dump(model)
    again = load(files, facts["serializer"])
    assert getattr(again, best) == getattr(model, best) < 199
    assert np.array_equal(again.predict_proba(X), model.predict_proba(X))


TRAIN_AND_HASH = """
import hashlib, numpy as np
from lightgbm import LGBMClassifier
from xgboost import XGBClassifier
from ipymlops.registry import serializers
X = np.random.default_rng(0).normal(size=(300, 4))
y = (X[:, 0] > 0).astype(int)
for model in (XGBClassifier(n_estimators=5, n_jobs=1), LGBMClassifier(n_estimators=5, n_jobs=1, verbose=-1)):
    print(hashlib.sha256(serializers.dump(model.fit(X, y))[0]["model.skops"]).hexdigest())
"""


def test_the_same_training_gives_the_same_bytes_in_another_process() -> None:
    command = [sys.executable, "-c", TRAIN_AND_HASH]
    runs = [subprocess.run(command, capture_output=True, text=True, check=True).stdout.split() for _ in range(2)]
    assert len(runs[0]) == 2
    assert runs[0] == runs[1]


def hits(y: Any, found: Any) -> float:
    return float((y == found).mean())


@pytest.mark.parametrize(
    ("model", "error", "words"),
    [
        (lambda: XGBClassifier(), BadInput, "XGBClassifier is not fitted.*call its fit first"),
        (lambda: LGBMClassifier(), BadInput, "LGBMClassifier is not fitted"),
        (
            lambda: XGBClassifier(n_estimators=2, n_jobs=1).fit(X, Y).get_booster(),
            BadInput,
            r"Found a xgboost\.core\.Booster",
        ),
        (
            lambda: XGBRegressor(n_estimators=2, n_jobs=1, multi_strategy="multi_output_tree").fit(X, X[:, :2]),
            UnsafeModel,
            "several values, which is not read yet",
        ),
        (
            lambda: XGBClassifier(n_estimators=2, n_jobs=1, callbacks=[_callback()]).fit(X, Y),
            UnsafeModel,
            "callbacks=None",
        ),
    ],
)
def test_what_cannot_be_stored_says_why(model: Callable[[], Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        serializers.dump(model())


def _callback() -> Any:
    from xgboost.callback import LearningRateScheduler

    return LearningRateScheduler([0.1, 0.2])


@pytest.mark.parametrize(
    ("said", "error", "words"),
    [
        ({"xgboost": "2.1.0"}, BadInput, r'needs xgboost 2\.x; found 3.*pip install "xgboost==2\.\*"'),
        ({}, UnsafeModel, "does not say which xgboost"),
        (None, UnsafeModel, "does not say which xgboost"),
        ({"xgboost": 3}, UnsafeModel, "does not say which xgboost"),
    ],
)
def test_the_library_must_be_the_one_that_stored_it(said: Any, error: type[Exception], words: str) -> None:
    files, facts = serializers.dump(XGBClassifier(n_estimators=2, n_jobs=1).fit(X, Y))
    with pytest.raises(error, match=words):
        load(files, {**facts["serializer"], "libraries": said})


def test_a_library_that_is_not_there_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    files, facts = serializers.dump(LGBMClassifier(**QUIET).fit(X, Y))
    monkeypatch.setattr("ipymlops.registry.serializers.libraries.find_spec", lambda _name: None)
    with pytest.raises(BadInput, match=r'needs lightgbm 4\.x; found none.*pip install "lightgbm==4'):
        load(files, facts["serializer"])


# --- nodes that are not plain boosters ---------------------------------------------------------------------------


def rewritten(data: bytes, change: Callable[[dict[str, Any]], Any]) -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as source, zipfile.ZipFile(target, "w") as archive:
        for name in source.namelist():
            content = source.read(name)
            if name == "schema.json":
                schema = json.loads(content)
                change(schema)
                content = json.dumps(schema).encode()
            archive.writestr(name, content)
    return target.getvalue()


def booster(schema: dict[str, Any]) -> dict[str, Any]:
    return dict.__getitem__(schema["content"]["content"], "_Booster")  # type: ignore[no-any-return]


def text(value: Any) -> dict[str, Any]:
    return {"__class__": "str", "__module__": "builtins", "__loader__": "JsonNode", "content": json.dumps(value)}


HOSTILE: dict[str, Callable[[dict[str, Any]], Any]] = {
    "a constructor that reads a file": lambda s: booster(s).update(
        __loader__="ConstructorFromReduceNode",
        content={"__class__": "tuple", "__module__": "builtins", "__loader__": "TupleNode", "content": []},
    ),
    "a type": lambda s: booster(s).update(__loader__="TypeNode"),
    "no native model": lambda s: booster(s)["content"]["content"].pop("_handle"),
    "a number for an address": lambda s: booster(s)["content"]["content"].update(
        _handle={**text(1), "__class__": "int"}
    ),
    "an address that is not text": lambda s: booster(s)["content"]["content"].update(_handle=text(140000)),
    "two native models": lambda s: booster(s)["content"]["content"].update(handle=text("tree")),
    "names made by a function": lambda s: booster(s)["content"]["key_types"]["content"][0].update(__class__="int"),
    "fewer names than values": lambda s: booster(s)["content"]["key_types"]["content"].pop(),
    "another text": lambda s: booster(s)["content"]["content"].update(_handle=text("tree\nversion=v4\n")),
    "a type that is in no list": lambda s: booster(s).update(__class__="Dataset"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_part_that_is_no_plain_booster_is_not_constructed(name: str) -> None:
    files, facts = serializers.dump(LGBMClassifier(**QUIET).fit(X, Y))
    files["model.skops"] = rewritten(files["model.skops"], HOSTILE[name])
    with pytest.raises(UnsafeModel, match=r"LightGBM part|holds types"):
        load(files, facts["serializer"])


# --- native bytes ------------------------------------------------------------------------------------------------


def native(model: Any) -> bytes:
    held = model._Booster.__getstate__()
    return bytes(held["handle"]) if "handle" in held else str(held["_handle"]).encode()


BYTES = native(XGBClassifier(n_estimators=3, n_jobs=1, max_depth=3).fit(X, THREE))
TEXT = native(LGBMClassifier(n_estimators=3, n_jobs=1, num_leaves=5, verbose=-1).fit(X, THREE)).decode()


def key(name: str) -> bytes:
    return b"L" + struct.pack(">q", len(name)) + name.encode()


def with_number(name: str, position: int, value: int) -> bytes:
    """The bytes with one number of the first array of that name replaced."""
    at = BYTES.index(key(name) + b"[$l#L") + len(key(name)) + 5 + 8 + 4 * position
    return BYTES[:at] + struct.pack(">i", value) + BYTES[at + 4 :]


def with_field(name: str, change: Callable[[list[str]], list[str]]) -> str:
    """The text with one field of the first tree changed, and the sizes made to fit."""
    start = TEXT.index("Tree=0")
    before = next(line for line in TEXT[start:].split("\n") if line.startswith(f"{name}="))
    after = f"{name}=" + " ".join(change(before.partition("=")[2].split(" ")))
    sizes = next(line for line in TEXT.split("\n") if line.startswith("tree_sizes="))
    first, *rest = sizes.partition("=")[2].split(" ")
    fitting = "tree_sizes=" + " ".join([str(int(first) + len(after) - len(before)), *rest])
    return TEXT[:start].replace(sizes, fitting) + TEXT[start:].replace(before, after, 1)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (with_number("left_children", 0, 10**6), "point outside"),
        (with_number("left_children", 0, 0), "point outside"),
        (with_number("left_children", 0, 2), "come back"),
        (with_number("right_children", 0, -1), "point outside"),
        (with_number("split_indices", 0, 4), "column that is not there"),
        (with_number("split_indices", 0, -1), "column that is not there"),
        (with_number("parents", 1, 5), "know their parents"),
        (with_number("parents", 0, 10**6), "know their parents"),
        (BYTES.replace(key("id") + b"i\x01", key("id") + b"i\x00"), "not numbered"),
        (BYTES[:-1], "ends or turns"),
        (BYTES + b"}", "follows its end"),
        (b'{"learner": {}}', "length is missing"),
        (b"{" + b"[" * 100_000, "length is missing"),
        (b"[" * 100_000, "deeper than 64"),
        (b"{" + key("a") + b"[$d#L" + struct.pack(">q", 2**60), "longer than the data"),
        (b"{" + key("a") + b"[$d#L" + struct.pack(">q", -1), "negative"),
        (b"{" + (key("a") + b"T") * 2 + b"}", "twice"),
        (b"", "ends or turns"),
    ],
)
def test_bytes_that_would_lead_xgboost_astray(data: bytes, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        xgboost.check_booster(data)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (with_field("left_child", lambda v: ["7", *v[1:]]), "point outside"),
        (with_field("left_child", lambda v: ["0", *v[1:]]), "point outside"),
        (with_field("right_child", lambda v: ["-99", *v[1:]]), "point outside"),
        (with_field("right_child", lambda v: [v[-1], *v[1:]]), "come back"),
        (with_field("split_feature", lambda v: ["4", *v[1:]]), "column that is not there"),
        (with_field("decision_type", lambda v: ["1", *v[1:]]), "'cat_boundaries'"),
        (with_field("leaf_value", lambda v: v[1:]), "fit its leaves"),
        (with_field("leaf_value", lambda v: ["-c.7", *v[1:]]), "leaf_value is not what it should be"),
        (with_field("leaf_count", lambda v: v[1:]), "do not fit its nodes"),
        (with_field("num_leaves", lambda v: ["9"]), "fit its leaves"),
        (TEXT.replace("tree_sizes=", "tree_sizes=9"), "trees are missing"),
        (TEXT.replace("num_class=3", "num_class=1"), "do not fit its outputs"),
        (TEXT.replace("num_class:3", "num_class:900"), "other outputs"),
        (TEXT.replace("max_feature_idx=3", "max_feature_idx=2"), "do not fit its columns"),
        (TEXT.replace("num_class=3", "num_class=3\nnum_class=3"), "twice"),
        (TEXT[: len(TEXT) // 8], "tree_sizes|trees are missing"),
        ("", "is not where it should be"),
    ],
)
def test_text_that_would_lead_lightgbm_astray(data: str, words: str) -> None:
    with pytest.raises((ValueError, KeyError), match=words):
        lightgbm.check_booster(data)


def test_a_model_as_trained_passes() -> None:
    xgboost.check_booster(BYTES)
    lightgbm.check_booster(TEXT)
    assert read_ubjson(BYTES)["Model"]["learner"]["attributes"] is not None


CORRUPT = """
import pickle, random, sys
import lightgbm as lgb_library, numpy as np, xgboost as xgb_library
from ipymlops.registry.serializers import lightgbm, xgboost
model, state, key, data, check, rows = pickle.load(sys.stdin.buffer)
check = {"x": xgboost, "l": lightgbm}[check].check_booster
random.seed(0)
tried = passed = 0
for _ in range(800):
    changed = bytearray(data)
    for _ in range(random.choice([1, 1, 2, 3])):
        changed[random.randrange(len(data))] = random.choice([random.randrange(128), 48 + random.randrange(10), 0, 127])
    held = changed if key == "handle" else changed.decode()
    try:
        check(bytes(changed) if key == "handle" else held)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError):
        continue
    passed += 1
    try:
        booster = type(model._Booster).__new__(type(model._Booster))
        booster.__setstate__({**state, key: held})
        model._Booster = booster
        model.predict_proba(rows)
    except Exception:
        pass
print("passed", passed)
"""


@pytest.mark.parametrize("kind", ["x", "l"])
def test_what_passes_never_ends_the_process(kind: str) -> None:
    """Bytes changed at random: those that pass the check may be refused by the library, but do not crash it."""
    import pickle

    kinds = {
        "x": XGBClassifier(n_estimators=3, n_jobs=1, max_depth=3),
        "l": LGBMClassifier(n_estimators=3, n_jobs=1, num_leaves=5, verbose=-1),
    }
    model = kinds[kind].fit(X, THREE)
    state = model._Booster.__getstate__()
    name = "handle" if kind == "x" else "_handle"
    data = native(model)
    cut = data if kind == "x" else data[: data.index(b"end of trees") + 200]
    package = pickle.dumps((model, {k: v for k, v in state.items() if k != name}, name, cut, kind, X[:20]))
    done = subprocess.run([sys.executable, "-c", CORRUPT], input=package, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr[-500:]
    assert int(done.stdout.split()[-1]) > 50
