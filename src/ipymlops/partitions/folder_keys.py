"""Columns that only the names of folders hold: ``month=2026-01`` (Hive's convention)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from ipymlops.frames import Kind, as_table

MISSING = "__HIVE_DEFAULT_PARTITION__"
WHOLE = re.compile(r"-?(0|[1-9]\d*)")  # 01 is a code, unless the reference says otherwise
TYPES: dict[Kind, tuple[str, ...]] = {  # Arrow's, the first that holds all values
    "integer": ("int64", "float64"),
    "number": ("float64",),
    "boolean": ("bool",),
    "datetime": ("timestamp[us]",),
}


def keys_of(folder: Path, root: Path) -> dict[str, str | None]:
    """What the names of the folders from ``root`` down to ``folder`` hold."""
    parts = folder.relative_to(root).parts if folder.is_relative_to(root) else ()
    pairs = [part.split("=", 1) for part in parts if "=" in part]
    return {name: None if value == MISSING else unquote(value) for name, value in pairs}


def type_of(values: Sequence[str | None], kind: Kind | None) -> Any:
    """The Arrow type of a column with these values, of ``kind`` if they allow that; texts otherwise."""
    import pyarrow as pa

    known = [value for value in values if value is not None]
    if kind is None and known and all(WHOLE.fullmatch(value) for value in known):
        kind = "integer"
    for name in TYPES.get(kind, ()) if kind else ():
        try:
            pa.array(known, pa.string()).cast(name)
        except pa.ArrowException:
            continue
        return pa.type_for_alias(name)
    return pa.dictionary(pa.int32(), pa.string())


def kind_of(kind: Any) -> Kind:
    """The kind of a column of this Arrow type."""
    import pyarrow as pa

    return as_table(pa.schema([("key", kind)]).empty_table()).kinds["key"]


def column(value: str | None, kind: Any, rows: int) -> Any:
    """``rows`` times the same value."""
    import numpy as np
    import pyarrow as pa

    if value is None:
        return pa.nulls(rows, kind)
    if pa.types.is_dictionary(kind):
        return pa.DictionaryArray.from_arrays(np.zeros(rows, dtype=np.int32), [value])
    return pa.repeat(pa.scalar(value).cast(kind), rows)


def values(value: str | None, kind: Any, rows: int) -> Any:
    """The same as pandas holds it, texts as texts."""
    import pyarrow as pa

    found = column(value, kind, rows)
    return (found.dictionary_decode() if pa.types.is_dictionary(kind) else found).to_pandas()
