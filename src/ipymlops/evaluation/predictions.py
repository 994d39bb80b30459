"""What a fitted model says about a table, checked once, so that everything after it works on plain arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ipymlops.errors import BadInput
from ipymlops.evaluation.answers import Answers, Predictions
from ipymlops.evaluation.models import ask, check_fitted, gives_probabilities, known_classes, rows_of, task_of
from ipymlops.evaluation.positive import turned, with_positive
from ipymlops.evaluation.results import Task
from ipymlops.evaluation.targets import (
    Array,
    Floats,
    as_numbers,
    class_positions,
    found_classes,
    missing_labels,
    notes_on_missing,
    refuse_continuous,
)
from ipymlops.frames import vector
from ipymlops.phrases import count

NAMELESS = ("benchmark", "table", "given data")  # what rows are called that have no name of their own


def predict(
    model: Any, X: Any, y: Any, *, from_scores: bool = False, data: str = "table", positive: Any = None
) -> Predictions:
    """Ask the model about every row that has a label; raises BadInput for whatever cannot be judged.

    ``from_scores`` takes the class of the highest probability for the predicted one where there are probabilities,
    which spares a second pass through the model; a model with a threshold of its own answers otherwise. ``data`` is
    what an error calls the rows, ``positive`` the class of two that is flagged (default: the model's second).
    """
    targets = vector(y)
    rows = rows_of(X)
    if rows != len(targets):
        raise BadInput(f"Found {count(rows, 'row')} in X and {len(targets):,} in y", expected="as many labels as rows")
    if rows == 0:
        raise BadInput("Found a table without rows", expected="at least one row")
    check_fitted(model)
    present = ~missing_labels(targets)
    if not present.any():
        raise BadInput("Found no row with a label", expected="at least one")
    task = task_of(model, targets[present])
    if task == "regression":
        found = _read_numbers(model, X, targets, present)
    else:
        found = _read_classes(model, X, targets, present, task, from_scores, data)
    return found if positive is None else with_positive(found, positive)


def answer(model: Any, X: Any, *, like: Answers) -> Answers:
    """Ask the model about every row of ``X``, which needs no labels. Task and classes are those of ``like``, what the
    same model said of rows with labels, and so is which class is the positive one."""
    rows = rows_of(X)
    if rows == 0:
        raise BadInput("Found a table without rows", expected="at least one row")
    said = vector(ask(model, "predict", X))
    if like.task == "regression":
        return Answers("regression", as_numbers(said, "prediction"))
    classes = like.classes[::-1] if like.turned else like.classes
    predicted = class_positions(said, classes, "prediction", "; its classes do not hold {}")
    probabilities, scores, _ = _scores(model, X, np.ones(rows, dtype=bool), len(classes))
    found = Answers(like.task, predicted, classes, probabilities, scores)
    return turned(found) if like.turned else found


def truths(labels: Any, like: Answers, data: str) -> tuple[Array, npt.NDArray[np.bool_]]:
    """Labels as ``Answers.judged_by`` takes them, of the rows that have one, and which rows these are, (n,)."""
    targets = vector(labels)
    present = ~missing_labels(targets)
    if like.task == "regression":
        return as_numbers(targets[present], "target"), present
    return class_positions(targets[present], like.classes, "label", _untaught(data)), present


def _untaught(data: str) -> str:
    """Where labels are that no class is, as ``class_positions`` ends its sentence: a table has a name, or none."""
    braces = str.maketrans({"{": "{{", "}": "}}"})
    where = f"the {data}" if data in NAMELESS else data.translate(braces)
    return f" in {where}; the model was not trained on {{}}"


def _read_numbers(model: Any, X: Any, targets: Array, present: Array) -> Predictions:
    true = as_numbers(targets[present], "target")
    predicted = as_numbers(vector(ask(model, "predict", X))[present], "prediction")
    return Predictions("regression", true, predicted, notes=notes_on_missing(present))


def _read_classes(
    model: Any, X: Any, targets: Array, present: Array, task: Task, from_scores: bool, data: str
) -> Predictions:
    labels = targets[present]
    classes = known_classes(model)
    answers = None
    from_scores = from_scores or gives_probabilities(model)
    if not (from_scores and classes and hasattr(model, "predict_proba")):
        answers = vector(ask(model, "predict", X))[present]
        classes = classes or found_classes(labels, answers)
    refuse_continuous(labels, classes)
    probabilities, scores, notes = _scores(model, X, present, len(classes))
    if answers is not None:
        predicted = class_positions(answers, classes, "prediction", "; its classes do not hold {}")
    elif probabilities is not None:
        predicted = np.argmax(probabilities, axis=1)
    elif gives_probabilities(model) and scores is not None:  # of a link that does not keep them within 0..1
        predicted = (scores > 0.5).astype(np.intp)
    else:
        return _read_classes(model, X, targets, present, task, False, data)
    return Predictions(
        task,
        class_positions(labels, classes, "label", _untaught(data)),
        predicted,
        classes,
        probabilities,
        scores,
        (*notes_on_missing(present), *notes),
    )


def _scores(model: Any, X: Any, present: Array, count: int) -> tuple[Floats | None, Floats | None, tuple[str, ...]]:
    """Probabilities and ranking scores, from whichever of its methods the model has."""
    if count < 2:
        return None, None, ("the model knows one class only",)
    if hasattr(model, "predict_proba"):
        given = np.asarray(ask(model, "predict_proba", X), dtype=np.float64)
        _check_scores(given, (len(present), count))
        return _probabilities(given[present])
    if hasattr(model, "decision_function") and count == 2:
        given = np.asarray(ask(model, "decision_function", X), dtype=np.float64)
        _check_scores(given, (len(present),))
        return None, given[present], ()
    return None, None, ()


def _probabilities(given: Floats) -> tuple[Floats | None, Floats | None, tuple[str, ...]]:
    scores = given[:, 1] if given.shape[1] == 2 else None
    sums = given.sum(axis=1)
    away = float(np.abs(sums - 1).max())
    outside = np.asarray(((given < 0) | (given > 1)).any(axis=1))
    if outside.any():
        worst = given.min() if given.min() < 0 else given.max()
        return None, scores, (_no_probabilities(outside, f"lie outside 0..1, such as {worst:.4g}"),)
    if away > 1e-3:
        off = np.abs(sums - 1) > 1e-3
        return None, scores, (_no_probabilities(off, f"do not sum to 1, but to {sums[off][0]:.4g}"),)
    # Single-precision probabilities miss 1 by a rounding that scikit-learn warns of.
    return (given / sums[:, None] if away > 1e-9 else given), scores, ()


def _no_probabilities(rows: Array, why: str) -> str:
    return f"predict_proba does not give probabilities: those of {rows.sum():,} of {count(len(rows), 'row')} {why}"


def _check_scores(given: Floats, shape: tuple[int, ...]) -> None:
    if given.shape != shape:
        raise BadInput(f"Found scores of shape {given.shape}", expected=f"shape {shape}: one column a class")
    bad = int((~np.isfinite(given)).reshape(len(given), -1).any(axis=1).sum())
    if bad:
        raise BadInput(
            f"Found {count(bad, 'row')} whose scores are not numbers", expected="a finite score for every row"
        )
