"""Which of two classes is the one that is flagged, in words."""

from __future__ import annotations

from ipymlops.evaluation.label_free.results import PerformanceEstimate
from ipymlops.evaluation.results import Comparison, Evaluation
from ipymlops.views.card import Lines

Judged = Evaluation | Comparison | PerformanceEstimate


def flagged_in_words(result: Judged) -> str:
    """``Flagged: 'bad'.``; empty where there are not two classes."""
    return "" if result.positive is None else f"Flagged: {result.positive!r}."


def about_the_positive(result: Judged) -> tuple[str, ...]:
    """What is about that class, and how the other one is asked about."""
    if result.positive is None:
        return ()
    said = (
        f"The class that is flagged (positive) is {result.positive!r}: precision, recall, F1 and thresholds are its own"
    )
    return (f"{said}; --positive CLASS names the other one.",)


def positive_lines(result: Judged) -> Lines:
    """The same as a part of a fold."""
    return Lines(about_the_positive(result))
