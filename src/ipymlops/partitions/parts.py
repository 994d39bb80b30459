"""What a table that is never whole in memory can be asked."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TypeVar

from ipymlops.frames import Kind, Table
from ipymlops.progress import Progress

Summary = TypeVar("Summary")


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
