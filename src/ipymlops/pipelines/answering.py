"""One method of two models, asked for the same rows: what each answers, and how far apart the answers are."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ipymlops.pipelines.sparse_rows import rows_in

if TYPE_CHECKING:
    from hashlib import _Hash

    import numpy.typing as npt

METHODS = ("predict", "predict_proba", "decision_function", "transform", "score_samples")
RELATIVE, ABSOLUTE = 1e-9, 1e-12  # what still counts as within tolerance


@dataclass(frozen=True, slots=True)
class Answers:
    """One method of both models on one table."""

    method: str
    data: str  # "benchmark", "training", "perturbed", "incomplete", "unfamiliar"
    rows: int
    identical: bool
    close: bool
    differing: int  # rows
    largest: float
    problem: str = ""  # words, where one of them raised or the shapes differ

    @property
    def words(self) -> str:
        return f"{self.method} on {self.rows:,} {self.data} rows" if self.data else f"{self.rows:,} {self.method}"


@dataclass(slots=True)
class Inquiry:
    """Two models, and all that they have answered so far."""

    registered: Any
    trained: Any
    answers: list[Answers] = field(default_factory=list)
    unsteady: list[str] = field(default_factory=list)
    told: dict[str, bool] = field(default_factory=dict)  # tables with answers -> whether these differ from row to row
    digest: _Hash = field(default_factory=hashlib.sha256)  # of what the trained one answered

    def put(self, data: str, table: Any) -> bool:
        """Ask both for these rows, by every method; False where both refuse them alike."""
        methods = [method for method in METHODS if hasattr(self.registered, method)]
        return True in [self._put(method, data, table) for method in methods]

    def _put(self, method: str, data: str, table: Any) -> bool:
        expected, found = ask(self.registered, method, table), ask(self.trained, method, table)
        self.digest.update(as_bytes(found))
        if isinstance(expected, str) and isinstance(found, str) and expected == found:
            return False
        one = compared(method, data, rows_in(table), expected, found)
        if not one.close and not one.problem and is_unsteady(self.registered, method, table, expected):
            self.unsteady.append(method)
            return True
        self.answers.append(one)
        self.told[data] = self.told.get(data, False) or varies(expected)
        return True


def together(answers: list[Answers]) -> Answers:
    """Those of one method to several tables of one name."""
    first = answers[0]
    return Answers(
        first.method,
        first.data,
        sum(a.rows for a in answers),
        all(a.identical for a in answers),
        all(a.close for a in answers),
        sum(a.differing for a in answers),
        max(a.largest for a in answers),
        next((a.problem for a in answers if a.problem), ""),
    )


def ask(model: Any, method: str, table: Any) -> Any:
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
    answer, rows = np.asarray(answer), rows_in(table)
    given = answer.shape[0] if answer.ndim else 1
    return answer if given == rows else f"gives {given:,} answers to {rows:,} rows"


def compared(method: str, data: str, rows: int, expected: Any, found: Any) -> Answers:
    import numpy as np

    if isinstance(expected, str) or isinstance(found, str):
        said = [f"the pipeline's model {found}"] if isinstance(found, str) else []
        said += [f"the registered model {expected}"] if isinstance(expected, str) else []
        words = ", ".join(said)
        return Answers(method, data, rows, False, False, rows, 0.0, words)
    if expected.shape != found.shape:
        words = f"its shape is {found.shape}, was {expected.shape}"
        return Answers(method, data, rows, False, False, rows, 0.0, words)
    numeric = expected.dtype.kind in "fiub" and found.dtype.kind in "fiub"
    equal = same(expected, found)
    differing = int((~equal.reshape(rows, -1).all(axis=1)).sum()) if rows else 0
    identical = differing == 0 and (expected.dtype == found.dtype or not numeric)
    if not numeric:
        return Answers(method, data, rows, identical, identical, differing, 0.0)
    one, other = expected.astype(np.float64), found.astype(np.float64)
    close = bool(np.allclose(one, other, rtol=RELATIVE, atol=ABSOLUTE, equal_nan=True))
    with np.errstate(invalid="ignore"):
        gaps = np.abs(one - other)
    finite = gaps[np.isfinite(gaps)]
    return Answers(method, data, rows, identical, close, differing, float(finite.max()) if finite.size else 0.0)


def same(one: npt.NDArray[Any], other: npt.NDArray[Any]) -> npt.NDArray[Any]:
    import numpy as np

    if "O" in (one.dtype.kind, other.dtype.kind):
        pairs = zip(*(a.astype(object).ravel() for a in np.broadcast_arrays(one, other)), strict=True)
        return np.array([_equal(a, b) for a, b in pairs], dtype=bool).reshape(one.shape)
    equal: npt.NDArray[Any] = np.asarray(one == other)
    missing: npt.NDArray[Any] = np.asarray(one != one) & np.asarray(other != other)
    return np.asarray(equal | missing)


def _equal(one: Any, other: Any) -> bool:
    """Also where both are missing: NaN is not equal to itself, and pandas' NA not to anything."""
    import numpy as np

    if one is other:
        return True
    found = one == other
    if isinstance(found, bool | np.bool_):
        return bool(found) or bool(one != one and other != other)
    return hasattr(found, "all") and np.shape(one) == np.shape(other) and bool(found.all())


def as_bytes(answer: Any) -> bytes:
    if isinstance(answer, str):
        return answer.encode()
    return "\0".join(map(str, answer.ravel())).encode() if answer.dtype.kind == "O" else bytes(answer.tobytes())


def is_unsteady(model: Any, method: str, table: Any, before: Any) -> bool:
    """Whether the registered model itself answers the same rows in another way when it is asked again."""
    again = ask(model, method, table)
    if isinstance(again, str) or isinstance(before, str):
        return True
    return not compared(method, "", rows_in(table), before, again).close


def varies(answer: Any) -> bool:
    return not isinstance(answer, str) and len(answer) > 1 and not bool(same(answer, answer[:1]).all())
