"""Categories of two sides as counts over the same levels."""

from __future__ import annotations

import numpy as np

from ipymlops.drift.binning import Counts
from ipymlops.drift.summaries import Levels


def aligned(reference: Levels, current: Levels) -> tuple[Counts, Counts]:
    """Counts over the reference's levels, other, and the new ones, of which those without a name stand
    together, as every distance but the population stability index allows; those that nobody has are left out."""
    before = [*reference.counts.values(), reference.other, *(0 for _ in current.unseen), 0]
    now = [
        *(current.counts[level] for level in reference.counts),
        current.other,
        *current.unseen.values(),
        current.unnamed,
    ]
    table = np.array([before, now], dtype=np.int64)
    table = table[:, table.sum(axis=0) > 0]
    return table[0], table[1]
