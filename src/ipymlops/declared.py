"""Whether values read from a file are of the types that their fields declare: stored records are a stranger's."""

from __future__ import annotations

import functools
import types
from collections.abc import Mapping
from dataclasses import is_dataclass
from typing import (
    Any,
    Literal,
    NotRequired,
    Required,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

Record = TypeVar("Record")


def as_declared(record: Record) -> Record:
    """The dataclass instance itself; TypeError, with the field, where a value is not of the type it declares.

    A list stands for a tuple, and a whole number for a float, as in JSON.
    """
    kind: Any = type(record)
    for name, hint in _hints(kind).items():
        if not fits(getattr(record, name), hint):
            raise TypeError(f"{kind.__name__}.{name} is {str(getattr(record, name))[:60]!r}")
    return record


def fits(value: Any, hint: Any) -> bool:
    """Whether a value is of a declared type."""
    if hint is Any:
        return True
    if is_typeddict(hint):
        return _is_of(value, hint)
    if hint in (int, float):
        return isinstance(value, int if hint is int else int | float) and not isinstance(value, bool)
    if hint is str:
        return isinstance(value, str) and _is_whole(value)
    origin, inner = get_origin(hint), get_args(hint)
    if origin is None:
        kind: Any = type(value)
        whole = not is_dataclass(value) or all(fits(getattr(value, k), h) for k, h in _hints(kind).items())
        return isinstance(value, type(None) if hint is None else hint) and whole
    return _fits_generic(value, origin, inner)


def _is_whole(text: str) -> bool:
    """Half of a character can stand in JSON, and nowhere else."""
    return text.isascii() or not any("\ud800" <= c <= "\udfff" for c in text)


def _fits_generic(value: Any, origin: Any, inner: tuple[Any, ...]) -> bool:
    if origin is Literal:
        return any(type(value) is type(choice) and value == choice for choice in inner)
    if origin in (Union, types.UnionType):
        return any(fits(value, choice) for choice in inner)
    if origin in (NotRequired, Required):
        return fits(value, inner[0])
    if origin in (tuple, list):
        many = origin is list or inner[-1] is ...
        return isinstance(value, list | tuple) and (
            all(fits(v, inner[0]) for v in value) if many else len(value) == len(inner) and all(map(fits, value, inner))
        )
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return isinstance(value, Mapping) and all(fits(k, inner[0]) and fits(v, inner[1]) for k, v in value.items())
    return isinstance(value, origin)


def _is_of(value: Any, kind: Any) -> bool:
    """A dictionary with the keys that a ``TypedDict`` demands; others may be there."""
    if not isinstance(value, dict):
        return False
    hints = _hints(kind)  # not its __required_keys__: postponed annotations hide from these what is not required
    return all(fits(value[name], h) if name in value else get_origin(h) is NotRequired for name, h in hints.items())


@functools.cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind, include_extras=True)
