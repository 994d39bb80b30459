"""What the record tells of a model's training and test data, as expressions to be evaluated in the notebook."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from ipymlops.pipelines.call_log import History, expression
from ipymlops.pipelines.fit_call import TRAIN, FitCall, Unclear, check_unchanged, find_fit, last_rows
from ipymlops.pipelines.held_out import find_held_out


@dataclass(frozen=True, slots=True)
class Told:
    """Two expressions, and the cell that told them: of the fit, or of the split."""

    X: str
    y: str
    place: str  # In [n]


def training_data(history: History) -> Told:
    """What the model was fitted on; raises Unclear where that cannot be told, or is not there any more."""
    fit = find_fit(history)
    place = history.place(fit.index)
    if fit.y is None:
        raise Unclear(f"It was fitted in {place} without targets, so no training data is taken from there: {TRAIN}")
    for node in (fit.X, fit.y):
        check_unchanged(history, node, fit.since, "fit", TRAIN)
    return Told(ast.unparse(fit.X), ast.unparse(fit.y), place)


def fitted_rows(history: History) -> tuple[str, str, int] | None:
    """What the fit was given, or the last of several, where that means something else by now or is not all of it, and
    the statement of the fit. A pipeline has these rows when it has run, so that a proof can compare on them. None
    unless both are names or parts of names."""
    try:
        fit = _fit_or_last_part(history)
    except Unclear:
        return None
    if fit.y is None or not (_is_named(fit.X) and _is_named(fit.y)):
        return None
    return ast.unparse(fit.X), ast.unparse(fit.y), fit.index


def _fit_or_last_part(history: History) -> FitCall:
    try:
        return find_fit(history)
    except Unclear:
        return last_rows(history)


def _is_named(node: ast.expr) -> bool:
    parts = (ast.Name, ast.Attribute, ast.Subscript, ast.Constant, ast.List, ast.Slice, ast.Tuple, ast.expr_context)
    return all(isinstance(part, parts) for part in ast.walk(node))


def held_out_data(history: History, given: tuple[str, ...] = ()) -> Told | None:
    """The rows that the split put aside when it made the training rows; ``given`` names these where the fit does not.

    None where nothing was put aside; raises Unclear where something was, and it cannot be told what.
    """
    trained = _trained_on(history, given)
    found = find_held_out(history, *trained) if trained else None
    return Told(ast.unparse(found.X), ast.unparse(found.y), history.place(found.index)) if found else None


def _trained_on(history: History, given: tuple[str, ...]) -> tuple[ast.expr, ast.expr, int] | None:
    """The training expressions, and when they meant what they mean here: at the fit that was given them, else now.

    The test rows can be known where the training rows were changed since, so the fit's own are followed then.
    """
    try:
        fit = find_fit(history)
    except Unclear:
        fit = None
    fitted = (fit.X, fit.y, fit.since) if fit is not None and fit.y is not None else None
    if len(given) < 2:
        return fitted
    try:
        X, y = (expression(text) for text in given[:2])
    except SyntaxError:  # the path of a file
        return None
    is_fitted = fitted is not None and [ast.unparse(n) for n in fitted[:2]] == [ast.unparse(X), ast.unparse(y)]
    return fitted if is_fitted else (X, y, history.end)
