"""What a CatBoost model's JSON must be before CatBoost reads and follows it.

The text is the library's own export. CatBoost finds each split by one number over all splits that there are, each
value of a leaf by the splits before it, and each statistic of a category by the number of its class, without looking:
a wrong one reads foreign memory. So the list of all splits is made here again, and every tree is compared with it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

_DEEPEST = 16  # CatBoost's own limit of a symmetric tree
_MOST = 2**20  # outputs and columns
_KINDS = {"FloatFeature", "OneHotFeature", "OnlineCtr"}
_COUNTED = {"Counter", "FeatureFreq"}  # how often a category came
_BY_CLASS = {"Borders", "Buckets"}  # how often with each class
_ELEMENTS = {  # of a combination: which number says what of which column
    "cat_feature_value": ("cat_feature_index",),
    "cat_feature_exact_value": ("cat_feature_index", "value"),
    "float_feature": ("float_feature_index", "border"),
}
Split = tuple[str, int, float]


def check_model(model: Mapping[str, Any]) -> None:
    """ValueError, KeyError or TypeError, in words, if this is no model that CatBoost wrote. Models that read texts or
    embeddings are not read yet."""
    scale, bias = model["scale_and_bias"]
    _reals([scale, *bias])
    outputs = len(bias)
    _demand(0 < outputs < _MOST, "its number of outputs makes no sense")
    splits = _splits(model["features_info"], model.get("ctr_data") or {})
    _check_classes(model["model_info"].get("class_params"), outputs)
    kinds = [name for name in ("oblivious_trees", "trees") if name in model]
    _demand(len(kinds) == 1, "it holds no trees, or two kinds of them")
    for tree in model[kinds[0]]:
        (_check_symmetric if kinds[0] == "oblivious_trees" else _check_tree)(tree, splits, outputs)


def leaf_values(model: Mapping[str, Any]) -> Any:
    """The values of all leaves in the order in which CatBoost holds them once it read this: float64."""
    if "oblivious_trees" in model:
        found: Iterator[Any] = (value for tree in model["oblivious_trees"] for value in tree["leaf_values"])
    else:
        found = (value for tree in model["trees"] for leaf in _leaves(tree) for value in _listed(leaf["value"]))
    return np.fromiter(found, dtype=np.float64)


def _splits(info: Mapping[str, Any], tables: Mapping[str, Any]) -> list[Split]:
    """Every split that a tree may ask for, in CatBoost's order: numbers, categories one by one, their statistics."""
    _demand(set(info) <= {"float_features", "categorical_features", "ctrs"}, "it reads texts or embeddings")
    numbers, categories = info.get("float_features") or [], info.get("categorical_features") or []
    places = [_whole(column["flat_feature_index"], _MOST) for column in (*numbers, *categories)]
    _demand(len(set(places)) == len(places), "two columns stand at one place")
    found: list[Split] = []
    for number, column in enumerate(numbers):
        _demand(column["feature_index"] == number, "its columns are not numbered as they stand")
        found += [("FloatFeature", number, border) for border in _borders(column.get("borders") or [])]
    for number, column in enumerate(categories):
        _demand(column["feature_index"] == number, "its columns are not numbered as they stand")
        values = [_whole(value, 2**31, least=-(2**31)) for value in column.get("values") or []]
        found += [("OneHotFeature", number, value) for value in values]
    for statistic in info.get("ctrs") or []:
        border_of = _check_statistic(statistic, tables, len(numbers), len(categories))
        found += [("OnlineCtr", border_of, border) for border in _borders(statistic["borders"])]
    return found


def _check_statistic(said: Mapping[str, Any], tables: Mapping[str, Any], numbers: int, categories: int) -> int:
    """One statistic of a category: its table is there, and holds as many numbers as its kind reads."""
    _reals([said[name] for name in ("prior_denomerator", "prior_numerator", "scale", "shift")])
    _demand(said["elements"], "a statistic is of no column")
    for element in said["elements"]:
        for name in _ELEMENTS[element["combination_element"]]:
            if name == "border":
                _reals([element[name]])
            elif name == "value":
                _whole(element[name], 2**31, least=-(2**31))
            else:
                _whole(element[name], categories if name.startswith("cat") else numbers)
    _demand(isinstance(said["identifier"], str), "a statistic has no name")
    table, kind = tables[said["identifier"]], said["ctr_type"]
    width, cells = _whole(table["hash_stride"], _MOST), table["hash_map"]
    _whole(table["counter_denominator"], 2**31)
    _demand(width > 1 and len(cells) > 0 and len(cells) % width == 0, "a table of categories is incomplete")
    _demand(all(isinstance(k, str) and k.isascii() and k.isdigit() and int(k) < 2**64 for k in cells[::width]),
            "a table of categories lacks names")  # fmt: skip
    for place in range(1, width):
        _reals(cells[place::width], least=0, most=2**31 - 1)
    border = _whole(said["target_border_idx"], _MOST)
    if kind in _COUNTED:
        _demand(width == 2 and border == 0, "a table of categories is not of its kind")
    elif kind == "BinarizedTargetMeanValue":
        _demand(width == 3 and border < _MOST, "a table of categories is not of its kind")
    else:
        classes = width - 1
        _demand(kind in _BY_CLASS and classes > 1, "a table of categories is not of its kind")
        _demand(border < (classes - 1 if kind == "Borders" else classes), "a statistic is of a class that is not there")
    return border


