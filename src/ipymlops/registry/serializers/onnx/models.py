"""An ONNX graph with the methods of a fitted model: tables in, numbers or classes out.

What it takes is one tensor [rows, columns], or one input [rows, 1] a column, by its name. What it answers is a label a
row, with or without a probability for each class; or numbers, whose meaning is that of torch's modules: ``numbers``,
``logits``, ``probabilities`` or ``log-probabilities``. It runs on the processor, in one thread, node by node as
exported: no optimizer changes it, so the same rows get the same bits.
"""

from __future__ import annotations

from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from ipymlops.errors import BadInput, first_line
from ipymlops.frames import as_table, from_columns
from ipymlops.registry.serializers.onnx.graphs import Graph, NotUnderstood
from ipymlops.registry.serializers.onnx.values import Value

Outputs = Literal["numbers", "logits", "probabilities", "log-probabilities", "labels", "labels and probabilities"]
OUTPUTS: tuple[Outputs, ...] = get_args(Outputs)
LABELS = ("labels", "labels and probabilities")
MEANT = "give --outputs numbers, logits, probabilities or log-probabilities"
_TOLD = {"Softmax": "probabilities", "LogSoftmax": "log-probabilities"}  # by the last operation
_NUMERIC = ("number", "integer", "boolean")
_DTYPES = {"float": np.float32, "double": np.float64, "int64": np.int64, "int32": np.int32, "bool": np.bool_}
_ROOM = 2**24  # elements at once
_LEARNED = ("TreeEnsembleClassifier", "TreeEnsembleRegressor", "LinearClassifier", "LinearRegressor", "SVMClassifier")
_MODELS = (*_LEARNED, "SVMRegressor")
_SUM = 1e-3  # how far probabilities in single precision may be from 1 together


