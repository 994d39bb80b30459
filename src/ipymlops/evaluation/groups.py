"""The groups that a column makes of rows: its levels, or quarters of its numbers."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from ipymlops.evaluation.targets import Floats
from ipymlops.frames import Table

GROUPS = 10  # the largest; the others together are one more
DIGITS = 10  # of a number, beyond which two are one
MISSING = "(missing)"
OTHERS = "(all others)"

Codes = npt.NDArray[np.intp]


def groups_of(table: Table, column: str) -> tuple[tuple[str, ...], Codes]:
    """The names of the groups, and each row's position among them, (n,).

    Levels by size, the ten largest, and the others together; quarters of numbers and times of more than ten values.
    Rows without a value are a group of their own.

    >>> from ipymlops.frames import as_table
    >>> import pandas as pd
    >>> names, codes = groups_of(as_table(pd.DataFrame({"sex": ["f", "m", "f", None]})), "sex")
    >>> names, codes.tolist()
    (('f', 'm', '(missing)'), [0, 1, 0, 2])
    """
    names, codes = _quarters(table, column) or _levels(table, column)
    if (codes < 0).any():
        return (*names, MISSING), np.where(codes < 0, len(names), codes)
    return names, codes


def _levels(table: Table, column: str) -> tuple[tuple[str, ...], Codes]:
    levels, codes = _numbers(table, column) if table.kinds[column] == "number" else table.levels(column)
    counts = np.bincount(codes[codes >= 0], minlength=len(levels))
    order = sorted(range(len(levels)), key=lambda i: (-counts[i], levels[i]))
    kept = order if len(order) <= GROUPS + 1 else order[:GROUPS]
    names = tuple(str(levels[i]) for i in kept) + ((OTHERS,) if len(kept) < len(order) else ())
    position = np.full(len(levels) + 1, len(kept), dtype=np.intp)
    position[kept] = np.arange(len(kept))
    position[-1] = -1
    return names, position[codes]


def _numbers(table: Table, column: str) -> tuple[list[str], Codes]:
    """Numbers as short as they can be told apart by; what differs by a rounding only (0.1 + 0.2 and 0.3) is one."""
    numbers = table.numbers(column)
    known = np.isfinite(numbers)
    distinct, first = np.unique(numbers[known], return_inverse=True)
    values, merged = np.unique([float(f"{v:.{DIGITS}g}") for v in distinct], return_inverse=True)
    codes = np.full(len(numbers), -1, dtype=np.intp)
    codes[known] = merged[first]
    whole = max((len(f"{abs(v):.0f}") for v in values), default=0)
    for digits in range(max(4, whole), DIGITS + 1):
        names = [f"{float(f'{v:.{digits}g}'):z,.15g}" for v in values]
        if len(set(names)) == len(names):
            return names, codes
    return [f"{v:z,.15g}" for v in values], codes


def _quarters(table: Table, column: str) -> tuple[tuple[str, ...], Codes] | None:
    """None where there are no numbers, or few distinct ones."""
    if table.kinds[column] not in ("number", "integer", "datetime"):
        return None
    numbers = table.numbers(column)
    known = numbers[np.isfinite(numbers)]
    if len(np.unique(known)) <= GROUPS:
        return None
    cuts = np.unique(np.quantile(known, (0.25, 0.5, 0.75), method="inverted_cdf"))
    times = table.kinds[column] == "datetime"
    cuts = cuts if times else np.unique([float(f"{cut:.4g}") for cut in cuts])  # as a person would say them
    codes = np.searchsorted(cuts, numbers, side="left")
    return _ranges(cuts, times), np.where(np.isnan(numbers), -1, codes).astype(np.intp)


def _ranges(cuts: Floats, times: bool) -> tuple[str, ...]:
    said = [f"{datetime.fromtimestamp(c, UTC):%Y-%m-%d %H:%M}" if times else f"{c:,.10g}" for c in cuts]
    between = (f"above {a} to {b}" for a, b in pairwise(said))
    return (f"up to {said[0]}", *between, f"above {said[-1]}")
