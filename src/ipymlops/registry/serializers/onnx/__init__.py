"""ONNX graphs: the bytes of a ModelProto, audited node by node before onnxruntime sees them.

Importing this file imports neither onnx nor onnxruntime, which need not be installed. What a bundle gives back is an
``OnnxModel`` (``models.py``): the graph on the processor, with the answers of a fitted model on tables.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ipymlops.errors import BadInput, MlopsError, UnsafeModel, first_line
from ipymlops.registry.serializers.libraries import require, versions

if TYPE_CHECKING:
    from ipymlops.registry.serializers.onnx.models import OnnxModel, Outputs

FILE = "model.onnx"
LIBRARIES = ("onnx", "onnxruntime")
_EXPECTED = "a graph of audited operations that takes [rows, columns] and answers each row by itself"


def is_graph(model: Any) -> bool:
    """Whether it is a ModelProto, asked without importing onnx."""
    kind = getattr(sys.modules.get("onnx"), "ModelProto", None)
    return kind is not None and isinstance(model, kind)


def is_session(model: Any) -> bool:
    """Whether it is a session of onnxruntime, which does not give back what it was made of."""
    return type(model).__module__.partition(".")[0] == "onnxruntime"


def accepts(model: Any) -> bool:
    kind = getattr(sys.modules.get(f"{__name__}.models"), "OnnxModel", None)
    return kind is not None and isinstance(model, kind)


def on_tables(graph: Any, columns: Sequence[str] | None, outputs: Outputs | None, rows: Any) -> OnnxModel:
    """The ModelProto with the methods of a fitted model. ``columns``: their names, in order; ``outputs``: what they
    mean, where the graph does not tell; ``rows``: some to ask. Raises BadInput, saying why, for graphs that are not
    understood."""
    _require_installed()
    from ipymlops.registry.serializers.onnx import graphs, models

    data = _bytes(graph)
    try:
        found = graphs.read(data)
        models.check_columns(found, None)
        known = models.told(found)
        said = outputs or known
        if said is None:
            raise BadInput(
                "What the outputs of this ONNX graph mean is not told by its last operation",
                expected="numbers (a regression), logits, probabilities or log-probabilities",
                next_step=models.MEANT,
            )
        names = _names(found, columns)
        model = models.made(data, found, names, said)
    except ValueError as error:
        raise _not_understood(error) from error
    return _asked(model, rows)


def likewise(graph: Any, known: OnnxModel) -> OnnxModel:
    """Another graph of the same line, which takes and answers the same."""
    from ipymlops.registry.serializers.onnx import graphs, models

    data = _bytes(graph)
    try:
        return models.made(data, graphs.read(data), known.columns, known.outputs)
    except ValueError as error:
        raise _not_understood(error) from error


def served(model: OnnxModel) -> OnnxModel:
    return model


def dump(model: OnnxModel) -> tuple[dict[str, bytes], dict[str, Any]]:
    facts = {
        "file": FILE,
        "format": "onnx",
        "libraries": versions(LIBRARIES),
        "columns": None if model.columns is None else list(model.columns),
        "outputs": model.outputs,
    }
    return {FILE: model.data}, facts


def load(read: Callable[[str], bytes], facts: Mapping[str, Any]) -> OnnxModel:
    require(LIBRARIES, facts)
    from ipymlops.registry.serializers.onnx import graphs, models

    try:
        columns, outputs = facts["columns"], facts["outputs"]
        if outputs not in models.OUTPUTS or not (columns is None or all(isinstance(c, str) for c in columns)):
            raise ValueError("what it takes and answers is not said")
        data = read(FILE)
        return models.made(data, graphs.read(data), None if columns is None else tuple(columns), outputs)
    except MlopsError:
        raise
    except Exception as error:  # a hostile file may raise anything on its way through protobuf
        raise UnsafeModel(
            f"The ONNX graph of this bundle could not be read: {first_line(error)}",
            expected="a file that `register` wrote",
            next_step="do not use this bundle; ask where it came from",
        ) from error


def _require_installed() -> None:
    from importlib.util import find_spec

    missing = [name for name in LIBRARIES if find_spec(name) is None]
    if missing:
        raise BadInput(
            f"Found an ONNX graph, and no {' and '.join(missing)}",
            expected="onnx to read it and onnxruntime to ask it",
            next_step='pip install "ipymlops[onnx]"',
        )


def _bytes(graph: Any) -> bytes:
    from ipymlops.registry.serializers.onnx import graphs

    try:
        return graphs.written(graph)
    except Exception as error:  # of protobuf: a message has room for two gigabytes
        raise BadInput(f"This ONNX graph cannot be written: {error}", expected="a graph below two gigabytes") from error


def _names(graph: Any, columns: Sequence[str] | None) -> tuple[str, ...] | None:
    """The names of the columns: of the inputs where there is one for each, else those of the data."""
    if len(graph.inputs) == 1:
        return None if columns is None else tuple(columns)
    own = tuple(graph.inputs)
    if columns is not None and set(own) != set(columns):
        lacking = sorted(set(own) - set(columns)) or sorted(set(columns) - set(own))
        raise ValueError(f"its inputs are {', '.join(own[:6])}, and the data has other columns: {lacking[0]!r}")
    return own


def _asked(model: OnnxModel, rows: Any) -> OnnxModel:
    """The model, asked once; labels beside which no probabilities stand for certain are labels alone."""
    from ipymlops.registry.serializers.onnx import models

    known = rows is not None
    try:
        answers = model.raw(rows if known else models.some_rows(model))
        if model.outputs != models.LABELS[1] or models.are_probabilities(answers[1]):
            return model
    except ValueError as error:
        if not known:  # made up, and not as the graph's categories are
            return model if model.outputs != models.LABELS[1] else _labels_alone(model)
        raise BadInput(
            f"This ONNX graph does not answer the rows: {error}",
            expected=f"rows of {model.n_features_in_} columns as it was made for",
            next_step="give the columns that it was trained on: --train X y",
        ) from error
    return _labels_alone(model)


def _labels_alone(model: OnnxModel) -> OnnxModel:
    from ipymlops.registry.serializers.onnx import models

    return models.made(model.data, model.graph, model.columns, "labels")


def _not_understood(error: ValueError) -> BadInput:
    return BadInput(f"This ONNX graph is not supported: {error}", expected=_EXPECTED)
