"""What a fitted model says about a table, checked once, so that everything after it works on plain arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ipymlops.errors import BadInput
from ipymlops.evaluation.answers import Answers, Predictions
from ipymlops.evaluation.results import Task
from ipymlops.evaluation.targets import (
    Array,
    Floats,
    as_numbers,
    class_positions,
    counted,
    found_classes,
    looks_like_classes,
    missing_labels,
    notes_on_missing,
    refuse_continuous,
    without_missing,
)
from ipymlops.frames import as_table, vector

# By scikit-learn's tags: their answers are numbers of groups or densities, of which no label says anything.
UNSUPERVISED = {"clusterer": "a clusterer", "density_estimator": "a density estimator"}
# What a fit writes down before it learns anything.
COLUMNS_SEEN = {"n_features_in_", "feature_names_in_"}


def task_of(model: Any, y: Any) -> Task:
    """What the model answers: one of two classes, one of several, or a number.

    The model decides where it says so (scikit-learn's tags, ``classes_`` or ``predict_proba``); else the targets.
    """
    targets = without_missing(vector(y))
    if _is_regressor(model):
        return "regression"
    if not (_is_classifier(model) or looks_like_classes(targets)):
        return "regression"
    classes = getattr(model, "classes_", None)
    count = len(classes) if classes is not None else len(set(targets.tolist()))
    return "binary" if count <= 2 else "multiclass"


def predict(model: Any, X: Any, y: Any, *, from_scores: bool = False, data: str = "table") -> Predictions:
    """Ask the model about every row that has a label; raises BadInput for whatever cannot be judged.

    ``from_scores`` takes the class of the highest probability for the predicted one where there are probabilities,
    which spares a second pass through the model; a model with a threshold of its own answers otherwise. ``data`` is
    what an error calls the rows.
    """
    targets = vector(y)
    rows = _rows(X)
    if rows != len(targets):
        raise BadInput(f"Found {rows:,} rows in X and {len(targets):,} in y", expected="as many labels as rows")
    if rows == 0:
        raise BadInput("Found a table without rows", expected="at least one row")
    check_fitted(model)
    present = ~missing_labels(targets)
    if not present.any():
        raise BadInput("Found no row with a label", expected="at least one")
    task = task_of(model, targets[present])
    if task == "regression":
        return _read_numbers(model, X, targets, present)
    return _read_classes(model, X, targets, present, task, from_scores, data)


def answer(model: Any, X: Any, *, like: Answers) -> Answers:
    """Ask the model about every row of ``X``, which needs no labels. Task and classes are those of ``like``, what the
    same model said of rows with labels."""
    rows = _rows(X)
    if rows == 0:
        raise BadInput("Found a table without rows", expected="at least one row")
    said = vector(_ask(model, "predict", X))
    if like.task == "regression":
        return Answers("regression", as_numbers(said, "predictions"))
    predicted = class_positions(said, like.classes, "prediction", "; its classes do not hold {}")
    probabilities, scores, _ = _scores(model, X, np.ones(rows, dtype=bool), len(like.classes))
    return Answers(like.task, predicted, like.classes, probabilities, scores)


def truths(labels: Any, like: Answers, data: str) -> tuple[Array, npt.NDArray[np.bool_]]:
    """Labels as ``Answers.judged_by`` takes them, of the rows that have one, and which rows these are, (n,)."""
    targets = vector(labels)
    present = ~missing_labels(targets)
    if like.task == "regression":
        return as_numbers(targets[present], "targets"), present
    said = f" in the {data}; the model was not trained on {{}}"
    return class_positions(targets[present], like.classes, "label", said), present


def _read_numbers(model: Any, X: Any, targets: Array, present: Array) -> Predictions:
    true = as_numbers(targets[present], "targets")
    predicted = as_numbers(vector(_ask(model, "predict", X))[present], "predictions")
    return Predictions("regression", true, predicted, notes=notes_on_missing(present))


def _read_classes(
    model: Any, X: Any, targets: Array, present: Array, task: Task, from_scores: bool, data: str
) -> Predictions:
    labels = targets[present]
    classes = _known_classes(model)
    answers = None
    from_scores = from_scores or gives_probabilities(model)
    if not (from_scores and classes and hasattr(model, "predict_proba")):
        answers = vector(_ask(model, "predict", X))[present]
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
        class_positions(labels, classes, "label", f" in the {data}; the model was not trained on {{}}"),
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
        given = np.asarray(_ask(model, "predict_proba", X), dtype=np.float64)
        _check_scores(given, (len(present), count))
        return _probabilities(given[present])
    if hasattr(model, "decision_function") and count == 2:
        given = np.asarray(_ask(model, "decision_function", X), dtype=np.float64)
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
    return f"predict_proba does not give probabilities: those of {rows.sum():,} of {len(rows):,} rows {why}"


def _check_scores(given: Floats, shape: tuple[int, ...]) -> None:
    if given.shape != shape:
        raise BadInput(f"Found scores of shape {given.shape}", expected=f"shape {shape}: one column a class")
    bad = int((~np.isfinite(given)).reshape(len(given), -1).any(axis=1).sum())
    if bad:
        raise BadInput(f"Found {bad:,} rows whose scores are not numbers", expected="a finite score for every row")


def _ask(model: Any, method: str, X: Any) -> Any:
    try:
        answer = getattr(model, method)(X)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        if _is_not_fitted(error):
            raise _unfitted(model) from error
        if "nan" in str(error).lower() and (lacking := _lacking(X)):
            raise _reads_no_missing(lacking) from error
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise BadInput(
            f"The model cannot read these rows: {reason}",
            expected="the columns it was trained on, in type and order",
        ) from error
    if len(answer) != _rows(X):
        raise BadInput(f"Found {len(answer):,} predictions for {_rows(X):,} rows", expected="one a row")
    if _has_nan(answer) and (lacking := _lacking(X)):
        raise _reads_no_missing(lacking)
    return answer


def _has_nan(answer: Any) -> bool:
    values = np.asarray(answer)
    return values.dtype.kind == "f" and bool(np.isnan(values).any())


def _reads_no_missing(lacking: str) -> BadInput:
    return BadInput(
        f"The model cannot read missing values, and found some in {lacking}",
        expected="a value in every row, as the model was trained on",
        next_step="fill them, or train a pipeline that does",
    )


def _lacking(X: Any) -> str:
    """In words, the columns with missing values and in how many rows; empty where there are none."""
    table = as_table(X)
    counts = {name: int(table.missing(name).sum()) for name in table.names}
    return counted({repr(name): count for name, count in counts.items() if count}, "column")


def check_fitted(model: Any) -> None:
    from sklearn.base import BaseEstimator
    from sklearn.exceptions import NotFittedError
    from sklearn.utils import get_tags
    from sklearn.utils.validation import check_is_fitted

    if isinstance(model, type) or not hasattr(model, "predict"):
        way_out = "put it into a Pipeline with the model that uses it" if hasattr(model, "transform") else ""
        raise BadInput(f"Found {_name(model)} without a predict method", expected="a fitted model", next_step=way_out)
    if not isinstance(model, BaseEstimator):
        return
    if (kind := get_tags(model).estimator_type) in UNSUPERVISED:
        raise BadInput(
            f"Found {_name(model)}, {UNSUPERVISED[kind]}",
            expected="a classifier or a regressor, whose answers can be right or wrong",
            next_step="train one on its groups (as labels or as a column), and register that",
        )
    try:
        check_is_fitted(model)
    except NotFittedError as error:
        raise _unfitted(model) from error
    if _is_half_fitted(model):
        raise _unfitted(model)


def _is_half_fitted(model: Any) -> bool:
    """Whether one of scikit-learn's own has looked at its columns and learnt nothing: its fit raised on the way."""
    from sklearn.utils import get_tags

    if getattr(model, "steps", None):
        return _is_half_fitted(model.steps[-1][1])
    if not type(model).__module__.startswith("sklearn.") or not get_tags(model).requires_fit:
        return False
    learnt = {name for name in vars(model) if name.endswith("_") and not name.startswith("__")}
    return bool(learnt) and learnt <= COLUMNS_SEEN


def check_answers(model: Any, X: Any) -> None:
    """Raise BadInput where the model lacks something it needs to answer; that it refuses rows is no such thing."""
    try:
        _ask(model, "predict", X)
    except BadInput as error:
        if _is_not_fitted(error.__cause__):
            raise


def _is_not_fitted(error: BaseException | None) -> bool:
    """Whether it says so, or a part is missing that only a fit makes: ``coef_``."""
    from sklearn.base import BaseEstimator
    from sklearn.exceptions import NotFittedError

    if isinstance(error, NotFittedError) or not isinstance(error, AttributeError):
        return isinstance(error, NotFittedError)
    return isinstance(error.obj, BaseEstimator) and str(error.name).endswith("_")


def _unfitted(model: Any) -> BadInput:
    return BadInput(
        f"Found an estimator that is not fitted: {_name(model)}",
        expected="a fitted model",
        next_step="call its fit first",
    )


def _name(model: Any) -> str:
    return f"the class {model.__name__}" if isinstance(model, type) else type(model).__name__


def _known_classes(model: Any) -> tuple[Any, ...]:
    known = getattr(model, "classes_", None)
    return () if known is None else tuple(np.asarray(known).tolist())


def _is_classifier(model: Any) -> bool:
    from sklearn.base import is_classifier

    if hasattr(model, "__sklearn_tags__") and is_classifier(model):
        return True
    return hasattr(model, "predict_proba") or hasattr(model, "classes_")


def _is_regressor(model: Any) -> bool:
    """By scikit-learn's tags, which a wrapper around an estimator hands on."""
    from sklearn.base import is_regressor

    return hasattr(model, "__sklearn_tags__") and bool(is_regressor(model))


def gives_probabilities(model: Any) -> bool:
    """Whether ``predict`` itself gives the probability of the second class, as statsmodels does, and no class."""
    return bool(getattr(model, "gives_probabilities", False))


def _rows(X: Any) -> int:
    return int(X.shape[0]) if hasattr(X, "shape") else len(X)
