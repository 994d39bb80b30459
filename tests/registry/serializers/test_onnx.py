"""ONNX graphs: what is understood comes back and answers the same; what is not is said in one line."""

# ruff: noqa: E501 (one line a case reads better)

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ipymlops.errors import BadInput, UnsafeModel
from ipymlops.registry import serializers
from ipymlops.registry.serializers import onnx as family
from tests.registry.serializers import onnx_graphs as made
from tests.registry.serializers.onnx_graphs import constant, node, value

pytestmark = pytest.mark.skipif(
    any(find_spec(name) is None for name in ("onnx", "onnxruntime")), reason="no onnx: pip install 'ipymlops[onnx]'"
)
TABLE = pd.DataFrame({"city": ["Rome", "Oslo", "Paris"], "income": [900, 2500, 4000], "age": [30.0, 41, 62]})
FLOATS = np.random.default_rng(5).normal(size=(3, made.COLUMNS)).astype(np.float32)


def on_tables(graph: Any, X: Any = made.X, outputs: Any = None, columns: Any = None) -> Any:
    names = columns or (tuple(X) if hasattr(X, "columns") else None)
    return family.on_tables(graph, names, outputs, X)


def again(model: Any) -> Any:
    files, facts = serializers.dump(model)
    return serializers.load(files.__getitem__, facts)


def plain(graph: Any, X: Any) -> list[Any]:
    """What onnxruntime, with its own settings, answers by itself."""
    runtime = import_module("onnxruntime")
    session = runtime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    return list(session.run(None, {session.get_inputs()[0].name: X}))


# --- what is understood ------------------------------------------------------------------------------------------


def vectors(**more: Any) -> Any:
    """As skl2onnx makes of an SVC of three classes."""
    random = np.random.default_rng(3)
    given = {
        "vectors_per_class": [3, 2, 2], "support_vectors": random.normal(size=28).tolist(), "kernel_type": "RBF",
        "coefficients": random.normal(size=14).tolist(), "rho": [0.1, 0.2, 0.3], "kernel_params": [0.5, 0.0, 3.0],
        "classlabels_ints": [0, 1, 2], "prob_a": [-1.0, -1.0, -1.0], "prob_b": [0.0, 0.1, 0.2],
    }  # fmt: skip
    nodes = [node("SVMClassifier", "X", "label p", ml=True, **{k: v for k, v in (given | more).items() if v})]
    return made.model(nodes, [value("label", "INT64"), value("p", "FLOAT", 3)])


def perceptron() -> Any:
    """As skl2onnx makes of a pipeline with an MLPClassifier of texts: the label is looked up by its number."""
    nodes = [
        node(
            "Imputer", "X", "i", ml=True, imputed_value_floats=[0.0, 1.0, 2.0, 3.0], replaced_value_float=float("nan")
        ),
        node("Scaler", "i", "s", ml=True, offset=[0.5], scale=[2.0]),
        node("Gemm", "s w b", "h", transB=1),
        node("BatchNormalization", "h one one one one", "n"),
        node("LayerNormalization", "n one one", "l"),
        node("Softmax", "l", "p", axis=1),
        node("ArgMax", "p", "a", axis=1),
        node("ArrayFeatureExtractor", "classes a", "c", ml=True),
        node("Reshape", "c wide", "number"),
        node("LabelEncoder", "number", "label", ml=True, keys_int64s=[10, 20, 30], values_strings=["x", "y", "z"]),
    ]
    constants = [
        constant("w", FLOATS), constant("b", np.zeros(3, np.float32)), constant("one", np.ones(3, np.float32)),
        constant("classes", [10, 20, 30]), constant("wide", [-1]),
    ]  # fmt: skip
    return made.model(nodes, [value("label", "STRING"), value("p", "FLOAT", 3)], constants=constants)


