"""XGBoost and LightGBM models, alone or anywhere inside a scikit-learn model, as parts of its skops file.

skops writes such an object as its attributes, and its ``Booster`` as what the library's own ``__getstate__`` gives:
native bytes (XGBoost) or native text (LightGBM), no pickle. Before skops constructs anything, each of these nodes is
read here: it must be a plain object of a listed type, and a Booster must hold exactly one native model, whose content
the library's own file (``xgboost.py``, ``lightgbm.py``) checks. Custom objectives, metrics and callbacks are code, so
they are in no list and refused as other code is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ipymlops.errors import UnsafeModel
from ipymlops.registry.serializers import lightgbm, xgboost
from ipymlops.registry.serializers.archive import nodes

LIBRARIES = {"xgboost": "XGBoost", "lightgbm": "LightGBM"}
_XGBOOST = ("XGBClassifier", "XGBRegressor", "XGBRanker", "XGBRFClassifier", "XGBRFRegressor")
_LIGHTGBM = ("LGBMClassifier", "LGBMRegressor", "LGBMRanker")
BOOSTERS = {"xgboost.core.Booster": "handle", "lightgbm.basic.Booster": "_handle"}
TYPES = frozenset(
    [*BOOSTERS, *(f"xgboost.sklearn.{n}" for n in _XGBOOST), *(f"lightgbm.sklearn.{n}" for n in _LIGHTGBM)]
)
_DICT = {"__class__": "dict", "__module__": "builtins", "__loader__": "DictNode"}
_TEXT_KEY = {"__class__": "str", "__module__": "builtins", "__loader__": "TypeNode"}


def libraries(schema: dict[str, Any]) -> set[str]:
    """Which of the two the model holds something of."""
    return {_library(node) for node in _own(schema)}


def check_boosters(schema: dict[str, Any], read: Callable[[str], bytes]) -> None:
    """Raise UnsafeModel unless every part of these libraries is what training writes. ``read`` gives a member file."""
    for node in _own(schema):
        name = f"{node['__module__']}.{node['__class__']}"
        try:
            _demand(node.get("__loader__") == "ObjectNode", "it is made otherwise than by its attributes")
            state = _attributes(node["content"])
            if name in BOOSTERS:
                _check_native(name, state, read)
        except (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError) as error:
            raise UnsafeModel(
                f"The {LIBRARIES[_library(node)]} part of this model is not what training writes: {error}",
                expected="a model that `register` stored",
                next_step="do not use this bundle; ask where it came from",
            ) from error


def _check_native(name: str, state: Mapping[str, Any], read: Callable[[str], bytes]) -> None:
    handles = [key for key in state if key in BOOSTERS.values()]
    _demand(handles == [BOOSTERS[name]], "it holds no native model")
    held = state[handles[0]]
    if name == "xgboost.core.Booster":
        _demand(_is(held, "bytearray", "BytearrayNode"), "its native model is not bytes")
        xgboost.check_booster(read(held["file"]))
    else:
        _demand(_is(held, "str", "JsonNode"), "its native model is no text")
        text = json.loads(held["content"])
        _demand(isinstance(text, str), "its native model is no text")
        lightgbm.check_booster(text)


def _attributes(node: Mapping[str, Any]) -> Mapping[str, Any]:
    """An object's attributes, if they are a dictionary with texts for keys and nothing cleverer."""
    _demand(all(node.get(k) == v for k, v in _DICT.items()), "its attributes are no dictionary")
    kinds = node["key_types"]["content"]
    _demand(
        node["key_types"].get("__loader__") == "ListNode" and len(kinds) == len(node["content"]), "keys are missing"
    )
    _demand(all(k.get(w) == v for k in kinds for w, v in _TEXT_KEY.items()), "its attributes are no names")
    return node["content"]  # type: ignore[no-any-return]


def _is(node: Mapping[str, Any], kind: str, loader: str) -> bool:
    return (node["__module__"], node["__class__"], node["__loader__"]) == ("builtins", kind, loader)


def _own(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    return (n for n in nodes(schema) if isinstance(n.get("__module__"), str) and _library(n) in LIBRARIES)


def _library(node: Mapping[str, Any]) -> str:
    return str(node["__module__"]).partition(".")[0]


def _demand(holds: Any, otherwise: str) -> None:
    if not holds:
        raise ValueError(otherwise)
