"""What a registration was not told and the notebook's record tells: training data from the fit, test data from the
split that made it. Each find is shown with the option that overrides it; what is not certain is not used, and said.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ipymlops.errors import MlopsError
from ipymlops.pipelines.call_log import History
from ipymlops.pipelines.fit_call import TRAIN, FitCall, Unclear, check_unchanged, find_fit
from ipymlops.pipelines.held_out import TEST, find_held_out

if TYPE_CHECKING:
    from ipymlops.project.registering import Candidate

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
        else:
            found += words
    return Inferred(candidate, tuple(found), tuple(unclear))


def _training(candidate: Candidate, history: History, evaluate: Evaluate) -> tuple[Candidate, list[str]]:
    if candidate.train is not None:
        return candidate, []
    fit = find_fit(history)
    place = history.place(fit.index)
    if fit.y is None:
        raise Unclear(f"It was fitted in {place} without targets, so no training data is taken from there: {TRAIN}")
    for node in (fit.X, fit.y):
        check_unchanged(history, node, fit.index, "fit", TRAIN)
    X, y = ast.unparse(fit.X), ast.unparse(fit.y)
    train = _value(X, evaluate, TRAIN), _value(y, evaluate, TRAIN)
    _check_rows(X, y, train, TRAIN)
    _check_fits(candidate.model, X, train[0], TRAIN)
    words = f"training data {X}, {y} from the fit in {place} (--train X y)"
    return replace(candidate, train=train, targets=(candidate.targets[0], X, y)), [words]


def _test(candidate: Candidate, history: History, evaluate: Evaluate) -> tuple[Candidate, list[str]]:
    if candidate.test is not None or (trained := _trained_on(candidate, history)) is None:
        return candidate, []
    held_out = find_held_out(history, *trained)
    if held_out is None:
        return candidate, []
    X, y = ast.unparse(held_out.X), ast.unparse(held_out.y)
    test = _value(X, evaluate, TEST), _value(y, evaluate, TEST)
    _check_rows(X, y, test, TEST)
    _check_fits(candidate.model, X, test[0], TEST, rows=False)
    _check_labels(candidate.model, y, test[1])
    words = f"test data {X}, {y} from the split in {history.place(held_out.index)} (--test X y)"
    return replace(candidate, test=test), [words]


def _trained_on(candidate: Candidate, history: History) -> tuple[ast.expr, ast.expr, int] | None:
    """The training expressions, and when they meant what they mean here: at the fit that was given them, else now.

    The test rows can be known where the training rows were changed since, so the fit's own are followed then.
    """
    try:
        fit: FitCall | None = find_fit(history)
    except Unclear:  # said when the training data was looked for
        fit = None
    fitted = (fit.X, fit.y, fit.index) if fit is not None and fit.y is not None else None
    if candidate.train is None or len(candidate.targets) < 3:
        return fitted
    try:
        X, y = (ast.parse(t, mode="eval").body for t in candidate.targets[1:3])
    except SyntaxError:  # the path of a file
        return None
    same = fitted is not None and [ast.unparse(n) for n in fitted[:2]] == [ast.unparse(X), ast.unparse(y)]
    return fitted if same else (X, y, history.end)


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
        raise Unclear(f"`{X}` has {rows:,} rows and `{y}` {targets:,} targets: {option}")


def _check_fits(model: Any, name: str, X: Any, option: str, *, rows: bool = True) -> None:
    """The model remembers how many columns it was fitted on, and often their names or how many rows."""
    from ipymlops.frames import as_table

    table = as_table(X)
    count = getattr(model, "n_features_in_", None)
    if isinstance(count, int) and count != len(table.names):
        raise Unclear(f"{name} has {len(table.names)} columns and the model was fitted on {count}: {option}")
    fitted = [str(n) for n in getattr(model, "feature_names_in_", ())]
    if fitted and fitted != list(table.names):
        raise Unclear(f"{name} has other columns than the model was fitted on: {option}")
    for known in (getattr(model, a, None) for a in ROW_COUNTS if rows):
        if isinstance(known, int | float) and known != table.rows:
            raise Unclear(f"{name} has {table.rows:,} rows and the model was fitted on {int(known):,}: {option}")


def _check_labels(model: Any, name: str, y: Any) -> None:
    from ipymlops.frames import vector

    classes = getattr(model, "classes_", None)
    if classes is not None and (strange := set(vector(y).tolist()) - set(classes)):
        raise Unclear(f"{name} holds {len(strange)} labels that the model was not trained on: {TEST}")
