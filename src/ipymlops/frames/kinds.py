"""What a column holds."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, Literal

# number: floats and decimals · integer: whole numbers · boolean · category: strings, categoricals, mixed objects
# datetime: dates and times, naive or aware · unsupported: nested values, which are reported and never guessed at
Kind = Literal["number", "integer", "boolean", "category", "datetime", "unsupported"]


def kind_of(column: Any) -> Kind:
    """The kind of a narwhals column."""
    import narwhals.stable.v2 as nw

    dtype = column.dtype
    if dtype.is_float() or dtype.is_decimal():
        return "number"
    if dtype.is_integer():
        return "integer"
    if dtype == nw.Boolean:
        return "boolean"
    if dtype.is_temporal() and dtype not in (nw.Time, nw.Duration):
        return "datetime"
    if dtype in (nw.String, nw.Categorical, nw.Enum):
        return "category"
    if dtype == nw.Object:
        return _kind_of_objects(column)
    return "datetime" if _is_zoned(column) else "unsupported"


def _is_zoned(column: Any) -> bool:
    """Times of a zone whose name narwhals 2 does not read (America/New_York): its dtype is then unknown."""
    return str(getattr(column.to_native(), "dtype", "")).startswith("datetime64[")


# What pandas calls the values of an object column, and what they are to us; anything else is looked at.
OBJECT_KINDS: dict[str, Kind] = {
    "string": "category",
    "boolean": "boolean",
    "integer": "integer",
    "floating": "number",
    "mixed-integer-float": "number",
    "decimal": "number",
    "datetime": "datetime",
    "datetime64": "datetime",
    "date": "datetime",
}


def _kind_of_objects(column: Any) -> Kind:
    import pandas as pd

    values = column.to_native()
    inferred = pd.api.types.infer_dtype(values, skipna=True)
    if inferred in OBJECT_KINDS:
        return OBJECT_KINDS[inferred]
    plain = all(isinstance(v, Hashable) and not isinstance(v, tuple | frozenset) for v in values)
    return "category" if plain else "unsupported"
