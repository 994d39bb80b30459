"""Any table as one matrix of numbers, for estimators that must not care what the columns are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ipymlops.frames.table import Table

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

LEVELS = 250  # categories with a code of their own; rarer ones share the last (scikit-learn's trees take 255)
_CODED = ("category", "boolean")


@dataclass(frozen=True, slots=True)
class Encoding:
    """How the columns of one table become numbers; another table is read the same way.

    Numbers and times (seconds) stay as they are, categories become the rank of their frequency. Missing is NaN, and so
    is a category that none of the tables has which the encoding was made of. Columns of unsupported kinds are left out.

    >>> from ipymlops.frames import as_table
    >>> import pandas as pd
    >>> table = as_table(pd.DataFrame({"age": [31, 45, 45], "city": ["Rome", "Oslo", "Rome"]}))
    >>> Encoding.of(table).matrix(table).tolist()
    [[31.0, 0.0], [45.0, 1.0], [45.0, 0.0]]
    """

    names: tuple[str, ...]
    codes: Mapping[str, Mapping[str, int]]  # of the columns of categories: level -> code

    @classmethod
    def of(cls, table: Table, *others: Table) -> Encoding:
        """The columns of ``table``; categories are ranked over ``others`` as well, so that none is favoured."""
        names = tuple(name for name in table.names if table.kinds[name] != "unsupported")
        coded = [name for name in names if table.kinds[name] in _CODED]
        return cls(names, {name: _codes([t for t in (table, *others) if name in t.kinds], name) for name in coded})

    @property
    def categorical(self) -> tuple[bool, ...]:
        """Which columns of the matrix are codes, (d,)."""
        return tuple(name in self.codes for name in self.names)

    def matrix(self, table: Table) -> npt.NDArray[np.float64]:
        """Shape (rows, d), float64, columns contiguous. A column that ``table`` lacks, or has in another kind, is all
        NaN."""
        import numpy as np

        columns = [self._column(table, name) for name in self.names]
        return np.stack(columns).T if columns else np.empty((table.rows, 0))

    def _column(self, table: Table, name: str) -> npt.NDArray[np.float64]:
        import numpy as np

        kind = table.kinds.get(name, "unsupported")
        if kind == "unsupported" or (name not in self.codes and kind in _CODED):
            return np.full(table.rows, np.nan)
        if name not in self.codes:
            return np.where(np.isfinite(values := table.numbers(name)), values, np.nan)
        levels, positions = table.levels(name)
        known = np.array([self.codes[name].get(level, np.nan) for level in levels] + [np.nan])
        return np.asarray(known[positions], dtype=np.float64)


def _codes(tables: Sequence[Table], name: str) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for table in tables:
        levels, positions = table.levels(name)
        counts.update(dict(zip(map(str, levels), _rows_of(positions, len(levels)), strict=True)))
    order = sorted(counts, key=lambda level: (-counts[level], level))
    return {level: min(rank, LEVELS - 1) for rank, level in enumerate(order)}


def _rows_of(positions: npt.NDArray[np.intp], levels: int) -> list[int]:
    import numpy as np

    rows: list[int] = np.bincount(positions[positions >= 0], minlength=levels).tolist()
    return rows
