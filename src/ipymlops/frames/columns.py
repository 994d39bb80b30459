"""One column of a table by its name, and the table without it, in the container it came in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ipymlops.frames.table import Table, vector

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


def column_of(table: Table, name: str) -> npt.NDArray[np.generic]:
    """The values as they are stored, (rows,)."""
    if table.container == "numpy":
        return vector(table.native[:, table.names.index(name)])
    if table.container == "pandas":
        return vector(table.native.iloc[:, table.names.index(name)])
    return vector(table.native if table.container == "series" else table.native[name])


def without(table: Table, name: str) -> Any:
    """The other columns, as the same kind of object; the table needs to have some."""
    kept = [position for position, other in enumerate(table.names) if other != name]
    if table.container == "numpy":
        return table.native[:, kept]
    if table.container == "pandas":
        return table.native.iloc[:, kept]
    return table.native.select([table.names[position] for position in kept])
