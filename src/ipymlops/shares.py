"""How a share is said, wherever the sentence is made."""

from __future__ import annotations

import math

NOTHING = "–"  # where there is no number


def percent(share: float) -> str:
    """A share between 0 and 1.

    >>> percent(0.4832), percent(1.0), percent(0.00002), percent(float("nan"))
    ('48.3 %', '100 %', '< 0.1 %', '–')
    """
    if math.isnan(share):
        return NOTHING
    if 0 < share < 0.001:
        return "< 0.1 %"
    if 0.9995 <= share < 1:
        return "> 99.9 %"
    return f"{share * 100:z.0f} %" if share in (0, 1) else f"{share * 100:z.1f} %"
