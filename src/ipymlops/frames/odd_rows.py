"""Rows with values that a model may refuse: missing ones, and levels that nobody has seen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ipymlops.frames.table import BY_PANDAS, Table

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Cells = Mapping[int, npt.NDArray[np.bool_]]  # number of a column -> which of its rows

NEW_TEXT = "never seen before"


def can_miss(table: Table, column: int) -> bool:
    """Whether values of this column can be missing; NumPy's whole numbers become floats, as they do in pandas."""
    if table.container != "numpy":
        return table.kinds[table.names[column]] != "unsupported"
    return table.native.dtype.kind in "fiubO"


def with_gaps(table: Table, cells: Cells) -> Any:
    """The rows with these cells missing, as their column holds it: NaN, None, NaT or null."""
    import numpy as np

    if table.container == "numpy":
        whole = table.native.dtype.kind in "iub"
        made = table.native.astype(np.float64 if whole else table.native.dtype)
        for number, rows in cells.items():
            made[rows, number] = np.nan
        return made
    if table.container in BY_PANDAS:
        return _in_pandas(table, {number: _column(table, number).mask(rows) for number, rows in cells.items()})
    return _in_frame(
        table, {number: (rows, _column(table, number).shift(table.rows)) for number, rows in cells.items()}
    )


def new_level(table: Table, column: int) -> Any:
    """A level that is not in this column; None where it has no levels or its type holds no other."""
    name = table.names[column]
    if table.kinds[name] == "category":
        return _new_category(table, column)
    return _new_integer(table, column) if table.kinds[name] == "integer" and table.rows else None


def with_levels(table: Table, cells: Cells, levels: Mapping[int, Any]) -> Any:
    """The rows with the column's level of ``levels`` in these cells."""
    import narwhals.stable.v2 as nw

    if table.container == "numpy":
        narrow = table.native.dtype.kind == "U" and table.native.dtype.itemsize // 4 < len(NEW_TEXT)
        made = table.native.astype(f"U{len(NEW_TEXT)}" if narrow else table.native.dtype)
        for number, rows in cells.items():
            made[rows, number] = levels[number]
        return made
    if table.container in BY_PANDAS:
        return _in_pandas(table, {n: _replaced(_column(table, n), rows, levels[n]) for n, rows in cells.items()})
    frame = table._frame
    others = {n: nw.new_series("new", [levels[n]] * table.rows, backend=frame.implementation) for n in cells}
    return _in_frame(table, {n: (rows, others[n]) for n, rows in cells.items()})


def _new_category(table: Table, column: int) -> Any:
    import narwhals.stable.v2 as nw

    if table.container not in BY_PANDAS:
        return NEW_TEXT if _column(table, column).dtype == nw.String else None
    if table.container == "numpy":
        return NEW_TEXT
    dtype = _column(table, column).dtype
    if not hasattr(dtype, "categories") or dtype.categories.dtype.kind not in "iuf":
        return NEW_TEXT
    return dtype.categories.max() + 1 if len(dtype.categories) else None


def _new_integer(table: Table, column: int) -> Any:
    """As far above the largest value as that is above the smallest."""
    import numpy as np

    values = table.numbers(table.names[column])
    known = values[np.isfinite(values)]
    level = int(2 * known.max() - known.min() + 1) if len(known) else 0
    narrow = str(_column(table, column).dtype).lower() if table.container != "numpy" else table.native.dtype.name
    most = np.iinfo(narrow).max if narrow.startswith(("int", "uint")) else np.iinfo(np.int64).max
    return level if len(known) and level <= min(most, 2**53) else None


def _column(table: Table, number: int) -> Any:
    if table.container == "series":
        return table.native
    return table.native.iloc[:, number] if table.container == "pandas" else table._frame[table.names[number]]


def _replaced(column: Any, rows: npt.NDArray[np.bool_], level: Any) -> Any:
    if hasattr(column, "cat"):
        column = column.cat.add_categories([level])
    return column.mask(rows, level)


def _in_pandas(table: Table, columns: Mapping[int, Any]) -> Any:
    if table.container == "series":
        return next(iter(columns.values()), table.native)
    made = table.native.copy()
    for number, column in columns.items():
        made.isetitem(number, column)
    return made


def _in_frame(table: Table, columns: Mapping[int, tuple[npt.NDArray[np.bool_], Any]]) -> Any:
    import narwhals.stable.v2 as nw

    made = []
    for number, (rows, other) in columns.items():
        old = _column(table, number)
        kept = nw.new_series("kept", (~rows).tolist(), backend=table._frame.implementation)
        made.append(old.zip_with(kept, other.cast(old.dtype)).alias(old.name))
    return table._frame.with_columns(*made).to_native()