def shapes() -> Any:
    """Columns cut, joined, turned and summed."""
    nodes = [
        node("Slice", "X one three one", "a"), node("Concat", "a X", "b", axis=1), node("Unsqueeze", "b one", "c"),
        node("Transpose", "c", "d", perm=[0, 2, 1]), node("Squeeze", "d two", "e"),
        node("ReduceSum", "e one", "f", keepdims=1), node("Gather", "b places", "g", axis=1),
        node("Flatten", "g", "h"), node("MatMul", "h w", "i"), node("Clip", "i low high", "j"),
        node("Greater", "j low", "k"), node("Where", "k j f", "l"), node("Cast", "l", "m", to=11),
        node("Cast", "m", "n", to=1), node("Div", "n f", "o"), node("Reshape", "o same", "q"),
        node("FeatureVectorizer", "q X", "r", ml=True, inputdimensions=[1, 4]),
        node("ArrayFeatureExtractor", "r first", "y", ml=True),
    ]  # fmt: skip
    constants = [
        constant("one", [1]), constant("two", [2]), constant("three", [3]), constant("places", [[0, 1], [2, 3]]),
        constant("w", FLOATS.T[:, :1]), constant("low", np.float32(-1)), constant("high", np.float32(1)),
        constant("same", [0, -1]), constant("first", [0]),
    ]  # fmt: skip
    return made.model(nodes, [value("y", "FLOAT", 1)], constants=constants)


def of_version_nine() -> Any:
    """As older converters make them: dimensions are attributes."""
    nodes = [
        node("ReduceSum", "X", "s", axes=[1], keepdims=0), node("Unsqueeze", "s", "u", axes=[1]),
        node("Clip", "u", "c", min=-1.0, max=1.0), node("Concat", "c X", "a", axis=1), node("Softmax", "a", "p"),
    ]  # fmt: skip
    return made.model(nodes, [value("p", "FLOAT", 5)], versions={"": 9})


GRAPHS: dict[str, tuple[Callable[[], Any], str, list[Any] | None]] = {
    "a line": (made.linear_classifier, "labels and probabilities", [0, 1, 2]),
    "probabilities in dictionaries": (lambda: made.linear_classifier(zipped=True), "labels and probabilities", [0, 1, 2]),
    "trees": (made.tree_classifier, "labels and probabilities", [0, 1]),
    "trees of texts": (lambda: made.tree_classifier(words=True), "labels and probabilities", ["bad", "good"]),
    "trees of a regression": (made.tree_regressor, "numbers", None),
    "vectors": (vectors, "labels and probabilities", [0, 1, 2]),
    "vectors without probabilities": (lambda: vectors(prob_a=None, prob_b=None), "labels", [0, 1, 2]),
    "a network": (made.network, "probabilities", [0, 1, 2]),
    "a network of logarithms": (lambda: made.network("LogSoftmax"), "log-probabilities", [0, 1, 2]),
    "a network of one number": (lambda: made.network("Identity", 1), "numbers", None),
    "a perceptron of texts": (perceptron, "labels and probabilities", ["x", "y", "z"]),
    "shapes": (shapes, "numbers", None),
    "an old graph": (of_version_nine, "probabilities", [0, 1, 2, 3, 4]),
}  # fmt: skip


@pytest.mark.parametrize("name", GRAPHS)
def test_a_graph_is_understood_and_comes_back(name: str) -> None:
    graph, outputs, classes = GRAPHS[name]
    message = graph()
    model = on_tables(message)
    assert model.outputs == outputs
    assert (list(model.classes_) if classes else getattr(model, "classes_", None)) == classes
    assert hasattr(model, "predict_proba") == ("probabilities" in outputs)
    expected = plain(message, made.X)
    first = np.asarray(expected[0])
    if outputs.startswith("labels") or outputs == "numbers":
        answers = model.predict(made.X)
        assert answers.shape == (len(made.X),)
        kept = first.reshape(-1)
        assert np.allclose(answers, kept, rtol=1e-6) if first.dtype.kind == "f" else list(answers) == list(kept)
    if outputs == "labels and probabilities":
        second = pd.DataFrame(expected[1]).to_numpy() if isinstance(expected[1], list) else expected[1]
        assert np.allclose(model.predict_proba(made.X), second, rtol=1e-6)
    loaded = again(model)
    for method in ("predict", "predict_proba"):
        if hasattr(model, method):
            assert getattr(loaded, method)(made.X).tobytes() == getattr(model, method)(made.X).tobytes()
    assert serializers.dump(loaded) == serializers.dump(model)
    assert serializers.dump(on_tables(message))[0] == serializers.dump(model)[0]  # the same graph, the same bytes


