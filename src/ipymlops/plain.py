"""Any value of ours as what JSON can say: the one conversion behind everything that is stored, sent or printed."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from enum import Enum
from pathlib import PurePath
from typing import Any

Json = dict[str, Any] | list[Any] | str | int | float | bool | None
# A dataclass as names and values; the values are converted in turn.
Fields = Callable[[Any], Mapping[str, Any]]


def is_record(value: Any) -> bool:
    """Whether ``value`` is a dataclass instance."""
    return dataclasses.is_dataclass(value) and not isinstance(value, type)


def fields_of(record: Any) -> dict[str, Any]:
    """The fields of a dataclass instance, as they are."""
    return {field.name: getattr(record, field.name) for field in dataclasses.fields(record)}


def plain(value: Any, fields: Fields = fields_of) -> Json:
    """``value`` in dicts, lists, texts, numbers, booleans and None; raises TypeError where it is none of ours.

    What is no JSON number (NaN, infinities) becomes None, a time ISO 8601 in UTC, a set a sorted list.

    >>> plain({1: (2.5, math.nan), "at": datetime(2026, 1, 31)})
    {'1': [2.5, None], 'at': '2026-01-31T00:00:00Z'}
    """
    if value is None or (isinstance(value, bool | str) and not isinstance(value, Enum)):
        return value
    if is_record(value):
        return _mapping(fields(value), fields)
    if isinstance(value, Mapping):
        return _mapping(value, fields)
    if isinstance(value, set | frozenset):
        return _sequence(sorted(value, key=str), fields)
    if isinstance(value, list | tuple):
        return _sequence(value, fields)
    return _single(value, fields)


def instant(when: datetime) -> str:
    """ISO 8601 in UTC with a Z; a time without a zone is UTC already, as the records say."""
    moment = when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    return moment.isoformat().replace("+00:00", "Z")


def _mapping(values: Mapping[Any, Any], fields: Fields) -> dict[str, Any]:
    return {str(k): plain(v, fields) for k, v in values.items()}


def _sequence(values: Iterable[Any], fields: Fields) -> list[Any]:
    return [plain(v, fields) for v in values]


def _single(value: Any, fields: Fields) -> Json:
    if isinstance(value, Enum):
        return plain(value.value, fields)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value) + 0.0 if math.isfinite(value) else None  # no minus zero
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, PurePath):
        return str(value)
    if hasattr(value, "tolist"):  # NumPy's scalars and arrays, without importing NumPy
        return plain(value.tolist(), fields)
    raise TypeError(f"{type(value).__name__} cannot be said in JSON")