def _check_classes(said: Any, outputs: int) -> None:
    if not said:
        return
    names, labels, count = said["class_names"], said["class_to_label"], said["classes_count"]
    _whole(count, _MOST)
    expected = max(outputs, 2)
    _demand(len(names) in (0, expected) and len(labels) in (0, expected), "its classes do not fit its outputs")
    kinds = {"Integer": int, "String": str, "Float": int | float, "Boolean": bool | int | str}
    kind = kinds[said["class_label_type"]]
    _demand(all(isinstance(name, kind) for name in names), "its classes are not of one kind")
    _demand(len({str(name) for name in names}) == len(names), "two of its classes have one name")
    for label in labels:
        _demand(isinstance(label, int | float) and 0 <= label < expected, "a class has a number that is not there")


def _check_symmetric(tree: Mapping[str, Any], splits: Sequence[Split], outputs: int) -> None:
    asked = tree.get("splits") or []
    _demand(len(asked) <= _DEEPEST, "a tree is deeper than CatBoost makes them")
    for split in asked:
        _check_split(split, splits)
    leaves = 2 ** len(asked)
    _demand(len(tree["leaf_values"]) == leaves * outputs, "a tree's values do not fit its leaves")
    _reals(tree["leaf_values"])
    weights = tree.get("leaf_weights") or []
    _demand(len(weights) in (0, leaves), "a tree's weights do not fit its leaves")
    _reals(weights)


def _check_tree(tree: Mapping[str, Any], splits: Sequence[Split], outputs: int) -> None:
    for node in _nodes(tree):
        if "split" in node:
            _demand("left" in node and "right" in node and "value" not in node, "a tree has a node with one child")
            _check_split(node["split"], splits)
        else:
            values = _listed(node["value"])
            _demand("left" not in node and "right" not in node, "a tree has a leaf with children")
            _demand(len(values) == outputs, "a tree's values do not fit its outputs")
            _reals([*values, node.get("weight", 0)])


def _check_split(split: Mapping[str, Any], splits: Sequence[Split]) -> None:
    """It is the one that its number means."""
    kind, place, border = splits[_whole(split["split_index"], len(splits))]
    _demand(split["split_type"] == kind and kind in _KINDS, "a tree's split is another than its number means")
    if kind == "FloatFeature":
        same = (split["float_feature_index"], split["border"]) == (place, border)
    elif kind == "OneHotFeature":
        same = (split["cat_feature_index"], split["value"]) == (place, border)
    else:
        same = (split["ctr_target_border_idx"], split["border"]) == (place, border)
    _demand(same, "a tree's split is another than its number means")


def _nodes(tree: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Every node, a node before its children and the left before the right."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += [node[side] for side in ("right", "left") if side in node]


def _leaves(tree: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    return (node for node in _nodes(tree) if "split" not in node)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _borders(values: Sequence[Any]) -> list[float]:
    _reals(values)
    _demand(all(a < b for a, b in itertools.pairwise(values)), "a column's borders are in no order")
    return list(values)


def _whole(value: Any, most: int, *, least: int = 0) -> int:
    _demand(type(value) is int and least <= value < most, "a number is out of its range")
    return int(value)


def _reals(values: Sequence[Any], *, least: float = -np.inf, most: float = np.inf) -> None:
    _demand(all(type(value) in (int, float) for value in values), "a number is none")
    numbers = np.array(values, dtype=np.float64)
    _demand(bool(np.isfinite(numbers).all()), "a number is not finite")
    _demand(bool(((numbers >= least) & (numbers <= most)).all()), "a number is out of its range")


def _demand(holds: Any, otherwise: str) -> None:
    if not holds:
        raise ValueError(otherwise)
