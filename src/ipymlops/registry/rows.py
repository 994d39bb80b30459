"""Rows of the registry's tables as records, and values as the text that the tables hold."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

from ipymlops.errors import BadInput
from ipymlops.plain import plain
from ipymlops.registry.records import Event, EventKind, Version
from ipymlops.storage import database as db


def version_of(row: db.RowMapping, aliases: tuple[str, ...], verification: str) -> Version:
    created = datetime.fromisoformat(row["created"])
    facts = json.loads(row["facts"])
    return Version(row["model"], row["number"], created, row["who"], row["manifest"], facts, aliases, verification)


def event_of(row: db.RowMapping | Mapping[str, Any]) -> Event:
    evidence = json.loads(row["evidence"])
    # Refusals by gates were stored as rejections once; those are a person's word now.
    by_gates = row["kind"] == "reject" and "gates" in evidence
    return Event(
        number=row["number"],
        kind="refuse" if by_gates else cast(EventKind, row["kind"]),
        model=row["model"],
        version=row["version"],
        who=row["who"],
        when=datetime.fromisoformat(row["at"]),
        why=row["why"],
        evidence=evidence,
    )


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")


def as_json(values: Mapping[str, Any]) -> str:
    """Text that any reader of JSON takes: a figure that could not be computed (NaN) is null."""
    try:
        return json.dumps(plain(values), sort_keys=True, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise BadInput(f"These facts cannot be stored as JSON: {error}", expected="numbers, texts and lists") from error
