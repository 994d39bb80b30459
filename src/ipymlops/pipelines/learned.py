"""What a fit left in a model, as one digest: the last resort where no answer tells two models apart.

Equal digests prove equal models. Different ones prove nothing by themselves: a clock, a cache or the order of a set
may be all that differs. So this never says that a model is another one.
"""

from __future__ import annotations

import copyreg
import hashlib
from collections.abc import Iterator
from types import FunctionType
from typing import Any

from ipymlops.errors import BadInput
from ipymlops.frames.stored import is_pandas, to_text

DEEPEST = 40
PLAIN = (bool, int, float, complex, str, bytes)


def same(one: Any, other: Any) -> bool:
    """Whether two models hold the same, bit for bit; False too where one of them cannot be looked into."""
    found = digest(one)
    return bool(found) and found == digest(other)


def digest(model: Any) -> str:
    """Of everything that the model holds, parameters included, except what a clock has measured; nothing where a part
    of it cannot be looked into."""
    found = hashlib.sha256()
    try:
        for piece in _pieces("", model, ()):
            found.update(piece + b"\0")
    except _Opaque:
        return ""
    return found.hexdigest()


class _Opaque(Exception):
    """Something that does not tell what it holds."""


def _pieces(name: str, value: Any, above: tuple[int, ...]) -> Iterator[bytes]:
    yield f"{name}:{type(value).__qualname__}".encode()
    if value is None or id(value) in above or "time" in name:
        return
    if len(above) > DEEPEST:
        raise _Opaque
    if isinstance(value, PLAIN):
        yield repr(value).encode()
    elif isinstance(value, type):
        yield f"{value.__module__}.{value.__qualname__}".encode()
    elif isinstance(value, FunctionType):
        yield f"{value.__module__}.{value.__qualname__}".encode() + value.__code__.co_code
        yield from _pieces("", [value.__defaults__, *(value.__closure__ or ())], (*above, id(value)))
    elif is_pandas(value):
        yield _text(value)
    elif hasattr(value, "dtype") and hasattr(value, "tobytes") and value.dtype.kind != "O":
        yield f"{value.dtype}{getattr(value, 'shape', '')}".encode() + value.tobytes()
    else:
        for key, part in _parts(value):
            yield from _pieces(key, part, (*above, id(value)))


def _text(value: Any) -> bytes:
    try:
        return to_text(value).encode()
    except BadInput as error:
        raise _Opaque from error


def _parts(value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        return [(str(key), part) for key, part in value.items()]
    if isinstance(value, set | frozenset):
        return [("", part) for part in sorted(value, key=repr)]
    if isinstance(value, list | tuple):
        return [("", part) for part in value]
    if hasattr(value, "dtype") and hasattr(value, "tolist"):  # an encoder has a dtype, too
        return [("", value.tolist())]
    if hasattr(value, "cell_contents"):
        return [("", value.cell_contents)]
    if state := _state(value):
        return [("", state)]
    raise _Opaque


def _state(value: Any) -> Any:
    """What it would be pickled as; a builtin function and its like by their name."""
    registered: Any = copyreg.dispatch_table.get(type(value))
    try:
        state: Any = registered(value) if registered else value.__reduce_ex__(4)
    except Exception as error:  # whatever its author wrote there: it cannot be looked into
        raise _Opaque from error
    if isinstance(state, str):
        return state
    return [part if not hasattr(part, "__next__") else list(part) for part in state[1:5]] if state else None
