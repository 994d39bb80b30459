"""Bins that a reference fixes once: quantile edges with heavy values alone in a bin, and counting by look-up.

Bin ``i`` holds ``edges[i - 1] <= x < edges[i]``; the first reaches down and the last up without end. A value ``a``
stands alone in ``[a, next number after a)``, so its bin has no inside and the distribution there is known exactly.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]

BINS = 1024  # a KS interval about 0.001 wide; 50 columns stay under 1 MB
OUTSIDE = 12  # edges below the smallest and above the largest value of the reference
CELLS = 8192  # of the look-up table: small enough for a core's own cache
CHUNK = 32_768  # values handled at once, for the same reason
NARROW = 2.0**31  # what a number of a cell is below, to be made a whole number in the fast way


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


def chunks(values: Floats) -> Iterator[Floats]:
    """The values, as many at once as a core's cache holds beside what is done with them."""
    for begin in range(0, len(values), CHUNK):
        yield values[begin : begin + CHUNK]


def count(values: Floats, edges: Floats) -> Counts:
    """How many ``values`` (no NaN) fall in each of the ``len(edges) + 1`` bins.

    >>> count(np.array([-1.0, 0.0, 0.5, 3.0]), np.array([0.0, 1.0]))
    array([1, 2, 1])
    """
    counter = counter_for(edges, len(values))
    for some in chunks(values):
        counter.add(some, float(some.min()), float(some.max()))
    return counter.counts


def counter_for(edges: Floats, rows: int) -> Search | LookUp:
    """What counts so many values fastest over these edges."""
    low, high = _window(edges) if len(edges) > 2 * OUTSIDE + 2 and rows > CELLS else (0.0, 0.0)
    return LookUp(edges, low, high) if high > low else Search(edges)


class Search:
    """Counts values by a binary search for each."""

    def __init__(self, edges: Floats) -> None:
        self.edges, self.counts = edges, np.zeros(len(edges) + 1, dtype=np.int64)

    def add(self, some: Floats, lowest: float, highest: float) -> None:
        """Count values that lie from ``lowest`` to ``highest``."""
        self.counts += np.bincount(np.searchsorted(self.edges, some, side="right"), minlength=len(self.counts))


class LookUp:
    """Equal cells over the middle of the edges; each knows the bin it starts in and up to two edges inside it.

    The few values in cells with more edges than two, the far tails among them, are searched for.
    """

    def __init__(self, edges: Floats, low: float, high: float) -> None:
        self.edges, self.counts = edges, np.zeros(len(edges) + 1, dtype=np.int64)
        self._low, self._scale = _grid(low, high)
        # an edge is put into its cell by the arithmetic that values go through, so rounding cannot part them
        cell = _cells(edges, self._low, self._scale)
        self._start = np.searchsorted(cell, np.arange(CELLS), side="left")
        inside = np.bincount(cell, minlength=CELLS)
        padded = np.concatenate([edges, [np.nan, np.nan]])  # no value, not even infinity, is at or above NaN
        self._first = np.where(inside > 0, padded[self._start], np.nan)
        self._second = np.where(inside > 1, padded[self._start + 1], np.nan)
        self._any_second = bool((inside == 2).any())
        self._lost = len(edges) + 1  # stands for the bin of values in crowded cells until they are searched for
        crowded = inside > 2
        self._start[crowded] = self._lost
        self._first[crowded] = self._second[crowded] = np.nan
        # the same room for every chunk: new memory costs more than the arithmetic
        self._room, self._narrow = np.empty(CHUNK), np.empty(CHUNK, dtype=np.int32)
        self._cell, self._bin = np.empty(CHUNK, dtype=np.intp), np.empty(CHUNK, dtype=np.intp)

    def add(self, some: Floats, lowest: float, highest: float) -> None:
        """Count a chunk of values that lie from ``lowest`` to ``highest``."""
        bins = self._placed(some, lowest, highest)
        counts = np.bincount(bins, minlength=len(self.counts) + 1)
        self.counts += counts[:-1]
        if counts[self._lost]:
            searched = np.searchsorted(self.edges, some[bins == self._lost], side="right")
            self.counts += np.bincount(searched, minlength=len(self.counts))

    def _placed(self, some: Floats, lowest: float, highest: float) -> npt.NDArray[np.intp]:
        """The bin of each value; good until the next chunk."""
        n = len(some)
        room, bins = self._room[:n], self._bin[:n]
        cell = self._cells(some, lowest, highest)
        self._start.take(cell, out=bins, mode="clip")  # which also brings cells into range
        bins += some >= self._first.take(cell, out=room, mode="clip")
        if self._any_second:
            bins += some >= self._second.take(cell, out=room, mode="clip")
        return bins

    @np.errstate(over="ignore")  # what overflows belongs in an outermost cell, and infinity is clipped there
    def _cells(self, some: Floats, lowest: float, highest: float) -> npt.NDArray[np.intp]:
        """The cell of each value; those below and above the cells may have numbers beyond them."""
        room, narrow, cells = self._room[: len(some)], self._narrow[: len(some)], self._cell[: len(some)]
        if max(abs((end - self._low) * self._scale) for end in (lowest, highest)) < NARROW:
            np.subtract(some, self._low, out=room)
            np.multiply(room, self._scale, out=room)
            np.copyto(narrow, room, casting="unsafe")  # in two steps, which processors do faster than in one
            np.copyto(cells, narrow)
            return cells
        cells[:] = _cells(some, self._low, self._scale)
        return cells


def _grid(low: float, high: float) -> tuple[float, float]:
    """Where the first cell begins, one below ``low``, and cells a unit, so that the outermost ones lie outside."""
    scale = (CELLS - 2) / (high - low)
    return max(low - 1 / scale, -float(np.finfo(np.float64).max)), scale


@np.errstate(over="ignore")
def _cells(values: Floats, low: float, scale: float) -> npt.NDArray[np.intp]:
    """The cell of each value, however far away it is."""
    return np.clip((values - low) * scale, 0.0, CELLS - 1).astype(np.intp)


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
        crowd = np.bincount(_cells(edges, *_grid(low, high)), minlength=CELLS)
        lost = int(crowd[crowd > 2].sum())
        if lost < best:
            best, window = lost, (low, high)
    return window
