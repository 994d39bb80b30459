"""An ONNX model read and audited: nothing of it has reached onnxruntime when this is done.

``wire.py`` walks the bytes, then they are parsed, then every node is looked at in order: it must be on the list of its
domain, and what it makes must be known beforehand from what it is given. What onnxruntime gets is not the file but the
audited message, written again without texts and settings that nobody looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx

from ipymlops.registry.serializers.onnx import learned, operations, wire
from ipymlops.registry.serializers.onnx.values import KINDS, Node, Value, attribute, demand, tensor_value

OLDEST, NEWEST = {"": 7, "ai.onnx.ml": 1}, {"": 28, "ai.onnx.ml": 5}  # operation sets that the rules were read from
MOST_NODES = 20_000
MOST_FIXED = 2**26  # elements that nodes make without any row
MOST_A_ROW = 2**24  # elements that nodes make of one row
_RULES = {"": operations.RULES, "ai.onnx.ml": learned.RULES}
_ZIP = "ZipMap"  # probabilities as dictionaries: the graph is asked for the numbers instead


class NotUnderstood(ValueError):
    """A graph without fault that is not one for tables."""


@dataclass(frozen=True, slots=True)
class Graph:
    """An audited model: what it takes and answers, in order, and what is to be run."""

    inputs: dict[str, Value]
    outputs: dict[str, Value]
    runnable: bytes  # audited and written again
    a_row: int  # elements that a run makes of one row
    operations: tuple[str, ...]
    numbers: dict[str, Any]  # all that it holds, by name


def written(model: Any) -> bytes:
    """The same model, the same bytes."""
    return model.SerializeToString(deterministic=True)  # type: ignore[no-any-return]


def read(data: bytes) -> Graph:
    """The audited graph; ValueError, in words, for any other bytes."""
    wire.check(data)
    model = onnx.ModelProto()
    model.ParseFromString(data)
    reader = _Reader(_versions(model))
    return reader.graph(model)


def _versions(model: Any) -> dict[str, int]:
    """Which version of each domain's operations."""
    found: dict[str, int] = {}
    for entry in model.opset_import:
        domain = _domain(entry.domain)
        demand(domain in NEWEST, f"it uses operations of {domain!r}, not only of ai.onnx and ai.onnx.ml")
        same = found.get(domain, entry.version) == entry.version  # skl2onnx says some domains twice
        demand(same, f"it uses two versions of {domain or 'ai.onnx'}")
        newest = min(NEWEST[domain], onnx.defs.onnx_opset_version()) if not domain else NEWEST[domain]
        fits = OLDEST[domain] <= entry.version <= newest
        demand(fits, f"it uses version {entry.version} of {domain or 'ai.onnx'}, not {OLDEST[domain]} to {newest}")
        found[domain] = entry.version
    return found


def _domain(name: str) -> str:
    return "" if name == "ai.onnx" else name


