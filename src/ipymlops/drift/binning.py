"""Bins that a reference fixes once: quantile edges with heavy values alone in a bin, and counting by look-up.

Bin ``i`` holds ``edges[i - 1] <= x < edges[i]``; the first reaches down and the last up without end. A value ``a``
stands alone in ``[a, next number after a)``, so its bin has no inside and the distribution there is known exactly.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]

BINS = 1024  # a KS interval about 0.001 wide; 50 columns stay under 1 MB
OUTSIDE = 12  # edges below the smallest and above the largest value of the reference
CELLS = 8192  # of the look-up table: small enough for a core's own cache
CHUNK = 32_768  # values handled at once, for the same reason


def quantile_edges(values: Floats, bins: int = BINS) -> Floats:
    """At most about ``bins`` edges at the quantiles of finite ``values`` (no NaN, any order), and a few outside.

    Few distinct values (up to half of ``bins``) are isolated all, and a value holding two bins' worth of rows is
    isolated always. The smallest value and the number after the largest are edges; outside of them stand edges at
    doubling steps, so that it is seen how far later values stray.

    >>> inner = quantile_edges(np.array([0.0, 0.0, 1.0]))[OUTSIDE:-OUTSIDE]
    >>> inner.round(3).tolist()
    [0.0, 0.0, 1.0, 1.0]
    """
    if not len(values):
        return np.zeros(0)
    ordered = np.sort(values)
    return _widened(_inner_edges(ordered, bins), float(ordered[0]), float(ordered[-1]))


def _inner_edges(ordered: Floats, bins: int) -> Floats:
    changes = np.flatnonzero(ordered[1:] != ordered[:-1]) + 1
    if len(changes) < bins // 2:
        return _isolated(ordered[np.append(0, changes)])
    at = np.linspace(0, len(ordered) - 1, bins).round().astype(np.intp)
    points, hits = np.unique(ordered[at], return_counts=True)
    heavy = points[hits > 1]
    return np.unique(np.concatenate([points, _after(heavy), _after(ordered[-1:])]))


def _widened(edges: Floats, low: float, high: float) -> Floats:
    span = (high - low) or abs(high) or 1.0
    with np.errstate(over="ignore", invalid="ignore"):  # edges that no float can hold are left out
        steps = span / 64 * 2.0 ** np.arange(OUTSIDE)  # from a thin bar of a picture to 32 times the range
        wide = np.unique(np.concatenate([edges[0] - steps, edges, edges[-1] + steps]))
    kept: Floats = wide[np.isfinite(wide) | np.isin(wide, edges)]
    return kept


def _isolated(points: Floats) -> Floats:
    return np.unique(np.concatenate([points, _after(points)]))


def _after(points: Floats) -> Floats:
    with np.errstate(over="ignore"):  # after the largest float comes infinity
        return np.nextafter(points, np.inf)


def is_single(edges: Floats) -> npt.NDArray[np.bool_]:
    """Which of the ``len(edges) + 1`` bins hold a single value only."""
    inside = np.zeros(len(edges) + 1, dtype=bool)
    inside[1:-1] = _after(edges[:-1]) == edges[1:]
    return inside


def outside(counts: Counts, edges: Floats, low: float, high: float) -> int:
    """How many rows of ``counts`` lie below ``low`` or above ``high``, the ends of what the edges were made of."""
    first, last = np.searchsorted(edges, [low, float(_after(np.array(high)))])
    return int(counts[: first + 1].sum() + counts[last + 1 :].sum())


def above(counts: Counts, edges: Floats, high: float) -> int:
    """How many rows of ``counts`` lie above ``high``, the largest of what the edges were made of."""
    return int(counts[np.searchsorted(edges, float(_after(np.array(high)))) + 1 :].sum())


def count(values: Floats, edges: Floats) -> Counts:
    """How many ``values`` (no NaN) fall in each of the ``len(edges) + 1`` bins.

    >>> count(np.array([-1.0, 0.0, 0.5, 3.0]), np.array([0.0, 1.0]))
    array([1, 2, 1])
    """
    low, high = _window(edges) if len(edges) > 2 * OUTSIDE + 2 and len(values) > CELLS else (0.0, 0.0)
    if high <= low:
        return np.bincount(np.searchsorted(edges, values, side="right"), minlength=len(edges) + 1).astype(np.int64)
    return LookUp(edges, low, high).count(values)


class LookUp:
    """Equal cells over the middle of the edges; each knows the bin it starts in and up to two edges inside it.

    The few values in cells with more edges than two, the far tails among them, are searched for.
    """

    def __init__(self, edges: Floats, low: float, high: float) -> None:
        self.edges, self.low, self.scale = edges, *_grid(low, high)
        # an edge is put into its cell by the arithmetic that values go through, so rounding cannot part them
        cell = self._cells(edges)
        self.start = np.searchsorted(cell, np.arange(CELLS), side="left")
        inside = np.bincount(cell, minlength=CELLS)
        padded = np.concatenate([edges, [np.nan, np.nan]])  # no value, not even infinity, is at or above NaN
        self.first = np.where(inside > 0, padded[self.start], np.nan)
        self.second = np.where(inside > 1, padded[self.start + 1], np.nan)
        self.any_second = bool((inside == 2).any())
        self.lost = len(edges) + 1  # stands for the bin of values in crowded cells until they are searched for
        crowded = inside > 2
        self.start[crowded] = self.lost
        self.first[crowded] = self.second[crowded] = np.nan

    @np.errstate(over="ignore")
    def _cells(self, values: Floats) -> npt.NDArray[np.intp]:
        return _cells(values, self.low, self.scale, np.empty(len(values)), np.empty(len(values), dtype=np.intp))

    @np.errstate(over="ignore")  # what overflows belongs in an outermost cell, and infinity is clipped there
    def count(self, values: Floats) -> Counts:
        total = np.zeros(len(self.edges) + 1, dtype=np.int64)
        size = min(CHUNK, len(values))  # the same room for every chunk: new memory costs more than the arithmetic
        room, cells, bins = np.empty(size), np.empty(size, dtype=np.intp), np.empty(size, dtype=np.intp)
        for begin in range(0, len(values), CHUNK):
            some = values[begin : begin + CHUNK]
            n = len(some)
            self._place(some, room[:n], cells[:n], bins[:n])
            counts = np.bincount(bins[:n], minlength=len(total) + 1)
            total += counts[:-1]
            if counts[self.lost]:
                searched = np.searchsorted(self.edges, some[bins[:n] == self.lost], side="right")
                total += np.bincount(searched, minlength=len(total))
        return total

    def _place(self, some: Floats, room: Floats, cells: npt.NDArray[np.intp], bins: npt.NDArray[np.intp]) -> None:
        """Write the bin of each of ``some`` into ``bins``; ``room`` and ``cells`` are overwritten."""
        cell = _cells(some, self.low, self.scale, room, cells)
        self.start.take(cell, out=bins, mode="clip")  # cells are in range: another mode would take the long way
        bins += some >= self.first.take(cell, out=room, mode="clip")
        if self.any_second:
            bins += some >= self.second.take(cell, out=room, mode="clip")


def _grid(low: float, high: float) -> tuple[float, float]:
    """Where the first cell begins, one below ``low``, and cells a unit, so that the outermost ones lie outside."""
    scale = (CELLS - 2) / (high - low)
    return max(low - 1 / scale, -float(np.finfo(np.float64).max)), scale


def _cells(values: Floats, low: float, scale: float, room: Floats, cells: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """The cell of each value, written into ``cells``; ``room`` is overwritten."""
    np.subtract(values, low, out=room)
    np.multiply(room, scale, out=room)
    np.clip(room, 0.0, CELLS - 1, out=room)
    cells[:] = room
    return cells


@np.errstate(over="ignore")
def _window(edges: Floats) -> tuple[float, float]:
    """The stretch that equal cells part best: trimmed by the share that leaves the fewest edges crowded.
    (0, 0) where none can be used, as for edges near the largest float."""
    best, window = np.inf, (0.0, 0.0)
    for trim in (0.0, 0.002, 0.01, 0.05):
        skip = OUTSIDE + int(trim * len(edges))
        low, high = float(edges[skip]), float(edges[len(edges) - 1 - skip])
        if not 0 < high - low < np.inf or not 0 < (CELLS - 2) / (high - low) < np.inf:
            continue
        cell = _cells(edges, *_grid(low, high), np.empty(len(edges)), np.empty(len(edges), dtype=np.intp))
        crowd = np.bincount(cell, minlength=CELLS)
        lost = int(crowd[crowd > 2].sum())
        if lost < best:
            best, window = lost, (low, high)
    return window
