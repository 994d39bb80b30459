"""One summary per part, computed in threads, then merged; and a table in memory in parts."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from ipymlops.errors import BadInput
from ipymlops.frames import Table, as_table

Part = TypeVar("Part")
Summary = TypeVar("Summary")

THREADS = min(4, os.cpu_count() or 1)  # more would wait for memory, not for each other


def in_threads(parts: Iterable[Part], work: Callable[[Part], Summary], *, threads: int = THREADS) -> Iterator[Summary]:
    """``work`` of every part, in the order of the parts; at most ``threads`` are at work or wait to be taken.

    >>> list(in_threads([1, 2, 3], lambda n: n * n))
    [1, 4, 9]
    """
    running: deque[Future[Summary]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        try:
            for part in parts:
                if len(running) == threads:
                    yield running.popleft().result()
                running.append(pool.submit(work, part))
            while running:
                yield running.popleft().result()
        finally:  # after an error, or when nobody wants more
            for future in running:
                future.cancel()


def summarise(
    parts: Iterable[Table],
    summary: Callable[[Table], Summary],
    merge: Callable[[Summary, Summary], Summary],
    *,
    threads: int = THREADS,
) -> Summary:
    """``summary`` of every part, merged pair by pair in the order of the parts; the same result with any ``threads``.

    BadInput where there is no part.
    """
    done = list(in_threads(parts, summary, threads=threads))
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
