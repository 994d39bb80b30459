"""Which rows of a held-out table may judge a model that was trained on some of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

FEWEST_IN_CLASS = 5


def fair_rows(
    y: npt.NDArray[Any], seen: npt.NDArray[np.bool_], *, classes: bool, seed: int = 0
) -> npt.NDArray[np.intp]:
    """Positions of the rows that no model was trained on, thinned so that every class keeps its share; sorted.

    Leaving rows out is not harmless: a split with the same seed and ``stratify`` on a file that has grown picks rows
    that depend on the label, so that of the rows left over far too few are of the rare class. Probabilities then look
    wrong where they are right. With ``classes`` (a classification) each class is thinned, by a fixed seed, to the share
    it had among all rows; one of which nothing is left leaves nothing to judge by. A class of fewer than
    ``FEWEST_IN_CLASS`` rows has no share worth keeping: what is left of it stays, and no other class is thinned for it.

    ``y`` and ``seen`` have shape (n,). It misleads where leaving out depends on more than the class.

    >>> y = np.array([0] * 80 + [1] * 20)
    >>> seen = np.arange(100) % 2 == 0
    >>> seen[80:95] = True                              # most of the rare class was trained on
    >>> left = fair_rows(y, seen, classes=True)
    >>> len(left), float(y[left].mean())
    (15, 0.2)
    >>> y[80] = 2                                       # a class of one row, and that row was trained on
    >>> len(fair_rows(y, seen, classes=True))
    15
    """
    left = np.flatnonzero(~seen)
    if not classes or not seen.any():
        return left
    _, code, counts = np.unique(y, return_inverse=True, return_counts=True)
    remaining = np.bincount(code[left], minlength=len(counts))
    large = counts >= FEWEST_IN_CLASS
    if not large.any():
        return left
    scarcest = int(np.where(large, remaining / counts, np.inf).argmin())
    if not remaining[scarcest]:
        return left[:0]
    sizes = np.where(large, counts * remaining[scarcest] // counts[scarcest], remaining)
    random = np.random.default_rng(seed)
    kept = [random.choice(left[code[left] == level], size, replace=False) for level, size in enumerate(sizes)]
    return np.sort(np.concatenate(kept))
