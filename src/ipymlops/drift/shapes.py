"""Both distributions of a column in a few bars, for a picture. No decision is taken on these."""

from __future__ import annotations

import numpy as np

from ipymlops.drift.binning import Floats, is_single
from ipymlops.drift.distances import knots
from ipymlops.drift.results import Shape
from ipymlops.drift.summaries import Levels, Numbers

BARS = 24
NAMED = 10  # levels by name, the rest under OTHER
OTHER = "(other)"
DRAWN = 1e300  # arithmetic on larger values leaves the floats
HALVES = 2.0**51  # below it a float can stand half-way between two whole numbers
TAIL = 0.01  # share at either end that is counted into the outermost bar


def numbers_shape(reference: Numbers, current: Numbers) -> Shape | None:
    """At most 24 bars of equal width over the middle 98 % of both sides, as far as that is at most three times the
    reference's own; the outermost bars hold the tails. None where nothing is finite or values are beyond drawing."""
    ends = [end for side in (reference, current) for end in (side.low, side.high) if np.isfinite(end)]
    if not len(reference.edges) or max(map(abs, ends)) > DRAWN:
        return None
    x, f = knots(reference, current)
    _, g = knots(current, reference)
    edges = _bar_edges(reference, *_range(x, f, g))
    return Shape(_bars(x, f, edges), _bars(x, g, edges), edges=tuple(edges.tolist()))


def levels_shape(reference: Levels, current: Levels) -> Shape:
    """The ten levels with the largest share on either side, and the rest together."""
    before, after = reference.present, current.present  # sums over all levels: once
    left = {name: n / before for name, n in reference.counts.items()}
    right = {name: n / after for name, n in {**current.counts, **current.unseen}.items()}
    names = sorted({**left, **right}, key=lambda name: (-max(left.get(name, 0.0), right.get(name, 0.0)), name))
    top = names[:NAMED]
    first = tuple(left.get(name, 0.0) for name in top)
    second = tuple(right.get(name, 0.0) for name in top)
    if len(names) <= NAMED and not reference.other and not current.other and not current.unnamed:
        return Shape(first, second, labels=tuple(top))
    rest = [max(0.0, 1 - sum(shares)) for shares in (first, second)]
    return Shape((*first, rest[0]), (*second, rest[1]), labels=(*top, OTHER))


def _range(x: Floats, f: Floats, g: Floats) -> tuple[float, float]:
    low, high = _middle(x, f, f)
    span = (high - low) or np.inf
    both_low, both_high = _middle(x, np.maximum(f, g), np.minimum(f, g))
    return max(both_low, low - span), min(both_high, high + span)


def _middle(x: Floats, most: Floats, least: Floats) -> tuple[float, float]:
    """The last point with no more than a tail below it, and the first with no more than a tail above."""
    first = max(int(np.searchsorted(most, TAIL, side="right")) - 1, 0)
    last = min(int(np.searchsorted(least, 1 - TAIL, side="left")), len(x) - 1)
    return float(x[first]), float(x[last])


def _bar_edges(reference: Numbers, low: float, high: float) -> Floats:
    if _is_whole(reference) and max(abs(low), abs(high)) < HALVES:  # a bar holds whole numbers, as many as the next one
        first, last = np.floor(low), np.ceil(np.nextafter(high, -np.inf))
        step = max(1.0, np.ceil((last - first + 1) / BARS))
        return np.asarray(np.arange(first - 0.5, last + step, step))
    if high - low <= 1e-9 * abs(low) + 1e-300:  # one value, too thin to be parted
        half = max(0.5, 1e-6 * abs(low))
        return np.array([low - half, low + half])
    return np.linspace(low, high, BARS + 1)


def _is_whole(reference: Numbers) -> bool:
    """Whether all values are whole numbers, as whole numbers with gaps are that a data frame keeps as floats.

    Told by bins that hold one value each; where there are too many values for that, by the kind alone.
    """
    if reference.kind != "number":
        return reference.kind == "integer"
    held = np.flatnonzero(reference.counts)
    if not is_single(reference.edges)[held].all():
        return False
    values = reference.edges[held - 1]
    return bool(np.all(values == np.floor(values)))


def _bars(x: Floats, share: Floats, edges: Floats) -> tuple[float, ...]:
    below = np.interp(edges, x, share)
    below[0], below[-1] = 0.0, 1.0
    return tuple(np.diff(below).tolist())
