"""The only package that touches dataframe libraries: any table in, columns of NumPy arrays out.

Importing it imports none of them; each function does, when called.
"""

from __future__ import annotations

from ipymlops.frames.columns import column_of, without
from ipymlops.frames.files import READERS, from_parquet, read_table, to_parquet
from ipymlops.frames.fingerprints import row_fingerprints, shared_rows, text_hashes
from ipymlops.frames.kinds import Kind
from ipymlops.frames.odd_rows import can_miss, new_level, with_gaps, with_levels
from ipymlops.frames.perturbation import perturbed
from ipymlops.frames.table import Table, as_table, from_columns, vector, without_torch
from ipymlops.frames.unread import is_unread

__all__ = [
    "Kind",
    "READERS",
    "Table",
    "as_table",
    "can_miss",
    "column_of",
    "from_columns",
    "from_parquet",
    "is_unread",
    "new_level",
    "perturbed",
    "read_table",
    "row_fingerprints",
    "shared_rows",
    "text_hashes",
    "to_parquet",
    "vector",
    "with_gaps",
    "with_levels",
    "without",
    "without_torch",
]
