"""From a model and rows without labels to an estimate in each window, and what labels say of it where they came."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ipymlops.errors import BadInput
from ipymlops.evaluation.answers import Answers, Predictions
from ipymlops.evaluation.evaluation import check_level, primary_of
from ipymlops.evaluation.label_free.cbpe import Cbpe
from ipymlops.evaluation.label_free.dle import HELD, Dle
from ipymlops.evaluation.label_free.results import PerformanceEstimate, State, WindowEstimate
from ipymlops.evaluation.metrics import metrics_of, resampling_of
from ipymlops.evaluation.positive import positive_of
from ipymlops.evaluation.predictions import answer, predict, truths
from ipymlops.evaluation.results import Estimate
from ipymlops.evaluation.uncertainty import z_of
from ipymlops.evaluation.units import told_in_units_of
from ipymlops.frames import Table, as_table
from ipymlops.frames.windows import Window
from ipymlops.phrases import count
from ipymlops.progress import Progress

LIMIT = 3.0  # standard deviations away from the benchmark, or from an estimate, at which somebody is told
ALL = "all rows"


@dataclass(frozen=True, slots=True, eq=False)
class _Judge:
    """What was learned from the labelled rows."""

    reference: Predictions
    known: dict[str, Estimate]
    method: Cbpe | Dle

    def estimates(
        self, table: Table, answers: Answers, rows: npt.NDArray[np.intp], level: float
    ) -> dict[str, Estimate]:
        said = answers.take(rows)
        if isinstance(self.method, Cbpe):
            found = self.method.estimate(said, level)
        else:
            found = self.method.estimate(as_table(table.take(rows), table.names), said, level)
        # a window without a flagged row has no precision
        return {e.name: e for e in found if e.name in self.known and math.isfinite(e.value)}

    def limits(self, metric: str, rows: int) -> tuple[float, float]:
        """What a window of that many rows shows, if nothing is other than on the labelled rows."""
        known = self.known[metric]
        spread = _spread(known) * math.sqrt(1 + known.n_rows / rows)
        top = 1.0 if known.unit == "" and metric != "log_loss" else math.inf
        return max(0.0, known.value - LIMIT * spread), min(top, known.value + LIMIT * spread)


def estimate(
    model: Any,
    reference: tuple[Any, Any],
    X: Any,
    *,
    name: str,
    version: int | None,
    data: str,
    windows: Sequence[Window] = (),
    by: str = "",
    labels: Any = None,
    positive: Any = None,
    target: str = "",
    level: float = 0.95,
    notes: tuple[str, ...] = (),
    zone: str = "",
    progress: Progress | None = None,
) -> PerformanceEstimate:
    """How ``model`` is likely to do on the rows of ``X`` (n rows, columns as the model takes them), without labels.

    ``reference`` is ``(X, y)``, labelled rows that it was not trained on. ``windows`` cut ``X``; without them all rows
    are one. ``labels`` (n,), where some have come already, are compared with what was estimated.
    ``positive`` is the class of two that is flagged (default: the second), ``target`` the name of what ``y`` holds,
    and ``progress`` hears what is learned. Raises BadInput where there is nothing to learn from: no rows, or fewer
    than ``dle.FEWEST`` labelled rows of a regression.

    It misleads where labels follow other rules than before; labels that disagree are the only way to see that.
    """
    check_level(level)
    table = as_table(X)
    if labels is not None and len(labels) != table.rows:
        raise BadInput(
            f"Found {count(table.rows, 'row')} and {count(len(labels), 'label')}", expected="as many labels as rows"
        )
    judge = _learn(model, reference, positive, progress)
    answers = answer(model, X, like=judge.reference.answers)
    true, present = truths(labels, answers, data) if labels is not None else (np.zeros(0), np.zeros(table.rows, bool))
    position = np.cumsum(present) - 1  # of a labelled row's truth
    found: dict[str, list[WindowEstimate]] = {metric: [] for metric in judge.known}
    for window in windows or (Window(ALL, np.arange(table.rows)),):
        some = window.rows[present[window.rows]]
        here = judge.estimates(table, answers, window.rows, level)
        realized = _realized(answers.take(some).judged_by(true[position[some]]), level) if len(some) else {}
        # labels of some rows are compared with the estimate for those rows
        there = here if len(some) in (0, len(window.rows)) else judge.estimates(table, answers, some, level)
        for metric, one in here.items():
            low, high = judge.limits(metric, len(window.rows))
            shown = realized.get(metric) if metric in there else None
            state = _state(one, there.get(metric, one), shown, low, high)
            found[metric].append(WindowEstimate(window.label, one, low, high, shown, state))
    primary = _primary(judge)
    order = sorted(found, key=lambda metric: metric != primary)
    estimated = PerformanceEstimate(
        model=name,
        version=version,
        data=data,
        task=judge.reference.task,
        method="CBPE" if isinstance(judge.method, Cbpe) else "DLE",
        primary=primary,
        n_rows=table.rows,
        reference_rows=len(judge.reference.true),
        reference=tuple(judge.known[metric] for metric in order if found[metric]),
        windows=tuple(one for metric in order for one in found[metric]),
        by=by,
        notes=(*notes, *judge.reference.notes, *_of_sizes(judge)),
        zone=zone,
        positive=positive_of(judge.reference),
    )
    return told_in_units_of(estimated, target)


def _of_sizes(judge: _Judge) -> tuple[str, ...]:
    """What is to be known of a model of the size of errors; nothing where there is none."""
    if not isinstance(judge.method, Dle):
        return ()
    rows = len(judge.reference.true)
    sample = f"The size of errors was learned from {judge.method.rows:,} of these {rows:,} rows, drawn at random"
    return (HELD, sample) if judge.method.rows < rows else (HELD,)


def _learn(model: Any, reference: tuple[Any, Any], positive: Any, progress: Progress | None) -> _Judge:
    X, y = reference
    p = predict(model, X, y, data="benchmark", positive=positive)
    method: Cbpe | Dle
    if p.task == "regression":
        labelled = as_table(X)
        if labelled.rows != len(p.true):
            _, present = truths(y, p.answers, "benchmark")
            labelled = as_table(labelled.take(np.flatnonzero(present)), labelled.names)
        method = Dle.fit(labelled, p, progress=progress)
    elif len(np.unique(p.true)) < 2:
        raise BadInput("Found one class only among the benchmark's labels", expected="labels of two classes at least")
    else:
        method = Cbpe.fit(p)
    return _Judge(p, _realized(p, 0.95), method)


def _realized(p: Predictions, level: float) -> dict[str, Estimate]:
    """Every figure that these labels allow."""
    draws = resampling_of(p, seed=0)
    return {m.name: m.estimate(p, draws, level) for m in metrics_of(p.task) if m.missing_need(p) is None}


def _primary(judge: _Judge) -> str:
    """The metric that decides an evaluation."""
    return primary_of(judge.reference).name


def _state(here: Estimate, there: Estimate, realized: Estimate | None, low: float, high: float) -> State:
    if realized is not None and abs(realized.value - there.value) > LIMIT * _spread(there):
        return "disagrees"
    worse = here.value < low if here.greater_is_better else here.value > high
    return "alert" if worse else "expected"


def _spread(estimate: Estimate) -> float:
    """The standard deviation that an interval stands for; infinite where there is none."""
    width = estimate.high - estimate.low
    return width / (2 * z_of(estimate.level)) if math.isfinite(width) else math.inf
