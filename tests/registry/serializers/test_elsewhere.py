"""Models that other tools stored: the same model again, or one line and nothing run."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skops.io
import xgboost
from sklearn.linear_model import LogisticRegression

from ipymlops.errors import BadInput, MlopsError, UnsafeModel
from ipymlops.registry.serializers.elsewhere import from_skops, from_xgboost

X = np.random.default_rng(0).normal(size=(80, 3))
Y = (X[:, 0] > 0).astype(int)
CLASS = "xgboost.sklearn.XGBClassifier"


@pytest.fixture(scope="module")
def raw() -> bytes:
    model = xgboost.XGBClassifier(n_estimators=3, max_depth=2, n_jobs=1).fit(X, Y)
    return bytes(model.get_booster().save_raw("ubj"))


def test_a_skops_file() -> None:
    model = LogisticRegression().fit(X, Y)
    assert np.array_equal(from_skops(skops.io.dumps(model), {}).predict(X), model.predict(X))


class Evil:
    """Makes a file where it is constructed."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return Path.touch, (Path(self.path),)


def test_what_only_says_that_it_is_skops(tmp_path: Path) -> None:
    with pytest.raises(MlopsError, match="not a whole skops file"):
        from_skops(pickle.dumps(Evil(str(tmp_path / "evil"))), {})
    model = LogisticRegression().fit(X, Y)
    model.extra = Evil(str(tmp_path / "evil"))
    with pytest.raises(UnsafeModel, match="holds types that are not constructed"):
        from_skops(skops.io.dumps(model), {})
    assert not (tmp_path / "evil").exists()


def test_a_model_of_xgboost(raw: bytes) -> None:
    model = from_xgboost(raw, CLASS, xgboost.__version__)
    wanted = xgboost.XGBClassifier()
    wanted.load_model(bytearray(raw))
    assert np.array_equal(model.predict_proba(X), wanted.predict_proba(X))


def test_trees_that_go_round(raw: bytes) -> None:
    at = raw.index(b"left_children") + len(b"left_children")
    assert raw[at : at + 5] == b"[$l#L"  # numbers of four bytes, after their count in eight
    first = at + 13
    hostile = raw[:first] + bytes(4) + raw[first + 4 :]  # the root is its own child
    with pytest.raises(UnsafeModel, match="The XGBoost model could not be read: a tree's nodes point outside of it"):
        from_xgboost(hostile, CLASS, xgboost.__version__)


@pytest.mark.parametrize("data", [b"", b"{}", b"{}{", b"\x80\x04."])
def test_what_is_no_model_of_xgboost(data: bytes) -> None:
    with pytest.raises(UnsafeModel, match="The XGBoost model could not be read"):
        from_xgboost(data, CLASS, xgboost.__version__)


@pytest.mark.parametrize("name", ["xgboost.core.Booster", "os.system", "xgboost.sklearn.XGBModel", "None", ""])
def test_a_class_that_is_not_made(raw: bytes, name: str) -> None:
    with pytest.raises(BadInput, match=f"of the class '{name}'"):
        from_xgboost(raw, name, xgboost.__version__)


def test_another_major_version(raw: bytes) -> None:
    with pytest.raises(BadInput, match=r"needs xgboost 1\.x"):
        from_xgboost(raw, CLASS, "1.7.6")