def test_one_input_a_column() -> None:
    model = on_tables(made.pipeline(), TABLE)
    assert model.columns == ("age", "income", "city")
    scores = np.array([(30 - 40) * 0.1 * 0.5 - (900 - 2000) * 0.001 + 2 + 0.1])
    assert model.predict_proba(TABLE)[0, 1] == pytest.approx(1 / (1 + np.exp(-scores[0])), rel=1e-5)
    turned = TABLE[["age", "city", "income"]]
    assert again(model).predict_proba(turned).tobytes() == model.predict_proba(TABLE).tobytes()
    with pytest.raises(ValueError, match="lacks values"):
        model.predict(TABLE.assign(city=[None, "Oslo", "Rome"]))
    with pytest.raises(ValueError, match="holds no numbers"):
        model.predict(TABLE.assign(age="old"))


@pytest.mark.parametrize(
    ("last", "width", "outputs", "expected"),
    [
        ("Identity", 3, "logits", lambda a: np.exp(a) / np.exp(a).sum(axis=1, keepdims=True)),
        ("Identity", 1, "logits", lambda a: np.hstack([1 / (1 + np.exp(a)), 1 / (1 + np.exp(-a))])),
        ("Sigmoid", 1, "probabilities", lambda a: np.hstack([1 - a, a])),
    ],
)
def test_outputs_mean_what_is_said(last: str, width: int, outputs: str, expected: Any) -> None:
    graph = made.network(last, width)
    model = on_tables(graph, outputs=outputs)
    answers = plain(graph, made.X)[0].astype(np.float64)
    assert np.allclose(model.predict_proba(made.X), expected(answers), rtol=1e-5)
    assert model.predict(made.X).tolist() == model.predict_proba(made.X).argmax(axis=1).tolist()


def test_rows_are_asked_in_pieces_and_one_by_one_alike() -> None:
    model = on_tables(perceptron())
    many = np.tile(made.X, (40, 1))
    whole = model.predict_proba(many)
    assert np.array_equal(whole[: len(made.X)], model.predict_proba(made.X))
    assert len(model.predict_proba(made.X[:0])) == 0
    assert len(model.predict(made.X[:0])) == 0


def test_columns_are_taken_by_name_where_names_are_known() -> None:
    table = pd.DataFrame(made.X, columns=list("abcd"))
    model = on_tables(made.network(), table)
    assert np.array_equal(model.predict_proba(table[["d", "c", "b", "a"]]), model.predict_proba(table))
    assert np.array_equal(model.predict_proba(made.X), model.predict_proba(table))
    with pytest.raises(ValueError, match="other columns than a, b, c, d"):
        model.predict(table.rename(columns={"a": "z"}))
    nameless = again(family.on_tables(made.network(), None, None, None))  # registered without data
    assert np.array_equal(nameless.predict_proba(table), model.predict_proba(table))


FRESH = """import json, sys
from pathlib import Path
import numpy as np
from ipymlops.registry.bundle import Bundle
assert not {"onnx", "onnxruntime"} & set(sys.modules)
model = Bundle.from_folder(sys.argv[1]).model()
print(json.dumps(model.predict_proba(np.array(json.loads(sys.argv[2]), dtype=np.float32)).tolist()))
"""


