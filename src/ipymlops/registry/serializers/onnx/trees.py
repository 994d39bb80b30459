"""What the trees of a TreeEnsembleClassifier or -Regressor must be before onnxruntime builds and walks them.

It finds nodes by the numbers that stand there: wrong ones read foreign memory, lead around for ever, or down so deep
that the stack ends. So: every node once, a tree's nodes side by side with the root first, each of the others below
one parent, and every leaf with something to say.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ipymlops.registry.serializers.onnx.values import Node, demand

DEEPEST = 1_000
_MODES = ("BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ", "LEAF")
_MOST = 2**31 - 1


def check(node: Node, columns: int, answers: int, what: str) -> None:
    """ValueError, in words. ``answers``: how many classes or targets; ``what``: which of the two, as in its lists."""
    tree, number, column, true, false, modes = _lists(node)
    leaf = modes == "LEAF"
    demand(((column >= 0) & (column < columns))[~leaf].all(), "a tree asks for a column that is not there")
    places = _places(tree, number)
    starts = np.flatnonzero(np.append(True, tree[1:] != tree[:-1]))
    demand(len(np.unique(tree[starts])) == len(starts), "a tree's nodes are not side by side")
    children = _children(tree, true, false, leaf, places)
    below = np.zeros(len(tree), dtype=np.int64)
    np.add.at(below, children.ravel(), 1)
    root = np.zeros(len(tree), dtype=bool)
    root[starts] = True
    demand((below[root] == 0).all() and (below[~root] == 1).all(), "a tree's nodes come back to one another")
    _check_depth(starts, children, leaf)
    _check_leaves(node, leaf, places, answers, what)


def _lists(node: Node) -> tuple[Any, ...]:
    names = ("treeids", "nodeids", "featureids", "truenodeids", "falsenodeids")
    lists = [np.array(node.integers(f"nodes_{name}"), dtype=np.int64) for name in names]
    modes = np.array(node.words("nodes_modes"), dtype=object)
    many = len(lists[0])
    demand(many and {len(values) for values in (*lists, modes)} == {many}, "its lists do not fit its nodes")
    demand(len(node.floats("nodes_values")) == many, "its thresholds do not fit its nodes")
    demand(len(node.floats("nodes_hitrates")) in (0, many), "its hit rates do not fit its nodes")
    demand(len(node.integers("nodes_missing_value_tracks_true")) in (0, many), "its lists do not fit its nodes")
    demand(all(((v >= 0) & (v <= _MOST)).all() for v in lists), "a number of a node makes no sense")
    demand(set(modes.tolist()) <= set(_MODES), "a node compares in an unknown way")
    return (*lists, modes.astype(str))


def _key(tree: Any, number: Any) -> Any:
    return tree * (_MOST + 1) + number


def _places(tree: Any, number: Any) -> tuple[Any, Any]:
    """Keys of all nodes in order, and where each stands."""
    keys = _key(tree, number)
    order = np.argsort(keys, kind="stable")
    demand((np.diff(keys[order]) > 0).all(), "a node is there twice")
    return keys[order], order


def _found(places: tuple[Any, Any], tree: Any, number: Any) -> Any:
    keys, order = places
    wanted = _key(tree, number)
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    demand((keys[at] == wanted).all(), "a tree's nodes point outside of it")
    return order[at]


def _children(tree: Any, true: Any, false: Any, leaf: Any, places: tuple[Any, Any]) -> Any:
    """Where the two children of each node that has some stand; shape (such nodes, 2)."""
    branch = ~leaf
    sides = [_found(places, tree[branch], side[branch]) for side in (true, false)]
    return np.stack(sides, axis=1)


def _check_depth(starts: Any, children: Any, leaf: Any) -> None:
    number = np.cumsum(~leaf) - 1  # of a branch among the branches
    level, seen = starts, 0
    for _ in range(DEEPEST):
        seen += len(level)
        level = level[~leaf[level]]
        if not len(level):
            demand(seen == len(leaf), "a tree's nodes come back to one another")
            return
        level = children[number[level]].ravel()
    raise ValueError(f"a tree is deeper than {DEEPEST:,}")


def _check_leaves(node: Node, leaf: Any, places: tuple[Any, Any], answers: int, what: str) -> None:
    tree, number, of = (np.array(node.integers(f"{what}_{n}"), dtype=np.int64) for n in ("treeids", "nodeids", "ids"))
    weights = node.floats(f"{what}_weights")
    demand(len(tree) == len(number) == len(of) == len(weights) > 0, "its weights do not fit its leaves")
    demand(all(((v >= 0) & (v <= _MOST)).all() for v in (tree, number)), "a number of a leaf makes no sense")
    demand(((of >= 0) & (of < answers)).all(), "a leaf is for an answer that is not there")
    weighed = np.zeros(len(leaf), dtype=bool)
    weighed[_found(places, tree, number)] = True
    demand((weighed == leaf).all(), "a leaf says nothing, or a branch says something")
    allowed = {0, answers} | ({1} if answers == 2 and what == "class" else set())
    demand(len(node.floats("base_values")) in allowed, "what it starts from does not fit its answers")
