"""Cheap, sampled fingerprints of the objects in a namespace, and which of them share memory.

A fingerprint that changed proves that the object was changed; one that did not proves nothing. No code of the
user runs here (no ``__eq__``, ``__hash__``, ``__repr__``, ``__getattr__``), nothing big is kept, nothing raises.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from time import perf_counter
from typing import Any

Fingerprint = tuple[Any, ...]
SAMPLES = 16
# Objects that cannot change, or whose change is not data.
FIXED = (
    type(None), bool, int, float, complex, str, bytes, range, slice, type, types.ModuleType, types.FunctionType,
    types.BuiltinFunctionType, types.MethodType, type(Ellipsis),
)  # fmt: skip
_CONTAINERS = (list, tuple, dict, set, frozenset)


def fingerprint(value: Any) -> Fingerprint:
    """A small tuple of plain numbers and bytes; ``()`` where nothing can be said."""
    try:
        return _fingerprint(value)
    except Exception:  # anything may be in a notebook; saying nothing is always right
        return ()


def fingerprints(namespace: Mapping[str, Any], names: Iterable[str], deadline: float) -> dict[str, Fingerprint]:
    """The fingerprints of the names, in their order, until ``deadline`` on the clock of ``perf_counter``."""
    found: dict[str, Fingerprint] = {}
    waiting = iter(names)
    while perf_counter() <= deadline and (name := next(waiting, None)) is not None:
        value = namespace.get(name)
        if not issubclass(type(value), FIXED):
            found[name] = fingerprint(value)
    return found


def memory(value: Any) -> int:
    """What an object shares with its aliases: its identity, or that of the array whose memory it looks into; 0 where
    it cannot change."""
    if issubclass(type(value), FIXED):
        return 0
    array = _class("numpy", "ndarray")
    if array is None or not issubclass(type(value), array):
        return id(value)
    for _ in range(8):
        base = value.base
        if base is None or not issubclass(type(base), array):
            break
        value = base
    return id(value)


def held(value: Any) -> list[int]:
    """The memory of what a container, or an object's attributes, hold: one level, the first few of them."""
    if issubclass(type(value), FIXED):
        return []
    if type(value) in (list, tuple):
        inner = list(value[:SAMPLES])
    elif type(value) is dict:
        inner = list(islice(value.values(), SAMPLES))
    else:
        try:
            attributes = object.__getattribute__(value, "__dict__")
            inner = list(islice(attributes.values(), 2 * SAMPLES)) if type(attributes) is dict else []
        except Exception:  # no attributes, or some that only a property gives
            return []
        if _table_manager(value, type(value)) is not None:
            return []
    return [place for v in inner if (place := memory(v))]


def _fingerprint(value: Any) -> Fingerprint:
    kind = type(value)
    if kind in (list, tuple):
        return (len(value), *(_shallow(v) for v in _sampled(value)))
    if kind is dict:
        return (len(value), *(_shallow(v) for v in _ends(value)))
    if kind in (set, frozenset):
        return (len(value),)
    array = _class("numpy", "ndarray")
    if array is not None and issubclass(type(value), array):
        return _of_array(value)
    manager = _table_manager(value, kind)
    if manager is not None:
        return _of_table(manager)
    return _of_object(value)


def _of_array(array: Any) -> Fingerprint:
    shape, data = array.shape, array.ravel(order="K") if array.flags.forc else array
    size = array.size
    if size == 0:
        return (shape, array.dtype.str)
    step = max(1, size // SAMPLES)
    sample = data[::step] if data.ndim == 1 else data.flat[::step]
    if array.dtype.hasobject:
        return (shape, *(id(v) for v in sample[: 2 * SAMPLES]))
    return (shape, array.dtype.str, sample.tobytes(), data[-1:].tobytes() if data.ndim == 1 else b"")


def _of_table(manager: Any) -> Fingerprint:
    """A pandas frame or series: its labels by identity, its blocks by sample."""
    array = _class("numpy", "ndarray")
    marks: list[Any] = [id(axis) for axis in manager.axes]
    for block in manager.blocks[:32]:
        values = block.values
        marks.append(_of_array(values) if array is not None and issubclass(type(values), array) else id(values))
    return (len(manager.blocks), *marks)


def _of_object(value: Any) -> Fingerprint:
    """Any other object: its attributes, one level deep."""
    attributes = object.__getattribute__(value, "__dict__")
    if type(attributes) is not dict:
        return ()
    items = list(islice(attributes.items(), 4 * SAMPLES))
    return (len(attributes), *((k, _shallow(v)) for k, v in items if type(k) is str))


def _shallow(value: Any) -> Any:
    """One element of a container: plain values by value, the rest by identity and length."""
    if type(value) in (int, float, str, bool):
        return value if type(value) is not str or len(value) < 64 else id(value)
    if type(value) in _CONTAINERS:
        return (id(value), len(value))
    array = _class("numpy", "ndarray")
    if array is not None and issubclass(type(value), array):
        return (id(value), _of_array(value))
    return id(value)


def _ends(values: dict[Any, Any]) -> Iterator[Any]:
    """The first and the last values of a dictionary, which may be huge."""
    yield from islice(values.values(), 2 * SAMPLES)
    if len(values) > 2 * SAMPLES:
        yield from islice(reversed(values.values()), SAMPLES)


def _sampled(values: Any) -> Any:
    size = len(values)
    if size <= 2 * SAMPLES:
        return values
    return [*values[:4], *values[4 : -4 : max(1, size // SAMPLES)], *values[-4:]]


def _table_manager(value: Any, kind: type) -> Any:
    """pandas' own store behind a frame or series, if it is one."""
    pandas = _class("pandas", "DataFrame"), _class("pandas", "Series")
    if pandas[0] is None or pandas[1] is None or not issubclass(kind, (pandas[0], pandas[1])):
        return None
    return object.__getattribute__(value, "_mgr")


def _class(module: str, name: str) -> Any:
    """A class of a library if that library is loaded, never loading it."""
    return getattr(sys.modules.get(module), name, None)
