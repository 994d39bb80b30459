"""Whether two fitted models are the same: their parameters, and every answer they give to the same rows.

Predictions on the training rows alone are no proof: two different trees can agree on all of them. So rows are made
up that neither model has seen, from plausible values. Where even these tell nothing, because they all get the same
answer or none, equality counts only if the two models hold the same, bit for bit.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from ipymlops.pipelines import learned

if TYPE_CHECKING:
    import numpy.typing as npt

METHODS = ("predict", "predict_proba", "decision_function", "transform", "score_samples")
ATTRIBUTES = ("feature_names_in_", "classes_", "n_features_in_")
HELD = "parameters and buffers"  # of torch modules
LEARNED, NUMBERS = "learned_", "learned numbers"  # a model may give all that it learned as one array
UNSEEN = "perturbed"  # the table of rows that neither model was trained on
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
        return f"{self.method} on {self.rows:,} {self.data} rows" if self.data else f"{self.rows:,} {self.method}"


@dataclass(frozen=True, slots=True)
class Likeness:
    """Everything that was compared. ``digest`` stands for the trained model's answers."""

    answers: tuple[Answers, ...]
    differences: tuple[str, ...]  # of parameters and attributes, in words
    digest: str
    unsteady: tuple[str, ...] = ()  # methods whose answers to the same rows are others each time
    weak: str = ""  # in words, why equal answers tell little here
    held_alike: bool = False  # whether the models hold the same, bit for bit; only asked where answers tell little

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Likeness:
        answers = tuple(Answers(**a) for a in record["answers"])
        words = {name: tuple(record[name]) for name in ("differences", "unsteady")}
        return cls(**{**record, **words, "answers": answers})


def compare_models(registered: Any, trained: Any, tables: Mapping[str, Any]) -> Likeness:
    """Compare two fitted models on tables: name -> rows, in the shape that the models take."""
    answers: list[Answers] = []
    unsteady: list[str] = []
    told: dict[str, bool] = {}  # the tables that got answers -> whether these differ from row to row
    digest = hashlib.sha256()
    for data, table in tables.items():
        for method in METHODS:
            if not hasattr(registered, method):
                continue
            expected, found = _ask(registered, method, table), _ask(trained, method, table)
            digest.update(_bytes(found))
            if isinstance(expected, str) and isinstance(found, str):
                continue
            compared = _compared(method, data, expected, found)
            if not compared.close and not compared.problem and _is_unsteady(registered, method, table, expected):
                unsteady.append(method)
                continue
            answers.append(compared)
            told[data] = told.get(data, False) or _varies(expected)
    weak = _weakness(tables, told)
    held = _compared_held(registered, trained) if answers else None
    if held is not None:
        answers.append(held)
    alike = bool(weak) and (held.identical if held is not None else learned.same(registered, trained))
    return Likeness(
        tuple(answers),
        tuple(_differences(registered, trained)),
        digest.hexdigest(),
        tuple(dict.fromkeys(unsteady)),
        weak,
        alike,
    )


def _compared_held(registered: Any, trained: Any) -> Answers | None:
    """All that the models learned, number by number, where both give it."""
    if hasattr(registered, "tensors") and hasattr(trained, "tensors"):
        return _compared_tensors(registered.tensors(), trained.tensors())
    if hasattr(registered, LEARNED) and hasattr(trained, LEARNED):
        return _compared(NUMBERS, "", getattr(registered, LEARNED), getattr(trained, LEARNED))
    return None


def _compared_tensors(expected: Mapping[str, Any], found: Mapping[str, Any]) -> Answers:
    """What torch modules hold, number by number."""
    import numpy as np

    kinds = ({name: (array.shape, array.dtype) for name, array in side.items()} for side in (expected, found))
    if next(kinds) != next(kinds):
        return Answers(HELD, "", 0, False, False, 0, 0.0, "names, types or shapes differ")
    flat = (np.concatenate([np.zeros(0), *(side[name].ravel() for name in sorted(side))]) for side in (expected, found))
    return _compared(HELD, "", next(flat), next(flat))


def _is_unsteady(model: Any, method: str, table: Any, before: Any) -> bool:
    """Whether the registered model itself answers the same rows in another way when it is asked again."""
    again = _ask(model, method, table)
    return isinstance(again, str) or isinstance(before, str) or not _compared(method, "", before, again).close


def _varies(answer: Any) -> bool:
    return not isinstance(answer, str) and len(answer) > 1 and not bool(_same(answer, answer[:1]).all())


def _weakness(tables: Mapping[str, Any], told: Mapping[str, bool]) -> str:
    if not told:
        return ""
    if UNSEEN in tables and UNSEEN not in told:
        return "no answer could be had to rows that were not trained on"
    return "" if any(told.values()) else "every row that was compared gets the same answer"


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
    if isinstance(answer, list | tuple) and answer and np.ndim(answer[0]):  # predict_proba of several outputs
        answer = np.concatenate([np.asarray(a).reshape(len(a), -1) for a in answer], axis=1)
    answer, rows = np.asarray(answer), len(table)
    given = answer.shape[0] if answer.ndim else 1
    return answer if given == rows else f"gives {given:,} answers to {rows:,} rows"


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

    if "O" in (one.dtype.kind, other.dtype.kind):
        pairs = zip(*(a.astype(object).ravel() for a in np.broadcast_arrays(one, other)), strict=True)
        return np.array([_equal(a, b) for a, b in pairs], dtype=bool).reshape(one.shape)
    same: npt.NDArray[Any] = np.asarray(one == other)
    missing: npt.NDArray[Any] = np.asarray(one != one) & np.asarray(other != other)
    return np.asarray(same | missing)


def _equal(one: Any, other: Any) -> bool:
    """Also where both are missing: NaN is not equal to itself, and pandas' NA not to anything."""
    import numpy as np

    if one is other:
        return True
    found = one == other
    if isinstance(found, bool | np.bool_):
        return bool(found) or bool(one != one and other != other)
    return hasattr(found, "all") and np.shape(one) == np.shape(other) and bool(found.all())


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
