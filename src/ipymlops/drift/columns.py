"""One column of the reference beside the same column of other data: the effect, and how sure it is."""

from __future__ import annotations

import numpy as np

from ipymlops.drift import distances, significance
from ipymlops.drift.aligning import aligned
from ipymlops.drift.results import ColumnDrift
from ipymlops.drift.shapes import levels_shape, numbers_shape
from ipymlops.drift.summaries import Levels, Numbers, Summary
from ipymlops.drift.thresholds import Limit, Limits


def numbers_drift(name: str, reference: Numbers, current: Numbers, limits: Limits) -> ColumnDrift:
    """KS, or Wasserstein where the reference's own chunks lie too far apart for KS to say more."""
    ks = distances.ks_interval(reference.counts, current.counts, reference.edges)
    limit = limits.of(name, "ks")
    low, high = ks if limit.distance == "ks" else distances.wasserstein_interval(reference, current)
    # by the triangle inequality, chance takes a stretch like the reference's own no farther than this
    chance = _chance(limit, reference, current) if limit.source == "reference" else 0.0
    few = distances.coarse(reference.counts, current.counts)
    others = {label: distance(*few) for label, distance in distances.DISTANCES.items()}
    moved = distances.wasserstein(reference, current)
    if limit.distance != "ks":
        others["ks"] = (ks[0] + ks[1]) / 2
    elif np.isfinite(moved):
        others["wasserstein"] = moved
    return ColumnDrift(
        column=name,
        kind=reference.kind,
        distance=limit.distance,
        effect=(low + high) / 2,
        effect_low=low,
        effect_high=high,
        threshold=limit.threshold + chance,
        threshold_from=limit.source,
        p_value=significance.ks_p_value(ks[0], reference.present, current.present),
        p_adjusted=None,
        drifted=False,
        reference_missing=_missing_rate(reference),
        current_missing=_missing_rate(current),
        others=others,
        shape=numbers_shape(reference, current),
    )


def _chance(limit: Limit, reference: Numbers, current: Numbers) -> float:
    """What sampling alone adds to the distance: for Wasserstein, the standard error of the means."""
    squared = significance.ks_noise(reference.present, current.present)
    if limit.distance == "wasserstein":
        squared = 1 / reference.present + 1 / current.present
    return float(np.sqrt(squared))


def levels_drift(name: str, reference: Levels, current: Levels, limits: Limits) -> ColumnDrift:
    before, now = aligned(reference, current)
    others = {label: distance(before, now) for label, distance in distances.DISTANCES.items()}
    effect = others.pop("jensen-shannon")
    noise = distances.jensen_shannon_noise(len(before), reference.present, current.present)
    limit = limits.of(name, "jensen-shannon")
    return ColumnDrift(
        column=name,
        kind=reference.kind,
        distance="jensen-shannon",
        effect=effect,
        effect_low=effect,
        effect_high=effect,
        threshold=float(np.sqrt(limit.threshold**2 + noise)),
        threshold_from=limit.source,
        p_value=significance.levels_p_value(before, now),
        p_adjusted=None,
        drifted=False,
        reference_missing=_missing_rate(reference),
        current_missing=_missing_rate(current),
        others=others,
        shape=levels_shape(reference, current),
    )


def _missing_rate(side: Summary) -> float:
    return side.missing / (side.missing + side.present)
