"""Bundles of ONNX graphs in hostile hands: onnxruntime's compiled code follows what a file of somebody else says."""

# ruff: noqa: E501 (one line a case reads better)

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ipymlops.registry import serializers
from ipymlops.registry.bundle import pack
from tests.registry.hostile.conftest import Forged
from tests.registry.serializers import onnx_graphs as made

pytestmark = pytest.mark.skipif(
    any(find_spec(name) is None for name in ("onnx", "onnxruntime")), reason="no onnx: pip install 'ipymlops[onnx]'"
)
GOOD = {"linear": made.linear_classifier, "zipped": lambda: made.linear_classifier(zipped=True)}
GOOD |= {"trees": made.tree_classifier, "regressor": made.tree_regressor, "network": made.network}
HUGE = 2**40


@pytest.fixture(scope="module")
def asked(opened: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """As ``opened``, by a process that has imported onnx and onnxruntime already."""
    opener = type(opened)(tmp_path_factory.mktemp("onnx"), "onnx", "onnxruntime")
    yield opener
    opener.close()


@pytest.fixture(scope="module")
def good_folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from ipymlops.registry.serializers import onnx as family

    above = tmp_path_factory.mktemp("good")
    for name, graph in GOOD.items():
        model = family.on_tables(graph(), tuple("abcd"), None, made.X)
        files, facts = serializers.dump(model)
        (above / name).mkdir()
        for file, data in {**files, "bundle.json": pack(files, facts)}.items():
            (above / name / file).write_bytes(data)
    return above


@pytest.fixture
def bundle(good_folders: Path, tmp_path: Path) -> Callable[[str], Forged]:
    return lambda name: Forged(Path(shutil.copytree(good_folders / name, tmp_path / "bundle")))


Change = Callable[[Any], Any]


def graph(change: Change) -> Callable[[Any], None]:
    """The same file with another message in it."""

    def forge(bundle: Any) -> None:
        message = import_module("onnx").ModelProto.FromString(bundle.read("model.onnx"))
        change(message)
        bundle.write("model.onnx", message.SerializeToString())

    return forge


def file(change: Callable[[bytes], bytes]) -> Callable[[Any], None]:
    return lambda bundle: bundle.write("model.onnx", change(bundle.read("model.onnx")))


def listed(message: Any, name: str) -> Any:
    """The list of the first node that is its attribute of this name."""
    found = next(a for a in message.graph.node[0].attribute if a.name == name)
    return found.strings or found.ints or found.floats


def at(name: str, place: int, value: Any) -> Callable[[Any], None]:
    def change(message: Any) -> None:
        listed(message, name)[place] = value

    return graph(change)


def without_last(name: str) -> Callable[[Any], None]:
    return graph(lambda m: listed(m, name).pop())


def longer(name: str, value: Any, times: int = 1) -> Callable[[Any], None]:
    return graph(lambda m: listed(m, name).extend([value] * times))


def before(*nodes: tuple[str, str, dict[str, Any]], constants: Any = (), domain: str = "") -> Callable[[Any], None]:
    """More operations between the input and the model."""

    def change(message: Any) -> None:
        new = [made.node(op, f"{inputs}", f"n{i}", **more) for i, (op, inputs, more) in enumerate(nodes)]
        for node in new:
            node.domain = domain
        old = list(message.graph.node)
        old[0].input[0] = f"n{len(new) - 1}"
        del message.graph.node[:]
        message.graph.node.extend([*new, *old])
        message.graph.initializer.extend([made.constant(name, array) for name, array in constants])

    return graph(change)


def initializer(change: Change) -> Callable[[Any], None]:
    return graph(lambda m: change(m.graph.initializer[0]))


def external(tensor: Any) -> None:
    tensor.ClearField("raw_data")
    tensor.data_location = 1
    for key, value in (("location", "/etc/passwd"), ("offset", "0"), ("length", "128")):
        tensor.external_data.add(key=key, value=value)


def looping(message: Any) -> None:
    onnx = import_module("onnx")
    body = onnx.helper.make_graph([], "body", [], [])
    message.graph.node.insert(0, onnx.helper.make_node("Loop", ["", ""], ["l"], body=body))


def function(message: Any) -> None:
    message.functions.add(name="Relu", domain="")


def circle(message: Any) -> None:
    first, second = message.graph.node[0], message.graph.node[1]
    first.input[0] = second.output[0]


def deep(message: Any) -> None:
    """A tree of 100,000 nodes, each below the one before."""
    many = 100_000
    chain = {
        "nodes_treeids": [0] * (2 * many + 1),
        "nodes_nodeids": list(range(2 * many + 1)),
        "nodes_featureids": [0] * (2 * many + 1),
        "nodes_values": [0.0] * (2 * many + 1),
        "nodes_modes": [b"BRANCH_LEQ"] * many + [b"LEAF"] * (many + 1),
        "nodes_truenodeids": [*range(1, many), 2 * many, *[0] * (many + 1)],
        "nodes_falsenodeids": [*range(many, 2 * many), *[0] * (many + 1)],
        "target_treeids": [0] * (many + 1),
        "target_nodeids": list(range(many, 2 * many + 1)),
        "target_ids": [0] * (many + 1),
        "target_weights": [1.0] * (many + 1),
    }
    for name, values in chain.items():
        found = listed(message, name)
        del found[:]
        found.extend(values)


def bomb(data: bytes) -> bytes:
    """Millions of empty nodes in one more part of the graph: two bytes each in the file, hundreds in memory."""
    size, length = 2 * 20_000_000, b""
    while size > 127:
        length, size = length + bytes([size & 127 | 128]), size >> 7
    return data + b"\x3a" + length + bytes([size]) + b"\x0a\x00" * 20_000_000


def wide(rows: int, columns: int) -> Any:
    return np.ones((rows, columns), dtype=np.float32)


CASES: dict[str, tuple[str, Callable[[Any], None], str]] = {
    "a pickle": ("network", file(lambda _: b"\x80\x04cos\nsystem\n."), "could not be read"),
    "nothing": ("network", file(lambda _: b""), "nodes|could not be read"),
    "half of the file": ("network", file(lambda data: data[: len(data) // 2]), "cut off"),
    "a length of exabytes": ("network", file(lambda data: data + b"\x3a" + b"\xff" * 8 + b"\x7f"), "cut off"),
    "another format of onnxruntime": ("network", file(lambda data: b"\x20\x00\x00\x00ORTM" + data), "could not"),
    "its mark at its place": ("network", file(lambda data: data[:2] + b"\x22\x04ORTM" + data[2:] + b"\xfa\x3f\x00"), "field 1023"),
    "an unknown field": ("network", file(lambda data: data + b"\xfa\x3f\x00"), "field 1023"),
    "twenty million nodes": ("network", file(bomb), "parts"),
    "a file beside it": ("network", initializer(external), "other files"),
    "a loop": ("network", graph(looping), "graph within a node"),
    "a function of its own": ("network", graph(function), "functions of its own"),
    "steps of a training": ("network", graph(lambda m: m.training_info.add()), "training"),
    "a domain of plugins": (
        "network",
        graph(lambda m: m.opset_import.add(domain="com.microsoft", version=1)),
        "com.microsoft",
    ),
    "an operation of a plugin": ("network", before(("Tokenizer", "X", {}), domain="ai.onnx.contrib"), "announced"),
    "an operation that runs Python": ("network", before(("PyOp", "X", {})), "audited"),
    "random numbers": ("network", before(("RandomNormalLike", "X", {})), "audited"),
    "terabytes of one number": ("network", before(("ConstantOfShape", "s", {}), constants=[("s", [HUGE, 8])]), "audited"),
    "terabytes by Expand": ("network", before(("Expand", "X s", {}), constants=[("s", [HUGE, 4])]), "audited"),
    "terabytes by Tile": ("network", before(("Tile", "X s", {}), constants=[("s", [HUGE, 1])]), "audited"),
    "numbers without end": ("network", before(("Range", "a b c", {}), constants=[("a", 0), ("b", HUGE), ("c", 1)]), "audited"),
    "terabytes by adding": (
        "network",
        before(("Add", "r c", {}), constants=[("r", wide(1, 2**20)), ("c", wide(2**20, 1))]),
        "makes a tensor of the shape",
    ),
    "a multiplication of terabytes": (
        "network",
        before(("MatMul", "c r", {}), constants=[("r", wide(1, 2**20)), ("c", wide(2**20, 1))]),
        "makes a tensor of the shape",
    ),
    "a division of whole numbers by zero": (
        "network",
        before(("Cast", "X", {"to": 7}), ("Div", "n0 z", {}), ("Cast", "n1", {"to": 1}), constants=[("z", [0])]),
        "divides whole numbers",
    ),
    "rows that are told of one another": ("network", before(("Softmax", "X", {"axis": 0})), "mixes rows"),
    "a shape of another size": ("network", before(("Reshape", "X s", {}), constants=[("s", [1, -1, HUGE])]), "mixes rows"),
    "a value that is larger than its bytes": ("network", initializer(lambda t: t.dims.__setitem__(0, 2**20)), "shape says"),
    "a value below zero": ("network", initializer(lambda t: t.dims.__setitem__(0, -8)), "no shape"),
    "a value of 2**62": ("network", initializer(lambda t: t.dims.__setitem__(0, 2**62)), "no shape"),
    "a value of an unknown type": ("network", initializer(lambda t: setattr(t, "data_type", 16)), "of type 16"),
    "a value that is there twice": ("network", graph(lambda m: m.graph.initializer.append(m.graph.initializer[0])), "twice"),
    "a graph that goes around": ("network", graph(circle), "nothing before it makes"),
    "an output that nothing makes": ("network", graph(lambda m: setattr(m.graph.output[0], "name", "x")), "nothing makes"),
    "an input without columns": ("network", graph(lambda m: m.graph.input[0].type.tensor_type.shape.dim.pop()), "no matrices"),
    "operations of the year 3000": ("network", graph(lambda m: setattr(m.opset_import[0], "version", 3000)), "version"),
    "operations of two versions": ("network", graph(lambda m: m.opset_import.add(domain="ai.onnx", version=9)), "two versions"),
    "a text for a number": ("linear", graph(lambda m: setattr(m.graph.node[0].attribute[0], "type", 3)), "another kind"),
    "fewer coefficients": ("linear", without_last("coefficients"), "coefficients"),
    "more intercepts": ("linear", longer("intercepts", 0.0, 1000), "intercepts"),
    "a class for many": ("linear", longer("classlabels_ints", 7, 5), "classes"),
    "a picture of dictionaries": ("zipped", graph(lambda m: m.graph.node[2].attribute[0].ints.append(9)), "classes"),
    "a child of another tree": ("trees", at("nodes_truenodeids", 0, 7), "point outside"),
    "a child far away": ("trees", at("nodes_truenodeids", 0, 2**31 - 1), "point outside"),
    "a child below zero": ("trees", at("nodes_falsenodeids", 0, -5), "makes no sense"),
    "a tree that comes back": ("trees", at("nodes_truenodeids", 1, 0), "come back"),
    "a node with two parents": ("trees", at("nodes_falsenodeids", 1, 2), "come back"),
    "a node that is there twice": ("trees", at("nodes_nodeids", 1, 2), "twice"),
    "a column that is not there": ("trees", at("nodes_featureids", 0, 4), "column that is not there"),
    "a column far away": ("trees", at("nodes_featureids", 1, 2**40), "makes no sense"),
    "an unknown comparison": ("trees", at("nodes_modes", 0, b"BRANCH_SYSTEM"), "unknown way"),
    "a root that is a leaf": ("trees", at("nodes_modes", 0, b"LEAF"), "come back"),
    "fewer thresholds": ("trees", without_last("nodes_values"), "thresholds"),
    "fewer modes": ("trees", without_last("nodes_modes"), "lists"),
    "a class that is not there": ("trees", at("class_ids", 0, 2), "answer that is not there"),
    "a class far away": ("trees", at("class_ids", 0, 2**40), "answer that is not there"),
    "a weight for no leaf": ("trees", at("class_nodeids", 0, 99), "point outside"),
    "a weight for a branch": ("trees", at("class_nodeids", 0, 0), "branch says something"),
    "fewer weights": ("trees", without_last("class_weights"), "weights"),
    "trees in pieces": ("trees", at("nodes_treeids", 1, 1), "side by side|twice"),
    "a target that is not there": ("regressor", at("target_ids", 0, 1), "answer that is not there"),
    "targets without end": (
        "regressor",
        graph(lambda m: setattr(next(a for a in m.graph.node[0].attribute if a.name == "n_targets"), "i", 2**40)),
        "makes no sense",
    ),
    "a tree of 100,000 levels": ("regressor", graph(deep), "deeper"),
    "columns that are numbers": ("linear", lambda b: b.manifest(lambda m: m["serializer"].update(columns=[1])), "not said"),
    "columns that are others": (
        "linear",
        lambda b: b.manifest(lambda m: m["serializer"].update(columns=list("abcde"))),
        "takes 4 columns",
    ),
    "outputs that are not known": ("linear", lambda b: b.manifest(lambda m: m["serializer"].update(outputs="x")), "not said"),
    "outputs that it has not": ("linear", lambda b: b.manifest(lambda m: m["serializer"].update(outputs="logits")), "not logits"),
    "another version of its library": (
        "linear",
        lambda b: b.manifest(lambda m: m["serializer"].update(libraries={"onnx": "9.0", "onnxruntime": "1.0"})),
        "needs onnx 9",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", GOOD)
def test_a_good_graph_answers(name: str, bundle: Any, asked: Any) -> None:
    outcome = asked(bundle(name), "answer")
    assert outcome.told.get("code") == 0, outcome.told
    assert outcome.left == []


@pytest.mark.parametrize("name", CASES)
def test_a_hostile_graph_is_refused(name: str, bundle: Any, asked: Any) -> None:
    good, forge, words = CASES[name]
    forged = bundle(good)
    forge(forged)
    asked(forged, "answer").assert_refused(words)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("name", GOOD)
def test_numbers_changed_at_random_do_not_end_the_process(name: str, seed: int, bundle: Any, asked: Any) -> None:
    """Three numbers of a good graph are others: it is refused, or answers wrongly, or onnxruntime says why it cannot."""
    chance = random.Random(seed)
    strange = (0, 1, 2, -1, 3, 5, 7, 2**31 - 1, 2**31, 2**40, -(2**62))

    def change(message: Any) -> None:
        lists = [a.ints or a.floats for node in message.graph.node for a in node.attribute if a.ints or a.floats]
        lists += [tensor.dims for tensor in message.graph.initializer]
        for _ in range(3):
            held = chance.choice(lists)
            held[chance.randrange(len(held))] = chance.choice(strange[:7] if chance.random() < 0.6 else strange)

    forged = bundle(name)
    graph(change)(forged)
    asked(forged, "answer").assert_harmless()


@pytest.mark.parametrize("seed", range(20))
def test_bytes_changed_at_random_do_not_end_the_process(seed: int, bundle: Any, asked: Any) -> None:
    chance = random.Random(seed)
    forged = bundle(chance.choice(sorted(GOOD)))

    def change(data: bytes) -> bytes:
        changed = bytearray(data)
        for _ in range(chance.choice([1, 2, 3])):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
        return bytes(changed)

    file(change)(forged)
    asked(forged, "answer").assert_harmless()