def test_a_fresh_process_answers_bit_for_bit(tmp_path: Path) -> None:
    from ipymlops.registry.bundle import pack

    model = on_tables(made.tree_classifier())
    files, facts = serializers.dump(model)
    for name, data in {**files, "bundle.json": pack(files, facts)}.items():
        (tmp_path / name).write_bytes(data)
    rows = json.dumps(made.X[:5].tolist())
    done = subprocess.run(
        [sys.executable, "-c", FRESH, str(tmp_path), rows], capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == model.predict_proba(made.X[:5]).tolist()


def test_what_a_tool_wrote_beside_the_graph_is_kept_and_not_given_to_onnxruntime() -> None:
    graph = made.network()
    graph.metadata_props.add(key="ort_config", value='{"session_options": {"intra_op_num_threads": 64}}')
    graph.domain = "ORTM"  # where onnxruntime looks for the mark of its other format
    model = on_tables(graph)
    assert b"ort_config" in model.data
    assert b"ORTM" in model.data
    assert b"ort_config" not in model.graph.runnable
    assert b"ORTM" not in model.graph.runnable


def test_a_domain_that_is_announced_twice_and_classes_that_were_floats() -> None:
    """As skl2onnx writes them."""
    nodes = [
        node("ArgMax", "X", "a", axis=1), node("ArrayFeatureExtractor", "classes a", "c", ml=True),
        node("Cast", "c", "f", to=1), node("Reshape", "f flat", "r"), node("Cast", "r", "label", to=7),
    ]  # fmt: skip
    constants = [constant("classes", [3, 5, 7, 9]), constant("flat", [-1])]
    graph = made.model(nodes, [value("label", "INT64")], constants=constants)
    graph.opset_import.add(domain="", version=18)
    model = on_tables(graph)
    assert model.classes_.tolist() == [3, 5, 7, 9]
    assert model.predict(made.X).tolist() == (3 + 2 * made.X.argmax(axis=1)).tolist()


# --- what is not -------------------------------------------------------------------------------------------------


def odd(*nodes: Any, inputs: Any = None, outputs: Any = None, constants: Any = (), **more: Any) -> Any:
    return made.model(list(nodes), outputs or [value("y", "FLOAT", 1)], inputs, constants, **more)


def fixed_rows() -> Any:
    graph = made.network()
    graph.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1
    return graph


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "outputs that may mean two things": (lambda: made.network("Sigmoid", 1), "not told by its last operation.* --outputs"),
    "several numbers": (lambda: made.network("Relu", 3), "not told by its last operation"),
    "one row at a time": (fixed_rows, r"its shape is \[1, 4\], not \[rows, columns\]"),
    "an image": (lambda: odd(node("Flatten", "X", "y"), inputs=[value("X", "FLOAT", 3, 8, 8)]), r"no table: its shape is"),
    "half of a number": (lambda: odd(node("Identity", "X", "y"), inputs=[value("X", "FLOAT16", 4)]), "no tensor of float"),
    "columns that are not counted": (lambda: odd(node("Identity", "X", "y"), inputs=[value("X", "FLOAT", "k")]), "how many columns"),
    "inputs of several columns": (
        lambda: odd(node("Concat", "X Z", "y", axis=1), inputs=[value("X", "FLOAT", 2), value("Z", "FLOAT", 2)]),
        "several inputs of several columns",
    ),
    "three answers": (
        lambda: odd(*(node("Relu", "X", name) for name in "abc"), outputs=[value(n, "FLOAT", 4) for n in "abc"]),
        "it answers 'a': float",
    ),
    "labels of which nothing is known": (
        lambda: odd(node("Cast", "X", "y", to=7), inputs=[value("X", "FLOAT", 1)], outputs=[value("y", "INT64", 1)]),
        "does not say which there are",
    ),
    "what looks at all rows": (lambda: odd(node("ReduceMean", "X", "y")), "mixes rows"),
    "an operation that is not audited": (lambda: odd(node("Hardmax", "X", "y")), r"'Hardmax' \(Hardmax\): not one of the operations"),
    "a domain of others": (lambda: made.network(), "com.microsoft"),
    "operations too old": (lambda: odd(node("Relu", "X", "y"), versions={"": 6}), "version 6 of ai.onnx, not 7 to"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_understood_says_why(name: str) -> None:
    graph, words = REFUSED[name]
    message = graph()
    if name == "a domain of others":
        message.opset_import.add(domain="com.microsoft", version=1)
    with pytest.raises(BadInput, match=words) as raised:
        on_tables(message)
    assert "\n" not in str(raised.value)


def test_other_columns_than_the_graph_takes() -> None:
    with pytest.raises(BadInput, match="takes 4 columns, not the 3"):
        on_tables(made.network(), TABLE)
    with pytest.raises(BadInput, match=r"its inputs are age, income, city.* other columns: 'city'"):
        on_tables(made.pipeline(), TABLE.rename(columns={"city": "town"}))


def test_the_library_must_be_the_one_that_stored_it(monkeypatch: pytest.MonkeyPatch) -> None:
    files, facts = serializers.dump(on_tables(made.network()))
    facts["serializer"]["libraries"]["onnxruntime"] = "9.1.0"
    with pytest.raises(BadInput, match=r"needs onnxruntime 9\.x"):
        serializers.load(files.__getitem__, facts)
    del facts["serializer"]["libraries"]
    with pytest.raises(UnsafeModel, match="does not say which onnx"):
        serializers.load(files.__getitem__, facts)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(BadInput, match=r'no onnx and onnxruntime.*pip install "ipymlops\[onnx\]"'):
        on_tables(made.network())


def test_importing_the_family_imports_neither_library() -> None:
    code = "import sys; import ipymlops.registry.serializers.onnx; print({'onnx', 'onnxruntime'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
