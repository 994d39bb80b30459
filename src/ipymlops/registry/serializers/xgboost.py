"""What an XGBoost model's bytes must be before XGBoost parses and follows them.

The bytes are the library's own binary JSON, as its ``Booster`` writes them. XGBoost walks a tree by the indices that
stand there and asks no questions, so an index out of range reads foreign memory and a cycle never ends: both are
looked for here. What passes goes to the library's own parser, which is the judgement: we trust XGBoost to read text
and numbers of the right shape, not indices of a stranger's choosing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ipymlops.registry.serializers.ubjson import read_ubjson

_NO_PARENT = 2**31 - 1
_STRANGERS = "a tree's nodes do not know their parents"
_BY_NODE = (
    "left_children",
    "right_children",
    "parents",
    "split_indices",
    "split_conditions",
    "split_type",
    "default_left",
    "base_weights",
    "loss_changes",
    "sum_hessian",
)


def check_booster(data: bytes) -> None:
    """ValueError or KeyError, in words, if these bytes are no model that XGBoost wrote, with its configuration."""
    _check_learner(read_ubjson(data)["Model"]["learner"])


def check_model(data: bytes) -> None:
    """The same of a model alone, as ``save_model`` writes it."""
    _check_learner(read_ubjson(data)["learner"])


def _check_learner(learner: Mapping[str, Any]) -> None:
    shape = learner["learner_model_param"]
    columns, outputs = int(shape["num_feature"]), max(int(shape["num_class"]), int(shape["num_target"]), 1)
    booster = learner["gradient_booster"]
    _demand(booster["name"] in ("gbtree", "dart", "gblinear"), f"its booster is {booster['name']!r}")
    _demand(0 <= columns < 2**31 and outputs < 2**20, "its numbers of columns and outputs make no sense")
    if booster["name"] == "gblinear":
        _demand(len(booster["model"]["weights"]) == (columns + 1) * outputs, "its weights do not fit its columns")
        return
    model = (booster["gbtree"] if booster["name"] == "dart" else booster)["model"]
    if booster["name"] == "dart":
        _demand(len(booster["weight_drop"]) == len(model["trees"]), "its weights do not fit its trees")
    _check_forest(model, columns, outputs)


def _check_forest(model: Mapping[str, Any], columns: int, outputs: int) -> None:
    trees, owners = model["trees"], np.asarray(model["tree_info"])
    layers = np.asarray(model["iteration_indptr"])
    _demand(int(model["gbtree_model_param"]["num_trees"]) == len(trees) == len(owners), "trees are missing")
    _demand(((owners >= 0) & (owners < outputs)).all(), "a tree belongs to an output that is not there")
    _demand(layers[0] == 0 and layers[-1] == len(trees) and (np.diff(layers) >= 0).all(), "its rounds do not fit")
    for number, tree in enumerate(trees):
        _demand(int(tree["id"]) == number, "its trees are not numbered as they stand")
        _check_tree(tree, columns)


def _check_tree(tree: Mapping[str, Any], columns: int) -> None:
    """Every node inside the arrays, named by one parent at most, and the root by none: so no walk comes back."""
    said = tree["tree_param"]
    count = int(said["num_nodes"])
    _demand(said["size_leaf_vector"] in ("0", "1"), "its leaves hold several values, which is not read yet")
    _demand(count > 0 and all(len(tree[name]) == count for name in _BY_NODE), "a tree's arrays do not fit its nodes")
    _demand(int(said["num_feature"]) == columns, "a tree takes other columns than its model")
    left, right = (np.asarray(tree[side], dtype=np.int64) for side in ("left_children", "right_children"))
    inner = left != -1
    _demand((right[~inner] == -1).all(), "a tree has a node with one child")
    children = np.concatenate([left[inner], right[inner]])
    _demand(((children > 0) & (children < count)).all(), "a tree's nodes point outside of it")
    _demand(len(np.unique(children)) == len(children), "a tree's nodes come back to one another")
    parents = np.asarray(tree["parents"], dtype=np.int64)
    _demand((parents[children] == np.concatenate([np.flatnonzero(inner)] * 2)).all(), _STRANGERS)
    orphans = np.delete(parents, children)
    _demand(((orphans == _NO_PARENT) | ((orphans >= 0) & (orphans < count))).all(), _STRANGERS)  # pruned ones remember
    asked = np.asarray(tree["split_indices"], dtype=np.int64)[inner]
    _demand(((asked >= 0) & (asked < columns)).all(), "a tree asks for a column that is not there")
    _check_categories(tree, count)


def _check_categories(tree: Mapping[str, Any], count: int) -> None:
    nodes, starts, sizes = (
        np.asarray(tree[f"categories_{what}"], dtype=np.int64) for what in ("nodes", "segments", "sizes")
    )
    values = np.asarray(tree["categories"], dtype=np.int64)
    _demand(len(nodes) == len(starts) == len(sizes), "a tree's categories do not fit its nodes")
    _demand(((nodes >= 0) & (nodes < count)).all(), "a tree has categories for a node that is not there")
    _demand(((starts >= 0) & (sizes >= 0) & (starts + sizes <= len(values))).all(), "a tree's categories are missing")
    _demand(((values >= 0) & (values < 2**24)).all(), "a tree's categories are no numbers of categories")
    split = np.flatnonzero(np.asarray(tree["split_type"]) != 0)
    _demand(np.isin(split, nodes).all() and (np.diff(nodes) > 0).all(), "a tree's categories are missing")


def _demand(holds: Any, otherwise: str) -> None:
    if not holds:
        raise ValueError(otherwise)
