"""Checks of a loaded model's content, for parts that scikit-learn's compiled code follows without looking.

A tree is an array of node indices. An index out of range crashes the interpreter, or reads memory that is not the
tree's, at the first prediction; a cycle never ends. Vectorised: 100 trees take about ten milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn.ensemble._hist_gradient_boosting.predictor import TreePredictor
from sklearn.tree import BaseDecisionTree
from sklearn.tree._tree import Tree

from ipymlops.errors import UnsafeModel

_LEAF = -1
_COLUMN = "a tree asks for a column that is not there"


def check_structure(model: Any) -> None:
    """Raise UnsafeModel if any tree anywhere in the model could lead compiled code astray."""
    owned: set[int] = set()
    trees: list[Tree] = []
    for part in _parts(model):
        if isinstance(part, Tree):
            trees.append(part)
        elif isinstance(part, BaseDecisionTree) and hasattr(part, "tree_"):
            _demand(part.tree_.n_features == part.n_features_in_, "a tree takes other columns than its estimator")
            owned.add(id(part.tree_))
        elif isinstance(part, TreePredictor):
            _check_predictor(part)
        _check_ensemble(part)
    for tree in trees:
        check_tree(tree)
        _demand(id(tree) in owned, "a tree stands outside of an estimator")


def check_tree(tree: Tree) -> None:
    """One tree: children lie behind their parent and inside the array, features exist, values fit."""
    count = tree.node_count
    left, right, feature = tree.children_left, tree.children_right, tree.feature
    shape = (count, tree.n_outputs, tree.max_n_classes)
    _demand(count > 0 and tree.value.shape == shape, "a tree's values do not fit its nodes")
    node = np.arange(count)
    leaf = left == _LEAF
    _demand(bool((right[leaf] == _LEAF).all()), "a tree has a node with one child")
    inner = ~leaf
    for child in (left[inner], right[inner]):
        _demand(bool(((child > node[inner]) & (child < count)).all()), "a tree's nodes point outside of it")
    _demand(bool(((feature[inner] >= 0) & (feature[inner] < tree.n_features)).all()), _COLUMN)


def _check_predictor(predictor: TreePredictor) -> None:
    """One tree of histogram gradient boosting; features are checked against the owner in ``_check_boosting``."""
    nodes = predictor.nodes
    count = len(nodes)
    index = np.arange(count)
    inner = nodes["is_leaf"] == 0
    _demand(count > 0, "a tree has no nodes")
    for side in ("left", "right"):
        child = nodes[side][inner].astype(np.int64)
        _demand(bool(((child > index[inner]) & (child < count)).all()), "a tree's nodes point outside of it")
    split = nodes[inner & (nodes["is_categorical"] != 0)]["bitset_idx"].astype(np.int64)
    bitsets = min(len(predictor.binned_left_cat_bitsets), len(predictor.raw_left_cat_bitsets))
    _demand(bool((split < bitsets).all()), "a tree asks for missing categories")


def _check_ensemble(part: Any) -> None:
    """An ensemble hands its columns to its trees unchecked, so both must mean the same number of them."""
    width = getattr(part, "n_features_in_", None)
    if hasattr(part, "_predictors"):
        _check_boosting(part, width)
    members = getattr(part, "estimators_", None)
    if width is None or not isinstance(members, list | np.ndarray):
        return
    trees = [m for m in np.ravel(np.asarray(members, dtype=object)) if isinstance(m, BaseDecisionTree)]
    subsets = getattr(part, "estimators_features_", None)
    widths = [width] * len(trees) if subsets is None else [len(s) for s in subsets]
    _demand(len(widths) >= len(trees), "an ensemble lacks the columns of a tree")
    for tree, expected in zip(trees, widths, strict=False):
        _demand(tree.n_features_in_ == expected, "a tree takes other columns than its ensemble")
    if hasattr(part, "n_trees_per_iteration_") and isinstance(members, np.ndarray):
        _demand(members.shape[1] == part.n_trees_per_iteration_, "boosting has trees for outputs that it has not")


def _check_boosting(part: Any, width: int | None) -> None:
    predictors = [p for stage in part._predictors for p in stage]
    stages = {len(stage) for stage in part._predictors}
    _demand(stages <= {part.n_trees_per_iteration_}, "boosting has trees for outputs that it has not")
    mapper = part._bin_mapper
    columns = width if mapper is None else len(mapper.is_categorical_)
    # A preprocessor inside may reorder the columns, but it never adds one.
    _demand(columns is not None and columns == width, "boosting takes other columns than it says")
    for predictor in predictors:
        nodes = predictor.nodes
        feature = nodes["feature_idx"][nodes["is_leaf"] == 0].astype(np.int64)
        _demand(bool(((feature >= 0) & (feature < columns)).all()), _COLUMN)


def _parts(model: Any) -> Iterator[Any]:
    """Every object inside the model, once: estimators, containers, and what they hold."""
    waiting, seen = [model], set[int]()
    while waiting:
        part = waiting.pop()
        if id(part) in seen or isinstance(part, str | bytes | int | float | None):
            continue
        seen.add(id(part))
        yield part
        if isinstance(part, dict):
            waiting.extend(part.values())
        elif isinstance(part, list | tuple | set | frozenset):
            waiting.extend(part)
        elif isinstance(part, np.ndarray):
            waiting.extend(part.ravel().tolist() if part.dtype == object else ())
        elif hasattr(part, "__dict__"):
            waiting.extend(vars(part).values())


def _demand(holds: bool, otherwise: str) -> None:
    if not holds:
        raise UnsafeModel(
            f"The model's content is not what training writes: {otherwise}",
            expected="a model that `register` stored",
            next_step="do not use this bundle; ask where it came from",
        )
