"""Large tables in parts: one summary per part, then a merge. Parts lie in memory, in Parquet files or with Dask.

Importing it imports neither PyArrow nor Dask; each function does, when called.
"""

from __future__ import annotations

from ipymlops.partitions.dask_frames import DaskTable, is_dask
from ipymlops.partitions.merging import chunks, in_threads, summarise
from ipymlops.partitions.parquet import ParquetTable, is_parquet, open_parquet, row_groups
from ipymlops.partitions.parts import Parts

__all__ = [
    "DaskTable",
    "ParquetTable",
    "Parts",
    "chunks",
    "in_threads",
    "is_dask",
    "is_parquet",
    "open_parquet",
    "row_groups",
    "summarise",
]
