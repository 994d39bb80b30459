"""CatBoost models as the library's own JSON, never its binary file: what stands in JSON can be read before it is built.

CatBoost reads the numbers of its JSON a last digit off, so the values of the leaves, which are written exactly, are
set again after it read them: predictions are the same to the bit.
"""

from __future__ import annotations

import inspect
import json
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ipymlops.errors import BadInput, MlopsError, UnsafeModel, first_line
from ipymlops.registry.serializers.catboost_model import check_model, leaf_values
from ipymlops.registry.serializers.libraries import require, versions

FILE = "model.catboost.json"
CLASSES = ("CatBoostClassifier", "CatBoostRegressor")
_OF_THE_RUN = ("model_guid", "train_finish_time", "output_options")  # differ each time, say nothing of it
_FREE = 2**64 - 1  # the name of no category: a free place in a table
_MAKES_UP = 1e-12  # of a value: what CatBoost's reading of decimals may be off


def accepts(model: Any) -> bool:
    """Whether the class comes from CatBoost; asked without importing it."""
    return any(cls.__module__.partition(".")[0] == "catboost" for cls in type(model).__mro__)


def served(model: Any) -> Any:
    return model


def dump(model: Any) -> tuple[dict[str, bytes], dict[str, Any]]:
    name = type(model).__name__
    if type(model).__module__.partition(".")[0] != "catboost" or name not in CLASSES:
        raise BadInput(f"Found a {name}", expected=f"a {' or '.join(CLASSES)}", next_step="train one of these")
    if not model.is_fitted():
        raise BadInput(f"This {name} is not fitted", expected="a fitted model", next_step="call its fit first")
    content = _exported(model)
    facts = {
        "file": FILE,
        "format": "catboost-json",
        "estimator": name,
        "parameters": _parameters(model),
        "learned": _learned(model),
        "libraries": versions(["catboost"]),
    }
    files = {FILE: json.dumps(content, sort_keys=True, separators=(",", ":")).encode()}
    _check(content)
    again = load(files.__getitem__, facts)
    if not np.array_equal(np.sort(again.get_leaf_values()), np.sort(model.get_leaf_values())):
        raise UnsafeModel(f"This {name} is not the same once it is loaded", next_step="register another kind of model")
    return files, facts


def load(read: Callable[[str], bytes], facts: Mapping[str, Any]) -> Any:
    require(["catboost"], facts)
    if facts.get("estimator") not in CLASSES:
        raise UnsafeModel(
            f"This bundle's CatBoost model is a {facts.get('estimator')!r}", expected=f"one of {', '.join(CLASSES)}"
        )
    data = read(FILE)
    try:
        content = json.loads(data, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise UnsafeModel(f"{FILE} could not be read: {first_line(error)}") from error
    _check(content)
    import catboost

    cls = getattr(catboost, facts["estimator"])
    parameters = facts.get("parameters")
    known = set(inspect.signature(cls.__init__).parameters) - {"self"}
    if not isinstance(parameters, dict) or not set(parameters) <= known:
        raise UnsafeModel(f"This bundle names parameters that no {facts['estimator']} has")
    try:
        return _constructed(cls, data, content, facts)
    except MlopsError:
        raise
    except Exception as error:  # whatever CatBoost's own reader finds
        raise UnsafeModel(
            f"{FILE} could not be read: {first_line(error)}", expected="a file that `register` wrote"
        ) from error


def _constructed(cls: Any, data: bytes, content: Mapping[str, Any], facts: Mapping[str, Any]) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / FILE
        path.write_bytes(data)
        model = cls().load_model(str(path), format="json")
    exact, read = leaf_values(content), model.get_leaf_values()
    if exact.shape != read.shape or not np.allclose(exact, read, rtol=_MAKES_UP, atol=_MAKES_UP):
        raise UnsafeModel(f"CatBoost reads other numbers than {FILE} holds", next_step="do not use this bundle")
    scale, bias = content["scale_and_bias"]
    model.set_leaf_values(exact)
    model.set_scale_and_bias(scale, bias)
    model._init_params = dict(facts["parameters"])  # what it was made with: reading leaves what it worked out there
    _shown_again(model, facts["learned"])
    return model


def _exported(model: Any) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / FILE
        try:
            model.save_model(str(path), format="json")
        except Exception as error:  # CatBoostError, for what its JSON cannot say
            raise BadInput(
                f"This {type(model).__name__} cannot be stored: {first_line(error)}",
                expected="columns of numbers and categories",
                next_step="train without texts and embeddings",
            ) from error
        content: dict[str, Any] = json.loads(path.read_bytes())
    for name in _OF_THE_RUN:
        content["model_info"].pop(name, None)
    info = content["model_info"]
    info["params"] = _as_read(info.get("params"))
    info["training"] = json.dumps(_as_read(json.loads(info.get("training") or "{}")), sort_keys=True)
    for table in (content.get("ctr_data") or {}).values():
        table["hash_map"] = _in_order(table["hash_map"], table["hash_stride"])
    return content


def _in_order(cells: list[Any], width: int) -> list[Any]:
    """A table of categories by their names. CatBoost writes it as it lies in its memory, free places included."""
    rows = [cells[start : start + width] for start in range(0, len(cells), width)]
    taken = [row for row in rows if int(row[0]) != _FREE]
    return [cell for row in sorted(taken, key=lambda row: int(row[0])) for cell in row]


def _learned(model: Any) -> dict[str, Any]:
    """What CatBoost shows of a trained model and its JSON does not hold, or not exactly."""
    importances = model.feature_importances_
    return {
        "importances": None if importances is None else [float(value) for value in importances],
        "learning_rate": float(model.learning_rate_),
    }


def _shown_again(model: Any, learned: Any) -> None:
    columns = len(model.feature_names_)
    importances, rate = learned["importances"], learned["learning_rate"]
    plain = [rate, *(importances or ())]
    if not all(type(value) is float for value in plain) or len(importances or ()) not in (0, columns):
        raise ValueError("what it learned is no numbers of its columns")
    model._n_features_in = columns
    model._learning_rate = rate
    model._prediction_values_change = importances


def _as_read(value: Any) -> Any:
    """What CatBoost tells of its training once it read it: ten digits. So a model stored again is the same bytes."""
    if isinstance(value, dict):
        return {key: _as_read(held) for key, held in value.items()}
    if isinstance(value, list):
        return [_as_read(held) for held in value]
    return float(f"{value:.10g}") if isinstance(value, float) else value


def _parameters(model: Any) -> dict[str, Any]:
    """What it was made with, as plain values."""
    given: dict[str, Any] = {}
    for name, value in model.get_params().items():
        plain = value.tolist() if isinstance(value, np.ndarray | np.generic) else value
        try:
            given[name] = json.loads(json.dumps(plain, allow_nan=False))
        except (TypeError, ValueError) as error:
            raise BadInput(
                f"This {type(model).__name__} cannot be stored: its {name} is a {type(value).__name__}",
                expected="parameters that are plain values: objectives and metrics by their names",
                next_step=f"train it without {name}={type(value).__name__}",
            ) from error
    return given


def _check(content: Any) -> None:
    try:
        check_model(content)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError) as error:
        raise UnsafeModel(
            f"The CatBoost model is not what training writes: {error}",
            expected="a model of numbers and categories that `register` stored",
            next_step="do not use this bundle; ask where it came from",
        ) from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names differ: of two with one name, CatBoost may read the other one."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("it says a name twice")
    return found
