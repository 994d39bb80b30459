"""The held-out table that all versions of a line are compared on, as two files of a bundle.

The target has a file of its own, so that it can never be taken for a column, whatever its name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ipymlops import frames
from ipymlops.errors import IntegrityError

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

TABLE = "benchmark.parquet"
TARGET = "benchmark_target.parquet"


def benchmark_files(table: frames.Table, y: Any) -> dict[str, bytes]:
    """The two files; the same data give the same bytes."""
    target = frames.as_table(frames.from_columns({"target": frames.vector(y)}))
    return {TABLE: frames.to_parquet(table), TARGET: frames.to_parquet(target)}


def read_benchmark(read: Callable[[str], bytes], container: str) -> tuple[Any, npt.NDArray[Any]]:
    """The table, in the container it was given in, and its target; shapes (rows, columns) and (rows,)."""
    table, target = _table(read, TABLE, container), _table(read, TARGET)
    try:
        values = frames.vector(target)
        fits = frames.as_table(table).rows == len(values)
    except (ValueError, TypeError, IndexError) as error:
        raise _unread(TARGET, error) from error
    if not fits:
        raise _unread(TARGET, "it has other rows than the table")
    return table, values


def _table(read: Callable[[str], bytes], name: str, container: str = "pandas") -> Any:
    data = read(name)
    try:
        return frames.from_parquet(data, container)
    except Exception as error:  # a foreign file may raise anything on its way through the libraries
        raise _unread(name, error) from error


def _unread(name: str, error: object) -> IntegrityError:
    return IntegrityError(
        f"{name} cannot be read as a table: {str(error)[:200]}",
        expected="a file that `register` wrote",
        next_step="get the bundle again from where it was registered",
    )
