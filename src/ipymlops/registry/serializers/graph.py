"""What skops is not asked to read: its file describes a graph of objects, and each part must be made as skops makes it.

skops looks at the types of a file, and each of ours is harmless where skops itself would write it. A stranger's file
can use it otherwise: a type in the place of a list is called, an object's number can stand for another object than was
looked at, one array can be read a million times, and an array can say that it is larger than the memory there is.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from ipymlops.registry.serializers import distributions, tables
from ipymlops.registry.serializers.archive import nodes, packed, unpacked

# Each of these calls what it is told to be made of, so only what skops writes there may be.
_MADE_OF: dict[str, frozenset[str]] = {
    "ListNode": frozenset({"builtins.list"}),
    "SetNode": frozenset({"builtins.set"}),
    "DictNode": frozenset({"builtins.dict", "collections.OrderedDict", "sklearn.utils._bunch.Bunch"}),
    "RandomStateNode": frozenset({"numpy.random.mtrand.RandomState"}),
    "RandomGeneratorNode": frozenset({"numpy.random._generator.Generator"}),
    "ConstructorFromReduceNode": frozenset({
        tables.NAME, distributions.NAME,
        *(f"datetime.{name}" for name in ("date", "datetime", "timedelta", "timezone")),
    }),
}  # fmt: skip
_LOSSES = ("sklearn._loss.", "sklearn.linear_model._sgd_fast.", "_loss.")
_PLAIN_KEYS = frozenset({"str", "int", "float", "bool"})
_LARGEST_POOL = 64  # words of a seed; NumPy's have four
_MOST_EMPTY = 10_000_000  # values without bytes: empty texts


def check_graph(schema: Mapping[str, Any], files: dict[str, bytes]) -> None:
    """ValueError, KeyError or TypeError for a graph that skops does not write. Sparse matrices, which are archives in
    the archive, are put in place again without compression."""
    _check_files(schema, files)
    _check_references(schema, files)
    for node in nodes(schema):
        loader = node.get("__loader__")
        if isinstance(loader, str):
            _check_node(loader, node, files)


def _check_node(loader: str, node: Mapping[str, Any], files: Mapping[str, bytes]) -> None:
    name = f"{node['__module__']}.{node['__class__']}"
    allowed = _MADE_OF.get(loader)
    _demand(allowed is None or name in allowed, f"a {loader.removesuffix('Node')} is made by {name!r}")
    if loader == "NdArrayNode":
        _demand(name == "numpy.ndarray" or _is_scalar(node), f"an array is made by {name!r}")
        of_bytes = name == "numpy.void" and _header(files[node["file"]])[1].kind != "V"
        _demand(not of_bytes, "a number stands for as many bytes")  # numpy.void(9) is nine bytes
    elif loader == "LossNode":
        _demand(name.startswith(_LOSSES), f"a loss is made by {name!r}")
    elif loader == "DictNode":
        _check_keys(node["key_types"], node["content"])
    elif loader == "RandomGeneratorNode":
        said = json.loads(node["content"]["seed_seq"]["content"]["pool_size"]["content"])
        _demand(type(said) is int and 0 < said <= _LARGEST_POOL, "a generator of random numbers has no such seed")


def _is_scalar(node: Mapping[str, Any]) -> bool:
    kind = getattr(np, node["__class__"], None) if node["__module__"] == "numpy" else None
    return isinstance(kind, type) and issubclass(kind, np.generic)


def _check_keys(kinds: Mapping[str, Any], content: Mapping[str, Any]) -> None:
    """Each is called with the text of its key."""
    _demand(kinds["__loader__"] == "ListNode" and len(kinds["content"]) == len(content), "keys are missing")
    for kind in kinds["content"]:
        module, name = kind["__module__"], kind["__class__"]
        plain = (module == "builtins" and name in _PLAIN_KEYS) or (name != "void" and _is_scalar(kind))
        _demand(kind["__loader__"] == "TypeNode" and plain, f"a key is made by {module}.{name}")


def _check_files(schema: Mapping[str, Any], files: dict[str, bytes]) -> None:
    """Each belongs to one object, and arrays are as large as they say."""
    owners: dict[str, Any] = {}
    for node in nodes(schema):
        name, loader = node.get("file"), node.get("__loader__")
        if not isinstance(name, str) or not isinstance(loader, str):
            continue
        known = name in owners
        _demand(not known or (owners[name] is not None and owners[name] == node.get("__id__")), "two share a file")
        owners[name] = node.get("__id__")
        if known:
            continue
        if loader == "NdArrayNode":
            check_array(files[name])
        elif loader == "SparseMatrixNode":
            inner = unpacked(files[name])
            for part in inner.values():
                check_array(part)
            files[name] = packed(inner)


def check_array(npy: bytes) -> None:
    """ValueError unless this is an array of plain values, and all of it is there."""
    shape, dtype, held = _header(npy)
    fits = all(n >= 0 for n in shape) and math.prod(shape) * dtype.itemsize == held
    _demand(not dtype.hasobject and fits, f"an array of the shape {shape} has {held:,} bytes")
    _demand(dtype.itemsize or math.prod(shape) <= _MOST_EMPTY, "an array of nothing is too large")


def _header(npy: bytes) -> tuple[tuple[int, ...], Any, int]:
    """The shape, the type, and the bytes that follow."""
    stream = io.BytesIO(npy)
    version = np.lib.format.read_magic(stream)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _order, dtype = read(stream)
    return shape, dtype, len(npy) - stream.tell()


def _check_references(schema: Mapping[str, Any], files: Mapping[str, bytes]) -> None:
    """skops gives the first object of a number wherever the number stands again: so it must stand for an equal one."""
    numbers = [n for node in nodes(schema) if not isinstance(n := node.get("__id__"), dict | list) and n]
    repeated = {number for number, times in Counter(numbers).items() if times > 1}
    prints = _Prints(files)
    first: dict[Any, bytes] = {}
    for node in nodes(schema):
        number = node.get("__id__")
        if isinstance(number, dict | list) or number not in repeated:
            continue
        found = prints.of(node)
        _demand(first.setdefault(number, found) == found, f"two objects have the number {number}")


class _Prints:
    """Hashes of parts of the graph, without their numbers, and with the content of files in place of their names."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files
        self._known: dict[int, bytes] = {}  # of dictionaries, by where they lie: the graph keeps them alive

    def of(self, value: Any) -> bytes:
        if isinstance(value, dict):
            if id(value) not in self._known:
                self._known[id(value)] = self._joined(value)
            return self._known[id(value)]
        if isinstance(value, list):
            return _digest([b"list", *map(self.of, value)])
        return _digest([repr(value).encode("utf-8", "surrogatepass")])

    def _joined(self, node: Mapping[str, Any]) -> bytes:
        is_node = isinstance(node.get("__loader__"), str)
        parts = [b"dict"]
        for key, value in node.items():
            if is_node and key == "__id__":
                continue
            held = self._files.get(value) if is_node and key == "file" and isinstance(value, str) else None
            parts += [key.encode("utf-8", "surrogatepass"), self.of(value) if held is None else _digest([held])]
        return _digest(parts)


def _digest(parts: Iterable[bytes]) -> bytes:
    made = hashlib.sha256()
    for part in parts:
        made.update(len(part).to_bytes(8, "little"))
        made.update(part)
    return made.digest()


def _demand(holds: Any, otherwise: str) -> None:
    if not holds:
        raise ValueError(otherwise)
