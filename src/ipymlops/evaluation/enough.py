"""Whether a sample says anything, and how many rows would."""

from __future__ import annotations

import math

from ipymlops.evaluation.results import Estimate
from ipymlops.evaluation.uncertainty import z_of

WIDEST = 0.10  # half an interval: of a figure in 0..1, or as a share of one in target units
WANTED = 0.05


def too_few(found: Estimate) -> str:
    """That the interval of the figure that decides is too wide, and how many rows it takes; empty where it is not.

    The number is what halves an interval in proportion to the root of the rows. Without an interval it is that of a
    share of one half, the most that any share takes.

    >>> too_few(Estimate("accuracy", 0.75, 0.51, 0.90, 0.95, 20, "Wilson"))
    '20 rows are too few to say much: accuracy is known to within 0.20 only; about 310 are needed for 0.05'
    """
    rows = f"{found.n_rows:,} row{' is' if found.n_rows == 1 else 's are'}"
    if not math.isfinite(found.high - found.low):
        return f"{rows} too few to say anything; about {_rounded((z_of(found.level) / 2 / WANTED) ** 2):,} are needed"
    half, target = (found.high - found.low) / 2, WANTED
    if found.unit:
        half = half / abs(found.value) if found.value else 0.0
        target = 2 * WANTED
    if half <= 2 * WIDEST if found.unit else half <= WIDEST:
        return ""
    needed = _rounded(found.n_rows * (half / target) ** 2)
    known, wanted = (f"{share:.0%} of itself" if found.unit else f"{share:.2f}" for share in (half, target))
    name = found.name.replace("_", " ")
    return (
        f"{rows} too few to say much: {name} is known to within {known} only; about {needed:,} are needed for {wanted}"
    )


def _rounded(rows: float) -> int:
    """Up, to two digits."""
    size = int(10 ** max(0, math.floor(math.log10(max(rows, 1))) - 1))
    return int(math.ceil(rows / size) * size)
