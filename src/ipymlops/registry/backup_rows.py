"""What the rows of a backup must be before any of them is written: a file of somebody else is not believed."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, get_args

from ipymlops.errors import BadInput, MlopsError
from ipymlops.registry.records import EventKind, check_name
from ipymlops.registry.tables import REGISTRY
from ipymlops.storage import database as db

_SHA256 = re.compile(r"[0-9a-f]{64}")
_KINDS = frozenset(get_args(EventKind))
_MOST = 2**31 - 1  # what a column of whole numbers holds on every back end
Row = Mapping[str, Any]


def check_rows(tables: Mapping[str, Any]) -> None:
    """Raise BadInput, in words, unless these are the rows of a registry: every table, and what its columns mean."""
    for name, table in REGISTRY.tables.tables.items():
        if not _has_columns(tables[name], table):
            raise _refused(f"the rows of {name}")
    numbers = {(row["model"], row["number"]) for row in tables["versions"]}
    events = {row["number"] for row in tables["events"]}
    if len(numbers) < len(tables["versions"]) or len(events) < len(tables["events"]):
        raise _refused("each number once")
    for name, good in (("versions", _is_version), ("events", _is_event), ("aliases", _is_alias)):
        for row in tables[name]:
            known = name == "events" or _is_known(row, numbers)  # an event may be about a whole line
            if not (_is_name(row["model"]) and good(row) and known):
                raise _refused(f"what the rows of {name} mean: {_shortly(row)}")


def _has_columns(rows: Any, table: db.Table) -> bool:
    columns = {c.name: c.type.python_type for c in table.columns}
    return isinstance(rows, list) and all(
        isinstance(row, dict)
        and row.keys() == columns.keys()
        and all(type(v) is columns[k] or (v is None and table.columns[k].nullable) for k, v in row.items())
        for row in rows
    )


def _is_version(row: Row) -> bool:
    return bool(_SHA256.fullmatch(row["manifest"])) and _is_moment(row["created"]) and _is_mapping(row["facts"])


def _is_event(row: Row) -> bool:
    counted = all(n is None or 0 < n <= _MOST for n in (row["number"], row["version"]))
    return counted and row["kind"] in _KINDS and _is_moment(row["at"]) and _is_mapping(row["evidence"])


def _is_alias(row: Row) -> bool:
    return _is_name(row["alias"]) and not row["alias"].isdigit()


def _is_known(row: Row, numbers: set[tuple[str, int]]) -> bool:
    """Whether the version that the row is about is there."""
    number = row["number"] if "manifest" in row else row["version"]
    return 0 < number <= _MOST and (row["model"], number) in numbers


def _is_name(text: str) -> bool:
    try:
        return check_name(text) == text
    except MlopsError:
        return False


def _is_moment(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _is_mapping(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def _shortly(row: Row) -> str:
    return f"{row['model'][:40]!r}, {row.get('number', row.get('alias'))!r}"[:80]


def _refused(what: str) -> BadInput:
    return BadInput(f"The backup does not hold {what}", expected="a file of `ipymlops backup`")
