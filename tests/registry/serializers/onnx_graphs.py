"""ONNX graphs for tests, made node by node: what converters make of linear models, trees, pipelines and networks."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np

COLUMNS = 4
RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(60, COLUMNS)).astype(np.float32)


def node(op: str, inputs: str, outputs: str, *, ml: bool = False, **attributes: Any) -> Any:
    domain = {"domain": "ai.onnx.ml"} if ml else {}
    return import_module("onnx").helper.make_node(op, inputs.split(), outputs.split(), **domain, **attributes)


def value(name: str, kind: str = "FLOAT", *shape: Any) -> Any:
    onnx = import_module("onnx")
    return onnx.helper.make_tensor_value_info(name, getattr(onnx.TensorProto, kind), [None, *shape])


def constant(name: str, array: Any) -> Any:
    return import_module("onnx").numpy_helper.from_array(np.asarray(array), name)


def model(
    nodes: list[Any], outputs: list[Any], inputs: list[Any] | None = None, constants: Any = (), **more: Any
) -> Any:
    helper = import_module("onnx").helper
    graph = helper.make_graph(nodes, "g", inputs or [value("X", "FLOAT", COLUMNS)], outputs, list(constants))
    versions = more.pop("versions", {"": 18, "ai.onnx.ml": 3})
    opsets = [helper.make_opsetid(domain, version) for domain, version in versions.items()]
    return helper.make_model(graph, opset_imports=opsets, ir_version=9, **more)


def linear_classifier(zipped: bool = False, **changed: Any) -> Any:
    """As skl2onnx makes of a LogisticRegression of three classes."""
    given: dict[str, Any] = {
        "coefficients": RANDOM.normal(size=3 * COLUMNS).tolist(),
        "intercepts": [0.1, 0.2, -0.3],
        "classlabels_ints": [0, 1, 2],
        "post_transform": "SOFTMAX",
    }
    nodes = [node("LinearClassifier", "X", "label scores", ml=True, **(given | changed))]
    nodes.append(node("Normalizer", "scores", "probabilities", ml=True, norm="L1"))
    outputs = [value("label", "INT64"), value("probabilities", "FLOAT", 3)]
    if zipped:
        onnx = import_module("onnx")
        nodes.append(node("ZipMap", "probabilities", "maps", ml=True, classlabels_int64s=[0, 1, 2]))
        kind = onnx.helper.make_map_type_proto(
            onnx.TensorProto.INT64, onnx.helper.make_tensor_type_proto(onnx.TensorProto.FLOAT, [])
        )
        outputs[1] = onnx.helper.make_value_info("maps", onnx.helper.make_sequence_type_proto(kind))
    return model(nodes, outputs)


TREES: dict[str, Any] = {  # two trees: one of five nodes, one of three
    "nodes_treeids": [0, 0, 0, 0, 0, 1, 1, 1],
    "nodes_nodeids": [0, 1, 2, 3, 4, 0, 1, 2],
    "nodes_featureids": [0, 1, 0, 0, 0, 2, 0, 0],
    "nodes_values": [0.0, 0.5, 0.0, 0.0, 0.0, -0.2, 0.0, 0.0],
    "nodes_modes": ["BRANCH_LEQ", "BRANCH_LEQ", "LEAF", "LEAF", "LEAF", "BRANCH_LEQ", "LEAF", "LEAF"],
    "nodes_truenodeids": [1, 2, 0, 0, 0, 1, 0, 0],
    "nodes_falsenodeids": [4, 3, 0, 0, 0, 2, 0, 0],
}
LEAVES = [(0, 2), (0, 3), (0, 4), (1, 1), (1, 2)]


def tree_classifier(words: bool = False, **changed: Any) -> Any:
    """As skl2onnx makes of a forest of two trees and two classes."""
    shares = [0.1, 0.4, 0.45, 0.25, 0.05]
    given: dict[str, Any] = {
        **TREES,
        "class_treeids": [tree for tree, _ in LEAVES for _ in range(2)],
        "class_nodeids": [leaf for _, leaf in LEAVES for _ in range(2)],
        "class_ids": [0, 1] * 5,
        "class_weights": [w for share in shares for w in (share, 0.5 - share)],
        "post_transform": "NONE",
    }
    labels = {"classlabels_strings": ["bad", "good"]} if words else {"classlabels_int64s": [0, 1]}
    nodes = [node("TreeEnsembleClassifier", "X", "label p", ml=True, **(given | labels | changed))]
    return model(nodes, [value("label", "STRING" if words else "INT64"), value("p", "FLOAT", 2)])


def tree_regressor(**changed: Any) -> Any:
    given: dict[str, Any] = {
        **TREES,
        "target_treeids": [tree for tree, _ in LEAVES],
        "target_nodeids": [leaf for _, leaf in LEAVES],
        "target_ids": [0] * 5,
        "target_weights": [1.0, 2.0, 3.0, 10.0, 20.0],
        "n_targets": 1,
    }
    return model([node("TreeEnsembleRegressor", "X", "y", ml=True, **(given | changed))], [value("y", "FLOAT", 1)])


def network(last: str = "Softmax", width: int = 3) -> Any:
    """As torch makes of two layers."""
    random = np.random.default_rng(1)
    constants = [
        constant("w0", random.normal(size=(COLUMNS, 8)).astype(np.float32)),
        constant("b0", random.normal(size=8).astype(np.float32)),
        constant("w1", random.normal(size=(8, width)).astype(np.float32)),
        constant("b1", random.normal(size=width).astype(np.float32)),
    ]
    nodes = [
        node("MatMul", "X w0", "m0"),
        node("Add", "m0 b0", "a0"),
        node("Relu", "a0", "r0"),
        node("MatMul", "r0 w1", "m1"),
        node("Add", "m1 b1", "a1"),
        node(last, "a1", "out"),
    ]
    return model(nodes, [value("out", "FLOAT", width)], constants=constants)


def pipeline() -> Any:
    """As skl2onnx makes of a pipeline on a mixed table: one input a column, scaled or one-hot, then a line."""
    nodes = [
        node("Concat", "age income", "numbers", axis=1),
        node("Scaler", "numbers", "scaled", ml=True, offset=[40.0, 2000.0], scale=[0.1, 0.001]),
        node("OneHotEncoder", "city", "hot", ml=True, cats_strings=["Rome", "Oslo"], zeros=1),
        node("Reshape", "hot wide", "flat"),
        node("Concat", "scaled flat", "all", axis=1),
        node("LinearClassifier", "all", "label scores", ml=True, coefficients=[0.5, -1.0, 2.0, -2.0],
             intercepts=[0.1], classlabels_strings=["no", "yes"], post_transform="LOGISTIC"),
    ]  # fmt: skip
    inputs = [value("age", "FLOAT", 1), value("income", "FLOAT", 1), value("city", "STRING", 1)]
    outputs = [value("label", "STRING"), value("scores", "FLOAT", 2)]
    return model(nodes, outputs, inputs, [constant("wide", np.array([-1, 2]))])
