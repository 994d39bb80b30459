"""What a registration was not told and the notebook's record tells: training data from the fit, test data from the
split that made it. Each find is shown with the option that overrides it; what is not certain is not used, and said.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ipymlops.errors import MlopsError
from ipymlops.phrases import count
from ipymlops.pipelines.call_log import History
from ipymlops.pipelines.fit_call import TRAIN, Unclear
from ipymlops.pipelines.held_out import TEST
from ipymlops.pipelines.torch_data import loop_data
from ipymlops.pipelines.training_data import Told, fitted_rows, held_out_data, training_data
from ipymlops.registry.serializers import columns_for, rows_for
from ipymlops.registry.serializers.torch import is_module

if TYPE_CHECKING:
    from ipymlops.project.candidate import Candidate

Evaluate = Callable[[str], Any]
# Attributes in which estimators keep how many rows they were fitted on.
ROW_COUNTS = ("n_samples_fit_", "nobs")


@dataclass(frozen=True, slots=True)
class Inferred:
    """The candidate with what was found, and in words what was found and what could not be told."""

    candidate: Candidate
    found: tuple[str, ...] = ()
    unclear: tuple[str, ...] = ()


def infer(candidate: Candidate, evaluate: Evaluate) -> Inferred:
    """Fill in the training and test data that were not given, as far as the journal tells them for certain.

    ``evaluate`` gives the value that an expression has in the notebook now.
    """
    if candidate.journal is None or not candidate.targets or (candidate.train and candidate.test):
        return Inferred(candidate)
    history = History(candidate.journal, candidate.targets[0])
    found: list[str] = []
    unclear: list[str] = []
    for step in (_training, _test):
        try:
            candidate, words = step(candidate, history, evaluate)
        except Unclear as error:
            unclear.append(str(error))
            candidate = _fitted_rows(candidate, history) if step is _training else candidate
        else:
            found += words
    return Inferred(candidate, tuple(found), tuple(unclear))


def _training(candidate: Candidate, history: History, evaluate: Evaluate) -> tuple[Candidate, list[str]]:
    if candidate.train is not None:
        return candidate, []
    is_fitted = not is_module(candidate.model)
    told = training_data(history) if is_fitted else loop_data(history)
    train = _taken(told, lambda: rows_for(candidate.model, _values(told, evaluate, TRAIN)), TRAIN)
    _check_fits(candidate.model, told.X, train[0], TRAIN)
    words = (
        f"training data {told.X}, {told.y} from the {'fit' if is_fitted else 'tensor'} in {told.place} (--train X y)"
    )
    return replace(candidate, train=train, targets=(candidate.targets[0], told.X, told.y)), [words]


def _fitted_rows(candidate: Candidate, history: History) -> Candidate:
    """The rows of the fit as targets of the slice alone: they are gone here, and a pipeline makes them again."""
    rows = fitted_rows(history)
    return replace(candidate, targets=(candidate.targets[0], *rows[:2]), as_of=rows[2]) if rows else candidate


def _test(candidate: Candidate, history: History, evaluate: Evaluate) -> tuple[Candidate, list[str]]:
    if candidate.test is not None:
        return candidate, []
    told = held_out_data(history, candidate.targets[1:3])
    if told is None:
        return candidate, []
    X, y = _values(told, evaluate, TEST)
    test = _taken(told, lambda: (columns_for(candidate.model, X), y), TEST)
    _check_fits(candidate.model, told.X, test[0], TEST, rows=False)
    _check_labels(candidate.model, told.y, test[1])
    words = f"test data {told.X}, {told.y} from the split in {told.place} (--test X y)"
    return replace(candidate, test=test), [words]


def _taken(told: Told, take: Callable[[], tuple[Any, Any]], option: str) -> tuple[Any, Any]:
    try:
        return take()
    except MlopsError as error:
        raise Unclear(f"The model does not take `{told.X}` ({error.found}): {option}") from error


def _values(told: Told, evaluate: Evaluate, option: str) -> tuple[Any, Any]:
    data = _value(told.X, evaluate, option), _value(told.y, evaluate, option)
    _check_rows(told.X, told.y, data, option)
    return data


def _value(expression: str, evaluate: Evaluate, option: str) -> Any:
    try:
        return evaluate(expression)
    except MlopsError as error:
        raise Unclear(f"`{expression}` cannot be evaluated now ({error.found}): {option}") from error


def _check_rows(X: str, y: str, data: tuple[Any, Any], option: str) -> None:
    from ipymlops.frames import as_table, vector

    try:
        rows, targets = as_table(data[0]).rows, len(vector(data[1]))
    except MlopsError as error:
        raise Unclear(f"`{X}` and `{y}` cannot be read as rows and targets ({error.found}): {option}") from error
    if rows != targets or not rows:
        raise Unclear(f"`{X}` has {count(rows, 'row')} and `{y}` {count(targets, 'target')}: {option}")


def _check_fits(model: Any, name: str, X: Any, option: str, *, rows: bool = True) -> None:
    """The model remembers how many columns it was fitted on, and often their names or how many rows."""
    from ipymlops.frames import as_table

    table = as_table(X)
    taken = getattr(model, "n_features_in_", None)
    if isinstance(taken, int) and taken != len(table.names):
        raise Unclear(f"{name} has {count(len(table.names), 'column')} and the model was fitted on {taken}: {option}")
    fitted = [str(n) for n in getattr(model, "feature_names_in_", ())]
    if fitted and fitted != list(table.names):
        raise Unclear(f"{name} has other columns than the model was fitted on: {option}")
    for known in (getattr(model, a, None) for a in ROW_COUNTS if rows):
        if isinstance(known, int | float) and known != table.rows:
            raise Unclear(f"{name} has {count(table.rows, 'row')} and the model was fitted on {int(known):,}: {option}")


def _check_labels(model: Any, name: str, y: Any) -> None:
    from ipymlops.frames import vector

    classes = getattr(model, "classes_", None)
    if classes is not None and (strange := set(vector(y).tolist()) - set(classes)):
        raise Unclear(f"{name} holds {count(len(strange), 'label')} that the model was not trained on: {TEST}")
