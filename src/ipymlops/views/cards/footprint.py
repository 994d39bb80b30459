"""Size and latency of a model, as a fold."""

from __future__ import annotations

from ipymlops.evaluation.results import Evaluation, Latency
from ipymlops.views import words
from ipymlops.views.card import Cell, Fold, Grid, Lines, fold, headings


def footprint_folds(result: Evaluation) -> tuple[Fold, ...]:
    """How long an answer takes, here and now, and what is stored."""
    found = result.footprint
    if found is None:
        return ()
    grid = Grid(
        "Time for an answer",
        headings("rows at once", "#median", "#99 % are below", "#measured"),
        tuple(_row(at) for at in found.latencies),
    )
    cores = words.count(found.cores, "core")
    how = f"Measured on {found.processor}, {cores}, with whatever else ran: another machine has other times."
    return fold("Size and latency", Lines((f"The model is {words.size(found.size)} on disk.",)), grid, Lines((how,)))


def _row(at: Latency) -> tuple[Cell, ...]:
    return (f"{at.rows:,}", _seconds(at.median), _seconds(at.slow), words.count(at.measured, "time"))


def _seconds(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{1000 * seconds:.3g} ms"
