"""The skops archive, rewritten so that equal models are equal bytes.

skops names objects and arrays by their address in memory and dates them now. Here they are numbered in the order
in which the schema mentions them, dated 1980, and compressed quickly: level 1 costs a forest of 43 MB 0.15 s and
makes it a quarter of that size; level 6 costs three times as much for another fifth.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

SCHEMA = "schema.json"
_LEVEL = 1


def schema_of(data: bytes) -> dict[str, Any]:
    """The archive's description of the object graph; ValueError or BadZipFile if there is none."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        schema = json.loads(archive.read(SCHEMA))
    if not isinstance(schema, dict):
        raise ValueError(f"{SCHEMA} is not an object")
    return schema


def members(data: bytes) -> Callable[[str], bytes]:
    """How to read the archive's other files, by name."""

    def read(name: str) -> bytes:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return archive.read(name)

    return read


def type_names(schema: dict[str, Any]) -> set[str]:
    """Every type and function that the schema names, as ``module.name``."""
    return {
        f"{node['__module__']}.{node['__class__']}"
        for node in nodes(schema)
        if "__module__" in node and "__class__" in node
    }


def canonical(data: bytes) -> bytes:
    """The same archive with everything incidental taken out of it."""
    with zipfile.ZipFile(io.BytesIO(data)) as source:
        schema = json.loads(source.read(SCHEMA))
        files = _renumber(schema)
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w") as archive:
            for old, new in files.items():
                _add(archive, new, _without_gaps(source.read(old)) if new.endswith(".npy") else source.read(old))
            _add(archive, SCHEMA, json.dumps(schema, separators=(",", ":"), ensure_ascii=False).encode())
    return target.getvalue()


def _without_gaps(npy: bytes) -> bytes | bytearray:
    """An array of records, with zeros in the unused bytes between the fields: what stands there is chance."""
    stream = io.BytesIO(npy)
    version = np.lib.format.read_magic(stream)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    _shape, _order, dtype = read(stream)
    if not dtype.fields:
        return npy
    used = np.zeros(dtype.itemsize, dtype=bool)
    for kind, offset, *_ in dtype.fields.values():
        used[offset : offset + kind.itemsize] = True
    filled = bytearray(npy)
    records = np.frombuffer(filled, dtype=np.uint8, offset=stream.tell()).reshape(-1, dtype.itemsize)
    records[:, ~used] = 0
    return filled


def _renumber(schema: dict[str, Any]) -> dict[str, str]:
    """Number objects and files in the schema's order, in place; returns the files' old and new names."""
    ids: dict[int, int] = {}
    files: dict[str, str] = {}
    for node in nodes(schema):
        if "_stop_words_id" in node:  # a text vectoriser keeps an address, only to save itself a check
            node["_stop_words_id"]["content"] = "0"
        if node.get("__loader__") == "SetNode":
            node["content"].sort(key=_without_ids)
        if node.get("__loader__") == "JsonNode":
            node.pop("__id__", None)  # a plain value: which of them share an object is chance
        if "__id__" in node:
            node["__id__"] = ids.setdefault(node["__id__"], len(ids) + 1)
        if "file" in node and "__loader__" in node:
            old = node["file"]
            node["file"] = files.setdefault(old, f"{len(files) + 1}.{old.rpartition('.')[2]}")
    return files


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Each dictionary in the schema, outermost first, in order. Iterative: a schema may be deeper than the stack."""
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            yield value
            waiting.extend(reversed([v for v in value.values() if isinstance(v, dict | list)]))
        elif isinstance(value, list):
            waiting.extend(reversed([v for v in value if isinstance(v, dict | list)]))


def _without_ids(node: dict[str, Any]) -> str:
    return json.dumps({k: v for k, v in node.items() if k not in ("__id__", "file")}, sort_keys=True)


def _add(archive: zipfile.ZipFile, name: str, data: bytes | bytearray) -> None:
    entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    entry.create_system = 3
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, data, compress_type=zipfile.ZIP_DEFLATED, compresslevel=_LEVEL)
