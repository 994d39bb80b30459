"""Gates: one small demand on a candidate each, answered with pass, fail or not applicable, and the evidence.

To add one: a frozen dataclass with ``code``, ``title``, ``severity`` and ``look``, and its name here; then a line in
``policy/requirements.py`` for the tiers that demand it.
"""

from ipymlops.evaluation.gates.demand import Demand, Evidence, Signature, answer
from ipymlops.evaluation.gates.figures import BeatsChance, EnoughRows, Floor, NotBelowChampion, NotWorse
from ipymlops.evaluation.gates.fitness import Approved, FastEnough, Signed, SmallEnough, Verified
from ipymlops.evaluation.gates.parts_of_rows import Calibrated, FairEnough, NoWeakSlice

__all__ = [
    "Approved",
    "BeatsChance",
    "Calibrated",
    "Demand",
    "EnoughRows",
    "Evidence",
    "FairEnough",
    "FastEnough",
    "Floor",
    "NoWeakSlice",
    "NotBelowChampion",
    "NotWorse",
    "Signature",
    "Signed",
    "SmallEnough",
    "Verified",
    "answer",
]
