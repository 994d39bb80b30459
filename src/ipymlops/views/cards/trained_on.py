"""That a model was judged on rows it was trained on, in words."""

from __future__ import annotations

from ipymlops.evaluation.label_free.results import PerformanceEstimate
from ipymlops.evaluation.results import Evaluation, TrainedOn
from ipymlops.views import words


def flattering(result: Evaluation | PerformanceEstimate) -> tuple[str, ...]:
    """``480 of 1,200 rows (40.0 %) were trained on: the figures flatter it.``; nothing where they are too few."""
    found = result.trained_on
    return (f"{_were_trained_on(found)}: the figures flatter it.",) if found and found.flatters else ()


def trained_on_warnings(result: Evaluation) -> tuple[str, ...]:
    """The same of rows too few to change the figures by much."""
    found = result.trained_on
    return (f"{_were_trained_on(found)}.",) if found and found.beyond_chance and not found.flatters else ()


def equal_rows(result: Evaluation) -> tuple[str, ...]:
    """That rows equal training rows, where coincidence may explain it."""
    found = result.trained_on
    if found is None or not found.equal or found.beyond_chance:
        return ()
    rows = words.count(found.equal, "row")
    return (f"{rows} of {found.looked_at:,} equal training rows, no more than chance explains: they count",)


def _were_trained_on(found: TrainedOn) -> str:
    if found.equal == found.looked_at == found.rows:
        return f"All {words.count(found.rows, 'row')} were trained on"
    looked_at = "" if found.looked_at == found.rows else " looked at"
    share = words.percent(found.share)
    return f"{found.equal:,} of {words.count(found.looked_at, 'row')}{looked_at} ({share}) were trained on"
