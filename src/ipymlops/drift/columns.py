"""One column of the reference beside the same column of other data: the effect, and how sure it is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ipymlops.drift import distances, significance, words
from ipymlops.drift.aligning import aligned
from ipymlops.drift.resolving import Sides
from ipymlops.drift.results import ColumnDrift
from ipymlops.drift.shapes import levels_shape, numbers_shape
from ipymlops.drift.summaries import Levels, Numbers, Summary, Texts
from ipymlops.drift.thresholds import Limit, Limits
from ipymlops.drift.words import Words

CERTAIN = 0.05  # of the two sides of a text, one with such a p-value is told before one without


def numbers_drift(
    name: str, reference: Numbers, current: Numbers, limits: Limits, sides: Sides | None = None
) -> ColumnDrift:
    """KS, or Wasserstein where the reference's own chunks lie too far apart for KS to say more. ``sides`` are asked for
    the exact KS where its interval does not decide."""
    ks = distances.ks_interval(reference.counts, current.counts, reference.edges)
    limit = limits.of(name, "ks")
    # by the triangle inequality, chance takes a stretch like the reference's own no farther than this
    chance = _chance(limit, reference, current) if limit.source == "reference" else 0.0
    if sides is not None and limit.distance == "ks" and ks[0] <= limit.threshold + chance < ks[1]:
        exact = sides.ks(name)
        ks = ks if exact is None else (exact, exact)
    low, high = ks if limit.distance == "ks" else distances.wasserstein_interval(reference, current)
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
        p_value=significance.ks_p_value(ks[0], reference.counted, current.counted),
        p_adjusted=None,
        drifted=False,
        reference_missing=_missing_rate(reference),
        current_missing=_missing_rate(current),
        reference_infinite=reference.infinite / reference.rows,
        current_infinite=current.infinite / current.rows,
        others=others,
        shape=numbers_shape(reference, current),
    )


def _chance(limit: Limit, reference: Numbers, current: Numbers) -> float:
    """What sampling alone adds to the distance: for Wasserstein, the standard error of the means."""
    squared = significance.ks_noise(reference.counted, current.counted)
    if limit.distance == "wasserstein":
        squared = 1 / reference.counted + 1 / current.counted
    return float(np.sqrt(squared))


def levels_drift(name: str, reference: Levels, current: Levels, limits: Limits) -> ColumnDrift:
    before, now = aligned(reference, current)
    others = {label: distance(before, now) for label, distance in distances.DISTANCES.items()}
    effect = others.pop("jensen-shannon")
    noise = distances.jensen_shannon_noise(len(before), reference.present, current.present)
    limit = limits.of(name, "jensen-shannon")
    return replace(
        _by_shares(name, reference, current, limit, effect, noise),
        p_value=significance.levels_p_value(before, now),
        others=others,
        shape=levels_shape(reference, current),
    )


def texts_drift(name: str, reference: Texts, current: Texts, limits: Limits) -> ColumnDrift:
    """By length and by words: of the two the one that is farther above its threshold, among those that are certain."""
    found = [replace(numbers_drift(name, reference.lengths, current.lengths, limits), aspect="lengths")]
    if reference.words.total and current.words.total:
        found.append(_words_drift(name, reference, current, limits))
    tested = [replace(one, p_value=min(1.0, len(found) * (one.p_value or 0.0))) for one in found]
    worst = max(tested, key=lambda one: ((one.p_value or 0.0) < CERTAIN, one.effect_low / max(one.threshold, 1e-9)))
    return replace(
        worst,
        kind=reference.kind,
        others={
            **{f"{one.distance} of {one.aspect}": one.effect for one in tested if one is not worst},
            "words outside the vocabulary": current.words.outside,
        },
    )


def _words_drift(name: str, reference: Texts, current: Texts, limits: Limits) -> ColumnDrift:
    before, now = reference.words.counts, current.words.counts
    clustering = words.clustering(reference.words + current.words)
    limit = limits.of(name, "jensen-shannon")
    effect = distances.jensen_shannon(before, now)
    held = int(((before + now) > 0).sum())
    noise = clustering * distances.jensen_shannon_noise(held, reference.words.total, current.words.total)
    return replace(
        _by_shares(name, reference, current, limit, effect, noise),
        p_value=significance.words_p_value(reference.words, current.words),
        aspect="words",
        shape=levels_shape(_as_levels(reference.words), _as_levels(current.words)),
    )


def _by_shares(
    name: str, reference: Summary, current: Summary, limit: Limit, effect: float, noise: float
) -> ColumnDrift:
    """An exact Jensen-Shannon distance against its limit, to whose square ``noise``, what chance adds, is added."""
    return ColumnDrift(
        column=name,
        kind=reference.kind,
        distance="jensen-shannon",
        effect=effect,
        effect_low=effect,
        effect_high=effect,
        threshold=float(np.sqrt(limit.threshold**2 + noise)),
        threshold_from=limit.source,
        p_value=None,
        p_adjusted=None,
        drifted=False,
        reference_missing=_missing_rate(reference),
        current_missing=_missing_rate(current),
    )


def _as_levels(side: Words) -> Levels:
    known = dict(zip(side.vocabulary, side.counts.tolist(), strict=False))
    return Levels("category", known, int(side.counts[-1]), 0)


def _missing_rate(side: Summary) -> float:
    return side.missing / side.rows