class _Reader:
    def __init__(self, versions: dict[str, int]) -> None:
        self._versions = versions
        self._values: dict[str, Value] = {}
        self._zipped: dict[str, str] = {}  # output of a ZipMap -> the probabilities that it was given
        self._fixed = self._a_row = 0

    def graph(self, model: Any) -> Graph:
        graph = model.graph
        demand(0 < len(graph.node) <= MOST_NODES, f"it has {len(graph.node):,} nodes")
        for tensor in graph.initializer:
            self._add(tensor.name, tensor_value(tensor))
        constants = {name: value.constant for name, value in self._values.items()}
        inputs = {i.name: _input(i) for i in graph.input if i.name not in constants}
        for name, value in inputs.items():
            self._add(name, value)
        for node in graph.node:
            try:
                self._look_at(node)
            except NotUnderstood:
                raise
            except ValueError as error:
                raise ValueError(f"its node {node.name or node.op_type!r} ({node.op_type}): {error}") from error
        demand(graph.output, "it answers nothing")
        outputs = {o.name: self._output(o.name) for o in graph.output}
        demand(len(outputs) == len(graph.output), "it answers something twice")
        told = tuple(node.op_type for node in graph.node)
        numbers = {name: value for name, value in constants.items() if value.dtype.kind in "fiub"} | _lists(graph)
        return Graph(inputs, outputs, self._runnable(model), self._a_row, told, numbers)

    def _add(self, name: str, value: Value) -> None:
        demand(name and name not in self._values, f"the value {name!r} is made twice, or has no name")
        self._values[name] = value

    def _look_at(self, made: Any) -> None:
        domain = _domain(made.domain)
        demand(domain in self._versions, f"operations of {domain or 'ai.onnx'!r} are not announced")
        node = self._node(made, domain)
        if domain == "ai.onnx.ml" and node.op == _ZIP:
            given = node.given(0)
            labels = learned.zip_map_labels(node)
            self._zipped[made.output[0]] = made.input[0]
            self._add(made.output[0], Value("maps", given.shape, classes=labels, made_by=given.made_by))
            return
        rule = _RULES[domain].get(node.op)
        if rule is None:
            raise ValueError("not one of the operations that are audited")
        results = rule(node)
        demand(len(made.output) <= len(results), "it has more outputs than its operation")
        for name, value in zip(made.output, results, strict=False):
            if name:
                self._count(value)
                self._add(name, value)

    def _node(self, made: Any, domain: str) -> Node:
        missing = [name for name in made.input if name and name not in self._values]
        demand(not missing, f"nothing before it makes {missing[:1]}")
        inputs = [self._values[name] if name else None for name in made.input]
        demand(all(v is None or v.kind != "maps" for v in inputs), "it goes on from dictionaries")
        attributes = {a.name: attribute(a) for a in made.attribute}
        demand(len(attributes) == len(made.attribute), "it says something twice")
        return Node(made.op_type, self._versions[domain], inputs, attributes, len(made.output))

    def _count(self, value: Value) -> None:
        if value.rows is None:
            self._fixed += value.size
        else:
            self._a_row += value.size
        demand(self._fixed <= MOST_FIXED and self._a_row <= MOST_A_ROW, "it makes too much")

    def _output(self, name: str) -> Value:
        value = self._values.get(name)
        if value is None:
            raise ValueError(f"nothing makes its output {name!r}")
        return value

    def _runnable(self, model: Any) -> bytes:
        """Without settings and texts, and with plain numbers in the place of dictionaries."""
        for field in ("metadata_props", "doc_string", "producer_name", "producer_version", "domain", "model_version"):
            model.ClearField(field)
        graph = model.graph
        for field in ("metadata_props", "doc_string", "value_info", "name"):
            graph.ClearField(field)
        graph.name = "graph"  # onnxruntime asks for one
        del model.opset_import[:]
        model.opset_import.extend(onnx.helper.make_opsetid(*entry) for entry in self._versions.items())
        for part in (*graph.node, *graph.initializer):
            part.ClearField("metadata_props")
            part.ClearField("doc_string")
        for number in reversed(range(len(graph.node))):
            if graph.node[number].output[0] in self._zipped:
                del graph.node[number]
        outputs = [self._plain(output) for output in graph.output]
        del graph.output[:]
        graph.output.extend(outputs)
        return written(model)

    def _plain(self, output: Any) -> Any:
        source = self._zipped.get(output.name)
        if source is None:
            return output
        return onnx.helper.make_tensor_value_info(source, onnx.TensorProto.FLOAT, None)


def _lists(graph: Any) -> dict[str, Any]:
    """The numbers that operations hold themselves, as trees do."""
    found = {}
    for number, node in enumerate(graph.node):
        for given in node.attribute:
            if len(given.floats) or len(given.ints):
                found[f"{node.op_type} {number} {given.name}"] = np.asarray(given.floats or given.ints)
    return found


def _input(given: Any) -> Value:
    tensor = given.type.tensor_type if given.type.HasField("tensor_type") else None
    kind = KINDS.get(tensor.elem_type) if tensor is not None else None
    if tensor is None or kind is None:
        raise NotUnderstood(f"its input {given.name!r} is no tensor of {', '.join(KINDS.values())}")
    shape = [d.dim_value if d.HasField("dim_value") and d.dim_value > 0 else None for d in tensor.shape.dim]
    if not shape or len(shape) > 2 or shape[0] is not None:
        raise NotUnderstood(f"its input {given.name!r} is no table: its shape is {_words(tensor)}, not [rows, columns]")
    if None in shape[1:]:
        raise NotUnderstood(f"its input {given.name!r} does not say how many columns it takes")
    return Value(kind, tuple(shape))


def _words(tensor: Any) -> str:
    return "[" + ", ".join(d.dim_param or str(d.dim_value or "?") for d in tensor.shape.dim[:8]) + "]"
