"""Checks of a loaded model's content, for parts that compiled code follows without looking.

A tree is an array of node indices. An index out of range crashes the interpreter, or reads memory that is not the
tree's, at the first prediction; a cycle never ends. Vectorised: 100 trees take about ten milliseconds.
"""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np
from sklearn.ensemble import BaseEnsemble
from sklearn.ensemble._bagging import BaseBagging
from sklearn.ensemble._forest import BaseForest
from sklearn.ensemble._gb import BaseGradientBoosting
from sklearn.ensemble._hist_gradient_boosting.gradient_boosting import BaseHistGradientBoosting
from sklearn.ensemble._hist_gradient_boosting.predictor import TreePredictor
from sklearn.neighbors import BallTree, KDTree
from sklearn.neighbors._base import NeighborsBase
from sklearn.svm._base import BaseLibSVM
from sklearn.tree import BaseDecisionTree
from sklearn.tree._tree import Tree

from ipymlops.errors import UnsafeModel
from ipymlops.registry.serializers import contents
from ipymlops.registry.serializers.parts import parts

_LEAF = -1
_COLUMN = "a tree asks for a column that is not there"
_WIDTH = "a tree takes other columns than its ensemble"
_NODES = "a tree's nodes point outside of it"
_WORDS = 8  # of 32 bits, in a set of categories


def check_structure(model: Any) -> None:
    """Raise UnsafeModel if anything in the model could lead compiled code astray."""
    for part in parts(model):
        for kind, check in _CHECKS:
            if isinstance(part, kind):
                try:
                    check(part)
                except (AttributeError, TypeError, ValueError, IndexError, KeyError, OverflowError) as error:
                    _refuse(f"{type(part).__name__} lacks what it needs ({error})", error)


def check_tree(tree: Tree) -> None:
    """One tree: children lie behind their parent and inside the array, features exist, values fit."""
    count = tree.node_count
    left, right, feature = tree.children_left, tree.children_right, tree.feature
    shape = (count, tree.n_outputs, tree.max_n_classes)
    _demand(count > 0 and tree.value.shape == shape, "a tree's values do not fit its nodes")
    node = np.arange(count)
    leaf = left == _LEAF
    _demand((right[leaf] == _LEAF).all(), "a tree has a node with one child")
    inner = ~leaf
    for child in (left[inner], right[inner]):
        _demand(((child > node[inner]) & (child < count)).all(), _NODES)
    _demand(((feature[inner] >= 0) & (feature[inner] < tree.n_features)).all(), _COLUMN)
    _demand(_depth(left, right) <= tree.max_depth, "a tree is deeper than it says")


def _depth(left: Any, right: Any) -> int:
    """Steps from the root to the farthest leaf."""
    level, depth = np.zeros(1, dtype=np.intp), -1
    while len(level):
        level = np.unique(np.concatenate([left[level], right[level]]))
        level, depth = level[level != _LEAF], depth + 1
    return depth


def _check_estimator(part: BaseDecisionTree) -> None:
    if hasattr(part, "tree_"):
        _demand(isinstance(part.tree_, Tree), "a tree estimator holds something else")
        _demand(part.tree_.n_features == part.n_features_in_, "a tree takes other columns than its estimator")


def _check_predictor(predictor: TreePredictor) -> None:
    """One tree of histogram gradient boosting; its columns are checked against its owner's."""
    nodes = predictor.nodes
    count = len(nodes)
    index = np.arange(count)
    inner = nodes["is_leaf"] == 0
    _demand(count > 0, "a tree has no nodes")
    for side in ("left", "right"):
        child = nodes[side][inner].astype(np.int64)
        _demand(((child > index[inner]) & (child < count)).all(), _NODES)
    split = nodes[inner & (nodes["is_categorical"] != 0)]["bitset_idx"].astype(np.int64)
    sets = (predictor.binned_left_cat_bitsets, predictor.raw_left_cat_bitsets)
    _demand(all(s.dtype == np.uint32 and s.shape[1:] == (_WORDS,) for s in sets), "a tree's categories are no sets")
    bitsets = min(map(len, sets))
    _demand((split < bitsets).all(), "a tree asks for categories that are not there")


def _check_ensemble(part: BaseEnsemble) -> None:
    """A forest hands its columns to its trees unchecked, so both must mean the same number of them."""
    if not hasattr(part, "estimators_"):
        return  # not fitted: the pattern that another estimator copies
    members = part.estimators_
    trees = np.ravel(np.asarray(members, dtype=object)).tolist()
    subsets = getattr(part, "estimators_features_", None)
    widths = [part.n_features_in_] * len(trees) if subsets is None else [len(s) for s in subsets]
    _demand(len(widths) == len(trees), "an ensemble does not say which columns each tree takes")
    for tree, width in zip(trees, widths, strict=True):
        if isinstance(part, BaseBagging) and not isinstance(tree, BaseDecisionTree):
            continue  # asked through its public door, which checks for itself
        _demand(isinstance(tree, BaseDecisionTree), "a forest holds something that is no tree")
        _demand(tree.n_features_in_ == width, _WIDTH)
        if isinstance(part, BaseBagging):  # it leaves the choosing out where it believes all columns to be chosen
            _demand(width == part._max_features <= part.n_features_in_, _WIDTH)
    if isinstance(part, BaseGradientBoosting) and trees:
        outputs = np.asarray(members, dtype=object).shape[1:]
        _demand(outputs == (part.n_trees_per_iteration_,), "boosting has trees for outputs that it has not")


