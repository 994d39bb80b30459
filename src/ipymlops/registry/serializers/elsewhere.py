"""Models that another tool stored, in formats that are audited before anything is constructed: skops files, and
XGBoost's own binary JSON. Whatever runs code when it is read (pickle, cloudpickle, joblib) is not among them.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

from ipymlops.errors import BadInput, MlopsError, UnsafeModel, first_line
from ipymlops.registry.serializers import sklearn
from ipymlops.registry.serializers.boosters import TYPES
from ipymlops.registry.serializers.libraries import require
from ipymlops.registry.serializers.xgboost import check_model


def from_skops(data: bytes, libraries: Mapping[str, str]) -> Any:
    """The model in a skops file, by our list of types, whatever list comes with it. ``libraries``: the versions that
    wrote the boosted parts in it."""
    return sklearn.load(lambda _name: data, {"libraries": dict(libraries)})


def from_xgboost(data: bytes, class_name: str, version: str) -> Any:
    """The scikit-learn model of XGBoost that ``save_model`` of that ``version`` wrote as UBJSON."""
    module, _, name = class_name.rpartition(".")
    if class_name not in TYPES or module != "xgboost.sklearn":
        raise BadInput(
            f"Found an XGBoost model of the class {class_name!r}",
            expected="one of its scikit-learn classes, such as XGBClassifier",
            next_step="log it as such: a Booster alone does not say what its answers mean",
        )
    require({"xgboost"}, {"libraries": {"xgboost": version}})
    try:
        check_model(data)
        model = getattr(importlib.import_module(module), name)()
        model.load_model(bytearray(data))
    except MlopsError:
        raise
    except Exception as error:  # a hostile file may raise anything on its way through the library
        raise UnsafeModel(
            f"The XGBoost model could not be read: {first_line(error)}",
            expected="a file that save_model wrote as UBJSON",
            next_step="do not use this model unless you know where it came from",
        ) from error
    return model
