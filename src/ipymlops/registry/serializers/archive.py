"""The skops archive, rewritten so that equal models are equal bytes.

skops names objects and arrays by their address in memory and dates them now. Here they are numbered in the order
in which the schema mentions them, dated 1980, and compressed quickly: level 1 costs a forest of 43 MB 0.15 s and
makes it a quarter of that size; level 6 costs three times as much for another fifth.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ipymlops.registry.file_names import is_safe

SCHEMA = "schema.json"
_LEVEL = 1
_ENCRYPTED = 0x1
_FREE = 2**28  # bytes that any archive may inflate to
_RATIO = 100  # and of each byte that it has: what is packed tighter is written without compression


def unpacked(data: bytes) -> dict[str, bytes]:
    """The archive's files by name, each inflated here, once, and no further than it may be.

    ValueError or BadZipFile for what ``canonical`` does not write: names that stand there twice or lead somewhere,
    other compression, sizes that are not true, and far more bytes than a model of that size has.
    """
    files: dict[str, bytes] = {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = archive.infolist()
        if sum(entry.file_size for entry in entries) > most_inflated(len(data)):
            raise ValueError(f"its files would inflate to more than {most_inflated(len(data)):,} bytes")
        for entry in entries:
            if entry.filename in files or not is_safe(entry.filename) or entry.filename != entry.orig_filename:
                raise ValueError(f"it has the file {entry.filename!r} twice, or no file may have that name")
            if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or entry.flag_bits & _ENCRYPTED:
                raise ValueError(f"its file {entry.filename!r} is packed in a way that we do not write")
            with archive.open(entry) as file:
                files[entry.filename] = file.read(entry.file_size)  # asked for all there is, zipfile believes no size
                if len(files[entry.filename]) != entry.file_size or file.read(1):
                    raise ValueError(f"its file {entry.filename!r} is not of the size it says")
    return files


def packed(files: Mapping[str, bytes]) -> bytes:
    """The files as an archive without compression."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target.getvalue()


def most_inflated(size: int) -> int:
    """What an archive of so many bytes may hold. A bomb inflates a thousandfold, in nests without end."""
    return max(_FREE, _RATIO * size)


def schema_of(files: Mapping[str, bytes]) -> dict[str, Any]:
    """The archive's description of the object graph; ValueError or KeyError if there is none."""
    schema = json.loads(files[SCHEMA])
    if not isinstance(schema, dict):
        raise ValueError(f"{SCHEMA} is not an object")
    return schema


def type_names(schema: dict[str, Any]) -> set[str]:
    """Every type and function that the schema names, as ``module.name``."""
    return {
        f"{node['__module__']}.{node['__class__']}"
        for node in nodes(schema)
        if "__module__" in node and "__class__" in node
    }


def canonical(files: Mapping[str, bytes]) -> bytes:
    """The same archive with everything incidental taken out of it."""
    schema = schema_of(files)
    names = _renumber(schema)
    written = {new: _without_gaps(files[old]) if new.endswith(".npy") else files[old] for old, new in names.items()}
    written[SCHEMA] = json.dumps(schema, separators=(",", ":"), ensure_ascii=False).encode()
    data = _written(written, zipfile.ZIP_DEFLATED)
    held = sum(map(len, written.values()))
    return data if held <= most_inflated(len(data)) else _written(written, zipfile.ZIP_STORED)


def _written(files: Mapping[str, bytes | bytearray], method: int) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content, compress_type=method, compresslevel=_LEVEL)
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
