"""Risk tiers as data: how much is demanded of a version, by how much is at stake."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast, get_args

from ipymlops.errors import UnknownName

RiskTier = Literal["low", "medium", "high"]
# replace: at once · canary: on a share of the traffic first · shadow then canary: first without anyone seeing it
Rollout = Literal["replace", "canary", "shadow then canary"]


@dataclass(frozen=True, slots=True)
class Tier:
    """The demands of one tier. ``margin`` and ``level`` are those to give to ``compare``."""

    name: RiskTier
    reason: str
    level: float  # of confidence, in the comparison with the champion
    margin: float  # the loss against the champion that does not matter, see ``compare``
    paired_interval: bool  # the interval must leave out a larger loss; else the figure alone decides
    benchmark_rows: int
    # of the rarest class: an area under the ROC curve of 0.8 is known to within 0.17, 0.10, 0.05 by 10, 30, 100 of them
    class_rows: int  # (Hanley and McNeil, 1982, Radiology 143)
    calibration_tolerance: float | None
    slice_tolerance: float | None  # log loss that putting a slice right may save
    fairness_tolerance: float | None  # a certain gap between groups of the columns that are named
    verified_pipeline: bool
    second_person: bool
    signed: bool  # by a key that the project trusts, where it trusts any
    unattended_promotion: bool
    rollout: Rollout
    canary_share: float
    automatic_rollback: bool


TIERS: dict[RiskTier, Tier] = {
    "low": Tier(
        name="low",
        reason="a wrong answer is cheap and soon noticed",
        level=0.95,
        margin=0.02,
        paired_interval=False,
        benchmark_rows=50,
        class_rows=10,
        calibration_tolerance=None,
        slice_tolerance=None,
        fairness_tolerance=None,
        verified_pipeline=False,
        second_person=False,
        signed=False,
        unattended_promotion=True,
        rollout="replace",
        canary_share=1.0,
        automatic_rollback=False,
    ),
    "medium": Tier(
        name="medium",
        reason="a wrong answer costs money or trust",
        level=0.95,
        margin=0.02,
        paired_interval=True,
        benchmark_rows=200,
        class_rows=30,
        calibration_tolerance=0.10,
        slice_tolerance=0.02,
        fairness_tolerance=0.10,
        verified_pipeline=False,
        second_person=False,
        signed=False,
        unattended_promotion=True,
        rollout="canary",
        canary_share=0.10,
        automatic_rollback=True,
    ),
    "high": Tier(
        name="high",
        reason="a wrong answer harms somebody, or the law asks",
        level=0.99,
        margin=0.01,
        paired_interval=True,
        benchmark_rows=500,
        class_rows=100,
        calibration_tolerance=0.05,
        slice_tolerance=0.005,
        fairness_tolerance=0.05,
        verified_pipeline=True,
        second_person=True,
        signed=True,
        unattended_promotion=False,
        rollout="shadow then canary",
        canary_share=0.05,
        automatic_rollback=True,
    ),
}


def tier_of(name: str) -> Tier:
    """The tier of that name; raises UnknownName with the closest one."""
    if name not in get_args(RiskTier):
        raise UnknownName.of("risk tier", name, get_args(RiskTier))
    return TIERS[cast(RiskTier, name)]


def stricter(*names: str) -> RiskTier:
    """The tier among these that demands most; ``low`` of none.

    >>> stricter("low", "high", "medium")
    'high'
    """
    order = get_args(RiskTier)
    return cast(RiskTier, order[max((order.index(tier_of(n).name) for n in names), default=0)])
