"""What is known where labels of a class are missing: the recall of the other one, and that the rest cannot be told."""

from __future__ import annotations

from ipymlops.evaluation.one_class import one_class
from ipymlops.evaluation.results import Evaluation
from ipymlops.views import words
from ipymlops.views.card import Figure

CANNOT_TELL = "cannot tell"


def known_in_words(result: Evaluation) -> str:
    """``Known is the recall of 'good' alone: 0.930 (0.885 to 0.958) on 200 rows.``; empty where nothing is."""
    known = one_class(result)
    if known is None:
        return ""
    recall = known.recall
    figure = words.interval(recall.value, recall.low, recall.high)
    return f"Known is the recall of {known.name!r} alone: {figure} on {words.count(recall.n_rows, 'row')}."


def known_figures(result: Evaluation) -> tuple[Figure, ...]:
    """The recall of each class, as far as it is known, and the metric that would decide; none where none is known."""
    known = one_class(result)
    if known is None:
        return ()
    recall = known.recall
    places = words.decimals(recall.value, recall.low, recall.high)
    span = words.span(recall.low, recall.high, places=places)
    few = words.count(known.other_rows, "row") if known.other_rows else "no row"
    return (
        Figure(f"recall of {known.name}", words.number(recall.value, places=places), span),
        Figure(f"recall of {known.other}", CANNOT_TELL, few),
        Figure(words.metric("roc_auc"), CANNOT_TELL, f"needs rows of {known.other}"),
    )
