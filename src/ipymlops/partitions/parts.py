"""What a table that is never whole in memory can be asked."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TypeVar

from ipymlops.frames import Kind, Table

Summary = TypeVar("Summary")
Progress = Callable[[str], None]

QUIET = 1.0  # seconds before anything is said
PAUSE = 0.25  # seconds between two words
BAR = 20


class Parts(ABC):
    """A table in parts: Parquet files, or a dataframe of Dask."""

    __slots__ = ()
    kinds: Mapping[str, Kind]  # what each column holds, in the order of the columns

    @abstractmethod
    def each(
        self,
        names: Collection[str],
        work: Callable[[Table], Summary],
        *,
        beside: Collection[str] = (),
        progress: Progress | None = None,
    ) -> Iterator[Summary]:
        """``work`` of tables that together hold every row of the columns ``names`` once, in order.

        A table holds some rows of one or more of ``names``, and of all of ``beside``.
        """

    @abstractmethod
    def column(self, name: str) -> Table:
        """One column, whole."""


def share_told(progress: Progress | None, doing: str, total: int) -> Callable[[int], None]:
    """To be called with how much more is done; tells the share as a bar, and the time left, once it takes a second."""
    start, told, done = time.monotonic(), 0.0, 0

    def tell(more: int) -> None:
        nonlocal told, done
        done += more
        now = time.monotonic()
        if progress is None or not 0 < done < total or now - start < QUIET or now - told < PAUSE:
            return
        told = now
        full = round(BAR * done / total)
        left = (now - start) * (total - done) / done
        progress(f"{doing} {'█' * full}{'░' * (BAR - full)} {done / total:.0%}, about {max(left, 1):,.0f} s left")

    return tell
