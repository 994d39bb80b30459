"""Rows of a sparse matrix: what a vectorizer made of texts, given to a model that stands apart from it.

Its columns have no names, so it is no table; but models can be compared on its rows as on any others.
"""

from __future__ import annotations

from typing import Any

MOST_CELLS = (
    50_000_000  # of the rows that are compared: a transformer may answer with as many, and they are written out
)


def is_sparse(data: Any) -> bool:
    return hasattr(data, "tocsr")


def rows_in(table: Any) -> int:
    """How many rows any table has; a sparse matrix has no length."""
    return int(table.shape[0]) if is_sparse(table) else len(table)


def bounded(matrix: Any, most: int, at_least: int = 0) -> Any:
    """Rows spread evenly over the matrix if they are many, each several times if they are few."""
    import numpy as np

    rows, columns = matrix.shape
    wanted = min(max(rows, at_least), most, max(1, MOST_CELLS // max(1, columns)))
    chosen = np.linspace(0, rows - 1, wanted) if wanted < rows else np.arange(wanted) % max(1, rows)
    return matrix.tocsr()[chosen.astype(np.intp)]


def mixed(matrix: Any, seed: int = 0) -> Any:
    """Rows that nobody has seen, each the sum of two: as of two texts in one. Plausible, and no number below zero where
    none was. Deterministic in ``seed``."""
    import numpy as np

    generator = np.random.Generator(np.random.PCG64(seed))
    one, other = (generator.permutation(matrix.shape[0]) for _ in range(2))
    return (matrix[one] + matrix[other]).tocsr()
