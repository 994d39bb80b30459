"""The held-out table that all versions of a line are compared on, as two files of a bundle.

The target has a file of its own, so that it can never be taken for a column, whatever its name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ipymlops import frames

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
    return frames.from_parquet(read(TABLE), container), frames.vector(frames.from_parquet(read(TARGET)))
