"""A torch module with the methods of a fitted model, so that tables can be put to it and its answers can be judged.

One rule: the columns of the table, in the order of training, become one tensor of floats [rows, columns]. The module,
in evaluation mode, answers [rows] or [rows, 1], which is one output, or [rows, k]. What outputs mean is said by
``outputs``: ``numbers``; ``logits``, whose sigmoid (one output) or softmax are probabilities; ``probabilities``; or
``log-probabilities``. Class number i is the whole number i; one output is of class 1 of 0 and 1.
"""

from __future__ import annotations

from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import torch

from ipymlops.errors import BadInput, UnsafeModel, first_line
from ipymlops.frames import as_table

Outputs = Literal["numbers", "logits", "probabilities", "log-probabilities"]
OUTPUTS: tuple[Outputs, ...] = get_args(Outputs)
_AT_ONCE = 65_536  # rows
_NUMERIC = ("number", "integer", "boolean")
SAMPLE = 500  # rows that are asked before and after a module is stored


class TorchModel:
    """The module, the names of the columns that it takes, what its outputs mean and how many it has a row."""

    def __init__(self, module: Any, columns: tuple[str, ...], outputs: Outputs, width: int) -> None:
        self.module = module
        self.columns = columns
        self.outputs = outputs
        self.width = width
        self.sample: npt.NDArray[Any] | None = None  # rows to ask before it is stored

    def __repr__(self) -> str:
        return f"{type(self).__name__}({type(self.module).__name__}, outputs={self.outputs!r})"

    @property
    def n_features_in_(self) -> int:
        return len(self.columns)

    @property
    def estimator_name(self) -> str:
        """What people call it."""
        return f"{type(self.module).__name__} of torch"

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Its layers as torch prints them, and what its outputs mean; numbers are compared by ``tensors``."""
        return {"layers": repr(self.module), "outputs": self.outputs}

    def tensors(self) -> dict[str, npt.NDArray[Any]]:
        """Parameters and buffers by name."""
        return {name: _array(tensor) for name, tensor in self.module.state_dict().items()}

    def raw(self, X: Any) -> npt.NDArray[Any]:
        """The module's own answer to a table, in evaluation mode."""
        rows = self._rows(X)
        before = [(part, part.training) for part in self.module.modules()]
        self.module.eval()
        try:
            with torch.no_grad():
                parts = [self.module(rows[at : at + _AT_ONCE]) for at in range(0, max(len(rows), 1), _AT_ONCE)]
        finally:
            for part, training in before:
                part.training = training
        return self._answers(parts, len(rows))

    def _rows(self, X: Any) -> Any:
        table = as_table(X)
        names = self.columns if set(self.columns) <= set(table.names) else table.names
        if names is table.names and (len(names) != len(self.columns) or table.container != "numpy"):
            raise ValueError(f"found other columns than {', '.join(self.columns[:6])}")
        if strange := [name for name in names if table.kinds[name] not in _NUMERIC and table.rows]:
            raise ValueError(f"the column {strange[0]!r} holds no numbers")
        floats = (p.dtype for p in self.module.parameters() if p.dtype.is_floating_point)
        matrix = np.column_stack([table.numbers(name) for name in names])
        return torch.from_numpy(matrix).to(next(floats, torch.float32))

    def _answers(self, parts: list[Any], rows: int) -> npt.NDArray[Any]:
        if not all(isinstance(part, torch.Tensor) for part in parts):
            raise ValueError(f"the module answers a {type(parts[0]).__name__}, not one tensor")
        answer = _array(torch.cat(parts))
        if answer.ndim == 2 and answer.shape[1] == 1:
            answer = answer[:, 0]
        if answer.ndim not in (1, 2) or len(answer) != rows:
            raise ValueError(f"the module answers the shape {answer.shape} to {rows:,} rows")
        return answer


class TorchRegressor(TorchModel):
    """One number a row."""

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """The module's output; shape (rows,)."""
        return self.raw(X)

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import Tags, TargetTags

        return Tags(estimator_type="regressor", target_tags=TargetTags(required=True))