def _check_boosting(part: BaseHistGradientBoosting) -> None:
    if not hasattr(part, "_predictors"):
        return
    stages = part._predictors
    _demand({len(s) for s in stages} <= {part.n_trees_per_iteration_}, "boosting has trees for outputs it has not")
    columns = len(part._bin_mapper.is_categorical_)
    _demand(columns == part.n_features_in_, "boosting takes other columns than it says")
    for predictor in (p for stage in stages for p in stage):
        _demand(isinstance(predictor, TreePredictor), "boosting holds something that is no tree")
        inner = predictor.nodes[predictor.nodes["is_leaf"] == 0]
        feature = inner["feature_idx"].astype(np.int64)
        _demand(((feature >= 0) & (feature < columns)).all(), _COLUMN)
        by_category = np.asarray(part._bin_mapper.is_categorical_, dtype=bool)[feature]
        _demand(by_category[inner["is_categorical"] != 0].all(), "a tree takes numbers for categories")


def _check_ball_tree(tree: KDTree | BallTree) -> None:
    """A tree of neighbours: node i has the children 2i+1 and 2i+2, and each node is a range of row numbers."""
    data, rows, nodes, bounds = (np.asarray(a) for a in tree.__getstate__()[:4])
    weights = tree.__getstate__()[12]
    count, width = data.shape
    corners = 2 if isinstance(tree, KDTree) else 1
    said = tree.__getstate__()[6]
    _demand(said == len(nodes) > 0 and bounds.shape == (corners, len(nodes), width), "a tree's bounds do not fit it")
    _demand(rows.shape == (count,) and ((rows >= 0) & (rows < count)).all(), "a tree names rows that are not there")
    start, end = nodes["idx_start"], nodes["idx_end"]
    _demand(((start >= 0) & (start <= end) & (end <= count)).all(), "a tree names rows that are not there")
    inner = np.flatnonzero(nodes["is_leaf"] == 0)
    _demand((2 * inner + 2 < len(nodes)).all(), _NODES)
    _demand(weights is None or np.asarray(weights).shape == (count,), "a tree's weights do not fit its rows")


def _check_neighbours(part: NeighborsBase) -> None:
    tree = getattr(part, "_tree", None)
    width = getattr(part, "n_features_in_", None)
    if isinstance(tree, KDTree | BallTree):
        _demand(tree.data.shape[1] == width, "a tree takes other columns than its estimator")
    known = getattr(part, "_fit_X", None)
    if known is not None and width is not None and getattr(part, "metric", None) != "precomputed":
        _demand(known.ndim == 2 and known.shape[1] == width, "the known rows have other columns than the estimator")


def _check_vectors(part: BaseLibSVM) -> None:
    """libsvm multiplies its way through these arrays by the counts it is given."""
    if not hasattr(part, "support_vectors_"):
        return
    vectors, classes = part.support_vectors_.shape[0], max(len(part._n_support), 2)
    pairs = classes * (classes - 1) // 2
    support = np.asarray(part._n_support)
    most = support.sum() if part._impl in ("c_svc", "nu_svc") else support.max()  # the others count each row twice
    fits = (
        part._dual_coef_.shape == (classes - 1, vectors)
        and len(part.support_) == vectors
        and bool((support >= 0).all())
        and most <= vectors
        and len(part._intercept_) == pairs
        and all(len(p) in (0, pairs, 2 * pairs) for p in (part._probA, part._probB))
    )
    _demand(fits, "support vectors and coefficients do not fit each other")


_CHECKS: tuple[tuple[type | tuple[type, ...], Any], ...] = (
    (Tree, check_tree),
    (BaseDecisionTree, _check_estimator),
    ((BaseForest, BaseGradientBoosting, BaseBagging), _check_ensemble),
    (TreePredictor, _check_predictor),
    (BaseHistGradientBoosting, _check_boosting),
    ((KDTree, BallTree), _check_ball_tree),
    (NeighborsBase, _check_neighbours),
    (BaseLibSVM, _check_vectors),
    *contents.CHECKS,
)


def _demand(holds: Any, otherwise: str) -> None:
    if not holds:
        _refuse(otherwise)


def _refuse(why: str, cause: Exception | None = None) -> NoReturn:
    raise UnsafeModel(
        f"The model's content is not what training writes: {why}",
        expected="a model that `register` stored",
        next_step="do not use this bundle; ask where it came from",
    ) from cause
