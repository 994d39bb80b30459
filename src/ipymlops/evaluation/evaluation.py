"""How good a model is on a table: every figure that can be computed, each with its interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ipymlops.errors import BadInput
from ipymlops.evaluation import curves
from ipymlops.evaluation.answers import Predictions
from ipymlops.evaluation.costs import check_costs, check_priceable, costs
from ipymlops.evaluation.enough import FEWEST_OF_CLASS, doubt, rare_classes
from ipymlops.evaluation.fairness import check_sensitive, fairness
from ipymlops.evaluation.metrics import NEEDS, Metric, Need, metrics_of, resampling_of
from ipymlops.evaluation.models import task_of
from ipymlops.evaluation.positive import positive_of
from ipymlops.evaluation.predictions import predict
from ipymlops.evaluation.results import Estimate, Evaluation, Fairness
from ipymlops.evaluation.targets import missing_labels
from ipymlops.evaluation.units import told_in_units_of
from ipymlops.evaluation.weak_slices import weak_slices
from ipymlops.frames import Table, as_table, vector
from ipymlops.metric_names import metric_name
from ipymlops.progress import Progress

__all__ = ["evaluate", "task_of"]


def evaluate(
    model: Any,
    X: Any,
    y: Any,
    *,
    name: str,
    version: int | None = None,
    data: str = "benchmark",
    level: float = 0.95,
    seed: int = 0,
    sensitive: Sequence[str] = (),
    beside: Any = None,
    cost: Mapping[str, float] | None = None,
    positive: Any = None,
    target: str = "",
    slices: bool = False,
    slices_level: float | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """Judge a fitted model on ``X`` (a table of n rows) and ``y`` (n labels or numbers).

    Figures that cannot be computed (no scores, labels of one class) are left out and named in ``notes``; rows
    without a label are left out and counted. Raises BadInput where nothing can be said: an unfitted estimator,
    different lengths, no rows, labels the model does not know, predictions that are not numbers.
    ``sensitive`` names columns by whose groups the model is to be judged, of the table ``beside``: the same n rows with
    columns that the model does not take (default: ``X``).
    ``cost`` prices the errors of a binary model: ``{"fp": 1, "fn": 5}``. ``positive`` is its class that is flagged
    (default: the second of its classes, which scikit-learn sorts), ``target`` the name of what ``y`` holds.
    ``slices`` searches for rows on which the model does worse, for certain at ``slices_level`` (default: ``level``);
    that takes half a second for 2,000 rows of 10 columns, so a registration does without where no gate asks for it.
    ``progress`` hears each step as it begins.
    The intervals take rows to be independent; many rows of one customer make them too narrow.
    """
    check_level(level)
    if cost is not None:
        check_costs(cost)
    say = progress or (lambda _: None)
    say("ask the model")
    p = predict(model, X, y, data=data, positive=positive)
    if cost is not None:
        check_priceable(p)
    metrics, lacking = _estimates(p, level, seed, say)
    say("draw curves and calibration")
    numbers, primary = p.task == "regression", primary_of(p).name
    found = Evaluation(
        model=name,
        version=version,
        task=p.task,
        n_rows=len(p.true),
        data=data,
        primary=primary,
        metrics=metrics,
        classes=tuple(str(c) for c in p.classes),
        positive=positive_of(p),
        confusion=() if numbers else curves.confusion(p),
        curve=curves.threshold_curve(p),
        calibration=curves.calibration(p, level),
        residuals=curves.residuals(p) if numbers else None,
        notes=(*p.notes, *_notes(lacking)),
        threshold=curves.own_threshold(p),
    )
    if slices:
        say("search for weak slices")
        found = replace(found, slices=weak_slices(labelled(X, y), p, level=slices_level or level, seed=seed))
    if sensitive:
        groups = _by_group(X if beside is None else beside, y, sensitive, p, level, say)
        found = replace(found, fairness=groups)
    if cost is not None:
        say("price the errors")
        found = replace(found, costs=costs(p, cost, level=level, seed=seed))
    return told_in_units_of(replace(found, notes=(*found.notes, *_doubts(found))), target)


def _doubts(found: Evaluation) -> tuple[str, ...]:
    rare = rare_classes(found)
    few = f"of {', '.join(rare)} there are fewer than {FEWEST_OF_CLASS} rows, too few to say anything of them"
    return tuple(filter(None, (doubt(found), few if rare else "")))


def _by_group(
    table: Any, y: Any, columns: Sequence[str], p: Predictions, level: float, say: Progress
) -> tuple[Fairness, ...]:
    rows = labelled(table, y)
    check_sensitive(rows, columns)
    found, asked = [], list(dict.fromkeys(columns))
    for number, column in enumerate(asked, start=1):
        say(f"compare the groups of {column}, {number} of {len(asked)}")
        found.append(fairness(rows, column, p, level=level))
    return tuple(found)


def labelled(X: Any, y: Any) -> Table:
    """The rows of ``X`` that have a label: those of ``predict``."""
    table, lacking = as_table(X), missing_labels(vector(y))
    return as_table(table.take(np.flatnonzero(~lacking)), table.names) if lacking.any() else table


def primary_of(p: Predictions) -> Metric:
    """The metric that decides: ROC AUC of a binary task, balanced accuracy of a multiclass one, RMSE of a
    regression; plain accuracy where the labels are of one class or there are no scores to rank by."""
    return next(m for m in metrics_of(p.task) if m.decides and m.missing_need(p) is None)


def check_level(level: float) -> None:
    if not 0.5 <= level < 1:
        raise BadInput(f"Found the level {level}", expected="a number from 0.5 to below 1, such as 0.95")


def _estimates(
    p: Predictions, level: float, seed: int, say: Progress
) -> tuple[tuple[Estimate, ...], dict[Need, list[str]]]:
    say("draw samples for the intervals")
    draws = resampling_of(p, seed=seed)
    found, lacking = [], dict[Need, list[str]]()
    metrics = metrics_of(p.task)
    for number, metric in enumerate(metrics, start=1):
        say(f"measure {metric_name(metric.name)} and its interval, {number} of {len(metrics)}")
        need = metric.missing_need(p)
        if need is None:
            found.append(metric.estimate(p, draws, level))
        else:
            lacking.setdefault(need, []).append(metric.name)
    return tuple(found), lacking


def _notes(lacking: dict[Need, list[str]]) -> tuple[str, ...]:
    return tuple(
        f"{', '.join(map(metric_name, names))} cannot be computed: {NEEDS[need].otherwise}"
        for need, names in lacking.items()
    )
