"""A fitted model from outside: what kind of one it is, and asking it, with each failure worded for a person."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from ipymlops.errors import BadInput
from ipymlops.evaluation.results import Task
from ipymlops.evaluation.targets import counted, looks_like_classes, without_missing
from ipymlops.frames import as_table, vector
from ipymlops.phrases import count

# By scikit-learn's tags: their answers are numbers of groups or densities, of which no label says anything.
UNSUPERVISED = {"clusterer": "a clusterer", "density_estimator": "a density estimator"}
# What libraries say of values that they cannot read because they are infinite, or too large.
_INFINITE = re.compile(r"\binf(inity|inite)?\b")
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
        ask(model, "predict", X)
    except BadInput as error:
        if _is_not_fitted(error.__cause__):
            raise


def ask(model: Any, method: str, X: Any) -> Any:
    try:
        answer = getattr(model, method)(X)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        if _is_not_fitted(error):
            raise _unfitted(model) from error
        said = str(error).lower()
        if "nan" in said and (lacking := _lacking(X)):
            raise _reads_no_missing(lacking) from error
        if _INFINITE.search(said) and (unbounded := _unbounded(X, single="float32" in said)):
            raise _reads_no_infinite(unbounded) from error
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise BadInput(
            f"The model cannot read these rows: {reason}",
            expected="the columns it was trained on, in type and order",
        ) from error
    if len(answer) != rows_of(X):
        given = count(len(answer), "prediction")
        raise BadInput(f"Found {given} for {count(rows_of(X), 'row')}", expected="one a row")
    _refuse_rows_behind(answer, X)
    return answer


def _refuse_rows_behind(answer: Any, X: Any) -> None:
    """Raise BadInput for answers that are no numbers where the rows lack values, or have infinite ones."""
    values = np.asarray(answer)
    if values.dtype.kind != "f" or np.isfinite(values).all():
        return
    if np.isnan(values).any() and (lacking := _lacking(X)):
        raise _reads_no_missing(lacking)
    if unbounded := _unbounded(X):
        raise _reads_no_infinite(unbounded)


def _reads_no_missing(lacking: str) -> BadInput:
    return BadInput(
        f"The model cannot read missing values, and found some in {lacking}",
        expected="a value in every row, as the model was trained on",
        next_step="fill them, or train a pipeline that does",
    )


def _reads_no_infinite(unbounded: str) -> BadInput:
    return BadInput(
        f"The model cannot read infinite or too large values, and found some in {unbounded}",
        expected="finite numbers, as the model was trained on",
        next_step="mend the column, often a division by zero, or clip it in the pipeline",
    )


def _unbounded(X: Any, *, single: bool = False) -> str:
    """As ``_lacking``, of infinite values; with ``single`` also of those too large for single precision."""
    table, most = as_table(X), np.finfo(np.float32 if single else np.float64).max
    numbers = [name for name in table.names if table.kinds[name] == "number"]
    counts = {name: int((np.abs(table.numbers(name)) > most).sum()) for name in numbers}
    return counted({repr(name): rows for name, rows in counts.items() if rows}, "column")


def _lacking(X: Any) -> str:
    """In words, the columns with missing values and in how many rows; empty where there are none."""
    table = as_table(X)
    counts = {name: int(table.missing(name).sum()) for name in table.names}
    return counted({repr(name): count for name, count in counts.items() if count}, "column")


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


def known_classes(model: Any) -> tuple[Any, ...]:
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


def rows_of(X: Any) -> int:
    return int(X.shape[0]) if hasattr(X, "shape") else len(X)