class TorchClassifier(TorchModel):
    """One of the classes 0, 1, ... a row, with their probabilities."""

    @property
    def classes_(self) -> npt.NDArray[np.int64]:
        return np.arange(max(self.width, 2))

    def predict(self, X: Any) -> npt.NDArray[np.int64]:
        """The class of the highest probability; shape (rows,)."""
        return np.asarray(self.predict_proba(X).argmax(axis=1), dtype=np.int64)

    def predict_proba(self, X: Any) -> npt.NDArray[np.float64]:
        """The probability of each class, computed from the outputs in double precision; shape (rows, classes)."""
        answer = torch.from_numpy(self.raw(X).astype(np.float64))
        if torch.isnan(answer).any():
            raise ValueError("the module answers nan")
        single = answer.ndim == 1
        if self.outputs == "logits":
            answer = torch.sigmoid(answer) if single else torch.softmax(answer, dim=1)
        elif self.outputs == "log-probabilities":
            answer = torch.exp(answer)
        found: npt.NDArray[np.float64] = (torch.stack([1 - answer, answer], dim=1) if single else answer).numpy()
        return found

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import ClassifierTags, Tags, TargetTags

        tags = ClassifierTags()
        return Tags(estimator_type="classifier", target_tags=TargetTags(required=True), classifier_tags=tags)


def made(module: Any, columns: tuple[str, ...], outputs: Outputs, width: int) -> TorchModel:
    """The model of a module with ``width`` outputs a row; nothing is asked of the module."""
    kind = TorchRegressor if outputs == "numbers" else TorchClassifier
    return kind(module, columns, outputs, width)


def likewise(module: Any, known: TorchModel) -> TorchModel:
    """Another module of the same line, which takes the same columns and whose outputs mean the same."""
    answer = TorchModel(module, known.columns, known.outputs, 1).raw(np.zeros((2, len(known.columns))))
    return made(module, known.columns, known.outputs, _width(answer))


def checked(module: Any, columns: tuple[str, ...], outputs: Outputs, rows: Any) -> TorchModel:
    """The model of a module that a notebook registers."""
    _refuse_unsupported(module)
    sample = _sample(as_table(rows))
    try:
        width = _width(TorchModel(module, columns, outputs, 1).raw(sample))
    except Exception as error:  # forward is the author's, and may raise anything
        raise BadInput(
            f"This torch module does not answer the training rows: {first_line(error)}",
            expected=f"one that takes a tensor of floats [rows, {len(columns)}] and answers [rows] or [rows, classes]",
            next_step="give the columns that it was trained on: --train X y",
        ) from error
    if outputs == "numbers" and width > 1:
        raise BadInput(f"This torch module answers {width} numbers a row", expected="one number, or classes")
    model = made(module, columns, outputs, width)
    model.sample = sample
    return model


def same_bits(one: npt.NDArray[Any], other: npt.NDArray[Any]) -> bool:
    """Whether two arrays are equal bit for bit."""
    return one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()


def _sample(table: Any) -> Any:
    if table.rows <= SAMPLE:
        return table.native
    return table.take(np.linspace(0, table.rows - 1, SAMPLE).astype(np.intp))


def _width(answer: npt.NDArray[Any]) -> int:
    return 1 if answer.ndim == 1 else int(answer.shape[1])


def _refuse_unsupported(module: Any) -> None:
    if isinstance(module, torch.jit.ScriptModule):
        raise UnsafeModel(
            "This torch module is compiled TorchScript",
            expected="the module that it was made of",
            next_step="register the module itself, before torch.jit",
        )
    if hasattr(module, "_orig_mod"):
        raise UnsafeModel(
            "This torch module is compiled (torch.compile)",
            expected="the module that was compiled",
            next_step="register its _orig_mod",
        )


def _array(tensor: Any) -> npt.NDArray[Any]:
    tensor = tensor.detach().cpu()
    found: npt.NDArray[Any] = (tensor.float() if tensor.dtype == torch.bfloat16 else tensor).numpy()
    return found
