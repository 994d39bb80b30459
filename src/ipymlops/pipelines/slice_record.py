"""Reading slice.json of an exported folder, which may come from anybody: it holds what its readers need, or says so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NotRequired, TypedDict

from ipymlops.declared import fits
from ipymlops.errors import BadInput, IntegrityError
from ipymlops.pipelines.folder import RECORD
from ipymlops.registry.folder import read_in
from ipymlops.registry.stored_records import Input

MOST = 2**26  # bytes; that of a pipeline that opens ten thousand files has a few million
_LONGEST = 4096  # characters of a path, as systems have it
_NEXT = "export it again: export MODEL --to FOLDER --force"


class Record(TypedDict):
    """What a run of the pipeline needs. ``model`` and ``version`` say of what it is."""

    model: NotRequired[str]
    version: NotRequired[int]
    folder: str
    inputs: list[Input]
    seen: NotRequired[list[str]]
    random_states: dict[str, Any]
    generators: NotRequired[dict[str, Any]]
    tuned: NotRequired[dict[str, Any]]


def read_record(folder: Path) -> dict[str, Any]:
    """The record of the pipeline in ``folder``. Raises IntegrityError, in one line, where it is not what an export
    wrote, BadInput where there is none."""
    try:
        raw = read_in(folder, RECORD, MOST)
    except FileNotFoundError as error:
        raise BadInput(
            f"{RECORD} of this pipeline cannot be read: it is not in {folder}",
            expected="the folder as it was exported",
            next_step=_NEXT,
        ) from error
    if len(raw) > MOST:
        raise _damaged(f"it has more than {MOST:,} bytes")
    try:
        record: dict[str, Any] = json.loads(raw)
    except (ValueError, RecursionError, MemoryError) as error:
        raise _damaged("it is not JSON") from error
    if not fits(record, Record) or not all("default" in found for found in record["inputs"]):
        raise _damaged("it does not hold what a run needs")
    if not all(_is_path(path) for path in _paths(record)):
        raise _damaged("it names a file as no system can")
    return record


def ref_of(record: dict[str, Any]) -> str:
    """Of which version the pipeline is: ``credit-risk@3``."""
    if "model" not in record or "version" not in record:
        raise _damaged("it does not say of which version the pipeline is")
    return f"{record['model']}@{record['version']}"


def _paths(record: dict[str, Any]) -> list[str]:
    found = record["inputs"]
    return [record["folder"], *(i["default"] for i in found), *(name for i in found for name in i.get("files", {}))]


def _is_path(text: str) -> bool:
    return "\0" not in text and len(text) <= _LONGEST


def _damaged(why: str) -> IntegrityError:
    return IntegrityError(
        f"{RECORD} of this pipeline cannot be read: {why}", expected="the folder as it was exported", next_step=_NEXT
    )
