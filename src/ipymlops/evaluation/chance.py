"""What a model reaches that has learned nothing, and which figures tell a model from it."""

from __future__ import annotations

from ipymlops.evaluation.enough import doubt
from ipymlops.evaluation.results import Estimate, Evaluation

CHANCE = {"roc_auc": 0.5, "roc_auc_ovr": 0.5, "r2": 0.0, "mcc": 0.0}
_CAN_BE_INVERTED = ("roc_auc", "mcc")  # below chance for certain: it tells rows apart, and names them wrongly


def no_better_than_chance(found: Estimate) -> bool:
    """Whether the interval holds what guessing gives, or lies below it; False where nobody knows what that is."""
    chance = CHANCE.get(found.name)
    return chance is not None and not found.low > chance


def inverted(found: Estimate) -> bool:
    """Whether it tells rows apart for certain, and the wrong way round."""
    return found.name in _CAN_BE_INVERTED and found.high < CHANCE[found.name]


def says_no(found: Evaluation) -> bool:
    """Whether an evaluation shows that something is wrong with the model or its labels."""
    return not undecided(found) and inverted(found.headline)


def undecided(found: Evaluation) -> bool:
    """Whether an evaluation says little of new rows: trained on these, too few of them, or no better than guessing."""
    flattered = found.trained_on is not None and found.trained_on.flatters
    unsure = no_better_than_chance(found.headline) and not inverted(found.headline)
    return flattered or bool(doubt(found)) or unsure
