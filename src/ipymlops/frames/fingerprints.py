"""Rows as numbers, for telling which of them two tables share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ipymlops.frames.table import Table

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


def row_fingerprints(table: Table, names: Sequence[str] | None = None) -> npt.NDArray[np.uint64]:
    """One 64-bit hash a row over all columns (in the order of ``names``), for counting rows two tables share.

    Equal are: missing and missing however it is written, 1 and 1.0 and True, a string and the same category.
    Shape (rows,).
    """
    import numpy as np

    total = np.zeros(table.rows, dtype=np.uint64)
    for name in table.names if names is None else names:
        total += _hashed(table, name)
        total *= np.uint64(0x9E3779B97F4A7C15)  # odd, so nothing is lost; order of columns counts
        total ^= total >> np.uint64(29)
    return total


def shared_rows(left: Table, right: Table) -> int:
    """How many rows of ``left`` stand in ``right`` too: equal in all columns, by name where both have the
    same names and by position otherwise."""
    import numpy as np

    if len(left.names) != len(right.names):
        return 0
    order = left.names if set(left.names) == set(right.names) else right.names
    return int(np.isin(row_fingerprints(left), row_fingerprints(right, order)).sum())


def _hashed(table: Table, name: str) -> npt.NDArray[np.uint64]:
    import numpy as np
    import pandas as pd

    missing = np.uint64(0x5BD1E995)
    if table.kinds[name] in ("category", "unsupported"):
        values, codes = table.levels(name)
        hashes = pd.util.hash_array(values, categorize=False) if len(values) else np.zeros(0, np.uint64)
        return np.append(hashes, missing)[codes]
    numbers = table.numbers(name) + 0.0  # minus zero becomes zero
    hashed = pd.util.hash_array(numbers, categorize=False)
    return np.where(np.isnan(numbers), missing, hashed)


def text_hashes(texts: Sequence[str]) -> npt.NDArray[np.uint64]:
    """A number for each text, the same wherever and whenever it is asked for; shape (n,)."""
    import numpy as np
    import pandas as pd

    return pd.util.hash_array(np.array(texts, dtype=object), categorize=False)
