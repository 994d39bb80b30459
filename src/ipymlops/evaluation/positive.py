"""Which of two classes is the positive one: the one that is flagged, and whose recall and precision are told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ipymlops.errors import BadInput, UnknownName
from ipymlops.evaluation.answers import Answers, Predictions


def with_positive(p: Predictions, positive: Any) -> Predictions:
    """The same answers, asked about ``positive``: a class, or its name as text. It comes second in ``classes``.

    Scores rank by it, so thresholds, costs, recall, precision and curves are all about it. Accuracy and log loss stay
    as they are, and so does the area under the ROC curve. Raises UnknownName for what is no class, BadInput where
    there are not two of them.

    >>> import numpy as np
    >>> p = Predictions("binary", np.array([0, 1]), np.array([0, 1]), ("bad", "good"), None, np.array([0.2, 0.9]))
    >>> turned = with_positive(p, "bad")
    >>> turned.classes, turned.positive.tolist(), turned.scores.tolist()
    (('good', 'bad'), [True, False], [-0.2, -0.9])
    """
    if p.task != "binary" or len(p.classes) != 2:
        found = "a model that knows one class only" if p.task == "binary" else f"a {p.task} model"
        raise BadInput(f"Found --positive {positive} for {found}", expected="a model of two classes")
    at = next((i for i, c in enumerate(p.classes) if c == positive or str(positive) in _written(c)), None)
    if at is None:
        raise UnknownName.of("class", str(positive), map(str, p.classes))
    if at == 1:
        return p
    notes = p.notes
    if p.probabilities is None and p.scores is not None:
        notes += (
            f"Scores and thresholds are the model's own scores with the sign turned: high means {p.classes[0]!r}",
        )
    return replace(p, true=1 - p.true, notes=notes, **_turned(p))


def positive_of(p: Predictions) -> str | None:
    """The name of the positive class; None where there are not two."""
    return str(p.classes[1]) if p.task == "binary" and len(p.classes) == 2 else None


def turned(answers: Answers) -> Answers:
    """The answers of a model of two classes, with these the other way round."""
    return replace(answers, **_turned(answers))


def as_learned(p: Predictions) -> Predictions:
    """The same with the classes in the model's own order: for what must not depend on which of two is positive."""
    return replace(p, true=1 - p.true, **_turned(p)) if p.turned else p


def _turned(of: Answers | Predictions) -> dict[str, Any]:
    given = None if of.probabilities is None else of.probabilities[:, ::-1]
    scores = None if of.scores is None else -of.scores
    return {
        "predicted": 1 - of.predicted,
        "classes": of.classes[::-1],
        "probabilities": given,
        "scores": scores if given is None else given[:, 1],
        "turned": not of.turned,
    }


def _written(name: Any) -> tuple[str, ...]:
    """How a class may be typed: ``1`` for 1.0."""
    return (str(name), f"{name:g}") if isinstance(name, float) else (str(name),)
