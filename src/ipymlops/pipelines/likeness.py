"""Whether two fitted models are the same: their parameters, and every answer they give to the same rows.

Predictions on the training rows alone are no proof: two different trees can agree on all of them. So rows are made
up that neither model has seen, from plausible values.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy.typing as npt

METHODS = ("predict", "predict_proba", "decision_function", "transform", "score_samples")
ATTRIBUTES = ("feature_names_in_", "classes_", "n_features_in_")
RELATIVE, ABSOLUTE = 1e-9, 1e-12  # what still counts as within tolerance


@dataclass(frozen=True, slots=True)
class Answers:
    """One method of both models on one table."""

    method: str
    data: str  # "benchmark", "training", "perturbed"
    rows: int
    identical: bool
    close: bool
    differing: int  # rows
    largest: float
    problem: str = ""  # words, where one of them raised or the shapes differ

    @property
    def words(self) -> str:
        return f"{self.method} on {self.rows:,} {self.data} rows"


@dataclass(frozen=True, slots=True)
class Likeness:
    """Everything that was compared. ``digest`` stands for the trained model's answers."""

    answers: tuple[Answers, ...]
    differences: tuple[str, ...]  # of parameters and attributes, in words
    digest: str

    def to_json(self) -> dict[str, Any]:
        return {
            "answers": [asdict(a) for a in self.answers],
            "differences": list(self.differences),
            "digest": self.digest,
        }

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Likeness:
        return cls(tuple(Answers(**a) for a in record["answers"]), tuple(record["differences"]), record["digest"])


def compare_models(registered: Any, trained: Any, tables: Mapping[str, Any]) -> Likeness:
    """Compare two fitted models on tables: name -> rows, in the shape that the models take."""
    answers, digest = [], hashlib.sha256()
    for data, table in tables.items():
        for method in METHODS:
            if not hasattr(registered, method):
                continue
            expected, found = _ask(registered, method, table), _ask(trained, method, table)
            digest.update(_bytes(found))
            if not isinstance(expected, str) or not isinstance(found, str):
                answers.append(_compared(method, data, expected, found))
    return Likeness(tuple(answers), tuple(_differences(registered, trained)), digest.hexdigest())


def _ask(model: Any, method: str, table: Any) -> Any:
    """The model's answer as an array, or in words why there is none."""
    import numpy as np

    if not hasattr(model, method):
        return f"has no {method}"
    try:
        answer = getattr(model, method)(table)
    except Exception as error:  # a model may refuse rows; whether both do is what counts
        return f"raised {type(error).__name__}"
    if hasattr(answer, "toarray"):
        answer = answer.toarray()
    if isinstance(answer, list):  # predict_proba of several outputs
        answer = np.concatenate([np.asarray(a) for a in answer], axis=1)
    return np.asarray(answer)


def _compared(method: str, data: str, expected: Any, found: Any) -> Answers:
    import numpy as np

    rows = len(found if isinstance(expected, str) else expected)
    if isinstance(expected, str) or isinstance(found, str):
        words = f"the pipeline's model {found}" if isinstance(found, str) else f"the registered model {expected}"
        return Answers(method, data, rows, False, False, rows, 0.0, words)
    if expected.shape != found.shape:
        words = f"its shape is {found.shape}, was {expected.shape}"
        return Answers(method, data, rows, False, False, rows, 0.0, words)
    numeric = expected.dtype.kind in "fiub" and found.dtype.kind in "fiub"
    same = _same(expected, found)
    differing = int((~same.reshape(rows, -1).all(axis=1)).sum()) if rows else 0
    identical = differing == 0 and (expected.dtype == found.dtype or not numeric)
    if not numeric:
        return Answers(method, data, rows, identical, identical, differing, 0.0)
    one, other = expected.astype(np.float64), found.astype(np.float64)
    close = bool(np.allclose(one, other, rtol=RELATIVE, atol=ABSOLUTE, equal_nan=True))
    with np.errstate(invalid="ignore"):
        gaps = np.abs(one - other)
    finite = gaps[np.isfinite(gaps)]
    return Answers(method, data, rows, identical, close, differing, float(finite.max()) if finite.size else 0.0)


def _same(one: npt.NDArray[Any], other: npt.NDArray[Any]) -> npt.NDArray[Any]:
    import numpy as np

    same = np.asarray(one == other)
    if one.dtype.kind in "fO" and other.dtype.kind in "fO":
        same = same | (np.asarray(one != one) & np.asarray(other != other))
    return same


def _bytes(answer: Any) -> bytes:
    if isinstance(answer, str):
        return answer.encode()
    return "\0".join(map(str, answer.ravel())).encode() if answer.dtype.kind == "O" else bytes(answer.tobytes())


def _differences(registered: Any, trained: Any) -> list[str]:
    if type(registered).__name__ != type(trained).__name__:
        return [f"it is a {type(trained).__name__}, the registered model is a {type(registered).__name__}"]
    words = []
    was, now = _params(registered), _params(trained)
    for name in sorted(was.keys() | now.keys()):
        if was.get(name) != now.get(name):
            words.append(f"its parameter {name} is {now.get(name, 'not there')}, was {was.get(name, 'not there')}")
    for name in ATTRIBUTES:
        one, other = _words(getattr(registered, name, None)), _words(getattr(trained, name, None))
        if one != other:
            words.append(f"its {name} is {other}, was {one}")
    return words


def _params(model: Any) -> dict[str, str]:
    if not hasattr(model, "get_params"):
        return {}
    return {name: _words(value) for name, value in model.get_params(deep=True).items()}


def _words(value: Any) -> str:
    """A value as text that is equal for equal values: no addresses, no estimator's insides (they are listed apart)."""
    if isinstance(value, type):
        return value.__qualname__
    if hasattr(value, "get_params") or hasattr(value, "get_state") or hasattr(value, "bit_generator"):
        return type(value).__name__
    if hasattr(value, "tolist"):
        return _words(value.tolist())
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_words(k)}: {_words(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_words(v) for v in value) + "]"
    if callable(value):
        return getattr(value, "__qualname__", type(value).__name__)
    text = repr(value)
    return type(value).__name__ if " at 0x" in text else text
