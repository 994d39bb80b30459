"""Large tables in parts: one summary per part, then a tree merge. The parts may lie in memory or in a Parquet file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import TypeVar

from ipymlops.errors import BadInput
from ipymlops.frames import Table, as_table

Summary = TypeVar("Summary")


def summarise(
    parts: Iterable[Table],
    summary: Callable[[Table], Summary],
    merge: Callable[[Summary, Summary], Summary],
    *,
    threads: int = 2,
) -> Summary:
    """``summary`` of every part, merged pair by pair in the order of the parts; the same result with any ``threads``.

    At most ``threads`` parts are in memory at once. BadInput where there is no part.
    """
    done: list[Summary] = []
    waiting = iter(parts)
    with ThreadPoolExecutor(threads) as pool:
        while batch := list(islice(waiting, threads)):
            done += pool.map(summary, batch)
    if not done:
        raise BadInput("Found no rows", expected="at least one part of a table")
    while len(done) > 1:
        pairs = zip(done[::2], done[1::2], strict=False)
        done = [merge(left, right) for left, right in pairs] + done[len(done) // 2 * 2 :]
    return done[0]


def chunks(table: Table, rows: int = 100_000) -> Iterator[Table]:
    """The table in runs of at most ``rows``."""
    import numpy as np

    for begin in range(0, table.rows, rows):
        index = np.arange(begin, min(begin + rows, table.rows))
        yield as_table(table.take(index), table.names if table.container == "numpy" else None)


def row_groups(path: str | Path) -> Iterator[Table]:
    """The row groups of a Parquet file, read one at a time; strings come as the file's own dictionary codes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        text = [field.name for field in pq.read_schema(path) if str(field.type) in ("string", "large_string")]
        with pq.ParquetFile(path, read_dictionary=text) as file:
            for number in range(file.num_row_groups):
                yield as_table(file.read_row_group(number))
    except (pa.ArrowException, OSError) as error:
        raise BadInput(f"{Path(path).name!r} could not be read: {error}", expected="a Parquet file") from error
