"""What a LightGBM model's text must be before LightGBM parses and follows it.

The text is the library's own model file, as its ``Booster`` writes it. LightGBM finds each tree by the sizes that the
header gives and walks it by the indices that stand there, without looking: wrong ones read foreign memory or never
end. Both are looked for here, and that a number is a number: LightGBM reads trees in threads, where it ends the
process over one that is none. What passes goes to the library's own parser.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

_CATEGORICAL = 1  # of decision_type
_LONGEST = 2**20  # outputs and columns
_INTEGER = r"-?[0-9]{1,18}"
_REAL = r"-?(?:[0-9]+(?:\.[0-9]*)?(?:e[-+]?[0-9]{1,3})?|inf|nan)"
_FIELDS = {  # of a tree, with what stands in each
    **dict.fromkeys(("num_leaves", "num_cat", "is_linear"), _INTEGER),
    **dict.fromkeys(("split_feature", "decision_type", "left_child", "right_child"), f"{_INTEGER}(?: {_INTEGER})*|"),
    **dict.fromkeys(("leaf_count", "internal_count"), f"{_INTEGER}(?: {_INTEGER})*|"),
    **dict.fromkeys(("cat_boundaries", "cat_threshold", "num_features"), f"{_INTEGER}(?: {_INTEGER})*|"),
    **dict.fromkeys(("split_gain", "threshold", "leaf_value", "leaf_weight"), f"{_REAL}(?: {_REAL})*|"),
    **dict.fromkeys(("internal_value", "internal_weight", "leaf_const"), f"{_REAL}(?: {_REAL})*|"),
    "leaf_features": f"(?: *{_INTEGER})* *",
    "leaf_coeff": f"(?: *{_REAL})* *",
    "shrinkage": _REAL,
}
_BY_LEAF = ("leaf_value", "leaf_weight", "leaf_count")
_BY_NODE = (
    *("split_feature", "split_gain", "threshold", "decision_type", "left_child", "right_child"),
    *("internal_value", "internal_weight", "internal_count"),
)


def check_booster(text: str) -> None:
    """ValueError or KeyError, in words, if this text is no model that LightGBM wrote."""
    data = text.encode()
    _demand(b"\0" not in data and b"\r" not in data, "it holds control characters")
    start = data.find(b"\nTree=") + 1
    head = _fields(data[: start or data.find(b"\nend of trees")], first=b"tree")
    columns, outputs = int(head["max_feature_idx"]) + 1, int(head["num_class"])
    _demand(0 < outputs < _LONGEST and 0 < columns < _LONGEST, "its numbers of columns and outputs make no sense")
    _demand(int(head["num_tree_per_iteration"]) == outputs, "its trees do not fit its outputs")
    said = [int(word.partition(":")[2]) for word in head.get("objective", "").split() if word.startswith("num_class:")]
    _demand(all(count == outputs for count in said), "its objective has other outputs than it")
    for names in ("feature_names", "feature_infos"):
        _demand(len(head[names].split(" ")) == columns, f"its {names} do not fit its columns")
    sizes = _whole(head, "tree_sizes")
    _demand((sizes > 0).all() and len(sizes) % outputs == 0 and start + sizes.sum() <= len(data), "trees are missing")
    for number, size in enumerate(sizes.tolist()):
        _check_tree(_fields(data[start : start + size], first=f"Tree={number}".encode()), columns)
        start += size
    _demand(data[start:].startswith(b"end of trees\n"), "its trees do not end where it says")


def _fields(block: bytes, first: bytes) -> dict[str, str]:
    """``name=value`` lines, each name once, below a line that says what this is."""
    lines = block.decode().strip("\n").split("\n")
    _demand(lines[0] == first.decode(), f"{first.decode()!r} is not where it should be")
    found: dict[str, str] = {}
    for line in lines[1:]:
        name, _, value = line.partition("=")
        _demand(name and name not in found, f"it says {name!r} twice")
        found[name] = value
    return found


def _check_tree(tree: Mapping[str, str], columns: int) -> None:
    """Every node inside the arrays, named by one parent at most, and the root by none: so no walk comes back."""
    for name, value in tree.items():
        _demand(re.fullmatch(_FIELDS[name], value), f"a tree's {name} is not what it should be")
    leaves = int(tree["num_leaves"])
    _demand(0 < leaves == len(tree["leaf_value"].split()), "a tree's values do not fit its leaves")
    for names, count in ((_BY_LEAF, leaves), (_BY_NODE, leaves - 1)):
        _demand(all(len(tree.get(n, "").split()) in (0, count) for n in names), "a tree's arrays do not fit its nodes")
    if tree.get("is_linear", "0") != "0":
        _check_linear(tree, leaves, columns)
    if leaves == 1:
        return
    nodes = leaves - 1
    asked, left, right, kind = (
        _whole(tree, name) for name in ("split_feature", "left_child", "right_child", "decision_type")
    )
    thresholds = np.array(tree["threshold"].split(), dtype=np.float64)
    _demand({len(a) for a in (asked, left, right, kind, thresholds)} == {nodes}, "a tree's arrays do not fit its nodes")
    _demand((np.abs(kind) < 128).all(), "a tree's decisions are of no known type")
    children = np.concatenate([left, right])
    _demand(((children != 0) & (children < nodes) & (children >= -leaves)).all(), "a tree's nodes point outside of it")
    _demand(len(np.unique(children)) == len(children), "a tree's nodes come back to one another")
    _demand(((asked >= 0) & (asked < columns)).all(), "a tree asks for a column that is not there")
    categorical = (kind & _CATEGORICAL) != 0
    if categorical.any() or int(tree["num_cat"]):
        _check_categories(tree, thresholds[categorical])


def _check_categories(tree: Mapping[str, str], asked: Any) -> None:
    count = int(tree["num_cat"])
    edges, words = _whole(tree, "cat_boundaries"), _whole(tree, "cat_threshold")
    _demand(((asked >= 0) & (asked < count)).all(), "a tree asks for categories that are not there")
    fits = len(edges) == count + 1 and edges[0] == 0 and edges[-1] == len(words) and (np.diff(edges) >= 0).all()
    _demand(fits, "a tree's categories are missing")


def _check_linear(tree: Mapping[str, str], leaves: int, columns: int) -> None:
    counts, asked = _whole(tree, "num_features"), _whole(tree, "leaf_features")
    coefficients = tree["leaf_coeff"].split()
    _demand(len(counts) == len(tree["leaf_const"].split()) == leaves, "a tree's lines do not fit its leaves")
    _demand((counts >= 0).all() and counts.sum() == len(asked) == len(coefficients), "a tree's lines are incomplete")
    _demand(((asked >= 0) & (asked < columns)).all(), "a tree's line asks for a column that is not there")


def _whole(fields: Mapping[str, str], name: str) -> Any:
    return np.array(fields[name].split(), dtype=np.int64)


def _demand(holds: Any, otherwise: str) -> None:
    if not holds:
        raise ValueError(otherwise)
