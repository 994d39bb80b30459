"""Dataframes of Dask: what is asked of them is computed where their partitions are. Nothing here imports Dask first."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from itertools import islice
from typing import Any, TypeVar

from ipymlops.errors import BadInput, MlopsError
from ipymlops.frames import Kind, Table, as_table
from ipymlops.partitions.parts import Parts
from ipymlops.progress import Progress, share_told

Summary = TypeVar("Summary")

AT_ONCE = 64  # partitions asked for together: their answers are in memory until they are merged


class DaskTable(Parts):
    """A dataframe of Dask, one part a partition. The workers need ipymlops, of the same version."""

    __slots__ = ("_frame", "_labels", "kinds")

    def __init__(self, frame: Any) -> None:
        shape = as_table(frame._meta)
        self.kinds: Mapping[str, Kind] = shape.kinds
        self._frame = frame
        self._labels = dict(zip(shape.names, frame.columns, strict=True))  # which need not be texts

    def each(
        self,
        names: Collection[str],
        work: Callable[[Table], Summary],
        *,
        beside: Collection[str] = (),
        progress: Progress | None = None,
    ) -> Iterator[Summary]:
        """``work`` of every partition with all of ``names`` and ``beside``, computed on the workers, in order.

        Its answers travel, the partitions do not. BadInput where the dataframe cannot be computed.
        """
        import dask

        partitions = self._only(names, beside).to_delayed()
        tell = share_told(progress, f"ask {len(partitions):,} Dask partitions", len(partitions))
        waiting = iter(partitions)
        while some := list(islice(waiting, AT_ONCE)):
            shared = dask.delayed(work)  # travels once, not with each partition
            answers = [dask.delayed(_answer)(partition, shared) for partition in some]
            yield from _computed(partial(dask.compute, *answers))
            tell(len(some))

    def column(self, name: str) -> Table:
        """One column, whole."""
        frame = _computed(lambda: (self._only([name], ()).compute(),))[0]
        return as_table(frame.reset_index(drop=True))

    def _only(self, names: Collection[str], beside: Collection[str]) -> Any:
        return self._frame[[self._labels[name] for name in self.kinds if name in names or name in beside]]


def is_dask(data: Any) -> bool:
    """Whether it is a dataframe of Dask; it is not imported for that."""
    return type(data).__module__.partition(".")[0] in ("dask", "dask_expr") and hasattr(data, "partitions")


def _answer(partition: Any, work: Callable[[Table], Summary]) -> Summary:
    return work(as_table(partition))


def _computed(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except MlopsError:
        raise
    except Exception as error:  # whatever the user's own steps raise on a worker
        said = str(error).splitlines()[0] if str(error) else ""
        raise BadInput(
            f"The Dask dataframe could not be computed: {type(error).__name__}: {said}",
            expected="one that .compute() gives, on workers that have ipymlops installed",
        ) from error
