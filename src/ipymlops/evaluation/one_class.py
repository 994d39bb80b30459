"""What labels of one class tell, or of which the other one has too few rows: how often the model is right on that."""

from __future__ import annotations

from dataclasses import dataclass

from ipymlops.evaluation.enough import FEWEST, nothing_to_say
from ipymlops.evaluation.results import Estimate, Evaluation
from ipymlops.evaluation.uncertainty import wilson


@dataclass(frozen=True, slots=True)
class OneClass:
    """The recall of the class that has rows enough, and the other one, which has not."""

    name: str
    recall: Estimate
    other: str
    other_rows: int


def one_class(found: Evaluation) -> OneClass | None:
    """None where both classes can be judged, neither can, or there are not two of them."""
    if len(found.classes) != 2 or not nothing_to_say(found):
        return None
    at = max((0, 1), key=lambda i: sum(found.confusion[i]))
    rows, right = sum(found.confusion[at]), found.confusion[at][at]
    if rows < FEWEST:
        return None
    level = found.headline.level
    low, high, method = wilson(right, rows, level)
    recall = Estimate("recall", right / rows, low, high, level, rows, method)
    return OneClass(found.classes[at], recall, found.classes[1 - at], sum(found.confusion[1 - at]))