class OnnxModel:
    """The graph, the names of its columns (None: any, in order), and what it answers."""

    def __init__(self, data: bytes, graph: Graph, columns: tuple[str, ...] | None, outputs: Outputs) -> None:
        self.data = data
        self.graph = graph
        self.columns = columns
        self.outputs = outputs
        self.classes: tuple[Any, ...] = ()
        self._session = _session(graph.runnable)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.estimator_name}, outputs={self.outputs!r})"

    @property
    def n_features_in_(self) -> int:
        return sum(value.size for value in self.graph.inputs.values())

    @property
    def estimator_name(self) -> str:
        """What people call it."""
        known = [op for op in self.graph.operations if op in _MODELS]
        return f"{known[-1]} of ONNX" if known else "Network of ONNX"

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Its operations in order, and what its outputs mean; numbers are compared by ``tensors``."""
        return {"operations": ", ".join(self.graph.operations), "outputs": self.outputs}

    def tensors(self) -> dict[str, npt.NDArray[Any]]:
        """The numbers that the graph holds, by name: values of their own, and lists of operations."""
        return self.graph.numbers

    def raw(self, X: Any) -> list[npt.NDArray[Any]]:
        """The graph's own answers to a table; each of them has a row for each of its rows."""
        fed, rows = self._fed(X)
        step = max(1, _ROOM // max(self.graph.a_row, self.n_features_in_))
        parts = [self._run({k: v[at : at + step] for k, v in fed.items()}) for at in range(0, max(rows, 1), step)]
        return [np.concatenate(part) for part in zip(*parts, strict=True)]

    def _run(self, fed: dict[str, npt.NDArray[Any]]) -> list[npt.NDArray[Any]]:
        rows = len(next(iter(fed.values())))
        if not rows:
            one = {name: np.full((1, *v.shape[1:]), "" if v.dtype == object else 0, v.dtype) for name, v in fed.items()}
            return [answer[:0] for answer in self._run(one)]
        try:
            answers = [np.asarray(answer) for answer in self._session.run(None, fed)]
        except Exception as error:  # onnxruntime has many kinds of its own
            raise ValueError(f"onnxruntime: {first_line(error)}") from error
        if any(answer.shape[:1] != (rows,) for answer in answers):
            raise ValueError(f"the graph answers {answers[0].shape} to {rows:,} rows")
        return answers

    def _fed(self, X: Any) -> tuple[dict[str, npt.NDArray[Any]], int]:
        table = as_table(X)
        names = self._names(table)
        if len(self.graph.inputs) == 1:
            ((name, value),) = self.graph.inputs.items()
            columns = [_column(table, column, value) for column in names]
            stacked = np.stack(columns, axis=1) if len(value.shape) == 2 else columns[0]
            return {name: np.ascontiguousarray(stacked)}, table.rows
        fed = {}
        for column, (name, value) in zip(names, self.graph.inputs.items(), strict=True):
            held = _column(table, column, value)
            fed[name] = held[:, None] if len(value.shape) == 2 else held
        return fed, table.rows

    def _names(self, table: Any) -> tuple[str, ...]:
        """The columns to take, in order: by name where names are known, else as they stand."""
        known = self.columns
        if known is not None and set(known) <= set(table.names):
            return known
        by_place = known is None or table.container == "numpy"
        if not by_place or len(table.names) != self.n_features_in_:
            raise ValueError(f"found other columns than {', '.join(known[:6]) if known else self.n_features_in_}")
        return tuple(table.names)


class OnnxRegressor(OnnxModel):
    """One number a row."""

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """The graph's output; shape (rows,)."""
        return _flat(self.raw(X)[0])

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import Tags, TargetTags

        return Tags(estimator_type="regressor", target_tags=TargetTags(required=True))


class OnnxLabels(OnnxModel):
    """One class a row; what else the graph answers are no probabilities."""

    @property
    def classes_(self) -> npt.NDArray[Any]:
        return np.array(self.classes)

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """The class that the graph says; shape (rows,)."""
        return _labels(self.raw(X)[0], self.classes)

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import ClassifierTags, Tags, TargetTags

        tags = ClassifierTags()
        return Tags(estimator_type="classifier", target_tags=TargetTags(required=True), classifier_tags=tags)


class OnnxClassifier(OnnxLabels):
    """One class a row, and a probability for each."""

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """The class that the graph says, or that of the highest probability; shape (rows,)."""
        if self.outputs == "labels and probabilities":
            return super().predict(X)
        return np.asarray(self.classes_[self.predict_proba(X).argmax(axis=1)])

    def predict_proba(self, X: Any) -> npt.NDArray[np.float64]:
        """The probability of each class; shape (rows, classes)."""
        answer = self.raw(X)[-1].astype(np.float64)
        if np.isnan(answer).any():
            raise ValueError("the graph answers nan")
        if self.outputs == "labels and probabilities":
            return answer
        return _probabilities(_flat(answer), self.outputs)


def made(data: bytes, graph: Graph, columns: tuple[str, ...] | None, outputs: Outputs) -> OnnxModel:
    """The model of an audited graph; NotUnderstood where it does not answer such ``outputs``."""
    check_columns(graph, columns)
    classes = classes_of(graph, outputs)
    kinds: dict[str, type[OnnxModel]] = {"numbers": OnnxRegressor, "labels": OnnxLabels}
    model = kinds.get(outputs, OnnxClassifier)(data, graph, columns, outputs)
    model.classes = classes
    return model


def check_columns(graph: Graph, columns: tuple[str, ...] | None) -> None:
    """NotUnderstood unless the graph takes one tensor, or one input a column."""
    inputs = graph.inputs
    if not inputs:
        raise NotUnderstood("it takes nothing")
    if len(inputs) > 1 and any(value.size != 1 for value in inputs.values()):
        raise NotUnderstood("it has several inputs of several columns, not one for all columns or one for each")
    taken = sum(value.size for value in inputs.values())
    if columns is not None and len(columns) != taken:
        raise NotUnderstood(f"it takes {taken} columns, not the {len(columns)} of the data")


def told(graph: Graph) -> Outputs | None:
    """What the outputs are for certain, by the graph; None where it is to be said. NotUnderstood for other outputs."""
    outputs = list(graph.outputs.values())
    first = outputs[0]
    if first.kind in ("int64", "string") and _is_column(first) and len(outputs) <= 2:
        if first.classes is None:
            raise NotUnderstood("it answers labels, and does not say which there are")
        if len(outputs) == 1:
            return "labels"
        second = outputs[1]
        same = second.kind != "maps" or second.classes == first.classes
        several = second.shape == (None, len(first.classes)) and second.kind in ("float", "double", "maps")
        return "labels and probabilities" if same and several else "labels"
    if len(outputs) == 1 and first.kind in ("float", "double") and (_is_column(first) or _is_matrix(first)):
        if first.made_by == "Sigmoid" or (not _is_column(first) and first.made_by not in _TOLD):
            return None
        return "numbers" if _is_column(first) else _TOLD[first.made_by]  # type: ignore[return-value]
    shown = ", ".join(f"{name!r}: {v.kind}" for name, v in list(graph.outputs.items())[:4])
    raise NotUnderstood(f"it answers {shown}; not a label with or without probabilities, nor one tensor of numbers")


def classes_of(graph: Graph, outputs: Outputs) -> tuple[Any, ...]:
    """The classes; none of numbers."""
    first, known = next(iter(graph.outputs.values())), told(graph)
    if (known in LABELS) != (outputs in LABELS) or (outputs == LABELS[1] and known != LABELS[1]):
        raise NotUnderstood(f"it answers {known or 'numbers'}, not {outputs}")
    if outputs == "numbers" and not _is_column(first):
        raise NotUnderstood(f"it answers {first.size} numbers a row, not one")
    if outputs in LABELS:
        return first.classes or ()
    return () if outputs == "numbers" else tuple(range(max(first.size, 2)))


def are_probabilities(scores: npt.NDArray[Any]) -> bool:
    """Whether what stands beside the labels is a probability for each class, which an SVM's scores are not."""
    found = scores.astype(np.float64)
    return bool((found >= -_SUM).all() and (np.abs(found.sum(axis=1) - 1) < _SUM).all())


def some_rows(model: OnnxModel) -> Any:
    """Rows of nothing in particular, where none are given."""
    columns = [value for value in model.graph.inputs.values() for _ in range(value.size)]
    random, names = np.random.default_rng(0), model.columns or tuple(map(str, range(len(columns))))
    drawn = [random.normal(size=8) if v.kind in ("float", "double") else np.zeros(8) for v in columns]
    texts = np.full(8, "", dtype=object)
    table = {n: texts if v.kind == "string" else d for n, v, d in zip(names, columns, drawn, strict=True)}
    return from_columns(table)


def _is_column(value: Value) -> bool:
    return value.shape in ((None,), (None, 1))


def _is_matrix(value: Value) -> bool:
    return len(value.shape) == 2 and value.shape[0] is None


def _flat(answer: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return answer[:, 0] if answer.ndim == 2 and answer.shape[1] == 1 else answer


def _labels(answer: npt.NDArray[Any], classes: tuple[Any, ...]) -> npt.NDArray[Any]:
    return _flat(answer).astype(np.array(classes).dtype)


def _probabilities(answer: npt.NDArray[np.float64], outputs: Outputs) -> npt.NDArray[np.float64]:
    if outputs == "log-probabilities":
        answer = np.exp(answer)
    elif outputs == "logits" and answer.ndim == 1:
        answer = np.exp(-np.logaddexp(0, -answer))
    elif outputs == "logits":
        answer = np.exp(answer - answer.max(axis=1, keepdims=True))
        answer = answer / answer.sum(axis=1, keepdims=True)
    return np.stack([1 - answer, answer], axis=1) if answer.ndim == 1 else answer


def _column(table: Any, name: str, value: Value) -> npt.NDArray[Any]:
    """A column as the kind of tensor that the graph takes."""
    if value.kind == "string":
        words = table.strings(name)
        if any(word is None for word in words):
            raise ValueError(f"the column {name!r} lacks values (nan)")
        return np.asarray(words, dtype=object)
    if table.kinds[name] not in _NUMERIC and table.rows:
        raise ValueError(f"the column {name!r} holds no numbers")
    numbers = table.numbers(name)
    if value.kind in ("float", "double"):
        return np.asarray(numbers, dtype=_DTYPES[value.kind])
    if not np.isfinite(numbers).all():
        raise ValueError(f"the column {name!r} lacks values (nan), and is taken as {value.kind}")
    if (numbers != np.floor(numbers)).any():
        raise ValueError(f"the column {name!r} holds fractions, and is taken as {value.kind}")
    return np.asarray(numbers.astype(_DTYPES[value.kind]))


def _session(runnable: bytes) -> Any:
    """One thread, no optimizer, no settings of the model's, nothing beside the bytes."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.enable_cpu_mem_arena = options.enable_mem_pattern = False
    options.use_deterministic_compute = True
    options.log_severity_level = 4
    options.add_session_config_entry("session.load_model_format", "ONNX")  # it has another, unaudited one
    try:
        return onnxruntime.InferenceSession(runnable, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime has many kinds of its own
        raise BadInput(
            f"onnxruntime does not load this graph: {first_line(error)}", expected="a graph that it runs"
        ) from error
