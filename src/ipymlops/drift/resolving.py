"""The exact distance of a column whose bins leave its decision open, where both sides' values are at hand.

From a stored profile alone it stays open, and a second pass over the current values does not narrow it. Between two
edges the reference's share may run like the current one, as far as the ends allow, which gives the lower end of the
interval; or jump at the first of them or the last, which gives the upper. All of these fit the profile. Only the
reference's values decide, and a bundle holds none: they are rows of people, and as large as the training data.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ipymlops.drift.binning import Floats
from ipymlops.frames import Table


@dataclass(frozen=True, slots=True)
class Sides:
    """The tables that were counted, for columns that counts do not decide."""

    reference: Table
    current: Table

    def ks(self, column: str) -> float | None:
        """The exact distance; None where a side does not hold the column."""
        if column not in self.reference.kinds or column not in self.current.kinds:
            return None
        return exact_ks(self.reference.numbers(column), self.current.numbers(column))


def exact_ks(reference: Floats, current: Floats) -> float:
    """The Kolmogorov-Smirnov distance of the finite values. A sort of both sides.

    >>> exact_ks(np.array([0.0, 1.0, np.inf]), np.array([0.5, 2.0, np.nan]))
    0.5
    """
    before, now = (np.sort(side[np.isfinite(side)]) for side in (reference, current))
    at = np.unique(np.concatenate([before, now]))
    f, g = (np.searchsorted(side, at, side="right") / len(side) for side in (before, now))
    return float(np.abs(f - g).max())
