"""The operations of ``ai.onnx.ml``: lines, vectors, scalers and tables of words, with the lengths that each must have.

onnxruntime walks their lists by counts that other lists give; where these do not fit it reads what is not the model's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ipymlops.registry.serializers.onnx import trees
from ipymlops.registry.serializers.onnx.operations import chosen
from ipymlops.registry.serializers.onnx.values import Node, Value, demand

Rule = Callable[[Node], tuple[Value, ...]]
POST = ("NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO", "PROBIT")
_KERNELS = ("LINEAR", "POLY", "RBF", "SIGMOID")


def _columns(node: Node) -> int:
    """How many columns the rows have that it is given."""
    shape = node.given(0).shape
    demand(len(node.inputs) == 1 and len(shape) == 2 and shape[0] is None, "it is given no rows of columns")
    return int(shape[1] or 0)


def _labels(node: Node, strings: str = "classlabels_strings", integers: str = "classlabels_ints") -> tuple[Any, ...]:
    words, numbers = node.words(strings), node.integers(integers)
    demand(bool(words) != bool(numbers), "its classes are missing, or there twice")
    labels: tuple[Any, ...] = tuple(words or numbers)
    demand(len(set(labels)) == len(labels) > 1, "its classes are not several that differ")
    return labels


def _answers(node: Node, labels: tuple[Any, ...], made_by: str = "") -> tuple[Value, ...]:
    kind = "string" if isinstance(labels[0], str) else "int64"
    return Value(kind, (None,), classes=labels), Value("float", (None, len(labels)), made_by=made_by)


def _check_post(node: Node) -> None:
    demand(node.word("post_transform", "NONE") in POST, "what it does with its scores is not known")


def _linear_classifier(node: Node) -> tuple[Value, ...]:
    columns, labels = _columns(node), _labels(node)
    lines = len(node.floats("intercepts"))
    demand(lines == len(labels) or (lines == 1 and len(labels) == 2), "its intercepts do not fit its classes")
    demand(len(node.floats("coefficients")) == lines * columns, "its coefficients do not fit its columns")
    demand(node.integer("multi_class", 0) in (0, 1), "multi_class is neither 0 nor 1")
    _check_post(node)
    return _answers(node, labels)


def _linear_regressor(node: Node) -> tuple[Value, ...]:
    columns, targets = _columns(node), node.integer("targets", 1)
    coefficients, intercepts = node.floats("coefficients"), node.floats("intercepts")
    demand(0 < targets <= len(coefficients) == columns * targets, "its coefficients do not fit its columns")
    demand(len(intercepts) in (0, targets), "its intercepts do not fit its answers")
    _check_post(node)
    return (Value("float", (None, targets)),)


def _check_vectors(node: Node, vectors: int, weights: int, lines: int) -> None:
    columns, kernel = _columns(node), node.floats("kernel_params")
    demand(node.word("kernel_type", "LINEAR") in _KERNELS and len(kernel) == 3, "its kernel is not known")
    demand(vectors and len(node.floats("support_vectors")) == vectors * columns, "its vectors do not fit its columns")
    demand(len(node.floats("coefficients")) == vectors * weights, "its coefficients do not fit its vectors")
    demand(len(node.floats("rho")) == lines, "its intercepts do not fit its classes")
    _check_post(node)


def _svm_classifier(node: Node) -> tuple[Value, ...]:
    labels, by_class = _labels(node), node.integers("vectors_per_class")
    demand(len(by_class) == len(labels) and all(0 < n < 2**31 for n in by_class), "its vectors do not fit its classes")
    pairs = len(labels) * (len(labels) - 1) // 2
    _check_vectors(node, sum(by_class), len(labels) - 1, pairs)
    sides = [len(node.floats(name)) for name in ("prob_a", "prob_b")]
    demand(sides in ([0, 0], [pairs, pairs]), "its probabilities do not fit its classes")
    label, scores = _answers(node, labels)
    return label, scores if sides[0] or len(labels) == 2 else replace(scores, shape=(None, pairs))


def _svm_regressor(node: Node) -> tuple[Value, ...]:
    demand(node.integer("one_class", 0) == 0, "it says what is unusual, and no number")
    _check_vectors(node, node.integer("n_supports", 0), 1, 1)
    return (Value("float", (None, 1)),)


def _tree_classifier(node: Node) -> tuple[Value, ...]:
    labels = _labels(node, integers="classlabels_int64s")
    trees.check(node, _columns(node), len(labels), "class")
    _check_post(node)
    return _answers(node, labels)


def _tree_regressor(node: Node) -> tuple[Value, ...]:
    targets = node.integer("n_targets", 1)
    demand(0 < targets < 2**16, "its number of answers makes no sense")
    demand(node.word("aggregate_function", "SUM") in ("SUM", "AVERAGE", "MIN", "MAX"), "how it adds up is not known")
    trees.check(node, _columns(node), targets, "target")
    _check_post(node)
    return (Value("float", (None, targets)),)


def _scaler(node: Node) -> tuple[Value, ...]:
    columns = _columns(node)
    lengths = {len(node.floats(name)) for name in ("offset", "scale")}
    demand(len(lengths) == 1 and lengths <= {1, columns}, "its figures do not fit its columns")
    return (Value("float", node.given(0).shape),)


def _normalizer(node: Node) -> tuple[Value, ...]:
    _columns(node)
    demand(node.word("norm", "MAX") in ("MAX", "L1", "L2"), "how it normalizes is not known")
    return (Value("float", node.given(0).shape),)


def _imputer(node: Node) -> tuple[Value, ...]:
    columns = _columns(node)
    filled: list[list[Any]] = [node.floats("imputed_value_floats"), node.integers("imputed_value_int64s")]
    demand([len(f) for f in filled if f] in ([1], [columns]), "its values do not fit its columns")
    return (Value(node.given(0).kind, node.given(0).shape),)


def _one_hot(node: Node) -> tuple[Value, ...]:
    words, numbers = node.words("cats_strings"), node.integers("cats_int64s")
    demand(bool(words) != bool(numbers), "its categories are missing, or there twice")
    demand(len(set(words or numbers)) == len(words or numbers), "its categories are there twice")
    return (Value("float", (*node.given(0).shape, len(words or numbers))),)


def _label_encoder(node: Node) -> tuple[Value, ...]:
    _same_kinds = {"strings": "string", "int64s": "int64", "floats": "float"}
    sides = [[k for k in _same_kinds if f"{side}_{k}" in node.attributes] for side in ("keys", "values")]
    demand([len(side) for side in sides] == [1, 1], "it does not say what becomes what")
    (key,), (value,) = sides
    keys, values = (_list(node, f"{side}_{k}") for side, k in (("keys", key), ("values", value)))
    demand(len(keys) == len(values) > 0, "it does not say what becomes what")
    known, own = dict(zip(keys, values, strict=True)), node.given(0).classes
    classes = tuple(known[c] for c in own) if own is not None and set(own) <= known.keys() else None
    return (Value(_same_kinds[value], node.given(0).shape, classes=classes),)


def _list(node: Node, name: str) -> list[Any]:
    read: dict[str, Callable[[str], list[Any]]] = {"strings": node.words, "int64s": node.integers}
    return read.get(name.partition("_")[2], node.floats)(name)


def _vectorizer(node: Node) -> tuple[Value, ...]:
    shapes = [node.given(i).shape for i in range(len(node.inputs))]
    widths = [int(shape[-1] or 0) for shape in shapes]
    demand(all(len(s) == 2 and s[0] is None for s in shapes), "it joins what are no rows of columns")
    demand(node.integers("inputdimensions") == widths, "its widths are others than its columns")
    return (Value("float", (None, sum(widths))),)


def _extractor(node: Node) -> tuple[Value, ...]:
    """Columns by their numbers; onnxruntime does not look whether one is below zero."""
    data, places = node.given(0), node.given(1)
    width = data.shape[-1] if data.shape else None
    demand(width is not None, "it mixes rows")
    if places.constant is None:
        demand(places.below is not None and places.below <= int(width or 0), "which columns it takes is not known")
    else:
        demand(all(0 <= n < int(width or 0) for n in places.whole()), "it takes columns that are not there")
    demand(places.rows is None or places.size == 1, "it takes several columns by numbers")
    taken = None if places.rows is not None else places.size
    before = data.shape[:-1] if len(data.shape) > 1 else (1,)
    return (Value(data.kind, (*before, taken), classes=chosen(data, places)),)


def _binarizer(node: Node) -> tuple[Value, ...]:
    return (Value(node.given(0).kind, node.given(0).shape),)


def zip_map_labels(node: Node) -> tuple[Any, ...]:
    """The classes of probabilities that a graph would give as dictionaries."""
    labels = _labels(node, integers="classlabels_int64s")
    demand(node.given(0).shape == (None, len(labels)), "its classes do not fit its probabilities")
    return labels


RULES: dict[str, Rule] = {
    "ArrayFeatureExtractor": _extractor,
    "Binarizer": _binarizer,
    "FeatureVectorizer": _vectorizer,
    "Imputer": _imputer,
    "LabelEncoder": _label_encoder,
    "LinearClassifier": _linear_classifier,
    "LinearRegressor": _linear_regressor,
    "Normalizer": _normalizer,
    "OneHotEncoder": _one_hot,
    "SVMClassifier": _svm_classifier,
    "SVMRegressor": _svm_regressor,
    "Scaler": _scaler,
    "TreeEnsembleClassifier": _tree_classifier,
    "TreeEnsembleRegressor": _tree_regressor,
}
