"""What a model reaches that has learned nothing, and which figures tell a model from it."""

from __future__ import annotations

from ipymlops.evaluation.enough import doubt
from ipymlops.evaluation.results import Estimate, Evaluation

_KNOWN = {"roc_auc": 0.5, "roc_auc_ovr": 0.5, "r2": 0.0, "mcc": 0.0}
_ASKED = ("roc_auc", "roc_auc_ovr", "r2", "balanced_accuracy")  # the first that was computed


def against_chance(found: Evaluation) -> tuple[Estimate, float] | None:
    """The figure that is held against guessing, and what guessing gives: the deciding one, or where that has no such
    value (an RMSE) one beside it. None where no figure with a known value was computed."""
    levels = _KNOWN | {"balanced_accuracy": 1 / max(len(found.classes), 2)}
    computed = {m.name: m for m in found.metrics}
    names = [name for name in (found.primary, *_ASKED) if name in computed and name in levels]
    return (computed[names[0]], levels[names[0]]) if names else None


def no_better_than_chance(found: Evaluation) -> bool:
    """Whether the interval holds what guessing gives, or lies below it; False where nobody knows what that is."""
    held = against_chance(found)
    return held is not None and not held[0].low > held[1]


def worse_than_chance(found: Evaluation) -> bool:
    """Whether it is certainly worse than guessing: it ranks the wrong way round, or is off by more than a constant."""
    held = against_chance(found)
    return held is not None and held[0].high < held[1]


def says_no(found: Evaluation) -> bool:
    """Whether an evaluation shows that something is wrong with the model or its labels."""
    return not _little_said(found) and worse_than_chance(found)


def undecided(found: Evaluation) -> bool:
    """Whether an evaluation says little of new rows: trained on these, too few of them, or no better than guessing."""
    return _little_said(found) or (no_better_than_chance(found) and not worse_than_chance(found))


def _little_said(found: Evaluation) -> bool:
    return bool(doubt(found)) or (found.trained_on is not None and found.trained_on.flatters)
