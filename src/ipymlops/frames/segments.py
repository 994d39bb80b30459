"""A table cut by the values of one of its columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipymlops.errors import BadInput, UnknownName
from ipymlops.frames.kinds import Kind
from ipymlops.frames.table import Table
from ipymlops.frames.windows import Window

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

MOST = 50  # values of a column that cuts: each is compared column by column, and nobody reads more
_CUTS = ("category", "boolean", "integer")


def segments(table: Table, name: str, like: Kind | None = None) -> tuple[tuple[Window, ...], int]:
    """The rows of each value of a column, by value, and how many rows are in none because they have no value.

    The column holds categories, booleans, or whole numbers. With ``like``, the kind of the same column in a table that
    was cut before, values are read as they were there, however many; without, more than ``MOST`` raise BadInput.

    >>> from ipymlops.frames import as_table
    >>> import pandas as pd
    >>> table = as_table(pd.DataFrame({"region": ["north", "south", "north", None]}))
    >>> [(s.label, s.rows.tolist()) for s in segments(table, "region")[0]]
    [('north', [0, 2]), ('south', [1])]
    """
    import numpy as np

    if name not in table.kinds:
        raise UnknownName.of("column", name, table.names)
    if like is None:
        _check_kind(table, name)
    labels, codes = _coded(table, name, like or table.kinds[name])
    if like is None and len(labels) > MOST:
        raise BadInput(
            f"Found {len(labels):,} values in column {name!r}",
            expected=f"at most {MOST} to cut by",
            next_step="cut by a coarser column",
        )
    order = np.argsort(codes, kind="stable")
    without = int((codes < 0).sum())
    ends = np.cumsum(np.bincount(codes[codes >= 0], minlength=len(labels)))
    parts = np.split(order[without:], ends)[: len(labels)]
    return tuple(Window(label, rows) for label, rows in zip(labels, parts, strict=True) if len(rows)), without


def _check_kind(table: Table, name: str) -> None:
    kind = table.kinds[name]
    if kind in _CUTS:
        return
    words = {"datetime": "times", "number": "numbers"}.get(kind, "values that are not read")
    cut = f"cut it: df[{name + '_band'!r}] = pd.cut(df[{name!r}], 5).astype(str), before the model is registered"
    raise BadInput(
        f"Column {name!r} holds {words}",
        expected="categories, booleans or whole numbers to cut by",
        next_step={"datetime": "cut the time with --by month", "number": cut}.get(kind, ""),
    )


def _coded(table: Table, name: str, kind: Kind) -> tuple[list[str], npt.NDArray[np.intp]]:
    """The values in words, in order, and for each row the position of its value, -1 where missing."""
    import numpy as np

    if kind in ("integer", "boolean") and table.kinds[name] in ("number", "integer", "boolean"):
        numbers = table.numbers(name)
        present = ~np.isnan(numbers)
        values, positions = np.unique(numbers[present], return_inverse=True)
        codes = np.full(table.rows, -1, dtype=np.intp)
        codes[present] = positions
        return [str(bool(v)) if kind == "boolean" and v in (0, 1) else f"{v:.15g}" for v in values], codes
    levels, positions = table.levels(name)
    order = sorted(range(len(levels)), key=lambda i: str(levels[i]))
    ranks = np.append(np.argsort(np.array(order, dtype=np.intp)), -1)  # the last is picked by -1: missing stays so
    return [str(levels[i]) for i in order], ranks[positions].astype(np.intp)
